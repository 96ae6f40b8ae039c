"""Chapter: the fees of a membership. A trial turns into a paid membership, and a period renews.

Amounts are the shop's: an event here says that a fee is due and why, never how much. Once a notice has arrived no row
of this chapter leads to a further fee.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, MembershipState, Role, State
from lifecycle.policy.membership import consent_is_on_record, now, paid, period_end
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Notify, Selector, Set, StartTimer, Transition, guard, not_before

period = Selector(
    name="period",
    sentence="What runs at the moment?",
    answers={"trial": "a trial runs", "paid": "a paid period runs"},
    read=lambda account, command, p: "trial" if account.membership and account.membership.trial else "paid",
)


@not_before(
    "The trial or period that runs is over.",
    otherwise="Wait until it is over; what was paid for lasts as long as it was paid for.",
    cites=("G4-22", "G4-23", "A-59"),
)
def period_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.membership.period_to if account.membership else None


@guard(
    "The account may be charged.",
    otherwise="Charge nothing: the account is deleted, or charges rest while it is suspended.",
    sees=lambda account, command, p: {"state": account.state.words},
    cites=("A-50", "G4-09", "G4-14"),
)
def account_may_be_charged(account: Account, command: Command, p: Parameters) -> bool:
    resting = () if p.vip_billing_while_suspended else (State.SUSPENDED, State.UNDER_APPEAL)
    return account.state not in (State.DELETED, *resting)


@guard(
    "The membership is set to renew.",
    otherwise="Let it end; the holder switched renewal off, or the last fee was taken back.",
    sees=lambda account, command, p: {"auto_renew": bool(account.membership and account.membership.auto_renew)},
    limit=True,
    cites=("G4-24", "G4-32"),
)
def renewal_is_on(account: Account, command: Command, p: Parameters) -> bool:
    return account.membership is not None and account.membership.auto_renew


@guard(
    "No notice has arrived that ends the membership.",
    otherwise="Let the notice take its course; it ends the membership, and no fee may follow it.",
    sees=lambda account, command, p: {"notice": "arrived" if notice_arrived(account) else "none"},
    limit="none",
    cites=("G4-09", "G4-43"),
)
def no_notice_has_arrived(account: Account, command: Command, p: Parameters) -> bool:
    return not notice_arrived(account)


def notice_arrived(account: Account) -> bool:
    """Whether a notice that ends the membership has arrived."""
    return account.termination_notice is not None and account.termination_notice.delivered_at is not None


GUARDS = (
    period_is_over,
    account_may_be_charged,
    renewal_is_on,
    no_notice_has_arrived,
)


def _terms(account: Account, command: Command, p: Parameters) -> str | None:
    """The agreement that a fee due now falls under: the announced one once it applies."""
    membership = account.membership
    assert membership is not None, "what is set of a record is asked only where it stands"
    announced = membership.new_terms_from is not None and membership.new_terms_from <= command.at
    return membership.next_agreement if announced else membership.agreement


FEE: tuple[Effect, ...] = (
    Set(
        "membership",
        fixed={
            "trial": False,
            "charged_at": now,
            "period_from": now,
            "period_to": period_end,
            "agreement": _terms,
        },
    ),
    StartTimer("period_ends", after="vip_period_days"),
)
"""What a fee brings: the next paid period, under the terms that then apply."""


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    due = (period_is_over, consent_is_on_record, account_may_be_charged)
    convert: dict[str, Any] = {"actors": (Role.SYSTEM,), "trigger": "convert_trial"}
    renew: dict[str, Any] = {"actors": (Role.SYSTEM,), "trigger": "renew"}
    sent = (MembershipState.NOTICE_SENT,)
    converted, renewed = (*FEE, Notify("membership_converted")), (*FEE, Notify("membership_renewed"))
    return (
        Transition(
            title="Turn a trial into a paid membership",
            source=(MembershipState.TRIAL,),
            guards=due,
            dest=paid(p),
            effects=converted,
            cites=("G4-29", "G4-36", "G4-65"),
            **convert,
        ),
        Transition(
            title="Turn a trial into a paid membership while a notice is on its way",
            source=sent,
            when=(period.is_("trial"),),
            guards=due,
            effects=converted,
            cites=("G4-29", "G4-43"),
            **convert,
        ),
        Transition(
            title="Renew a membership",
            source=(MembershipState.PAID,),
            guards=due,
            effects=renewed,
            cites=("G4-24", "G4-65", "A-50"),
            **renew,
        ),
        Transition(
            title="Renew a membership while a notice is on its way",
            source=sent,
            when=(period.is_("paid"),),
            guards=(*due, renewal_is_on),
            effects=renewed,
            cites=("G4-24", "G4-43"),
            **renew,
        ),
        Transition(
            title="Renew a membership after a dispute about a charge",
            source=(MembershipState.REFUNDED, MembershipState.LOST),
            guards=(*due, renewal_is_on, no_notice_has_arrived),
            dest=MembershipState.PAID,
            effects=renewed,
            cites=("G4-09", "G4-24"),
            **renew,
        ),
    )
