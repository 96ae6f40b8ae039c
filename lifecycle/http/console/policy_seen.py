"""A policy as its pages show it: rules in English with what each rests on, conditions, parameters, tables, and the trace.

Knows which part of a policy stands on which page. Does not know any rule: every word comes from the policy itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

import attrs
from attrs import frozen
from markupsafe import Markup

from lifecycle.diagrams import DiagramExtraMissing, machines, svg
from lifecycle.diagrams.chapters import chapter_size, chapter_title, chapters
from lifecycle.diagrams.moves import cards, words_of
from lifecycle.diagrams.views import View, part, whole
from lifecycle.http.console.marked import html_of
from lifecycle.model import Role
from lifecycle.parameters_file import origin
from lifecycle.policy.parameters.naming import Named, named_in
from lifecycle.prose import sentence
from lifecycle.prose.allowed import allowed
from lifecycle.prose.grounds import evidence_table, grounds_chapter
from lifecycle.prose.words import capital, either, measured, plain
from lifecycle.rows import Policy, Transition
from lifecycle.trace import Trace, Traced, trace

BROAD = 700
"""How many pixels a picture is wide that a narrow page cannot show whole."""


@frozen
class Cited:
    """What something rests on: the id of a rule, what it says, and whether the trace has a line for it."""

    id: str
    says: str
    traced: bool


@frozen
class RowSeen:
    """One rule of a chapter."""

    row: Transition
    words: Markup
    cites: tuple[Cited, ...]


@frozen
class GuardSeen:
    """One condition, and the rules that ask for it."""

    name: str
    sentence: str
    otherwise: str
    cites: tuple[Cited, ...]
    rows: tuple[Transition, ...]


@frozen
class ParameterSeen:
    """One parameter: its value, what it is, where the value comes from; ``before`` where it was changed."""

    name: str
    value: str
    says: str
    kind: str
    origin: str
    cites: tuple[Cited, ...]
    before: str
    others: str


@frozen
class Chapter:
    """A chapter of the policy in the list of chapters."""

    name: str
    title: str
    size: str


def cited(ids: Iterable[str], policy: Policy) -> tuple[Cited, ...]:
    """Return what these *ids* say, as far as the policy knows."""
    rules = policy.sources.rules
    return tuple(
        Cited(each, rules[each].says if each in rules else str(policy.citations.get(each, "")), each in rules)
        for each in ids
    )


def linked(policy: Policy, prefix: str) -> Mapping[str, Markup]:
    """Return for each id that may be cited what stands for it in a sentence: a link into the trace, where it has a line."""
    return _Linked(policy, prefix)


class _Linked(dict[str, Markup]):
    def __init__(self, policy: Policy, prefix: str) -> None:
        super().__init__()
        self.policy, self.prefix = policy, prefix

    def __missing__(self, id: str) -> Markup:
        (one,) = cited([id], self.policy)
        if one.traced:
            guide = self.policy.sources.rules[id].guide
            made = Markup('<a class="cite" href="{}?guide={}#{}" title="{}">{}</a>')
            return made.format(self.prefix, guide, id, one.says, id)
        return Markup('<span class="cite" title="{}">{}</span>').format(one.says, id)


def contents(policy: Policy) -> tuple[Chapter, ...]:
    """Return the chapters of the policy, in its order."""
    return tuple(Chapter(name, chapter_title(name), chapter_size(rows)) for name, rows in chapters(policy).items())


def rows_of(policy: Policy, chapter: str, prefix: str) -> tuple[RowSeen, ...]:
    """Return the rules of a chapter in words; *prefix* is the address of the trace."""
    links = linked(policy, prefix)
    return tuple(
        RowSeen(row, html_of(sentence(row, policy), links.__getitem__), cited(row.cites, policy))
        for row in chapters(policy).get(chapter, ())
    )


def guards(policy: Policy, q: str = "") -> tuple[GuardSeen, ...]:
    """Return every condition that has all the words of *q* in it."""
    asked: dict[str, list[Transition]] = {}
    for row in policy.rows:
        for guard in row.guards:
            asked.setdefault(guard.name, []).append(row)
    found = (
        GuardSeen(g.name, g.sentence, g.otherwise, cited(g.cites, policy), tuple(asked.get(g.name, ())))
        for g in policy.guards
    )
    return tuple(each for each in found if all(word in _words(each) for word in q.lower().split()))


def _words(guard: GuardSeen) -> str:
    cites = " ".join(each.id for each in guard.cites)
    return f"{guard.name} {guard.sentence} {guard.otherwise} {cites}".lower()


def groups(policy: Policy) -> tuple[tuple[str, int], ...]:
    """Return the groups of parameters, each with its size."""
    found: dict[str, int] = {}
    for each in _declared(policy):
        found[each.group] = found.get(each.group, 0) + 1
    return tuple(found.items())


def parameters(policy: Policy, group: str = "", q: str = "") -> tuple[tuple[str, tuple[ParameterSeen, ...]], ...]:
    """Return the parameters group by group: those of one *group*, and with all the words of *q* in them."""
    found: dict[str, list[ParameterSeen]] = {}
    for each in _declared(policy):
        shown = parameter(each, policy)
        said = f"{shown.name} {plain(shown.name)} {shown.says} {shown.value}".lower()
        if group in ("", each.group) and all(word in said for word in q.lower().split()):
            found.setdefault(each.group, []).append(shown)
    return tuple((name, tuple(several)) for name, several in found.items())


def parameter(each: Named, policy: Policy) -> ParameterSeen:
    """Return one parameter as it stands in *policy*."""
    held = getattr(policy.parameters, each.name)
    usual = getattr(policy.usual, each.name, each.default)
    return ParameterSeen(
        each.name,
        _plainly(held, each),
        capital(each.says),
        each.kind,
        origin(each, held, "", type(policy.parameters)),
        cited(each.cites, policy),
        _plainly(usual, each) if held != usual else "",
        either(held, each.choices).replace("`", "") if each.choices else "",
    )


def _plainly(found: object, each: Named) -> str:
    return measured(found, each.unit).replace("`", "")


def _declared(policy: Policy) -> tuple[Named, ...]:
    kind = type(policy.parameters)
    return tuple(named_in(kind)) if attrs.has(kind) else ()


def tables(policy: Policy, prefix: str) -> tuple[tuple[str, str, Markup], ...]:
    """Return the tables of the policy as an anchor, a heading and HTML: what is allowed, grounds, evidence, notices, timers."""
    cite = linked(policy, prefix).__getitem__
    found = (
        ("capabilities", "What an account may do in each state", _headless(allowed(policy))),
        ("grounds", "Why an account is restricted", _headless(grounds_chapter(policy))),
        ("evidence", "Kinds of evidence", evidence_table(policy)),
    )
    return tuple((anchor, title, html_of(text, cite)) for anchor, title, text in found)


def _headless(text: str) -> str:
    return text.split("\n\n", 1)[1] if text.startswith("## ") else text


# --- pictures ----------------------------------------------------------------------------------------------------


@frozen
class Drawn:
    """A picture for a page. ``svg`` is None without Graphviz; the sentences beside it say the same.

    One that is ``broad`` would be too small to read on a narrow page: it is moved sideways there.
    """

    title: str
    says: str
    svg: Markup | None
    broad: bool = False


def pictures(policy: Policy) -> tuple[str, ...]:
    """Return the machines that can be drawn whole."""
    return machines(policy)


def drawn_machine(policy: Policy, machine: str) -> Drawn:
    """Return the picture of everything that moves an account, its membership or its level."""
    return drawn(whole(policy, machine))


@frozen
class Move:
    """One line of the table that says the same as the picture of a machine."""

    source: str
    dest: str
    remark: str
    what: str
    chapter: str
    row: str
    roles: tuple[Role, ...]


def moves(policy: Policy, machine: str) -> tuple[Move, ...]:
    """Return what the picture of a machine shows, line by line."""
    return tuple(
        Move(
            words_of(card.source),
            words_of(card.dest),
            line.remark,
            line.words,
            line.rows[0].chapter,
            line.rows[0].name,
            line.roles,
        )
        for card in cards(policy.of(machine))
        for line in card.lines
    )


def drawn_chapter(policy: Policy, chapter: str) -> Drawn | None:
    """Return the picture of a chapter with its conditions; None where it has no rows to draw."""
    view = part(policy, chapter=chapter)
    return None if view is None else drawn(view)


def drawn(view: View) -> Drawn:
    """Return a picture as it stands in a page: without styles of its own."""
    try:
        raw = _svg(view.dot, view.title, view.description)
    except DiagramExtraMissing:
        return Drawn(view.title, view.description, None)
    width = re.search(r'<svg [^>]*width="(\d+)"', raw)
    broad = width is not None and int(width[1]) > BROAD
    return Drawn(view.title, view.description, Markup(raw), broad)  # noqa: S704 - drawn by us of escaped words


@functools.lru_cache(maxsize=64)
def _svg(dot: str, title: str, says: str) -> str:
    raw = svg(dot, title=title, description=says)
    head, _, rest = raw.partition("<style>")
    raw = head + rest.partition("</style>\n")[2]
    raw = raw.replace('id="title"', 'id="picture-title"').replace('id="description"', 'id="picture-description"')
    return raw.replace('aria-labelledby="title description"', 'aria-labelledby="picture-title picture-description"')


# --- the trace ---------------------------------------------------------------------------------------------------


@frozen
class TraceSeen:
    """The trace, or the part of it that somebody looks for."""

    called: str
    rules: tuple[Traced, ...]
    whole: int
    counts: Mapping[str, Mapping[str, int]]
    kinds: tuple[str, ...]
    mistakes: tuple[str, ...]
    held: Mapping[str, int] = attrs.field(factory=dict)


def traced(policy: Policy, cases: Iterable[tuple[str, Iterable[str]]], guide: str = "", q: str = "") -> TraceSeen:
    """Return what holds each rule of the texts that the policy follows: of one *guide*, with all the words of *q*."""
    found: Trace = trace(policy, cases)
    words = q.lower().split()
    shown = tuple(
        one for one in found.rules if guide in ("", one.rule.guide) and all(word in _said(one) for word in words)
    )
    counts = found.counts()
    kinds = sorted({kind for held in counts.values() for kind in held}, key=lambda kind: -_sum(counts, kind))
    return TraceSeen(
        found.called, shown, len(found.rules), counts, tuple(kinds), found.mistakes, {k: _sum(counts, k) for k in kinds}
    )


def _sum(counts: Mapping[str, Mapping[str, int]], kind: str) -> int:
    return sum(held.get(kind, 0) for held in counts.values())


def _said(one: Traced) -> str:
    held = " ".join(holder.words for holder in (one.primary, *one.others) if holder is not None)
    return f"{one.rule.id} {one.rule.kind} {one.rule.says} {held}".lower()
