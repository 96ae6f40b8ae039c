"""What is kept of a holder's wishes about messages, of the data of a deleted account, and of what was lost with it.

Knows what these records hold. Does not know what changes them.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen(slots=False)
class MailPreference:
    """Which messages the holder has stopped: ``email`` for promotions by mail, ``app`` for alerts of the app."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    stopped: tuple[str, ...] = field(default=(), converter=listed)


@frozen(slots=False)
class Erasure:
    """What becomes of a deleted account's data: waiting, erased, partial or refused.

    ``asked`` says that the former holder asked for it. ``erased_data`` and ``kept_data`` name what went and what the
    law asks to be kept.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    asked: bool = False
    status: str = "waiting"
    erased_data: tuple[str, ...] = field(default=(), converter=listed)
    kept_data: tuple[str, ...] = field(default=(), converter=listed)


@frozen(slots=False)
class Forfeits:
    """What was still open when the account was deleted, and is lost: counts, and money in the smallest unit."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    orders: int = 0
    refunds: int = 0
    disputes: int = 0
    wallet: int = 0
