"""What happened to an account, as the timeline of its page: events and refused attempts, in order.

Knows what is worth telling of each, and which part of the picture it belongs to. Does not read a database, and does not
draw. A long log is told in windows: a page carries as much of it as somebody reads at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from lifecycle.decide import LAPSE
from lifecycle.http.console.words import said, short, who
from lifecycle.model import ACCOUNT, Actor, AnyState, Event, Role, machine_of
from lifecycle.prose.words import capital, count, gap, plain
from lifecycle.rows import Policy
from lifecycle.store import Denial

WINDOW = 50
"""How many events are told on one page."""


@frozen
class Brought:
    """Something brought along: what it is, the host's reference, and whether a private text can be asked for."""

    kind: str
    ref: str
    text: bool = False


@frozen
class Entry:
    """One thing that happened. ``number`` is that of the step, ``event`` what is recorded of it; None if refused.

    ``gap`` is how long after the entry before. ``dest`` is None where nothing could have moved. ``reasons`` are why it was
    refused, each with its code. ``ids`` are the parts of the picture, set where one is drawn.
    """

    number: int
    at: dt.datetime
    what: str
    role: Role
    who: str
    source: AnyState | None
    dest: AnyState | None
    gap: str = ""
    title: str = ""
    follows: str = ""
    reasons: tuple[tuple[str, str], ...] = ()
    brought: tuple[Brought, ...] = ()
    facts: str = ""
    then: tuple[str, ...] = ()
    event: Event | None = None
    denial: Denial | None = field(default=None)
    ids: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it was an attempt that was refused."""
        return self.event is None

    @property
    def moved(self) -> bool:
        """Whether the account, its membership or its level is in another state afterwards."""
        return self.dest is not None and self.dest is not self.source

    @property
    def machine(self) -> str:
        """The machine it belongs to, where that is not the account itself."""
        state = self.dest or self.source
        found = ACCOUNT if state is None else machine_of(state)
        return "" if found == ACCOUNT else found


@frozen
class Window:
    """A part of a log: its entries, and where the parts before and after it end. ``of`` is how many events there are.

    ``after`` and ``upto`` are the versions it lies between. ``later`` and ``earlier`` are the last versions of the
    neighbours, None where there is none.
    """

    entries: tuple[Entry, ...]
    after: int
    upto: int
    of: int

    @property
    def earlier(self) -> int | None:
        """The last version of the part before it."""
        return self.after if self.after > 0 else None

    @property
    def later(self) -> int | None:
        """The last version of the part after it."""
        return min(self.of, self.upto + WINDOW) if self.upto < self.of else None


def bounds(version: int, upto: int | None) -> tuple[int, int]:
    """Return the versions between which a window lies that ends at *upto*, by default with the last event."""
    last = version if upto is None else max(1, min(upto, version))
    return max(0, last - WINDOW), last


def entries(
    events: Sequence[Event], denials: Iterable[Denial], policy: Policy, zone: dt.tzinfo, *, whole: bool = True
) -> tuple[Entry, ...]:
    """Return *events* and the *denials* of their time as entries, the earliest first.

    *whole* tells that the last of the events is the last of the log: then what was refused since belongs to it too.
    """
    first, last = events[0].at, events[-1].at
    state = events[0].source if events[0].machine == ACCOUNT else None
    here = [d for d in denials if (d.at >= first or events[0].version == 1) and (d.at <= last or whole)]
    happened: list[tuple[dt.datetime, int, Event | Denial]] = [(e.at, e.version, e) for e in events]
    happened += [(d.at, 10**9, d) for d in here]
    happened.sort(key=lambda each: each[:2])
    sentences = sentences_of(policy)
    titles = {row.name: row.title for row in policy.rows}
    found: list[Entry] = []
    before: dt.datetime | None = None
    for number, (at, _, one) in enumerate(happened, start=1):
        if isinstance(one, Event):
            state = one.dest if one.machine == ACCOUNT else state
            entry = _of_event(number, one, titles, zone, follows=before == at and bool(found) and not found[-1].refused)
        else:
            entry = _of_denial(number, one, state, sentences)
        found.append(evolve(entry, gap="" if before is None or at == before else gap(at - before)))
        before = at
    return tuple(found)


def _of_event(number: int, event: Event, titles: Any, zone: dt.tzinfo, *, follows: bool) -> Entry:
    fired = event.by.role is Role.SYSTEM and event.by.id == "timer"
    at_once = event.by == Actor.system("policy") and follows
    brought = tuple(_brought(one) for one in event.evidence)
    return Entry(
        number=number,
        at=event.at,
        what=capital(plain(event.trigger)),
        role=event.by.role,
        who=who(event.by, event.account_id),
        source=event.source,
        dest=event.dest,
        title=titles.get(event.row, ""),
        follows="by itself, in time" if fired else "follows at once" if at_once else "",
        brought=brought,
        facts=said({name: held for name, held in event.facts.items() if held not in (None, False, [], ())}, zone)
        if any(held not in (None, False, [], ()) for held in event.facts.values())
        else "",
        then=tuple(_then(event, zone)),
        event=event,
    )


def _brought(one: Any) -> Brought:
    ref = str(one.get("ref", ""))
    return Brought(plain(str(one.get("kind", ""))), ref, ref.startswith("text-"))


def _then(event: Event, zone: dt.tzinfo) -> Iterator[str]:
    for change in event.changes:
        if change.do == "notify":
            whom = "the staff" if change.values.get("to") == "staff" else "the holder"
            yield f"{capital(whom)} {'are' if whom == 'the staff' else 'is'} told: {plain(change.name)}"
        elif change.do == "timer":
            yield f"Timer set: {plain(change.name)}, {short(dt.datetime.fromisoformat(change.values['due']), zone)}"
        elif event.trigger == LAPSE:
            yield f"{capital(plain(change.name))} has nothing left to do"


def _of_denial(number: int, denial: Denial, state: AnyState | None, sentences: Any) -> Entry:
    more = (f"{count(denial.more, 'more attempt')} that day",) if denial.more else ()
    return Entry(
        number=number,
        at=denial.at,
        what=capital(plain(denial.trigger)),
        role=denial.by.role,
        who=who(denial.by, denial.account_id),
        source=state,
        dest=state,
        reasons=tuple((sentences.get(code) or ANSWERS.get(code, capital(plain(code))), code) for code in denial.codes),
        then=more,
        denial=denial,
    )


def sentences_of(policy: Policy) -> Mapping[str, str]:
    """Return what each code of a refusal says did not hold, as far as the policy tells: guards, and questions between rows."""
    questions = {when.selector.name: when.selector.sentence for row in policy.rows for when in row.when}
    unfit = {name: f"The situation is the one this is for. {asks}" for name, asks in questions.items()}
    return {**unfit, **{guard.name: guard.sentence for guard in policy.guards}}


ANSWERS = {
    "not_the_holder": "Whoever acts is the holder of this account.",
    "role_may_never": "This is something that role may do.",
    "not_from_this_state": "The account is in a state this can be done from.",
    "not_this_role_here": "This is something that role may do while the account is as it is.",
}
"""The answers that are no guard's, as sentences that did not hold."""
