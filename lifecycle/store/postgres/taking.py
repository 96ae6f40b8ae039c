"""Who has taken which appeal, in PostgreSQL: the table, and what is asked of it.

Knows the table. Does not know connections, nor who may take an appeal.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.store.codec import instant
from lifecycle.store.postgres.line import Asked
from lifecycle.store.postgres.links import Links
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.times import as_text
from lifecycle.store.taking import Taken

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_TAKEN = f"SELECT account_id, number, who, {as_text('at')} FROM lifecycle_taken"
_NEW = (
    "INSERT INTO lifecycle_taken (account_id, number, who, at) VALUES ($1, $2::bigint, $3, $4::timestamptz) "
    "ON CONFLICT DO NOTHING RETURNING 1"
)
_CHANGE = (
    "UPDATE lifecycle_taken SET who = $3, at = $4::timestamptz WHERE account_id = $1 AND number = $2::bigint "
    "AND who = $5 RETURNING 1"
)
_GIVE_BACK = "DELETE FROM lifecycle_taken WHERE account_id = $1 AND number = $2::bigint AND who = $3 RETURNING 1"
_NOBODY = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM lifecycle_taken WHERE account_id = $1 AND number = $2::bigint)"


def _asked(taken: Taken, instead_of: str) -> Asked:
    """Return the one statement that notes it, and that answers with a row if it did."""
    key = taken.account_id, str(taken.number)
    if not taken.who:
        return (_GIVE_BACK, (*key, instead_of)) if instead_of else (_NOBODY, key)
    noted = (*key, taken.who, instant(taken.at))
    return (_CHANGE, (*noted, instead_of)) if instead_of else (_NEW, noted)


class PostgresTaking:
    """What a store in PostgreSQL answers about it."""

    _links: Links

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal, if it is still with whom they saw."""
        sql, values = _asked(taken, instead_of)
        with self._links.writing() as line:
            return bool(line.ask((placed(sql, self._links.schema), values))[0])

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all."""
        which, values = ("", ()) if account_id is None else (" WHERE account_id = $1", (account_id,))
        sql = placed(f"{_TAKEN}{which} ORDER BY account_id, number", self._links.schema)
        yield from (Taken(*row) for row in self._links.read(sql, values))
