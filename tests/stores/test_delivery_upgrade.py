"""A database from before there were workers: its notices and timers are handed out like any other after the upgrade."""

from __future__ import annotations

import pathlib
import sqlite3
from contextlib import closing

import pytest
from contract_delivery import LEASE, NOW
from story import HOUR, T0

from lifecycle.model import Actor
from lifecycle.store import schema
from lifecycle.store.codec import instant
from lifecycle.store.sqlite import SqliteStore
from lifecycle.store.taking import Taken, TextRead

OLD = 2
"""The version of the tables before deliveries."""


@pytest.fixture
def old(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A file with the tables of then, a notice and a due timer."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, monkeypatch.context() as then:
        then.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:OLD])
        schema.migrate(connection, str(path))
        connection.execute(
            "INSERT INTO lifecycle_outbox (account_id, version, n, notice, said, at) VALUES ('a', 1, 1, 'n', '{}', ?)",
            (instant(T0),),
        )
        connection.execute(
            "INSERT INTO lifecycle_timer (account_id, machine, name, due, number) VALUES ('a', 'account', 't', ?, 1)",
            (instant(T0),),
        )
    return path


def test_what_waited_is_handed_out(old: pathlib.Path) -> None:
    """Opened by this version, the file gains what workers need, and nothing that stood in it is lost."""
    with closing(SqliteStore(old)) as store:
        assert store.schema_version == len(schema.MIGRATIONS) > OLD
        assert store.claim_accounts(NOW, until=LEASE, limit=9) == ("a",)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
        assert (claimed.id, claimed.notice, claimed.at) == ("a:1:1", "n", T0)
        assert [(p.stands, p.attempts) for p in store.posted()] == [("waiting", 1)]


def test_notices_of_then_can_be_dropped(old: pathlib.Path) -> None:
    """A host that sent its notices in another way until now drops the old ones, and none goes out twice."""
    with closing(SqliteStore(old)) as store:
        assert store.drop_notice("a", 1, 1, at=NOW)
        assert store.claim_notices(NOW + HOUR, until=NOW + 2 * HOUR, limit=9) == ()


def test_readings_of_texts_are_noted(old: pathlib.Path) -> None:
    """The file gains what the staff do beside the log: who took an appeal, and who read a text."""
    read = TextRead("a", "text-1", Actor.reviewer("ana"), T0)
    with closing(SqliteStore(old)) as store:
        assert store.take(Taken("a", 1, "ana", T0))
        store.note_read(read)
        assert [one for _, one in store.read_back()] == [read]


def test_what_is_ready_is_found_by_an_index(old: pathlib.Path) -> None:
    """Each question a worker asks again and again walks an index, so it costs by what is ready, not by what stands."""
    from lifecycle.store import delivery_sqlite as asked

    SqliteStore(old).close()
    moment = instant(NOW)
    questions = {
        "lifecycle_timer_due": (asked._FRESH_TIMERS, (moment, 1)),
        "lifecycle_timer_held": (asked._LATE_TIMERS, (moment, 1)),
        "lifecycle_outbox_next": (asked._LATE_NOTICES, (moment, 1)),
        "lifecycle_outbox_line": (asked._FIRST, ("a",)),
    }
    with closing(sqlite3.connect(old)) as connection:
        for index, (query, values) in questions.items():
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values))
            assert index in plan, query
            assert "USE TEMP B-TREE" not in plan, query
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked._FRESH_NOTICES}", (1,)))
        assert "lifecycle_outbox_next (next_try=?)" in plan
