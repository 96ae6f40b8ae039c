"""Reading a TOML file, table by table, keeping every mistake and where it was found; and writing a value as TOML.

Knows the types a value may have and how a mistake is told. Does not know cases, nor the words of a policy.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lifecycle.calendar import BusinessDays, Period, read_period
from lifecycle.errors import LifecycleError, closest
from lifecycle.lengths import ByFacts, Chosen, Entry, Length

UNITS = ("weeks", "days", "hours", "minutes", "seconds", "microseconds")
"""The units of a length of time, besides business_days, which stands alone."""

_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    str: "a text",
    list: "a list",
    dict: "a table",
    dt.datetime: "a date-time",
    dt.date: "a date without a time",
    dt.time: "a time without a date",
}

Check = Callable[[str], str]
"""Answers what is wrong with a word; nothing if it is known."""


def text_of(path: Path, error: type[LifecycleError]) -> str:
    """Return the text of the file at *path*.

    Raises:
        LifecycleError: of the type *error*, where there is no such file or it is not text in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as trouble:
        raise error(f"{path} cannot be read: {trouble.strerror or type(trouble).__name__}") from trouble
    except UnicodeDecodeError as trouble:
        raise error(f"{path} is not text in UTF-8: byte {trouble.start + 1} cannot be read") from trouble


def tables_of(text: str, file: str, error: type[LifecycleError]) -> dict[str, Any]:
    """Return what *text* holds, read as TOML; *file* is what messages call it.

    Raises:
        LifecycleError: of the type *error*, where it is not TOML; the message says in which line and column.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        last = text.splitlines() or [""]
        end = f"at line {len(last)}, column {len(last[-1]) + 1}, where the file ends"
        raise error(f"{file} is not TOML: {str(trouble).replace('at end of document', end)}") from trouble


class Place:
    """One table of the file: its values, what messages call it, and the mistakes found so far in the whole file."""

    def __init__(self, table: Mapping[str, Any], where: str, mistakes: list[str]) -> None:
        self.table = table
        self.where = where
        self.mistakes = mistakes

    def wrong(self, what: str) -> None:
        """Keep a mistake."""
        self.mistakes.append(f"{self.where}: {what}")

    def only(self, known: Iterable[str], what: str) -> None:
        """Refuse every key that is not among *known*; *what* says what the keys belong to."""
        known = tuple(known)
        for key in self.table:
            if key not in known:
                near = closest(key, known) or f" Known: {', '.join(known)}."
                self.wrong(f'"{key}" is no key of {what}.{near}')

    def inner(self, key: str) -> Place | None:
        """Return the table under *key*; None if there is none."""
        table = self.of(key, dict)
        return None if table is None else Place(table, f"{self.where}, {key}", self.mistakes)

    def of(self, key: str, kind: type) -> Any:
        """Return the value under *key* if it is of this type, else None; a wrong type is a mistake."""
        value = self.table.get(key)
        if value is None or type(value) is kind:
            return value
        self.wrong(f"{key} must be {_KINDS[kind]}, not {_kind(value)}")
        return None

    def text(self, key: str) -> str:
        """Return a text, stripped; empty if there is none."""
        value: str | None = self.of(key, str)
        if value is not None and not value.strip():
            self.wrong(f"{key} is empty")
        return (value or "").strip()

    def word(self, key: str, check: Check) -> str | None:
        """Return a word that *check* knows."""
        value: str | None = self.of(key, str)
        if value is not None and (mistake := check(value)):
            self.wrong(f"{key}: {mistake}")
            return None
        return value

    def words(self, key: str, check: Check, *, single: bool = False) -> tuple[str, ...] | None:
        """Return a list of words that *check* knows, without the unknown ones; a single word may stand for a list."""
        value = self.table.get(key)
        if single and isinstance(value, str):
            value = [value]
        elif (value := self.of(key, list)) is None:
            return None
        known = []
        for word in value:
            if not isinstance(word, str):
                self.wrong(f"{key} must list texts, not {_kind(word)}")
            elif mistake := check(word):
                self.wrong(f"{key}: {mistake}")
            else:
                known.append(word)
        return tuple(known)

    def moment(self, key: str) -> dt.datetime | None:
        """Return a date-time in UTC; one without an offset is a mistake."""
        value: dt.datetime | None = self.of(key, dt.datetime)
        if value is not None and value.tzinfo is None:
            self.wrong(f"{key} is a date-time without an offset. Write {value.isoformat()}Z if it is meant in UTC.")
            return None
        return value.astimezone(dt.UTC) if value else None

    def period(self, key: str) -> Period | None:
        """Return a length of time, such as ``"48 hours"``, ``{ hours = 48 }`` or ``{ business_days = 3 }``."""
        if isinstance(said := self.table.get(key), str):
            try:
                return read_period(said)
            except ValueError as mistake:
                self.wrong(f"{key}: {mistake}")
                return None
        inner = self.inner(key)
        if inner is None:
            return None
        before = len(self.mistakes)
        inner.only((*UNITS, "business_days"), "a length of time")
        numbers: dict[str, int] = {}
        for unit in (*UNITS, "business_days"):
            value: int | None = inner.of(unit, int)
            if value is not None and value < 0:
                inner.wrong(f"{unit} cannot be negative")
            elif value is not None:
                numbers[unit] = value
        if not inner.table:
            inner.wrong("it is empty. Write for instance { hours = 48 }.")
        if len(numbers) > 1 and "business_days" in numbers:
            inner.wrong("business_days stands alone, without other units")
        if len(self.mistakes) > before:
            return None
        if "business_days" in numbers:
            return BusinessDays(numbers["business_days"])
        try:
            return dt.timedelta(**numbers)
        except OverflowError:
            inner.wrong("it is too long")
            return None


def read_length(place: Place, key: str) -> Length | None:
    """Return a length of time that may be chosen, or told by a table over facts, as well as a plain one.

    ``{ fact = "chosen_days", least = "1 day", most = "30 days", usual = "7 days" }`` is chosen;
    ``{ entries = { seller = { when = { kind = "seller" }, lasts = "30 days" } }, otherwise = "7 days" }`` is a table.
    """
    said = place.table.get(key)
    inner = place.inner(key) if isinstance(said, dict) else None
    if inner is None or not {"least", "most", "usual", "entries", "otherwise"} & set(inner.table):
        return place.period(key)
    before = len(place.mistakes)
    if "entries" in inner.table or "otherwise" in inner.table:
        inner.only(("entries", "otherwise"), "a length of time told by a table")
        held = inner.inner("entries")
        lines = [] if held is None else [line for name in held.table if (line := _line(held, name)) is not None]
        otherwise = _needed(inner, "otherwise")
        return None if len(place.mistakes) > before else ByFacts(tuple(lines), otherwise)
    inner.only(("fact", "least", "most", "usual"), "a length of time that is chosen")
    if "fact" not in inner.table:
        inner.wrong("fact is missing: which fact says how long?")
    fact = inner.text("fact")
    bounds = {name: _needed(inner, name) for name in ("least", "most", "usual")}
    return None if len(place.mistakes) > before else Chosen(fact, **bounds)


def _needed(place: Place, key: str) -> Any:
    if key not in place.table:
        place.wrong(f"{key} is missing: it must be a length of time")
        return None
    if not isinstance(place.table[key], str | dict):
        place.wrong(f'{key} must be a length of time such as "3 days", not {place.table[key]}')
        return None
    return place.period(key)


def _line(table: Place, name: str) -> Entry | None:
    """Return one line of a short table."""
    line = table.inner(name)
    if line is None:
        return None
    line.only(("when", "lasts"), "an entry")
    when: dict[str, Any] | None = line.of("when", dict)
    if "when" not in line.table:
        line.wrong("when is missing: for which facts does it apply?")
    lasts = _needed(line, "lasts")
    return None if when is None or lasts is None else Entry(name, when, lasts)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"a value of type {type(value).__name__}")


_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def toml_value(value: Any, *, long: bool = False) -> str:
    """Return *value* as TOML, a table within a line; with *long*, sentences of a list one below the other."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {toml_value(held)}" for key, held in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        parts = [toml_value(each) for each in value]
        # Sentences stand one below the other; names fit beside each other.
        if long and any(isinstance(each, str) and " " in each for each in value):
            return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
        return f"[{', '.join(parts)}]"
    # What JSON escapes in a text TOML reads alike, but for the one sign that only JSON lets pass.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key)
