"""What the ledger of points says: how much counts at a moment, what this month brought, what runs out when.

Knows months and entries. Does not know what earns points, nor what they are good for.

One entry holds what a month brought from one source, day by day, so that a year of daily shopping stays small. All
days are days in UTC (A-28): points earned on a day count until that day a number of calendar months later is over,
and on the last of a shorter month (A-25).
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lifecycle.model import Account, Orders, Points
from lifecycle.policy.parameters.programme import REVIEW, VISIT
from lifecycle.rows import Drop, Effect, Put

RETURNED, LOST, CARRIED = "returned", "lost", "carried"
"""Entries that nobody earned: points taken back, all points lost, points brought from the old programme."""

BEFORE = f"{RETURNED}:before"
"""Points taken back of an order whose window is over: it counts no more for the level, so neither does this."""

FAN = (REVIEW, VISIT)
"""What shares the cap of fan points (X-34)."""


# --- months and days ---------------------------------------------------------------------------------------------


def month_of(at: dt.datetime) -> str:
    """Return the month of a moment as an entry names it: ``2026-03``."""
    return f"{at:%Y-%m}"


def next_month(at: dt.datetime) -> dt.datetime:
    """Return the first moment of the month after *at*: the end of its month."""
    return _first(at.year * 12 + at.month)


def next_day(at: dt.datetime) -> dt.datetime:
    """Return the first moment of the day after *at*."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)


def months_later(at: dt.datetime, months: int) -> dt.datetime:
    """Return *at* so many calendar months later, on the last day of a month that is too short."""
    month = _first(at.year * 12 + at.month - 1 + months)
    return at.replace(year=month.year, month=month.month, day=min(at.day, _length(month.year, month.month)))


def _first(months: int) -> dt.datetime:
    return dt.datetime(months // 12, months % 12 + 1, 1, tzinfo=dt.UTC)


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def age(entry: Points | Orders, at: dt.datetime) -> int:
    """Return how many months the month of an entry lies before that of *at*."""
    return at.year * 12 + at.month - _months(entry.month)


@functools.lru_cache(maxsize=256)
def _months(month: str) -> int:
    # A recount asks this of every entry several times.
    return int(month[:4]) * 12 + int(month[5:])


# --- what counts -------------------------------------------------------------------------------------------------


def counts(entry: Points | Orders, day: int, at: dt.datetime, months: int) -> bool:
    """Whether what an entry has of *day* counts at *at*, if it does so for so many months."""
    old = age(entry, at)
    return old < months or (old == months and min(day, _length(at.year, at.month)) >= at.day)


def days_counting(entry: Points, at: dt.datetime, months: int) -> int:
    """Return on how many of its days an entry brought what counts at *at*, if each counts for so many months."""
    old = age(entry, at)
    if old != months:
        return len(entry.days) if old < months else 0
    return sum(1 for day in entry.days if counts(entry, day, at, months))


def months_old(entry: Points, day: int, at: dt.datetime) -> int:
    """Return how many whole months what an entry has of *day* is old at *at*: 0 until the same day of the next is over."""
    old = age(entry, at)
    return max(old if min(day, _length(at.year, at.month)) < at.day else old - 1, 0)


def first_counting(at: dt.datetime, months: int) -> dt.datetime:
    """Return the first moment of the first day that counts at *at*, if each counts for so many months."""
    month = _first(at.year * 12 + at.month - 1 - months)
    day = at.day if at.day <= _length(month.year, month.month) else 0
    return month.replace(day=day) if day else next_month(month)


def moment_of(entry: Points | Orders, day: int) -> dt.datetime:
    """Return the first moment of a *day* of an entry."""
    return _first(_months(entry.month) - 1).replace(day=day)


def lost_at(account: Account) -> int:
    """Return the number of the entry before which nothing counts any more; 0 if points were never all lost."""
    return max((entry.number for entry in account.points if entry.source == LOST), default=0)


def valid(account: Account) -> tuple[Points, ...]:
    """Return the entries that were written since all points were last lost."""
    lost = lost_at(account)
    return tuple(entry for entry in account.points if entry.number > lost) if lost else account.points


def balance(account: Account, at: dt.datetime, months: int) -> int:
    """Return the points of an account at *at*, if each counts for so many months."""
    return sum(entry.each * days_counting(entry, at, months) for entry in valid(account))


def this_month(account: Account, at: dt.datetime, sources: Iterable[str]) -> tuple[Points, ...]:
    """Return what the month of *at* brought from *sources*, points lost since among it: a cap counts them all."""
    month = month_of(at)
    return tuple(entry for entry in account.points if entry.month == month and entry.source in sources)


def earned_this_month(account: Account, at: dt.datetime, sources: Iterable[str]) -> int:
    """Return the points that the month of *at* brought from *sources*."""
    return sum(entry.each * len(entry.days) for entry in this_month(account, at, sources))


def earned_today(account: Account, at: dt.datetime, source: str) -> bool:
    """Whether *source* brought points on the day of *at* before."""
    return any(at.day in entry.days for entry in this_month(account, at, (source,)))


def running_out(account: Account, at: dt.datetime, months: int) -> tuple[tuple[dt.date, int], ...]:
    """Return each day at whose end points of the account run out, with how many they are, soonest first."""
    days: dict[dt.date, int] = {}
    for entry in valid(account):
        month = _first(at.year * 12 + at.month - 1 - age(entry, at) + months)
        longest = _length(month.year, month.month)
        for day in entry.days:
            last = dt.date(month.year, month.month, min(day, longest))
            days[last] = days.get(last, 0) + entry.each
    return tuple((day, points) for day, points in sorted(days.items()) if points and day >= at.date())


# --- orders ------------------------------------------------------------------------------------------------------


def is_known(account: Account, order: str) -> bool:
    """Whether the order earned points or came back, as far as that is kept."""
    return any(order in entry.refs for entry in account.orders)


def came_back(account: Account, order: str) -> bool:
    """Whether the order came back before."""
    return any(order in entry.refs for entry in account.orders if entry.returned)


def earned_by(account: Account, order: str) -> Orders | None:
    """Return the entry that says what the order earned, unless all points were lost since."""
    lost = lost_at(account)
    earned = (entry for entry in account.orders if entry.number > lost and not entry.returned)
    return next((entry for entry in earned if order in entry.refs), None)


def day_of(entry: Orders, order: str) -> int:
    """Return the day on which the order earned what it did."""
    return entry.days[entry.refs.index(order)]


# --- writing and clearing ----------------------------------------------------------------------------------------


def joined(
    to: str, same: Mapping[str, Any], more: Mapping[str, Any], after: Callable[[Account, Any], int]
) -> tuple[Effect, ...]:
    """The effects that write into the list *to*: beside an entry with the *same* fields, or as one of its own.

    Each of *more* is read and added to what the entry has of that name. Values may be read from account and command.
    What was entered up to the version that *after* reads from account and parameters stays as it is: it counts no more.
    """

    def found(account: Account, command: Any, p: Any) -> Any:
        wanted = {name: held(account, command, p) if callable(held) else held for name, held in same.items()}
        return _alike(getattr(account, to), wanted, max(lost_at(account), after(account, p)))

    def number(account: Account, command: Any, p: Any) -> tuple[int, ...]:
        entry = found(account, command, p)
        return () if entry is None else (entry.number,)

    def longer(name: str, read: Any) -> Any:
        return lambda account, command, p: (
            *getattr(found(account, command, p), name, ()),
            read(account, command, p),
        )

    fixed = {**same, **{name: longer(name, read) for name, read in more.items()}}
    return (Drop(to, which=number), Put(to, fixed=fixed))


def _alike(entries: tuple[Any, ...], wanted: Mapping[str, Any], after: int) -> Any:
    """Return the entry with these fields that more can be added to, if there is one; none written up to *after*.

    Entries that share their number came with an imported account; they stay as they are.
    """
    numbers = [entry.number for entry in entries]
    return next(
        (
            entry
            for entry in entries
            if entry.number > after
            and all(getattr(entry, name) == value for name, value in wanted.items())
            and numbers.count(entry.number) == 1
        ),
        None,
    )


def points_run_out(account: Account, at: dt.datetime, months: int) -> tuple[int, ...]:
    """Return the numbers under which no points are left that count, now or later, or that a cap of this month needs."""
    lost = lost_at(account)
    return _all_of(
        account.points,
        lambda entry, old: old > months or (old > 0 and entry.number < lost),
        at,
    )


def orders_settled(account: Account, at: dt.datetime, months: int) -> tuple[int, ...]:
    """Return the numbers of the orders that are too old to come back, if they may do so for so many months."""
    return _all_of(account.orders, lambda entry, old: old > months, at)


def _all_of(entries: tuple[Any, ...], over: Any, at: dt.datetime) -> tuple[int, ...]:
    """Return the numbers all of whose entries are over."""
    kept = {entry.number for entry in entries if not over(entry, age(entry, at))}
    return tuple(dict.fromkeys(entry.number for entry in entries if entry.number not in kept))
