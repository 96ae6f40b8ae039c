"""A replayed case as its page shows it: what happened, step by step, and what was expected beside what came of it.

Knows how a claim of a step is told. Does not replay and does not draw.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from lifecycle.cases import Case, Step
from lifecycle.http.console import words
from lifecycle.http.console.timeline import Entry, entries
from lifecycle.imports import TRIGGER as IMPORT
from lifecycle.model import Actor, Event
from lifecycle.prose.words import capital, listed, plain
from lifecycle.replay import CaseResult, StepResult
from lifecycle.rows import Policy
from lifecycle.store import Denial


@frozen
class Checked:
    """One step: what it says, what was expected, what came of it. ``met`` is None where it was never reached.

    ``entries`` are the numbers of the timeline that belong to it.
    """

    number: int
    at: dt.datetime
    title: str
    meanwhile: str
    note: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    met: bool | None
    problems: tuple[str, ...]
    entries: tuple[int, ...]


@frozen
class CaseSeen:
    """A case and what came of it."""

    case: Case
    result: CaseResult
    entries: tuple[Entry, ...]
    steps: tuple[Checked, ...]
    parameters: tuple[tuple[str, str], ...]


def seen(result: CaseResult, policy: Policy, zone: dt.tzinfo) -> CaseSeen:
    """Return what the page of a replayed case shows, times in *zone*."""
    happened, belongs = _timeline(result, policy, zone)
    checked = tuple(_checked(step, zone, belongs.get(step.step.number, ())) for step in result.steps)
    reached = len(checked)
    missed = tuple(_missed(step, zone) for step in result.case.steps[reached:])
    changed = tuple((plain(name), words.said(held, zone)) for name, held in result.case.parameters.items())
    return CaseSeen(result.case, result, happened, (*checked, *missed), changed)


def _timeline(
    result: CaseResult, policy: Policy, zone: dt.tzinfo
) -> tuple[tuple[Entry, ...], Mapping[int, tuple[int, ...]]]:
    case, account = result.case, result.account_id
    step_of_event: dict[int, int] = {}
    step_of_denial: dict[int, int] = {}
    events: list[Event] = []
    denials: list[Denial] = []
    for step in result.steps:
        for event in (*step.events, *step.elsewhere):
            if event.account_id == account:
                events.append(event)
                step_of_event[event.version] = step.step.number
        decision = step.decision
        if decision is not None and not decision.allowed and step.step.account is None:
            command = decision.command
            codes = tuple(refusal.code for refusal in decision.refusals)
            denials.append(Denial(account, command.trigger, command.by, step.at, codes))
            step_of_denial[id(denials[-1])] = step.step.number
    if case.starts is not None:
        # What was taken over is no step: it only tells where the account stood.
        begun = Event(account, 0, IMPORT, None, case.starts, Actor.system("import"), case.begins)
        found = [evolve(each, number=each.number - 1) for each in entries([begun, *events], denials, policy, zone)[1:]]
    else:
        found = list(entries(events, denials, policy, zone)) if events else []
    belongs: dict[int, list[int]] = {}
    for entry in found:
        number = step_of_event[entry.event.version] if entry.event else step_of_denial[id(entry.denial)]
        belongs.setdefault(number, []).append(entry.number)
    return tuple(found), {number: tuple(several) for number, several in belongs.items()}


def _checked(result: StepResult, zone: dt.tzinfo, numbers: tuple[int, ...]) -> Checked:
    step = result.step
    return Checked(
        step.number,
        result.at,
        _title(step),
        step.meanwhile,
        step.note,
        tuple(expected(step, zone)),
        tuple(got(result, zone)),
        not result.problems,
        tuple(_short(problem) for problem in result.problems),
        numbers,
    )


def _missed(step: Step, zone: dt.tzinfo) -> Checked:
    claims = tuple(expected(step, zone))
    return Checked(step.number, step.at, _title(step), step.meanwhile, step.note, claims, (), None, (), ())


def _title(step: Step) -> str:
    where = f" for “{step.account}”" if step.account else ""
    if step.does is not None and step.role is not None:
        return f"{capital(step.role.words)}: {plain(step.does)}{where}"
    return f"The clock moves on{where}" if step.waits else f"Meanwhile{where}"


def _short(problem: str) -> str:
    """Return a problem without the step it begins with, which the page names already."""
    _, _, rest = problem.partition(": ")
    return capital(rest or problem)


def expected(step: Step, zone: dt.tzinfo) -> Iterator[str]:
    """Yield what *step* claims, in words, one claim after the other."""
    if step.refused is not None:
        yield f"refused: {listed(sorted(map(plain, step.refused)))}" if step.refused else "not refused"
    if isinstance(step.earliest, dt.datetime):
        yield f"possible from {words.when(step.earliest, zone)}"
    elif step.earliest is not None:
        for code, at in step.earliest.items():
            yield f"{plain(code)}: possible from {words.when(at, zone)}"
    if step.then:
        yield f"then {listed([state.words for state in step.then], 'then')}"
    if step.fires is not None:
        yield f"timers fire: {_named(step.fires)}"
    if step.sends is not None:
        yield f"sends: {_named(step.sends)}"
    if step.not_sent:
        yield f"does not send: {_named(step.not_sent)}"
    if step.due is not None:
        due = [f"{plain(name)} at {words.when(at, zone)}" for name, at in step.due.items()]
        yield f"timers that stand: {listed(due) if due else 'none'}"
    if step.overdue is not None:
        yield f"overdue: {_named(step.overdue)}"
    for name, held in step.expect.items():
        yield f"{plain(name)}: {words.said(held, zone)}"
    for name, held in step.may.items():
        yield f"may {plain(name)}: {words.said(held, zone)}"
    if step.unchanged:
        yield f"as before: {_named(step.unchanged)}"


def got(result: StepResult, zone: dt.tzinfo) -> Iterator[str]:
    """Yield what came of a step, in words."""
    decision = result.decision
    if decision is not None and not decision.allowed:
        yield f"refused: {listed(sorted(plain(refusal.code) for refusal in decision.refusals))}"
        for refusal in decision.refusals:
            if refusal.earliest is not None:
                yield f"{plain(refusal.code)}: possible from {words.when(refusal.earliest, zone)}"
    elif result.events:
        states = [event.dest.words for event in (decision.events if decision else result.settled)]
        yield f"then {listed(states, 'then')}"
    elif result.dest is not None and (decision is not None or result.step.waits):
        yield f"then {result.dest.words}"
    if fired := [event.trigger for event in result.settled]:
        yield f"timers fire: {_named(fired)}"
    if sent := [notice for event in result.events for notice in event.notices]:
        yield f"sends: {_named(sent)}"


def _named(names: tuple[str, ...] | list[str] | frozenset[str]) -> str:
    return listed(map(plain, names)) if names else "nothing"
