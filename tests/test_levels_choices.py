"""Both readings of every choice about points and levels."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import support as s
from programmes import Rungs
from programmes import at as steps
from scenarios_levels import DIAMOND, GOLD, LEGACY, PLATINUM, SILVER, at_level, bought, earned
from support import DAY, HOLDER, SYSTEM
from test_levels_benefits import card

from lifecycle.errors import BadParameters
from lifecycle.fold import replay
from lifecycle.imports import imported
from lifecycle.model import NO_LEVEL, Level, State
from lifecycle.policy import ledger, standing
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.programme import RUNGS, Rung

MARCH, APRIL, MAY = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (3, 4, 5))


def until(world: s.World, at: dt.datetime) -> s.World:
    """The same account with every timer applied that is due by then."""
    return world.tick(at - world.now)


@pytest.mark.parametrize("value", ["order_points", "all_points"])
def test_return_revokes(value: str) -> None:
    """An order that comes back takes its own points away, or all that were collected so far."""
    world = bought("o-1", "o-2", return_revokes=value)
    earned(world, "club").do("revoke_points", SYSTEM, {"order": "o-1"})
    assert ledger.balance(world.account, world.now, 12) == (7 if value == "order_points" else 0)
    again = world.codes("revoke_points", SYSTEM, {"order": "o-2"})
    assert again == ([] if value == "order_points" else ["order_takes_points_away"])
    bought("o-3", world=world.wait(DAY))
    assert ledger.balance(world.account, world.now, 12) == (12 if value == "order_points" else 5)


@pytest.mark.parametrize("value", ["order_points", "all_points"])
def test_a_stranger_among_the_orders(value: str) -> None:
    """An order that never earned points takes none of its own; where a return costs everything, it costs that too."""
    codes = bought("o-1", return_revokes=value).codes("revoke_points", SYSTEM, {"order": "o-9"})
    assert codes == (["order_takes_points_away"] if value == "order_points" else [])


@pytest.mark.parametrize("value", ["rolling_only", "monthly_penalty"])
def test_inactivity_rule(value: str) -> None:
    """A month without any earning leaves the level alone, or costs one; the month after it is earned back."""
    world = until(bought(*(f"o-{n}" for n in range(40)), inactivity_rule=value), MARCH)
    assert world.account.level is PLATINUM
    assert until(world, APRIL).account.level is (PLATINUM if value == "rolling_only" else GOLD)
    earned(world, "visit")
    assert until(world, MAY).account.level is PLATINUM


def test_the_penalty_ends_at_the_lowest_level() -> None:
    """Month after month without an earning leads down to silver and stays there, however many points there are."""
    world = until(bought(*(f"o-{n}" for n in range(40)), inactivity_rule="monthly_penalty"), MARCH)
    levels = [until(world, MARCH.replace(month=month)).account.level for month in (4, 5, 6)]
    assert levels == [GOLD, SILVER, SILVER]


def test_more_idle_months_may_be_forgiven() -> None:
    """Where two months make an idle time, one alone costs nothing."""
    world = bought(*(f"o-{n}" for n in range(40)), inactivity_rule="monthly_penalty", inactive_month=2)
    levels = [until(world, MARCH.replace(month=month)).account.level for month in (3, 4, 5)]
    assert levels == [PLATINUM, PLATINUM, GOLD]


@pytest.mark.parametrize("value", [False, True])
def test_announce_level_loss(value: bool) -> None:
    """A lower level is told to the holder, or not; a higher one is seen in the account."""
    world = until(bought(*(f"o-{n}" for n in range(10)), announce_level_loss=value), MARCH)
    assert (world.account.level, world.events[-1].notices) == (GOLD, ())
    until(world, MARCH.replace(year=2027))
    assert world.account.level is SILVER
    (sunk,) = (e for e in world.events if e.machine == "level" and e.dest is SILVER and e.source is GOLD)
    assert sunk.notices == (("level_lowered",) if value else ())


@pytest.mark.parametrize("value", ["threshold", "none"])
def test_migration_points(value: str) -> None:
    """A level from the old programme stands on points for a year, or holds only until the first count."""
    world = at_level(LEGACY, migration_points=value).do("migrate_programme", SYSTEM, {"legacy_level": "A3"})
    assert ledger.balance(world.account, world.now, 12) == (200 if value == "threshold" else 0)
    assert world.account.level is PLATINUM
    assert until(world, MARCH).account.level is (PLATINUM if value == "threshold" else SILVER)


def test_legacy_mapping() -> None:
    """What the old levels become is the policy's to say."""
    mapping = ("silver", "silver", "silver", "gold", "gold")
    world = at_level(LEGACY, legacy_mapping=mapping).do("migrate_programme", SYSTEM, {"legacy_level": "A4"})
    assert world.account.level is GOLD


@pytest.mark.parametrize("wrong", [("silver",) * 4, ("silver",) * 6, ("silver", "silver", "gold", "gold", "bronze")])
def test_the_mapping_names_a_level_for_each_old_one(wrong: tuple[str, ...]) -> None:
    """Five old levels, each with one of the four."""
    with pytest.raises(BadParameters, match="legacy_mapping must give one of silver, gold, platinum, diamond"):
        Parameters(legacy_mapping=wrong)


def ladder(**choices: Any) -> dict[str, Any]:
    """The guides' levels beginning at 0, 10, 20 and 30, with these choices."""
    return {"levels": steps(0, 10, 20, 30), "visit_points": 1, "fan_monthly_cap": 1000, **choices}


def level_and_sum(world: s.World) -> tuple[Level, int]:
    """The level, and what makes it now."""
    return world.account.level, standing.level_sum(world.account, world.now, world.machine.policy.parameters)


@pytest.mark.parametrize(("value", "total"), [("points", 11), ("money", 400), ("counts", 3)])
def test_level_measure(value: str, total: int) -> None:
    """Two purchases for two dollars and a visit: eleven points, four hundred cents, or three times."""
    world = earned(bought("o-1", "o-2", **ladder(level_measure=value)), "visit")
    assert level_and_sum(world) == (SILVER, total)
    world.do("revoke_points", SYSTEM, {"order": "o-1"})
    assert level_and_sum(world)[1] == {"points": 6, "money": 200, "counts": 2}[value]


@pytest.mark.parametrize(("value", "total"), [(("purchase", "visit"), 11), (("purchase",), 10), (("visit",), 1)])
def test_level_sources(value: tuple[str, ...], total: int) -> None:
    """Points of every source are kept, and those of the sources that count make the level; a return takes its own."""
    world = earned(bought("o-1", "o-2", **ladder(level_sources=value)), "visit")
    assert level_and_sum(world) == (SILVER, total)
    assert ledger.balance(world.account, world.now, 12) == 11
    world.do("revoke_points", SYSTEM, {"order": "o-1"})
    assert level_and_sum(world)[1] == total - 5 * ("purchase" in value)


@pytest.mark.parametrize("value", ["rolling", "since_review", "validity"])
def test_level_window_kind(value: str) -> None:
    """After the review that raised it, everything still counts, or only what comes since."""
    world = until(bought("o-1", "o-2", **ladder(level_window_kind=value)), MARCH)
    assert level_and_sum(world) == (GOLD, 10 if value == "rolling" else 0)
    assert until(world, APRIL).account.level is (SILVER if value == "since_review" else GOLD)
    assert until(world, MARCH.replace(year=2027) - DAY).account.level is (SILVER if value == "since_review" else GOLD)
    assert until(world, MARCH.replace(year=2027)).account.level is SILVER


@pytest.mark.parametrize(("value", "due"), [
    ("month_end", dt.datetime(2026, 3, 1, tzinfo=dt.UTC)),
    ("day_of_month", dt.datetime(2026, 2, 20, tzinfo=dt.UTC)),
    ("every_days", dt.datetime(2026, 2, 12, tzinfo=dt.UTC)),
    ("anniversary", dt.datetime(2027, 2, 2, 9, tzinfo=dt.UTC)),
    ("on_entry", None),
])  # fmt: skip
def test_level_review(value: str, due: dt.datetime | None) -> None:
    """The level changes at its review and not a moment before; where an entry is one, at once."""
    choices = ladder(level_review=value, level_review_day=20, level_review_days=10)
    world = bought("o-1", "o-2", **choices)
    if due is None:
        assert level_and_sum(world) == (GOLD, 10)
        return
    (refusal,) = world.ask("recount_level", SYSTEM).refusals
    assert (refusal.code, refusal.earliest) == ("month_is_over" if value == "month_end" else "review_is_due", due)
    assert until(world, due - s.INSTANT).account.level is SILVER
    assert until(world, due).account.level is GOLD
    assert world.codes("recount_level", SYSTEM) == [refusal.code]


@pytest.mark.parametrize("value", ["at_review", "at_once"])
def test_level_upgrades(value: str) -> None:
    """A higher level waits for the end of the month, or comes with the entry that makes it; a lower one always waits."""
    world = bought("o-1", "o-2", **ladder(level_upgrades=value))
    assert world.account.level is (GOLD if value == "at_once" else SILVER)
    world.do("revoke_points", SYSTEM, {"order": "o-1"})
    assert world.account.level is (GOLD if value == "at_once" else SILVER)
    assert until(world, MARCH).account.level is SILVER


@pytest.mark.parametrize("value", ["earned", "one_step", "never"])
def test_level_downgrades(value: str) -> None:
    """Three levels lost at once are lost at once, one by one, or not at all."""
    world = until(bought(*(f"o-{n}" for n in range(6)), **ladder(level_downgrades=value, level_window=1)), MARCH)
    assert world.account.level is DIAMOND
    levels = [until(world, MARCH.replace(month=month)).account.level for month in (4, 5, 6, 7)]
    assert (
        levels
        == {
            "earned": [SILVER, SILVER, SILVER, SILVER],
            "one_step": [PLATINUM, GOLD, SILVER, SILVER],
            "never": [DIAMOND, DIAMOND, DIAMOND, DIAMOND],
        }[value]
    )


@pytest.mark.parametrize(("value", "left"), [("kept", 20), ("aged", 10), ("reset", 0)])
def test_level_after_review(value: str, left: int) -> None:
    """A review leaves everything, half of it, or nothing; what comes later is added, and an old order takes none of it."""
    world = until(bought("o-1", "o-2", "o-3", "o-4", **ladder(level_after_review=value)), MARCH)
    assert level_and_sum(world) == (PLATINUM, left)
    bought("o-5", world=world)
    assert level_and_sum(world) == (PLATINUM, left + 5)
    world.do("revoke_points", SYSTEM, {"order": "o-1"})
    assert level_and_sum(world) == (PLATINUM, left + 5 - 5 * (value == "kept"))


def test_a_count_records_its_window_and_its_sum() -> None:
    """What a review says is in its event and in the account: the sum, and from when to when it was taken."""
    world = until(bought("o-1", "o-2"), MARCH)
    count = world.account.level_count
    assert (count.counted, count.begins, count.ends) == (10, MARCH.replace(year=2025), MARCH)
    assert (count.reviewed, count.reviewed_at) == (world.account.version, MARCH)
    (change,) = (c for c in world.events[-1].changes if c.name == "level_count")
    assert (change.values["counted"], change.values["ends"]) == (10, MARCH.isoformat())


def test_a_level_of_its_own_has_its_own_benefits() -> None:
    """A level the guides do not know says itself what it is good for."""
    bronze = Rung("bronze", 20, discount=6, fast_refund_cap=1500, daily_coupons=True)
    world = at_level(Level("bronze"), levels=Rungs({**RUNGS, "bronze": bronze}))
    found = {each.name: each for each in card(world, sale="christmas").benefits}
    assert found["use_brand_discount"].worth["per_cent"] == 6
    assert found["have_fast_refunds"].worth == {"cents": 1500}
    assert (found["take_daily_coupons"].open, found["see_exclusive_prices"].open) == (True, False)
    assert world.codes("request_fast_refund", HOLDER, {"order_total": 1501}) == ["order_is_within_the_fast_cap"]
    assert world.machine.policy.levels == (SILVER, Level("bronze"), GOLD, PLATINUM, DIAMOND)


@pytest.mark.parametrize("value", ["at_registration", "by_joining"])
def test_level_joining(value: str) -> None:
    """Every account takes part from its registration on, or nobody does who has not joined; a deleted one cannot."""
    world = s.active(level_joining=value)
    if value == "at_registration":
        assert world.account.level is SILVER
        return
    assert world.account.level is NO_LEVEL
    assert world.codes("earn", HOLDER, {"points_source": "visit"}) == ["not_from_this_state"]
    assert not any(each.open for each in card(world).benefits)
    assert world.do("join_programme", HOLDER).account.level is SILVER
    assert world.codes("join_programme", HOLDER) == ["not_from_this_state"]
    gone = s.deleted(level_joining=value)
    assert (gone.account.level, gone.codes("join_programme", SYSTEM)) == (NO_LEVEL, ["account_still_stands"])
    event = imported(world.machine.policy, "acc", State.ACTIVE, {}, s.START, SYSTEM)
    assert replay("acc", [event]).level is NO_LEVEL


def test_what_an_account_arrives_with_is_told_by_its_day() -> None:
    """Of entries that came with the account, those of the day of its last review and later count in a window since then."""
    world = s.World(**ladder(level_window_kind="since_review"))
    points = [{"source": "visit", "month": "2026-02", "each": 3, "days": [1, 2]}]
    count = {"counted": 9, "begins": s.START - DAY, "ends": s.START, "reviewed": 1, "reviewed_at": s.START}
    event = imported(
        world.machine.policy, "acc", State.ACTIVE, {"points": points, "level_count": count}, s.START, SYSTEM
    )
    world.account = replay("acc", [event])
    assert level_and_sum(world) == (SILVER, 3)


def test_an_anniversary_nobody_knows_is_that_of_the_first_entry() -> None:
    """An account that arrived without the date of its registration is reviewed a year after its first entry."""
    world = s.World(**ladder(level_review="anniversary"))
    event = imported(world.machine.policy, "acc", State.ACTIVE, {}, s.START, SYSTEM)
    world.account = replay("acc", [event])
    assert earned(world, "visit").account.timer("recount_level").due == s.START.replace(year=2027)
    assert until(world, s.START.replace(year=2027)).account.timer("recount_level").due == s.START.replace(year=2028)


def test_everything_lost_is_lost_for_the_level_too() -> None:
    """Where an order that comes back takes all there is, it takes the money counted and what was carried over as well."""
    choices = ladder(level_measure="money", return_revokes="all_points", purchase_points=0, level_after_review="aged")
    world = until(bought("o-1", "o-2", **choices), MARCH)
    assert level_and_sum(world) == (DIAMOND, 200)
    bought("o-3", world=world)
    assert level_and_sum(world)[1] == 400
    world.do("revoke_points", SYSTEM, {"order": "o-3"})
    assert level_and_sum(world) == (DIAMOND, 0)
    assert world.codes("revoke_points", SYSTEM, {"order": "o-2"}) == ["order_takes_points_away"]


def test_a_window_begins_on_a_day_there_is() -> None:
    """A month before the 31st of March begins with March, since February has no such day."""
    at = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
    assert ledger.first_counting(at, 1) == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert ledger.first_counting(at, 2) == dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
