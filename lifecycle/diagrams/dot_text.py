"""Rows as a drawing in the DOT language, laid out so that nothing overlaps.

Knows how cards, states, arrows and the legend are put to Graphviz. Does not draw, and does not need Graphviz.

Each pair of states gets one card, a small table that is a node of its own on the arrow, because Graphviz keeps nodes
apart but lets labels of arrows collide. An arrow back up is declared downwards and drawn reversed, so that its card
lies between the two states instead of stretching the picture.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from lifecycle.diagrams.look import (
    CARD,
    EDGE,
    FONT,
    INK,
    LINE,
    MUTE,
    PAGE,
    ROLES,
    STATE,
    STATE_INK,
)
from lifecycle.diagrams.moves import Card, Line, Step, cards, counts
from lifecycle.model import State
from lifecycle.rows import Policy, Transition

_ORDER = (
    State.ACTIVE,
    State.UNDER_APPEAL,
    State.SECURITY_LOCKED,
    State.SUSPENDED,
    State.DEACTIVATED,
    State.PENDING_DELETION,
    State.DELETED,
)
"""From the top of the picture to its foot; an arrow against it is laid the other way.

Of all orders between active and deleted this one gives a narrow picture in which next to no arrows cross.
"""

_BARS = 6
"""Columns of the coloured bar, shared among the roles of a line."""


def dot(
    policy: Policy,
    *,
    rows: Iterable[Transition] | None = None,
    guards: bool = False,
    staying: bool = False,
    path: Sequence[Step] | None = None,
    title: str = "Account lifecycle",
    subtitle: str = "What moves an account from state to state, and who may do it",
) -> str:
    """Return DOT text of the rows that move an account: trigger and role on every line.

    *rows* restricts the picture to these rows of the policy. *guards* writes conditions under each trigger.
    *staying* adds the rows that leave the account where it is. *path* draws only what these steps took, numbered.
    """
    shown = cards(policy.rows if rows is None else rows, guards=guards, staying=staying, path=path)
    states = {state for card in shown for state in (card.source, card.dest)}
    out = [_head(title, subtitle)]
    if None in states:
        out.append(
            f'"none" [id="s.none" class="start" label="" shape=circle style=filled width=0.17 fixedsize=true '
            f'color="{STATE.light}" fillcolor="{STATE.light}" tooltip="no account yet"];'
        )
    out += [_state(state) for state in State if state in states]
    for card in shown:
        out += [_card(card), *_arrows(card)]
    out += [_legend(shown), "}"]
    return "\n".join(out) + "\n"


def _head(title: str, subtitle: str) -> str:
    # Graphviz rounds letters to whole pixels at 96 dpi when it measures text. At these sizes the shipped font comes
    # out true, so that a browser's text fills its card and no more.
    return (
        "digraph account {\n"
        "graph [rankdir=TB splines=spline nodesep=0.22 ranksep=0.3 pad=0.25 outputorder=edgesfirst "
        f'bgcolor="{PAGE.light}" fontname="{FONT}" labelloc=t labeljust=l label=<<TABLE BORDER="0" CELLSPACING="0">'
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="24" COLOR="{INK.light}"><B>{_text(title)}</B></FONT></TD></TR>'
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="12" COLOR="{MUTE.light}">{_text(subtitle)}</FONT></TD></TR>'
        "</TABLE>>];\n"
        f'node [label="\\N" fontname="{FONT}" fontsize=12];\n'
        f'edge [fontname="{FONT}" color="{LINE.light}" penwidth=1.5 arrowsize=0.8];'
    )


def _state(state: State) -> str:
    final = 2 if state is State.DELETED else 1
    return (
        f'"{state.value}" [id="s.{state.value}" class="state" label="{state.words}" shape=box style="rounded,filled" '
        f'fontsize=18 margin="0.3,0.14" peripheries={final} color="{STATE.light}" fillcolor="{STATE.light}" '
        f'fontcolor="{STATE_INK.light}" tooltip="{state.words}"];'
    )


def _card(card: Card) -> str:
    lines, remark = [], ""
    for line in sorted(card.lines, key=lambda line: line.remark):
        if line.remark != remark:
            remark = line.remark
            lines.append(f'<TR><TD COLSPAN="{_BARS + 1}" ALIGN="LEFT">{_small(f"{remark}:")}</TD></TR>')
        lines.append(_line(card, line))
    return (
        f'"{card.key}" [id="c.{card.key}" class="card" shape=plain tooltip="{_tip(card)}" '
        f'label=<<TABLE BORDER="1" COLOR="{EDGE.light}" BGCOLOR="{CARD.light}" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="3">{"".join(lines)}</TABLE>>];'
    )


def _line(card: Card, line: Line) -> str:
    spans = [_BARS // len(line.roles)] * len(line.roles)
    spans[-1] += _BARS - sum(spans)
    bars = "".join(
        f'<TD COLSPAN="{span}" WIDTH="{span}" CELLPADDING="0" BGCOLOR="{ROLES[role].light}"></TD>'
        for role, span in zip(line.roles, spans, strict=True)
    )
    ink = ROLES[line.roles[0]].light if len(line.roles) == 1 else INK.light
    number = "".join(f"{step}. " for step in line.steps)
    who = ", ".join(f'<FONT COLOR="{ROLES[role].light}">{role.value}</FONT>' for role in line.roles)
    below = "".join(f'<BR ALIGN="LEFT"/>{_small(_text(words))}' for words in line.conditions)
    return (
        f'<TR>{bars}<TD ALIGN="LEFT" BALIGN="LEFT" ID="{_text(card.line_id(line))}" TOOLTIP="{_tooltip(line.title)}">'
        f'<FONT COLOR="{ink}"><B>{number}{_text(line.words)}</B></FONT>  {_small(who)}{below}</TD></TR>'
    )


def _small(words: str) -> str:
    return f'<FONT COLOR="{MUTE.light}" POINT-SIZE="11">{words}</FONT>'


def _arrows(card: Card) -> list[str]:
    key, source, dest = card.key, card.source.value if card.source else "none", card.dest.value
    colour = ROLES[next(iter(card.roles))].light if len(card.roles) == 1 else LINE.light
    looks = f'class="arrow" color="{colour}" tooltip="{_tip(card)}"'
    first, second = (f'id="e.{key}.{n}" {looks}' for n in (1, 2))
    if card.stays:
        return [f'"{source}" -> "{key}" [{first} dir=back style=dashed];']
    if card.source is None or _ORDER.index(card.source) < _ORDER.index(card.dest):
        return [f'"{source}" -> "{key}" [{first} dir=none];', f'"{key}" -> "{dest}" [{second}];']
    return [f'"{dest}" -> "{key}" [{second} dir=back];', f'"{key}" -> "{source}" [{first} dir=none];']


def _tip(card: Card) -> str:
    if card.source is None:
        return f"from the start to {card.dest.words}"
    return f"{card.dest.words}, and stays so" if card.stays else f"from {card.source.words} to {card.dest.words}"


def _legend(shown: Sequence[Card]) -> str:
    lines = "".join(
        f'<TR><TD BGCOLOR="{ROLES[role].light}" WIDTH="12" HEIGHT="12" FIXEDSIZE="TRUE"></TD>'
        f'<TD ALIGN="LEFT"><FONT COLOR="{ROLES[role].light}"><B>{role.value}</B></FONT></TD>'
        f'<TD ALIGN="LEFT">{_small(f"{count} rule" + "s" * (count != 1))}</TD></TR>'
        for role, count in counts(shown).items()
        if count
    )
    return (
        'legend [id="legend" shape=plain tooltip="who does it" label=<<TABLE BORDER="0" CELLSPACING="0">'
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{INK.light}"><B>Who does it</B></FONT></TD></TR>'
        f'<TR><TD ALIGN="LEFT"><TABLE BORDER="0" CELLSPACING="2" CELLPADDING="2">{lines}</TABLE></TD></TR></TABLE>>];'
    )


def _text(words: str) -> str:
    return html.escape(words, quote=True)


def _tooltip(words: str) -> str:
    # In a tooltip, and only there, Graphviz replaces \N, \G and the like by names of its own.
    return _text(words.replace("\\", "\\\\"))
