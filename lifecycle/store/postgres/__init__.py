"""The store in PostgreSQL, shared with the host's own tables if the host likes; for many writing processes.

Knows how the parts come together: questions are in `asking`, an account's turn in `turn`, what one decision writes in
`writing`, connections in `links`, the tables in `schema`. Needs the extra ``postgres``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.store import ACCOUNT_LIMIT, DENIALS_PER_DAY, Batch, Fold, Progress, Refolded, Verified, walking
from lifecycle.store.postgres import seen, upkeep
from lifecycle.store.postgres.address import read_address
from lifecycle.store.postgres.asking import Asking
from lifecycle.store.postgres.delivery import PostgresDeliveries
from lifecycle.store.postgres.links import Links, holds_accounts
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.taking import PostgresTaking
from lifecycle.store.postgres.turn import PostgresTurn
from lifecycle.store.sightings import Sighting
from lifecycle.store.writing import Limits

__all__ = ["PostgresStore", "holds_accounts"]


class PostgresStore(Asking, PostgresDeliveries, PostgresTaking):
    """Accounts in PostgreSQL 14 or newer. See `lifecycle.store.Store` for what each method promises.

    A decision takes two round trips: see `lifecycle.store.postgres.turn`.
    """

    def __init__(self, url: str, *, account_limit: int = ACCOUNT_LIMIT, denials_per_day: int = DENIALS_PER_DAY) -> None:
        """Connect to the database at *url*; create or upgrade our tables in it. *account_limit* is in bytes.

        The address is ``postgresql://…`` as libpq reads it. Of its options these are ours: ``schema=`` is where our tables
        live, ``pool_size=`` how many connections are open at most (10), ``wait=`` how many seconds a lock or a free
        connection is waited for (5).

        Raises:
            BadRequest: the address cannot be read.
            StoreUnavailable: the server cannot be reached, refuses us, or is older than PostgreSQL 14.
            ForeignDatabase: there are tables of our names that are not ours.
            NewerDatabase: a newer version of this library wrote it.
        """
        self._links = Links(read_address(url))
        self._limits = Limits(account_limit, denials_per_day)

    def __repr__(self) -> str:
        return f"PostgresStore({str(self._links.address)!r})"

    def turn(self, account_id: str, *, key: str | None = None, connection: Any = None) -> PostgresTurn:
        """Begin an account's turn: whoever else wants to write to the account waits until it is over."""
        return PostgresTurn(self._links, account_id, key, self._limits, connection)

    def append(self, batch: Batch, *, recorded_at: dt.datetime, connection: Any = None) -> None:
        """Write *batch* in one transaction; with the host's connection, inside the host's."""
        with PostgresTurn(self._links, batch.account_id, batch.key, self._limits, connection, unread=True) as turn:
            turn.append(batch, recorded_at=recorded_at)

    def sight(self, sighting: Sighting, *, connection: Any = None) -> None:
        """Keep a sighting in the place of an earlier one of the same account, signal and thing."""
        with self._links.writing(connection=connection) as line:
            line.ask(*[(placed(sql, self._links.schema), values) for sql, values in seen.record(sighting)])

    def forget_sightings(self, account_id: str, numbers: Iterable[int], *, connection: Any = None) -> None:
        """Drop sightings of an account by their numbers."""
        sql, values = seen.forget(account_id, numbers)
        with self._links.writing(connection=connection) as line:
            line.ask((placed(sql, self._links.schema), values))

    def verify(self, account_id: str | None = None, *, progress: Progress | None = None) -> Verified:
        """Walk the log of one account or of all and say what does not fit; see `Store.verify` for the limits."""
        return walking.verify(upkeep.Accounts(self._links, self._limits), account_id, progress)

    def refold(self, fold: Fold, *, progress: Progress | None = None) -> Refolded:
        """Rewrite every account row, its timers and its latest appeal from the log, one account at a time."""
        return walking.refold(upkeep.Accounts(self._links, self._limits), fold, progress)

    def prune(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Forget what is old; return how many of each."""
        return upkeep.prune(self._links, before)

    def close(self) -> None:
        """Close the connections of every thread. A connection of the host's is the host's to close."""
        self._links.close()
