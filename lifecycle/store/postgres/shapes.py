"""The text of the statement that writes a decision, put together of just those parts that it has.

Knows every table that is written. Statements of one shape have one text, so a connection prepares each once. Does not
know a batch; `lifecycle.store.postgres.writing` says which shape one has, and gives the values in the order of the parts.

All parts of one statement see the tables as they were before it, and no row may be written by two of them: so a timer
is deleted or upserted, never both, and what an erased account would be known by is not stored first.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from attrs import frozen

from lifecycle.store import FOLD_VERSION
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.waking import TELL

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart


@frozen
class Shape:
    """How many rows of each kind a statement writes. Two batches of one shape are written by the same text."""

    hosted: bool = False
    """Whether it is written in a host's transaction."""
    events: int = 0
    account: str = ""
    """``new``, ``old``, or ``any`` where it may be either; empty: it is not written."""
    notices: int = 0
    stopped: int = 0
    timers: int = 0
    all_timers: bool = False
    """Whether every other timer goes, whatever is stored."""
    appeal: str = ""
    """``none``: open ones are closed; ``latest``: it is stored, and older open ones are closed."""
    key: bool = False
    denial: bool = False
    identifiers: int = 0
    account_key: bool = False
    texts: int = 0
    erased: str = ""
    """``all``, or ``but_identifiers``."""
    tells: bool = False
    """Whether an idle worker is told of it."""


class _Numbers:
    """Gives out the numbers of the values, in the order they are written."""

    def __init__(self) -> None:
        self._last = 2

    def each(self, kinds: str) -> list[str]:
        """Return a value for each letter: text, int, when, bool, x for bytes; ``a`` the account, ``r`` the recording."""
        return [self._next(kind) for kind in kinds]

    def row(self, kinds: str) -> str:
        """Return a row of values in brackets."""
        return f"({', '.join(self.each(kinds))})"

    def rows(self, count: int, kinds: str) -> str:
        """Return so many rows."""
        return ", ".join(self.row(kinds) for _ in range(count))

    def _next(self, kind: str) -> str:
        if kind in _COMMON:
            return _COMMON[kind]
        self._last += 1
        return f"${self._last}{_CASTS[kind]}"


_COMMON = {"a": "$1::text", "r": "$2::timestamptz", "h": "(SELECT tx FROM home)"}
_CASTS = {"t": "::text", "i": "::bigint", "w": "::timestamptz", "b": "::boolean", "x": "::bytea"}


@functools.lru_cache(maxsize=4096)
def text(shape: Shape, schema: str) -> str:
    """Return the statement of this shape, its tables in *schema*.

    ``$1`` is the account's id and ``$2`` the time of recording; the other values follow in the order of the parts.
    """
    numbers = _Numbers()
    parts = [
        *_log(shape, numbers),
        *_timers(shape, numbers),
        *_appeal(shape, numbers),
        *_request(shape, numbers),
        *_identifiers(shape, numbers),
        *_private(shape, numbers),
    ]
    # It answers nothing; but a value must be used somewhere for its kind to be known.
    used = "$1::text IS NULL AND $2::timestamptz IS NULL"
    last = f"{TELL} AND NOT ({used})" if shape.tells else f"SELECT WHERE {used}"
    return placed(f"WITH {', '.join(parts)} {last}", schema)


def _log(shape: Shape, numbers: _Numbers) -> Iterator[str]:
    # A host's transaction may have its id from before it took the account's turn, and be older than one that wrote to
    # the account before it. Its rows then count as written by that one, so that the log of an account stays in order.
    tx, kinds = (", tx", "h") if shape.hosted else ("", "")
    if shape.hosted and shape.events:
        yield (
            "home AS (SELECT greatest(pg_current_xact_id(), (SELECT tx FROM lifecycle_event WHERE account_id = $1 "
            "AND version = $3::bigint - 1)) AS tx)"
        )
    if shape.events:
        yield (
            "event AS (INSERT INTO lifecycle_event (account_id, version, machine, trigger, at, recorded_at, policy, "
            f"body, hash{tx}) VALUES {numbers.rows(shape.events, f'aittwwttt{kinds}')})"
        )
    if shape.account == "old":
        version, state, at, head, snapshot, expected = numbers.each("itwtti")
        yield (
            f"account AS (UPDATE lifecycle_account SET version = {version}, state = {state}, at = {at}, head = {head}, "
            f"fold_version = {FOLD_VERSION}, snapshot = {snapshot} WHERE account_id = $1 AND version = {expected})"
        )
    elif shape.account:
        values = ", ".join(numbers.each("aitwtt"))
        yield (
            "account AS (INSERT INTO lifecycle_account (account_id, version, state, at, head, snapshot, fold_version) "
            f"VALUES ({values}, {FOLD_VERSION}){_OVER_THE_OLD if shape.account == 'any' else ''})"
        )
    if shape.notices:
        yield (
            f"notice AS (INSERT INTO lifecycle_outbox (account_id, version, n, notice, said, at{tx}) "
            f"VALUES {numbers.rows(shape.notices, f'aiittw{kinds}')})"
        )


_OVER_THE_OLD = (
    " ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, state = excluded.state, at = excluded.at, "
    "head = excluded.head, fold_version = excluded.fold_version, snapshot = excluded.snapshot"
)


def _timers(shape: Shape, numbers: _Numbers) -> Iterator[str]:
    if shape.stopped:
        gone = numbers.rows(shape.stopped, "tt")
        yield f"stopped AS (DELETE FROM lifecycle_timer WHERE account_id = $1 AND (machine, name) IN ({gone}))"
    armed = [numbers.each("attwi") for _ in range(shape.timers)]
    if shape.all_timers:
        stay = ", ".join(f"({machine}, {name})" for _, machine, name, _, _ in armed)
        others = f" AND (machine, name) NOT IN ({stay})" if stay else ""
        yield f"others AS (DELETE FROM lifecycle_timer WHERE account_id = $1{others})"
    if armed:
        rows = ", ".join(f"({', '.join(each)})" for each in armed)
        yield (
            f"armed AS (INSERT INTO lifecycle_timer (account_id, machine, name, due, number) VALUES {rows} "
            "ON CONFLICT (account_id, machine, name) DO UPDATE SET due = excluded.due, number = excluded.number, "
            "held_until = NULL)"
        )


def _appeal(shape: Shape, numbers: _Numbers) -> Iterator[str]:
    close = "closed AS (UPDATE lifecycle_appeal SET status = 'closed' WHERE account_id = $1 AND status = 'open'"
    if shape.appeal == "none":
        yield f"{close})"
    elif shape.appeal == "latest":
        latest = numbers.each("aiwtbtw")
        yield f"{close} AND number <> {latest[1]})"
        yield (
            "latest AS (INSERT INTO lifecycle_appeal (account_id, number, since, status, escalated, outcome, "
            f"decided_at) VALUES ({', '.join(latest)}) ON CONFLICT (account_id, number) DO UPDATE SET "
            "since = excluded.since, status = excluded.status, escalated = excluded.escalated, "
            "outcome = excluded.outcome, decided_at = excluded.decided_at)"
        )


def _request(shape: Shape, numbers: _Numbers) -> Iterator[str]:
    if shape.key:
        yield (
            "remembered AS (INSERT INTO lifecycle_command (account_id, key, fingerprint, answer, at) "
            f"VALUES {numbers.row('atttr')})"
        )
    if shape.denial:
        trigger, role, actor, at, codes, day, most = numbers.each("tttwtwi")
        yield (
            "today AS (SELECT count(*) AS many, max(position) AS last FROM lifecycle_denial "
            f"WHERE account_id = $1 AND at >= {day} AND at < {day} + interval '24 hours')"
        )
        yield (
            "denied AS (INSERT INTO lifecycle_denial (account_id, trigger, role, actor, at, codes) "
            f"SELECT $1, {trigger}, {role}, {actor}, {at}, {codes} FROM today WHERE many < {most})"
        )
        yield (
            "counted AS (UPDATE lifecycle_denial AS d SET more = more + 1 FROM today "
            f"WHERE d.account_id = $1 AND d.position = today.last AND today.many >= {most})"
        )


def _identifiers(shape: Shape, numbers: _Numbers) -> Iterator[str]:
    if shape.identifiers:
        yield (
            "known AS (INSERT INTO lifecycle_identifier (account_id, kind, hashed) "
            f"VALUES {numbers.rows(shape.identifiers, 'att')} ON CONFLICT (account_id, kind, hashed) DO NOTHING)"
        )


def _private(shape: Shape, numbers: _Numbers) -> Iterator[str]:
    if shape.account_key:
        yield (
            f"sealing AS (INSERT INTO lifecycle_key (account_id, wrapped) VALUES {numbers.row('ax')} "
            "ON CONFLICT (account_id) DO NOTHING)"
        )
    if shape.texts:
        yield (
            "sealed AS (INSERT INTO lifecycle_private (account_id, ref, purpose, ciphertext) "
            f"VALUES {numbers.rows(shape.texts, 'attx')} "
            "ON CONFLICT (account_id, ref, purpose) DO UPDATE SET ciphertext = excluded.ciphertext)"
        )
    if shape.erased:
        for table in ("key", "private", "signal", *(("identifier",) if shape.erased == "all" else ())):
            yield f"no_{table} AS (DELETE FROM lifecycle_{table} WHERE account_id = $1)"
