"""The row itself, and the tables beside it: timers, notices, and the policy that holds them all.

Knows what a policy is made of. Does not judge it.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import attrs
from attrs import field, frozen

from lifecycle.errors import BadRequest
from lifecycle.facts import Facts
from lifecycle.model import ACCOUNT, FIXED, Account, Allowance, AnyState, Command, Level, Role, State, machine_of
from lifecycle.rows.allowing import allowance
from lifecycle.rows.capabilities import Capability, capabilities_of
from lifecycle.rows.conditions import Guard, Reading, When
from lifecycle.rows.doors import Arrival, Doors
from lifecycle.rows.grounds import EvidenceKind, Ground, Signal
from lifecycle.rows.outcomes import (
    Dest,
    Effect,
    Open,
    Put,
    Set,
)
from lifecycle.rows.periods import as_fixed, open_periods, told_by_facts
from lifecycle.rows.sources import Sources
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


@frozen(slots=False)
class TimerRule:
    """A timer: what it triggers, in which states it lives, and what follows when that is refused (D-05).

    Entering a state outside ``lives_in`` voids it, and so does whatever ends the ``waits_for`` of it: that is asked with
    a function that reads a field of the account by its name. On a refusal ``instead`` is tried; if that is refused too, or
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
    waits_for: Callable[[Callable[[str], Any]], bool] | None = None

    @functools.cached_property
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
    capabilities: Mapping[str, Capability] = field(converter=capabilities_of)
    citations: Mapping[str, str]
    facts: type[Facts] = Facts
    ways: Ways = field(factory=Ways)
    reasons: Mapping[str, Reason] = field(factory=dict)
    narrowed: Mapping[str, tuple[Guard, ...]] = field(factory=dict)
    """The further conditions under which a capability holds, where its state alone does not tell."""
    signals: Mapping[str, Signal] = field(factory=dict)
    kinds: Mapping[str, EvidenceKind] = field(factory=dict)
    """What else is known of the kinds of evidence, where a policy holds them as data."""
    benefits: tuple[Benefit, ...] = ()
    levels: tuple[Level, ...] = ()
    """The levels an account can rise through, the lowest first, at which it begins; none where there is no programme."""
    old_levels: tuple[Level, ...] = ()
    """Further levels that an account only comes with, from elsewhere or from before: no row leads there."""
    doors: Doors = field(factory=Doors)
    arrivals: tuple[Arrival, ...] = ()
    sources: Sources = field(factory=Sources)
    host: str = "the host"
    """What stories call whoever runs the accounts."""
    support: Callable[[Account, dt.datetime, Any], Mapping[str, Any]] | None = None
    """How long support takes, in words: ``takes``, ``chat_wait``, ``sale`` and the moment ``answers_by``; None untold."""
    overdue_after: tuple[str, str] | None = None
    """The periods after which an open appeal, and an escalated one, should have been answered."""
    letter: Callable[[Account, Mapping[str, Any], Any], Any] | None = None
    """Writes the letter that ends a membership from the account and particulars: its ``text`` and its ``facts``."""
    open_periods: tuple[str, ...] = field(default=(), init=False)
    """The parameters whose period is no plain number: chosen, or told by a table over facts."""
    timed: frozenset[str] = field(default=frozenset(), init=False)
    """The names of the rows that arm a timer for which facts tell how long it runs."""
    made_by: Callable[[Any], Policy] | None = field(default=None, init=False)
    """Makes the same policy under other parameters; without it, nobody can change a value of one that is made.

    A copy with other rows does not keep it: it would be made without them.
    """
    usual: Any = field(default=None, init=False)
    """The parameters it is made with where nobody says otherwise."""
    address: str | None = field(default=None, init=False)
    """Where it can be found, as ``module:NAME``; None for the guides' own, and where nobody said."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "open_periods", open_periods(self.parameters))
        timed = (row.name for row in self.rows if told_by_facts(row.effects, self.parameters))
        object.__setattr__(self, "timed", frozenset(timed))

    def seen(self, account: Account, command: Command, row: Transition | None = None) -> Any:
        """Return the parameters as they stand for *account*, with a plain period for each that is none by itself.

        What was fixed when a timer was armed stays so, whatever the policy has become since; what *row* arms anew is told
        by *command*.
        """
        p = self.parameters
        if not self.open_periods and not account.periods:
            return p
        return as_fixed(p, self.open_periods, account, command, row.effects if row else ())

    def remade_by(self, make: Callable[[Any], Policy], usual: Any = None) -> Policy:
        """Return this policy, and know from now on that *make* makes it of parameters, by default of those *usual*."""
        object.__setattr__(self, "made_by", make)
        kind: Any = type(self.parameters)
        object.__setattr__(self, "usual", usual if usual is not None else _usual(kind))
        return self

    def found_at(self, address: str) -> Policy:
        """Return this policy, and know from now on where it can be found."""
        object.__setattr__(self, "address", address)
        return self

    def changed(self, values: Mapping[str, Any]) -> Policy:
        """Return this policy with these *values* of its parameters.

        Raises:
            BadParameters: values no policy can be made with.
            BadRequest: nobody said how this policy is made.
        """
        if not values:
            return self
        if self.made_by is None:
            raise BadRequest(f'the policy "{self.name}" does not say how it is made with other parameters')
        made = self.made_by(attrs.evolve(self.parameters, **values))
        return made if self.address is None else made.found_at(self.address)

    @functools.cached_property
    def opening(self) -> str | None:
        """The trigger that opens an account: that of the rows without a source. None if there is none."""
        return next((row.trigger for row in self.rows if not row.source), None)

    @functools.cached_property
    def states(self) -> Mapping[str, tuple[AnyState, ...]]:
        """Every state of each machine, in the order in which they are told; the level machine has those named here."""
        return {**FIXED, "level": (*self.levels, *self.old_levels)}

    @functools.cached_property
    def named(self) -> Mapping[str, AnyState]:
        """Every state of every machine by its name; no two share one."""
        return {state.value: state for states in self.states.values() for state in states}

    def of(self, machine: str) -> tuple[Transition, ...]:
        """Return the rows of one machine: account, membership or level."""
        return tuple(row for row in self.rows if row.machine == machine)

    def allows(self, capability: str, account: Account, command: Command) -> Allowance:
        """Return whether *account* may do what *capability* names: by the table, and under its further conditions.

        *command* carries the time and the facts that those read; nothing is submitted.

        Raises:
            KeyError: no capability is called so.
            FactMissing: a condition needs a fact the command does not carry.
        """
        return allowance(self, capability, account, command)

    @functools.cached_property
    def sure(self) -> Mapping[str, Mapping[State, bool]]:
        """For each capability the states that alone tell whether it is open, at any time and whatever else holds."""
        return {
            name: {state: told for state in State if (told := self._sure(capability, state)) is not None}
            for name, capability in self.capabilities.items()
        }

    def _sure(self, capability: Capability, state: State) -> bool | None:
        told = capability.sure_in(state)
        return None if told and self.narrowed.get(capability.name) else told

    @functools.cached_property
    def _by_trigger(self) -> Mapping[str, tuple[Transition, ...]]:
        return {trigger: tuple(row for row in self.rows if row.trigger == trigger) for trigger in self.triggers}

    def rows_of(self, trigger: str) -> tuple[Transition, ...]:
        """Return the rows of *trigger*, in policy order; none where there is no such trigger."""
        return self._by_trigger.get(trigger, ())

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the order of the rows."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows))


@functools.cache
def _usual(kind: Any) -> Any:
    """The parameters of this class as they are if nobody says otherwise."""
    return kind()


def version_under(version: str, parameters: Any, usual: Any = None) -> str:
    """Return the version that an event records; with other values than the *usual* ones it tells which, in six digits."""
    kind = type(parameters)
    if not attrs.has(kind):
        return version
    usual = usual if usual is not None else _usual(kind)
    held = {name: (getattr(parameters, name), getattr(usual, name)) for name in sorted(attrs.fields_dict(kind))}
    changes = [(name, repr(is_so)) for name, (is_so, was) in held.items() if is_so is not was and is_so != was]
    return f"{version}+{sha256(repr(changes).encode()).hexdigest()[:6]}" if changes else version
