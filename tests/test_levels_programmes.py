"""Programmes of other shapes than the guides': worked tables, each line a day, what happens on it, and what it makes.

A line says the day, what is done at noon (``buy`` for so much, ``visit``, ``post``, ``back`` for the order of that number;
``-`` is the first moment of the day, at which only timers go off), then the level, the sum, and the day from which it is
counted.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import support as s
from programmes import programme, rungs
from support import HOLDER, SYSTEM

from lifecycle.loyalty import LevelCard, level_card

FREE: dict[str, Any] = {
    "visit_points": 1,
    "fan_monthly_cap": 1000,
    "club_points": 1,
    "club_monthly_cap": 1000,
    "purchase_min_value": 0,
}

AIRLINE = programme(
    rungs(blue=(0, 12), silver=(1000, 12), gold=(3000, 24)),
    level_measure="money",
    level_sources=("purchase",),
    level_window_kind="validity",
    level_review="on_entry",
)
AIRLINE_YEARS = """
2026-03-01  buy 600   blue     600  2026-03-01
2026-06-15  buy 300   blue     900  2026-03-01
2026-07-01  visit     blue     900  2026-03-01
2027-02-28  -         blue     900  2026-03-01
2027-03-01  -         blue       0  2027-03-01
2027-04-10  buy 700   blue     700  2027-04-10
2027-06-10  buy 400   silver     0  2027-06-10
2027-08-01  buy 800   silver   800  2027-06-10
2028-06-10  -         silver   800  2027-06-10
2028-06-11  -         blue       0  2028-06-11
2028-07-01  buy 3500  gold       0  2028-07-01
2029-03-01  buy 2999  gold    2999  2028-07-01
2030-06-30  buy 1     gold    3000  2028-07-01
2030-07-02  -         gold       0  2030-07-01
2032-07-02  -         blue       0  2032-07-02
"""
"""Yearly tiers by money: each is valid for its own term, and what is spent in it decides on the next."""

COFFEE = programme(
    rungs(guest=0, friend=4, patron=8),
    level_measure="counts",
    level_sources=("visit",),
    level_window_kind="since_review",
    level_downgrades="one_step",
)
COFFEE_MONTHS = """
2026-02-03  visit     guest   1  2026-02-03
2026-02-04  visit     guest   2  2026-02-03
2026-02-05  visit     guest   3  2026-02-03
2026-02-06  post      guest   3  2026-02-03
2026-02-06  visit     guest   4  2026-02-03
2026-03-01  -         friend  0  2026-03-01
2026-03-02  visit     friend  1  2026-03-01
2026-03-03  visit     friend  2  2026-03-01
2026-03-04  visit     friend  3  2026-03-01
2026-03-05  visit     friend  4  2026-03-01
2026-03-06  visit     friend  5  2026-03-01
2026-03-07  visit     friend  6  2026-03-01
2026-03-08  visit     friend  7  2026-03-01
2026-03-09  visit     friend  8  2026-03-01
2026-04-01  -         patron  0  2026-04-01
2026-04-20  visit     patron  1  2026-04-01
2026-05-01  -         friend  0  2026-05-01
2026-06-01  -         guest   0  2026-06-01
2026-07-01  -         guest   0  2026-07-01
"""
"""A coffee shop: visits of a month, reviewed as it ends; a quiet month costs one step."""

FORUM = programme(
    rungs(newcomer=0, member=2, regular=4),
    level_measure="counts",
    level_sources=("club",),
    level_window=1,
    level_review="on_entry",
    level_downgrades="never",
)
FORUM_POSTS = """
2026-02-03  post      newcomer  1  2026-01-03
2026-02-04  visit     newcomer  1  2026-01-04
2026-02-05  post      member    2  2026-01-05
2026-03-05  -         member    1  2026-02-05
2026-03-06  -         member    0  2026-02-06
2026-03-07  post      member    1  2026-02-07
2026-03-07  post      member    2  2026-02-07
2026-03-07  post      member    3  2026-02-07
2026-03-08  post      regular   4  2026-02-08
2027-03-08  -         regular   0  2027-02-08
2027-03-09  post      regular   1  2027-02-09
"""
"""A forum: posts of the last month, looked at with each of them, and nobody falls."""

CLUB = programme(
    rungs(wood=0, iron=10, steel=20),
    level_window=3,
    level_weights=(100, 50, 25),
    purchase_points=12,
    level_review="day_of_month",
    level_review_day=15,
)
CLUB_DAYS = """
2026-02-10  buy 1     wood   12  2025-11-10
2026-02-15  -         iron   12  2025-11-15
2026-03-10  buy 1     iron   24  2025-12-10
2026-03-11  -         iron   18  2025-12-11
2026-03-15  -         iron   18  2025-12-15
2026-03-20  buy 1     iron   30  2025-12-20
2026-04-10  -         iron   30  2026-01-10
2026-04-11  -         iron   21  2026-01-11
2026-04-15  -         steel  21  2026-01-15
2026-05-11  -         steel   9  2026-02-11
2026-05-14  -         steel   9  2026-02-14
2026-05-15  -         wood    9  2026-02-15
2026-06-21  -         wood    0  2026-03-21
"""
"""A club: three months, of which the second counts half and the third a quarter, reviewed on the 15th."""

BOOKS = programme(
    rungs(reader=0, lover=10, collector=20),
    level_review="anniversary",
    level_upgrades="at_once",
    level_after_review="reset",
)
BOOKS_YEARS = """
2026-03-01  buy 1     reader      5  2025-03-01
2026-04-01  buy 1     lover      10  2025-04-01
2026-05-01  buy 1     lover      15  2025-05-01
2026-06-01  buy 1     collector  20  2025-06-01
2027-02-02  -         collector  20  2026-02-02
2027-02-02  buy 1     collector   5  2027-02-02
2027-05-01  buy 1     collector  10  2027-02-02
2028-02-02  -         collector  10  2027-02-02
2028-02-03  -         lover       0  2028-02-02
2029-02-03  -         reader      0  2029-02-02
2029-03-01  buy 1     reader      5  2029-02-02
"""
"""A bookshop: upgrades at once, and on each anniversary of the registration everybody begins again with nothing."""

GYM = programme(
    rungs(white=0, green=8, black=12),
    level_window_kind="since_review",
    level_review="every_days",
    level_review_days=10,
    level_after_review="aged",
    level_aged_to=50,
)
GYM_DAYS = """
2026-02-02  buy 1     white   5  2026-02-02
2026-02-03  buy 1     white  10  2026-02-02
2026-02-12  -         green   5  2026-02-12
2026-02-13  buy 1     green  10  2026-02-12
2026-02-22  -         green   5  2026-02-22
2026-02-22  buy 1     green  10  2026-02-22
2026-02-23  buy 1     green  15  2026-02-22
2026-03-04  -         black   7  2026-03-04
2026-03-14  -         white   3  2026-03-14
2026-03-24  -         white   1  2026-03-24
2026-04-03  -         white   0  2026-04-03
"""
"""A gym: a review every ten days carries half of its sum over to the next."""

HOTEL = programme(
    rungs(key=0, suite=(10, 6)),
    level_window=2,
    level_review="on_entry",
    purchase_points=5,
)
HOTEL_NIGHTS = """
2026-02-03  buy 1     key     5  2025-12-03
2026-02-04  buy 1     suite  10  2025-12-04
2026-04-05  -         suite   0  2026-02-05
2026-08-04  -         suite   0  2026-06-04
2026-08-05  -         key     0  2026-06-05
2026-08-06  buy 1     key     5  2026-06-06
2026-08-07  buy 1     suite  10  2026-06-07
2026-09-01  back 4    suite   5  2026-07-01
2027-02-08  -         key     0  2026-12-08
"""
"""A hotel: the nights of two months, and a level once reached lasts half a year."""

TABLES = {
    "airline": (AIRLINE, AIRLINE_YEARS),
    "coffee": (COFFEE, COFFEE_MONTHS),
    "forum": (FORUM, FORUM_POSTS),
    "club": (CLUB, CLUB_DAYS),
    "books": (BOOKS, BOOKS_YEARS),
    "gym": (GYM, GYM_DAYS),
    "hotel": (HOTEL, HOTEL_NIGHTS),
}


def joined(shape: dict[str, Any]) -> s.World:
    """An account just opened under this programme."""
    return s.active(**{**FREE, **shape})


def card(world: s.World) -> LevelCard:
    """How the account stands now."""
    return level_card(world.machine.policy, world.account, world.command("", HOLDER))


def act(world: s.World, number: int, what: str, amount: str = "") -> None:
    """Do what a line says."""
    if what == "back":
        world.do("revoke_points", SYSTEM, {"order": f"o-{amount}"})
        return
    source = {"buy": "purchase", "visit": "visit", "post": "club"}[what]
    facts: dict[str, Any] = {"points_source": source}
    if what == "buy":
        facts |= {"order": f"o-{number}", "order_total": int(amount), "purchase_succeeded": True}
    world.do("earn", HOLDER, facts)


@pytest.mark.parametrize("name", TABLES)
def test_a_worked_table(name: str) -> None:
    """On each line level, sum and window are those of the table, and every count recorded what it was made of."""
    shape, text = TABLES[name]
    world = joined(shape)
    number = 0
    for line in text.strip().splitlines():
        day, what, *rest = line.split()
        *amount, level, total, since = rest
        at = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC, hour=0 if what == "-" else 12)
        world.tick(max(at, world.now) - world.now)
        if what != "-":
            number += what == "buy"
            act(world, number, what, *amount)
        found = card(world)
        assert (found.level.value, found.counted, f"{found.begins:%Y-%m-%d}") == (level, int(total), since), line
