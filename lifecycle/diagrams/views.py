"""Pictures of the whole policy or a part of it: a state's ways in and out, what a role may do, a chapter, a path.

Knows how rows and cards are picked. Does not know how a card looks, nor where a picture is written.
"""

from __future__ import annotations

import attrs
from attrs import frozen

from lifecycle.diagrams.chapters import chapter_size, chapter_title
from lifecycle.diagrams.dot_text import Frame, drawing
from lifecycle.diagrams.look import ROLES
from lifecycle.diagrams.machine_page import description, machine_dot, title_of
from lifecycle.diagrams.mermaid_text import chart, mermaid, order_in
from lifecycle.diagrams.moves import Card, cards, counts
from lifecycle.diagrams.path_page import path_description
from lifecycle.diagrams.paths import path_dot, path_mermaid
from lifecycle.diagrams.told import Told
from lifecycle.model import ACCOUNT, AnyState, Role
from lifecycle.prose.words import capital, count
from lifecycle.rows import Policy


@frozen
class View:
    """A picture before it is drawn: as DOT text, as Mermaid text, and in words for those who cannot see it."""

    title: str
    description: str
    dot: str
    mermaid: str


def whole(policy: Policy, machine: str = ACCOUNT) -> View:
    """Return the picture of everything that moves an account, its membership or its level."""
    title = title_of(machine)
    return View(
        title,
        description(policy, machine),
        machine_dot(policy, machine),
        mermaid(policy, machine=machine, title=title),
    )


def part(
    policy: Policy,
    *,
    focus: AnyState | None = None,
    actor: Role | None = None,
    chapter: str | None = None,
    machine: str | None = None,
) -> View | None:
    """Return the picture of the rows that lead into *focus*, out of it or stay there, of *actor*, *chapter*, *machine*.

    What is None picks nothing out. Conditions and rows that leave the account where it is are shown. None if no row
    is left.
    """
    rows = [
        row
        for row in (policy.rows if machine is None else policy.of(machine))
        if chapter in (None, row.chapter) and (actor is None or actor in row.actors)
    ]
    if actor is not None:
        # Who else may do it is another picture.
        rows = [attrs.evolve(row, actors=(actor,)) for row in rows]
    found = [
        card for card in cards(rows, guards=True, staying=True) if focus is None or focus in (card.source, card.dest)
    ]
    if not found:
        return None
    title, says = _title(focus, actor, chapter), _size(found)
    legend = [(ROLES[role], role.value, count(n, "rule")) for role, n in counts(found).items() if n]
    return View(
        title,
        f"{capital(says)}. All conditions are shown.",
        drawing(found, Frame(title, capital(says), "Who does it", legend, policy.states["level"])),
        chart(found, title=title, order=order_in(policy)),
    )


def _title(focus: AnyState | None, actor: Role | None, chapter: str | None) -> str:
    parts = [
        f"what {actor.words} may do" if actor else "",
        f"the ways into {focus.words} and out of it" if focus else "",
        f"chapter {chapter_title(chapter).lower()}" if chapter else "",
    ]
    return capital(", ".join(filter(None, parts)))


def _size(found: list[Card]) -> str:
    rows = {row.name: row for card in found for line in card.lines for row in line.rows}
    return chapter_size(tuple(rows.values()))


def of_path(told: Told, policy: Policy) -> View:
    """Return the numbered picture of what happened in a case."""
    return View(told.case.title, path_description(told), path_dot(told, policy), path_mermaid(told, policy))
