"""For each guard about points, levels and benefits: an attempt it alone refuses, and one where it holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import support as s
from scenarios import Pair, Scenario, by_fact, by_time, by_world
from support import DAY, HOLDER, INSTANT, START, SYSTEM

from lifecycle.model import Level

SILVER, GOLD, PLATINUM, DIAMOND = (Level(name) for name in ("silver", "gold", "platinum", "diamond"))
"""The levels of the guides' programme, the lowest first."""

LEGACY = Level("legacy")
"""Where an account of the old programme stands."""

MARCH = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
BOUGHT: dict[str, Any] = {
    "points_source": "purchase",
    "order": "o-1",
    "order_total": 200,
    "purchase_succeeded": True,
}


class Sales(dict[str, int]):
    """The bonus points of each sale, as a value that a machine can be remembered by."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


BONUS: Any = Sales(singles_day=20, christmas=0)


def from_(source: str, **facts: Any) -> dict[str, Any]:
    """What is said of an earning."""
    return {"points_source": source, **facts}


def earned(world: s.World, source: str, times: int = 1, **facts: Any) -> s.World:
    """The same account after so many earnings at the same moment."""
    for _ in range(times):
        world.do("earn", HOLDER, from_(source, **facts))
    return world


def bought(*orders: str, world: s.World | None = None, **parameters: Any) -> s.World:
    """An account that bought for two dollars in each of these orders."""
    world = world or s.active(**parameters)
    for order in orders or ("o-1",):
        world.do("earn", HOLDER, {**BOUGHT, "order": order})
    return world


def at_level(level: Level, world: s.World | None = None, **parameters: Any) -> s.World:
    """An account at this level."""
    world = world or s.active(**parameters)
    world.account = attrs.evolve(world.account, level=level)
    return world


def _buying(**both: tuple[Any, Any]) -> Pair:
    (name,) = both
    return by_fact(s.active(), "earn", HOLDER, {k: v for k, v in BOUGHT.items() if k != name}, **both)


EARNING: dict[str, Scenario] = {
    "account_still_stands": lambda: by_world(s.deleted(), s.active(), "earn", HOLDER, from_("club")),
    "purchase_is_successful": lambda: _buying(purchase_succeeded=(False, True)),
    "purchase_is_large_enough": lambda: _buying(order_total=(199, 200)),
    "order_is_new_to_the_ledger": lambda: by_fact(
        bought(), "earn", HOLDER, {k: v for k, v in BOUGHT.items() if k != "order"}, order=("o-1", "o-2")
    ),
    "product_is_received": lambda: by_fact(s.active(), "earn", HOLDER, from_("review"), product_received=(False, True)),
    "first_time_today": lambda: by_time(
        earned(s.active(), "visit"),
        *("earn", HOLDER),
        bad=START.replace(hour=23, minute=59),
        good=START.replace(hour=0) + DAY,
        facts=from_("visit"),
    ),
    "fan_points_are_left": lambda: by_time(
        earned(s.active(), "review", 10, product_received=True),
        *("earn", HOLDER),
        bad=MARCH - INSTANT,
        good=MARCH,
        facts=from_("visit"),
    ),
    "club_points_are_left": lambda: by_time(
        earned(s.active(), "club", 5), "earn", HOLDER, bad=MARCH - INSTANT, good=MARCH, facts=from_("club")
    ),
    "categories_are_different": lambda: by_fact(
        s.active(), "earn", HOLDER, from_("categories"), categories_bought=(1, 2)
    ),
    "sale_gives_points": lambda: by_fact(
        s.active(promo_points=BONUS), "earn", HOLDER, from_("promotion"), sale=("christmas", "singles_day")
    ),
    "sale_is_new_this_year": lambda: by_time(
        earned(s.active(promo_points=BONUS), "promotion", sale="singles_day"),
        *("earn", HOLDER),
        bad=dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC),
        good=dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
        facts=from_("promotion", sale="singles_day"),
    ),
    "order_takes_points_away": lambda: by_fact(bought(), "revoke_points", SYSTEM, order=("o-2", "o-1")),
}

COUNTING: dict[str, Scenario] = {
    "month_is_over": lambda: by_time(bought(), "recount_level", SYSTEM, MARCH - INSTANT, MARCH),
    "account_is_deleted": lambda: by_world(bought(), at_level(GOLD, s.deleted()), "forfeit_level", SYSTEM),
    "something_can_be_lost": lambda: by_world(s.deleted(), at_level(GOLD, s.deleted()), "forfeit_level", SYSTEM),
}

ENJOYING: dict[str, Scenario] = {
    "account_is_in_use": lambda: by_world(
        at_level(PLATINUM, s.suspended()),
        at_level(PLATINUM),
        *("request_fast_refund", HOLDER, {"order_total": 100}),
    ),
    "level_has_fast_refunds": lambda: by_world(
        at_level(GOLD), at_level(PLATINUM), "request_fast_refund", HOLDER, {"order_total": 100}
    ),
    "order_is_within_the_fast_cap": lambda: by_fact(
        at_level(DIAMOND), "request_fast_refund", HOLDER, order_total=(10001, 10000)
    ),
    "anniversary_has_come": lambda: by_time(
        s.active(), "greet_anniversary", SYSTEM, START + 365 * DAY - INSTANT, START + 365 * DAY
    ),
}

LEVELS: dict[str, Scenario] = {**EARNING, **COUNTING, **ENJOYING}
