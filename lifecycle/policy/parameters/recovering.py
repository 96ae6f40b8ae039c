"""Parameters: codes and links, support, appeals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period, days_of_year
from lifecycle.policy.parameters.naming import ESTIMATE, days, hours, minutes, named, table
from lifecycle.rows import Proof

PEAKS: Mapping[str, str] = MappingProxyType(
    {
        "spring_festival": "01-15 to 02-20",
        "anniversary": "03-27 to 03-31",
        "singles_day": "11-11 to 11-17",
        "black_friday": "11-23 to 12-02",
    }
)
"""The large sales the guides name. They name no days: those are ours, wide enough for the feasts that move."""


def peaks_are_days(value: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with a calendar of sales that names no days."""
    for said in value.values():
        try:
            days_of_year(said)
        except ValueError as error:
            yield f"names no days: {error}"


@frozen(kw_only=True, slots=False)
class Recovering:
    """Codes and links, support, appeals."""

    # codes and links
    self_service_min: Period = named(
        minutes(5), "least time it takes to unlock an account by oneself", "G3-79", "X-18", kind=ESTIMATE
    )
    self_service_max: Period = named(
        minutes(15), "most time it takes to unlock an account by oneself", "G3-79", "X-18", kind=ESTIMATE
    )
    unlock_code_ttl: Period = named(
        minutes(15), "how long an unlock code is accepted", "G3-80", "A-07", "X-37", ours=True
    )
    unlock_code_resend_delay: Period = named(minutes(10), "wait before another unlock code is sent", "G3-80", "X-37")
    deletion_code_ttl: Period = named(dt.timedelta(seconds=60), "how long a deletion code is accepted", "G1-21", "X-37")
    unlock_code_digits: int = named(6, "digits of an unlock code", "G3-24", ours=True, unit="digits", least=4, most=18)
    deletion_code_digits: int = named(6, "digits of a deletion code", "G1-20", unit="digits", least=4, most=18)
    challenge_max_attempts: int = named(5, "tries per code", "G3-24", "A-07", ours=True, unit="tries", least=1)
    code_channels_required: str = named(
        "every_contact_on_file", "where a deletion code must go", "X-46", choices=("every_contact_on_file", "both")
    )
    proofs: Mapping[str, Proof] = table(
        MappingProxyType({}), Proof, "how many failed proofs close a way, and for how long", "A-07", ours=True
    )
    # support
    bot_prompts_min: int = named(3, "questions of the chat bot before a person is offered", "G3-47", unit="questions")
    support_packet_fields: int = named(
        4, "identity fields that must match before support unlocks", "G3-49", "A-47", unit="fields"
    )
    bot_prompts_max: int = named(
        4,
        "questions of the chat bot after which a person is offered at the latest",
        "G3-47",
        unit="questions",
        kind="estimate",
    )
    support_channels: tuple[str, ...] = named(
        ("chat", "email", "ticket"), "ways to reach support; the first one begins with the bot", "G2-61", kind="data"
    )
    support_case_kinds: tuple[str, ...] = named(
        (
            *("account", "access", "member_id_lookup", "travel", "warning", "question", "other"),
            *("payment", "order", "membership", "urgent", "appeal", "appeal_status", "rejection"),
            *("pause", "closure", "deletion_stalled"),
        ),
        "what support may be asked about",
        "G1-50",
        "G2-41",
        "G2-47",
        ours=True,
        kind="data",
    )
    support_optional: bool = named(
        True, "whether an account is deleted or closed without asking support", "X-10", "G1-02", choices=(True, False)
    )
    support_calendar: str = named("always", "when support works", "X-40", "G3-46", choices=("always", "working_days"))
    support_resolution_min: Period = named(days(1), "least time support takes on average", "G3-83", kind="estimate")
    support_resolution_max: Period = named(days(3), "most time support takes on average", "G3-83", kind="estimate")
    support_simple_max: Period = named(days(1), "most time support takes for a security lock", "G3-84", kind="estimate")
    support_complex_min: Period = named(days(2), "least time support takes for a suspension", "G3-84", kind="estimate")
    support_complex_max: Period = named(days(3), "most time support takes for a suspension", "G3-84", kind="estimate")
    chat_wait_normal_min: Period = named(minutes(5), "least wait for a person in the chat", "G3-89", kind="estimate")
    chat_wait_normal_max: Period = named(minutes(10), "most wait for a person in the chat", "G3-89", kind="estimate")
    chat_wait_peak_min: Period = named(
        minutes(45), "least wait for a person in the chat during a large sale", "G3-88", "G3-89", kind="estimate"
    )
    peak_factor: int = named(
        2,
        "how many times as long support and reviewers may take during a large sale",
        "G3-88",
        "X-18",
        ours=True,
        unit="times",
        least=1,
        kind="estimate",
    )
    peak_calendar: Mapping[str, str] = named(
        PEAKS,
        "large sales, during which everything takes longer: first and last day of each year",
        "G3-88",
        "X-20",
        ours=True,
        unit="days of the year",
        kind="data",
        check=peaks_are_days,
    )

    final_for_agent_level: bool = named(
        False,
        "whether a case that an agent declined cannot go to a supervisor",
        "X-44",
        "G3-51",
        "G3-90",
        choices=(False, True),
    )
    restricted_desktop_session: bool = named(
        True,
        "whether whoever is suspended for unpaid orders may cancel them from a desktop",
        "X-39",
        "G3-64",
        choices=(True, False),
    )
    paid_order_silence: Period = named(
        days(7), "days a paid order may show no progress before its seller is to be asked", "G3-58"
    )
    emergency_sale_lead: Period = named(
        hours(12), "how near a sale makes a support case about a blocked account urgent", "G3-114"
    )
    emergency_action_window: Period = named(
        hours(1),
        "time after a block in which to try all oneself, and to ask support if that fails",
        "G3-114",
        kind="estimate",
    )
    no_reason_mail_wait: Period = named(
        hours(24),
        "wait for a message with the cause before one looks on a desktop and asks support",
        "G3-135",
        kind="estimate",
    )
    spam_check_interval: Period = named(
        hours(6), "how often to look into the spam folder while an answer is due", "G3-112", kind="estimate"
    )
    # appeals
    appeal_words_hard: int = named(200, "words an explanation must stay under", "G3-36", "X-15", unit="words", least=1)
    appeal_words_soft: int = named(
        150, "words an explanation should stay under, as advised", "G3-111", "X-15", unit="words", least=1
    )
    resubmission_requires: str = named(
        "new_evidence",
        "what another appeal asks for once one is decided: new evidence, or nothing more; or there is none",
        "G3-43",
        "G3-81",
        "G3-93",
        "X-22",
        choices=("new_evidence", "decision", "never"),
    )
    remedy_tracks: tuple[str, ...] = named(
        ("support", "appeal"),
        "ways out of a suspension whose cause can be put right with support",
        "G3-29",
        "G3-64",
        "G3-66",
        "G3-70",
        "X-23",
        choices=("support", "appeal"),
        check=lambda tracks: () if tracks else ("must leave at least one way out",),
    )
    dispute_items_counted_in_words: bool = named(
        False, "whether an itemised list of disputes counts as words", "X-47", ours=True, choices=(False, True)
    )
    photo_corners: int = named(4, "corners of a document a photograph must show", "G3-106", unit="corners")
    multiple_appeals_window: Period = named(hours(24), "window in which further appeals count as repeated", "G3-44")
    multiple_appeals_trigger: int = named(
        2, "appeals in that window that are all refused", "G3-44", ours=True, unit="appeals"
    )
    extra_appeals: str = named(
        "take_and_reject", "what happens to a further appeal", "A-38", ours=True, choices=("take_and_reject", "refuse")
    )
    appeal_enquiry_after: Period = named(
        days(7), "silence after which the holder may ask for the status", "G3-42", "X-16"
    )
    appeal_review_min: Period = named(
        BusinessDays(3), "least time the review of an appeal takes", "G3-40", "X-17", kind=ESTIMATE
    )
    appeal_review_max: Period = named(
        BusinessDays(5), "most time the review of an appeal takes", "G3-40", kind=ESTIMATE
    )
    resubmission_extra_min: Period = named(
        BusinessDays(3), "least time that an incomplete appeal adds", "G3-81", kind=ESTIMATE
    )
    resubmission_extra_max: Period = named(
        BusinessDays(5), "most time that an incomplete appeal adds", "G3-81", kind=ESTIMATE
    )
    escalation_review_min: Period = named(
        BusinessDays(5),
        "least time a supervisor takes; no guard refuses a quicker decision",
        "G3-85",
        "X-17",
        kind=ESTIMATE,
    )
    escalation_review_max: Period = named(
        BusinessDays(10), "most time a supervisor takes", "G3-85", "X-17", kind=ESTIMATE
    )
    reason_request_success: int = named(
        70, "share of those asking why they were rejected who are told more", "G3-92", unit="per cent", kind=ESTIMATE
    )
    second_appeal_success: int = named(
        40, "share of second appeals with new evidence that are granted", "G3-94", unit="per cent", kind=ESTIMATE
    )
    escalation_success: int = named(
        30, "share of escalated appeals that are granted", "G3-96", unit="per cent", kind=ESTIMATE
    )
    appeal_silence: Period = named(BusinessDays(7), "silence after which staff are reminded", "G3-132", "X-16", "A-37")
    escalation_silence: Period = named(
        BusinessDays(10), "silence after which staff are reminded of an escalated appeal", "G3-85"
    )
    evidence_limit: int = named(100, "documents kept on one account", "D-09", ours=True, unit="documents", least=1)
