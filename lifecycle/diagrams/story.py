"""What happened in a case as English that can be read aloud, numbered like its picture.

Knows how a happening becomes a paragraph. Does not know how the page around it looks, nor how anything is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lifecycle.cases import Step
from lifecycle.cases.story import ACTOR_IDS
from lifecycle.decide import LAPSE
from lifecycle.diagrams.look import CROSS
from lifecycle.diagrams.told import Happening, Told
from lifecycle.model import Actor, AnyState, Event, Refusal, Role
from lifecycle.prose.words import (
    capital,
    clause,
    day_and_time,
    does,
    gap,
    held,
    listed,
    plain,
    quoted,
    time_of_day,
    value,
)
from lifecycle.rows import Policy

_CODES = {
    "right_code": "The code brought along is the right one.",
    "wrong_code": "The code brought along is wrong.",
    "old_code": "The code brought along is an earlier one.",
}

_FIRST, _SAME = "First", "At the same moment"


def story(told: Told, policy: Policy) -> str:
    """Return the whole story: how it begins, a paragraph for everything that happened, how it ends."""
    return "\n\n".join([_beginning(told, policy), *_paragraphs(told, policy), _end(told)])


def _beginning(told: Told, policy: Policy) -> str:
    case = told.case
    said = [case.about] if case.about else []
    if case.starts is None:
        said.append(f"It begins on {day_and_time(case.begins)}. There is no account yet.")
    else:
        said.append(f"It begins on {day_and_time(case.begins)}. The account is **{case.starts.words}**.")
    if case.parameters:
        changes = (f"{plain(name)} is {value(given)}" for name, given in case.parameters.items())
        said.append(f"The policy is changed for it: {listed(changes)}.")
    for change in case.changes:
        values = listed(f"{plain(name)} is {value(given)}" for name, given in change.parameters.items())
        said.append(f"From {day_and_time(change.at)} on another policy holds: {values}.")
    if not case.worker:
        said.append("No worker runs: what is due waits until somebody asks for something.")
    if case.given:
        said.append(f"Known of it: {_pairs(case.given)}.")
    if case.identifiers:
        said.append(f"It is known by: {_pairs(case.identifiers)}.")
    for other in case.also:
        known = f", known by: {_pairs(other.identifiers)}" if other.identifiers else ""
        stands = "does not exist yet" if other.starts is None else f"is **{other.starts.words}**{known}"
        said.append(f"Another account, “{other.name}”, {stands}.")
    if case.facts:
        said.append(f"What {policy.host} answers when it is asked: {_pairs(case.facts)}.")
    return " ".join(said)


def _end(told: Told) -> str:
    ends = [_ends(machine, told.states(machine)) for machine in told.machines]
    return f"At the end {listed(ends)}."


def _ends(machine: str, states: Sequence[AnyState | None]) -> str:
    how = "still " if len(states) == 1 else ""
    return f"the {machine} is {how}**{states[-1].words}**" if states[-1] else "there is still no account"


def _paragraphs(told: Told, policy: Policy) -> Iterator[str]:
    before = told.case.begins
    for place, one in enumerate(told.happenings):
        same = _SAME if place else _FIRST
        when = same if one.at == before else _later(before, one.at)
        yield from _told(one, when, told.account, policy)
        before = one.at


def _later(before: dt.datetime, at: dt.datetime) -> str:
    same_day = before.astimezone(dt.UTC).date() == at.astimezone(dt.UTC).date()
    where = f"at {time_of_day(at)}" if same_day else f"on {day_and_time(at)}"
    return f"{capital(gap(at - before))} later, {where},"


def _told(one: Happening, when: str, account_id: str, policy: Policy) -> Iterator[str]:
    step = one.step
    if step is not None and step.meanwhile:
        yield f"*Meanwhile:* {_sentence(step.meanwhile)}" if one.number else _meanwhile(step, when, policy)
    if one.refusals:
        yield _refused(one, when, account_id)
        yield "\n".join(_reason(refusal) for refusal in one.refusals)
    elif one.event is not None:
        yield _lapsed(one, when) if one.trigger == LAPSE else _taken(one, one.event, when, account_id, policy)
    elif step is not None and step.waits and when != _SAME:
        yield f"{when} nothing more has happened by itself."
    if step is not None and step.note:
        yield f"> {_sentence(step.note)}"


def _meanwhile(step: Step, when: str, policy: Policy) -> str:
    shop = f" {capital(policy.host)} now answers: {_pairs(step.facts)}." if step.facts else ""
    told = "To begin with:" if when == _FIRST else f"Meanwhile, {clause(when).removesuffix(',')}:"
    return f"*{told}* {_sentence(step.meanwhile)}{shop}"


def _refused(one: Happening, when: str, account_id: str) -> str:
    said = f"**{CROSS} {one.number}** · {when} {_who(one.actor, account_id)} tries “{plain(one.trigger)}”"
    return f"{said} and is **refused**.{_brought(one.step)} What does not hold:"


def _reason(refusal: Refusal) -> str:
    found = f" Found: {held(refusal.value)}." if refusal.value is not None else ""
    needed = f" Needed: {_either(refusal.limit)}." if refusal.limit is not None else ""
    earliest = f" Possible from {day_and_time(refusal.earliest)}." if refusal.earliest is not None else ""
    return f"- {refusal.sentence}{found}{needed}{earliest} {refusal.remedy} <sub>`{refusal.code}`</sub>"


def _taken(one: Happening, event: Event, when: str, account_id: str, policy: Policy) -> str:
    row = next((row for row in policy.rows if row.name == event.row), None)
    # A title speaks of any account; a story is about one.
    how = does(row.title).replace(" an account", " the account") if row else f"does “{plain(event.trigger)}”"
    if one.follows:
        when = "At once, as a consequence,"
    elif one.step is None:
        when = f"{when.removesuffix(',')}, without anybody asking,"
    became = "stays" if one.source is one.dest else "is then"
    said = [
        f"**{one.number}** · {when} {_who(event.by, account_id)} {how} (`{event.trigger}`).{_brought(one.step)}",
        f"The {event.machine} {became} **{event.dest.words}**.",
        *_consequences(event, policy),
        f"*({', '.join(row.cites)})*" if row and row.cites else "",
    ]
    return " ".join(filter(None, said))


def _lapsed(one: Happening, when: str) -> str:
    changes = one.event.changes if one.event else ()
    again = [change for change in changes if change.do == "timer"]
    name = quoted(again[0].name if again else next((change.name for change in changes), "timer"))
    if again:
        due = dt.datetime.fromisoformat(again[0].values["due"])
        return f"{when} the timer {name} goes off; it cannot be done yet, and is tried again on {day_and_time(due)}."
    return f"{when} the timer {name} goes off; there is nothing left for it to do."


def _consequences(event: Event, policy: Policy) -> Iterator[str]:
    for to in ("holder", "staff"):
        # Under other parameters there are other notices: whom one went to, the event itself says.
        told = (c for c in event.changes if c.do == "notify")
        sent = [quoted(c.name) for c in told if c.values.get("to", "holder") == to]
        if sent:
            yield f"The {to} {'is' if to == 'holder' else 'are'} sent {listed(sent)}."
    timers = {c.name: c.values["due"] for c in event.changes if c.do == "timer"}
    for name, due in timers.items():
        yield f"The timer {quoted(name)} is set to {day_and_time(dt.datetime.fromisoformat(due))}."
    # A timer that went off ends by that; only one that was still waiting is stopped.
    went_off = {
        rule.name for rule in policy.timers.values() if event.by.id == "timer" and rule.trigger == event.trigger
    }
    gone = [c.name for c in event.changes if c.do == "stop" and c.name not in timers]
    stopped = [quoted(name) for name in gone if name not in went_off]
    if stopped:
        yield f"The timer{'s' * (len(stopped) > 1)} {listed(stopped)} {'are' if len(stopped) > 1 else 'is'} stopped."


def _brought(step: Step | None) -> str:
    if step is None:
        return ""
    said = []
    if step.evidence:
        kinds = [plain(one.kind if one.ref in ("", one.kind) else f"{one.kind} ({one.ref})") for one in step.evidence]
        said.append(f"Brought along: {listed(kinds)}.")
    if step.code:
        said.append(_CODES[step.code])
    if step.identifiers:
        said.append(f"Known by: {_pairs(step.identifiers)}.")
    if step.facts:
        said.append(f"Stated: {_pairs(step.facts)}.")
    return "".join(f" {one}" for one in said)


def _who(by: Actor, account_id: str) -> str:
    if by.role is Role.HOLDER:
        return by.role.words if by.id == account_id else f"the holder of another account ({by.id})"
    silent = by.role is Role.SYSTEM or by.id == ACTOR_IDS[by.role]
    return by.role.words if silent else f"{by.role.words} ({by.id})"


def _pairs(values: Mapping[str, Any]) -> str:
    said = [
        f"{plain(name)} ({held(value)})" if isinstance(value, Mapping) else f"{plain(name)} {held(value)}"
        for name, value in values.items()
    ]
    return "; ".join(said)


def _either(limit: Any) -> str:
    """A limit that lists names is met by one of them."""
    if isinstance(limit, list | tuple):
        return listed(map(held, limit), "or") if limit else "none"
    return held(limit)


def _sentence(words: str) -> str:
    """Return *words* as one line that ends with a stop."""
    words = " ".join(words.split())
    return words if words.endswith((".", "!", "?", "”", "…")) else f"{words}."


def quiet(lines: Iterable[str]) -> list[str]:
    """Return *lines* as sentences of a list."""
    return [f"- {_sentence(line)}" for line in lines]
