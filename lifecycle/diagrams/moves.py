"""What a picture shows, before anything is drawn: cards between states, and the lines on them.

Knows how rows fold into cards: one for each pair of source and destination. Does not know how a card looks, nor any
format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from lifecycle.model import Role, State
from lifecycle.rows import Dest, Guard, Transition, When

Step = tuple[State | None, State, str]
"""One step of a path: the state it leaves, the state it reaches, and the trigger."""

_REMARKS = {Dest.RELEASE: "while a lock stands", Dest.RESTRICTION: "if only a lock stands"}


@frozen
class Line:
    """One line of a card: a trigger, who may pull it, and the rows behind it.

    ``remark`` says when a row leads here rather than to its first destination. ``when`` and ``guards`` are empty
    unless the picture shows conditions. ``steps`` are the numbers of the path's steps that took this line.
    """

    trigger: str
    roles: tuple[Role, ...]
    rows: tuple[Transition, ...]
    remark: str = ""
    when: tuple[When, ...] = ()
    guards: tuple[Guard, ...] = ()
    steps: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """The trigger in words."""
        return self.trigger.replace("_", " ")

    @property
    def title(self) -> str:
        """The titles of its rows, each once."""
        return "; ".join(dict.fromkeys(row.title for row in self.rows))

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions in words, as lines under the trigger: ``if …``, ``and …``."""
        words = [when.words for when in self.when] + [guard.label for guard in self.guards]
        return tuple(f"{'and' if place else 'if'} {word}" for place, word in enumerate(words))


@frozen
class Card:
    """Every line from one state to one other; ``source`` is None where no account exists yet."""

    source: State | None
    dest: State
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        """The two states, as ids name them: ``active.suspended``."""
        return f"{self.source.value if self.source else 'none'}.{self.dest.value}"

    def line_id(self, line: Line) -> str:
        """The id of a line: ``t.active.suspended.suspend``; lines told apart by conditions only get a number."""
        same = [other for other in self.lines if other.trigger == line.trigger]
        number = f".{same.index(line) + 1}" if len(same) > 1 else ""
        return f"t.{self.key}.{line.trigger}{number}"

    @property
    def stays(self) -> bool:
        """Whether its lines lead nowhere else."""
        return self.source is self.dest

    @property
    def roles(self) -> frozenset[Role]:
        """Everybody who may pull one of its triggers."""
        return frozenset(role for line in self.lines for role in line.roles)


def cards(
    rows: Iterable[Transition], *, guards: bool = False, staying: bool = False, path: Sequence[Step] | None = None
) -> tuple[Card, ...]:
    """Fold *rows* into cards, ordered by source and destination.

    Lines of one trigger become one line naming every role, unless *guards* asks for conditions and theirs differ.
    *staying* adds rows that leave the account where it is. *path* keeps only what its steps took, numbered from 1.
    """
    steps: dict[Step, list[int]] = {}
    for number, step in enumerate(path or (), 1):
        steps.setdefault(step, []).append(number)
    pairs: dict[tuple[State | None, State], dict[object, Line]] = {}
    for row in rows:
        for source, dest, remark in _ways(row, staying):
            taken = tuple(steps.get((source, dest, row.trigger), ()))
            if path is not None and not taken:
                continue
            lines = pairs.setdefault((source, dest), {})
            new = Line(
                row.trigger, row.actors, (row,), remark, row.when if guards else (), row.guards if guards else (), taken
            )
            conditions = tuple(w.words for w in new.when) + tuple(g.name for g in new.guards)
            key = (new.trigger, new.remark, conditions)
            lines[key] = _joined(lines[key], new) if key in lines else new
    found = [Card(source, dest, tuple(lines.values())) for (source, dest), lines in pairs.items()]
    return tuple(sorted(found, key=lambda card: (_place(card.source), _place(card.dest))))


def counts(shown: Iterable[Card]) -> dict[Role, int]:
    """Return for each role how many different rows of *shown* it may pull, in the order of the roles."""
    rows = {id(row): row for card in shown for line in card.lines for row in line.rows}
    return {role: sum(role in row.actors for row in rows.values()) for role in Role}


def _ways(row: Transition, staying: bool) -> list[tuple[State | None, State, str]]:
    sources: tuple[State | None, ...] = row.source or (None,)
    if row.dest is None:
        return [(s, s, "") for s in row.source] if staying else []
    ways = []
    for source in sources:
        for place, dest in enumerate(row.dests):
            remark = _REMARKS[row.dest] if place and isinstance(row.dest, Dest) else ""
            ways.append((source, dest, remark))
    return ways


def _joined(old: Line, new: Line) -> Line:
    roles = tuple(role for role in Role if role in {*old.roles, *new.roles})
    return Line(old.trigger, roles, (*old.rows, *new.rows), old.remark, old.when, old.guards, old.steps)


def _place(state: State | None) -> int:
    return -1 if state is None else list(State).index(state)
