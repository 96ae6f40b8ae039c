"""Who has taken which appeal: work shared out among the staff, beside the log and no part of it.

Knows the shape of it, and how a store in memory keeps it. Does not know who may take an appeal, nor what follows: nothing
does. No rule, timer, notice or plan reads it, so it is no step of an account (D-09).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import field, frozen

from lifecycle.model import moment


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
        """Return who has taken which appeal, of one account or of all, by account and number."""


class MemoryTaking:
    """What a store in memory answers about it."""

    _open: Callable[..., AbstractContextManager[None]]

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal, if it is still with whom they saw."""
        key = taken.account_id, taken.number
        with self._open():
            held = self._held()
            if (held[key].who if key in held else "") != instead_of:
                return False
            if taken.who:
                held[key] = taken
            else:
                held.pop(key, None)
            return True

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all."""
        with self._open():
            found = [one for key, one in sorted(self._held().items()) if account_id in (None, key[0])]
        yield from found

    def _held(self) -> dict[tuple[str, int], Taken]:
        found: dict[tuple[str, int], Taken] = vars(self).setdefault("_taken", {})
        return found
