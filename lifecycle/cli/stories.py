"""What happened, told as the items of a timeline: a replayed case, or the log of an account.

Knows what is worth telling of a step, an event and a refusal. Does not know how it is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve

from lifecycle.cases import Case
from lifecycle.cli.timeline import Beat, Line, Stop
from lifecycle.cli.words import count, plain, said, seen, when, who
from lifecycle.decide import LAPSE
from lifecycle.model import ACCOUNT, LISTS, AnyState, Event, Evidence, Refusal, Role, machine_of
from lifecycle.replay import CaseResult, StepResult
from lifecycle.store import Denial

TIMER = "timer"
"""The id under which the system acts when a timer fired."""


def case_items(result: CaseResult, zone: dt.tzinfo) -> list[Stop | Beat]:
    """Return the story of a replayed case."""
    case = result.case
    items: list[Stop | Beat] = [_stop(case.starts, _given(case, zone))]
    for step in result.steps:
        items += _step(step, zone) if step.step.account is None else _of_another(step, result.account_id, zone)
    return _ended(items)


def _of_another(result: StepResult, account_id: str, zone: dt.tzinfo) -> Iterator[Stop | Beat]:
    """A step of a further account: told in a sentence, then what it brought about with the case's own."""
    lines = (*_lines(("", result.step.note), style="story"), *_failures(result))
    yield Beat(result.at, "told", result.told, lines=lines)
    for event in result.elsewhere:
        if event.account_id == account_id:
            yield _event_beat(event, _consequences(event, zone), follows=True)
            yield from _arrival(event)


def log_items(
    events: Iterable[Event], denials: Iterable[Denial], zone: dt.tzinfo, sentences: Mapping[str, str]
) -> list[Stop | Beat]:
    """Return the story that a log tells, with the refused attempts recorded beside it at their times.

    *sentences* are those of the policy's guards, by their names: a denial keeps only the names.
    """
    told: list[tuple[dt.datetime, list[Stop | Beat]]] = []
    for event in events:
        brought = [Evidence(**each) for each in event.evidence]
        lines = (*_lines(("brings ", _names(brought)), ("", _pairs(event.facts, zone))), *_consequences(event, zone))
        told.append((event.at, [_event_beat(event, lines), *_arrival(event)]))
    told += [(denial.at, [_denial_beat(denial, sentences)]) for denial in denials]
    told.sort(key=lambda each: each[0])
    return _ended([_stop(None), *(item for _, items in told for item in items)])


def _ended(items: list[Stop | Beat]) -> list[Stop | Beat]:
    """A story ends with the state the account is left in, even when the last thing that happened did not move it."""
    stops = [item for item in items if isinstance(item, Stop)]
    ended = isinstance(items[-1], Stop) and len(items) > 1
    return items if ended else [*items, evolve(stops[-1], remark="", still=True)]


def _stop(state: AnyState | None, remark: str = "") -> Stop:
    if state is None:
        return Stop("no account yet", remark)
    machine = machine_of(state)
    return Stop(state.words, remark, of="" if machine == ACCOUNT else machine)


def _given(case: Case, zone: dt.tzinfo) -> str:
    if not case.given:
        return ""
    short = {k: count(len(v), "entry", "entries") if k in LISTS else v for k, v in case.given.items()}
    return "given " + _pairs(short, zone)


def _step(result: StepResult, zone: dt.tzinfo) -> Iterator[Stop | Beat]:
    for event in result.settled:
        yield _event_beat(event, _consequences(event, zone))
        yield from _arrival(event)
    step, decision = result.step, result.decision
    remarks = _lines(("", step.note), style="story")
    if decision is None:
        yield from _nothing_decided(result, remarks)
        return
    context = (*_lines(("", step.meanwhile), style="story"), *_brought(result, zone))
    if not decision.allowed:
        expected = "refused, as expected" if step.refused is not None else "refused"
        reasons = tuple(line for refusal in decision.refusals for line in reason_lines(refusal, zone))
        by = decision.command.by
        shown = who(by, result_account(result))
        lines = (*context, *reasons, *remarks, *_failures(result))
        yield Beat(result.at, "refused", plain(decision.command.trigger), by.role.value, shown, expected, lines)
        return
    for number, event in enumerate(decision.events):
        last = number == len(decision.events) - 1
        before = context if number == 0 else ()
        after = (*remarks, *_failures(result)) if last else ()
        yield _event_beat(event, (*before, *_consequences(event, zone), *after), follows=number > 0)
        yield from _arrival(event)


def result_account(result: StepResult) -> str:
    """Return the id of the account a step was about."""
    return result.decision.account.id if result.decision else ""


def _nothing_decided(result: StepResult, remarks: tuple[Line, ...]) -> Iterator[Beat]:
    """A wait, something that happened outside the machine, or a request that made no sense."""
    step = result.step
    failures = _failures(result)
    if step.does is not None:
        role = step.role.value if step.role else ""
        yield Beat(step.at, "failed", plain(step.does), role, role, "failed", (*remarks, *failures))
    elif step.meanwhile:
        yield Beat(step.at, "told", step.meanwhile, lines=(*remarks, *failures))
    elif not result.settled:
        yield Beat(step.at, "told", "nothing happens by itself", lines=(*remarks, *failures))
    elif failures or remarks:
        # What went off by itself is told already; the note is all there is to add.
        yield Beat(step.at, "told", step.note or "the clock stands here", lines=failures)


def _failures(result: StepResult) -> tuple[Line, ...]:
    return tuple(Line(f"✗ failed: {problem}", "failed") for problem in result.problems)


def _brought(result: StepResult, zone: dt.tzinfo) -> tuple[Line, ...]:
    step = result.step
    code = {
        "right_code": "brings the right code",
        "wrong_code": "brings a wrong code",
        "old_code": "brings an old code",
    }
    known = ("", _pairs(step.identifiers, zone))
    return _lines(
        ("", code.get(step.code or "", "")), ("brings ", _names(step.evidence)), known, ("", _pairs(step.facts, zone))
    )


def _pairs(values: Mapping[str, Any], zone: dt.tzinfo) -> str:
    return ", ".join(f"{plain(name)}: {plain(said(value, zone))}" for name, value in values.items())


def _names(evidence: Iterable[Evidence]) -> str:
    """What is brought along; a further document of its kind is told by its reference."""
    return ", ".join(plain(e.kind if e.ref in ("", e.kind) else f"{e.kind} ({e.ref})") for e in evidence)


def _lines(*said_of: tuple[str, str], style: str = "quiet") -> tuple[Line, ...]:
    return tuple(Line(f"{before}{text}", style) for before, text in said_of if text)


def _event_beat(event: Event, lines: tuple[Line, ...], *, follows: bool = False) -> Beat:
    fired = event.by.role is Role.SYSTEM and event.by.id == TIMER
    remark = "by itself" if fired else "follows at once" if follows else ""
    if event.trigger == LAPSE:
        lines = tuple(Line(_lapsed(change.name, change.do)) for change in event.changes) + lines
    name = who(event.by, event.account_id)
    return Beat(event.at, "fired" if fired else "taken", plain(event.trigger), event.by.role.value, name, remark, lines)


def _lapsed(timer: str, do: str) -> str:
    return f"{plain(timer)} has nothing to do" if do == "stop" else f"{plain(timer)} cannot be done yet"


def _arrival(event: Event) -> Iterator[Stop]:
    if event.dest is not event.source:
        yield _stop(event.dest)


def _consequences(event: Event, zone: dt.tzinfo) -> tuple[Line, ...]:
    lines = []
    for change in event.changes:
        if change.do == "notify":
            to = "the staff" if change.values.get("to") == "staff" else "the holder"
            lines.append(Line(f"✉ tells {to}: {plain(change.name)}"))
        elif change.do == "timer":
            due = dt.datetime.fromisoformat(change.values["due"])
            entry, lasts = change.values.get("entry"), change.values.get("lasts")
            applied = f", {lasts} ({plain(entry)})" if entry else ""
            lines.append(Line(f"◷ sets a timer: {plain(change.name)}, {when(due, zone)}{applied}"))
    return tuple(lines)


def reason_lines(refusal: Refusal, zone: dt.tzinfo) -> Iterator[Line]:
    """Say why not: the sentence with its code, what was seen and needed, and from when it could be."""
    yield Line(f"not so: {refusal.sentence} [{refusal.code}]", "refused")
    if shown := seen(refusal):
        yield Line(plain(shown), "refused")
    if refusal.earliest is not None:
        yield Line(f"possible from {when(refusal.earliest, zone)}", "refused")


def _denial_beat(denial: Denial, sentences: Mapping[str, str]) -> Beat:
    codes = (f"not so: {sentences.get(code, '')} [{code}]".replace("  ", " ") for code in denial.codes)
    more = _lines(("", f"and {count(denial.more, 'more attempt')} that day" if denial.more else ""))
    lines = tuple(Line(each, "refused") for each in codes)
    name, what = who(denial.by, denial.account_id), plain(denial.trigger)
    return Beat(denial.at, "refused", what, denial.by.role.value, name, "refused", (*lines, *more))
