"""Sightings in SQLite: how they are kept, found and forgotten, inside the caller's transaction.

Knows the table of sightings. Does not know connections, windows, limits or signals.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from lifecycle.store.codec import instant
from lifecycle.store.sightings import MOST_SIGHTINGS, Sighting, age


def record(cursor: sqlite3.Cursor, sighting: Sighting) -> None:
    """Keep *sighting* in the place of an earlier one of the same thing; one of nothing named is always another."""
    whose = (sighting.account_id, sighting.signal)
    if sighting.hashed:
        cursor.execute(
            "DELETE FROM lifecycle_signal WHERE account_id = ? AND signal = ? AND hashed = ?", (*whose, sighting.hashed)
        )
    cursor.execute(
        "INSERT INTO lifecycle_signal (account_id, signal, hashed, at, ended_at, outcome, until) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *whose,
            sighting.hashed,
            instant(sighting.at),
            None if sighting.ended_at is None else instant(sighting.ended_at),
            sighting.outcome,
            None if sighting.until is None else instant(sighting.until),
        ),
    )
    cursor.execute(
        "DELETE FROM lifecycle_signal WHERE position IN (SELECT position FROM lifecycle_signal WHERE account_id = ? "
        "AND signal = ? ORDER BY at DESC, position DESC LIMIT -1 OFFSET ?)",
        (*whose, MOST_SIGHTINGS),
    )


_SEEN = "SELECT account_id, signal, hashed, at, ended_at, outcome, until, position FROM lifecycle_signal WHERE"
_OF_ACCOUNT = f"{_SEEN} account_id = ?"
_OF_SIGNAL = f"{_SEEN} account_id = ? AND signal = ?"
_OF_THING = f"{_SEEN} signal = ? AND hashed = ?"


def of_account(cursor: sqlite3.Cursor, account_id: str, signals: Sequence[str] | None) -> tuple[Sighting, ...]:
    """Return what was seen of the account, for these signals or for all, oldest first."""
    if signals is None:
        rows = cursor.execute(_OF_ACCOUNT, (account_id,)).fetchall()
    else:
        rows = [row for each in signals for row in cursor.execute(_OF_SIGNAL, (account_id, each))]
    return tuple(sorted(map(_read, rows), key=age))


def of_thing(cursor: sqlite3.Cursor, signal: str, hashes: Sequence[str]) -> tuple[Sighting, ...]:
    """Return where the thing with one of *hashes* was seen, with whichever account, oldest first."""
    found = [_read(row) for each in hashes for row in cursor.execute(_OF_THING, (signal, each))]
    return tuple(sorted(found, key=age))


def _read(row: tuple[str, str, str, str, str | None, str | None, str | None, int]) -> Sighting:
    return Sighting(*row)


def forget(cursor: sqlite3.Cursor, account_id: str, numbers: Iterable[int]) -> None:
    """Drop these sightings of the account."""
    for number in numbers:
        cursor.execute("DELETE FROM lifecycle_signal WHERE account_id = ? AND position = ?", (account_id, number))
