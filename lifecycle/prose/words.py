"""Small words: lists, names and values as they are said in a sentence.

Knows English, as far as it is needed here. Does not know what a policy is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.calendar import WorkCalendar
from lifecycle.lengths import Length, told

# Names of days and months are told here, because those of the standard library follow the machine's language.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    *head, tail = [*words] or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def plain(name: str) -> str:
    """Return a name without underscores: ``appeal_received`` is said ``appeal received``."""
    return name.replace("_", " ")


def quoted(name: str) -> str:
    """Return a name as it is quoted in a sentence: ``“appeal received”``."""
    return f"“{plain(name)}”"


def clause(sentence: str) -> str:
    """Return a sentence as part of another one: no capital, no full stop. An abbreviation keeps its capitals."""
    bare = sentence.strip().removesuffix(".")
    return bare if bare[1:2].isupper() else bare[:1].lower() + bare[1:]


def capital(words: str) -> str:
    """Return *words* with a capital at the start, the rest untouched."""
    return words[:1].upper() + words[1:]


def cell(words: str) -> str:
    """Return *words* fit for a cell of a Markdown table."""
    return " ".join(words.replace("|", "\\|").split())


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell(word) for word in line)} |\n" for line in lines)


def value(held: Any) -> str:
    """Return a parameter's value in words; a code stays a code, what has a table of its own is not told."""
    if isinstance(held, bool):
        return "yes" if held else "no"
    if isinstance(held, Length):
        return told(held)
    if isinstance(held, WorkCalendar):
        return held.name
    if isinstance(held, Mapping):
        amounts = [f"{count} for {plain(name)}" for name, count in held.items() if isinstance(count, int)]
        texts = [f"{plain(name)} {said}" for name, said in held.items() if isinstance(said, str)]
        entries = [f"{plain(name)}: {said.words}" for name, said in held.items() if hasattr(said, "words")]
        return listed([*amounts, *texts]) or "; ".join(entries) or ("see above" if held else "none")
    if isinstance(held, tuple):
        return listed(map(value, held))
    return f"`{held}`" if isinstance(held, str) else str(held)


def measured(held: Any, unit: str) -> str:
    """Return a parameter's value in words with its unit, where a number alone would not say it: ``200 words``."""
    if isinstance(held, int) and not isinstance(held, bool) and unit:
        return f"{held} {unit}"
    return value(held) or "none"


def either(held: Any, choices: Iterable[Any]) -> str:
    """Return what else a parameter with this value may be, or of what a list or a table of it is made up."""
    if isinstance(held, tuple | Mapping):
        return f"any of {listed(map(value, choices))}"
    return f"or: {listed((value(choice) for choice in choices if choice != held), 'or')}"


def count(number: int, what: str, several: str = "") -> str:
    """Return ``1 case``, ``2 cases``; *several* is the plural where an s does not make it."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def does(title: str) -> str:
    """Return a row's title as what somebody does: ``Take a refusal to a supervisor``, ``takes a refusal to …``."""
    verb, *rest = clause(title).split(" ")
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        verb += "es"
    elif verb.endswith("y") and verb[-2:-1] not in tuple("aeiou"):
        verb = verb[:-1] + "ies"
    else:
        verb = "has" if verb == "have" else verb + "s"
    return " ".join([verb, *rest]).replace(" and have ", " and has ")


def held(found: Any) -> str:
    """Return what was found or is needed, as a refusal or a step gives it: plain data, in words."""
    if found is None or found in ([], ()):
        return "none"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, Mapping):
        return ", ".join(f"{plain(str(name))} {held(one)}" for name, one in found.items())
    if isinstance(found, list | tuple):
        return listed(map(held, found))
    if isinstance(found, dt.datetime):
        return day_and_time(found)
    return plain(found) if isinstance(found, str) else str(found)


def time_of_day(at: dt.datetime) -> str:
    """Return the time of a moment in UTC, no finer than it has to be: ``09:00``, ``09:00:05``."""
    at = at.astimezone(dt.UTC)
    if at.microsecond:
        return f"{at:%H:%M:%S.%f}"
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def day_and_time(at: dt.datetime) -> str:
    """Return a moment in UTC as one says it: ``Tuesday 7 April 2026 at 09:00``."""
    at = at.astimezone(dt.UTC)
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year} at {time_of_day(at)}"


def gap(length: dt.timedelta) -> str:
    """Return a length of time by its two largest units: ``6 days``, ``2 days and 22 hours``, ``10 seconds``."""
    seconds, parts = int(length.total_seconds()), []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        number, seconds = divmod(seconds, size)
        parts.append((number, unit))
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts))
    return listed(count(number, unit) for number, unit in parts[first : first + 2] if number) or "a moment"
