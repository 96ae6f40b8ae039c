"""Reading the steps of a case: who does what when, and what the step claims.

Knows the keys of a step, and which of them go together. Does not know files, nor whether a claim is true.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from lifecycle.calendar import Period
from lifecycle.cases.allowed import wrong_claim
from lifecycle.cases.others import named, read_facts, read_identifiers
from lifecycle.cases.policies import Words
from lifecycle.cases.story import CODES, Step, spoken_time
from lifecycle.cases.unchanged import wrong_name
from lifecycle.cases.vocabulary import Vocabulary, fields_of, hint, wrong_entries
from lifecycle.errors import BadRequest
from lifecycle.model import LISTS, RECORDS, Actor, Evidence, Role
from lifecycle.place import Place
from lifecycle.rows import Policy

_WHEN = ("at", "after", "waits", "until")
_CLAIMS = ("then", "sends", "not_sent", "fires", "due", "overdue", "expect", "may", "unchanged")
_TOLD = ("meanwhile", "note")
_DOING = (
    *("account", "at", "after", "by", "does", "with", "identifiers", "facts", "refused", "earliest"),
    *(*_CLAIMS, *_TOLD),
)
_WAITING = ("account", "waits", "until", "facts", *_CLAIMS, *_TOLD)
_HAPPENING = ("account", "at", "after", "facts", "due", "overdue", "expect", "may", "unchanged", *_TOLD)
_ALL = tuple(dict.fromkeys((*_WHEN, *_DOING, *_WAITING)))
_EVIDENCE = ("kind", "ref", "readable", "edited", "corners", "words", "text")


def read_steps(
    case: Place, words: Words, lines: Sequence[int | None], others: Iterable[str] = ()
) -> tuple[tuple[Step, ...], dt.datetime | None]:
    """Return the steps of a case and the moment at which it begins; mistakes are kept in *case*.

    *others* are the names of its further accounts.
    """
    begins = now = case.moment("begins")
    tables = case.of("step", list)
    if not tables or not all(isinstance(table, dict) for table in tables):
        case.wrong("it has no step. Begin one with [[case.step]].")
        return (), begins
    steps = []
    for number, (table, line) in enumerate(zip(tables, lines, strict=False), start=1):
        place = Place(table, f"{case.where}, step {number}", case.mistakes)
        now = _when(place, now, words.at(now), first=number == 1)
        begins = begins or now
        step = _step(place, number, now or dt.datetime.min.replace(tzinfo=dt.UTC), words.at(now), line)
        check = functools.partial(wrong_name, words.at(now), others)
        steps.append(attrs.evolve(step, unchanged=place.words("unchanged", check) or ()))
    return tuple(steps), begins


def _when(place: Place, now: dt.datetime | None, words: Vocabulary, *, first: bool) -> dt.datetime | None:
    """Return when a step happens, in UTC; the moment before it where that cannot be told."""
    said = [key for key in _WHEN if key in place.table]
    if len(said) > 1:
        place.wrong(f"{' and '.join(said)} both say when; keep one of them")
        return now
    if set(said) & {"at", "until"}:
        at = place.moment(said[0])
        if at and now and at < now:
            where = "begins" if first else "the step before"
            place.wrong(f"time runs backwards: {said[0]} is {spoken_time(at)}, {where} is {spoken_time(now)}")
        return at or now
    period: Period | None = place.period(said[0]) if said else None
    if now is None:
        place.wrong("the first step says at when; or the case says when it begins, and the first step may say after")
        return None
    return words.policy.parameters.calendar.add(now, period) if period is not None else now


def _step(place: Place, number: int, at: dt.datetime, words: Vocabulary, line: int | None) -> Step:
    doing, waiting = "does" in place.table, bool({"waits", "until"} & set(place.table))
    place.only(_ALL, "a step")
    _fits(place, doing, waiting)
    role, actor_id = _who(place, words) if doing else (None, None)
    evidence, code = _with(place, words)
    refused = place.words("refused", functools.partial(words.unknown, "guard or other reason"))
    then = place.words("then", functools.partial(words.unknown, "state"), single=True)
    _outcome(place, doing, waiting)
    return Step(
        number=number,
        at=at,
        does=place.word("does", functools.partial(words.unknown, "trigger")),
        role=role,
        actor_id=actor_id,
        evidence=evidence,
        code=code,
        facts=read_facts(place, words),
        waits=waiting and not doing,
        then=tuple(words.policy.named[state] for state in then or ()),
        refused=None if refused is None else frozenset(refused),
        earliest=_earliest(place, refused or ()),
        sends=place.words("sends", functools.partial(words.unknown, "notice")),
        not_sent=place.words("not_sent", functools.partial(words.unknown, "notice")) or (),
        fires=place.words("fires", functools.partial(words.unknown, "timer's trigger")),
        due=_due(place, words),
        overdue=place.words("overdue", functools.partial(words.unknown, "timer")),
        expect=named(place, "expect", functools.partial(_wrong_expectation, words)),
        may=named(place, "may", functools.partial(wrong_claim, words)),
        meanwhile=place.text("meanwhile"),
        note=place.text("note"),
        line=line,
        account=place.of("account", str),
        identifiers=_identifiers(place, words.policy),
    )


def _earliest(place: Place, refused: Iterable[str]) -> dt.datetime | Mapping[str, dt.datetime] | None:
    """Return the moment that the reasons name, or one for each reason that names any."""
    if not isinstance(place.table.get("earliest"), dict):
        return place.moment("earliest")
    inner = place.inner("earliest")
    times = {}
    for code in inner.table if inner else ():
        if inner and (at := inner.moment(code)) is not None:
            times[code] = at
        if code not in refused:
            place.wrong(f'earliest: "{code}" is not among the reasons in refused')
    return times


def _identifiers(place: Place, policy: Policy) -> Mapping[str, str]:
    does, said = place.table.get("does"), "identifiers" in place.table
    adds = policy.doors.identify
    if said and does not in (policy.opening, adds):
        where = " and ".join(trigger for trigger in (policy.opening, adds) if trigger is not None)
        place.wrong(f"identifiers are named with {where or 'no trigger of this policy'} only")
    if adds is not None and does == adds and not place.table.get("identifiers"):
        place.wrong('identifiers are missing: what is added, such as { payment = "card-1" }?')
    return read_identifiers(place)


def _fits(place: Place, doing: bool, waiting: bool) -> None:
    """Refuse keys that belong to another sort of step."""
    if doing and waiting:
        place.wrong("a wait is a step of its own: does and waits or until do not go together")
        return
    if not doing and not waiting and "meanwhile" not in place.table:
        place.wrong("nothing happens in it: say does, waits, until or meanwhile")
        return
    allowed, sort = (
        (_DOING, "in which something is done")
        if doing
        else (_WAITING, "that waits")
        if waiting
        else (_HAPPENING, "that only tells what happens meanwhile")
    )
    for key in place.table:
        if key in _ALL and key not in allowed:
            place.wrong(f"{key} makes no sense in a step {sort}")


def _outcome(place: Place, doing: bool, waiting: bool) -> None:
    """Refuse a step that does not say what comes of it, or says it twice."""
    has_then, has_refused = "then" in place.table, "refused" in place.table
    if doing and has_then == has_refused:
        both = "says then and refused; only one of them can come true"
        neither = "says neither then nor refused: what comes of it?"
        place.wrong(both if has_then else neither)
    if waiting and not doing and not has_then:
        place.wrong("says no then: which state is the account in after the wait?")
    for key in ("then", "refused"):
        if place.table.get(key) == []:
            place.wrong(f"{key} is empty")
    for notice in {*(place.table.get("sends") or ())} & {*(place.table.get("not_sent") or ())}:
        place.wrong(f'"{notice}" stands in sends and in not_sent; only one of them can come true')
    if "earliest" in place.table and doing and not has_refused:
        place.wrong("earliest says when a refused step could first be taken, and this one is not refused")


def _who(place: Place, words: Vocabulary) -> tuple[Role | None, str | None]:
    if "by" not in place.table:
        place.wrong("by is missing: who does it?")
        return None, None
    said = place.of("by", str)
    name, _, actor_id = (said or "").partition(":")
    if said is None:
        return None, None
    if mistake := words.unknown("role", name):
        place.wrong(f"by: {mistake}")
        return None, None
    try:
        return Role(name), Actor(Role(name), actor_id).id if ":" in said else None
    except BadRequest as error:
        place.wrong(f"by: {error}")
        return None, None


def _with(place: Place, words: Vocabulary) -> tuple[tuple[Evidence, ...], str | None]:
    evidence: list[Evidence] = []
    codes: list[str] = []
    for each in place.of("with", list) or ():
        if isinstance(each, str) and each in CODES:
            codes.append(each)
        elif isinstance(each, str | dict):
            given = Place({"kind": each} if isinstance(each, str) else each, f"{place.where}, with", place.mistakes)
            if (one := _evidence(given, words)) is not None:
                evidence.append(one)
        else:
            place.wrong("with must list kinds of evidence, as texts or as tables with a kind")
    if len(codes) > 1:
        place.wrong(f"with holds {' and '.join(codes)}; one code is typed at a time")
    return tuple(evidence), codes[0] if codes else None


def _evidence(place: Place, words: Vocabulary) -> Evidence | None:
    before = len(place.mistakes)
    place.only(_EVIDENCE, "evidence")
    values: dict[str, Any] = {}
    for key, kind in (
        ("ref", str),
        ("readable", bool),
        ("edited", bool),
        ("corners", int),
        ("words", int),
        ("text", str),
    ):
        if (value := place.of(key, kind)) is not None:
            values[key] = value
    kind = place.of("kind", str)
    if "kind" not in place.table:
        place.wrong("evidence needs a kind")
    elif kind is not None and (mistake := words.unknown("kind of evidence", kind)):
        near = hint(kind, CODES) if kind.endswith("_code") else ""
        place.wrong(mistake + near)
    if "text" in values and kind is not None and kind in words.known["kind of evidence"] - words.policy.texts:
        place.wrong(f'"{kind}" is a document: give a ref, not a text')
    if len(place.mistakes) > before or kind is None:
        return None
    # The same word twice means the same document; a second one of its kind is told apart by its ref.
    reference = {} if "text" in values else {"ref": kind}
    try:
        return Evidence(kind, **{**reference, **values})
    except BadRequest as error:
        place.wrong(str(error))
        return None


def _due(place: Place, words: Vocabulary) -> Mapping[str, dt.datetime] | None:
    inner = place.inner("due")
    if inner is None:
        return None
    due = {}
    for name in inner.table:
        if mistake := words.unknown("timer", name):
            place.wrong(f"due: {mistake}")
        elif (at := inner.moment(name)) is not None:
            due[name] = at
    return due


def _wrong_expectation(words: Vocabulary, name: str, value: object) -> str:
    if mistake := words.unknown("record or field", name):
        return mistake
    if name in LISTS:
        return wrong_entries(name, value)
    if name not in RECORDS:
        if isinstance(value, dt.datetime) and value.tzinfo is None:
            return f"{name} is a date-time without an offset"
        return "" if not isinstance(value, dict) else f"{name} is no record: give a value, not a table"
    if isinstance(value, bool):
        return ""
    if not isinstance(value, dict):
        return f"{name} is a record: give a table of its fields, or true or false for whether it stands"
    fields = fields_of(name)
    for field, held in value.items():
        if field not in fields:
            return f'the record {name} has no field "{field}".{hint(field, fields)}'
        if mistake := words.wrong_field(name, field, held):
            return mistake
    naive = [field for field, held in value.items() if isinstance(held, dt.datetime) and held.tzinfo is None]
    return f"{name}.{naive[0]} is a date-time without an offset" if naive else ""
