"""For each guard about paid memberships: an attempt it alone refuses, and one where it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import memberships as m
import support as s
from memberships import CONFIRMATION, DUPLICATE, JOIN, NOTICE, PARTS, POSTED, RECEIPT, TOOLS, TRIAL_END
from scenarios import Pair, Scenario, by_evidence, by_fact, by_time, by_world
from support import AGENT, CLEAR, DAY, HOLDER, INSTANT, START, SYSTEM, World

from lifecycle.model import Evidence, State


def _but(facts: Any, name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


def _joining(**both: tuple[Any, Any]) -> Pair:
    (name,) = both
    return by_fact(s.active(), "start_trial", HOLDER, _but(JOIN, name), **both)


def _sending(**both: tuple[Any, Any]) -> Pair:
    (name,) = both
    return by_fact(m.paid(), "send_notice", HOLDER, _but(NOTICE, name), POSTED, **both)


def _without(part: str) -> Pair:
    return _sending(notice_parts=(tuple(each for each in PARTS if each != part), PARTS))


def _sent_by_service() -> Pair:
    facts = {**NOTICE, "sender": "service"}
    offers = (("registered_post",), ("registered_post", "return_receipt"))
    return by_fact(m.paid(), "send_notice", HOLDER, facts, POSTED, sender_offers=offers)


def _disputing(world: World, bad: dict[str, Any], evidence: Iterable[Evidence] = m.PACKET) -> Pair:
    return (
        world.ask("dispute_charge", HOLDER, {**DUPLICATE, **bad}, evidence),
        world.ask("dispute_charge", HOLDER, DUPLICATE, evidence),
    )


def _after_notice() -> Pair:
    facts = {"charge_reason": "after_notice"}
    moments = (START + 5 * DAY, START + 6 * DAY)
    return by_fact(m.delivered().wait(5 * DAY), "dispute_charge", HOLDER, facts, m.PACKET, charged_at=moments)


def _packet() -> Pair:
    facts = {"charge_reason": "after_notice", "charged_at": START + 6 * DAY}
    return by_evidence(
        m.delivered().wait(5 * DAY), "dispute_charge", HOLDER, [m.CLAUSES], [m.CLAUSES, m.LETTERS], facts
    )


def _complaining(**both: tuple[Any, Any]) -> Pair:
    return by_fact(m.disputed(), "file_complaint", HOLDER, **both)


def _without_proof() -> World:
    return m.paid().do("dispute_charge", HOLDER, DUPLICATE)


def _ended_account(world: World) -> World:
    """The same account after a direct deletion."""
    world.do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True}).do("show_warning", SYSTEM)
    world.do("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    return world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})


def _erasing(world: World) -> World:
    return _ended_account(world).wait(DAY)


def _paid_back() -> World:
    """A membership whose unwanted renewal was paid back: nothing is left that could renew."""
    return m.refunded(m.renewed_before_delivery(), charge_reason="later_charge", charged_at=m.PERIOD_END)


def _closing() -> tuple[World, World]:
    return m.delivered(), m.delivered(parts=("closure",))


STARTING: dict[str, Scenario] = {
    "account_is_active": lambda: by_world(s.suspended(), s.active(), "start_membership", HOLDER, JOIN),
    "member_is_invited": lambda: _joining(invited=(False, True)),
    "purchases_fit_the_offer": lambda: _joining(history_fits=(False, True)),
    "shipping_country_is_covered": lambda: _joining(country_covered=(False, True)),
    "agreement_is_of_this_region": lambda: _joining(agreement_region=("ca", "us")),
    "payment_method_is_on_file": lambda: _joining(payment_on_file=(False, True)),
    "consent_is_brought": lambda: by_evidence(m.trial(consent=()), "record_consent", HOLDER, [], [m.CONSENT]),
    "new_terms_are_announced_in_time": lambda: by_fact(
        m.paid(),
        "announce_terms",
        SYSTEM,
        {"agreement": "agr-2027-us"},
        new_terms_from=(START + 30 * DAY - INSTANT, START + 30 * DAY),
    ),
}

CHARGING: dict[str, Scenario] = {
    "period_is_over": lambda: by_time(m.trial(), "convert_trial", SYSTEM, TRIAL_END - INSTANT, TRIAL_END),
    "consent_is_on_record": lambda: by_world(
        m.trial(consent=()).wait(30 * DAY), m.trial().wait(30 * DAY), "convert_trial", SYSTEM
    ),
    "account_may_be_charged": lambda: by_world(
        s.suspended(world=m.trial(vip_billing_while_suspended=False)).wait(30 * DAY),
        s.suspended(world=m.trial()).wait(30 * DAY),
        "convert_trial",
        SYSTEM,
    ),
    "renewal_is_on": lambda: by_world(
        m.noticed(m.renew_off()).wait(365 * DAY), m.noticed().wait(365 * DAY), "renew", SYSTEM
    ),
    "no_notice_has_arrived": lambda: by_world(m.lost(m.delivered()), m.lost(), "switch_off_renewal", HOLDER, TOOLS),
}

ENDING: dict[str, Scenario] = {
    "tools_are_accepted": lambda: by_world(
        m.paid(cancel_channels=("registered_post",)), m.paid(), "switch_off_renewal", HOLDER, TOOLS
    ),
    "cancel_tools_are_shown": lambda: by_fact(
        m.trial(), "cancel_membership", HOLDER, {"signed_in": True}, controls_visible=(False, True)
    ),
    "refund_is_settled": lambda: by_world(
        m.renewed_before_delivery(notice_effective_basis="posted").wait(DAY),
        m.renewed_before_delivery().wait(DAY),
        "confirm_termination",
        AGENT,
        None,
        [CONFIRMATION],
    ),
    "nothing_is_left_to_run": lambda: by_world(
        m.taken_over(State.ACTIVE), m.taken_over(State.DELETED), "close_membership", SYSTEM
    ),
    "proofs_are_needed_no_longer": lambda: by_world(
        _erasing(m.disputed()),
        _erasing(m.paid()),
        "erase",
        SYSTEM,
        {"retention_duty": False, "kept_by_law": ()},
    ),
}


def _stuck() -> World:
    """A membership whose charge, made after its end, was disputed and lost; a refund is due and was then paid."""
    return _ended_account(m.renewed_before_delivery(notice_effective_basis="posted"))


SENDING: dict[str, Scenario] = {
    "notice_leads_to_one_membership": lambda: _sending(memberships_found=(0, 1)),
    "notice_names_the_contract": lambda: _without("contract"),
    "intent_is_unmistakable": lambda: _without("termination"),
    "end_is_named": lambda: _sending(named_end=(None, START + DAY)),
    "notice_is_signed": lambda: _without("signature"),
    "notice_is_complete": lambda: _without("stop_billing"),
    "notice_is_in_writing": lambda: _sending(notice_channel=("spoken", "registered_post")),
    "notice_channel_is_accepted": lambda: _sending(notice_channel=("message", "registered_post")),
    "jurisdiction_is_served": lambda: _sending(jurisdiction=("gb", "us")),
    "legal_basis_fits": lambda: _sending(legal_basis=(("gb:consumer_rights",), ("us:state_law",))),
    "address_is_the_right_one": lambda: _sending(recipient=("default", "agreement")),
    "sending_service_gives_proof": _sent_by_service,
    "copy_and_proof_are_kept": lambda: by_evidence(m.paid(), "send_notice", HOLDER, POSTED[:1], POSTED, NOTICE),
    "notice_may_come_too_late": lambda: by_world(
        m.noticed(), m.noticed(m.paid().wait(356 * DAY)), "warn_of_late_notice", SYSTEM
    ),
    "delivery_is_proved": lambda: by_evidence(m.noticed().wait(DAY), "record_delivery", SYSTEM, [], [RECEIPT]),
    "delivery_date_fits": lambda: by_fact(
        m.noticed().wait(3 * DAY), "record_delivery", AGENT, None, [RECEIPT], delivered_at=(START - DAY, START + DAY)
    ),
    "end_date_is_reached": lambda: by_time(
        m.delivered(),
        "confirm_termination",
        AGENT,
        START + 40 * DAY - INSTANT,
        START + 40 * DAY,
        None,
        [CONFIRMATION],
    ),
    "confirmation_is_written": lambda: by_evidence(
        m.delivered().wait(35 * DAY), "confirm_termination", AGENT, [], [CONFIRMATION]
    ),
    "notice_has_arrived": lambda: by_world(
        m.refunded().wait(40 * DAY),
        m.refunded(m.delivered()).wait(40 * DAY),
        "confirm_termination",
        AGENT,
        None,
        [CONFIRMATION],
    ),
    "confirmation_is_late": lambda: by_time(
        m.delivered(), "chase_confirmation", SYSTEM, START + 47 * DAY - INSTANT, START + 47 * DAY
    ),
    "notice_asks_for_closure": lambda: by_world(*_closing(), "close_by_notice", AGENT, CLEAR),
}

DISPUTING: dict[str, Scenario] = {
    "reason_concerns_the_charge": lambda: _disputing(m.paid(), {"charge_reason": "changed_habits"}),
    "charge_was_made": lambda: _disputing(m.paid(), {"charged_at": START + INSTANT}),
    "charge_follows_the_notice": _after_notice,
    "packet_is_complete": _packet,
    "agency_hears_such_complaints": lambda: _complaining(agency=("newspaper", "ftc")),
    "proof_goes_with_the_complaint": lambda: by_evidence(
        _without_proof(), "file_complaint", HOLDER, [], [RECEIPT], {"agency": "state"}
    ),
    "complaint_was_filed": lambda: by_world(
        m.disputed(), m.disputed().do("file_complaint", HOLDER, {"agency": "cfpb"}), "settle_complaint", SYSTEM
    ),
    "refund_is_due": lambda: by_world(
        m.delivered(), m.renewed_before_delivery(notice_effective_basis="posted"), "refund_charge", AGENT
    ),
    "chargeback_breaks_the_rules": lambda: by_fact(
        m.delivered(chargeback_suspends="except_membership_with_delivered_notice"),
        "suspend",
        SYSTEM,
        {"ground": "chargeback"},
        [s.STATEMENT],
        chargeback_on=("membership", "order"),
    ),
}

MEMBERSHIP: dict[str, Scenario] = {**STARTING, **CHARGING, **ENDING, **SENDING, **DISPUTING}
