"""What the tables of guard scenarios are made with: one attempt twice, refused by one guard alone, then not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from support import World

from lifecycle.model import Actor, Decision, Evidence

Pair = tuple[Decision, Decision]
Scenario = Callable[[], Pair]


def by_fact(
    world: World,
    trigger: str,
    by: Actor,
    facts: Mapping[str, Any] | None = None,
    evidence: Iterable[Evidence] = (),
    **both: tuple[Any, Any],
) -> Pair:
    """The attempt with the first value of a fact, then with the second."""
    ((name, values),) = both.items()
    bad, good = (world.ask(trigger, by, {**(facts or {}), name: value}, evidence) for value in values)
    return bad, good


def by_evidence(
    world: World, trigger: str, by: Actor, bad: Iterable[Evidence], good: Iterable[Evidence], facts: Any = None
) -> Pair:
    """The attempt with one set of evidence, then with another."""
    return world.ask(trigger, by, facts, bad), world.ask(trigger, by, facts, good)


def by_time(
    world: World, trigger: str, by: Actor, bad: dt.datetime, good: dt.datetime, facts: Any = None, evidence: Any = ()
) -> Pair:
    """The attempt at one moment, then at another."""
    return world.ask(trigger, by, facts, evidence, bad), world.ask(trigger, by, facts, evidence, good)


def by_world(bad: World, good: World, trigger: str, by: Actor, facts: Any = None, evidence: Any = ()) -> Pair:
    """The attempt in one situation, then in another."""
    return bad.ask(trigger, by, facts, evidence), good.ask(trigger, by, facts, evidence)
