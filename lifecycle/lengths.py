"""Periods that are no plain number: chosen within bounds, or told by a short table over facts.

Knows how such a period is found once the facts are known. Does not know any of them, nor any fact. It is looked up once,
when a timer is armed, and kept with its due time: what the facts are later changes nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.calendar import BusinessDays, Period, spoken


@frozen
class Chosen:
    """A period that is chosen within bounds: so many `unit` as the whole number ``fact`` says; ``usual`` if nobody says.

    All three periods are of one kind: working days, or lengths of time.
    """

    fact: str
    least: Period
    most: Period
    usual: Period

    @property
    def unit(self) -> str:
        """What the fact counts: working days, or the largest unit of which all three periods are whole numbers."""
        held = [each for each in (self.least, self.most, self.usual) if isinstance(each, dt.timedelta)]
        sizes = (("days", 86400), ("hours", 3600), ("minutes", 60))
        whole = (unit for unit, size in sizes if not any(each % dt.timedelta(seconds=size) for each in held))
        return next(whole, "seconds") if held else "working days"

    def of(self, count: int) -> Period:
        """Return so many units, or the bound that is nearest; whether it lies between them a guard says."""
        held = min(max(self._units(self.least), count), self._units(self.most))
        return BusinessDays(held) if self.unit == "working days" else dt.timedelta(**{self.unit: held})

    def allows(self, count: int) -> bool:
        """Whether so many units lie within the bounds."""
        return self._units(self.least) <= count <= self._units(self.most)

    def _units(self, period: Period) -> int:
        return period.days if isinstance(period, BusinessDays) else period // dt.timedelta(**{self.unit: 1})


def _conditions(when: Mapping[str, Any] | tuple[tuple[str, tuple[Any, ...]], ...]) -> tuple[tuple[str, Any], ...]:
    if isinstance(when, tuple):
        return when
    return tuple((fact, tuple(held) if isinstance(held, list | tuple) else (held,)) for fact, held in when.items())


OR_MORE = re.compile(r"(\d{1,9}) or more")
"""What an entry may ask of a fact that is a whole number, besides the number itself."""


@frozen
class Entry:
    """One line of a short table: how long it ``lasts`` where every fact of ``when`` is one of the values given there.

    A value is a code, yes or no, a whole number, or a text such as ``3 or more``. Of a fact that lists codes it is
    enough that one of them is among the values.
    """

    name: str
    when: tuple[tuple[str, tuple[Any, ...]], ...] = field(converter=_conditions)
    lasts: Period

    def fits(self, facts: Any) -> bool:
        """Whether the *facts* are as this entry asks."""
        return all(any(_is(getattr(facts, fact), value) for value in wanted) for fact, wanted in self.when)

    @property
    def words(self) -> str:
        """When it applies, in words."""
        return " and ".join(f"{fact.replace('_', ' ')} is {' or '.join(map(_said, held))}" for fact, held in self.when)


def _is(found: Any, wanted: Any) -> bool:
    if isinstance(found, tuple):
        return wanted in found
    if type(found) is int and isinstance(wanted, str) and (match := OR_MORE.fullmatch(wanted)):
        return found >= int(match[1])
    return type(found) is type(wanted) and bool(found == wanted)


def _said(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


@frozen
class ByFacts:
    """A period that a short table over facts tells: the first entry that fits, ``otherwise`` if none does."""

    entries: tuple[Entry, ...]
    otherwise: Period


Length = dt.timedelta | BusinessDays | Chosen | ByFacts
"""A period, or what tells one once the facts are known."""

USUAL, CHOSEN, OTHERWISE = "usual", "chosen", "otherwise"
"""What an event calls the entry that applied where it is none of a table."""


def fixed(length: Length, facts: Any) -> tuple[Period, str | None]:
    """Return the period that *facts* make of *length*, and the name of the entry that applied; None if it is plain.

    Raises:
        LookupError: a fact is not known.
    """
    if isinstance(length, Chosen):
        count = getattr(facts, length.fact)
        return (length.usual, USUAL) if count is None else (length.of(count), CHOSEN)
    if isinstance(length, ByFacts):
        entry = next((each for each in length.entries if each.fits(facts)), None)
        return (length.otherwise, OTHERWISE) if entry is None else (entry.lasts, entry.name)
    return length, None


def facts_of(length: Any) -> tuple[str, ...]:
    """Return the names of the facts that *length* is told by."""
    if isinstance(length, Chosen):
        return (length.fact,)
    if isinstance(length, ByFacts):
        return tuple(dict.fromkeys(fact for entry in length.entries for fact, _ in entry.when))
    return ()


def periods_of(length: Length) -> tuple[Period, ...]:
    """Return every period that *length* may turn out to be; of one that is chosen the bounds."""
    if isinstance(length, Chosen):
        return (length.least, length.most, length.usual)
    if isinstance(length, ByFacts):
        return (*(entry.lasts for entry in length.entries), length.otherwise)
    return (length,)


def wrong_length(length: Length) -> Iterator[str]:
    """Yield what is wrong with a period that is chosen or told by a table, apart from how long its periods are."""
    if isinstance(length, Chosen | ByFacts):
        for each in periods_of(length):
            if isinstance(each, dt.timedelta) and each % dt.timedelta(seconds=1):
                yield "must be of whole seconds"
    if isinstance(length, Chosen):
        if len({type(each) for each in periods_of(length)}) > 1:
            yield "must be given in working days throughout, or nowhere"
        elif not _size(length.least) <= _size(length.usual) <= _size(length.most):
            yield f"must have its usual length within its bounds: {told(length)}"
    elif isinstance(length, ByFacts):
        names = [entry.name for entry in length.entries]
        if not names:
            yield "is a table without an entry: give the one period instead"
        for name in sorted({name for name in names if names.count(name) > 1 or name == OTHERWISE}):
            yield f'has two entries called "{name}"'
        for entry in length.entries:
            if not entry.when or not all(wanted for _, wanted in entry.when):
                yield f'has an entry "{entry.name}" that does not say when it applies'


def _size(period: Period) -> Any:
    return period.days if isinstance(period, BusinessDays) else period


def as_table(length: Chosen | ByFacts) -> dict[str, Any]:
    """Return *length* as a policy file gives it: a table of texts."""
    if isinstance(length, Chosen):
        bounds = {name: spoken(getattr(length, name)) for name in ("least", "most", "usual")}
        return {"fact": length.fact, **bounds}
    entries = {
        entry.name: {"when": {fact: _values(held) for fact, held in entry.when}, "lasts": spoken(entry.lasts)}
        for entry in length.entries
    }
    return {"entries": entries, "otherwise": spoken(length.otherwise)}


def _values(held: tuple[Any, ...]) -> Any:
    return held[0] if len(held) == 1 else list(held)


def told(length: Length) -> str:
    """Return a period in words, as `spoken` does, with its bounds or all of its table."""
    if isinstance(length, Chosen):
        return f"{spoken(length.least)} to {spoken(length.most)} as chosen, {spoken(length.usual)} if nobody chooses"
    if isinstance(length, ByFacts):
        entries = (f"{spoken(entry.lasts)} where {entry.words}" for entry in length.entries)
        return f"{', '.join(entries)}, else {spoken(length.otherwise)}"
    return spoken(length)


@frozen
class Due:
    """When a timer is due, and how that came about: ``since`` when it lasts how long, by which period and which entry."""

    at: dt.datetime
    since: dt.datetime
    period: str
    lasts: Period
    entry: str | None = None
    calendar: str | None = None
