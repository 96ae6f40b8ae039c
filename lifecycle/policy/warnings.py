"""Chapter: warnings. Sent before a restriction, answered, cleared, or run out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import SIGNALLED, deletion_track, named_ground, signal_limit, stop_leaving
from lifecycle.policy.judged import before_a_measure, earlier, lifted, rests_on
from lifecycle.policy.leads import ends, of_its_end, of_the_warning, own_deadline, warned, warned_ground
from lifecycle.policy.measures import HOW, also_warn, measure, role_may_decide_on_this_ground, timed
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import resolve_case, support_is_contacted
from lifecycle.rows import (
    Close,
    Effect,
    Guard,
    Notify,
    Open,
    Selector,
    Set,
    StopTimer,
    Transition,
    guard,
    not_before,
)

STANDING = (
    State.ACTIVE,
    State.SECURITY_LOCKED,
    State.UNDER_APPEAL,
    State.DEACTIVATED,
    State.PENDING_DELETION,
)
"""Where a warning may stand: a suspension ends it, nothing else does by itself. Pressing delete shields nobody (D-07)."""


warned_of = Selector(
    name="warned_of",
    sentence="What does the open warning announce?",
    answers={"suspension": "the warning announces a suspension", "lock": "the warning announces a lock"},
    read=lambda account, command, p: (
        "lock" if (ground := warned_ground(account, p)) and ground.restricts == "lock" else "suspension"
    ),
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
    "The warning is not answered yet.",
    otherwise="Leave it to support, who has been told.",
    sees=lambda account, command, p: {"answered": bool(account.warning and account.warning.answered)},
    limit=False,
    cites=("G3-131",),
)
def warning_is_unanswered(account: Account, command: Command, p: Parameters) -> bool:
    return account.warning is not None and not account.warning.answered


@guard(
    "The warning has not run out.",
    otherwise="Appeal against what follows, or ask support.",
    sees=lambda account, command, p: {"runs_out": f"{ends(account, p):%Y-%m-%d %H:%M:%S} UTC"},
    applies=lambda account, command, p: account.warning is not None,
    cites=("G3-130", "G3-131", "A-42"),
)
def warning_still_runs(account: Account, command: Command, p: Parameters) -> bool:
    end = ends(account, p)
    return end is not None and command.at <= end


@not_before(
    "The time a warning leaves at most is over.",
    otherwise="Wait until it is over; the holder may still answer the warning.",
    cites=("G3-130", "A-42", "A-43"),
)
def warning_is_due(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return ends(account, p)


@guard(
    "The warning carried its statement of reasons.",
    otherwise="Leave it to a reviewer, who writes the statement and suspends.",
    sees=lambda account, command, p: {"handed_over": _came_with_it(account)},
    limit="statement_of_reasons",
    cites=("G3-08", "G3-09", "G3-129"),
)
def warning_carried_its_reasons(account: Account, command: Command, p: Parameters) -> bool:
    return "statement_of_reasons" in _came_with_it(account)


def _came_with_it(account: Account) -> list[str]:
    number = account.warning.number if account.warning else None
    return sorted({e.kind for e in account.evidence if e.version == number})


@guard(
    "The warning was not handed over before.",
    otherwise="Leave it: a person is to decide already.",
    cites=("G3-08", "G3-130"),
)
def warning_is_not_handed_over(account: Account, command: Command, p: Parameters) -> bool:
    return account.warning is not None and not account.warning.handed_over


@guard(
    "What was warned about has fallen below its limit.",
    otherwise="Leave the warning open until the cause is gone, or let support clear it.",
    needs=("signal", "signal_count"),
    sees=lambda account, command, p: {command.facts.signal or "signal": command.facts.signal_count},
    limit=lambda account, command, p: (
        f"{account.warning.signal if account.warning else None} below {_warned_limit(account, p)}"
    ),
    cites=("G3-16", "G3-64", "G3-131"),
)
def signal_is_below_its_limit(account: Account, command: Command, p: Parameters) -> bool:
    limit, warning = _warned_limit(account, p), account.warning
    same = warning is not None and warning.signal is not None and warning.signal == command.facts.signal
    return same and limit is not None and command.facts.signal_count < limit


def _warned_limit(account: Account, p: Parameters) -> int | None:
    return signal_limit(warned_ground(account, p), account.warning.signal, p) if account.warning else None


GUARDS: tuple[Guard, ...] = (
    ground_is_warned_first,
    no_warning_is_open,
    warning_is_open,
    warning_is_unanswered,
    warning_still_runs,
    warning_is_due,
    warning_carried_its_reasons,
    warning_is_not_handed_over,
    signal_is_below_its_limit,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*GUARDS, *of_the_warning(p), *of_its_end(p))


def _warn_rows(p: Parameters) -> tuple[Transition, ...]:
    shared: dict[str, Any] = {
        "trigger": "warn",
        "source": tuple(state for state in State if state.value in p.warned_while),
        "effects": (_opened(p), *warned(p)),
        "cites": ("G3-129", "G3-130", "A-42"),
    }
    known = (ground_is_warned_first, no_warning_is_open, *of_the_warning(p))
    return (
        Transition(
            title="Warn the holder on a judgement",
            actors=(Role.REVIEWER,),
            guards=(*known, *before_a_measure(Role.REVIEWER, p)),
            **shared,
        ),
        *(
            Transition(
                title=f"Warn the holder on {HOW[role]}",
                actors=(role,),
                guards=(*known, role_may_decide_on_this_ground, *before_a_measure(role, p)),
                **shared,
            )
            for role in also_warn(p)
        ),
        Transition(
            title="Warn the holder on a signal",
            actors=(Role.SYSTEM,),
            guards=(*known, *SIGNALLED, *before_a_measure(Role.SYSTEM, p)),
            **shared,
        ),
    )


def _opened(p: Parameters) -> Open:
    own = {"act_by": lambda account, command, q: own_deadline(command, q)} if of_the_warning(p) else {}
    return Open("warning", take=("ground", "signal"), fixed={"rests_on": rests_on, "earlier": earlier, **own})


def _cleared(*first: Effect) -> tuple[Effect, ...]:
    return (*first, Close("warning"), StopTimer("warning_runs_out"), Notify("warning_cleared"))


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        *_warn_rows(p),
        Transition(
            title="Answer a warning through support",
            actors=(Role.HOLDER,),
            trigger="address_warning",
            source=STANDING,
            guards=(warning_is_open, warning_is_unanswered, warning_still_runs, support_is_contacted),
            effects=(Set("warning", fixed={"answered": True}), Notify("warning_answered")),
            cites=("G3-131",),
        ),
        Transition(
            title="Clear a warning",
            actors=(Role.AGENT,),
            trigger="clear_warning",
            source=STANDING,
            guards=(warning_is_open,),
            effects=(*_cleared(*lifted("warning")), resolve_case()),
            cites=("G3-131",),
        ),
        Transition(
            title="Clear a warning whose cause is gone",
            actors=(Role.SYSTEM,),
            trigger="clear_warning",
            source=STANDING,
            guards=(warning_is_open, signal_is_below_its_limit),
            effects=_cleared(),
            cites=("G3-16", "G3-64", "G3-131"),
        ),
        *_ends(p),
    )


def _ends(p: Parameters) -> tuple[Transition, ...]:
    """What follows when a warning runs out: the restriction it announced, or a person who is to decide."""
    shared: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "warning_runs_out",
        "cites": ("G3-129", "G3-130", "A-43", "D-07"),
    }
    suspension, lock = warned_of.is_("suspension"), warned_of.is_("lock")
    leaving = deletion_track.is_("direct", "request")
    waited = (warning_is_due, warning_is_unanswered)
    suspending: dict[str, Any] = {
        "guards": (warning_is_open, *waited, warning_carried_its_reasons, *of_its_end(p)),
        "dest": State.SUSPENDED,
        "effects": (
            measure("suspension", _ground_warned_of),
            *timed("suspension", _ground_warned_of, p),
            Close("warning"),
            *stop_leaving(),
            Notify("account_suspended"),
        ),
    }
    locking: dict[str, Any] = {
        "guards": waited,
        "dest": State.SECURITY_LOCKED,
        "effects": (
            measure("lock", _ground_warned_of),
            *timed("lock", _ground_warned_of, p),
            Close("unlock_code"),
            Close("warning"),
            *stop_leaving(),
            Notify("account_locked"),
        ),
    }
    return (
        Transition(
            title="Suspend an account whose warning ran out",
            source=(State.ACTIVE, State.DEACTIVATED, State.SECURITY_LOCKED),
            when=(suspension,),
            **suspending,
            **shared,
        ),
        Transition(
            title="Suspend an account that is being deleted and whose warning ran out",
            source=(State.PENDING_DELETION,),
            when=(suspension, leaving),
            **suspending,
            **shared,
        ),
        Transition(
            title="Lock an account whose warning ran out",
            source=(State.ACTIVE, State.DEACTIVATED),
            when=(lock,),
            **locking,
            **shared,
        ),
        Transition(
            title="Lock an account that is being deleted and whose warning ran out",
            source=(State.PENDING_DELETION,),
            when=(lock, leaving),
            **locking,
            **shared,
        ),
        Transition(
            title="Drop the warning of an account that is locked already",
            source=(State.SECURITY_LOCKED,),
            when=(lock,),
            guards=waited,
            effects=(Close("warning"),),
            **shared,
        ),
        Transition(
            title="Hand a warning that ran out to a person",
            actors=(Role.SYSTEM,),
            trigger="hand_over_warning",
            source=STANDING,
            guards=(warning_is_open, warning_is_due, warning_is_not_handed_over),
            effects=(
                Set("warning", fixed={"handed_over": True}),
                StopTimer("warning_runs_out"),
                Notify("warning_ran_out"),
            ),
            cites=("G3-08", "G3-130", "G3-131"),
        ),
    )


def _ground_warned_of(account: Account, command: Command, p: Parameters) -> str | None:
    return account.warning.ground if account.warning else None
