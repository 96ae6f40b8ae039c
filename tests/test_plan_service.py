"""Planning through the service: loaded, settled in memory, facts gathered once, nothing written."""

from __future__ import annotations

import datetime as dt

import pytest

from lifecycle import Actor
from lifecycle.errors import BadRequest, GatherFailed, NaiveTime, UnknownAccount
from lifecycle.model import State


def test_the_ways_of_a_stored_account(accounts, ann, shop):
    """A plan is made for an account by id, and what the shop knows to be settled is no condition any more."""
    found = accounts.plan(ann, "deleted")
    assert found.to is State.DELETED
    assert [way.conditions for way in found.ways] == [(), ()]
    shop.facts["open_orders"] = 2
    (unmet,) = accounts.plan(ann, "deleted").best.conditions
    assert (unmet.code, unmet.met, unmet.value) == ("orders_are_settled", False, {"open_orders": 2})


def test_facts_are_gathered_once_and_only_those_that_matter(accounts, ann, shop):
    """The shop is asked one time for what the ways depend on; what the caller said is not asked for."""
    accounts.plan(ann, State.DEACTIVATED, facts={"signed_in": True})
    assert shop.asked == [(ann, frozenset({"identifier_matches"}))]
    shop.asked.clear()
    assert accounts.plan(ann).arrived
    assert shop.asked == []


def test_what_the_shop_does_not_know_stays_a_condition(accounts, ann):
    """Another gather may be given for one question; what it leaves out is neither met nor unmet."""
    (way, _) = accounts.plan(ann, "deactivated", gather=lambda account, names: {"signed_in": False}).ways
    assert {v.code: v.met for v in way.conditions} == {"signed_in": False, "identifier_matches_the_account": None}


def test_planning_writes_nothing_and_settles_in_memory(accounts, ann, shop):
    """A due timer is applied to the answer, and the log stays as it was."""
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "declined_payments"})
    before = [*accounts.events(ann)]
    assert accounts.plan(ann).best.triggers == ("lock_expires",)
    shop.passes(days=2)
    assert accounts.plan(ann).arrived
    assert [*accounts.events(ann)] == before
    assert [*accounts.denials(ann)] == []


def test_a_sale_and_a_moment(accounts, ann, shop):
    """The moment asked for and that of a sale are taken with their offsets."""
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "new_device"})
    at = (shop.now + dt.timedelta(hours=1)).astimezone(dt.timezone(dt.timedelta(hours=9)))
    found = accounts.plan(ann, at=at, sale_at=at + dt.timedelta(hours=2))
    assert found.at == at
    assert found.at.tzinfo is dt.UTC
    assert [way.arrives_by(found.sale_at) for way in found.ways] == [True, None]
    assert accounts.plan(ann, peak=True).peak


def test_what_makes_no_sense_is_refused(accounts, ann):
    """An unknown account, state or fact, a time without offset and a failing host are errors, as everywhere."""
    with pytest.raises(UnknownAccount):
        accounts.plan("nobody")
    with pytest.raises(BadRequest, match='no state is called "activ"'):
        accounts.plan(ann, "activ")
    with pytest.raises(BadRequest, match="nobody plans to be under appeal"):
        accounts.plan(ann, "under_appeal")
    with pytest.raises(BadRequest, match='the fact "code_right" is worked out by the service'):
        accounts.plan(ann, facts={"code_right": True})
    with pytest.raises(NaiveTime):
        accounts.plan(ann, sale_at=dt.datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point
    with pytest.raises(GatherFailed):
        accounts.plan(ann, "deleted", gather=lambda account, names: 1 / 0)
