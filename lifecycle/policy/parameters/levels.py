"""Parameters: member levels and points."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.model import Level
from lifecycle.policy.parameters.naming import DATA, days, named

LADDER = (Level.SILVER, Level.GOLD, Level.PLATINUM, Level.DIAMOND)
"""The levels of the programme, the lowest first (G5-06)."""

LEGACY_CODES = ("A0", "A1", "A2", "A3", "A4")
"""The five levels of the old programme, the lowest first (G5-03)."""

_NAMES = tuple(level.value for level in LADDER)


@frozen(kw_only=True, slots=False)
class Levels:
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
    # counting
    level_thresholds: tuple[int, ...] = named(
        (0, 50, 200, 600),
        f"points from which an account is {', '.join(_NAMES)}",
        "G5-06",
        "G5-07",
        "A-24",
        ours=True,
        unit="points",
    )
    level_window: int = named(12, "months whose points make the level", "G5-19", unit="months", least=1)
    points_expiry: int = named(12, "months after which points are gone", "G5-34", "A-25", unit="months", least=1)
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
    # the old programme
    legacy_mapping: tuple[str, ...] = named(
        ("silver", "silver", "gold", "platinum", "diamond"),
        "what the old levels A0 to A4 become, in that order",
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
