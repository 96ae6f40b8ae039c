"""For each guard about restrictions, appeals and support: an attempt it alone refuses, and one where it holds."""

from __future__ import annotations

from typing import Any

import support as s
from scenarios import Pair, Scenario, by_evidence, by_fact, by_time, by_world
from support import AGENT, COLLEAGUE, DAY, HOLDER, HOUR, INSTANT, MINUTE, REVIEWER, START, SUPERVISOR, SYSTEM

from lifecycle.model import Evidence

SIGNAL = {"ground": "unusual_logins", "signal": "distinct_addresses"}
SHARED = {"ground": "shared_device", "signal": "accounts_on_device", "signal_count": 3}
RULES = {"ground": "platform_rules"}
WHY = Evidence("explanation", "doc-why")
END = START + 5 * DAY


def words(count: int) -> list[Evidence]:
    """An explanation of so many words, and proof of identity."""
    return [s.PASSPORT, Evidence("explanation", "doc-explanation", words=count)]


def warned() -> s.World:
    """An account warned about a breach of the rules."""
    return s.active().do("warn", SYSTEM, RULES)


def wrong_codes(count: int) -> s.World:
    """A locked account after so many wrong codes."""
    world = s.code_sent()
    for _ in range(count):
        world.do("verify", HOLDER, {"code_right": False})
    return world


def cleared_once() -> s.World:
    """An account locked over a report, which support then cleared."""
    world = s.active().do("lock", AGENT, {"ground": "new_device", "rests_on": ("report-1",)})
    return world.do("unlock", AGENT, {"packet_fields": 4})


def declined() -> s.World:
    """A suspended account whose case support declined."""
    return s.with_case(s.suspended()).do("decline_case", AGENT)


def twice_appealed() -> s.World:
    """An appeal sent twice."""
    return s.appealed().do("appeal", HOLDER, None, [s.new_document()])


def escalation_rejected() -> s.World:
    """A suspended account whose escalated appeal a supervisor rejected."""
    return s.escalated().do("reject", SUPERVISOR, None, [s.REASONS])


def chargeback(*handed_in: str) -> s.World:
    """An account suspended for a chargeback, with such documents handed in."""
    world = s.suspended("chargeback")
    for kind in handed_in:
        world.do("add_evidence", HOLDER, None, [Evidence(kind, f"doc-{kind}")])
    return world


def _reinstated(bad: s.World, good: s.World) -> Pair:
    return by_world(bad, good, "reinstate", AGENT, {"cause_remedied": True})


def _appeal(bad: s.World, good: s.World, evidence: Any = s.COMPLETE) -> Pair:
    return by_world(bad, good, "appeal", HOLDER, None, evidence)


def _escalation(*evidence: Evidence) -> Any:
    return [WHY, s.new_document(), *evidence]


LOCKS: dict[str, Scenario] = {
    "ground_calls_for_a_lock": lambda: by_fact(s.active(), "lock", AGENT, ground=("harassment", "new_device")),
    "signal_reached_its_limit": lambda: by_fact(s.active(), "lock", SYSTEM, SIGNAL, signal_count=(5, 6)),
    "devices_are_not_recognised": lambda: by_fact(s.active(), "lock", SYSTEM, SHARED, device_recognised=(True, False)),
    "no_lock_stands": lambda: by_world(
        s.suspended(world=s.locked()), s.suspended(), "lock", AGENT, {"ground": "new_device"}
    ),
    "lock_yields_to_a_code": lambda: by_world(s.locked("declined_payments"), s.locked(), "send_unlock_code", HOLDER),
    "contact_is_on_file": lambda: by_world(
        s.locked(contacts=()), s.locked(contacts=("email",)), "send_unlock_code", HOLDER
    ),
    "resend_wait_is_over": lambda: by_time(
        s.code_sent(), "send_unlock_code", HOLDER, START + 10 * MINUTE - INSTANT, START + 10 * MINUTE
    ),
    "code_is_alive": lambda: by_time(
        s.code_sent(), "verify", HOLDER, START + 15 * MINUTE + INSTANT, START + 15 * MINUTE, {"code_right": True}
    ),
    "tries_are_left": lambda: by_world(wrong_codes(5), wrong_codes(4), "verify", HOLDER, {"code_right": True}),
    "identity_is_shown": lambda: by_fact(s.locked(), "unlock", AGENT, packet_fields=(3, 4)),
    "cause_is_remedied": lambda: by_fact(
        s.locked("declined_payments").do("add_evidence", HOLDER, None, [WHY]),
        "unlock",
        AGENT,
        {"packet_fields": 4},
        cause_remedied=(False, True),
    ),
    "rests_on_something_new": lambda: by_fact(
        cleared_once(), "lock", AGENT, {"ground": "new_device"}, rests_on=(("report-1",), ("report-1", "report-2"))
    ),
    "lock_opens_by_itself": lambda: by_world(
        s.locked().wait(DAY), s.locked("declined_payments").wait(DAY), "lock_expires", SYSTEM
    ),
    "lock_wait_is_over": lambda: by_time(
        s.locked("declined_payments"), "lock_expires", SYSTEM, START + DAY - INSTANT, START + DAY
    ),
}

SUPPORT: dict[str, Scenario] = {
    "no_case_is_open": lambda: by_world(s.active().do("open_case", HOLDER), s.active(), "open_case", HOLDER),
    "bot_is_passed": lambda: by_fact(
        s.active().do("open_case", HOLDER), "connect_agent", SYSTEM, prompts_answered=(2, 3)
    ),
    "case_is_with_an_agent": lambda: by_world(
        s.active().do("open_case", HOLDER), s.with_case(s.active()), "resolve_case", AGENT
    ),
}

SUSPENSIONS: dict[str, Scenario] = {
    "ground_is_warned_first": lambda: by_fact(s.active(), "warn", SYSTEM, ground=("harassment", "platform_rules")),
    "no_warning_is_open": lambda: by_world(warned(), s.active(), "warn", REVIEWER, RULES),
    "warning_is_open": lambda: by_world(s.active(), warned(), "clear_warning", AGENT),
    "ground_calls_for_a_suspension": lambda: by_fact(
        s.active(), "suspend", REVIEWER, evidence=[s.STATEMENT], ground=("new_device", "harassment")
    ),
    "statement_of_reasons_is_written": lambda: by_evidence(
        s.active(), "suspend", REVIEWER, [], [s.STATEMENT], {"ground": "harassment"}
    ),
    "warning_was_sent": lambda: by_world(
        s.active().wait(2 * DAY), warned().wait(2 * DAY), "suspend", REVIEWER, RULES, [s.STATEMENT]
    ),
    "warning_ran_out": lambda: by_time(
        warned(), "suspend", REVIEWER, START + 48 * HOUR - INSTANT, START + 48 * HOUR, RULES, [s.STATEMENT]
    ),
    "end_lies_ahead": lambda: by_fact(
        s.active(), "suspend", REVIEWER, {"ground": "harassment"}, [s.STATEMENT], ends_at=(START, START + INSTANT)
    ),
    "suspension_is_not_permanent": lambda: _appeal(s.permanent(), s.suspended()),
    "breach_was_knowing_or_appeals_failed": lambda: by_world(
        s.rejected(), escalation_rejected(), "accept_permanent", HOLDER
    ),
    "reasons_are_given": lambda: by_evidence(
        s.suspended(), "make_permanent", REVIEWER, [s.STATEMENT], [s.REASONS], {"knowing_breach": True}
    ),
    "suspension_has_an_end": lambda: by_world(
        s.suspended().wait(5 * DAY), s.suspended(ends_at=END).wait(5 * DAY), "suspension_ends", SYSTEM
    ),
    "suspension_end_is_reached": lambda: by_time(
        s.suspended(ends_at=END), "suspension_ends", SYSTEM, END - INSTANT, END
    ),
    "support_may_settle_it": lambda: _reinstated(s.suspended(), s.suspended(offers_appeal=False)),
    "remedy_evidence_is_complete": lambda: _reinstated(
        chargeback("bank_statement_reversal"), chargeback("bank_statement_reversal", "written_commitment")
    ),
    "a_lock_stands": lambda: by_world(
        s.suspended(), s.suspended(world=s.locked()), "reverse_decision", SUPERVISOR, {"lifts": "lock"}, [s.REASONS]
    ),
}

APPEALS: dict[str, Scenario] = {
    "appeal_was_offered": lambda: _appeal(s.suspended(offers_appeal=False), s.suspended()),
    "appeal_is_first_or_brings_new_evidence": lambda: by_evidence(
        s.rejected(), "appeal", HOLDER, [s.PASSPORT, WHY], [s.PASSPORT, WHY, s.new_document()]
    ),
    "explanation_is_short_enough": lambda: by_evidence(s.suspended(), "appeal", HOLDER, words(200), words(199)),
    "self_service_failed": lambda: _appeal(wrong_codes(4), wrong_codes(5)),
    "further_appeal_is_taken": lambda: by_time(
        s.appealed(), "appeal", HOLDER, START + DAY + INSTANT, START + DAY, None, [s.new_document()]
    ),
    "evidence_is_new": lambda: by_evidence(
        s.appealed(), "add_evidence", HOLDER, [s.PASSPORT], [s.PASSPORT, s.new_document()]
    ),
    "evidence_has_room": lambda: by_evidence(
        # the statement of reasons, passport and explanation are on file
        s.appealed(evidence_limit=4),
        "add_evidence",
        HOLDER,
        [WHY, s.new_document()],
        [s.new_document()],
    ),
    "silence_allows_an_enquiry": lambda: by_time(
        s.appealed(), "enquire", HOLDER, START + 7 * DAY - INSTANT, START + 7 * DAY
    ),
    "not_enquired_before": lambda: by_world(
        s.appealed().wait(7 * DAY).do("enquire", HOLDER), s.appealed().wait(7 * DAY), "enquire", HOLDER
    ),
    "silence_asks_for_a_reminder": lambda: by_time(
        s.appealed(), "chase_appeal", SYSTEM, START + 9 * DAY - INSTANT, START + 9 * DAY
    ),
    "appeal_is_faulty": lambda: by_world(s.appealed(), twice_appealed(), "auto_reject", SYSTEM),
    "documents_are_complete": lambda: by_world(
        twice_appealed(), s.appealed(), "grant", COLLEAGUE, {"name_matches": True}
    ),
    "name_matches_the_account": lambda: by_fact(s.appealed(), "grant", COLLEAGUE, name_matches=(False, True)),
    "decider_is_somebody_else": lambda: (
        s.appealed().ask("reject", REVIEWER, None, [s.REASONS]),
        s.appealed().ask("reject", COLLEAGUE, None, [s.REASONS]),
    ),
    "refusal_is_on_record": lambda: by_world(s.suspended(), declined(), "escalate", HOLDER, None, _escalation()),
    "not_escalated_before": lambda: by_world(
        escalation_rejected(), s.rejected(), "escalate", HOLDER, None, [WHY, s.new_document("doc-newer")]
    ),
    "grounds_are_given": lambda: by_evidence(
        s.rejected(), "escalate", HOLDER, [s.new_document()], [s.new_document(), WHY]
    ),
    "escalation_brings_new_information": lambda: by_evidence(
        s.rejected(), "escalate", HOLDER, [s.PASSPORT, WHY], [s.new_document(), WHY]
    ),
    "rejection_is_unexplained": lambda: by_world(
        s.rejected().do("explain_rejection", AGENT, None, [s.REASONS]),
        s.rejected(),
        "explain_rejection",
        AGENT,
        None,
        [s.REASONS],
    ),
}

RESTRICTION: dict[str, Scenario] = {**LOCKS, **SUPPORT, **SUSPENSIONS, **APPEALS}
