"""A SQLite database that stops serving: every error says what is wrong, where, and what to do."""

from __future__ import annotations

import pathlib
import sqlite3
import threading
from contextlib import closing

import pytest
from story import Story, fold
from tampering import spoil, tamper

from lifecycle.errors import (
    StoreError,
    StoreUnavailable,
)
from lifecycle.store.sqlite import SqliteStore
from lifecycle.store.trouble import explain

Host = sqlite3.Connection


def test_read_only(path: pathlib.Path, store: SqliteStore) -> None:
    """A file opened for reading can be read and verified; a write is refused and says why."""
    Story(store).step()
    with closing(SqliteStore(f"file:{path}?mode=ro")) as reader:
        story = Story(reader)
        story.events = story.stored()
        assert reader.verify().events == 1
        with pytest.raises(StoreUnavailable, match=r"may only be read\. Nothing was written"):
            story.step()
    assert len(Story(store).stored()) == 1


def test_read_only_and_new(path: pathlib.Path) -> None:
    """A file that may only be read cannot be given our tables."""
    tamper(path, "CREATE TABLE orders (id)")
    with pytest.raises(StoreUnavailable, match="may only be read"):
        SqliteStore(f"file:{path}?mode=ro")


def test_full(store: SqliteStore, story: Story) -> None:
    """A full disk is said to be full; what was acknowledged is there, the rest is not, and room heals it."""
    own = store._links.own()
    pages = own.execute("PRAGMA page_count").fetchone()[0]
    own.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(StoreUnavailable, match=r"is full: .* Nothing was written"):
        story.fill()
    stored = story.stored()
    assert 0 < len(stored) == story.version < 1000
    assert [row.version for row in store.outbox()] == [e.version for e in stored]
    assert store.remembered("acc_1", f"k{story.version}") is None
    assert store.verify().damage == ()
    own.execute("PRAGMA max_page_count = 100000")
    story.step()
    assert store.verify().damage == ()


def test_locked(path: pathlib.Path, host: Host) -> None:
    """A write that waits too long for another connection is refused, and works when the lock is gone."""
    with closing(SqliteStore(path, wait=0.05)) as store:
        story = Story(store)
        host.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"stayed locked by another connection\. Nothing was written"):
            story.step()
        assert store.load("acc_1") is None
        host.execute("ROLLBACK")
        story.step()


def test_busy_threads(path: pathlib.Path) -> None:
    """A write that waits too long for other threads of the process is refused."""
    with closing(SqliteStore(path, wait=0.05)) as store:
        faults: list[StoreError] = []

        def late() -> None:
            try:
                Story(store).step()
            except StoreError as fault:
                faults.append(fault)

        with store._links.writing():
            thread = threading.Thread(target=late)
            thread.start()
            thread.join()
        assert [str(f).partition(" is ")[2] for f in faults] == ["busy: other threads keep writing. Ask again."]


def test_malformed(path: pathlib.Path) -> None:
    """A file whose pages were overwritten is said to be malformed, and verifying reports it as damage."""
    with closing(SqliteStore(path)) as store:
        story = Story(store)
        story.step()
    spoil(path, "lifecycle_event")
    with closing(SqliteStore(path)) as store:
        with pytest.raises(StoreUnavailable, match="is malformed"):
            Story(store).stored()
        found = store.verify("acc_1").damage
        assert "is malformed" in found[0].what


def test_malformed_index(path: pathlib.Path) -> None:
    """A file so broken that its accounts cannot even be listed is damage too, not an error of verifying."""
    with closing(SqliteStore(path)) as store:
        Story(store).step()
    spoil(path, "sqlite_autoindex_lifecycle_account_1")
    with closing(SqliteStore(path)) as store:
        verified = store.verify()
        assert verified.accounts == 0
        assert "is malformed" in verified.damage[0].what
        with pytest.raises(StoreUnavailable, match="is malformed"):
            store.refold(fold)


def test_tables_gone(path: pathlib.Path, store: SqliteStore, story: Story) -> None:
    """Tables that somebody dropped are named by an error of ours, also when verifying."""
    tamper(path, "DROP TABLE lifecycle_timer")
    for ask in (story.step, store.verify, lambda: store.verify("acc_1"), lambda: list(store.timers())):
        with pytest.raises(StoreUnavailable, match="no such table: lifecycle_timer"):
            ask()
    assert store.load("acc_1") is None


def test_file_gone(path: pathlib.Path, store: SqliteStore, story: Story) -> None:
    """Once the file is gone a new thread gets an error, not a new and empty database."""
    story.step()
    path.unlink()
    faults: list[str] = []

    def ask() -> None:
        try:
            store.load("acc_1")
        except StoreUnavailable as fault:
            faults.append(str(fault))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert "there is no such file" in faults[0]
    assert not path.exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "may not be opened"),
        (6, "of this process"),
        (10, "the disk reports an error"),
        (23, "may not be opened"),
    ],
)
def test_words_for_every_trouble(code: int, words: str) -> None:
    """Result codes that cannot be provoked here have their sentence too."""
    error = sqlite3.OperationalError("it")
    error.sqlite_errorcode = code
    assert words in str(explain(error, "shop.sqlite3"))
