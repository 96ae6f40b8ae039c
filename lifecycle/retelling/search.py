"""Finding what must have been said, where a log keeps only what came of it.

A log keeps why an attempt was refused, not with which facts and documents it was made. Any that are refused for the
same reasons tell the same story, so a few are tried until some are found; always the same ones for the same log.

Knows how to try. Does not know what is tried, nor any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

ABSENT: Final = object()
"""The choice of not saying a thing."""

_STARTS = 60
"""How often it is begun anew; what the first few do not find, more seldom do."""

_ROUNDS = 6
"""How often each thing is gone through from one beginning."""

Choice = Mapping[str, Any]
Misses = Callable[[Choice], int]
"""Answers how far what comes of a choice is from what came of it in the log; 0 if it is the same."""


def found(things: Mapping[str, Sequence[Any]], misses: Misses, begin: Choice) -> Choice | None:
    """Return a choice for each of *things* that misses nothing, near to *begin* and with as little said as it can be.

    None if none is found. A thing that *begin* does not name is first left out.
    """
    dice = Random(0)  # noqa: S311 - chance that comes out the same each time is what is wanted
    for start in range(_STARTS):
        choice = {name: begin.get(name, ABSENT) for name in things}
        if start:
            choice |= {name: dice.choice(several) for name, several in things.items() if dice.random() < 0.5}
        if (left := _improved(choice, things, misses)) is not None:
            return _shortened(left, misses)
    return None


def _improved(choice: dict[str, Any], things: Mapping[str, Sequence[Any]], misses: Misses) -> dict[str, Any] | None:
    best = misses(choice)
    for _ in range(_ROUNDS):
        if best == 0:
            return choice
        before = best
        for name, several in things.items():
            for value in several:
                tried = {**choice, name: value}
                if (missed := misses(tried)) < best:
                    choice, best = tried, missed
        if best == before:
            break
    return choice if best == 0 else None


def _shortened(choice: dict[str, Any], misses: Misses) -> Choice:
    for name in choice:
        shorter = {**choice, name: ABSENT}
        if misses(shorter) == 0:
            choice = shorter
    return {name: value for name, value in choice.items() if value is not ABSENT}
