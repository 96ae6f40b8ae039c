"""How much of a policy a set of replayed cases has walked.

Knows rows, guards, timers and notices by name. Does not know how they are counted out loud.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from lifecycle.cli.stories import TIMER
from lifecycle.cli.words import count
from lifecycle.model import Event, Role
from lifecycle.replay import CaseResult
from lifecycle.rows import Policy


@frozen
class Covered:
    """What some cases took, asked, saw fire and had sent, of everything their policy holds."""

    policy: Policy
    results: tuple[CaseResult, ...]

    @property
    def own(self) -> tuple[CaseResult, ...]:
        """The cases that ran under this very policy: a file may name another one."""
        return tuple(result for result in self.results if result.policy == self.policy.name)

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that did not come out as they say."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def steps(self) -> int:
        """How many steps were taken or told."""
        return sum(len(result.steps) for result in self.results)

    @property
    def refusals(self) -> int:
        """How many steps were refused as their case expects."""
        steps = (step for result in self.results for step in result.steps if not step.problems)
        return sum(1 for step in steps if step.decision is not None and not step.decision.allowed)

    @property
    def fired(self) -> int:
        """How many timers fired by themselves."""
        return sum(1 for event in self._events() if _by_timer(event))

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows taken."""
        taken = frozenset[str]().union(*(result.rows for result in self.own))
        return tuple(row.name for row in self.policy.rows if row.name in taken)

    @property
    def guards(self) -> tuple[str, ...]:
        """The names of the guards that were asked."""
        asked = frozenset[str]().union(*(result.guards for result in self.own))
        return tuple(guard.name for guard in self.policy.guards if guard.name in asked)

    @property
    def guards_refusing(self) -> tuple[str, ...]:
        """The names of the guards that refused something."""
        steps = (step for result in self.own for step in result.steps if step.decision is not None)
        codes = {refusal.code for step in steps if step.decision for refusal in step.decision.refusals}
        return tuple(guard.name for guard in self.policy.guards if guard.name in codes)

    @property
    def timers(self) -> tuple[str, ...]:
        """The names of the timers that fired."""
        fired = {event.trigger for event in self._events() if _by_timer(event)}
        return tuple(rule.name for rule in self.policy.timers.values() if fired & {rule.trigger, rule.instead})

    @property
    def notices(self) -> tuple[str, ...]:
        """The names of the notices that were sent."""
        sent = {notice for event in self._events() for notice in event.notices}
        return tuple(name for name in self.policy.notices if name in sent)

    @property
    def uncovered_rows(self) -> tuple[str, ...]:
        """The names of the rows no case took."""
        return _without((row.name for row in self.policy.rows), self.rows)

    @property
    def uncovered_guards(self) -> tuple[str, ...]:
        """The names of the guards no case asked."""
        return _without((guard.name for guard in self.policy.guards), self.guards)

    def _events(self) -> Iterator[Event]:
        return (event for result in self.own for step in result.steps for event in step.events)

    def document(self) -> dict[str, Any]:
        """Return the numbers, and the names of what is not covered, as JSON data."""
        p = self.policy
        return {
            "cases": len(self.results),
            "passed": len(self.results) - len(self.failed),
            "failed": len(self.failed),
            "steps": self.steps,
            "refusals_expected": self.refusals,
            "timers_fired": self.fired,
            "rows": {"covered": len(self.rows), "of": len(p.rows), "uncovered": list(self.uncovered_rows)},
            "guards": {
                "covered": len(self.guards),
                "refusing": len(self.guards_refusing),
                "of": len(p.guards),
                "uncovered": list(self.uncovered_guards),
            },
            "timers": {"covered": len(self.timers), "of": len(p.timers)},
            "notices": {"covered": len(self.notices), "of": len(p.notices)},
        }

    def counts(self) -> str:
        """Return what was covered, in words."""
        p = self.policy
        return (
            f"{len(self.rows)} of {len(p.rows)} rows taken, {len(self.guards)} of {len(p.guards)} guards asked, "
            f"{len(self.guards_refusing)} of them refused something, {len(self.timers)} of "
            f"{count(len(p.timers), 'timer')} fired, {len(self.notices)} of {count(len(p.notices), 'notice')} sent"
        )


def _by_timer(event: Event) -> bool:
    return event.by.role is Role.SYSTEM and event.by.id == TIMER


def _without(names: Iterable[str], covered: Iterable[str]) -> tuple[str, ...]:
    covered = frozenset(covered)
    return tuple(name for name in names if name not in covered)
