"""Times, gaps and values in words, as a page says them.

Knows English as far as a page needs it, and how a moment is said in a reader's zone. Does not know any page or rule.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period, WorkCalendar
from lifecycle.model import Actor, Refusal, Role, Verdict
from lifecycle.prose.words import count, gap, listed, plain

MOST_DAYS = 400
"""How many days are counted one by one; beyond, a gap is said in calendar days."""

QUIET = ("rules", "timer", "policy", "import", "linkage")
"""Names of the system that say nothing beside its role."""


def zone_named(name: str | None, otherwise: str) -> dt.tzinfo:
    """Return the time zone of this *name*, or the other one where there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(name or otherwise)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo(otherwise)


def zone_name(zone: dt.tzinfo) -> str:
    """Return how a time zone is called."""
    return str(getattr(zone, "key", "UTC"))


def when(at: dt.datetime, zone: dt.tzinfo) -> str:
    """Return a moment with its weekday: ``Mon 16 Mar 2026 18:00``; with seconds where they matter."""
    local = at.astimezone(zone)
    return (
        f"{local:%a} {local.day} {local:%b %Y %H:%M:%S}"
        if local.second
        else f"{local:%a} {local.day} {local:%b %Y %H:%M}"
    )


def short(at: dt.datetime, zone: dt.tzinfo) -> str:
    """Return a moment without its weekday: ``16 Mar 2026 18:00``."""
    return when(at, zone).split(" ", 1)[1]


def iso(at: dt.datetime) -> str:
    """Return a moment for the ``datetime`` of a ``time`` element."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def who(by: Actor, account_id: str) -> str:
    """Return the name of whoever acted, where it says more than the role does."""
    silent = by.id == account_id or (by.role is Role.SYSTEM and by.id in QUIET)
    return "" if silent else by.id


def said(value: Any, zone: dt.tzinfo = dt.UTC) -> str:
    """Return plain data in words; a moment in *zone*."""
    if value is None or value in ([], (), {}, ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return when(value, zone)
    if isinstance(value, Mapping):
        return "; ".join(f"{plain(str(name))} {said(held, zone)}" for name, held in value.items())
    if isinstance(value, list | tuple | frozenset | set):
        return listed([said(each, zone) for each in value])
    if isinstance(value, str) and (moment := as_moment(value)) is not None:
        return when(moment, zone)
    return _coded(value) if isinstance(value, str) else str(value)


def _coded(value: str) -> str:
    """A code in words; of somebody who acted their role and their name."""
    role, _, name = value.partition(":")
    if not name or role not in {each.value for each in Role}:
        return plain(value)
    return role if role == Role.SYSTEM.value and name in QUIET else f"{role} {name}"


def as_moment(text: str) -> dt.datetime | None:
    """Return the moment that *text* is, as records and facts write it; None if it is none."""
    if len(text) < len("2026-01-01T00:00Z") or text[4:5] != "-" or text[10:11] != "T":
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def seen(reason: Refusal | Verdict, zone: dt.tzinfo = dt.UTC) -> str:
    """Return what was found and what is needed: ``open orders 2, needs 0``; empty where there is nothing to show."""
    found = "" if reason.value is None else said(reason.value, zone)
    if reason.limit is None or reason.limit is True:
        return found
    names = isinstance(reason.limit, list | tuple) and len(reason.limit) > 1
    limit = listed([said(each, zone) for each in reason.limit], "or") if names else said(reason.limit, zone)
    return ", ".join(filter(None, (found, f"needs {limit}")))


@frozen
class Clock:
    """How much of a time is left, for a sentence and for a meter. ``left`` and ``whole`` are in the unit of the period.

    ``late`` is whether it is over; ``soon`` whether little is left.
    """

    due: dt.datetime
    says: str
    left: float
    whole: float
    late: bool
    soon: bool
    calendar: str


def clock(since: dt.datetime, period: Period, now: dt.datetime, calendar: WorkCalendar) -> Clock:
    """Return how a time that began at *since* and lasts for *period* stands *now*, counted as the period is."""
    due = calendar.add(since, period)
    late = due <= now
    if isinstance(period, BusinessDays):
        left, whole, named = _days_left(now, due, calendar), float(period.days), calendar.name
        says = _in_days(left, due - now, late=late)
    else:
        left, whole, named = (due - now) / dt.timedelta(hours=1), period / dt.timedelta(hours=1), ""
        says = f"{gap(abs(due - now))} {'overdue' if late else 'left'}"
    return Clock(
        due, says, max(0.0, min(left, whole)), max(whole, 1.0), late, not late and left <= max(1.0, whole / 4), named
    )


def _days_left(now: dt.datetime, due: dt.datetime, calendar: WorkCalendar) -> float:
    """How many working days lie between the two, the first one not counted; below zero where the due time is over."""
    zone = zone_named(calendar.timezone, "UTC")
    first, last = now.astimezone(zone).date(), due.astimezone(zone).date()
    sign, (first, last) = (1, (first, last)) if first <= last else (-1, (last, first))
    days = (last - first).days
    if days > MOST_DAYS:
        return float(sign * days)
    return float(sign * sum(calendar.works(first + dt.timedelta(days=n)) for n in range(1, days + 1)))


def _in_days(left: float, gap_to: dt.timedelta, *, late: bool) -> str:
    number = int(abs(left))
    if number == 0:
        hours = gap(abs(gap_to)) if abs(gap_to) < dt.timedelta(days=1) else "less than a working day"
        return f"{hours} {'overdue' if late else 'left'}"
    return f"{count(number, 'working day')} {'overdue' if late else 'left'}"
