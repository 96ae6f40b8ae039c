"""What an account keeps of the points it has earned, and of the orders that earned them.

Knows what an entry of each list is made of. Does not know what earns points, nor when they run out.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen(slots=False)
class Points:
    """What one month brought from one source: the days of it, each worth the same number of points.

    ``month`` is written ``2026-03``; month and days are counted in UTC, and a day stands as often as it brought
    something. ``each`` is negative where points were taken back: such an entry has the days of what it takes back,
    so that both run out together. ``number`` is the account version that wrote the entry last.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    source: str
    month: str
    each: int
    days: tuple[int, ...] = field(converter=listed)


@frozen(slots=False)
class Orders:
    """The orders of one month that earned points, or that came back in it.

    ``refs`` are the host's opaque references, with the day of each in ``days``; ``each`` is what an order earned.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    month: str
    each: int
    days: tuple[int, ...] = field(converter=listed)
    refs: tuple[str, ...] = field(converter=listed)
    returned: bool = False
