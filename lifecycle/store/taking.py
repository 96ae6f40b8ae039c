"""What the staff do beside the log: who has taken which appeal, and who has read which private text.

Knows the shape of it. Does not know who may take an appeal or read a text, nor what follows: nothing does. No rule, timer,
notice or plan reads it, so it is no step of an account (D-09).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

from attrs import field, frozen

from lifecycle.model import Actor, moment


@frozen
class Taken:
    """An appeal that somebody has taken: ``who`` is the opaque id of a person."""

    account_id: str
    number: int
    who: str
    at: dt.datetime = field(converter=moment)


@frozen
class TextRead:
    """A private text that somebody of the staff has read: its reference, never what it says."""

    account_id: str
    ref: str
    by: Actor
    at: dt.datetime = field(converter=moment)


class Taking(Protocol):
    """The part of a store that keeps who has taken which appeal, and who has read which text."""

    def take(self, taken: Taken, *, instead_of: str = "") -> bool:
        """Note that somebody has taken an appeal; an empty ``who`` gives it back.

        *instead_of* is who had it when they looked, empty for nobody. If that is not so any more, nothing is noted and the
        answer is no: of two who take the same one, the first has it.
        """

    def taken(self, account_id: str | None = None) -> Iterator[Taken]:
        """Return who has taken which appeal, of one account or of all, by account and number."""

    def note_read(self, read: TextRead) -> None:
        """Note that somebody has read a text. It stays noted when the account is erased."""

    def read_back(self, *, account_id: str | None = None, before: str = "") -> Iterator[tuple[str, TextRead]]:
        """Return who has read which text, of one account or of all, the last first, each with its place.

        Raises:
            BadRequest: *before* is no place among them.
        """
