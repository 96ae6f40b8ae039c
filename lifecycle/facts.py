"""Facts: what the rest of the shop, or the caller, says about an account at one moment.

Knows the name and type of every fact. Does not know where a fact comes from, nor which guard reads it.
A text fact is a code or an opaque id, never free text, so no sentence of a person can slip into the log.
"""

from __future__ import annotations

import datetime as dt
import inspect
import re
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from lifecycle.errors import BadFact, NaiveTime, closest

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}\Z")
"""What a text fact, a kind, a reference and an id may look like: 1 to 64 characters, no spaces and no @."""


class FactMissing(LookupError):
    """A guard read a fact nobody gave. Never a denial: the caller turns it into an error or an "unknown"."""


class Facts:
    """The facts of one command. The annotations below are the declaration: name, type and meaning.

    A fact with a default may be left out; any other must be given or gathered when a guard needs it.
    A host's own policy declares further facts by subclassing. ``class OwnFacts(Facts, from_nothing=True)`` leaves out
    those below: it begins with the facts that the service itself supplies. ``without=("order",)`` leaves out some.
    """

    # said by whoever asks
    ground: str  # why the account is restricted or warned: a name from the policy's grounds
    signal: str | None = None  # which signal of the ground was seen
    ends_at: dt.datetime | None = None  # when a suspension ends by itself
    lifts: str  # what a reversal lifts: "lock", "suspension" or "both"
    reason: str | None = None  # why the holder leaves or pauses, a code
    entry: str | None = None  # where a way out was found, such as web:edit_profile; None if nobody said
    identifier: str = "email"  # what kind of identifier was typed in: "email", "username" or "member_id"
    strike: str  # what the strike is for, a code
    hold: str  # which hold is placed or released, a code
    case_kind: str = "account"  # what a support case is about, a code
    channel: str = "sms"  # how an unlock code travels: "sms" or "email_link"
    rests_on: tuple[str, ...] = ()  # the signals and documents a measure rests on: opaque references
    act_by: dt.datetime | None = None  # until when a warning leaves time to act, where longer than its ground does
    chosen_days: int | None = None  # how many days the person chooses, where the policy lets them choose a period
    evidence_wanted: tuple[str, ...] = ()  # which kinds of documents an appeal still lacks, as whoever judges it says
    offers_appeal: bool = True  # whether the person is shown the way to appeal
    caused_at: dt.datetime | None = None  # when that happened which the ground speaks of
    countries: tuple[str, ...]  # where a journey leads: country codes
    travels_from: dt.datetime  # when a journey begins
    travels_to: dt.datetime  # when a journey ends
    # said to support, or told by the device and the link a person uses
    case_channel: str = "chat"  # how support is reached: "chat", "email" or "ticket"
    sale_at: dt.datetime | None = None  # when the sale begins or ends that the person does not want to miss
    device_class: str = "mobile"  # what the person signs in on: "mobile" or "desktop"
    message_channel: str = "email"  # which messages are stopped or wanted: "email" or "app"
    # known by the shop
    kind: str = "buyer"  # "buyer" or "seller"
    contacts: tuple[str, ...] = ()  # kinds of contact on file: "email", "phone"
    registration_fields: int  # how many of e-mail, password, first and last name were filled in
    verified_by: str | None = None  # "link", "facebook", "apple", "google"; None if nothing verified the person
    email_is_reserved: bool = False  # another living account, not suspended for good, has this e-mail; service only
    signed_in: bool  # the holder has a session of this very account
    signed_in_at: dt.datetime | None  # when that session began; None if there is none
    identifier_matches: bool  # the member id or e-mail typed is this account's
    identity_proven: bool  # password typed again, or another proof of identity, for this request
    consequences_read: bool  # the consequences of closing were shown and read
    signal_count: int  # how often the signal was seen inside its window
    signal_sample: int | None = None  # of how many the signal is a share
    country: str | None = None  # the country of the sign-in that was seen, a code
    device: str | None = None  # the device that several accounts share, an opaque code
    device_is_own: bool = False  # nobody else's account is used on the device in hand
    coupons_taken: bool = False  # newcomer coupons were taken with several accounts
    bank_cleared: bool = False  # the bank has cleared the payment that was declined
    other_means: bool = False  # the payment is made by another means than the declined one
    proof: (
        str  # which kind of proof failed, was given, was replaced or is opened again: a name from the policy's proofs
    )
    device_recognised: bool = False  # the devices were accepted as shared by their owners before
    open_orders: int  # orders neither delivered nor cancelled
    orders_in_transit: int  # of those, how many are on their way
    refunds_in_flight: int  # refunds asked for and not yet paid out
    open_disputes: int  # disputes neither resolved nor closed
    wallet_balance: int  # money left in the wallet, in the currency's smallest unit
    outstanding_charges: int  # money owed, in the currency's smallest unit
    last_order_at: dt.datetime | None  # when the last order was placed; None if there never was one
    last_payout_at: dt.datetime | None  # when money was last paid out to the holder; None if it never was
    password_changed_at: dt.datetime | None  # when the password was last changed; None if it never was
    active_subscriptions: int  # paid subscriptions and memberships still running
    packet_fields: int  # how many of e-mail, phone, order numbers and payment details match
    cause_remedied: bool  # what the ground asks to be put right has been put right
    name_matches: bool  # the name in the documents equals the account's exactly
    matched: tuple[str, ...]  # what else was compared in the documents and is equal: "bank_statement.payment_method"
    shown: tuple[str, ...] = ()  # what the documents show that may have to stay hidden: "bank_statement.card_number"
    knowing_breach: bool = False  # the rules were broken on purpose
    prompts_answered: int = 0  # questions of the chat bot answered so far
    human_asked: bool = False  # the person asked the bot for a human
    agent_consents: bool  # support agrees to stop the request
    asked_by_holder: bool  # the holder's own request is on record with support
    former_holder_identified: bool  # the person asking was the holder of the deleted account
    # what is open or kept when an account is blocked or gone
    payment_flagged: bool  # the payment of the order in question is under suspicion
    order_silent_days: int  # days for which a paid order has shown no progress
    refunds_not_asked: int  # refunds that could still be asked for and were not
    retention_duty: bool  # the law, or a court, still asks for all data of this account to be kept
    kept_by_law: tuple[str, ...]  # categories of this account's data that the law asks to be kept
    code_right: bool  # the code or link brought along is the one last sent; supplied by the service only
    # what became of a notice, as the worker reports it where the policy asks for that
    notice: str | None = None  # which notice it was: a name from the policy's notices
    notice_ref: str | None = None  # which one of the account's: version:number of the event that sends it
    noticed_at: dt.datetime | None = None  # when it was decided that it is sent
    delivery_outcome: str | None = None  # "sent", "dead" or "void"
    delivery_attempt: int | None = None  # at which try
    delivery_why: str | None = None  # why it did not arrive, a code or the kind of an error
    # said at sign-up, or when a further identifier is named
    cookies_cleared: bool = False  # cache and cookies were cleared before, so that a device tells less
    phone_is_borrowed: bool = False  # the number is a family member's and serves for a time
    unsalvageable_confirmed: bool = False  # disputes and refunds of the account suspended for good are given up
    # said of a further account of one person
    duplicate_deleted: bool = False  # the further account was deleted
    duplicate_unreachable: bool = False  # the holder cannot get into the further account any more
    sign_in_provider: str | None = None  # the provider the holder signed in with; None for a password
    # worked out by the service from the identifiers that accounts share; supplied by the service only
    identifier_kinds: tuple[str, ...] = ()  # the kinds named: "email", "phone", "payment", "device"
    banned_links: tuple[str, ...] = ()  # of those, the ones shared with an account suspended for good or kept reserved
    restricted_links: tuple[str, ...] = ()  # the ones shared with an account that is locked, suspended or under appeal
    living_links: tuple[str, ...] = ()  # the ones shared with any other living account
    reserved_links: tuple[str, ...] = ()  # the ones that stay taken after an account ended in good standing
    person_accounts: int = 0  # how many accounts in use share e-mail, phone or payment means, so are one person's
    shared_links: tuple[str, ...] = ()  # told to the other account: the kinds it shares with the one just opened

    # said of points, levels and benefits; the date of birth itself is never said, and none of it names a person
    points_source: str  # what earns points: "purchase", "review", "visit", "club", "categories" or "promotion"
    order: str  # the order that earns points, comes back or is to be refunded: an opaque reference
    order_total: int  # what that order cost, in US cents
    purchase_succeeded: bool  # the order was paid for and not called off
    product_received: bool  # the product reviewed was received
    categories_bought: int  # categories the holder bought from on this day
    sale: str | None = None  # the sale of the year that is on: a name from the policy's promo_points
    legacy_level: str  # the level in the old programme: "A0" to "A4"
    birth_date_on_file: bool  # the profile has a date of birth
    is_birthday: bool  # it is the holder's birthday
    # of the paid membership
    invited: bool  # the shop offers this account the membership
    history_fits: bool  # the purchases of this account reach what the offer asks for
    country_covered: bool  # the membership is offered where this account has its parcels sent
    account_region: str  # the region of the account, a code
    agreement: str  # the membership agreement meant, by its id
    agreement_region: str  # the region the agreement was published for, a code
    membership_channel: str = "shop"  # the channel the membership came through, a code
    payment_on_file: bool  # a payment method is on file
    new_terms_from: dt.datetime  # when new fees or terms apply
    controls_visible: bool  # this account shows the tools to cancel, in its region and app
    notice_channel: str  # how a notice goes out: "registered_post", "certified_email", "post", "message", "spoken"
    notice_parts: tuple[str, ...]  # what a notice says: codes, see the chapter on notices
    named_end: dt.datetime | None = None  # the date on which the notice wants the membership to end
    jurisdiction: str  # whose law the notice names, a code
    legal_basis: tuple[str, ...] = ()  # the laws it rests on, codes such as "us:state_law"
    recipient: str  # which address it goes to: "agreement", "statement" or "default"
    addresses_known: tuple[str, ...] = ()  # which addresses the official papers name: "agreement", "statement"
    sender: str = "member"  # who sends it: "member" or "service"
    sender_offers: tuple[str, ...] = ()  # what a sending service does: "registered_post", "return_receipt"
    memberships_found: int  # how many memberships the details in the notice lead to
    delivered_at: dt.datetime | None = None  # when the notice arrived, where that is known only later
    charge_reason: str  # what is wrong with a charge, a code
    charged_at: dt.datetime  # when it was made
    issuer_accepts: bool  # the card issuer decides for the holder
    agency: str  # which agency or court is asked for help, a code
    chargeback_on: str = "order"  # what a chargeback takes back: "order" or "membership"

    RESERVED: ClassVar[frozenset[str]] = frozenset(
        {
            *("code_right", "email_is_reserved", "identifier_kinds", "banned_links", "restricted_links"),
            *("living_links", "reserved_links", "person_accounts", "shared_links"),
        }
    )
    """Facts only the service may supply; a caller who gives one is refused."""

    WORDS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "lifts": ("lock", "suspension", "both"),
        "channel": ("sms", "email_link"),
        "kind": ("buyer", "seller"),
    }
    """The codes that some text facts choose among."""

    NUMBERED: ClassVar[tuple[str, ...]] = ("order",)
    """Text facts that are references of the host's: where a log is retold, a number stands for each."""

    _gone: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, *, from_nothing: bool = False, without: Iterable[str] = ()) -> None:
        """Leave out the facts *without*, or if *from_nothing* all that are declared above but those of the service."""
        super().__init_subclass__()
        gone = set(without)
        if from_nothing:
            above = [base.declared() for base in cls.__bases__ if issubclass(base, Facts)]
            gone |= {name for declared in above for name in declared} - cls.RESERVED
            cls.WORDS = cls.__dict__.get("WORDS", {})
            cls.NUMBERED = cls.__dict__.get("NUMBERED", ())
        cls._gone = (cls._gone | gone) - inspect.get_annotations(cls).keys()
        for name in gone - cls.__dict__.keys():
            if hasattr(cls, name):
                setattr(cls, name, _LeftOut())

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
            cached = {n: h for n, h in hints.items() if typing.get_origin(h) is not ClassVar and n not in cls._gone}
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

    def supplied(self, more: Mapping[str, Any]) -> Facts:
        """Return these facts and those of *more* that are declared: what the service knows, and not every policy asks."""
        known = self.declared()
        return self.plus({name: value for name, value in more.items() if name in known})

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
        if not given:
            return {}
        return {
            name: value if type(value := given[name]) in _WRITTEN_AS_THEY_ARE else _plain(value)
            for name in sorted(given)
        }


class _LeftOut:
    """Stands for the default of a fact that a class begun from nothing does not take over."""

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError


_WRITTEN_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value


def _check(name: str, value: Any, kind: Any) -> Any:
    allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if type(value) not in allowed or dt.datetime in allowed:
        return _converted(name, value, allowed)
    if isinstance(value, str) and not CODE.match(value):
        raise BadFact(
            f'the fact "{name}" must be a code or an opaque id: 1 to 64 letters, digits or _ . : - without '
            "spaces. Free text goes into evidence, where it is kept encrypted."
        )
    if type(value) is int and value < 0:
        raise BadFact(f'the fact "{name}" is a count or an amount and cannot be negative')
    return value


def _converted(name: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    if value is None and type(None) in allowed:
        return None
    if dt.datetime in allowed:
        return _as_time(name, value)
    if any(typing.get_origin(a) is tuple for a in allowed):
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) and CODE.match(v) for v in value):
            raise BadFact(f'the fact "{name}" must be a list of codes, not {_shown(value)}')
        return tuple(value)
    wanted = {bool: "true or false", int: "a whole number", str: "a code"}[allowed[0]]
    raise BadFact(f'the fact "{name}" must be {wanted}, not {_shown(value)}')


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
