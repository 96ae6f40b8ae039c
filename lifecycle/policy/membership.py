"""Chapter: taking up the paid membership. Trial or paid from the start, consent on record, new terms announced."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, MembershipState, Role, State
from lifecycle.policy.common import signed_in
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Close, Notify, Open, Set, StartTimer, Transition, guard


@guard(
    "The account is active.",
    otherwise="Have the account opened again first.",
    sees=lambda account, command, p: {"state": account.state.words},
    limit="active",
    cites=("G4-18", "G4-25"),
)
def account_is_active(account: Account, command: Command, p: Parameters) -> bool:
    return account.state is State.ACTIVE


@guard(
    "The shop offers this account the membership.",
    otherwise="Wait for an invitation; the membership is offered to selected customers.",
    needs=("invited",),
    limit=True,
    cites=("G4-18",),
)
def member_is_invited(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.invited


@guard(
    "The purchases of this account reach what the offer asks for.",
    otherwise="Look again after more purchases.",
    needs=("history_fits",),
    limit=True,
    cites=("G4-25", "G4-21"),
)
def purchases_fit_the_offer(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.history_fits


@guard(
    "The membership is offered where this account has its parcels sent.",
    otherwise="Leave it: the membership is not offered there.",
    needs=("country_covered",),
    limit=True,
    cites=("G4-25",),
)
def shipping_country_is_covered(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.country_covered


@guard(
    "The agreement is the one published for the account's region.",
    otherwise="Show the agreement of the account's own region.",
    needs=("agreement_region", "account_region"),
    sees=lambda account, command, p: {"agreement_region": command.facts.agreement_region},
    limit=lambda account, command, p: command.facts.account_region,
    cites=("G4-19", "G4-27"),
)
def agreement_is_of_this_region(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.agreement_region == command.facts.account_region


@guard(
    "A payment method is on file.",
    otherwise="Add a payment method first.",
    needs=("payment_on_file",),
    limit=True,
    applies=lambda account, command, p: p.vip_trial_requires_payment or command.trigger != "start_trial",
    cites=("G4-28",),
)
def payment_method_is_on_file(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.payment_on_file


@guard(
    "The holder's consent to the terms of renewal is on record.",
    otherwise="Put the holder's consent on record first; nothing is charged without it.",
    sees=lambda account, command, p: {"consent": _consented(account)},
    limit=True,
    cites=("G4-65", "G4-36"),
)
def consent_is_on_record(account: Account, command: Command, p: Parameters) -> bool:
    return _consented(account)


def _consented(account: Account) -> bool:
    return account.membership is not None and account.membership.consented_at is not None


@guard(
    "The record of consent is brought along.",
    otherwise="Send along the record of what the holder agreed to, and when.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit="consent_record",
    cites=("G4-65",),
)
def consent_is_brought(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("consent_record")


@guard(
    "The new terms are announced early enough.",
    otherwise="Announce them, and name a later day from which they apply.",
    needs=("new_terms_from", "agreement"),
    sees=lambda account, command, p: {"new_terms_from": _said(command.facts.new_terms_from)},
    limit=lambda account, command, p: f"not before {_said(p.calendar.add(command.at, p.vip_terms_notice))}",
    cites=("G4-26",),
)
def new_terms_are_announced_in_time(account: Account, command: Command, p: Parameters) -> bool:
    return bool(command.facts.new_terms_from >= p.calendar.add(command.at, p.vip_terms_notice))


def _said(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


GUARDS = (
    account_is_active,
    member_is_invited,
    purchases_fit_the_offer,
    shipping_country_is_covered,
    agreement_is_of_this_region,
    payment_method_is_on_file,
    consent_is_on_record,
    consent_is_brought,
    new_terms_are_announced_in_time,
)

TO_BE_CHARGED = (
    MembershipState.TRIAL,
    MembershipState.PAID,
    MembershipState.NOTICE_SENT,
    MembershipState.REFUNDED,
    MembershipState.LOST,
)
"""States with charges to come: in each of them the holder has a way to cancel (G4-36)."""


def now(account: Account, command: Command, p: Parameters) -> dt.datetime:
    """The moment of the command."""
    return command.at


def _trial_end(account: Account, command: Command, p: Parameters) -> dt.datetime:
    return p.calendar.add(command.at, p.vip_trial_days)


def period_end(account: Account, command: Command, p: Parameters) -> dt.datetime:
    return p.calendar.add(command.at, p.vip_period_days)


def _opened(trial: bool) -> Open:
    return Open(
        "membership",
        take=("agreement", "membership_channel"),
        fixed={
            "region": lambda account, command, p: command.facts.account_region,
            "trial": trial,
            "auto_renew": lambda account, command, p: p.vip_auto_renew_default,
            "period_from": now,
            "period_to": _trial_end if trial else period_end,
            "charged_at": None if trial else now,
            "consented_at": lambda account, command, p: command.at if command.brings("consent_record") else None,
        },
    )


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_starting(p), *_informing())


def paid(p: Parameters) -> MembershipState:
    """Where a first fee leads: to a membership that renews, or one that does not unless the holder says so."""
    return MembershipState.PAID if p.vip_auto_renew_default else MembershipState.RENEW_OFF


def _starting(p: Parameters) -> tuple[Transition, ...]:
    shared: dict[str, Any] = {
        "actors": (Role.HOLDER,),
        "guards": (
            account_is_active,
            signed_in,
            member_is_invited,
            purchases_fit_the_offer,
            shipping_country_is_covered,
            agreement_is_of_this_region,
            payment_method_is_on_file,
        ),
    }
    return (
        Transition(
            title="Start a trial of the membership",
            trigger="start_trial",
            source=(MembershipState.NO_MEMBERSHIP,),
            dest=MembershipState.TRIAL,
            effects=(
                _opened(trial=True),
                StartTimer("trial_ends", after="vip_trial_days"),
                Notify("membership_trial_started"),
            ),
            cites=("G4-18", "G4-19", "G4-22", "G4-25", "G4-27", "G4-28"),
            **shared,
        ),
        Transition(
            title="Start a paid membership",
            trigger="start_membership",
            source=(MembershipState.NO_MEMBERSHIP, MembershipState.TERMINATED),
            dest=paid(p),
            effects=(
                _opened(trial=False),
                Close("termination_notice"),
                Close("charge_dispute"),
                StartTimer("period_ends", after="vip_period_days"),
                Notify("membership_started"),
            ),
            cites=("G4-18", "G4-19", "G4-21", "G4-23", "G4-25", "G4-27"),
            **shared,
        ),
    )


def _informing() -> tuple[Transition, ...]:
    running = (*TO_BE_CHARGED, MembershipState.RENEW_OFF)
    return (
        Transition(
            title="Put the holder's consent to the terms of renewal on record",
            actors=(Role.HOLDER, Role.SYSTEM),
            trigger="record_consent",
            source=running,
            guards=(consent_is_brought,),
            effects=(Set("membership", fixed={"consented_at": now}),),
            cites=("G4-65",),
        ),
        Transition(
            title="Announce new fees or terms of the membership",
            actors=(Role.SYSTEM,),
            trigger="announce_terms",
            source=running,
            guards=(new_terms_are_announced_in_time,),
            effects=(
                Set(
                    "membership",
                    take=("new_terms_from",),
                    fixed={"next_agreement": lambda account, command, p: command.facts.agreement},
                ),
                Notify("membership_terms_changed"),
            ),
            cites=("G4-26",),
        ),
    )
