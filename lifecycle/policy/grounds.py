"""Grounds: why an account is locked or suspended. Data, no code paths: one entry is a ground.

Knows for each ground what brings it, who decides it, whether it is warned first, and what puts it right. Does not know
any row. What a field means, and what it is where an entry leaves it out, is told by `lifecycle.rows.Ground`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from lifecycle.rows import Ground

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
        lifted_by=("support", "appeal"),
        ends_after="decline_wait_min",
        release="decline_lock_release",
        other_means=True,
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
        answered_with="order_screenshots",
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
        lifted_by=("support", "appeal"),
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
        lifted_by=("support", "appeal"),
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
        lifted_by=("support", "appeal"),
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
        answered_with="order_screenshots",
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

BROUGHT_BY_RULES = ("reused_identity",)
"""Grounds that a rule names by itself: the system restricts on them without being asked."""


def as_rules_need(table: Any) -> Iterator[str]:
    """Yield what is wrong with a table of grounds as a whole: what a rule brings by itself must be there, and fit."""
    for name in BROUGHT_BY_RULES:
        ground = table.get(name)
        if ground is None:
            yield f"entry {name} cannot be taken away: a rule suspends on it"
        elif ground.restricts != "suspension" or ground.warned or "system" not in ground.deciders:
            yield f"entry {name}: a rule suspends on it at once, so the system must be able to decide it without a warning"
