"""Small things in words: times, gaps, values, people.

Knows English as far as a terminal needs it. Does not know where the words are written.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.model import Actor, Refusal, Role, Verdict
from lifecycle.rows import Policy


def plain(name: str) -> str:
    """Return a name without underscores: ``request_closure`` is said ``request closure``."""
    return name.replace("_", " ")


def count(number: int, what: str, several: str = "") -> str:
    """Return ``1 case``, ``2 cases``; *several* is the plural where an s does not make it."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def span(length: dt.timedelta) -> str:
    """Return a length of time by its two largest units: ``12 d 22 h``, ``8 h 15 min``, ``45 s``."""
    seconds = int(length.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, seconds = divmod(seconds, size)
        parts.append((number, unit))
    first = next((n for n, (number, _) in enumerate(parts) if number), len(parts) - 1)
    said = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(said) or "0 s"


def zone_of(policy: Policy) -> dt.tzinfo:
    """Return the time zone in which the policy counts its days: local time, as far as it knows one."""
    return zoneinfo.ZoneInfo(policy.parameters.calendar.timezone)


def zone_name(zone: dt.tzinfo) -> str:
    """Return how a time zone is called."""
    return getattr(zone, "key", "UTC")


def when(at: dt.datetime, zone: dt.tzinfo) -> str:
    """Return a moment with its year: ``02 Mar 2026 10:05``, with seconds only where they matter."""
    local = at.astimezone(zone)
    return f"{local:%d %b %Y %H:%M:%S}" if local.second else f"{local:%d %b %Y %H:%M}"


def who(by: Actor, account_id: str) -> str:
    """Return an actor in a word or two: ``holder``, ``reviewer r1``. Whose account it is needs no saying."""
    silent = by.id == account_id or (by.role is Role.SYSTEM and by.id in ("rules", "timer", "policy"))
    return by.role.value if silent else f"{by.role.value} {by.id}"


def said(value: Any, zone: dt.tzinfo = dt.UTC) -> str:
    """Return a value from a refusal, an event or a case: names stay as they are typed, times are those of *zone*."""
    if value is None or value in ([], ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {said(held, zone)}" for name, held in value.items())
    if isinstance(value, list | tuple):
        return listed(said(held, zone) for held in value)
    if isinstance(value, dt.datetime):
        return when(value, zone)
    return str(value)


def seen(reason: Refusal | Verdict) -> str:
    """Return what was found and what is needed: ``open_orders = 2, needs 0``; empty where there is nothing to show."""
    found = "" if reason.value is None else said(reason.value)
    limit = "" if reason.limit is None else f"needs {_either(reason.limit)}"
    return ", ".join(filter(None, (found, limit)))


def _either(limit: Any) -> str:
    """A limit that lists names is met by one of them."""
    if isinstance(limit, list | tuple) and len(limit) > 1:
        *head, tail = map(said, limit)
        return f"{', '.join(head)} or {tail}"
    return said(limit)


def listed(words: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    *head, tail = [*words] or [""]
    return f"{', '.join(head)} and {tail}" if head else tail
