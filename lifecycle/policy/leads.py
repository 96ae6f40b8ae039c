"""Leads: how long a warning leaves to act, by its ground or by a later deadline of its own, and who may act then.

Knows what an entry in the table of grounds says of warnings. Does not know any row: those stand in the chapter on warnings.
"""

from __future__ import annotations

import datetime as dt

from lifecycle.calendar import Period
from lifecycle.lengths import Due
from lifecycle.model import Account, Command
from lifecycle.policy.common import named_ground
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Ground, Guard, Notify, StartTimer, guard, length_of


def warned_ground(account: Account, p: Parameters) -> Ground | None:
    """The ground of the warning that is open."""
    return p.grounds.get(account.warning.ground) if account.warning else None


def _lead(ground: Ground | None, p: Parameters) -> Period:
    """The time a warning on *ground* leaves at least (G3-130)."""
    return p.warning_lead_min if ground is None or ground.lead is None else length_of(p, ground.lead)


def _whole(ground: Ground | None, p: Parameters) -> Period:
    """The time after which what a warning on *ground* announced follows by itself; with a lead of its own, that lead."""
    said = None if ground is None else ground.runs_out or ground.lead
    return p.warning_lead_max if said is None else length_of(p, said)


def lead_end(account: Account, p: Parameters) -> dt.datetime | None:
    """The moment until which the open warning leaves time to act: by its ground, or by its own later deadline."""
    return _later(account, _lead(warned_ground(account, p), p), p)


def ends(account: Account, p: Parameters) -> dt.datetime | None:
    """The moment at which what the open warning announced follows by itself."""
    return _later(account, _whole(warned_ground(account, p), p), p)


def _later(account: Account, period: Period, p: Parameters) -> dt.datetime | None:
    warning = account.warning
    if warning is None:
        return None
    end = p.calendar.add(warning.since, period)
    return end if warning.act_by is None else max(end, warning.act_by)


def warned(p: Parameters) -> tuple[Effect, ...]:
    """What follows wherever a warning is opened."""
    own = any(ground.lead or ground.runs_out or ground.later_deadline for ground in warned_grounds(p))
    timer = StartTimer("warning_runs_out", at=_due) if own else StartTimer("warning_runs_out", after="warning_lead_max")
    return (timer, Notify("warning"))


def warned_grounds(p: Parameters) -> list[Ground]:
    """The grounds that are warned about first."""
    return [ground for ground in p.grounds.values() if ground.warned]


def _due(account: Account, command: Command, p: Parameters) -> Due:
    period = _whole(named_ground(command, p), p)
    end, own = p.calendar.add(command.at, period), own_deadline(command, p)
    later = own if own is not None and own > end else end
    return Due(later, command.at, "warning_lead_max", period, calendar=p.calendar.counts(period))


def own_deadline(command: Command, p: Parameters) -> dt.datetime | None:
    """The deadline that a warning sets by itself, where its ground allows one."""
    ground = named_ground(command, p)
    return command.facts.act_by if ground is not None and ground.later_deadline else None


@guard(
    "The warning's own deadline, if it sets one, is no earlier than the one its ground leaves, where that allows one.",
    otherwise="Leave the deadline out, or set a later one.",
    needs=("ground", "act_by"),
    sees=lambda account, command, p: {"act_by": f"{command.facts.act_by:%Y-%m-%d %H:%M:%S} UTC"},
    limit=lambda account, command, p: (
        f"no earlier than {p.calendar.add(command.at, _whole(ground, p)):%Y-%m-%d %H:%M:%S} UTC"
        if (ground := named_ground(command, p)) is not None and ground.later_deadline
        else "no deadline of its own"
    ),
    applies=lambda account, command, p: command.facts.act_by is not None and named_ground(command, p) is not None,
    cites=("own-ground", "G3-130"),
)
def own_deadline_is_allowed(account: Account, command: Command, p: Parameters) -> bool:
    own = own_deadline(command, p)
    return own is not None and own >= p.calendar.add(command.at, _whole(named_ground(command, p), p))


@guard(
    "The system may decide on the ground that was warned about.",
    otherwise="Leave it to a person who may; they are told that the warning ran out.",
    sees=lambda account, command, p: {"warning": account.warning.ground if account.warning else "none"},
    limit=lambda account, command, p: [g.name for g in warned_grounds(p) if "system" in g.deciders],
    applies=lambda account, command, p: warned_ground(account, p) is not None,
    cites=("own-ground", "A-43"),
)
def system_may_decide_what_was_warned_of(account: Account, command: Command, p: Parameters) -> bool:
    ground = warned_ground(account, p)
    return ground is not None and "system" in ground.deciders


def of_the_warning(p: Parameters) -> tuple[Guard, ...]:
    """What is asked of a warning, where some ground lets it set a deadline of its own."""
    return (own_deadline_is_allowed,) if any(ground.later_deadline for ground in warned_grounds(p)) else ()


def of_its_end(p: Parameters) -> tuple[Guard, ...]:
    """What is asked once a warning ran out, where the system may not decide on some ground that is warned about."""
    everywhere = all("system" in g.deciders for g in warned_grounds(p) if g.restricts == "suspension")
    return () if everywhere else (system_may_decide_what_was_warned_of,)
