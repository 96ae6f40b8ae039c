"""What really happened in a case, as the pictures and pages of its path tell it.

Knows the order of what happened, and which of it is numbered: every row taken and every attempt refused. Does not know
how it came about: whoever replays a case fills in a `Told`. Does not draw.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from lifecycle.cases import SUFFIX, Case, Step, slug
from lifecycle.decide import LAPSE
from lifecycle.errors import CaseError
from lifecycle.model import ACCOUNT, Actor, AnyState, Event, Refusal, machine_of


@frozen
class ToldStep:
    """One step of a case and what came of it.

    ``settled`` are the timers that went off before it, ``events`` what it did itself and what followed at the same
    instant, ``refusals`` why it was not done, ``by`` who tried. ``state`` is where the account was when it was tried;
    None where there is no account.
    """

    step: Step
    state: AnyState | None
    by: Actor | None = None
    settled: tuple[Event, ...] = ()
    events: tuple[Event, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@frozen
class Happening:
    """One thing that happened: an event, an attempt that was refused, or what a step only tells.

    ``number`` is the one in the picture; 0 for what is not drawn. ``step`` is the step of the case that says so, None
    for what happened by itself. ``follows`` marks what followed from the happening before it at the same instant.
    """

    at: dt.datetime
    source: AnyState | None
    dest: AnyState | None
    trigger: str = ""
    by: Actor | None = None
    event: Event | None = None
    refusals: tuple[Refusal, ...] = ()
    step: Step | None = None
    follows: bool = False
    number: int = 0

    @property
    def actor(self) -> Actor:
        """Who acted.

        Raises:
            ValueError: nobody did.
        """
        if self.by is None:
            raise ValueError("nobody acted")
        return self.by


@frozen
class Told:
    """A case that was replayed, and what came of each of its steps. ``account`` is the id it was replayed under."""

    case: Case
    steps: tuple[ToldStep, ...]
    account: str

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """Everything that happened, in order; what a picture shows is numbered from 1."""
        found: list[Happening] = []
        number = 0
        for step in self.steps:
            for one in _happenings(step):
                drawn = bool(one.refusals) or (one.event is not None and one.trigger != LAPSE)
                number += drawn
                found.append(evolve(one, number=number if drawn else 0))
        return tuple(found)

    @property
    def drawn(self) -> tuple[Happening, ...]:
        """The happenings that are numbered."""
        return tuple(one for one in self.happenings if one.number)

    @property
    def machines(self) -> tuple[str, ...]:
        """The machines in which something is drawn, in the order of their first happening; at least one."""
        found = (machine_of(state) for one in self.drawn for state in (one.source or one.dest,) if state)
        return tuple(dict.fromkeys(found)) or (ACCOUNT,)

    @property
    def begins(self) -> AnyState | None:
        """The state in which what is drawn begins."""
        return self.states(self.machines[0])[0]

    def states(self, machine: str) -> tuple[AnyState | None, ...]:
        """Return the states the account went through in *machine*, from the one it began in."""
        here = [one for one in self.drawn if _within(machine, one)]
        first = self.case.starts if machine == ACCOUNT else here[0].source
        return (first, *(one.dest for one in here if one.dest is not one.source))

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows taken, each once, in order."""
        return tuple(dict.fromkeys(one.event.row for one in self.drawn if one.event is not None))


def _within(machine: str, one: Happening) -> bool:
    state = one.source or one.dest
    return (ACCOUNT if state is None else machine_of(state)) == machine


def _happenings(told: ToldStep) -> Iterator[Happening]:
    step = told.step
    for event in told.settled:
        yield Happening(event.at, event.source, event.dest, event.trigger, event.by, event)
    if told.refusals:
        yield Happening(step.at, told.state, told.state, step.does or "", told.by, refusals=told.refusals, step=step)
    elif told.events:
        for place, event in enumerate(told.events):
            says = step if place == 0 else None
            yield Happening(
                event.at, event.source, event.dest, event.trigger, event.by, event, step=says, follows=place > 0
            )
    else:
        yield Happening(step.at, told.state, told.state, step=step)


def files(told: Iterable[Told]) -> dict[str, tuple[Told, ...]]:
    """Return the cases file by file, under the name their pages have: ``p-05`` for ``p-05-unlock.case.toml``.

    Raises:
        CaseError: two files would share a page.
    """
    paths: dict[str, set[str]] = {}
    found: dict[str, list[Told]] = {}
    for one in told:
        name = _name(one.case)
        paths.setdefault(name, set()).add(str(one.case.path))
        found.setdefault(name, []).append(one)
    for name, several in paths.items():
        if len(several) > 1:
            raise CaseError(f'{" and ".join(sorted(several))} would share the page "{name}": rename one of them')
    return {name: tuple(found[name]) for name in sorted(found)}


def _name(case: Case) -> str:
    stem = slug(case.path.name.removesuffix(SUFFIX))
    short = re.match(r"(?:[pcd]-|g)\d+(?=-|$)", stem)
    return short[0] if short else stem


def picture_name(name: str, case: Case) -> str:
    """Return the name of a case's picture, without its ending: that of its page, numbered from the second case on."""
    return name if case.number == 1 else f"{name}.{case.number}"
