"""Periods and working days: across weekends, holidays with make-up days, time zones and clock changes."""

from __future__ import annotations

import builtins
import datetime as dt
import zoneinfo
from typing import Any

import pytest

from lifecycle.calendar import BusinessDays, WorkCalendar, spoken

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
FRIDAY = dt.datetime(2026, 2, 13, 16, 30, tzinfo=dt.UTC)
PLAIN = WorkCalendar()


@pytest.mark.parametrize(("period", "words"), [
    (dt.timedelta(0), "at once"),
    (dt.timedelta(seconds=1), "1 second"),
    (dt.timedelta(seconds=60), "60 seconds"),
    (dt.timedelta(seconds=90), "90 seconds"),
    (dt.timedelta(minutes=15), "15 minutes"),
    (dt.timedelta(minutes=100), "100 minutes"),
    (dt.timedelta(hours=1), "1 hour"),
    (dt.timedelta(hours=24), "24 hours"),
    (dt.timedelta(hours=72), "72 hours"),
    (dt.timedelta(hours=80), "80 hours"),
    (dt.timedelta(days=7), "7 days"),
    (BusinessDays(1), "1 working day"),
    (BusinessDays(7), "7 working days"),
])  # fmt: skip
def test_periods_are_spoken(period: Any, words: str) -> None:
    """A period is said in the unit a person would use."""
    assert spoken(period) == words


@pytest.mark.parametrize("days", [-1, 1.5, True, "3", None])
def test_working_days_are_counted(days: Any) -> None:
    """A number of working days is a whole number, zero or more."""
    with pytest.raises(ValueError, match="working days must be a whole number, zero or more"):
        BusinessDays(days)


def test_a_period_of_time_is_added_as_it_is() -> None:
    """Hours are hours, weekend or not."""
    assert PLAIN.add(FRIDAY, dt.timedelta(hours=72)) == FRIDAY + dt.timedelta(days=3)


@pytest.mark.parametrize(("days", "date"), [(0, 13), (1, 16), (3, 18), (5, 20), (6, 23)])
def test_weekends_are_skipped(days: int, date: int) -> None:
    """From Friday on, the first working day is Monday; the time of day is kept (A-37, C-04)."""
    assert PLAIN.add(FRIDAY, BusinessDays(days)) == FRIDAY.replace(day=date)


@pytest.mark.parametrize("day", [14, 15])
def test_from_a_weekend(day: int) -> None:
    """From Saturday or Sunday on, the first working day is Monday as well."""
    assert PLAIN.add(FRIDAY.replace(day=day), BusinessDays(1)) == FRIDAY.replace(day=16)


def test_days_are_those_of_the_zone() -> None:
    """Late on Sunday in UTC it is Monday in Shanghai already, so the next working day is Tuesday."""
    sunday = dt.datetime(2026, 2, 15, 20, 0, tzinfo=dt.UTC)
    assert PLAIN.add(sunday, BusinessDays(1)) == dt.datetime(2026, 2, 16, 20, tzinfo=dt.UTC)
    shanghai = WorkCalendar(timezone="Asia/Shanghai")
    assert shanghai.add(sunday, BusinessDays(1)) == dt.datetime(2026, 2, 16, 20, tzinfo=dt.UTC)
    friday_night = dt.datetime(2026, 2, 13, 20, 0, tzinfo=dt.UTC)
    assert PLAIN.add(friday_night, BusinessDays(1)).day == 16
    assert shanghai.add(friday_night, BusinessDays(1)).day == 15


def test_the_local_time_of_day_survives_a_clock_change() -> None:
    """Working days keep nine in the morning across the change to summer time; hours do not."""
    friday = dt.datetime(2026, 3, 27, 9, 0, tzinfo=BERLIN)
    berlin = WorkCalendar(timezone="Europe/Berlin")
    monday = berlin.add(friday, BusinessDays(1))
    assert monday.astimezone(BERLIN).hour == 9
    assert monday - friday == dt.timedelta(hours=71)
    assert berlin.add(friday, dt.timedelta(hours=72)) - friday.astimezone(dt.UTC) == dt.timedelta(hours=72)


def test_due_times_are_utc() -> None:
    """Whatever zone a moment comes in, a due time is in UTC."""
    for period in (BusinessDays(1), dt.timedelta(hours=1)):
        assert WorkCalendar(timezone="Asia/Tokyo").add(FRIDAY.astimezone(BERLIN), period).tzinfo is dt.UTC


def test_holidays_and_make_up_days() -> None:
    """China's Spring Festival 2026 is free, and the Saturday worked in its stead counts."""
    china = WorkCalendar(timezone="Asia/Shanghai", country="CN")
    assert not china.works(dt.date(2026, 2, 17))
    assert china.works(dt.date(2026, 2, 14))
    assert not PLAIN.works(dt.date(2026, 2, 14))
    noon = FRIDAY.replace(hour=4)
    assert china.add(noon, BusinessDays(1)) == noon.replace(day=14)
    assert china.add(noon, BusinessDays(2)) > PLAIN.add(noon, BusinessDays(5))


def test_the_calendar_says_its_name() -> None:
    """What an event records names days and zone, and the version of the holiday data where there are any."""
    assert PLAIN.name == "mon-fri UTC"
    assert WorkCalendar(timezone="Europe/Berlin").name == "mon-fri Europe/Berlin"
    assert WorkCalendar(country="DE").name.startswith("DE UTC holidays 0.")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../UTC"])
def test_an_unknown_zone(zone: str) -> None:
    """A zone nobody knows is refused when the calendar is made, with an example."""
    with pytest.raises(ValueError, match="use a name such as Europe/Berlin"):
        WorkCalendar(timezone=zone)


def test_an_unknown_country() -> None:
    """A country without holidays is refused by name."""
    with pytest.raises(ValueError, match='no holiday calendar is known for "Atlantis"'):
        WorkCalendar(country="Atlantis").works(dt.date(2026, 2, 17))


def test_holidays_need_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra a holiday calendar says what to install, and a plain one works."""
    real = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "holidays":
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"pip install 'account-lifecycle\[calendar\]'"):
        _ = WorkCalendar(country="FR").name
    assert PLAIN.add(FRIDAY, BusinessDays(1)).day == 16


def test_the_weekend_is_a_parameter() -> None:
    """Where people rest on other days, those are not counted, and an event says which calendar was used."""
    gulf = WorkCalendar("Asia/Dubai", weekend=("friday", "saturday"))
    thursday = dt.datetime(2026, 2, 12, 9, 0, tzinfo=dt.UTC)
    assert gulf.add(thursday, BusinessDays(1)) == thursday + dt.timedelta(days=3)
    assert gulf.name == "rest on friday+saturday Asia/Dubai"
    assert WorkCalendar(weekend=()).name == "rest on no day UTC"


@pytest.mark.parametrize(("weekend", "says"), [
    (("sabbath",), '"sabbath" is no day of the week'),
    (("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "a week without a working day"),
])  # fmt: skip
def test_a_weekend_that_cannot_be(weekend: tuple[str, ...], says: str) -> None:
    """A day that is none is refused, and so is a week that is all weekend."""
    with pytest.raises(ValueError, match=says):
        WorkCalendar(weekend=weekend)
