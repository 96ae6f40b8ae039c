"""What an account remembers of being watched: a journey, a refused payment, shared devices, proofs that failed.

Knows what is kept. Does not know what reads it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

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


def _moments(values: Iterable[dt.datetime | str]) -> tuple[dt.datetime | None, ...]:
    return tuple(moment(value) for value in values)


@frozen(slots=False)
class Failures:
    """Failed proofs of one kind. ``failed`` are the moments of those that count, at most as many as the policy counts.

    ``closings`` tells how often the kind was closed in a row, ``closed_at`` since when it is or was, ``opens_at`` until
    when; None while only support opens it again.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    proof: str
    failed: tuple[dt.datetime, ...] = field(default=(), converter=_moments)
    closings: int = 0
    closed_at: dt.datetime | None = field(default=None, converter=moment)
    opens_at: dt.datetime | None = field(default=None, converter=moment)
