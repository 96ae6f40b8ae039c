"""Signals: what is counted about an account, in which window, and which ground it leads to. Data, no code paths.

Knows how each is counted. Its limit stands with its ground; what follows from reaching it is told by the ground too:
a lock, a warning where the ground is warned about first, or a suspension. Does not know who counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import evolve

from lifecycle.rows import Ground, Signal

_ALL = (
    Signal(
        name="distinct_addresses",
        says="different network addresses of sign-ins",
        counts="things",
        window="ip_login_window",
        ground="unusual_logins",
        cites=("G3-21",),
    ),
    Signal(
        name="accounts_on_device",
        says="different accounts used on one device",
        counts="accounts",
        window="accounts_per_device_window",
        ground="shared_device",
        tells="device",
        cites=("G3-17", "A-35"),
    ),
    Signal(
        name="accounts_of_person",
        says="different accounts of one person",
        counts="accounts",
        ground="coupon_abuse",
        beyond=True,
        cites=("G3-120", "X-24"),
    ),
    Signal(
        name="failed_payments",
        says="failed payments by any means",
        counts="times",
        window="failed_payments_window",
        ground="declined_payments",
        cites=("G3-67", "A-32"),
    ),
    Signal(
        name="expired_cards",
        says="payments tried with an expired card",
        counts="times",
        window="negative_signals_window",
        cites=("G3-126",),
    ),
    Signal(
        name="unpaid_orders",
        says="orders waiting for payment at once",
        counts="open",
        age="unpaid_order_age",
        ground="unpaid_orders",
        cites=("G3-63",),
    ),
    Signal(
        name="payment_trouble",
        says="expired cards, failed payments and unpaid orders together",
        counts="sum",
        of=("expired_cards", "failed_payments", "unpaid_orders"),
        window="negative_signals_window",
        ground="payment_trouble",
        cites=("G3-126",),
    ),
    Signal(
        name="open_disputes",
        says="disputes open at once",
        counts="open",
        ground="buyer_protection",
        cites=("G3-12", "A-33"),
    ),
    Signal(
        name="orders",
        says="orders placed",
        counts="things",
        window="dispute_ratio_window",
        cites=("G3-122", "A-34"),
    ),
    Signal(
        name="dispute_percent",
        says="per cent of the orders that were disputed",
        counts="share",
        of=("open_disputes", "orders"),
        window="dispute_ratio_window",
        sample="dispute_ratio_min_orders",
        weights={"seller_won": "lost_dispute_weight"},
        ground="buyer_protection",
        cites=("G3-12", "G3-122", "A-34", "A-53"),
    ),
)

SIGNALS: Mapping[str, Signal] = MappingProxyType({signal.name: signal for signal in _ALL})
"""The guides' signals by name."""


def signals_of(signals: Mapping[str, Signal], grounds: Mapping[str, Ground]) -> Mapping[str, Signal]:
    """Return *signals* under *grounds*: one whose ground is not there, or names no limit for it, leads nowhere."""
    return MappingProxyType(
        {
            name: signal
            if signal.ground is None or name in getattr(grounds.get(signal.ground), "signals", ())
            else evolve(signal, ground=None)
            for name, signal in signals.items()
        }
    )
