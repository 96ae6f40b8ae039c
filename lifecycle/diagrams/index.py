"""The index of all pictures and pages: the whole machine, the stories, the paths by guide, the real cases, the chapters.

Knows what is linked from where, and to which guide a path belongs. Does not know what stands on a page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lifecycle.diagrams.chapters import chapter_size, chapter_title, chapters
from lifecycle.diagrams.machine_page import machines, the_machine
from lifecycle.diagrams.path_page import label
from lifecycle.diagrams.paths import path_way
from lifecycle.diagrams.told import Told, files
from lifecycle.policy import GUIDES as SHIPPED
from lifecycle.prose.words import cell, count
from lifecycle.rows import Policy, Transition

GUIDES = {
    "G1": "deleting an account directly",
    "G2": "closing an account by request",
    "G3": "recovering a disabled account",
    "G4": "ending a VIP membership",
    "G5": "member levels",
}
"""The guides that paths follow, and what each is about."""

_HEAD = ("path", "what happens", "states")
_STORIES = "The guides as stories"
_REAL = "Real cases"
_OTHER = "What no guide tells: our own decisions"


def index(policy: Policy, told: Iterable[Told] = ()) -> str:
    """Return the page that links everything, as Markdown."""
    parts = [_introduction(policy), _whole(policy)]
    sections = _sections(files(told))
    order = (_STORIES, *(_guide(guide) for guide in GUIDES), _OTHER, _REAL)
    heads = {_STORIES: ("guide", *_HEAD[1:])}
    parts += [
        f"## {heading}\n\n{_table(heads.get(heading, _HEAD), sections[heading])}"
        for heading in order
        if heading in sections
    ]
    lines = [
        (f"[{chapter_title(name)}](chapters/{name}.md)", f"{chapter_size(rows)}", ", ".join(_triggers(rows)))
        for name, rows in chapters(policy).items()
    ]
    if lines:
        parts.append(f"## The rules, chapter by chapter\n\n{_table(('chapter', 'holds', 'names'), lines)}")
    return "\n".join(parts)


def guide_of(several: Sequence[Told]) -> str | None:
    """Return the guide whose rules the cases of a file cite most; None if they cite no path of one."""
    if not any(re.match(r"[CP]-\d", cite) for told in several for cite in told.case.cites):
        return None
    cited = Counter(cite[:2] for told in several for cite in told.case.cites if re.match(r"G\d-", cite))
    return min(cited, key=lambda guide: (-cited[guide], guide)) if cited else None


def is_real(several: Sequence[Told]) -> bool:
    """Whether a file tells what happened to somebody, rather than a path of the guides."""
    named = [cite for cite in several[0].case.cites if re.match(r"[CP]-\d", cite)]
    return named[:1] != [] and named[0].startswith("C")


def _introduction(policy: Policy) -> str:
    return (
        "# Diagrams\n\n"
        f"Generated from policy {policy.name} {policy.version}. Nobody edits these files: change the policy or a case "
        "and generate them again.\n"
    )


def _whole(policy: Policy) -> str:
    return "## The whole machine\n\n" + _table(
        ("file", "what it shows"),
        [
            *(
                (f"[{name}.md]({name}.md)", f"every rule that moves {the_machine(name)}, as picture and table")
                for name in machines(policy)
            ),
            *(
                [("[trace.md](trace.md)", "every rule of the guides, and what holds it")]
                if policy.name == SHIPPED
                else []
            ),
            ("[policy.md](policy.md)", "every rule, timer, ground and parameter in English sentences"),
            *((f"[{name}.svg]({name}.svg)", "the picture alone, for light and dark") for name in machines(policy)),
            *((f"[{name}.dot]({name}.dot)", "the drawing it was made from, as DOT text") for name in machines(policy)),
        ],
    )


def _guide(guide: str) -> str:
    return f"Paths of guide {guide}: {GUIDES[guide]}"


def _sections(pages: dict[str, tuple[Told, ...]]) -> dict[str, list[tuple[str, ...]]]:
    sections: dict[str, list[tuple[str, ...]]] = {}
    for name, several in pages.items():
        first = several[0]
        guide = guide_of(several)
        heading = _REAL if is_real(several) else _guide(guide) if guide in GUIDES else _OTHER
        called = label(name)
        if first.case.guide in GUIDES:
            heading, called = _STORIES, f"{first.case.guide}: {GUIDES[first.case.guide]}"
        more = f" (and {count(len(several) - 1, 'more case')})" if len(several) > 1 else ""
        line = (f"[{called}](paths/{name}.md)", f"{first.case.title}{more}", path_way(first))
        sections.setdefault(heading, []).append(line)
    return sections


def _triggers(rows: Iterable[Transition]) -> list[str]:
    return [f"`{name}`" for name in dict.fromkeys(row.trigger for row in rows)]


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, tuple("---" for _ in head), *lines]
    return "".join(f"| {' | '.join(cell(word) for word in row)} |\n" for row in rows)
