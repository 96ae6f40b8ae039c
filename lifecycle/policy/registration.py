"""Chapter: how an account begins, and how something more is named that its holder is known by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.benefits import first_anniversary
from lifecycle.policy.common import signed_in
from lifecycle.policy.linkage import IDENTIFIED, identity_is_not_banned, person_has_room_for_an_account, phone_borrowed
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.reservations import before_signing_up
from lifecycle.rows import Guard, Notify, Set, StartTimer, Transition, guard


@guard(
    "The sign-up form is filled in, or a provider vouches for the person.",
    otherwise="Fill in e-mail, password, first name and last name, or sign up with a provider.",
    needs=("registration_fields", "verified_by"),
    sees=lambda account, command, p: {"registration_fields": command.facts.registration_fields},
    limit=lambda account, command, p: f"{p.registration_required_fields}, or one of {', '.join(p.social_providers)}",
    cites=("G1-06", "G1-10", "G1-11"),
)
def sign_up_is_complete(account: Account, command: Command, p: Parameters) -> bool:
    by_provider = command.facts.verified_by in p.social_providers
    return by_provider or command.facts.registration_fields >= p.registration_required_fields


@guard(
    "The link in the verification mail was followed, or a provider vouches for the person.",
    otherwise="Open the mail and follow its link; look in the spam folder if it is not there.",
    needs=("verified_by",),
    limit=lambda account, command, p: ["link", *p.social_providers],
    cites=("G1-07", "G1-08", "G1-10"),
)
def sign_up_is_verified(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.verified_by in ("link", *p.social_providers)


@guard(
    "The e-mail is free to use.",
    otherwise="Sign in to the account that has it, or sign up with another e-mail.",
    needs=("email_is_reserved",),
    limit=False,
    cites=("G1-06", "X-43"),
)
def email_is_free(account: Account, command: Command, p: Parameters) -> bool:
    return not command.facts.email_is_reserved


@guard(
    "The holder signed in the way the account was opened.",
    otherwise="Sign in with the provider the account was opened with.",
    needs=("sign_in_provider",),
    limit=lambda account, command, p: account.provider,
    applies=lambda account, command, p: account.provider in p.login_social_providers,
    cites=("G1-14", "G1-51", "A-02"),
)
def signed_in_as_at_sign_up(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.sign_in_provider == account.provider


def _taken(command: Command, kind: str) -> bool:
    return kind in (*command.facts.living_links, *command.facts.restricted_links)


_OTHERS = ("living_links", "restricted_links")


@guard(
    "The phone number is free to use.",
    otherwise="Sign in to the account that has it, or name another number.",
    needs=_OTHERS,
    sees=lambda account, command, p: {"taken": True},
    limit=False,
    cites=("one-account", "G3-103"),
)
def phone_is_free(account: Account, command: Command, p: Parameters) -> bool:
    return not _taken(command, "phone")


@guard(
    "The payment means is free to use.",
    otherwise="Use one that no other account pays with.",
    needs=_OTHERS,
    sees=lambda account, command, p: {"taken": True},
    limit=False,
    cites=("one-account", "G3-104"),
)
def payment_is_free(account: Account, command: Command, p: Parameters) -> bool:
    return not _taken(command, "payment")


@guard(
    "The device is free to use.",
    otherwise="Use a device on which no other account is used.",
    needs=_OTHERS,
    sees=lambda account, command, p: {"taken": True},
    limit=False,
    cites=("one-account", "G3-107"),
)
def device_is_free(account: Account, command: Command, p: Parameters) -> bool:
    return not _taken(command, "device")


GUARDS = (sign_up_is_complete, sign_up_is_verified, signed_in_as_at_sign_up)

UNIQUE: Mapping[str, Guard] = MappingProxyType(
    {"email": email_is_free, "phone": phone_is_free, "payment": payment_is_free, "device": device_is_free}
)
"""The guard of each kind of identifier that only one living account may have; none says whose it is."""


def _unique(p: Parameters) -> tuple[Guard, ...]:
    return tuple(each for kind, each in UNIQUE.items() if kind in p.unique_identifiers)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*GUARDS, *_unique(p))


def _provider(account: Account, command: Command, p: Parameters) -> str | None:
    by = command.facts.verified_by
    return by if by in p.social_providers else None


def _contacts(account: Account, command: Command, p: Parameters) -> list[str]:
    """The kinds of contact on file once more identifiers are named."""
    named = [kind for kind in ("email", "phone") if kind in command.facts.identifier_kinds]
    return list(dict.fromkeys([*account.contacts, *named]))


def _first_level(p: Parameters) -> dict[str, str]:
    """The level at which every account begins, where there are levels and nobody has to join (G5-04)."""
    return {"level": p.ladder[0].value} if p.ladder and p.level_joining == "at_registration" else {}


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Open an account",
            actors=(Role.HOLDER,),
            trigger="register",
            guards=(
                sign_up_is_complete,
                sign_up_is_verified,
                *_unique(p),
                *before_signing_up(p),
                identity_is_not_banned,
                person_has_room_for_an_account,
            ),
            dest=State.ACTIVE,
            effects=(
                Set(
                    "account",
                    take=("kind", "contacts"),
                    fixed={"provider": _provider, "borrowed_phone": phone_borrowed, **_first_level(p)},
                ),
                Notify("welcome"),
                StartTimer("anniversary", at=first_anniversary),
                *IDENTIFIED,
            ),
            cites=("G1-04", "G1-06", "G1-09", "G1-10", "G1-51", "T-01"),
        ),
        Transition(
            title="Add an e-mail, a phone number, a payment means or a device",
            actors=(Role.HOLDER,),
            trigger="add_identifier",
            source=(State.ACTIVE,),
            guards=(signed_in, *_unique(p), *before_signing_up(p), identity_is_not_banned),
            effects=(Set("account", fixed={"contacts": _contacts, "borrowed_phone": phone_borrowed}), *IDENTIFIED),
            cites=("G3-104", "G3-105", "G3-110"),
        ),
    )
