"""The page of a case file: each case as picture, story and Mermaid text, and the rules it rests on.

Knows the order of the page. Does not know how a happening is told, nor how anything is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lifecycle.diagrams.look import CROSS
from lifecycle.diagrams.moves import words_of
from lifecycle.diagrams.paths import path_mermaid, path_size
from lifecycle.diagrams.story import quiet, story
from lifecycle.diagrams.told import Told, picture_name
from lifecycle.prose.words import capital, cell, count, listed, plain
from lifecycle.rows import Policy

_HOW_TO_READ = (
    "The numbers in the picture are those of the story. A solid card moves the account along its arrow, a dashed one "
    f"leaves it where it is, and a red one with {CROSS} is an attempt that was refused there. All times are in UTC."
)


def path_page(name: str, several: Sequence[Told], policy: Policy) -> str:
    """Return the page of one case file as Markdown; *several* are its cases."""
    first = several[0].case
    parts = [f"# {label(name)}: {first.title}", _HOW_TO_READ]
    if len(several) > 1:
        parts.append("\n".join(f"{told.case.number}. [{told.case.title}](#{_anchor(told)})" for told in several))
    for told in several:
        parts += _case(name, told, policy, alone=len(several) == 1)
    parts += _rules(several, policy)
    parts.append(
        f"Told from `{first.path.name}`, replayed under policy {policy.name} {policy.version}. "
        "[All paths, chapters and the whole machine](../README.md)."
    )
    return "\n\n".join(parts) + "\n"


def label(name: str) -> str:
    """Return what a page is called: ``P-05``, ``G3`` for a guide's story, or its name in words."""
    return name.upper() if re.fullmatch(r"(?:[pcd]-|g)\d+", name) else capital(plain(name.replace("-", " ")))


def path_description(told: Told) -> str:
    """Return a picture in one sentence, for those who cannot see it."""
    way = capital(" and ".join(_way(told, machine) for machine in told.machines))
    return f"{way}, in {path_size(told)}. The numbered steps stand beside it as a story."


def _way(told: Told, machine: str) -> str:
    states = [words_of(state) for state in told.states(machine)]
    return f"the {machine} goes from {listed(states, 'to')}" if len(states) > 1 else f"the {machine} stays {states[0]}"


def _case(name: str, told: Told, policy: Policy, *, alone: bool) -> list[str]:
    case = told.case
    parts = [] if alone else [f"## {_heading(told)}"]
    deeper = "##" if alone else "###"
    parts += [f"![{_alt(case.title)}]({picture_name(name, case)}.svg)", story(told, policy)]
    if case.chosen:
        parts += [f"{deeper} What the case chose, because nobody told", "\n".join(quiet(case.chosen))]
    return [*parts, f"{deeper} The same in Mermaid", f"```mermaid\n{path_mermaid(told, policy)}```"]


def _heading(told: Told) -> str:
    return f"{told.case.number}. {told.case.title}"


def _anchor(told: Told) -> str:
    """Return the anchor that Markdown on the web gives the heading of a case."""
    return re.sub(r"[^\w\- ]", "", _heading(told).lower()).replace(" ", "-")


def _alt(words: str) -> str:
    return words.replace("[", "(").replace("]", ")")


def _rules(several: Sequence[Told], policy: Policy) -> list[str]:
    """Return the rules cited by the cases, then those behind the rows taken, each once with its statement."""
    taken = {row for told in several for row in told.rows}
    cited = [cite for told in several for cite in told.case.cites]
    behind = [cite for row in policy.rows if row.name in taken for cite in row.cites]
    parts = []
    for heading, cites in (
        ("The rules the story follows", cited),
        ("What else the steps taken rest on", [cite for cite in behind if cite not in cited]),
    ):
        if lines := _statements(cites, policy):
            parts += [f"## {heading}", "\n".join(("| rule | what it says |", "|---|---|", *lines))]
    chapters = list(dict.fromkeys(row.chapter for row in policy.rows if row.name in taken))
    links = [f"[{plain(chapter)}](../chapters/{chapter}.md)" for chapter in chapters if chapter]
    if links:
        which = f"{count(len(taken), 'rule')} of the {'chapter' if len(links) == 1 else 'chapters'} {listed(links)}"
        parts.append(f"Taken here: {which}.")
    return parts


def _statements(cites: Iterable[str], policy: Policy) -> list[str]:
    return [f"| {cite} | {cell(policy.citations[cite])} |" for cite in dict.fromkeys(cites) if cite in policy.citations]
