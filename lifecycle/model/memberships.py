"""The records of a paid membership: what runs, the notice that ends it, and a charge that is disputed.

Knows what is kept of each. Does not know what changes it, nor what a membership costs: amounts stay with the shop.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import moment


@frozen(slots=False)
class Membership:
    """The latest membership: its agreement, the trial or paid period that runs, and how it ended.

    ``trial`` is true until the first fee. ``charged_at`` is the last fee, ``consented_at`` when the holder's consent
    to the terms of renewal was put on record. ``next_agreement`` applies from ``new_terms_from`` on. Benefits last
    until ``benefits_until``, which is set when the membership ends.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    agreement: str
    region: str
    membership_channel: str
    trial: bool
    auto_renew: bool
    period_from: dt.datetime = field(converter=moment)
    period_to: dt.datetime = field(converter=moment)
    charged_at: dt.datetime | None = field(default=None, converter=moment)
    consented_at: dt.datetime | None = field(default=None, converter=moment)
    next_agreement: str | None = None
    new_terms_from: dt.datetime | None = field(default=None, converter=moment)
    ended_at: dt.datetime | None = field(default=None, converter=moment)
    benefits_until: dt.datetime | None = field(default=None, converter=moment)


@frozen(slots=False)
class TerminationNotice:
    """The latest notice that the membership shall end. ``since`` is when it was sent, or posted.

    ``named_end`` is the date it names, ``counts_from`` when it counts as given, ``end_date`` the date on which it ends
    the membership; the last two are known once it has arrived. ``refund`` is none, charge_due, rest_due or paid.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    notice_channel: str
    jurisdiction: str
    recipient: str
    named_end: dt.datetime = field(converter=moment)
    late: bool = False
    asks_refund: bool = False
    asks_closure: bool = False
    asks_erasure: bool = False
    delivered_at: dt.datetime | None = field(default=None, converter=moment)
    counts_from: dt.datetime | None = field(default=None, converter=moment)
    end_date: dt.datetime | None = field(default=None, converter=moment)
    refund: str = "none"
    confirmed_at: dt.datetime | None = field(default=None, converter=moment)


@frozen(slots=False)
class ChargeDispute:
    """The latest dispute about a charge of the membership: open, won, lost or refunded.

    ``complaint`` names the agency that was asked for help.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    charge_reason: str
    charged_at: dt.datetime = field(converter=moment)
    status: str = "open"
    complaint: str | None = None
