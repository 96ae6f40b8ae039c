"""What a policy says about clocks, as data: by when support answers, and until when an appeal may be sent.

Knows the shape of an entry and what it may hold. Does not know which row asks for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period, WorkCalendar, spoken
from lifecycle.lengths import ByFacts, periods_of, told, wrong_length

ANY = "any"
"""What the entry is called that says by when support answers a case of a kind without an entry of its own."""

WINDOWS = ("appeal", "evidence")
"""What may have a last day: an appeal or escalation against a decision, and documents that were asked for."""

_NO_TIME = (dt.timedelta(0), BusinessDays(0))


@frozen
class SupportDue:
    """By when support has to answer a case of this kind: ``after`` it came to a person, or was written.

    Working days are counted in the calendar of the review teams, unless the entry names a ``timezone``, a ``country`` or
    days of rest of its own.
    """

    name: str
    after: Period
    timezone: str | None = None
    country: str | None = None
    weekend: tuple[str, ...] = ()

    def calendar(self, usual: WorkCalendar) -> WorkCalendar:
        """Return the calendar it is counted in, *usual* being that of the review teams.

        Raises:
            ValueError: there is no such time zone, country or day.
        """
        if self.timezone is None and self.country is None and not self.weekend:
            return usual
        rest: Any = self.weekend or usual.weekend
        return WorkCalendar(self.timezone or usual.timezone, self.country, rest)

    @property
    def words(self) -> str:
        """The entry in words."""
        where = " ".join(filter(None, (self.country, self.timezone)))
        return f"{spoken(self.after)}{f' in {where}' if where else ''}"

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if self.after in _NO_TIME:
            yield "after must be some time: nobody answers at once"
        try:
            self.calendar(WorkCalendar()).works(dt.date(2026, 1, 1))
        except ValueError as error:
            yield str(error)


@frozen
class Window:
    """Until when an appeal may be sent, or documents that were asked for be handed in: it ``lasts`` so long.

    It is counted from the decision, or, where ``counted_from`` says so, from when its notice was delivered, as the worker
    reports it, or a host that delivers by itself. The holder is reminded ``reminder_before`` its end. Where it is ``final`` nobody opens it again; otherwise
    a person may, with reasons.
    """

    name: str
    lasts: dt.timedelta | BusinessDays | ByFacts
    reminder_before: Period | None = None
    final: bool = False
    counted_from: Literal["decision", "delivery"] = "decision"

    @property
    def words(self) -> str:
        """The entry in words."""
        said = [told(self.lasts)]
        if self.reminder_before is not None:
            said.append(f"with a reminder {spoken(self.reminder_before)} before the end")
        if self.counted_from == "delivery":
            said.append("counted from the delivery")
        return ", ".join([*said, "final" if self.final else "may be opened again"])

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if self.name not in WINDOWS:
            yield f"is no window: there are {' and '.join(WINDOWS)}"
        if self.name == "evidence" and self.counted_from == "delivery":
            yield "counted_from must be decision: documents are asked for at one moment"
        yield from (f"lasts {what}" for what in wrong_length(self.lasts))
        periods = periods_of(self.lasts)
        if any(each in _NO_TIME for each in periods):
            yield "lasts must be some time: leave the entry out where there is no last day"
        before = self.reminder_before
        if before in _NO_TIME:
            yield "reminder_before must be some time: leave it out where nobody is reminded"
        elif any(type(each) is type(before) and _size(each) <= _size(before) for each in periods):
            yield "reminder_before must be shorter than the window lasts"


def _size(period: Any) -> Any:
    return period.days if isinstance(period, BusinessDays) else period
