"""What an account keeps of the points it has earned.

Knows what an entry of the ledger is made of. Does not know what earns points, nor when they run out.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen
class Points:
    """What one month brought from one source: the days of it, each worth the same number of points.

    ``month`` is written ``2026-03``; month and days are counted in UTC. ``each`` is negative where points were taken
    back: such an entry has the days of what it takes back, so that both run out together. ``refs`` names, one for
    each day, the order or the sale that the points came from, where there is one; it is the host's opaque reference.
    ``number`` is the account version that wrote the entry last.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    source: str
    month: str
    each: int
    days: tuple[int, ...] = field(converter=listed)
    refs: tuple[str, ...] = field(default=(), converter=listed)
