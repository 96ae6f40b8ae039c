"""Both readings of every choice about points and levels."""

from __future__ import annotations

import datetime as dt

import pytest
import support as s
from scenarios_levels import at_level, bought, earned
from support import DAY, SYSTEM

from lifecycle.errors import BadParameters
from lifecycle.model import Level
from lifecycle.policy import ledger
from lifecycle.policy.parameters import Parameters

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
    assert world.account.level is Level.PLATINUM
    assert until(world, APRIL).account.level is (Level.PLATINUM if value == "rolling_only" else Level.GOLD)
    earned(world, "visit")
    assert until(world, MAY).account.level is Level.PLATINUM


def test_the_penalty_ends_at_the_lowest_level() -> None:
    """Month after month without an earning leads down to silver and stays there, however many points there are."""
    world = until(bought(*(f"o-{n}" for n in range(40)), inactivity_rule="monthly_penalty"), MARCH)
    levels = [until(world, MARCH.replace(month=month)).account.level for month in (4, 5, 6)]
    assert levels == [Level.GOLD, Level.SILVER, Level.SILVER]


def test_more_idle_months_may_be_forgiven() -> None:
    """Where two months make an idle time, one alone costs nothing."""
    world = bought(*(f"o-{n}" for n in range(40)), inactivity_rule="monthly_penalty", inactive_month=2)
    levels = [until(world, MARCH.replace(month=month)).account.level for month in (3, 4, 5)]
    assert levels == [Level.PLATINUM, Level.PLATINUM, Level.GOLD]


@pytest.mark.parametrize("value", [False, True])
def test_announce_level_loss(value: bool) -> None:
    """A lower level is told to the holder, or not; a higher one is seen in the account."""
    world = until(bought(*(f"o-{n}" for n in range(10)), announce_level_loss=value), MARCH)
    assert (world.account.level, world.events[-1].notices) == (Level.GOLD, ())
    until(world, MARCH.replace(year=2027))
    assert world.account.level is Level.SILVER
    (sunk,) = (e for e in world.events if e.machine == "level" and e.dest is Level.SILVER and e.source is Level.GOLD)
    assert sunk.notices == (("level_lowered",) if value else ())


@pytest.mark.parametrize("value", ["threshold", "none"])
def test_migration_points(value: str) -> None:
    """A level from the old programme stands on points for a year, or holds only until the first count."""
    world = at_level(Level.LEGACY, migration_points=value).do("migrate_programme", SYSTEM, {"legacy_level": "A3"})
    assert ledger.balance(world.account, world.now, 12) == (200 if value == "threshold" else 0)
    assert world.account.level is Level.PLATINUM
    assert until(world, MARCH).account.level is (Level.PLATINUM if value == "threshold" else Level.SILVER)


def test_legacy_mapping() -> None:
    """What the old levels become is the policy's to say."""
    mapping = ("silver", "silver", "silver", "gold", "gold")
    world = at_level(Level.LEGACY, legacy_mapping=mapping).do("migrate_programme", SYSTEM, {"legacy_level": "A4"})
    assert world.account.level is Level.GOLD


@pytest.mark.parametrize("wrong", [("silver",) * 4, ("silver",) * 6, ("silver", "silver", "gold", "gold", "bronze")])
def test_the_mapping_names_a_level_for_each_old_one(wrong: tuple[str, ...]) -> None:
    """Five old levels, each with one of the four."""
    with pytest.raises(BadParameters, match="legacy_mapping must give one of silver, gold, platinum, diamond"):
        Parameters(legacy_mapping=wrong)
