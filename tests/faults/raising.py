"""What the tests of faults share: a nursery of processes, accounts with due timers, and what must hold afterwards."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from lifecycle import Lifecycle
from lifecycle.rows import Policy
from lifecycle.worker import Worker, loop

TIMES = int(os.environ.get("LIFECYCLE_FAULTS", "20"))
"""How often something is killed in each test; the README names the command with the full number."""

PATIENCE = 120
"""Seconds after which a test gives up waiting."""

SECRET = b"thirty-two bytes of test secret."
SECOND = dt.timedelta(seconds=1)
ACCOUNTS = 3
HERE = Path(__file__).parent


class Nursery:
    """Writers and workers over one database; see `nursery`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "nursery.py"), url, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def say(self, word: str, number: int) -> int:
        """Say one word and return the number that is answered."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word} {number}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the parent; every child was ended before."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def sizes(self, what: str, count: int) -> list[int]:
        """How many bytes each of so many children has written down of one kind."""
        files = [self.folder / f"{what}_{number}" for number in range(count)]
        return [file.stat().st_size if file.exists() else 0 for file in files]

    def at_work(self, what: str, before: list[int]) -> int:
        """Wait until one of the children has written more down than *before*, and return its number."""
        until = time.monotonic() + PATIENCE
        while True:
            pairs = zip(self.sizes(what, len(before)), before, strict=True)
            if (busy := next((n for n, (now, then) in enumerate(pairs) if now > then), None)) is not None:
                return busy
            assert self.errors() == []
            assert time.monotonic() < until, f"nothing is {what}"
            time.sleep(0.002)

    def all_at_work(self, what: str, before: list[int]) -> None:
        """Wait until each of the children has written more down than *before*."""
        for number, then in enumerate(before):
            # of the others whatever they have written counts for nothing
            others = [sys.maxsize] * number
            self.at_work(what, [*others, then])

    def told(self, what: str) -> list[list[str]]:
        """Everything that children of all numbers wrote down of one kind; a line cut short by a kill is left out."""
        lines = [line for file in sorted(self.folder.glob(f"{what}_*")) for line in _whole(file)]
        return [line.split() for line in lines]

    def errors(self) -> list[str]:
        """How children failed that were not killed."""
        return _whole(self.folder / "errors")


def _whole(file: Path) -> list[str]:
    if not file.exists():
        return []
    return [line[:-1] for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]


def opened(url: str, policy: Policy | None = None) -> Lifecycle:
    """Open the accounts in the test's own process."""
    return Lifecycle.open(url, policy=policy, secret=SECRET)


def for_writers(accounts: Lifecycle, count: int) -> None:
    """Make the accounts that so many writers write to."""
    for name in ["shared", *(f"w{number}_{n}" for number in range(count) for n in range(ACCOUNTS))]:
        accounts.import_account(name, state="active")


def due(accounts: Lifecycle, names: list[str]) -> None:
    """Make locked accounts whose lock has run out already: each waits for a worker, and then sends a notice."""
    given = {"ground": "declined_payments", "timers": {"lock_expires": "2026-03-03T10:00:00+00:00"}}
    at = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
    for name in names:
        accounts.import_account(name, state="security_locked", given=given, at=at)


def check_written(accounts: Lifecycle, nursery: Nursery, kills: int, beside: Collection[str] = ()) -> str:
    """Hold the log against what was acknowledged, and return what to print.

    Nothing acknowledged is lost, no key is in the log twice, every event has its notices, and of what was never
    acknowledged there is at most one decision for each kill. Accounts named *beside* are not the writers'.
    """
    acknowledged = nursery.told("written")
    events = {
        account.id: list(accounts.events(account.id)) for account in accounts.accounts() if account.id not in beside
    }
    lost = [line for line in acknowledged if len(events[line[0]]) < int(line[2])]
    for account, key, version in acknowledged:
        remembered = accounts.store.remembered(account, key)
        if remembered is None or remembered.answer["events"] != ([int(version)] if int(version) else []):
            lost.append([account, key, version])
    taken = [(account, int(version)) for account, _, version in acknowledged if int(version)]
    doubled = [each for each, number in Counter(taken).items() if number > 1]
    written = sum(len(log) - 1 for log in events.values())
    unheard = written - len(set(taken))
    assert lost == []
    assert doubled == []
    assert 0 <= unheard <= kills
    told = {
        account: [f"{account}:{e.version}:{n}" for e in log for n in range(1, len(e.told) + 1)]
        for account, log in events.items()
    }
    assert {account: [row.id for row in accounts.outbox(account)] for account in events} == told
    assert accounts.verify().damage == ()
    return f"{len(acknowledged)} acknowledged, {unheard} written and never heard of, 0 lost, 0 doubled"


def drained(accounts: Lifecycle, nursery: Nursery) -> None:
    """Work until nothing is due and nothing waits, also what killed workers held."""
    kept, loop.MARGIN = loop.MARGIN, SECOND
    delivered = nursery.folder / "delivered_end"

    def handler(delivery):
        with delivered.open("a", encoding="utf-8") as file:
            file.write(f"{delivery.id} {delivery.attempt}\n")

    try:
        until = time.monotonic() + PATIENCE
        while True:
            Worker(accounts, handler, limit=SECOND).run_once()
            now = accounts.clock()
            left = accounts.store.backlog(now)
            # What a killed worker held is asked for as of a time at which it holds it no more; nobody is told of it here.
            untold = accounts.store.claim_reports(now + 2 * SECOND, until=now, limit=1)
            if not (left.due or left.waiting or untold):
                return
            assert time.monotonic() < until, f"still waiting: {left}"
            time.sleep(0.2)
    finally:
        loop.MARGIN = kept


def check_told(accounts: Lifecycle, names: list[str]) -> str:
    """Each account was told of each of its notices exactly once, after the lock ran out; return what to print."""
    told = 0
    for name in names:
        events = list(accounts.events(name))
        assert [event.trigger for event in events[:2]] == ["import", "lock_expires"], name
        found = [f"{name}:{event.facts['notice_ref']}" for event in events[2:]]
        assert {event.trigger for event in events[2:]} == {"note_delivery"}, name
        assert found == [row.id for row in accounts.outbox(name)], name
        told += len(found)
    assert accounts.verify().damage == ()
    return f"{told} results told to {len(names)} accounts, 0 lost, 0 doubled"


def check_worked(accounts: Lifecycle, nursery: Nursery, names: list[str]) -> str:
    """Each lock ran out exactly once, each notice was delivered, those of an account in order; return what to print."""
    for name in names:
        log = [event.trigger for event in accounts.events(name)]
        assert log == ["import", "lock_expires"], (name, log)
    delivered = [line[0] for line in nursery.told("delivered")]
    owed = [row.id for row in accounts.outbox()]
    assert set(delivered) >= set(owed)
    assert set(delivered) <= set(owed)
    assert {posted.stands for posted in accounts.store.posted()} <= {"sent"}
    assert accounts.verify().damage == ()
    again = len(delivered) - len(set(delivered))
    return f"{len(names)} timers fired, {len(owed)} notices delivered ({again} of them again), 0 lost, 0 doubled"
