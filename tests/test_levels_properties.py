"""What holds of points and levels however they are earned, held against a recount from the log itself."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

import support as s
from hypothesis import given, settings
from hypothesis import strategies as st
from programmes import at
from scenarios_levels import BONUS, DIAMOND, GOLD, PLATINUM, SILVER
from support import HOLDER, SYSTEM

from lifecycle.fold import replay
from lifecycle.loyalty import level_card
from lifecycle.model import Event
from lifecycle.store.codec import decode_account, encode_account

READINGS: tuple[dict[str, Any], ...] = (
    {},
    {"return_revokes": "all_points"},
    {"level_window": 3, "points_expiry": 5, "return_window": 1, "levels": at(0, 5, 12, 30)},
    {"club_points": 3, "fan_monthly_cap": 4, "purchase_points": 7, "levels": at(0, 5, 12, 30)},
)
LADDER = (SILVER, GOLD, PLATINUM, DIAMOND)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("purchase", "purchase", "review", "visit", "club", "categories", "promotion", "return", "wait")
        ),
        st.sampled_from((0, 0, 5, 24, 30, 24 * 9, 24 * 31, 24 * 200)),
        st.integers(0, 9),
    ),
    max_size=60,
)
WALKS = given(steps=STEPS, reading=st.sampled_from(READINGS))
TRIED = settings(max_examples=150, deadline=None)


def walked(steps: Iterable[tuple[str, int, int]], reading: dict[str, Any]) -> s.World:
    """An account after these steps; what is refused is passed over."""
    world = s.active(promo_points=BONUS, **reading)
    for what, hours, number in steps:
        world.tick(dt.timedelta(hours=hours))
        facts: dict[str, Any] = {
            "points_source": what,
            "order": f"o-{number}",
            "order_total": 150 + 50 * number,
            "purchase_succeeded": True,
            "product_received": True,
            "categories_bought": number,
            "sale": "singles_day",
        }
        trigger, by = ("revoke_points", SYSTEM) if what == "return" else ("earn", HOLDER)
        if what != "wait" and not world.codes(trigger, by, facts):
            world.do(trigger, by, facts)
    return world


def worth(event: Event, p: Any) -> int:
    """What an earning is worth, told from its facts alone."""
    source = event.facts["points_source"]
    if source == "promotion":
        return p.promo_points[event.facts["sale"]]
    return {
        "purchase": p.purchase_points,
        "review": p.review_points,
        "visit": p.visit_points,
        "club": p.club_points,
        "categories": p.category_points,
    }[source]


def a_year_on(day: dt.date, months: int) -> dt.date:
    """The same day so many calendar months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def recounted(events: Iterable[Event], at: dt.datetime, months: int, p: Any) -> int:
    """The points at *at*, from the log: every earning one by one, with every return after it."""
    held: list[tuple[dt.date, str, int]] = []
    for event in events:
        if event.at > at:
            break
        if event.trigger == "earn":
            held.append(
                (
                    event.at.date(),
                    event.facts["order"] if event.facts["points_source"] == "purchase" else "",
                    worth(event, p),
                )
            )
        elif event.trigger == "revoke_points" and p.return_revokes == "all_points":
            held = []
        elif event.trigger == "revoke_points":
            # An order that was forgotten may earn again; what comes back is what it earned last.
            held.pop(max(n for n, one in enumerate(held) if one[1] == event.facts["order"]))
    return sum(points for day, _, points in held if a_year_on(day, months) >= at.date())


@WALKS
@TRIED
def test_the_ledger_says_what_the_log_says(steps: list[Any], reading: dict[str, Any]) -> None:
    """Points and what counts of them are the same as counted one by one from the log, now and in days to come."""
    world = walked(steps, reading)
    p = world.machine.policy.parameters
    for later in (0, 1, 29, 100, 364, 366):
        world.tick(dt.timedelta(days=later))
        card = level_card(world.machine.policy, world.account, world.command("", HOLDER))
        assert card.points == recounted(world.events, world.now, p.points_expiry, p)
        assert card.counted == recounted(world.events, world.now, min(p.level_window, p.points_expiry), p)
        assert sum(points for _, points in card.running_out) == card.points


@WALKS
@TRIED
def test_no_month_brings_more_than_its_caps(steps: list[Any], reading: dict[str, Any]) -> None:
    """Fan and club points of a month stay within their caps, whatever was taken back; a visit counts once a day."""
    world = walked(steps, reading)
    p = world.machine.policy.parameters
    fan, club, once = Counter[str](), Counter[str](), Counter[Any]()
    for event in (e for e in world.events if e.trigger == "earn"):
        month, source = f"{event.at:%Y-%m}", event.facts["points_source"]
        fan[month] += worth(event, p) if source in ("review", "visit") else 0
        club[month] += worth(event, p) if source == "club" else 0
        if source in ("visit", "categories"):
            once[source, event.at.date()] += 1
        if source == "purchase":
            assert event.facts["order_total"] >= p.purchase_min_value
    assert max(fan.values(), default=0) <= p.fan_monthly_cap
    assert max(club.values(), default=0) <= p.club_monthly_cap
    assert max(once.values(), default=0) <= 1


@WALKS
@TRIED
def test_every_month_end_gives_the_level_of_the_table(steps: list[Any], reading: dict[str, Any]) -> None:
    """A level changes at the first moment of a month and then only, to what the points of the last months ask for."""
    world = walked(steps, reading).tick(dt.timedelta(days=500))
    p = world.machine.policy.parameters
    level = SILVER
    for event in world.events:
        if event.machine != "level":
            continue
        assert event.source is level
        if event.trigger == "recount_level":
            assert (event.at.day, event.at.hour, event.at.minute, event.at.second) == (1, 0, 0, 0)
            points = recounted(world.events, event.at, min(p.level_window, p.points_expiry), p)
            assert event.dest is [each for each in LADDER if points >= p.levels[each.value].least][-1]
        else:
            assert event.dest is level
        level = event.dest
    assert world.account.level is level is SILVER


@WALKS
@TRIED
def test_the_folded_ledger_is_small_and_true(steps: list[Any], reading: dict[str, Any]) -> None:
    """The log folds to the account that lived it, the account survives its text, and a source has one entry a month."""
    world = walked(steps, reading)
    assert replay("acc", world.events) == world.account
    assert decode_account(encode_account(world.account), "acc") == world.account
    if reading.get("return_revokes") != "all_points":
        keys = Counter((entry.source, entry.month) for entry in world.account.points)
        assert max(keys.values(), default=1) == 1
    numbers = [entry.number for entry in world.account.points]
    assert len(set(numbers)) == len(numbers)
