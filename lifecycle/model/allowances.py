"""The answer to whoever asks what an account may do: yes, or every reason why not; and for how long it holds.

Knows the shape of the answer. Does not know what it is made from.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from lifecycle.model.decisions import Refusal


def _nothing() -> tuple[Refusal, ...]:
    return ()


@frozen
class Allowance:
    """Whether an account may do something. True where it may, so that ``if accounts.allows(…):`` asks what it says.

    The answer holds as long as the stored account has this ``version`` and ``until`` has not come; None means that time
    alone changes nothing. An answer that rests on facts, or on what else may change without the account, holds for its
    own moment only. It is an answer under one policy: a cache that outlives the process keeps the policy's version beside
    it. The reasons are worked out when they are asked for.
    """

    capability: str
    allowed: bool
    version: int = 0
    until: dt.datetime | None = None
    why: Callable[[], tuple[Refusal, ...]] = field(default=_nothing, eq=False, repr=False)

    def __bool__(self) -> bool:
        return self.allowed

    @functools.cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every reason why not; none where it may."""
        return self.why()

    @property
    def code(self) -> str:
        """The code of the first reason why not; empty where there is none."""
        return self.refusals[0].code if self.refusals else ""

    @property
    def sentence(self) -> str:
        """What does not hold, as a positive sentence; empty where there is nothing."""
        return self.refusals[0].sentence if self.refusals else ""

    @property
    def way_out(self) -> str:
        """What to do about the first reason; empty where there is none."""
        return self.refusals[0].remedy if self.refusals else ""

    @property
    def earliest(self) -> dt.datetime | None:
        """When it could first be possible by itself, if time is all that is missing."""
        times = [refusal.earliest for refusal in self.refusals if refusal.earliest is not None]
        return max(times) if times and len(times) == len(self.refusals) else None

    def holds(self, version: int, at: dt.datetime) -> bool:
        """Whether the answer is still good at the moment *at* for an account that is stored with this *version*."""
        return version == self.version and (self.until is None or at < self.until)

    def __str__(self) -> str:
        name = self.capability.replace("_", " ")
        return "\n".join([f"may {name}" if self else f"may not {name} now:", *map(str, self.refusals)])

    def __reduce__(self) -> tuple[Any, ...]:
        return _kept, (self.capability, self.allowed, self.version, self.until, self.refusals)


def _kept(
    capability: str, allowed: bool, version: int, until: dt.datetime | None, refusals: tuple[Refusal, ...]
) -> Allowance:
    """Return an answer as it was put away, its reasons with it."""
    return Allowance(capability, allowed, version, until, lambda: refusals)
