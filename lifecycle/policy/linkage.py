"""Chapter: accounts that share what identifies a person. A new start after a ban, a further account, one meanwhile.

The service finds out which accounts share an e-mail, a phone number, a payment means or a device, and tells only the
kinds. What follows from that stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import standing_ground
from lifecycle.policy.judged import has_grace, lifted_by_a_person
from lifecycle.policy.measures import measure, timed
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import LIVING
from lifecycle.rows import (
    Add,
    Close,
    Effect,
    Guard,
    Notify,
    Open,
    Selector,
    StartTimer,
    Then,
    Transition,
    guard,
    not_before,
)


def weight(kinds: Iterable[str], command: Command, p: Parameters) -> int:
    """How much the shared *kinds* weigh together, in points; a device that is known to be shared weighs nothing."""
    facts = command.facts
    relief = p.linkage_relief_cookies if facts.cookies_cleared else 0
    weights = {
        "email": p.linkage_weight_email,
        "phone": p.linkage_weight_phone,
        "payment": p.linkage_weight_payment,
        "device": 0 if facts.device_recognised else max(0, p.linkage_weight_device - relief),
    }
    return sum(weights.get(kind, 0) for kind in set(kinds))


REUSED = "reused_identity"
"""The ground on which the service itself suspends (G3-110)."""

_WEIGHED = ("cookies_cleared", "device_recognised")


def _noticed(command: Command) -> set[str]:
    return {*command.facts.banned_links, *command.facts.restricted_links}


def _link(account: Account, command: Command, p: Parameters) -> str:
    if weight(command.facts.banned_links, command, p) >= p.linkage_suspends_at:
        return "reused"
    return "noticed" if weight(_noticed(command), command, p) > 0 else "none"


link = Selector(
    name="link",
    sentence="What does the account share with others?",
    answers={
        "reused": "it shares what an account suspended for good was known by",
        "noticed": "it shares something with an account that is restricted",
        "none": "it shares nothing that matters",
    },
    read=_link,
    needs=("banned_links", "restricted_links", *_WEIGHED),
)

ban = Selector(
    name="ban",
    sentence="Is the account suspended for good?",
    answers={"final": "the account is suspended for good", "open": "the account may still come back"},
    read=lambda account, command, p: "final" if account.suspension and account.suspension.permanent else "open",
)


def _refused_kinds(p: Parameters) -> tuple[str, ...]:
    kinds = {"email_refused": ("email",), "all_refused": ("email", "phone", "payment"), "all_suspended": ()}
    return kinds[p.banned_identity_policy]


@guard(
    "What is named here does not belong to an account suspended for good.",
    otherwise="Use an e-mail, a phone number and payment means that the suspended account never had.",
    needs=("banned_links",),
    sees=lambda account, command, p: {"shared": list(command.facts.banned_links)},
    limit=lambda account, command, p: f"none of {', '.join(_refused_kinds(p))}",
    applies=lambda account, command, p: bool(_refused_kinds(p)),
    cites=("G3-100", "G3-101", "G3-102", "G3-104", "A-57"),
)
def identity_is_not_banned(account: Account, command: Command, p: Parameters) -> bool:
    return not set(command.facts.banned_links) & set(_refused_kinds(p))


@guard(
    "The person has fewer accounts than one person may have.",
    otherwise="Use the account you have, or close it first.",
    needs=("person_accounts",),
    limit=lambda account, command, p: f"fewer than {p.accounts_per_person}",
    applies=lambda account, command, p: p.multi_account_policy == "strict",
    cites=("G3-120", "G2-55", "X-24"),
)
def person_has_room_for_an_account(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.person_accounts < p.accounts_per_person


@guard(
    "The link is closer than any noted before.",
    otherwise="Leave it: it is noted already.",
    needs=("banned_links", "restricted_links", *_WEIGHED),
    sees=lambda account, command, p: {"score": weight(_noticed(command), command, p)},
    limit=lambda account, command, p: f"more than {_noted(account)}",
    cites=("G3-107", "G3-108"),
)
def link_is_closer_than_noted(account: Account, command: Command, p: Parameters) -> bool:
    return weight(_noticed(command), command, p) > _noted(account)


def _noted(account: Account) -> int:
    return account.linkage.score if account.linkage else 0


@guard(
    "The two accounts share enough to be one person's.",
    otherwise="Leave it: the other account may well be somebody else's.",
    needs=("shared_links", *_WEIGHED),
    sees=lambda account, command, p: {"score": weight(command.facts.shared_links, command, p)},
    limit=lambda account, command, p: f"at least {p.linkage_same_person_at}",
    cites=("G3-05", "G3-107", "G3-116", "G3-119"),
)
def accounts_are_one_persons(account: Account, command: Command, p: Parameters) -> bool:
    return weight(command.facts.shared_links, command, p) >= p.linkage_same_person_at


@guard(
    "The suspension is final.",
    otherwise="Wait for the appeals: until they have failed, nothing is lost.",
    sees=lambda account, command, p: {"permanent": bool(account.suspension and account.suspension.permanent)},
    limit=True,
    cites=("G3-97", "G3-99"),
)
def suspension_is_final(account: Account, command: Command, p: Parameters) -> bool:
    return account.suspension is not None and account.suspension.permanent


@guard(
    "It is confirmed that open disputes and refunds cannot be saved.",
    otherwise="Settle what can still be settled; confirm it once nothing is left.",
    needs=("unsalvageable_confirmed",),
    limit=True,
    cites=("G3-109", "G3-143"),
)
def nothing_can_be_saved(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.unsalvageable_confirmed


@guard(
    "Open disputes and refunds are not given up yet.",
    otherwise="Leave it: they are given up already.",
    sees=lambda account, command, p: {"given_up": account.given_up is not None},
    limit=False,
    cites=("G3-109",),
)
def claims_are_not_given_up(account: Account, command: Command, p: Parameters) -> bool:
    return account.given_up is None


@guard(
    "The phone number on file is still a family member's.",
    otherwise="Leave it: the account has a number of its own.",
    sees=lambda account, command, p: {"borrowed_phone": account.borrowed_phone},
    limit=True,
    cites=("G3-103",),
)
def phone_is_still_borrowed(account: Account, command: Command, p: Parameters) -> bool:
    return account.borrowed_phone


@guard(
    "The further account is deleted, or its holder cannot get into it any more.",
    otherwise="Delete the further account first; if you cannot get into it, tell support so.",
    needs=("duplicate_deleted", "duplicate_unreachable"),
    sees=lambda account, command, p: {
        "duplicate_deleted": command.facts.duplicate_deleted,
        "duplicate_unreachable": command.facts.duplicate_unreachable,
    },
    limit="either",
    applies=lambda account, command, p: getattr(standing_ground(account, p), "name", "") == "coupon_abuse",
    cites=("G3-76", "G2-55"),
)
def duplicate_is_gone(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.duplicate_deleted or command.facts.duplicate_unreachable


@not_before(
    "The grace after a person lifted a suspension for such a link is over.",
    otherwise="Wait until it is over; a person may act meanwhile, with reasons.",
    applies=lambda account, command, p: lifted_by_a_person(account, REUSED) is not None,
    cites=("release-grace", "G3-110"),
)
def linkage_grace_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    entry = lifted_by_a_person(account, REUSED)
    return p.calendar.add(entry.at, p.release_grace) if entry else None


GUARDS = (
    identity_is_not_banned,
    person_has_room_for_an_account,
    link_is_closer_than_noted,
    accounts_are_one_persons,
    suspension_is_final,
    nothing_can_be_saved,
    claims_are_not_given_up,
    phone_is_still_borrowed,
    duplicate_is_gone,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*GUARDS, *_after_a_release(p))


def _after_a_release(p: Parameters) -> tuple[Guard, ...]:
    return (linkage_grace_is_over,) if has_grace(p) else ()


# --- what registration and linkage share --------------------------------------------------------------------------


def phone_borrowed(account: Account, command: Command, p: Parameters) -> bool:
    """Whether the phone number on file is a family member's, once this command is carried out."""
    named = "phone" in command.facts.identifier_kinds
    return command.facts.phone_is_borrowed if named else account.borrowed_phone


def _own_phone_due(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    borrows = phone_borrowed(account, command, p) and not account.borrowed_phone
    return p.calendar.add(command.at, p.borrowed_phone_for) if borrows else None


IDENTIFIED: tuple[Effect, ...] = (StartTimer("own_phone_wanted", at=_own_phone_due), Then("check_linkage"))
"""What follows whenever an account is known by something new."""


def _linked() -> Open:
    return Open(
        "linkage",
        fixed={
            "kinds": lambda account, command, p: sorted(_noticed(command)),
            "score": lambda account, command, p: weight(_noticed(command), command, p),
        },
    )


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_of_the_new_account(p), *_of_the_other_account())


def _reused(account: Account, command: Command, p: Parameters) -> str:
    return REUSED


def _of_the_new_account(p: Parameters) -> tuple[Transition, ...]:
    check: dict[str, Any] = {"actors": (Role.SYSTEM,), "trigger": "check_linkage", "source": (State.ACTIVE,)}
    return (
        Transition(
            title="Suspend an account that is known by what a suspended one was known by",
            when=(link.is_("reused"),),
            guards=_after_a_release(p),
            dest=State.SUSPENDED,
            effects=(
                _linked(),
                measure("suspension", _reused, asked=False),
                *timed("suspension", _reused, p, only=REUSED),
                Close("warning"),
                Notify("account_suspended"),
            ),
            cites=("G3-102", "G3-104", "G3-110", "A-57"),
            **check,
        ),
        Transition(
            title="Note that an account is linked to a restricted one",
            when=(link.is_("noticed"),),
            guards=(link_is_closer_than_noted,),
            effects=(_linked(), Notify("linkage_warning")),
            cites=("G3-05", "G3-107", "G3-108"),
            **check,
        ),
        Transition(
            title="Ask for a phone number of the holder's own",
            actors=(Role.SYSTEM,),
            trigger="ask_for_own_phone",
            source=LIVING,
            guards=(phone_is_still_borrowed,),
            effects=(Notify("own_phone_wanted"),),
            cites=("G3-103",),
        ),
    )


def _of_the_other_account() -> tuple[Transition, ...]:
    told: dict[str, Any] = {"actors": (Role.SYSTEM,), "trigger": "note_further_account"}
    lost = (Open("given_up"), Notify("claims_forfeited"))
    return (
        Transition(
            title="Note that the holder opened another account meanwhile",
            source=(State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
            when=(ban.is_("open"),),
            guards=(accounts_are_one_persons,),
            effects=(Add("strikes", take="strike"), Notify("strike_noted")),
            cites=("G3-05", "G3-98", "G3-116"),
            **told,
        ),
        Transition(
            title="Make final what is lost with a suspended account once its holder starts afresh",
            source=(State.SUSPENDED,),
            when=(ban.is_("final"),),
            guards=(accounts_are_one_persons, nothing_can_be_saved, claims_are_not_given_up),
            effects=lost,
            cites=("G3-109", "G3-143"),
            **told,
        ),
        Transition(
            title="Give up what a suspended account is still owed",
            actors=(Role.HOLDER,),
            trigger="give_up_claims",
            source=(State.SUSPENDED,),
            guards=(suspension_is_final, nothing_can_be_saved, claims_are_not_given_up),
            effects=lost,
            cites=("G3-99", "G3-109", "G3-143"),
        ),
    )
