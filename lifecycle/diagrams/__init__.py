"""Pictures of a policy and of its paths, generated and checked: as DOT, SVG, Mermaid, tables and English.

Knows which files there are and whether they are up to date. Does not know how a card or an arrow looks, what stands on
a page, nor how a case is replayed: what happened is handed in as `Told`.
Text is the same on every machine; an SVG is compared byte by byte only where the pinned Graphviz draws it, and
elsewhere by the digest of the DOT text it was drawn from (D-25).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

from lifecycle.diagrams.chapters import chapter_description, chapter_dot, chapter_page, chapter_title, chapters
from lifecycle.diagrams.dot_text import dot
from lifecycle.diagrams.drawing import (
    DiagramExtraMissing,
    digest,
    drawn_from,
    pinned,
    svg,
)
from lifecycle.diagrams.index import index
from lifecycle.diagrams.machine_page import description, machine_dot, machine_page, machines, title_of
from lifecycle.diagrams.mermaid_text import mermaid
from lifecycle.diagrams.path_page import path_description, path_page
from lifecycle.diagrams.paths import path_dot, path_mermaid
from lifecycle.diagrams.told import Told, ToldStep, files, picture_name
from lifecycle.prose import policy_page
from lifecycle.prose.trace_page import trace_page
from lifecycle.rows import Policy
from lifecycle.trace import trace

__all__ = [
    "DiagramExtraMissing",
    "Told",
    "ToldStep",
    "check",
    "description",
    "dot",
    "generated",
    "machines",
    "mermaid",
    "path_description",
    "path_dot",
    "path_mermaid",
    "svg",
    "title_of",
    "write",
]


@frozen
class _Picture:
    """A picture before it is drawn."""

    dot: str
    title: str
    description: str

    def svg(self) -> str:
        return svg(self.dot, title=self.title, description=self.description)


def generated(policy: Policy, told: Iterable[Told] = ()) -> dict[str, str | bytes]:
    """Return every file of the folder of diagrams: its name, with slashes, and its content.

    *told* are the cases whose paths are drawn.

    Raises:
        DiagramExtraMissing: pygraphviz is not installed.
        CaseError: two case files would share a page.
    """
    told = tuple(told)
    pictures = {name: picture.svg().encode() for name, picture in _pictures(policy, told).items()}
    return {**_texts(policy, told), **pictures}


def write(policy: Policy, folder: Path, told: Iterable[Told] = ()) -> list[str]:
    """Write the files that are missing or differ, and return their names. Nothing is deleted.

    Raises:
        DiagramExtraMissing: pygraphviz is not installed.
        CaseError: two case files would share a page.
    """
    made = {name: _bytes(content) for name, content in generated(policy, told).items()}
    changed = []
    for name, content in sorted(made.items()):
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(name)
    return changed


def check(policy: Policy, folder: Path, told: Iterable[Told] = ()) -> list[str]:
    """Return the names of files that are missing, stale or extra; an empty list means all is up to date.

    Nothing here is a ``.png``: pictures of the console may lie beside it.

    Works without pygraphviz: the pictures then have to carry the digest of their DOT text.

    Raises:
        CaseError: two case files would share a page.
    """
    told = tuple(told)
    texts, pictures = _texts(policy, told), _pictures(policy, told)
    wrong = {name for name, content in texts.items() if _read(folder / name) != _bytes(content)}
    wrong |= {name for name, picture in pictures.items() if not _is_drawn(picture, _read(folder / name))}
    return sorted(wrong | set(_extra(folder, {**texts, **pictures})))


def _is_drawn(picture: _Picture, found: bytes | None) -> bool:
    if found is None or drawn_from(found.decode(errors="replace")) != digest(picture.dot):
        return False
    return not pinned() or found == picture.svg().encode()


def _texts(policy: Policy, told: tuple[Told, ...]) -> dict[str, str | bytes]:
    texts: dict[str, str | bytes] = {
        "README.md": index(policy, told),
        "policy.md": policy_page(policy),
    }
    if policy.sources.rules:
        texts["trace.md"] = trace_page(trace(policy, [(one.case.label, one.case.cites) for one in told]))
    for machine in machines(policy):
        texts |= {f"{machine}.dot": machine_dot(policy, machine), f"{machine}.md": machine_page(policy, machine)}
    texts |= {f"chapters/{name}.md": chapter_page(name, policy, told) for name in chapters(policy)}
    return texts | {f"paths/{name}.md": path_page(name, several, policy) for name, several in files(told).items()}


def _pictures(policy: Policy, told: tuple[Told, ...]) -> dict[str, _Picture]:
    pictures = {
        f"{machine}.svg": _Picture(machine_dot(policy, machine), title_of(machine), description(policy, machine))
        for machine in machines(policy)
    }
    for name in chapters(policy):
        about = chapter_description(name, policy)
        pictures[f"chapters/{name}.svg"] = _Picture(chapter_dot(name, policy), chapter_title(name), about)
    for name, several in files(told).items():
        for one in several:
            picture = _Picture(path_dot(one, policy), one.case.title, path_description(one))
            pictures[f"paths/{picture_name(name, one.case)}.svg"] = picture
    return pictures


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _read(path: Path) -> bytes | None:
    # A checkout on Windows may have changed the line ends; what a file says has not changed by that.
    return path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else None


def _extra(folder: Path, wanted: Mapping[str, object]) -> list[str]:
    found = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    names = [path.relative_to(folder) for path in found]
    visible = [name for name in names if not any(part.startswith(".") for part in name.parts)]
    # Pictures of the console lie beside these; a browser makes them.
    return [name.as_posix() for name in visible if name.as_posix() not in wanted and name.suffix != ".png"]
