"""The account and the records it is folded from.

Knows what is kept of a lock, an appeal, a deletion. Does not know what changes it.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.model.clocks import EvidenceRequest, FixedPeriod
from lifecycle.model.judged import Judgement
from lifecycle.model.kept import Erasure, Forfeits, MailPreference
from lifecycle.model.leaving import Deletion, Ending, Interruption, Occurrence, Removal
from lifecycle.model.levels import LevelCount, Orders, Points
from lifecycle.model.linked import GivenUp, Linkage
from lifecycle.model.memberships import ChargeDispute, Membership, TerminationNotice
from lifecycle.model.people import Evidence, listed, moment
from lifecycle.model.states import ACCOUNT, LEVELS, NO_LEVEL, STANDING, AnyState, Level, MembershipState, State
from lifecycle.model.watched import Declined, Failures, SharedDevice, Travel


@frozen(slots=False)
class Lock:
    """A protective security lock. Lifted by verification, carries no blame. ``device`` is the shared one, if known.

    ``cause_told`` says whether an agent has told the holder what brought it; the first message does not.
    ``appeal_until`` is the last moment to appeal, None if there is none; ``appeal_lapsed`` that it went by.
    ``rests_on`` are the references of what it was decided on, ``earlier`` the account version that last lifted a measure
    on its ground.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    ground: str
    offers_appeal: bool = True
    device: str | None = None
    cause_told: bool = False
    rests_on: tuple[str, ...] = field(default=(), converter=listed)
    earlier: int | None = None
    appeal_until: dt.datetime | None = field(default=None, converter=moment)
    appeal_lapsed: bool = False


@frozen(slots=False)
class Suspension:
    """A restriction for a breach, by decision. ``ends_at`` is None if it does not end by itself.

    ``permanent_by`` is who decided that it is permanent, ``permanent_at`` when. ``appeal_until``, ``appeal_lapsed``, ``rests_on`` and ``earlier``
    are as for a `Lock`.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    ground: str
    ends_at: dt.datetime | None = field(default=None, converter=moment)
    permanent: bool = False
    permanent_by: str | None = None
    permanent_at: dt.datetime | None = field(default=None, converter=moment)
    offers_appeal: bool = True
    rests_on: tuple[str, ...] = field(default=(), converter=listed)
    earlier: int | None = None
    appeal_until: dt.datetime | None = field(default=None, converter=moment)
    appeal_lapsed: bool = False


@frozen(slots=False)
class Appeal:
    """The latest appeal. ``restriction`` is the number of the lock or suspension it is against.

    ``sent`` counts the submissions, ``decided_version`` is the account version that decided it, ``decided_before`` names who rejected the appeal before this one.
    ``missing`` is what an appeal that was rejected at once lacked, a text for each set that would have done.
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
    missing: tuple[str, ...] = field(default=(), converter=listed)


@frozen(slots=False)
class Challenge:
    """A code or link sent to prove something. ``number`` is its generation: a new one voids the old."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    form: str
    channels: tuple[str, ...] = field(converter=listed)
    expires_at: dt.datetime = field(converter=moment)
    tries: int = 0
    digits: int = 6


@frozen(slots=False)
class SupportCase:
    """The latest support case: bot, queued, with_agent, escalated, declined or resolved.

    ``case_channel`` is chat, email or ticket. ``urgent`` says that the holder named a sale that is near, ``sale_at``.
    ``due`` is by when support has to answer, where the policy says; ``overdue`` that it has not.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    case_kind: str
    status: str = "bot"
    case_channel: str = "chat"
    urgent: bool = False
    sale_at: dt.datetime | None = field(default=None, converter=moment)
    due: dt.datetime | None = field(default=None, converter=moment)
    overdue: bool = False


@frozen(slots=False)
class Pause:
    """Why a deactivated account is deactivated, where that was asked for, and whether the deletion warning was shown."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    reason: str | None = None
    warned: bool = False
    entry: str | None = None


@frozen(slots=False)
class Warned:
    """An open warning that a restriction follows unless the holder acts.

    ``signal`` is what was seen, ``answered`` says that the holder has turned to support about it, and ``handed_over``
    that it ran out and a person is to decide. ``act_by`` is its own deadline, where it set a later one than its ground.
    ``rests_on`` and ``earlier`` are as for a `Lock`.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    ground: str
    signal: str | None = None
    answered: bool = False
    handed_over: bool = False
    act_by: dt.datetime | None = field(default=None, converter=moment)
    rests_on: tuple[str, ...] = field(default=(), converter=listed)
    earlier: int | None = None


@frozen(slots=False)
class Timer:
    """A timer that stands. ``number`` is its generation, the account version that armed it (D-05)."""

    name: str
    due: dt.datetime = field(converter=moment)
    number: int
    calendar: str | None = None
    machine: str = ACCOUNT


# To ask an enum for a member it made takes several times as long as to see that it is one.


def _state(value: Any) -> State:
    return value if type(value) is State else State(value)


def _membership(value: Any) -> MembershipState:
    return value if type(value) is MembershipState else MembershipState(value)


def _level(value: Any) -> Level:
    return value if type(value) is Level else LEVELS[value]


@frozen(slots=False)
class Account:
    """One account, folded from its events. ``version`` 0 means that no event exists yet.

    It has a ``__dict__``, so that the fold can copy it in one go.
    """

    id: str
    version: int = 0
    state: State = field(default=State.ACTIVE, converter=_state)
    since: dt.datetime | None = field(default=None, converter=moment)
    at: dt.datetime | None = field(default=None, converter=moment)
    kind: str = "buyer"
    contacts: tuple[str, ...] = field(default=(), converter=listed)
    provider: str | None = None
    borrowed_phone: bool = False
    lock: Lock | None = None
    suspension: Suspension | None = None
    appeal: Appeal | None = None
    evidence_request: EvidenceRequest | None = None
    unlock_code: Challenge | None = None
    deletion_code: Challenge | None = None
    closure_link: Challenge | None = None
    support_case: SupportCase | None = None
    pause: Pause | None = None
    deletion: Deletion | None = None
    removal: Removal | None = None
    interruption: Interruption | None = None
    ending: Ending | None = None
    warning: Warned | None = None
    mail_preference: MailPreference | None = None
    erasure: Erasure | None = None
    forfeited: Forfeits | None = None
    linkage: Linkage | None = None
    given_up: GivenUp | None = None
    travel: Travel | None = None
    declined: Declined | None = None
    level_count: LevelCount | None = None
    membership: Membership | None = None
    termination_notice: TerminationNotice | None = None
    charge_dispute: ChargeDispute | None = None
    strikes: tuple[str, ...] = field(default=(), converter=listed)
    holds: tuple[str, ...] = field(default=(), converter=listed)
    shared_devices: tuple[SharedDevice, ...] = ()
    failures: tuple[Failures, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    points: tuple[Points, ...] = ()
    orders: tuple[Orders, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    periods: tuple[FixedPeriod, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    timers: tuple[Timer, ...] = ()
    reserved: bool = False
    erased: bool = False
    membership_state: MembershipState = field(default=MembershipState.NO_MEMBERSHIP, converter=_membership)
    level: Level = field(default=NO_LEVEL, converter=_level)

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
        "evidence_request": EvidenceRequest,
        "unlock_code": Challenge,
        "deletion_code": Challenge,
        "closure_link": Challenge,
        "support_case": SupportCase,
        "pause": Pause,
        "deletion": Deletion,
        "removal": Removal,
        "interruption": Interruption,
        "ending": Ending,
        "warning": Warned,
        "mail_preference": MailPreference,
        "erasure": Erasure,
        "forfeited": Forfeits,
        "linkage": Linkage,
        "given_up": GivenUp,
        "travel": Travel,
        "membership": Membership,
        "termination_notice": TerminationNotice,
        "charge_dispute": ChargeDispute,
        "declined": Declined,
        "level_count": LevelCount,
    }
)
"""The folded records of an account, by the name of their field."""

LISTS: Mapping[str, type] = types.MappingProxyType(
    {
        "shared_devices": SharedDevice,
        "failures": Failures,
        "judgements": Judgement,
        "points": Points,
        "orders": Orders,
        "occurrences": Occurrence,
        "periods": FixedPeriod,
    }
)
"""The lists of dated entries of an account, by the name of their field. An entry has a ``number``, the account version
that put it there, and the moment ``at`` which it happened."""
