"""Named periods as they stand for one account: looked up once, fixed from then on.

Knows where a period that is no plain number was fixed, and what stands for it before. Does not know any period.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from lifecycle.calendar import Period, read_period
from lifecycle.facts import FactMissing, Facts
from lifecycle.lengths import ByFacts, Chosen, Due, Length, facts_of, fixed
from lifecycle.model import Account, Command
from lifecycle.rows.outcomes import Effect, Open, StartTimer

MISSING: Any = object()


def named_period(p: Any, path: str, default: Any = MISSING) -> Any:
    """Return the period that *path* names: a parameter, or a field of an entry in a table of them.

    Raises:
        AttributeError: there is none, and no *default* is given.
    """
    found = p
    for part in path.split("."):
        found = found.get(part, MISSING) if isinstance(found, Mapping) else getattr(found, part, MISSING)
        if found is MISSING:
            if default is MISSING:
                raise AttributeError(path)
            return default
    return found


def open_periods(p: Any) -> tuple[str, ...]:
    """Return the names of the parameters whose period is chosen or told by a table."""
    if not attrs.has(type(p)):
        return ()
    names = (each.name for each in attrs.fields(type(p)))
    return tuple(name for name in names if isinstance(getattr(p, name), Chosen | ByFacts))


def due(p: Any, path: str, account: Account, command: Command, opened: Mapping[str, Any] = MappingProxyType({})) -> Due:
    """Return when something is due that lasts as long as the period called *path* from *command* on.

    What a record says that the same step has *opened* counts before the facts, and what is on file of *account* where
    nobody said a fact: a ground need not be told twice.

    Raises:
        FactMissing: the period depends on a fact the command does not carry.
    """
    period, entry = named_period(p, path), None
    if type(period) is not dt.timedelta:
        period, entry = fixed(period, _Known(account, command.facts, opened))
    return Due(p.calendar.add(command.at, period), command.at, path, period, entry, p.calendar.counts(period))


class _Known:
    """The facts of a command, what a record says that it opens, and what is on file."""

    def __init__(self, account: Account, facts: Facts, opened: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._account = account
        self._facts = facts
        self._opened = opened

    def __getattr__(self, name: str) -> Any:
        if name in self._opened:
            return self._opened[name]
        filed = None if name in self._facts else _on_file(self._account, name)
        return getattr(self._facts, name) if filed is None else filed


_FILED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"ground": ("suspension", "lock", "warning"), "case_kind": ("support_case",), "reason": ("deletion", "pause")}
)
"""Where a fact stands on file: in the first of these records that stands and says it."""


def _on_file(account: Account, fact: str) -> Any:
    """Return a fact as the account has it on file; None if it has not."""
    if fact in ("kind", "contacts", "provider") and account.exists:
        return getattr(account, fact)
    records = (getattr(account, name) for name in _FILED.get(fact, ()))
    return next((found for each in records if each is not None and (found := getattr(each, fact)) is not None), None)


def armed_by(effects: Iterable[Effect]) -> Iterator[str]:
    """Yield the names of the periods after which *effects* arm timers."""
    yield from (effect.after for effect in effects if isinstance(effect, StartTimer) and effect.after is not None)


def told_by_facts(effects: Iterable[Effect], p: Any) -> bool:
    """Whether facts tell how long any timer runs that *effects* arm."""
    return any(facts_of(named_period(p, path, None)) for path in armed_by(effects))


def facts_for(effects: Iterable[Effect], p: Any, account: Account) -> tuple[str, ...]:
    """Return the facts that tell how long the timers run that *effects* arm, but for what is or comes on file."""
    opened = {name for effect in effects if isinstance(effect, Open) for name in effect.fixed}
    found = (fact for name in armed_by(effects) for fact in facts_of(named_period(p, name, None)))
    return tuple(fact for fact in found if fact not in opened and _on_file(account, fact) is None)


def as_fixed(p: Any, names: Iterable[str], account: Account, command: Command, effects: Iterable[Effect] = ()) -> Any:
    """Return the parameters *p* with a plain period for each of *names*.

    What *effects* arm anew is told by the facts of *command*. Anything else is as it was fixed when its timer was armed;
    where none was, the facts tell as far as they are known.
    """
    anew = frozenset(armed_by(effects))
    known = {each.name: each.lasts for each in account.periods if isinstance(getattr(p, each.name, None), Length)}
    seen = copy.copy(p)
    for name in dict.fromkeys((*names, *known)):
        again = name not in known or name in anew
        lasts = _likely(getattr(p, name), account, command.facts) if again else read_period(known[name])
        object.__setattr__(seen, name, lasts)
    return seen


def _likely(length: Length, account: Account, facts: Facts) -> Period:
    try:
        return fixed(length, _Known(account, facts))[0]
    except FactMissing:
        return (
            length.usual if isinstance(length, Chosen) else length.otherwise if isinstance(length, ByFacts) else length
        )
