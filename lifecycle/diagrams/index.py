"""The index of all pictures and pages: the whole machine, the stories, the paths by guide, the real cases, the chapters.

Knows what is linked from where, and to which guide a path belongs. Does not know what stands on a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lifecycle.diagrams.chapters import chapter_size, chapter_title, chapters
from lifecycle.diagrams.machine_page import machines, the_machine
from lifecycle.diagrams.path_page import label
from lifecycle.diagrams.paths import path_way
from lifecycle.diagrams.told import Told, files
from lifecycle.prose.words import cell, count
from lifecycle.rows import Policy, Sources, Transition

_HEAD = ("path", "what happens", "states")
_STORIES = "The guides as stories"
_REAL = "Real cases"
_OTHER = "What no guide tells: our own decisions"
_ALONE = "What happens, case by case"


def index(policy: Policy, told: Iterable[Told] = ()) -> str:
    """Return the page that links everything, as Markdown."""
    parts = [_introduction(policy), _whole(policy)]
    sections = _sections(files(told), policy)
    order = (_STORIES, *(_guide(guide, policy) for guide in policy.sources.guides), _OTHER, _ALONE, _REAL)
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


def guide_of(several: Sequence[Told], sources: Sources) -> str | None:
    """Return the guide whose rules the cases of a file cite most; None if they cite no path of one."""
    if not any(cite in sources.stories for told in several for cite in told.case.cites):
        return None
    said = (cite.partition("-")[0] for told in several for cite in told.case.cites)
    cited = Counter(guide for guide in said if guide in sources.guides)
    return min(cited, key=lambda guide: (-cited[guide], guide)) if cited else None


def is_real(several: Sequence[Told], sources: Sources) -> bool:
    """Whether a file tells what happened to somebody, rather than a path of the guides."""
    named = [cite for cite in several[0].case.cites if cite in sources.stories]
    return named[:1] != [] and named[0] in sources.real


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
                [("[trace.md](trace.md)", f"every rule of {policy.sources.called}, and what holds it")]
                if policy.sources.rules
                else []
            ),
            ("[policy.md](policy.md)", "every rule, timer, ground and parameter in English sentences"),
            *((f"[{name}.svg]({name}.svg)", "the picture alone, for light and dark") for name in machines(policy)),
            *((f"[{name}.dot]({name}.dot)", "the drawing it was made from, as DOT text") for name in machines(policy)),
        ],
    )


def _guide(guide: str, policy: Policy) -> str:
    return f"Paths of guide {guide}: {policy.sources.guides[guide]}"


def _sections(pages: dict[str, tuple[Told, ...]], policy: Policy) -> dict[str, list[tuple[str, ...]]]:
    sections: dict[str, list[tuple[str, ...]]] = {}
    for name, several in pages.items():
        first = several[0]
        guide, story, sources = guide_of(several, policy.sources), first.case.guide, policy.sources
        own = _OTHER if sources.stories else _ALONE
        heading = _REAL if is_real(several, sources) else _guide(guide, policy) if guide is not None else own
        called = label(name)
        if story is not None:
            heading, called = _STORIES, f"{story}: {sources.guides[story]}"
        more = f" (and {count(len(several) - 1, 'more case')})" if len(several) > 1 else ""
        line = (f"[{called}](paths/{name}.md)", f"{first.case.title}{more}", path_way(first))
        sections.setdefault(heading, []).append(line)
    return sections


def _triggers(rows: Iterable[Transition]) -> list[str]:
    return [f"`{name}`" for name in dict.fromkeys(row.trigger for row in rows)]


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, tuple("---" for _ in head), *lines]
    return "".join(f"| {' | '.join(cell(word) for word in row)} |\n" for row in rows)
