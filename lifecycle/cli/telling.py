"""Whole cases and what they add up to, told on a terminal.

Knows the heading of a case and the summary of many. Does not run any.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from rich.text import Text

from lifecycle.cli.covered import Covered
from lifecycle.cli.output import Voice
from lifecycle.cli.stories import case_items
from lifecycle.cli.timeline import STYLES, draw
from lifecycle.cli.words import count, span, when
from lifecycle.prose.words import listed, value
from lifecycle.replay import CaseResult

LEGEND = "✓ taken  ✗ refused  ◷ a timer, by itself  ✉ a notice  · told, not decided"

_COLUMN = 12


def tell_case(voice: Voice, result: CaseResult, zone: dt.tzinfo, *, chosen: bool = True) -> None:
    """Tell one case: its heading, its story, and what was wrong with it. *chosen* lists what the case made up."""
    case = result.case
    voice.say(Text(f"{case.label}  {case.title}", style="bold"), hang=len(case.label) + 2)
    _outcome(voice, result, zone)
    if case.parameters:
        changed = listed(f"{name} is {value(held)}".replace("`", "") for name, held in case.parameters.items())
        voice.say(Text(f"The policy is changed for it: {changed}.", style="dim"), hang=2)
    for change in case.changes:
        values = listed(f"{name} is {value(held)}".replace("`", "") for name, held in change.parameters.items())
        voice.say(Text(f"From {when(change.at, zone)} on another policy holds: {values}.", style="dim"), hang=2)
    if not case.worker:
        voice.say(Text("No worker runs: what is due waits until somebody asks for something.", style="dim"), hang=2)
    if case.about:
        voice.say(Text(case.about, style="dim"))
    draw(voice, case_items(result, zone), zone, begins=case.begins)
    told = {problem for step in result.steps for problem in step.problems}
    for problem in result.problems:
        if problem not in told:
            voice.say(Text(f"✗ failed: {problem}", style=STYLES["failed"]), indent=2, hang=2)
    if case.chosen and chosen:
        voice.say(Text("Nobody told, so the case chose:", style="dim"), indent=2)
        for one in case.chosen:
            voice.say(Text(f"· {one}", style="dim"), indent=2, hang=2)
    voice.say()


def _outcome(voice: Voice, result: CaseResult, zone: dt.tzinfo) -> None:
    case = result.case
    badge = ("✓ passed", STYLES["taken"]) if result.passed else ("✗ failed", STYLES["failed"])
    length = max((step.at for step in case.steps), default=case.begins) - case.begins
    rest = f" · {count(len(case.steps), 'step')} over {span(length)} from {when(case.begins, zone)}"
    voice.say(Text.assemble(badge, (f"{rest} · account {result.account_id}", "dim")))


def tell_failures(voice: Voice, results: Iterable[CaseResult]) -> None:
    """Say of each failed case where it is written and what came out otherwise."""
    for result in results:
        last = result.steps[-1].step.line if result.steps else None
        line = last or result.case.line
        place = f"{result.case.path}:{line}" if line else str(result.case.path)
        voice.say(Text(f"✗ {result.case.title}", style=STYLES["failed"]), hang=2)
        voice.say(Text(place, style="dim"), indent=2)
        for problem in result.problems:
            voice.say(problem, indent=2, hang=2)


def tell_summary(voice: Voice, covered: Covered) -> None:
    """Say how many cases came out as they say, and how much of the policy they walked."""
    total, failed = len(covered.results), len(covered.failed)
    passed = Text(f"✓ {total - failed} passed", style=STYLES["taken"])
    broken = Text(f"✗ {failed} failed", style=STYLES["failed"] if failed else "dim")
    refused, fired = count(covered.refusals, "refusal"), count(covered.fired, "timer")
    fact(voice, "cases", Text.assemble(f"{count(total, 'case')}: ", passed, ", ", broken))
    fact(voice, "steps", f"{count(covered.steps, 'step')}, {refused} as expected, {fired} fired")
    fact(voice, "covered", covered.counts())


def fact(voice: Voice, name: str, text: Text | str) -> None:
    """Say one line of a summary, its name in a column of its own."""
    voice.rail(text, Text(name.ljust(_COLUMN), style="bold"), Text(" " * _COLUMN))
