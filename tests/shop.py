"""The host's side of a test: a clock moved by hand, a secret, and facts that are looked up."""

from __future__ import annotations

import datetime as dt

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
SECRET = b"thirty-two bytes of test secret."


class Shop:
    """The host's side: a clock that is moved by hand, and facts that are looked up, with a note of what was asked."""

    def __init__(self):
        self.now = START
        self.asked = []
        self.facts = {
            "signed_in": True,
            "identifier_matches": True,
            "consequences_read": True,
            "identity_proven": True,
            "open_orders": 0,
            "orders_in_transit": 0,
            "refunds_in_flight": 0,
            "refunds_not_asked": 0,
            "open_disputes": 0,
            "wallet_balance": 0,
            "outstanding_charges": 0,
            "active_subscriptions": 0,
            "retention_duty": False,
            "kept_by_law": [],
        }

    def clock(self):
        """Return the time on the wall."""
        return self.now

    def gather(self, account, names):
        """Look facts up, and note that they were asked for."""
        self.asked.append((account, names))
        return {name: self.facts[name] for name in names if name in self.facts}

    def passes(self, **period):
        """Let time pass, and return what it is then."""
        self.now += dt.timedelta(**period)
        return self.now
