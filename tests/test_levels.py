"""Points, levels and benefits: what earns, what runs out when, what a month end makes of it, what stands open."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
import support as s
from programmes import at
from scenarios_levels import BONUS, BOUGHT, DIAMOND, GOLD, LEGACY, PLATINUM, SILVER, at_level, bought, earned, from_
from support import CLEAR, DAY, HOLDER, HOUR, START, SYSTEM

from lifecycle.errors import BadParameters
from lifecycle.fold import replay
from lifecycle.imports import imported
from lifecycle.model import Account, Level, Orders, Points, State
from lifecycle.policy import ledger, policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.standing import level_for

P = Parameters()
NEVER = dt.timedelta(days=3000)


def utc(year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def until(world: s.World, at: dt.datetime) -> s.World:
    """The same account with every timer applied that is due by then."""
    return world.tick(at - world.now)


def holding(points: int, month: str = "2026-01", level: Level = SILVER, **parameters: Any) -> s.World:
    """An account that arrives with so many points of one month."""
    world = s.World(**parameters)
    given = {
        "level": level.value,
        "points": [{"source": "purchase", "month": month, "each": points, "days": [15]}],
        "timers": {"recount_level": utc(2026, 3, 1)},
    }
    event = imported(world.machine.policy, "acc", State.ACTIVE, given, START, SYSTEM)
    world.account, world.events = replay("acc", [event]), (event,)
    return world


@pytest.mark.parametrize(("points", "level"), [
    (0, SILVER), (49, SILVER), (50, GOLD), (199, GOLD), (200, PLATINUM),
    (599, PLATINUM), (600, DIAMOND), (99999, DIAMOND),
])  # fmt: skip
def test_levels_begin_at_their_threshold(points: int, level: Level) -> None:
    """A level is reached with exactly the points it asks for, not with one less."""
    assert level_for(points, P) is level


def test_the_top_is_nearer_than_it_was() -> None:
    """The shipped top level asks for less than the 2000 points of the old programme."""
    assert P.levels["diamond"].least < 2000
    assert P.ladder == (SILVER, GOLD, PLATINUM, DIAMOND)


@pytest.mark.parametrize("wrong", [(0, 50, 50, 600), (10, 50, 200, 600), (0, 50, 200, -1)])
def test_thresholds_rise_from_nothing(wrong: tuple[int, ...]) -> None:
    """Thresholds that do not rise, are below nothing, or leave points below the lowest level make no policy."""
    with pytest.raises(BadParameters, match="levels "):
        Parameters(levels=at(*wrong))


def test_a_purchase_of_two_dollars_earns_five_points() -> None:
    """Points of a purchase are on the ledger at once, dated, and the month end is set."""
    world = bought()
    assert world.account.points == (Points(2, START, "purchase", "2026-02", 5, (2,)),)
    assert world.account.orders == (Orders(2, START, "2026-02", 5, (2,), ("o-1",)),)
    assert world.account.timer("recount_level").due == utc(2026, 3, 1)


def test_a_month_stays_one_entry() -> None:
    """Further purchases of a month join its entry, those of the next month make another one."""
    world = bought("o-1", "o-2").wait(5 * DAY)
    bought("o-3", world=world)
    assert [(e.month, e.days) for e in world.account.points] == [("2026-02", (2, 2, 7))]
    assert [e.refs for e in world.account.orders] == [("o-1", "o-2", "o-3")]
    bought("o-4", world=world.wait(30 * DAY))
    assert [(e.month, e.days) for e in world.account.points] == [("2026-02", (2, 2, 7)), ("2026-03", (9,))]
    assert ledger.balance(world.account, world.now, 12) == 20


def test_every_source_earns_its_points() -> None:
    """A review and a visit earn one point, a post two, different categories one, a sale what is set for it."""
    world = s.active(promo_points=BONUS)
    for source, facts in {
        "review": {"product_received": True},
        "visit": {},
        "club": {},
        "categories": {"categories_bought": 2},
        "promotion": {"sale": "singles_day"},
    }.items():
        earned(world, source, **facts)
    told = {entry.source: entry.each for entry in world.account.points}
    assert told == {"review": 1, "visit": 1, "club": 2, "categories": 1, "promotion:singles_day": 20}


def test_reviews_and_visits_share_a_cap() -> None:
    """Ten fan points a month, however they come; the club has ten of its own."""
    world = s.active()
    for _ in range(7):
        earned(world, "visit").wait(DAY)
    earned(world, "review", 3, product_received=True)
    for source, facts in (("review", {"product_received": True}), ("visit", {})):
        (refusal,) = world.ask("earn", HOLDER, from_(source, **facts)).refusals
        assert (refusal.code, refusal.earliest) == ("fan_points_are_left", utc(2026, 3, 1))
    earned(world, "club", 5)
    assert world.codes("earn", HOLDER, from_("club")) == ["club_points_are_left"]
    assert ledger.balance(world.account, world.now, 12) == 20


def test_an_award_that_would_pass_the_cap_is_refused_whole() -> None:
    """With three points a post the fourth post would make twelve: it earns nothing rather than a part."""
    world = earned(s.active(club_points=3), "club", 3)
    assert world.codes("earn", HOLDER, from_("club")) == ["club_points_are_left"]
    assert ledger.balance(world.account, world.now, 12) == 9


def test_a_day_ends_at_midnight_in_utc() -> None:
    """A visit late in the evening and one right after midnight are visits of two days."""
    world = s.active().wait(15 * HOUR - dt.timedelta(seconds=1))
    earned(world, "visit").wait(dt.timedelta(seconds=1))
    assert world.now == utc(2026, 2, 3)
    earned(world, "visit")
    assert world.account.points[0].days == (2, 3)


def test_a_source_nobody_knows_earns_nothing() -> None:
    """Points from elsewhere are refused under the name of the question that was not answered."""
    assert s.active().codes("earn", HOLDER, from_("lottery")) == ["points_source"]


@pytest.mark.parametrize(("earned_on", "last"), [
    (utc(2025, 3, 15), utc(2026, 3, 15)),
    (utc(2024, 2, 29), utc(2025, 2, 28)),
    (utc(2027, 2, 28), utc(2028, 2, 28)),
])  # fmt: skip
def test_points_count_for_twelve_calendar_months(earned_on: dt.datetime, last: dt.datetime) -> None:
    """Points count until the same day a year later is over, and of a leap day until 28 February is."""
    entry = Points(2, earned_on, "visit", ledger.month_of(earned_on), 1, (earned_on.day,))
    account = Account("acc", points=(entry,))
    late = last.replace(hour=23, minute=59)
    assert ledger.balance(account, late, 12) == 1
    assert ledger.balance(account, late + dt.timedelta(minutes=1), 12) == 0
    assert ledger.running_out(account, late, 12) == ((last.date(), 1),)
    assert ledger.running_out(account, late + DAY, 12) == ()


def test_points_vanish_day_by_day() -> None:
    """What one month brought runs out over the same month of the next year, not at once."""
    world = bought("o-1")
    bought("o-2", world=world.wait(10 * DAY))
    bought("o-3", world=world.wait(10 * DAY))
    held = [ledger.balance(world.account, utc(2027, 2, day), 12) for day in (2, 3, 12, 13, 22, 23)]
    assert held == [15, 10, 10, 5, 5, 0]


@pytest.mark.parametrize(("points", "level"), [(50, GOLD), (200, PLATINUM), (600, DIAMOND)])
def test_a_month_end_raises_the_level(points: int, level: Level) -> None:
    """A level is reached at the end of the month, in one step, and not a moment before."""
    world = holding(points)
    assert until(world, utc(2026, 3, 1) - s.INSTANT).account.level is SILVER
    assert until(world, utc(2026, 3, 1)).account.level is level
    assert world.account.timer("recount_level").due == utc(2026, 4, 1)


def test_a_recount_is_for_the_end_of_a_month() -> None:
    """Nobody recounts in between; a refusal says from when it can be done."""
    (refusal,) = bought().ask("recount_level", SYSTEM).refusals
    assert (refusal.code, refusal.earliest) == ("month_is_over", utc(2026, 3, 1))
    (refusal,) = s.active().ask("recount_level", SYSTEM).refusals
    assert (refusal.code, refusal.earliest) == ("month_is_over", utc(2026, 3, 1))


def test_a_level_sinks_step_by_step_to_the_lowest() -> None:
    """As old points run out the level follows, down to silver; then nothing is left to count and the timer is gone."""
    world = s.World()
    months = {"2025-03": 400, "2025-04": 150, "2025-05": 60}
    points = [{"source": "purchase", "month": m, "each": n, "days": [10]} for m, n in months.items()]
    given = {"level": "diamond", "points": points, "timers": {"recount_level": utc(2026, 3, 1)}}
    event = imported(world.machine.policy, "acc", State.ACTIVE, given, START, SYSTEM)
    world.account, world.events = replay("acc", [event]), (event,)
    levels = [until(world, utc(2026, month, 1)).account.level for month in (3, 4, 5, 6)]
    assert levels == [DIAMOND, PLATINUM, GOLD, SILVER]
    assert world.account.points == ()
    assert world.account.timer("recount_level") is None
    assert until(world, START + NEVER).account.version == world.account.version


def test_a_level_is_kept_all_year() -> None:
    """Once reached a level stays while its points count, also without anything further."""
    world = holding(50)
    assert until(world, utc(2027, 1, 31)).account.level is GOLD
    assert until(world, utc(2027, 2, 1)).account.level is SILVER


def test_the_window_of_the_level_may_be_shorter_than_the_life_of_points() -> None:
    """Points can be out of the count of the level and still be there."""
    world = until(holding(50, month="2025-12", level_window=2), utc(2026, 3, 1))
    assert world.account.level is SILVER
    assert ledger.balance(world.account, world.now, P.points_expiry) == 50


def test_an_order_that_comes_back_takes_its_points() -> None:
    """Its points are set off on the day they were earned, so that both run out together; others stay."""
    world = bought("o-1", "o-2").wait(DAY).do("revoke_points", SYSTEM, {"order": "o-1"})
    assert world.events[-1].notices == ("order_returned",)
    assert [(e.source, e.each, e.days) for e in world.account.points] == [
        ("purchase", 5, (2, 2)),
        ("returned", -5, (2,)),
    ]
    assert ledger.balance(world.account, world.now, 12) == 5
    assert ledger.balance(world.account, utc(2027, 2, 3), 12) == 0
    assert world.codes("revoke_points", SYSTEM, {"order": "o-1"}) == ["order_takes_points_away"]
    assert world.codes("earn", HOLDER, BOUGHT) == ["order_is_new_to_the_ledger"]
    world.do("revoke_points", SYSTEM, {"order": "o-2"})
    assert [e.days for e in world.account.points] == [(2, 2), (2, 2)]
    assert ledger.balance(world.account, world.now, 12) == 0


def test_an_old_order_takes_nothing() -> None:
    """After the months in which an order may come back its points stay, and the order is forgotten."""
    world = until(bought(), utc(2026, 5, 31))
    assert world.codes("revoke_points", SYSTEM, {"order": "o-1"}) == []
    until(world, utc(2026, 6, 1))
    assert world.account.orders == ()
    assert world.codes("revoke_points", SYSTEM, {"order": "o-1"}) == ["order_takes_points_away"]
    assert ledger.balance(world.account, world.now, 12) == 5
    short = bought(return_window=0).wait(30 * DAY)
    assert short.codes("revoke_points", SYSTEM, {"order": "o-1"}) == ["order_takes_points_away"]


def test_points_that_ran_out_cannot_be_taken_back() -> None:
    """An order whose points are gone takes none with it, however long orders may come back."""
    world = bought(return_window=24)
    assert world.codes("revoke_points", SYSTEM, {"order": "o-1"}, at=utc(2027, 2, 2, 23)) == []
    assert world.codes("revoke_points", SYSTEM, {"order": "o-1"}, at=utc(2027, 2, 3)) == ["order_takes_points_away"]


def test_all_points_lost_leave_the_caps_as_they_are() -> None:
    """Where a return takes everything, this month's cap stays used up, and the next month's entries are new ones."""
    world = earned(bought(return_revokes="all_points"), "review", 9, product_received=True)
    world.do("revoke_points", SYSTEM, {"order": "o-1"})
    assert ledger.balance(world.account, world.now, 12) == 0
    earned(world, "review", product_received=True)
    assert ledger.balance(world.account, world.now, 12) == 1
    assert world.codes("earn", HOLDER, from_("review", product_received=True)) == ["fan_points_are_left"]
    until(world, utc(2026, 3, 1))
    assert [entry.source for entry in world.account.points] == ["lost", "review"]
    assert ledger.balance(world.account, world.now, 12) == 1


def test_entries_of_an_import_stay_as_they_are() -> None:
    """What came with an imported account is neither joined nor cleared one by one, and still runs out."""
    world = s.World()
    entry = {"source": "visit", "each": 1, "days": [1]}
    points = [{**entry, "month": "2026-02"}, {**entry, "month": "2025-03"}]
    given = {"points": points, "timers": {"recount_level": utc(2026, 3, 1)}}
    event = imported(world.machine.policy, "acc", State.ACTIVE, given, START, SYSTEM)
    world.account, world.events = replay("acc", [event]), (event,)
    earned(world, "visit")
    assert [e.days for e in world.account.points] == [(1,), (1,), (2,)]
    assert ledger.balance(until(world, utc(2026, 4, 1)).account, world.now, 12) == 2
    assert len(world.account.points) == 3
    assert len(until(world, utc(2027, 2, 1)).account.points) == 3
    assert until(world, utc(2027, 3, 1)).account.points == ()


def test_level_and_points_are_kept_while_the_account_is_blocked() -> None:
    """A suspension takes neither level nor points; they age as they would have, and the month end still counts."""
    world = s.suspended(world=bought(*(f"o-{n}" for n in range(10))))
    until(world, utc(2026, 3, 1))
    assert (world.state, world.account.level) == (State.SUSPENDED, GOLD)
    until(world, utc(2027, 3, 1))
    assert (world.account.level, world.account.points) == (SILVER, ())


def test_level_and_points_go_with_the_account() -> None:
    """On the day the account is deleted its level and points are gone, and no timer of theirs outlives it."""
    world = until(bought(*(f"o-{n}" for n in range(10))), utc(2026, 3, 1))
    pressed = {"signed_in": True, "identifier_matches": True}
    world.do("deactivate", HOLDER, pressed).do("show_warning", SYSTEM).do("press_delete", HOLDER, {**CLEAR, **pressed})
    world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})
    assert [(e.trigger, e.dest) for e in world.events[-2:]] == [
        ("confirm_deletion", State.DELETED),
        ("forfeit_level", SILVER),
    ]
    assert (world.account.points, world.account.orders) == ((), ())
    assert {timer.name for timer in world.account.timers} <= {"erase"}


def test_an_account_with_nothing_to_lose_loses_nothing() -> None:
    """The deletion of a silver account without points is one event."""
    assert s.deleted().events[-1].trigger == "confirm_deletion"


@pytest.mark.parametrize(("code", "level", "points"), [
    ("A0", SILVER, 0), ("A1", SILVER, 0), ("A2", GOLD, 50), ("A3", PLATINUM, 200),
    ("A4", DIAMOND, 600),
])  # fmt: skip
def test_an_account_of_the_old_programme_is_brought_over_once(code: str, level: Level, points: int) -> None:
    """Each old level becomes one of the four, with the points that hold it for a year; then it is done."""
    world = at_level(LEGACY)
    assert world.codes("earn", HOLDER, BOUGHT) == ["not_from_this_state"]
    world.do("migrate_programme", SYSTEM, {"legacy_level": code})
    assert (world.account.level, ledger.balance(world.account, world.now, 12)) == (level, points)
    assert world.codes("migrate_programme", SYSTEM, {"legacy_level": code}) == ["not_from_this_state"]
    assert until(world, utc(2027, 2, 1)).account.level is level
    assert until(world, utc(2027, 3, 1)).account.level is SILVER


def test_an_old_level_nobody_knows_is_refused() -> None:
    """There were five old levels; another one is brought over to nothing."""
    assert at_level(LEGACY).codes("migrate_programme", SYSTEM, {"legacy_level": "A5"}) == ["legacy_level"]


def test_an_anniversary_is_greeted_each_year() -> None:
    """A year after the account was opened, and each year after that, the holder is greeted."""
    world = s.active()
    for year in (2027, 2028):
        until(world, utc(year, 2, 2, 9))
        assert (world.events[-1].trigger, world.events[-1].notices) == ("greet_anniversary", ("anniversary",))
        assert world.account.timer("anniversary").due == utc(year + 1, 2, 2, 9)


def test_an_anniversary_passes_quietly_while_the_account_rests() -> None:
    """A suspended holder is not greeted; the year after, back in use, they are."""
    world = until(s.suspended(), utc(2027, 2, 2, 9))
    assert (world.events[-1].trigger, world.events[-1].notices) == ("greet_anniversary", ())
    assert world.account.timer("anniversary").due == utc(2028, 2, 2, 9)


def test_an_imported_account_begins_with_the_first_greeting() -> None:
    """Without a date of registration the first greeting asked for is the day that is counted from."""
    world = holding(0)
    world.do("greet_anniversary", SYSTEM)
    assert world.account.timer("anniversary").due == START.replace(year=2027)


def test_reading_an_account_applies_month_ends() -> None:
    """Levels are right when somebody looks, although no worker ran: the log of a year folds to the same."""
    world = until(bought(*(f"o-{n}" for n in range(12))), utc(2026, 8, 9))
    assert world.account.level is GOLD
    assert replay("acc", world.events) == world.account
    assert [e.trigger for e in world.events].count("recount_level") == 6


def test_every_threshold_is_a_value_of_the_policy() -> None:
    """Other thresholds make another programme."""
    p = Parameters(levels=at(0, 1, 2, 3))
    assert [level_for(n, p) for n in range(4)] == [SILVER, GOLD, PLATINUM, DIAMOND]
    assert policy(p).parameters.levels["gold"].least == 1
    assert level_for(3, attrs.evolve(p, levels=at(0, 5, 6, 7))) is SILVER
