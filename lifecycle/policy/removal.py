"""Chapter: a deletion that the platform starts. Announced with its day, stopped by an appeal, void once reinstated.

Off by the guides. It is of suspended accounts only: whoever wants to delete another has it suspended first, with a
statement of its own. The account stays suspended until its day, so every way back stays open meanwhile. Only staff
withdraw it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.closure import gone
from lifecycle.policy.common import reasons_are_given, stop_leaving
from lifecycle.policy.enforcement import statement_of_reasons_is_written
from lifecycle.policy.holds import no_hold_stands
from lifecycle.policy.obligations import GUARDS as OBLIGATIONS
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.reservations import setting_aside
from lifecycle.rows import (
    Close,
    Dest,
    Effect,
    Guard,
    Notify,
    Open,
    Set,
    StartTimer,
    StopTimer,
    Then,
    TimerRule,
    Transition,
    guard,
    not_before,
)
from lifecycle.rows.ways import Advice, Step, Ways

STAFF = (Role.REVIEWER, Role.SUPERVISOR)


@guard(
    "The deletion of the account was announced.",
    otherwise="Announce it first, with its day.",
    sees=lambda account, command, p: {"announced": account.removal is not None},
    limit=True,
    cites=("removal",),
)
def removal_is_announced(account: Account, command: Command, p: Parameters) -> bool:
    return account.removal is not None


@guard(
    "The deletion of the account was not announced before.",
    otherwise="Leave it: it is announced already.",
    sees=lambda account, command, p: {"announced": account.removal is not None},
    limit=False,
    cites=("removal",),
)
def removal_is_not_announced(account: Account, command: Command, p: Parameters) -> bool:
    return account.removal is None


@not_before(
    "The suspension has stood for as long as it is kept.",
    otherwise="Wait; until then it may be reversed.",
    cites=("removal",),
)
def retention_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return p.calendar.add(account.suspension.since, p.suspension_retention) if account.suspension else None


@not_before(
    "The day that was announced has come.",
    otherwise="Wait; nobody deletes an account before the day that its holder was told.",
    cites=("removal",),
)
def removal_day_has_come(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.removal.due_at if account.removal else None


@guard(
    "An appeal has stopped the deletion.",
    otherwise="Leave it: its day is fixed.",
    sees=lambda account, command, p: {"waiting": account.timer("removal") is not None},
    limit=False,
    cites=("removal",),
)
def removal_is_stopped(account: Account, command: Command, p: Parameters) -> bool:
    return account.timer("removal") is None


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    if not p.platform_deletion:
        return ()
    always = (removal_is_announced, removal_is_not_announced, removal_day_has_come, removal_is_stopped)
    return (*always, *((retention_is_over,) if "retention" in p.platform_deletion else ()))


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter under *p*."""
    if not p.platform_deletion:
        return ()
    announced = TimerRule(
        name="removal",
        trigger="carry_out_removal",
        lives_in=(State.SUSPENDED,),
        retry="hold_recheck",
        says="A deletion that was announced is carried out on its day; while something is owed it is looked at again.",
    )
    kept = TimerRule(
        name="retention_ends",
        trigger="announce_removal",
        lives_in=(State.SUSPENDED, State.UNDER_APPEAL),
        retry="hold_recheck",
        says="The deletion of an account is announced once nobody has reversed its suspension for long enough.",
    )
    return (announced, *((kept,) if "retention" in p.platform_deletion else ()))


def _day(account: Account, command: Command, p: Parameters) -> dt.datetime:
    return p.calendar.add(command.at, p.removal_lead)


def _rest(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """The day anew: what was left of the time when the appeal stopped it, from now on."""
    if account.removal is None or account.appeal is None:
        return None
    return command.at + max(account.removal.due_at - account.appeal.since, dt.timedelta(0))


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    if not p.platform_deletion:
        return ()
    return (*_announcing(p), *_ending(p))


def _announced(cause: str) -> tuple[Effect, ...]:
    return (
        Open("removal", fixed={"cause": cause, "due_at": _day}),
        StartTimer("removal", after="removal_lead"),
        Notify("removal_announced", tells={"cause": cause, "due_at": _day}),
    )


def _announcing(p: Parameters) -> tuple[Transition, ...]:
    shared: dict[str, Any] = {"trigger": "announce_removal", "source": (State.SUSPENDED,), "cites": ("removal", "D-08")}
    before = (removal_is_not_announced, no_hold_stands, *OBLIGATIONS)
    ways = {
        "staff": Transition(
            title="Announce that a suspended account will be deleted",
            actors=STAFF,
            guards=(statement_of_reasons_is_written, *before),
            effects=_announced("staff"),
            **shared,
        ),
        "retention": Transition(
            title="Announce that an account will be deleted whose suspension nobody reversed",
            actors=(Role.SYSTEM,),
            guards=(retention_is_over, *before),
            effects=_announced("retention"),
            **shared,
        ),
    }
    return tuple(row for way, row in ways.items() if way in p.platform_deletion)


def _ending(p: Parameters) -> tuple[Transition, ...]:
    again = (StartTimer("retention_ends", after="suspension_retention"),) if "retention" in p.platform_deletion else ()
    over = (Close("removal"), Close("interruption"), Close("warning"), *stop_leaving())
    return (
        Transition(
            title="Say anew when an account will be deleted, after an appeal that failed",
            actors=(Role.SYSTEM,),
            trigger="resume_removal",
            source=(State.SUSPENDED,),
            guards=(removal_is_announced, removal_is_stopped),
            effects=(
                Set("removal", fixed={"due_at": _rest}),
                StartTimer("removal", at=_rest),
                Notify("removal_resumed", tells={"due_at": _rest}),
            ),
            cites=("removal",),
        ),
        Transition(
            title="Withdraw a deletion that was announced",
            actors=STAFF,
            trigger="withdraw_removal",
            source=(State.SUSPENDED, State.UNDER_APPEAL),
            guards=(removal_is_announced, reasons_are_given),
            effects=(Close("removal"), StopTimer("removal"), *again, Notify("removal_withdrawn")),
            cites=("removal",),
        ),
        Transition(
            title="Delete a suspended account on the day that was announced",
            actors=(Role.SYSTEM,),
            trigger="carry_out_removal",
            source=(State.SUSPENDED,),
            guards=(removal_is_announced, removal_day_has_come, no_hold_stands, *OBLIGATIONS),
            dest=State.DELETED,
            effects=(*setting_aside(p), *over, *gone(p)),
            cites=("removal", "D-08"),
        ),
    )


_STEP = Step(
    trigger="carry_out_removal",
    says="Wait. The account is deleted by itself on the day that was announced, as long as nothing is owed then.",
    towards=(State.DELETED,),
    waits=True,
    cites=("removal",),
)

_ADVICE = Advice(
    name="deletion_is_announced",
    kind="know",
    says="The account is to be deleted. An appeal stops that while it is open, and a reinstatement for good.",
    why="Only staff withdraw it; its day is {removal_lead} after it was announced.",
    when=lambda situation: situation.account.removal is not None,
    cites=("removal",),
)


def ways(usual: Ways, p: Parameters) -> Ways:
    """The *usual* ways, and what is to be known of a deletion by the platform where there are such."""
    if not p.platform_deletion:
        return usual
    return attrs.evolve(usual, steps={**usual.steps, _STEP.trigger: _STEP}, advice=(*usual.advice, _ADVICE))


def beside(row: Transition, p: Parameters) -> Transition:
    """Return *row* with what it does about a deletion by the platform: a suspension begins or ends, or an appeal fails."""
    if not p.platform_deletion:
        return row
    more: list[Effect] = []
    if "retention" in p.platform_deletion and _opens(row, "suspension"):
        more.append(StartTimer("retention_ends", after="suspension_retention"))
    if Close("suspension") in row.effects or _opens(row, "deletion"):
        more.append(Close("removal"))
    if row.dest is Dest.RESTRICTION:
        more.append(Then("resume_removal"))
    return attrs.evolve(row, effects=(*row.effects, *more))


def _opens(row: Transition, record: str) -> bool:
    return any(isinstance(effect, Open) and effect.record == record for effect in row.effects)
