"""What an account may do, as one table: a line for each capability, a column for each state.

Knows how a cell is told. Does not know any capability.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.model import State
from lifecycle.prose.words import plain, table
from lifecycle.rows import Capability, Policy
from lifecycle.rows.capabilities import NO, PERMANENT, cell_of, told

HEAD = (
    "What the account may do is read in the column of its state; an empty cell says no. A time counts from the decision: "
    "the restriction, or the one that made it permanent; in the other states from when the account came there. Where "
    "the last column names the ground of the restriction, or its permanence, that comes before the state.\n\n"
)


def allowed(policy: Policy) -> str:
    """Return the section: the table, and what some of it holds under beside."""
    head = ("may", *(state.words for state in State), "name", "rests on", "but")
    rows = [
        (
            each.says,
            *(_cell(each.said_in(state)) for state in State),
            f"`{each.name}`",
            ", ".join(each.cites),
            "; ".join(_but(each)),
        )
        for each in policy.capabilities.values()
    ]
    shown = table(head, rows) if any(row[-1] for row in rows) else table(head[:-1], [row[:-1] for row in rows])
    title = f"## The {len(State)} states, and what an account may do in each\n\n"
    return title + HEAD + shown + (f"\n{_narrowed(policy)}" if policy.narrowed else "")


def _cell(said: str) -> str:
    return "" if said == NO else told(cell_of(said))


def _but(capability: Capability) -> Iterator[str]:
    if capability.permanent:
        yield f"suspended for good: {told(cell_of(capability.permanent))}"
    for key, said in capability.grounds.items():
        ground, _, beside = key.partition("/")
        where = f" while {State(beside).words}" if beside and beside != PERMANENT else " for good" if beside else ""
        yield f"on {plain(ground)}{where}: {told(cell_of(said))}"


def _narrowed(policy: Policy) -> str:
    rows = [
        (plain(name), guard.sentence, f"`{guard.name}`", ", ".join(guard.cites))
        for name, guards in policy.narrowed.items()
        for guard in guards
    ]
    head = "Some of it holds under a further condition only.\n\n"
    return head + table(("may", "while this holds", "name", "rests on"), rows)
