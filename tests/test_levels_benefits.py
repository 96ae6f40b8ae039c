"""What stands open to an account at its level: the table of benefits, and the answer about one account."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
import support as s
from scenarios_levels import DIAMOND, GOLD, LEGACY, PLATINUM, SILVER, at_level, bought, earned
from shop import SECRET, START, Shop
from support import HOLDER

from lifecycle import Lifecycle
from lifecycle.errors import BadRequest, GatherFailed, UnknownAccount
from lifecycle.loyalty import LevelCard, level_card
from lifecycle.model import Actor, Level
from lifecycle.policy import policy
from lifecycle.policy.benefits import BENEFITS, brand_changes
from lifecycle.policy.parameters import Parameters
from lifecycle.policy_check import check_policy

BIRTHDAY = {"birth_date_on_file": True, "is_birthday": True}


def card(world: s.World, **facts: Any) -> LevelCard:
    """How the account of *world* stands now."""
    return level_card(world.machine.policy, world.account, world.command("", HOLDER, facts))


def stand_open(world: s.World, **facts: Any) -> set[str]:
    """The names of the benefits that stand open."""
    return {each.name for each in card(world, **facts).benefits if each.open}


@pytest.mark.parametrize(("level", "names"), [
    (SILVER, set()),
    (GOLD, set()),
    (PLATINUM, {"see_exclusive_prices", "have_fast_refunds"}),
    (DIAMOND, {"see_exclusive_prices", "have_fast_refunds", "take_daily_coupons"}),
])  # fmt: skip
def test_what_each_level_is_good_for(level: Level, names: set[str]) -> None:
    """Brand discount, birthday gift and anniversary coupons are for every level, the rest for the higher ones."""
    found = stand_open(at_level(level), sale="singles_day", **BIRTHDAY)
    assert found == {"use_brand_discount", "have_birthday_gift", "use_anniversary_coupons"} | names


@pytest.mark.parametrize(("level", "discount", "refund"), [
    (SILVER, 5, None), (GOLD, 8, None), (PLATINUM, 10, 2500), (DIAMOND, 25, 10000),
])  # fmt: skip
def test_what_it_is_worth(level: Level, discount: int, refund: int | None) -> None:
    """The discount rises with the level; two levels have fast refunds, with a cap each."""
    worth = {each.name: each.worth for each in card(at_level(level)).benefits}
    assert worth["use_brand_discount"] == {"per_cent": discount, "until": dt.datetime(2026, 2, 9, tzinfo=dt.UTC)}
    assert worth["have_fast_refunds"] == (None if refund is None else {"cents": refund})


def test_the_featured_brand_changes_each_week() -> None:
    """A brand is featured from Monday to Monday; with another turn it is another length."""
    monday = dt.datetime(2026, 2, 9, tzinfo=dt.UTC)
    assert brand_changes(monday - s.INSTANT, Parameters()) == monday
    assert brand_changes(monday, Parameters()) == monday + 7 * s.DAY
    assert brand_changes(monday, Parameters(brand_rotation=14 * s.DAY)) in (monday + 7 * s.DAY, monday + 14 * s.DAY)
    assert brand_changes(monday, Parameters(brand_rotation=0 * s.DAY)) == monday + s.HOUR


def test_a_birthday_needs_a_date_of_birth() -> None:
    """Without a date of birth in the profile there is nothing on the day; with one, only on the day itself."""
    world = s.active()
    for facts, codes in (
        ({"birth_date_on_file": False, "is_birthday": True}, ["birth_date_is_on_file"]),
        ({"birth_date_on_file": True, "is_birthday": False}, ["birthday_is_today"]),
        (BIRTHDAY, []),
    ):
        (gift,) = (each for each in card(world, **facts).benefits if each.name == "have_birthday_gift")
        assert [verdict.code for verdict in gift.verdicts if verdict.met is False] == codes
        assert gift.open is (not codes)


def test_a_birthday_never_reaches_the_log() -> None:
    """A birthday is asked about and not recorded: no row reads it, so no event can tell it."""
    read = {name for row in policy().rows for name in row.needs}
    assert not read & {"birth_date_on_file", "is_birthday"}


def test_what_nobody_said_is_neither_yes_nor_no() -> None:
    """A benefit whose facts are unknown says which they are."""
    (gift,) = (each for each in card(s.active()).benefits if each.name == "have_birthday_gift")
    assert (gift.open, gift.needs) == (None, ("birth_date_on_file", "is_birthday"))
    assert gift.verdicts[2].remedy == "Nobody has said yet: birth_date_on_file."


def test_benefits_rest_while_the_account_is_blocked() -> None:
    """A suspended holder keeps the level and has nothing of it."""
    world = at_level(DIAMOND, s.suspended())
    assert stand_open(world, sale="christmas", **BIRTHDAY) == set()
    assert card(world).level is DIAMOND
    assert world.codes("request_fast_refund", HOLDER, {"order_total": 1}) == ["account_is_in_use"]


def test_an_account_of_the_old_programme_has_no_benefits_yet() -> None:
    """Benefits begin once the account is brought over."""
    world = at_level(LEGACY)
    assert stand_open(world, sale="christmas", **BIRTHDAY) == set()
    assert all(each.verdicts[1].code == "programme_is_current" for each in card(world).benefits)
    assert (card(world).next_level, card(world).missing) == (None, None)


def test_each_level_is_narrowed_by_its_own_guards() -> None:
    """The prices and coupons of the higher levels are refused by name, with the level that is needed."""
    for level, benefit, code in (
        (GOLD, "see_exclusive_prices", "level_has_exclusive_prices"),
        (PLATINUM, "take_daily_coupons", "level_has_daily_coupons"),
        (GOLD, "have_fast_refunds", "level_has_fast_refunds"),
    ):
        (one,) = (each for each in card(at_level(level), sale="christmas").benefits if each.name == benefit)
        assert [verdict.code for verdict in one.verdicts if verdict.met is False] == [code]
    (prices,) = (each for each in card(at_level(DIAMOND)).benefits if each.name == "see_exclusive_prices")
    assert [verdict.code for verdict in prices.verdicts if verdict.met is False] == ["sale_is_on"]


def test_a_benefit_is_a_capability_too() -> None:
    """Whoever asks for one benefit by its name gets the same answer."""
    with Lifecycle.open("memory:", secret=SECRET, clock=Shop().clock) as accounts:
        accounts.import_account("ann", state="active", given={"level": "platinum"}, at=START)
        assert accounts.allows("ann", "see_exclusive_prices", facts={"sale": "christmas"})
        assert not accounts.allows("ann", "see_exclusive_prices", facts={"sale": None})
        assert not accounts.allows("ann", "take_daily_coupons")
        asked = {
            each.name: each.open for each in accounts.level("ann", facts={"sale": "christmas", **BIRTHDAY}).benefits
        }
        known = {"sale": "christmas", **BIRTHDAY}
        assert asked == {name: bool(accounts.allows("ann", name, facts=known)) for name in asked}


def test_a_card_says_how_far_it_is_to_the_next_level() -> None:
    """Points, what is missing to the next level, when it is counted, and what runs out."""
    world = bought("o-1", "o-2")
    earned(world.wait(s.DAY), "club")
    found = card(world)
    assert (found.level, found.points, found.counted) == (SILVER, 12, 12)
    assert (found.next_level, found.missing) == (GOLD, 38)
    assert found.recount == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert found.running_out == ((dt.date(2027, 2, 2), 10), (dt.date(2027, 2, 3), 2))


def test_the_top_has_nothing_above() -> None:
    """At the top no level is missing."""
    found = card(at_level(DIAMOND))
    assert (found.next_level, found.missing) == (None, None)


def test_a_card_before_the_month_end_may_have_enough() -> None:
    """Points may suffice for the next level before it is counted."""
    assert card(bought(*(f"o-{n}" for n in range(10)))).missing == 0


def test_the_service_answers_from_what_the_shop_knows() -> None:
    """`Lifecycle.level` applies month ends, gathers facts, and writes nothing."""
    shop = Shop()
    shop.facts |= {"birth_date_on_file": True, "is_birthday": False, "sale": "christmas"}
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.import_account("ann", state="active", at=START)
        for n in range(10):
            facts = {"points_source": "purchase", "order": f"o-{n}", "order_total": 300, "purchase_succeeded": True}
            accounts.submit("earn", account="ann", by=Actor.holder("ann"), facts=facts)
        shop.passes(days=40)
        before = len([*accounts.events("ann")])
        found = accounts.level("ann", facts={"is_birthday": True})
        assert len([*accounts.events("ann")]) == before
        assert (found.level, found.account_id, found.at) == (GOLD, "ann", shop.now)
        assert {each.name for each in found.benefits if each.open} == {
            "use_brand_discount",
            "have_birthday_gift",
            "use_anniversary_coupons",
        }
        assert shop.asked[-1] == ("ann", frozenset({"birth_date_on_file", "sale"}))
        assert accounts.level("ann", at=START + 35 * s.DAY).at == START + 35 * s.DAY
        with pytest.raises(UnknownAccount):
            accounts.level("nobody")
        with pytest.raises(GatherFailed):
            accounts.level("ann", gather=lambda account, names: {"is_birthday": 3})


def test_a_policy_without_levels_says_so() -> None:
    """A host's own policy need not have a loyalty programme."""
    other = attrs.evolve(policy(), parameters=object())
    with pytest.raises(BadRequest, match="the policy has no member levels"):
        level_card(other, s.active().account, s.active().command("", HOLDER))


def test_a_benefit_rests_on_something() -> None:
    """A benefit that cites nothing, or that nobody could be refused, is a mistake of the policy."""
    loose = attrs.evolve(BENEFITS[0], guards=(), cites=())
    with pytest.raises(Exception, match="stands open to everybody") as refused:
        check_policy(attrs.evolve(policy(), benefits=(*BENEFITS[1:], loose)))
    assert 'the benefit "use_brand_discount" cites nothing' in str(refused.value)
