"""Parameters: codes and links, support, appeals."""

from __future__ import annotations

import datetime as dt

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period
from lifecycle.policy.parameters.naming import days, hours, minutes, named


@frozen(kw_only=True, slots=False)
class Recovering:
    """Codes and links, support, appeals."""

    # codes and links
    unlock_code_ttl: Period = named(minutes(15), "how long an unlock code is accepted", "G3-80", "A-07", ours=True)
    unlock_code_resend_delay: Period = named(minutes(10), "wait before another unlock code is sent", "G3-80")
    deletion_code_ttl: Period = named(dt.timedelta(seconds=60), "how long a deletion code is accepted", "G1-21")
    challenge_max_attempts: int = named(5, "tries per code", "G3-24", "A-07", ours=True)
    code_channels_required: str = named(
        "every_contact_on_file", "where a deletion code must go", "X-46", choices=("every_contact_on_file", "both")
    )
    # support
    bot_prompts_min: int = named(3, "questions of the chat bot before a person is offered", "G3-47")
    support_packet_fields: int = named(4, "identity fields that must match before support unlocks", "G3-49", "A-47")
    # appeals
    appeal_words_hard: int = named(200, "words an explanation must stay under", "G3-36", "X-15")
    dispute_items_counted_in_words: bool = named(
        False, "whether an itemised list of disputes counts as words", "X-47", ours=True, choices=(False, True)
    )
    photo_corners: int = named(4, "corners of a document a photograph must show", "G3-106")
    multiple_appeals_window: Period = named(hours(24), "window in which further appeals count as repeated", "G3-44")
    multiple_appeals_trigger: int = named(2, "appeals in that window that are all refused", "G3-44", ours=True)
    extra_appeals: str = named(
        "take_and_reject", "what happens to a further appeal", "A-38", ours=True, choices=("take_and_reject", "refuse")
    )
    appeal_enquiry_after: Period = named(days(7), "silence after which the holder may ask for the status", "G3-42")
    appeal_silence: Period = named(BusinessDays(7), "silence after which staff are reminded", "G3-132", "X-16")
    escalation_silence: Period = named(
        BusinessDays(10), "silence after which staff are reminded of an escalated appeal", "G3-85"
    )
    evidence_limit: int = named(100, "documents kept on one account", "D-09", ours=True)
