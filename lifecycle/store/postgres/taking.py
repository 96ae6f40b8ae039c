"""Who has taken which appeal, and who has read which text, in PostgreSQL: what is asked of the two tables.

Knows the tables. Does not know connections, nor who may take an appeal or read a text.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.model import Actor, Role
from lifecycle.store.codec import instant, place_before
from lifecycle.store.postgres.line import Asked
from lifecycle.store.postgres.links import Links
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.times import as_text
from lifecycle.store.taking import Taken, TextRead

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
_NOTE_READ = (
    "INSERT INTO lifecycle_read (account_id, ref, role, actor, at) VALUES ($1, $2, $3, $4, $5::timestamptz) RETURNING 1"
)
_READ_BACK = (
    f"SELECT position, account_id, ref, role, actor, {as_text('at')} FROM lifecycle_read WHERE position < $1::bigint"
)
_STEP = 200
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

    def note_read(self, read: TextRead) -> None:
        """Note that somebody has read a text."""
        values = (read.account_id, read.ref, read.by.role.value, read.by.id, instant(read.at))
        with self._links.writing() as line:
            line.ask((placed(_NOTE_READ, self._links.schema), values))

    def read_back(self, *, account_id: str | None = None, before: str = "") -> Iterator[tuple[str, TextRead]]:
        """Return who has read which text, of one account or of all, the last first."""
        which, of = ("", ()) if account_id is None else (" AND account_id = $2", (account_id,))
        sql = placed(f"{_READ_BACK}{which} ORDER BY position DESC LIMIT {_STEP}", self._links.schema)
        end = place_before(before)
        while rows := self._links.read(sql, (str(end), *of)):
            for end, owner, ref, role, actor, at in rows:
                yield str(end), TextRead(owner, ref, Actor(Role(role), actor), at)
