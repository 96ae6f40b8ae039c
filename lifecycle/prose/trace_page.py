"""The trace of the guides' rules as Markdown: how many are held by what, and every rule with its holders.

Knows how the tables look. Does not know how a holder is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lifecycle.prose.words import cell, count, listed
from lifecycle.trace import OUTSIDE, Trace, Traced

_COLUMNS = ("row", "guard", "parameter", "notice", "ground", "advice", "fact", "case")
"""What most rules are held by; the rest stands together in a column of its own."""


def trace_page(found: Trace) -> str:
    """Return every rule of the guides with its holders, as a page of Markdown."""
    about = (
        f"{count(len(found.rules), 'rule')}. A rule has one primary holder; whatever else cites it stands beside it. "
        "What is no matter of the product says why."
    )
    parts = [
        "# Every rule of the guides, and what holds it",
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
    lines = []
    total: dict[str, int] = {}
    for name, held in counts.items():
        lines.append((name, *_cells(held)))
        for holder, number in held.items():
            total[holder] = total.get(holder, 0) + number
    lines.append(("all", *_cells(total)))
    return _table((what, "rules", *_COLUMNS, "other", OUTSIDE), lines)


def _cells(held: Mapping[str, int]) -> list[str]:
    named = [held.get(holder, 0) for holder in _COLUMNS]
    outside = held.get(OUTSIDE, 0)
    other = sum(held.values()) - sum(named) - outside
    return [str(sum(held.values())), *(str(number or "") for number in (*named, other, outside))]


def _line(one: Traced) -> tuple[str, ...]:
    held = one.primary.words if one.primary else "**nothing**"
    also = listed(holder.words for holder in one.others)
    return one.rule.id, one.rule.kind, one.rule.says, held, also


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell(word) for word in line)} |\n" for line in lines)
