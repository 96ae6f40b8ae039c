"""Commands, events, refusals and decisions: what is asked, and what is answered.

Knows the shape of question and answer. Does not know how one leads to the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.errors import TransitionDenied
from lifecycle.facts import Facts
from lifecycle.model.people import Actor, Evidence, listed, moment
from lifecycle.model.records import Account
from lifecycle.model.states import ACCOUNT, AnyState


@frozen(slots=False)
class Command:
    """One attempt: who asks what, when, with which evidence and facts. Everything a decision reads."""

    trigger: str
    account_id: str
    by: Actor
    at: dt.datetime = field(converter=moment)
    facts: Facts = field(factory=Facts)
    evidence: tuple[Evidence, ...] = field(default=(), converter=listed)

    def brings(self, kind: str) -> bool:
        """Whether evidence of this kind is brought along."""
        return any(e.kind == kind for e in self.evidence)


@frozen(slots=False)
class Change:
    """One thing an event did besides moving the state, as plain data.

    ``do`` is one of open, change, count, close, add, remove, put, drop, timer, stop, notify; ``name`` says which record,
    list, timer or notice; ``values`` holds JSON data only. ``evolve`` reads nothing else, so an old event
    never needs the policy that wrote it.
    """

    do: str
    name: str
    values: Mapping[str, Any] = field(factory=dict)


@frozen(slots=False)
class Event:
    """One accepted step. ``recorded_at`` may lie after ``at`` when a due timer was settled late."""

    account_id: str
    version: int
    trigger: str
    source: AnyState | None
    dest: AnyState
    by: Actor
    at: dt.datetime = field(converter=moment)
    facts: Mapping[str, Any] = field(factory=dict)
    evidence: tuple[Mapping[str, Any], ...] = ()
    changes: tuple[Change, ...] = ()
    row: str = ""
    policy: str = ""
    machine: str = ACCOUNT
    recorded_at: dt.datetime | None = field(default=None, converter=moment)

    @property
    def notices(self) -> tuple[str, ...]:
        """The names of the notices this event sends, in order."""
        return tuple(change.name for change in self.told)

    @property
    def told(self) -> list[Change]:
        """The notices this event sends, in order, with what they say."""
        return [change for change in self.changes if change.do == "notify"]

    def stamped(self, recorded_at: dt.datetime) -> Event:
        """Return this event as recorded at that moment; one that was recorded already stays as it is."""
        if self.recorded_at is not None:
            return self
        event = object.__new__(Event)
        event.__dict__.update(self.__dict__, recorded_at=moment(recorded_at))
        return event


@frozen
class Verdict:
    """What one guard says of one attempt. ``met`` is None when a fact it needs is not known.

    ``latest`` is the last moment at which it holds, told where somebody asks what may be done and time runs out.
    """

    code: str
    sentence: str
    remedy: str
    met: bool | None
    value: Any = None
    limit: Any = None
    earliest: dt.datetime | None = field(default=None, converter=moment)
    latest: dt.datetime | None = field(default=None, converter=moment)

    def refusal(self) -> Refusal:
        """This verdict as a reason why not."""
        return Refusal(self.code, self.sentence, self.remedy, self.value, self.limit, self.earliest)


@frozen
class Refusal:
    """One reason why not. ``value`` and ``limit`` are JSON data; ``earliest`` is set when time is what is missing."""

    code: str
    sentence: str
    remedy: str
    value: Any = None
    limit: Any = None
    earliest: dt.datetime | None = field(default=None, converter=moment)

    def __str__(self) -> str:
        seen = "" if self.value is None else f"  {_said(self.value)}"
        limit = "" if self.limit is None else f" (needs {_said(self.limit)})"
        when = "" if self.earliest is None else f"\n           Possible from {self.earliest:%Y-%m-%d %H:%M:%S} UTC."
        return f"  not yet: {self.sentence}{seen}{limit}{when}\n           {self.remedy}  [{self.code}]"


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {_said(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value)) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@frozen(slots=False)
class Decision:
    """The answer to a command: events, or refusals; never both, never neither.

    ``events[0]`` is the step asked for, later ones followed from it at the same instant. ``settled`` are due
    timers that were written first. ``account`` is the account afterwards.
    """

    command: Command
    account: Account
    events: tuple[Event, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    settled: tuple[Event, ...] = ()
    key: str | None = None
    repeated: bool = False
    dry_run: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the step was taken."""
        return not self.refusals

    @property
    def event(self) -> Event:
        """The event of the step asked for.

        Raises:
            TransitionDenied: there is none, because the step was refused.
        """
        self.raise_for_denial()
        return self.events[0]

    @property
    def dest(self) -> AnyState:
        """The state that what was asked for ended in, after everything that followed in the same machine."""
        self.raise_for_denial()
        machine = self.events[0].machine
        return next(event.dest for event in reversed(self.events) if event.machine == machine)

    @property
    def notices(self) -> tuple[str, ...]:
        """The names of all notices this decision sends, in order."""
        return tuple(n for e in self.events for n in e.notices)

    def raise_for_denial(self) -> Decision:
        """Return self if the step was taken.

        Raises:
            TransitionDenied: with every refusal in words.
        """
        if self.refusals:
            raise TransitionDenied(str(self), self)
        return self

    def __str__(self) -> str:
        who, what = self.command.by.role.words, self.command.trigger
        if self.allowed:
            return f"{who} may {what} account {self.command.account_id}: it becomes {self.dest.words}"
        head = f"{who} may not {what} account {self.command.account_id} now:"
        return "\n".join([head, *map(str, self.refusals)])
