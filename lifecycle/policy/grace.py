"""Chapter: stopping a deletion that is under way. By support, by the holder after a fresh sign-in, by signing in.

Who may, and until when, the policy says. The guides know support alone, until the holder has confirmed (X-08).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from lifecycle.calendar import spoken
from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.closing import NO_TIME, due, has_grace, request_is_unconfirmed, support_agrees
from lifecycle.policy.common import deletion_track, signed_in
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import case_is_with_an_agent, resolve_case
from lifecycle.rows import Close, Effect, Guard, Notify, Selector, Set, StartTimer, StopTimer, Transition, guard
from lifecycle.rows.ways import Step, Ways

stage = Selector(
    name="stage",
    sentence="Has the holder confirmed the deletion?",
    answers={"confirmed": "the holder has confirmed it", "unconfirmed": "the holder has not confirmed it yet"},
    read=lambda account, command, p: (
        "confirmed" if account.deletion and account.deletion.confirmed_at else "unconfirmed"
    ),
)


@guard(
    "The holder has signed in just now.",
    otherwise="Sign in once more, then ask again.",
    needs=("signed_in_at",),
    sees=lambda account, command, p: {"signed_in_at": _moment(command.facts.signed_in_at)},
    limit=lambda account, command, p: f"at most {spoken(p.fresh_sign_in)} ago",
    cites=("grace",),
)
def sign_in_is_fresh(account: Account, command: Command, p: Parameters) -> bool:
    since = command.facts.signed_in_at
    return since is not None and since <= command.at <= p.calendar.add(since, p.fresh_sign_in)


@guard(
    "The deletion may still be stopped.",
    otherwise="Leave it: it is too late to stop it; the account can be opened anew.",
    sees=lambda account, command, p: {"until": _moment(_until(account, p))},
    cites=("X-08", "grace"),
)
def deletion_may_still_be_stopped(account: Account, command: Command, p: Parameters) -> bool:
    until = _until(account, p)
    return until is None or command.at < until or bool(account.deletion and account.deletion.held)


def _until(account: Account, p: Parameters) -> dt.datetime | None:
    day = due(account, p)
    return None if day is None else day - p.withdrawal_closes


def _moment(at: dt.datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _in_time(p: Parameters) -> tuple[Guard, ...]:
    if p.withdraw_until == "owner_confirmed":
        return (request_is_unconfirmed,)
    return (deletion_may_still_be_stopped,) if p.withdrawal_closes != NO_TIME else ()


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    by_holder = "holder" in p.withdrawn_by
    closes = p.withdrawn_by and p.withdraw_until != "owner_confirmed" and p.withdrawal_closes != NO_TIME
    return (*((sign_in_is_fresh,) if by_holder else ()), *((deletion_may_still_be_stopped,) if closes else ()))


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_request(p), *(_direct(p) if has_grace(p) and p.withdraw_until == "platform_confirmed" else ()))


def _request(p: Parameters) -> tuple[Transition, ...]:
    shared: dict[str, Any] = {
        "source": (State.PENDING_DELETION,),
        "when": (deletion_track.is_("request"),),
        "dest": State.ACTIVE,
        "cites": ("G2-62", "G2-63", "X-08", "T-25"),
    }
    ended = (Close("deletion"), Close("closure_link"))
    ways = {
        "support": Transition(
            title="Stop a closure in time",
            actors=(Role.AGENT,),
            trigger="withdraw_closure",
            guards=(case_is_with_an_agent, *_in_time(p), support_agrees),
            effects=(*ended, resolve_case(), Notify("closure_withdrawn")),
            **shared,
        ),
        "holder": Transition(
            title="Stop one's own closure in time",
            actors=(Role.HOLDER,),
            trigger="withdraw_closure",
            guards=(signed_in, sign_in_is_fresh, *_in_time(p)),
            effects=(*ended, Notify("closure_withdrawn")),
            **shared,
        ),
        "sign_in": Transition(
            title="Stop a closure by signing in",
            actors=(Role.HOLDER,),
            trigger="sign_in",
            guards=(signed_in, *_in_time(p)),
            effects=(*ended, Notify("closure_withdrawn")),
            **shared,
        ),
    }
    return tuple(row for way, row in ways.items() if way in p.withdrawn_by)


def _direct(p: Parameters) -> tuple[Transition, ...]:
    shared: dict[str, Any] = {
        "source": (State.PENDING_DELETION,),
        "when": (deletion_track.is_("direct"), stage.is_("confirmed")),
        "dest": State.DEACTIVATED if p.deactivate_button_effect == "two_stage" else State.ACTIVE,
        "cites": ("grace", "X-08"),
    }
    ended = (Close("deletion"), Close("deletion_code"), Set("pause", fixed={"warned": False}))
    ways = {
        "support": Transition(
            title="Stop a deletion in its grace through support",
            actors=(Role.AGENT,),
            trigger="withdraw_deletion",
            guards=(case_is_with_an_agent, *_in_time(p), support_agrees),
            effects=(*ended, resolve_case(), Notify("deletion_withdrawn")),
            **shared,
        ),
        "holder": Transition(
            title="Stop one's own deletion in its grace",
            actors=(Role.HOLDER,),
            trigger="withdraw_deletion",
            guards=(signed_in, sign_in_is_fresh, *_in_time(p)),
            effects=(*ended, Notify("deletion_withdrawn")),
            **shared,
        ),
        "sign_in": Transition(
            title="Stop a deletion in its grace by signing in",
            actors=(Role.HOLDER,),
            trigger="sign_in",
            guards=(signed_in, *_in_time(p)),
            effects=(*ended, Notify("deletion_withdrawn")),
            **shared,
        ),
    }
    return tuple(row for way, row in ways.items() if way in p.withdrawn_by)


_STAY = (State.ACTIVE, State.DEACTIVATED)

_STEPS = (
    Step(
        trigger="withdraw_deletion",
        says="Stop the deletion in time: sign in once more and press the button, or ask an agent.",
        towards=_STAY,
        cites=("grace", "X-08"),
    ),
    Step(trigger="sign_in", says="Sign in. That stops the deletion.", towards=_STAY, cites=("grace", "X-08")),
)


def ways(usual: Ways, p: Parameters) -> Ways:
    """The *usual* ways, and those of this chapter that there are under *p*."""
    there = {row.trigger for row in rows(p)}
    more = {step.trigger: step for step in _STEPS if step.trigger in there}
    return attrs.evolve(usual, steps={**usual.steps, **more}) if more else usual


def confirming(p: Parameters) -> tuple[Effect, ...]:
    """What the right code does where a direct deletion waits: the day is fixed, told, and waited for."""

    def day(account: Account, command: Command, q: Parameters) -> dt.datetime:
        return q.calendar.add(command.at, q.direct_deletion_grace)

    return (
        Set("deletion", fixed={"confirmed_at": lambda account, command, q: command.at.isoformat(), "due_at": day}),
        Close("deletion_code"),
        StopTimer("abandon_deletion"),
        StartTimer("complete_deletion", after="direct_deletion_grace"),
        Notify("deletion_confirmed", tells={"due_at": day}),
    )
