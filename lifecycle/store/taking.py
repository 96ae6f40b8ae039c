"""Who has taken which appeal: work shared out among the staff, beside the log and no part of it.

Knows the shape of it, and how a store in memory and one in SQLite keep it. Does not know who may take an appeal, nor what
follows: nothing does. No rule reads it, so it is no step of an account (D-09).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from attrs import field, frozen

from lifecycle.model import moment
from lifecycle.store.codec import instant
from lifecycle.store.links import Links


@frozen
class Taken:
    """An appeal that somebody has taken: ``who`` is the opaque id of a person."""

    account_id: str
    number: int
    who: str
    at: dt.datetime = field(converter=moment)


class Taking(Protocol):
    """The part of a store that keeps who has taken which appeal."""

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal; an empty ``who`` gives it back.

        *instead_of* is who had it when they looked, empty for nobody. If that is not so any more, nothing is noted and the
        answer is no: of two who take the same one, the first has it.
        """

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all."""


class MemoryTaking:
    """What a store in memory answers about it."""

    _taken: dict[tuple[str, int], Taken]
    _open: Callable[..., AbstractContextManager[None]]

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal, if it is still with whom they saw."""
        key = taken.account_id, taken.number
        with self._open():
            found = self._taken.get(key)
            if (found.who if found else "") != instead_of:
                return False
            if taken.who:
                self._taken[key] = taken
            else:
                self._taken.pop(key, None)
            return True

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all."""
        with self._open():
            found = [one for one in self._taken.values() if account_id in (None, one.account_id)]
        yield from sorted(found, key=lambda one: (one.account_id, one.number))


_WITH = "SELECT account_id, number, who, at FROM lifecycle_taken"
_NEW = (
    "INSERT INTO lifecycle_taken (account_id, number, who, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"
)
_CHANGED = "UPDATE lifecycle_taken SET who = ?, at = ? WHERE account_id = ? AND number = ? AND who = ? RETURNING 1"
_GIVEN_BACK = "DELETE FROM lifecycle_taken WHERE account_id = ? AND number = ? AND who = ? RETURNING 1"


def statement(taken: Taken, instead_of: str) -> tuple[str, tuple[Any, ...]] | None:
    """Return the statement that notes it and says whether it did; None where nobody gives back what nobody has."""
    key = taken.account_id, taken.number
    if taken.who and instead_of:
        return _CHANGED, (taken.who, instant(taken.at), *key, instead_of)
    if taken.who:
        return _NEW, (*key, taken.who, instant(taken.at))
    return (_GIVEN_BACK, (*key, instead_of)) if instead_of else None


class SqliteTaking:
    """What a store in SQLite answers about it."""

    _links: Links

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal, if it is still with whom they saw."""
        asked = statement(taken, instead_of)
        if asked is None:
            return not any(one.number == taken.number for one in self.taken(taken.account_id))
        with self._links.writing() as cursor:
            return bool(cursor.execute(*asked).fetchall())

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all."""
        if account_id is None:
            rows = self._links.read(f"{_WITH} ORDER BY account_id, number", ())
        else:
            rows = self._links.read(f"{_WITH} WHERE account_id = ? ORDER BY number", (account_id,))
        yield from (Taken(*row) for row in rows)
