"""Chapter: holds that stop closing and erasing, and the closing of a suspended account."""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import LIVING
from lifecycle.rows import Add, Notify, Open, Remove, StartTimer, Transition, guard


@guard(
    "No hold stands.",
    otherwise="Have the hold released first.",
    sees=lambda account, command, p: {"holds": list(account.holds)},
    limit="none",
    cites=("G4-13", "X-09", "A-20"),
)
def no_hold_stands(account: Account, command: Command, p: Parameters) -> bool:
    return not account.holds


@guard(
    "This hold does not stand yet.",
    otherwise="Leave it: it is placed already.",
    needs=("hold",),
    cites=("G4-13", "X-09"),
)
def hold_is_new(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.hold not in account.holds


@guard(
    "This hold stands.",
    otherwise="Name a hold that was placed.",
    needs=("hold",),
    limit=lambda account, command, p: list(account.holds),
    cites=("G4-13", "X-09"),
)
def hold_stands(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.hold in account.holds


@guard(
    "The suspension is permanent.",
    otherwise="Wait for the appeals; only a permanently suspended account is closed while suspended.",
    sees=lambda account, command, p: {"permanent": bool(account.suspension and account.suspension.permanent)},
    limit=True,
    cites=("D-08", "A-11", "A-52"),
)
def suspension_is_permanent(account: Account, command: Command, p: Parameters) -> bool:
    return account.suspension is not None and account.suspension.permanent


@guard(
    "The holder's own request is on record.",
    otherwise="Have the holder ask for it, and record the request.",
    needs=("asked_by_holder",),
    limit=True,
    cites=("D-08", "A-11"),
)
def holder_asked_for_it(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.asked_by_holder


GUARDS = (
    no_hold_stands,
    hold_is_new,
    hold_stands,
    suspension_is_permanent,
    holder_asked_for_it,
)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    staff = (Role.REVIEWER, Role.SYSTEM)
    return (
        Transition(
            title="Place a hold that stops closing and erasing",
            actors=staff,
            trigger="place_hold",
            source=LIVING,
            guards=(hold_is_new,),
            effects=(Add("holds", take="hold"),),
            cites=("G4-13", "X-09", "A-20"),
        ),
        Transition(
            title="Release a hold",
            actors=staff,
            trigger="release_hold",
            source=tuple(State),
            guards=(hold_stands,),
            effects=(Remove("holds", take="hold"),),
            cites=("G4-13", "X-09", "A-20"),
        ),
        Transition(
            title="Close a permanently suspended account on the holder's request",
            actors=(Role.AGENT,),
            trigger="close_suspended",
            source=(State.SUSPENDED,),
            guards=(suspension_is_permanent, holder_asked_for_it),
            dest=State.PENDING_DELETION,
            effects=(
                Open(
                    "deletion",
                    fixed={"track": "suspended", "confirmed_at": lambda account, command, q: command.at.isoformat()},
                ),
                StartTimer("complete_deletion", after="deletion_processing"),
                StartTimer("mark_stalled", after="stalled_after"),
                Notify("closure_confirmed"),
            ),
            cites=("D-08", "A-11", "A-52"),
        ),
    )
