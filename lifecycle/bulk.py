"""The same for many accounts: a decision for each, due timers of all, accounts taken over from a file.

Knows how a long run is counted, resumed and tried out. Does not know any rule: each account is decided on its own, in a
transaction of its own, so a run that is cut off has done whole accounts only and goes on where it stopped.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar

from attrs import define, field, frozen

from lifecycle.decide import check_evidence
from lifecycle.errors import AlreadyRegistered, BadRequest, LifecycleError, SecretMissing, StoreError, closest
from lifecycle.model import Actor, Command, Decision, Evidence, checked_id
from lifecycle.request import TEXT_LIMIT, checked
from lifecycle.service import Lifecycle
from lifecycle.store.soundness import Progress

MOST_FAILURES = 100
"""How many failures one run keeps in words; all are counted."""

_AT_ONCE = 64
"""How many accounts are handed to the threads at a time, for each thread."""

_T = TypeVar("_T")


@define
class Done:
    """What a run over many accounts came to. ``refused`` counts by the codes of the refusals."""

    accounts: int = 0
    taken: int = 0
    repeated: int = 0
    refused: Counter[str] = field(factory=Counter)
    failed: int = 0
    failures: list[tuple[str, str]] = field(factory=list)

    def count(self, account: str, outcome: Decision | LifecycleError) -> None:
        """Count what came of one account."""
        self.accounts += 1
        if isinstance(outcome, LifecycleError):
            self.failed += 1
            if len(self.failures) < MOST_FAILURES:
                self.failures.append((account, str(outcome)))
        elif not outcome.allowed:
            self.refused[", ".join(sorted(refusal.code for refusal in outcome.refusals))] += 1
        elif outcome.repeated:
            self.repeated += 1
        else:
            self.taken += 1


def submit_each(
    accounts: Lifecycle,
    trigger: str,
    ids: Iterable[str],
    *,
    by: Actor,
    run: str,
    facts: Mapping[str, Any] | None = None,
    evidence: Iterable[Evidence] = (),
    threads: int = 1,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> Done:
    """Submit *trigger* for each of *ids*, and count what comes of it.

    *run* names the run: begun again under the same name, it does nothing twice and decides only what is left. An account
    that is refused or unknown holds up nobody else; when the database itself fails, the run ends.

    Args:
        threads: how many accounts at once. More than one helps on PostgreSQL, where they do not wait for each other.
        progress: called with the number of accounts done.

    Raises:
        BadRequest: *run* is no code, or the request makes no sense whatever the account: an unknown fact, an unknown
            kind of evidence.
        StoreError: the database failed; what was decided so far stays.
    """
    key = f"{checked_id(run, 'the name of a run')}:{trigger}"
    brought = tuple(evidence)
    # What makes no sense for any account is told once, and not for each.
    request = checked(accounts.policy, trigger, run, by, key=key, evidence=brought, facts=facts)
    check_evidence(accounts.policy, Command(trigger, run, by, accounts.clock(), evidence=request.evidence_for(1)))

    def one(account: str) -> Decision | LifecycleError:
        try:
            return accounts.submit(
                trigger, account=account, by=by, key=key, facts=facts, evidence=brought, dry_run=dry_run
            )
        except StoreError:
            raise
        except LifecycleError as error:
            return error

    done = Done()
    for account, outcome in _each(ids, one, threads):
        done.count(account, outcome)
        if progress is not None:
            progress(done.accounts)
    return done


def settle_due(
    accounts: Lifecycle,
    *,
    name: str | None = None,
    until: dt.datetime | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> int:
    """Settle every timer that is due, of all accounts, and return how many events that made.

    *name* picks the accounts of which that timer is due, such as ``recount_level`` at the end of a month; whatever else is
    due of them is settled too, in its order.

    Raises:
        StoreError, GatherFailed, Conflict: as for `Lifecycle.settle`; what was settled so far stays.
    """
    due = accounts.store.timers(due_by=until or accounts.clock())
    ids = dict.fromkeys(timer.account_id for timer in due if name in (None, timer.name))
    made = done = 0
    for _, events in _each(ids, lambda account: accounts.settle(account, at=until), threads):
        made, done = made + len(events), done + 1
        if progress is not None:
            progress(done)
    return made


def _each(ids: Iterable[str], one: Callable[[str], _T], threads: int) -> Iterator[tuple[str, _T]]:
    if threads == 1:
        yield from ((each, one(each)) for each in ids)
        return
    waiting = iter(ids)
    with ThreadPoolExecutor(threads, thread_name_prefix="lifecycle-bulk") as pool:
        while batch := list(islice(waiting, threads * _AT_ONCE)):
            yield from zip(batch, pool.map(one, batch), strict=True)


# --- taking accounts over ----------------------------------------------------------------------------------------

_KEYS = ("account", "state", "given", "identifiers", "at")
_LONGEST_LINE = 16 * TEXT_LIMIT


@frozen
class Arriving:
    """One account to take over: a line of the file."""

    line: int
    account: str
    state: str
    given: Mapping[str, Any]
    identifiers: Mapping[str, str]
    at: dt.datetime | None


@define
class Arrived:
    """What taking over came to: how many arrived, how many were there before, and what is wrong, by line."""

    lines: int = 0
    taken: int = 0
    there: int = 0
    wrong: list[tuple[int, str]] = field(factory=list)


def check_arrivals(accounts: Lifecycle, lines: Iterable[str], *, progress: Progress | None = None) -> Arrived:
    """Look at every line without writing anything; ``taken`` counts those that could be taken over.

    A line is a JSON object: ``account`` and ``state``, and if need be ``given``, ``identifiers`` and ``at``, as
    `Lifecycle.import_account` takes them.

    Raises:
        SecretMissing: a line has identifiers, and the service has no secret.
        StoreError: the database failed.
    """
    arrived = Arrived()
    seen: dict[str, int] = {}
    for arriving in _arrivals(lines, arrived):
        try:
            accounts.import_account(
                arriving.account,
                state=arriving.state,
                given=arriving.given,
                identifiers=arriving.identifiers or None,
                at=arriving.at,
                dry_run=True,
            )
        except (SecretMissing, StoreError):
            raise
        except LifecycleError as error:
            arrived.wrong.append((arriving.line, str(error)))
            continue
        if arriving.account in seen:
            arrived.wrong.append(
                (arriving.line, f"account {arriving.account} stands in line {seen[arriving.account]} too")
            )
            continue
        seen[arriving.account] = arriving.line
        arrived.taken += 1
        if progress is not None:
            progress(arrived.lines)
    return arrived


def import_each(accounts: Lifecycle, lines: Iterable[str], *, progress: Progress | None = None) -> Arrived:
    """Take over the account of every line; one that is there already is left as it is, so that a run can be resumed.

    The first event of each says that it was taken over, in which state, and by whom.

    Raises:
        StoreError: the database failed; what was taken over so far stays.
    """
    arrived = Arrived()
    for arriving in _arrivals(lines, arrived):
        try:
            accounts.import_account(
                arriving.account,
                state=arriving.state,
                given=arriving.given,
                identifiers=arriving.identifiers or None,
                at=arriving.at,
            )
            arrived.taken += 1
        except AlreadyRegistered:
            arrived.there += 1
        except StoreError:
            raise
        except LifecycleError as error:
            arrived.wrong.append((arriving.line, str(error)))
        if progress is not None:
            progress(arrived.lines)
    return arrived


def _arrivals(lines: Iterable[str], arrived: Arrived) -> Iterator[Arriving]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        arrived.lines += 1
        try:
            yield _arriving(number, line)
        except BadRequest as error:
            arrived.wrong.append((number, str(error)))


def _arriving(number: int, line: str) -> Arriving:
    if len(line) > _LONGEST_LINE:
        raise BadRequest(f"the line is longer than {_LONGEST_LINE} characters")
    try:
        said = json.loads(line)
    except ValueError as error:
        raise BadRequest(f"it is no JSON: {getattr(error, 'msg', 'unreadable')}") from None
    if not isinstance(said, dict):
        raise BadRequest('it must be a JSON object such as {"account": "acc_1", "state": "active"}')
    for key in said:
        if key not in _KEYS:
            raise BadRequest(f'"{key}" is no key of an account.{closest(key, _KEYS)}')
    for key, kind, what in (("account", str, "a text"), ("state", str, "a text")):
        if not isinstance(said.get(key), kind):
            raise BadRequest(f"{key} must be {what}")
    for key in ("given", "identifiers"):
        if not isinstance(said.get(key, {}), dict):
            raise BadRequest(f"{key} must be an object")
    return Arriving(
        number,
        said["account"],
        said["state"],
        said.get("given", {}),
        said.get("identifiers", {}),
        _moment(said.get("at")),
    )


def _moment(said: Any) -> dt.datetime | None:
    if said is None:
        return None
    try:
        at = dt.datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise BadRequest("at must be a date-time such as 2026-03-02T10:00:00Z") from None
    if at.tzinfo is None:
        raise BadRequest("at is a date-time without an offset. Write Z at its end if it is meant in UTC")
    return at
