"""Cards as a drawing in the DOT language, laid out so that nothing overlaps.

Knows how cards, states, arrows and the legend are put to Graphviz. Does not draw, and does not need Graphviz.

Each pair of states gets one card, a small table that is a node of its own on the arrow, because Graphviz keeps nodes
apart but lets labels of arrows collide. An arrow back up is declared downwards and drawn reversed, so that its card
lies between the two states instead of stretching the picture.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence

from attrs import field, frozen

from lifecycle.diagrams.look import (
    CARD,
    CROSS,
    EDGE,
    FONT,
    INK,
    LINE,
    MUTE,
    PAGE,
    REFUSED,
    ROLES,
    STATE,
    STATE_INK,
    Colour,
)
from lifecycle.diagrams.moves import FINAL, NOWHERE, Card, Line, cards, counts, name_of, places_of
from lifecycle.model import ACCOUNT, AnyState, MembershipState, State
from lifecycle.rows import Policy, Transition

ORDER: tuple[AnyState, ...] = (
    State.ACTIVE,
    State.UNDER_APPEAL,
    State.SECURITY_LOCKED,
    State.SUSPENDED,
    State.DEACTIVATED,
    State.PENDING_DELETION,
    State.DELETED,
    *MembershipState,
)
"""From the top of the picture to its foot; an arrow against it is laid the other way.

Of all orders between active and deleted this one gives a narrow picture in which next to no arrows cross. The levels of a
policy follow, the lowest first.
"""

_BARS = 6
"""Columns of the coloured bar, shared among the roles of a line."""

_WIDTH = 54
"""After how many letters a small line under a trigger is broken."""


@frozen
class Frame:
    """What stands around the cards. ``order`` is that of the states, from top to foot; ``begins`` marks the first.

    Without a title there is no title and no subtitle, without a heading no legend.

    ``levels`` are those of the policy, the lowest first.

    ``legend`` holds a colour, a word and a number in words for each entry, ``heading`` what it is about.
    """

    title: str
    subtitle: str
    heading: str
    legend: Sequence[tuple[Colour, str, str]]
    levels: Sequence[AnyState] = ()
    order: Sequence[AnyState] = field()
    begins: AnyState | None = None
    size: int = 24
    titles: Sequence[str] = field(init=False)

    @order.default
    def _from_top_to_foot(self) -> Sequence[AnyState]:
        return (*ORDER, *self.levels)

    def __attrs_post_init__(self) -> None:
        # A long title would stretch a narrow picture; 24 is the size of a title that is a few words long.
        object.__setattr__(self, "titles", [self.title] if self.size >= 24 else textwrap.wrap(self.title, 66) or [""])


def dot(
    policy: Policy,
    *,
    rows: Iterable[Transition] | None = None,
    guards: bool = False,
    staying: bool = False,
    machine: str = ACCOUNT,
    title: str = "Account lifecycle",
    subtitle: str = "What moves an account from state to state, and who may do it",
) -> str:
    """Return DOT text of the rows that move an account in *machine*: trigger and role on every line.

    *rows* shows these rows of the policy instead. *guards* writes conditions under each trigger.
    *staying* adds the rows that leave the account where it is.
    """
    shown = cards(policy.of(machine) if rows is None else rows, guards=guards, staying=staying)
    legend = [(ROLES[role], role.value, _counted(n, "rule")) for role, n in counts(shown).items() if n]
    return drawing(shown, Frame(title, subtitle, "Who does it", legend, policy.states["level"]))


def drawing(shown: Sequence[Card], frame: Frame) -> str:
    """Return DOT text of *shown*, framed."""
    states = {state for card in shown for state in (card.source, card.dest)} | {frame.begins}
    out = [_head(frame)]
    if any(card.source is None for card in shown):
        out.append(
            f'"{NOWHERE}" [id="s.none" class="start" label="" shape=circle style=filled width=0.17 fixedsize=true '
            f'color="{STATE.light}" fillcolor="{STATE.light}" tooltip="no account yet"];'
        )
    # A path may visit levels that only the policy of its case has.
    places = places_of((*frame.levels, *frame.order))
    out += [_state(state) for state in sorted((s for s in states if s is not None), key=lambda s: places[s])]
    if frame.begins is not None:
        out += _begin(frame.begins)
    for card in shown:
        out += [_card(card), *_arrows(card, frame.order)]
    out += [*((_legend(frame),) if frame.heading else ()), "}"]
    return "\n".join(out) + "\n"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def _head(frame: Frame) -> str:
    # Graphviz rounds letters to whole pixels at 96 dpi when it measures text. At these sizes the shipped font comes
    # out true, so that a browser's text fills its card and no more.
    titles = "".join(
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="{frame.size}" COLOR="{INK.light}"><B>{_text(title)}</B></FONT></TD></TR>'
        for title in frame.titles
    )
    label = (
        f' labelloc=t labeljust=l label=<<TABLE BORDER="0" CELLSPACING="0">{titles}'
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="12" COLOR="{MUTE.light}">{_text(frame.subtitle)}</FONT></TD></TR>'
        "</TABLE>>"
    )
    return (
        "digraph account {\n"
        "graph [rankdir=TB splines=spline nodesep=0.22 ranksep=0.3 pad=0.25 outputorder=edgesfirst "
        f'bgcolor="{PAGE.light}" fontname="{FONT}"{label if frame.title else ""}];\n'
        f'node [label="\\N" fontname="{FONT}" fontsize=12];\n'
        f'edge [fontname="{FONT}" color="{LINE.light}" penwidth=1.5 arrowsize=0.8];'
    )


def _state(state: AnyState) -> str:
    final = 2 if state in FINAL else 1
    return (
        f'"{state.value}" [id="s.{state.value}" class="state" label="{state.words}" shape=box style="rounded,filled" '
        f'fontsize=18 margin="0.3,0.14" peripheries={final} color="{STATE.light}" fillcolor="{STATE.light}" '
        f'fontcolor="{STATE_INK.light}" tooltip="{state.words}"];'
    )


def _begin(state: AnyState) -> list[str]:
    node = (
        f'"begin" [id="s.begin" class="start" shape=plaintext margin="0.05,0.03" label="here it begins" '
        f'fontcolor="{MUTE.light}" tooltip="here it begins"];'
    )
    return [node, f'"begin" -> "{state.value}" [id="e.begin" class="arrow" tooltip="here it begins"];']


def _card(card: Card) -> str:
    lines, remark = [], ""
    for line in sorted(card.lines, key=lambda line: line.remark):
        if line.remark != remark:
            remark = line.remark
            lines.append(f'<TR><TD COLSPAN="{_BARS + 1}" ALIGN="LEFT">{_small(f"{remark}:")}</TD></TR>')
        lines.append(_line(card, line))
    colour = REFUSED if card.refused else LINE
    border = f'COLOR="{colour.light}" STYLE="DASHED"' if card.stays else f'COLOR="{EDGE.light}"'
    return (
        f'"{card.key}" [id="c.{card.key}" class="card" shape=plain tooltip="{card.words}" '
        f'label=<<TABLE BORDER="1" {border} BGCOLOR="{CARD.light}" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="3">{"".join(lines)}</TABLE>>];'
    )


def _line(card: Card, line: Line) -> str:
    ink = ROLES[line.roles[0]].light if len(line.roles) == 1 else INK.light
    refused = f'<FONT COLOR="{REFUSED.light}"><B>refused:</B></FONT> ' if card.refused else ""
    who = ", ".join(f'<FONT COLOR="{ROLES[role].light}">{role.value}</FONT>' for role in line.roles)
    below = "".join(f'<BR ALIGN="LEFT"/>{_small(words)}' for words in _broken(line.conditions))
    return (
        f'<TR>{_bar(card, line)}<TD ALIGN="LEFT" BALIGN="LEFT" ID="{_text(card.line_id(line))}" '
        f'TOOLTIP="{_tooltip(line.title)}">'
        f'{refused}<FONT COLOR="{ink}"><B>{_text(line.words)}</B></FONT>  {_small(who)}{below}</TD></TR>'
    )


def _bar(card: Card, line: Line) -> str:
    """Return the coloured cells before a line: one for each role; in a path one with the numbers of its steps."""
    if line.steps:
        colour, cross = (REFUSED, f"{CROSS} ") if card.refused else (ROLES[line.roles[0]], "")
        return (
            f'<TD COLSPAN="{_BARS}" VALIGN="TOP" CELLPADDING="4" BGCOLOR="{colour.light}">'
            f'<FONT COLOR="{STATE_INK.light}"><B>{cross}{line.number}</B></FONT></TD>'
        )
    spans = [_BARS // len(line.roles)] * len(line.roles)
    spans[-1] += _BARS - sum(spans)
    return "".join(
        f'<TD COLSPAN="{span}" WIDTH="{span}" CELLPADDING="0" BGCOLOR="{ROLES[role].light}"></TD>'
        for role, span in zip(line.roles, spans, strict=True)
    )


def _broken(lines: Iterable[str]) -> list[str]:
    """Return *lines* as text of the drawing; a long one goes on indented in the next."""
    return [
        ("&#160;" * 4 if place else "") + _text(part) + "&#160;"
        for line in lines
        for place, part in enumerate(textwrap.wrap(line, _WIDTH))
    ]


def _small(words: str) -> str:
    return f'<FONT COLOR="{MUTE.light}" POINT-SIZE="11">{words}</FONT>'


def _arrows(card: Card, order: Sequence[AnyState]) -> list[str]:
    key, source, dest = card.key, name_of(card.source), name_of(card.dest)
    colour = ROLES[next(iter(card.roles))].light if len(card.roles) == 1 else LINE.light
    looks = f'class="arrow" color="{REFUSED.light if card.refused else colour}" tooltip="{card.words}"'
    first, second = (f'id="e.{key}.{n}" {looks}' for n in (1, 2))
    if card.refused:
        return [f'"{source}" -> "{key}" [{first} dir=none style=dashed];']
    if card.stays:
        return [f'"{source}" -> "{key}" [{first} dir=back style=dashed];']
    if card.source is None or card.dest is None or order.index(card.source) < order.index(card.dest):
        return [f'"{source}" -> "{key}" [{first} dir=none];', f'"{key}" -> "{dest}" [{second}];']
    return [f'"{dest}" -> "{key}" [{second} dir=back];', f'"{key}" -> "{source}" [{first} dir=none];']


def _legend(frame: Frame) -> str:
    lines = "".join(
        f'<TR><TD BGCOLOR="{colour.light}" WIDTH="12" HEIGHT="12" FIXEDSIZE="TRUE"></TD>'
        f'<TD ALIGN="LEFT"><FONT COLOR="{colour.light}"><B>{word}</B></FONT></TD>'
        f'<TD ALIGN="LEFT">{_small(number)}</TD></TR>'
        for colour, word, number in frame.legend
    )
    inner = f'<TABLE BORDER="0" CELLSPACING="2" CELLPADDING="2">{lines}</TABLE>' if lines else ""
    return (
        'legend [id="legend" shape=plain tooltip="who does it" label=<<TABLE BORDER="0" CELLSPACING="0">'
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{INK.light}"><B>{frame.heading}</B></FONT></TD></TR>'
        f'<TR><TD ALIGN="LEFT">{inner}</TD></TR></TABLE>>];'
    )


def _text(words: str) -> str:
    return html.escape(words, quote=True)


def _tooltip(words: str) -> str:
    # In a tooltip, and only there, Graphviz replaces \N, \G and the like by names of its own.
    return _text(words.replace("\\", "\\\\"))
