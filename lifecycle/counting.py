"""Counting signals. Pure: what was seen, the time and the parameters arrive as arguments.

Knows how each signal is counted, and where a window ends: a sighting exactly as old as the window still counts, one
microsecond later it does not, as with a code that runs out. Does not know where sightings are kept, nor what follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

from lifecycle.calendar import Period
from lifecycle.rows import Ground, Policy, Signal, amount_of, length_of
from lifecycle.store.sightings import Sighting

OBSERVED = ("things", "times", "open", "accounts")
"""How signals are counted that are seen; the others are worked out from them."""


@frozen
class Tally:
    """How often a signal was seen, and how often is too often. ``limit`` is None where nothing follows from it.

    ``sample`` is how many a share is of, ``least`` how many it must be of. ``thing`` is the keyed hash of that at which
    the most accounts were seen.
    """

    signal: Signal
    count: int
    limit: int | None = None
    window: Period | None = None
    sample: int | None = None
    least: int | None = None
    thing: str | None = None

    @property
    def reached(self) -> bool:
        """Whether the limit is reached, by a large enough sample where it is a share."""
        if self.limit is None or self.count < self.limit:
            return False
        return self.least is None or (self.sample is not None and self.sample >= self.least)

    def facts(self) -> dict[str, Any]:
        """Return what a host with counters of its own would say of it."""
        said: dict[str, Any] = {"signal": self.signal.name, "signal_count": self.count}
        if self.sample is not None:
            said["signal_sample"] = self.sample
        if self.signal.tells is not None and self.thing is not None:
            said[self.signal.tells] = self.thing
        return said


def ground_of(policy: Policy, signal: Signal) -> Ground | None:
    """Return the ground that *signal* leads to, if there is one."""
    return policy.grounds.get(signal.ground) if signal.ground else None


def trigger_of(policy: Policy, signal: Signal) -> str | None:
    """Return what the system does once *signal* reaches its limit: it warns, locks or suspends."""
    ground = ground_of(policy, signal)
    if ground is None:
        return None
    doors = policy.doors
    return doors.warn if ground.warned else doors.lock if ground.restricts == "lock" else doors.suspend


def limit_of(policy: Policy, signal: Signal) -> int | None:
    """Return how often is too often: what the ground names for this signal, and one more where that is allowed."""
    ground = ground_of(policy, signal)
    name = ground.signals.get(signal.name) if ground else None
    return None if name is None else amount_of(policy.parameters, name) + signal.beyond


def fed_by(policy: Policy, name: str) -> tuple[Signal, ...]:
    """Return the signals that a sighting of *name* counts for: itself first, then those worked out from it."""
    others = (signal for signal in policy.signals.values() if name in signal.of)
    return (policy.signals[name], *others)


def counts_until(policy: Policy, sighting: Sighting) -> dt.datetime | None:
    """Return when *sighting* stops counting for any signal; None while it goes on, or where no window ends it."""
    p = policy.parameters
    fed = fed_by(policy, sighting.signal)
    if fed[0].counts == "open" and sighting.ended_at is None:
        return None
    ends: list[dt.datetime] = [p.calendar.add(sighting.at, length_of(p, each.window)) for each in fed if each.window]
    if sighting.ended_at is not None:
        ends.append(sighting.ended_at)
    return max(ends, default=None)


def rule_of(policy: Policy, signal: Signal) -> Tally:
    """Return how often is too often, and in which window, of a signal that was not seen yet."""
    p = policy.parameters
    window: Period | None = length_of(p, signal.window) if signal.window else None
    least: int | None = amount_of(p, signal.sample) if signal.sample else None
    return Tally(signal, 0, limit_of(policy, signal), window, least=least)


def tally(policy: Policy, signal: Signal, seen: Iterable[Sighting], now: dt.datetime) -> Tally:
    """Return how often *signal* counts at *now*, of everything *seen*.

    For a signal that counts accounts, *seen* holds what was seen of the others at the same things.
    """
    rule = rule_of(policy, signal)
    held = [s for s in seen if s.at <= now and (s.signal == signal.name or s.signal in signal.of)]
    add, window = policy.parameters.calendar.add, rule.window
    inside = [s for s in held if window is None or now <= add(s.at, window)]
    return evolve(rule, **_COUNTS[signal.counts](policy, signal, inside, now))


def latest(policy: Policy, signal: Signal, seen: Iterable[Sighting], at: dt.datetime) -> dt.datetime:
    """Return the moment to count at once something was seen at *at*.

    Where word of it came late, that is the latest sighting whose window still holds it. What lies further ahead, as
    with a clock that is wrong, does not count until its time comes.
    """
    window = rule_of(policy, signal).window
    if window is None:
        return at
    end = policy.parameters.calendar.add(at, window)
    return max([at, *(s.at for s in seen if s.signal == signal.name and s.at <= end)])


def _things(policy: Policy, signal: Signal, inside: list[Sighting], now: dt.datetime) -> dict[str, Any]:
    return {"count": len({s.hashed for s in inside})}


def _times(policy: Policy, signal: Signal, inside: list[Sighting], now: dt.datetime) -> dict[str, Any]:
    return {"count": len(inside)}


def _open(policy: Policy, signal: Signal, inside: list[Sighting], now: dt.datetime) -> dict[str, Any]:
    p = policy.parameters
    going_on = [s for s in inside if s.ended_at is None]
    old_enough = [s for s in going_on if signal.age is None or now >= p.calendar.add(s.at, length_of(p, signal.age))]
    return {"count": len(old_enough)}


def _accounts(policy: Policy, signal: Signal, inside: list[Sighting], now: dt.datetime) -> dict[str, Any]:
    at: dict[str, set[str]] = {}
    for s in inside:
        at.setdefault(s.hashed, set()).add(s.account_id)
    most = max(at, key=lambda hashed: (len(at[hashed]), hashed), default=None)
    return {"count": len(at[most]) if most is not None else 0, "thing": most}


def _share(policy: Policy, signal: Signal, inside: list[Sighting], now: dt.datetime) -> dict[str, Any]:
    part, whole = signal.of
    sample = sum(s.signal == whole for s in inside)
    weighed = sum(_weight(policy, signal, s) for s in inside if s.signal == part)
    return {"count": 100 * weighed // sample if sample else 0, "sample": sample}


def _weight(policy: Policy, signal: Signal, sighting: Sighting) -> int:
    name = signal.weights.get(sighting.outcome or "")
    return amount_of(policy.parameters, name) if name else 1


def _sum(policy: Policy, signal: Signal, inside: list[Sighting], now: dt.datetime) -> dict[str, Any]:
    return {"count": sum(s.ended_at is None for s in inside)}


_COUNTS: Mapping[str, Callable[[Policy, Signal, list[Sighting], dt.datetime], dict[str, Any]]] = {
    "things": _things,
    "times": _times,
    "open": _open,
    "accounts": _accounts,
    "share": _share,
    "sum": _sum,
}
