"""What must hold between parameters: a least and a most, an early limit and a late one, steps that rise.

Knows the pairs. Does not know how a single value is checked: see `lifecycle.policy.parameters.naming`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import BusinessDays, spoken
from lifecycle.policy.parameters.levels import LADDER, LEGACY_CODES


@frozen
class Pair:
    """Two parameters of which the first may not be more than the second; ``why`` ends the sentence."""

    low: str
    high: str
    why: str
    strictly: bool = False


PAIRS: tuple[Pair, ...] = (
    Pair(
        "unlock_code_resend_delay", "unlock_code_ttl", "another code can be had while the first is alive", strictly=True
    ),
    Pair("deletion_code_ttl", "deletion_abandon_after", "a deletion is not dropped while its code is alive"),
    Pair("deletion_processing", "stalled_after", "a closure is not late before it is due"),
    Pair("chat_wait_normal_max", "chat_wait_peak_min", "a large sale lengthens the wait"),
    Pair("linkage_same_person_at", "linkage_suspends_at", "who is suspended for a link counts as the same person"),
    Pair("appeal_words_soft", "appeal_words_hard", "the advice is stricter than the limit"),
)
"""Beside these, every ``…_min`` may not be more than the ``…_max`` of the same name."""


def pairs(names: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the pairs that hold among parameters called *names*."""
    yield from (pair for pair in PAIRS if pair.low in names and pair.high in names)
    for low in names:
        if low.endswith("_min") and (high := f"{low.removesuffix('_min')}_max") in names:
            yield Pair(low, high, "the least is not more than the most")


def disagreements(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield for each two *values* that do not fit each other the first name, and what is wrong.

    Working days are held against working days and hours against hours; the two kinds are not compared.
    """
    for pair in pairs(values):
        low, high = values[pair.low], values[pair.high]
        a, b = _size(low), _size(high)
        if type(low) is type(high) and (a >= b if pair.strictly else a > b):
            must = "must be less than" if pair.strictly else "may not be more than"
            yield pair.low, f"{must} {pair.high}: {pair.why}. They are {_told(low)} and {_told(high)}"
    yield from _rising(values)
    yield from _one_for_each(values)


def _one_for_each(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each level has a threshold, the lowest 0; each level of the old programme has one that it becomes."""
    thresholds, mapping = values.get("level_thresholds"), values.get("legacy_mapping")
    if thresholds is not None and (len(thresholds) != len(LADDER) or thresholds[0] != 0):
        yield "level_thresholds", f"must give a threshold for each of the {len(LADDER)} levels, 0 for the lowest"
    names = [level.value for level in LADDER]
    if mapping is not None and (len(mapping) != len(LEGACY_CODES) or not set(mapping) <= set(names)):
        yield "legacy_mapping", f"must give one of {', '.join(names)} for each of {', '.join(LEGACY_CODES)}"


def _rising(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, steps in values.items():
        if name.endswith("_thresholds") and any(a >= b for a, b in zip(_steps(steps), _steps(steps)[1:], strict=False)):
            yield name, f"must rise from step to step: {', '.join(map(str, _steps(steps)))} do not"


def _steps(steps: Any) -> tuple[Any, ...]:
    return tuple(steps.values()) if isinstance(steps, Mapping) else tuple(steps)


def _size(value: Any) -> Any:
    return value.days if isinstance(value, BusinessDays) else value


def _told(value: Any) -> str:
    return spoken(value) if isinstance(value, dt.timedelta | BusinessDays) else str(value)
