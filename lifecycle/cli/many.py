"""The commands over many accounts at once: `import`, `bulk`, `settle`, `export`.

Knows how a long run is announced, counted and told. What is done to each account is in `lifecycle.bulk`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.text import Text

from lifecycle.bulk import Arrived, Done, check_arrivals, import_each, settle_due, submit_each
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.output import Desk, Ticker, Voice
from lifecycle.cli.places import Unusable, accounts_at, accounts_made_at, actor_of, evidence_of, facts_of, policy_of
from lifecycle.cli.running import named, secret_in
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count
from lifecycle.errors import closest
from lifecycle.export import FORMATS
from lifecycle.model import Event
from lifecycle.service import Lifecycle

MOST_TOLD = 20
"""How many mistakes or failures are told one by one."""


def import_accounts(
    desk: Desk, file: Path, *, database: str, secret_file: Path | None, new: bool, dry_run: bool
) -> int:
    """Look at every line of *file*, then take its accounts over."""
    voice = desk.voice
    opens = accounts_made_at if new and not dry_run else accounts_at
    if new and dry_run:
        raise Unusable("--dry-run writes nothing, and --new makes a database: name one of the two.")
    with opens(database, policy_of(desk.policy_name), secret_in(secret_file)) as accounts:
        ticker = Ticker("lines looked at")
        checked = check_arrivals(accounts, _lines(file), progress=ticker)
        ticker.clear()
        if checked.wrong:
            _tell_wrong(voice, file, checked, "Nothing was written")
            return FAILED
        if dry_run:
            voice.say(_good(f"{count(checked.taken, 'account')} could be taken over; nothing was written."))
            return FINE
        ticker = Ticker(f"of {count(checked.lines, 'account')} taken over")
        arrived = import_each(accounts, _lines(file), progress=ticker)
        ticker.clear()
    there = f", {count(arrived.there, 'account')} left as they were" if arrived.there else ""
    if arrived.wrong:
        _tell_wrong(voice, file, arrived, f"{count(arrived.taken, 'account')} taken over{there}")
        return FAILED
    voice.say(_good(f"{count(arrived.taken, 'account')} taken over{there}."))
    return FINE


def _tell_wrong(voice: Voice, file: Path, arrived: Arrived, done: str) -> None:
    for line, what in arrived.wrong[:MOST_TOLD]:
        voice.say(Text.assemble(("✗ ", STYLES["failed"]), f"{file}, line {line}: {what}"), hang=2)
    if (more := len(arrived.wrong) - MOST_TOLD) > 0:
        voice.say(f"and {count(more, 'more mistake', 'more mistakes')}")
    voice.say(Text(f"{count(len(arrived.wrong), 'mistake')}. {done}.", style=STYLES["failed"]))


def bulk(
    desk: Desk,
    trigger: str,
    *,
    database: str,
    by: str,
    run: str,
    file: Path | None,
    state: str | None,
    facts: Sequence[str],
    evidence: Sequence[str],
    gather: str | None,
    secret_file: Path | None,
    threads: int,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Submit *trigger* for many accounts and tell what came of it."""
    if (file is None) == (state is None):
        raise Unusable("Say which accounts are meant: --accounts FILE with their ids, or --state for all in a state.")
    if threads < 1:
        raise Unusable("--threads is at least 1.")
    policy = policy_of(desk.policy_name)
    if trigger not in policy.triggers:
        raise Unusable(f'nothing is called "{trigger}" in this policy.{closest(trigger, policy.triggers)}')
    if by == "holder" or by.startswith("holder:"):
        raise Unusable("A holder acts for one account only; --by is agent, reviewer, supervisor or system.")
    given, brought = facts_of(facts, policy), evidence_of(evidence)
    asked = named(gather, "--gather") if gather else None
    with accounts_at(database, policy, secret_in(secret_file), gather=asked) as accounts:
        ids = _ids(file) if file is not None else [each.id for each in accounts.accounts(state=state)]
        ticker = Ticker(f"of {count(len(ids), 'account')} decided")
        done = submit_each(
            accounts,
            trigger,
            ids,
            by=actor_of(by, "nobody"),
            run=run,
            facts=given,
            evidence=brought,
            threads=threads,
            progress=ticker,
            dry_run=dry_run,
        )
        ticker.clear()
    if as_json:
        desk.voice.document("bulk", {"trigger": trigger, "run": run, "dry_run": dry_run, **_document(done)})
    else:
        _tell_done(desk.voice, done, dry_run=dry_run)
    return FAILED if done.failed else FINE


def _document(done: Done) -> dict[str, object]:
    failures = [{"account": account, "why": why} for account, why in done.failures]
    counted = {"accounts": done.accounts, "taken": done.taken, "repeated": done.repeated, "failed": done.failed}
    return {**counted, "refused": dict(done.refused), "failures": failures}


def _tell_done(voice: Voice, done: Done, *, dry_run: bool) -> None:
    voice.say(
        Text(f"{count(done.accounts, 'account')}{' tried; nothing was written' if dry_run else ''}", style="bold")
    )
    voice.say(_good(f"{'would be taken' if dry_run else 'taken'}: {done.taken}"), indent=2)
    if done.repeated:
        voice.say(f"done before in this run: {done.repeated}", indent=2)
    for codes, number in done.refused.most_common():
        voice.say(Text.assemble(("✗ refused: ", STYLES["refused"]), f"{number}  ", (f"[{codes}]", "dim")), indent=2)
    for account, why in done.failures[:MOST_TOLD]:
        voice.say(Text.assemble(("✗ failed: ", STYLES["failed"]), f"account {account}: {why}"), indent=2, hang=2)
    if (more := done.failed - min(len(done.failures), MOST_TOLD)) > 0:
        voice.say(f"and {count(more, 'more failure')}", indent=2)


def _ids(file: Path) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in _lines(file) if line.strip()))


def settle(
    desk: Desk,
    *,
    database: str,
    timer: str | None,
    gather: str | None,
    secret_file: Path | None,
    threads: int,
) -> int:
    """Settle what is due, of all accounts."""
    policy = policy_of(desk.policy_name)
    if timer is not None and timer not in policy.timers:
        raise Unusable(f'no timer is called "{timer}".{closest(timer, policy.timers)}')
    if threads < 1:
        raise Unusable("--threads is at least 1.")
    asked = named(gather, "--gather") if gather else None
    with accounts_at(database, policy, secret_in(secret_file), gather=asked) as accounts:
        ticker = Ticker("accounts settled")
        made = settle_due(accounts, name=timer, threads=threads, progress=ticker)
        ticker.clear()
    desk.voice.say(_good(f"{count(made, 'event')} written for timers that were due."))
    return FINE


def export(desk: Desk, *, database: str, format: str, account: str | None, output: Path | None) -> int:
    """Write the log in *format*."""
    with accounts_at(database, policy_of(desk.policy_name)) as accounts:
        if account is not None:
            accounts.account(account)
        ticker = Ticker("accounts written", quiet=output is None)
        logs = _Logs(accounts, account, ticker)
        pieces = FORMATS[format](logs)
        if output is None:
            for piece in pieces:
                sys.stdout.write(piece)
        else:
            _write(output, pieces)
        ticker.clear()
    if output is not None:
        desk.voice.say(
            _good(f"{count(logs.events, 'event')} of {count(logs.accounts, 'account')} written to {output}.")
        )
    return FINE


class _Logs:
    """Every account's log, read again whenever it is called, and how many there were the last time."""

    def __init__(self, accounts: Lifecycle, only: str | None, ticker: Ticker) -> None:
        self._service = accounts
        self._only = only
        self._ticker = ticker
        self.accounts = self.events = 0

    def __call__(self) -> Iterator[tuple[str, Iterable[Event]]]:
        self.accounts = self.events = 0
        ids = [self._only] if self._only is not None else (each.id for each in self._service.accounts())
        for id in ids:
            self.accounts += 1
            self._ticker(self.accounts)
            yield id, self._counted(id)

    def _counted(self, id: str) -> Iterator[Event]:
        for event in self._service.events(id):
            self.events += 1
            yield event


def _write(output: Path, pieces: Iterable[str]) -> None:
    """Write a file that is there whole, or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}.") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        part.replace(output)
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}. Nothing is left of it.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _lines(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from sys.stdin
        return
    try:
        with file.open(encoding="utf-8") as lines:
            yield from lines
    except OSError as error:
        raise Unusable(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"{file} is not text in UTF-8: byte {error.start + 1} cannot be read.") from error


def _good(words: str) -> Text:
    return Text(f"✓ {words}", style=STYLES["taken"])
