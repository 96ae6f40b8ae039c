"""One step that was tried, and what it is compared by: the situation after it, and what it brought nearer.

Knows when two situations of an account are the same for a search. Does not know how a step is tried.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from lifecycle.model import RECORDS, STANDING, Account, Command, Refusal
from lifecycle.rows import Transition
from lifecycle.rows.ways import Step


@frozen
class Tried:
    """One step that was tried: the command, the account just before and after it, and why not if it was refused."""

    step: Step
    command: Command
    before: Account
    after: Account
    row: Transition | None = None
    refusals: tuple[Refusal, ...] = ()
    from_: dt.datetime | None = None

    @property
    def taken(self) -> bool:
        """Whether it can be taken."""
        return self.row is not None

    @property
    def moves(self) -> bool:
        """Whether the account is in another state after it."""
        return self.before.state is not self.after.state


Road = tuple[Tried, ...]


def within(short: Road, long: Road) -> bool:
    """Whether *long* takes all the steps of *short*, in that order."""
    left = iter(tried.step.trigger for tried in long)
    return len(short) <= len(long) and all(tried.step.trigger in left for tried in short)


def in_any_order(road: Road) -> Any:
    """The steps of *road*, where the order of those that stay does not count between two that move."""
    parts: list[list[str]] = [[]]
    for tried in road:
        if tried.moves:
            parts += [[tried.step.trigger], []]
        else:
            parts[-1].append(tried.step.trigger)
    return tuple(tuple(sorted(part)) for part in parts)


def helps(now: Mapping[str, Tried], later: Mapping[str, Tried]) -> bool:
    """Whether any step is nearer to being possible *later* than it is *now*."""
    for trigger, tried in later.items():
        known = now.get(trigger)
        if known is None:
            # A timer was armed: whatever stands in its way may be dealt with next.
            return True
        if _left(tried) != _left(known) and {r.code for r in tried.refusals} <= {r.code for r in known.refusals}:
            return True
    return False


def _left(tried: Tried) -> tuple[tuple[str, int], ...]:
    """What is left in the way: the reasons, and how many things each of them found."""
    return tuple((refusal.code, _things(refusal.value)) for refusal in tried.refusals)


def _things(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_things, value.values()))
    return len(value) if isinstance(value, list) else 0


_UNTOLD = ("number", "author", "decided_by", "decided_before", "decided_version", "restriction", "attempts")


def signature(account: Account, at: dt.datetime) -> Any:
    """What tells one situation of an account from another: of numbers and people nothing, of times whether they are over."""
    records = []
    for name in RECORDS:
        record = getattr(account, name)
        if record is not None:
            fields = attrs.asdict(record, recurse=False)
            told = tuple(
                (key, value > at if isinstance(value, dt.datetime) else value)
                for key, value in fields.items()
                if key not in _UNTOLD
            )
            records.append((name, told))
    kinds = frozenset(e.kind for e in account.evidence)
    states = tuple(getattr(account, field) for field in STANDING.values())
    return states, tuple(records), account.holds, frozenset(t.name for t in account.timers), kinds
