"""Chapter: how a suspension ends without an appeal. By time, through support, or by a supervisor's reversal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import (
    appeal_against,
    cause_is_remedied,
    reasons_are_given,
    standing_ground,
    support_settles,
)
from lifecycle.policy.enforcement import suspension_is_not_permanent
from lifecycle.policy.judged import CLEARED, lifted
from lifecycle.policy.linkage import duplicate_is_gone
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import resolve_case
from lifecycle.rows import Close, Dest, Ground, Notify, Selector, Set, Transition, guard, not_before

lifts = Selector(
    name="lifts",
    sentence="What does the reversal lift?",
    answers={
        "suspension": "the decision lifts the suspension",
        "lock": "the decision lifts the lock",
        "both": "the decision lifts both suspension and lock",
        "other": "the decision names nothing that can be lifted",
    },
    read=lambda account, command, p: (
        command.facts.lifts if command.facts.lifts in ("suspension", "lock", "both") else "other"
    ),
    needs=("lifts",),
)


@not_before(
    "The end of the suspension is reached.",
    otherwise="Wait; the suspension then ends by itself.",
    cites=("G3-09", "D-05"),
)
def suspension_end_is_reached(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.suspension.ends_at if account.suspension else None


@guard(
    "The suspension has an end.",
    otherwise="Appeal, or put right what the ground asks for.",
    cites=("D-05", "G3-09"),
)
def suspension_has_an_end(account: Account, command: Command, p: Parameters) -> bool:
    return account.suspension is not None and account.suspension.ends_at is not None


@guard(
    "Support may settle this ground, or no way to appeal was offered.",
    otherwise="Appeal instead: this ground is judged by reviewers.",
    sees=lambda account, command, p: {"ground": account.suspension.ground if account.suspension else "none"},
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if _settles(g, p)],
    cites=("G3-29", "G3-32", "G3-64", "G3-66", "G3-76", "X-23"),
)
def support_may_settle_it(account: Account, command: Command, p: Parameters) -> bool:
    ground = standing_ground(account, p)
    offered = account.suspension is not None and account.suspension.offers_appeal
    return (ground is not None and _settles(ground, p)) or not offered


def _settles(ground: Ground, p: Parameters) -> bool:
    return support_settles(ground) and "support" in p.remedy_tracks


@guard(
    "Everything the ground asks for has been handed in.",
    otherwise="Hand in what is missing.",
    sees=lambda account, command, p: {"handed_in": _remedies_in(account)},
    limit=lambda account, command, p: list(_remedies_wanted(account, p)),
    applies=lambda account, command, p: bool(_remedies_wanted(account, p)),
    cites=("G3-66", "G3-72", "G3-76"),
)
def remedy_evidence_is_complete(account: Account, command: Command, p: Parameters) -> bool:
    return set(_remedies_wanted(account, p)) <= set(_remedies_in(account))


def _remedies_wanted(account: Account, p: Parameters) -> tuple[str, ...]:
    ground = standing_ground(account, p)
    return ground.remedy_evidence if ground else ()


def _remedies_in(account: Account) -> list[str]:
    start = account.suspension.number if account.suspension else 0
    return sorted({e.kind for e in account.evidence if (e.version or 0) > start})


@guard(
    "A lock stands.",
    otherwise="Name what stands; there is no lock to lift.",
    cites=("A-41", "D-04"),
)
def a_lock_stands(account: Account, command: Command, p: Parameters) -> bool:
    return account.lock is not None


GUARDS = (
    suspension_end_is_reached,
    suspension_has_an_end,
    support_may_settle_it,
    remedy_evidence_is_complete,
    a_lock_stands,
)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_ends(), *_reversal_rows())


def _ends() -> tuple[Transition, ...]:
    at_its_end: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "suspension_ends",
        "guards": (suspension_has_an_end, suspension_end_is_reached),
        "dest": Dest.RELEASE,
        "cites": ("G3-09", "D-05"),
    }
    lift = (*lifted("suspension"), Close("suspension"), resolve_case(), Notify("suspension_ended"))
    return (
        Transition(title="Let a suspension end", source=(State.SUSPENDED,), effects=lift, **at_its_end),
        Transition(
            title="Let a suspension end during an appeal against it",
            source=(State.UNDER_APPEAL,),
            when=(appeal_against.is_("suspension"),),
            effects=(*lift, Set("appeal", fixed={"status": "moot"})),
            **at_its_end,
        ),
        Transition(
            title="Reinstate an account whose cause was put right",
            actors=(Role.AGENT,),
            trigger="reinstate",
            source=(State.SUSPENDED,),
            guards=(
                suspension_is_not_permanent,
                support_may_settle_it,
                cause_is_remedied,
                duplicate_is_gone,
                remedy_evidence_is_complete,
            ),
            dest=Dest.RELEASE,
            effects=(*lifted("suspension"), Close("suspension"), resolve_case(), Notify("account_reinstated")),
            cites=("G3-16", "G3-32", "G3-64", "G3-66", "G3-76", "T-15"),
        ),
    )


def _reversal_rows() -> tuple[Transition, ...]:
    shared: dict[str, Any] = {
        "actors": (Role.SUPERVISOR, Role.SYSTEM),
        "trigger": "reverse_decision",
        "guards": (reasons_are_given,),
        "cites": ("A-41", "G3-98", "D-04"),
    }
    under = {**shared, "guards": (a_lock_stands, reasons_are_given)}
    moot = Set("appeal", fixed={"status": "moot"})
    told = (resolve_case(), Notify("decision_reversed"))
    lift = (*lifted("suspension", outcome=CLEARED), Close("suspension"), *told)
    lift_lock = (*lifted("lock", outcome=CLEARED), Close("lock"), Close("unlock_code"), *told)
    lift_both = (*lifted("suspension", "lock", outcome=CLEARED), Close("suspension"), *told, Close("lock"))
    suspended, appealed = (State.SUSPENDED,), (State.UNDER_APPEAL,)
    only, lock, both = (lifts.is_(answer) for answer in ("suspension", "lock", "both"))
    of_suspension, of_lock = appeal_against.is_("suspension"), appeal_against.is_("lock")
    return (
        Transition(
            title="Reverse a suspension", source=suspended, when=(only,), dest=Dest.RELEASE, effects=lift, **shared
        ),
        Transition(
            title="Reverse a suspension under appeal",
            source=appealed,
            when=(only, of_suspension),
            dest=Dest.RELEASE,
            effects=(*lift, moot),
            **shared,
        ),
        Transition(
            title="Reverse a suspension and its lock",
            source=suspended,
            when=(both,),
            dest=State.ACTIVE,
            effects=(*lift_both, Close("unlock_code")),
            **shared,
        ),
        Transition(
            title="Reverse a suspension under appeal and its lock",
            source=appealed,
            when=(both, of_suspension),
            dest=State.ACTIVE,
            effects=(*lift_both, Close("unlock_code"), moot),
            **shared,
        ),
        Transition(
            title="Reverse the lock under a suspension", source=suspended, when=(lock,), effects=lift_lock, **under
        ),
        Transition(
            title="Reverse the lock under a suspension that is under appeal",
            source=appealed,
            when=(lock, of_suspension),
            effects=lift_lock,
            **under,
        ),
        Transition(
            title="Reverse a lock under appeal",
            source=appealed,
            when=(lifts.is_("lock", "both"), of_lock),
            dest=State.ACTIVE,
            effects=(*lift_lock, moot),
            **shared,
        ),
    )
