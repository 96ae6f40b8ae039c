"""Parameters: deactivation, deletion, closure, and the data that stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.policy.leaving_terms import RESERVATIONS, Reservation, Wait, every_way
from lifecycle.policy.parameters.naming import ESTIMATE, days, hours, minutes, named, table, takes_time


def names_some(names: Any) -> Iterator[str]:
    """Yield what is wrong with a list that may not be empty."""
    if not names:
        yield "must name at least one"


def counted_in_days(period: Any) -> Iterator[str]:
    """Yield what is wrong with a period that is counted back from a day: working days are counted forward only."""
    if not isinstance(period, dt.timedelta):
        yield "cannot be in working days: it is counted back from the day of the deletion"


@frozen(kw_only=True, slots=False)
class Leaving:
    """Deactivation, deletion, closure, and the data that stay."""

    deactivate_button_effect: str = named(
        "two_stage", "what pressing Deactivate does", "X-05", choices=("two_stage", "deletion_only")
    )
    deletion_entry_points: Mapping[str, str] = named(
        MappingProxyType(
            {
                "web:edit_profile": "direct",
                "ios:edit_member_profile": "direct",
                "web:account_security": "request",
                "web:account_management": "request",
                "web:account_services": "request",
                "letter": "request",
            }
        ),
        "where a way out begins, and whether it deletes directly or asks for a closure",
        "G1-15",
        "G1-45",
        "G2-21",
        "G2-22",
        "X-01",
        "X-02",
        "X-11",
        choices=("direct", "request"),
    )
    reason_required: tuple[str, ...] = named(
        ("ios",),
        "ways out on which a reason must be given",
        "G1-46",
        "X-12",
        choices=("web", "ios", "request"),
    )
    login_identifiers: tuple[str, ...] = named(
        ("email", "username", "member_id"),
        "what may be typed in to name the account",
        "X-13",
        "G1-49",
        choices=("email", "username", "member_id"),
    )
    deactivation_channels: tuple[str, ...] = named(
        ("self_button", "support"), "who may deactivate an account", "X-06", choices=("self_button", "support")
    )
    temporary_deactivation_max: Period = named(
        days(0),
        "how long a pause may last and still be ended with the button; at once stands for no limit",
        "G2-52",
        "A-21",
    )
    withdraw_until: str = named(
        "owner_confirmed",
        "until when support may stop a closure: until the holder confirms it, or until it is carried out",
        "G2-62",
        "G2-63",
        "X-08",
        choices=("owner_confirmed", "platform_confirmed"),
    )
    withdrawn_by: tuple[str, ...] = named(
        ("support",),
        "who may stop a deletion that is under way, and how: support, the holder after a fresh sign-in, or signing in",
        *("G2-62", "X-08", "grace"),
        choices=("support", "holder", "sign_in"),
    )
    fresh_sign_in: Period = named(
        minutes(15), "how long a sign-in counts as fresh when the holder stops a deletion", "grace", ours=True
    )
    withdrawal_closes: dt.timedelta = named(
        dt.timedelta(0),
        "how long before its day a deletion can no longer be stopped; at once stands for until it is carried out",
        *("X-08", "grace"),
        ours=True,
        check=counted_in_days,
    )
    direct_deletion_grace: Period = named(
        days(0), "time between the code and a direct deletion, floor and due date alike", "G1-23", "grace", ours=True
    )
    waits: Mapping[str, Wait] = table(
        MappingProxyType({}),
        Wait,
        "what must lie some time back before a deletion may be asked for",
        "grace",
        ours=True,
    )
    resubmit_limit: int = named(
        0, "how often a stalled closure may be asked for again; 0 for no limit", "G2-42", unit="requests"
    )
    open_obligations_policy: str = named(
        "block", "whether open orders, refunds and disputes stop a deletion", "X-03", choices=("block", "warn")
    )
    in_transit_blocks: bool = named(True, "whether orders on their way count as open", "X-04", choices=(True, False))
    wallet_policy: str = named(
        "block", "whether money in the wallet stops a closure", "X-45", choices=("block", "warn_and_forfeit")
    )
    wallet_required_balance: int = named(0, "money the wallet may hold and still count as empty", "G2-16", unit="cents")
    outstanding_charges_required: int = named(
        0, "money that may be owed and still count as paid", "G2-19", unit="cents"
    )
    subscription_policy: str = named(
        "delay", "whether a running subscription delays a closure or refuses it", "X-31", choices=("delay", "block")
    )
    deletion_direct_max: Period = named(
        minutes(3), "most time a direct deletion takes from signing in to the end", "G1-03", "X-01", kind=ESTIMATE
    )
    deletion_abandon_after: Period = named(
        hours(1), "time after the last deletion code before the deletion is dropped", "A-04", ours=True
    )
    closure_confirmation_ttl: Period = named(
        hours(72), "how long the link that confirms a closure is accepted", "G2-28", "A-16", ours=True
    )
    deletion_processing: Period = named(
        days(3), "time between confirmation and deletion, floor and due date alike", "G2-29", ours=True
    )
    stalled_after: Period = named(days(3), "time after which a confirmed closure counts as stalled", "G2-38", ours=True)
    hold_recheck: Period = named(
        days(1), "time between two looks at a deletion that is held", "G2-18", ours=True, check=takes_time
    )
    login_test_meaning: str = named(
        "suspect_only_after_stalled",
        "when an account that still opens shows that its deletion is incomplete",
        "X-48",
        "G2-32",
        choices=("suspect_only_after_stalled", "suspect_at_once"),
    )
    closed_email_grace: Period = named(
        days(3), "days the mail that says the account is closed may take", "G2-31", ours=True, kind="estimate"
    )
    wallet_transfer: bool = named(
        False, "whether money in the wallet can be transferred", "A-18", "G2-16", ours=True, choices=(False, True)
    )
    suppress_email_on_delete: bool = named(
        False, "whether promotions by mail end with the account", "X-14", choices=(False, True)
    )
    erasure_mode: str = named(
        "automatic_plus_request",
        "whether the data of a deleted account are erased by themselves, on request, or both",
        "X-09",
        choices=("automatic_plus_request", "automatic", "on_request"),
    )
    erased_categories: tuple[str, ...] = named(
        ("orders", "profile", "reviews"), "data that an erasure takes away", "G2-59", kind="data"
    )
    legal_retention_categories: tuple[str, ...] = named(
        ("invoices", "payments", "tax"),
        "data that may stay because the law asks for them",
        "A-20",
        "G4-13",
        "X-09",
        ours=True,
    )
    data_erasure_delay: Period = named(days(1), "time between deletion and erasure of the data", "G1-33", ours=True)
    # what the platform itself does
    platform_deletion: tuple[str, ...] = named(
        (),
        "who may have a suspended account deleted: staff with a statement of reasons, or a time without a reversal",
        *("D-08", "removal"),
        ours=True,
        choices=("staff", "retention"),
    )
    removal_lead: Period = named(
        days(30),
        "time between the announcement of a deletion by the platform and the deletion, floor and due date alike",
        "removal",
        ours=True,
        check=takes_time,
    )
    suspension_retention: Period = named(
        days(180),
        "how long a suspension that nobody reverses is kept, where the account is deleted then",
        "removal",
        ours=True,
        check=takes_time,
    )
    leaving_when_restricted: str = named(
        "ended",
        "what a lock or a suspension does to a deactivation or a deletion under way: it ends, or it is held meanwhile",
        *("D-07", "held-leaving"),
        ours=True,
        choices=("ended", "held"),
    )
    warned_while: tuple[str, ...] = named(
        ("active",),
        "the states in which an account may be warned",
        *("G3-129", "D-07"),
        ours=True,
        choices=("active", "security_locked", "under_appeal", "deactivated", "pending_deletion"),
        check=names_some,
    )
    reservations: Mapping[str, Reservation] = table(
        RESERVATIONS,
        Reservation,
        "how long identifiers stay taken after an account, by how it ended",
        *("X-43", "G2-58", "D-08", "one-account"),
        ours=True,
        check=every_way,
    )
    erasure_retry: Period = named(
        days(30), "time between two tries at an erasure that is stopped", "X-09", ours=True, check=takes_time
    )
