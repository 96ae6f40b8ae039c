"""Chapter: ending a membership without a letter. By the account's own tools, by time, or with the account itself."""

from __future__ import annotations

import datetime as dt

from lifecycle.model import Account, Command, MembershipState, Role, State, TerminationNotice
from lifecycle.policy.common import signed_in
from lifecycle.policy.membership import TO_BE_CHARGED, consent_is_on_record, now
from lifecycle.policy.membership_fees import no_notice_has_arrived, period_is_over
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Notify, Set, Transition, guard


@guard(
    "A membership may be ended with the tools of the account.",
    otherwise="Send a notice instead: this policy takes no cancellation by a click.",
    sees=lambda account, command, p: {"cancel_channels": list(p.cancel_channels)},
    limit="tools",
    cites=("X-27", "G4-32", "G4-61"),
)
def tools_are_accepted(account: Account, command: Command, p: Parameters) -> bool:
    return "tools" in p.cancel_channels


@guard(
    "This account shows the tools to cancel.",
    otherwise="Send a notice instead; the tools are not shown for every account, region and app.",
    needs=("controls_visible",),
    limit=True,
    cites=("G4-32", "G4-33"),
)
def cancel_tools_are_shown(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.controls_visible


@guard(
    "No refund is due that was not paid yet.",
    otherwise="Pay the refund first; a membership is finished only when nothing is owed.",
    sees=lambda account, command, p: {"refund": refund_of(account)},
    limit="none or paid",
    cites=("G4-60", "G4-44"),
)
def refund_is_settled(account: Account, command: Command, p: Parameters) -> bool:
    return refund_of(account) in ("none", "paid")


def refund_of(account: Account) -> str:
    """What the latest notice makes due: none, charge_due, rest_due, or paid."""
    return account.termination_notice.refund if account.termination_notice else "none"


@guard(
    "The account is deleted, or the membership had ended before.",
    otherwise="Leave it: the membership runs until its own end.",
    sees=lambda account, command, p: {"state": account.state.words},
    cites=("A-50", "G4-14", "G4-60"),
)
def nothing_is_left_to_run(account: Account, command: Command, p: Parameters) -> bool:
    ended = account.membership is not None and account.membership.ended_at is not None
    return account.state is State.DELETED or ended


@guard(
    "The proofs of a notice are needed no longer.",
    otherwise="Keep them until the end is confirmed, the refund is paid, and the dispute is over.",
    sees=lambda account, command, p: {"waits_for": _unsettled(account, p)},
    limit="nothing",
    cites=("G4-44", "G4-47"),
)
def proofs_are_needed_no_longer(account: Account, command: Command, p: Parameters) -> bool:
    return not _unsettled(account, p)


def _unsettled(account: Account, p: Parameters) -> list[str]:
    """What is not over yet, of what the proofs are kept for."""
    notice, dispute = account.termination_notice, account.charge_dispute
    open_ones = {
        "confirmation": notice is not None and notice.confirmed_at is None,
        "refund": refund_of(account) not in ("none", "paid"),
        "dispute": dispute is not None and dispute.status == "open",
    }
    return [name for name in p.proof_retention if open_ones[name]]


def asks_for_erasure(account: Account) -> bool:
    """Whether a notice that has arrived also asks for the data to be erased (G4-13)."""
    return notice_asks_for_erasure(account.termination_notice)


def notice_asks_for_erasure(notice: TerminationNotice | None) -> bool:
    """Whether this *notice* has arrived and asks for the data to be erased."""
    return notice is not None and notice.delivered_at is not None and notice.asks_erasure


GUARDS = (
    proofs_are_needed_no_longer,
    tools_are_accepted,
    cancel_tools_are_shown,
    refund_is_settled,
    nothing_is_left_to_run,
)


def benefits_end(account: Account, command: Command, p: Parameters) -> dt.datetime:
    """How long the benefits of a membership that ends now last: to the end of its period, or of its notice (X-30)."""
    membership, notice = account.membership, account.termination_notice
    assert membership is not None, "what is set of a record is asked only where it stands"
    if p.vip_termination_effect == "immediate" and notice is not None and notice.end_date is not None:
        return min(membership.period_to, notice.end_date)
    return membership.period_to


def has_benefits(account: Account, at: dt.datetime) -> bool:
    """Whether the holder has the benefits of the membership at this moment (G4-20, A-23).

    A membership that runs has them; one that has ended keeps them as long as it was paid for. Which benefits they
    are differs by region and time, and is the shop's to say.
    """
    membership = account.membership
    if membership is None or account.state is State.DELETED:
        return False
    return membership.benefits_until is None or at < membership.benefits_until


ENDED: tuple[Effect, ...] = (
    Set("membership", fixed={"auto_renew": False, "ended_at": now, "benefits_until": benefits_end}),
)
"""What is kept of a membership that has ended."""

CONFIRMED: Effect = Set("termination_notice", fixed={"confirmed_at": now})
"""The confirmation that a notice asks for."""


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_tools(), *_by_itself())


def _tools() -> tuple[Transition, ...]:
    shown = (tools_are_accepted, signed_in, cancel_tools_are_shown)
    return (
        Transition(
            title="Cancel a trial",
            actors=(Role.HOLDER,),
            trigger="cancel_membership",
            source=(MembershipState.TRIAL,),
            guards=shown,
            dest=MembershipState.TERMINATED,
            effects=(*ENDED, Notify("membership_cancelled")),
            cites=("G4-22", "G4-30", "G4-32", "G4-36"),
        ),
        Transition(
            title="Switch renewal off",
            actors=(Role.HOLDER,),
            trigger="switch_off_renewal",
            source=(MembershipState.PAID, MembershipState.REFUNDED, MembershipState.LOST),
            guards=(*shown, no_notice_has_arrived),
            dest=MembershipState.RENEW_OFF,
            effects=(Set("membership", fixed={"auto_renew": False}), Notify("membership_renewal_off")),
            cites=("G4-24", "G4-30", "G4-32", "G4-36"),
        ),
        Transition(
            title="Switch renewal on again",
            actors=(Role.HOLDER,),
            trigger="switch_on_renewal",
            source=(MembershipState.RENEW_OFF,),
            guards=(signed_in, cancel_tools_are_shown, consent_is_on_record),
            dest=MembershipState.PAID,
            effects=(Set("membership", fixed={"auto_renew": True}), Notify("membership_renewal_on")),
            cites=("G4-24", "G4-65"),
        ),
    )


def _by_itself() -> tuple[Transition, ...]:
    running = (*TO_BE_CHARGED, MembershipState.RENEW_OFF, MembershipState.NOTICE_DELIVERED)
    return (
        Transition(
            title="Let a membership end with its period",
            actors=(Role.SYSTEM,),
            trigger="end_membership",
            source=running,
            guards=(period_is_over, refund_is_settled),
            dest=MembershipState.TERMINATED,
            effects=(*ENDED, CONFIRMED, Notify("membership_ended")),
            cites=("G4-09", "G4-24", "G4-60", "A-23"),
        ),
        Transition(
            title="Close a membership that has nothing left to run for",
            actors=(Role.SYSTEM,),
            trigger="close_membership",
            source=running,
            guards=(nothing_is_left_to_run, refund_is_settled),
            dest=MembershipState.TERMINATED,
            effects=(
                Set(
                    "membership",
                    fixed={"auto_renew": False, "ended_at": _first_end, "benefits_until": _first_benefits_end},
                ),
                CONFIRMED,
            ),
            cites=("A-50", "G4-14", "G4-60"),
        ),
    )


def _first_end(account: Account, command: Command, p: Parameters) -> dt.datetime:
    ended = account.membership.ended_at if account.membership else None
    return ended or command.at


def _first_benefits_end(account: Account, command: Command, p: Parameters) -> dt.datetime:
    ended = account.membership.benefits_until if account.membership else None
    return ended or command.at
