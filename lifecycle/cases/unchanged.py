"""What a step says it leaves as it was: records, fields, timers, facts, and whole accounts.

Knows how each is named and compared. Does not know what brought a change about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lifecycle.cases.vocabulary import Vocabulary, fields_of, hint
from lifecycle.model import LISTS, RECORDS, Account

OWN = "own"
"""What a step calls the case's own account, beside the names of further ones."""

TIMERS = "timers"


def wrong_name(words: Vocabulary, others: Iterable[str], name: str) -> str:
    """Return what is wrong with the *name* of something that may stay unchanged; nothing if there is such a thing."""
    first, dot, rest = name.partition(".")
    facts = words.policy.facts.declared()
    if first == TIMERS:
        return words.unknown("timer", rest) if dot else ""
    if not dot and (first in words.known["record or field"] or first in facts or first in (OWN, *others)):
        return ""
    if dot and first in RECORDS and first not in LISTS:
        fields = fields_of(first)
        return "" if rest in fields else f'the record {first} has no field "{rest}".{hint(rest, fields)}'
    known = (*words.known["record or field"], *facts, TIMERS, OWN, *others)
    return f'no record, field, fact or account is called "{name}".{hint(name, known)}'


def changed(
    names: Iterable[str],
    before: Account,
    after: Account,
    shop: tuple[Mapping[str, Any], Mapping[str, Any]],
    accounts: Mapping[str, bool],
) -> Iterator[str]:
    """Yield those of *names* that are not as they were; *accounts* says of each whether anything happened to it."""
    said_before, said_after = shop
    for name in names:
        first, dot, rest = name.partition(".")
        if name in accounts:
            same = not accounts[name]
        elif first == TIMERS:
            one = [_timers(account, rest if dot else None) for account in (before, after)]
            same = one[0] == one[1]
        elif hasattr(before, first):
            same = _read(before, first, rest) == _read(after, first, rest)
        else:
            same = said_before.get(first) == said_after.get(first)
        if not same:
            yield name


def _timers(account: Account, only: str | None) -> dict[str, Any]:
    return {timer.name: (timer.due, timer.number) for timer in account.timers if only in (None, timer.name)}


def _read(account: Account, name: str, field: str) -> Any:
    held = getattr(account, name)
    return getattr(held, field) if field and held is not None else held
