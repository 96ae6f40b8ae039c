"""What a picture shows, before anything is drawn: cards between states, and the lines on them.

Knows how rows fold into cards: one for each pair of source and destination. Does not know how a card looks, nor any
format, nor how the steps of a case fold into cards: that is `lifecycle.diagrams.paths`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from lifecycle.model import FIXED, AnyState, MembershipState, Role, State
from lifecycle.rows import Dest, Guard, Transition, When

NOWHERE = "none"
"""What ids call the place where no account exists yet."""

FINAL = (State.DELETED, MembershipState.TERMINATED)
"""States that an arrow ends in, drawn with a double border."""

_REMARKS = {Dest.RELEASE: "while a lock stands", Dest.RESTRICTION: "if only a lock stands"}


@frozen
class Line:
    """One line of a card: a trigger, who may pull it, and the rows behind it.

    ``remark`` says when a row leads here rather than to its first destination. ``when`` and ``guards`` are empty
    unless the picture shows conditions. ``steps`` are the numbers of the steps of a path that took this line, and
    ``below`` what is told of them.
    """

    trigger: str
    roles: tuple[Role, ...]
    rows: tuple[Transition, ...] = ()
    remark: str = ""
    when: tuple[When, ...] = ()
    guards: tuple[Guard, ...] = ()
    steps: tuple[int, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The trigger in words."""
        return self.trigger.replace("_", " ")

    @property
    def title(self) -> str:
        """The titles of its rows, each once; without any row, the trigger in words."""
        return "; ".join(dict.fromkeys(row.title for row in self.rows)) or self.words

    @property
    def number(self) -> str:
        """The numbers of its steps: ``2·4``; empty outside a path."""
        return "·".join(map(str, self.steps))

    @property
    def conditions(self) -> tuple[str, ...]:
        """What stands under the trigger: conditions in words, ``if …``, ``and …``; then what is told of its steps."""
        words = [when.words for when in self.when] + [guard.label for guard in self.guards]
        return tuple(f"{'and' if place else 'if'} {word}" for place, word in enumerate(words)) + self.below


@frozen
class Card:
    """Every line from one state to one other, or every attempt ``refused`` in one state.

    ``source`` is None where no account exists yet; ``dest`` is None only for what was refused there.
    """

    source: AnyState | None
    dest: AnyState | None
    lines: tuple[Line, ...]
    refused: bool = False

    @property
    def key(self) -> str:
        """The two states, as ids name them: ``active.suspended``; for refused attempts ``active.refused``."""
        return f"{name_of(self.source)}.{'refused' if self.refused else name_of(self.dest)}"

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

    @property
    def words(self) -> str:
        """Where its lines lead, as a tooltip says it."""
        if self.refused:
            return f"refused while {words_of(self.source)}"
        if self.source is None:
            return f"from the start to {words_of(self.dest)}"
        if self.stays:
            return f"{words_of(self.source)}, and stays so"
        return f"from {words_of(self.source)} to {words_of(self.dest)}"


def name_of(state: AnyState | None) -> str:
    """Return how ids call a state."""
    return NOWHERE if state is None else state.value


def words_of(state: AnyState | None) -> str:
    """Return a state in words, also where there is none."""
    return "no account yet" if state is None else state.words


def cards(rows: Iterable[Transition], *, guards: bool = False, staying: bool = False) -> tuple[Card, ...]:
    """Fold *rows* into cards, ordered by source and destination.

    Lines of one trigger become one line naming every role, unless *guards* asks for conditions and theirs differ.
    *staying* adds rows that leave the account where it is.
    """
    pairs: dict[tuple[AnyState | None, AnyState], dict[object, Line]] = {}
    rows = tuple(rows)
    for row in rows:
        for source, dest, remark in _ways(row, staying):
            lines = pairs.setdefault((source, dest), {})
            new = Line(
                row.trigger, row.actors, (row,), remark, row.when if guards else (), row.guards if guards else ()
            )
            conditions = tuple(w.words for w in new.when) + tuple(g.name for g in new.guards)
            key = (new.trigger, new.remark, conditions)
            lines[key] = _joined(lines[key], new) if key in lines else new
    found = [Card(source, dest, tuple(lines.values())) for (source, dest), lines in pairs.items()]
    # Rows name the levels from the lowest up.
    places = places_of(state for row in rows for state in (*row.source, *row.dests))
    return tuple(sorted(found, key=lambda card: (places[card.source], places[card.dest])))


def counts(shown: Iterable[Card]) -> dict[Role, int]:
    """Return for each role how many different rows of *shown* it may pull, in the order of the roles."""
    rows = {id(row): row for card in shown for line in card.lines for row in line.rows}
    return {role: sum(role in row.actors for row in rows.values()) for role in Role}


def _ways(row: Transition, staying: bool) -> list[tuple[AnyState | None, AnyState, str]]:
    sources: tuple[AnyState | None, ...] = row.source or (None,)
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
    return Line(old.trigger, roles, (*old.rows, *new.rows), old.remark, old.when, old.guards)


def places_of(levels: Iterable[AnyState]) -> Mapping[AnyState | None, int]:
    """Return the place of each state: none at all, those of account and membership, then *levels* as they come."""
    states = dict.fromkeys((*(state for states in FIXED.values() for state in states), *levels))
    return {None: -1, **{state: place for place, state in enumerate(states)}}
