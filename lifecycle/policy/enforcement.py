"""Chapter: warnings, suspensions, permanence, strikes. How a suspension ends stands in its own chapter."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import (
    deletion_track,
    named_ground,
    reasons_are_given,
    signal_reached_its_limit,
    stop_leaving,
)
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import resolve_case
from lifecycle.rows import (
    Add,
    Close,
    Notify,
    Open,
    Set,
    StartTimer,
    StopTimer,
    Transition,
    guard,
    not_before,
)


@guard(
    "The ground calls for a warning first.",
    otherwise="Act at once, or name a ground that is warned about.",
    needs=("ground",),
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if g.warned],
    cites=("G3-129", "A-44"),
)
def ground_is_warned_first(account: Account, command: Command, p: Parameters) -> bool:
    ground = named_ground(command, p)
    return ground is not None and ground.warned


@guard(
    "No warning is open.",
    otherwise="Wait for the open warning to run out, or clear it.",
    sees=lambda account, command, p: {"warning": account.warning.ground if account.warning else "none"},
    limit="none",
    cites=("G3-129",),
)
def no_warning_is_open(account: Account, command: Command, p: Parameters) -> bool:
    return account.warning is None


@guard(
    "A warning is open.",
    otherwise="Leave it: there is nothing to clear.",
    cites=("G3-131",),
)
def warning_is_open(account: Account, command: Command, p: Parameters) -> bool:
    return account.warning is not None


@guard(
    "The ground is one that calls for a suspension.",
    otherwise="Name a ground for a suspension, or lock instead.",
    needs=("ground",),
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if g.restricts == "suspension"],
    cites=("G3-09", "G3-12", "G3-13", "G3-15"),
)
def ground_calls_for_a_suspension(account: Account, command: Command, p: Parameters) -> bool:
    ground = named_ground(command, p)
    return ground is not None and ground.restricts == "suspension"


@guard(
    "The statement of reasons is written.",
    otherwise="Write the facts, the ground and the ways of redress, and send them along.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit="statement_of_reasons",
    cites=("G3-08", "G3-09", "G3-29"),
)
def statement_of_reasons_is_written(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("statement_of_reasons")


def _warned_here(account: Account, command: Command) -> bool:
    return account.warning is not None and account.warning.ground == command.facts.ground


@guard(
    "If the ground calls for a warning, one was sent.",
    otherwise="Send a warning first and leave time to answer it.",
    needs=("ground",),
    limit="a warning on this ground",
    applies=ground_is_warned_first.test,
    cites=("G3-129", "A-42", "A-44"),
)
def warning_was_sent(account: Account, command: Command, p: Parameters) -> bool:
    return _warned_here(account, command)


@not_before(
    "The time a warning leaves to act is over.",
    otherwise="Wait until it is over; the holder may still clear the warning.",
    needs=("ground",),
    applies=lambda account, command, p: _warned_here(account, command),
    cites=("G3-130", "A-43"),
)
def warning_ran_out(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return p.calendar.add(account.warning.since, p.warning_lead) if account.warning else None


@guard(
    "The end of the suspension, if it has one, lies ahead.",
    otherwise="Name an end in the future, or none.",
    needs=("ends_at",),
    sees=lambda account, command, p: {"ends_at": f"{command.facts.ends_at:%Y-%m-%d %H:%M:%S} UTC"},
    applies=lambda account, command, p: command.facts.ends_at is not None,
    cites=("G3-09", "D-05"),
)
def end_lies_ahead(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.ends_at is not None and command.facts.ends_at > command.at


@guard(
    "The suspension is not permanent.",
    otherwise="A permanent suspension stands; only a supervisor can reverse it.",
    sees=lambda account, command, p: {"permanent": bool(account.suspension and account.suspension.permanent)},
    limit=False,
    cites=("G3-97", "A-55"),
)
def suspension_is_not_permanent(account: Account, command: Command, p: Parameters) -> bool:
    return account.suspension is not None and not account.suspension.permanent


def final_refusal(account: Account) -> bool:
    """Whether the escalated appeal against the suspension that stands was rejected."""
    appeal, suspension = account.appeal, account.suspension
    return (
        appeal is not None
        and suspension is not None
        and appeal.restriction == suspension.number
        and appeal.escalated
        and appeal.status == "rejected"
    )


@guard(
    "The rules were broken on purpose, or the last appeal was rejected.",
    otherwise="Wait until the appeals are decided.",
    needs=("knowing_breach",),
    sees=lambda account, command, p: {
        "knowing_breach": command.facts.knowing_breach,
        "escalated_appeal_rejected": final_refusal(account),
    },
    limit="either",
    cites=("G3-97", "G3-99", "G3-128"),
)
def breach_was_knowing_or_appeals_failed(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.knowing_breach or final_refusal(account)


GUARDS = (
    ground_is_warned_first,
    no_warning_is_open,
    warning_is_open,
    ground_calls_for_a_suspension,
    statement_of_reasons_is_written,
    warning_was_sent,
    warning_ran_out,
    end_lies_ahead,
    suspension_is_not_permanent,
    breach_was_knowing_or_appeals_failed,
)


def _suspend_rows() -> tuple[Transition, ...]:
    guards = (
        ground_calls_for_a_suspension,
        statement_of_reasons_is_written,
        warning_was_sent,
        warning_ran_out,
        end_lies_ahead,
    )
    effects = (
        Open("suspension", take=("ground", "ends_at", "offers_appeal")),
        StartTimer("suspension_ends", at=lambda account, command, p: command.facts.ends_at),
        Close("warning"),
        *stop_leaving(),
        Notify("account_suspended"),
    )
    rows: list[Transition] = []
    for role, extra, how in (
        (Role.REVIEWER, (), "a judgement"),
        (Role.SYSTEM, (signal_reached_its_limit,), "a signal"),
    ):
        shared: dict[str, Any] = {
            "actors": (role,),
            "trigger": "suspend",
            "guards": (*guards, *extra),
            "dest": State.SUSPENDED,
            "effects": effects,
            "cites": ("G3-08", "G3-12", "G3-13", "G3-15", "T-03", "T-04", "D-07"),
        }
        rows += [
            Transition(
                title=f"Suspend an account on {how}",
                source=(State.ACTIVE, State.SECURITY_LOCKED, State.DEACTIVATED),
                **shared,
            ),
            Transition(
                title=f"Suspend an account that is being deleted on {how}",
                source=(State.PENDING_DELETION,),
                when=(deletion_track.is_("direct", "request"),),
                **shared,
            ),
        ]
    return tuple(rows)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    suspended = (State.SUSPENDED,)
    return (
        Transition(
            title="Warn the holder",
            actors=(Role.SYSTEM, Role.REVIEWER),
            trigger="warn",
            source=(State.ACTIVE,),
            guards=(ground_is_warned_first, no_warning_is_open),
            effects=(Open("warning", take=("ground",)), Notify("warning")),
            cites=("G3-129", "G3-130", "A-42"),
        ),
        Transition(
            title="Clear a warning",
            actors=(Role.AGENT,),
            trigger="clear_warning",
            source=(State.ACTIVE,),
            guards=(warning_is_open,),
            effects=(Close("warning"), resolve_case(), Notify("warning_cleared")),
            cites=("G3-131",),
        ),
        *_suspend_rows(),
        Transition(
            title="Make a suspension permanent",
            actors=(Role.REVIEWER,),
            trigger="make_permanent",
            source=suspended,
            guards=(suspension_is_not_permanent, breach_was_knowing_or_appeals_failed, reasons_are_given),
            effects=(
                Set("suspension", fixed={"permanent": True, "ends_at": None}),
                StopTimer("suspension_ends"),
                Notify("suspension_permanent"),
            ),
            cites=("G3-97", "G3-128", "T-04"),
        ),
        Transition(
            title="Accept that the suspension is permanent",
            actors=(Role.HOLDER,),
            trigger="accept_permanent",
            source=suspended,
            guards=(suspension_is_not_permanent, breach_was_knowing_or_appeals_failed),
            effects=(Set("suspension", fixed={"permanent": True, "ends_at": None}), StopTimer("suspension_ends")),
            cites=("G3-97", "G3-99", "T-14"),
        ),
        Transition(
            title="Note conduct that weighs against reinstatement",
            actors=(Role.SYSTEM, Role.AGENT),
            trigger="strike",
            source=(State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
            effects=(Add("strikes", take="strike"),),
            cites=("G3-98", "G3-115", "G3-116"),
        ),
    )
