"""What a person is known by, and when two writings of it are the same: e-mail, phone number, payment means, device.

Knows the kinds and how each is compared. Does not know who has what, and keeps nothing: values pass through here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from lifecycle.errors import BadRequest, closest

EMAIL, PHONE, PAYMENT, DEVICE = KINDS = ("email", "phone", "payment", "device")
"""The kinds of identifiers. The host names a payment means and a device by a token of its own, never by a number."""

CONTACTS = (EMAIL, PHONE)
"""The kinds that messages are sent to; they are kept encrypted too, while of the others only a keyed hash is kept."""

PERSONAL = (EMAIL, PHONE, PAYMENT)
"""The kinds that belong to one person; a device may be shared (G3-107, G3-110)."""

LONGEST = 320
"""How many characters an identifier may have: the longest e-mail address."""


def checked_identifiers(named: Mapping[str, str] | None) -> dict[str, str]:
    """Return the identifiers by kind, trimmed.

    Raises:
        BadRequest: an unknown kind, or a value that is no text, empty or too long; the value is not repeated.
    """
    if named is not None and not isinstance(named, Mapping):
        raise BadRequest("identifiers= must be a mapping of kinds to values")
    for kind, value in (named or {}).items():
        if kind not in KINDS:
            near = closest(kind, KINDS) if isinstance(kind, str) else ""
            raise BadRequest("that is no kind of identifier." + (near or f" Known: {', '.join(KINDS)}."))
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
            raise BadRequest(f'the identifier "{kind}" must be text of 1 to {LONGEST} characters')
    return {kind: value.strip() for kind, value in (named or {}).items()}


def same_form(kind: str, value: str) -> str:
    """Return *value* as it is compared; two that come out alike are one and the same.

    An e-mail without case and without the part after a plus, its domain in the form that mail is sent to (G3-101); dots
    count. A phone number as its digits, with the plus of an international one. Anything else as it is written.
    """
    if kind == EMAIL:
        return _email(value.strip())
    return _phone(value.strip()) if kind == PHONE else value.strip()


def _email(value: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", value).rpartition("@")
    if not at:
        return domain.casefold()
    name = local.casefold()
    return f"{name.partition('+')[0] or name}@{'.'.join(map(_label, domain.rstrip('.').split('.')))}"


def _label(label: str) -> str:
    """A part of a domain, in the letters that name servers know."""
    lower = unicodedata.normalize("NFC", label.lower())
    return lower if lower.isascii() else f"xn--{lower.encode('punycode').decode('ascii')}"


def _phone(value: str) -> str:
    digits = "".join(str(unicodedata.decimal(sign)) for sign in value if sign.isdecimal())
    if not digits:
        return value.casefold()
    if value.startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits
