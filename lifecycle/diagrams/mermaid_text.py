"""Rows as Mermaid text, which is drawn where Markdown is read.

Knows how to keep Mermaid's layout readable. Does not draw. A state diagram hides labels under each other once pairs of
states have several; so this is a flow chart with one card between any two states, saying for both ways where they lead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from lifecycle.diagrams.look import CROSS
from lifecycle.diagrams.moves import FINAL, NOWHERE, Card, cards, name_of, words_of
from lifecycle.model import ACCOUNT, AnyState, MembershipState, State
from lifecycle.rows import Policy, Transition

_ORDER: tuple[AnyState, ...] = (
    State.ACTIVE,
    State.DEACTIVATED,
    State.PENDING_DELETION,
    State.SECURITY_LOCKED,
    State.SUSPENDED,
    State.UNDER_APPEAL,
    State.DELETED,
    *MembershipState,
)
"""The states of account and membership; the levels of a policy follow."""

_HEAD = """config:
  flowchart:
    curve: rounded
    nodeSpacing: 24
    rankSpacing: 36
    padding: 8
    wrappingWidth: 480
---
flowchart TB
    classDef state fill:#202a38,stroke:#7b8593,color:#ffffff,font-size:18px
    classDef card fill:none,stroke:#7b859388,text-align:left
"""


def mermaid(
    policy: Policy,
    *,
    rows: Iterable[Transition] | None = None,
    guards: bool = False,
    staying: bool = False,
    machine: str = ACCOUNT,
    title: str = "Account lifecycle",
) -> str:
    """Return Mermaid text of the same cards as `lifecycle.diagrams.dot`; the arguments mean the same."""
    shown = cards(policy.of(machine) if rows is None else rows, guards=guards, staying=staying)
    return chart(shown, title=title, order=order_in(policy))


def order_in(policy: Policy) -> tuple[AnyState, ...]:
    """Return the states from top to foot: nearly every way that has no way back leads down, so nearly every line does."""
    return (*_ORDER, *policy.states["level"])


def chart(shown: Sequence[Card], *, title: str, order: Sequence[AnyState], begins: AnyState | None = None) -> str:
    """Return Mermaid text of *shown*. *order* is that of the states, *begins* marks the first of a path."""
    states = {state for card in shown for state in (card.source, card.dest)} | {begins}
    out = [f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n{_HEAD}"]
    out += [f'    {NOWHERE}((" ")):::state\n'] if any(card.source is None for card in shown) else []
    out += [f"    {_box(state)}:::state\n" for state in order if state in states]
    out += [f'    begin["here it begins"]:::card\n    begin --> {begins.value}\n'] if begins is not None else []
    pairs: dict[tuple[int, int, bool], list[Card]] = {}
    for card in shown:
        low, high = sorted((_place(card.source, order), _place(card.dest, order)))
        pairs.setdefault((low, high, card.refused), []).append(card)
    for pair in sorted(pairs):
        out.append(_between(sorted(pairs[pair], key=lambda card: _place(card.source, order))))
    return "".join(out)


def _place(state: AnyState | None, order: Sequence[AnyState]) -> int:
    return -1 if state is None else order.index(state)


def _box(state: AnyState) -> str:
    final = state in FINAL
    return f'{state.value}((("{state.words}")))' if final else f'{state.value}(["{state.words}"])'


def _between(ways: Sequence[Card]) -> str:
    first = ways[0]
    source, dest = name_of(first.source), name_of(first.dest)
    name = f"{source}__{'refused' if first.refused else dest}"
    if first.refused:
        line = f"{source} -.-x {name}"
    elif first.stays:
        line = f"{source} -.- {name}"
    elif len(ways) == 2:
        line = f"{source} <--> {name} <--> {dest}"
    else:
        line = f"{source} --- {name} --> {dest}"
    words = "<br/>".join(word for card in ways for word in _words(card))
    return f'    {name}["{words}"]:::card\n    {line}\n'


def _words(card: Card) -> list[str]:
    words, remark = [], None
    for line in sorted(card.lines, key=lambda line: line.remark):
        if line.remark != remark:
            remark = line.remark
            where = f"{words_of(card.dest)}, {remark}" if remark else words_of(card.dest)
            how = "refused while" if card.refused else "stays" if card.stays else "→"
            words.append(f"<i>{how} {where}</i>")
        cross = f"{CROSS} " if card.refused else ""
        number = f"{cross}{line.number} " if line.steps else ""
        words.append(f"<b>{number}{_text(line.words)}</b> {', '.join(role.value for role in line.roles)}")
        words += [f"{_text(condition)}" for condition in line.conditions]
    return words


def _text(words: str) -> str:
    """Escape what Mermaid or HTML would read as anything but words."""
    return "".join(f"#{ord(c)};" if c in '#"<>&;`\\[]{}|' else c for c in words)
