"""The notice that ends a membership, as a letter in our own words, written from the account's records.

Knows what such a letter must say and where it goes. What names a person is handed in when the letter is printed and is
kept nowhere: not in an event, not in a log, not in an error. Does not send anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs
from attrs import field, frozen

from lifecycle.errors import BadRequest, LetterIncomplete
from lifecycle.model import Account, Membership, MembershipState
from lifecycle.policy.notice_parts import ALSO
from lifecycle.policy.parameters import Parameters

_LAWS: Mapping[str, str] = MappingProxyType(
    {
        "us:negative_option": "the federal rules on offers that take silence for consent",
        "us:state_law": "the law of my state on automatic renewal",
        "us:data_protection": "the law of my state on personal data",
        "ca:consumer_law": "the consumer protection law of my province",
        "ca:data_protection": "the federal law on personal information",
        "gb:consumer_rights": "the Consumer Rights Act {year}",
    }
)
"""How the letter names each law. A law that is missing here is named by its code in words."""

_BLANK_MATTERS = ("name", "sender_address", "account", "contract", "reference", "signature")

_BY: Mapping[str, str] = MappingProxyType(
    {
        "registered_post": "By registered post with return receipt",
        "certified_email": "By certified e-mail, with time stamp and proof that nothing was changed",
    }
)


@frozen(kw_only=True)
class Particulars:
    """What the letter needs and the records do not hold. None of it is shown, logged or stored.

    ``account`` is how the member signs in, ``contract`` the number of the contract or the member id, ``reference`` an
    order or reference number, ``signature`` how the letter is signed, ``end`` the day on which the membership shall
    end, ``dated`` the day of the letter. The addresses are those that agreement and billing statement name, if any.
    """

    name: str = field(default="", repr=False)
    sender_address: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    contract: str = field(default="", repr=False)
    reference: str = field(default="", repr=False)
    signature: str = field(default="", repr=False)
    dated: dt.date | None = None
    end: dt.date | None = None
    jurisdiction: str = "us"
    channel: str = "registered_post"
    agreement_address: str = field(default="", repr=False)
    statement_address: str = field(default="", repr=False)
    asks_refund: bool = False
    asks_closure: bool = False
    asks_erasure: bool = False


@frozen
class Letter:
    """A letter ready to be signed and sent. ``facts`` are the codes to submit with ``send_notice``."""

    text: str = field(repr=False)
    facts: Mapping[str, Any]


def termination_letter(account: Account, given: Particulars, p: Parameters) -> Letter:
    """Return the notice that ends the membership of *account* (G4-04, G4-06, G4-41).

    Raises:
        LetterIncomplete: something the letter must say is blank, or names no channel or jurisdiction of the policy;
            every such field is listed, its value never.
        BadRequest: the account has no membership that could be ended.
    """
    membership = account.membership
    over = (MembershipState.NO_MEMBERSHIP, MembershipState.TERMINATED)
    if membership is None or account.membership_state in over:
        raise BadRequest("this account has no membership that a notice could end")
    if missing := tuple(_missing(given, p)):
        raise LetterIncomplete(missing)
    which, address = _recipient(given, p)
    text = "\n\n".join([*_head(given, address), *_body(account, membership, given, p), *_foot(given)])
    return Letter(f"{text}\n", MappingProxyType(_facts(given, which, p)))


def _missing(given: Particulars, p: Parameters) -> Iterator[str]:
    yield from (name for name in _BLANK_MATTERS if not getattr(given, name).strip())
    yield from (name for name in ("dated", "end") if getattr(given, name) is None)
    if given.jurisdiction not in p.jurisdictions:
        yield "jurisdiction"
    if given.channel not in p.cancel_channels or given.channel not in _BY:
        yield "channel"


def _recipient(given: Particulars, p: Parameters) -> tuple[str, str]:
    """Which address the letter goes to, and that address: the first that is known in the policy's order (X-28)."""
    default = p.notice_email if given.channel == "certified_email" else p.notice_address
    known = {"agreement": given.agreement_address, "statement": given.statement_address, "default": default}
    which = next((name for name in p.recipient_address_order if known[name].strip()), "default")
    return which, known[which]


def _head(given: Particulars, address: str) -> Iterator[str]:
    yield f"{given.name}\n{given.sender_address}"
    yield f"To the department for membership cancellations\n{address}"
    yield f"{_day(given.dated)}\n{_BY[given.channel]}"
    yield f"Notice that ends the membership {given.contract}"


def _body(account: Account, membership: Membership, given: Particulars, p: Parameters) -> Iterator[str]:
    yield "I end my paid membership. This decision is firm; it is neither a question nor a complaint."
    yield (
        f"It is about the membership number {given.contract}, held by {given.name} with the account {given.account}, "
        f"reference {given.reference}. It rests on the agreement {membership.agreement} for the region "
        f"{membership.region.upper()}, taken up on {_day(membership.since)} through {_plain(membership.membership_channel)}."
    )
    yield " ".join(_when(membership, given, p))
    yield (
        f"From {_day(given.end)} on charge nothing to any means of payment that you have stored. "
        "Should something be charged all the same, I shall take it back through my bank."
    )
    yield "Confirm to me in writing that this notice arrived, and on which day the membership ends."
    yield "If anything is open between us, send me a final statement."
    if given.asks_refund:
        yield " ".join(_refund(account, membership))
    if given.asks_closure:
        yield "Close my account too. What has to be settled before that, I shall settle when you name it."
    if given.asks_erasure:
        yield (
            "Erase my personal data, apart from what the law or the keeping of accounts obliges you to keep, "
            "and confirm to me when that is done."
        )
    if laws := [_law(code, p) for code in _basis(given, p)]:
        yield f"I rest this on {_listed(laws)}."
    yield "I keep a full copy of this notice, and the proof that it was sent."


def _when(membership: Membership, given: Particulars, p: Parameters) -> Iterator[str]:
    yield f"It shall end on {_day(given.end)}."
    if p.notice_effective_basis == "posted":
        yield "The day on which this notice is posted is the one that counts."
    elif p.notice_end == "later_of_both":
        yield "Should this notice reach you later, it shall end on the day on which it reaches you."
    if membership.trial:
        yield f"The trial, which lasts until {_day(membership.period_to)}, shall not turn into a paid membership."
    else:
        yield f"The period paid for lasts until {_day(membership.period_to)}; it shall not be renewed."


def _refund(account: Account, membership: Membership) -> Iterator[str]:
    yield "Work out what is to be paid back to me, and pay it the way it was charged."
    notice = account.termination_notice
    if notice is not None and notice.refund == "charge_due" and membership.charged_at is not None:
        yield f"The fee of {_day(membership.charged_at)} was charged after my first notice counted."


def _foot(given: Particulars) -> Iterator[str]:
    yield given.signature
    yield given.name


def _basis(given: Particulars, p: Parameters) -> tuple[str, ...]:
    """The laws the letter names: those of its jurisdiction, the one on data only if data are to be erased (X-29)."""
    laws = (law for law in p.legal_basis if law.startswith(f"{given.jurisdiction}:"))
    return tuple(law for law in laws if given.asks_erasure or not law.endswith(":data_protection"))


def _law(code: str, p: Parameters) -> str:
    said = _LAWS.get(code)
    return said.format(year=p.legal_basis_year) if said else _plain(code.split(":", 1)[1])


def _facts(given: Particulars, which: str, p: Parameters) -> dict[str, Any]:
    asked = [name for name in ("refund", "closure", "erasure") if getattr(given, f"asks_{name}")]
    known = {"agreement": given.agreement_address, "statement": given.statement_address}
    return {
        "notice_channel": given.channel,
        "notice_parts": ("contract", "termination", "signature", *ALSO, *asked),
        "named_end": _midnight(given.end),
        "jurisdiction": given.jurisdiction,
        "legal_basis": _basis(given, p),
        "recipient": which,
        "addresses_known": tuple(name for name, address in known.items() if address.strip()),
    }


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None


def _day(day: dt.date | None) -> str:
    """A day as it stands in a letter; the dates of the records are days in UTC."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else ""


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _listed(words: list[str]) -> str:
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def particulars(values: Mapping[str, Any]) -> Particulars:
    """Return the particulars that a table of values holds, such as a TOML file read by the host.

    Raises:
        BadRequest: a key that is none, or a value of the wrong type; the value is never shown.
    """
    known = {each.name: each for each in attrs.fields(Particulars)}
    for name, value in values.items():
        if name not in known:
            raise BadRequest(f'a letter has no "{name}". It knows: {", ".join(known)}.')
        default = known[name].default
        kind: type = dt.date if default is None else type(default)
        if type(value) is not kind:
            wanted = {str: "a text", bool: "true or false", dt.date: "a date"}[kind]
            raise BadRequest(f'"{name}" of a letter must be {wanted}')
    return Particulars(**values)


def letter(account: Account, given: Mapping[str, Any], p: Parameters) -> Letter:
    """Return the letter, made of the account's records and of the tables *given*.

    Raises:
        LetterIncomplete, BadRequest: as for `particulars` and `termination_letter`.
    """
    return termination_letter(account, particulars(given), p)
