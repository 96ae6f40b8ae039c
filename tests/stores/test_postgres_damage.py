"""Whatever is changed behind the store's back in PostgreSQL is found, and what can be made again from the log is mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from attrs import evolve
from postgres import Server
from story import T0, Story, everything, fold, timer

from lifecycle.errors import LogDamaged, StoreError, StoreUnavailable
from lifecycle.model import State
from lifecycle.store import Batch, Stale
from lifecycle.store.postgres import PostgresStore

_EVENT = "account_id, version, position, machine, trigger, at, recorded_at, policy, body, hash"
_STRAY = f"INSERT INTO lifecycle_event ({_EVENT}) OVERRIDING SYSTEM VALUE SELECT"
_EDITS = {
    "position": "UPDATE lifecycle_event SET position = DEFAULT WHERE MINE AND version = 2",
    "account": "UPDATE lifecycle_event SET account_id = 'acc_9' WHERE MINE AND version = 2",
    "version": "UPDATE lifecycle_event SET version = 77 WHERE MINE AND version = 2",
    "machine": "UPDATE lifecycle_event SET machine = 'level' WHERE MINE AND version = 2",
    "trigger": "UPDATE lifecycle_event SET trigger = 'x' WHERE MINE AND version = 2",
    "at": "UPDATE lifecycle_event SET at = at + interval '1 microsecond' WHERE MINE AND version = 2",
    "at_infinity": "UPDATE lifecycle_event SET at = 'infinity' WHERE MINE AND version = 2",
    "recorded_at": "UPDATE lifecycle_event SET recorded_at = 'epoch' WHERE MINE AND version = 2",
    "policy": "UPDATE lifecycle_event SET policy = 'other' WHERE MINE AND version = 2",
    "body": "UPDATE lifecycle_event SET body = replace(body, 'step_2', 'step_9') WHERE MINE AND version = 2",
    "body_nonsense": "UPDATE lifecycle_event SET body = 'é' WHERE MINE AND version = 2",
    "hash": "UPDATE lifecycle_event SET hash = replace(hash, left(hash, 1), 'g') WHERE MINE AND version = 2",
    "hash_of_the_last": "UPDATE lifecycle_event SET hash = 'x' WHERE MINE AND version = 3",
    "first_missing": "DELETE FROM lifecycle_event WHERE MINE AND version = 1",
    "middle_missing": "DELETE FROM lifecycle_event WHERE MINE AND version = 2",
    "last_missing": "DELETE FROM lifecycle_event WHERE MINE AND version = 3",
    "two_missing": "DELETE FROM lifecycle_event WHERE MINE AND version < 3",
    "all_missing": "DELETE FROM lifecycle_event WHERE MINE",
    "extra": f"{_STRAY} account_id, 4, 99999, machine, trigger, at, recorded_at, policy, body, hash FROM lifecycle_event "
    "WHERE MINE AND version = 3",
    "extra_before": f"{_STRAY} account_id, -5, 99999, machine, trigger, at, recorded_at, policy, body, hash "
    "FROM lifecycle_event WHERE MINE AND version = 1",
    "row_missing": "DELETE FROM lifecycle_account WHERE MINE",
    "row_of_nobody": "INSERT INTO lifecycle_account SELECT 'acc_0', version, state, at, head, fold_version, snapshot "
    "FROM lifecycle_account WHERE MINE",
    "row_version": "UPDATE lifecycle_account SET version = 2 WHERE MINE",
    "row_state": "UPDATE lifecycle_account SET state = 'active' WHERE MINE",
    "row_at": "UPDATE lifecycle_account SET at = NULL WHERE MINE",
    "head": "UPDATE lifecycle_account SET head = 'x' WHERE MINE",
    "fold_version": "UPDATE lifecycle_account SET fold_version = 0 WHERE MINE",
    "snapshot_state": "UPDATE lifecycle_account SET snapshot = replace(snapshot, 'suspended', 'active')",
    "snapshot_version": "UPDATE lifecycle_account SET snapshot = replace(snapshot, '\"version\":3', '\"version\":2')",
    "snapshot_nonsense": "UPDATE lifecycle_account SET snapshot = '{}' WHERE MINE",
    "timer_missing": "DELETE FROM lifecycle_timer WHERE MINE",
    "timer_later": "UPDATE lifecycle_timer SET due = '2036-01-01T00:00:00+00:00'",
    "timer_of_a_machine": "INSERT INTO lifecycle_timer VALUES ('acc_1', 'level', 't', 'epoch', 1)",
    "timer_of_nobody": "INSERT INTO lifecycle_timer VALUES ('acc_0', 'account', 't', 'epoch', 1)",
}
EDITS = {name: sql.replace("MINE", "account_id = 'acc_1'") for name, sql in _EDITS.items()}


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    """Open an empty store."""
    with closing(PostgresStore(postgres_url)) as store:
        yield store


@pytest.fixture
def admin(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection to the same database, to change it behind the store's back."""
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        yield connection


@pytest.fixture
def three(store: PostgresStore) -> Story:
    """An account of three events that ends suspended, with a timer."""
    story = Story(store)
    story.step()
    story.step(timer("t", T0))
    story.step(dest=State.SUSPENDED)
    return story


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.usefixtures("three")
def test_found(admin: psycopg.Connection, store: PostgresStore, edit: str) -> None:
    """An edited, missing or additional row is found, and one account's damage is not taken for another's."""
    Story(store, "acc_5").step()
    assert store.verify().damage == ()
    admin.execute(EDITS[edit])
    damaged = {d.account_id for d in store.verify().damage}
    assert damaged
    assert damaged <= {"acc_0", "acc_1", "acc_9"}


@pytest.mark.parametrize(
    ("edit", "version", "words"),
    [
        ("position", 3, "the event stands before the one it follows"),
        ("at", 2, 'the column "at" differs'),
        ("body", 2, "the chain does not hold here"),
        ("body_nonsense", 2, "the chain does not hold here"),
        ("middle_missing", 2, "event 2 is missing"),
        ("extra_before", -5, "does not belong into the log"),
        ("row_missing", 3, "no account row"),
        ("timer_later", 0, "the timers are not those"),
    ],
)
@pytest.mark.usefixtures("three")
def test_said(admin: psycopg.Connection, store: PostgresStore, edit: str, version: int, words: str) -> None:
    """What is wrong is said, with the event it concerns."""
    admin.execute(EDITS[edit])
    found = [d for d in store.verify().damage if words in d.what]
    assert [(d.account_id, d.version) for d in found] == [("acc_1", version)]


def test_findings_are_bounded(admin: psycopg.Connection, store: PostgresStore) -> None:
    """A log damaged everywhere gives a thousand findings and no more."""
    for n in range(3):
        story = Story(store, f"acc_{n}")
        first = story.event()
        events = tuple(evolve(first, version=v) for v in range(1, 701))
        story.write(Batch(story.id, 0, fold(events), events))
    admin.execute("UPDATE lifecycle_event SET trigger = 'x'")
    verified = store.verify()
    assert (len(verified.damage), verified.accounts) == (1000, 2)


@pytest.mark.parametrize("edit", ["body", "middle_missing", "last_missing", "head", "all_missing", "extra"])
@pytest.mark.usefixtures("three")
def test_nothing_is_folded_from_a_damaged_log(admin: psycopg.Connection, store: PostgresStore, edit: str) -> None:
    """A log that does not hold is not folded again: that would make the damage look right."""
    admin.execute(EDITS[edit])
    before = store.verify().damage
    with pytest.raises(LogDamaged) as caught:
        store.refold(fold)
    assert caught.value.account_id == "acc_1"
    assert store.verify().damage == before


@pytest.mark.parametrize(
    "edit",
    ["row_missing", "row_state", "row_at", "fold_version", "snapshot_nonsense", "timer_missing", "timer_later"],
)
@pytest.mark.usefixtures("three")
def test_refold_mends_the_row(admin: psycopg.Connection, store: PostgresStore, edit: str) -> None:
    """What is folded from the log can always be made again from it."""
    before = everything(store)
    admin.execute(EDITS[edit])
    assert store.verify().damage != ()
    store.refold(fold)
    assert everything(store) == before
    assert store.verify().damage == ()


@pytest.mark.parametrize("edit", ["fold_version", "snapshot_nonsense"])
@pytest.mark.usefixtures("three")
def test_a_row_that_cannot_be_read(admin: psycopg.Connection, store: PostgresStore, edit: str) -> None:
    """An account row that cannot be read, or was folded by another version, asks to be folded again."""
    admin.execute(EDITS[edit])

    def turn() -> None:
        with store.turn("acc_1"):
            pass

    for ask in (lambda: store.load("acc_1"), lambda: list(store.accounts()), turn):
        with pytest.raises(StoreError, match="lifecycle refold"):
            ask()
    assert store._links._pool.get_stats()["pool_available"] >= 1


def test_an_event_that_cannot_be_read(admin: psycopg.Connection, three: Story) -> None:
    """An event that cannot be read names its account and version, and repeats nothing of the text."""
    admin.execute("UPDATE lifecycle_event SET body = '{\"hunter2\": 1}' WHERE version = 2")
    with pytest.raises(LogDamaged) as caught:
        three.stored()
    assert (caught.value.account_id, caught.value.version) == ("acc_1", 2)
    assert "hunter2" not in str(caught.value)


def test_a_stray_event_is_not_overwritten(admin: psycopg.Connection, three: Story) -> None:
    """An event that stands where the next one belongs is never overwritten, and nothing of the step is kept."""
    admin.execute(EDITS["extra"])
    before = everything(three.store)
    with pytest.raises(Stale):
        three.step(key="key_1", fingerprint="f")
    assert everything(three.store) == before


def test_a_missing_row_is_not_taken_for_a_new_account(admin: psycopg.Connection, three: Story) -> None:
    """An account whose row is gone cannot be registered again over its log."""
    admin.execute(EDITS["row_missing"])
    with pytest.raises(Stale):
        Story(three.store).step()


def test_spoiled_pages() -> None:
    """A table whose pages were overwritten is malformed: reading says so, verifying reports it as damage."""
    server = Server()
    try:
        with server.database() as name, server.connect(name) as admin:
            with closing(PostgresStore(server.url(name))) as store:
                Story(store).step()
            admin.execute("CHECKPOINT")
            found = admin.execute("SELECT pg_relation_filepath('lifecycle_event')").fetchone()
            assert found is not None
            server.stop()
            Path(server.data, found[0]).write_bytes(b"\xff" * 8192)
            server.start()
            with closing(PostgresStore(server.url(name))) as store:
                with pytest.raises(StoreUnavailable, match="is malformed"):
                    Story(store).stored()
                assert "is malformed" in store.verify("acc_1").damage[0].what
                with pytest.raises(StoreUnavailable, match="is malformed"):
                    store.refold(fold)
    finally:
        server.close()
