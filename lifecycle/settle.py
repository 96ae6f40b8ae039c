"""Applying due timers. Pure: the time arrives as an argument, facts as well.

Knows in which order timers are settled and what follows a refusal (D-05). Does not know when anybody looks, nor
where facts come from: a timer that needs facts nobody gave is left standing, and what it needs is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lifecycle.decide import decide, lapse
from lifecycle.errors import MissingFacts
from lifecycle.fold import evolve
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Decision, Event, Timer

MOST = 100
"""How many timers one settlement applies at most; the next one goes on. A bound, not a rule."""


@frozen(slots=False)
class Settled:
    """The account once its due timers were applied, their events, and the facts that others still wait for."""

    account: Account
    events: tuple[Event, ...] = ()
    needs: frozenset[str] = frozenset()


def settle(
    machine: AccountMachine, account: Account, until: dt.datetime, facts: Mapping[str, Any] | None = None
) -> Settled:
    """Return *account* with every timer applied that is due at *until* or before, in the order of (due, name).

    Each event carries the time at which its timer was due. A timer whose trigger is refused is followed by what its
    rule says: another trigger, a new due time, or nothing.
    """
    events: tuple[Event, ...] = ()
    needs: set[str] = set()
    waiting: set[str] = set()
    for _ in range(MOST):
        due = [t for t in account.timers if t.name not in waiting and is_due(machine, t, until)]
        if not due:
            break
        timer = min(due, key=lambda t: (t.due, t.name))
        try:
            account, new = _fire(machine, account, timer, facts or {})
        except MissingFacts as missing:
            waiting.add(timer.name)
            needs.update(missing.names)
            continue
        events += new
    return Settled(account, events, frozenset(needs))


def is_due(machine: AccountMachine, timer: Timer, until: dt.datetime) -> bool:
    """Whether *timer* fires by *until*; one that yields lets that very moment pass first."""
    rule = machine.policy.timers.get(timer.name)
    return timer.due < until if rule is not None and rule.yields else timer.due <= until


def _fire(
    machine: AccountMachine, account: Account, timer: Timer, facts: Mapping[str, Any]
) -> tuple[Account, tuple[Event, ...]]:
    # A timer left waiting for facts may be older than the last event; time in a log never runs backwards.
    at = max(timer.due, account.at) if account.at else timer.due
    rule = machine.policy.timers.get(timer.name)
    for trigger in (rule.trigger, rule.instead) if rule else ():
        if trigger is not None:
            decision = _try(machine, account, trigger, at, facts)
            if decision.allowed:
                return decision.account, decision.events
    event = lapse(machine.policy, account, timer, at)
    return evolve(account, event), (event,)


def _try(
    machine: AccountMachine, account: Account, trigger: str, at: dt.datetime, facts: Mapping[str, Any]
) -> Decision:
    command = Command(trigger, account.id, Actor.system("timer"), at, machine.policy.facts(facts))
    return decide(machine, account, command)
