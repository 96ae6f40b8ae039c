"""Both readings of every choice the policy leaves open, and what else the rows promise at their edges."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest
import support as s
from support import AGENT, CLEAR, COLLEAGUE, DAY, HOLDER, HOUR, REVIEWER, START, SUPERVISOR, SYSTEM
from test_contradictions import SETTLED

from lifecycle.calendar import BusinessDays
from lifecycle.machine import AccountMachine
from lifecycle.model import Actor, Evidence, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import named_in

FILES = sorted(Path(__file__).parent.glob("test_*.py"))
TESTS = {
    name for path in FILES for name in re.findall(r"^def test_(\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
}
SHOWN = {name for _, parameters, _ in SETTLED.values() for name in parameters}


@pytest.mark.parametrize("name", [each.name for each in named_in(Parameters) if each.choices])
def test_every_choice_has_a_test(name: str) -> None:
    """Each other reading is tried by a test called after the parameter, or by that of the contradiction it settles."""
    assert name in TESTS | SHOWN


@pytest.mark.parametrize("value", ["timer", "verification"])
def test_decline_lock_release(value: str) -> None:
    """A lock for failed payments opens by itself, or yields to a code; and an appeal waits for whichever it is."""
    world = s.locked("declined_payments", decline_lock_release=value)
    by_timer = value == "timer"
    assert (world.account.timer("lock_expires") is not None) == by_timer
    assert world.codes("send_unlock_code", HOLDER) == (["lock_yields_to_a_code"] if by_timer else [])
    assert world.codes("appeal", HOLDER, None, s.COMPLETE) == ([] if by_timer else ["self_service_failed"])
    assert world.tick(DAY).state is (State.ACTIVE if by_timer else State.SECURITY_LOCKED)


@pytest.mark.parametrize("value", ["every_contact_on_file", "both"])
def test_code_channels_required(value: str) -> None:
    """With one contact on file a deletion code goes there, or deletion waits for the other contact."""
    world = s.warned_of_deletion(contacts=("email",), code_channels_required=value)
    codes = world.codes("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    assert codes == (["contact_is_on_file"] if value == "both" else [])


@pytest.mark.parametrize("value", [False, True])
def test_dispute_items_counted_in_words(value: bool) -> None:
    """A long list of disputes is an attachment, or it counts as words of the explanation."""
    long = Evidence("dispute_list", "doc-list", words=150)
    world = s.suspended(dispute_items_counted_in_words=value)
    codes = world.codes("appeal", HOLDER, None, [*s.COMPLETE, long])
    assert codes == (["explanation_is_short_enough"] if value else [])


@pytest.mark.parametrize("value", ["take_and_reject", "refuse"])
def test_extra_appeals(value: str) -> None:
    """A further appeal is taken and all are rejected when the window is over, or it is refused at the door."""
    world = s.appealed(extra_appeals=value).wait(HOUR)
    refused = world.codes("appeal", HOLDER, None, [s.new_document()])
    assert refused == (["further_appeal_is_taken"] if value == "refuse" else [])
    if not refused:
        world.do("appeal", HOLDER, None, [s.new_document()]).tick(DAY)
        assert (world.state, world.account.appeal.outcome) == (State.SUSPENDED, "repeated")


@pytest.mark.parametrize("value", ["two_stage", "deletion_only"])
def test_deactivate_button_effect(value: str) -> None:
    """Deactivate pauses the account, or only opens the way to Delete and leaves it active."""
    home = State.DEACTIVATED if value == "two_stage" else State.ACTIVE
    world = s.deactivated(deactivate_button_effect=value)
    assert world.state is home
    assert s.deleting(deactivate_button_effect=value).do("abandon_deletion", HOLDER).state is home
    back = world.do("reactivate", HOLDER, {"signed_in": True})
    assert (back.state, back.account.pause) == (State.ACTIVE, None)


@pytest.mark.parametrize("value", ["block", "warn"])
def test_open_obligations_policy(value: str) -> None:
    """An open order, refund or dispute stops a closure, or is left to the holder's regret."""
    world = s.active(open_obligations_policy=value)
    owed = {**s.CLOSING, "open_orders": 1, "refunds_in_flight": 1, "open_disputes": 1}
    blocked = ["orders_are_settled", "refunds_are_settled", "disputes_are_closed"]
    assert world.codes("request_closure", HOLDER, owed) == (blocked if value == "block" else [])


@pytest.mark.parametrize("value", [True, False])
def test_in_transit_blocks(value: bool) -> None:
    """An order on its way counts as open, or does not."""
    world = s.active(in_transit_blocks=value)
    owed = {**s.CLOSING, "open_orders": 2, "orders_in_transit": 2}
    assert world.codes("request_closure", HOLDER, owed) == (["orders_are_settled"] if value else [])
    assert world.codes("request_closure", HOLDER, {**owed, "open_orders": 3}) == ["orders_are_settled"]


@pytest.mark.parametrize("value", ["block", "warn_and_forfeit"])
def test_wallet_policy(value: str) -> None:
    """Money in the wallet stops a closure, or is forfeited."""
    world = s.active(wallet_policy=value)
    codes = world.codes("request_closure", HOLDER, {**s.CLOSING, "wallet_balance": 500})
    assert codes == (["wallet_is_empty"] if value == "block" else [])


@pytest.mark.parametrize("value", ["delay", "block"])
def test_subscription_policy(value: str) -> None:
    """A running subscription refuses the request, or only holds the deletion until it has ended."""
    world = s.active(subscription_policy=value)
    running = {**s.CLOSING, "active_subscriptions": 1}
    assert world.codes("request_closure", HOLDER, running) == (["subscriptions_have_ended"] if value == "block" else [])
    held = s.confirmed(subscription_policy=value).tick(3 * DAY, {**CLEAR, "active_subscriptions": 1})
    assert held.account.deletion.held
    assert held.state is State.PENDING_DELETION
    assert held.tick(DAY, CLEAR).state is State.DELETED


THRESHOLDS = [
    ("lock", "unusual_logins", "distinct_addresses", 6),
    ("lock", "shared_device", "accounts_on_device", 3),
    ("lock", "declined_payments", "failed_payments", 5),
    ("suspend", "buyer_protection", "open_disputes", 5),
    ("suspend", "buyer_protection", "dispute_percent", 30),
    ("suspend", "unpaid_orders", "unpaid_orders", 3),
]


@pytest.mark.parametrize(("trigger", "ground", "signal", "limit"), THRESHOLDS)
def test_thresholds(trigger: str, ground: str, signal: str, limit: int) -> None:
    """A signal acts exactly at its limit; one below it, or an unknown signal, does not."""
    world = s.active()
    if trigger == "suspend":
        world.do("warn", REVIEWER, {"ground": ground}).wait(2 * DAY)
    facts = {"ground": ground, "signal": signal, "signal_sample": 5}
    assert world.codes(trigger, SYSTEM, {**facts, "signal_count": limit}, [s.STATEMENT]) == []
    below = world.ask(trigger, SYSTEM, {**facts, "signal_count": limit - 1}, [s.STATEMENT]).refusals
    assert [(r.code, r.value, r.limit) for r in below] == [
        ("signal_reached_its_limit", {signal: limit - 1}, f"at least {limit}")
    ]
    unknown = {**facts, "signal": "gossip", "signal_count": 99}
    (refusal,) = world.ask(trigger, SYSTEM, unknown, [s.STATEMENT]).refusals
    assert signal in refusal.limit


@pytest.mark.parametrize(("world", "trigger", "by", "facts", "evidence"), [
    (s.appealed, "grant", COLLEAGUE, {"name_matches": True}, ()),
    (lambda: s.suspended(offers_appeal=False), "reinstate", AGENT, {}, ()),
    (s.suspended, "reverse_decision", SUPERVISOR, {"lifts": "suspension"}, (s.REASONS,)),
    (s.appealed, "reverse_decision", SYSTEM, {"lifts": "suspension"}, (s.REASONS,)),
    (s.escalated, "grant", SUPERVISOR, {}, ()),
], ids=["grant", "reinstate", "reverse", "reverse_appealed", "grant_escalated"])  # fmt: skip
def test_release_with_and_without_a_lock(world: Any, trigger: str, by: Actor, facts: Any, evidence: Any) -> None:
    """Whoever lifts a suspension releases the account to active, or to security locked while a lock stands."""
    free = world().do(trigger, by, facts, evidence)
    assert (free.state, free.account.suspension) == (State.ACTIVE, None)
    under = world().do("lock", AGENT, {"ground": "new_device"}).do(trigger, by, facts, evidence)
    assert (under.state, under.account.suspension) == (State.SECURITY_LOCKED, None)
    assert under.account.lock is not None


def test_a_suspension_ends_by_itself_into_its_lock() -> None:
    """At its end a timed suspension leaves the lock that was put on top of it."""
    world = s.suspended(ends_at=START + DAY).do("lock", AGENT, {"ground": "new_device"})
    assert world.tick(DAY).state is State.SECURITY_LOCKED
    assert s.suspended(ends_at=START + DAY).tick(DAY).state is State.ACTIVE


def test_restriction_with_and_without_a_suspension() -> None:
    """A rejection returns to the suspension, or to the lock when that is what was appealed; also automatically."""
    assert s.rejected().state is State.SUSPENDED
    under = s.appealed().do("lock", AGENT, {"ground": "new_device"})
    assert under.do("reject", COLLEAGUE, None, [s.REASONS]).state is State.SUSPENDED
    assert s.lock_appealed().do("reject", COLLEAGUE, None, [s.REASONS]).state is State.SECURITY_LOCKED
    alone = s.code_sent().wait(HOUR).do("appeal", HOLDER, None, [s.PASSPORT])
    assert (alone.state, alone.account.appeal.outcome) == (State.SECURITY_LOCKED, "incomplete")


def test_four_eyes_across_roles() -> None:
    """A person who suspended the account may not judge its appeal, not even in another role."""
    same, other = Actor.supervisor(REVIEWER.id), SUPERVISOR
    world = s.escalated()
    for trigger in ("grant", "reject"):
        assert world.codes(trigger, same, None, [s.REASONS]) == ["decider_is_somebody_else"]
        assert world.codes(trigger, Actor.supervisor(COLLEAGUE.id), None, [s.REASONS]) == ["decider_is_somebody_else"]
        assert world.codes(trigger, other, None, [s.REASONS]) == []


def test_four_eyes_survive_an_automatic_rejection() -> None:
    """Whoever rejected an appeal may not judge the next one, though the system rejected one in between."""
    world = s.rejected().do("appeal", HOLDER, None, [s.new_document("doc-2")])
    world.do("appeal", HOLDER, None, [s.new_document("doc-3")]).tick(DAY)
    assert world.account.appeal.status == "auto_rejected"
    world.do("appeal", HOLDER, None, [s.new_document("doc-4")])
    assert world.codes("grant", COLLEAGUE, {"name_matches": True}) == ["decider_is_somebody_else"]


def test_periods_are_parameters() -> None:
    """A changed period moves the due time, and working days skip the weekend."""
    world = s.appealed(appeal_silence=BusinessDays(1))
    assert world.account.timer("chase_appeal").due == START + DAY
    friday = s.suspended().wait(4 * DAY).do("appeal", HOLDER, None, s.COMPLETE)
    assert friday.account.timer("chase_appeal").due == START + 15 * DAY
    assert friday.account.timer("chase_appeal").calendar == "mon-fri UTC"


def test_a_missing_explanation_may_follow() -> None:
    """After an incomplete appeal the explanation alone is something new; after a rejection by people it is not."""
    incomplete = s.suspended().do("appeal", HOLDER, None, [s.PASSPORT])
    assert incomplete.account.appeal.outcome == "incomplete"
    assert incomplete.codes("appeal", HOLDER, None, [s.EXPLANATION]) == []
    again = [Evidence("explanation", "doc-again", words=20)]
    assert s.rejected().codes("appeal", HOLDER, None, again) == ["appeal_is_first_or_brings_new_evidence"]


def test_no_contact_no_code() -> None:
    """Where no code can be sent, an appeal against the lock need not wait for one."""
    assert s.locked(contacts=()).codes("appeal", HOLDER, None, s.COMPLETE) == []
    assert s.locked().codes("appeal", HOLDER, None, s.COMPLETE) == ["self_service_failed"]


def test_a_deletion_without_a_code_was_left() -> None:
    """A deletion taken over from elsewhere, for which no code was ever sent, may be dropped at once."""
    world = s.deleting()
    world.account = attrs.evolve(world.account, deletion_code=None)
    assert world.codes("abandon_deletion", SYSTEM) == []


def test_parameters_speak() -> None:
    """Every parameter says what it means, and every one but the grounds says where it comes from."""
    for field in attrs.fields(Parameters):
        assert field.metadata["says"]
        assert field.name == "grounds" or set(field.metadata["cites"]) <= set(policy().citations)


def test_working_days_where_hours_were() -> None:
    """A period given in hours may be given in working days instead, and the machine still builds."""
    assert (
        AccountMachine(policy(Parameters(warning_lead_min=BusinessDays(2)))).policy.parameters.warning_lead_min.days
        == 2
    )
