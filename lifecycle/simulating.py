"""A service for stories: its clock stands where a story is, and what it asks the host is answered from the story.

Knows how such a service is opened, and again under another policy. Does not know cases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lifecycle.gathering import Gather
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle

SECRET = b"a secret for replays, not for use"
"""What simulated services derive their codes from, so that a replay comes out the same each time."""


class SimulatedClock:
    """A clock that stands until it is set, and what the shop answers meanwhile."""

    def __init__(self, now: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) -> None:
        self.now = now
        self.shop: Mapping[str, Any] = {}

    def __call__(self) -> dt.datetime:
        """Return the time it was set to."""
        return self.now

    def answer(self, _account_id: str, names: frozenset[str]) -> Mapping[str, Any]:
        """Answer as a host's gather function does."""
        return {name: self.shop[name] for name in names if name in self.shop}


def simulated(
    policy: Policy | None = None, url: str = "memory:", secret: bytes | str = SECRET, synchronous: str = "FULL"
) -> Lifecycle:
    """Open a service whose clock is a `SimulatedClock`, set by each step that `run` takes.

    Raises:
        PolicyError, StoreError: as for `Lifecycle.open`.
    """
    clock = SimulatedClock()
    return Lifecycle.open(url, policy=policy, secret=secret, gather=clock.answer, clock=clock, synchronous=synchronous)


def answering(shop: Mapping[str, Any]) -> Gather:
    """Return a host's function that answers what *shop* holds."""
    return lambda _account_id, names: {name: shop[name] for name in names if name in shop}


def under(lifecycle: Lifecycle, policy: Policy) -> Lifecycle:
    """Return a service of the same simulated accounts under another policy."""
    return Lifecycle(lifecycle.store, policy, lifecycle._vault, lifecycle._gather, lifecycle.clock)  # noqa: SLF001
