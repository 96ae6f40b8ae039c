"""Reading who else is in a case: further accounts, and what each account is known by.

Knows the keys of ``[[case.also]]`` and what an identifier in a case looks like: a made-up name, never an address or a
number. Does not know steps.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.cases.given import read_given
from lifecycle.cases.story import Other, Step, spoken_time
from lifecycle.cases.unchanged import OWN
from lifecycle.cases.vocabulary import NO_ACCOUNT, Vocabulary, hint
from lifecycle.identity import EMAIL, KINDS, PHONE
from lifecycle.model import State
from lifecycle.place import Place

_KEYS = ("account", "starts", "begins", "given", "facts", "identifiers")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,15}\Z")
_MADE_UP = re.compile(r"[a-z]+-[0-9]{1,3}(\+[a-z0-9]+)?\Z", re.IGNORECASE)


def read_others(case: Place, words: Vocabulary) -> tuple[Other, ...]:
    """Return the further accounts of a case; mistakes are kept in *case*."""
    tables = case.of("also", list) or []
    if not all(isinstance(table, dict) for table in tables):
        case.wrong("also must be written as [[case.also]], in double brackets")
        return ()
    others = [
        _other(Place(table, f"{case.where}, also {n}", case.mistakes), words) for n, table in enumerate(tables, 1)
    ]
    names = [other.name for other in others]
    for twice in dict.fromkeys(name for name in names if name and names.count(name) > 1):
        case.wrong(f'two further accounts are called "{twice}"')
    return tuple(others)


def _other(place: Place, words: Vocabulary) -> Other:
    place.only(_KEYS, "a further account")
    if "account" not in place.table:
        place.wrong("account is missing: what do the steps call it, such as acc_2?")
    starts = place.word("starts", functools.partial(words.unknown, "starting state")) or State.ACTIVE.value
    if starts == NO_ACCOUNT and "begins" in place.table:
        place.wrong('begins says when it is imported, and nothing is where starts = "none"')
    return Other(
        name=place.word("account", _wrong_name) or "",
        starts=None if starts == NO_ACCOUNT else State(starts),
        given=beginning(place, starts, words),
        facts=read_facts(place, words),
        identifiers=read_identifiers(place),
        begins=place.moment("begins"),
    )


def beginning(place: Place, starts: str, words: Vocabulary) -> Mapping[str, Any]:
    """Return what is known of an account that is imported; of one that does not exist yet nothing may be."""
    for key in ("given", "identifiers"):
        if starts == NO_ACCOUNT and key in place.table:
            place.wrong(f'{key} says what is imported, and nothing is where starts = "none"')
    return read_given(place, words)


def _wrong_name(name: str) -> str:
    if name == OWN:
        return f'"{OWN}" is what a step calls the case\'s own account'
    return "" if _NAME.match(name) else "a further account is called by small letters, digits and _, such as acc_2"


def read_facts(place: Place, words: Vocabulary) -> Mapping[str, Any]:
    """Return the facts that the table under ``facts`` gives."""
    return {name: words.fact(name, value) for name, value in named(place, "facts", words.wrong_fact).items()}


def named(place: Place, key: str, wrong: Any) -> dict[str, Any]:
    """Return the table under *key*; ``wrong(name, value)`` answers what is wrong with an entry."""
    inner = place.inner(key)
    known = {}
    for name, value in inner.table.items() if inner else ():
        if mistake := wrong(name, value):
            place.wrong(f"{key}: {mistake}")
        else:
            known[name] = value
    return known


def read_identifiers(place: Place) -> Mapping[str, str]:
    """Return the made-up identifiers under ``identifiers``, by kind."""
    return named(place, "identifiers", _wrong_identifier)


def _wrong_identifier(kind: str, value: object) -> str:
    if kind not in KINDS:
        return f'no kind of identifier is called "{kind}".{hint(kind, KINDS)}'
    if not isinstance(value, str) or not _MADE_UP.match(value):
        # the value is not repeated: it may be somebody's
        return f"{kind} must be a made-up name such as person-1, never an address or a number"
    return ""


def check_accounts(
    case: Place,
    starts: str,
    others: Iterable[Other],
    steps: Iterable[Step],
    begins: dt.datetime | None,
    opens: str | None,
) -> None:
    """Refuse steps of accounts that are not in the case, and accounts whose first step comes before they exist.

    *opens* is the trigger that opens an account.
    """
    first: dict[str | None, Step] = {}
    for step in steps:
        first.setdefault(step.account, step)
    names = [other.name for other in others]
    for name, step in first.items():
        if name is not None and name not in names:
            say = hint(name, names) if names else " Say who it is in [[case.also]]."
            case.wrong(f'step {step.number}: no further account is called "{name}".{say}')
    for other in others:
        if other.begins is not None and begins is not None and other.begins > begins:
            case.wrong(f"{other.name} begins at {spoken_time(other.begins)}, after the case does")
    beginnings = {None: starts == NO_ACCOUNT} | {other.name: other.starts is None for other in others}
    for name, nobody in beginnings.items():
        if nobody and name in first and first[name].does != opens:
            who = "a case that starts" if name is None else f"{name}, which starts"
            how = (
                f"begins with the trigger {opens}" if opens else "cannot begin: no row of this policy opens an account"
            )
            case.wrong(f'{who} with "none" {how}')


def made_up(identifiers: Mapping[str, str], case_id: str) -> dict[str, str]:
    """Return what the made-up names of a case stand for in its replay: the same within it, different in every other."""
    return {kind: _value(kind, name, case_id) for kind, name in identifiers.items()}


def _value(kind: str, name: str, case_id: str) -> str:
    if kind == EMAIL:
        return f"{name}@{case_id}.example"
    if kind == PHONE:
        return f"+999 {zlib.crc32(f'{case_id} {name.casefold()}'.encode()):010d}"
    return f"{name}.{case_id}"
