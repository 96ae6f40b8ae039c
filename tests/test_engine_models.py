"""States, models, queues and nesting, on the lean engine and on the stock one: every test here runs on both."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from test_engine import Colour, Model, Swapped, cls, go, machine
from transitions import MachineError, State

__all__ = ["cls"]


def test_states_as_an_enum(cls) -> None:
    """A model holds the member itself, and a state is found by member and by name."""
    made = machine(cls, {"source": Colour.RED, "dest": Colour.GREEN}, states=Colour)
    model = Model(Colour.RED)
    assert go(made, model) is True
    assert model.state is Colour.GREEN
    found = made.get_state(Colour.RED)
    assert made.get_state("RED") is found
    assert (found.name, found.value) == ("RED", Colour.RED)


def test_states_as_an_enum_of_strings(cls) -> None:
    """A member of an enum of strings goes by its name, though its value may be the name of another."""
    made = machine(cls, {"source": Swapped.A, "dest": Swapped.B}, states=Swapped)
    assert made.get_state(Swapped.A).value is Swapped.A
    model = Model(Swapped.A)
    assert go(made, model) is True
    assert model.state is Swapped.B
    with pytest.raises(MachineError):
        go(made, model)


def test_a_model_may_hold_the_name_of_a_member(cls) -> None:
    """A state loaded as text is understood, and becomes a member with the first move."""
    made = machine(cls, {"source": "RED", "dest": "GREEN"}, states=Colour)
    model = Model("RED")
    assert go(made, model) is True
    assert model.state is Colour.GREEN


class Odd(enum.Enum):
    """An enum no machine here was built with."""

    ONE = 1


@pytest.mark.parametrize("state", ["C", Odd.ONE, None, 3, State("A"), object()])
def test_a_state_that_is_not_registered(cls, state: Any) -> None:
    """What is no state of the machine is a ValueError that names it; also where a state without a name exists."""
    made = machine(cls, states=["A", "B", State("")])
    shown = state.name if isinstance(state, enum.Enum) else str(state)
    with pytest.raises(ValueError, match="is not a registered state") as caught:
        made.get_state(state)
    assert shown in str(caught.value)
    with pytest.raises(ValueError, match="is not a registered state"):
        go(made, Model(state))


def test_states_that_are_no_text(cls) -> None:
    """A state may be named by a number."""
    made = machine(cls, {"source": 1, "dest": 2}, states=[State(1), State(2)])
    model = Model(1)
    assert go(made, model) is True
    assert model.state == 2


def test_a_destination_that_was_never_registered(cls) -> None:
    """It is found out when fired: the source has been left by then, and the model has not moved."""
    model = Model()
    made = machine(cls, {"dest": "X"}, states=[State("A", on_exit="say_exit"), "B"])
    with pytest.raises(ValueError, match="'X' is not a registered state"):
        go(made, model)
    assert (model.state, model.journal) == ("A", [("exit", "A")])


def test_another_attribute_for_the_state(cls) -> None:
    """The state may live in an attribute of another name."""
    made = machine(cls, model_attribute="mood")
    model = Model()
    model.mood = "A"
    assert go(made, model) is True
    assert (model.mood, model.state) == ("B", "A")


def test_a_missing_attribute(cls) -> None:
    """A model without the attribute is an AttributeError, whatever is registered for errors."""
    made = machine(cls, on_exception=lambda: None, finalize_event=lambda: None)
    with pytest.raises(AttributeError, match="state"):
        go(made, object())


@pytest.mark.parametrize("several", [True, False])
def test_attached_models(cls, several: bool) -> None:
    """Attached models get the initial state, triggers, checks of their state, and callbacks by convention."""

    class Attached(Model):
        def on_enter_B(self) -> None:  # noqa: N802 - the package's convention
            self.journal.append("entered B")

    models = [Attached("nowhere") for _ in range(1 + several)]
    made = machine(cls, initial="A")
    made.add_model(models if several else models[0])
    first = models[0]
    assert (first.state, first.is_A(), first.may_go()) == ("A", True, True)
    assert made.dispatch("go") is True
    assert all(model.journal == ["entered B"] for model in models)
    assert (first.may_go(), first.is_B()) == (False, True)
    made.set_state("A")
    assert [model.state for model in models] == ["A"] * len(models)
    made.set_state("B", [first])
    assert first.state == "B"
    made.remove_model(models)
    assert made.models == []


def test_automatic_and_ordered_transitions(cls) -> None:
    """A trigger to every state and one that walks through all of them are made on request."""
    model = Model()
    made = cls(model, states=["A", "B", "C"], initial="A", ordered_transitions=True)
    assert (model.to_C(), model.state) == (True, "C")
    assert (model.next_state(), model.state) == (True, "A")
    assert [(row.source, row.dest) for row in made.get_transitions("next_state", "B")] == [("B", "C")]
    assert made.get_triggers("A") == ["to_A", "to_B", "to_C", "next_state"]


def test_may_trigger_asks_and_does_not_move(cls) -> None:
    """Asking runs preparation and conditions, and nothing else."""
    model = Model()
    made = machine(cls, {"prepare": "say_prepare", "conditions": "prop_true", "before": "say_before"}, initial="A")
    made.add_model(model)
    assert model.may_go() is True
    assert (model.state, model.journal) == ("A", [("prepare", "A")])


def test_on_final_is_only_for_final_states(cls) -> None:
    """Arriving in a final state is told once; arriving elsewhere is not."""
    rows = ({}, {"trigger": "end", "source": "B", "dest": "C"})
    made = machine(cls, *rows, states=["A", "B", State("C", final=True)], on_final="say_final")
    model = Model()
    go(made, model)
    assert model.journal == []
    go(made, model, trigger="end")
    assert model.journal == [("final", "C")]


def nested(cls, **settings: Any) -> tuple[Any, Model, list[Any]]:
    """A machine whose callback, before A is left, fires on from B; and what the nested call answered."""
    model, answers = Model(), []

    def fire() -> None:
        answers.append(go(made, model, trigger="on"))

    rows = ({"before": fire, "after": "say_after_go"}, {"trigger": "on", "dest": "C", "after": "say_after_on"})
    rows += ({"trigger": "on", "source": "B", "dest": "D", "after": "say_after_on"},)
    made = machine(cls, *rows, states="ABCD", **settings)
    return made, model, answers


def test_a_nested_trigger_runs_at_once(cls) -> None:
    """Without a queue the inner event is done before the outer one goes on, which then has the last word."""
    made, model, answers = nested(cls)
    assert go(made, model) is True
    assert answers == [True]
    assert (model.state, model.journal) == ("B", [("after_on", "C"), ("after_go", "B")])


def test_a_nested_trigger_is_queued(cls) -> None:
    """With a queue the inner event answers True at once and runs after the outer one."""
    made, model, answers = nested(cls, queued=True)
    assert go(made, model) is True
    assert answers == [True]
    assert (model.state, model.journal) == ("D", [("after_go", "B"), ("after_on", "D")])


def test_a_queue_answers_true_to_a_refusal(cls) -> None:
    """With a queue every answer is True, a refusal too."""
    model = Model()
    assert go(machine(cls, {"conditions": "prop_false"}, queued=True), model) is True
    assert model.state == "A"


def test_a_queue_is_emptied_by_an_error(cls) -> None:
    """What waited behind an event that failed is dropped, and the machine works on."""
    model = Model()

    def fire() -> None:
        go(made, model, trigger="on")
        raise ValueError("stop")

    made = machine(cls, {"before": fire}, {"trigger": "on", "after": "say_on"}, queued=True)
    with pytest.raises(ValueError, match="stop"):
        go(made, model)
    assert (model.state, model.journal) == ("A", [])
    assert go(made, model, trigger="on") is True
    assert model.journal == [("on", "B")]


def test_a_queue_that_is_no_longer_wanted(cls) -> None:
    """Firing at once while something is queued is refused."""
    made = machine(cls)
    made._transition_queue.append(lambda: True)
    with pytest.raises(MachineError, match="synchronously"):
        go(made, Model())


def test_rows_can_be_removed_and_callbacks_added(cls) -> None:
    """A machine may be changed while it lives."""
    made = machine(cls, {}, {"source": "B", "dest": "A"})
    made.events["go"].add_callback("before", "say_before")
    made.get_state("B").add_callback("exit", "say_exit")
    model = Model("B")
    go(made, model)
    assert model.journal == [("before", "B"), ("exit", "B")]
    made.remove_transition("go", source="A")
    with pytest.raises(MachineError):
        go(made, model)
