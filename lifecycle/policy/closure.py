"""Chapter: closing by request. Asked for, confirmed by mail, carried out after some days; held, stalled, withdrawn."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import account_belongs_to_a_buyer, code, deletion_track, signed_in
from lifecycle.policy.holds import no_hold_stands
from lifecycle.policy.obligations import GUARDS as OBLIGATIONS
from lifecycle.policy.obligations import before_closing, still_owed
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import case_is_with_an_agent, resolve_case
from lifecycle.rows import (
    Close,
    Count,
    Effect,
    Notify,
    Open,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Transition,
    guard,
    not_before,
)


@guard(
    "The consequences were shown and read.",
    otherwise="Read what closing the account means, then ask again.",
    needs=("consequences_read",),
    limit=True,
    cites=("G2-23", "G2-26"),
)
def consequences_are_read(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.consequences_read


@guard(
    "The holder has proved who they are for this request.",
    otherwise="Type the password again, or prove it in another way.",
    needs=("identity_proven",),
    limit=True,
    cites=("G2-26",),
)
def identity_is_proven(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.identity_proven


@guard(
    "The request is stalled.",
    otherwise="Wait until it is carried out, or until its time is over.",
    sees=lambda account, command, p: {"stalled": bool(account.deletion and account.deletion.stalled)},
    limit=True,
    cites=("G2-38", "G2-42"),
)
def request_is_stalled(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and account.deletion.stalled


@guard(
    "The link in the mail was sent and is still accepted.",
    otherwise="Ask for the account to be closed again; a new mail will come.",
    cites=("G2-28", "A-16"),
)
def link_is_alive(account: Account, command: Command, p: Parameters) -> bool:
    return account.closure_link is not None and command.at <= account.closure_link.expires_at


@guard(
    "The request is not confirmed yet.",
    otherwise="Leave it: once the request is confirmed nothing can be undone or confirmed again.",
    sees=lambda account, command, p: {"confirmed": _confirmed(account) is not None},
    limit=False,
    cites=("G2-62", "G2-63", "X-08"),
)
def request_is_unconfirmed(account: Account, command: Command, p: Parameters) -> bool:
    return _confirmed(account) is None


@guard(
    "The request is confirmed.",
    otherwise="Follow the link in the mail first.",
    sees=lambda account, command, p: {"confirmed": _confirmed(account) is not None},
    limit=True,
    cites=("G2-28", "G2-39"),
)
def request_is_confirmed(account: Account, command: Command, p: Parameters) -> bool:
    return _confirmed(account) is not None


def _confirmed(account: Account) -> dt.datetime | None:
    return account.deletion.confirmed_at if account.deletion else None


@not_before(
    "The days between confirmation and deletion are over.",
    otherwise="Wait; nobody carries out a deletion early.",
    cites=("G2-29",),
)
def processing_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    confirmed = _confirmed(account)
    return p.calendar.add(confirmed, p.deletion_processing) if confirmed else None


@not_before(
    "The time in which the request should have been carried out is over.",
    otherwise="Wait; the request is still being carried out.",
    cites=("G2-38",),
)
def processing_took_too_long(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    confirmed = _confirmed(account)
    return p.calendar.add(confirmed, p.stalled_after) if confirmed else None


@guard(
    "The request is not marked as stalled yet.",
    otherwise="Leave it: it is marked already.",
    cites=("G2-38",),
)
def not_stalled_before(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and not account.deletion.stalled


@not_before(
    "The time to confirm the request is over.",
    otherwise="Leave it: the holder may still follow the link.",
    cites=("G2-28", "A-16"),
)
def confirmation_is_overdue(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.closure_link.expires_at if account.closure_link else None


@guard(
    "Something is still owed or running.",
    otherwise="Carry out the deletion: nothing stands in its way.",
    needs=tuple(dict.fromkeys(name for each in OBLIGATIONS for name in each.needs)),
    sees=lambda account, command, p: {"owed": still_owed(account, command, p), "holds": list(account.holds)},
    cites=("G2-18", "A-17", "A-19"),
)
def something_is_owed(account: Account, command: Command, p: Parameters) -> bool:
    return bool(still_owed(account, command, p)) or bool(account.holds)


@guard(
    "The deletion is not held yet.",
    otherwise="Leave it: it is held already.",
    cites=("G2-18",),
)
def deletion_is_not_held(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and not account.deletion.held


@guard(
    "Support agrees to stop the request.",
    otherwise="Ask at once next time; support cannot always stop it.",
    needs=("agent_consents",),
    limit=True,
    cites=("G2-62",),
)
def support_agrees(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.agent_consents


GUARDS = (
    consequences_are_read,
    identity_is_proven,
    request_is_stalled,
    link_is_alive,
    request_is_unconfirmed,
    request_is_confirmed,
    processing_is_over,
    processing_took_too_long,
    not_stalled_before,
    confirmation_is_overdue,
    something_is_owed,
    deletion_is_not_held,
    support_agrees,
)

ENDED: tuple[Effect, ...] = (Close("deletion"), Close("closure_link"))


def confirmed_now(account: Account, command: Command, p: Parameters) -> str:
    """The moment of confirmation: the command's own."""
    return command.at.isoformat()


PROCESSING: tuple[Effect, ...] = (
    StartTimer("complete_deletion", after="deletion_processing"),
    StartTimer("mark_stalled", after="stalled_after"),
)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_asking(p), *_waiting(), *_ending())


def _asking(p: Parameters) -> tuple[Transition, ...]:
    request = deletion_track.is_("request")
    asked = (signed_in, account_belongs_to_a_buyer, consequences_are_read, identity_is_proven, *before_closing(p))
    link: dict[str, Any] = {
        "actors": (Role.HOLDER,),
        "trigger": "confirm_closure",
        "source": (State.PENDING_DELETION,),
        "challenge": "closure_link",
    }
    return (
        Transition(
            title="Ask for the account to be closed",
            actors=(Role.HOLDER,),
            trigger="request_closure",
            source=(State.ACTIVE,),
            guards=asked,
            dest=State.PENDING_DELETION,
            effects=(
                Open("deletion", take=("reason",), fixed={"track": "request"}),
                SendCode(
                    "closure_link",
                    lives="closure_confirmation_ttl",
                    notice="closure_link",
                    form="link",
                    channels=lambda account, command, q: ["email"],
                ),
                StartTimer("closure_lapses", after="closure_confirmation_ttl"),
            ),
            cites=("G2-08", "G2-24", "G2-27", "A-14", "T-22", "T-26"),
        ),
        Transition(
            title="Ask again for a closure that is stalled",
            actors=(Role.HOLDER,),
            trigger="request_closure",
            source=(State.PENDING_DELETION,),
            when=(request,),
            guards=(request_is_stalled,),
            effects=(
                Count("deletion", "attempts"),
                Set("deletion", fixed={"stalled": False}),
                *PROCESSING,
                Notify("closure_requested_again"),
            ),
            cites=("G2-41", "G2-42", "T-26"),
        ),
        Transition(
            title="Confirm the closure with the link in the mail",
            when=(request, code.is_("right")),
            guards=(request_is_unconfirmed, link_is_alive),
            effects=(
                Set("deletion", fixed={"confirmed_at": confirmed_now}),
                Close("closure_link"),
                StopTimer("closure_lapses"),
                *PROCESSING,
                Notify("closure_confirmed"),
            ),
            cites=("G2-28", "G2-63", "T-23"),
            **link,
        ),
        Transition(
            title="Follow a closure link that is wrong",
            when=(request, code.is_("wrong")),
            guards=(request_is_unconfirmed, link_is_alive),
            effects=(Count("closure_link", "tries"),),
            cites=("G2-28", "D-13"),
            **link,
        ),
    )


def _waiting() -> tuple[Transition, ...]:
    confirmed = deletion_track.is_("request", "suspended")
    by_system: dict[str, Any] = {"actors": (Role.SYSTEM,), "source": (State.PENDING_DELETION,), "when": (confirmed,)}
    return (
        Transition(
            title="Mark a closure as stalled",
            trigger="mark_stalled",
            guards=(request_is_confirmed, deletion_is_not_held, not_stalled_before, processing_took_too_long),
            effects=(Set("deletion", fixed={"stalled": True}), Notify("closure_stalled")),
            cites=("G2-38",),
            **by_system,
        ),
        Transition(
            title="Hold a deletion because something is owed again",
            trigger="hold_deletion",
            guards=(request_is_confirmed, something_is_owed, deletion_is_not_held),
            effects=(
                Set("deletion", fixed={"held": True}),
                StartTimer("complete_deletion", after="hold_recheck"),
                Notify("deletion_held"),
            ),
            cites=("G2-18", "A-17", "A-19"),
            **by_system,
        ),
        Transition(
            title="Carry out the deletion",
            trigger="complete_deletion",
            guards=(request_is_confirmed, processing_is_over, no_hold_stands, *OBLIGATIONS),
            dest=State.DELETED,
            effects=(
                Set(
                    "account",
                    fixed={"reserved": lambda account, command, p: account.suspension is not None},
                ),
                *ENDED,
                StartTimer("erase", after="data_erasure_delay"),
                Notify("account_deleted"),
            ),
            cites=("G2-29", "G2-30", "D-08", "T-24"),
            **by_system,
        ),
    )


def _ending() -> tuple[Transition, ...]:
    request: dict[str, Any] = {
        "source": (State.PENDING_DELETION,),
        "when": (deletion_track.is_("request"),),
        "dest": State.ACTIVE,
    }
    return (
        Transition(
            title="Let a closure lapse that was never confirmed",
            actors=(Role.SYSTEM,),
            trigger="closure_lapses",
            guards=(request_is_unconfirmed, confirmation_is_overdue),
            effects=(*ENDED, Notify("closure_lapsed")),
            cites=("G2-28", "G2-39", "A-16", "T-27"),
            **request,
        ),
        Transition(
            title="Stop a closure in time",
            actors=(Role.AGENT,),
            trigger="withdraw_closure",
            guards=(case_is_with_an_agent, request_is_unconfirmed, support_agrees),
            effects=(*ENDED, resolve_case(), Notify("closure_withdrawn")),
            cites=("G2-62", "G2-63", "X-08", "T-25"),
            **request,
        ),
    )
