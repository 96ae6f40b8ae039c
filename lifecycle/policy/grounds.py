"""Grounds: why an account is locked or suspended; and the kinds of evidence. Data, no code paths.

Knows for each ground what brings it, whether it is warned first, and what puts it right. Does not know any row.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.rows import Ground

EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "passport": "a photograph of a passport",
        "driving_licence": "a photograph of a driving licence",
        "bank_statement": "a bank statement that matches the payment method on file",
        "explanation": "a short explanation in the holder's own words",
        "dispute_list": "every dispute with its order number and a short account",
        "order_screenshots": "screenshots of the orders in question",
        "bank_statement_reversal": "the bank's statement that a chargeback was reversed",
        "written_commitment": "a written commitment to the rules",
        "bank_fraud_alert": "a bank's notice that it stopped a payment as a precaution",
        "statement_of_reasons": "the facts, the ground and the ways of redress, written for the holder",
        "reasons": "the reasons of a decision, written for the holder",
        "consent_record": "the record of the holder's consent to the terms of renewal",
        "notice_copy": "a full copy of a notice that ends a membership",
        "proof_of_sending": "the receipt of posting, or the time stamp and hash of a certified e-mail",
        "photo_of_posting": "a photograph of the envelope and the receipt",
        "proof_of_delivery": "the return receipt with date stamp and signature",
        "termination_confirmation": "the written confirmation that a membership has ended",
        "final_statement": "the final statement of a membership",
        "agreement_clauses": "the clauses of the membership agreement on renewal and cancellation",
        "correspondence": "everything written to and from the shop about a membership",
    }
)
"""Every kind of evidence and written text the policy knows (G3-33, G3-38, G3-54, G3-70, G3-72, G3-133)."""

IDENTITY = ("passport", "driving_licence", "bank_statement")
"""Any one of these proves who somebody is (G3-33)."""

STAFF_TEXTS = frozenset({"statement_of_reasons", "reasons"})
"""Texts that whoever decides writes for the holder; they are no evidence of the holder's."""

TEXTS = frozenset({"explanation", "statement_of_reasons", "reasons", "written_commitment", "dispute_list"})
"""Kinds that may be given as written text; texts are kept encrypted."""

_ALL = (
    Ground(
        name="unusual_logins",
        says="logins from many different network addresses in a short time",
        restricts="lock",
        cites=("G3-10", "G3-21"),
        signals={"distinct_addresses": "ip_login_threshold"},
        travel_explains=True,
        difficulty="easy",
    ),
    Ground(
        name="new_device",
        says="a sign-in from a device, place or browser not seen before",
        restricts="lock",
        cites=("G3-10", "G3-11"),
        travel_explains=True,
        difficulty="easy",
    ),
    Ground(
        name="shared_device",
        says="several accounts used from one device",
        restricts="lock",
        cites=("G3-17", "G3-74", "G3-78", "X-42"),
        signals={"accounts_on_device": "accounts_per_device_threshold"},
        difficulty="easy",
    ),
    Ground(
        name="declined_payments",
        says="many failed payments within a day, as with a stolen card",
        restricts="lock",
        cites=("G3-67", "G3-68", "A-32"),
        signals={"failed_payments": "failed_payments_threshold"},
        yields_to_code=False,
        ends_after="decline_wait_min",
        remedy="Wait until the lock opens by itself, then pay by another means.",
        excused_by=("bank_fraud_alert", "explanation"),
        difficulty="of medium difficulty",
    ),
    Ground(
        name="payment_trouble",
        says="expired cards, failed payments and unpaid orders that add up",
        restricts="lock",
        cites=("G3-126", "G3-129", "G3-130"),
        warned=True,
        signals={"payment_trouble": "negative_signals_threshold"},
        difficulty="easy",
    ),
    Ground(
        name="buyer_protection",
        says="many disputes at once, or a large share of orders disputed",
        restricts="suspension",
        cites=("G3-12", "G3-122", "G3-133"),
        warned=True,
        signals={"open_disputes": "open_disputes_threshold", "dispute_percent": "dispute_percent_threshold"},
        appeal_evidence=("dispute_list",),
        difficulty="of medium difficulty",
    ),
    Ground(
        name="platform_rules",
        says="a breach of the platform's rules",
        restricts="suspension",
        cites=("G3-13", "G3-14"),
        warned=True,
        appeal_evidence=("written_commitment",),
        difficulty="hard",
    ),
    Ground(
        name="coupon_abuse",
        says="several accounts of one person to collect newcomer coupons",
        restricts="suspension",
        cites=("G3-76", "G3-120", "G3-138", "X-24", "X-42"),
        warned=True,
        signals={"accounts_of_person": "accounts_per_person"},
        support_settles=True,
        remedy="Close the further account, explain the mistake to support, and commit to one account.",
        remedy_evidence=("written_commitment",),
        difficulty="hard",
    ),
    Ground(
        name="unpaid_orders",
        says="several orders left waiting for payment",
        restricts="suspension",
        cites=("G3-15", "G3-16", "G3-63", "G3-64", "A-10"),
        warned=True,
        support_settles=True,
        signals={"unpaid_orders": "unpaid_orders_threshold"},
        remedy="Cancel every unpaid order, then ask support to confirm it.",
        difficulty="of medium difficulty",
    ),
    Ground(
        name="chargeback",
        says="a payment taken back through the bank instead of the platform",
        restricts="suspension",
        cites=("G3-16", "G3-65", "G3-66", "G3-72", "G3-73"),
        grace="chargeback_grace",
        support_settles=True,
        remedy="Have the bank reverse the chargeback, send its statement, and commit to the platform's disputes.",
        remedy_evidence=("bank_statement_reversal", "written_commitment"),
        difficulty="of medium difficulty",
    ),
    Ground(
        name="harassment",
        says="threats or profanity towards a seller",
        restricts="suspension",
        cites=("G3-128",),
        grace="harassment_grace",
        difficulty="hard",
    ),
    Ground(
        name="reused_identity",
        says="an e-mail, phone or payment means of an account that was suspended for good",
        restricts="suspension",
        cites=("G3-110", "A-57"),
    ),
)

GROUNDS: Mapping[str, Ground] = MappingProxyType({ground.name: ground for ground in _ALL})
"""The guides' grounds by name. Chargeback, harassment, reused identity and every lock come without warning (A-44)."""
