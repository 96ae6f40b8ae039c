"""Connections to one PostgreSQL database: a pool of our own, never across a fork; and whose connection a step is made on.

Knows how a connection is opened, set up, lent, found dead and closed. Does not know any table. A connection that the
server gave up while it lay idle is noticed before it is used, so whoever asks after a restart gets an answer.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from lifecycle.errors import StoreBusy, StoreUnavailable
from lifecycle.store.postgres.address import Address, read_address
from lifecycle.store.postgres.hosting import hosted, line_of
from lifecycle.store.postgres.line import Asked, Hosted, Line, Link, Rows
from lifecycle.store.postgres.schema import found_version, home, migrate
from lifecycle.store.postgres.trouble import committing, explain_refusal, explained

_SLICE = 0.1
"""For how many seconds a free connection is waited for before somebody looks why there is none."""

_FIRST = 2.0
"""For how many seconds at most the first connection is waited for; if it does not come, whoever asks is told why."""

_TOO_LONG = 60_000
"""After how many milliseconds the server takes an account's turn back from a process that does nothing with it."""

_INHERITED: list[ConnectionPool[Link]] = []
"""Pools a forked child found. Their connections are the parent's: closing one would end the parent's session."""


def _set_up(link: Link, wait: float) -> None:
    """Make the settings of a connection independent of the server's and the user's defaults."""
    settings = {
        "timezone": "UTC",
        "default_transaction_isolation": "read committed",
        "lock_timeout": str(round(wait * 1000)),
        "idle_in_transaction_session_timeout": str(_TOO_LONG),
    }
    link.ask(*[("SELECT set_config($1, $2, false)", setting) for setting in settings.items()])


class Links:
    """The connections of one database."""

    def __init__(self, address: Address) -> None:
        """Connect, create or upgrade our tables, and open the pool.

        Raises:
            StoreError: the server cannot be reached or refuses us, or the database is not ours or too new.
        """
        self.address = address
        self._closed = False
        with explained(address), closing(connected(address)) as connection:
            self.schema = migrate(connection, address)
        self._begin_life()

    def _begin_life(self) -> None:
        self._pid = os.getpid()
        self._failed = failed = threading.Event()
        wait = self.address.wait
        self._pool: ConnectionPool[Link] = ConnectionPool(
            connection_class=Link,
            kwargs={**self.address.options, "autocommit": True},
            min_size=1,
            max_size=self.address.pool_size,
            open=False,
            configure=lambda link: _set_up(link, wait),
            timeout=wait,
            # A connection that cannot be had is not tried again behind our back, but when somebody needs it.
            reconnect_timeout=0,
            reconnect_failed=lambda pool: failed.set(),
            num_workers=2,
        )
        self._pool.open()
        # Whoever asks before the first connection stands would have a second one opened, and both would be kept busy.
        with suppress(PoolTimeout):
            self._pool.wait(min(wait, _FIRST))

    def _leave_behind(self) -> None:
        """In a forked child, begin anew: the parent's connections may not be used here."""
        if self._pid != os.getpid():
            _INHERITED.append(self._pool)
            self._begin_life()

    # --- lending -----------------------------------------------------------------------------------------------------

    def take(self) -> Link:
        """Return a connection that is ours until it is given back.

        Raises:
            StoreBusy: all of them stayed in use.
            StoreUnavailable: the server cannot be reached, or the store was closed.
        """
        self._leave_behind()
        until = time.monotonic() + self.address.wait
        while True:
            link = self._lent(until)
            if not link.fell_silent():
                return link
            link.close()
            self.give(link)

    def _lent(self, until: float) -> Link:
        patience = _SLICE
        while True:
            self._failed.clear()
            try:
                return self._pool.getconn(timeout=patience)
            except PoolClosed:
                raise StoreUnavailable(f"the database {self.address} was closed. Open the store again.") from None
            except PoolTimeout:
                if self._failed.is_set():
                    # the pool keeps the reason to itself
                    connected(self.address).close()
                if time.monotonic() > until:
                    raise StoreBusy(
                        f"all {self.address.pool_size} connections to the database {self.address} stayed in use. "
                        "Nothing was written. Ask again, or raise pool_size= in the address."
                    ) from None
                # who asks anew goes to the end of the queue: so no more than once where it is a long one
                full = self._pool.get_stats()["pool_size"] >= self.address.pool_size
                patience = max(_SLICE, until - time.monotonic()) if full else _SLICE

    def give(self, link: Link) -> None:
        """Give a connection back."""
        self._pool.putconn(link)

    @contextmanager
    def reading(self, connection: Any = None) -> Iterator[Line]:
        """Give a line to read with: the host's connection if there is one, else one on which each statement is alone."""
        with explained(self.address):
            if connection is not None:
                yield line_of(connection)
                return
            link = self.take()
            try:
                yield link
            finally:
                self.give(link)

    def read(self, query: str, values: tuple[Any, ...], connection: Any = None) -> Rows:
        """Return the rows of one question, asked on the host's connection if there is one."""
        with self.reading(connection) as line:
            return line.ask((query, values))[0]

    @contextmanager
    def snapshot(self) -> Iterator[Line]:
        """Give a line that sees one moment of the database, whatever others write."""
        with explained(self.address), self._whole("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as line:
            yield line

    @contextmanager
    def writing(self, *first: Asked, connection: Any = None) -> Iterator[Line]:
        """Give a line inside a transaction that began with *first*: all that is done with it is kept, or nothing.

        On the host's connection the host decides; in its transaction this is a savepoint.
        """
        with explained(self.address):
            if connection is None:
                with self._whole("BEGIN", *first) as line:
                    yield line
                return
            with hosted(connection, *first) as step:
                yield step.line

    @contextmanager
    def _whole(self, begin: str, *first: Asked) -> Iterator[Line]:
        link = self.take()
        try:
            link.ask((begin, ()), *first)
            yield link
            with committing(self.address):
                link.ask(("COMMIT", ()))
        except BaseException:
            undo(link, ("ROLLBACK", ()))
            raise
        finally:
            self.give(link)

    def close(self) -> None:
        """Close the connections of every thread. One that is in use is closed when it is given back."""
        self._leave_behind()
        self._pool.close()


def undo(line: Line, *asked: Asked) -> None:
    """Take back what was done, if there is still a connection; if there is none, the server does it."""
    with suppress(psycopg.Error):
        line.ask(*asked)


def connected(address: Address) -> psycopg.Connection[Any]:
    """Open a connection beside the pool, which commits every statement by itself.

    Raises:
        StoreUnavailable: the server cannot be reached, or refuses us.
    """
    try:
        return psycopg.connect(**address.options, autocommit=True)
    except psycopg.Error as error:
        raise explain_refusal(error, address) from None


def holds_accounts(url: str) -> bool:
    """Whether the database at *url* holds our tables. Nothing is written.

    Raises:
        BadRequest: the address cannot be read.
        StoreError: the database cannot be read, holds tables that are not ours, or is too new.
    """
    address = read_address(url)
    with explained(address), closing(connected(address)) as connection:
        line = Hosted(connection)
        return found_version(line, home(line, address), address) > 0
