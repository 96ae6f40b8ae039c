"""Pictures of a policy, generated and checked: the whole machine as DOT, SVG, Mermaid and a table.

Knows which files there are and whether they are up to date. Does not know how a card or an arrow looks.
Text is the same on every machine; an SVG is compared byte by byte only where the pinned Graphviz draws it, and
elsewhere by the digest of the DOT text it was drawn from (D-25).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lifecycle.diagrams.dot_text import dot
from lifecycle.diagrams.drawing import (
    DiagramExtraMissing,
    digest,
    drawn_from,
    pinned,
    svg,
)
from lifecycle.diagrams.mermaid_text import mermaid
from lifecycle.diagrams.moves import Card, Step, cards
from lifecycle.prose import policy_page
from lifecycle.prose.words import cell
from lifecycle.rows import Policy

__all__ = [
    "DiagramExtraMissing",
    "Step",
    "check",
    "description",
    "dot",
    "generated",
    "mermaid",
    "svg",
    "write",
]

TITLE = "Account lifecycle"


def generated(policy: Policy) -> dict[str, str | bytes]:
    """Return every file of the folder of diagrams: its name and content.

    Raises:
        DiagramExtraMissing: pygraphviz is not installed.
    """
    drawing = dot(policy, title=TITLE)
    picture = svg(drawing, title=TITLE, description=description(policy))
    return {**_texts(policy, drawing), "account.svg": picture.encode()}


def write(policy: Policy, folder: Path) -> list[str]:
    """Write the files that are missing or differ, and return their names. Nothing is deleted.

    Raises:
        DiagramExtraMissing: pygraphviz is not installed.
    """
    files = {name: _bytes(content) for name, content in generated(policy).items()}
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, content in sorted(files.items()):
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            (folder / name).write_bytes(content)
            changed.append(name)
    return changed


def check(policy: Policy, folder: Path) -> list[str]:
    """Return the names of files that are missing, stale or extra; an empty list means all is up to date.

    Works without pygraphviz: the picture then has to carry the digest of the DOT text.
    """
    drawing = dot(policy, title=TITLE)
    texts = _texts(policy, drawing)
    wrong = {name for name, content in texts.items() if _read(folder / name) != _bytes(content)}
    if not _is_drawn(policy, drawing, _read(folder / "account.svg")):
        wrong.add("account.svg")
    return sorted(wrong | set(_extra(folder, {**texts, "account.svg": b""})))


def description(policy: Policy) -> str:
    """Return the picture in one sentence, for those who cannot see it."""
    shown = cards(policy.rows)
    moving = sum(1 for row in policy.rows if row.dest is not None)
    states = len({card.dest for card in shown})
    return (
        f"{moving} of the policy's {len(policy.rows)} rules move an account between {states} states. "
        "Each card on an arrow names what leads along it and who may do it; the same stands beside it as a table."
    )


def _is_drawn(policy: Policy, drawing: str, picture: bytes | None) -> bool:
    if picture is None or drawn_from(picture.decode(errors="replace")) != digest(drawing):
        return False
    return not pinned() or picture == generated(policy)["account.svg"]


def _texts(policy: Policy, drawing: str) -> dict[str, str | bytes]:
    return {
        "README.md": _index(policy),
        "account.dot": drawing,
        "account.md": _account_page(policy),
        "policy.md": policy_page(policy),
    }


def _index(policy: Policy) -> str:
    return (
        "# Diagrams\n\n"
        f"Generated from policy {policy.name} {policy.version}. Nobody edits these files: change the policy and "
        "generate them again.\n\n"
        "| file | what it shows |\n|---|---|\n"
        "| [account.md](account.md) | the whole machine: every rule that moves an account, as picture and table |\n"
        "| [policy.md](policy.md) | every rule, timer, ground and parameter in English sentences |\n"
        "| [account.svg](account.svg) | the picture alone, for light and dark |\n"
        "| [account.dot](account.dot) | the drawing it was made from, in the DOT language |\n"
    )


def _account_page(policy: Policy) -> str:
    rows = "".join(line for card in cards(policy.rows) for line in _table_rows(card))
    return (
        f"# {TITLE}\n\n{description(policy)}\n\n"
        f"![{TITLE}](account.svg)\n\n"
        "What each rule asks for and what follows from it is told in [policy.md](policy.md).\n\n"
        f"## The same in Mermaid\n\n```mermaid\n{mermaid(policy, title=TITLE)}```\n\n"
        "## The same as a table\n\n"
        f"| from | to | what | who | the rule |\n|---|---|---|---|---|\n{rows}"
    )


def _table_rows(card: Card) -> list[str]:
    source = card.source.words if card.source else "(no account yet)"
    lines = []
    for line in card.lines:
        dest = f"{card.dest.words}, {line.remark}" if line.remark else card.dest.words
        who = ", ".join(role.value for role in line.roles)
        lines.append(f"| {source} | {dest} | {line.words} | {who} | {cell(line.title)} |\n")
    return lines


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _read(path: Path) -> bytes | None:
    # A checkout on Windows may have changed the line ends; what a file says has not changed by that.
    return path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else None


def _extra(folder: Path, files: Mapping[str, str | bytes]) -> list[str]:
    found = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in found if name not in files and not name.startswith("."))
