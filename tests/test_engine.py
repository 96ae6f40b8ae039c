"""The lean engine and the stock one, held against the same expectations: every test here runs on both."""

from __future__ import annotations

import enum
import logging
import pickle
from typing import Any

import pytest
from transitions import EventData, Machine, MachineError, State

from lifecycle.engine import LeanEvent, LeanMachine, LeanState, LeanTransition

PLACES = ("prepare_event", "prepare", "conditions", "unless", "before_state_change", "before", "on_exit")
AFTERWARDS = ("on_enter", "on_final", "after", "after_state_change")
ON_MACHINE = ("prepare_event", "before_state_change", "after_state_change", "finalize_event", "on_final")


@pytest.fixture(params=[Machine, LeanMachine])
def cls(request):
    """The stock machine, then the lean one."""
    return request.param


class Colour(enum.Enum):
    """States as an enum."""

    RED = "red"
    GREEN = "green"


class Swapped(enum.StrEnum):
    """An enum of strings in which each value is another member's name."""

    A = "B"
    B = "A"


class Model:
    """Something with a state, a journal, and callbacks known by their names."""

    prop_true, prop_false = True, False

    def __init__(self, state: Any = "A") -> None:
        self.state = state
        self.journal: list[Any] = []

    def note(self, *args: Any, **kwargs: Any) -> None:
        """Write down what it was called with."""
        self.journal.append((args, kwargs))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("say_"):
            return lambda *args, **kwargs: self.journal.append((name[4:], self.state))
        raise AttributeError(name)


def machine(cls, *rows: dict[str, Any], states: Any = ("A", "B"), **settings: Any) -> Any:
    """A machine nothing is attached to, with a row from A to B for the trigger ``go`` unless others are given."""
    settings = {"auto_transitions": False, "initial": None} | settings
    made = cls(model=None, states=list(states), **settings)
    for row in rows or ({},):
        made.add_transition(**{"trigger": "go", "source": "A", "dest": "B", **row})
    return made


def go(made: Any, model: Any, *args: Any, trigger: str = "go", **kwargs: Any) -> Any:
    """Fire a trigger."""
    return made.events[trigger].trigger(model, *args, **kwargs)


def everywhere(cls, **extra: Any) -> Any:
    """A machine with a callback, known by its name, in every place there is."""
    a, b = State("A", on_exit="say_on_exit"), State("B", on_enter="say_on_enter", final=True)
    row = {place: f"say_{place}" for place in ("prepare", "before", "after")}
    row |= {"conditions": "prop_true", "unless": "prop_false"}
    return machine(cls, row, states=(a, b), **({name: f"say_{name}" for name in ON_MACHINE} | extra))


def test_the_lean_machine_uses_its_own_classes() -> None:
    """States, transitions and events of a lean machine are lean, so the tests below test them."""
    made = machine(LeanMachine)
    event = made.events["go"]
    assert type(made.get_state("A")) is LeanState
    assert type(event) is LeanEvent
    assert type(event.transitions["A"][0]) is LeanTransition


def test_callbacks_run_in_their_order(cls) -> None:
    """Every place of a callback is visited once, in the order that the package documents, in the state of its time."""
    model = Model()
    assert go(everywhere(cls), model) is True
    before = ["prepare_event", "prepare", "before_state_change", "before", "on_exit"]
    after = ["on_enter", "on_final", "after", "after_state_change", "finalize_event"]
    assert model.journal == [(name, "A") for name in before] + [(name, "B") for name in after]


def test_a_refusal_runs_only_what_comes_before_it(cls) -> None:
    """A condition that fails leaves the model where it is; only preparation and the end are told."""
    model = Model()
    made = machine(
        cls,
        {"prepare": "say_prepare", "conditions": "prop_false", "before": "say_before", "after": "say_after"},
        prepare_event="say_prepare_event",
        finalize_event="say_finalize_event",
    )
    assert go(made, model) is False
    assert model.journal == [("prepare_event", "A"), ("prepare", "A"), ("finalize_event", "A")]


@pytest.mark.parametrize("send_event", [True, False])
@pytest.mark.parametrize("place", ["prepare", "conditions", "unless", "before", "after"])
def test_what_a_callback_is_given(cls, send_event: bool, place: str) -> None:
    """With send_event a callback is given the data of the event, without it what the trigger was given."""
    model, seen = Model(), []

    def callback(*args: Any, **kwargs: Any) -> bool:
        seen.append((args, kwargs))
        return place != "unless"

    assert go(machine(cls, {place: callback}, send_event=send_event), model, 7, why="so") is True
    ((args, kwargs),) = seen
    if send_event:
        (data,) = args
        assert isinstance(data, EventData)
        assert (data.args, data.kwargs, data.model, kwargs) == ((7,), {"why": "so"}, model, {})
    else:
        assert (args, kwargs) == ((7,), {"why": "so"})


@pytest.mark.parametrize("send_event", [True, False])
@pytest.mark.parametrize(
    ("place", "answer", "taken"),
    [
        ("conditions", True, True),
        ("conditions", 1, True),
        ("conditions", "yes", False),
        ("conditions", None, False),
        ("unless", False, True),
        ("unless", 0, True),
        ("unless", None, False),
        ("unless", True, False),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_answers_of_conditions(cls, send_event: bool, place: str, answer: Any, taken: bool, named: bool) -> None:
    """An answer counts only if it equals what is wanted, whether the condition is a function or a name of the model."""
    model = Model()
    model.ask = answer
    asked = "ask" if named else lambda *args: answer
    assert go(machine(cls, {place: asked}, send_event=send_event), model, *([3] * named)) is taken
    assert model.state == ("B" if taken else "A")


def test_a_condition_by_its_path(cls) -> None:
    """A name the model does not know is imported; one nobody knows is an error that names it."""
    assert go(machine(cls, {"conditions": "operator.truth"}), Model(), 1) is True
    with pytest.raises(AttributeError, match=r"nowhere\.at_all"):
        go(machine(cls, {"conditions": "nowhere.at_all"}), Model())


def test_conditions_stop_at_the_first_that_fails(cls) -> None:
    """Later conditions are not asked; the next row of the same trigger is tried instead."""
    asked: list[str] = []

    def answers(name: str, answer: bool) -> Any:
        return lambda: asked.append(name) or answer

    rows = (
        {"conditions": [answers("first", True), answers("second", False), answers("third", True)]},
        {"dest": "C", "unless": answers("fourth", False)},
        {"dest": "A", "conditions": answers("fifth", True)},
    )
    model = Model()
    assert go(machine(cls, *rows, states="ABC"), model) is True
    assert (model.state, asked) == ("C", ["first", "second", "fourth"])


def test_internal_reflexive_and_wildcard_rows(cls) -> None:
    """A row without destination runs no callbacks of the state; one to the same state does; a star is every state."""
    states = [State("A", on_exit="say_exit", on_enter="say_enter"), "B"]
    rows = (
        {"dest": None, "after": "say_after"},
        {"trigger": "again", "dest": "=", "after": "say_after"},
        {"trigger": "home", "source": "*", "dest": "A"},
    )
    made, model = machine(cls, *rows, states=states), Model()
    assert go(made, model) is True
    assert model.journal == [("after", "A")]
    assert go(made, model, trigger="again") is True
    assert model.journal[1:] == [("exit", "A"), ("enter", "A"), ("after", "A")]
    other = Model("B")
    assert go(made, other, trigger="home") is True
    assert other.state == "A"


def test_the_data_of_an_event(cls) -> None:
    """The data name the event, the row and the state of their time, and at the end the result."""
    seen: list[Any] = []

    def look(data: EventData) -> None:
        row = data.transition and (data.transition.source, data.transition.dest)
        seen.append((data.event.name, data.state.name, row, data.result, data.error, data.machine is made))

    row = {"prepare": look, "before": look, "after": look}
    made = machine(cls, row, send_event=True, prepare_event=look, finalize_event=look)
    go(made, Model())
    moved = ("A", "B")
    assert seen == [
        ("go", "A", None, False, None, True),
        ("go", "A", moved, False, None, True),
        ("go", "A", moved, False, None, True),
        ("go", "B", moved, False, None, True),
        ("go", "B", moved, True, None, True),
    ]


@pytest.mark.parametrize("place", [*PLACES, *AFTERWARDS])
def test_an_error_in_any_callback(cls, place: str) -> None:
    """An error leaves the model moved or not, as its place has it; it is raised as it is and kept with the event."""
    kept: list[EventData] = []

    def fail(data: EventData) -> bool:
        kept.append(data)
        raise KeyError(place)

    a, b = State("A"), State("B", final=True)
    made = machine(cls, {}, states=(a, b), send_event=True)
    if place in ON_MACHINE:
        setattr(made, place, fail)
    elif place in ("on_enter", "on_exit"):
        (b if place == "on_enter" else a).add_callback(place.removeprefix("on_"), fail)
    else:
        made.remove_transition("go")
        made.add_transition("go", "A", "B", **{place: fail})
    model = Model()
    with pytest.raises(KeyError, match=place) as caught:
        go(made, model)
    assert model.state == ("B" if place in AFTERWARDS else "A")
    assert kept[0].error is caught.value
    assert kept[0].result is False


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_on_exception_swallows(cls, error: BaseException) -> None:
    """With on_exception nothing is raised, an interrupt neither; the result says False and the model stays moved."""
    seen: list[Any] = []

    def fail(data: EventData) -> None:
        raise error

    handler = lambda data: seen.append((data.error, data.model.state))  # noqa: E731
    made = machine(cls, {"after": fail}, send_event=True, on_exception=handler)
    model = Model()
    assert go(made, model) is False
    assert seen == [(error, "B")]
    assert go(made, model) is False
    assert isinstance(seen[1][0], MachineError)


@pytest.mark.parametrize("error", [ValueError("late"), KeyboardInterrupt()])
def test_errors_of_finalize_are_swallowed(cls, error: BaseException, caplog) -> None:
    """What finalize_event raises is logged and forgotten, also when the event itself had failed."""

    def fail(*args: Any) -> None:
        raise error

    model = Model()
    assert go(machine(cls, finalize_event=fail), model) is True
    assert "While executing finalize callbacks" in caplog.text
    with pytest.raises(MachineError):
        go(machine(cls, finalize_event=fail), Model("B"))


@pytest.mark.parametrize("on_state", [True, False])
def test_invalid_triggers(cls, on_state: bool, caplog) -> None:
    """A trigger the state does not know raises, or is logged and answered False if machine or state say so."""
    with pytest.raises(MachineError, match="shop: Can't trigger event go from state B!"):
        go(machine(cls, name="shop"), Model("B"))
    lax = {"ignore_invalid_triggers": True}
    made = machine(cls, states=["A", State("B", **lax)]) if on_state else machine(cls, **lax)
    with caplog.at_level(logging.WARNING):
        assert go(made, Model("B")) is False
    assert "Can't trigger event go from state B!" in caplog.text


def test_a_strict_state_of_a_lax_machine(cls) -> None:
    """What a state says of invalid triggers goes before what its machine says."""
    strict = State("B", ignore_invalid_triggers=False)
    with pytest.raises(MachineError):
        go(machine(cls, states=["A", strict], ignore_invalid_triggers=True), Model("B"))


def test_a_machine_can_be_pickled(cls) -> None:
    """A machine comes back from pickling and works on."""
    model = Model()
    assert go(pickle.loads(pickle.dumps(machine(cls, {"before": "say_before"}))), model) is True
    assert (model.state, model.journal) == ("B", [("before", "A")])
