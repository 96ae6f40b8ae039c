"""What must hold in a programme of levels: thresholds that rise, and choices that can be kept together.

Knows what contradicts itself among the parameters of the programme. Does not know how a level is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from lifecycle.policy.parameters.programme import LEGACY_CODES, Rung

Found = Iterator[tuple[str, str]]


def wrong_programme(values: Mapping[str, Any]) -> Found:
    """Yield for each of *values* of a programme that does not fit the others its name, and what is wrong.

    Values that are missing are wrong by themselves, and were named before.
    """
    levels: Mapping[str, Rung] | None = values.get("levels")
    if levels is not None:
        yield from _rising(levels)
        yield from _old_ones(levels, values.get("legacy_mapping"))
        yield from _valid(levels, values)
    yield from _weighted(values)
    yield from _reviewed(values)


def _rising(levels: Mapping[str, Rung]) -> Found:
    rungs = sorted(levels.values(), key=lambda rung: rung.least)
    if rungs and rungs[0].least != 0:
        yield "levels", f"must have one at 0, where every account begins; the lowest, {rungs[0].name}, asks for more"
    for low, high in pairwise(rungs):
        if low.least == high.least:
            yield "levels", f"must rise: {low.name} and {high.name} both begin at {low.least}"


def _old_ones(levels: Mapping[str, Rung], mapping: tuple[str, ...] | None) -> Found:
    if mapping and (len(mapping) != len(LEGACY_CODES) or not set(mapping) <= levels.keys()):
        names = ", ".join(sorted(levels, key=lambda name: levels[name].least)) or "the levels, of which there are none,"
        told = f"must give one of {names} for each of {', '.join(LEGACY_CODES)}"
        yield "legacy_mapping", f"{told}; or none at all, where there was no old programme"


def _valid(levels: Mapping[str, Rung], values: Mapping[str, Any]) -> Found:
    kind, falls = values.get("level_window_kind"), values.get("level_downgrades")
    lasting = [name for name, rung in levels.items() if rung.valid_months]
    if kind is not None and kind != "validity" and falls == "never" and lasting:
        yield "levels", f"give months of validity to {', '.join(lasting)}, and no level is ever lowered"


def _weighted(values: Mapping[str, Any]) -> Found:
    weights, months = values.get("level_weights"), values.get("level_window")
    if weights is None or months is None:
        return
    if not weights:
        yield "level_weights", "must give at least one number, such as 100 for all that counts"
    elif len(weights) not in (1, months):
        yield "level_weights", f"must give one number, or one for each of the {months} months, not {len(weights)}"
    if any(young < old for young, old in pairwise(weights)):
        yield "level_weights", "may not rise: what is older never counts for more"
    kind = values.get("level_window_kind", "rolling")
    if len(weights) > 1 and kind != "rolling":
        yield "level_weights", f"give a number for each month of a rolling window, and level_window_kind is {kind}"


def _reviewed(values: Mapping[str, Any]) -> Found:
    if values.get("level_review") == "on_entry":
        if values.get("level_window_kind") == "since_review":
            yield "level_window_kind", "cannot be since_review where every entry is a review: nothing would add up"
        if values.get("level_after_review", "kept") != "kept":
            left = values["level_after_review"]
            yield "level_after_review", f"cannot be {left} where every entry is a review: nothing would add up"
        if values.get("inactivity_rule") == "monthly_penalty":
            yield (
                "inactivity_rule",
                "cannot cost a level where every entry is a review: no review sees a month without any",
            )
    if values.get("inactivity_rule") == "monthly_penalty" and values.get("level_downgrades") == "never":
        yield "inactivity_rule", "cannot cost a level where level_downgrades says that none is ever lowered"
    if values.get("level_sources") == ():
        yield "level_sources", "must name something that counts"
    money, sources = values.get("level_measure") == "money", values.get("level_sources")
    if money and sources and "purchase" not in sources:
        yield "level_sources", "must hold purchase where the level is measured in money: nothing else brings any"
