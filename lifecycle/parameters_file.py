"""The parameters of a policy as one TOML file: read whole, every mistake told at once; and written with what each means.

Knows how a value of each type is written. Does not know any parameter, nor what it is used for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs

from lifecycle.calendar import BusinessDays, WorkCalendar, spoken
from lifecycle.entries_file import changed_entries, entries_text, plain, read_entries
from lifecycle.errors import BadParameters, closest
from lifecycle.place import Place, read_length, tables_of, text_of, toml_value
from lifecycle.policy.parameters import Parameters, mistakes_in
from lifecycle.policy.parameters.naming import DATA, GENERAL, Named, named_in


def read_parameters(path: Path | str) -> Parameters:
    """Return the parameters of the TOML file at *path*; what it leaves out is as in the guides' policy.

    A parameter stands under its own name, alone or in a table of its group: ``[leaving]``. A period is a text such as
    ``"3 days"`` or ``"7 working days"``, or a table such as ``{ hours = 48 }``; one after which a timer is armed may be
    chosen within bounds, or told by a short table over facts (see `lifecycle.lengths`). A choice is a text or true or false. A
    list or a table of names replaces that of the guides as a whole. A table of entries, such as ``[grounds.spam]``, adds
    an entry or changes the fields it gives of one that is there; ``grounds.spam = false`` takes it away.

    Raises:
        BadParameters: the file cannot be read, is not TOML, names what is no parameter, or gives values no policy can
            be made with; the message lists every mistake with the path of its key and what is possible.
    """
    path = Path(path)
    return parameters_of(text_of(path, BadParameters), str(path))


def parameters_of(text: str, file: str = "the text") -> Parameters:
    """Return the parameters that *text* gives in TOML; *file* is what messages call it.

    Raises:
        BadParameters: as for `read_parameters`.
    """
    mistakes: list[str] = []
    values = values_of(tables_of(text, file, BadParameters), mistakes)
    if mistakes:
        raise BadParameters(file, mistakes)
    return Parameters(**values)


def values_of(said: Mapping[str, Any], mistakes: list[str], base: Any = None) -> dict[str, Any]:
    """Return the values that the tables *said* give, and add to *mistakes* what is wrong with them.

    They are held against each other and against those of *base*, parameters of any policy; by default the guides' own.
    """
    kind = Parameters if base is None else type(base)
    declared = {each.name: each for each in named_in(kind)}
    values: dict[str, Any] = {}
    where: dict[str, str] = {}
    for place, key, each in _keys(said, declared, mistakes):
        if each.name in where:
            place.wrong(f"{key} stands twice: also as {where[each.name]}")
            continue
        where[each.name] = f"{place.where}.{key}" if place.where else key
        before = len(mistakes)
        value = _value(place, key, each, each.default if base is None else getattr(base, each.name))
        if len(mistakes) == before:
            values[each.name] = value
    beside = {} if base is None else {name: getattr(base, name) for name in declared.keys() - where.keys()}
    wrong = mistakes_in(kind, beside | values, where.keys() - values.keys())
    mistakes += [f"{where.get(name, name)} {what}" for name, what in wrong]
    return values


class _Key(Place):
    """A table of the file whose mistakes begin with the path of the key."""

    def wrong(self, what: str) -> None:
        """Keep a mistake."""
        self.mistakes.append(f"{self.where}.{what}" if self.where else what)

    def inner(self, key: str) -> Place | None:
        """Return the table under *key*; None if there is none."""
        table = self.of(key, dict)
        return None if table is None else Place(table, f"{self.where}.{key}" if self.where else key, self.mistakes)


def _keys(
    said: Mapping[str, Any], declared: Mapping[str, Named], mistakes: list[str]
) -> Iterator[tuple[Place, str, Named]]:
    """Yield every key of the file that is a parameter, with its table; a key that is none is a mistake."""
    top = _Key(said, "", mistakes)
    groups = tuple(dict.fromkeys(each.group for each in declared.values()))
    for key, held in said.items():
        if key in declared:
            yield top, key, declared[key]
        elif key not in groups:
            top.wrong(_no_parameter(key, (*declared, *groups)))
        elif not isinstance(held, dict):
            top.of(key, dict)
        else:
            yield from _in_group(_Key(held, key, mistakes), declared)


def _in_group(group: Place, declared: Mapping[str, Named]) -> Iterator[tuple[Place, str, Named]]:
    for key in group.table:
        each = declared.get(key)
        if each is None:
            Place.wrong(group, _no_parameter(key, declared))
        elif each.group != group.where:
            home = f"[{each.group}]" if each.group != GENERAL else "no group"
            group.wrong(f"{key} stands in the wrong group: it belongs to {home}")
        else:
            yield group, key, each


def _no_parameter(key: str, known: Any) -> str:
    near = closest(key, known) or ' "lifecycle parameters" lists those there are.'
    return f'"{key}" is no parameter.{near}'


def _value(place: Place, key: str, each: Named, known: Any) -> Any:
    """Return the value under *key* in the type of the parameter; what it may be is looked at later.

    The entries of a table change those *known*.
    """
    default = each.default
    if each.entry is not None:
        return read_entries(place, key, each.entry, known)
    if isinstance(default, WorkCalendar):
        return _calendar(place.inner(key))
    if isinstance(default, dt.timedelta | BusinessDays):
        value = place.table[key]
        if isinstance(value, str | dict):
            return read_length(place, key)
        place.wrong(f'{key} must be a length of time such as "{spoken(default)}", not {value}')
        return None
    if isinstance(default, tuple):
        value = place.of(key, list)
        return None if value is None else tuple(value)
    return place.table[key]


def _calendar(place: Place | None) -> WorkCalendar | None:
    if place is None:
        return None
    place.only(("timezone", "country", "weekend"), "a calendar")
    said: dict[str, Any] = {key: place.of(key, str) for key in ("timezone", "country") if key in place.table}
    if "weekend" in place.table:
        said["weekend"] = place.words("weekend", lambda word: "")
    try:
        calendar = WorkCalendar(**{key: value for key, value in said.items() if value is not None})
        calendar.works(dt.date(2026, 1, 1))
    except ValueError as error:
        place.wrong(str(error))
        return None
    return calendar


# --- writing -----------------------------------------------------------------------------------------------------


def parameters_text(parameters: Any, *, only: str | None = None) -> str:
    """Return *parameters* as a TOML file with a comment on each; *only* names a group, if not all are wanted.

    Read back, it gives the same parameters.
    """
    usual = "as in the guides" if isinstance(parameters, Parameters) else "as the policy has it"
    parts = [f"# Parameters of the policy. What is left out is {usual}. A period is a text such as"]
    parts += ['# "48 hours", "3 days" or "7 working days".']
    wanted = [each for each in named_in(type(parameters)) if only in (None, each.group)]
    for group, held in groupby(wanted, key=lambda each: each.group):
        if group != GENERAL:
            parts += ["", f"[{group}]"]
        # Once a table of entries has begun, the keys of its group are over.
        for each in sorted(held, key=lambda one: one.entry is not None):
            value = getattr(parameters, each.name)
            parts += ["", *(f"# {line}" for line in _comment(each, type(parameters)))]
            if each.entry is None:
                parts.append(f"{each.name} = {_written(value)}")
            else:
                path = each.name if group == GENERAL else f"{group}.{each.name}"
                parts += entries_text(path, value, each.default)
    return "\n".join(parts) + "\n"


def changes(parameters: Any, usual: Any = None) -> dict[str, Any]:
    """Return what differs from a policy's usual parameters, as a file or a case gives it; nothing where none are named."""
    found: dict[str, Any] = {}
    for each in named_in(type(parameters)) if attrs.has(type(parameters)) else ():
        value, known = getattr(parameters, each.name), getattr(usual, each.name, each.default)
        if value != known:
            found[each.name] = _plain(value) if each.entry is None else changed_entries(value, known)
    return found


def _comment(each: Named, kind_of: type) -> Iterator[str]:
    yield f"{each.says[:1].upper()}{each.says[1:]}."
    if each.choices:
        several = isinstance(each.default, tuple | Mapping)
        yield f"{'Any' if several else 'One'} of: {', '.join(map(_written, each.choices))}."
    unit = "" if each.unit in {"choice", "calendar"} else f", in {each.unit}"
    kind = "Data" if each.kind == DATA else f"A {each.kind}"
    yield f"{kind}{unit}; {origin(each, each.default, kind=kind_of)}{': ' * bool(each.cites)}{', '.join(each.cites)}."


def origin(each: Named, value: Any, file: str = "", kind: type = Parameters) -> str:
    """Return where the *value* of a parameter of a class comes from: its policy, ourselves, or the *file* that changed it."""
    if value != each.default:
        return f"changed by {file}" if file else "changed"
    return "ours" if each.ours else "the guides'" if issubclass(kind, Parameters) else "the policy's"


def _written(value: Any) -> str:
    return toml_value(_plain(value))


def _plain(value: Any) -> Any:
    """Return a value as a file of parameters holds it: a period in words, a calendar as a table."""
    if isinstance(value, WorkCalendar):
        return {key: held for key, held in attrs.asdict(value).items() if held is not None}
    return plain(value)
