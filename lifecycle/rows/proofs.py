"""Kinds of proof as data: how many failures close one, for how long, and what opens or clears it.

Knows the shape of an entry and the formula of its closings. Does not know any kind, nor which row asks for one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period

MOST = 100
"""As many failures an entry may count: so many moments an account keeps for each kind."""

Cleared = Literal["forget", "recount", "keep"]
"""What becomes of the count: forgotten; begun anew, while it is known how often the kind was closed; or left."""


@frozen
class Proof:
    """A kind of proof whose failures count against the account.

    So many ``failures`` within the ``window`` close it: for the time ``closed_for``, or ``until_support`` opens it. The
    n-th closing in a row lasts ``closed_for`` times ``times`` to the power of n - 1, and n - 1 times ``plus`` longer, but
    ``at_most`` so long. ``after_success`` and ``after_reset`` say what becomes of the count; with ``forgotten_after`` so
    long without a failure, closings count from one again. Failures ``while_closed`` are ignored, counted towards the next
    closing, or extend the one that runs. All other ways stay open, but for the kinds that it ``closes`` too; ``refuses``
    names triggers that ask for it, beside those the policy knows. With ``locks`` the account is locked too, on that
    ground and for as long. ``says`` what it is in a few words; a kind the policy knows need not be told.
    """

    name: str
    says: str = ""
    failures: int = 5
    window: Period = dt.timedelta(days=1)
    closed_for: Period | None = None
    until_support: bool = False
    times: int = 1
    plus: Period | None = None
    at_most: Period | None = None
    forgotten_after: Period | None = None
    after_success: Cleared = "forget"
    after_reset: Cleared = "forget"
    while_closed: Literal["ignore", "count", "extend"] = "ignore"
    closes: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    locks: str = ""
    cites: tuple[str, ...] = ()

    @property
    def grows(self) -> bool:
        """Whether a closing lasts longer than the one before it."""
        return self.times > 1 or (self.plus is not None and _size(self.plus) > 0)

    def lasts(self, nth: int) -> Period | None:
        """How long the *nth* closing in a row lasts, counted from one; None for until support opens it."""
        if self.closed_for is None:
            return None
        before = max(0, nth - 1)
        # A closing that doubles has long reached the most after so many.
        size = _size(self.closed_for) * self.times ** min(before, 64)
        size += before * (_size(self.plus) if self.plus is not None else 0)
        if self.at_most is not None:
            size = min(size, _size(self.at_most))
        return BusinessDays(size) if isinstance(self.closed_for, BusinessDays) else dt.timedelta(microseconds=size)

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with it by itself."""
        if not 1 <= self.failures <= MOST:
            yield f"failures must be 1 to {MOST}, not {self.failures}"
        if not _size(self.window):
            yield "window must be some time: within none at all nothing is counted"
        if (self.closed_for is None) is not self.until_support:
            yield "says for how long it is closed by either closed_for or until_support, not by both and not by none"
        elif self.closed_for is not None and not _size(self.closed_for):
            yield "closed_for must be some time"
        if self.times < 1:
            yield f"times must be at least 1, not {self.times}"
        yield from self._growing()
        if self.name in self.closes:
            yield "closes itself: name others there, or nothing"

    def _growing(self) -> Iterator[str]:
        said = {"plus": self.plus, "at_most": self.at_most}
        if self.until_support:
            for name in (*(["times"] if self.times > 1 else []), *(name for name, held in said.items() if held)):
                yield f"{name} makes no sense where only support opens it again"
            return
        if self.closed_for is None:
            return
        alike = [type(self.closed_for), *(type(held) for held in said.values() if held is not None)]
        if len(set(alike)) > 1:
            yield "closed_for, plus and at_most must be counted alike: all in working days, or none of them"
        elif self.grows and self.at_most is None:
            yield "at_most is missing: a closing that grows needs a most"
        elif self.at_most is not None and _size(self.at_most) < _size(self.closed_for):
            yield "at_most may not be less than closed_for"


def _size(period: Period) -> int:
    """A period as a number that can be counted with: working days, or microseconds."""
    return period.days if isinstance(period, BusinessDays) else period // dt.timedelta(microseconds=1)
