"""The pictures a browser may ask for: the policy or a part of it, with what is highlighted.

Knows how a picture is asked for, and how something in it is made to stand out. Does not know how one is drawn.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from attrs import frozen

from lifecycle.diagrams import machines
from lifecycle.diagrams.chapters import chapters
from lifecycle.diagrams.drawing import svg
from lifecycle.diagrams.views import part, whole
from lifecycle.errors import BadRequest, closest
from lifecycle.model import ACCOUNT, Role
from lifecycle.rows import Policy


@frozen
class Asked:
    """What a picture is to show; what is None picks nothing out. ``highlight`` is a state that stands out."""

    focus: str | None = None
    actor: str | None = None
    chapter: str | None = None
    machine: str | None = None
    highlight: str | None = None


@functools.lru_cache(maxsize=64)
def drawn(policy: Policy, asked: Asked) -> str:
    """Return the SVG that is asked for.

    Raises:
        BadRequest: it names something that is not there, or nothing fits all of it; every such name at once.
        DiagramExtraMissing: pictures need pygraphviz.
    """
    states, roles = policy.named, {role.value: role for role in Role}
    known: dict[str, Iterable[str]] = {
        "focus": states,
        "actor": roles,
        "chapter": chapters(policy),
        "machine": machines(policy),
        "highlight": states,
    }
    mistakes = [line for name, words in known.items() for line in _unknown(name, getattr(asked, name), words)]
    if mistakes:
        raise BadRequest("\n".join(["the picture cannot be drawn:", *mistakes]))
    if (asked.focus, asked.actor, asked.chapter) == (None, None, None):
        view = whole(policy, asked.machine or ACCOUNT)
    else:
        focus = None if asked.focus is None else states[asked.focus]
        actor = None if asked.actor is None else roles[asked.actor]
        found = part(policy, focus=focus, actor=actor, chapter=asked.chapter, machine=asked.machine)
        if found is None:
            raise BadRequest("no rule of the policy fits all of that, so there is nothing to draw. Ask for less.")
        view = found
    picture = svg(view.dot, title=view.title, description=view.description)
    return picture if asked.highlight is None else standing_out(picture, asked.highlight)


def standing_out(picture: str, state: str) -> str:
    """Return the picture with a ring around a state."""
    rule = f'[id="s.{state}"] path{{stroke:#d9480f;stroke-width:5}}'
    return picture.replace("</style>", f"{rule}</style>", 1)


def style_of(picture: str) -> str:
    """Return the style of a picture, for the header that lets a browser use it and no other."""
    found = re.search(r"<style>(.*?)</style>", picture, re.DOTALL)
    return found[1] if found else ""


def _unknown(name: str, said: str | None, known: Iterable[str]) -> Iterable[str]:
    words = [*known]
    if said is not None and said not in words:
        listed = ", ".join(words)
        yield f'{name}: nothing is called "{said}".{closest(said, words) or f" Known: {listed}."}'
