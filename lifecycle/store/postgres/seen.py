"""Sightings in PostgreSQL: how they are kept, found and forgotten.

Knows the table of sightings. Does not know connections, windows, limits or signals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lifecycle.store.codec import instant
from lifecycle.store.postgres.line import Asked, Value
from lifecycle.store.postgres.times import as_text
from lifecycle.store.sightings import MOST_SIGHTINGS, Sighting, age

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_KEEP = (
    "INSERT INTO lifecycle_signal (account_id, signal, hashed, at, ended_at, outcome, until) "
    "VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6, $7::timestamptz)"
)
_REPLACED = "DELETE FROM lifecycle_signal WHERE account_id = $1 AND signal = $2 AND hashed = $3"
_TOO_MANY = (
    "DELETE FROM lifecycle_signal WHERE account_id = $1 AND position IN (SELECT position FROM lifecycle_signal "
    f"WHERE account_id = $1 AND signal = $2 ORDER BY at DESC, position DESC OFFSET {MOST_SIGHTINGS})"
)
_SEEN = (
    f"SELECT account_id, signal, hashed, {as_text('at')}, {as_text('ended_at')}, outcome, {as_text('until')}, position "
    "FROM lifecycle_signal WHERE"
)
_FORGET = "DELETE FROM lifecycle_signal WHERE account_id = $1 AND position IN ({each})"


def record(sighting: Sighting) -> tuple[Asked, ...]:
    """Return what keeps *sighting* in the place of an earlier one of the same thing; without a thing it is another."""
    whose = (sighting.account_id, sighting.signal)
    ended = None if sighting.ended_at is None else instant(sighting.ended_at)
    until = None if sighting.until is None else instant(sighting.until)
    kept: Asked = (_KEEP, (*whose, sighting.hashed, instant(sighting.at), ended, sighting.outcome, until))
    replaced: Asked = (_REPLACED, (*whose, sighting.hashed))
    return (*((replaced,) if sighting.hashed else ()), kept, (_TOO_MANY, whose))


def of_account(account_id: str, signals: Sequence[str] | None) -> Asked:
    """Return what asks for everything seen of the account, for these signals or for all."""
    if signals is None:
        return f"{_SEEN} account_id = $1", (account_id,)
    return f"{_SEEN} account_id = $1 AND signal {_among(signals, 2)}", (account_id, *signals)


def of_thing(signal: str, hashes: Sequence[str]) -> Asked:
    """Return what asks where a thing was seen, with whichever account."""
    return f"{_SEEN} signal = $1 AND hashed {_among(hashes, 2)}", (signal, *hashes)


def forget(account_id: str, numbers: Iterable[int]) -> Asked:
    """Return what drops these sightings of the account."""
    values: list[Value] = [str(number) for number in numbers]
    each = ", ".join(f"${n}::bigint" for n in range(2, len(values) + 2)) or "NULL"
    return _FORGET.format(each=each), (account_id, *values)


def read(rows: Iterable[tuple[Any, ...]]) -> tuple[Sighting, ...]:
    """Return the sightings of these rows, oldest first."""
    return tuple(sorted((Sighting(*row) for row in rows), key=age))


def _among(values: Sequence[str], first: int) -> str:
    each = ", ".join(f"${n}" for n in range(first, first + len(values)))
    return f"IN ({each or 'NULL'})"
