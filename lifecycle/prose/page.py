"""The whole policy as one Markdown page.

Knows the order of its chapters. Does not know how a row becomes a sentence, nor any rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from lifecycle.calendar import spoken
from lifecycle.prose.advised import advised
from lifecycle.prose.allowed import allowed
from lifecycle.prose.grounds import evidence_table, grounds_chapter
from lifecycle.prose.proven import proven
from lifecycle.prose.rising import rising
from lifecycle.prose.sentences import sentence
from lifecycle.prose.words import capital, either, listed, measured, plain, table
from lifecycle.rows import Policy, Reason, TimerRule, Transition


def policy_page(policy: Policy) -> str:
    """Return the whole policy as Markdown: states, rules, conditions, timers, grounds, notices and parameters."""
    parts = [
        _introduction(policy),
        allowed(policy),
        *_chapters(policy),
        _conditions(policy),
        *proven(policy),
        *_benefits(policy),
        *rising(policy),
        _timers(policy),
        grounds_chapter(policy),
        *_reasons(policy),
        _kinds(policy),
        *advised(policy),
        _parameters(policy),
    ]
    return "\n".join(parts)


def _introduction(policy: Policy) -> str:
    moving = sum(1 for row in policy.rows if row.dest is not None)
    return (
        f"# The policy in words\n\nPolicy “{policy.name}”, version {policy.version}: "
        f"{len(policy.rows)} rules, of which {moving} move an account to another state.\n\n"
        "Every sentence below is made from the rule the program applies; nobody writes this page by hand. A rule says "
        "who may do what, in which state of the account, under which conditions, what the account becomes and what "
        "follows; at its end stands what it rests on. The name in `code` is what programs and the log call it.\n\n"
        "All conditions of a rule must hold. Whoever is refused is told every condition that does not hold, by its "
        "name, and what to do about it. Nothing is allowed that no rule allows.\n"
    )


def _chapters(policy: Policy) -> Iterator[str]:
    chapters: dict[str, list[Transition]] = {}
    for row in policy.rows:
        chapters.setdefault(row.chapter, []).append(row)
    for name, rows in chapters.items():
        told = "\n\n".join(sentence(row, policy) for row in rows)
        yield f"## {capital(plain(name)) or 'Rules'}\n\n{told}\n"


def _conditions(policy: Policy) -> str:
    rows = [(g.sentence, g.otherwise, f"`{g.name}`", ", ".join(g.cites)) for g in policy.guards]
    head = "## Every condition\n\nWhat a rule may ask for, and what somebody is told who does not meet it.\n\n"
    return head + table(("condition", "otherwise", "name", "rests on"), rows)


def _benefits(policy: Policy) -> Iterator[str]:
    if not policy.benefits:
        return
    rows = [
        (plain(b.name), b.says, " ".join(guard.sentence for guard in b.guards), ", ".join(b.cites))
        for b in policy.benefits
    ]
    head = (
        "## Benefits\n\nWhat stands open to an account as long as all of its conditions hold; nobody asks for it.\n\n"
    )
    yield head + table(("benefit", "what it is", "if", "rests on"), rows)


def _timers(policy: Policy) -> str:
    rows = [
        (plain(t.name), t.says, listed((s.words for s in t.lives_in), "or"), _on_refusal(t, policy.parameters))
        for t in policy.timers.values()
    ]
    head = "## Timers\n\nA timer is void as soon as the account enters a state it does not live in.\n\n"
    return head + table(("timer", "what it does", "lives while", "if it is refused"), rows)


def _on_refusal(timer: TimerRule, parameters: Any) -> str:
    said = [f"“{plain(timer.instead)}” is tried"] if timer.instead else []
    if timer.retry:
        said.append(f"it is tried again after {spoken(getattr(parameters, timer.retry))}")
    return "; else ".join(said) or "it is let go"


def _reasons(policy: Policy) -> Iterator[str]:
    if not policy.reasons:
        return
    rows = [
        (
            plain(reason.name),
            reason.says,
            " ".join(each.says for each in reason.alternatives) or "nothing",
            _rests(reason),
        )
        for reason in policy.reasons.values()
    ]
    head = (
        "## Reasons for leaving\n\nNo reason decides whether somebody may leave. What could be done instead is shown beside "
        "the warning before a deletion.\n\n"
    )
    yield head + table(("reason", "what it is", "what is offered instead", "rests on"), rows)


def _rests(reason: Reason) -> str:
    offered = (cite for each in reason.alternatives for cite in each.cites)
    return ", ".join(dict.fromkeys((*reason.cites, *offered)))


def _kinds(policy: Policy) -> str:
    evidence = evidence_table(policy)
    notices = [(plain(notice.name), notice.to, notice.says) for notice in policy.notices.values()]
    return f"## Evidence\n\n{evidence}\n## Notices\n\n{table(('notice', 'to', 'what it says'), notices)}"


def _parameters(policy: Policy) -> str:
    p = policy.parameters
    rows = []
    for field in attrs.fields(type(p)) if attrs.has(type(p)) else ():
        says, cites = field.metadata.get("says", ""), field.metadata.get("cites", ())
        held, choices = getattr(p, field.name), field.metadata.get("choices", ())
        said = f"{says} ({either(held, choices)})" if choices else says
        source = ", ".join(cites) + (", our choice" if field.metadata.get("ours") else "")
        found = measured(held, field.metadata.get("unit", ""))
        rows.append((f"`{field.name}`", found, said, field.metadata.get("kind", ""), source))
    head = (
        "## Parameters\n\nEvery number, period and choice; another value makes another policy. A guard is held to, an "
        "estimate only told.\n\n"
    )
    return head + table(("parameter", "value", "what it is", "kind", "rests on"), rows)
