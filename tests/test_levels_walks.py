"""Any programme, any walk through it: what never happens, and sums that a naive count from the log comes to as well."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import support as s
from hypothesis import given, settings
from hypothesis import strategies as st
from programmes import programme, rungs
from support import HOLDER, SYSTEM
from test_levels_programmes import FREE
from test_levels_properties import a_year_on

from lifecycle.errors import BadParameters
from lifecycle.fold import evolve, replay
from lifecycle.model import Account, Event
from lifecycle.policy import standing
from lifecycle.policy.parameters import Parameters
from lifecycle.store.codec import decode_account, encode_account

CHOICES: dict[str, tuple[Any, ...]] = {
    "levels": (
        rungs(low=0, mid=3, top=8),
        rungs(low=0, mid=(2, 2), top=(6, 3)),
        rungs(one=0, two=2, three=4, four=6),
    ),
    "level_measure": ("points", "money", "counts"),
    "level_sources": (("purchase", "visit", "club"), ("purchase",), ("purchase", "club")),
    "level_window_kind": ("rolling", "since_review", "validity"),
    "level_window": (1, 3, 12),
    "level_weights": ((100,), (60,), (100, 50, 0)),
    "level_review": ("on_entry", "on_entry", "day_of_month", "month_end", "every_days", "anniversary"),
    "level_review_days": (7, 30),
    "level_upgrades": ("at_review", "at_once"),
    "level_downgrades": ("earned", "one_step", "never"),
    "level_after_review": ("kept", "kept", "aged", "reset"),
    "points_expiry": (2, 12),
    "purchase_points": (0, 3),
}


def shapes(number: int) -> Iterator[dict[str, Any]]:
    """So many programmes at random, always the same ones; those that contradict themselves are passed over."""
    dice = random.Random(11)
    while number:
        chosen = {name: dice.choice(held) for name, held in CHOICES.items()}
        shape = {**FREE, "return_window": 12, **programme(chosen.pop("levels"), **chosen)}
        try:
            Parameters(**shape)
        except BadParameters:
            continue
        number -= 1
        yield shape


SHAPES = st.sampled_from(tuple(shapes(60)))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("buy", "buy", "buy", "visit", "post", "back", "wait")),
        st.sampled_from((0, 3, 24, 24 * 4, 24 * 13, 24 * 31, 24 * 100)),
        st.integers(1, 8),
    ),
    min_size=4,
    max_size=25,
)
LATER = (("wait", 24 * 45, 1), ("wait", 24 * 200, 1), ("wait", 24 * 400, 1))
"""After every walk time goes on, so that what was earned runs out."""
TRIED = settings(max_examples=120, deadline=None)


def walk(world: s.World, steps: list[tuple[str, int, int]]) -> Iterator[s.World]:
    """The account after each step; what is refused is passed over, and every timer that is due goes off first."""
    for number, (what, hours, amount) in enumerate((*steps, *LATER)):
        world.tick(dt.timedelta(hours=hours))
        source = {"buy": "purchase", "visit": "visit", "post": "club"}.get(what, "")
        facts = {"points_source": source, "order": f"o-{number}", "order_total": amount, "purchase_succeeded": True}
        if what == "back":
            facts = {"order": f"o-{number - amount}"}
        trigger, by = ("revoke_points", SYSTEM) if what == "back" else ("earn", HOLDER)
        if what != "wait" and not world.codes(trigger, by, facts):
            world.do(trigger, by, facts)
        yield world


def before_each(world: s.World) -> Iterator[tuple[Account, Event]]:
    """Each event with the account it happened to."""
    account = Account("acc")
    for event in world.events:
        yield account, event
        account = evolve(account, event)


def naive(events: list[Event], at: dt.datetime, p: Any) -> int:
    """The sum at *at*, from the log alone: every entry and its return one by one, through every review."""
    held: dict[str, tuple[dt.datetime, int]] = {}
    carried = 0
    for event in events:
        if event.trigger == "earn":
            source = event.facts["points_source"]
            name = event.facts["order"] if source == "purchase" else f"event {event.version}"
            worth = {
                "points": p.purchase_points if source == "purchase" else 1,
                "money": event.facts.get("order_total", 0) if source == "purchase" else 0,
                "counts": 1,
            }[p.level_measure]
            if source in p.level_sources:
                held[name] = (event.at, worth)
        elif event.trigger == "revoke_points":
            held.pop(event.facts["order"], None)
        elif event.trigger in ("recount_level", "count_entry"):
            review = event.trigger == "recount_level" or p.level_review == "on_entry"
            if review and p.level_after_review != "kept":
                carried = told(event)["counted"] * p.level_aged_to // 100 if p.level_after_review == "aged" else 0
                held = {}
            if (review and p.level_window_kind == "since_review") or (
                p.level_window_kind == "validity" and told(event)["reached"] == event.version
            ):
                held = {}
    return sum(weighed(day, worth, at, p) for day, worth in held.values()) // 100 + carried


def weighed(day: dt.datetime, worth: int, at: dt.datetime, p: Any) -> int:
    """What an entry of *day* brings to a sum at *at*, in hundredths."""
    months = p.level_window if p.level_window_kind == "rolling" else 500
    months = min(months, p.points_expiry) if p.level_measure == "points" else months
    old = next((n for n in range(months) if a_year_on(day.date(), n + 1) >= at.date()), None)
    if old is None:
        return 0
    return worth * (p.level_weights[old] if len(p.level_weights) > 1 else p.level_weights[0])


def told(event: Event) -> dict[str, Any]:
    """What a count recorded."""
    (change,) = (change for change in event.changes if (change.do, change.name) == ("open", "level_count"))
    return dict(change.values)


@given(shape=SHAPES, steps=STEPS)
@TRIED
def test_a_sum_is_what_a_naive_count_comes_to(shape: dict[str, Any], steps: list[Any]) -> None:
    """After each step the sum is that of the log counted one by one; and every count recorded such a sum and its window."""
    world = s.active(**shape)
    p = world.machine.policy.parameters
    for after in walk(world, steps):
        assert standing.level_sum(after.account, after.now, p) == naive(list(after.events), after.now, p)
    for n, (account, event) in enumerate(before_each(world)):
        if event.trigger in ("recount_level", "count_entry"):
            found = told(event)
            assert found["counted"] == naive(list(world.events[:n]), event.at, p)
            assert found["begins"] <= found["ends"] == event.at.isoformat()
            assert found["begins"] == standing.begins(account, event.at, p).isoformat()


@given(shape=SHAPES, steps=STEPS)
@TRIED
def test_an_entry_never_lowers_a_level(shape: dict[str, Any], steps: list[Any]) -> None:
    """Whatever is earned leaves the level or raises it; only a review or the end of the account lowers one."""
    world = s.active(**shape)
    ladder = world.machine.policy.levels
    for _ in walk(world, steps):
        pass
    for event in (event for event in world.events if event.machine == "level" and event.trigger != "recount_level"):
        assert ladder.index(event.dest) >= ladder.index(event.source)


@given(shape=SHAPES, steps=STEPS)
@TRIED
def test_a_review_lowers_as_far_as_it_may(shape: dict[str, Any], steps: list[Any]) -> None:
    """Where levels never fall no count lowers one; by one step where it is one step; and none before its term is over."""
    world = s.active(**shape)
    p, ladder = world.machine.policy.parameters, world.machine.policy.levels
    for _ in walk(world, steps):
        pass
    for account, event in before_each(world):
        if event.machine != "level" or ladder.index(event.dest) >= ladder.index(event.source):
            continue
        steps_down = ladder.index(event.source) - ladder.index(event.dest)
        assert p.level_downgrades != "never"
        assert p.level_downgrades == "earned" or steps_down == 1
        until = standing.valid_until(account, p)
        assert until is None or event.at >= until


@given(shape=SHAPES, steps=STEPS)
@TRIED
def test_a_level_is_what_its_sum_makes(shape: dict[str, Any], steps: list[Any]) -> None:
    """A count never leaves an account below what it counted, and where levels rise at once, no entry does either."""
    world = s.active(**shape)
    p, ladder = world.machine.policy.parameters, world.machine.policy.levels
    for _ in walk(world, steps):
        pass
    for account, event in before_each(world):
        if event.trigger not in ("recount_level", "count_entry"):
            continue
        made = standing.level_for(told(event)["counted"], p)
        assert ladder.index(event.dest) >= ladder.index(made)
        if event.trigger == "recount_level" and p.level_downgrades == "earned":
            until = standing.valid_until(account, p)
            assert event.dest is made or (until is not None and event.at < until)


@given(shape=SHAPES, steps=STEPS)
@TRIED
def test_the_log_makes_the_same_account(shape: dict[str, Any], steps: list[Any]) -> None:
    """The log folds to the account that lived it, the account survives its text, and a quiet one comes to rest."""
    world = s.active(**shape)
    for _ in walk(world, steps):
        pass
    assert replay("acc", world.events) == world.account
    assert decode_account(encode_account(world.account), "acc") == world.account
    for _ in range(5):
        world.tick(dt.timedelta(days=700))
    standing_still = [timer.name for timer in world.account.timers if timer.name == "recount_level"]
    if world.machine.policy.parameters.level_downgrades != "never":
        assert world.account.level is world.machine.policy.levels[0]
        assert standing_still == []
