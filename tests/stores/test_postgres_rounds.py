"""How many round trips a decision takes in PostgreSQL, counted where the messages leave."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from shop import SECRET, Shop
from story import RECORDED, T0, Story, timer

from lifecycle import Actor, Lifecycle
from lifecycle.model import Change
from lifecycle.store import Identifier, Sealed
from lifecycle.store.postgres import PostgresStore
from lifecycle.store.postgres.line import Asked, Link, Rows

SIGN_UP = {"registration_fields": 4, "verified_by": "link"}


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    """Open an empty store."""
    with closing(PostgresStore(postgres_url)) as store:
        store.load("nobody")
        yield store


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The first words of the statements of each round trip on a connection of ours."""
    told: list[list[str]] = []
    ask = Link.ask

    def counted(self: Link, *asked: Asked) -> list[Rows]:
        words = [" ".join(sql.split()[:2]) for sql, _ in asked]
        if "set_config" not in words[0]:
            # a connection that the pool opens meanwhile is no part of a decision
            told.append(words)
        return ask(self, *asked)

    monkeypatch.setattr(Link, "ask", counted)
    return told


LOCKED = ["BEGIN", "SELECT a.version,"]


def test_a_turn_is_two_round_trips(store: PostgresStore, rounds: list[list[str]]) -> None:
    """BEGIN, lock and read go together, and so do the one statement that writes and COMMIT."""
    story = Story(store)
    for step in range(3):
        rounds.clear()
        with store.turn("acc_1", key=f"k{step}") as turn:
            batch = story.batch(Change("notify", "n"), timer("t", T0), key=f"k{step}", fingerprint="f")
            turn.append(batch, recorded_at=RECORDED)
        story.events += batch.events
        assert rounds == [LOCKED, ["WITH event", "COMMIT"]]


def test_appending_is_two_round_trips(store: PostgresStore, rounds: list[list[str]]) -> None:
    """A batch that is written without a turn of its own takes as many."""
    Story(store).step(Change("open", "appeal"))
    assert rounds == [LOCKED, ["WITH event", "COMMIT"]]


def test_private_parts_take_one_more(store: PostgresStore, rounds: list[list[str]]) -> None:
    """Identifiers that were looked at and private texts are held against what is stored, in one round trip more."""
    looked_at = (Identifier("email", "h1", owners=()), Identifier("phone", "h2", owners=()))
    Story(store).step(identifiers=looked_at, account_key=b"k", sealed=(Sealed("r", "p", b"x"),))
    assert [len(each) for each in rounds] == [2, 3, 2]
    rounds.clear()
    Story(store, "acc_2").step(identifiers=(Identifier("email", "h3"),))
    assert [len(each) for each in rounds] == [2, 3]


def test_leaving_is_one_round_trip(store: PostgresStore, rounds: list[list[str]]) -> None:
    """A turn in which nothing is written ends with one more round trip, one that failed as well."""
    with store.turn("acc_1"):
        pass
    with pytest.raises(RuntimeError), store.turn("acc_1"):
        raise RuntimeError
    assert rounds == [LOCKED, ["COMMIT"], LOCKED, ["ROLLBACK"]]


def test_a_decision_is_two_round_trips(postgres_url: str, shop: Shop, rounds: list[list[str]]) -> None:
    """Submitting asks the database twice, whatever the decision leaves behind; a reading asks it once."""
    with Lifecycle.open(postgres_url, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=SIGN_UP)
        rounds.clear()
        warned = accounts.submit(
            "warn", account="ann", by=Actor.reviewer("r1"), facts={"ground": "platform_rules"}, key="k1"
        )
        assert warned.allowed
        assert [len(each) for each in rounds] == [2, 2]
        rounds.clear()
        accounts.account("ann")
        assert len(rounds) == 1


def test_statements_are_prepared_once(store: PostgresStore) -> None:
    """What is asked again and again is prepared by the connection once, by name; batches of one shape are written alike."""
    story = Story(store)
    for _ in range(6):
        story.step(Change("notify", "n"), timer("t", T0))
    with store._links.reading() as line:
        query = (
            "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'lifecycle%' AND statement LIKE 'WITH event%'"
        )
        # The first step makes the account, the others move it; this may be a connection that only some of them took.
        ((prepared,),) = line.ask((query, ()))[0]
        assert 1 <= prepared <= 2


def test_on_a_hosts_connection(store: PostgresStore, postgres_url: str, tmp_path: pathlib.Path) -> None:
    """On the host's connection it is two as well: savepoint, lock and read; the write and the savepoint's release."""
    trace = tmp_path / "trace"
    with closing(psycopg.connect(postgres_url)) as host, trace.open("w") as messages:
        host.execute("SELECT 1")
        host.pgconn.trace(messages.fileno())
        story = Story(store)
        story.write(story.batch(), connection=host)
        host.pgconn.untrace()
        host.commit()
    said = [line.split("\t") for line in trace.read_text().splitlines()]
    assert [name for _, who, _, name, *_ in said if who == "F" and name in ("Sync", "Query")] == ["Sync", "Sync"]
    assert len(story.stored()) == 1
