"""Holding what a step claims against what came of it, and saying the difference in English.

Knows how each claim is compared. Does not run anything, and does not know how an answer was come by.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import field, frozen

from lifecycle.cases.allowed import differences
from lifecycle.cases.story import Step, spoken_time
from lifecycle.cases.unchanged import changed
from lifecycle.model import LISTS, RECORDS, Account, AnyState, Decision, Event, machine_of
from lifecycle.rows import Policy


@frozen
class Outcome:
    """What came of a step: the states before and after, the decision if one was asked for, the timers that fired.

    ``shop`` is what the shop answers during the step: whether an account may do something can depend on it. ``before``
    is the account before the step, ``answered`` what the shop answered then. ``overdue`` names the timers that nobody
    has applied yet, ``touched`` says of each account of the case whether anything happened to it.
    """

    source: AnyState | None
    account: Account
    decision: Decision | None = None
    settled: tuple[Event, ...] = ()
    shop: Mapping[str, Any] = field(factory=dict)
    before: Account | None = None
    answered: Mapping[str, Any] = field(factory=dict)
    overdue: tuple[str, ...] = ()
    touched: Mapping[str, bool] = field(factory=dict)

    @property
    def dests(self) -> tuple[AnyState, ...]:
        """The states passed through: by what was done, or in a wait by the timers that fired."""
        events = self.decision.events if self.decision else self.settled
        return tuple(event.dest for event in events) or (self.account.state,)


def problems(step: Step, outcome: Outcome, policy: Policy) -> Iterator[str]:
    """Yield a sentence for each claim of *step* that did not come true."""
    for says, finds in _differences(step, outcome, policy):
        yield f"{step.words}: the case says {says}; the policy says {finds}."


def _differences(step: Step, outcome: Outcome, policy: Policy) -> Iterator[tuple[str, str]]:
    decision, account = outcome.decision, outcome.account
    yield from _result(step, outcome)
    if step.earliest is not None and decision is not None:
        yield from _earliest(step.earliest, {r.code: r.earliest for r in decision.refusals if r.earliest is not None})
    if step.fires is not None:
        yield from _lists("the timers fire", step.fires, tuple(event.trigger for event in outcome.settled))
    sent = (*(n for e in outcome.settled for n in e.notices), *(decision.notices if decision else ()))
    if step.sends is not None:
        yield from _lists("it sends", step.sends, sent)
    if wrongly := [notice for notice in step.not_sent if notice in sent]:
        yield f"it does not send {_quoted(wrongly)}", f"it sends {_quoted(sent)}"
    if step.due is not None:
        standing = {timer.name: timer.due for timer in account.timers}
        if standing != step.due:
            yield _timers(step.due), _timers(standing)
    if step.overdue is not None:
        yield from _lists("the timers due that nobody has applied are", step.overdue, outcome.overdue)
    shop = (outcome.answered, outcome.shop)
    if moved := [*changed(step.unchanged, outcome.before or account, account, shop, outcome.touched)]:
        yield f"it leaves {_quoted(step.unchanged)} as before", f"it changes {_quoted(moved)}"
    for name, wanted in step.expect.items():
        yield from _expected(account, name, wanted)
    yield from differences(step, account, outcome.shop, policy)


def _result(step: Step, outcome: Outcome) -> Iterator[tuple[str, str]]:
    decision = outcome.decision
    codes = frozenset(r.code for r in decision.refusals) if decision else frozenset()
    if step.refused is not None or codes:
        if step.refused != codes:
            says = _refused(step.refused) if step.refused is not None else _became(step.then, outcome.source)
            yield says, _refused(codes) if codes else _became(outcome.dests, outcome.source)
    elif step.then:
        # After a wait one may name the last state only, however many timers fired.
        last = outcome.account.standing(machine_of(step.then[0]))
        found = (last,) if step.waits and len(step.then) == 1 else outcome.dests
        if step.then != found:
            yield _became(step.then, outcome.source), _became(found, outcome.source)


def _earliest(
    said: dt.datetime | Mapping[str, dt.datetime], found: Mapping[str, dt.datetime]
) -> Iterator[tuple[str, str]]:
    """One moment says that every reason which names any names this one."""
    if (found == said) if isinstance(said, Mapping) else {*found.values()} == {said}:
        return
    wanted = _from(said) if isinstance(said, Mapping) else f"it could be done from {spoken_time(said)}"
    times = [*map(spoken_time, sorted({*found.values()}))]
    if isinstance(said, Mapping) or len(times) > 1:
        yield wanted, _from(found)
    else:
        yield wanted, f"it could be done from {times[0]}" if times else "time is not what is missing"


def _from(times: Mapping[str, dt.datetime]) -> str:
    told = _listed(f"{_quoted([code])} from {spoken_time(at)}" for code, at in sorted(times.items()))
    return f"it could be done as to {told}" if times else "time is not what is missing"


def _refused(codes: Iterable[str]) -> str:
    return f"it is refused for {_quoted(sorted(codes))}"


def _became(states: tuple[AnyState, ...], source: AnyState | None) -> str:
    if set(states) == {source}:
        return f"it stays {states[0].words}"
    return f"it becomes {', then '.join(state.words for state in states)}"


def _lists(verb: str, wanted: tuple[str, ...], found: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if wanted != found:
        yield f"{verb} {_quoted(wanted)}", f"{verb} {_quoted(found)}"


def _timers(due: Mapping[str, dt.datetime]) -> str:
    if not due:
        return "no timer stands"
    return (
        f"the timers that stand are {_listed(f'{_quoted([n])} at {spoken_time(at)}' for n, at in sorted(due.items()))}"
    )


def _expected(account: Account, name: str, wanted: Any) -> Iterator[tuple[str, str]]:
    found = getattr(account, name)
    if name in LISTS:
        seen = _entries(found, wanted)
        if not _same(seen, wanted):
            yield f"{name} is {_shown(wanted)}", f"{name} is {_shown(seen)}"
    elif name not in RECORDS:
        seen = [each.kind for each in found] if name == "evidence" else _plain(found)
        if not _same(seen, wanted):
            yield f"{name} is {_shown(wanted)}", f"{name} is {_shown(seen)}"
    elif (found is not None) is (wanted is False):
        words = name.replace("_", " ")
        stands = (f"a record {words} stands", f"no record {words} stands")
        yield stands if found is None else (stands[1], stands[0])
    elif isinstance(wanted, Mapping):
        for key, value in wanted.items():
            if not _same(seen := _plain(getattr(found, key)), value):
                yield f"{name}.{key} is {_shown(value)}", f"{name}.{key} is {_shown(seen)}"


def _entries(found: Iterable[Any], wanted: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of a list, each by the fields that a case asks for in its place; one nobody asks for whole."""
    asked = itertools.chain(wanted, itertools.repeat(None))
    return [
        {key: _plain(getattr(entry, key)) for key in (attrs.asdict(entry) if fields is None else fields)}
        for entry, fields in zip(found, asked, strict=False)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, AnyState):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same JSON data: true is not 1. As TOML has no null, false also says "not set"."""
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in wanted)
    return (found is None and wanted is False) or (type(found) is type(wanted) and bool(found == wanted))


def _shown(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return spoken_time(value)
    return "not set" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _quoted(words: Iterable[str]) -> str:
    return _listed(f'"{word}"' for word in words) or "nothing"


def _listed(words: Iterable[str]) -> str:
    *head, tail = [*words] or [""]
    return f"{', '.join(head)} and {tail}" if head else tail
