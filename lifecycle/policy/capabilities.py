"""What an account may do in each state (D-12). One table; `Lifecycle.allows` answers from it.

Orders and money while blocked: G3-03, G3-55, G3-57, G3-59, G3-60, X-38, X-39, A-31, A-45, A-46, A-52. After deletion:
G1-35, G1-37, G2-12. Before it: A-17, A-18, A-21, G2-13, G2-53, G2-56. Messages: G1-47, G1-48, G2-49. A few hold under
further conditions: see `lifecycle.policy.narrowed`. Of permanence and grounds the guides' table says nothing: what is
blocked is blocked alike, so a policy that tells them apart gives those cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from lifecycle.errors import closest
from lifecycle.model import State
from lifecycle.rows.capabilities import NO, RESTRICTED, YES, Capability

_OPEN = (State.ACTIVE,)
_LIVING = tuple(state for state in State if state is not State.DELETED)
_SHUT = (*RESTRICTED, State.DEACTIVATED, State.PENDING_DELETION)
_READABLE = (State.ACTIVE, State.DEACTIVATED, State.PENDING_DELETION)


def may(name: str, says: str, where: tuple[State, ...], *cites: str) -> Capability:
    """A capability that is open in these states, whatever the ground, and closed in the others."""
    cells: dict[str, Any] = {state.value: YES if state in where else NO for state in State}
    return Capability(name=name, says=says, cites=cites, **cells)


_ALL = (
    may("sign_in", "sign in and use the account", _OPEN, "G3-03", "A-11"),
    may("sign_in_to_recover", "sign in only to see what is wrong and what to do", _SHUT, "G3-24", "G3-31", "A-11"),
    may("see_orders", "see past and running orders", _OPEN, "G3-03", "X-39"),
    may("use_purchases", "use what was bought", _LIVING, "G3-55", "A-52"),
    may("buy", "place orders", _OPEN, "G3-03", "A-17"),
    may("spend_credit", "spend the credit saved with the account", _OPEN, "G3-03", "A-31"),
    may("use_coupons", "use coupons", _OPEN, "G3-03", "A-31"),
    may("keep_credit", "keep the credit saved with the account", _LIVING, "A-31"),
    may("keep_cart", "keep what lies in the cart", _LIVING, "G3-60"),
    may("request_refund", "ask for a refund", _OPEN, "G1-35", "A-45"),
    may("open_dispute", "open a dispute", _OPEN, "A-45"),
    may("continue_disputes", "go on with the disputes that are open", _LIVING, "A-45"),
    may("message_seller", "write to a seller", _LIVING, "G1-37", "G3-59", "X-38", "A-46"),
    may("track_shipped_orders", "follow parcels that are on their way", _LIVING, "G2-12", "G3-55", "A-52"),
    may("receive_shipped_orders", "get parcels that are on their way", tuple(State), "G3-55", "A-52"),
    may("ship_paid_orders", "have what is paid for shipped", _LIVING, "G3-57"),
    may("cancel_unpaid_orders", "cancel unpaid orders", (State.ACTIVE, State.SUSPENDED), "G3-64", "X-39"),
    may("transfer_wallet_money", "take money out of the wallet", _OPEN, "G2-16", "A-18"),
    may("renew_paid_services", "have paid services renewed", _LIVING, "A-21", "A-50"),
    may("end_paid_services", "end paid services", _LIVING, "G2-17", "G4-37", "A-50"),
    may("see_cause", "see why the account is blocked", RESTRICTED, "G3-02", "G3-20", "G3-50", "A-52"),
    may("export_data", "take a copy of the data along", _READABLE, "G2-12", "G2-13"),
    may("change_privacy_settings", "change what is shared and shown", _OPEN, "G2-53"),
    may("remove_payment_method", "remove saved payment methods", _OPEN, "G2-56"),
    may("unsubscribe", "stop promotions", tuple(State), "G1-48", "G2-35"),
    may("receive_promotions", "be sent promotions", tuple(State), "G1-47", "G2-48", "X-14"),
    may("receive_app_alerts", "be sent alerts of the app", _LIVING, "G2-49"),
    may("use_membership_benefits", "use the benefits of the membership", _OPEN, "G4-20", "A-23"),
    may("use_brand_discount", "use the discount on the featured brand", _OPEN, "G5-08", "G5-12", "A-31"),
    may("have_birthday_gift", "be given something on the birthday", _OPEN, "G5-16", "A-31"),
    may("use_anniversary_coupons", "use the coupons of the anniversary", _OPEN, "G5-15", "A-31"),
    may("see_exclusive_prices", "see exclusive prices at the sales", _OPEN, "G5-18", "A-31"),
    may("take_daily_coupons", "take the coupons of the day", _OPEN, "G5-11", "A-31"),
    may("have_fast_refunds", "be refunded at once", _OPEN, "G5-13", "A-31"),
)

CAPABILITIES: Mapping[str, Capability] = MappingProxyType({each.name: each for each in _ALL})
"""Every capability by name. A policy changes single cells of it, adds entries of its own, or takes some away."""


def grounds_without(capabilities: Mapping[str, Capability], grounds: Mapping[str, Any]) -> Iterator[str]:
    """Yield for each ground that a capability names and that is none what is wrong."""
    for capability in capabilities.values():
        for ground in capability.named_grounds():
            if ground not in grounds:
                yield f'entry {capability.name}: no ground is called "{ground}".{closest(ground, grounds)}'
