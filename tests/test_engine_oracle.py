"""The account machine beside two other engines: exported row by row, fed the same events, they must agree.

python-statemachine and sismic know nothing of this package. What they are given are the rows of the real policy, those
that move an account and those that leave it where it is. Every guard and selector answers what a script says.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import attrs
import pytest
from attrs import frozen
from sismic.interpreter import Interpreter
from sismic.model import BasicState, CompoundState, Event, Statechart
from sismic.model import Transition as Arrow
from statemachine import State as OtherState
from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Lock, Role, State, Suspension
from lifecycle.policy import policy
from lifecycle.rows import Dest, Policy, Selector, Transition

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
NONE = "none"
TRACES, LENGTH = 100, 40


@frozen
class Asked:
    """One event: who wants what, and everything that is answered meanwhile."""

    trigger: str
    role: Role
    guards: Mapping[str, bool]
    selectors: Mapping[str, str]
    lock: bool
    suspension: bool


class Ours:
    """The machine of this package, its guards and selectors answering as the script says."""

    def __init__(self, real: Policy) -> None:
        self.asked: Asked | None = None
        self.machine = AccountMachine(_scripted(real, lambda: self.asked))
        self.state: State | None = None

    @property
    def at(self) -> str:
        """The name of the state."""
        return NONE if self.state is None else self.state.value

    def take(self, asked: Asked) -> bool:
        """Whether the event is taken."""
        self.asked = asked
        lock = Lock(1, NOW, "system:rules", "x") if asked.lock else None
        suspension = Suspension(2, NOW, "reviewer:r", "x") if asked.suspension else None
        state = self.state or State.ACTIVE
        account = Account("a", int(self.state is not None), state, NOW, NOW, lock=lock, suspension=suspension)
        if not self.machine.rows_for(asked.trigger, self.state, asked.role):
            return False
        attempt = self.machine.fire(account, Command(asked.trigger, "a", Actor(asked.role, "x"), NOW))
        taken = attempt.row is not None and all(verdict.met for verdict in attempt.verdicts)
        if taken:
            self.state = attempt.state
        return taken


def _scripted(real: Policy, asked: Callable[[], Any]) -> Policy:
    """The policy, with answers from the script in place of its own."""
    selectors: dict[str, Selector] = {}

    def selector(old: Selector) -> Selector:
        read = lambda account, command, p: asked().selectors[old.name]  # noqa: E731
        return selectors.setdefault(old.name, attrs.evolve(old, read=read))

    def test(name: str) -> Callable[..., bool]:
        return lambda account, command, p: asked().guards[name]

    nothing = {"applies": lambda *_: True, "sees": lambda *_: None, "limit": lambda *_: None}
    guards = {g.name: attrs.evolve(g, test=test(g.name), earliest=lambda *_: None, **nothing) for g in real.guards}
    rows = tuple(
        attrs.evolve(
            row,
            guards=tuple(guards[g.name] for g in row.guards),
            when=tuple(attrs.evolve(w, selector=selector(w.selector)) for w in row.when),
        )
        for row in real.rows
    )
    return attrs.evolve(real, rows=rows, guards=tuple(guards.values()))


def exported(real: Policy) -> Iterator[tuple[Transition, str, str | None, str]]:
    """Every row of the account machine for each source and destination: row, source, destination or None, what decides."""
    for row in real.of("account"):
        for source in [state.value for state in row.source] or [NONE]:
            if row.dest is Dest.RELEASE:
                yield row, source, "security_locked", "asked.lock"
                yield row, source, "active", "not asked.lock"
            elif row.dest is Dest.RESTRICTION:
                yield row, source, "suspended", "asked.suspension"
                yield row, source, "security_locked", "not asked.suspension"
            else:
                yield row, source, row.dest.value if row.dest else None, "True"


def condition(row: Transition, more: str) -> str:
    """What must hold for a row, as an expression about ``asked``."""
    return " and ".join(
        [
            f"asked.role.value in {[role.value for role in row.actors]}",
            *(f"asked.selectors[{when.selector.name!r}] in {when.answers}" for when in row.when),
            *(f"asked.guards[{guard.name!r}]" for guard in row.guards),
            more,
        ]
    )


class PythonStateMachine:
    """The rows in python-statemachine."""

    def __init__(self, real: Policy) -> None:
        names = [NONE, *(state.value for state in State)]
        states = {name: OtherState(initial=name == NONE) for name in names}
        events: dict[str, Any] = {}
        for row, source, dest, more in exported(real):
            holds = self._condition(condition(row, more))
            arrow = states[source].to(states[dest or source], cond=holds, internal=dest is None)
            name = f"do_{row.trigger}"
            events[name] = events[name] | arrow if name in events else arrow
        self._machine = type("Exported", (StateMachine,), {**states, **events})()

    @staticmethod
    def _condition(text: str) -> Callable[..., bool]:
        compiled = compile(text, "row", "eval")

        def holds(asked: Asked) -> bool:
            return bool(eval(compiled, {"asked": asked}))

        return holds

    @property
    def at(self) -> str:
        """The name of the state."""
        (state,) = self._machine.configuration
        return str(state.id)

    def take(self, asked: Asked) -> bool:
        """Whether the event is taken."""
        try:
            self._machine.send(f"do_{asked.trigger}", asked=asked)
        except TransitionNotAllowed:
            return False
        return True


class Sismic:
    """The rows in sismic, which also refuses to choose between two rows that hold at once."""

    def __init__(self, real: Policy) -> None:
        chart = Statechart("account")
        chart.add_state(CompoundState("root", initial=NONE), None)
        for name in (NONE, *(state.value for state in State)):
            chart.add_state(BasicState(name), "root")
        for row, source, dest, more in exported(real):
            text = condition(row, more).replace("asked.", "event.asked.")
            chart.add_transition(Arrow(source, dest, event=row.trigger, guard=text))
        self._interpreter = Interpreter(chart)
        self._interpreter.execute()

    @property
    def at(self) -> str:
        """The name of the state."""
        return next(name for name in self._interpreter.configuration if name != "root")

    def take(self, asked: Asked) -> bool:
        """Whether the event is taken."""
        self._interpreter.queue(Event(asked.trigger, asked=asked))
        (step,) = self._interpreter.execute()
        return bool(step.transitions)


def script(real: Policy, state: State | None, dice: Random) -> Asked:
    """Mostly somebody doing something a row allows from here with most guards met, sometimes anything by anybody."""
    rows = real.of("account")
    here = [row for row in rows if (state in row.source if state else not row.source)]
    row = dice.choice(here if dice.random() < 0.8 else rows)
    willing = dice.choice((1.0, 1.0, 0.8))
    questions = {when.selector.name: when.selector for each in rows for when in each.when}
    answers = {name: dice.choice([*selector.answers]) for name, selector in questions.items()}
    if dice.random() < 0.8:
        answers |= {when.selector.name: dice.choice(when.answers) for when in row.when}
    return Asked(
        row.trigger,
        dice.choice(row.actors if dice.random() < 0.9 else [*Role]),
        {guard.name: dice.random() < willing for guard in real.guards},
        answers,
        dice.random() < 0.5,
        dice.random() < 0.5,
    )


@pytest.fixture(scope="module")
def walked() -> tuple[list[tuple[Any, ...]], Counter[str]]:
    """Every disagreement of the three engines on all traces, and what the traces have come past."""
    real, wrong, seen = policy(), [], Counter[str]()
    for trace in range(TRACES):
        dice = Random(trace)
        ours, others = Ours(real), (PythonStateMachine(real), Sismic(real))
        for number in range(LENGTH):
            asked, before = script(real, ours.state, dice), ours.at
            taken = ours.take(asked)
            seen.update([f"taken={taken}", f"in {ours.at}", *([asked.trigger] if taken else [])])
            wrong += [
                (trace, number, type(other).__name__, before, asked, taken, ours.at, other.at)
                for other in others
                if (other.take(asked), other.at) != (taken, ours.at)
            ]
    return wrong, seen


def test_three_engines_agree(walked) -> None:
    """After every event of a hundred traces, all three are in the same state and took or refused it alike."""
    wrong, seen = walked
    assert wrong == []
    assert seen["taken=True"] + seen["taken=False"] == TRACES * LENGTH


def test_the_traces_come_everywhere(walked) -> None:
    """The traces reach every state, take almost every trigger, and are refused often enough to mean something."""
    _, seen = walked
    assert all(seen[f"in {name}"] for name in (NONE, *(state.value for state in State)))
    assert min(seen["taken=True"], seen["taken=False"]) > TRACES * LENGTH // 5
    assert {row.trigger for row in policy().of("account") if not seen[row.trigger]} == set()
