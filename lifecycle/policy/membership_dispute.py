"""Chapter: charges of a membership that are disputed. With the card issuer, with the shop, with an agency.

The bank, the merchant and the regulator are no actors here: what they decide arrives as a fact.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, MembershipState, Role
from lifecycle.policy.appeals import evidence_has_room
from lifecycle.policy.membership_ending import refund_of
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Notify, Open, Selector, Set, StartTimer, Then, Transition, guard

AFTER_NOTICE = "after_notice"
"""The reason that rests on a notice: the charge came after one that counts."""

NO_CHARGE = ("poor_value", "changed_habits")
"""Reasons to leave that are no reason to take a charge back (G4-31)."""

PROOFS = ("proof_of_delivery", "proof_of_sending")
"""What shows that a notice went its way; a certified e-mail has the second only (A-49)."""

issuer = Selector(
    name="issuer",
    sentence="What does the card issuer decide?",
    answers={"accepts": "the card issuer takes the charge back", "refuses": "the card issuer lets the charge stand"},
    read=lambda account, command, p: "accepts" if command.facts.issuer_accepts else "refuses",
    needs=("issuer_accepts",),
)


@guard(
    "The reason given is one for which a charge can be taken back.",
    otherwise="End the membership instead; what it was worth is no matter for a dispute.",
    needs=("charge_reason",),
    limit=lambda account, command, p: list(_reasons(p)),
    cites=("G4-31", "G4-51"),
)
def reason_concerns_the_charge(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.charge_reason in _reasons(p)


def _reasons(p: Parameters) -> tuple[str, ...]:
    return (AFTER_NOTICE, *(reason for reason in p.vip_reason_codes if reason not in NO_CHARGE))


@guard(
    "The charge has been made.",
    otherwise="Wait until something is charged.",
    needs=("charged_at",),
    sees=lambda account, command, p: {"charged_at": f"{command.facts.charged_at:%Y-%m-%d %H:%M:%S} UTC"},
    cites=("G4-51", "G4-59"),
)
def charge_was_made(account: Account, command: Command, p: Parameters) -> bool:
    return bool(command.facts.charged_at <= command.at)


@guard(
    "The charge came after a notice that counts.",
    otherwise="Give another reason, or show that the notice arrived before the charge.",
    needs=("charge_reason", "charged_at"),
    sees=lambda account, command, p: {"notice_counts_from": _counted(account)},
    limit="before the charge",
    applies=lambda account, command, p: command.facts.charge_reason == AFTER_NOTICE,
    cites=("G4-43", "G4-51", "G4-52", "X-26"),
)
def charge_follows_the_notice(account: Account, command: Command, p: Parameters) -> bool:
    notice = account.termination_notice
    return notice is not None and notice.counts_from is not None and notice.counts_from < command.facts.charged_at


def _counted(account: Account) -> str:
    notice = account.termination_notice
    return f"{notice.counts_from:%Y-%m-%d %H:%M:%S} UTC" if notice and notice.counts_from else "no notice arrived"


@guard(
    "The papers for the card issuer are complete.",
    otherwise="Add the clauses of the agreement, the proof of delivery, and all letters and receipts.",
    needs=("charge_reason",),
    sees=lambda account, command, p: {"parts": _packet(account, command)},
    limit=lambda account, command, p: f"at least {p.dispute_packet_parts} of agreement_clauses, proof, correspondence",
    applies=lambda account, command, p: command.facts.charge_reason == AFTER_NOTICE,
    cites=("G4-53", "G4-46"),
)
def packet_is_complete(account: Account, command: Command, p: Parameters) -> bool:
    return len(_packet(account, command)) >= p.dispute_packet_parts


def _packet(account: Account, command: Command) -> list[str]:
    kinds = _on_file(account, command)
    proof = ["proof"] if kinds & set(PROOFS) else []
    return [*sorted(kinds & {"agreement_clauses", "correspondence"}), *proof]


def _on_file(account: Account, command: Command) -> set[str]:
    return {e.kind for e in (*account.evidence, *command.evidence)}


@guard(
    "The agency or court is one that hears such complaints.",
    otherwise="Choose one that hears consumers.",
    needs=("agency",),
    limit=lambda account, command, p: list(p.complaint_agencies),
    cites=("G4-58", "G4-36"),
)
def agency_hears_such_complaints(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.agency in p.complaint_agencies


@guard(
    "A proof of the notice goes with the complaint.",
    otherwise="Add the proof that the notice was sent or delivered.",
    sees=lambda account, command, p: {"proofs": sorted(_on_file(account, command) & set(PROOFS))},
    limit=list(PROOFS),
    cites=("G4-58", "G4-39"),
)
def proof_goes_with_the_complaint(account: Account, command: Command, p: Parameters) -> bool:
    return bool(_on_file(account, command) & set(PROOFS))


@guard(
    "A complaint was filed.",
    otherwise="Wait for the card issuer, or have the holder complain first.",
    sees=lambda account, command, p: {"complaint": _complaint(account) or "none"},
    cites=("G4-58",),
)
def complaint_was_filed(account: Account, command: Command, p: Parameters) -> bool:
    return _complaint(account) is not None


def _complaint(account: Account) -> str | None:
    return account.charge_dispute.complaint if account.charge_dispute else None


@guard(
    "A refund is due.",
    otherwise="Leave it: nothing is to be paid back.",
    sees=lambda account, command, p: {"refund": refund_of(account)},
    limit=["charge_due", "rest_due"],
    cites=("G4-43", "G4-64", "A-22", "X-30"),
)
def refund_is_due(account: Account, command: Command, p: Parameters) -> bool:
    return refund_of(account) in ("charge_due", "rest_due")


GUARDS = (
    reason_concerns_the_charge,
    charge_was_made,
    charge_follows_the_notice,
    packet_is_complete,
    agency_hears_such_complaints,
    proof_goes_with_the_complaint,
    complaint_was_filed,
    refund_is_due,
)


def _undoes_the_fee(account: Account) -> bool:
    """Whether what is paid back is the fee of the period that runs, so that the period ends with it."""
    membership, dispute = account.membership, account.charge_dispute
    if membership is None or membership.charged_at is None:
        return False
    if account.membership_state is not MembershipState.DISPUTED:
        return refund_of(account) == "charge_due"
    if dispute is None or dispute.charge_reason == "duplicate_charge":
        return False
    return dispute.charged_at.date() == membership.charged_at.date()


def _cut_short(account: Account) -> bool:
    rest = account.membership_state is not MembershipState.DISPUTED and refund_of(account) == "rest_due"
    return rest or _undoes_the_fee(account)


def _period_end(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    membership, notice = account.membership, account.termination_notice
    if membership is None or not _cut_short(account):
        return membership.period_to if membership else None
    if _undoes_the_fee(account):
        return membership.period_from
    return notice.end_date if notice else membership.period_to


def _renews(account: Account, command: Command, p: Parameters) -> bool:
    return account.membership is not None and account.membership.auto_renew and not _cut_short(account)


def _paid_back(account: Account, command: Command, p: Parameters) -> str:
    disputed = account.membership_state is MembershipState.DISPUTED
    return refund_of(account) if disputed and not _undoes_the_fee(account) else "paid"


def _looked_at(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return p.calendar.add(command.at, p.vip_recheck) if _cut_short(account) else None


PAID_BACK: tuple[Effect, ...] = (
    Set("membership", fixed={"period_to": _period_end, "auto_renew": _renews}),
    Set("termination_notice", fixed={"refund": _paid_back}),
    StartTimer("period_ends", at=_looked_at),
    Notify("membership_charge_refunded"),
    Then("close_membership"),
)
"""What a refund brings. If it is the fee of the period that runs, that period is over; otherwise it goes on."""


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (_disputing(), *_deciding(), *_complaining())


def _disputing() -> Transition:
    return Transition(
        title="Dispute a charge of the membership",
        actors=(Role.HOLDER,),
        trigger="dispute_charge",
        source=(
            MembershipState.PAID,
            MembershipState.RENEW_OFF,
            MembershipState.NOTICE_DELIVERED,
            MembershipState.TERMINATED,
            MembershipState.REFUNDED,
            MembershipState.LOST,
        ),
        guards=(
            reason_concerns_the_charge,
            charge_was_made,
            charge_follows_the_notice,
            packet_is_complete,
            evidence_has_room,
        ),
        dest=MembershipState.DISPUTED,
        effects=(Open("charge_dispute", take=("charge_reason", "charged_at")), Notify("membership_dispute_opened")),
        cites=("G4-09", "G4-31", "G4-35", "G4-51", "G4-53", "G4-59"),
    )


def _deciding() -> tuple[Transition, ...]:
    disputed = (MembershipState.DISPUTED,)
    decided: dict[str, Any] = {"actors": (Role.SYSTEM,), "trigger": "decide_dispute", "source": disputed}
    refund: dict[str, Any] = {"actors": (Role.AGENT,), "trigger": "refund_charge", "dest": MembershipState.REFUNDED}
    return (
        Transition(
            title="Record that the card issuer took the charge back",
            when=(issuer.is_("accepts"),),
            dest=MembershipState.REFUNDED,
            effects=(Set("charge_dispute", fixed={"status": "won"}), *PAID_BACK),
            cites=("G4-34", "G4-52"),
            **decided,
        ),
        Transition(
            title="Record that the card issuer let the charge stand",
            when=(issuer.is_("refuses"),),
            dest=MembershipState.LOST,
            effects=(
                Set("charge_dispute", fixed={"status": "lost"}),
                Notify("membership_dispute_lost"),
                Then("close_membership"),
            ),
            cites=("G4-34", "G4-57"),
            **decided,
        ),
        Transition(
            title="Pay a disputed charge back without waiting for the bank",
            source=disputed,
            effects=(Set("charge_dispute", fixed={"status": "refunded"}), *PAID_BACK),
            cites=("G4-54",),
            **refund,
        ),
        Transition(
            title="Pay back what a notice makes due",
            source=(MembershipState.NOTICE_DELIVERED, MembershipState.LOST),
            guards=(refund_is_due,),
            effects=PAID_BACK,
            cites=("G4-43", "G4-54", "G4-64", "A-22", "X-26", "X-30"),
            **refund,
        ),
    )


def _complaining() -> tuple[Transition, ...]:
    disputed = (MembershipState.DISPUTED,)
    return (
        Transition(
            title="Complain to an agency or a court about a charge",
            actors=(Role.HOLDER,),
            trigger="file_complaint",
            source=disputed,
            guards=(agency_hears_such_complaints, proof_goes_with_the_complaint, evidence_has_room),
            effects=(Set("charge_dispute", fixed={"complaint": lambda account, command, p: command.facts.agency}),),
            cites=("G4-36", "G4-49", "G4-58"),
        ),
        Transition(
            title="Record that a complaint was settled for the holder",
            actors=(Role.SYSTEM, Role.AGENT),
            trigger="settle_complaint",
            source=disputed,
            guards=(complaint_was_filed,),
            dest=MembershipState.REFUNDED,
            effects=(Set("charge_dispute", fixed={"status": "refunded"}), *PAID_BACK),
            cites=("G4-58",),
        ),
    )
