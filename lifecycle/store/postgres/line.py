"""A line to the server: several statements go in one message, all their answers come in another.

Knows round trips, prepared statements and how values become text and back. Does not know any table, and begins or ends
no transaction by itself. Our own connections speak through libpq's pipeline, since the driver's sends every statement by
itself; a host's connection is spoken to through the driver, which keeps its own account of what is prepared on it.
"""

from __future__ import annotations

import itertools
import select
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import psycopg
from psycopg import RawCursor, pq
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult
from psycopg.rows import tuple_row

from lifecycle.errors import BadRequest

Value = str | bytes | None
"""What a statement is given. Numbers and times go as text, so that a statement is prepared once for all of them."""

Asked = tuple[str, Sequence[Value]]
"""A statement with ``$1``, ``$2``, …, and its values."""

Rows = list[tuple[Any, ...]]

MOST_PREPARED = 500
"""How many statements one connection keeps prepared."""

LONGEST_PREPARED = 200
"""How many values a statement may have to be prepared: longer ones hardly come twice in the same shape."""

_READ: dict[int, Callable[[bytes], Any]] = {
    16: lambda data: data == b"t",
    17: lambda data: bytes.fromhex(data[2:].decode()),
    20: int,
    21: int,
    23: int,
}
"""How the text of a type is read, by the type's number: truth, bytes, whole numbers. All else is text."""

_FAILED = pq.ExecStatus.FATAL_ERROR
_SYNCED = pq.ExecStatus.PIPELINE_SYNC
_DONE = pq.ExecStatus.COMMAND_OK
_BROKEN = pq.ConnStatus.BAD


class Line(Protocol):
    """What statements are sent over."""

    def ask(self, *asked: Asked) -> list[Rows]:
        """Send these statements, and return the rows of each, in one round trip.

        Raises:
            psycopg.Error: one of them failed; those after it were not run.
        """


class Link(psycopg.Connection[tuple[Any, ...]]):
    """A connection of our own. One thread uses it at a time; every statement outside a transaction is one by itself."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._names: dict[str, bytes] = {}
        self._numbers = itertools.count(1)
        self._socket = select.poll()
        self._socket.register(self.pgconn.socket, select.POLLIN)

    def ask(self, *asked: Asked) -> list[Rows]:
        """Send these statements, and return the rows of each, in one round trip."""
        pgconn = self.pgconn
        written = [(sql, _written(values)) for sql, values in asked]
        # the statement that each answer only says to be prepared; None for the answers that are wanted
        awaited: list[str | None] = []
        try:
            pgconn.enter_pipeline_mode()
            for sql, data in written:
                self._send(sql, data, awaited)
            pgconn.pipeline_sync()
            results = self._results()
            if pgconn.status == _BROKEN:
                self.close()
            else:
                pgconn.exit_pipeline_mode()
        except BaseException:
            # Broken off or interrupted in the middle: nobody can tell what would be answered next.
            self.close()
            raise
        if len(awaited) > len(asked):
            results = self._wanted(awaited, results)
        for result in results:
            if result.status == _FAILED:
                raise error_from_result(result)
        return [_rows(result) if result.ntuples else [] for result in results]

    def _wanted(self, awaited: list[str | None], results: list[PGresult]) -> list[PGresult]:
        """Return the answers that are wanted, or up to the first that failed; what could not be prepared is forgotten."""
        wanted = []
        for prepared, result in zip(awaited, results, strict=False):
            if prepared is None or result.status == _FAILED:
                wanted.append(result)
            if prepared is not None and result.status != _DONE:
                self._names.pop(prepared, None)
        return wanted

    def _send(self, sql: str, data: list[bytes | None], awaited: list[str | None]) -> None:
        name = self._names.get(sql)
        if name is None:
            if len(data) > LONGEST_PREPARED or len(self._names) >= MOST_PREPARED:
                self.pgconn.send_query_params(sql.encode(), data)
                awaited.append(None)
                return
            name = self._names[sql] = b"lifecycle_%d" % next(self._numbers)
            self.pgconn.send_prepare(name, sql.encode())
            awaited.append(sql)
        self.pgconn.send_query_prepared(name, data)
        awaited.append(None)

    def _results(self) -> list[PGresult]:
        """Return what the server answers, up to where it says that this is all.

        Raises:
            psycopg.OperationalError: the connection broke off before.
        """
        pgconn, socket = self.pgconn, self._socket
        while pgconn.flush():
            # more than the socket takes at once; the server may have to be heard before it listens on
            socket.modify(pgconn.socket, select.POLLIN | select.POLLOUT)
            if any(events & select.POLLIN for _, events in socket.poll()):
                pgconn.consume_input()
            socket.modify(pgconn.socket, select.POLLIN)
        found: list[PGresult] = []
        while True:
            while pgconn.is_busy():
                socket.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                if pgconn.status == _BROKEN:
                    if any(each.status == _FAILED for each in found):
                        return found
                    raise psycopg.OperationalError("the connection broke off")
            elif result.status == _SYNCED:
                return found
            else:
                found.append(result)

    def fell_silent(self) -> bool:
        """Whether the server gave this connection up while it lay idle."""
        try:
            while self._socket.poll(0):
                self.pgconn.consume_input()
                if self.pgconn.status == _BROKEN:
                    return True
        except psycopg.OperationalError:
            return True
        return False


class Hosted:
    """A host's connection, in whatever transaction it is."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def ask(self, *asked: Asked) -> list[Rows]:
        """Send these statements, and return the rows of each, in one round trip."""
        if len(asked) == 1:
            return [_fetched(self._execute(*asked[0]))]
        with self._connection.pipeline():
            cursors = [self._execute(sql, values) for sql, values in asked]
        return [_fetched(cursor) for cursor in cursors]

    def _execute(self, sql: str, values: Sequence[Value]) -> RawCursor[tuple[Any, ...]]:
        # a cursor of ours, whatever kind of cursors and rows the host asked for
        cursor = RawCursor(self._connection, row_factory=tuple_row)
        return cursor.execute(sql, values)


def _fetched(cursor: RawCursor[tuple[Any, ...]]) -> Rows:
    return cursor.fetchall() if cursor.description else []


def _written(values: Sequence[Value]) -> list[bytes | None]:
    """Return values as the server takes them.

    Raises:
        BadRequest: one is text with a NUL, or with half a character; the text is not repeated.
    """
    try:
        data = [
            None if value is None else b"\\x" + value.hex().encode() if isinstance(value, bytes) else value.encode()
            for value in values
        ]
    except UnicodeEncodeError:
        raise BadRequest("text with half a character in it cannot be kept in PostgreSQL") from None
    if b"\0" in b"".join(filter(None, data)):
        raise BadRequest("text with a NUL character in it cannot be kept in PostgreSQL")
    return data


def _rows(result: PGresult) -> Rows:
    columns = range(result.nfields)
    readers = [_READ.get(result.ftype(n), bytes.decode) for n in columns]
    rows = []
    for row in range(result.ntuples):
        data = [result.get_value(row, n) for n in columns]
        rows.append(tuple([None if d is None else read(d) for read, d in zip(readers, data, strict=True)]))
    return rows
