"""Accounts to look at: the stories and real cases as if they had just happened, and appeals that wait for somebody.

Knows how a case is moved in time, by whole weeks since rules count working days, and how it is cut where it becomes
interesting. Decides nothing: everything goes through the service. Does not know who looks.
"""

from __future__ import annotations

import datetime as dt
import heapq
import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
from attrs import frozen

from lifecycle.casebook import account_ids, replayed
from lifecycle.cases import Case, Step
from lifecycle.gathering import Gather
from lifecycle.model import Role
from lifecycle.replay import CaseResult, walked
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle
from lifecycle.simulating import SimulatedClock
from lifecycle.store.delivery import Claimed, Outcome, Result

NOW = dt.datetime(2026, 3, 30, 9, 0, tzinfo=dt.UTC)
"""When the clock of a demo begins: a Monday, eleven days after most of the real cases ended."""

WEEK, YEAR = dt.timedelta(days=7), dt.timedelta(days=365)

_MONTH = re.compile(r"\d{4}-\d\d")
_A_MONTH = dt.timedelta(days=365.25 / 12)
_SENT_AFTER = dt.timedelta(minutes=2)


@frozen
class Waits:
    """An appeal that waits: the case it is taken from, which of its appeals it is, and since how many whole weeks more."""

    case: str
    account: str
    does: str
    which: int
    weeks: int = 0


WAITING = (
    Waits("C-04", "shop-1017", "appeal", 1, weeks=2),
    Waits("C-06", "shop-1022", "appeal", 1, weeks=1),
    Waits("C-10", "shop-1031", "appeal", 2, weeks=1),
    Waits("story-G3", "shop-1036", "appeal", 1, weeks=1),
    Waits("C-08", "shop-1040", "appeal", 1),
    Waits("C-06", "shop-1041", "escalate", 1),
    Waits("C-10", "shop-1044", "escalate", 1),
    Waits("C-04", "shop-1045", "appeal", 1),
)
"""The appeals that wait in a demo, the oldest first: two overdue, one about to be, two that a supervisor decides."""


def moved(case: Case, by: dt.timedelta) -> Case:
    """Return *case* with every moment in it moved *by* so much; lengths of time stay what they are."""
    return attrs.evolve(
        case,
        begins=case.begins + by,
        given=_moved(case.given, by),
        facts=_moved(case.facts, by),
        steps=tuple(_moved_step(step, by) for step in case.steps),
        changes=tuple(attrs.evolve(each, at=each.at + by) for each in case.changes),
        also=tuple(
            attrs.evolve(
                each, given=_moved(each.given, by), facts=_moved(each.facts, by), begins=_moved(each.begins, by)
            )
            for each in case.also
        ),
    )


def _moved_step(step: Step, by: dt.timedelta) -> Step:
    names = ("at", "earliest", "due", "facts", "expect", "may")
    return attrs.evolve(step, **{name: _moved(getattr(step, name), by) for name in names})


def _moved(value: Any, by: dt.timedelta) -> Any:
    if isinstance(value, dt.datetime):
        return value + by
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return _moved_month(value, by)
    if isinstance(value, Mapping):
        return {name: _moved(held, by) for name, held in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_moved(held, by) for held in value)
    return value


def _moved_month(said: str, by: dt.timedelta) -> str:
    """Return a month, such as ``2026-03``, so many months earlier or later as *by* is long."""
    year, month = map(int, said.split("-"))
    months = 12 * year + month - 1 + round(by / _A_MONTH)
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def over_by(case: Case, now: dt.datetime) -> Case:
    """Return *case* moved by whole weeks so that it is just over by *now*."""
    return moved(case, -_weeks(case, now) * WEEK)


def _weeks(case: Case, now: dt.datetime) -> int:
    """Return by how many whole weeks *case* has to be moved back to be over by *now*; below zero if it could be later."""
    return -((now - max(step.at for step in case.steps)) // WEEK)


def told_before(cases: Iterable[Case], policy: Policy, now: dt.datetime) -> Iterator[Case]:
    """Yield *cases*, those that are not over by *now* moved back: by whole weeks, or by years where months are counted.

    One that would come out otherwise at any of these times stays where it is.
    """
    for case in cases:
        needed = _weeks(case, now)
        lengths = [needed * WEEK, *(YEAR * years for years in range(1, 4) if YEAR * years >= needed * WEEK)]
        earlier = (moved(case, -length) for length in lengths)
        yield case if needed <= 0 else next((each for each in earlier if replayed(each, policy).passed), case)


def staged(accounts: Lifecycle, cases: Iterable[Case], clock: SimulatedClock) -> list[CaseResult]:
    """Fill an empty database for a demo at `NOW`: *cases*, the appeals that wait, what timers did since, what was sent.

    Returns what came of the cases. The clock of *accounts* is left at `NOW`.
    """
    known = {account_id: case for case, account_id in account_ids(cases)}
    earlier = told_before(known.values(), accounts.policy, NOW)
    told = [walked(case, accounts, account_id=id) for id, case in zip(known, earlier, strict=True)]
    cut = [_until_it_waits(known[waits.case], waits) for waits in WAITING if waits.case in known]
    waiting = [walked(case, accounts, account_id=id) for case, id in cut if case is not None]
    results = _together(accounts, clock, [*told, *waiting])
    _settle(accounts, clock, NOW)
    clock.now = NOW
    _send(accounts)
    return results[: len(told)]


Walk = Generator[dt.datetime, None, CaseResult]


def _together(accounts: Lifecycle, clock: SimulatedClock, walks: Sequence[Walk]) -> list[CaseResult]:
    """Take every step of every case in the order of their times, so that the log tells them as they happened.

    Where a case is over, its account's timers go off between the steps of the others.
    """
    coming = [(next(walk), number, walk) for number, walk in enumerate(walks)]
    heapq.heapify(coming)
    results: dict[int, CaseResult] = {}
    while coming:
        at, number, walk = coming[0]
        _settle(accounts, clock, at, {result.account_id for result in results.values()})
        try:
            heapq.heapreplace(coming, (next(walk), number, walk))
        except StopIteration as end:
            results[number] = end.value
            heapq.heappop(coming)
    return [results[number] for number in range(len(walks))]


def _until_it_waits(case: Case, waits: Waits) -> tuple[Case | None, str]:
    """Return a case up to one of its appeals, so that somebody has to decide it; None if it has no such appeal."""
    appeals = [place for place, step in enumerate(case.steps) if step.does == waits.does and step.refused is None]
    if len(appeals) < waits.which:
        return None, waits.account
    cut = attrs.evolve(case, steps=case.steps[: appeals[waits.which - 1] + 1])
    return moved(over_by(cut, NOW), -waits.weeks * WEEK), waits.account


def found_out(cases: Iterable[Case]) -> Gather:
    """Return what a host would answer if it were asked about the accounts of a demo: what their cases say of them."""
    known: dict[str, dict[str, Any]] = {}
    for case, account_id in account_ids(cases):
        shop = dict(case.facts)
        for step in case.steps:
            shop |= {} if step.role is Role.HOLDER else step.facts
        for id in (account_id, *(waits.account for waits in WAITING if waits.case == account_id)):
            known[id] = shop
    return lambda account_id, names: {n: known[account_id][n] for n in names if n in known.get(account_id, {})}


def _settle(
    accounts: Lifecycle, clock: SimulatedClock, until: dt.datetime, only: Collection[str] | None = None
) -> None:
    """Let timers go off at their time, as a worker would have, of the accounts in *only* if given.

    Those that wait for facts stay.
    """
    stuck: set[str] = set()
    while due := [
        timer
        for timer in accounts.store.timers(due_by=until)
        if timer.account_id not in stuck and (only is None or timer.account_id in only)
    ]:
        first = due[0]
        clock.now = first.due
        if not accounts.settle(first.account_id, at=first.due):
            stuck.add(first.account_id)


BOUNCED = ("shop-1045", "appeal_received")
"""The notice of a demo that nobody could take."""


def _send(accounts: Lifecycle) -> None:
    """Write down that notices were sent when they were written, but for one."""
    until = NOW + dt.timedelta(minutes=1)
    while claimed := accounts.store.claim_notices(NOW, until=until, limit=500):
        accounts.store.record_deliveries([_sent(each) for each in claimed])


def _sent(claimed: Claimed) -> Result:
    if (claimed.account_id, claimed.notice) == BOUNCED:
        return Result(claimed, Outcome.DEAD, min(claimed.at + dt.timedelta(hours=12), NOW), "mailbox_full")
    return Result(claimed, Outcome.SENT, min(claimed.at + _SENT_AFTER, NOW))
