"""A story drawn as a vertical line: states are its stops, what happened stands between them.

Knows columns, gaps and how a line wraps. Does not know cases, events or any rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from attrs import frozen
from rich.text import Text

from lifecycle.cli.output import Voice
from lifecycle.cli.words import span
from lifecycle.model import Role

SIGNS: Mapping[str, str] = {"taken": "✓", "refused": "✗", "failed": "✗", "fired": "◷", "told": "·"}
"""The sign of what happened; the words beside it say the same."""

STYLES: Mapping[str, str] = {
    "taken": "green",
    "refused": "yellow",
    "failed": "bold red",
    "fired": "bold",
    "unknown": "cyan",
    "told": "dim",
    "quiet": "dim",
    "plain": "",
    "story": "italic",
    Role.HOLDER.value: "blue",
    Role.AGENT.value: "cyan",
    Role.REVIEWER.value: "magenta",
    Role.SUPERVISOR.value: "bold magenta",
    Role.SYSTEM.value: "",
}

_WHAT, _WHO = 20, 13
_RAIL = "  │ "
_INDENT = len("02 Mar 10:05  ✓ ")


@frozen
class Stop:
    """A state the account arrives in, or is in ``still``. ``remark`` stands beside it.

    ``of`` is what has the state where that is not the account itself: its membership, its level.
    """

    state: str
    remark: str = ""
    still: bool = False
    of: str = ""


@frozen
class Line:
    """One more line about what happened, in the style of this name."""

    text: str
    style: str = "quiet"


@frozen
class Beat:
    """Something that happened: when, how it went, what, who, and what else there is to say of it."""

    at: dt.datetime
    sign: str
    what: str
    role: str = ""
    who: str = ""
    remark: str = ""
    lines: tuple[Line, ...] = ()


def draw(voice: Voice, items: Iterable[Stop | Beat], zone: dt.tzinfo, *, begins: dt.datetime | None = None) -> None:
    """Draw the line. Gaps are counted from *begins*, or from the first thing that happened."""
    items = list(items)
    last, year = begins, None if begins is None else begins.astimezone(zone).year
    ends = items[-1] if items and isinstance(items[-1], Stop) else None
    for number, item in enumerate(items):
        if isinstance(item, Stop):
            _stop(voice, item, "●" if number == 0 else "■" if item is ends else "▼")
            continue
        local = item.at.astimezone(zone)
        if last is not None and item.at > last:
            _on_rail(voice, Text(f"+{span(item.at - last)}", style="dim"))
        if year is not None and local.year != year:
            _on_rail(voice, Text(str(local.year), style="bold"))
        last, year = item.at, local.year
        _beat(voice, item, local)


def _stop(voice: Voice, stop: Stop, sign: str) -> None:
    before = f"{stop.of}: " * bool(stop.of) + "still " * stop.still
    text = Text.assemble(f"{sign} {before}", (stop.state, "bold reverse"), (f"  {stop.remark}".rstrip(), "dim"))
    voice.say(text, indent=2, hang=len(sign) + len(before) + len(stop.state) + 3)


def _on_rail(voice: Voice, text: Text, indent: int = 0) -> None:
    rail = Text(_RAIL + " " * indent, style="dim")
    voice.rail(text, rail, rail)


def _beat(voice: Voice, beat: Beat, local: dt.datetime) -> None:
    what = Text(beat.what, style=f"bold {STYLES.get(beat.role, '')}".strip() if beat.role else STYLES["story"])
    if beat.role:
        what.pad_right(max(1, _WHAT - len(beat.what)))
        what.append(beat.who, style=STYLES[beat.role])
    if beat.remark:
        what.append(" " * max(2, _WHO - len(beat.who)))
        what.append(beat.remark, style=STYLES[beat.sign])
    first = Text.assemble((_RAIL, "dim"), f"{local:%d %b %H:%M}", "  ", (SIGNS[beat.sign], STYLES[beat.sign]), " ")
    voice.rail(what, first, Text(_RAIL + " " * _INDENT, style="dim"))
    for line in beat.lines:
        _on_rail(voice, Text(line.text, style=STYLES[line.style]), _INDENT)
