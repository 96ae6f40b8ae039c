"""Grounds and kinds of evidence in words: a table of each, with everything an entry says.

Knows the order in which an entry is told. Does not know any entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lifecycle.calendar import spoken
from lifecycle.model import Role
from lifecycle.prose.words import capital, listed, plain, table
from lifecycle.rows import EvidenceKind, Ground, Policy, amount_of, length_of


def grounds_chapter(policy: Policy) -> str:
    """Return the chapter on grounds: what each brings, who decides it, what comes first, and the ways out."""
    rows = [
        (
            plain(ground.name),
            ground.says,
            ground.restricts,
            listed(map(plain, ground.deciders), "or"),
            _when(ground, policy.parameters),
            _limits(ground, policy),
            _way_out(ground, policy),
            ", ".join(ground.cites),
        )
        for ground in policy.grounds.values()
    ]
    head = (
        "## Grounds\n\nWhy an account is locked or suspended. No ground makes a suspension permanent: that is a decision "
        "of its own, by a person, with reasons.\n\n"
    )
    return head + table(("ground", "what it is", "brings", "decided by", "when", "from", "way out", "rests on"), rows)


def told_grounds(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield the name of every ground and kind of evidence, with all that its entry says as a few sentences."""
    for ground in policy.grounds.values():
        who = listed((Role(role).words for role in ground.deciders), "or")
        limits = f" From {said}." if (said := _limits(ground, policy)) else ""
        brings = f"It brings a {ground.restricts}, decided by {who}, {_when(ground, policy.parameters)}."
        rests = f"({', '.join(ground.cites)})"
        yield ground.name, f"{capital(ground.says)}. {brings}{limits} {_way_out(ground, policy)} {rests}"
    for name, says in policy.evidence.items():
        asked = " ".join(_asked(policy.kinds[name])) if name in policy.kinds else ""
        yield name, " ".join(filter(None, (f"{capital(says)}.", asked)))


def _when(ground: Ground, p: Any) -> str:
    if not ground.warned:
        wait = spoken(length_of(p, ground.grace)) if ground.grace else "at once"
        return "at once" if wait == "at once" else f"{wait} after it happened"
    said = ["warned first"]
    if ground.lead:
        said.append(f"not before {spoken(length_of(p, ground.lead))}")
    if ground.runs_out:
        said.append(f"by itself after {spoken(length_of(p, ground.runs_out))}")
    if ground.later_deadline:
        said.append("a warning may set a later deadline")
    return "; ".join(said)


def _limits(ground: Ground, policy: Policy) -> str:
    beyond = {name for name, signal in policy.signals.items() if signal.beyond}
    limits = ((s, amount_of(policy.parameters, limit)) for s, limit in ground.signals.items())
    return listed((f"{'more than ' if s in beyond else ''}{limit} {plain(s)}" for s, limit in limits), "or")


def _way_out(ground: Ground, policy: Policy) -> str:
    return " ".join(_ways_out(ground, policy)) or "An appeal."


def _ways_out(ground: Ground, policy: Policy) -> Iterator[str]:
    if ground.difficulty:
        yield f"Usually {ground.difficulty}."
    if ground.restricts == "lock":
        yield "A code unlocks it." if "code" in ground.ways else "A code does not unlock it."
        if "support" not in ground.ways:
            yield "Support does not lift it."
    if ground.ends_after:
        yield f"It may end by itself after {spoken(length_of(policy.parameters, ground.ends_after))}."
    if ground.remedy:
        yield ground.remedy
    if ground.restricts == "suspension" and "support" in ground.ways:
        yield "Support may settle it."
    if "appeal" not in ground.ways:
        yield "It cannot be appealed."
    for what, kinds in (("To hand in", ground.remedy_evidence), ("An appeal also needs", ground.appeal_evidence)):
        if kinds:
            yield f"{what}: {_named(kinds, policy)}."
    if ground.appeal_sets:
        yield f"An appeal needs either {'; or '.join(_named(kinds, policy) for kinds in ground.appeal_sets)}."


def _named(kinds: tuple[str, ...], policy: Policy) -> str:
    return listed(policy.evidence.get(kind, plain(kind)) for kind in kinds)


def evidence_table(policy: Policy) -> str:
    """Return the table of the kinds of evidence, with what is asked of each where the policy holds that as data."""
    rows = [
        (
            plain(name),
            says,
            "yes, kept encrypted" if name in policy.texts else "no",
            " ".join(_asked(policy.kinds[name])) if name in policy.kinds else "",
        )
        for name, says in policy.evidence.items()
    ]
    if not policy.kinds:
        return table(("kind", "what it is", "may be written text"), (row[:3] for row in rows))
    return table(("kind", "what it is", "may be written text", "what is asked of it"), rows)


def _asked(kind: EvidenceKind) -> Iterator[str]:
    if kind.source != "holder":
        yield f"Given by the {kind.source}."
    if kind.form == "photo":
        yield "Every corner must show."
    if kind.identity:
        yield "Shows who somebody is."
    if kind.matches:
        yield f"Must equal what the account has: {listed(map(plain, kind.matches))}."
