"""The page of the whole machine: picture, Mermaid text, and the same as a table.

Knows the order of the page. Does not know how a card looks, nor any rule.
"""

from __future__ import annotations

from lifecycle.diagrams.mermaid_text import mermaid
from lifecycle.diagrams.moves import Card, cards, words_of
from lifecycle.prose.words import cell
from lifecycle.rows import Policy

TITLE = "Account lifecycle"


def description(policy: Policy) -> str:
    """Return the picture in one sentence, for those who cannot see it."""
    shown = cards(policy.rows)
    moving = sum(1 for row in policy.rows if row.dest is not None)
    states = len({card.dest for card in shown})
    return (
        f"{moving} of the policy's {len(policy.rows)} rules move an account between {states} states. "
        "Each card on an arrow names what leads along it and who may do it; the same stands beside it as a table."
    )


def account_page(policy: Policy) -> str:
    """Return the page of the whole machine as Markdown."""
    rows = "".join(line for card in cards(policy.rows) for line in _table_rows(card))
    return (
        f"# {TITLE}\n\n{description(policy)}\n\n"
        f"![{TITLE}](account.svg)\n\n"
        "What each rule asks for and what follows from it is told in [policy.md](policy.md); each chapter and each path "
        "has a picture of its own, see the [index](README.md).\n\n"
        f"## The same in Mermaid\n\n```mermaid\n{mermaid(policy, title=TITLE)}```\n\n"
        "## The same as a table\n\n"
        f"| from | to | what | who | the rule |\n|---|---|---|---|---|\n{rows}"
    )


def _table_rows(card: Card) -> list[str]:
    source = card.source.words if card.source else "(no account yet)"
    lines = []
    for line in card.lines:
        dest = f"{words_of(card.dest)}, {line.remark}" if line.remark else words_of(card.dest)
        who = ", ".join(role.value for role in line.roles)
        lines.append(f"| {source} | {dest} | {line.words} | {who} | {cell(line.title)} |\n")
    return lines
