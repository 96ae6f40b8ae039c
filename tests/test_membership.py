"""The paid membership: what is charged and what never is, how it ends, and what follows for the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import memberships as m
import pytest
import support as s
from memberships import CONFIRMATION, NOTICE, PERIOD_END, POSTED, RECEIPT, TOOLS, standing
from support import AGENT, CLEAR, DAY, HOLDER, INSTANT, START, SYSTEM, World

from lifecycle.calendar import BusinessDays
from lifecycle.errors import BadParameters
from lifecycle.fold import evolve
from lifecycle.imports import imported
from lifecycle.model import Account, Actor, MembershipState, Role, State
from lifecycle.policy import policy
from lifecycle.policy.membership import TO_BE_CHARGED
from lifecycle.policy.membership_ending import has_benefits
from lifecycle.policy.parameters import Parameters
from lifecycle.prose import sentence

CHARGES = ("convert_trial", "renew")
CANCELS = ("cancel_membership", "switch_off_renewal", "send_notice")
CHANNELS = (("registered_post",), ("certified_email",), ("tools", "certified_email", "registered_post"))

RUNNING: dict[str, Callable[..., World]] = {
    "trial": m.trial,
    "paid": m.paid,
    "notice_sent": m.noticed,
    "refunded": lambda **more: m.refunded(m.paid(**more)),
    "lost": lambda **more: m.lost(m.paid(**more)),
}
"""Each state with charges to come, as an account gets there."""


def fees(world: World) -> list[str]:
    """The triggers of the events that charged something."""
    return [event.trigger for event in world.events if event.trigger in (*CHARGES, "start_membership")]


def deleted(world: World) -> World:
    """The same account after a direct deletion, which looks at orders and refunds alone."""
    world.do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True}).do("show_warning", SYSTEM)
    world.do("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    return world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})


def test_charges_to_come_are_known() -> None:
    """Every state in which the system may charge a fee is among those that say so, and no other."""
    charged = {state for row in policy().rows if row.trigger in CHARGES for state in row.source}
    assert charged == set(TO_BE_CHARGED)
    assert {standing(world()) for world in RUNNING.values()} == set(TO_BE_CHARGED)


@pytest.mark.parametrize("shown", [True, False], ids=["shown", "hidden"])
@pytest.mark.parametrize("channels", CHANNELS, ids="+".join)
@pytest.mark.parametrize("name", RUNNING)
def test_a_way_to_cancel_is_open(name: str, channels: tuple[str, ...], shown: bool) -> None:
    """Wherever charges are to come the holder can cancel, whichever ways the policy takes and the app shows."""
    posted = "registered_post" if "registered_post" in channels else "certified_email"
    facts = {**NOTICE, **TOOLS, "notice_channel": posted, "controls_visible": shown}
    choices = {"cancel_channels": channels, "certified_email_arrives": "with_a_receipt"}
    world = (
        m.paid(**choices).do("send_notice", HOLDER, facts, POSTED)
        if name == "notice_sent"
        else RUNNING[name](**choices)
    )
    assert standing(world).value == name
    assert any(world.ask(trigger, HOLDER, facts, POSTED).allowed for trigger in CANCELS)


@pytest.mark.parametrize("channels", [(), ("tools",)], ids=["none", "tools"])
def test_a_policy_without_a_notice_is_refused(channels: tuple[str, ...]) -> None:
    """A policy under which somebody could not cancel, because the tools are hidden, cannot be made."""
    with pytest.raises(BadParameters, match="cancel_channels must name a way to send a notice"):
        Parameters(cancel_channels=channels)


@pytest.mark.parametrize("posted_first", [True, False], ids=["letter", "certified"])
@pytest.mark.parametrize("start", [m.trial, m.paid], ids=["trial", "paid"])
def test_nothing_is_charged_after_a_notice(start: Callable[[], World], posted_first: bool) -> None:
    """Once a notice has arrived no fee follows, however long one waits and though nobody confirms anything."""
    world = start()
    before = fees(world)
    if posted_first:
        m.delivered(m.noticed(world))
    else:
        world.do("send_notice", HOLDER, m.EMAIL, POSTED)
    assert standing(world) is MembershipState.NOTICE_DELIVERED
    world.tick(900 * DAY)
    assert standing(world) is MembershipState.TERMINATED
    assert fees(world) == before


@pytest.mark.parametrize("name", [*RUNNING, "renew_off", "notice_delivered"])
def test_a_deleted_account_has_no_membership(name: str) -> None:
    """Deleting the account ends its membership in the same moment, and nothing is charged afterwards."""
    ways = {**RUNNING, "renew_off": m.renew_off, "notice_delivered": m.delivered}
    world = deleted(ways[name]())
    assert (world.state, standing(world)) == (State.DELETED, MembershipState.TERMINATED)
    before = fees(world)
    assert fees(world.tick(900 * DAY, {"retention_duty": False, "kept_by_law": ()})) == before
    assert not has_benefits(world.account, world.now)


def test_a_dispute_outlives_the_account() -> None:
    """A membership in dispute is closed only when the dispute is decided, for the holder or against."""
    for accepted in (True, False):
        world = deleted(m.disputed())
        assert standing(world) is MembershipState.DISPUTED
        world.do("decide_dispute", SYSTEM, {"issuer_accepts": accepted})
        assert standing(world) is MembershipState.TERMINATED


def test_a_deleted_account_taken_over_is_not_charged() -> None:
    """A membership that came from elsewhere with a deleted account ends at the end of its period."""
    world = m.taken_over(State.DELETED)
    assert world.codes("renew", SYSTEM, at=PERIOD_END) == ["account_may_be_charged"]
    assert standing(world.tick(365 * DAY)) is MembershipState.TERMINATED


def test_what_is_owed_keeps_a_membership_open() -> None:
    """While a refund is due the membership neither ends nor is closed; once it is paid it does."""
    world = m.renewed_before_delivery(notice_effective_basis="posted").tick(500 * DAY)
    assert standing(world) is MembershipState.NOTICE_DELIVERED
    assert world.account.timer("period_ends") is not None
    world.do("refund_charge", AGENT)
    assert standing(world) is MembershipState.REFUNDED
    assert standing(world.tick(7 * DAY)) is MembershipState.TERMINATED


def test_a_refund_due_outlives_the_account() -> None:
    """A refund that is due when the account is deleted is still paid, and then the membership is closed."""
    world = deleted(m.renewed_before_delivery(notice_effective_basis="posted"))
    assert standing(world) is MembershipState.NOTICE_DELIVERED
    assert standing(world.do("refund_charge", AGENT)) is MembershipState.TERMINATED


def test_a_refund_stays_due_after_a_lost_dispute() -> None:
    """The card issuer's refusal does not settle what the shop owes."""
    world = m.renewed_before_delivery(notice_effective_basis="posted")
    m.lost(world, charge_reason="after_notice", charged_at=PERIOD_END)
    assert m.notice(world).refund == "charge_due"
    assert world.codes("confirm_termination", AGENT, None, [CONFIRMATION]) == ["refund_is_settled"]
    assert m.notice(world.do("refund_charge", AGENT)).refund == "paid"


@pytest.mark.parametrize(("world", "holds"), [
    (s.active, False),
    (m.trial, True),
    (m.paid, True),
    (m.renew_off, False),
    (m.noticed, True),
    (m.delivered, True),
    (m.disputed, True),
    (m.refunded, True),
    (m.lost, True),
    (lambda: m.trial().do("cancel_membership", HOLDER, TOOLS), False),
], ids=["none", "trial", "paid", "renew_off", "sent", "delivered", "disputed", "refunded", "lost", "terminated"])  # fmt: skip
def test_a_running_membership_holds_a_closure(world: Callable[[], World], holds: bool) -> None:
    """A membership that may still charge, or is in dispute, delays the closing of its account; any other does not."""
    closing = world().do("request_closure", HOLDER, s.CLOSING).do("confirm_closure", HOLDER, {"code_right": True})
    refused = closing.wait(3 * DAY).codes("complete_deletion", SYSTEM, CLEAR)
    assert refused == (["subscriptions_have_ended"] if holds else [])


def test_the_end_of_a_delayed_closure() -> None:
    """A closure held by a membership is carried out once the membership has ended."""
    world = m.paid().do("request_closure", HOLDER, s.CLOSING).do("confirm_closure", HOLDER, {"code_right": True})
    assert world.tick(3 * DAY, CLEAR).account.deletion.held
    world.do("switch_off_renewal", HOLDER, TOOLS)
    assert world.tick(DAY, CLEAR).state is State.DELETED
    assert standing(world) is MembershipState.TERMINATED


def test_a_receipt_that_comes_back_late() -> None:
    """A renewal between delivery and the return of the receipt is paid back, and its period undone."""
    world = m.proved_late()
    assert fees(world) == ["start_membership", "renew"]
    assert m.notice(world).refund == "charge_due"
    world.do("refund_charge", AGENT)
    assert (m.membership(world).period_to, m.membership(world).auto_renew) == (PERIOD_END, False)
    world.do("confirm_termination", AGENT, None, [CONFIRMATION])
    assert m.membership(world).benefits_until == PERIOD_END


def test_delivered_in_the_moment_of_the_renewal() -> None:
    """A notice that arrives exactly when the fee falls due comes too late for it."""
    world = m.noticed(m.paid().wait(360 * DAY), named_end=PERIOD_END - DAY).tick(5 * DAY)
    same = world.ask("record_delivery", SYSTEM, {"delivered_at": PERIOD_END}, [RECEIPT]).account
    assert same.termination_notice.refund == "none"
    earlier = world.ask("record_delivery", SYSTEM, {"delivered_at": PERIOD_END - INSTANT}, [RECEIPT]).account
    assert earlier.termination_notice.refund == "charge_due"


def test_a_named_date_after_the_fee() -> None:
    """A fee due before the date that the notice itself names is not paid back."""
    world = m.noticed(m.paid().wait(360 * DAY), named_end=PERIOD_END + DAY).tick(5 * DAY)
    world.do("record_delivery", SYSTEM, {"delivered_at": PERIOD_END - DAY}, [RECEIPT])
    assert (m.notice(world).refund, m.notice(world).end_date) == ("none", PERIOD_END + DAY)


@pytest.mark.parametrize(("charge", "undone"), [
    ({"charge_reason": "later_charge", "charged_at": START}, True),
    ({"charge_reason": "later_charge", "charged_at": START - DAY}, False),
    ({"charge_reason": "duplicate_charge", "charged_at": START}, False),
])  # fmt: skip
def test_a_refund_undoes_only_its_own_period(charge: dict[str, Any], undone: bool) -> None:
    """A refund of the fee that opened the running period ends that period; any other leaves it as it is."""
    world = m.refunded(**charge)
    assert m.membership(world).period_to == (START if undone else PERIOD_END)
    assert m.membership(world).auto_renew is not undone
    assert world.account.timer("period_ends").due == (START + 7 * DAY if undone else PERIOD_END)


def test_a_dispute_stops_further_charges() -> None:
    """While a charge is disputed no fee is due; the period is looked at again by and by."""
    world = m.disputed().tick(400 * DAY)
    assert (standing(world), fees(world)) == (MembershipState.DISPUTED, ["start_membership"])
    assert world.account.timer("period_ends").due > world.now


def test_a_second_letter_counts() -> None:
    """A letter lost in the post is replaced by another, and only that one counts."""
    world = m.noticed(m.noticed().wait(DAY), named_end=START + 90 * DAY)
    assert m.notice(world).named_end == START + 90 * DAY
    assert m.notice(m.delivered(world)).end_date == START + 90 * DAY


def test_no_second_notice_once_one_has_arrived() -> None:
    """After a dispute a delivered notice still stands, and no other takes its place."""
    world = m.lost(m.delivered())
    assert world.codes("send_notice", HOLDER, NOTICE, POSTED) == ["no_notice_has_arrived"]
    assert world.codes("renew", SYSTEM, at=PERIOD_END) == ["no_notice_has_arrived"]
    assert m.lost().codes("send_notice", HOLDER, NOTICE, POSTED) == []


def test_a_lost_dispute_after_a_notice_ends_with_the_period() -> None:
    """A lost dispute does not undo the notice: no renewal follows."""
    world = m.lost(m.delivered()).tick(370 * DAY)
    assert (standing(world), fees(world)) == (MembershipState.TERMINATED, ["start_membership"])


def test_late_is_measured_to_the_moment() -> None:
    """A letter is late from the moment at which delivery and handling no longer fit before the next fee."""
    just = m.paid().wait(355 * DAY)
    assert not m.notice(m.noticed(just)).late
    assert m.notice(m.noticed(m.paid().wait(355 * DAY + INSTANT))).late
    assert not m.notice(m.noticed(m.renew_off().wait(360 * DAY))).late


def test_periods_of_a_notice_are_parameters() -> None:
    """Longer times for post and handling make a letter late earlier; an e-mail needs no time in the post."""
    slow = {"notice_delivery_days": BusinessDays(10), "notice_processing_days": 20 * DAY}
    assert m.notice(m.noticed(m.paid(**slow).wait(335 * DAY))).late
    email = (
        m.paid(**slow)
        .wait(340 * DAY)
        .do("send_notice", HOLDER, {**NOTICE, "notice_channel": "certified_email"}, POSTED)
    )
    assert not m.notice(email).late


def test_reminded_once() -> None:
    """The staff are reminded once of an end that is not confirmed, a week after the date of the notice."""
    world = m.delivered().tick(41 * DAY)
    assert not [event for event in world.events if event.trigger == "chase_confirmation"]
    world.tick(100 * DAY)
    assert [event.at for event in world.events if event.trigger == "chase_confirmation"] == [START + 47 * DAY]


def test_a_new_membership_after_an_old_one() -> None:
    """Somebody whose membership has ended may take up another; nothing of the old one hangs on to it."""
    world = m.delivered().wait(40 * DAY).do("confirm_termination", AGENT, None, [CONFIRMATION])
    world.do("start_membership", HOLDER, m.JOIN, [m.CONSENT])
    assert (world.account.termination_notice, world.account.charge_dispute) == (None, None)
    assert m.membership(world).ended_at is None
    assert has_benefits(world.account, world.now)


def test_benefits_last_as_long_as_they_are_paid_for() -> None:
    """Benefits begin with the membership, and last beyond its end to the end of what was paid for."""
    assert not has_benefits(Account("acc"), START)
    world = m.trial().do("cancel_membership", HOLDER, TOOLS)
    assert has_benefits(world.account, m.TRIAL_END - INSTANT)
    assert not has_benefits(world.account, m.TRIAL_END)


def test_new_terms_apply_from_their_day_on() -> None:
    """A fee due before new terms apply falls under the old ones; one due after, under the new."""
    world = m.paid().do("announce_terms", SYSTEM, {"agreement": "agr-2", "new_terms_from": PERIOD_END})
    assert m.membership(world.tick(365 * DAY)).agreement == "agr-2"
    later = m.paid().do("announce_terms", SYSTEM, {"agreement": "agr-2", "new_terms_from": PERIOD_END + INSTANT})
    assert m.membership(later.tick(365 * DAY)).agreement == m.JOIN["agreement"]


def test_money_and_people_are_told() -> None:
    """Each fee, each end and each decision about a charge sends the holder a notice."""
    told = {row.trigger for row in policy().of("membership") if any("membership" in n for n in _notices(row))}
    assert {*CHARGES, "end_membership", "confirm_termination", "decide_dispute", "refund_charge"} <= told


def _notices(row: Any) -> list[str]:
    return [effect.notice for effect in row.effects if hasattr(effect, "notice")]


def test_the_bank_and_the_regulator_do_not_act() -> None:
    """What they decide is recorded by the system or by staff; the holder alone sends notices and disputes charges."""
    by = {row.trigger: set(row.actors) for row in policy().of("membership")}
    assert by["decide_dispute"] == {Role.SYSTEM}
    assert by["settle_complaint"] == {Role.SYSTEM, Role.AGENT}
    assert by["send_notice"] == by["dispute_charge"] == by["file_complaint"] == {Role.HOLDER}


def test_every_row_can_be_read_aloud() -> None:
    """Each row of the membership makes a sentence that says where the membership then stands."""
    shipped = policy()
    for row in shipped.of("membership"):
        assert "The membership" in sentence(row, shipped)


def test_no_row_holds_an_amount() -> None:
    """Amounts are the shop's: no record of a membership has a field for money."""
    account = m.disputed(m.delivered()).account
    for record in (account.membership, account.termination_notice, account.charge_dispute):
        assert not {"amount", "fee", "price", "currency"} & set(attrs.asdict(record))


def test_only_a_trial_goes_without_payment_data() -> None:
    """Where a trial needs no payment method, a membership paid for from the start still does."""
    world = s.active(vip_trial_requires_payment=False)
    assert world.codes("start_trial", HOLDER, {**m.JOIN, "payment_on_file": False}) == []
    refused = world.codes("start_membership", HOLDER, {**m.JOIN, "payment_on_file": False})
    assert refused == ["payment_method_is_on_file"]


@pytest.mark.parametrize(("name", "value", "says"), [
    ("jurisdictions", (), "must name a jurisdiction"),
    ("vip_period_days", 0 * DAY, "must be some time"),
    ("dispute_packet_parts", 4, "must be at most 3"),
])  # fmt: skip
def test_values_no_membership_can_run_with(name: str, value: Any, says: str) -> None:
    """A value under which notices or charges could not work is refused by its name."""
    with pytest.raises(BadParameters, match=f"{name} {says}"):
        Parameters(**{name: value})


@pytest.mark.parametrize("state", list(MembershipState), ids=lambda state: state.value)
def test_an_account_taken_over_without_records(state: MembershipState) -> None:
    """Where only the state of a membership was taken over, everything is answered, and nothing breaks."""
    world = World()
    event = imported(world.machine.policy, "acc", State.ACTIVE, {"membership_state": state.value}, START, SYSTEM)
    world.account = evolve(world.account, event)
    facts = {**m.JOIN, **TOOLS, **m.EMAIL, **m.DUPLICATE, "agency": "ftc", "issuer_accepts": True}
    facts |= {"new_terms_from": PERIOD_END}
    for row in world.machine.policy.of("membership"):
        if state in row.source:
            answer = world.ask(
                row.trigger, Actor(row.actors[0], "acc"), facts, [m.CONSENT, *POSTED, RECEIPT, CONFIRMATION]
            )
            assert answer.allowed or answer.refusals


def test_the_figures_of_the_guide() -> None:
    """A trial of 30 days, a period of 365, three parts of a packet, six reasons."""
    p = Parameters()
    assert (p.vip_trial_days, p.vip_period_days) == (30 * DAY, 365 * DAY)
    assert (p.dispute_packet_parts, len(p.vip_reason_codes)) == (3, 6)
