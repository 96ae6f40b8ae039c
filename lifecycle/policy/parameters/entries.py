"""Tables of entries: what a policy holds as data of several fields, such as its grounds, an entry for each name.

Knows how an entry is held against the annotations of its class. Does not know any table, nor how one is written in a
file: see `lifecycle.entries_file`.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs

from lifecycle.calendar import BusinessDays
from lifecycle.errors import closest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}\Z")
"""What an entry may be called: as a code, since facts and events name it."""

_PLAIN: Mapping[Any, str] = {bool: "true or false", int: "a whole number", str: "a text", dt.datetime: "a date-time"}


@functools.cache
def hints_of(entry: type) -> Mapping[str, Any]:
    """Return the type of every field of *entry*, a class of entries, by name; its name is not among them."""
    hints = typing.get_type_hints(entry)
    return types.MappingProxyType({each.name: hints[each.name] for each in attrs.fields(entry) if each.name != "name"})


def kinds_of(hint: Any) -> tuple[Any, ...]:
    """Return what a value of this type may be: the members of a union, or the type alone."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return typing.get_args(hint)
    return (hint,)


def is_period(hint: Any) -> bool:
    """Whether a value of this type is a length of time."""
    return dt.timedelta in kinds_of(hint) or BusinessDays in kinds_of(hint)


def mistakes_in_entries(entry: type, value: Any) -> Iterator[str]:
    """Yield what is wrong with *value* as a table whose entries are of the class *entry*, naming each one."""
    if not isinstance(value, Mapping):
        yield f"must be a table of entries, not {value!r}"
        return
    for key, held in value.items():
        if not isinstance(key, str) or not NAME.match(key):
            yield f"entry {key!r}: its name must be a code of 1 to 64 letters, digits or _ . : -"
        elif not isinstance(held, entry):
            yield f"entry {key}: it must be a {entry.__name__}, not {type(held).__name__}"
        elif getattr(held, "name", key) != key:
            yield f'entry {key}: it calls itself "{held.name}"'  # type: ignore[attr-defined]
        else:
            yield from (f"entry {key}: {what}" for what in mistakes_in_entry(held))


def well_formed(entry: type, value: Any) -> dict[str, Any]:
    """Return those of the entries whose fields have the right types, whatever else is wrong with them."""
    held = value if isinstance(value, Mapping) else {}
    return {name: each for name, each in held.items() if isinstance(each, entry) and not list(_misshapen(each))}


def _misshapen(held: Any) -> Iterator[str]:
    kind: type = type(held)
    for name, hint in hints_of(kind).items():
        yield from (f"{name} {what}" for what in _against(hint, getattr(held, name)))


def mistakes_in_entry(held: Any) -> Iterator[str]:
    """Yield what is wrong with one entry: a field of the wrong type, or what its own ``mistakes`` say."""
    found = list(_misshapen(held))
    own = getattr(held, "mistakes", None)
    yield from found or (own() if own is not None else ())


def _against(hint: Any, value: Any) -> Iterator[str]:
    kinds = kinds_of(hint)
    if value is None and type(None) in kinds:
        return
    if len([kind for kind in kinds if kind is not type(None)]) > 1 or is_period(hint):
        if not isinstance(value, tuple(typing.get_origin(kind) or kind for kind in kinds)):
            yield f"must be {'a length of time' if is_period(hint) else 'of another type'}, not {_shown(value)}"
        elif isinstance(value, dt.timedelta) and value < dt.timedelta(0):
            yield "cannot be a negative time"
        return
    yield from _single(next(kind for kind in kinds if kind is not type(None)), value)


def _single(kind: Any, value: Any) -> Iterator[str]:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        yield from not_among(inner, value)
    elif origin in (tuple, frozenset):
        if not isinstance(value, origin):
            yield f"must be a list, not {_shown(value)}"
        else:
            yield from (what for each in value for what in _against(inner[0], each))
    elif origin is not None:
        if not isinstance(value, Mapping):
            yield f"must be a table, not {_shown(value)}"
        else:
            yield from (f"{name} {what}" for name, each in value.items() for what in _against(inner[1], each))
    elif kind is Any:
        return
    elif not (type(value) is kind if kind in _PLAIN else isinstance(value, kind)):
        yield f"must be {kind_named(kind)}, not {_shown(value)}"
    elif attrs.has(kind):
        yield from mistakes_in_entry(value)


def not_among(choices: tuple[Any, ...], value: Any) -> Iterator[str]:
    """Yield what is wrong with *value* as one of a few *choices*; nothing if it is one."""
    if value not in choices:
        near = closest(value, choices) if isinstance(value, str) else ""
        yield f"must be {' or '.join(map(_shown, choices))}, not {_shown(value)}.{near}"


def kind_named(kind: Any) -> str:
    """What messages call a value of this type."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return " or ".join(f'"{each.value}"' for each in kind)
    return _PLAIN.get(kind) or f"a {kind.__name__}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
