"""Every number, period and choice of the policy, by name.

Knows the values, their unit, the rule each comes from and whether the figure is a guide's or ours.
Does not know which row uses it. A changed parameter makes a changed policy; nothing else needs to change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.calendar import BusinessDays, Period, WorkCalendar
from lifecycle.policy.grounds import GROUNDS
from lifecycle.rows import Ground


def _named(default: Any, says: str, *cites: str, ours: bool = False, choices: tuple[Any, ...] = ()) -> Any:
    """A parameter: its default, what it means, where it comes from."""
    metadata = {"says": says, "cites": cites, "ours": ours, "choices": choices}

    def check(instance: Any, attribute: Any, value: Any) -> None:
        _check(attribute.name, value, default, choices)

    return field(default=default, metadata=metadata, validator=check)


def _check(name: str, value: Any, default: Any, choices: tuple[Any, ...]) -> None:
    if choices:
        if type(value) is not type(default) or value not in choices:
            raise ValueError(f'the parameter "{name}" is one of {", ".join(map(str, choices))}; not {value!r}')
        return
    wanted: tuple[type, ...] = (type(default),)
    if isinstance(default, dt.timedelta | BusinessDays):
        wanted = (dt.timedelta, BusinessDays)
    if type(value) not in wanted:
        raise ValueError(f'the parameter "{name}" must be a {wanted[0].__name__}, not a {type(value).__name__}')
    if isinstance(value, dt.timedelta) and value < dt.timedelta(0):
        raise ValueError(f'the parameter "{name}" cannot be a negative time')
    if type(value) is int and value < 0:
        raise ValueError(f'the parameter "{name}" cannot be negative')


def _minutes(n: int) -> Period:
    return dt.timedelta(minutes=n)


def _hours(n: int) -> Period:
    return dt.timedelta(hours=n)


def _days(n: int) -> Period:
    return dt.timedelta(days=n)


@frozen(kw_only=True)
class Parameters:
    """The guides' policy by default; pass another value by name to make another policy.

    Raises:
        ValueError: a value of the wrong type, negative, or not among the choices.
    """

    # registration
    registration_required_fields: int = _named(4, "fields a sign-up by e-mail must fill in", "G1-06")
    social_providers: tuple[str, ...] = _named(
        ("facebook", "apple", "google"), "providers whose sign-up needs no e-mail verification", "G1-10"
    )
    # detection and warning
    ip_login_threshold: int = _named(6, "logins from different addresses within 3 days that lock", "G3-21")
    accounts_per_device_threshold: int = _named(3, "accounts on one device that lock", "G3-17")
    failed_payments_threshold: int = _named(5, "failed payments within 24 hours that lock", "G3-67")
    open_disputes_threshold: int = _named(5, "disputes open at once that suspend", "G3-12")
    dispute_percent_threshold: int = _named(30, "per cent of orders disputed that suspend", "G3-122")
    unpaid_orders_threshold: int = _named(3, "orders awaiting payment that suspend", "G3-63")
    decline_wait: Period = _named(_hours(24), "wait after failed payments before the lock opens by itself", "G3-68")
    decline_lock_release: str = _named(
        "timer", "how a lock for failed payments opens", "A-56", ours=True, choices=("timer", "verification")
    )
    warning_lead: Period = _named(_hours(48), "time a warning leaves before a restriction may follow", "G3-130")
    # codes and links
    unlock_code_ttl: Period = _named(_minutes(15), "how long an unlock code is accepted", "G3-80", "A-07", ours=True)
    unlock_code_resend_delay: Period = _named(_minutes(10), "wait before another unlock code is sent", "G3-80")
    deletion_code_ttl: Period = _named(dt.timedelta(seconds=60), "how long a deletion code is accepted", "G1-21")
    challenge_max_attempts: int = _named(5, "tries per code", "G3-24", "A-07", ours=True)
    code_channels_required: str = _named(
        "every_contact_on_file", "where a deletion code must go", "X-46", choices=("every_contact_on_file", "both")
    )
    # support
    bot_prompts_min: int = _named(3, "questions of the chat bot before a person is offered", "G3-47")
    support_packet_fields: int = _named(4, "identity fields that must match before support unlocks", "G3-49", "A-47")
    # appeals
    appeal_words_hard: int = _named(200, "words an explanation must stay under", "G3-36", "X-15")
    dispute_items_counted_in_words: bool = _named(
        False, "whether an itemised list of disputes counts as words", "X-47", ours=True, choices=(False, True)
    )
    photo_corners: int = _named(4, "corners of a document a photograph must show", "G3-106")
    multiple_appeals_window: Period = _named(_hours(24), "window in which further appeals count as repeated", "G3-44")
    multiple_appeals_trigger: int = _named(2, "appeals in that window that are all refused", "G3-44", ours=True)
    extra_appeals: str = _named(
        "take_and_reject", "what happens to a further appeal", "A-38", ours=True, choices=("take_and_reject", "refuse")
    )
    appeal_enquiry_after: Period = _named(_days(7), "silence after which the holder may ask for the status", "G3-42")
    appeal_silence: Period = _named(BusinessDays(7), "silence after which staff are reminded", "G3-132", "X-16")
    escalation_silence: Period = _named(
        BusinessDays(10), "silence after which staff are reminded of an escalated appeal", "G3-85"
    )
    evidence_limit: int = _named(100, "documents kept on one account", "D-09", ours=True)
    # deletion
    deactivate_button_effect: str = _named(
        "two_stage", "what pressing Deactivate does", "X-05", choices=("two_stage", "deletion_only")
    )
    open_obligations_policy: str = _named(
        "block", "whether open orders, refunds and disputes stop a deletion", "X-03", choices=("block", "warn")
    )
    in_transit_blocks: bool = _named(True, "whether orders on their way count as open", "X-04", choices=(True, False))
    wallet_policy: str = _named(
        "block", "whether money in the wallet stops a closure", "X-45", choices=("block", "warn_and_forfeit")
    )
    subscription_policy: str = _named(
        "delay", "whether a running subscription delays a closure or refuses it", "X-31", choices=("delay", "block")
    )
    deletion_abandon_after: Period = _named(
        _hours(1), "time after the last deletion code before the deletion is dropped", "A-04", ours=True
    )
    closure_confirmation_ttl: Period = _named(
        _hours(72), "how long the link that confirms a closure is accepted", "G2-28", "A-16", ours=True
    )
    deletion_processing: Period = _named(
        _days(3), "time between confirmation and deletion, floor and due date alike", "G2-29", ours=True
    )
    stalled_after: Period = _named(
        _days(3), "time after which a confirmed closure counts as stalled", "G2-38", ours=True
    )
    hold_recheck: Period = _named(_days(1), "time between two looks at a deletion that is held", "G2-18", ours=True)
    data_erasure_delay: Period = _named(_days(1), "time between deletion and erasure of the data", "G1-33", ours=True)
    erasure_retry: Period = _named(_days(30), "time between two tries at an erasure that is stopped", "X-09", ours=True)
    # calendar and data
    calendar: WorkCalendar = _named(WorkCalendar(), "the calendar of the review teams", "D-22", "G3-82", "A-36")
    grounds: Mapping[str, Ground] = field(factory=lambda: GROUNDS, metadata={"says": "why an account is restricted"})
