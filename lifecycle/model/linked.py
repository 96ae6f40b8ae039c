"""What is kept of an account that shares what identifies it with another one.

Knows what is kept. Does not know what makes two accounts linked, nor what follows.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen(slots=False)
class Linkage:
    """The closest link noticed so far: the kinds of identifiers shared, and how much they weigh together."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    kinds: tuple[str, ...] = field(converter=listed)
    score: int


@frozen(slots=False)
class GivenUp:
    """That open disputes and refunds of an account suspended for good are given up. How many there are the shop knows."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
