"""What is asked of a store from its end: of the log and the refused attempts of all accounts, what happened last first.

Knows the questions. Does not know SQL, nor what anybody looks for. Nothing that is written meanwhile appears: whoever
wants it begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from lifecycle.model import Event

if TYPE_CHECKING:
    from lifecycle.store import Denial


class Backwards(Protocol):
    """The part of a store that is read from the end. Each thing comes with its place, an opaque text."""

    def log_back(self, *, before: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts, the last written first; only those before the place *before* if given.

        Raises:
            BadRequest: *before* is no place in a log.
            LogDamaged: a stored event cannot be read.
        """

    def denials_back(self, *, before: str = "") -> Iterator[tuple[str, Denial]]:
        """Return the refused attempts on all accounts, the last first; only those before the place *before* if given.

        Raises:
            BadRequest: *before* is no place among them.
        """
