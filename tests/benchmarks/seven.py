"""One small machine in every engine: seven states, twelve edges, one guard on each, walked round and round.

Knows the edges and how each engine is told of them. Every engine moves one object that exists already; nothing is
written, logged or explained. Automat has no guards by principle, so its side pays for none.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Protocol

import transitions
from benchmarks.measuring import Built, Group, Side

from lifecycle.engine import LeanMachine

STATES = ("active", "locked", "suspended", "appealing", "paused", "leaving", "gone")
EDGES = {
    "lock": ("active", "locked"),
    "unlock": ("locked", "active"),
    "suspend": ("active", "suspended"),
    "appeal": ("suspended", "appealing"),
    "grant": ("appealing", "active"),
    "reject": ("appealing", "suspended"),
    "pause": ("active", "paused"),
    "resume": ("paused", "active"),
    "leave": ("active", "leaving"),
    "delete": ("paused", "leaving"),
    "stay": ("leaving", "active"),
    "finish": ("leaving", "gone"),
}
WALK = (
    *("lock", "unlock", "suspend", "appeal", "reject", "appeal", "grant"),
    *("pause", "resume", "leave", "stay", "pause", "delete", "stay"),
)
"""Fourteen steps over every edge that leads back."""

STOCK = "stock `transitions`"
LEAN = "our engine under it, `LeanMachine`"


class Holder:
    """What is moved, where an engine does not bring its own: a state, and what the guard asks."""

    def __init__(self) -> None:
        self.state = "active"
        self.owes = 0


class Engine(Protocol):
    """An engine holding one object."""

    def fire(self, trigger: str) -> object:
        """Take one step."""

    def state(self) -> str:
        """Where the object is."""


class Shared:
    """`transitions`, stock or ours: one machine, no model attached."""

    def __init__(self, kind: type[transitions.Machine]) -> None:
        self.holder = Holder()
        self.machine = kind(model=None, states=list(STATES), initial="active", auto_transitions=False, send_event=True)
        for trigger, (source, dest) in EDGES.items():
            self.machine.add_transition(trigger, source, dest, conditions=[lambda data: data.model.owes == 0])

    def fire(self, trigger: str) -> object:
        """Fire the trigger at the object."""
        return self.machine.events[trigger].trigger(self.holder)

    def state(self) -> str:
        """The object's state."""
        return self.holder.state


class PythonStatemachine:
    """`python-statemachine`: a class with states and events; guards are bound to each instance."""

    def __init__(self) -> None:
        from statemachine import State, StateMachine

        left = {source for source, _ in EDGES.values()}
        states = {name: State(initial=name == "active", final=name not in left) for name in STATES}
        events = {t: states[source].to(states[dest], cond="owes_nothing") for t, (source, dest) in EDGES.items()}
        guard = {"owes_nothing": lambda machine: machine.owes == 0, "owes": 0}
        self.machine = type("Account", (StateMachine,), {**states, **events, **guard})()

    def fire(self, trigger: str) -> object:
        """Send the event."""
        return self.machine.send(trigger)

    def state(self) -> str:
        """The machine's state."""
        return str(next(iter(self.machine.configuration)).id)


class Sismic:
    """`sismic`: a statechart run by an interpreter; guards are Python expressions."""

    def __init__(self) -> None:
        from sismic.interpreter import Interpreter
        from sismic.model import BasicState, CompoundState, Statechart, Transition

        chart = Statechart("account", preamble="owes = 0")
        chart.add_state(CompoundState("root", initial="active"), None)
        for name in STATES:
            chart.add_state(BasicState(name), "root")
        for trigger, (source, dest) in EDGES.items():
            chart.add_transition(Transition(source, dest, event=trigger, guard="owes == 0"))
        self.machine = Interpreter(chart)
        self.machine.execute_once()

    def fire(self, trigger: str) -> object:
        """Queue the event and take one step."""
        return self.machine.queue(trigger).execute_once()

    def state(self) -> str:
        """The innermost state."""
        return str(self.machine.configuration[-1])


class Automat:
    """`automat`: typed, built once; no guards."""

    def __init__(self) -> None:
        from automat import TypeMachineBuilder

        def method(trigger: str) -> Callable[..., None]:
            def asked(self: Any) -> None:
                """Ask for a step."""

            asked.__name__ = trigger
            return asked

        methods = {trigger: method(trigger) for trigger in EDGES}
        protocol: Any = types.new_class("Asks", (Protocol,), {}, lambda body: body.update(methods))
        builder: Any = TypeMachineBuilder(protocol, Holder)
        states = {name: builder.state(name) for name in STATES}
        for trigger, (source, dest) in EDGES.items():
            states[source].upon(getattr(protocol, trigger)).to(states[dest]).returns(None)
        self.machine: Any = builder.build()(Holder())

    def fire(self, trigger: str) -> object:
        """Call the input."""
        return getattr(self.machine, trigger)()

    def state(self) -> str:
        """The state as the library's own description of itself names it."""
        return str(self.machine.__automat_transitioner__._state.name)


class DjangoFsm:
    """`django-fsm-2`: methods of a model with a state field; never saved."""

    def __init__(self) -> None:
        self.holder = _django_model()()

    def fire(self, trigger: str) -> object:
        """Call the method."""
        return getattr(self.holder, trigger)()

    def state(self) -> str:
        """The field's value."""
        return str(self.holder.state)


@functools.cache
def _django_model() -> Any:
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(DEFAULT_AUTO_FIELD="django.db.models.AutoField", INSTALLED_APPS=[])
        django.setup()
    from django.db import models
    from django_fsm import FSMField, transition

    state = FSMField(default="active")

    def method(trigger: str, source: str, dest: str) -> Any:
        def step(self: Any) -> None:
            """Take the step."""

        step.__name__ = trigger
        return transition(field=state, source=source, target=dest, conditions=[lambda holder: holder.owes == 0])(step)

    meta = type("Meta", (), {"app_label": "benchmarks"})
    methods = {trigger: method(trigger, *edge) for trigger, edge in EDGES.items()}
    body = {"__module__": __name__, "Meta": meta, "state": state, "owes": 0, **methods}
    return type("Account", (models.Model,), body)


class Fysom:
    """`fysom`: one machine for all objects, each guard a method of the object."""

    def __init__(self) -> None:
        from fysom import FysomGlobal

        events = [{"name": t, "src": s, "dst": d, "cond": "owes_nothing"} for t, (s, d) in EDGES.items()]
        self.machine: Any = FysomGlobal(initial="active", events=events, state_field="state")
        self.holder = type("Owing", (Holder,), {"owes_nothing": lambda holder, event: holder.owes == 0})()

    def fire(self, trigger: str) -> object:
        """Trigger the event on the object."""
        return getattr(self.machine, trigger)(self.holder)

    def state(self) -> str:
        """The object's state."""
        return self.holder.state


ENGINES: dict[str, Callable[[], Engine]] = {
    STOCK: functools.partial(Shared, transitions.Machine),
    LEAN: functools.partial(Shared, LeanMachine),
    "automat (has no guards)": Automat,
    "django-fsm-2 (not saved)": DjangoFsm,
    "fysom, one for all": Fysom,
    "sismic": Sismic,
    "python-statemachine": PythonStatemachine,
}


def walked(engine: Engine, rounds: int) -> None:
    """Walk round so many times."""
    for _ in range(rounds):
        for trigger in WALK:
            engine.fire(trigger)


def build(scale: float) -> Built:
    """Make every engine with its object; the slow ones walk fewer rounds."""
    sides = []
    for name, make in ENGINES.items():
        slow = 10 if name in ("sismic", "python-statemachine") else 1
        rounds = max(1, int(300 * scale) // slow)
        sides.append(Side(name, functools.partial(walked, make(), rounds), rounds * len(WALK)))
    return Built(tuple(sides))


GROUP = Group(
    name="engines",
    title="A small machine in each engine",
    says="seven states, twelve edges, one guard each; fourteen steps, nothing written or explained",
    clock="CPU",
    names=tuple(ENGINES),
    build=build,
    needs=("statemachine", "sismic", "automat", "django_fsm", "fysom"),
)
