"""Random machines with random callbacks, fired at random: the lean engine and the stock one do the same."""

from __future__ import annotations

import enum
import logging
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transitions import EventData, Machine, State

from lifecycle.engine import LeanMachine

NAMES = ("A", "B", "C", "D")
TRIGGERS = ("go", "turn", "back")
ANSWERS = (True,) * 9 + (False,) * 3 + (None, 1, 0, "yes", [])
ON_MACHINE = (
    "prepare_event",
    "before_state_change",
    "after_state_change",
    "finalize_event",
    "on_exception",
    "on_final",
)
DEEPEST = 3


class Members(enum.Enum):
    """The same states as an enum."""

    A = 1
    B = 2
    C = 3
    D = 4


class Crash(BaseException):
    """An error that is no Exception, as an interrupt is none."""


class Play:
    """One machine on the stage: its callbacks write a journal, and do what the script of the step says."""

    def __init__(self, cls: type[Machine], seed: int) -> None:
        dice = Random(seed)
        self.journal: list[Any] = []
        self.script = Random(0)
        self.depth = self.calls = 0
        self.kind: Any = dice.choice((str, str, Members))
        attribute = dice.choice(("state", "state", "mood"))
        self.machine = cls(
            model=None,
            states=[self._state(name, dice) for name in NAMES],
            initial=None,
            auto_transitions=dice.random() < 0.2,
            send_event=dice.random() < 0.5,
            queued=dice.random() < 0.2,
            ignore_invalid_triggers=dice.choice((None, None, True, False)),
            model_attribute=attribute,
            **{place: self._callbacks(place, dice) for place in ON_MACHINE if dice.random() < 0.3},
        )
        for number in range(dice.randint(3, 9)):
            self.machine.add_transition(
                dice.choice(TRIGGERS),
                dice.choice((*NAMES, "*")),
                dice.choice((*NAMES, "=", None)),
                **{
                    place: self._callbacks(f"{place}{number}", dice)
                    for place in ("conditions", "unless", "prepare", "before", "after")
                    if dice.random() < 0.4
                },
            )
        self.model = self._model(attribute)
        if dice.random() < 0.3:
            self.machine.add_model(self.model, initial=self.of("A"))

    def of(self, name: str) -> Any:
        """A state as this play's machine names it."""
        return name if self.kind is str else self.kind[name]

    def _state(self, name: str, dice: Random) -> State | dict[str, Any]:
        about = {
            "name": self.of(name),
            "final": dice.random() < 0.2,
            "ignore_invalid_triggers": dice.choice((None, None, True, False)),
        }
        about |= {place: self._callbacks(f"{place}_{name}", dice) for place in ("on_enter", "on_exit")}
        # Given as a state of the package, it stays one, also in the lean machine.
        return State(**about) if dice.random() < 0.2 else about

    def _callbacks(self, place: str, dice: Random) -> list[Any]:
        """Up to two callbacks, as functions or as names that the model answers to."""
        return [
            name if dice.random() < 0.3 else self.callback(name)
            for name in (f"{place}.{number}" for number in range(dice.choice((0, 1, 1, 2))))
        ]

    def _model(self, attribute: str) -> Any:
        play = self

        class Model:
            def __getattr__(self, name: str) -> Any:
                if name.endswith((".0", ".1")):
                    return play.callback(name)
                raise AttributeError(name)

        model = Model()
        setattr(model, attribute, self.of("A"))
        return model

    @property
    def at(self) -> str:
        """The name of the state the model is in."""
        return self.machine.get_model_state(self.model).name

    def callback(self, name: str) -> Any:
        """A function that notes its call, then answers, fails, or fires another trigger."""

        def called(*args: Any, **kwargs: Any) -> Any:
            self.journal.append((name, self.at, [shown(each) for each in args], kwargs))
            self.calls += 1
            chance = self.script.random()
            if chance < 0.03:
                raise self.script.choice((ValueError, Crash))(name)
            if chance < 0.10 and self.depth < DEEPEST:
                self.fire(self.script.choice(TRIGGERS), "nested")
            return self.script.choice(ANSWERS)

        return called

    def fire(self, trigger: str, *args: Any) -> None:
        """Fire a trigger and note what came of it; an error of a nested one goes through."""
        if trigger not in self.machine.events:
            return
        self.depth += 1
        try:
            result = self.machine.events[trigger].trigger(self.model, *args, why="so")
            self.journal.append(("result", trigger, self.at, result))
        finally:
            self.depth -= 1

    def step(self, seed: int) -> None:
        """Fire one trigger from outside; an error is noted."""
        self.script = Random(seed)
        trigger = self.script.choice(TRIGGERS)
        try:
            self.fire(trigger, self.script.randrange(10))
        except BaseException as error:
            self.journal.append(("error", trigger, self.at, type(error), str(error)))
            if not isinstance(error, Exception | Crash):
                raise


def shown(value: Any) -> Any:
    """What a callback was given, so that two of them can be compared."""
    if not isinstance(value, EventData):
        return value
    row = value.transition and (value.transition.source, value.transition.dest)
    return (value.event.name, value.state.name, row, value.args, value.kwargs, repr(value.error), value.result)


@pytest.fixture(autouse=True)
def _quiet():
    """A machine of the package logs what finalize_event raises; here that is wanted thousands of times."""
    logger = logging.getLogger("transitions.core")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before


@settings(max_examples=1500, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), steps=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=30))
def test_both_engines_do_the_same(seed: int, steps: list[int]) -> None:
    """Results, states, calls with what they were given, and errors are the same, one after the other."""
    stock, lean = Play(Machine, seed), Play(LeanMachine, seed)
    for step in steps:
        stock.step(step)
        lean.step(step)
        assert lean.journal == stock.journal


def test_the_random_machines_see_everything() -> None:
    """The machines above come to every kind of callback, to results of both kinds, and to errors of each kind."""
    seen: set[Any] = set()
    for seed in range(300):
        play = Play(LeanMachine, seed)
        for step in range(12):
            play.step(step)
        for name, *rest in play.journal:
            detail = {"result": rest[-1], "error": rest[2] if len(rest) > 2 else None}
            seen.add((name, detail[name]) if name in detail else name.rstrip(".01"))
    wanted = {("result", True), ("result", False), ("error", ValueError), ("error", Crash)}
    kinds = {str(name).rstrip("0123456789") for name in seen if isinstance(name, str)}
    assert wanted <= seen
    assert {*ON_MACHINE, "conditions", "unless", "prepare", "before", "after"} <= kinds
    assert {f"{place}_{name}" for place in ("on_enter", "on_exit") for name in NAMES} <= kinds
