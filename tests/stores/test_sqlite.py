"""The store in SQLite keeps the contract, and refuses to open what it should not, with a reason."""

from __future__ import annotations

import pathlib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from contract import StoreContract
from story import Story, everything
from tampering import tamper

from lifecycle import Actor, Evidence, Lifecycle
from lifecycle.errors import (
    BadRequest,
    ForeignDatabase,
    NewerDatabase,
    StoreUnavailable,
)
from lifecycle.store import Store, schema
from lifecycle.store.sqlite import SqliteStore
from lifecycle.store.trouble import explain


def test_uses_the_real_thing(store: SqliteStore) -> None:
    """Every write is synced to the disk: a write-ahead log, with synchronous FULL unless asked otherwise."""
    own = store._links.own()
    assert own.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert own.execute("PRAGMA synchronous").fetchone() == (2,)


def test_synchronous_normal(path: pathlib.Path) -> None:
    """Who prefers speed to the last decisions before a power cut says so."""
    with closing(SqliteStore(path, synchronous="NORMAL")) as store:
        assert store._links.own().execute("PRAGMA synchronous").fetchone() == (1,)


def test_locks_from_the_start(store: SqliteStore, host: sqlite3.Connection) -> None:
    """A write holds the database from its first statement on: nobody can come between its reading and its writing."""
    with store._links.writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
        host.execute("BEGIN IMMEDIATE")
    host.execute("BEGIN IMMEDIATE")
    host.execute("ROLLBACK")


def test_a_decision_looks_at_its_own_account_only(path: pathlib.Path) -> None:
    """However many accounts there are, and however many open appeals, no statement of a decision walks through them."""
    appealed = {"ground": "harassment", "author": "reviewer:r1", "against": "suspension"}
    with Lifecycle.open(f"sqlite:///{path}") as accounts:
        accounts.import_account("ann", state="under_appeal", given=appealed)
        own = accounts.store._links.own()
        asked: list[str] = []
        own.set_trace_callback(asked.append)
        reasons = [Evidence("reasons", ref="why")]
        assert accounts.submit("reject", account="ann", by=Actor.reviewer("r2"), evidence=reasons, key="k").allowed
        own.set_trace_callback(None)
        reading = [sql for sql in asked if sql.startswith(("SELECT", "UPDATE", "DELETE"))]
        plans = [detail for sql in reading for *_, detail in own.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert [plan for plan in plans if plan.startswith(("SEARCH", "SCAN"))]
    assert [plan for plan in plans if "account_id=?" not in plan] == []


class TestSqliteStore(StoreContract):
    """The contract, kept in a file."""

    @pytest.fixture
    def store(self, path: pathlib.Path) -> Iterator[Store]:
        """Open an empty store."""
        store = SqliteStore(path)
        yield store
        store.close()

    @pytest.fixture
    def small_store(self, path: pathlib.Path) -> Iterator[Store]:
        """Open an empty store with the small limits of the contract."""
        store = SqliteStore(path, account_limit=2048, denials_per_day=3)
        yield store
        store.close()


class TestOpening:
    """What may be opened, and what is refused with a reason."""

    def test_opened_again(self, path: pathlib.Path) -> None:
        """What was written is there when the file is opened again, by another name of it as well."""
        with closing(SqliteStore(path)) as store:
            Story(store).step()
            before = everything(store)
        for name in (str(path), f"file:{path}"):
            with closing(SqliteStore(name)) as store:
                assert everything(store) == before
                assert store.verify().events == 1

    def test_path_is_kept(self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A relative path means the folder the store was opened in, whatever folder the process changes to."""
        monkeypatch.chdir(path.parent)
        with closing(SqliteStore(path.name)) as store:
            Story(store).step()
            monkeypatch.chdir("/")
            found: list[object] = []
            thread = threading.Thread(target=lambda: found.append(store.load("acc_1")))
            thread.start()
            thread.join()
            assert found == [store.load("acc_1")]
            assert repr(store) == f"SqliteStore({str(path)!r})"

    def test_odd_path(self, tmp_path: pathlib.Path) -> None:
        """A path with signs that mean something in an address is taken as it is."""
        odd = tmp_path / "a b?mode=ro#é%20.db"
        with closing(SqliteStore(odd)) as store:
            Story(store).step()
        assert odd.exists()

    @pytest.mark.parametrize("name", [":memory:", "", "file::memory:", "file:x?mode=memory&cache=shared"])
    def test_in_memory(self, name: str) -> None:
        """A database in memory is refused: every thread would have one of its own."""
        with pytest.raises(BadRequest, match="use the MemoryStore"):
            SqliteStore(name)

    def test_unknown_synchronous(self, path: pathlib.Path) -> None:
        """Only FULL and NORMAL are offered, so nothing else reaches the database."""
        with pytest.raises(BadRequest, match='"FULL" or "NORMAL"'):
            SqliteStore(path, synchronous="OFF")

    def test_old_sqlite(self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A SQLite older than 3.35 is refused by name, before any file is made."""
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
        with pytest.raises(StoreUnavailable, match=r"SQLite 3\.34\.1; 3\.35 or newer"):
            SqliteStore(path)
        assert not path.exists()

    def test_folder_instead_of_file(self, tmp_path: pathlib.Path) -> None:
        """A folder is refused as a folder."""
        with pytest.raises(StoreUnavailable, match="it is a folder"):
            SqliteStore(tmp_path)

    def test_missing_folder(self, tmp_path: pathlib.Path) -> None:
        """A file in a folder that does not exist is refused, and the folder is not made."""
        with pytest.raises(StoreUnavailable, match="its folder does not exist"):
            SqliteStore(tmp_path / "missing" / "shop.sqlite3")
        assert not (tmp_path / "missing").exists()

    def test_missing_file(self, path: pathlib.Path) -> None:
        """A file that may only be read and is not there is said not to be there."""
        with pytest.raises(StoreUnavailable, match="there is no such file"):
            SqliteStore(f"file:{path}?mode=ro")

    def test_unreadable(self, path: pathlib.Path) -> None:
        """A file that exists and cannot be opened points to its rights."""
        path.touch()
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        assert "may not read or write it" in str(explain(error, str(path)))

    @pytest.mark.parametrize("text", ["hello, I am a text\n", "lorem ipsum\n" * 1000])
    def test_text_file(self, path: pathlib.Path, text: str) -> None:
        """A file that is no database is refused and stays as it is."""
        path.write_text(text)
        with pytest.raises(ForeignDatabase, match="is not a SQLite database"):
            SqliteStore(path)
        assert path.read_text() == text

    @pytest.mark.parametrize(
        "statements",
        [
            ["CREATE TABLE lifecycle_event (x)"],
            ["CREATE VIEW lifecycle_meta AS SELECT 1 AS one"],
            ["CREATE TABLE lifecycle_meta (x)"],
            ["CREATE TABLE lifecycle_meta (name, value)"],
            ["CREATE TABLE lifecycle_meta (name, value)", "INSERT INTO lifecycle_meta VALUES ('program', 'other')"],
            [
                "CREATE TABLE lifecycle_meta (name, value)",
                "INSERT INTO lifecycle_meta VALUES ('program', 'account-lifecycle'), ('schema', 'many')",
            ],
        ],
    )
    def test_foreign_tables(self, path: pathlib.Path, statements: list[str]) -> None:
        """A database with tables of our names that are not ours is refused and stays as it is."""
        tamper(path, *statements)
        before = path.read_bytes()
        with pytest.raises(ForeignDatabase, match="of another program"):
            SqliteStore(path)
        assert path.read_bytes() == before

    def test_newer_database(self, path: pathlib.Path) -> None:
        """A database of a newer version is refused and stays as it is."""
        SqliteStore(path).close()
        tamper(path, "UPDATE lifecycle_meta SET value = '99' WHERE name = 'schema'")
        before = path.read_bytes()
        with pytest.raises(NewerDatabase, match=f"tables 99, known here {len(schema.MIGRATIONS)}"):
            SqliteStore(path)
        assert path.read_bytes() == before

    def test_the_hosts_file(self, path: pathlib.Path) -> None:
        """Our tables live beside the host's, whose tables, version and application id stay as they are."""
        tamper(
            path,
            "CREATE TABLE orders (id)",
            "INSERT INTO orders VALUES (7)",
            "PRAGMA user_version = 5",
            "PRAGMA application_id = 77",
        )
        with closing(SqliteStore(path)) as store:
            Story(store).step()
        with closing(sqlite3.connect(path)) as connection:
            asked = ("SELECT id FROM orders", "PRAGMA user_version", "PRAGMA application_id")
            assert [connection.execute(q).fetchone()[0] for q in asked] == [7, 5, 77]

    def test_interrupted_migration(self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A migration that fails leaves nothing behind, and works once its cause is gone."""
        broken = (("CREATE TABLE lifecycle_half (x)", "CREATE TABLE nonsense"),)
        with monkeypatch.context() as patch:
            patch.setattr("lifecycle.store.schema.MIGRATIONS", broken)
            with pytest.raises(StoreUnavailable, match="cannot be used"):
                SqliteStore(path)
        with closing(SqliteStore(path)) as store:
            Story(store).step()
            tables = store._links.own().execute("SELECT count(*) FROM sqlite_master WHERE name = 'lifecycle_half'")
            assert tables.fetchone() == (0,)

    def test_later_migration(self, path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database of an older version is brought to the newest when it is opened, its rows kept."""
        from lifecycle.store import schema

        with closing(SqliteStore(path)) as store:
            Story(store).step()
        further = (*schema.MIGRATIONS, ("ALTER TABLE lifecycle_account ADD COLUMN note TEXT",))
        monkeypatch.setattr(schema, "MIGRATIONS", further)
        with closing(SqliteStore(path)) as store:
            assert store.verify().events == 1
            notes = store._links.own().execute("SELECT note FROM lifecycle_account").fetchall()
            assert notes == [(None,)]

    def test_opened_by_many_at_once(self, path: pathlib.Path) -> None:
        """Several processes may open a new file at the same moment."""
        script = "import sys; from lifecycle.store.sqlite import SqliteStore; SqliteStore(sys.argv[1]).close()"
        running = [
            subprocess.Popen([sys.executable, "-c", script, str(path)], stderr=subprocess.PIPE) for _ in range(4)
        ]
        assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 4

    def test_waits_for_the_journal_lock(self, path: pathlib.Path) -> None:
        """A new file that somebody else is writing is waited for, so long as the wait lasts."""
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.execute("CREATE TABLE orders (id)")
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="stayed locked"):
                SqliteStore(path, wait=0.05)
            threading.Timer(0.1, lambda: other.execute("COMMIT")).start()
            with closing(SqliteStore(path, wait=5)) as store:
                Story(store).step()
