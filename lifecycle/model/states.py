"""The states of the three machines that live over one account id: the account, its membership, its level.

Knows what each is called. Does not know what leads from one to another.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType


class _Spoken(enum.Enum):
    @property
    def words(self) -> str:
        """The state as it is said in a sentence: ``"under appeal"``."""
        return str(self.value).replace("_", " ")


class State(_Spoken):
    """The seven states of an account."""

    ACTIVE = "active"
    SECURITY_LOCKED = "security_locked"
    SUSPENDED = "suspended"
    UNDER_APPEAL = "under_appeal"
    DEACTIVATED = "deactivated"
    PENDING_DELETION = "pending_deletion"
    DELETED = "deleted"


class MembershipState(_Spoken):
    """The states of the paid membership of an account."""

    NO_MEMBERSHIP = "no_membership"
    TRIAL = "trial"
    PAID = "paid"
    RENEW_OFF = "renew_off"
    NOTICE_SENT = "notice_sent"
    NOTICE_DELIVERED = "notice_delivered"
    TERMINATED = "terminated"
    DISPUTED = "disputed"
    REFUNDED = "refunded"
    LOST = "lost"


class Level(_Spoken):
    """The member levels, and the place of an account that still stands in the old programme."""

    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"
    DIAMOND = "diamond"
    LEGACY = "legacy"


AnyState = State | MembershipState | Level

ACCOUNT = "account"

MACHINES: Mapping[str, type[AnyState]] = MappingProxyType(
    {ACCOUNT: State, "membership": MembershipState, "level": Level}
)
"""Each machine and its states. A row, an event and a timer belong to the machine whose states they name."""

STANDING: Mapping[str, str] = MappingProxyType({ACCOUNT: "state", "membership": "membership_state", "level": "level"})
"""Each machine and the field of an account that holds where it stands."""

NAMED: Mapping[str, AnyState] = MappingProxyType({s.value: s for states in MACHINES.values() for s in states})
"""Every state of every machine by its name; no two share one."""


def machine_of(state: AnyState) -> str:
    """Return the machine that *state* belongs to."""
    return _OF[type(state)]


_OF: Mapping[type, str] = MappingProxyType({states: machine for machine, states in MACHINES.items()})
