"""What an account remembers of being watched: a journey told of, a refused payment, devices shared with others.

Knows what is kept. Does not know what reads it.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen(slots=False)
class Travel:
    """A journey told of beforehand. ``case`` is the number of the support case it was told in, if there was one.

    ``countries`` are codes; none means that the countries were not told.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    travels_from: dt.datetime = field(converter=moment)
    travels_to: dt.datetime = field(converter=moment)
    countries: tuple[str, ...] = field(default=(), converter=listed)
    case: int | None = None


@frozen(slots=False)
class Declined:
    """A payment that was declined and not made good yet. ``locked`` says that the account was locked over such."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    declined_at: dt.datetime = field(converter=moment)
    locked: bool = False


@frozen(slots=False)
class SharedDevice:
    """A device that several accounts use and whose use by this one was verified; ``device`` is an opaque code."""

    number: int
    at: dt.datetime = field(converter=moment)
    device: str
