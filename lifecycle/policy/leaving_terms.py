"""What a policy says about leaving, as data: what is waited for before, and how long identifiers stay taken after.

Knows the shape of an entry and what it may hold. Does not know which row asks for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period, spoken

_NO_TIME = dt.timedelta(0)
_NONE = (_NO_TIME, BusinessDays(0))

Road = Literal["direct", "request"]

ROADS: tuple[Road, ...] = ("direct", "request")
"""The two ways out that a holder takes: the direct deletion, and the closure by request."""


@frozen
class Wait:
    """A time that must have passed before a deletion may be asked for.

    It runs from a dated ``fact`` of the host's, or from the last time the ``event`` of this trigger happened to the
    account; where there is none it does not run. ``before`` names the ways out that wait.
    """

    name: str
    says: str
    period: Period
    fact: str | None = None
    event: str | None = None
    before: tuple[Road, ...] = ROADS
    otherwise: str = "Wait until then, and ask again."
    cites: tuple[str, ...] = ("grace",)

    @property
    def guard(self) -> str:
        """The name of its guard, which is the code of the refusal."""
        return f"{self.name}_wait_is_over"

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if not self.name.isidentifier():
            yield "its name becomes a refusal code: use letters, digits and _ alone"
        if (self.fact is None) == (self.event is None):
            yield "must name either a fact or an event that it runs from"
        if self.period in _NONE:
            yield "period must be some time; leave the entry out where nothing is waited for"
        if not self.before:
            yield "before must name a way out that waits: direct or request"


@frozen
class Reservation:
    """How long what an account was known by stays taken, once it has ended in this way."""

    name: str
    says: str
    keeps: Literal["never", "for_a_time", "for_good"] = "never"
    period: Period = _NO_TIME

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if self.keeps == "for_a_time" and self.period in _NONE:
            yield "period must say how long, where identifiers stay taken for a time"
        if self.keeps != "for_a_time" and self.period not in _NONE:
            yield f"period says {spoken(self.period)}, but identifiers stay taken {self.keeps.replace('_', ' ')}"


_ENDS = (
    Reservation("direct", "The holder deleted the account with a code."),
    Reservation("request", "The account was closed on the holder's request."),
    Reservation("suspended", "A suspended account was closed on the holder's request.", "for_good"),
    Reservation("staff", "Staff had a suspended account deleted.", "for_good"),
    Reservation("retention", "A suspension that nobody reversed ran out.", "for_good"),
)

RESERVATIONS: Mapping[str, Reservation] = MappingProxyType({each.name: each for each in _ENDS})
"""The guides' answer for each way in which an account ends (X-43, D-08)."""


def every_way(table: Any) -> Iterator[str]:
    """Yield what is wrong with a table of reservations: it must have an entry for each way, and no other."""
    for name in RESERVATIONS:
        if name not in table:
            yield f"needs the entry {name}: an account may end so"
    for name in table:
        if name not in RESERVATIONS:
            yield f"entry {name}: no account ends so; the ways are {', '.join(RESERVATIONS)}"
