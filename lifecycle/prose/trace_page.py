"""The trace of the rules a policy follows as Markdown: how many are held by what, and every rule with its holders.

Knows how the tables look. Does not know how a holder is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lifecycle.prose.words import cell, count, listed
from lifecycle.trace import OUTSIDE, Trace, Traced

_COLUMNS = ("row", "guard", "parameter", "ground", "reason", "capability", "advice", "case")
"""What rules are held by, in the order of the columns; whatever else holds one comes after."""


def trace_page(found: Trace) -> str:
    """Return every rule with its holders, as a page of Markdown."""
    about = (
        f"{count(len(found.rules), 'rule')}. A rule has one primary holder; whatever else cites it stands beside it. "
        "What is no matter of the product says why."
    )
    parts = [
        f"# Every rule of {found.called}, and what holds it",
        about,
        summary_table(found),
        kind_table(found),
    ]
    guides = dict.fromkeys(one.rule.guide for one in found.rules)
    for guide in guides:
        lines = [_line(one) for one in found.rules if one.rule.guide == guide]
        parts.append(f"## {guide}\n\n{_table(('rule', 'kind', 'what it says', 'held by', 'also'), lines)}")
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def summary_table(found: Trace) -> str:
    """Return how many rules of each guide are held by what, as a table."""
    return _counted("guide", found.counts())


def kind_table(found: Trace) -> str:
    """Return how many rules of each kind are held by what, as a table."""
    return _counted("kind of rule", found.kinds())


def _counted(what: str, counts: Mapping[str, Mapping[str, int]]) -> str:
    kinds = {kind for held in counts.values() for kind in held}
    columns = [kind for kind in (*_COLUMNS, *sorted(kinds - {*_COLUMNS, OUTSIDE}), OUTSIDE) if kind in kinds]
    total = {kind: sum(held.get(kind, 0) for held in counts.values()) for kind in columns}
    lines = [
        (name, str(sum(held.values())), *(str(held.get(kind, 0) or "") for kind in columns))
        for name, held in (*counts.items(), ("all", total))
    ]
    return _table((what, "rules", *columns), lines)


def _line(one: Traced) -> tuple[str, ...]:
    held = one.primary.words if one.primary else "**nothing**"
    also = listed(holder.words for holder in one.others)
    return one.rule.id, one.rule.kind, one.rule.says, held, also


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell(word) for word in line)} |\n" for line in lines)
