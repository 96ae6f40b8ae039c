"""One attempt of a log as a command: the one that brought about an event, or one that is refused for the same reasons.

Knows what a policy could have been told. Does not know how a step of a case is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from attrs import frozen

from lifecycle.decide import decide
from lifecycle.errors import BadRequest
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, AnyState, Command, Decision, Event, Evidence
from lifecycle.retelling.names import documents
from lifecycle.retelling.search import ABSENT, Choice, found
from lifecycle.rows import Add, Remove
from lifecycle.settle import settle
from lifecycle.store import Denial

RIGHT = "code_right"
_BROUGHT = "with "
_FAR = 1000
_NUMBERS = (0, 1, 2, 4, 1000)


@frozen
class Attempt:
    """What was asked for, and what comes of it. ``guessed`` if the log does not keep what was said."""

    decision: Decision
    facts: Mapping[str, Any]
    evidence: tuple[Evidence, ...] = ()
    right: bool | None = None
    guessed: bool = False


def taken(machine: AccountMachine, account: Account, event: Event) -> Attempt | None:
    """Return the attempt that an event is the outcome of; None if under this policy something else would come of it."""
    evidence = documents(event.evidence)
    command = Command(event.trigger, account.id, event.by, event.at, machine.policy.facts(event.facts), evidence)
    try:
        decision = decide(machine, account, command)
    except BadRequest:
        return None
    if not decision.allowed or (decision.event.row, decision.event.dest) != (event.row, event.dest):
        return None
    given = command.facts.given()
    return Attempt(decision, _said(machine, given), evidence, given.get(RIGHT))


def refused(
    machine: AccountMachine, account: Account, denial: Denial, near: Sequence[Event], number: int
) -> Attempt | None:
    """Return an attempt that is refused for the reasons of *denial*; None if none is found.

    *near* are events whose facts and documents are tried first; *number* names documents that nobody brought yet.
    """
    rows = machine.rows_for(denial.trigger, machine.standing(denial.trigger, account), denial.by.role)
    names = dict.fromkeys(name for row in rows for name in row.needs)
    things = {name: _values(machine, account, denial.at, name, near) for name in names}
    things |= _documents(machine, near, number) if rows else {}
    if challenges := [row.challenge for row in rows if row.challenge]:
        # No code is right where none was sent.
        sent = getattr(account, challenges[0]) is not None
        things[RIGHT] = (ABSENT, True, False) if sent else (ABSENT, False)
    wanted = frozenset(denial.codes)

    def decided(choice: Choice) -> Decision | None:
        facts = {name: value for name, value in choice.items() if name in names or name == RIGHT}
        said = {name: value for name, value in facts.items() if value is not ABSENT}
        command = Command(
            denial.trigger, account.id, denial.by, denial.at, machine.policy.facts(said), _brought(choice)
        )
        try:
            return decide(machine, account, command)
        except BadRequest:
            return None

    def misses(choice: Choice) -> int:
        decision = decided(choice)
        if decision is None or decision.allowed:
            return _FAR
        return len(wanted ^ {refusal.code for refusal in decision.refusals})

    begin = {name: values[0] for name, values in things.items()}
    choice = found(things, misses, begin)
    decision = decided(choice) if choice is not None else None
    if choice is None or decision is None:
        return None
    facts = {name: value for name, value in choice.items() if name in names}
    return Attempt(decision, _said(machine, facts), _brought(choice), choice.get(RIGHT), guessed=bool(choice))


def waited(
    machine: AccountMachine, account: Account, until: dt.datetime, log: Sequence[Event], before: Mapping[str, Any]
) -> Attempt | None:
    """Return what the shop must answer for the timers due at *until* to bring about the next events of *log*.

    *before* is what it answered last, and is tried first. The decision is a wait's: it holds the events and no
    command of anybody.
    """
    known: dict[str, Any] = {}
    for event in log:
        if event.at > until:
            break
        known = {**event.facts, **known}

    def settled(choice: Choice) -> tuple[Account, tuple[Event, ...]]:
        said = {name: value for name, value in choice.items() if value is not ABSENT}
        done = settle(machine, account, until, said)
        return done.account, done.events

    def misses(choice: Choice) -> int:
        _, events = settled(choice)
        same = bool(events) and [_told(e) for e in events] == [_told(e) for e in log[: len(events)]]
        return 0 if same else 1

    names = {*known, *_asked(machine, account, until)} - machine.policy.facts.RESERVED
    things = {name: _values(machine, account, until, name, log[:1]) for name in sorted(names)}
    choice = found(things, misses, {**before, **known})
    if choice is None:
        return None
    after, events = settled(choice)
    command = Command("", account.id, log[0].by, until)
    return Attempt(Decision(command, after, events=events), choice, guessed=set(choice) - set(known) != set())


def _asked(machine: AccountMachine, account: Account, until: dt.datetime) -> set[str]:
    rules = [machine.policy.timers[timer.name] for timer in account.timers if timer.due <= until]
    triggers = {trigger for rule in rules for trigger in (rule.trigger, rule.instead) if trigger}
    return {name for row in machine.policy.rows if row.trigger in triggers for name in row.needs}


def _told(event: Event) -> tuple[str, AnyState, dt.datetime, str]:
    return (event.trigger, event.dest, event.at, event.row)


def _said(machine: AccountMachine, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in machine.policy.facts.RESERVED}


def _values(
    machine: AccountMachine, account: Account, at: dt.datetime, name: str, near: Sequence[Event]
) -> tuple[Any, ...]:
    """Return what a fact might have been: as it was nearby, then whatever its kind allows."""
    kind = machine.policy.facts.declared()[name]
    kinds = get_args(kind) or (kind,)
    values: list[Any] = [event.facts[name] for event in near if name in event.facts]
    if bool in kinds:
        values += [True, False]
    elif int in kinds:
        values += _NUMBERS
    elif dt.datetime in kinds:
        values += [at + dt.timedelta(days=7), at]
    elif Ellipsis in kinds:
        values += [("email",), ("email", "phone")]
    else:
        values += _words(machine, account, name)
    distinct = [value for place, value in enumerate(values) if value not in values[:place]]
    return (*distinct, ABSENT)


def _words(machine: AccountMachine, account: Account, name: str) -> tuple[str, ...]:
    policy = machine.policy
    known = {
        "ground": tuple(policy.grounds),
        "signal": tuple(dict.fromkeys(signal for ground in policy.grounds.values() for signal in ground.signals)),
    }
    for effect in (each for row in policy.rows for each in row.effects if isinstance(each, Add | Remove)):
        known[effect.take] = getattr(account, effect.to if isinstance(effect, Add) else effect.of)
    return (*known.get(name, ()), *policy.facts.WORDS.get(name, ()), "other")


def _documents(machine: AccountMachine, near: Sequence[Event], number: int) -> dict[str, tuple[Any, ...]]:
    """Return what could have been brought of each kind: nothing, what others brought, then anything good or bad."""
    others = [each for event in near for each in documents(event.evidence)]
    things: dict[str, tuple[Any, ...]] = {}
    for place, kind in enumerate(machine.policy.evidence):
        fresh = f"{number}-{place}"
        bad = (
            Evidence(kind, fresh, readable=False),
            Evidence(kind, fresh, edited=True),
            Evidence(kind, fresh, words=1),
        )
        good = (Evidence(kind, fresh), Evidence(kind, fresh, words=150), Evidence(kind, fresh, words=5000))
        things[f"{_BROUGHT}{kind}"] = (ABSENT, *(each for each in others if each.kind == kind), *good, *bad)
    return things


def _brought(choice: Choice) -> tuple[Evidence, ...]:
    return tuple(each for name, each in choice.items() if name.startswith(_BROUGHT) and each is not ABSENT)
