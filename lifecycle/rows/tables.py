"""The row itself, and the tables beside it: timers, notices, grounds, and the policy that holds them all.

Knows what a policy is made of. Does not judge it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.facts import Facts
from lifecycle.model import ACCOUNT, Account, AnyState, Command, Role, State, machine_of
from lifecycle.rows.conditions import Guard, Reading, When
from lifecycle.rows.outcomes import (
    Dest,
    Effect,
    Open,
    Put,
    Set,
)
from lifecycle.rows.ways import Ways


def _states(value: Any) -> tuple[AnyState, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


@frozen(eq=False)
class Transition:
    """A row: who may do what while where, if what; then where, and then what; says who.

    No ``source`` means that no account exists yet; no ``dest`` means that the account stays where it is.
    ``title`` is the row in the words of a person, ``chapter`` the file it stands in. ``challenge`` names the record
    of the code or link that is brought along, where one is.
    """

    title: str
    actors: tuple[Role, ...]
    trigger: str
    source: tuple[AnyState, ...] = field(default=None, converter=_states)
    when: tuple[When, ...] = ()
    guards: tuple[Guard, ...] = ()
    dest: AnyState | Dest | None = None
    effects: tuple[Effect, ...] = ()
    cites: tuple[str, ...] = ()
    chapter: str = ""
    challenge: str | None = None

    @functools.cached_property
    def name(self) -> str:
        """How errors, events and diagrams name this row; unique within a policy."""
        where = "+".join(s.value for s in self.source) or "none"
        which = "".join(f"[{w.selector.name}={'|'.join(w.answers)}]" for w in self.when)
        return f"{self.trigger}:{where}:{'+'.join(a.value for a in self.actors)}{which}"

    @functools.cached_property
    def machine(self) -> str:
        """The machine this row belongs to, told by the states it names."""
        named = next((s for s in (*self.source, self.dest) if isinstance(s, AnyState)), None)
        return ACCOUNT if named is None else machine_of(named)

    @property
    def dests(self) -> tuple[AnyState, ...]:
        """Every state this row can lead to, apart from staying."""
        if self.dest is Dest.RELEASE:
            return (State.ACTIVE, State.SECURITY_LOCKED)
        if self.dest is Dest.RESTRICTION:
            return (State.SUSPENDED, State.SECURITY_LOCKED)
        return (self.dest,) if isinstance(self.dest, AnyState) else ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts its guards, selectors and effects read, sorted."""
        return self.needs_with(self.guards)

    def needs_with(self, guards: tuple[Guard, ...]) -> tuple[str, ...]:
        """The facts its selectors, its effects and these *guards* of it read, sorted."""
        takes = [e.take if isinstance(e, Open | Set | Put) else (e.take,) for e in self.effects if hasattr(e, "take")]
        return tuple(sorted(set().union(*takes, *[g.needs for g in guards], *[w.selector.needs for w in self.when])))


@frozen
class TimerRule:
    """A timer: what it triggers, in which states it lives, and what follows when that is refused (D-05).

    Entering a state outside ``lives_in`` voids it. On a refusal ``instead`` is tried; if that is refused too, or
    there is none, the timer is armed again after the period ``retry``, or let go. One that ``yields`` fires only once
    its due time has passed: at that very moment the holder may still act.
    """

    name: str
    trigger: str
    lives_in: tuple[AnyState, ...]
    says: str
    instead: str | None = None
    retry: str | None = None
    yields: bool = False

    @property
    def machine(self) -> str:
        """The machine whose states it lives in."""
        return machine_of(self.lives_in[0])


@frozen
class Notice:
    """A message the host sends. ``to`` is ``holder`` or ``staff``."""

    name: str
    says: str
    to: str = "holder"


@frozen
class Ground:
    """Why an account is restricted, as data. ``restricts`` is ``lock`` or ``suspension``.

    ``signals`` maps a signal to the parameter holding its limit. ``ends_after`` names the period after which a
    lock of this ground opens by itself, ``grace`` the one that is waited after what it speaks of.
    ``remedy_evidence`` is what must have been handed in to lift it, ``excused_by`` what shows an honest cause: any
    one of them will do. ``appeal_evidence`` is what an appeal needs beside proof of identity and an explanation.
    ``travel_explains`` says that a journey told of beforehand explains it, ``difficulty`` how hard the way back usually
    is: easy, of medium difficulty, or hard.
    """

    name: str
    says: str
    restricts: str
    cites: tuple[str, ...]
    warned: bool = False
    yields_to_code: bool = True
    signals: Mapping[str, str] = field(factory=dict)
    ends_after: str | None = None
    support_settles: bool = False
    remedy: str | None = None
    remedy_evidence: tuple[str, ...] = ()
    appeal_evidence: tuple[str, ...] = ()
    excused_by: tuple[str, ...] = ()
    grace: str | None = None
    travel_explains: bool = False
    difficulty: str = ""


@frozen
class Signal:
    """Something that is counted about an account, as data. Its limit is the one its ``ground`` names for it.

    ``counts`` says how: different ``things`` in the window, ``times`` in it, things ``open`` at once, different
    ``accounts`` at one thing, the ``share`` in per cent of one signal in another, or the ``sum`` of several.
    ``window`` names the period, ``age`` how old an open thing must be to count, ``sample`` the least number a share
    is of. ``of`` names the signals that a share or a sum is worked out from. ``weights`` maps what became of a thing
    to the parameter that says how often it counts. Where ``beyond``, the limit itself is still allowed. ``tells`` is the
    fact in which the thing itself is told, as an opaque code.
    """

    name: str
    says: str
    counts: str
    cites: tuple[str, ...]
    ground: str | None = None
    window: str | None = None
    age: str | None = None
    sample: str | None = None
    of: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(factory=dict)
    beyond: bool = False
    tells: str | None = None


@frozen
class Benefit:
    """Something that stands open to an account while every one of its guards holds; nobody asks for it in a row.

    ``worth`` reads what it is then: plain data.
    """

    name: str
    says: str
    guards: tuple[Guard, ...]
    cites: tuple[str, ...]
    worth: Reading | None = None


@frozen
class Alternative:
    """What a holder could do instead of leaving."""

    name: str
    says: str
    cites: tuple[str, ...]


@frozen
class Reason:
    """Why a holder leaves or pauses, and what could be done instead."""

    name: str
    says: str
    cites: tuple[str, ...]
    alternatives: tuple[Alternative, ...] = ()


@frozen(eq=False)
class Policy:
    """Rows and everything they name. Built once per parameters; never changed."""

    name: str
    version: str
    parameters: Any
    rows: tuple[Transition, ...]
    guards: tuple[Guard, ...]
    timers: Mapping[str, TimerRule]
    notices: Mapping[str, Notice]
    grounds: Mapping[str, Ground]
    evidence: Mapping[str, str]
    texts: frozenset[str]
    capabilities: Mapping[str, Mapping[State, bool]]
    citations: Mapping[str, str]
    facts: type[Facts] = Facts
    ways: Ways = field(factory=Ways)
    reasons: Mapping[str, Reason] = field(factory=dict)
    narrowed: Mapping[str, tuple[Guard, ...]] = field(factory=dict)
    """The further conditions under which a capability holds, where its state alone does not tell."""
    signals: Mapping[str, Signal] = field(factory=dict)
    benefits: tuple[Benefit, ...] = ()

    def of(self, machine: str) -> tuple[Transition, ...]:
        """Return the rows of one machine: account, membership or level."""
        return tuple(row for row in self.rows if row.machine == machine)

    def allows(self, capability: str, account: Account, command: Command) -> bool:
        """Whether *account* may do what *capability* names: in the state it is in, and under its further conditions.

        *command* carries the time and the facts that those read; nothing is submitted.

        Raises:
            KeyError: no capability is called so.
            FactMissing: a condition needs a fact the command does not carry.
        """
        p = self.parameters
        return self.capabilities[capability][account.state] and all(
            each.test(account, command, p)
            for each in self.narrowed.get(capability, ())
            if each.applies(account, command, p)
        )

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the order of the rows."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows))
