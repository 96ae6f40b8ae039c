"""Periods and working days.

Knows how to add a period to a moment. Does not know any particular period, nor the time now.
A due time is computed once, when a timer is armed, and stored; it is never computed again.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from typing import Any

from attrs import field, frozen


@frozen
class BusinessDays:
    """A number of working days. The day of the moment itself is not counted (A-37)."""

    days: int = field()

    @days.validator
    def _not_negative(self, _: Any, value: int) -> None:
        if type(value) is not int or value < 0:
            raise ValueError("working days must be a whole number, zero or more")

    def __str__(self) -> str:
        return f"{self.days} working day{'s' if self.days != 1 else ''}"


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Period = dt.timedelta | BusinessDays


def spoken(period: Period) -> str:
    """Return a period in words: ``60 seconds``, ``15 minutes``, ``72 hours``, ``30 days``, ``7 working days``."""
    if isinstance(period, BusinessDays):
        return str(period)
    seconds = int(period.total_seconds())
    if seconds == 0:
        return "at once"
    unit, size = next(
        (unit, size)
        for unit, size, least in (("day", 86400, 4), ("hour", 3600, 1), ("minute", 60, 2), ("second", 1, 1))
        if seconds % size == 0 and seconds >= least * size
    )
    count = seconds // size
    return f"{count} {unit}{'s' if count != 1 else ''}"


_UNITS = ("microseconds", "milliseconds", "seconds", "minutes", "hours", "days", "weeks")

_SAID = re.compile(r"(\d{1,9}) +([a-z]+(?: [a-z]+)?)")


def read_period(words: str) -> Period:
    """Return the period that *words* say: ``60 seconds``, ``3 days``, ``7 working days``, ``at once``.

    What `spoken` says of whole seconds is read back as it was. Working days may be called business days.

    Raises:
        ValueError: they say no period.
    """
    said = " ".join(words.lower().split())
    if said == "at once":
        return dt.timedelta(0)
    number, unit = match.groups() if (match := _SAID.fullmatch(said)) else ("", "")
    unit = unit if unit.endswith("s") else f"{unit}s"
    if unit in ("working days", "business days"):
        return BusinessDays(int(number))
    if unit not in _UNITS:
        raise ValueError(
            f'"{words}" is no length of time. Write for instance "48 hours", "3 days" or "7 working days".'
        )
    try:
        return dt.timedelta(**{unit: int(number)})
    except OverflowError:
        raise ValueError(f'"{words}" is too long') from None


_DAYS = re.compile(r"(\d\d)-(\d\d) to (\d\d)-(\d\d)")


@functools.cache
def days_of_year(words: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last of the days that *words* name in every year, ``11-11 to 11-17``, in a leap year.

    Raises:
        ValueError: they name no days.
    """
    try:
        a, b, c, d = map(int, match.groups()) if (match := _DAYS.fullmatch(words)) else (0, 0, 0, 0)
        return dt.date(2000, a, b), dt.date(2000, c, d)
    except ValueError:
        raise ValueError(f'"{words}" names no days of the year. Write for instance "11-11 to 11-17".') from None


def falls_within(at: dt.datetime, words: str) -> bool:
    """Whether *at*, in UTC, lies on one of the days of the year that *words* name; they may run past its end.

    Raises:
        ValueError: as for `days_of_year`.
    """
    first, last = days_of_year(words)
    day = at.astimezone(dt.UTC).date().replace(year=2000)
    return first <= day <= last if first <= last else not last < day < first


@frozen
class WorkCalendar:
    """Monday to Friday in a time zone, less the public holidays of *country* if one is named (D-22).

    ``country`` needs the ``[calendar]`` extra; its weekend is its own, and its make-up working days are honoured.
    ``weekend`` names the days of rest where no country is named (G3-82).
    """

    timezone: str = field(default="UTC")
    country: str | None = None
    weekend: tuple[str, ...] = field(default=("saturday", "sunday"), converter=tuple)

    @weekend.validator
    def _days_of_rest(self, _: Any, value: tuple[str, ...]) -> None:
        if unknown := [str(day) for day in value if day not in WEEKDAYS]:
            raise ValueError(f'"{unknown[0]}" is no day of the week; write {", ".join(WEEKDAYS)}')
        if len(set(value)) == len(WEEKDAYS):
            raise ValueError("a week without a working day never ends a period in working days")

    @timezone.validator
    def _known_zone(self, _: Any, value: str) -> None:
        try:
            _zone(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ValueError(f'no time zone is called "{value}"; use a name such as Europe/Berlin') from None

    @property
    def name(self) -> str:
        """What an event records about the calendar: days, zone, and the version of the holiday data."""
        if self.country is None:
            rest = "+".join(day for day in WEEKDAYS if day in self.weekend)
            week = "mon-fri" if rest == "saturday+sunday" else f"rest on {rest or 'no day'}"
            return f"{week} {self.timezone}"
        return f"{self.country} {self.timezone} holidays {_holidays().__version__}"

    def works(self, day: dt.date) -> bool:
        """Whether *day* is a working day."""
        if self.country is None:
            return WEEKDAYS[day.weekday()] not in self.weekend
        return bool(_country(self.country).is_working_day(day))

    def add(self, at: dt.datetime, period: Period) -> dt.datetime:
        """Return the moment *period* after *at*, in UTC; working days keep the local time of day."""
        if isinstance(period, dt.timedelta):
            return at.astimezone(dt.UTC) + period
        return self._counted(at, period.days, dt.timedelta(days=1))

    def before(self, at: dt.datetime, period: Period) -> dt.datetime:
        """Return the moment *period* before *at*, in UTC; working days keep the local time of day."""
        if isinstance(period, dt.timedelta):
            return at.astimezone(dt.UTC) - period
        return self._counted(at, period.days, dt.timedelta(days=-1))

    def _counted(self, at: dt.datetime, left: int, step: dt.timedelta) -> dt.datetime:
        local = at.astimezone(_zone(self.timezone))
        day = local.date()
        while left:
            day += step
            left -= self.works(day)
        return local.replace(year=day.year, month=day.month, day=day.day).astimezone(dt.UTC)

    def counts(self, period: Period) -> str | None:
        """What an event records about the calendar that *period* was counted in; None if it needs none."""
        return self.name if isinstance(period, BusinessDays) else None


@functools.cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def _holidays() -> Any:
    try:
        import holidays  # noqa: PLC0415 - the [calendar] extra may be missing
    except ImportError:
        raise ValueError(
            "a holiday calendar needs the [calendar] extra: pip install 'account-lifecycle[calendar]'"
        ) from None
    return holidays


@functools.cache
def _country(code: str) -> Any:
    try:
        return _holidays().country_holidays(code)
    except NotImplementedError:
        raise ValueError(f'no holiday calendar is known for "{code}"; use a two-letter country code') from None
