"""Reading ``[case.given]``: what is known of an account that existed before the case begins.

Knows what an import may say. Does not import anything: that is `lifecycle.imports`, when the case is replayed.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any

from lifecycle.cases.vocabulary import ELSEWHERE, Vocabulary, fields_of, hint, wrong_entries
from lifecycle.errors import BadRequest
from lifecycle.model import LISTS, RECORDS, Actor
from lifecycle.place import Place

_WORDS = ("kind", "provider", "reason")
_LISTS = ("contacts", "strikes", "holds")
_FLAGS = ("permanent", "offers_appeal")
GIVEN = ("ground", "author", "ends", *_FLAGS, *_WORDS, *_LISTS)
"""What ``[case.given]`` may say besides the timers, a table for each record or false if it does not stand, and the way
in which the account came to its state, where the policy knows several."""


def read_given(case: Place, words: Vocabulary) -> Mapping[str, Any]:
    """Return what is known of the account; mistakes are kept in *case*."""
    place = case.inner("given")
    if place is None:
        return {}
    choices: dict[str, tuple[str, ...]] = {}
    for way in (way for way in words.policy.arrivals if way.asked):
        choices[way.asked] = (*choices.get(way.asked, ()), way.answer)
    place.only((*GIVEN, *choices, *ELSEWHERE, "timers", *RECORDS, *LISTS), "given")
    given: dict[str, Any] = {
        "ground": place.word("ground", functools.partial(words.unknown, "ground")),
        "author": place.word("author", functools.partial(_wrong_author, words)),
        "ends": place.moment("ends"),
    }
    given |= {key: place.of(key, bool) for key in _FLAGS}
    given |= {key: place.word(key, lambda word: "") for key in _WORDS}
    given |= {key: place.words(key, lambda word: "") for key in _LISTS}
    given |= {key: place.word(key, functools.partial(words.unknown, key.replace("_", " "))) for key in ELSEWHERE}
    given |= {key: place.word(key, functools.partial(_one_of, known)) for key, known in choices.items()}
    given |= {record: _record(place, record, words) for record in RECORDS}
    given |= {name: _entries(place, name) for name in LISTS}
    given["timers"] = _timers(place, words)
    return {key: value for key, value in given.items() if value is not None}


def _record(place: Place, record: str, words: Vocabulary) -> dict[str, Any] | bool | None:
    if place.table.get(record) is False:
        return False
    inner = place.inner(record)
    if inner is None:
        return None
    inner.only(fields_of(record), f"the record {record}")
    for field, value in inner.table.items():
        if mistake := words.wrong_field(record, field, value):
            inner.wrong(mistake)
    return {key: inner.moment(key) if isinstance(value, dt.datetime) else value for key, value in inner.table.items()}


def _entries(place: Place, name: str) -> list[dict[str, Any]] | None:
    """Return the dated entries of a list that the account arrives with."""
    value: list[dict[str, Any]] | None = place.of(name, list)
    if value is not None and (mistake := wrong_entries(name, value)):
        place.wrong(mistake)
        return None
    return value


def _timers(place: Place, words: Vocabulary) -> dict[str, dt.datetime | None] | None:
    """Return when the timers that stand are due; those and no others then do."""
    inner = place.inner("timers")
    if inner is None:
        return None
    for name in inner.table:
        if mistake := words.unknown("timer", name):
            inner.wrong(mistake)
    return {name: inner.moment(name) for name in inner.table}


def _wrong_author(words: Vocabulary, said: str) -> str:
    role, _, actor_id = said.partition(":")
    if mistake := words.unknown("role", role):
        return mistake
    try:
        Actor(role, actor_id)
    except BadRequest as error:
        return str(error)
    return ""


def _one_of(known: tuple[str, ...], word: str) -> str:
    return "" if word in known else f'"{word}" is not possible here.{hint(word, known)}'
