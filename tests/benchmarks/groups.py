"""Every group there is, in the order of the table."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from benchmarks import contact, deciding, durable, logs, on_postgres, over_http, reading, seven, working
from benchmarks.measuring import Group

GROUPS: tuple[Group, ...] = (
    deciding.GROUP,
    seven.GROUP,
    contact.GROUP,
    durable.NORMAL,
    durable.FULL,
    on_postgres.GROUP,
    on_postgres.MANY,
    over_http.SQLITE,
    over_http.POSTGRES,
    working.TIMERS,
    working.OUTBOX,
    logs.REDECIDING,
    logs.REVERSING,
    reading.HISTORIES,
    reading.ALLOWING,
)


def missing(groups: Iterable[Group]) -> list[str]:
    """The packages that these groups compare with and that are not installed."""
    return sorted({name for group in groups for name in group.needs if importlib.util.find_spec(name) is None})
