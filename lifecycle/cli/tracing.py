"""The command `trace`: every rule of the guides and what holds it.

Knows what it prints and when it fails. Does not know how a holder is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import Unusable, case_files, cases_in, policy_of
from lifecycle.cli.words import count
from lifecycle.errors import closest
from lifecycle.prose.trace_page import trace_page
from lifecycle.prose.words import listed
from lifecycle.rows import Policy
from lifecycle.trace import Trace, Traced, trace


def traced(policy: Policy, cases: Path) -> Trace:
    """Return the trace of *policy* with the case files below *cases*.

    Raises:
        Unusable: there are no cases, or one cannot be read.
    """
    if not cases.is_dir():
        raise Unusable(f'there is no folder "{cases}". Cases hold rules too: run it where they are, or name --cases.')
    found, unreadable = cases_in(case_files([cases]), policy)
    if unreadable:
        raise Unusable("\n".join(unreadable))
    return trace(policy, [(case.label, case.cites) for case in found])


def trace_rules(desk: Desk, ids: Sequence[str], *, guide: str | None, cases: Path, check: bool, form: str) -> int:
    """Tell which rule is held by what; or only what is wrong."""
    policy = policy_of(desk.policy_name)
    found = traced(policy, cases)
    shown = _chosen(found, ids, guide)
    if form == "json":
        said = {"policy": doc.of_policy(policy), "rules": [_document(one) for one in shown]}
        counts = {"guides": found.counts(), "kinds": found.kinds()}
        desk.voice.document("trace", {**said, "counts": counts, "mistakes": [*found.mistakes]})
    elif form == "markdown":
        desk.voice.verbatim(trace_page(found).encode())
    elif check:
        _judged(desk.voice, found)
    else:
        _told(desk.voice, shown)
        if not ids:
            _counted(desk.voice, found)
    return FAILED if check and found.mistakes else FINE


def _chosen(found: Trace, ids: Sequence[str], guide: str | None) -> list[Traced]:
    known = [one.rule.id for one in found.rules]
    for wanted in ids:
        if wanted not in known:
            raise Unusable(f'no rule of the guides is called "{wanted}".{closest(wanted, known)}')
    guides = sorted({one.rule.guide for one in found.rules})
    if guide is not None and guide not in guides:
        raise Unusable(f'no guide is called "{guide}". Known: {", ".join(guides)}.')
    return [one for one in found.rules if (not ids or one.rule.id in ids) and guide in (None, one.rule.guide)]


def _judged(voice: Voice, found: Trace) -> None:
    for mistake in found.mistakes:
        voice.say(f"✗ {mistake}", hang=2)
    if found.mistakes:
        voice.say(f"{count(len(found.mistakes), 'mistake')} in the trace of {count(len(found.rules), 'rule')}.")
    else:
        voice.say(f"✓ {count(len(found.rules), 'rule')}: each is held, and nothing cites what nobody knows.")


def _told(voice: Voice, shown: Sequence[Traced]) -> None:
    for guide, rules in groupby(shown, key=lambda one: one.rule.guide):
        voice.say(Text(guide, style="bold underline"))
        for one in rules:
            held = (one.primary.words, "cyan") if one.primary else ("held by nothing", "bold red")
            voice.say(Text.assemble((one.rule.id, "bold"), f"  {one.rule.says}"), hang=7)
            voice.say(Text.assemble(held, (f"  {one.rule.kind}", "dim")), indent=7, hang=2)
            if one.others:
                voice.say(Text(f"also {listed(holder.words for holder in one.others)}", style="dim"), indent=7, hang=2)
        voice.say()


def _counted(voice: Voice, found: Trace) -> None:
    for name, held in {**found.counts(), **found.kinds()}.items():
        parts = listed(f"{number} {kind}" for kind, number in sorted(held.items(), key=lambda item: -item[1]))
        voice.say(Text.assemble((f"{name:<13}", "bold"), f"{sum(held.values()):>4}  {parts}"), hang=19)


def _document(one: Traced) -> dict[str, Any]:
    return {
        "id": one.rule.id,
        "kind": one.rule.kind,
        "says": one.rule.says,
        "held_by": one.primary.words if one.primary else None,
        "also": [holder.words for holder in one.others],
    }
