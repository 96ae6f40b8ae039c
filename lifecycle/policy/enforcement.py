"""Chapter: suspensions, permanence, strikes. Warnings, and how a suspension ends, stand in chapters of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import SIGNALLED, deletion_track, named_ground, reasons_are_given, stop_leaving
from lifecycle.policy.judged import before_a_measure
from lifecycle.policy.leads import lead_end
from lifecycle.policy.measures import HOW, decided_by, deciders, end, measure
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.strikes import STRIKES, grave_strikes
from lifecycle.policy.warnings import ground_is_warned_first
from lifecycle.rows import (
    Add,
    Close,
    Notify,
    Set,
    StartTimer,
    StopTimer,
    Transition,
    guard,
    length_of,
    not_before,
)


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
    return lead_end(account, p)


@guard(
    "The holder has not turned to support about the warning.",
    otherwise="Leave it to a reviewer: support was told something, and a person weighs it.",
    needs=("ground",),
    sees=lambda account, command, p: {"answered": True},
    limit=False,
    applies=lambda account, command, p: _warned_here(account, command),
    cites=("G3-131",),
)
def nobody_turned_to_support(account: Account, command: Command, p: Parameters) -> bool:
    return account.warning is not None and not account.warning.answered


@not_before(
    "The grace that the ground leaves is over.",
    otherwise="Wait until it is over.",
    needs=("ground", "caused_at"),
    applies=lambda account, command, p: _grace(command, p) is not None and command.facts.caused_at is not None,
    cites=("G3-73", "G3-128", "A-44"),
)
def grace_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    grace, since = _grace(command, p), command.facts.caused_at
    return None if grace is None or since is None else p.calendar.add(since, length_of(p, grace))


@guard(
    "The ground is no chargeback, or a chargeback on this charge breaks the rules.",
    otherwise="Leave the account open: a notice had arrived that ends the membership which was charged.",
    needs=("ground", "chargeback_on"),
    sees=lambda account, command, p: {"chargeback_on": command.facts.chargeback_on},
    applies=lambda account, command, p: p.chargeback_suspends != "always" and command.facts.ground == "chargeback",
    cites=("G3-65", "G3-73", "G4-51", "G4-52", "X-25"),
)
def chargeback_breaks_the_rules(account: Account, command: Command, p: Parameters) -> bool:
    notice = account.termination_notice
    arrived = notice is not None and notice.delivered_at is not None
    return not (arrived and command.facts.chargeback_on == "membership")


def _grace(command: Command, p: Parameters) -> str | None:
    ground = named_ground(command, p)
    return ground.grace if ground else None


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
        "strikes": grave_strikes(account),
    },
    limit=lambda account, command, p: "any of them" if p.strikes_may_be_final else "one of the first two",
    cites=("G3-97", "G3-98", "G3-99", "G3-116", "G3-128"),
)
def breach_was_knowing_or_appeals_failed(account: Account, command: Command, p: Parameters) -> bool:
    grave = p.strikes_may_be_final and bool(grave_strikes(account))
    return command.facts.knowing_breach or final_refusal(account) or grave


@guard(
    "The conduct is one that weighs against reinstatement.",
    otherwise="Leave it: other conduct is not held against anybody.",
    needs=("strike",),
    limit=list(STRIKES),
    cites=("G3-98", "G3-115", "G3-116"),
)
def strike_is_known(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.strike in STRIKES


GUARDS = (
    ground_calls_for_a_suspension,
    statement_of_reasons_is_written,
    warning_was_sent,
    warning_ran_out,
    nobody_turned_to_support,
    grace_is_over,
    chargeback_breaks_the_rules,
    end_lies_ahead,
    suspension_is_not_permanent,
    breach_was_knowing_or_appeals_failed,
    strike_is_known,
)


def _suspend_rows(p: Parameters) -> tuple[Transition, ...]:
    guards = (
        ground_calls_for_a_suspension,
        statement_of_reasons_is_written,
        warning_was_sent,
        warning_ran_out,
        grace_is_over,
        chargeback_breaks_the_rules,
        end_lies_ahead,
    )
    effects = (
        measure("suspension"),
        StartTimer("suspension_ends", at=end()),
        Close("warning"),
        *stop_leaving(),
        Notify("account_suspended"),
    )
    rows: list[Transition] = []
    for role in deciders("suspension", p):
        how = "a judgement" if role is Role.REVIEWER else HOW[role]
        extra = (nobody_turned_to_support, *SIGNALLED) if role is Role.SYSTEM else ()
        asked = (*decided_by(role, "suspension", p), *before_a_measure(role, p, reasoned=True))
        shared: dict[str, Any] = {
            "actors": (role,),
            "trigger": "suspend",
            "guards": (*guards, *extra, *asked),
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


_PERMANENT = Set(
    "suspension",
    fixed={
        "permanent": True,
        "ends_at": None,
        "permanent_by": lambda account, command, p: str(command.by),
        "permanent_at": lambda account, command, p: command.at,
    },
)
"""What a decision makes permanent, and who took it. No ground does that by itself."""


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    suspended = (State.SUSPENDED,)
    return (
        *_suspend_rows(p),
        Transition(
            title="Make a suspension permanent",
            actors=(Role.REVIEWER,),
            trigger="make_permanent",
            source=suspended,
            guards=(suspension_is_not_permanent, breach_was_knowing_or_appeals_failed, reasons_are_given),
            effects=(
                _PERMANENT,
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
            effects=(_PERMANENT, StopTimer("suspension_ends")),
            cites=("G3-97", "G3-99", "T-14"),
        ),
        Transition(
            title="Note conduct that weighs against reinstatement",
            actors=(Role.SYSTEM, Role.AGENT),
            trigger="strike",
            source=(State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
            guards=(strike_is_known,),
            effects=(Add("strikes", take="strike"), Notify("strike_noted")),
            cites=("G3-98", "G3-115", "G3-116"),
        ),
    )
