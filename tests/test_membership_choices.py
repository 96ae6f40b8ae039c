"""Both readings of every choice that the policy of memberships leaves open."""

from __future__ import annotations

from typing import Any

import memberships as m
import pytest
import support as s
from memberships import CONFIRMATION, EMAIL, NOTICE, PERIOD_END, POSTED, RECEIPT, TOOLS, TRIAL_END, standing
from support import AGENT, CLEAR, DAY, HOLDER, START, SYSTEM

from lifecycle.model import MembershipState, State
from lifecycle.policy.membership_ending import has_benefits


@pytest.mark.parametrize("value", [True, False])
def test_vip_auto_renew_default(value: bool) -> None:
    """A membership renews unless that is switched off, or only once it is switched on."""
    world = m.trial(vip_auto_renew_default=value).tick(30 * DAY)
    assert standing(world) is (MembershipState.PAID if value else MembershipState.RENEW_OFF)
    assert standing(m.paid(vip_auto_renew_default=value).tick(365 * DAY)) is (
        MembershipState.PAID if value else MembershipState.TERMINATED
    )


@pytest.mark.parametrize("value", [True, False])
def test_vip_trial_requires_payment(value: bool) -> None:
    """A trial needs payment data, or does without."""
    world = s.active(vip_trial_requires_payment=value)
    codes = world.codes("start_trial", HOLDER, {**m.JOIN, "payment_on_file": False})
    assert codes == (["payment_method_is_on_file"] if value else [])


@pytest.mark.parametrize("value", [True, False])
def test_vip_billing_while_suspended(value: bool) -> None:
    """Billing goes on while the account is suspended, or the membership ends with what was paid for."""
    world = s.suspended(world=m.paid(vip_billing_while_suspended=value)).tick(365 * DAY)
    assert standing(world) is (MembershipState.PAID if value else MembershipState.TERMINATED)
    assert world.state is State.SUSPENDED


ALL = ("tools", "certified_email", "registered_post")


@pytest.mark.parametrize("channels", [ALL, ("registered_post",), ("certified_email",), ("tools", "certified_email")])
def test_cancel_channels(channels: tuple[str, ...]) -> None:
    """Each way of cancelling is taken where the policy lists it, and refused by its own name where it does not."""
    world = m.paid(cancel_channels=channels)
    assert world.codes("switch_off_renewal", HOLDER, TOOLS) == ([] if "tools" in channels else ["tools_are_accepted"])
    for channel in ("certified_email", "registered_post"):
        codes = world.codes("send_notice", HOLDER, {**NOTICE, "notice_channel": channel}, POSTED)
        assert codes == ([] if channel in channels else ["notice_channel_is_accepted"])


@pytest.mark.parametrize(("value", "known", "right"), [
    (("agreement", "statement", "default"), ("agreement", "statement"), "agreement"),
    (("agreement", "statement", "default"), ("statement",), "statement"),
    (("agreement", "statement", "default"), (), "default"),
    (("statement", "agreement", "default"), ("agreement", "statement"), "statement"),
    (("default",), ("agreement", "statement"), "default"),
    (("agreement",), (), "default"),
])  # fmt: skip
def test_recipient_address_order(value: tuple[str, ...], known: tuple[str, ...], right: str) -> None:
    """The notice goes to the first address that is known, in the order of the policy."""
    world = m.paid(recipient_address_order=value)
    for recipient in ("agreement", "statement", "default"):
        facts = {**NOTICE, "recipient": recipient, "addresses_known": known}
        codes = world.codes("send_notice", HOLDER, facts, POSTED)
        assert codes == ([] if recipient == right else ["address_is_the_right_one"])


@pytest.mark.parametrize("value", ["at_sending", "with_a_receipt"])
def test_certified_email_arrives(value: str) -> None:
    """A certified e-mail counts as delivered when it is sent, or when its receipt is there."""
    world = m.paid(certified_email_arrives=value).do("send_notice", HOLDER, EMAIL, POSTED)
    at_once = value == "at_sending"
    assert standing(world) is (MembershipState.NOTICE_DELIVERED if at_once else MembershipState.NOTICE_SENT)
    if not at_once:
        assert world.codes("record_delivery", SYSTEM) == ["delivery_is_proved"]
        assert standing(world.do("record_delivery", SYSTEM, None, [RECEIPT])) is MembershipState.NOTICE_DELIVERED


@pytest.mark.parametrize("value", ["delivered", "posted"])
def test_notice_effective_basis(value: str) -> None:
    """A renewal between posting and delivery stands, or is paid back."""
    world = m.renewed_before_delivery(notice_effective_basis=value)
    by_post = value == "posted"
    assert m.notice(world).refund == ("charge_due" if by_post else "none")
    assert m.notice(world).counts_from == (PERIOD_END - 2 * DAY if by_post else PERIOD_END + 3 * DAY)
    dispute = {"charge_reason": "after_notice", "charged_at": PERIOD_END}
    codes = world.codes("dispute_charge", HOLDER, dispute, m.PACKET)
    assert codes == ([] if by_post else ["charge_follows_the_notice"])


@pytest.mark.parametrize("value", ["later_of_both", "as_named"])
def test_notice_end(value: str) -> None:
    """A notice that arrives after the date it names ends the membership on its arrival, or on the date named."""
    world = m.delivered(m.noticed(notice_end=value, named_end=START + DAY))
    later = value == "later_of_both"
    assert m.notice(world).end_date == START + (5 if later else 1) * DAY


@pytest.mark.parametrize("value", ["period_end", "immediate"])
def test_vip_termination_effect(value: str) -> None:
    """Benefits last to the end of the period, or end with the notice."""
    world = m.delivered(vip_termination_effect=value).wait(50 * DAY)
    world.do("confirm_termination", AGENT, None, [CONFIRMATION])
    at_once = value == "immediate"
    assert m.membership(world).benefits_until == (START + 40 * DAY if at_once else PERIOD_END)
    assert has_benefits(world.account, world.now) is not at_once


@pytest.mark.parametrize("effect", ["period_end", "immediate"])
@pytest.mark.parametrize("value", ["none", "prorated"])
def test_vip_refund_policy(value: str, effect: str) -> None:
    """Days not used are paid back where the policy says so and the benefits end at once; a trial has none."""
    choices = {"vip_refund_policy": value, "vip_termination_effect": effect}
    world = m.delivered(**choices)
    due = (value, effect) == ("prorated", "immediate")
    assert m.notice(world).refund == ("rest_due" if due else "none")
    assert m.notice(m.delivered(m.noticed(m.trial(**choices)))).refund == "none"
    assert world.codes("refund_charge", AGENT) == ([] if due else ["refund_is_due"])
    if due:
        world.do("refund_charge", AGENT)
        assert (m.notice(world).refund, m.membership(world).period_to) == ("paid", START + 40 * DAY)


@pytest.mark.parametrize("value", ["none", "prorated"])
def test_a_fee_after_a_notice_is_always_paid_back(value: str) -> None:
    """Whatever is done about days not used, a fee charged after a notice that counts is due back in full."""
    assert m.notice(m.proved_late(vip_refund_policy=value)).refund == "charge_due"


@pytest.mark.parametrize("value", ["same_as_request", "when_carried_out"])
def test_notice_closure_guards(value: str) -> None:
    """A closure asked for in a notice is refused while something is owed, or taken and held."""
    world = m.delivered(m.noticed(notice_closure_guards=value, parts=("closure",))).wait(40 * DAY)
    world.do("confirm_termination", AGENT, None, [CONFIRMATION])
    owed = {**CLEAR, "open_orders": 1}
    same = value == "same_as_request"
    assert world.codes("close_by_notice", AGENT, owed) == (["orders_are_settled"] if same else [])
    world.do("close_by_notice", AGENT, CLEAR if same else owed)
    assert world.tick(3 * DAY, owed).account.deletion.held
    assert standing(world) is MembershipState.TERMINATED


@pytest.mark.parametrize("value", ["always", "except_membership_with_delivered_notice"])
def test_chargeback_suspends(value: str) -> None:
    """A chargeback of a membership's fee suspends, or does not once a notice has arrived."""
    facts = {"ground": "chargeback", "chargeback_on": "membership"}
    spared = value != "always"
    arrived = m.delivered(chargeback_suspends=value)
    codes = arrived.codes("suspend", SYSTEM, facts, [s.STATEMENT])
    assert codes == (["chargeback_breaks_the_rules"] if spared else [])
    assert arrived.codes("suspend", SYSTEM, {**facts, "chargeback_on": "order"}, [s.STATEMENT]) == []
    assert m.noticed(chargeback_suspends=value).codes("suspend", SYSTEM, facts, [s.STATEMENT]) == []
    assert arrived.codes("suspend", s.REVIEWER, {"ground": "harassment"}, [s.STATEMENT]) == []


def _deleted(world: s.World) -> s.World:
    world.do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True}).do("show_warning", SYSTEM)
    world.do("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    return world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True}).wait(DAY)


@pytest.mark.parametrize("value", ["confirmation", "refund", "dispute"])
def test_proof_retention(value: str) -> None:
    """The data wait for each thing the policy names, and for nothing else."""
    facts = {"retention_duty": False, "kept_by_law": ()}
    disputed = _deleted(m.disputed(m.paid(proof_retention=(value,))))
    owed = _deleted(m.renewed_before_delivery(notice_effective_basis="posted", proof_retention=(value,)))
    waits = ["proofs_are_needed_no_longer"]
    assert disputed.codes("erase", SYSTEM, facts) == (waits if value == "dispute" else [])
    assert owed.codes("erase", SYSTEM, facts) == (waits if value in ("refund", "confirmation") else [])
    assert _deleted(m.noticed(proof_retention=(value,))).codes("erase", SYSTEM, facts) == []


def test_periods_of_a_membership() -> None:
    """Another length of trial, period or wait moves the moments that hang on it."""
    changed: dict[str, Any] = {"vip_trial_days": 7 * DAY, "vip_period_days": 90 * DAY, "vip_recheck": DAY}
    world = m.trial(**changed)
    assert world.account.timer("trial_ends").due == START + 7 * DAY
    assert world.codes("convert_trial", SYSTEM, at=TRIAL_END) == []
    assert world.tick(7 * DAY).account.timer("period_ends").due == START + 97 * DAY
    again = m.disputed(m.paid(**changed)).tick(90 * DAY)
    assert again.account.timer("period_ends").due == START + 91 * DAY
