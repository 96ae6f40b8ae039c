"""What every measure is made of, whatever its ground: who decides it, what its record keeps, when it ends by itself.

Knows how an entry in the table of grounds becomes rows, guards and records. Does not know any ground.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from lifecycle.model import Account, Command, Role
from lifecycle.policy.common import end_of, ends_by_itself, lock_ground, named_ground
from lifecycle.policy.judged import lifted_before, references
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import DECIDERS, Effect, Ground, Guard, Open, Selector, StartTimer, guard

GroundName = Callable[[Account, Command, Parameters], str | None]

_ORDER = {
    "lock": (Role.SYSTEM, Role.AGENT, Role.REVIEWER, Role.SUPERVISOR),
    "suspension": (Role.REVIEWER, Role.SYSTEM, Role.AGENT, Role.SUPERVISOR),
}

HOW: Mapping[Role, str] = {
    Role.SYSTEM: "a signal",
    Role.AGENT: "an agent's judgement",
    Role.REVIEWER: "a reviewer's judgement",
    Role.SUPERVISOR: "a supervisor's judgement",
}
"""On what each role restricts an account, in words."""


# --- who decides -----------------------------------------------------------------------------------------------------


def grounds_for(restricts: str, p: Parameters) -> list[Ground]:
    """The grounds that call for a lock, or for a suspension."""
    return [ground for ground in p.grounds.values() if ground.restricts == restricts]


def deciders(restricts: str, p: Parameters) -> tuple[Role, ...]:
    """The roles that may decide a lock, or a suspension, on some ground, and those that usually may.

    Where a ground leaves one of the usual out, it is refused by a guard, so that it is told who may.
    """
    named = {*DECIDERS[restricts], *(role for ground in grounds_for(restricts, p) for role in ground.deciders)}
    return tuple(role for role in _ORDER[restricts] if role.value in named)


@guard(
    "The ground is one that this role may decide.",
    otherwise="Leave it to somebody who may decide on this ground.",
    needs=("ground",),
    sees=lambda account, command, p: {"ground": command.facts.ground, "role": command.by.role.value},
    limit=lambda account, command, p: list(ground.deciders) if (ground := named_ground(command, p)) else [],
    applies=lambda account, command, p: named_ground(command, p) is not None,
    cites=("own-ground", "A-44"),
)
def role_may_decide_on_this_ground(account: Account, command: Command, p: Parameters) -> bool:
    ground = named_ground(command, p)
    return ground is not None and command.by.role.value in ground.deciders


def also_warn(p: Parameters) -> tuple[Role, ...]:
    """The roles that may warn on the grounds they decide, beside reviewers and the system, who may on all of them."""
    own = {role for ground in p.grounds.values() if ground.warned for role in ground.decided_by or ()}
    return tuple(role for role in (Role.AGENT, Role.SUPERVISOR) if role.value in own)


def decided_by(role: Role, restricts: str, p: Parameters) -> tuple[Guard, ...]:
    """What sets the grounds apart that *role* may decide, where it may not decide on all of them."""
    everywhere = all(role.value in ground.deciders for ground in grounds_for(restricts, p))
    return () if everywhere else (role_may_decide_on_this_ground,)


# --- what is kept of a measure ---------------------------------------------------------------------------------------


def _named(account: Account, command: Command, p: Parameters) -> str | None:
    return command.facts.ground


def measure(record: str, of: GroundName = _named, *, asked: bool = True, **more: Any) -> Open:
    """The effect that opens a lock or a suspension on the ground that *of* names, by default the one the command does.

    Where it is not *asked* whether the way to appeal is shown, the ground alone tells.
    """

    def ground(account: Account, command: Command, p: Parameters) -> Ground | None:
        return p.grounds.get(of(account, command, p) or "")

    def offered(account: Account, command: Command, p: Parameters) -> bool:
        named = ground(account, command, p)
        return (command.facts.offers_appeal or not asked) and (named is None or "appeal" in named.ways)

    def ends(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
        chosen = command.facts.ends_at if of is _named else None
        return chosen or end_of(ground(account, command, p), command.at, p)

    own = {} if of is _named else {"ground": of}
    take = (*(("ground",) if of is _named else ()), *(("ends_at",) if of is _named and record == "suspension" else ()))
    return Open(
        record,
        take=(*take, "offers_appeal") if asked else take,
        fixed={
            **own,
            **({"ends_at": ends} if record == "suspension" else {}),
            "offers_appeal": offered,
            "rests_on": _rests_on,
            "earlier": lambda account, command, p: lifted_before(account, of(account, command, p)),
            **more,
        },
    )


def _rests_on(account: Account, command: Command, p: Parameters) -> tuple[str, ...]:
    carried = account.warning.rests_on if account.warning and command.trigger == RUNS_OUT else ()
    return carried or references(command, p)


RUNS_OUT = "warning_runs_out"
"""What follows a warning rests on what the warning rested on."""


def end(of: GroundName = _named) -> Callable[[Account, Command, Any], dt.datetime | None]:
    """Return what reads when a suspension on the ground that *of* names ends: as decided, else as the ground says."""

    def read(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
        chosen = command.facts.ends_at if of is _named else None
        return chosen or end_of(p.grounds.get(of(account, command, p) or ""), command.at, p)

    return read


def timed(restricts: str, of: GroundName, p: Parameters, *, only: str | None = None) -> tuple[Effect, ...]:
    """The timer that ends what follows a warning, or *only* one ground; none where no such ground ends by itself."""
    timer = {"lock": "lock_expires", "suspension": "suspension_ends"}[restricts]
    grounds = [g for g in grounds_for(restricts, p) if (g.warned if only is None else g.name == only)]
    return (StartTimer(timer, at=end(of)),) if any(ends_by_itself(ground, p) for ground in grounds) else ()


# --- how a lock ends -------------------------------------------------------------------------------------------------


after_the_lock = Selector(
    name="after_the_lock",
    sentence="What is asked for once the lock opened by itself?",
    answers={
        "other_means": "another means of payment is asked for after the lock",
        "nothing": "nothing further is asked for after the lock",
    },
    read=lambda account, command, p: (
        "other_means" if (ground := lock_ground(account, p)) is None or ground.other_means else "nothing"
    ),
)


def asked_after_locks(p: Parameters) -> tuple[str, ...]:
    """What is asked for after locks that open by themselves: an answer of `after_the_lock` for each sort there is."""
    brought = {proof.locks for proof in p.proofs.values()}
    ending = (each for each in grounds_for("lock", p) if each.ends_after is not None or each.name in brought)
    sorts = {ground.other_means for ground in ending}
    return ("other_means", "nothing") if len(sorts) > 1 else ("nothing",) if sorts == {False} else ("other_means",)


@guard(
    "Support may lift this kind of lock.",
    otherwise="Take one of the ways out that the ground leaves.",
    sees=lambda account, command, p: {"lock": account.lock.ground if account.lock else "none"},
    limit=lambda account, command, p: [ground.name for ground in grounds_for("lock", p) if "support" in ground.ways],
    applies=lambda account, command, p: lock_ground(account, p) is not None,
    cites=("own-ground", "G3-84"),
)
def support_may_lift_this_lock(account: Account, command: Command, p: Parameters) -> bool:
    ground = lock_ground(account, p)
    return ground is not None and "support" in ground.ways


def lifted_by_support(p: Parameters) -> tuple[Guard, ...]:
    """What sets the locks apart that support may lift, where it may not lift all of them."""
    return () if all("support" in ground.ways for ground in grounds_for("lock", p)) else (support_may_lift_this_lock,)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this room under *p*: those that some row asks for."""
    by_role = (g for kind in _ORDER for role in deciders(kind, p) for g in decided_by(role, kind, p))
    warning = (role_may_decide_on_this_ground,) if also_warn(p) else ()
    return (*dict.fromkeys((*by_role, *warning)), *lifted_by_support(p))
