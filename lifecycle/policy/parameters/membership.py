"""Parameters: the paid VIP membership."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.policy.parameters.naming import DATA, days, named, takes_time


def _a_notice_can_be_sent(channels: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong where somebody to whom the tools are not shown could never end what goes on charging."""
    if set(channels) <= {"tools"}:
        yield "must name a way to send a notice: where the tools are hidden nobody could cancel (G4-36)"


def _somebodys_law_is_served(jurisdictions: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong where every notice would be refused for its jurisdiction."""
    if not jurisdictions:
        yield "must name a jurisdiction: without any no notice could be sent (G4-36)"


@frozen(kw_only=True, slots=False)
class Memberships:
    """The paid VIP membership."""

    # what runs
    vip_trial_days: Period = named(days(30), "how long a trial lasts, counted in hours", "G4-22", "A-59")
    vip_period_days: Period = named(
        days(365), "how long a paid period lasts, leap years or not", "G4-23", "A-59", check=takes_time
    )
    vip_auto_renew_default: bool = named(
        True, "whether a membership renews by itself unless that is switched off", "G4-24", choices=(True, False)
    )
    vip_trial_requires_payment: bool = named(
        True, "whether a trial needs a payment method on file", "G4-28", ours=True, choices=(True, False)
    )
    vip_terms_notice: Period = named(
        days(30), "time between announcing new fees or terms and the day they apply", "G4-26", ours=True
    )
    vip_billing_while_suspended: bool = named(
        True, "whether a membership is charged while its account is suspended", "A-50", ours=True, choices=(True, False)
    )
    vip_recheck: Period = named(
        days(7),
        "time between two looks at a membership whose period ran out unsettled",
        "G4-60",
        ours=True,
        check=takes_time,
    )
    # how it may be ended
    cancel_channels: tuple[str, ...] = named(
        ("tools", "certified_email", "registered_post"),
        "ways in which a membership may be ended",
        "X-27",
        "G4-07",
        "G4-32",
        "G4-37",
        "G4-61",
        choices=("tools", "certified_email", "registered_post"),
        check=_a_notice_can_be_sent,
    )
    recipient_address_order: tuple[str, ...] = named(
        ("agreement", "statement", "default"),
        "where the address of a notice is taken from, the first that is known",
        "X-28",
        "G4-05",
        "G4-62",
        choices=("agreement", "statement", "default"),
    )
    notice_address: str = named(
        "400 S El Camino Real, Suite 400, San Mateo, CA 94402, United States",
        "postal address of a notice where no other is known",
        "G4-05",
        kind=DATA,
    )
    notice_email: str = named(
        "AEbuyerservice@aliexpress.com", "mail address of a notice where no other is known", "G4-05", kind=DATA
    )
    jurisdictions: tuple[str, ...] = named(
        ("us", "ca"), "whose law a notice may name", "G4-03", "X-29", check=_somebodys_law_is_served
    )
    legal_basis: tuple[str, ...] = named(
        ("us:negative_option", "us:state_law", "us:data_protection", "ca:consumer_law", "ca:data_protection"),
        "laws a notice may rest on, each after the jurisdiction it belongs to",
        "X-29",
        "G4-12",
        "G4-36",
        "G4-49",
    )
    legal_basis_year: int = named(
        2015, "year of the consumer rights act that a notice under British law names", "G4-12", unit="year", kind=DATA
    )
    notice_delivery_days: Period = named(days(5), "time a posted notice needs to arrive", "G4-42", ours=True)
    notice_processing_days: Period = named(days(5), "time a notice needs to be handled", "G4-42", ours=True)
    # when a notice counts, and what follows
    certified_email_arrives: str = named(
        "at_sending",
        "when a certified e-mail counts as delivered",
        "A-49",
        "G4-07",
        ours=True,
        choices=("at_sending", "with_a_receipt"),
    )
    notice_effective_basis: str = named(
        "delivered", "which day of a notice decides", "X-26", "G4-43", "G4-64", choices=("delivered", "posted")
    )
    notice_end: str = named(
        "later_of_both",
        "which date ends the membership: the later of the named one and the notice's own, or the named one",
        "A-48",
        "G4-01",
        "G4-43",
        ours=True,
        choices=("later_of_both", "as_named"),
    )
    vip_termination_effect: str = named(
        "period_end",
        "when the benefits of a terminated membership end",
        "X-30",
        "A-23",
        choices=("period_end", "immediate"),
    )
    vip_refund_policy: str = named(
        "none",
        "what is paid back for days not used; a fee charged after a notice that counts is always paid back",
        "X-30",
        "A-22",
        "G4-30",
        choices=("none", "prorated"),
    )
    vip_confirmation_silence: Period = named(
        days(7), "time after the end date before the staff are reminded to confirm it", "G4-10", "G4-59", ours=True
    )
    notice_closure_guards: str = named(
        "same_as_request",
        "whether a closure asked for in a notice is held to what a closure request is held to",
        "A-58",
        ours=True,
        choices=("same_as_request", "when_carried_out"),
    )
    # charges that are disputed
    vip_reason_codes: tuple[str, ...] = named(
        ("poor_value", "trial_surprise", "later_charge", "duplicate_charge", "changed_habits", "unauthorised"),
        "why members end a membership or dispute its charges",
        "G4-31",
        kind=DATA,
    )
    dispute_packet_parts: int = named(3, "parts of the papers a card issuer is shown", "G4-53", unit="parts", most=3)
    complaint_agencies: tuple[str, ...] = named(
        ("ftc", "cfpb", "state", "small_claims"), "who may be asked for help against an unlawful charge", "G4-58"
    )
    chargeback_suspends: str = named(
        "always",
        "whether a bank chargeback suspends the account",
        "X-25",
        choices=("always", "except_membership_with_delivered_notice"),
    )
    proof_retention: tuple[str, ...] = named(
        ("confirmation", "refund", "dispute"),
        "what must be over before the proofs of a notice may be erased",
        "G4-44",
        choices=("confirmation", "refund", "dispute"),
    )
