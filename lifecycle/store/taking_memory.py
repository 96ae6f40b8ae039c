"""Who has taken which appeal, and who has read which text, in memory.

Knows what `lifecycle.store.taking` asks, and where a store in memory keeps it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from lifecycle.store.codec import place_before
from lifecycle.store.taking import Taken, TextRead


class MemoryTaking:
    """What a store in memory answers about it."""

    _open: Callable[..., AbstractContextManager[None]]
    _shelves: Mapping[str, Any]

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

    def note_read(self, read: TextRead) -> None:
        """Note that somebody has read a text."""
        with self._open():
            log = self._read()
            log.append((log[-1][0] + 1 if log else 1, read))

    def read_back(self, *, account_id: str | None = None, before: str = "") -> Iterator[tuple[str, TextRead]]:
        """Return who has read which text, of one account or of all, the last first."""
        end = place_before(before)
        with self._open():
            found = [(n, one) for n, one in self._read() if n < end and account_id in (None, one.account_id)]
        return ((str(n), one) for n, one in reversed(found))

    def _prune_beside(self, before: dt.datetime) -> Mapping[str, int]:
        """Forget who had taken an appeal that is over, and who read what long ago; return how many of each."""
        held, log = self._held(), self._read()
        over = [key for key, one in held.items() if one.at < before and not self._is_open(key)]
        fresh = [each for each in log if each[1].at >= before]
        gone = {"claims": len(over), "readings": len(log) - len(fresh)}
        for key in over:
            del held[key]
        log[:] = fresh
        return gone

    def _is_open(self, key: tuple[str, int]) -> bool:
        shelf = self._shelves.get(key[0])
        return shelf is not None and any(a.number == key[1] and a.status == "open" for a in shelf.appeals.values())

    def _held(self) -> dict[tuple[str, int], Taken]:
        found: dict[tuple[str, int], Taken] = vars(self).setdefault("_taken", {})
        return found

    def _read(self) -> list[tuple[int, TextRead]]:
        found: list[tuple[int, TextRead]] = vars(self).setdefault("_texts_read", [])
        return found
