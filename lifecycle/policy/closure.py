"""Chapter: closing by request. Asked for, confirmed by mail, carried out after some days; held, stalled, withdrawn."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy import grace, waits
from lifecycle.policy.closing import (
    confirmation_is_overdue,
    consequences_are_read,
    deletion_is_not_held,
    has_grace,
    identity_is_proven,
    link_is_alive,
    not_stalled_before,
    processing_is_over,
    processing_took_too_long,
    request_is_confirmed,
    request_is_stalled,
    request_is_unconfirmed,
    requests_are_left,
    something_is_owed,
)
from lifecycle.policy.closing import guards as conditions
from lifecycle.policy.common import (
    account_belongs_to_a_buyer,
    code,
    deletion_track,
    signed_in,
)
from lifecycle.policy.data import erasing
from lifecycle.policy.entrances import entry_leads_to_closure
from lifecycle.policy.holds import no_hold_stands
from lifecycle.policy.levels import then_forfeited
from lifecycle.policy.obligations import BEFORE_DELETING, before_closing
from lifecycle.policy.obligations import GUARDS as OBLIGATIONS
from lifecycle.policy.orders import forfeiting
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.reasons import reason_is_given, reason_is_on_the_list
from lifecycle.policy.reservations import setting_aside
from lifecycle.rows import (
    Close,
    Count,
    Effect,
    Guard,
    Notify,
    Open,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Then,
    Transition,
)

ENDED: tuple[Effect, ...] = (Close("deletion"), Close("closure_link"))


def confirmed_now(account: Account, command: Command, p: Parameters) -> str:
    """The moment of confirmation: the command's own."""
    return command.at.isoformat()


def _confirmed(p: Parameters) -> Effect:
    """What is kept of the confirmation; the day as well, where a restriction may move it."""

    def day(account: Account, command: Command, q: Parameters) -> dt.datetime:
        return q.calendar.add(command.at, q.deletion_processing)

    fixed: dict[str, Any] = {"confirmed_at": confirmed_now}
    return Set("deletion", fixed={**fixed, "due_at": day} if p.leaving_when_restricted == "held" else fixed)


def gone(p: Parameters) -> tuple[Effect, ...]:
    """What follows every deletion: the data wait for their erasure, level and membership end, and it is said."""
    then = (*then_forfeited(p), Then("close_membership"))
    return (*erasing(p), Notify("account_deleted"), *forfeiting(p), *then)


PROCESSING: tuple[Effect, ...] = (
    StartTimer("complete_deletion", after="deletion_processing"),
    StartTimer("mark_stalled", after="stalled_after"),
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*conditions(p), *grace.guards(p), *waits.guards(p))


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_asking(p), *_waiting(p), *_lapsing(), *grace.rows(p))


def _asking(p: Parameters) -> tuple[Transition, ...]:
    request = deletion_track.is_("request")
    asked = (
        signed_in,
        entry_leads_to_closure,
        account_belongs_to_a_buyer,
        consequences_are_read,
        identity_is_proven,
        reason_is_on_the_list,
        *((reason_is_given,) if "request" in p.reason_required else ()),
        *before_closing(p),
        *waits.before(p, "request"),
    )
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
            guards=(request_is_stalled, *((requests_are_left,) if p.resubmit_limit else ())),
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
                _confirmed(p),
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


def _waiting(p: Parameters) -> tuple[Transition, ...]:
    requested = ("request", "suspended")
    by_system: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "source": (State.PENDING_DELETION,),
        "when": (deletion_track.is_(*requested),),
    }
    any_road = deletion_track.is_(*requested, *(("direct",) if has_grace(p) else ()))
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
            **{**by_system, "when": (any_road,)},
        ),
        Transition(
            title="Carry out the deletion",
            trigger="complete_deletion",
            guards=(request_is_confirmed, processing_is_over, no_hold_stands, *OBLIGATIONS),
            dest=State.DELETED,
            effects=(*setting_aside(p), *ENDED, *gone(p)),
            cites=("G2-29", "G2-30", "D-08", "T-24"),
            **by_system,
        ),
        *(_after_its_grace(p) if has_grace(p) else ()),
    )


def _after_its_grace(p: Parameters) -> tuple[Transition, ...]:
    return (
        Transition(
            title="Carry out a direct deletion once its grace is over",
            actors=(Role.SYSTEM,),
            trigger="complete_deletion",
            source=(State.PENDING_DELETION,),
            when=(deletion_track.is_("direct"),),
            guards=(request_is_confirmed, processing_is_over, no_hold_stands, *BEFORE_DELETING),
            dest=State.DELETED,
            effects=(*setting_aside(p), Close("deletion"), Close("pause"), *gone(p)),
            cites=("G1-23", "grace"),
        ),
    )


def _lapsing() -> tuple[Transition, ...]:
    return (
        Transition(
            title="Let a closure lapse that was never confirmed",
            actors=(Role.SYSTEM,),
            trigger="closure_lapses",
            source=(State.PENDING_DELETION,),
            when=(deletion_track.is_("request"),),
            guards=(request_is_unconfirmed, confirmation_is_overdue),
            dest=State.ACTIVE,
            effects=(*ENDED, Notify("closure_lapsed")),
            cites=("G2-28", "G2-39", "A-16", "T-27"),
        ),
    )
