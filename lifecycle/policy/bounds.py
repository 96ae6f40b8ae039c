"""Periods that are chosen: each row that arms a timer after one asks that the choice lies within its bounds.

There is none by default. Knows no period: whichever the parameters leave to a choice is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from lifecycle.calendar import spoken
from lifecycle.lengths import Chosen
from lifecycle.model import Account, Command
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import named_in
from lifecycle.rows import Guard, StartTimer, Transition, bounds_of


def guards(p: Parameters) -> tuple[Guard, ...]:
    """Return the guard of each period that is chosen under *p*."""
    return tuple(bounds(p).values())


def bounds(p: Parameters) -> Mapping[str, Guard]:
    """Return the guard of each period that is chosen, by the name of the period."""
    found = ((each.name, vars(p)[each.name], each.cites) for each in named_in(type(p)))
    return MappingProxyType(
        {name: _within(name, length, cites) for name, length, cites in found if isinstance(length, Chosen)}
    )


@functools.cache
def _within(name: str, chosen: Chosen, cites: tuple[str, ...]) -> Guard:
    fact, limit = chosen.fact, f"{spoken(chosen.least)} to {spoken(chosen.most)}"

    def test(account: Account, command: Command, p: Parameters) -> bool:
        count = getattr(command.facts, fact)
        return count is None or chosen.allows(count)

    return Guard(
        name=bounds_of(name),
        sentence=f"The {name.replace('_', ' ')} that is chosen lies within its bounds.",
        otherwise=f"Choose {limit}, counted in {chosen.unit}, or nothing: then it is {spoken(chosen.usual)}.",
        test=test,
        needs=(fact,),
        cites=(*cites, "periods"),
        sees=lambda account, command, p: {fact: getattr(command.facts, fact)},
        limit=lambda account, command, p: limit,
    )


def bounded(row: Transition, p: Parameters) -> Transition:
    """Return *row* with a guard for each chosen period after which it arms a timer."""
    paths = dict.fromkeys(effect.after for effect in row.effects if isinstance(effect, StartTimer) and effect.after)
    chosen = {path: length for path in paths if isinstance(length := vars(p).get(path), Chosen)}
    guards = bounds(p) if chosen else {}
    asked = tuple(guards[path] for path in chosen)
    return attrs.evolve(row, guards=(*row.guards, *asked)) if asked else row
