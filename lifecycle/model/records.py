"""The account and the records it is folded from.

Knows what is kept of a lock, an appeal, a deletion. Does not know what changes it.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Mapping

from attrs import field, frozen

from lifecycle.model.people import Evidence, listed, moment
from lifecycle.model.states import STANDING, AnyState, Level, MembershipState, State


@frozen
class Lock:
    """A protective security lock. Lifted by verification, carries no blame."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    ground: str
    offers_appeal: bool = True


@frozen
class Suspension:
    """A restriction for a breach, by decision. ``ends_at`` is None if it does not end by itself."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    ground: str
    ends_at: dt.datetime | None = field(default=None, converter=moment)
    permanent: bool = False
    offers_appeal: bool = True


@frozen
class Appeal:
    """The latest appeal. ``restriction`` is the number of the lock or suspension it is against.

    ``sent`` counts the submissions, ``decided_version`` is the account version that decided it, ``decided_before`` names who rejected the appeal before this one.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    against: str
    restriction: int
    escalated: bool = False
    sent: int = 1
    status: str = "open"
    outcome: str | None = None
    decided_by: str | None = None
    decided_at: dt.datetime | None = field(default=None, converter=moment)
    decided_version: int | None = None
    decided_before: str | None = None
    enquired: bool = False
    chased: bool = False
    explained: bool = False


@frozen
class Challenge:
    """A code or link sent to prove something. ``number`` is its generation: a new one voids the old."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    form: str
    channels: tuple[str, ...] = field(converter=listed)
    expires_at: dt.datetime = field(converter=moment)
    tries: int = 0


@frozen
class SupportCase:
    """The latest support case: bot, with_agent, declined or resolved."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    case_kind: str
    status: str = "bot"


@frozen
class Pause:
    """Why a deactivated account is deactivated, and whether the deletion warning was shown."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    reason: str | None = None
    warned: bool = False


@frozen
class Deletion:
    """The deletion under way: track ``direct``, ``request`` or ``suspended`` (by support, D-08)."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    track: str
    reason: str | None = None
    attempts: int = 1
    confirmed_at: dt.datetime | None = field(default=None, converter=moment)
    stalled: bool = False
    held: bool = False


@frozen
class Warned:
    """An open warning that a restriction follows unless the holder acts."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    ground: str


@frozen
class Timer:
    """A timer that stands. ``number`` is its generation, the account version that armed it (D-05)."""

    name: str
    due: dt.datetime = field(converter=moment)
    number: int
    calendar: str | None = None


@frozen(slots=False)
class Account:
    """One account, folded from its events. ``version`` 0 means that no event exists yet.

    It has a ``__dict__``, so that the fold can copy it in one go.
    """

    id: str
    version: int = 0
    state: State = field(default=State.ACTIVE, converter=State)
    since: dt.datetime | None = field(default=None, converter=moment)
    at: dt.datetime | None = field(default=None, converter=moment)
    kind: str = "buyer"
    contacts: tuple[str, ...] = field(default=(), converter=listed)
    lock: Lock | None = None
    suspension: Suspension | None = None
    appeal: Appeal | None = None
    unlock_code: Challenge | None = None
    deletion_code: Challenge | None = None
    closure_link: Challenge | None = None
    support_case: SupportCase | None = None
    pause: Pause | None = None
    deletion: Deletion | None = None
    warning: Warned | None = None
    strikes: tuple[str, ...] = field(default=(), converter=listed)
    holds: tuple[str, ...] = field(default=(), converter=listed)
    evidence: tuple[Evidence, ...] = ()
    timers: tuple[Timer, ...] = ()
    reserved: bool = False
    erased: bool = False
    membership_state: MembershipState = field(default=MembershipState.NO_MEMBERSHIP, converter=MembershipState)
    level: Level = field(default=Level.SILVER, converter=Level)

    def standing(self, machine: str) -> AnyState:
        """Return the state of this account in *machine*: account, membership or level."""
        state: AnyState = getattr(self, STANDING[machine])
        return state

    @property
    def exists(self) -> bool:
        """Whether the account has been registered or imported."""
        return self.version > 0

    def timer(self, name: str) -> Timer | None:
        """Return the standing timer of this name, if there is one."""
        return next((t for t in self.timers if t.name == name), None)


RECORDS: Mapping[str, type] = types.MappingProxyType(
    {
        "lock": Lock,
        "suspension": Suspension,
        "appeal": Appeal,
        "unlock_code": Challenge,
        "deletion_code": Challenge,
        "closure_link": Challenge,
        "support_case": SupportCase,
        "pause": Pause,
        "deletion": Deletion,
        "warning": Warned,
    }
)
"""The folded records of an account, by the name of their field."""

LISTS: Mapping[str, type] = types.MappingProxyType({})
"""The lists of dated entries of an account, by the name of their field. An entry has a ``number``, the account version
that put it there, and the moment ``at`` which it happened."""
