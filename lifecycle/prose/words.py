"""Small words: lists, names and values as they are said in a sentence.

Knows English, as far as it is needed here. Does not know what a policy is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.calendar import BusinessDays, WorkCalendar, spoken


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


def value(held: Any) -> str:
    """Return a parameter's value in words; a code stays a code, what has a table of its own is not told."""
    if isinstance(held, bool):
        return "yes" if held else "no"
    if isinstance(held, dt.timedelta | BusinessDays):
        return spoken(held)
    if isinstance(held, WorkCalendar):
        return held.name
    if isinstance(held, Mapping):
        return "see above"
    if isinstance(held, tuple):
        return listed(map(value, held))
    return f"`{held}`" if isinstance(held, str) else str(held)
