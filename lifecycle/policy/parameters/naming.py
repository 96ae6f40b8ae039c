"""How a parameter is declared: its default, what it means, where it comes from, its unit, and what it may be.

Knows how a value is checked. Does not know any parameter.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import field, frozen

from lifecycle.calendar import BusinessDays, Period, WorkCalendar, spoken
from lifecycle.errors import closest
from lifecycle.lengths import ByFacts, Chosen, Length, periods_of, wrong_length
from lifecycle.policy.parameters.entries import mistakes_in_entries

GUARD, ESTIMATE, CHOICE, DATA = "guard", "estimate", "choice", "data"
"""What a parameter is for: a limit that is enforced, a figure that is only told, a choice between readings, or data."""

LONGEST = dt.timedelta(days=36500)
"""No period is longer: added to a moment of today it still is a date."""

Check = Callable[[Any], Iterable[str]]
"""Yields what is wrong with a value of the right type."""

GENERAL = "general"
"""The group of the parameters that belong to no chapter."""


def named(
    default: Any,
    says: str,
    *cites: str,
    ours: bool = False,
    choices: tuple[Any, ...] = (),
    unit: str = "",
    kind: str = "",
    least: int = 0,
    most: int | None = None,
    check: Check | None = None,
) -> Any:
    """A parameter: its default, what it means, where it comes from.

    A whole number needs a ``unit``, such as ``words`` or ``US cents``; other types bring their own. ``kind`` is
    ``guard`` unless said otherwise, ``choice`` where there are ``choices``. A whole number is at least ``least`` and at
    most ``most``, a share in per cent at most 100. The ``choices`` of a tuple or a mapping are those of what it holds.
    ``check`` tells what else is wrong with a value of the right type.
    """
    metadata = {
        "says": says,
        "cites": cites,
        "ours": ours,
        "choices": choices,
        "unit": unit or _unit(default, choices),
        "kind": kind or (CHOICE if choices else GUARD),
        "least": least,
        "most": 100 if most is None and unit == "per cent" else most,
        "check": check,
        "entry": None,
    }
    return field(default=default, metadata=metadata)


def table(
    default: Mapping[str, Any], entry: type, says: str, *cites: str, ours: bool = False, check: Check | None = None
) -> Any:
    """A parameter that is a table of entries: for each name one *entry*, a frozen attrs class whose field ``name`` it is.

    A policy file adds entries, changes fields of those that are there, or takes some away. A class with a method
    ``mistakes`` is asked what is wrong with an entry whose fields have the right types; ``check`` tells what is wrong
    with the table as a whole.
    """
    made = named(default, says, *cites, ours=ours, unit="entries", kind=DATA, check=check)
    made.metadata = {**made.metadata, "entry": entry}
    return made


def _unit(default: Any, choices: tuple[Any, ...]) -> str:
    if isinstance(default, bool):
        return "yes or no"
    if isinstance(default, dt.timedelta | BusinessDays):
        return "days" if default == dt.timedelta(0) else _plural(spoken(default).split(" ", 1)[1])
    if isinstance(default, WorkCalendar):
        return "calendar"
    if isinstance(default, int):
        return ""
    return "choice" if choices else "names" if isinstance(default, tuple) else "name"


def _plural(unit: str) -> str:
    return unit if unit.endswith("s") else f"{unit}s"


@frozen
class Named:
    """One parameter as it is declared. ``group`` is the file it stands in."""

    name: str
    group: str
    default: Any
    says: str
    cites: tuple[str, ...]
    ours: bool
    choices: tuple[Any, ...]
    unit: str
    kind: str
    least: int
    most: int | None
    check: Check | None
    entry: type | None = None


_FOUND: dict[type, tuple[Named, ...]] = {}


def named_in(cls: type) -> tuple[Named, ...]:
    """Return every parameter that *cls*, a class of parameters, declares with `named`, group by group."""
    if cls not in _FOUND:
        _FOUND[cls] = _named_in(cls)
    return _FOUND[cls]


def _named_in(cls: type) -> tuple[Named, ...]:
    told = ("says", "cites", "ours", "choices", "unit", "kind", "least", "most", "check", "entry")
    found = [
        Named(each.name, _group(cls, each.name), each.default, **{key: each.metadata[key] for key in told})
        for each in attrs.fields(cls)
        if "unit" in each.metadata
    ]
    order = list(dict.fromkeys([GENERAL, *(each.group for each in found)]))
    return tuple(sorted(found, key=lambda each: order.index(each.group)))


def _group(cls: type, name: str) -> str:
    home = next(base for base in reversed(cls.__mro__) if name in inspect.get_annotations(base))
    # A class that holds a whole set of parameters is no group: a host's own may be made of it.
    whole = home is cls or hasattr(home, "disagreements")
    return GENERAL if whole else home.__module__.rsplit(".", 1)[-1]


def mistakes_of(each: Named, value: Any) -> Iterator[str]:
    """Yield what is wrong with *value* as the value of this parameter; nothing if it may have it."""
    found = list(_mistakes(each, value))
    if not found and each.check is not None:
        told = isinstance(value, Chosen | ByFacts)
        found = [what for one in (periods_of(value) if told else (value,)) for what in each.check(one)]
    yield from dict.fromkeys(found)


def _mistakes(each: Named, value: Any) -> Iterator[str]:
    if each.entry is not None:
        yield from mistakes_in_entries(each.entry, value)
    elif isinstance(each.default, tuple):
        yield from _several(each, value, tuple, value if isinstance(value, tuple) else ())
    elif isinstance(each.default, Mapping):
        yield from _several(each, value, Mapping, value.values() if isinstance(value, Mapping) else ())
    elif each.choices:
        yield from _chosen(each, value, type(each.default))
    elif isinstance(each.default, dt.timedelta | BusinessDays):
        yield from wrong_period(value)
    elif type(value) is not type(each.default):
        yield f"must be {_KINDS.get(type(each.default), type(each.default).__name__)}, not {_shown(value)}"
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _amount(each, value)


def wrong_period(value: Any) -> Iterator[str]:
    """Yield what is wrong with *value* as a length of time, plain, chosen or told by a table; its bounds as well."""
    if not isinstance(value, Length):
        yield f"must be a length of time, not {_shown(value)}"
        return
    for one in periods_of(value):
        if isinstance(one, dt.timedelta) and one < dt.timedelta(0):
            yield "cannot be a negative time"
        elif one.days > LONGEST.days:
            yield f"is too long: at most {LONGEST.days // 365} years"
    yield from wrong_length(value)


def _several(each: Named, value: Any, kind: type, inner: Any) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"must be {'a list' if kind is tuple else 'a table'}, not {_shown(value)}"
        return
    known = each.default.values() if kind is Mapping else each.default
    wanted: type = type(next(iter(known), ""))
    for one in inner:
        if each.choices:
            yield from _chosen(each, one, wanted)
        elif type(one) is not wanted:
            yield f"must hold {_KINDS.get(wanted, wanted.__name__)} each, not {_shown(one)}"
        elif wanted is int:
            yield from _amount(each, one)


def _chosen(each: Named, value: Any, wanted: type) -> Iterator[str]:
    if type(value) is not wanted or value not in each.choices:
        near = closest(value, each.choices) if isinstance(value, str) and wanted is str else ""
        yield f"must be {' or '.join(map(_shown, each.choices))}, not {_shown(value)}.{near}"


def _amount(each: Named, value: Any) -> Iterator[str]:
    if value < each.least:
        yield f"must be at least {each.least}, not {value}" if each.least else f"cannot be negative, as {value} is"
    elif each.most is not None and value > each.most:
        yield f"must be at most {each.most} {each.unit}, not {value}"


_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "a name",
    WorkCalendar: "a calendar",
}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def takes_time(period: Any) -> Iterator[str]:
    """Yield what is wrong with a period between two tries at the same thing: it may not be none at all."""
    if period in (dt.timedelta(0), BusinessDays(0)):
        yield "must be some time: without any the same thing would be tried over and over at one moment"


def minutes(n: int) -> Period:
    return dt.timedelta(minutes=n)


def hours(n: int) -> Period:
    return dt.timedelta(hours=n)


def days(n: int) -> Period:
    return dt.timedelta(days=n)
