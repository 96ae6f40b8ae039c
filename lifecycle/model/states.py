"""The states of the three machines that live over one account id: the account, its membership, its level.

Knows what each is called. Account and membership have the same states under every policy; which levels there are, and
how they rise, each policy says itself. Does not know what leads from one state to another.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from types import MappingProxyType


class _Spoken(enum.Enum):
    # A member equals itself alone, so this is its hash too; an enum's own is worked out in Python each time.
    __hash__ = object.__hash__

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


class Level:
    """A member level, by its name: ``Level("gold")``. There is one object for each name, so ``is`` tells levels apart.

    A log names its levels itself, so it can be read without the policy that wrote it.

    Raises:
        ValueError: the name is none a level could have.
    """

    __slots__ = ("_name_", "_value_")

    # As those of an enum's member: whoever reads a state need not ask which kind it is.
    _name_: str
    _value_: str

    def __new__(cls, name: str) -> Level:  # noqa: PYI034 - it is found, not made, so it is of no other class
        """Return the level of this *name*."""
        return LEVELS[name]

    @property
    def name(self) -> str:
        """Its name, by which a state is found."""
        return self._name_

    @property
    def value(self) -> str:
        """Its name, as events and case files give it."""
        return self._value_

    @property
    def words(self) -> str:
        """The level as it is said in a sentence."""
        return self._value_.replace("_", " ")

    def __repr__(self) -> str:
        return f'Level("{self._value_}")'

    def __reduce__(self) -> tuple[type[Level], tuple[str]]:
        return Level, (self._value_,)


LEVEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
"""What a level may be called."""


class _Levels(dict[str, Level]):
    def __missing__(self, name: str) -> Level:
        if not isinstance(name, str) or not LEVEL_NAME.match(name):
            raise ValueError("no level can be called so: small letters, digits and _ only, a letter first")
        level: Level = object.__new__(Level)
        level._name_ = level._value_ = name
        return self.setdefault(name, level)


LEVELS: Mapping[str, Level] = _Levels()
"""The levels by name; one that nobody asked for before is made when it is asked for."""

NO_LEVEL = Level("no_level")
"""Where an account stands that no policy has given a level."""

AnyState = State | MembershipState | Level

ACCOUNT = "account"

MACHINES: Mapping[str, type[AnyState]] = MappingProxyType(
    {ACCOUNT: State, "membership": MembershipState, "level": Level}
)
"""Each machine and the kind of its states. A row, an event and a timer belong to the machine whose states they name."""

STANDING: Mapping[str, str] = MappingProxyType({ACCOUNT: "state", "membership": "membership_state", "level": "level"})
"""Each machine and the field of an account that holds where it stands."""

FIXED: Mapping[str, tuple[AnyState, ...]] = MappingProxyType(
    {ACCOUNT: tuple(State), "membership": tuple(MembershipState)}
)
"""The states of the machines that have the same ones under every policy."""

TAKEN = frozenset(state.value for states in FIXED.values() for state in states)
"""What no level may be called, since a state is found by its name alone."""


def machine_of(state: AnyState) -> str:
    """Return the machine that *state* belongs to."""
    return _OF[type(state)]


_OF: Mapping[type, str] = MappingProxyType({states: machine for machine, states in MACHINES.items()})
