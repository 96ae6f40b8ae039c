"""What is kept of the clocks that run: periods that were fixed when a timer was armed, and documents that are asked for.

Knows how they are kept. Does not know what fixes a period, nor what follows when a time is over.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen(slots=False)
class FixedPeriod:
    """How long a period lasts that is no plain number: what was found for ``name`` when a timer was last armed by it.

    ``lasts`` is the period in words, counted from ``at``; ``entry`` is the line of the table that applied, or says that
    it was chosen. ``number`` is the account version that armed the timer.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    name: str
    lasts: str
    entry: str | None = None


@frozen(slots=False)
class EvidenceRequest:
    """Documents that whoever judges an appeal has asked the holder for. ``appeal`` is the number of that appeal.

    ``until`` is the last moment to hand them in: the request is open until it is ``answered`` or has ``lapsed``.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    appeal: int
    wanted: tuple[str, ...] = field(converter=listed)
    until: dt.datetime | None = field(default=None, converter=moment)
    answered: bool = False
    lapsed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether what was asked for is still awaited."""
        return not self.answered and not self.lapsed
