"""What an account may do in each state (D-12). One table; `Lifecycle.allows` answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import State

_RESTRICTED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)
_LIVING = tuple(state for state in State if state is not State.DELETED)

_WHERE: Mapping[str, tuple[State, ...]] = {
    "sign_in": (State.ACTIVE,),
    "sign_in_to_recover": (*_RESTRICTED, State.DEACTIVATED, State.PENDING_DELETION),
    "see_orders": (State.ACTIVE,),
    "buy": (State.ACTIVE,),
    "spend_credit": (State.ACTIVE,),
    "open_dispute": (State.ACTIVE,),
    "message_seller": _LIVING,
    "track_shipped_orders": _LIVING,
    "unsubscribe": tuple(State),
}

CAPABILITIES: Mapping[str, Mapping[State, bool]] = MappingProxyType(
    {name: MappingProxyType({state: state in where for state in State}) for name, where in _WHERE.items()}
)
"""Capability → state → yes or no (G3-03, G3-55, G3-59, G1-37, G1-48, G2-12, X-38)."""
