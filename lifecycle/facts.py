"""Facts: what the rest of the shop, or the caller, says about an account at one moment.

Knows the name and type of every fact. Does not know where a fact comes from, nor which guard reads it.
A text fact is a code or an opaque id, never free text, so no sentence of a person can slip into the log.
"""

from __future__ import annotations

import datetime as dt
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, ClassVar

from lifecycle.errors import BadFact, NaiveTime, closest

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}\Z")
"""What a text fact, a kind, a reference and an id may look like: 1 to 64 characters, no spaces and no @."""


class FactMissing(LookupError):
    """A guard read a fact nobody gave. Never a denial: the caller turns it into an error or an "unknown"."""


class Facts:
    """The facts of one command. The annotations below are the declaration: name, type and meaning.

    A fact with a default may be left out; any other must be given or gathered when a guard needs it.
    A host's own policy declares further facts by subclassing.
    """

    # said by whoever asks
    ground: str  # why the account is restricted or warned: a name from the policy's grounds
    signal: str | None = None  # which signal of the ground was seen
    ends_at: dt.datetime | None = None  # when a suspension ends by itself
    lifts: str  # what a reversal lifts: "lock", "suspension" or "both"
    reason: str | None = None  # why the holder leaves or pauses, a code
    strike: str  # what the strike is for, a code
    hold: str  # which hold is placed or released, a code
    case_kind: str = "account"  # what a support case is about, a code
    channel: str = "sms"  # how an unlock code travels: "sms" or "email_link"
    offers_appeal: bool = True  # whether the person is shown the way to appeal
    # known by the shop
    kind: str = "buyer"  # "buyer" or "seller"
    contacts: tuple[str, ...] = ()  # kinds of contact on file: "email", "phone"
    registration_fields: int  # how many of e-mail, password, first and last name were filled in
    verified_by: str | None = None  # "link", "facebook", "apple", "google"; None if nothing verified the person
    email_is_reserved: bool  # the e-mail is kept for another account, living or closed while suspended
    signed_in: bool  # the holder has a session of this very account
    identifier_matches: bool  # the member id or e-mail typed is this account's
    identity_proven: bool  # password typed again, or another proof of identity, for this request
    consequences_read: bool  # the consequences of closing were shown and read
    signal_count: int  # how often the signal was seen inside its window
    device_recognised: bool = False  # the devices were accepted as shared by their owners before
    open_orders: int  # orders neither delivered nor cancelled
    orders_in_transit: int  # of those, how many are on their way
    refunds_in_flight: int  # refunds asked for and not yet paid out
    open_disputes: int  # disputes neither resolved nor closed
    wallet_balance: int  # money left in the wallet, in the currency's smallest unit
    outstanding_charges: int  # money owed, in the currency's smallest unit
    active_subscriptions: int  # paid subscriptions and memberships still running
    packet_fields: int  # how many of e-mail, phone, order numbers and payment details match
    cause_remedied: bool  # what the ground asks to be put right has been put right
    name_matches: bool  # the name in the documents equals the account's exactly
    knowing_breach: bool = False  # the rules were broken on purpose
    prompts_answered: int = 0  # questions of the chat bot answered so far
    human_asked: bool = False  # the person asked the bot for a human
    agent_consents: bool  # support agrees to stop the request
    asked_by_holder: bool  # the holder's own request is on record with support
    former_holder_identified: bool  # the person asking was the holder of the deleted account
    retention_duty: bool  # the law still asks for data of this account to be kept
    code_right: bool  # the code or link brought along is the one last sent; supplied by the service only

    RESERVED: ClassVar[frozenset[str]] = frozenset({"code_right", "email_is_reserved"})
    """Facts only the service may supply; a caller who gives one is refused."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """Check and keep *values*.

        Raises:
            BadFact: a name no fact has, a value of the wrong type, or a text that is no code.
            NaiveTime: a date-time without an offset.
        """
        kinds = self.declared()
        checked: dict[str, Any] = {}
        for name, value in (values or {}).items():
            if name not in kinds:
                raise BadFact(f'no fact is called "{name}".{closest(name, kinds)}')
            checked[name] = _check(name, value, kinds[name])
        self.__dict__.update(checked)

    @classmethod
    def declared(cls) -> dict[str, Any]:
        """Return every fact's name and type."""
        cached = cls.__dict__.get("_declared")
        if cached is None:
            hints = typing.get_type_hints(cls)
            cached = {n: h for n, h in hints.items() if typing.get_origin(h) is not ClassVar}
            cls._declared = cached
        return cached

    _declared: ClassVar[dict[str, Any]]

    @classmethod
    def optional(cls) -> frozenset[str]:
        """Return the names of the facts that have a default."""
        return frozenset(name for name in cls.declared() if hasattr(cls, name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.declared():
            raise AttributeError(name)
        raise FactMissing(name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("facts are never changed; make new ones with .plus()")

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(frozenset(self.__dict__.items()))

    def __repr__(self) -> str:
        return f"Facts({', '.join(f'{k}={v!r}' for k, v in sorted(self.__dict__.items()))})"

    def plus(self, more: Mapping[str, Any]) -> Facts:
        """Return these facts and *more*; a fact given twice keeps the newer value."""
        return type(self)({**self.__dict__, **more})

    def given(self) -> Mapping[str, Any]:
        """Return the facts that were given, without defaults."""
        return types.MappingProxyType(self.__dict__)

    def recorded(self) -> dict[str, Any]:
        """Return the facts as they are written into an event: numbers, bools, codes, ISO date-times."""
        given = self.__dict__
        return {name: _plain(given[name]) for name in sorted(given)}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value


def _check(name: str, value: Any, kind: Any) -> Any:
    allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if value is None and type(None) in allowed:
        return None
    if dt.datetime in allowed:
        return _as_time(name, value)
    if any(typing.get_origin(a) is tuple for a in allowed):
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) and CODE.match(v) for v in value):
            raise BadFact(f'the fact "{name}" must be a list of codes, not {_shown(value)}')
        return tuple(value)
    if type(value) not in allowed:
        wanted = {bool: "true or false", int: "a whole number", str: "a code"}[allowed[0]]
        raise BadFact(f'the fact "{name}" must be {wanted}, not {_shown(value)}')
    if isinstance(value, str) and not CODE.match(value):
        raise BadFact(
            f'the fact "{name}" must be a code or an opaque id: 1 to 64 letters, digits or _ . : - without '
            "spaces. Free text goes into evidence, where it is kept encrypted."
        )
    if type(value) is int and value < 0:
        raise BadFact(f'the fact "{name}" is a count or an amount and cannot be negative')
    return value


def _as_time(name: str, value: Any) -> dt.datetime:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise BadFact(f'the fact "{name}" must be a date-time') from None
    if not isinstance(value, dt.datetime):
        raise BadFact(f'the fact "{name}" must be a date-time, not {_shown(value)}')
    if value.tzinfo is None:
        raise NaiveTime(f'the fact "{name}"')
    return value.astimezone(dt.UTC)


def _shown(value: Any) -> str:
    """Name the type, never the value: it may hold what must not reach an exception text."""
    return f"a value of type {type(value).__name__}"
