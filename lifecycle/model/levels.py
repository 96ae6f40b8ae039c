"""What an account keeps of the points it has earned, of the orders that earned them, and of the last count.

Knows what an entry of each list is made of, and what a count says. Does not know what earns points, when they run out,
nor what is counted when.
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
    so that both run out together. ``spent`` is the money that each brought, in the currency's smallest unit, where the
    level is measured in money. ``number`` is the account version that wrote the entry last.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    source: str
    month: str
    each: int
    days: tuple[int, ...] = field(converter=listed)
    spent: int = 0


@frozen(slots=False)
class Orders:
    """The orders of one month that earned points, or that came back in it.

    ``refs`` are the host's opaque references, with the day of each in ``days``; ``each`` is what an order earned, and
    ``spent`` what it cost, where the level is measured in money.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    month: str
    each: int
    days: tuple[int, ...] = field(converter=listed)
    refs: tuple[str, ...] = field(converter=listed)
    returned: bool = False
    spent: int = 0


@frozen(slots=False)
class LevelCount:
    """The last count of the level: the sum, and the window it was taken over, from ``begins`` up to ``ends``.

    ``carried`` is how much of what was counted before still counts beside it. ``reviewed`` is the account version of the
    last review, at ``reviewed_at``; a count in between may raise a level and is none. ``reached`` is the version in which
    the level was reached or renewed, at ``reached_at``. What entries up to version ``cut`` brought, at ``cut_at``,
    counts no more.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    counted: int
    begins: dt.datetime = field(converter=moment)
    ends: dt.datetime = field(converter=moment)
    carried: int = 0
    reviewed: int = 0
    reviewed_at: dt.datetime | None = field(default=None, converter=moment)
    reached: int = 0
    reached_at: dt.datetime | None = field(default=None, converter=moment)
    cut: int = 0
    cut_at: dt.datetime | None = field(default=None, converter=moment)
