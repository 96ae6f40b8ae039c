"""The page of a whole machine, account, membership or level: picture, Mermaid text, and the same as a table.

Knows the order of the page. Does not know how a card looks, nor any rule.
"""

from __future__ import annotations

from lifecycle.diagrams.dot_text import dot
from lifecycle.diagrams.mermaid_text import mermaid
from lifecycle.diagrams.moves import Card, cards, words_of
from lifecycle.model import ACCOUNT
from lifecycle.prose.words import capital, cell
from lifecycle.rows import Policy

_STARTS = {ACCOUNT: "an account", "membership": "a membership", "level": "a level"}


def machines(policy: Policy) -> tuple[str, ...]:
    """Return the machines that *policy* has rows of."""
    return tuple(machine for machine in policy.states if policy.of(machine))


def the_machine(machine: str) -> str:
    """Return what a machine moves, in words."""
    return _STARTS[machine]


def title_of(machine: str) -> str:
    """Return what the picture of a whole machine is called."""
    return f"{capital(machine)} lifecycle"


def description(policy: Policy, machine: str = ACCOUNT) -> str:
    """Return the picture in one sentence, for those who cannot see it."""
    rows = policy.of(machine)
    shown = cards(rows)
    moving = sum(1 for row in rows if row.dest is not None)
    states = len({card.dest for card in shown})
    return (
        f"{moving} of the {len(rows)} rules about {the_machine(machine)} move it between {states} states. "
        "Each card on an arrow names what leads along it and who may do it; the same stands beside it as a table."
    )


def machine_dot(policy: Policy, machine: str) -> str:
    """Return the picture of a whole machine as DOT text."""
    subtitle = f"What moves {the_machine(machine)} from state to state, and who may do it"
    return dot(policy, machine=machine, title=title_of(machine), subtitle=subtitle)


def machine_page(policy: Policy, machine: str) -> str:
    """Return the page of a whole machine as Markdown."""
    title = title_of(machine)
    rows = "".join(line for card in cards(policy.of(machine)) for line in _table_rows(card))
    return (
        f"# {title}\n\n{description(policy, machine)}\n\n"
        f"![{title}]({machine}.svg)\n\n"
        "What each rule asks for and what follows from it is told in [policy.md](policy.md); each chapter and each path "
        "has a picture of its own, see the [index](README.md).\n\n"
        f"## The same in Mermaid\n\n```mermaid\n{mermaid(policy, machine=machine, title=title)}```\n\n"
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
