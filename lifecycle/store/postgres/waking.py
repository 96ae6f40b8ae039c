"""How an idle worker hears of new work in PostgreSQL, and how a busy database is spared of telling anybody.

A notification makes commits queue one behind the other, so a decision sends one only while somebody listens: an idle
worker holds one advisory lock alone, and each decision that leaves work tries to share it until it commits. If it
cannot, it tells. Whoever gets the lock alone knows that no decision is under way that tells nobody, looks once more,
and may then sleep. A busy worker lets go of the lock. Nothing is lost without any of this: workers also look now and
then by themselves.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
from psycopg import errors

from lifecycle.store.postgres.address import Address
from lifecycle.store.postgres.trouble import explained

CHANNEL = "lifecycle_work"
_KEY = "1818846566, 1"
TELL = f"SELECT pg_notify('{CHANNEL}', '') WHERE NOT pg_try_advisory_xact_lock_shared({_KEY})"
"""What a statement that leaves work ends with; more conditions may follow."""

PATIENCE = 15.0
"""For how many seconds an idle worker sleeps that hears nothing."""

SOON = 60
"""A timer due within so many seconds is told of when it is armed; every later one is seen in time anyway."""

_SLICE = 0.25
"""How often, in seconds, an idle worker looks whether it was told to stop. Nothing is asked of the server."""


class PostgresEar:
    """What one idle worker listens with; see `lifecycle.store.delivery.Ear`. Has a connection of its own."""

    patience = PATIENCE

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: psycopg.Connection[Any] | None = None
        self._alone = False

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Sleep for *seconds*, until there is new work, or until *wake* is set.

        Raises:
            StoreUnavailable: the server cannot be reached. The next call connects anew.
        """
        until = time.monotonic() + seconds
        try:
            with explained(self._address):
                connection = self._listening()
                while not wake.is_set() and (left := until - time.monotonic()) > 0:
                    if not self._alone and self._takes(connection):
                        # Whoever committed before now told nobody: look once more before sleeping.
                        return
                    if any(True for _ in connection.notifies(timeout=min(left, _SLICE), stop_after=1)):
                        return
        except BaseException:
            self.close()
            raise

    def work(self) -> None:
        """Say that this worker is busy: nobody need tell it anything."""
        if self._alone and self._connection is not None:
            self._alone = False
            try:
                with explained(self._address):
                    self._connection.execute(f"SELECT pg_advisory_unlock({_KEY})")
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection, self._alone = self._connection, None, False
        if connection is not None:
            connection.close()

    def _listening(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(**self._address.options, autocommit=True)
            self._connection.execute("SET lock_timeout = '100ms'")
            self._connection.execute(f"LISTEN {CHANNEL}")
        return self._connection

    def _takes(self, connection: psycopg.Connection[Any]) -> bool:
        """Try to get the lock alone. While we wait for it nobody can share it any more, so everybody tells."""
        try:
            connection.execute(f"SELECT pg_advisory_lock({_KEY})")
        except errors.LockNotAvailable:
            return False
        self._alone = True
        return True
