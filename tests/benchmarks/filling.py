"""Very many rows at once: copies of one account under other ids, and timers that wait for nobody in particular.

Knows the tables; the same statements serve both databases. The hashes of a copied log are those of the account that was
copied, so it can be read and decided upon, but not verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

COPIED = "acc"
"""The account that is copied; its copies are ``acc_1``, ``acc_2``, …"""

COLUMNS = {
    "event": "account_id version machine trigger at recorded_at policy body hash",
    "account": "account_id version state at head fold_version snapshot",
    "timer": "account_id machine name due number",
    "outbox": "account_id version n notice said at",
}
_NAMING = {
    "account_id": "'acc_' || nth",
    **dict.fromkeys(
        ("body", "snapshot"), """replace(replace({}, '"acc"', '"acc_' || nth || '"'), ':acc"', ':acc_' || nth || '"')"""
    ),
}
"""How a column of a copy is made, where it names the account: by itself, or as somebody who acted."""

# no round of any run comes that far
PENDING = {
    "sqlite": "printf('%d-%02d-%02dT00:00:00.000000+00:00', 2200 + nth % 700, 1 + nth % 12, 1 + nth % 28)",
    "postgresql": "make_timestamptz(2200 + nth % 700, 1 + nth % 12, 1 + nth % 28, 0, 0, 0, 'UTC')",
}


def ids(count: int) -> list[str]:
    """The ids of so many copies."""
    return [f"acc_{number}" for number in range(1, count + 1)]


def copies(count: int, tables: Iterable[str] = COLUMNS) -> list[str]:
    """Return the statements that copy the account so often."""
    return [_copy(table, COLUMNS[table].split(), count) for table in tables]


def _copy(table: str, columns: list[str], count: int) -> str:
    values = ", ".join(_NAMING.get(column, "{}").format(column) for column in columns)
    return (
        f"{_numbers(count)} INSERT INTO lifecycle_{table} ({', '.join(columns)}) SELECT {values} "
        f"FROM lifecycle_{table} CROSS JOIN g WHERE account_id = '{COPIED}' ORDER BY nth"
    )


def pending(database: str, count: int) -> str:
    """Return the statement that makes so many timers due in some later century."""
    return (
        f"{_numbers(count)} INSERT INTO lifecycle_timer (account_id, machine, name, due, number) "
        f"SELECT 'pending_' || nth, 'account', 'anniversary', {PENDING[database]}, 1 FROM g"
    )


def _numbers(count: int) -> str:
    return f"WITH RECURSIVE g (nth) AS (SELECT 1 UNION ALL SELECT nth + 1 FROM g WHERE nth < {count})"


def fill_sqlite(path: Path, statements: Iterable[str]) -> None:
    """Run *statements* on the file at *path*, as fast as may be."""
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def fill_postgres(server: Any, database: str, statements: Iterable[str]) -> None:
    """Run *statements* on a database, and leave it as the server would after a while."""
    with server.connect(database) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in statements:
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
