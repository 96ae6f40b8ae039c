"""What can be wrong with the periods of a policy: one that is chosen or told by a table, where only a plain one will do.

Knows what arms a timer and what reads a fact. Does not know any period.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError, closest
from lifecycle.lengths import OR_MORE, ByFacts, Chosen, Length, facts_of
from lifecycle.rows.periods import armed_by, named_period

if TYPE_CHECKING:
    from lifecycle.rows.tables import Policy


def wrong_periods(policy: Policy) -> Iterator[str]:
    """Yield every period of *policy* that nothing fixes, that reads what is no fact, or that nobody holds to its bounds."""
    p = policy.parameters
    armed = {path for row in policy.rows for path in armed_by(row.effects)}
    for name in policy.open_periods:
        if name not in armed:
            yield f'the period "{name}" must be a plain one: no timer is armed after it, so nothing would fix it'
    for timer in policy.timers.values():
        if isinstance(getattr(p, timer.retry or "", None), Chosen | ByFacts):
            yield f'the timer "{timer.name}" is tried again after "{timer.retry}", which must be a plain period'
    for path in sorted({*armed, *policy.open_periods}):
        length = named_period(p, path, None)
        for fact in facts_of(length):
            if fact not in policy.facts.declared():
                near = closest(fact, policy.facts.declared())
                yield f'the period "{path}" is told by an unknown fact "{fact}".{near}'
            else:
                yield from (f'the period "{path}" {what}' for what in _values(policy, length, fact))
        if isinstance(length, Chosen):
            for row in policy.rows:
                if path in armed_by(row.effects) and not any(guard.name == bounds_of(path) for guard in row.guards):
                    yield f'the row "{row.name}" lets the period "{path}" be chosen, and no guard holds it to its bounds'


def bounds_of(path: str) -> str:
    """Return what the guard is called that holds the period called *path* to its bounds."""
    return f"{path.replace('.', '_')}_is_within_bounds"


def _values(policy: Policy, length: Length, fact: str) -> Iterator[str]:
    """Yield what is wrong with what *length* asks of *fact*."""
    kind = policy.facts.declared()[fact]
    if isinstance(length, Chosen):
        if kind not in (int, int | None):
            yield f'is chosen by the fact "{fact}", which is no whole number'
        return
    assert isinstance(length, ByFacts)
    for entry in length.entries:
        for value in (value for name, held in entry.when if name == fact for value in held):
            yield from (f'has an entry "{entry.name}": {what}' for what in _value(policy, fact, kind, value))


def _value(policy: Policy, fact: str, kind: Any, value: Any) -> Iterator[str]:
    if kind in (int, int | None) and isinstance(value, str) and OR_MORE.fullmatch(value):
        return
    try:
        policy.facts({fact: (value,) if kind == tuple[str, ...] else value})
    except LifecycleError as error:
        yield str(error)
        return
    known: Any = policy.grounds if fact == "ground" else None
    if known is not None and value not in known:
        yield f'no ground is called "{value}".{closest(value, known)}'
