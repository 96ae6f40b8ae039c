"""The commands that draw: `diagram`, one picture of what one asks for, and `diagrams`, the folder of all of them.

Knows where a picture goes and when it cannot go there. Does not know how one is drawn, nor how a case is replayed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import frozen

from lifecycle import diagrams as pictures
from lifecycle.cases import SUFFIX
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.output import Desk, Ticker, unheard
from lifecycle.cli.places import Unusable, case_files, policy_of
from lifecycle.cli.words import count
from lifecycle.diagrams.chapters import chapters
from lifecycle.diagrams.drawing import png, svg
from lifecycle.diagrams.views import View, of_path, part, whole
from lifecycle.errors import closest
from lifecycle.model import ACCOUNT, Role
from lifecycle.rows import Policy
from lifecycle.stories import tell

FORMATS = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid"}
"""What the end of a file's name says of its format."""

CASES = (Path("tests") / "cases", Path("cases"))
"""Where the cases of a folder of diagrams may be, seen from the folder it is in; the first one there is is taken."""

_FORMS: dict[str, Callable[[View], bytes]] = {
    "svg": lambda view: svg(view.dot, title=view.title, description=view.description).encode(),
    "png": lambda view: png(view.dot),
    "dot": lambda view: view.dot.encode(),
    "mermaid": lambda view: view.mermaid.encode(),
}


@frozen
class Asked:
    """What a picture is asked to show; what is None picks nothing out."""

    case: Path | None = None
    focus: str | None = None
    actor: str | None = None
    chapter: str | None = None
    machine: str | None = None


def diagram(desk: Desk, asked: Asked, *, form: str | None, output: Path | None) -> int:
    """Draw one picture, or one for each case of a file, into files or onto the output."""
    policy = policy_of(desk.policy_name)
    form = form or FORMATS.get(output.suffix if output else "", "svg")
    views = _path(asked, policy) if asked.case is not None else [_view(asked, policy)]
    if output is None and len(views) > 1:
        raise Unusable(
            f"{asked.case} holds {len(views)} cases, and each is a picture of its own. Name a file: --output path.{form} "
            f"makes path.{form}, path.2.{form} and so on."
        )
    if output is None and form == "png" and sys.stdout.isatty():
        raise Unusable("a PNG is no text for a terminal. Name a file: --output picture.png")
    with unheard():
        drawn = [_FORMS[form](view) for view in views]
    if output is None:
        desk.voice.verbatim(drawn[0])
        return FINE
    for number, content in enumerate(drawn, start=1):
        path = output if number == 1 else output.with_suffix(f".{number}{output.suffix}")
        path.write_bytes(content)
        desk.voice.say(f"✓ wrote {path}", hang=2)
    return FINE


def _path(asked: Asked, policy: Policy) -> list[View]:
    if others := [name for name in ("focus", "actor", "chapter", "machine") if getattr(asked, name) is not None]:
        raise Unusable(f"--case draws the path of a case, and takes no --{others[0]}.")
    path = asked.case or Path()
    if path.is_dir():
        raise Unusable(f'{path} is a folder. Name one case file in it; "lifecycle diagrams" draws all of them.')
    return [of_path(told, policy) for told in tell(policy, case_files([path]))]


def _view(asked: Asked, policy: Policy) -> View:
    if (asked.focus, asked.actor, asked.chapter) == (None, None, None):
        return whole(policy, _machine(asked.machine, policy) or ACCOUNT)
    states, roles = policy.named, {role.value: role for role in Role}
    known = chapters(policy)
    focus = None if asked.focus is None else states[_one_of("focus", "state", asked.focus, states)]
    actor = None if asked.actor is None else roles[_one_of("actor", "role", asked.actor, roles)]
    chapter = None if asked.chapter is None else _one_of("chapter", "chapter", asked.chapter, known)
    view = part(policy, focus=focus, actor=actor, chapter=chapter, machine=_machine(asked.machine, policy))
    if view is None:
        raise Unusable("no rule of the policy fits all of that, so there is nothing to draw. Ask for less.")
    return view


def _machine(asked: str | None, policy: Policy) -> str | None:
    return None if asked is None else _one_of("machine", "machine", asked, pictures.machines(policy))


def _one_of(option: str, what: str, word: str, known: Iterable[str]) -> str:
    names, plain = [*known], word.replace(" ", "_")
    if plain not in names:
        near = closest(plain, names) or f" Known: {', '.join(names)}."
        raise Unusable(f'--{option} names no {what}: "{word}".{near}')
    return plain


def draw_diagrams(desk: Desk, folder: Path, *, check_only: bool, as_json: bool, cases: Path | None = None) -> int:
    """Write the pictures and pages made from policy and cases, or say which are not up to date."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    # The cases are those of the project that the folder lies in.
    places = [folder.parent / place for place in CASES] if cases is None else [cases]
    where = next((place for place in places if place.is_dir()), None)
    if where is None and cases is not None:
        raise Unusable(f"there is no folder {cases}.")
    files = sorted(where.rglob(f"*{SUFFIX}")) if where is not None else []
    ticker = Ticker(f"of {count(len(files), 'case file')} told")
    told = [story for file in ticker.each(files) for story in tell(policy, [file])]
    ticker.say("drawing the pictures")
    try:
        with unheard():
            names = (pictures.check if check_only else pictures.write)(policy, folder, told)
    finally:
        ticker.clear()
    if as_json:
        voice.document("diagrams", {"folder": str(folder), "stale" if check_only else "written": names})
    elif not names:
        voice.say(f"✓ {folder} is up to date.")
    elif check_only:
        for name in names:
            voice.say(f"✗ {folder / name} is missing, stale, or none of ours", hang=2)
        again = "lifecycle diagrams" if folder == Path("diagrams") else f"lifecycle diagrams --folder {folder}"
        again += "" if cases is None else f" --cases {cases}"
        again += "" if desk.policy_name is None else f" --policy {desk.policy_name}"
        voice.say(f"Write them anew: {again}")
    else:
        for name in names:
            voice.say(f"✓ wrote {folder / name}")
    return FAILED if check_only and names else FINE
