"""The picture of a path: only the states a case visits and the rows it takes, numbered in order.

Knows how happenings fold into cards. Does not know how a card looks, and tells no story: that is
`lifecycle.diagrams.path_page`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lifecycle.cases import spoken_time
from lifecycle.diagrams.dot_text import Frame, drawing
from lifecycle.diagrams.look import CROSS, REFUSED, ROLES, Colour
from lifecycle.diagrams.mermaid_text import chart
from lifecycle.diagrams.moves import Card, Line, words_of
from lifecycle.diagrams.told import Happening, Told
from lifecycle.model import AnyState, Refusal, Role
from lifecycle.rows import Policy, Transition

_TIMES = 2
"""How many times of one line stand beside each other."""


def path_dot(told: Told, policy: Policy) -> str:
    """Return DOT text of what happened: a card for each move, dashed ones for what left the account where it was.

    A row taken twice carries both numbers. An attempt that was refused stands, with a cross, at the state it was
    made in.
    """
    frame = Frame(
        title=told.case.title,
        subtitle=path_subtitle(told),
        heading="Who does it",
        legend=_legend(told),
        levels=policy.states["level"],
        order=_visited(told),
        begins=told.begins,
        size=18,
    )
    return drawing(path_cards(told, policy), frame)


def path_mermaid(told: Told, policy: Policy) -> str:
    """Return Mermaid text of the same."""
    return chart(path_cards(told, policy), title=told.case.title, order=_visited(told), begins=told.begins)


def path_subtitle(told: Told) -> str:
    """Return the states in order, and how many steps there are."""
    return f"{path_way(told)}: {path_size(told)}"


def path_way(told: Told) -> str:
    """Return the states in order, machine by machine where several are at work."""
    return "; ".join(" → ".join(map(words_of, told.states(machine))) for machine in told.machines)


def path_size(told: Told) -> str:
    """Return how much happened, in words: ``12 steps, 3 of them refused``."""
    steps, refused = len(told.drawn), sum(bool(one.refusals) for one in told.drawn)
    size = f"{steps} step" + "s" * (steps != 1)
    if steps and steps == refused:
        return f"{size}, refused" if steps == 1 else f"{size}, all refused"
    return f"{size}, {refused} of them refused" if refused else size


def path_cards(told: Told, policy: Policy) -> tuple[Card, ...]:
    """Fold what happened into cards, in the order in which each was first drawn.

    Happenings share a line if they took the same row in the same role, or were refused for the same reasons.
    """
    rows = {row.name: row for row in policy.rows}
    groups: dict[tuple[AnyState | None, AnyState | None, bool], dict[object, list[Happening]]] = {}
    for one in told.drawn:
        which = one.event.row if one.event else (one.trigger, tuple(refusal.code for refusal in one.refusals))
        lines = groups.setdefault((one.source, one.dest, bool(one.refusals)), {})
        lines.setdefault((which, one.actor.role), []).append(one)
    found = []
    for (source, dest, refused), lines in groups.items():
        drawn = []
        for several in lines.values():
            row = rows.get(several[0].event.row) if several[0].event else None
            drawn.append(_line(several, policy, (row,) if row else ()))
        found.append(Card(source, dest, tuple(drawn), refused))
    return tuple(found)


def not_so(refusal: Refusal, policy: Policy) -> str:
    """Return a reason why not in a few words; a guard's name says what ought to be, an answer's what is not."""
    if any(guard.name == refusal.code for guard in policy.guards):
        return f"not so: {refusal.code.replace('_', ' ')}"
    for selector in (when.selector for row in policy.rows for when in row.when):
        if selector.name == refusal.code and isinstance(refusal.limit, list | tuple):
            wanted = " or ".join(selector.answers.get(str(answer), str(answer)) for answer in refusal.limit)
            return f"not so: {wanted}"
    return refusal.code.replace("_", " ")


def _line(several: Sequence[Happening], policy: Policy, rows: tuple[Transition, ...]) -> Line:
    first = several[0]
    times = [spoken_time(one.at) for one in several]
    below = [", ".join(times[place : place + _TIMES]) for place in range(0, len(times), _TIMES)]
    below += [not_so(refusal, policy) for refusal in first.refusals]
    steps = tuple(one.number for one in several)
    return Line(first.trigger, (first.actor.role,), rows, steps=steps, below=tuple(below))


def _visited(told: Told) -> tuple[AnyState, ...]:
    """The states in the order of their first visit: so the picture is read from top to foot."""
    visited = (state for machine in told.machines for state in told.states(machine))
    return tuple(state for state in dict.fromkeys(visited) if state is not None)


def _legend(told: Told) -> list[tuple[Colour, str, str]]:
    done = [one for one in told.drawn if not one.refusals]
    steps = {role: sum(one.actor.role is role for one in done) for role in Role}
    entries = [(ROLES[role], role.value, _steps(n)) for role, n in steps.items() if n]
    refused = len(told.drawn) - len(done)
    return [*entries, (REFUSED, f"{CROSS} refused", _steps(refused))] if refused else entries


def _steps(number: int) -> str:
    return f"{number} step" + "s" * (number != 1)
