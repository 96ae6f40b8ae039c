"""Looking after a PostgreSQL store: what stands of an account, whose turn is next in a walk, and what is old.

Knows the SQL of it. The walks themselves are in `lifecycle.store.walking`, and what must agree with what in
`lifecycle.store.inspect`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from lifecycle.model import Account
from lifecycle.store.codec import instant
from lifecycle.store.inspect import AccountRow, EventRow
from lifecycle.store.postgres.line import Line
from lifecycle.store.postgres.links import Links
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.times import as_text
from lifecycle.store.postgres.turn import lock
from lifecycle.store.postgres.writing import account_statement
from lifecycle.store.walking import STEP, Stored, forgotten
from lifecycle.store.writing import Limits

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_EVENT_ROWS = (
    f"SELECT position, account_id, version, machine, trigger, {as_text('at')}, {as_text('recorded_at')}, policy, body, "
    "hash FROM lifecycle_event WHERE account_id = $1 AND version > $2 ORDER BY version LIMIT $3"
)
_ACCOUNT_ROW = (
    f"SELECT account_id, version, state, {as_text('at')}, head, fold_version, snapshot "
    "FROM lifecycle_account WHERE account_id = $1"
)
_TIMER_ROWS = f"SELECT name, {as_text('due')}, number FROM lifecycle_timer WHERE account_id = $1"
# Whatever part of an account was left behind, it is found; each minimum is one step into an index.
_NEXT_ACCOUNT = (
    "SELECT min(id) FROM (SELECT min(account_id) AS id FROM lifecycle_account WHERE account_id > $1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_event WHERE account_id > $1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_timer WHERE account_id > $1) AS ids"
)
_OLD = {
    "idempotency_keys": ("lifecycle_command", "account_id, key", "at < $1::timestamptz"),
    "denials": ("lifecycle_denial", "account_id, position", "at < $1::timestamptz"),
    "sightings": ("lifecycle_signal", "account_id, position", "until < $1::timestamptz"),
    "notices": (
        "lifecycle_outbox",
        "account_id, version, n",
        "ended IN ('sent', 'void', 'dropped') AND ended_at < $1::timestamptz",
    ),
    "claims": (
        "lifecycle_taken",
        "account_id, number",
        (
            "at < $1::timestamptz AND NOT EXISTS (SELECT FROM lifecycle_appeal AS a "
            "WHERE a.account_id = old.account_id AND a.number = old.number AND a.status = 'open')"
        ),
    ),
    "readings": ("lifecycle_read", "account_id, position", "at < $1::timestamptz"),
    "deliveries": (
        "lifecycle_delivery",
        "account_id, position",
        (
            "at < $1::timestamptz AND report_at IS NULL AND NOT EXISTS (SELECT FROM lifecycle_outbox AS o "
            "WHERE o.account_id = old.account_id AND o.version = old.version AND o.n = old.n "
            "AND (o.ended IS NULL OR o.ended = 'dead'))"
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
        ((found,),) = self._links.read(placed(_NEXT_ACCOUNT, self._links.schema), (account_id,))
        return None if found is None else str(found)

    @contextmanager
    def shown(self, account_id: str) -> Iterator[Stored]:
        """Show what stands of an account, at one moment."""
        with self._links.snapshot() as line:
            yield _stored(line, self._links.schema, account_id)

    @contextmanager
    def held(self, account_id: str) -> Iterator[tuple[Stored, Callable[[Account, str], object]]]:
        """Hold an account, and give what stands of it and what writes it anew."""
        schema = self._links.schema
        with self._links.writing(lock(account_id, schema)) as line:
            yield (
                _stored(line, schema, account_id),
                lambda account, head: line.ask(account_statement(account, head, self._limits, schema)),
            )


def _stored(line: Line, schema: str, account_id: str) -> Stored:
    asked = [(placed(query, schema), (account_id,)) for query in (_ACCOUNT_ROW, _TIMER_ROWS)]
    found, timers = line.ask(*asked)
    standing = [(name, due, number) for name, due, number in timers]
    return Stored(AccountRow(*found[0]) if found else None, standing, _log(line, schema, account_id))


def _log(line: Line, schema: str, account_id: str) -> Iterator[EventRow]:
    """Return the log as it is stored, page by page."""
    query, after = placed(_EVENT_ROWS, schema), -(2**63)
    while rows := line.ask((query, (account_id, str(after), str(STEP))))[0]:
        yield from (EventRow(*row) for row in rows)
        after = rows[-1][2]


def prune(links: Links, before: dt.datetime) -> Mapping[str, int]:
    """Do what `Store.prune` promises."""
    statement = (
        "WITH gone AS (DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM {0} AS old WHERE {2} LIMIT $2) RETURNING 1) "
        "SELECT count(*) FROM gone"
    )
    return {
        name: _forget(links, placed(statement.format(*old), links.schema), instant(before))
        for name, old in _OLD.items()
    }


def outdated(links: Links, before: dt.datetime) -> Mapping[str, int]:
    """Do what `Deliveries.outdated` promises."""
    statement, bound = "SELECT count(*) FROM {0} AS old WHERE {2}", (instant(before),)
    counts = {name: links.read(placed(statement.format(*old), links.schema), bound) for name, old in _OLD.items()}
    return {name: int(rows[0][0]) for name, rows in counts.items()}


def _forget(links: Links, statement: str, before: str) -> int:
    return forgotten(lambda most: int(links.read(statement, (before, str(most)))[0][0]))
