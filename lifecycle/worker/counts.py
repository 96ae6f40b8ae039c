"""What a worker has done since it began, counted; and handed on to telemetry where that is switched on.

Knows names and numbers, never an account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field

from lifecycle.model import Event
from lifecycle.store.delivery import Outcome, Result
from lifecycle.telemetry import Telemetry


@define
class Counts:
    """``settled`` counts timers by their event's trigger, ``delivered`` tries by notice and outcome.

    ``reported`` counts the accounts that were told of a result, by the trigger that tells it.
    ``waiting`` counts looks at timers that need facts nobody gave, ``failed`` accounts whose timers could not be
    settled, by the kind of the error.
    """

    settled: Counter[str] = field(factory=Counter)
    delivered: Counter[tuple[str, str]] = field(factory=Counter)
    reported: Counter[str] = field(factory=Counter)
    waiting: int = 0
    failed: Counter[str] = field(factory=Counter)
    telemetry: Telemetry | None = field(default=None, repr=False)

    def timers(self, events: Iterable[Event]) -> None:
        """Count timers that were settled."""
        self.settled.update(event.trigger for event in events)

    def delivery(self, result: Result) -> None:
        """Count one try."""
        self.delivered[result.claimed.notice, result.outcome.value] += 1
        if self.telemetry is not None:
            self.telemetry.delivered(result.claimed.notice, result.outcome.value)

    def outcomes(self) -> Mapping[str, int]:
        """Return how many tries came out how, over all notices."""
        total: Counter[str] = Counter()
        for (_, outcome), number in self.delivered.items():
            total[outcome] += number
        return {outcome.value: total[outcome.value] for outcome in Outcome if total[outcome.value]}

    def as_data(self) -> dict[str, Any]:
        """Return all of it as JSON data."""
        notices = {f"{notice}:{outcome}": number for (notice, outcome), number in sorted(self.delivered.items())}
        told = {"settled": dict(sorted(self.settled.items())), "delivered": notices}
        told["reported"] = dict(sorted(self.reported.items()))
        return {**told, "waiting": self.waiting, "failed": dict(sorted(self.failed.items()))}
