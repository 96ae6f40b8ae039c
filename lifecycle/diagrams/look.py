"""Colours, font and small words of the pictures.

Knows how things look in light and in dark. Does not know what is drawn. Every light colour is used for one purpose
only, so that a style sheet can tell the purposes apart by it.
"""

from __future__ import annotations

from attrs import frozen

from lifecycle.model import Role

FONT = "Liberation Sans"
FALLBACK = f"{FONT},Arial,Helvetica,sans-serif"
"""What an SVG asks for: the font it was measured with, then those of the same widths."""


@frozen
class Colour:
    """One purpose, in light and in dark."""

    light: str
    dark: str


PAGE = Colour("#ffffff", "#11161d")
CARD = Colour("#fdfdfe", "#1b222c")
EDGE = Colour("#d3d9e1", "#3d4855")
INK = Colour("#1f2937", "#e6ebf2")
MUTE = Colour("#566070", "#a9b4c3")
LINE = Colour("#7b8593", "#8794a5")
STATE = Colour("#202a38", "#dfe6ef")
STATE_INK = Colour("#fefefe", "#12171e")
REFUSED = Colour("#b3261e", "#ff8d85")

ROLES: dict[Role, Colour] = {
    Role.HOLDER: Colour("#1a65c5", "#7fb6ff"),
    Role.AGENT: Colour("#0e7a6b", "#5ed0bf"),
    Role.REVIEWER: Colour("#7b3fc4", "#c6a1f7"),
    Role.SUPERVISOR: Colour("#b3196b", "#f78fc3"),
    Role.SYSTEM: Colour("#a8520f", "#f5ad6b"),
}
"""A colour for each role, readable on a card in both looks; the role's word always stands beside it."""

CROSS = "\u00d7"
"""The sign of a refused attempt; the word stands beside it. The shipped font has it, and every other one."""

COLOURS: tuple[Colour, ...] = (PAGE, CARD, EDGE, INK, MUTE, LINE, STATE, STATE_INK, REFUSED, *ROLES.values())
