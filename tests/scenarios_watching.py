"""For each guard about signals, warnings, journeys, devices and declined payments: refused by it alone, then not."""

from __future__ import annotations

import support as s
from scenarios import Pair, Scenario, by_fact, by_time, by_world
from support import AGENT, DAY, HOLDER, HOUR, INSTANT, REVIEWER, START, SYSTEM

from lifecycle.model import Evidence

RULES = {"ground": "platform_rules"}
UNPAID = {"ground": "unpaid_orders", "signal": "unpaid_orders"}
SHARE = {"ground": "buyer_protection", "signal": "dispute_percent", "signal_count": 60}
ACCOUNTS = {"ground": "coupon_abuse", "signal": "accounts_of_person", "signal_count": 2}
JOURNEY = {"countries": ["FR"], "travels_from": START, "travels_to": START + 10 * DAY}
THREE_DAYS = 72 * HOUR
ALERT = Evidence("bank_fraud_alert", "doc-alert")


def warned(*, with_reasons: bool = True, **parameters: object) -> s.World:
    """An account warned about a breach of the rules, with its statement of reasons or without."""
    return s.active(**parameters).do("warn", REVIEWER, RULES, [s.STATEMENT] if with_reasons else [])


def answered() -> s.World:
    """A warned account whose holder has turned to support."""
    return warned().do("open_case", HOLDER).do("address_warning", HOLDER)


def travelling() -> s.World:
    """An account whose holder told of a journey to France."""
    return s.active().do("open_case", HOLDER).do("note_travel", HOLDER, JOURNEY)


def declined(**parameters: object) -> s.World:
    """An account with a single declined payment."""
    return s.active(**parameters).do("note_decline", SYSTEM)


def opened_again() -> s.World:
    """An account whose lock for failed payments opened by itself."""
    return s.locked("declined_payments").tick(DAY)


def _ran_out(bad: s.World, good: s.World) -> Pair:
    return by_world(bad.wait(THREE_DAYS), good.wait(THREE_DAYS), "warning_runs_out", SYSTEM)


WATCHING: dict[str, Scenario] = {
    "sample_is_large_enough": lambda: by_fact(s.active(), "warn", SYSTEM, SHARE, signal_sample=(4, 5)),
    "further_accounts_are_abuse": lambda: by_fact(s.active(), "warn", SYSTEM, ACCOUNTS, coupons_taken=(False, True)),
    "warning_is_unanswered": lambda: _ran_out(answered(), warned()),
    "nobody_turned_to_support": lambda: by_world(
        answered().wait(50 * HOUR), warned().wait(50 * HOUR), "suspend", SYSTEM, RULES, [s.STATEMENT]
    ),
    "warning_still_runs": lambda: by_time(
        warned().do("open_case", HOLDER),
        "address_warning",
        HOLDER,
        START + THREE_DAYS + INSTANT,
        START + THREE_DAYS,
    ),
    "warning_is_due": lambda: by_time(
        warned(), "warning_runs_out", SYSTEM, START + THREE_DAYS - INSTANT, START + THREE_DAYS
    ),
    "warning_carried_its_reasons": lambda: _ran_out(warned(with_reasons=False), warned()),
    "warning_is_not_handed_over": lambda: by_world(
        warned().wait(THREE_DAYS).do("hand_over_warning", SYSTEM),
        warned().wait(THREE_DAYS),
        "hand_over_warning",
        SYSTEM,
    ),
    "signal_is_below_its_limit": lambda: by_fact(
        s.active().do("warn", SYSTEM, {**UNPAID, "signal_count": 3}),
        "clear_warning",
        SYSTEM,
        {"signal": "unpaid_orders"},
        signal_count=(3, 2),
    ),
    "support_is_contacted": lambda: by_world(warned(), warned().do("open_case", HOLDER), "address_warning", HOLDER),
    "strike_is_known": lambda: by_fact(s.suspended(), "strike", AGENT, strike=("gossip", "legal_threat")),
    "grace_is_over": lambda: by_time(
        s.active(chargeback_grace=DAY),
        "suspend",
        REVIEWER,
        START + DAY - INSTANT,
        START + DAY,
        {"ground": "chargeback", "caused_at": START},
        [s.STATEMENT],
    ),
    "ground_comes_without_warning": lambda: by_fact(
        s.active(), "lock", AGENT, ground=("payment_trouble", "new_device")
    ),
    "no_travel_note_covers_this": lambda: by_fact(
        travelling(), "lock", SYSTEM, {"ground": "new_device"}, country=("FR", "BR")
    ),
    "journey_is_told_to_support": lambda: by_world(
        s.active(), s.active().do("open_case", HOLDER), "note_travel", HOLDER, JOURNEY
    ),
    "journey_lies_ahead": lambda: by_fact(
        s.active().do("open_case", HOLDER).wait(DAY),
        "note_travel",
        HOLDER,
        JOURNEY,
        travels_to=(START + DAY - INSTANT, START + DAY),
    ),
    "no_lock_followed": lambda: by_world(opened_again(), declined(), "note_decline", SYSTEM),
    "a_decline_stands": lambda: by_world(s.active(), declined(), "retry_payment", HOLDER, {"bank_cleared": True}),
    "another_means_is_used": lambda: by_fact(opened_again(), "retry_payment", HOLDER, other_means=(False, True)),
    "bank_has_cleared_it": lambda: by_fact(declined(), "retry_payment", HOLDER, bank_cleared=(False, True)),
    "retry_comes_in_time": lambda: by_time(
        declined(), "retry_payment", HOLDER, START + DAY + INSTANT, START + DAY, {"bank_cleared": True}
    ),
    "retry_wait_is_over": lambda: by_time(
        declined(decline_retry_rule="always_wait"), "retry_payment", HOLDER, START + DAY - INSTANT, START + DAY
    ),
    "honest_cause_is_shown": lambda: by_world(
        s.locked("declined_payments"),
        s.locked("declined_payments").do("add_evidence", HOLDER, None, [ALERT]),
        "unlock",
        AGENT,
        {"packet_fields": 4, "cause_remedied": True},
    ),
}
