"""Chapter: how an account begins. Rows and guards of registration."""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Notify, Set, Transition, guard


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
    cites=("G3-100", "G3-120", "A-57"),
)
def email_is_free(account: Account, command: Command, p: Parameters) -> bool:
    return not command.facts.email_is_reserved


GUARDS = (sign_up_is_complete, sign_up_is_verified, email_is_free)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Open an account",
            actors=(Role.HOLDER,),
            trigger="register",
            guards=GUARDS,
            dest=State.ACTIVE,
            effects=(Set("account", take=("kind", "contacts")), Notify("welcome")),
            cites=("G1-04", "G1-06", "G1-09", "G1-10", "T-01"),
        ),
    )
