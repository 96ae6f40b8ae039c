"""Roles, actors and the evidence they bring; and how times and ids are checked.

Knows who and what there is. Does not know what happens to it.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from lifecycle.errors import BadEvidence, BadRequest, NaiveTime
from lifecycle.facts import CODE


class Role(enum.Enum):
    """Who may act. A person with access to the holder's device counts as the holder (D-11)."""

    HOLDER = "holder"
    AGENT = "agent"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"

    # A member equals itself alone, so this is its hash too; an enum's own is worked out in Python each time.
    __hash__ = object.__hash__

    @property
    def words(self) -> str:
        """The role as it is said in a sentence: ``"a support agent"``."""
        return _ROLE_WORDS[self]


_ROLE_WORDS = {
    Role.HOLDER: "the account holder",
    Role.AGENT: "a support agent",
    Role.REVIEWER: "a reviewer",
    Role.SUPERVISOR: "a supervisor",
    Role.SYSTEM: "the system",
}


def moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """Return *value* as an aware UTC date-time; ISO 8601 text is read.

    Raises:
        NaiveTime: the value has no offset.
        BadRequest: it is no date-time.
    """
    if value is None or (isinstance(value, dt.datetime) and value.tzinfo is dt.UTC):
        return value
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise BadRequest("a time must be a date-time such as 2026-02-13T16:30:00Z") from None
        if value.tzinfo is dt.UTC:
            return value
    if not isinstance(value, dt.datetime):
        raise BadRequest(f"a time must be a date-time, not a value of type {type(value).__name__}")
    if value.tzinfo is None:
        raise NaiveTime("the time")
    return value.astimezone(dt.UTC)


def checked_id(value: str, what: str) -> str:
    """Return *value* if it is an opaque id.

    Raises:
        BadRequest: it is not 1 to 64 letters, digits or ``_ . : -``; the value itself is not repeated.
    """
    if not isinstance(value, str) or not CODE.match(value):
        raise BadRequest(
            f"{what} must be an opaque id of 1 to 64 letters, digits or _ . : - (no spaces, no @): "
            "ids are written into the log for good, so they may not name a person."
        )
    return value


def _role(value: Any) -> Role:
    return value if type(value) is Role else Role(value)


@frozen(slots=False)
class Actor:
    """Who acts: a role and the opaque id of the person or process in it."""

    role: Role = field(converter=_role)
    id: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "an actor's id")

    @classmethod
    def holder(cls, account_id: str) -> Actor:
        """The holder of *account_id*."""
        return cls(Role.HOLDER, account_id)

    @classmethod
    def agent(cls, id: str) -> Actor:
        """A support agent."""
        return cls(Role.AGENT, id)

    @classmethod
    def reviewer(cls, id: str) -> Actor:
        """A person who judges appeals and restrictions."""
        return cls(Role.REVIEWER, id)

    @classmethod
    def supervisor(cls, id: str) -> Actor:
        """A senior agent, supervisor or member of the appeals team."""
        return cls(Role.SUPERVISOR, id)

    @classmethod
    def system(cls, id: str = "rules") -> Actor:
        """An automated part of the shop, under its name."""
        return cls(Role.SYSTEM, id)

    def __str__(self) -> str:
        return f"{self.role._value_}:{self.id}"


@frozen
class Evidence:
    """One document or written text brought along.

    ``kind`` is a name of the policy's evidence kinds, ``ref`` the host's opaque reference to the document.
    ``text`` is private: it is stored encrypted and never reaches an event; only its word count does, which is
    counted here whatever ``words`` says.
    ``version`` is the account version that took it, ``first`` the one that first took something under this reference,
    where that is another; both are set when it is folded.
    """

    kind: str
    ref: str = ""
    readable: bool = True
    edited: bool = False
    corners: int = 4
    words: int | None = None
    version: int | None = None
    first: int | None = None
    text: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        for what, value in (("kind", self.kind), ("ref", self.ref)):
            if not isinstance(value, str) or (value and not CODE.match(value)):
                raise BadEvidence(f"the {what} of evidence must be a code or an opaque reference without spaces")
        if not self.kind:
            raise BadEvidence("evidence needs a kind")
        if not self.ref and self.text is None:
            raise BadEvidence(f'evidence of kind "{self.kind}" needs a ref= to the document, or a text=')
        if type(self.readable) is not bool or type(self.edited) is not bool or type(self.corners) is not int:
            raise BadEvidence("whether evidence is readable or edited is true or false, its corners are a whole number")
        if self.text is not None:
            object.__setattr__(self, "words", len(self.text.split()))
        if self.words is not None and (type(self.words) is not int or self.words < 0):
            raise BadEvidence("the words of evidence are a whole number, zero or more")

    def recorded(self) -> dict[str, Any]:
        """Return what an event keeps of it: never the text."""
        return {name: value for name in _RECORDED if (value := getattr(self, name)) is not None}


_RECORDED = ("kind", "ref", "readable", "edited", "corners", "words", "version", "first")


def listed(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return *values* as a tuple; JSON carries lists."""
    return tuple(values)
