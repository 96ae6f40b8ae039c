"""Connections to one SQLite file: one for each thread, never one across a fork; and transactions on them.

Knows how a connection is opened, set up, shared and closed, and how a step is made whole on our own connection or
on one the host hands in. Does not know any table.
"""

from __future__ import annotations

import os
import pathlib
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Any

from attrs import field, frozen

from lifecycle.errors import BadRequest, StoreUnavailable
from lifecycle.store.schema import check_sqlite, found_version, migrate
from lifecycle.store.trouble import explained, raise_explained

_INHERITED: list[_Link] = []
"""Connections a forked child found. SQLite forbids it to use them, and to close them too."""


@frozen(eq=False)
class _Link:
    """Holds one thread's connection; when the thread ends, the last reference goes and `closing` runs."""

    connection: sqlite3.Connection
    closing: list[weakref.finalize] = field(factory=list)  # type: ignore[type-arg]


class Links:
    """The connections of one database file."""

    def __init__(self, path: str, *, synchronous: str, wait: float) -> None:
        """Open the file, create or upgrade our tables in it.

        Raises:
            BadRequest: *synchronous* is neither FULL nor NORMAL, or *path* names a database in memory.
            StoreError: the database cannot be opened, is not ours or is too new.
        """
        check_sqlite()
        if synchronous not in ("FULL", "NORMAL"):
            raise BadRequest('synchronous must be "FULL" or "NORMAL"')
        if not path or ":memory:" in path or "mode=memory" in path:
            raise BadRequest(
                "SQLite in memory is a new database for every thread. Give the path of a file, or use the MemoryStore."
            )
        self.path = path if path.startswith("file:") else str(pathlib.Path(path).absolute())
        self._synchronous = synchronous
        self._wait = wait
        self._ready = False
        self._closed = False
        self._begin_life()
        with explained(self.path):
            self.own()
        self._ready = True

    def _begin_life(self) -> None:
        self._pid = os.getpid()
        self._local = threading.local()
        self._all: weakref.WeakSet[_Link] = weakref.WeakSet()
        # Threads of one process queue here: SQLite's own waiting is a sleep, and whoever sleeps longest starves.
        self._turn = threading.Lock()

    def own(self) -> sqlite3.Connection:
        """Return this thread's connection; open it if there is none yet."""
        self._stay_open()
        self._leave_behind()
        link: _Link | None = getattr(self._local, "link", None)
        if link is None:
            link = self._local.link = self._open()
            self._all.add(link)
        return link.connection

    def _stay_open(self) -> None:
        if self._closed:
            raise StoreUnavailable(f"the database {self.path} was closed. Open the store again.")

    def _leave_behind(self) -> None:
        """In a forked child, begin anew: the parent's connections may not be used here, and its lock may be held."""
        if self._pid != os.getpid():
            for inherited in self._all:
                inherited.closing[0].detach()
            _INHERITED.extend(self._all)
            self._begin_life()

    def _open(self) -> _Link:
        connection = sqlite3.connect(
            self._uri(), uri=True, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        try:
            if not self._ready:
                # looked at before anything is changed, the journal mode included
                found_version(connection, self.path)
                self._write_ahead(connection)
                migrate(connection, self.path)
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        except BaseException:
            connection.close()
            raise
        link = _Link(connection)
        closing = weakref.finalize(link, connection.close)
        closing.atexit = False
        link.closing.append(closing)
        return link

    def _uri(self) -> str:
        """Return the address: once the file exists, no later connection may create an empty one in its place."""
        if self.path.startswith("file:"):
            return self.path
        return f"{pathlib.Path(self.path).as_uri()}?mode={'rw' if self._ready else 'rwc'}"

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch the file to a write-ahead log, unless it has one or may only be read."""
        deadline = time.monotonic() + self._wait
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                code = error.sqlite_errorcode & 0xFF
                if code == sqlite3.SQLITE_READONLY:
                    return
                # SQLite does not wait for this lock by itself: several processes may open a new file at once
                if code != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def close(self) -> None:
        """Close the connections of every thread. Waits for a write under way."""
        self._leave_behind()
        with self._turn:
            self._closed = True
            for link in list(self._all):
                link.closing[0]()

    @contextmanager
    def reading(self, connection: sqlite3.Connection | None = None) -> Iterator[sqlite3.Cursor]:
        """Give a cursor to read with, on the host's connection if there is one."""
        with explained(self.path):
            yield _cursor(self.own() if connection is None else connection)

    def read(
        self, query: str, values: tuple[Any, ...], connection: sqlite3.Connection | None = None
    ) -> list[tuple[Any, ...]]:
        """Return the rows of one question, asked on the host's connection if there is one."""
        with explained(self.path):
            return _cursor(self.own() if connection is None else connection).execute(query, values).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Cursor]:
        """Give a cursor on our own connection that sees one moment of the database, whatever others write."""
        with explained(self.path):
            cursor = _cursor(self.own())
            cursor.execute("BEGIN")
            try:
                yield cursor
            finally:
                with suppress(sqlite3.Error):
                    cursor.execute("ROLLBACK")

    def writing(self, connection: sqlite3.Connection | None = None) -> Writing:
        """Give a cursor inside a transaction: all that is done with it is kept, or nothing. See `Writing`."""
        return Writing(self, connection)

    def take(self) -> sqlite3.Cursor:
        """Begin a transaction on our own connection once no other thread writes; `give` ends it.

        Raises:
            StoreUnavailable: other threads kept writing for as long as we wait.
        """
        cursor = _cursor(self.own())
        if not self._turn.acquire(timeout=self._wait):
            raise StoreUnavailable(f"the database {self.path} is busy: other threads keep writing. Ask again.")
        try:
            self._stay_open()
            cursor.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._turn.release()
            raise
        return cursor

    def give(self, cursor: sqlite3.Cursor, *, well: bool) -> None:
        """End the transaction of `take`: keep what was written if all went *well*, else take it back."""
        turn = self._turn
        try:
            if well:
                cursor.execute("COMMIT")
        except BaseException:
            _undo(cursor, "ROLLBACK")
            raise
        finally:
            if not well:
                _undo(cursor, "ROLLBACK")
            turn.release()


class Writing:
    """A transaction: all that is done in it is kept, or nothing.

    On the host's connection the host decides. In its transaction this is a savepoint. If it has none, one is begun at
    once with BEGIN IMMEDIATE and left open for the host to commit or roll back.
    """

    _hosted: AbstractContextManager[sqlite3.Cursor] | None = None

    def __init__(self, links: Links, connection: sqlite3.Connection | None) -> None:
        self._links = links
        self._connection = connection

    def __enter__(self) -> Any:
        """Return the cursor."""
        try:
            if self._connection is None:
                self.cursor = self._links.take()
            else:
                self._hosted = _hosted(self._connection)
                self.cursor = self._hosted.__enter__()
        except sqlite3.Error as error:
            raise_explained(error, self._links.path)
        return self.cursor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._hosted is not None:
                self._hosted.__exit__(kind, error, trace)
            else:
                self._links.give(self.cursor, well=kind is None)
        except sqlite3.Error as failed:
            raise_explained(failed, self._links.path)
        if isinstance(error, sqlite3.Error):
            raise_explained(error, self._links.path)


def _cursor(connection: sqlite3.Connection) -> sqlite3.Cursor:
    if connection.text_factory is not str:
        raise BadRequest("a connection with a text_factory of its own cannot be used; set it back to str")
    cursor = connection.cursor()
    # the host may have asked for rows of another kind
    cursor.row_factory = None
    return cursor


@contextmanager
def _hosted(connection: sqlite3.Connection) -> Iterator[sqlite3.Cursor]:
    cursor = _cursor(connection)
    if not connection.in_transaction:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            yield cursor
        except BaseException:
            _undo(cursor, "ROLLBACK")
            raise
        return
    cursor.execute("SAVEPOINT lifecycle_step")
    try:
        yield cursor
    except BaseException:
        _undo(cursor, "ROLLBACK TO lifecycle_step")
        _undo(cursor, "RELEASE lifecycle_step")
        raise
    cursor.execute("RELEASE lifecycle_step")


def _undo(cursor: sqlite3.Cursor, statement: str) -> None:
    # After a full disk or a disk error SQLite has rolled back already, and then there is nothing to undo.
    if cursor.connection.in_transaction:
        with suppress(sqlite3.Error):
            cursor.execute(statement)
