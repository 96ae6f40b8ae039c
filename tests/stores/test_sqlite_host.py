"""A step on the host's own connection commits or rolls back with the host's own rows."""

from __future__ import annotations

import pathlib
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from story import RECORDED, T0, Story, everything, timer

from lifecycle.errors import (
    BadRequest,
    KeyReused,
    StoreError,
    StoreUnavailable,
)
from lifecycle.model import Change
from lifecycle.store import Identifier, Stale
from lifecycle.store.schema import migrate
from lifecycle.store.sqlite import SqliteStore

Host = sqlite3.Connection


class TestHostConnection:
    """A step that commits or rolls back with the host's own rows."""

    def test_committed_with_the_host(self, host: Host, store: SqliteStore, story: Story) -> None:
        """Inside the host's transaction the step is seen by the host, and by others once the host commits."""
        host.execute("BEGIN IMMEDIATE")
        host.execute("INSERT INTO orders VALUES ('o1')")
        story.write(story.batch(Change("notify", "n")), connection=host)
        assert host.in_transaction
        assert store.load("acc_1", connection=host) is not None
        assert store.load("acc_1") is None
        host.execute("COMMIT")
        assert store.load("acc_1") is not None
        assert store.verify().events == 1

    def test_rolled_back_with_the_host(self, host: Host, store: SqliteStore, story: Story) -> None:
        """When the host rolls back, the step has never been."""
        host.execute("BEGIN")
        host.execute("INSERT INTO orders VALUES ('o1')")
        batch = story.batch(
            Change("notify", "n"),
            key="key_1",
            fingerprint="f",
            account_key=b"k",
            identifiers=(Identifier("email", "h1"),),
        )
        store.append(batch, recorded_at=RECORDED, connection=host)
        assert store.remembered("acc_1", "key_1", connection=host) is not None
        assert store.account_key("acc_1", connection=host) == b"k"
        assert store.identifier_owners("email", ["h1"], connection=host) == ("acc_1",)
        assert len(list(store.events("acc_1", connection=host))) == 1
        host.execute("ROLLBACK")
        assert everything(store) == (None, [], [], [], [], [], None, None, None, ())
        assert host.execute("SELECT count(*) FROM orders").fetchone() == (0,)

    def test_a_failed_step_leaves_the_hosts_rows(self, host: Host, store: SqliteStore, story: Story) -> None:
        """A step that is turned away takes nothing of the host's transaction with it."""
        story.step(key="key_1", fingerprint="f")
        host.execute("BEGIN IMMEDIATE")
        host.execute("INSERT INTO orders VALUES ('o1')")
        with pytest.raises(KeyReused):
            story.write(story.batch(key="key_1", fingerprint="g"), connection=host)
        late = Story(store)
        with pytest.raises(Stale):
            late.write(late.batch(), connection=host)
        story.write(story.batch(), connection=host)
        host.execute("COMMIT")
        assert host.execute("SELECT id FROM orders").fetchall() == [("o1",)]
        assert [e.version for e in story.stored()] == [1, 2]
        assert store.verify().damage == ()

    def test_half_a_step_is_taken_back(self, host: Host, store: SqliteStore, story: Story) -> None:
        """A step that fails after its events were written leaves none of them in the host's transaction."""
        host.execute("BEGIN IMMEDIATE")
        host.execute("INSERT INTO orders VALUES ('o1')")
        with pytest.raises(StoreError, match="other than JSON"):
            story.write(story.batch(key="k", fingerprint="f", answer={"odd": object()}), connection=host)
        assert list(store.events("acc_1", connection=host)) == []
        host.execute("COMMIT")
        assert host.execute("SELECT id FROM orders").fetchall() == [("o1",)]

    @pytest.mark.parametrize("isolation_level", [None, "", "DEFERRED"])
    def test_a_host_without_a_transaction(
        self, path: pathlib.Path, store: SqliteStore, story: Story, isolation_level: Any
    ) -> None:
        """A host that has begun nothing is given a transaction, and it is the host who commits it."""
        with closing(sqlite3.connect(path, isolation_level=isolation_level)) as host:
            story.write(story.batch(), connection=host)
            assert host.in_transaction
            assert store.load("acc_1") is None
            with store._links.reading() as other, pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("PRAGMA busy_timeout = 0").execute("BEGIN IMMEDIATE")
            host.commit()
            assert store.load("acc_1") is not None
            story.write(story.batch(), connection=host)
            host.rollback()
        assert len(list(store.events("acc_1"))) == 1

    def test_a_failed_step_leaves_no_transaction(self, host: Host, store: SqliteStore, story: Story) -> None:
        """A transaction begun for a step that is turned away is rolled back: the host's connection is as before."""
        story.step()
        late = Story(store)
        with pytest.raises(Stale):
            late.write(late.batch(), connection=host)
        assert not host.in_transaction

    def test_full_in_the_hosts_transaction(self, host: Host, store: SqliteStore, story: Story) -> None:
        """A disk that fills up inside the host's transaction is said to be full, and nothing half is left."""
        pages = host.execute("PRAGMA page_count").fetchone()[0]
        host.execute(f"PRAGMA max_page_count = {pages + 2}")
        host.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="is full"):
            story.fill(connection=host)
        host.execute("PRAGMA max_page_count = 100000")
        if host.in_transaction:
            host.execute("COMMIT")
        assert len(list(store.outbox())) == len(story.stored())
        assert store.verify().damage == ()

    def test_overtaken(self, host: Host, store: SqliteStore, story: Story) -> None:
        """A host that began to read before somebody else wrote is told to begin with BEGIN IMMEDIATE."""
        host.execute("BEGIN")
        host.execute("SELECT * FROM orders").fetchall()
        other = Story(store, "acc_2")
        other.step()
        with pytest.raises(StoreUnavailable, match="begin with BEGIN IMMEDIATE"):
            story.write(story.batch(), connection=host)

    def test_rows_of_another_kind(self, host: Host, store: SqliteStore, story: Story) -> None:
        """The host's own row factory changes nothing for us, and stays the host's."""

        def by_name(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> dict[str, object]:
            return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}

        host.row_factory = by_name
        story.write(story.batch(timer("t", T0)), connection=host)
        host.commit()
        assert store.load("acc_1", connection=host) == store.load("acc_1")
        assert host.row_factory is by_name

    def test_texts_of_another_kind(self, host: Host, store: SqliteStore) -> None:
        """A connection that reads text as something else is refused rather than misread."""
        host.text_factory = bytes
        with pytest.raises(BadRequest, match="text_factory"):
            store.load("acc_1", connection=host)

    def test_a_host_that_migrates(self, tmp_path: pathlib.Path) -> None:
        """A host may put our tables into its own database through its own connection."""
        with closing(sqlite3.connect(tmp_path / "own.db", isolation_level=None)) as host:
            migrate(host, "own.db")
            migrate(host, "own.db")
            assert host.execute("SELECT count(*) FROM lifecycle_event").fetchone() == (0,)

    def test_a_closed_connection(self, host: Host, store: SqliteStore) -> None:
        """A host's connection that is closed is an error of ours."""
        host.close()
        with pytest.raises(StoreUnavailable, match="closed database"):
            store.load("acc_1", connection=host)
