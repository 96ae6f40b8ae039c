"""The picture of the path an account took: the states it was in, what moved it, and what was refused there.

Knows how the entries of a timeline fold into cards, and how a drawing is made fit to stand inside a page: no style of its
own, ids of its own, and on each part the number of the step that first reaches it. Does not draw; without Graphviz there
is no picture, and the timeline tells the same.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from attrs import evolve, frozen
from markupsafe import Markup

from lifecycle.diagrams import DiagramExtraMissing, svg
from lifecycle.diagrams.dot_text import Frame, drawing
from lifecycle.diagrams.moves import NOWHERE, Card, Line, name_of, words_of
from lifecycle.http.console.timeline import Entry
from lifecycle.model import AnyState
from lifecycle.prose.words import capital, count
from lifecycle.rows import Policy

NUMBERS = 5
"""How many numbers of steps a card shows: the last ones."""


@frozen
class Picture:
    """A drawing for a page, and the steps with the ids of what each touches. ``drawn`` is None without Graphviz."""

    entries: tuple[Entry, ...]
    drawn: Markup | None
    says: str


def picture(entries: Sequence[Entry], policy: Policy, step: int) -> Picture:
    """Return the picture of *entries* as it stands after *step*; each entry comes back with its ids."""
    folded = _fold(entries)
    shown = [_card(source, dest, refused, lines) for (source, dest, refused), lines in folded.items()]
    by_key = {card.key: card for card in shown}
    numbered = tuple(evolve(entry, ids=_ids(entry, by_key, folded)) for entry in entries)
    says = _says(entries)
    frame = Frame(
        title="",
        subtitle="",
        heading="",
        legend=(),
        levels=policy.states["level"],
        order=tuple(dict.fromkeys(s for e in entries for s in (e.source, e.dest) if s is not None)),
        begins=entries[0].source,
    )
    try:
        raw = _drawn(drawing(shown, frame), says)
    except DiagramExtraMissing:
        return Picture(numbered, None, says)
    return Picture(numbered, Markup(_marked(raw, numbered, step)), says)  # noqa: S704 - drawn by us of escaped words


@functools.lru_cache(maxsize=256)
def _drawn(dot: str, says: str) -> str:
    raw = svg(dot, title="The path this account took", description=f"{says}. The timeline below tells the same.")
    raw = re.sub(r"<style>.*?</style>\n?", "", raw, flags=re.DOTALL)
    raw = raw.replace('id="title"', 'id="picture-title"').replace('id="description"', 'id="picture-description"')
    return raw.replace('aria-labelledby="title description"', 'aria-labelledby="picture-title picture-description"')


_Key = tuple[AnyState | None, AnyState | None, bool]


def _fold(entries: Sequence[Entry]) -> dict[_Key, dict[object, list[Entry]]]:
    folded: dict[_Key, dict[object, list[Entry]]] = {}
    for entry in entries:
        lines = folded.setdefault((entry.source, entry.dest, entry.refused), {})
        lines.setdefault(_line_of(entry), []).append(entry)
    return folded


def _line_of(entry: Entry) -> object:
    codes = tuple(code for _, code in entry.reasons)
    return entry.role, entry.event.row if entry.event else "", _trigger(entry), codes


def _trigger(entry: Entry) -> str:
    return entry.event.trigger if entry.event else entry.denial.trigger if entry.denial else ""


def _card(source: AnyState | None, dest: AnyState | None, refused: bool, lines: dict[object, list[Entry]]) -> Card:
    return Card(source, dest, tuple(_line(several) for several in lines.values()), refused)


def _line(several: Sequence[Entry]) -> Line:
    first = several[0]
    below = [f"not so: {code.replace('_', ' ')}" for _, code in first.reasons[:3]]
    if len(first.reasons) > 3:
        below.append(f"and {count(len(first.reasons) - 3, 'more reason')}")
    if len(several) > NUMBERS:
        below.append(f"{len(several)} times, the last {NUMBERS} are numbered")
    steps = tuple(entry.number for entry in several[-NUMBERS:])
    return Line(_trigger(first), (first.role,), steps=steps, below=tuple(below))


def _ids(entry: Entry, cards: dict[str, Card], folded: dict[_Key, dict[object, list[Entry]]]) -> tuple[str, ...]:
    lines = folded[entry.source, entry.dest, entry.refused]
    found = Card(entry.source, entry.dest, (), entry.refused).key
    card = cards[found]
    line = card.lines[list(lines).index(_line_of(entry))]
    where = f"s.{name_of(entry.dest)}" if entry.dest else f"s.{NOWHERE}"
    return (where, f"c.{card.key}", f"e.{card.key}.1", f"e.{card.key}.2", card.line_id(line))


def _marked(raw: str, entries: Sequence[Entry], step: int) -> str:
    """Write on each part of a drawing the step that first reaches it, and how it stands after *step*."""
    first: dict[str, int] = {}
    begins = f"s.{name_of(entries[0].source)}"
    for known in (begins, "s.begin", "e.begin"):
        first[known] = 0
    for entry in entries:
        for each in entry.ids:
            first.setdefault(each, entry.number)
    now = next((set(entry.ids) for entry in entries if entry.number == step), {begins})

    def mark(found: re.Match[str]) -> str:
        name, rest = found[1], found[2] or ""
        reached = first.get(name, 0)
        stands = "later" if reached > step else "now" if name in now else ""
        looks = " ".join(filter(None, (rest.removeprefix(' class="').removesuffix('"'), stands)))
        return f'<g id="{name}" class="{looks}" data-from="{reached}"'

    return re.sub(r'<g id="([a-z]\.[^"]*)"( class="[^"]*")?', mark, raw)


def _says(entries: Sequence[Entry]) -> str:
    refused = sum(entry.refused for entry in entries)
    steps = f"{count(len(entries), 'step')}" + (f", {refused} of them refused" if refused else "")
    before = [words_of(entries[0].source)] if entries[0].source is not None else []
    states = [*before, *(words_of(e.dest) for e in entries if e.moved and not e.machine)] or [words_of(None)]
    way = (
        f"{states[0]} to {', then '.join(states[1:])}"
        if len(states) <= 6
        else f"{states[0]} by {len(states) - 2} others to {states[-1]}"
    )
    return f"From {way}: {steps}" if len(states) > 1 else f"{capital(states[0])}: {steps}"
