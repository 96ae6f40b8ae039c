"""Who has taken which appeal, and who has read which text, in SQLite.

Knows the tables. Does not know connections, nor who may take an appeal or read a text.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.model import Actor, Role
from lifecycle.store.codec import instant, place_before
from lifecycle.store.links import Links
from lifecycle.store.taking import Taken, TextRead

_TAKEN = "SELECT account_id, number, who, at FROM lifecycle_taken ORDER BY account_id, number"
_TAKEN_OF = "SELECT account_id, number, who, at FROM lifecycle_taken WHERE account_id = ? ORDER BY number"
_WHO = "SELECT who FROM lifecycle_taken WHERE account_id = ? AND number = ?"
_NOTE = (
    "INSERT INTO lifecycle_taken (account_id, number, who, at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (account_id, number) DO UPDATE SET who = excluded.who, at = excluded.at"
)
_GIVE_BACK = "DELETE FROM lifecycle_taken WHERE account_id = ? AND number = ?"
_NOTE_READ = "INSERT INTO lifecycle_read (account_id, ref, role, actor, at) VALUES (?, ?, ?, ?, ?)"
_READ_BACK = "SELECT position, account_id, ref, role, actor, at FROM lifecycle_read WHERE position < ?"
_STEP = 200


class SqliteTaking:
    """What a store in SQLite answers about it."""

    _links: Links

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal, if it is still with whom they saw."""
        key = taken.account_id, taken.number
        with self._links.writing() as cursor:
            found = cursor.execute(_WHO, key).fetchone()
            if (found[0] if found else "") != instead_of:
                return False
            if taken.who:
                cursor.execute(_NOTE, (*key, taken.who, instant(taken.at)))
            else:
                cursor.execute(_GIVE_BACK, key)
        return True

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all."""
        asked = (_TAKEN, ()) if account_id is None else (_TAKEN_OF, (account_id,))
        yield from (Taken(*row) for row in self._links.read(*asked))

    def note_read(self, read: TextRead) -> None:
        """Note that somebody has read a text."""
        values = (read.account_id, read.ref, read.by.role.value, read.by.id, instant(read.at))
        with self._links.writing() as cursor:
            cursor.execute(_NOTE_READ, values)

    def read_back(self, *, account_id: str | None = None, before: str = "") -> Iterator[tuple[str, TextRead]]:
        """Return who has read which text, of one account or of all, the last first."""
        which, of = ("", ()) if account_id is None else (" AND account_id = ?", (account_id,))
        sql, end = f"{_READ_BACK}{which} ORDER BY position DESC LIMIT {_STEP}", place_before(before)
        while rows := self._links.read(sql, (end, *of)):
            for end, owner, ref, role, actor, at in rows:
                yield str(end), TextRead(owner, ref, Actor(Role(role), actor), at)
