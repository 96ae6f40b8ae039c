"""A step on the host's own connection: it commits or rolls back with the host's rows, and an error spoils nothing else.

Knows in which states a host's connection may be handed in. Does not know any table, nor connections of our own but
that one in the middle of a turn may be handed in again for a further question.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from attrs import field, frozen
from psycopg.pq import TransactionStatus

from lifecycle.errors import BadRequest
from lifecycle.store.postgres.line import Asked, Hosted, Line, Link, Rows

_BEGUN: Asked = ("SAVEPOINT lifecycle_step", ())
_KEPT: Asked = ("RELEASE SAVEPOINT lifecycle_step", ())
_TAKEN_BACK: Asked = ("ROLLBACK TO SAVEPOINT lifecycle_step", ())


def line_of(connection: Any) -> Line:
    """Return the line of a connection that was handed in.

    Raises:
        BadRequest: it is no open connection of psycopg's.
    """
    if isinstance(connection, Link):
        return connection
    if not isinstance(connection, psycopg.Connection):
        raise BadRequest(
            f"connection= must be an open psycopg.Connection to the same database, not a {type(connection).__name__}. "
            "Of an engine or a session, hand in the driver's own connection."
        )
    return Hosted(connection)


@frozen
class Step:
    """A step in the host's transaction: its line, the rows of what was asked first, and what is still to be asked last."""

    line: Line
    rows: list[Rows]
    last: list[Asked] = field(factory=list)


@contextmanager
def hosted(connection: Any, *first: Asked) -> Iterator[Step]:
    """Begin a step with what is asked *first*. What it is given to ask last goes in one round trip with its end.

    In a transaction that is open this is a savepoint. If none is, the driver begins one with the first statement; an
    error then takes it back, and otherwise it is left open for the host to commit or roll back.

    Raises:
        BadRequest: the connection commits every statement by itself and no transaction is open: nothing could be
            committed or rolled back together.
    """
    line = line_of(connection)
    status = connection.info.transaction_status
    if status == TransactionStatus.IDLE:
        if connection.autocommit:
            raise BadRequest(
                "this connection commits every statement by itself. Open a transaction first, with "
                "connection.transaction() of psycopg, or leave connection= out"
            )
        try:
            step = Step(line, line.ask(*first) if first else [])
            yield step
            if step.last:
                line.ask(*step.last)
        except BaseException:
            with suppress(psycopg.Error):
                connection.rollback()
            raise
        return
    try:
        _, *rows = line.ask(_BEGUN, *first)
        step = Step(line, rows)
        yield step
        line.ask(*step.last, _KEPT)
    except BaseException:
        # in a transaction that had failed before there is no savepoint to go back to
        with suppress(psycopg.Error):
            line.ask(_TAKEN_BACK)
            line.ask(_KEPT)
        raise
