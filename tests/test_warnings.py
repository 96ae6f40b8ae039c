"""Warnings: how long they leave, what answers and clears them, and what follows when they run out."""

from __future__ import annotations

from typing import Any

import pytest
import support as s
from scenarios_watching import RULES, THREE_DAYS, UNPAID, answered, warned
from support import AGENT, COLLEAGUE, DAY, HOLDER, HOUR, INSTANT, REVIEWER, START, SYSTEM

from lifecycle.calendar import BusinessDays
from lifecycle.model import Evidence, State

TROUBLE = {"ground": "payment_trouble", "signal": "payment_trouble", "signal_count": 10}
LEAVING = [s.active, s.deactivated, s.deleting, s.closing]


def moved(world: s.World, to: Any) -> s.World:
    """The warned account of *world* in the situation that *to* makes of an account."""
    other = to()
    kept = {"warning": world.account.warning, "evidence": world.account.evidence, "version": world.account.version}
    other.account.__dict__.update(kept, timers=(*other.account.timers, world.account.timer("warning_runs_out")))
    return other


def test_a_warning_says_when_it_runs_out() -> None:
    """The clock runs from the sending of the warning, whether it is read or not (A-42)."""
    world = s.active().do("warn", SYSTEM, {**UNPAID, "signal_count": 3})
    assert world.account.timer("warning_runs_out").due == START + THREE_DAYS
    assert world.account.warning.signal == "unpaid_orders"
    days = s.active(warning_lead_max=BusinessDays(3)).do("warn", REVIEWER, RULES)
    assert days.account.timer("warning_runs_out").due == START + 3 * DAY


def test_nobody_restricts_before_forty_eight_hours() -> None:
    """Neither the system nor a reviewer suspends while the warning still leaves time; exactly at 48 hours both may."""
    world = s.active().do("warn", SYSTEM, {**UNPAID, "signal_count": 3}, [s.STATEMENT])
    for by in (SYSTEM, REVIEWER):
        facts = {**UNPAID, "signal_count": 3}
        early = world.ask("suspend", by, facts, [s.STATEMENT], START + 48 * HOUR - INSTANT)
        assert [(r.code, r.earliest) for r in early.refusals] == [("warning_ran_out", START + 48 * HOUR)]
        assert world.codes("suspend", by, facts, [s.STATEMENT], at=START + 48 * HOUR) == []


def test_at_the_very_end_the_holder_may_still_act() -> None:
    """At 72 hours the warning may still be answered; one instant later the account has been suspended at 72 hours."""
    world = warned().do("open_case", HOLDER).tick(THREE_DAYS)
    assert (world.state, world.codes("address_warning", HOLDER)) == (State.ACTIVE, [])
    world.tick(INSTANT)
    assert (world.state, world.account.suspension.since) == (State.SUSPENDED, START + THREE_DAYS)


@pytest.mark.parametrize("to", LEAVING)
def test_a_warning_runs_out_wherever_the_account_went(to: Any) -> None:
    """Deactivation, deletion and closure shield nobody: the suspension that was announced follows all the same."""
    world = moved(warned(), to).tick(THREE_DAYS + INSTANT)
    assert (world.state, world.account.warning) == (State.SUSPENDED, None)
    assert (world.account.suspension.ground, world.account.suspension.author) == ("platform_rules", "system:timer")
    assert (world.account.deletion, world.account.pause) == (None, None)
    assert world.account.timer("warning_runs_out") is None


@pytest.mark.parametrize("to", LEAVING)
def test_a_warning_that_announced_a_lock_ends_in_one(to: Any) -> None:
    """Payment trouble is warned about and locks; what locks by a signal alone never waits for a warning."""
    world = moved(s.active().do("warn", SYSTEM, TROUBLE), to).tick(THREE_DAYS + INSTANT)
    assert (world.state, world.account.lock.ground) == (State.SECURITY_LOCKED, "payment_trouble")
    assert world.codes("send_unlock_code", HOLDER) == []


def test_a_lock_is_not_put_on_a_locked_account() -> None:
    """An account that is locked for something else keeps that lock, and the warning of a further one is dropped."""
    world = s.active().do("warn", SYSTEM, TROUBLE).do("lock", AGENT, {"ground": "new_device"})
    world.tick(THREE_DAYS + INSTANT)
    assert (world.account.lock.ground, world.account.warning) == ("new_device", None)


def test_a_suspension_goes_over_a_lock() -> None:
    """A locked account whose warning of a suspension runs out is suspended, and its lock stays under it."""
    world = warned().do("lock", AGENT, {"ground": "new_device"}).tick(THREE_DAYS + INSTANT)
    assert (world.state, world.account.lock is None) == (State.SUSPENDED, False)


@pytest.mark.parametrize("make", [answered, lambda: warned(with_reasons=False)])
def test_what_the_system_may_not_do_a_person_decides(make: Any) -> None:
    """An answered warning, or one without its statement of reasons, is handed to a person and stays open."""
    world = make().tick(THREE_DAYS + INSTANT)
    assert (world.state, world.account.warning.handed_over) == (State.ACTIVE, True)
    assert world.events[-1].notices == ("warning_ran_out",)
    assert world.tick(30 * DAY).state is State.ACTIVE
    assert world.codes("suspend", COLLEAGUE, RULES, [s.STATEMENT]) == []


def test_a_warning_during_an_appeal_is_handed_over() -> None:
    """While an appeal against a lock waits, nothing further is done by itself."""
    world = warned().do("lock", AGENT, {"ground": "new_device"}).do("send_unlock_code", HOLDER).wait(HOUR)
    world.do("appeal", HOLDER, None, s.COMPLETE).tick(THREE_DAYS)
    assert (world.state, world.account.warning.handed_over) == (State.UNDER_APPEAL, True)
    world.do("clear_warning", AGENT)
    assert world.account.warning is None


def test_clearing_stops_the_clock() -> None:
    """A warning that support cleared brings no restriction later, and a further one may be sent."""
    world = answered().do("clear_warning", AGENT)
    assert (world.account.warning, world.account.timer("warning_runs_out")) == (None, None)
    assert world.tick(5 * DAY).state is State.ACTIVE
    assert world.codes("warn", REVIEWER, RULES) == []


@pytest.mark.parametrize(("facts", "met"), [
    ({"signal": "unpaid_orders", "signal_count": 2}, True),
    ({"signal": "unpaid_orders", "signal_count": 3}, False),
    ({"signal": "open_disputes", "signal_count": 0}, False),
])  # fmt: skip
def test_the_cause_that_was_warned_about_must_be_gone(facts: Any, met: bool) -> None:
    """The system clears a warning when the very signal it was sent for falls below its limit, and not otherwise."""
    world = s.active().do("warn", SYSTEM, {**UNPAID, "signal_count": 3})
    assert world.codes("clear_warning", SYSTEM, facts) == ([] if met else ["signal_is_below_its_limit"])


def test_a_warning_on_a_judgement_is_cleared_by_people_only() -> None:
    """What a reviewer warned about without a signal no counter can clear."""
    facts = {"signal": "unpaid_orders", "signal_count": 0}
    assert warned().codes("clear_warning", SYSTEM, facts) == ["signal_is_below_its_limit"]


def test_a_suspension_ends_the_warning() -> None:
    """A reviewer who suspends within the last day leaves neither warning nor clock."""
    world = warned().wait(50 * HOUR).do("suspend", REVIEWER, RULES, [s.STATEMENT])
    assert (world.account.warning, world.account.timer("warning_runs_out")) == (None, None)


def test_a_ground_without_grace_restricts_at_once() -> None:
    """A chargeback and harassment suspend the moment they happen, without a warning between (A-44)."""
    for ground in ("chargeback", "harassment"):
        world = s.active().do("suspend", REVIEWER, {"ground": ground, "caused_at": START}, [s.STATEMENT])
        assert world.account.suspension.since == START
        assert "warn" not in [event.trigger for event in world.events]


def test_the_statement_that_came_with_the_warning_is_the_suspensions() -> None:
    """What was sent with the warning is on file, and no second statement is asked of the clock."""
    later = Evidence("passport", "doc-later")
    world = warned().tick(THREE_DAYS + INSTANT).do("add_evidence", HOLDER, None, [later])
    assert [each.kind for each in world.account.evidence] == ["statement_of_reasons", "passport"]
