"""The chapter of the levels on the page of the policy: where each begins, what it is good for, and how it is counted.

Knows how the choices of a programme are said. Does not know how a level is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lifecycle.policy.benefits import coupon_levels, discounts, event_levels, fast_refund_caps
from lifecycle.policy.parameters import Parameters
from lifecycle.prose.words import count, listed, plain, table
from lifecycle.rows import Policy

_MEASURE: Mapping[str, str] = {
    "points": "points",
    "money": "money spent, in US cents",
    "counts": "how often something was earned",
}
_WINDOW: Mapping[str, str] = {
    "since_review": "since the last review",
    "validity": "since the level was reached or renewed",
}
_UPGRADES: Mapping[str, str] = {
    "at_review": "A higher level waits for the review.",
    "at_once": "A higher level comes at once.",
}
_DOWNGRADES: Mapping[str, str] = {
    "earned": "A review lowers the level to the one that was earned.",
    "one_step": "A review lowers the level by one step at most.",
    "never": "No review lowers a level.",
}


def rising(policy: Policy) -> Iterator[str]:
    """Yield the chapter, if *policy* has a programme of levels."""
    p = policy.parameters
    if not isinstance(p, Parameters) or not p.ladder:
        return
    worth, caps = discounts(p), fast_refund_caps(p)
    rows = [
        (
            level.words,
            str(rung.least),
            count(rung.valid_months, "month") if rung.valid_months else "until a review lowers it",
            f"{worth[level]} per cent",
            str(caps.get(level, "none")),
            "yes" if level in event_levels(p) else "no",
            "yes" if level in coupon_levels(p) else "no",
            rung.says,
        )
        for level, rung in p.rungs.items()
    ]
    head = (
        "level",
        "from",
        "valid for",
        "discount",
        "refunded fast up to",
        "exclusive prices",
        "daily coupons",
        "what it is",
    )
    yield f"## The levels\n\n{' '.join(_how(p))}\n\n{table(head, rows)}"


def _how(p: Parameters) -> Iterator[str]:
    sources = listed(plain(source) for source in p.level_sources)
    window = _WINDOW.get(p.level_window_kind) or f"of the last {_months(p.level_window)}"
    yield f"What makes the level is {_MEASURE[p.level_measure]}, from {sources}, {window}."
    if p.level_weights != (100,):
        each = listed(f"{weight} per cent" for weight in p.level_weights)
        yield f"Of it counts, by months of age, {each}." if len(p.level_weights) > 1 else f"Of it count {each}."
    if p.level_joining == "by_joining":
        yield "Only an account that has joined the programme has a level."
    yield f"The level is reviewed {_review(p)}."
    if p.level_review != "on_entry":
        yield _UPGRADES[p.level_upgrades]
    yield _DOWNGRADES[p.level_downgrades]
    if p.level_after_review != "kept":
        left = (
            f"carries {p.level_aged_to} per cent of the sum over" if p.level_after_review == "aged" else "begins anew"
        )
        yield f"After a review the count {left}."


def _review(p: Parameters) -> str:
    return {
        "on_entry": "with every entry, and when what counts has run out",
        "day_of_month": f"on day {p.level_review_day} of each month",
        "month_end": "at the end of each month",
        "every_days": f"every {p.level_review_days} days",
        "anniversary": "on each anniversary of the registration",
    }[p.level_review]


def _months(number: int) -> str:
    return "month" if number == 1 else f"{number} months"
