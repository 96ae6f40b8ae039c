"""Who has taken which appeal, in SQLite.

Knows the table. Does not know connections, nor who may take an appeal.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.store.codec import instant
from lifecycle.store.links import Links
from lifecycle.store.taking import Taken

_TAKEN = "SELECT account_id, number, who, at FROM lifecycle_taken ORDER BY account_id, number"
_TAKEN_OF = "SELECT account_id, number, who, at FROM lifecycle_taken WHERE account_id = ? ORDER BY number"
_WHO = "SELECT who FROM lifecycle_taken WHERE account_id = ? AND number = ?"
_NOTE = (
    "INSERT INTO lifecycle_taken (account_id, number, who, at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (account_id, number) DO UPDATE SET who = excluded.who, at = excluded.at"
)
_GIVE_BACK = "DELETE FROM lifecycle_taken WHERE account_id = ? AND number = ?"


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
