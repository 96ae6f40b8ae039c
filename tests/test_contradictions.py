"""Every place where the guides contradict each other, X-01 to X-48: both readings, side by side.

Each is settled in one of three ways (D-10): by a parameter, whose every value is tried here; by two roads, both walked;
or by data that keep the two apart. The table at the end says which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import memberships as m
import pytest
import support as s
from scenarios_levels import DIAMOND, GOLD, PLATINUM, SILVER, at_level, bought, earned
from scenarios_watching import ACCOUNTS, JOURNEY, declined
from support import AGENT, CLEAR, DAY, HOLDER, HOUR, MINUTE, REVIEWER, START, SUPERVISOR, SYSTEM

from lifecycle.calendar import BusinessDays
from lifecycle.cases import read_cases
from lifecycle.errors import PolicyError
from lifecycle.machine import AccountMachine
from lifecycle.model import Evidence, Level, State
from lifecycle.policy import ledger, policy
from lifecycle.policy.grounds import GROUNDS
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import named_in
from lifecycle.policy.waiting import appeal_time, sale_on, support_answers_by, unlock_time

PARAMETER, ROADS, DATA = "a parameter", "two roads", "data"
Shown = Callable[[], None]
SETTLED: dict[str, tuple[str, tuple[str, ...], Shown]] = {}
"""Contradiction → how it is settled, the parameters that settle it, and the test that shows both readings."""


def settled(id: str, how: str, *parameters: str) -> Callable[[Shown], Shown]:
    """Enter a test into the table."""

    def enter(shown: Shown) -> Shown:
        SETTLED[id] = (how, parameters, shown)
        return shown

    return enter


class Entries(dict[str, str]):
    """A mapping as a value that a machine can be remembered by."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def may(world: s.World, capability: str, **facts: Any) -> bool:
    """Whether the account may do it now, as the policy says."""
    return bool(world.machine.policy.allows(capability, world.account, world.command(capability, HOLDER, facts)))


PRESSED: Mapping[str, Any] = {"signed_in": True, "identifier_matches": True}
DELETE: Mapping[str, Any] = {**CLEAR, "signed_in": True}
LONG = Evidence("explanation", "doc-long", words=170)


# --- leaving ---------------------------------------------------------------------------------------------------------


@settled("X-01", PARAMETER, "deletion_entry_points")
def x_01() -> None:
    """Deleted in minutes on the one way, after days on the other; the policy says which entry leads where."""
    assert s.deleted().now - START < 3 * MINUTE
    assert s.confirmed().tick(3 * DAY - s.INSTANT, CLEAR).state is State.PENDING_DELETION
    assert s.confirmed().tick(3 * DAY, CLEAR).state is State.DELETED
    for leads in ("direct", "request"):
        world = s.active(deletion_entry_points=Entries({"web:edit_profile": leads}))
        at = {"entry": "web:edit_profile"}
        assert (world.codes("deactivate", HOLDER, {**PRESSED, **at}) == []) is (leads == "direct")
        assert (world.codes("request_closure", HOLDER, {**s.CLOSING, **at}) == []) is (leads == "request")


@settled("X-02", ROADS)
def x_02() -> None:
    """The direct way is confirmed by six digits within a minute, the other by a password and a link in a mail."""
    code, link = s.deleting().account.deletion_code, s.closing().account.closure_link
    assert (code.form, code.digits, code.expires_at) == ("digits", 6, START + MINUTE)
    assert (link.form, link.channels, link.expires_at) == ("link", ("email",), START + 72 * HOUR)
    assert s.active().codes("request_closure", HOLDER, {**s.CLOSING, "identity_proven": False}) == [
        "identity_is_proven"
    ]


@settled("X-03", PARAMETER, "open_obligations_policy")
def x_03() -> None:
    """An open order stops a deletion, or is lost with it."""
    owed = {**DELETE, "open_orders": 1}
    assert s.warned_of_deletion().codes("press_delete", HOLDER, owed) == ["orders_are_settled"]
    warns = s.deleting(open_obligations_policy="warn")
    gone = warns.do("confirm_deletion", HOLDER, {**CLEAR, "refunds_not_asked": 1, "open_orders": 1, "code_right": True})
    assert (gone.state, gone.account.forfeited.orders) == (State.DELETED, 1)


@settled("X-04", PARAMETER, "in_transit_blocks")
def x_04() -> None:
    """An order on its way counts as open, or does not."""
    moving = {**s.CLOSING, "open_orders": 1, "orders_in_transit": 1}
    assert s.active(in_transit_blocks=True).codes("request_closure", HOLDER, moving) == ["orders_are_settled"]
    assert s.active(in_transit_blocks=False).codes("request_closure", HOLDER, moving) == []


@settled("X-05", PARAMETER, "deactivate_button_effect")
def x_05() -> None:
    """Deactivate pauses the account, or only opens the way to Delete and leaves it active."""
    assert s.deactivated(deactivate_button_effect="two_stage").state is State.DEACTIVATED
    assert s.deactivated(deactivate_button_effect="deletion_only").state is State.ACTIVE
    for value in ("two_stage", "deletion_only"):
        assert s.deleted(deactivate_button_effect=value).state is State.DELETED


@settled("X-06", PARAMETER, "deactivation_channels")
def x_06() -> None:
    """The holder deactivates with a button, support pauses on request; either way may be the only one."""
    pausing = {"reason": "break"}
    for offered, button, through_support in (
        (("self_button", "support"), [], []),
        (("self_button",), [], ["support_may_pause"]),
        (("support",), ["deactivating_is_offered"], []),
    ):
        world = s.active(deactivation_channels=offered)
        assert world.codes("deactivate", HOLDER, PRESSED) == button
        assert s.with_case(world).codes("pause", AGENT, pausing) == through_support


@settled("X-07", ROADS)
def x_07() -> None:
    """From deleted nothing leads back, whatever is tried; from deactivated and from an unconfirmed request one may return."""
    assert s.deleted().codes("reactivate", HOLDER, {"signed_in": True}) == ["not_from_this_state"]
    assert s.deactivated().do("reactivate", HOLDER, {"signed_in": True}).state is State.ACTIVE
    assert s.with_case(s.closing()).do("withdraw_closure", AGENT, {"agent_consents": True}).state is State.ACTIVE
    back = next(row for row in policy().rows if row.trigger == "reactivate")
    risen = attrs.evolve(back, source=(State.DELETED,))
    with pytest.raises(PolicyError, match="leaves deleted, and nothing may leave deleted"):
        AccountMachine(attrs.evolve(policy(), rows=(*policy().rows, risen)))


@settled("X-08", PARAMETER, "withdraw_until")
def x_08() -> None:
    """Support may stop a closure until the holder confirms it, or until the platform carries it out."""
    for value, refused in (("owner_confirmed", ["request_is_unconfirmed"]), ("platform_confirmed", [])):
        early, late = s.closing(withdraw_until=value), s.confirmed(withdraw_until=value)
        assert s.with_case(early).codes("withdraw_closure", AGENT, {"agent_consents": True}) == []
        assert s.with_case(late).codes("withdraw_closure", AGENT, {"agent_consents": True}) == refused
        gone = late.tick(3 * DAY, CLEAR)
        assert "not_from_this_state" in gone.codes("withdraw_closure", AGENT, {"agent_consents": True})


@settled("X-09", PARAMETER, "erasure_mode", "legal_retention_categories")
def x_09() -> None:
    """The data go by themselves, or on request, or either; what the law asks for may stay."""
    asked = {"former_holder_identified": True}
    for mode, by_itself, on_request in (
        ("automatic_plus_request", True, True),
        ("automatic", True, False),
        ("on_request", False, True),
    ):
        world = s.deleted(erasure_mode=mode)
        assert (world.account.timer("erase") is not None) is by_itself
        assert ("request_erasure" in world.machine.policy.triggers) is on_request
        if on_request:
            assert world.codes("request_erasure", AGENT, asked) == []
    kept = {"retention_duty": False, "kept_by_law": ["tax"]}
    assert s.deleted().tick(DAY, kept).account.erasure.kept_data == ("tax",)
    nothing = s.deleted(legal_retention_categories=("invoices",)).tick(DAY, kept).account.erasure
    assert nothing.kept_data == ()


@settled("X-10", PARAMETER, "support_optional")
def x_10() -> None:
    """Nobody needs support to leave, or everybody; and where a way fails support is open in any case."""
    for value, asked in ((True, []), (False, ["case_is_with_an_agent"])):
        world = s.active(support_optional=value)
        assert world.codes("request_closure", HOLDER, s.CLOSING) == asked
        assert world.codes("open_case", HOLDER) == []


@settled("X-11", PARAMETER, "deletion_entry_points")
def x_11() -> None:
    """Edit Profile, on the web and on the phone, deletes; the three names of the other section ask for a closure."""
    direct, request = ("web:edit_profile", "ios:edit_member_profile"), ("account_security", "account_management")
    for entry in direct:
        assert s.active().codes("deactivate", HOLDER, {**PRESSED, "entry": entry}) == []
        wrong = s.active().codes("request_closure", HOLDER, {**s.CLOSING, "entry": entry})
        assert wrong == ["entry_leads_to_closure"]
    for entry in (*request, "account_services"):
        at = {"entry": f"web:{entry}"}
        assert s.active().codes("request_closure", HOLDER, {**s.CLOSING, **at}) == []
        assert s.active().codes("deactivate", HOLDER, {**PRESSED, **at}) == ["entry_leads_to_deletion"]


@settled("X-12", PARAMETER, "reason_required")
def x_12() -> None:
    """A reason is asked for on the phone, on the web, for a closure, or nowhere, as the policy says."""

    def pressed(entry: str, required: tuple[str, ...]) -> list[str]:
        world = s.active(reason_required=required).do("deactivate", HOLDER, {**PRESSED, "entry": entry})
        return world.do("show_warning", SYSTEM).codes("press_delete", HOLDER, DELETE)

    assert pressed("ios:edit_member_profile", ("ios",)) == ["reason_is_given"]
    assert pressed("web:edit_profile", ("ios",)) == []
    assert pressed("web:edit_profile", ("web",)) == ["reason_is_given"]
    assert pressed("ios:edit_member_profile", ()) == []
    assert s.active().codes("request_closure", HOLDER, s.CLOSING) == []
    assert s.active(reason_required=("request",)).codes("request_closure", HOLDER, s.CLOSING) == ["reason_is_given"]


@settled("X-13", PARAMETER, "login_identifiers")
def x_13() -> None:
    """E-mail, user name and member id all name the account, or only some of them."""
    for kind in ("email", "username", "member_id"):
        typed = {**PRESSED, "identifier": kind}
        assert s.active().codes("deactivate", HOLDER, typed) == []
        assert s.active(login_identifiers=(kind,)).codes("deactivate", HOLDER, typed) == []
        others = tuple(each for each in ("email", "username", "member_id") if each != kind)
        assert s.active(login_identifiers=others).codes("deactivate", HOLDER, typed) == ["identifier_is_accepted"]


@settled("X-14", PARAMETER, "suppress_email_on_delete")
def x_14() -> None:
    """Promotions end with the account, or go on until they are stopped, which works after the deletion too."""
    assert not may(s.deleted(suppress_email_on_delete=True), "receive_promotions")
    world = s.deleted(suppress_email_on_delete=False)
    assert may(world, "receive_promotions")
    assert not may(world.do("unsubscribe", HOLDER), "receive_promotions")


@settled("X-31", PARAMETER, "subscription_policy")
def x_31() -> None:
    """A running subscription refuses the request, or only holds the deletion."""
    running = {**s.CLOSING, "active_subscriptions": 1}
    assert s.active(subscription_policy="block").codes("request_closure", HOLDER, running) == [
        "subscriptions_have_ended"
    ]
    held = s.active(subscription_policy="delay").do("request_closure", HOLDER, running)
    held.do("confirm_closure", HOLDER, {"code_right": True}).tick(3 * DAY, {**CLEAR, "active_subscriptions": 1})
    assert (held.state, held.account.deletion.held) == (State.PENDING_DELETION, True)


@settled("X-45", PARAMETER, "wallet_policy")
def x_45() -> None:
    """Money in the wallet stops a closure, or goes with the account."""
    rich = {**s.CLOSING, "wallet_balance": 500}
    assert s.active(wallet_policy="block").codes("request_closure", HOLDER, rich) == ["wallet_is_empty"]
    gone = s.confirmed(wallet_policy="warn_and_forfeit").tick(3 * DAY, {**CLEAR, "wallet_balance": 500})
    assert (gone.state, gone.account.forfeited.wallet) == (State.DELETED, 500)


@settled("X-46", PARAMETER, "code_channels_required")
def x_46() -> None:
    """The code goes to whatever is on file, or needs both; without any contact there is none."""
    for contacts, everything, both in ((("email",), [], ["contact_is_on_file"]), (("email", "phone"), [], [])):
        for value, refused in (("every_contact_on_file", everything), ("both", both)):
            world = s.warned_of_deletion(contacts=contacts, code_channels_required=value)
            assert world.codes("press_delete", HOLDER, DELETE) == refused
    assert s.warned_of_deletion(contacts=()).codes("press_delete", HOLDER, DELETE) == ["contact_is_on_file"]


@settled("X-48", PARAMETER, "login_test_meaning")
def x_48() -> None:
    """An account that still opens shows something at once, or only once its deletion is late."""
    about = {"case_kind": "deletion_stalled"}
    assert s.confirmed(login_test_meaning="suspect_at_once").codes("open_case", HOLDER, about) == []
    waits = s.confirmed(login_test_meaning="suspect_only_after_stalled")
    assert waits.codes("open_case", HOLDER, about) == ["deletion_is_late"]
    assert waits.wait(3 * DAY).codes("open_case", HOLDER, about) == []


# --- appeals, support, time ------------------------------------------------------------------------------------------


@settled("X-15", PARAMETER, "appeal_words_hard", "appeal_words_soft")
def x_15() -> None:
    """An explanation of 170 words is within the limit of 200 and over the advice of 150; the limit may be either."""
    codes = [
        s.suspended(appeal_words_hard=hard).codes("appeal", HOLDER, None, [s.PASSPORT, LONG]) for hard in (200, 150)
    ]
    assert codes == [[], ["explanation_is_short_enough"]]
    too_long = Evidence("explanation", "doc-long", words=250)
    for soft in (150, 120):
        (refusal,) = s.suspended(appeal_words_soft=soft).ask("appeal", HOLDER, None, [s.PASSPORT, too_long]).refusals
        assert refusal.limit == f"fewer than 200, better fewer than {soft}"


@settled("X-16", PARAMETER, "appeal_silence", "appeal_enquiry_after")
def x_16() -> None:
    """The holder may ask after 7 days, the staff are reminded after 7 working days; each may be counted either way."""
    assert s.appealed().account.timer("chase_appeal").due == START + 9 * DAY
    assert s.appealed(appeal_silence=7 * DAY).account.timer("chase_appeal").due == START + 7 * DAY
    assert s.appealed().wait(7 * DAY).codes("enquire", HOLDER) == []
    asks_late = s.appealed(appeal_enquiry_after=BusinessDays(7)).wait(7 * DAY)
    assert asks_late.codes("enquire", HOLDER) == ["silence_allows_an_enquiry"]


@settled("X-17", DATA, "escalation_review_min", "escalation_review_max")
def x_17() -> None:
    """Five to ten working days are told; no rule refuses a decision within two days, nor one after three weeks."""
    assert str(appeal_time(s.escalated().account, Parameters())) == "5 to 10 working days"
    for taken in (2 * DAY, 21 * DAY):
        assert s.escalated().wait(taken).do("grant", SUPERVISOR).state is State.ACTIVE


@settled("X-18", DATA, "self_service_min", "self_service_max")
def x_18() -> None:
    """Five to fifteen minutes are told of unlocking by oneself; through support the same lock opens after 37 hours."""
    assert str(unlock_time(Parameters())) == "5 to 15 minutes"
    assert s.code_sent().wait(10 * MINUTE).do("verify", HOLDER, {"code_right": True}).state is State.ACTIVE
    told = s.with_case(s.locked()).wait(37 * HOUR)
    assert told.do("unlock", AGENT, {"packet_fields": 4, "cause_remedied": True}).state is State.ACTIVE


@settled("X-19", DATA)
def x_19() -> None:
    """Every story told is a case of its own with an account of its own; nothing takes two for the same account."""
    folder = Path(__file__).parent / "cases" / "real"
    real = [case for path in sorted(folder.glob("*.case.toml")) for case in read_cases(path)]
    assert len({case.account_id for case in real}) == len(real) >= 10


@settled("X-20", PARAMETER, "peak_calendar")
def x_20() -> None:
    """A sale in February is the Spring Festival's by the calendar, whatever else it was called; the calendar is data."""
    february = dt.datetime(2026, 2, 12, tzinfo=dt.UTC)
    assert sale_on(february, Parameters()) == "spring_festival"
    assert sale_on(february, Parameters(peak_calendar={"singles_day": "02-10 to 02-14"})) == "singles_day"
    assert sale_on(february, Parameters(peak_calendar={"singles_day": "11-11 to 11-17"})) is None


@settled("X-21", PARAMETER, "decline_retry_rule")
def x_21() -> None:
    """A single declined payment is tried again within a day, or waits as after a lock."""
    cleared = {"bank_cleared": True}
    soon, waits = declined(decline_retry_rule="by_block"), declined(decline_retry_rule="always_wait")
    assert soon.codes("retry_payment", HOLDER, cleared, at=START + HOUR) == []
    assert waits.codes("retry_payment", HOLDER, cleared, at=START + HOUR) == ["retry_wait_is_over"]


@settled("X-22", PARAMETER, "resubmission_requires")
def x_22() -> None:
    """After a decision another appeal needs something new, or nothing more, or is not to be had; never while one is open."""
    same, new = [Evidence("explanation", "doc-again", words=20)], [s.new_document(), s.EXPLANATION]
    refused = ["appeal_is_first_or_brings_new_evidence"]
    for value, nothing_new, something_new in (
        ("new_evidence", refused, []),
        ("decision", [], []),
        ("never", refused, refused),
    ):
        world = s.rejected(resubmission_requires=value)
        assert world.codes("appeal", HOLDER, None, same) == nothing_new
        assert world.codes("appeal", HOLDER, None, new) == something_new
        assert s.suspended(resubmission_requires=value).codes("appeal", HOLDER, None, s.COMPLETE) == []


@settled("X-23", PARAMETER, "remedy_tracks")
def x_23() -> None:
    """A payment suspension is left through support, through an appeal, or through either."""
    handed_in = [Evidence("bank_statement_reversal", "doc-bank"), Evidence("written_commitment", "doc-promise")]
    for tracks, by_support, by_appeal in (
        (("support", "appeal"), [], []),
        (("support",), [], ["appeal_was_offered"]),
        (("appeal",), ["support_may_settle_it"], []),
    ):
        world = s.suspended("chargeback", remedy_tracks=tracks).do("add_evidence", HOLDER, None, handed_in)
        assert world.codes("reinstate", AGENT, {"cause_remedied": True}) == by_support
        assert world.codes("appeal", HOLDER, None, s.COMPLETE) == by_appeal


@settled("X-37", PARAMETER, "deletion_code_ttl", "unlock_code_ttl", "unlock_code_resend_delay")
def x_37() -> None:
    """Each purpose has a life and a wait of its own: a deletion code a minute, an unlock code fifteen and ten between."""
    assert s.deleting().account.deletion_code.expires_at == START + MINUTE
    assert s.code_sent().account.unlock_code.expires_at == START + 15 * MINUTE
    assert s.code_sent().wait(9 * MINUTE).codes("send_unlock_code", HOLDER) == ["resend_wait_is_over"]
    assert s.deleting().codes("send_deletion_code", HOLDER) == []
    assert s.deleting(deletion_code_ttl=2 * MINUTE).account.deletion_code.expires_at == START + 2 * MINUTE
    quick = s.code_sent(unlock_code_resend_delay=MINUTE, unlock_code_ttl=5 * MINUTE).wait(MINUTE)
    assert quick.codes("send_unlock_code", HOLDER) == []


@settled("X-38", DATA)
def x_38() -> None:
    """Sellers can be written to from every blocked state, and no longer after the deletion."""
    assert all(may(world, "message_seller") for world in (s.locked(), s.suspended(), s.appealed()))
    assert not may(s.deleted(), "message_seller")


@settled("X-39", PARAMETER, "restricted_desktop_session")
def x_39() -> None:
    """Whoever is blocked sees no orders; over unpaid ones they may cancel them from a desktop, or not."""
    for value in (True, False):
        world = s.suspended(restricted_desktop_session=value)
        world.account = attrs.evolve(
            world.account, suspension=attrs.evolve(world.account.suspension, ground="unpaid_orders")
        )
        assert not may(world, "see_orders")
        assert may(world, "cancel_unpaid_orders", device_class="desktop") is value


@settled("X-40", PARAMETER, "support_calendar", "calendar")
def x_40() -> None:
    """Reviewers rest at the weekend; support works through it, or rests with them."""
    friday = s.suspended().wait(4 * DAY)
    friday.do("open_case", HOLDER).do("appeal", HOLDER, None, s.COMPLETE)
    assert friday.account.timer("chase_appeal").due == START + 15 * DAY
    assert support_answers_by(friday.account, Parameters()) == START + 7 * DAY
    assert support_answers_by(friday.account, Parameters(support_calendar="working_days")) == START + 9 * DAY


@settled("X-41", PARAMETER, "travel_note")
def x_41() -> None:
    """A journey is told to an open support case, or where there is a field for it without one."""
    assert s.active(travel_note="support_case").codes("note_travel", HOLDER, JOURNEY) == ["journey_is_told_to_support"]
    assert s.active(travel_note="profile").codes("note_travel", HOLDER, JOURNEY) == []


@settled("X-42", DATA)
def x_42() -> None:
    """Several accounts on one device are a lock that a code opens; the same for coupons is a suspension with a cure."""
    easy, hard = GROUNDS["shared_device"], GROUNDS["coupon_abuse"]
    assert (easy.restricts, "code" in easy.ways, easy.remedy) == ("lock", True, None)
    assert (hard.restricts, hard.warned, bool(hard.remedy_evidence)) == ("suspension", True, True)
    assert s.code_sent(ground="shared_device").do("verify", HOLDER, {"code_right": True}).state is State.ACTIVE
    suspended = s.active().do("warn", SYSTEM, {**ACCOUNTS, "coupons_taken": True}).wait(3 * DAY)
    suspended.do("suspend", REVIEWER, {"ground": "coupon_abuse"}, [s.STATEMENT])
    assert "remedy_evidence_is_complete" in suspended.codes("reinstate", AGENT, {"cause_remedied": True})


@settled("X-44", PARAMETER, "final_for_agent_level")
def x_44() -> None:
    """What a first agent calls final goes to a supervisor all the same, or does not; permanence alone is final."""
    bring = [s.EXPLANATION, s.new_document()]
    for value, refused in ((False, []), (True, ["refusal_is_on_record"])):
        told_no = s.with_case(s.suspended(final_for_agent_level=value)).do("decline_case", AGENT)
        assert told_no.codes("escalate", HOLDER, None, bring) == refused
    forever = s.with_case(s.permanent()).do("decline_case", AGENT)
    assert "suspension_is_not_permanent" in forever.codes("escalate", HOLDER, None, bring)


@settled("X-47", PARAMETER, "dispute_items_counted_in_words")
def x_47() -> None:
    """An itemised list of disputes is an attachment, or counts as words."""
    listed = Evidence("dispute_list", "doc-list", words=150)
    for value, refused in ((False, []), (True, ["explanation_is_short_enough"])):
        world = s.suspended(dispute_items_counted_in_words=value)
        assert world.codes("appeal", HOLDER, None, [*s.COMPLETE, listed]) == refused


# --- several accounts, memberships, levels ---------------------------------------------------------------------------


@settled("X-24", PARAMETER, "multi_account_policy")
def x_24() -> None:
    """A second account is held against its person always, only where it was used for gain, or never."""
    for value, plain, abused in (
        ("one_per_person_flag_only_abuse", False, True),
        ("strict", True, True),
        ("tolerated", False, False),
    ):
        world = s.active(multi_account_policy=value)
        assert (world.codes("warn", SYSTEM, ACCOUNTS) == []) is plain
        assert (world.codes("warn", SYSTEM, {**ACCOUNTS, "coupons_taken": True}) == []) is abused


@settled("X-25", PARAMETER, "chargeback_suspends")
def x_25() -> None:
    """A chargeback suspends always, or not where it takes a membership fee back after a notice had arrived."""
    facts = {"ground": "chargeback", "chargeback_on": "membership"}
    for value, refused in (
        ("always", []),
        ("except_membership_with_delivered_notice", ["chargeback_breaks_the_rules"]),
    ):
        world = m.delivered(chargeback_suspends=value)
        assert world.codes("suspend", SYSTEM, facts, [s.STATEMENT]) == refused
        assert world.codes("suspend", SYSTEM, {**facts, "chargeback_on": "order"}, [s.STATEMENT]) == []


@settled("X-26", PARAMETER, "notice_effective_basis")
def x_26() -> None:
    """A notice posted before a renewal and delivered after it counts from the post, and the charge is due back; or not."""
    posted = m.renewed_before_delivery(notice_effective_basis="posted")
    assert (m.notice(posted).counts_from, m.notice(posted).refund) == (m.PERIOD_END - 2 * DAY, "charge_due")
    arrived = m.renewed_before_delivery(notice_effective_basis="delivered")
    assert (m.notice(arrived).counts_from, m.notice(arrived).refund) == (m.PERIOD_END + 3 * DAY, "none")


@settled("X-27", PARAMETER, "cancel_channels")
def x_27() -> None:
    """Tools, certified e-mail and registered post end a membership alike, or registered post alone does."""
    strict, wide = ("registered_post",), ("tools", "certified_email", "registered_post")
    for channels, by_email, by_tools in (
        (wide, [], []),
        (strict, ["notice_channel_is_accepted"], ["tools_are_accepted"]),
    ):
        world = m.paid(cancel_channels=channels)
        assert world.codes("send_notice", HOLDER, m.EMAIL, m.POSTED) == by_email
        assert world.codes("switch_off_renewal", HOLDER, m.TOOLS) == by_tools
        assert world.codes("send_notice", HOLDER, m.NOTICE, m.POSTED) == []


@settled("X-28", PARAMETER, "recipient_address_order")
def x_28() -> None:
    """The address of the agreement comes before the printed one, or after it."""
    to = {name: {**m.NOTICE, "recipient": name} for name in ("agreement", "statement", "default")}
    for order in (("agreement", "statement", "default"), ("default", "agreement", "statement")):
        world = m.paid(recipient_address_order=order)
        right = [name for name, notice in to.items() if world.codes("send_notice", HOLDER, notice, m.POSTED) == []]
        assert right == [order[0]]


@settled("X-29", PARAMETER, "jurisdictions", "legal_basis")
def x_29() -> None:
    """A notice rests on the law of a country that is served: on the other side of the sea only where that is added."""
    british = {**m.NOTICE, "jurisdiction": "gb", "legal_basis": ("gb:consumer_rights",)}
    assert m.paid().codes("send_notice", HOLDER, british, m.POSTED) == ["jurisdiction_is_served"]
    both = m.paid(jurisdictions=("us", "gb"), legal_basis=("us:state_law", "gb:consumer_rights"))
    assert both.codes("send_notice", HOLDER, british, m.POSTED) == []
    mixed = {**m.NOTICE, "legal_basis": ("gb:consumer_rights",)}
    assert both.codes("send_notice", HOLDER, mixed, m.POSTED) == ["legal_basis_fits"]


@settled("X-30", PARAMETER, "vip_termination_effect", "vip_refund_policy")
def x_30() -> None:
    """A membership ends with its period, or on the day the notice names; the rest is paid back or is not."""
    for effect, policy_of_refunds, until, refund in (
        ("period_end", "none", m.PERIOD_END, "none"),
        ("immediate", "none", START + 40 * DAY, "none"),
        ("immediate", "prorated", START + 40 * DAY, "rest_due"),
    ):
        world = m.delivered(vip_termination_effect=effect, vip_refund_policy=policy_of_refunds)
        assert m.notice(world).refund == refund
        if refund == "none":
            world.wait(40 * DAY).do("confirm_termination", AGENT, None, [m.CONFIRMATION])
            assert m.membership(world).benefits_until == until


@settled("X-32", PARAMETER, "fast_refund_cap_platinum", "fast_refund_cap_diamond")
def x_32() -> None:
    """One benefit for two levels, with a cap for each."""

    def asked(level: Level, total: int, **parameters: Any) -> list[str]:
        return at_level(level, **parameters).codes("request_fast_refund", HOLDER, {"order_total": total})

    over = ["order_is_within_the_fast_cap"]
    assert [asked(PLATINUM, 2500), asked(PLATINUM, 2501)] == [[], over]
    assert [asked(DIAMOND, 10000), asked(DIAMOND, 10001)] == [[], over]
    assert asked(PLATINUM, 3000, fast_refund_cap_platinum=3000) == []
    assert asked(DIAMOND, 3000, fast_refund_cap_diamond=2900) == over


@settled("X-33", PARAMETER, "return_revokes")
def x_33() -> None:
    """An order that comes back takes its own points, or all of them."""
    for value, left in (("order_points", 5), ("all_points", 0)):
        world = bought("o-1", "o-2", return_revokes=value).do("revoke_points", SYSTEM, {"order": "o-1"})
        assert ledger.balance(world.account, world.now, 12) == left


@settled("X-34", PARAMETER, "fan_monthly_cap")
def x_34() -> None:
    """A point a day is about thirty a month, of which the cap lets ten count, reviews included; or all."""
    for cap, refused in ((10, ["fan_points_are_left"]), (31, [])):
        world = earned(s.active(fan_monthly_cap=cap), "review", 10, product_received=True)
        assert world.codes("earn", HOLDER, {"points_source": "visit"}) == refused


@settled("X-35", PARAMETER, "inactivity_rule")
def x_35() -> None:
    """A month without activity lets points run out at their time, or costs a level at once."""
    march, april = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (3, 4))
    for value, level in (("rolling_only", PLATINUM), ("monthly_penalty", GOLD)):
        world = bought(*(f"o-{n}" for n in range(40)), inactivity_rule=value)
        world.tick(march - world.now)
        assert world.tick(april - world.now).account.level is level


@settled("X-36", DATA)
def x_36() -> None:
    """Level, paid membership, running subscriptions and member id are four things that never stand for each other."""
    member = m.paid()
    assert (member.account.level, member.account.membership_state.value) == (SILVER, "paid")
    assert member.codes("request_closure", HOLDER, s.CLOSING) == []
    world = s.active(subscription_policy="block")
    assert world.codes("request_closure", HOLDER, {**s.CLOSING, "active_subscriptions": 1}) == [
        "subscriptions_have_ended"
    ]
    assert world.codes("deactivate", HOLDER, {**PRESSED, "identifier": "member_id"}) == []


@settled("X-43", PARAMETER, "linkage_scope")
def x_43() -> None:
    """Whoever left by themselves finds their e-mail free again, or taken as after a ban; after a ban it is in any case."""
    for value, taken in (("banned_only", False), ("all_closed", True)):
        assert s.deleted(linkage_scope=value).account.reserved is taken
        closed = s.permanent(linkage_scope=value).do("close_suspended", AGENT, {"asked_by_holder": True})
        assert closed.tick(3 * DAY, CLEAR).account.reserved is True


# --- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", sorted(SETTLED))
def test_both_readings(id: str) -> None:
    """Each contradiction shows both of its readings: in what is decided, on which road, or in which data."""
    SETTLED[id][2]()


def test_every_contradiction_is_settled() -> None:
    """All 48 are in the table, and nothing else."""
    known = {cite for cite in policy().citations if cite.startswith("X-")}
    assert set(SETTLED) == known == {f"X-{n:02d}" for n in range(1, 49)}


@pytest.mark.parametrize("id", sorted(SETTLED))
def test_the_settling_parameters_name_it(id: str) -> None:
    """What a parameter settles has one, and that parameter cites it; so does a row or guard, or the data named."""
    how, parameters, shown = SETTLED[id]
    declared = {each.name: each for each in named_in(Parameters)}
    assert (how == PARAMETER) <= bool(parameters)
    for name in parameters:
        assert id in declared[name].cites, name
    assert (shown.__doc__ or "").endswith(".")
