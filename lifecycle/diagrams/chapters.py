"""One picture and one page for each chapter of a policy: every row of it, with conditions, and those that stay.

Knows what belongs to a chapter. Does not know how a card looks, nor how a row becomes a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lifecycle.diagrams.dot_text import dot
from lifecycle.diagrams.mermaid_text import mermaid
from lifecycle.diagrams.told import Told, files
from lifecycle.prose import sentence
from lifecycle.prose.words import capital, count, plain
from lifecycle.rows import Policy, Transition

_HOW_TO_READ = (
    "A solid card moves the account along its arrow, a dashed one leaves it where it is. All conditions under a name "
    "must hold."
)


def chapters(policy: Policy) -> dict[str, tuple[Transition, ...]]:
    """Return the rows of each chapter, in the order of the policy; rows without a chapter are left out."""
    found: dict[str, list[Transition]] = {}
    for row in policy.rows:
        if row.chapter:
            found.setdefault(row.chapter, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def chapter_title(name: str) -> str:
    """Return what a chapter is called."""
    return capital(plain(name))


def chapter_size(rows: Sequence[Transition]) -> str:
    """Return how many rows there are, in words: ``14 rules, 11 of which move the account``."""
    moving = sum(row.dest is not None for row in rows)
    size = count(len(rows), "rule")
    if moving == len(rows):
        return f"{size}, which {'moves' if moving == 1 else 'move'} the account"
    if not moving:
        return f"{size}, which {'leaves' if len(rows) == 1 else 'leave'} the account where it is"
    return f"{size}, {moving} of which {'moves' if moving == 1 else 'move'} the account"


def chapter_dot(name: str, policy: Policy) -> str:
    """Return DOT text of a chapter."""
    rows, title = chapters(policy)[name], chapter_title(name)
    return dot(policy, rows=rows, guards=True, staying=True, title=title, subtitle=chapter_size(rows))


def chapter_description(name: str, policy: Policy) -> str:
    """Return a picture in one sentence, for those who cannot see it."""
    return f"{capital(chapter_size(chapters(policy)[name]))}, with their conditions. They stand beside it as sentences."


def chapter_page(name: str, policy: Policy, told: Iterable[Told] = ()) -> str:
    """Return the page of a chapter as Markdown: picture, sentences, Mermaid text, and the paths that walk through it."""
    rows, title = chapters(policy)[name], chapter_title(name)
    chart = mermaid(policy, rows=rows, guards=True, staying=True, title=title)
    parts = [
        f"# {title}",
        f"{capital(chapter_size(rows))}. {_HOW_TO_READ}",
        f"![{title}]({name}.svg)",
        "## The rules in words",
        *(sentence(row, policy) for row in rows),
    ]
    if walked := _walked(rows, told):
        parts += ["## Where it is walked", walked]
    parts += ["## The same in Mermaid", f"```mermaid\n{chart}```"]
    parts.append(
        f"Made from policy {policy.name} {policy.version}. [All paths, chapters and the whole machine](../README.md)."
    )
    return "\n\n".join(parts) + "\n"


def _walked(rows: Iterable[Transition], told: Iterable[Told]) -> str:
    names = {row.name for row in rows}
    lines = []
    for page, several in files(told).items():
        if any(names & set(one.rows) for one in several):
            lines.append(f"- [{several[0].case.title}](../paths/{page}.md)")
    return "\n".join(lines)
