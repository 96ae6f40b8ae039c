"""Looking after a SQLite store: what stands of an account, whose turn is next in a walk, and what is old.

Knows the SQL of it. The walks themselves are in `lifecycle.store.walking`, and what must agree with what in
`lifecycle.store.inspect`.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from lifecycle.model import Account
from lifecycle.store.codec import instant
from lifecycle.store.inspect import AccountRow, EventRow, TimerRow
from lifecycle.store.links import Links
from lifecycle.store.walking import Stored, forgotten
from lifecycle.store.writing import Limits, put_account

_EVENT_ROWS = (
    "SELECT position, account_id, version, machine, trigger, at, recorded_at, policy, body, hash "
    "FROM lifecycle_event WHERE account_id = ? ORDER BY version"
)
_ACCOUNT_ROW = (
    "SELECT account_id, version, state, at, head, fold_version, snapshot FROM lifecycle_account WHERE account_id = ?"
)
_TIMER_ROWS = "SELECT name, due, number FROM lifecycle_timer WHERE account_id = ?"
# Whatever part of an account was left behind, it is found; each minimum is one step into an index.
_NEXT_ACCOUNT = (
    "SELECT min(id) FROM (SELECT min(account_id) AS id FROM lifecycle_account WHERE account_id > ?1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_event WHERE account_id > ?1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_timer WHERE account_id > ?1)"
)
_OLD = {
    "idempotency_keys": ("lifecycle_command", "rowid", "at < ?"),
    "denials": ("lifecycle_denial", "position", "at < ?"),
    "sightings": ("lifecycle_signal", "position", "until < ?"),
    "notices": ("lifecycle_outbox", "position", "ended IN ('sent', 'void', 'dropped') AND ended_at < ?"),
    "claims": (
        "lifecycle_taken",
        "rowid",
        (
            "at < ? AND NOT EXISTS (SELECT 1 FROM lifecycle_appeal AS a "
            "WHERE (a.account_id, a.number) = (old.account_id, old.number) AND a.status = 'open')"
        ),
    ),
    "readings": ("lifecycle_read", "position", "at < ?"),
    "deliveries": (
        "lifecycle_delivery",
        "position",
        (
            "at < ? AND report_at IS NULL AND NOT EXISTS (SELECT 1 FROM lifecycle_outbox AS o WHERE "
            "(o.account_id, o.version, o.n) = (old.account_id, old.version, old.n) AND (o.ended IS NULL OR o.ended = 'dead'))"
        ),
    ),
}
"""What is forgotten once it is old: the table it stands in, what names a row of it, and which rows are old."""


class Accounts:
    """The accounts of one database; see `lifecycle.store.walking.Walked`."""

    def __init__(self, links: Links, limits: Limits) -> None:
        self._links = links
        self._limits = limits

    def following(self, account_id: str) -> str | None:
        """Return the first id after this one of which anything is stored."""
        ((found,),) = self._links.read(_NEXT_ACCOUNT, (account_id,))
        return None if found is None else str(found)

    @contextmanager
    def shown(self, account_id: str) -> Iterator[Stored]:
        """Show what stands of an account, at one moment."""
        with self._links.snapshot() as cursor:
            yield _stored(cursor, account_id)

    @contextmanager
    def held(self, account_id: str) -> Iterator[tuple[Stored, Callable[[Account, str], object]]]:
        """Hold an account, and give what stands of it and what writes it anew."""
        with self._links.writing() as cursor:
            yield _stored(cursor, account_id), lambda account, head: put_account(cursor, account, head, self._limits)


def _stored(cursor: sqlite3.Cursor, account_id: str) -> Stored:
    row = cursor.execute(_ACCOUNT_ROW, (account_id,)).fetchone()
    timers: list[TimerRow] = cursor.execute(_TIMER_ROWS, (account_id,)).fetchall()
    log = (EventRow(*each) for each in cursor.execute(_EVENT_ROWS, (account_id,)))
    return Stored(None if row is None else AccountRow(*row), timers, log)


def prune(links: Links, before: dt.datetime) -> Mapping[str, int]:
    """Do what `Store.prune` promises."""
    statement = "DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} AS old WHERE {2} LIMIT ?)"
    return {name: _forget(links, statement.format(*old), instant(before)) for name, old in _OLD.items()}


def outdated(links: Links, before: dt.datetime) -> Mapping[str, int]:
    """Do what `Deliveries.outdated` promises."""
    statement, bound = "SELECT count(*) FROM {0} AS old WHERE {2}", (instant(before),)
    return {name: links.read(statement.format(*old), bound)[0][0] for name, old in _OLD.items()}


def _forget(links: Links, statement: str, before: str) -> int:
    def step(most: int) -> int:
        with links.writing() as cursor:
            return int(cursor.execute(statement, (before, most)).rowcount)

    return forgotten(step)
