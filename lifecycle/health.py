"""How a service stands: what is left to do, how late it is, and what waits for a person.

Knows which figures matter and what makes one a problem. Does not know who asks.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from attrs import frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import Backlog

LATE = dt.timedelta(minutes=5)
"""How late due timers and notices may be before that is a problem, unless somebody says otherwise."""


@frozen
class Health:
    """What was found ``at`` a moment. ``schema`` is the version of the tables, 0 for a store without tables."""

    at: dt.datetime
    schema: int
    left: Backlog
    overdue_appeals: int
    late: dt.timedelta = LATE

    @property
    def lag(self) -> dt.timedelta:
        """How long the oldest due timer has been due."""
        return self._since(self.left.due_since)

    @property
    def waited(self) -> dt.timedelta:
        """How long the oldest waiting notice has waited."""
        return self._since(self.left.waiting_since)

    def _since(self, moment: dt.datetime | None) -> dt.timedelta:
        return max(dt.timedelta(0), self.at - moment) if moment else dt.timedelta(0)

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for everything that somebody should look at; none where all is well."""
        late_timers = f"timers are due and not settled, the oldest for {spoken_roughly(self.lag)}. Is a worker running?"
        late_notices = (
            f"notices wait, the oldest for {spoken_roughly(self.waited)}. Is a worker running, and can it deliver?"
        )
        found = (
            (self.lag > self.late, late_timers),
            (self.waited > self.late, late_notices),
            (self.left.dead > 0, f"notices tried in vain: {self.left.dead}. See lifecycle outbox list --stands dead"),
            (self.overdue_appeals > 0, f"open appeals that wait too long for an answer: {self.overdue_appeals}"),
        )
        return tuple(sentence for wrong, sentence in found if wrong)

    def as_data(self) -> dict[str, Any]:
        """Return all of it as JSON data, times in seconds."""
        return {
            "well": not self.problems,
            "at": self.at.isoformat(timespec="seconds"),
            "schema": self.schema,
            "timers": {"due": self.left.due, "lag_seconds": self.lag.total_seconds()},
            "outbox": {
                "waiting": self.left.waiting,
                "oldest_seconds": self.waited.total_seconds(),
                "dead": self.left.dead,
            },
            "appeals": {"overdue": self.overdue_appeals},
            "problems": list(self.problems),
        }


def health(accounts: Lifecycle, *, late: dt.timedelta = LATE) -> Health:
    """Return how the service stands now; its telemetry is told as well.

    Raises:
        StoreError: the database cannot be asked.
    """
    now = accounts.clock().astimezone(dt.UTC)
    left = accounts.store.backlog(now)
    overdue = overdue_appeals(accounts, now)
    if accounts.telemetry is not None:
        accounts.telemetry.backlog(left, now)
        accounts.telemetry.overdue(overdue)
    return Health(now, accounts.store.schema_version, left, overdue, late)


def overdue_appeals(accounts: Lifecycle, at: dt.datetime) -> int:
    """Return how many open appeals nobody answered within the time after which a reviewer is reminded (A-37).

    A policy that names no such time has none.
    """
    parameters, named = accounts.policy.parameters, accounts.policy.overdue_after
    if named is None:
        return 0
    calendar: WorkCalendar = parameters.calendar
    first, second = (getattr(parameters, name) for name in named)
    opened = accounts.appeals(open=True)
    return sum(calendar.add(a.since, second if a.escalated else first) <= at for a in opened)


def spoken_roughly(span: dt.timedelta) -> str:
    """Return a length of time in words, in the largest unit of which it has two: ``51 days``, ``90 seconds``."""
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}s"
    return f"{seconds} seconds"
