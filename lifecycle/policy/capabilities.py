"""What an account may do in each state (D-12). One table; `Lifecycle.allows` answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import State
from lifecycle.policy.benefits import USED_IN

_RESTRICTED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)
_LIVING = tuple(state for state in State if state is not State.DELETED)

_WHERE: Mapping[str, tuple[State, ...]] = {
    "sign_in": (State.ACTIVE,),
    "sign_in_to_recover": (*_RESTRICTED, State.DEACTIVATED, State.PENDING_DELETION),
    "see_orders": (State.ACTIVE,),
    "buy": (State.ACTIVE,),
    "spend_credit": (State.ACTIVE,),
    "use_coupons": (State.ACTIVE,),
    "keep_credit": _LIVING,
    "keep_cart": _LIVING,
    "request_refund": (State.ACTIVE,),
    "open_dispute": (State.ACTIVE,),
    "continue_disputes": _LIVING,
    "message_seller": _LIVING,
    "track_shipped_orders": _LIVING,
    "receive_shipped_orders": tuple(State),
    "ship_paid_orders": _LIVING,
    "cancel_unpaid_orders": (State.ACTIVE, State.SUSPENDED),
    "transfer_wallet_money": (State.ACTIVE,),
    "see_cause": _RESTRICTED,
    "export_data": (State.ACTIVE, State.DEACTIVATED, State.PENDING_DELETION),
    "change_privacy_settings": (State.ACTIVE,),
    "remove_payment_method": (State.ACTIVE,),
    "unsubscribe": tuple(State),
    "receive_promotions": tuple(State),
    "receive_app_alerts": _LIVING,
    "use_membership_benefits": (State.ACTIVE,),
    **USED_IN,
}

CAPABILITIES: Mapping[str, Mapping[State, bool]] = MappingProxyType(
    {name: MappingProxyType({state: state in where for state in State}) for name, where in _WHERE.items()}
)
"""Capability → state → yes or no.

Orders and money while blocked: G3-03, G3-55, G3-57, G3-59, G3-60, X-38, X-39, A-31, A-45, A-46, A-52. After deletion:
G1-35, G1-37, G2-12. Before it: A-17, A-18, A-21, G2-13, G2-53, G2-56. Messages: G1-47, G1-48, G2-49. A few hold under
further conditions: see `lifecycle.policy.narrowed`.
"""
