"""What is changed, one thing at a time: a guard dropped, a role let in, a destination swapped, a parameter moved.

Knows how the shipped policy is broken. Does not know who notices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from lifecycle.calendar import BusinessDays
from lifecycle.model import Role, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import CHOICE, GUARD, Named, named_in
from lifecycle.rows import Dest, Policy, Transition

KINDS = ("guard", "actor", "destination", "parameter")


@frozen
class Mutant:
    """One broken policy. ``about`` is the row or the parameter that was changed, ``guard`` the guard it lost.

    ``cites`` are the rules behind what was changed: whoever cites them too is asked first.
    """

    kind: str
    about: str
    change: str
    build: Callable[[Parameters], Policy]
    guard: str = ""
    cites: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the list of survivors calls it."""
        return f"{self.kind} {self.about}: {self.change}"


def mutants(shipped: Policy) -> Iterator[Mutant]:
    """Yield every way in which *shipped* is broken."""
    for row in shipped.rows:
        yield from _without_a_guard(row)
        yield from _with_more_actors(row)
        yield from _elsewhere(row)
    for each in named_in(type(shipped.parameters)):
        if each.kind in (GUARD, CHOICE):
            yield from _moved(each, getattr(shipped.parameters, each.name))


def _without_a_guard(row: Transition) -> Iterator[Mutant]:
    for guard in row.guards:
        kept = tuple(other for other in row.guards if other is not guard)
        yield Mutant(
            "guard", row.name, f"without {guard.name}", _with_row(row.name, guards=kept), guard.name, row.cites
        )


def _with_more_actors(row: Transition) -> Iterator[Mutant]:
    for role in Role:
        if role not in row.actors:
            yield Mutant("actor", row.name, f"{role.value} too", _with_row(row.name, actors=(*row.actors, role)))


def _elsewhere(row: Transition) -> Iterator[Mutant]:
    """A destination becomes another state of its machine; one that is worked out becomes a plain one."""
    if row.dest is None:
        return
    states = list(policy().states[row.machine])
    if isinstance(row.dest, Dest):
        other: Any = State.DEACTIVATED
    else:
        # The next state of the machine that the row does not start from: a row may stay, but not by accident.
        place = states.index(row.dest)
        others = [*states[place + 1 :], *states[:place]]
        other = next((s for s in others if s not in row.source), others[0])
    yield Mutant("destination", row.name, f"to {other.words}", _with_row(row.name, dest=other), cites=row.cites)


def _with_row(name: str, **changed: Any) -> Callable[[Parameters], Policy]:
    """Return what builds the policy with this row changed; a guard no row uses any more goes with it."""

    def build(p: Parameters) -> Policy:
        whole = policy(p)
        rows = tuple(_changed(row, changed) if row.name == name else row for row in whole.rows)
        used = {guard.name for row in rows for guard in row.guards}
        return attrs.evolve(whole, rows=rows, guards=tuple(g for g in whole.guards if g.name in used))

    return build


def _changed(row: Transition, changed: Mapping[str, Any]) -> Transition:
    if "guards" in changed:
        kept = {guard.name for guard in changed["guards"]}
        changed = {"guards": tuple(guard for guard in row.guards if guard.name in kept)}
    return attrs.evolve(row, **changed)


def _moved(each: Named, value: Any) -> Iterator[Mutant]:
    for other in _others(each, value):
        build = _with_parameter(each.name, other)
        yield Mutant("parameter", each.name, f"{_said(value)} becomes {_said(other)}", build, cites=each.cites)


def _said(value: Any) -> str:
    return str(value.value if hasattr(value, "value") else value).replace("datetime.", "")


def _others(each: Named, value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        return
    if isinstance(value, tuple):
        yield value[1:] if value else ("something_else",)
    elif each.choices:
        yield from (choice for choice in each.choices if choice != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        if value > each.least:
            yield value - 1
    elif isinstance(value, dt.timedelta):
        yield value * 2 or dt.timedelta(days=1)
        if value:
            yield value / 2
    elif isinstance(value, BusinessDays):
        yield BusinessDays(value.days + 1)
        yield BusinessDays(value.days - 1)


def _with_parameter(name: str, value: Any) -> Callable[[Parameters], Policy]:
    def build(p: Parameters) -> Policy:
        # Whoever sets the parameter on purpose gets what was asked for.
        ours = getattr(p, name) == getattr(Parameters(), name)
        return policy(attrs.evolve(p, **{name: value}) if ours else p)

    return build
