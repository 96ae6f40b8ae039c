"""How a parameter is declared: its default, what it means, where it comes from, and what values it may take.

Knows how a value is checked. Does not know any parameter.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from attrs import field

from lifecycle.calendar import BusinessDays, Period


def named(default: Any, says: str, *cites: str, ours: bool = False, choices: tuple[Any, ...] = ()) -> Any:
    """A parameter: its default, what it means, where it comes from."""
    metadata = {"says": says, "cites": cites, "ours": ours, "choices": choices}

    def check(instance: Any, attribute: Any, value: Any) -> None:
        _check(attribute.name, value, default, choices)

    return field(default=default, metadata=metadata, validator=check)


def _check(name: str, value: Any, default: Any, choices: tuple[Any, ...]) -> None:
    if choices:
        if type(value) is not type(default) or value not in choices:
            raise ValueError(f'the parameter "{name}" is one of {", ".join(map(str, choices))}; not {value!r}')
        return
    wanted: tuple[type, ...] = (type(default),)
    if isinstance(default, dt.timedelta | BusinessDays):
        wanted = (dt.timedelta, BusinessDays)
    if type(value) not in wanted:
        raise ValueError(f'the parameter "{name}" must be a {wanted[0].__name__}, not a {type(value).__name__}')
    if isinstance(value, dt.timedelta) and value < dt.timedelta(0):
        raise ValueError(f'the parameter "{name}" cannot be a negative time')
    if type(value) is int and value < 0:
        raise ValueError(f'the parameter "{name}" cannot be negative')


def minutes(n: int) -> Period:
    return dt.timedelta(minutes=n)


def hours(n: int) -> Period:
    return dt.timedelta(hours=n)


def days(n: int) -> Period:
    return dt.timedelta(days=n)
