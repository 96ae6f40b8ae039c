"""Tables of entries in a policy file: read onto those that are there, every mistake told; and written.

Knows how a field of each type is written in TOML. Does not know any table.
"""

from __future__ import annotations

import datetime as dt
import enum
import typing
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

import attrs

from lifecycle.calendar import BusinessDays, spoken
from lifecycle.errors import closest
from lifecycle.lengths import ByFacts, Chosen, as_table
from lifecycle.place import Place, read_length, toml_value
from lifecycle.policy.parameters.entries import hints_of, is_period, kind_named, kinds_of, not_among

_BAD: Any = object()


def read_entries(place: Place, key: str, entry: type, base: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the entries of *base* with those under *key* added, changed, or, where they are false, taken away.

    Of an entry that is there, only the fields given are changed; mistakes go to *place*.
    """
    said = place.of(key, dict)
    if said is None:
        return None
    found = dict(base)
    before = len(place.mistakes)
    for name, fields in said.items():
        inner = _Entry({name: fields}, f"{place.where}.{key}" if place.where else key, place.mistakes)
        if fields is False:
            if name in found:
                del found[name]
            else:
                place.mistakes.append(f'{inner.where}: there is no entry "{name}" to take away.{closest(name, base)}')
        elif not isinstance(fields, dict):
            inner.wrong(f"{name} must be a table, or false to take it away")
        else:
            one = _Entry(fields, f"{inner.where}.{name}", place.mistakes)
            new = len(place.mistakes)
            found[name] = _entry(one, entry, name, base.get(name))
            if len(place.mistakes) > new and name not in base and (near := closest(name, base)):
                place.mistakes.append(f"{one.where}: there is no such entry yet, so it must be whole.{near}")
    return None if len(place.mistakes) > before else MappingProxyType(found)


class _Entry(Place):
    """A table whose mistakes begin with the path of the key."""

    def wrong(self, what: str) -> None:
        """Keep a mistake."""
        self.mistakes.append(f"{self.where}.{what}")


def _entry(place: Place, entry: type, name: str | None, known: Any) -> Any:
    """Return one entry: *known* with the fields given, or a new one."""
    hints = hints_of(entry)
    before = len(place.mistakes)
    for key in place.table:
        if key not in hints:
            near = closest(key, hints) or f" Known: {', '.join(hints)}."
            place.wrong(f"{key} is no key of it.{near}")
    values = {key: _value(place, key, hints[key], said) for key, said in place.table.items() if key in hints}
    if known is None:
        for field in attrs.fields(entry):
            if field.default is attrs.NOTHING and field.name != "name" and field.name not in place.table:
                place.wrong(f"{field.name} is missing: it must be {_wanted(hints[field.name])}")
    if len(place.mistakes) > before:
        return _BAD
    if known is not None:
        return attrs.evolve(known, **values)
    return entry(name, **values) if name is not None and "name" in attrs.fields_dict(entry) else entry(**values)


def _value(place: Place, key: str, hint: Any, said: Any) -> Any:
    kinds = kinds_of(hint)
    if said is False and type(None) in kinds and bool not in kinds:
        return None
    if is_period(hint):
        if isinstance(said, str | dict):
            found = _Entry({key: said}, place.where, place.mistakes)
            return read_length(found, key) if {Chosen, ByFacts} & {*kinds} else Place.period(found, key)
        place.wrong(f'{key} must be a length of time such as "3 days", not {said}')
        return _BAD
    fits = [kind for kind in kinds if type(said) is kind]
    return _single(place, key, next(iter([*fits, *(kind for kind in kinds if kind is not type(None))])), said)


def _single(place: Place, key: str, kind: Any, said: Any) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        wrong = [f"{key} {what}" for what in not_among(inner, said)]
        for what in wrong:
            place.wrong(what)
        return _BAD if wrong else said
    if origin in (tuple, frozenset):
        return origin(_value(place, key, inner[0], each) for each in said) if _is(place, key, said, list) else _BAD
    if origin is not None:
        if not _is(place, key, said, dict):
            return _BAD
        return MappingProxyType({name: _value(place, f"{key}.{name}", inner[1], each) for name, each in said.items()})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        names = {each.value: each for each in kind}
        if said not in names:
            place.wrong(f"{key} must be {kind_named(kind)}, not {said}.{closest(str(said), names)}")
            return _BAD
        return names[said]
    if attrs.has(kind):
        return (
            _entry(_Entry(said, f"{place.where}.{key}", place.mistakes), kind, None, None)
            if _is(place, key, said, dict)
            else _BAD
        )
    return said if kind is Any or _is(place, key, said, kind) else _BAD


def _is(place: Place, key: str, said: Any, kind: type) -> bool:
    before = len(place.mistakes)
    _Entry({key: said}, place.where, place.mistakes).of(key, kind)
    return len(place.mistakes) == before


def _wanted(hint: Any) -> str:
    if is_period(hint):
        return "a length of time"
    kind = next(each for each in kinds_of(hint) if each is not type(None))
    origin = typing.get_origin(kind)
    if origin is Literal:
        return " or ".join(f'"{each}"' for each in typing.get_args(kind))
    return "a list" if origin in (tuple, frozenset) else "a table" if origin is not None else kind_named(kind)


# --- writing -----------------------------------------------------------------------------------------------------


def changed_entries(value: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from *default*, as a file gives it: an entry that is gone is false."""
    told: dict[str, Any] = {name: False for name in default if name not in value}
    for name, held in value.items():
        known = default.get(name)
        if known is None:
            told[name] = fields_of(held)
        elif held != known:
            names = [each.name for each in attrs.fields(type(held))]
            told[name] = {key: plain(new) for key in names if (new := getattr(held, key)) != getattr(known, key)}
    return told


def entries_text(path: str, value: Mapping[str, Any], default: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table of entries called *path*, each entry a table of its own."""
    if gone := [name for name in default if name not in value]:
        yield f"[{path}]"
        yield from (f"{name} = false" for name in gone)
    for name, held in value.items():
        yield ""
        yield f"[{path}.{toml_key(name)}]"
        yield from (f"{key} = {toml_value(said)}" for key, said in fields_of(held, default.get(name)).items())


def toml_key(name: str) -> str:
    """Return a name as a key of TOML."""
    return name if name.replace("_", "").replace("-", "").isalnum() else f'"{name}"'


def fields_of(held: Any, known: Any = None) -> dict[str, Any]:
    """Return the fields of an entry that say more than leaving them out would, or that differ from those *known*."""
    found: dict[str, Any] = {}
    for field in attrs.fields(type(held)):
        value = getattr(held, field.name)
        usual = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
        if field.name != "name" and (value != usual or (known is not None and value != getattr(known, field.name))):
            found[field.name] = plain(value)
    return found


def plain(value: Any) -> Any:
    """Return a value as a file holds it: a period in words, a name instead of what it names."""
    if value is None:
        return False
    if isinstance(value, dt.timedelta) and value % dt.timedelta(seconds=1):
        return {"microseconds": value // dt.timedelta(microseconds=1)}
    if isinstance(value, dt.timedelta | BusinessDays):
        return spoken(value)
    if isinstance(value, Chosen | ByFacts):
        return as_table(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple | frozenset):
        return [plain(each) for each in (value if isinstance(value, tuple) else sorted(value))]
    return fields_of(value) if attrs.has(type(value)) else value
