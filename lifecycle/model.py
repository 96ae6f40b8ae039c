"""The nouns: states, people, evidence, the account and its records, commands, events, refusals, decisions.

Knows what these are made of. Does not know any rule, and does nothing.
Every time is an aware ``datetime`` in UTC. Every value in an event is plain data that JSON can carry.
"""

from __future__ import annotations

import datetime as dt
import enum
import types
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.errors import BadEvidence, BadRequest, NaiveTime, TransitionDenied
from lifecycle.facts import CODE, Facts


class State(enum.Enum):
    """The seven states of an account."""

    ACTIVE = "active"
    SECURITY_LOCKED = "security_locked"
    SUSPENDED = "suspended"
    UNDER_APPEAL = "under_appeal"
    DEACTIVATED = "deactivated"
    PENDING_DELETION = "pending_deletion"
    DELETED = "deleted"

    @property
    def words(self) -> str:
        """The state as it is said in a sentence: ``"under appeal"``."""
        return self.value.replace("_", " ")


class Role(enum.Enum):
    """Who may act. A person with access to the holder's device counts as the holder (D-11)."""

    HOLDER = "holder"
    AGENT = "agent"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"

    @property
    def words(self) -> str:
        """The role as it is said in a sentence: ``"a support agent"``."""
        return _ROLE_WORDS[self]


_ROLE_WORDS = {
    Role.HOLDER: "the account holder",
    Role.AGENT: "a support agent",
    Role.REVIEWER: "a reviewer",
    Role.SUPERVISOR: "a supervisor",
    Role.SYSTEM: "the system",
}


def moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """Return *value* as an aware UTC date-time; ISO 8601 text is read.

    Raises:
        NaiveTime: the value has no offset.
        BadRequest: it is no date-time.
    """
    if value is None or (isinstance(value, dt.datetime) and value.tzinfo is dt.UTC):
        return value
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise BadRequest("a time must be a date-time such as 2026-02-13T16:30:00Z") from None
    if not isinstance(value, dt.datetime):
        raise BadRequest(f"a time must be a date-time, not a value of type {type(value).__name__}")
    if value.tzinfo is None:
        raise NaiveTime("the time")
    return value.astimezone(dt.UTC)


def checked_id(value: str, what: str) -> str:
    """Return *value* if it is an opaque id.

    Raises:
        BadRequest: it is not 1 to 64 letters, digits or ``_ . : -``; the value itself is not repeated.
    """
    if not isinstance(value, str) or not CODE.match(value):
        raise BadRequest(
            f"{what} must be an opaque id of 1 to 64 letters, digits or _ . : - (no spaces, no @): "
            "ids are written into the log for good, so they may not name a person."
        )
    return value


@frozen
class Actor:
    """Who acts: a role and the opaque id of the person or process in it."""

    role: Role = field(converter=Role)
    id: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "an actor's id")

    @classmethod
    def holder(cls, account_id: str) -> Actor:
        """The holder of *account_id*."""
        return cls(Role.HOLDER, account_id)

    @classmethod
    def agent(cls, id: str) -> Actor:
        """A support agent."""
        return cls(Role.AGENT, id)

    @classmethod
    def reviewer(cls, id: str) -> Actor:
        """A person who judges appeals and restrictions."""
        return cls(Role.REVIEWER, id)

    @classmethod
    def supervisor(cls, id: str) -> Actor:
        """A senior agent, supervisor or member of the appeals team."""
        return cls(Role.SUPERVISOR, id)

    @classmethod
    def system(cls, id: str = "rules") -> Actor:
        """An automated part of the shop, under its name."""
        return cls(Role.SYSTEM, id)

    def __str__(self) -> str:
        return f"{self.role.value}:{self.id}"


@frozen
class Evidence:
    """One document or written text brought along.

    ``kind`` is a name of the policy's evidence kinds, ``ref`` the host's opaque reference to the document.
    ``text`` is private: it is stored encrypted and never reaches an event; only its word count does, which is
    counted here whatever ``words`` says.
    ``version`` is the account version that took it, set when it is folded.
    """

    kind: str
    ref: str = ""
    readable: bool = True
    edited: bool = False
    corners: int = 4
    words: int | None = None
    version: int | None = None
    text: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        for what, value in (("kind", self.kind), ("ref", self.ref)):
            if not isinstance(value, str) or (value and not CODE.match(value)):
                raise BadEvidence(f"the {what} of evidence must be a code or an opaque reference without spaces")
        if not self.kind:
            raise BadEvidence("evidence needs a kind")
        if not self.ref and self.text is None:
            raise BadEvidence(f'evidence of kind "{self.kind}" needs a ref= to the document, or a text=')
        if type(self.readable) is not bool or type(self.edited) is not bool or type(self.corners) is not int:
            raise BadEvidence("whether evidence is readable or edited is true or false, its corners are a whole number")
        if self.text is not None:
            object.__setattr__(self, "words", len(self.text.split()))
        if self.words is not None and (type(self.words) is not int or self.words < 0):
            raise BadEvidence("the words of evidence are a whole number, zero or more")

    def recorded(self) -> dict[str, Any]:
        """Return what an event keeps of it: never the text."""
        return {name: value for name in _RECORDED if (value := getattr(self, name)) is not None}


_RECORDED = ("kind", "ref", "readable", "edited", "corners", "words", "version")


def listed(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return *values* as a tuple; JSON carries lists."""
    return tuple(values)


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


@frozen
class Command:
    """One attempt: who asks what, when, with which evidence and facts. Everything a decision reads."""

    trigger: str
    account_id: str
    by: Actor
    at: dt.datetime = field(converter=moment)
    facts: Facts = field(factory=Facts)
    evidence: tuple[Evidence, ...] = field(default=(), converter=listed)

    def brings(self, kind: str) -> bool:
        """Whether evidence of this kind is brought along."""
        return any(e.kind == kind for e in self.evidence)


@frozen
class Change:
    """One thing an event did besides moving the state, as plain data.

    ``do`` is one of open, change, count, close, add, remove, timer, stop, notify; ``name`` says which record,
    list, timer or notice; ``values`` holds JSON data only. ``evolve`` reads nothing else, so an old event
    never needs the policy that wrote it.
    """

    do: str
    name: str
    values: Mapping[str, Any] = field(factory=dict)


@frozen(slots=False)
class Event:
    """One accepted step. ``recorded_at`` may lie after ``at`` when a due timer was settled late."""

    account_id: str
    version: int
    trigger: str
    source: State | None
    dest: State
    by: Actor
    at: dt.datetime = field(converter=moment)
    facts: Mapping[str, Any] = field(factory=dict)
    evidence: tuple[Mapping[str, Any], ...] = ()
    changes: tuple[Change, ...] = ()
    row: str = ""
    policy: str = ""
    machine: str = "account"
    recorded_at: dt.datetime | None = field(default=None, converter=moment)

    @property
    def notices(self) -> tuple[str, ...]:
        """The names of the notices this event sends, in order."""
        return tuple(c.name for c in self.changes if c.do == "notify")


@frozen
class Verdict:
    """What one guard says of one attempt. ``met`` is None when a fact it needs is not known."""

    code: str
    sentence: str
    remedy: str
    met: bool | None
    value: Any = None
    limit: Any = None
    earliest: dt.datetime | None = field(default=None, converter=moment)

    def refusal(self) -> Refusal:
        """This verdict as a reason why not."""
        return Refusal(self.code, self.sentence, self.remedy, self.value, self.limit, self.earliest)


@frozen
class Refusal:
    """One reason why not. ``value`` and ``limit`` are JSON data; ``earliest`` is set when time is what is missing."""

    code: str
    sentence: str
    remedy: str
    value: Any = None
    limit: Any = None
    earliest: dt.datetime | None = field(default=None, converter=moment)

    def __str__(self) -> str:
        seen = "" if self.value is None else f"  {_said(self.value)}"
        limit = "" if self.limit is None else f" (needs {_said(self.limit)})"
        when = "" if self.earliest is None else f"\n           Possible from {self.earliest:%Y-%m-%d %H:%M:%S} UTC."
        return f"  not yet: {self.sentence}{seen}{limit}{when}\n           {self.remedy}  [{self.code}]"


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {_said(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value)) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@frozen
class Decision:
    """The answer to a command: events, or refusals; never both, never neither.

    ``events[0]`` is the step asked for, later ones followed from it at the same instant. ``settled`` are due
    timers that were written first. ``account`` is the account afterwards.
    """

    command: Command
    account: Account
    events: tuple[Event, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    settled: tuple[Event, ...] = ()
    key: str | None = None
    repeated: bool = False
    dry_run: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the step was taken."""
        return not self.refusals

    @property
    def event(self) -> Event:
        """The event of the step asked for.

        Raises:
            TransitionDenied: there is none, because the step was refused.
        """
        self.raise_for_denial()
        return self.events[0]

    @property
    def dest(self) -> State:
        """The state the account is in after everything that followed."""
        self.raise_for_denial()
        return self.events[-1].dest

    @property
    def notices(self) -> tuple[str, ...]:
        """The names of all notices this decision sends, in order."""
        return tuple(n for e in self.events for n in e.notices)

    def raise_for_denial(self) -> Decision:
        """Return self if the step was taken.

        Raises:
            TransitionDenied: with every refusal in words.
        """
        if self.refusals:
            raise TransitionDenied(str(self), self)
        return self

    def __str__(self) -> str:
        who, what = self.command.by.role.words, self.command.trigger
        if self.allowed:
            return f"{who} may {what} account {self.command.account_id}: it becomes {self.dest.words}"
        head = f"{who} may not {what} account {self.command.account_id} now:"
        return "\n".join([head, *map(str, self.refusals)])
