"""What a plan may count on: steps that somebody would willingly take, how long they take, what to bring, and advice.

Knows the shape of a step and of an advice. Does not know any of them, and does not search: `lifecycle.plan` does.
Whether a step may be taken is said by its row alone; nothing here repeats a guard.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import attrs
from attrs import field, frozen

from lifecycle.calendar import BusinessDays, Period
from lifecycle.lengths import Length, told
from lifecycle.model import Account, State

if TYPE_CHECKING:
    from lifecycle.rows.grounds import Ground

About = Callable[[Account, Any], Any]
"""A function of the account and the parameters."""

JUST_NOW = object()
"""Stands for the moment at which a step is taken, where a fact has to turn out so."""


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@frozen
class Takes:
    """How long a step usually takes: a least and a most; no time at all where both are left out.

    While a large sale keeps support busy, ``crowded`` replaces the least time, and where it ``slows`` the most grows.
    ``since`` is when the time began to run, if it runs already. Where nobody ``told`` how long it takes, no date is
    given for it nor for what follows.
    """

    least: Period | None = None
    most: Period | None = None
    crowded: Period | None = None
    slows: bool = False
    since: dt.datetime | None = None
    told: bool = True


@frozen
class Step:
    """One trigger that leads somebody to where they want to be.

    ``says`` is what to do, in words for the holder. ``towards`` lists the states it is a way to, or
    tells them of the parameters. ``brings`` returns
    the kinds of evidence to hand in, ``odds`` in how many of a hundred cases it ends well, if anybody told. ``chooses``
    are facts that whoever takes it decides on: values, or functions of account and parameters. A step that ``waits``
    happens by itself when its timer is due. A ``rare`` one is nobody's right, and no way builds on it further on. A
    ``door`` that is shut is told, with its reasons. Where ``while_in`` names states, it is a way in no other.
    """

    trigger: str
    says: str
    towards: tuple[State, ...] | Callable[[Any], tuple[State, ...]]
    cites: tuple[str, ...]
    takes: Callable[[Account, Any], Takes] = lambda account, p: Takes()
    brings: About = lambda account, p: ()
    odds: Callable[[Account, Any], int | None] = lambda account, p: None
    chooses: Mapping[str, Any] = field(factory=_empty)
    while_in: tuple[State, ...] = ()
    waits: bool = False
    rare: bool = False
    door: bool = True

    def leads_to(self, to: State, p: Any) -> bool:
        """Whether it is a way to *to* under the parameters *p*."""
        return to in (self.towards(p) if callable(self.towards) else self.towards)


@frozen
class Situation:
    """Everything that decides which advice is given. ``triggers`` are those of the ways that are open.

    ``reason`` is why the holder leaves, as far as it is known.
    """

    account: Account
    to: State
    at: dt.datetime
    p: Any
    ground: Ground | None
    triggers: frozenset[str]
    sale_at: dt.datetime | None = None
    peak: bool = False
    reason: str | None = None

    def stands(self, *states: State) -> bool:
        """Whether the account is in one of these states."""
        return self.account.state in states

    def about(self, *grounds: str) -> bool:
        """Whether it is restricted, or warned, on one of these grounds."""
        return self.ground is not None and self.ground.name in grounds


@frozen
class Advice:
    """One thing to do, to avoid, or to know, and why. ``kind`` is ``do``, ``avoid`` or ``know``.

    It is given where ``when`` holds: beside each step of ``steps`` in the ways that are open or, if it names none,
    with the plan as a whole. A parameter in braces is replaced by its value in words.
    """

    name: str
    kind: str
    says: str
    cites: tuple[str, ...]
    why: str = ""
    when: Callable[[Situation], bool] = lambda situation: True
    steps: tuple[str, ...] = ()


class Weighing(Protocol):
    """Conduct on file that weighs against an account: what it was, and what says so."""

    @property
    def says(self) -> str:
        """What was done, as part of a sentence."""

    @property
    def cites(self) -> tuple[str, ...]:
        """What it rests on."""


@frozen(eq=False)
class Ways:
    """What the planner may count on. A policy that names no steps offers no ways.

    ``targets`` are the states somebody may want to be in. ``strikes`` are the kinds of conduct that weigh against an
    account, ``outlook`` names how the way back looks, ``outlooks`` says it in words; the first one is the ordinary. ``busy``
    tells whether a moment lies in a large sale, ``slowed_by`` names the factor by which that slows people down, if it does.
    ``hoped`` are facts that have to turn out so: values, or functions of account and parameters. A count that is not
    named has to be 0, a yes or no has to be yes, and what is dated has to have happened never, or long ago.
    """

    steps: Mapping[str, Step] = field(factory=_empty)
    targets: tuple[State, ...] = ()
    hoped: Mapping[str, Any] = field(factory=_empty)
    advice: tuple[Advice, ...] = ()
    strikes: Mapping[str, Weighing] = field(factory=_empty)
    outlook: Callable[[Account, Any], str] = lambda account, p: ""
    outlooks: Mapping[str, str] = field(factory=_empty)
    busy: Callable[[dt.datetime, Any], bool] = lambda at, p: False
    slowed_by: str | None = None


def longer(period: Period, times: int) -> Period:
    """Return *period* so many *times*."""
    return BusinessDays(period.days * times) if isinstance(period, BusinessDays) else period * times


def filled(text: str, p: Any) -> str:
    """Return *text* with each parameter in braces in words: ``6 hours``, ``40 %``, ``150``; an unknown one as its name."""
    return re.sub(r"\{(\w+)\}", lambda found: _in_words(p, found[1]), text)


def _in_words(p: Any, name: str) -> str:
    value = getattr(p, name, name.replace("_", " "))
    if isinstance(value, Length):
        return told(value)
    declared = attrs.fields_dict(type(p)).get(name) if attrs.has(type(p)) else None
    share = declared is not None and declared.metadata.get("unit") == "per cent"
    return f"{value} %" if share else str(value)
