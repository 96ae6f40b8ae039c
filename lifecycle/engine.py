"""The lean engine: `transitions`' own `Machine` through its own class hooks, with the same answers at less cost.

Stock spends most of an attempt on log calls that are filtered out, on chaining empty callback lists, and on looking up
states it has in hand. Each class below does what its parent does and skips only that. Everything else is inherited:
string callbacks, prepare, before, after, finalize, on_exception, queues, internal transitions, final states.

Knows how `transitions` moves a model. Does not know what an account is. The log lines of the parent appear only where
a callback runs; nothing here relies on them.
"""

# ruff: noqa: SLF001 - the parent keeps its callback lists behind properties; reading them directly is part of the gain
from __future__ import annotations

import itertools
from typing import Any, cast

import transitions
from transitions import EventData
from transitions.core import Condition

# A union is made anew each time it is written in a call.
_SEVERAL = (list, tuple)


class LeanState(transitions.State):
    """A state whose name and value are read without asking what kind of thing they are."""

    name: Any = None
    value: Any = None

    def __init__(self, name: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        # Whatever is no text goes by its name, as the members of an enum do.
        self.name = getattr(name, "_name_", name)
        self.value = name

    def enter(self, event_data: EventData) -> None:
        """Run the callbacks of entering, if there are any."""
        if self.on_enter:
            super().enter(event_data)

    def exit(self, event_data: EventData) -> None:
        """Run the callbacks of leaving, if there are any."""
        if self.on_exit:
            super().exit(event_data)


class LeanCondition(Condition):
    """A condition that calls a callable directly; a name is resolved as the parent does."""

    def check(self, event_data: EventData) -> bool:
        """Whether the condition holds."""
        func = self.func
        if event_data.machine.send_event and callable(func):
            return bool(func(event_data) == self.target)
        return bool(super().check(event_data))


class LeanTransition(transitions.Transition):
    """A transition that touches a callback list only if something is in it."""

    condition_cls = LeanCondition

    def execute(self, event_data: EventData) -> bool:
        """Take the transition if its conditions hold; return whether it was taken."""
        machine = event_data.machine
        if self.prepare:
            machine.callbacks(self.prepare, event_data)
        for condition in self.conditions:
            if not condition.check(event_data):
                return False
        if machine._before_state_change or self.before:
            machine.callbacks(itertools.chain(machine._before_state_change, self.before), event_data)
        if self.dest:
            self._change_state(event_data)
        if self.after or machine._after_state_change:
            machine.callbacks(itertools.chain(self.after, machine._after_state_change), event_data)
        return True

    def _change_state(self, event_data: EventData) -> None:
        machine = event_data.machine
        (machine.states.get(self.source) or machine.get_state(self.source)).exit(event_data)
        # Only a transition with a destination comes here.
        name = cast("str", self.dest)
        dest = machine.states.get(name) or machine.get_state(name)
        machine.set_state(dest, event_data.model)
        event_data.state = dest
        dest.enter(event_data)
        if dest.final:
            machine.callbacks(machine._on_final, event_data)


class LeanEvent(transitions.Event):
    """A trigger that runs at once when nothing is queued, without building a call to run later."""

    def trigger(self, model: Any, *args: Any, **kwargs: Any) -> bool:
        """Try the transitions of the model's state in order; return whether one was taken."""
        machine = self.machine
        if machine._queued or machine._transition_queue:
            return bool(super().trigger(model, *args, **kwargs))
        return self._trigger(EventData(None, self, machine, model, args, kwargs))

    def _trigger(self, event_data: EventData) -> bool:
        machine = self.machine
        if machine._on_exception or machine._finalize_event:
            return bool(super()._trigger(event_data))
        state = event_data.state = machine.get_model_state(event_data.model)
        try:
            possible = self.transitions.get(state.name)
            if possible is None:
                # It raises, unless the state or the machine says that this is to be ignored.
                return bool(self._is_valid_source(state))
            if machine._prepare_event:
                machine.callbacks(machine._prepare_event, event_data)
            for transition in possible:
                event_data.transition = transition
                if transition.execute(event_data):
                    event_data.result = True
                    return True
        except BaseException as error:
            # A callback may have kept the data of the event, and look there later.
            event_data.error = error  # type: ignore[assignment] # the parent keeps interrupts there too
            raise
        return bool(event_data.result)


class LeanMachine(transitions.Machine):
    """`transitions.Machine` with the classes above; a drop-in for it."""

    state_cls = LeanState
    transition_cls = LeanTransition
    event_cls = LeanEvent

    def get_state(self, state: Any) -> transitions.State:
        """Return the state of this name or enum member.

        Raises:
            ValueError: it is not registered.
        """
        # A member of an enum of strings is a string too; it goes by its name, whatever its value is. Only members
        # have this attribute, and asking for it takes a third of what asking for their kind does.
        name: Any = state if type(state) is str else getattr(state, "_name_", None)
        return self.states.get(name) or super().get_state(state)

    def get_model_state(self, model: Any) -> transitions.State:
        """Return the state a model is in."""
        state = getattr(model, self.model_attribute)
        name: Any = getattr(state, "_name_", None)
        return self.states.get(name) or self.get_state(state)

    def set_state(self, state: Any, model: Any = None) -> None:
        """Set the state of one model; of all attached ones if none is given."""
        if model is None or isinstance(model, _SEVERAL) or not isinstance(state, transitions.State):
            super().set_state(state, model)
        else:
            setattr(model, self.model_attribute, state.value)
