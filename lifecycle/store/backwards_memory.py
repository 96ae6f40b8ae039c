"""The log and the refused attempts of all accounts in memory, read from their end.

Knows what `lifecycle.store.backwards` asks, and where a store in memory keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from lifecycle.model import Event
from lifecycle.store import Denial
from lifecycle.store.codec import decode_event, place_before


class MemoryBackwards:
    """What a store in memory answers when it is read from its end."""

    _open: Callable[..., AbstractContextManager[None]]
    _written: list[Any]
    _shelves: Mapping[str, Any]

    def log_back(self, *, before: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts, the last written first."""
        end = max(0, place_before(before) - 1)
        with self._open():
            rows = self._written[:end]
        return ((str(row.position), decode_event(row.body, row.account_id, row.version)) for row in reversed(rows))

    def denials_back(self, *, before: str = "") -> Iterator[tuple[str, Denial]]:
        """Return the refused attempts on all accounts, the last first."""
        end = place_before(before)
        with self._open():
            every: list[Denial] = [denial for shelf in self._shelves.values() for denial in shelf.denials]
        # Sorting leaves those of one moment as they are, so that a place means the same the next time.
        every.sort(key=lambda denial: denial.at)
        numbered = [(number, denial) for number, denial in enumerate(every, start=1) if number < end]
        return ((str(number), denial) for number, denial in reversed(numbered))
