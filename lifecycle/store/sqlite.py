"""The store in one SQLite file, write-ahead logged, shared with the host's own tables if the host likes.

Knows how each question of the port is asked in SQL. What one decision writes is in `writing`, connections and
transactions are in `links`, the tables in `schema`. One process should write; several starve each other.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

from lifecycle.model import Account, Actor, Event, Role, State
from lifecycle.store import (
    ACCOUNT_LIMIT,
    DENIALS_PER_DAY,
    Appealed,
    Batch,
    Denial,
    DueTimer,
    Fold,
    Loaded,
    OutboxRow,
    Progress,
    Refolded,
    Remembered,
    Sealed,
    Standing,
    Verified,
    folded,
    seen,
    upkeep,
    walking,
)
from lifecycle.store.codec import GENESIS, decode_event, decode_standing, instant, place, place_before
from lifecycle.store.delivery_sqlite import SqliteDeliveries
from lifecycle.store.links import Links, Writing
from lifecycle.store.sightings import Sighting
from lifecycle.store.taking_sqlite import SqliteTaking
from lifecycle.store.writing import Limits, write_batch

_PAGE = 500
_LOAD = "SELECT head, fold_version, snapshot FROM lifecycle_account WHERE account_id = ?"
_KEY = "SELECT fingerprint, answer FROM lifecycle_command WHERE account_id = ? AND key = ?"
_LAST = "9999-12-31T23:59:59.999999+00:00"

_ACCOUNTS = (
    "SELECT account_id, fold_version, snapshot FROM lifecycle_account WHERE account_id > ? ORDER BY account_id LIMIT ?"
)
_ACCOUNTS_IN = _ACCOUNTS.replace("WHERE", "WHERE state = ? AND")
_LOG = "SELECT position, account_id, version, body FROM lifecycle_event WHERE position > ? ORDER BY position LIMIT ?"
_LOG_BACK = _LOG.replace(">", "<").replace("ORDER BY position", "ORDER BY position DESC")
_DENIALS_BACK = (
    "SELECT position, account_id, trigger, role, actor, at, codes, more FROM lifecycle_denial "
    "WHERE position < ? ORDER BY position DESC LIMIT ?"
)
_STANDING = (
    "SELECT fold_version, state, at, (SELECT min(due) FROM lifecycle_timer WHERE account_id = ?1), version, snapshot "
    "FROM lifecycle_account WHERE account_id = ?1"
)
_STANDING_TIMERS = (
    "SELECT due, account_id, name, number FROM lifecycle_timer WHERE due <= ?1 "
    "AND (due, account_id, name) > (?2, ?3, ?4) AND held_until IS"
)
# the index leaves out timers that a worker holds
_TIMERS = f"{_STANDING_TIMERS} NULL UNION ALL {_STANDING_TIMERS} NOT NULL ORDER BY due, account_id, name LIMIT ?5"
_OUTBOX = "account_id, version, n, notice, said, at FROM lifecycle_outbox WHERE"
_APPEALS = "SELECT since, account_id, number, status, escalated, outcome, decided_at FROM lifecycle_appeal WHERE"


class SqliteStore(SqliteDeliveries, SqliteTaking):
    """Accounts in a SQLite file. See `lifecycle.store.Store` for what each method promises."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        synchronous: str = "FULL",
        wait: float = 5.0,
        account_limit: int = ACCOUNT_LIMIT,
        denials_per_day: int = DENIALS_PER_DAY,
    ) -> None:
        """Open the file at *path*, or at a ``file:`` address; create it and our tables if they are missing.

        ``synchronous="NORMAL"`` is faster, and a power cut may take the last decisions back. *wait* is how many
        seconds a write waits for a lock, *account_limit* is in bytes.

        Raises:
            BadRequest: an argument makes no sense.
            StoreUnavailable: the file cannot be opened or written, or SQLite is older than 3.35.
            ForeignDatabase: the file is no SQLite database, or holds tables of our names that are not ours.
            NewerDatabase: a newer version of this library wrote it.
        """
        self._links = Links(os.fspath(path), synchronous=synchronous, wait=wait)
        self._limits = Limits(account_limit, denials_per_day)

    def __repr__(self) -> str:
        return f"SqliteStore({self._links.path!r})"

    def load(self, account_id: str, *, connection: sqlite3.Connection | None = None) -> Loaded | None:
        """Return the folded account, or None if nobody of this id was ever registered."""
        return folded.loaded(account_id, self._one(_LOAD, (account_id,), connection))

    def standing(self, account_id: str) -> Standing | None:
        """Return how an account stands without reading all of it, or None if nobody of this id was ever registered."""
        row = self._one(_STANDING, (account_id,))
        if row is None:
            return None
        folded.check_fold(account_id, row[0])
        return decode_standing(account_id, *row[1:])

    def remembered(
        self, account_id: str, key: str, *, connection: sqlite3.Connection | None = None
    ) -> Remembered | None:
        """Return what this idempotency key of the account was used for, or None."""
        return folded.remembered(self._one(_KEY, (account_id, key), connection))

    def turn(
        self, account_id: str, *, key: str | None = None, connection: sqlite3.Connection | None = None
    ) -> SqliteTurn:
        """Begin an account's turn: no other connection writes to the file meanwhile."""
        return SqliteTurn(self._links, connection, account_id, key, self._limits)

    def append(self, batch: Batch, *, recorded_at: dt.datetime, connection: sqlite3.Connection | None = None) -> None:
        """Write *batch* in one transaction; with the host's connection, inside the host's.

        A host's connection that has no transaction is given one, begun with BEGIN IMMEDIATE and left open: the
        host commits it or rolls it back.
        """
        events = batch.stamped(recorded_at)
        with self._links.writing(connection) as cursor:
            write_batch(cursor, batch, events, instant(recorded_at), self._limits)

    def events(
        self, account_id: str, *, after: int = 0, connection: sqlite3.Connection | None = None
    ) -> Iterator[Event]:
        """Return the events with a version above *after*, in order."""
        query = (
            "SELECT version, body FROM lifecycle_event WHERE account_id = ?1 AND version > ?2 ORDER BY version LIMIT ?3"
        )
        for version, body in self._pages(query, (account_id,), (after,), connection):
            yield decode_event(body, account_id, version)

    def log(self, *, after: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts in the order they were written, which is that of their positions."""
        for position, account_id, version, body in self._pages(_LOG, (), (place(after),)):
            yield str(position), decode_event(body, account_id, version)

    def log_back(self, *, before: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts, the last written first."""
        for position, account_id, version, body in self._pages(_LOG_BACK, (), (place_before(before),)):
            yield str(position), decode_event(body, account_id, version)

    def accounts(self, *, state: State | None = None) -> Iterator[Account]:
        """Return the accounts, those in *state* only if one is given, by id."""
        query, fixed = (_ACCOUNTS, ()) if state is None else (_ACCOUNTS_IN, (state.value,))
        for row in self._pages(query, fixed, ("",)):
            yield folded.folded(*row)

    def appeals(self, *, open: bool | None = None) -> Iterator[Appealed]:
        """Return the appeals, oldest first: all, the open ones, or the others."""
        only = {None: "", True: "status = 'open' AND ", False: "status <> 'open' AND "}[open]
        query = f"{_APPEALS} {only}(since, account_id, number) > (?, ?, ?) ORDER BY since, account_id, number LIMIT ?"
        for since, account_id, number, status, escalated, outcome, decided_at in self._pages(query, (), ("", "", 0)):
            yield Appealed(account_id, number, since, status, bool(escalated), outcome, decided_at)

    def denials(self, account_id: str) -> Iterator[Denial]:
        """Return the refused attempts on an account, in the order they were recorded."""
        query = (
            "SELECT position, trigger, role, actor, at, codes, more FROM lifecycle_denial "
            "WHERE account_id = ? AND position > ? ORDER BY position LIMIT ?"
        )
        for _, trigger, role, actor, at, codes, more in self._pages(query, (account_id,), (0,)):
            yield Denial(account_id, trigger, Actor(Role(role), actor), at, json.loads(codes), more)

    def denials_back(self, *, before: str = "") -> Iterator[tuple[str, Denial]]:
        """Return the refused attempts on all accounts, the last first."""
        for position, owner, trigger, role, actor, at, codes, more in self._pages(
            _DENIALS_BACK, (), (place_before(before),)
        ):
            yield str(position), Denial(owner, trigger, Actor(Role(role), actor), at, json.loads(codes), more)

    def outbox(self, account_id: str | None = None) -> Iterator[OutboxRow]:
        """Return the notices, of one account or of all, in the order they were written."""
        if account_id is None:
            rows = self._pages(f"SELECT position, {_OUTBOX} position > ? ORDER BY position LIMIT ?", (), (0,))
            rows = (row[1:] for row in rows)
        else:
            query = f"SELECT version, n, {_OUTBOX} account_id = ? AND (version, n) > (?, ?) ORDER BY version, n LIMIT ?"
            rows = (row[2:] for row in self._pages(query, (account_id,), (0, 0)))
        for owner, version, n, notice, said, at in rows:
            yield OutboxRow(f"{owner}:{version}:{n}", owner, version, notice, json.loads(said), at)

    def timers(self, *, due_by: dt.datetime | None = None) -> Iterator[DueTimer]:
        """Return the standing timers, those due at or before *due_by* if given, by due time, account and name."""
        until = _LAST if due_by is None else instant(due_by)
        for due, account_id, name, number in self._pages(_TIMERS, (until,), ("", "", "")):
            yield DueTimer(account_id, name, due, number)

    def account_key(self, account_id: str, *, connection: sqlite3.Connection | None = None) -> bytes | None:
        """Return the wrapped key of the account's private texts; None if it has none or it was erased."""
        row = self._one("SELECT wrapped FROM lifecycle_key WHERE account_id = ?", (account_id,), connection)
        return None if row is None else bytes(row[0])

    def sealed(self, account_id: str, ref: str, *, purpose: str | None = None) -> Sealed | None:
        """Return the private text of this reference; where there are several, the first by purpose."""
        query = (
            "SELECT ref, purpose, ciphertext FROM lifecycle_private WHERE account_id = ?1 AND ref = ?2 "
            "AND purpose = coalesce(?3, purpose) ORDER BY purpose"
        )
        row = self._one(query, (account_id, ref, purpose))
        return None if row is None else Sealed(*row)

    def identifier_owners(
        self, kind: str, hashes: Sequence[str], *, connection: sqlite3.Connection | None = None
    ) -> tuple[str, ...]:
        """Return the ids of all accounts known by this identifier, those that took it last first."""
        query = "SELECT account_id FROM lifecycle_identifier WHERE kind = ? AND hashed = ? ORDER BY position DESC"
        found = [owner for hashed in hashes for (owner,) in self._links.read(query, (kind, hashed), connection)]
        return tuple(dict.fromkeys(found))

    def sight(self, sighting: Sighting, *, connection: sqlite3.Connection | None = None) -> None:
        """Keep a sighting in the place of an earlier one of the same account, signal and thing."""
        with self._links.writing(connection) as cursor:
            seen.record(cursor, sighting)

    def sightings(
        self,
        account_id: str,
        signals: Sequence[str] | None = None,
        *,
        connection: sqlite3.Connection | None = None,
    ) -> tuple[Sighting, ...]:
        """Return what was seen of an account, for these signals or for all, oldest first."""
        with self._links.reading(connection) as cursor:
            return seen.of_account(cursor, account_id, signals)

    def sightings_of(
        self, signal: str, hashes: Sequence[str], *, connection: sqlite3.Connection | None = None
    ) -> tuple[Sighting, ...]:
        """Return where a thing was seen, with whichever account, oldest first."""
        with self._links.reading(connection) as cursor:
            return seen.of_thing(cursor, signal, hashes)

    def forget_sightings(
        self, account_id: str, numbers: Iterable[int], *, connection: sqlite3.Connection | None = None
    ) -> None:
        """Drop sightings of an account by their numbers."""
        with self._links.writing(connection) as cursor:
            seen.forget(cursor, account_id, numbers)

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

    def _one(
        self, query: str, values: tuple[Any, ...], connection: sqlite3.Connection | None = None
    ) -> tuple[Any, ...] | None:
        found = self._links.read(query, values, connection)
        return found[0] if found else None

    def _pages(
        self,
        query: str,
        fixed: tuple[Any, ...],
        after: tuple[Any, ...],
        connection: sqlite3.Connection | None = None,
    ) -> Iterator[tuple[Any, ...]]:
        """Read page by page, so that whoever walks through the rows may write meanwhile.

        The query's first columns are what it is ordered by; *after* is what they must lie above.
        """
        while True:
            with self._links.reading(connection) as cursor:
                rows = cursor.execute(query, (*fixed, *after, _PAGE)).fetchall()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1][: len(after)]


class SqliteTurn(Writing):
    """An account's turn in a transaction of ours, or in the host's; see `lifecycle.store.Turn`."""

    loaded: Loaded | None
    remembered: Remembered | None
    connection: sqlite3.Connection

    def __init__(
        self, links: Links, connection: sqlite3.Connection | None, account_id: str, key: str | None, limits: Limits
    ) -> None:
        super().__init__(links, connection)
        self._account_id = account_id
        self._key = key
        self._limits = limits

    def __enter__(self) -> Self:
        cursor = super().__enter__()
        self.connection = cursor.connection
        try:
            key, account_id = self._key, self._account_id
            self.remembered = (
                None if key is None else folded.remembered(cursor.execute(_KEY, (account_id, key)).fetchone())
            )
            self.loaded = folded.loaded(account_id, cursor.execute(_LOAD, (account_id,)).fetchone())
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def append(self, batch: Batch, *, recorded_at: dt.datetime) -> None:
        """Write *batch* in this transaction."""
        loaded = self.loaded
        held = (0, GENESIS) if loaded is None else (loaded.account.version, loaded.head)
        asked = batch.account_id == self._account_id and batch.key in (None, self._key) and self.remembered is None
        known = held if asked else None
        write_batch(self.cursor, batch, batch.stamped(recorded_at), instant(recorded_at), self._limits, known)
