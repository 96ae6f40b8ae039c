"""Chapter: leaving. Deactivation and the direct deletion by code, which takes minutes."""

from __future__ import annotations

from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy import waits
from lifecycle.policy.closing import has_grace
from lifecycle.policy.closure import gone
from lifecycle.policy.common import (
    account_belongs_to_a_buyer,
    code,
    code_is_alive,
    contact_is_on_file,
    deletion_track,
    signed_in,
    tries_are_left,
)
from lifecycle.policy.entrances import (
    entry_leads_to_deletion,
    identifier_is_accepted,
    unless_offered,
    while_it_may_end,
)
from lifecycle.policy.entrances import guards as entrances
from lifecycle.policy.grace import confirming, stage
from lifecycle.policy.obligations import BEFORE_DELETING
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.reasons import GUARDS as REASON_GUARDS
from lifecycle.policy.reasons import reason_is_given, reason_is_on_the_list, reason_said
from lifecycle.policy.registration import signed_in_as_at_sign_up
from lifecycle.policy.reservations import setting_aside
from lifecycle.policy.support import asked_of_support, case_is_with_an_agent, resolve_case
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
    Then,
    Transition,
    guard,
)


@guard(
    "The member id or the e-mail typed in is this account's.",
    otherwise="Type the member id or the e-mail; support can tell a forgotten member id.",
    needs=("identifier_matches",),
    limit=True,
    cites=("G1-49", "G1-50"),
)
def identifier_matches_the_account(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.identifier_matches


@guard(
    "The reason is a break.",
    otherwise="Say that it is a pause; otherwise use the ways to delete or close the account.",
    needs=("reason",),
    limit="break",
    cites=("G2-50", "G2-51"),
)
def reason_is_a_break(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.reason == "break"


@guard(
    "The warning that deletion cannot be undone was shown.",
    otherwise="Show the warning first, then ask again.",
    sees=lambda account, command, p: {"warned": bool(account.pause and account.pause.warned)},
    limit=True,
    cites=("G1-17", "G1-18"),
)
def warning_was_shown(account: Account, command: Command, p: Parameters) -> bool:
    return account.pause is not None and account.pause.warned


@guard(
    "The holder has pressed Deactivate.",
    otherwise="Press Deactivate first; the deletion starts there.",
    always_in=(State.DEACTIVATED,),
    cites=("G1-16", "X-05"),
)
def deactivate_was_pressed(account: Account, command: Command, p: Parameters) -> bool:
    return account.pause is not None


@guard(
    "The tries are used up, or the time for a code is over.",
    otherwise="Leave it: the holder may still type the code.",
    sees=lambda account, command, p: {"tries": account.deletion_code.tries if account.deletion_code else 0},
    limit=lambda account, command, p: p.challenge_max_attempts,
    cites=("G1-21", "A-04"),
)
def deletion_was_left(account: Account, command: Command, p: Parameters) -> bool:
    sent = account.deletion_code
    if sent is None:
        return True
    return sent.tries >= p.challenge_max_attempts or bool(
        command.at >= p.calendar.add(sent.since, p.deletion_abandon_after)
    )


GUARDS = (
    identifier_matches_the_account,
    reason_is_a_break,
    warning_was_shown,
    deletion_was_left,
)
ONE_STAGE_GUARDS = (deactivate_was_pressed,)
"""Used only where Deactivate merely opens the way to Delete (X-05)."""

SEND_DELETION_CODE: tuple[Effect, ...] = (
    SendCode("deletion_code", lives="deletion_code_ttl", notice="deletion_code", digits="deletion_code_digits"),
    StartTimer("abandon_deletion", after="deletion_abandon_after"),
)

DELETED_AT_ONCE: tuple[Effect, ...] = (Close("deletion"), Close("deletion_code"), Close("pause"))


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    shared = (*entrances(p), *REASON_GUARDS)
    return GUARDS + shared + (ONE_STAGE_GUARDS if p.deactivate_button_effect == "deletion_only" else ())


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    deletion_only = p.deactivate_button_effect == "deletion_only"
    return (*_pausing(p), *_deleting(p), *(_from_active(p) if deletion_only else ()))


def _pausing(p: Parameters) -> tuple[Transition, ...]:
    deletion_only = p.deactivate_button_effect == "deletion_only"
    return (
        Transition(
            title="Press Deactivate",
            actors=(Role.HOLDER,),
            trigger="deactivate",
            source=(State.ACTIVE,),
            guards=(
                signed_in,
                entry_leads_to_deletion,
                identifier_is_accepted,
                identifier_matches_the_account,
                reason_is_on_the_list,
                *unless_offered(p, "self_button"),
            ),
            dest=None if deletion_only else State.DEACTIVATED,
            effects=(Open("pause", take=("reason", "entry")), Notify("account_deactivated")),
            cites=("G1-12", "G1-16", "G3-18", "X-05", "X-06", "T-16"),
        ),
        Transition(
            title="Pause an account through support",
            actors=(Role.AGENT,),
            trigger="pause",
            source=(State.ACTIVE,),
            guards=(case_is_with_an_agent, reason_is_a_break, *unless_offered(p, "support")),
            dest=State.DEACTIVATED,
            effects=(Open("pause", take=("reason",)), resolve_case(), Notify("account_deactivated")),
            cites=("G2-50", "G2-51", "X-06", "T-17"),
        ),
        Transition(
            title="Come back from a deactivation",
            actors=(Role.HOLDER,),
            trigger="reactivate",
            source=(State.DEACTIVATED,),
            guards=(signed_in, *while_it_may_end(p)),
            dest=State.ACTIVE,
            effects=(Close("pause"), Notify("account_reactivated")),
            cites=("G3-19", "G2-52", "A-54", "T-18"),
        ),
        Transition(
            title="Show the warning that deletion cannot be undone",
            actors=(Role.SYSTEM,),
            trigger="show_warning",
            source=(State.DEACTIVATED,),
            effects=(Set("pause", fixed={"warned": True}), Notify("deletion_warning")),
            cites=("G1-17", "G1-28", "G2-07"),
        ),
    )


def _press_delete(source: State, title: str, p: Parameters) -> Transition:
    return Transition(
        title=title,
        actors=(Role.HOLDER,),
        trigger="press_delete",
        source=(source,),
        guards=(
            signed_in,
            signed_in_as_at_sign_up,
            warning_was_shown,
            reason_is_on_the_list,
            reason_is_given,
            account_belongs_to_a_buyer,
            contact_is_on_file,
            *asked_of_support(p),
            *BEFORE_DELETING,
            *waits.before(p, "direct"),
        ),
        dest=State.PENDING_DELETION,
        effects=(Open("deletion", fixed={"track": "direct", "reason": reason_said}), *SEND_DELETION_CODE),
        cites=("G1-17", "G1-18", "G1-19", "G1-24", "G1-31", "A-03", "A-12", "A-15", "T-19"),
    )


def _from_active(p: Parameters) -> tuple[Transition, ...]:
    """The three rows of the other reading, where Deactivate only opens the way to Delete (X-05)."""
    return (
        Transition(
            title="Show the warning that deletion cannot be undone, to an active account",
            actors=(Role.SYSTEM,),
            trigger="show_warning",
            source=(State.ACTIVE,),
            guards=(deactivate_was_pressed,),
            effects=(Set("pause", fixed={"warned": True}), Notify("deletion_warning")),
            cites=("G1-17", "G1-28", "G2-07", "X-05"),
        ),
        _press_delete(State.ACTIVE, "Press Delete on an active account", p),
        Transition(
            title="Step back from Deactivate",
            actors=(Role.HOLDER,),
            trigger="reactivate",
            source=(State.ACTIVE,),
            guards=(deactivate_was_pressed,),
            effects=(Close("pause"),),
            cites=("G3-19", "X-05"),
        ),
    )


def _deleting(p: Parameters) -> tuple[Transition, ...]:
    pending = (State.PENDING_DELETION,)
    # Where the right code does not delete at once, it can be typed, and stepped back from, until then only.
    direct = (deletion_track.is_("direct"), *((stage.is_("unconfirmed"),) if has_grace(p) else ()))
    typed: dict[str, Any] = {
        "actors": (Role.HOLDER,),
        "trigger": "confirm_deletion",
        "source": pending,
        "challenge": "deletion_code",
    }
    left: dict[str, Any] = {
        "trigger": "abandon_deletion",
        "source": pending,
        "when": direct,
        "dest": State.DEACTIVATED if p.deactivate_button_effect == "two_stage" else State.ACTIVE,
        "effects": (Close("deletion"), Close("deletion_code"), Set("pause", fixed={"warned": False})),
        "cites": ("G1-21", "A-04", "T-21"),
    }
    return (
        _press_delete(State.DEACTIVATED, "Press Delete", p),
        Transition(
            title="Ask for another deletion code",
            actors=(Role.HOLDER,),
            trigger="send_deletion_code",
            source=pending,
            when=direct,
            guards=(contact_is_on_file,),
            effects=SEND_DELETION_CODE,
            cites=("G1-19", "A-03", "A-04"),
        ),
        Transition(
            title="Confirm the deletion with the right code"
            if has_grace(p)
            else "Delete the account with the right code",
            when=(*direct, code.is_("right")),
            guards=(code_is_alive, tries_are_left, *BEFORE_DELETING),
            dest=None if has_grace(p) else State.DELETED,
            effects=confirming(p) if has_grace(p) else (*DELETED_AT_ONCE, *setting_aside(p), *gone(p)),
            cites=("G1-20", "G1-21", "G1-23", "T-20"),
            **typed,
        ),
        Transition(
            title="Type in a deletion code that is wrong",
            when=(*direct, code.is_("wrong")),
            guards=(code_is_alive, tries_are_left),
            effects=(Count("deletion_code", "tries"), Then("abandon_deletion")),
            cites=("G1-20", "A-04", "D-13"),
            **typed,
        ),
        Transition(title="Step back from the deletion", actors=(Role.HOLDER,), **left),
        Transition(
            title="Drop a deletion that was left half way",
            actors=(Role.SYSTEM,),
            guards=(deletion_was_left,),
            **left,
        ),
    )
