"""Reading: what an account costs to read with a short and with a long history, and what `allows` costs.

Knows how to make an account with many events behind it. The hand-written side of `allows` asks the same question of
the database (state, last event, next due timer), compares the time and looks the answer up in a dict.
"""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.durable import LOCKING, START, Ours, asks, prepared, run
from benchmarks.measuring import Built, Group, Side, Target

SHORT = "`account()`, 10 events behind it"
LONG = "`account()`, 10,000 events behind it"
LOOKUP = "`sqlite3` by hand: the row, the next timer, a dict"
ALLOWS = '`allows("buy")`'

STANDING = (
    "SELECT state, at, (SELECT min(due) FROM lifecycle_timer WHERE account_id = ?1) "
    "FROM lifecycle_account WHERE account_id = ?1"
)


def grown(folder: str, name: str, events: int) -> Ours:
    """Make a database with one account that has so many events behind it."""
    path = str(Path(folder) / name)
    prepared(path, 1)
    ours = Ours(path, "NORMAL")
    run(ours, asks(1, LOCKING), events - 1)
    assert ours.accounts.account("acc_0").version == events
    return ours


def times(step: Callable[[], object], count: int) -> Callable[[], None]:
    """Return what does *step* so many times."""

    def repeated() -> None:
        for _ in itertools.repeat(None, count):
            step()

    return repeated


def histories(scale: float) -> Built:
    """Make the two accounts; at a smaller scale the long history is shorter."""
    folder = tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")
    short, long = grown(folder.name, "short.db", 10), grown(folder.name, "long.db", max(100, int(10_000 * scale)))
    count = max(1, int(1000 * scale))
    sides = tuple(
        Side(name, times(lambda ours=ours: ours.accounts.account("acc_0"), count), count)
        for name, ours in ((SHORT, short), (LONG, long))
    )
    return Built(sides, lambda: (short.close(), long.close(), folder.cleanup()))


class Table:
    """The answer by hand: one query on a kept connection, the time compared, a dict asked."""

    def __init__(self, path: str, clock: Callable[[], dt.datetime]) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.clock = clock
        self.answers = {"active": True, "security_locked": False, "suspended": False, "under_appeal": False}

    def allows(self, account: str) -> bool:
        """Whether the account may buy."""
        state, at, due = self.connection.execute(STANDING, (account,)).fetchone()
        now = max(self.clock().isoformat(timespec="microseconds"), at)
        if due is not None and due <= now:
            raise LookupError("a timer is due; none is in this run")
        return self.answers[state]


def allowing(scale: float) -> Built:
    """Make the two sides over one account with ten events behind it."""
    folder = tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")
    ours = grown(folder.name, "short.db", 10)
    table = Table(str(Path(folder.name) / "short.db"), lambda: START + dt.timedelta(minutes=1))
    ours.now = START + dt.timedelta(minutes=1)
    assert table.allows("acc_0") == bool(ours.accounts.allows("acc_0", "buy"))
    count = max(1, int(1000 * scale))
    sides = (
        Side(LOOKUP, times(lambda: table.allows("acc_0"), count), count),
        Side(ALLOWS, times(lambda: ours.accounts.allows("acc_0", "buy"), count), count),
    )
    return Built(sides, lambda: (table.connection.close(), ours.close(), folder.cleanup()))


HISTORIES = Group(
    name="history",
    title="Reading an account on SQLite",
    says="the folded row is read, whatever lies behind it",
    clock="wall",
    names=(SHORT, LONG),
    build=histories,
    targets=(Target(LONG, SHORT, 1.1),),
)
ALLOWING = Group(
    name="allows",
    title="May the account buy? Due timers counted",
    says="one query each, on a kept connection",
    clock="wall",
    names=(LOOKUP, ALLOWS),
    build=allowing,
    targets=(Target(ALLOWS, LOOKUP, 2.0),),
)
