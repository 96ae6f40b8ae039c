"""The ways a plan offers: which, in which order, with what, when, how likely, and what still stands in them."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
import support as s
from plans import arrived, conditions, leg_of, planned, rejected_on, suspended_on, ways
from support import DAY, HOUR, MINUTE, START

import lifecycle.plan.search
from lifecycle.decide import decide
from lifecycle.errors import BadRequest
from lifecycle.facts import Facts
from lifecycle.machine import AccountMachine
from lifecycle.model import Evidence, State
from lifecycle.plan import plan
from lifecycle.rows.ways import Ways

FRIDAY = dt.datetime(2026, 2, 13, 16, 30, tzinfo=dt.UTC)


# --- out of a lock ------------------------------------------------------------------------------------------------


def test_a_lock_opens_by_code_or_through_support():
    """The way by oneself comes first, with its five to fifteen minutes; support follows within the day."""
    world = s.locked()
    assert ways(world) == ["send_unlock_code verify", "unlock"]
    alone, support = planned(world).ways
    assert (alone.earliest, alone.latest) == (START + 5 * MINUTE, START + 15 * MINUTE)
    assert (support.earliest, support.latest) == (START + 5 * MINUTE, START + DAY)
    assert [leg.role for leg in alone.legs] == ["holder", "holder"]
    assert [(leg.source, leg.dest) for leg in alone.legs] == [
        (State.SECURITY_LOCKED, State.SECURITY_LOCKED),
        (State.SECURITY_LOCKED, State.ACTIVE),
    ]


def test_a_code_that_was_sent_is_typed_in():
    """With a code at hand no other is asked for; with one that ran out or was mistyped another is, once the wait is over."""
    assert ways(s.code_sent())[0] == "verify"
    late = s.code_sent().wait(16 * MINUTE)
    assert "send_unlock_code verify" in ways(late)
    world = s.code_sent()
    for _ in range(5):
        world.do("verify", s.HOLDER, {"code_right": False})
    leg = leg_of(planned(world), "send_unlock_code")
    assert leg.from_ == leg.earliest == START + 10 * MINUTE


def test_the_code_is_typed_in_while_it_is_good():
    """Where a code lives shorter than unlocking usually takes, it is typed in before it runs out."""
    (way, *_) = planned(s.locked(unlock_code_ttl=12 * MINUTE)).ways
    assert (way.earliest, way.latest) == (START + 5 * MINUTE, START + 12 * MINUTE)


def test_a_lock_for_failed_payments_opens_by_waiting():
    """It opens by itself after a day, or through support for whoever shows why; and the plan says why no code does."""
    found = planned(s.locked("declined_payments"))
    wait, support = found.ways
    assert (wait.triggers, wait.earliest, wait.latest) == (("lock_expires",), START + DAY, START + DAY)
    assert wait.legs[0].waits
    assert support.triggers == ("add_evidence", "unlock")
    assert support.legs[0].evidence == ("bank_fraud_alert",)
    assert [(door.trigger, [v.code for v in door.refusals]) for door in found.shut] == [
        ("send_unlock_code", ["lock_yields_to_a_code"])
    ]


def test_an_appeal_against_a_lock_follows_a_failed_code():
    """Appealing against a lock is shut until unlocking by oneself has failed, and open then."""
    (door,) = planned(s.locked()).shut
    assert (door.trigger, [v.code for v in door.refusals]) == ("appeal", ["self_service_failed"])
    assert "appeal grant" in ways(s.code_sent().wait(HOUR))


# --- out of a suspension ------------------------------------------------------------------------------------------


def test_an_appeal_is_dated_in_working_days():
    """Sent on a Friday afternoon, it is answered between Wednesday and the Friday after."""
    found = planned(arrived(State.SUSPENDED, FRIDAY, ground="harassment", author="reviewer:1"))
    way = found.best
    assert way.triggers == ("appeal", "grant")
    assert (way.earliest, way.latest) == (FRIDAY + 5 * DAY, FRIDAY + 7 * DAY)
    assert [leg.role for leg in way.legs] == ["holder", "reviewer"]
    assert way.odds is None


def test_what_an_appeal_brings():
    """A plan names the papers the ground asks for, and leaves out what is on file and can be read."""
    world = suspended_on("buyer_protection")
    assert leg_of(planned(world), "appeal").evidence == ("passport", "explanation", "dispute_list")
    world.do("add_evidence", s.HOLDER, None, [s.PASSPORT, Evidence("dispute_list", "blurred", readable=False)])
    assert leg_of(planned(world), "appeal").evidence == ("explanation", "dispute_list")
    driver = suspended_on("harassment").do("add_evidence", s.HOLDER, None, [Evidence("driving_licence", "front")])
    assert leg_of(planned(driver), "appeal").evidence == ("explanation",)


def test_a_ground_nobody_knows_any_more():
    """A ground of an older policy asks for no papers of its own; the appeal is open all the same."""
    world = suspended_on("harassment")
    world.account = attrs.evolve(world.account, suspension=attrs.evolve(world.account.suspension, ground="forgotten"))
    found = planned(world)
    assert found.best.triggers == ("appeal", "grant")
    assert leg_of(found, "appeal").evidence == ("passport", "explanation")


def test_after_a_rejection_something_new_is_brought():
    """A second appeal and an escalation bring a new document; both have the odds people told."""
    found = planned(rejected_on("buyer_protection"))
    assert [way.triggers for way in found.ways][:2] == [("appeal", "grant"), ("escalate", "grant")]
    second, supervisor = found.ways[:2]
    assert second.legs[0].evidence[-1] == "order_screenshots"
    assert supervisor.legs[0].evidence == ("explanation", "order_screenshots")
    assert (second.odds, supervisor.odds) == (0.4, 0.3)
    assert supervisor.legs[1].role == "supervisor"
    assert (supervisor.earliest, supervisor.latest) == (START + 7 * DAY, START + 14 * DAY)


def test_an_incomplete_appeal_is_sent_again_with_what_was_missing():
    """After an automatic rejection only the missing papers are asked for; after several at once a new one is."""
    world = s.suspended().do("appeal", s.HOLDER, None, [s.PASSPORT])
    assert world.state is State.SUSPENDED
    assert leg_of(planned(world), "appeal").evidence == ("explanation",)
    world = s.appealed().do("appeal", s.HOLDER)
    found = planned(world)
    assert found.best.triggers == ("auto_reject", "appeal", "grant")
    assert leg_of(found, "auto_reject").earliest == START + DAY
    assert leg_of(found, "appeal").evidence == ("order_screenshots",)


def test_a_cause_is_put_right_before_support_reinstates():
    """What the ground asks for is handed in first; whether the cause is put right stays a condition."""
    found = planned(suspended_on("chargeback"))
    assert found.best.triggers == ("add_evidence", "reinstate")
    assert found.best.legs[0].evidence == ("bank_statement_reversal", "written_commitment")
    assert (found.best.earliest, found.best.latest) == (START + 2 * DAY, START + 3 * DAY)
    (condition,) = found.best.conditions
    assert (condition.code, condition.met) == ("cause_is_remedied", None)
    assert condition.limit.startswith("Have the bank reverse the chargeback")
    assert "cause_remedied" in found.needs
    assert planned(suspended_on("coupon_abuse")).best.odds == 0.6


def test_a_suspension_with_an_end_may_be_waited_for():
    """Waiting for the end is one way among the others, at its date; an appeal may be quicker."""
    world = suspended_on("harassment", ends=START + 30 * DAY)
    assert ways(world) == ["appeal grant", "suspension_ends", "reverse_decision"]
    assert planned(world).ways[1].latest == START + 30 * DAY
    soon = suspended_on("harassment", ends=START + DAY)
    assert ways(soon)[0] == "suspension_ends"


def test_a_timer_may_get_there_first():
    """Where a suspension ends before a slow answer comes, the appeal arrives by that end at the latest."""
    world = suspended_on("harassment", ends=START + 4 * DAY)
    wait, appeal = planned(world).ways[:2]
    assert (appeal.triggers, wait.triggers) == (("appeal", "grant"), ("suspension_ends",))
    assert (appeal.earliest, appeal.latest) == (START + 3 * DAY, START + 4 * DAY)


def test_a_way_that_only_arrives_quickly_is_not_offered():
    """Where a step depends on another being quick, the way is left out; the one that arrives either way stays."""
    world = s.with_case(s.closing()).wait(5 * HOUR + 2 * DAY)
    offered = ways(world, State.DEACTIVATED)
    assert "withdraw_closure deactivate" in offered
    assert not any(way.endswith("pause") for way in offered if way.startswith("withdraw_closure"))


def test_a_timer_that_comes_to_nothing_is_no_way():
    """A lock's timer that an import set too early is let go, so nobody is told to wait for it."""
    world = arrived(State.SECURITY_LOCKED, ground="declined_payments", timers={"lock_expires": START + HOUR})
    assert "lock_expires" not in ways(world)


def test_two_timers_at_one_moment():
    """Timers that are due at the same moment are all applied, so waiting for either of them arrives."""
    world = s.suspended(ends_at=START + DAY).do("appeal", s.HOLDER, None, s.COMPLETE).do("appeal", s.HOLDER)
    assert {t.due for t in world.account.timers if t.name in ("auto_reject", "suspension_ends")} == {START + DAY}
    assert ways(world)[:2] == ["auto_reject", "suspension_ends"]


def test_a_lock_under_a_suspension_is_opened_too():
    """Reinstating leaves the lock, so each way goes on to open it; a reversal may lift both."""
    world = s.locked(world=suspended_on("unpaid_orders"))
    assert ways(world) == [
        "reinstate send_unlock_code verify",
        "reinstate unlock",
        "appeal grant send_unlock_code verify",
        "appeal grant unlock",
        "reverse_decision",
    ]


def test_the_time_of_an_open_appeal_runs_since_it_was_sent():
    """Two days after it was sent the answer is two days nearer; once the usual time is over no date is given."""
    world = s.appealed()
    assert planned(world.wait(2 * DAY)).best.latest == START + 7 * DAY
    late = planned(world.wait(10 * DAY))
    leg = leg_of(late, "grant")
    assert leg.overdue
    assert leg.latest is None
    assert leg.earliest == late.at


def test_a_permanent_suspension_is_only_reversed():
    """Nothing leads back but a supervisor's reversal, nobody's right; every other door says why it is shut."""
    found = planned(s.permanent())
    (way,) = found.ways
    assert (way.triggers, way.rare, way.latest, way.odds) == (("reverse_decision",), True, None, None)
    assert found.outlook.level == "closed"
    shut = {door.trigger: {v.code for v in door.refusals} for door in found.shut}
    assert shut.keys() == {"appeal", "escalate", "reinstate"}
    assert all("suspension_is_not_permanent" in codes for codes in shut.values())


def test_no_way_builds_on_a_reversal():
    """A reversal may be all that is needed, but nobody appeals in the hope of one."""
    for world in (s.suspended(), rejected_on("harassment"), s.code_sent().wait(HOUR)):
        for triggers in ways(world):
            assert "reverse_decision" not in triggers or triggers.startswith("reverse_decision")


def test_strikes_darken_the_outlook():
    """The gravest strike decides how it looks; odds are not given, since nobody told any for such accounts."""
    assert planned(suspended_on("coupon_abuse")).outlook.level == "open"
    harder = planned(suspended_on("coupon_abuse", strikes=["multi_account_during_appeal"]))
    assert (harder.outlook.level, harder.best.odds) == ("harder", None)
    assert harder.outlook.because == ("another account was opened while an appeal was pending",)
    worst = planned(suspended_on("coupon_abuse", strikes=["social_pressure", "legal_threat"])).outlook
    assert (worst.level, worst.cites) == ("nearly_impossible", ("G3-115", "G3-98"))
    assert planned(suspended_on("coupon_abuse", strikes=["something_else"])).outlook.because == (
        "on file: something else",
    )
    assert planned(suspended_on("coupon_abuse", strikes=["legal_threat"]), State.DELETED).outlook.level == "open"


# --- pausing, leaving, and back -----------------------------------------------------------------------------------


def test_an_account_is_deleted_by_code_or_by_request():
    """The direct way takes minutes, the request days; each names what has to be settled first."""
    found = planned(s.active(), State.DELETED, facts={"open_orders": 2, "orders_in_transit": 0, "signed_in": True})
    assert [way.triggers for way in found.ways] == [
        ("deactivate", "show_warning", "press_delete", "confirm_deletion"),
        ("request_closure", "confirm_closure", "complete_deletion"),
    ]
    direct, request = found.ways
    assert direct.latest == START + 3 * MINUTE
    assert request.latest == START + 3 * DAY
    asked = conditions(request.legs[0])
    assert asked["orders_are_settled"] is False
    assert asked["wallet_is_empty"] is None
    assert "signed_in" not in asked
    assert "subscriptions_have_ended" not in asked
    assert conditions(request.legs[2])["subscriptions_have_ended"] is None
    (orders,) = [v for v in direct.conditions if v.code == "orders_are_settled"]
    assert (orders.value, orders.limit) == ({"open_orders": 2}, 0)
    assert found.needs >= {"wallet_balance", "identity_proven", "active_subscriptions"}
    assert not found.needs & {"open_orders", "signed_in", "code_right"}


def test_what_is_known_to_be_settled_is_no_condition():
    """With every fact given and in order nothing stands in the way, and nothing more is asked for."""
    found = planned(s.active(), State.DELETED, facts=Facts({**s.CLOSING, "identifier_matches": True}))
    assert [way.conditions for way in found.ways] == [(), ()]
    assert found.needs == frozenset()


def test_another_reading_has_its_own_ways():
    """Where Deactivate only opens the way to Delete, the plan follows those rows."""
    assert ways(s.active(deactivate_button_effect="deletion_only"), State.DELETED)[0] == (
        "deactivate show_warning press_delete confirm_deletion"
    )


def test_where_support_has_to_be_asked():
    """Under the reading in which nobody leaves without support it is part of each way, in one order only."""
    direct, request = ways(s.active(support_optional=False), State.DELETED)
    assert request == "open_case connect_agent request_closure confirm_closure complete_deletion"
    assert sorted(direct.split()) == sorted(
        ["deactivate", "show_warning", "open_case", "connect_agent", "press_delete", "confirm_deletion"]
    )


def test_a_deletion_under_way_goes_on():
    """With a code alive it is typed in, with one that ran out another is sent; a confirmed request only waits."""
    assert ways(s.deleting(), State.DELETED) == ["confirm_deletion"]
    assert ways(s.deleting().wait(2 * MINUTE), State.DELETED) == ["send_deletion_code confirm_deletion"]
    assert ways(s.closing(), State.DELETED) == ["confirm_closure complete_deletion"]
    assert ways(s.confirmed(), State.DELETED) == ["complete_deletion"]


def test_holds_are_released_first():
    """Each hold is released before the deletion is carried out; nobody tells how long that takes."""
    world = s.confirmed()
    for hold in ("court_case", "audit"):
        world.do("place_hold", s.REVIEWER, {"hold": hold})
    (way,) = planned(world, State.DELETED).ways
    assert way.triggers == ("release_hold", "release_hold", "complete_deletion")
    assert [leg.facts.get("hold") for leg in way.legs] == ["court_case", "audit", None]
    assert way.latest is None


def test_very_long_ways_are_not_looked_for():
    """A way of more than ten steps is not offered."""
    world = s.confirmed()
    for n in range(10):
        world.do("place_hold", s.REVIEWER, {"hold": f"case_{n}"})
    assert ways(world, State.DELETED) == []


def test_a_deletion_that_was_held_is_tried_again():
    """A timer that comes too early is armed again, and the plan waits for the round that is late enough."""
    world = s.confirmed().tick(DAY).do("hold_deletion", s.SYSTEM, {**s.CLEAR, "open_orders": 1})
    (way,) = planned(world, State.DELETED).ways
    assert way.triggers == ("complete_deletion",)
    assert way.latest >= START + 3 * DAY


def test_a_deletion_that_waits_for_facts_is_due_now():
    """A timer that could not be settled for want of facts is due at once, never in the past."""
    world = s.confirmed().tick(5 * DAY)
    assert world.state is State.PENDING_DELETION
    (way,) = planned(world, State.DELETED).ways
    assert way.latest == world.now


def test_there_is_no_way_back_from_a_confirmed_request():
    """Nothing stops a confirmed deletion, and the plan says which door that shuts."""
    found = planned(s.confirmed())
    assert found.ways == ()
    assert found.best is None
    assert found.outlook.level == "closed"
    assert [(door.trigger, [v.code for v in door.refusals]) for door in found.shut] == [
        ("withdraw_closure", ["request_is_unconfirmed"])
    ]
    assert str(found) == "from pending deletion to active for account acc: no way"


def test_a_change_of_mind_in_time():
    """An unconfirmed request is stopped through support, or by not following the link; a direct one by stepping back."""
    assert ways(s.closing()) == ["open_case connect_agent withdraw_closure", "closure_lapses"]
    assert ways(s.deleting()) == ["abandon_deletion reactivate"]
    assert ways(s.deleting(), State.DEACTIVATED) == ["abandon_deletion"]
    assert conditions(leg_of(planned(s.closing()), "withdraw_closure")) == {"support_agrees": None}


def test_a_pause_begins_and_ends():
    """A pause begins by oneself at once or through support, and ends with one button."""
    assert ways(s.active(), State.DEACTIVATED) == ["deactivate", "open_case connect_agent pause"]
    assert ways(s.deactivated()) == ["reactivate"]
    assert planned(s.deactivated()).best.latest == START


def test_who_is_suspended_may_leave():
    """A permanent suspension may be closed on request; any other has to be lifted first."""
    assert ways(s.permanent(), State.DELETED)[0] == "close_suspended complete_deletion"
    found = planned(s.suspended(), State.DELETED)
    assert all(way.triggers[0] in ("appeal", "reverse_decision") for way in found.ways)
    assert [v.code for door in found.shut if door.trigger == "close_suspended" for v in door.refusals] == [
        "suspension_is_permanent"
    ]


# --- sales, and odds and ends -------------------------------------------------------------------------------------


def test_a_sale_slows_support_and_nobody_else():
    """During a sale support takes from 45 minutes to twice as long; unlocking by oneself takes what it took."""
    alone, support = planned(s.locked(), peak=True).ways
    assert alone.latest == START + 15 * MINUTE
    assert (support.earliest, support.latest) == (START + 45 * MINUTE, START + 2 * DAY)
    assert planned(s.suspended(), peak=True).best.latest == START + 14 * DAY
    case = leg_of(planned(s.closing(), peak=True), "connect_agent")
    assert (case.least, case.most) == (45 * MINUTE, 90 * MINUTE)


def test_the_calendar_tells_when_a_sale_is():
    """Within a large sale of the calendar people are slow, unless the caller knows better."""
    assert planned(s.locked(), peak=None).peak
    assert not planned(s.locked().wait(60 * DAY), peak=None).peak
    assert not planned(s.locked(), sale_at=START + DAY, peak=False).peak


def test_which_way_is_in_time_for_a_sale():
    """A way is in time, too late, or perhaps in time; a sale counts as a time at which support is slow."""
    found = planned(s.locked(), sale_at=START + 12 * HOUR)
    assert found.peak
    assert [way.arrives_by(found.sale_at) for way in found.ways] == [True, None]
    assert [way.arrives_by(START + MINUTE) for way in found.ways] == [False, False]


def test_whoever_has_arrived_has_nothing_to_do():
    """A plan to where the account is has no ways and is no dead end."""
    found = planned(s.active())
    assert (found.arrived, found.ways, found.outlook.level) == (True, (), "open")
    assert str(found) == "from active to active for account acc: nothing to do"


def test_a_deleted_account_goes_nowhere():
    """Nothing leads out of deleted."""
    found = planned(s.deleted())
    assert (found.ways, found.outlook.level) == ((), "closed")


def test_nobody_plans_to_be_suspended():
    """A plan leads to where somebody may want to be, and says where that is."""
    with pytest.raises(BadRequest, match=r"nobody plans to be suspended\. .* active, deactivated, deleted\."):
        planned(s.active(), State.SUSPENDED)


def test_a_policy_without_steps_offers_no_ways():
    """What nobody named as a step is never advised, and a policy that names no targets plans nothing."""
    rules = s.machine_of().policy
    bare = attrs.evolve(rules, ways=Ways(targets=(State.ACTIVE,)))
    world = s.locked()
    assert plan(AccountMachine(bare), world.account, world.now).ways == ()
    with pytest.raises(BadRequest, match="one of: none"):
        plan(AccountMachine(attrs.evolve(rules, ways=Ways())), world.account, world.now)


def test_no_way_has_steps_to_spare():
    """No way contains another one, and none is offered twice."""
    worlds = (s.locked(), s.suspended(), rejected_on("coupon_abuse"), s.closing(), s.active())
    for world in worlds:
        for to in (State.ACTIVE, State.DEACTIVATED, State.DELETED):
            offered = [way.triggers for way in planned(world, to).ways]
            assert len(offered) == len(set(offered))
            for one in offered:
                others = (iter(two) for two in offered if two != one)
                assert not any(all(step in other for step in one) for other in others)


def test_the_cheapest_comes_first():
    """Ways are in the order of their latest dates, the undated after them, what is nobody's right last."""
    for world in (s.locked(), s.suspended(), rejected_on("coupon_abuse"), s.locked(world=suspended_on("chargeback"))):
        for to in (State.ACTIVE, State.DELETED):
            offered = planned(world, to).ways
            keys = [(way.rare, way.latest is None, way.latest or way.earliest) for way in offered]
            assert keys == sorted(keys)


def test_the_search_is_small(monkeypatch):
    """A usual plan takes few decisions, so that it takes few milliseconds."""
    made = []
    monkeypatch.setattr(lifecycle.plan.search, "decide", lambda *args: made.append(args) or decide(*args))
    for world, to, most in (
        (s.locked(), State.ACTIVE, 100),
        (s.suspended(), State.ACTIVE, 100),
        (s.active(), State.DELETED, 100),
        (s.locked(world=suspended_on("chargeback")), State.DELETED, 600),
    ):
        made.clear()
        planned(world, to)
        assert len(made) <= most


def test_a_plan_in_short():
    """Printed, a plan names each way with its date and conditions, and what to avoid."""
    lines = str(planned(s.locked())).splitlines()
    assert lines[:4] == [
        "from security locked to active for account acc, the cheapest way first:",
        "  1. by 2026-02-02 09:15 UTC: send_unlock_code (holder), verify (holder)",
        "  2. by 2026-02-03 09:00 UTC: unlock (agent)",
        "       All fields of the identity check match.  [identity_is_shown]",
    ]
    assert lines[4] == "  avoid: Do not open another account."
    assert "nobody tells when: reverse_decision (supervisor)" in str(planned(s.permanent()))


def test_planning_changes_nothing():
    """An account is a value: planning for it leaves it as it was, and comes out the same again."""
    world = s.locked()
    before = attrs.evolve(world.account)
    assert planned(world) == planned(world)
    assert world.account == before
