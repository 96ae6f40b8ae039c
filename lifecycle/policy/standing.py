"""What makes the level: the sum of what counts, over its window, and the moments at which that is looked at.

Knows the programme as its parameters give it: measure, window, weights, validity, reviews. Does not know what earns
anything, nor which row follows from a count: see `lifecycle.policy.points` and `lifecycle.policy.levels`.

A window ends at the moment of the count. It begins some months before it (rolling), or with an event: the last review,
or the one with which the level was reached or renewed. What came before an event does not count, to the very entry.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterator

from lifecycle.model import Account, Level, Points
from lifecycle.policy import ledger
from lifecycle.policy.ledger import CARRIED, LOST, RETURNED
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.programme import PURCHASE

ENDLESS = 1200
"""Months after which nothing counts, where the window has no length of its own."""


# --- the window --------------------------------------------------------------------------------------------------


def lasting(p: Parameters) -> int:
    """Return for how many months an entry may count for the level; points that are gone do not (G5-19, G5-34)."""
    months = p.level_window if p.level_window_kind == "rolling" else ENDLESS
    return min(months, p.points_expiry) if p.level_measure == "points" else months


def start(account: Account, p: Parameters) -> int:
    """Return the account version up to which nothing counts for the level any more; 0 if all does."""
    count = account.level_count
    if count is None:
        return 0
    return max({"since_review": count.reviewed, "validity": count.reached}.get(p.level_window_kind, 0), count.cut)


def begins(account: Account, at: dt.datetime, p: Parameters) -> dt.datetime:
    """Return the first moment that counts at *at*; where no review came before, that of the first entry."""
    count = account.level_count
    if p.level_window_kind == "rolling":
        begun = ledger.first_counting(at, lasting(p))
    elif p.level_window_kind == "since_review":
        begun = count.reviewed_at if count is not None and count.reviewed_at else _first_entry(account, p) or at
    else:
        begun = reached_at(account, p) or at
    return max(begun, count.cut_at) if count is not None and count.cut_at else begun


def reached_at(account: Account, p: Parameters) -> dt.datetime | None:
    """Return when the level was reached or renewed; the term of the lowest begins with the first entry, if there is one."""
    count = account.level_count
    return count.reached_at if count is not None and count.reached_at is not None else _first_entry(account, p)


def _first_entry(account: Account, p: Parameters) -> dt.datetime | None:
    after = start(account, p)
    own = [entry for entry in account.points if entry.number > after and _is_of_it(entry, p)]
    first = min(own, key=lambda entry: (entry.month, min(entry.days)), default=None)
    return None if first is None else ledger.moment_of(first, min(first.days))


def valid_until(account: Account, p: Parameters) -> dt.datetime | None:
    """Return the moment before which the level is not lowered; None if it may be at any review."""
    months = _months_valid(account.level, p)
    reached = reached_at(account, p) if months else None
    return None if reached is None else ledger.months_later(reached, months)


def _months_valid(level: Level, p: Parameters) -> int:
    rung = p.rungs.get(level)
    own = 0 if rung is None else rung.valid_months
    return own or (p.level_window if p.level_window_kind == "validity" else 0)


# --- the sum -----------------------------------------------------------------------------------------------------


def level_sum(account: Account, at: dt.datetime, p: Parameters) -> int:
    """Return the sum that makes the level at *at*: points, money or counts, weighted by their age (G5-19)."""
    months, after, weights = lasting(p), start(account, p), p.level_weights
    total = 0
    for entry in ledger.valid(account):
        if entry.number < after or not _is_of_it(entry, p):
            continue
        worth = _worth(entry, p)
        if entry.number > after and len(weights) == 1:
            total += worth * weights[0] * ledger.days_counting(entry, at, months)
            continue
        for day in _days_after(account, entry, after):
            old = ledger.months_old(entry, day, at)
            if old < months:
                total += worth * (weights[old] if len(weights) > 1 else weights[0])
    return total // 100 + _carried(account)


def _is_of_it(entry: Points, p: Parameters) -> bool:
    """Whether an entry is of a source that counts; what comes back belongs to the purchases, if it counted before."""
    source = entry.source.partition(":")[0] if entry.source != RETURNED else PURCHASE
    return source in p.level_sources or source == CARRIED


def _worth(entry: Points, p: Parameters) -> int:
    """What one day of an entry is worth in what the level is measured in."""
    if p.level_measure == "points":
        return entry.each
    if p.level_measure == "money" or entry.source == CARRIED:
        return entry.spent
    return -1 if entry.source == RETURNED else 1


def _days_after(account: Account, entry: Points, after: int) -> Iterator[int]:
    """The days of an entry that count; what came with the very event of the window's beginning, by its day."""
    count = account.level_count
    first = count.since if count is not None and entry.number == after else None
    return (day for day in entry.days if first is None or ledger.moment_of(entry, day).date() >= first.date())


def _carried(account: Account) -> int:
    count = account.level_count
    return count.carried if count is not None and ledger.lost_at(account) < count.number else 0


def is_over(account: Account, entry: Points, at: dt.datetime, p: Parameters) -> bool:
    """Whether nothing of an entry can count for the level at *at* or later."""
    return not _is_of_it(entry, p) or ledger.age(entry, at) > lasting(p) or entry.number < start(account, p)


# --- the level ---------------------------------------------------------------------------------------------------


def level_for(total: int, p: Parameters) -> Level:
    """Return the level that a sum makes (A-24)."""
    return next(level for level, rung in reversed(p.rungs.items()) if total >= rung.least or not rung.least)


def higher_level(account: Account, at: dt.datetime, p: Parameters) -> Level:
    """Return the level after an entry: what was earned, if it is higher than the one there is."""
    return max(account.level, level_for(level_sum(account, at, p), p), key=p.ladder.index)


def reviewed_level(account: Account, at: dt.datetime, p: Parameters) -> Level:
    """Return the level after a review: as high as was earned, and lower only as far and as soon as the policy says."""
    place, ladder = p.ladder.index(account.level), p.ladder
    earned = ladder.index(level_for(level_sum(account, at, p), p))
    below = max(place - 1, 0)
    if p.inactivity_rule == "monthly_penalty" and _idle(account, at, p):
        # No higher than one below, however much there is.
        earned = min(earned, below)
    if earned < place:
        until = valid_until(account, p)
        if p.level_downgrades == "never" or (until is not None and at < until):
            return account.level
        return ladder[below if p.level_downgrades == "one_step" else earned]
    return ladder[earned]


def is_renewed(account: Account, at: dt.datetime, p: Parameters) -> bool:
    """Whether a review at *at* begins another term of the level, since the last one is over or there is none."""
    until = valid_until(account, p)
    return until is not None and at >= until


def _idle(account: Account, at: dt.datetime, p: Parameters) -> bool:
    """Whether the months that the review closes brought nothing (X-35)."""
    active = (entry for entry in account.points if entry.source.partition(":")[0] not in (RETURNED, LOST))
    return all(ledger.age(entry, at) > p.inactive_month for entry in active)


# --- the reviews -------------------------------------------------------------------------------------------------


def next_review(account: Account, at: dt.datetime, p: Parameters) -> dt.datetime:
    """Return the first review after *at*; where every entry is one, the next moment at which the level could fall."""
    match p.level_review:
        case "day_of_month":
            day = at.replace(day=p.level_review_day, hour=0, minute=0, second=0, microsecond=0)
            return day if day > at else ledger.months_later(day, 1)
        case "every_days":
            return ledger.next_day(at) + dt.timedelta(days=p.level_review_days - 1)
        case "anniversary":
            timer = account.timer("anniversary")
            if timer is not None and timer.due > at:
                return timer.due
            return ledger.months_later(timer.due if timer is not None else at, 12)
        case _:
            return ledger.next_month(at)


def next_fall(account: Account, level: Level, at: dt.datetime, p: Parameters) -> dt.datetime | None:
    """Return the moment at which what counts makes less than *level*, if nothing is entered; None if never.

    It is the level after the entry or review at *at*. Where its own term is the window, that is over then, whatever
    follows. What is older never counts for more, so in any other window what there is only shrinks, day by day.
    """
    is_new = level is not account.level or is_renewed(account, at, p)
    reached = (None if level is p.ladder[0] else at) if is_new else reached_at(account, p)
    months = _months_valid(level, p)
    until = ledger.months_later(reached, months) if reached is not None and months else None
    if p.level_window_kind == "validity":
        return until
    least = p.rungs[level].least
    if not least or p.level_downgrades == "never":
        return None
    days = [ledger.next_day(at) + dt.timedelta(days=n) for n in range(lasting(p) * 31 + 1)]
    moments = [at, *days]
    place = bisect.bisect_left(moments, True, key=lambda moment: level_sum(account, moment, p) < least)
    fall = moments[min(place, len(moments) - 1)]
    return max(fall, until) if until is not None else fall
