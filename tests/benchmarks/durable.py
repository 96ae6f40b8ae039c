"""A transition that is written: the same steps, rows, reads, hashes and JSON, each side in a database of its own.

When a group is over, the rows of its databases are compared byte for byte.

Knows the steps and the clock. What each side does with them is in `by_sqlite`, `by_core` and `by_eventsourcing`.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from benchmarks.by_hand import Ask
from benchmarks.by_sqlite import ByHand
from benchmarks.measuring import Built, Group, Side, Target

from lifecycle import Actor, Lifecycle

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SIGN_UP = {"registration_fields": 4, "verified_by": "link"}
Walk = tuple[tuple[str, str, dict[str, Any]], ...]
"""Steps that lead round: the trigger, who takes it, the facts."""
WARNING: Walk = (("warn", "reviewer", {"ground": "platform_rules"}), ("clear_warning", "agent", {}))
"""A record opened and closed, a timer armed and stopped, a notice each."""
LOCKING: Walk = (
    ("lock", "agent", {"ground": "new_device"}),
    ("unlock", "agent", {"cause_remedied": True, "packet_fields": 4}),
)
"""The same without a timer, from state to state."""

TABLES = ("event", "account", "timer", "outbox", "command")

HAND = "`sqlite3` by hand"
OURS = "`Lifecycle.submit`"
CORE = "SQLAlchemy Core"
SAVED = "beside: `eventsourcing` `app.save`, event only, FULL"


class Submits(Protocol):
    """A side: takes requests."""

    def submit(self, ask: Ask) -> object:
        """Decide and write."""

    def close(self) -> None:
        """Let go of the database."""


class Ours:
    """The steps through our only door."""

    def __init__(self, path: str, synchronous: str) -> None:
        self.now = START
        self.accounts = Lifecycle.open(f"sqlite:///{path}", clock=lambda: self.now, synchronous=synchronous)

    def submit(self, ask: Ask) -> object:
        """Submit *ask* at its time."""
        self.now = ask.at
        by = Actor.reviewer(ask.who) if ask.role == "reviewer" else Actor.agent(ask.who)
        return self.accounts.submit(ask.trigger, account=ask.account, by=by, key=ask.key, facts=ask.facts)

    def close(self) -> None:
        """Close the accounts."""
        self.accounts.close()


def names(count: int) -> list[str]:
    """The ids of so many accounts."""
    return [f"acc_{number}" for number in range(count)]


def prepared(path: str, count: int) -> None:
    """Make a database with so many registered accounts in it."""
    with Lifecycle.open(f"sqlite:///{path}", clock=lambda: START, synchronous="NORMAL") as accounts:
        for name in names(count):
            accounts.register(name, facts=SIGN_UP)


def asks(count: int, walk: Walk = WARNING) -> Iterator[Ask]:
    """Without end: each step of *walk* for every account, a second apart, each under a new key."""
    for number in itertools.count():
        turn, place = divmod(number, count)
        trigger, role, facts = walk[turn % len(walk)]
        yield Ask(trigger, f"acc_{place}", role, "a1", f"key-{number}", facts, START + (number + 1) * SECOND)


def run(side: Submits, pending: Iterator[Ask], steps: int) -> None:
    """Submit the next so many requests."""
    for ask in itertools.islice(pending, steps):
        side.submit(ask)


def build(synchronous: str, scale: float) -> Built:
    """Make the sides, each over a database of its own with the same accounts."""
    from benchmarks.by_core import ByCore
    from benchmarks.by_eventsourcing import Saved

    count = max(2, int(100 * scale))
    folder = tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")
    makers: dict[str, Callable[[str, str], Submits]] = {HAND: ByHand, OURS: Ours, CORE: ByCore}
    sides, closing = [], []
    for number, (name, make) in enumerate(makers.items()):
        path = str(Path(folder.name) / f"{number}.db")
        prepared(path, count)
        side = make(path, synchronous)
        closing.append(side.close)
        sides.append(Side(name, functools.partial(run, side, asks(count), 2 * count), 2 * count))
    saved = Saved(str(Path(folder.name) / "saved.db"), names(count))
    sides.append(Side(SAVED, functools.partial(_saved, saved, names(count)), 2 * count))

    def close() -> None:
        for each in (*closing, saved.close):
            each()
        written = {name: rows(Path(folder.name) / f"{number}.db") for number, name in enumerate(makers)}
        folder.cleanup()
        compare(written)

    return Built(tuple(sides), close)


def compare(written: Mapping[str, Mapping[str, list[tuple[Any, ...]]]]) -> None:
    """Hold what each side wrote against what the first one wrote.

    Raises:
        RuntimeError: it differs, so the times cannot be compared; the first rows that do are named.
    """
    (first, wanted), *others = written.items()
    for name, found in others:
        for table in TABLES:
            pairs = itertools.zip_longest(wanted[table], found[table])
            if differing := next((pair for pair in pairs if pair[0] != pair[1]), None):
                ours, theirs = differing
                raise RuntimeError(f"the sides wrote different rows of {table}:\n{first}: {ours}\n{name}: {theirs}")


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything in the tables that a decision writes."""
    connection = sqlite3.connect(path)
    found = {name: connection.execute(f"SELECT * FROM lifecycle_{name} ORDER BY 1, 2").fetchall() for name in TABLES}
    connection.close()
    return found


def _saved(saved: Any, accounts: list[str]) -> None:
    for step in (saved.warn, saved.clear):
        for name in accounts:
            step(name)


NEEDS = ("sqlalchemy", "eventsourcing")
NORMAL = Group(
    name="durable-normal",
    title="A transition on SQLite, end to end, `synchronous=NORMAL`",
    says="the same event, account, timer, outbox and key rows, reads, hash and JSON; a warning given and cleared",
    clock="wall",
    names=(HAND, OURS, CORE, SAVED),
    build=functools.partial(build, "NORMAL"),
    targets=(Target(OURS, HAND, 1.5), Target(OURS, CORE, 0.7)),
    needs=NEEDS,
)
FULL = Group(
    name="durable-full",
    title="The same, `synchronous=FULL`",
    says="as above, every commit waits for the disk",
    clock="wall",
    names=(HAND, OURS, CORE, SAVED),
    build=functools.partial(build, "FULL"),
    needs=NEEDS,
)
