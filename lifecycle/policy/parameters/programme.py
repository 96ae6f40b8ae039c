"""Parameters: member levels and points. The programme is data: its levels, what is counted, over which time, and when."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.model import LEVELS, NO_LEVEL, TAKEN, Level
from lifecycle.model.states import LEVEL_NAME
from lifecycle.policy.parameters.naming import DATA, days, named, table

LEGACY = Level("legacy")
"""Where an account of the old programme stands until it is brought over (G5-03)."""

LEGACY_CODES = ("A0", "A1", "A2", "A3", "A4")
"""The five levels of the old programme, the lowest first (G5-03)."""

PURCHASE, REVIEW, VISIT, CLUB, CATEGORIES, PROMOTION = (
    *("purchase", "review", "visit", "club", "categories", "promotion"),
)
"""Where points come from (G5-05). A promotion's entry says of which sale: ``promotion:christmas``."""

SOURCES = (PURCHASE, REVIEW, VISIT, CLUB, CATEGORIES, PROMOTION)

_RESERVED = frozenset({*TAKEN, LEGACY.value, NO_LEVEL.value, "none", "same", "unknown"})


@frozen
class Rung:
    """A level of the programme. ``least`` is the sum from which an account is at it; at 0 every account begins.

    For ``valid_months`` after it was reached or renewed the level is not lowered; where that time is also what is counted
    over, 0 stands for ``level_window``. The rest is what it is good for: the ``discount`` in per cent, the most an order
    may cost that is refunded fast in US cents, exclusive prices and daily coupons. Where ``discount`` or
    ``fast_refund_cap`` is not set, the parameter called after the level says it, as ``discount_gold`` does; without one
    the level has none.
    """

    name: str
    least: int
    says: str = ""
    valid_months: int = 0
    discount: int | None = None
    fast_refund_cap: int | None = None
    exclusive_prices: bool = False
    daily_coupons: bool = False

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with it by itself."""
        if not LEVEL_NAME.match(self.name):
            yield "a level is called by small letters, digits and _, a letter first, at most 32 of them"
        if self.name in _RESERVED:
            yield f'no level can be called "{self.name}": that is a word of the machines'
        for name, what in (("least", self.least), ("valid_months", self.valid_months)):
            if what < 0:
                yield f"{name} cannot be negative, as {what} is"
        if self.discount is not None and not 0 <= self.discount <= 100:
            yield f"discount must be from 0 to 100 per cent, not {self.discount}"
        if self.fast_refund_cap is not None and self.fast_refund_cap < 0:
            yield f"fast_refund_cap cannot be negative, as {self.fast_refund_cap} is"

    @property
    def level(self) -> Level:
        """The level it describes."""
        return LEVELS[self.name]


RUNGS: Mapping[str, Rung] = MappingProxyType(
    {
        rung.name: rung
        for rung in (
            Rung("silver", 0, "where everybody begins"),
            Rung("gold", 50),
            Rung("platinum", 200, exclusive_prices=True),
            Rung("diamond", 600, exclusive_prices=True, daily_coupons=True),
        )
    }
)
"""The levels of the guides' programme (G5-06); where each begins is ours (A-24)."""


def _every_month_has_it(day: int) -> Iterator[str]:
    if not 1 <= day <= 28:
        yield f"must be a day that every month has, from 1 to 28, not {day}"


@frozen(kw_only=True, slots=False)
class Programme:
    """Member levels and points."""

    # earning
    purchase_points: int = named(5, "points of a purchase", "G5-22", unit="points")
    purchase_min_value: int = named(200, "worth from which a purchase earns points", "G5-22", unit="US cents")
    review_points: int = named(1, "fan points of a review", "G5-24", unit="points")
    visit_points: int = named(1, "fan points of the first visit of a day", "G5-25", "A-28", unit="points")
    fan_monthly_cap: int = named(
        10, "most fan points of a month, reviews and visits together", "G5-26", "X-34", unit="points"
    )
    category_points: int = named(1, "points of buying from different categories on one day", "G5-28", unit="points")
    category_min: int = named(
        2, "categories bought from on one day that count as different", "G5-28", ours=True, unit="categories", least=1
    )
    club_points: int = named(2, "points of a post in the club", "G5-29", unit="points")
    club_monthly_cap: int = named(10, "most club points of a month", "G5-30", unit="points")
    promo_points: Mapping[str, int] = named(
        MappingProxyType({"singles_day": 0, "christmas": 0}),
        "bonus points of each sale of the year; nothing until somebody sets them",
        "G5-18",
        "G5-27",
        "A-29",
        ours=True,
        unit="points",
    )
    # the levels, what is counted for them, and over which time
    levels: Mapping[str, Rung] = table(
        RUNGS,
        Rung,
        "the levels of the programme and the sum from which an account is at each; the lowest begins at 0",
        *("G5-06", "G5-07", "A-24"),
        ours=True,
    )
    level_joining: str = named(
        "at_registration",
        "whether every account takes part in the programme, or only one that has joined it",
        "G5-04",
        choices=("at_registration", "by_joining"),
    )
    level_measure: str = named(
        "points",
        "what makes the level: points, the money spent on purchases, or how often something was earned",
        "G5-19",
        choices=("points", "money", "counts"),
    )
    level_sources: tuple[str, ...] = named(SOURCES, "what counts for the level", "G5-05", choices=SOURCES)
    level_window_kind: str = named(
        "rolling",
        "over which time is counted: the last months, since the last review, or since the level was reached or renewed",
        "G5-19",
        choices=("rolling", "since_review", "validity"),
    )
    level_window: int = named(12, "months whose points make the level", "G5-19", unit="months", least=1)
    level_weights: tuple[int, ...] = named(
        (100,),
        "how much counts in each month of its age, in per cent, the youngest first; one number is for all of them",
        "G5-19",
        unit="per cent",
    )
    points_expiry: int = named(12, "months after which points are gone", "G5-34", "A-25", unit="months", least=1)
    # when it is counted, and what follows
    level_review: str = named(
        "month_end",
        "when the level is reviewed",
        "G5-20",
        choices=("on_entry", "day_of_month", "month_end", "every_days", "anniversary"),
    )
    level_review_day: int = named(
        1,
        "day of the month on which the level is reviewed, where it is one of each month",
        "G5-20",
        ours=True,
        unit="day of a month",
        check=_every_month_has_it,
    )
    level_review_days: int = named(
        30, "days between two reviews, where they come every so many days", "G5-20", ours=True, unit="days", least=1
    )
    level_upgrades: str = named(
        "at_review",
        "whether a higher level waits for the review",
        "G5-20",
        choices=("at_review", "at_once"),
    )
    level_downgrades: str = named(
        "earned",
        "how far a review lowers a level: to the one that was earned, by one step, or never",
        *("G5-21", "G5-35"),
        choices=("earned", "one_step", "never"),
    )
    level_after_review: str = named(
        "kept",
        "what a review leaves of what it counted: all of it, a part, or nothing",
        "G5-34",
        choices=("kept", "aged", "reset"),
    )
    level_aged_to: int = named(
        50, "how much of the sum a review carries over, where it leaves a part", "G5-34", ours=True, unit="per cent"
    )
    inactivity_rule: str = named(
        "rolling_only",
        "whether time without activity only lets points run out, or costs a level as well",
        "X-35",
        choices=("rolling_only", "monthly_penalty"),
    )
    inactive_month: int = named(
        1, "months without any earning that cost a level", "G5-21", "X-35", unit="months", least=1
    )
    announce_level_loss: bool = named(
        False, "whether the holder is told of a lower level", "A-51", ours=True, choices=(False, True)
    )
    level_entry_points: Mapping[str, str] = named(
        MappingProxyType({"web": "Member Center", "mobile": "Partner Program"}),
        "where the holder finds the level under My Account",
        "G5-32",
        "G5-33",
        kind=DATA,
    )
    # what comes back
    return_revokes: str = named(
        "order_points",
        "which points an order that comes back takes away",
        "X-33",
        "A-27",
        choices=("order_points", "all_points"),
    )
    return_window: int = named(
        3,
        "whole months after which an order that comes back takes no points away any more",
        "G5-23",
        ours=True,
        unit="months",
    )
    # the old programme
    legacy_mapping: tuple[str, ...] = named(
        ("silver", "silver", "gold", "platinum", "diamond"),
        "what the old levels A0 to A4 become, in that order; nothing where there was no old programme",
        "G5-01",
        "G5-03",
        ours=True,
        kind=DATA,
    )
    migration_points: str = named(
        "threshold",
        "the points an account brings from the old programme: those its new level asks for, or none",
        "G5-03",
        "G5-07",
        ours=True,
        choices=("threshold", "none"),
    )
    # benefits
    discount_silver: int = named(5, "discount of a silver holder on the brand of the week", "G5-08", unit="per cent")
    discount_gold: int = named(8, "discount of a gold holder, at most", "G5-09", unit="per cent")
    discount_platinum: int = named(10, "discount of a platinum holder", "G5-10", unit="per cent")
    discount_diamond: int = named(25, "discount of a diamond holder", "G5-11", unit="per cent")
    brand_rotation: Period = named(days(7), "time one brand is featured before the next", "G5-12")
    fast_refund_cap_platinum: int = named(
        2500,
        "most an order may cost that a platinum holder has refunded fast",
        "G5-14",
        "A-26",
        "X-32",
        unit="US cents",
    )
    fast_refund_cap_diamond: int = named(
        10000,
        "most an order may cost that a diamond holder has refunded fast",
        "G5-14",
        "A-26",
        "X-32",
        unit="US cents",
    )

    @functools.cached_property
    def rungs(self) -> dict[Level, Rung]:
        """What the programme says of each level, from the lowest up."""
        return {rung.level: rung for rung in sorted(self.levels.values(), key=lambda rung: rung.least)}

    @functools.cached_property
    def ladder(self) -> tuple[Level, ...]:
        """The levels, the lowest first; none where there is no programme."""
        return tuple(self.rungs)

    @property
    def old_levels(self) -> tuple[Level, ...]:
        """Where an account of an old programme stands, if there was one, and one that has not joined, if it has to."""
        found = (
            *((LEGACY,) if self.legacy_mapping else ()),
            *((NO_LEVEL,) if self.level_joining == "by_joining" else ()),
        )
        return found if self.ladder else ()
