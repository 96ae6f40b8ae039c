"""Chapter: ending a membership by notice. Sent, delivered, confirmed; and what else the same letter may ask for.

What a notice must say stands in `lifecycle.policy.notice_parts`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, MembershipState, Role, State, TerminationNotice
from lifecycle.policy import waits
from lifecycle.policy.appeals import evidence_has_room
from lifecycle.policy.closure import PROCESSING
from lifecycle.policy.common import account_belongs_to_a_buyer
from lifecycle.policy.membership import TO_BE_CHARGED, now
from lifecycle.policy.membership_ending import CONFIRMED, ENDED, refund_is_settled
from lifecycle.policy.membership_fees import no_notice_has_arrived, notice_arrived
from lifecycle.policy.notice_parts import GUARDS as PARTS
from lifecycle.policy.obligations import before_closing
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Guard, Notify, Open, Set, StartTimer, Then, Transition, guard, not_before


@guard(
    "The notice leaves too little time for delivery and handling before the next fee.",
    otherwise="Say nothing: it arrives in time.",
    sees=lambda account, command, p: {"handled_by": _said(_handled(account, command, p))},
    limit=lambda account, command, p: f"after {_said(account.membership.period_to if account.membership else None)}",
    cites=("G4-40", "G4-42", "G4-55"),
)
def notice_may_come_too_late(account: Account, command: Command, p: Parameters) -> bool:
    membership, handled = account.membership, _handled(account, command, p)
    if membership is None or handled is None or not membership.auto_renew:
        return False
    return handled > membership.period_to


def _handled(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """When the notice just sent will have arrived and been handled."""
    notice = account.termination_notice
    if notice is None:
        return None
    posted = notice.notice_channel != "certified_email"
    arrives = p.calendar.add(notice.since, p.notice_delivery_days) if posted else notice.since
    return p.calendar.add(arrives, p.notice_processing_days)


def _said(at: dt.datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "no date"


@guard(
    "The delivery of the notice is proved.",
    otherwise="Wait for the return receipt with date stamp and signature, and hand it in.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit="proof_of_delivery",
    applies=lambda account, command, p: not _arrives_at_sending(account, p),
    cites=("G4-38", "G4-39", "A-49"),
)
def delivery_is_proved(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("proof_of_delivery")


def _arrives_at_sending(account: Account, p: Parameters) -> bool:
    notice = account.termination_notice
    return (
        notice is not None
        and notice.notice_channel == "certified_email"
        and bool(p.certified_email_arrives == "at_sending")
    )


@guard(
    "The day of delivery lies between sending and today.",
    otherwise="Read the date stamp again.",
    needs=("delivered_at",),
    sees=lambda account, command, p: {"delivered_at": f"{_delivered(command):%Y-%m-%d %H:%M:%S} UTC"},
    cites=("G4-38", "G4-43"),
)
def delivery_date_fits(account: Account, command: Command, p: Parameters) -> bool:
    notice = account.termination_notice
    return notice is not None and notice.since <= _delivered(command) <= command.at


def _delivered(command: Command) -> dt.datetime:
    arrived: dt.datetime = command.facts.delivered_at or command.at
    return arrived


@not_before(
    "The date on which the notice ends the membership is reached.",
    otherwise="Wait until that day.",
    cites=("A-48", "G4-01", "G4-08"),
)
def end_date_is_reached(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.termination_notice.end_date if account.termination_notice else None


@guard(
    "The end is confirmed in writing.",
    otherwise="Write the confirmation, and send it along; a final statement may go with it.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit="termination_confirmation",
    cites=("G4-10", "G4-11", "G4-60"),
)
def confirmation_is_written(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("termination_confirmation")


@guard(
    "A notice has arrived that ends the membership.",
    otherwise="Leave it: without a notice the membership goes on.",
    sees=lambda account, command, p: {"notice": "arrived" if notice_arrived(account) else "none"},
    limit="arrived",
    cites=("G4-08", "G4-60"),
)
def notice_has_arrived(account: Account, command: Command, p: Parameters) -> bool:
    return notice_arrived(account)


@not_before(
    "The time to confirm the end is over.",
    otherwise="Wait; the staff still have time to confirm it.",
    cites=("G4-10", "G4-59"),
)
def confirmation_is_late(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    notice = account.termination_notice
    if notice is None or notice.end_date is None:
        return None
    return p.calendar.add(notice.end_date, p.vip_confirmation_silence)


@guard(
    "The notice that arrived asks for the account to be closed too.",
    otherwise="Leave the account open; its holder may ask for it to be closed.",
    sees=lambda account, command, p: {"asks_closure": _asks_closure(account)},
    limit=True,
    cites=("G4-14",),
)
def notice_asks_for_closure(account: Account, command: Command, p: Parameters) -> bool:
    return _asks_closure(account)


def _asks_closure(account: Account) -> bool:
    notice = account.termination_notice
    return notice is not None and notice_arrived(account) and notice.asks_closure


GUARDS: tuple[Guard, ...] = (
    *PARTS,
    notice_may_come_too_late,
    delivery_is_proved,
    delivery_date_fits,
    end_date_is_reached,
    confirmation_is_written,
    notice_has_arrived,
    confirmation_is_late,
    notice_asks_for_closure,
)


def counts_from(notice: TerminationNotice, delivered: dt.datetime, p: Parameters) -> dt.datetime:
    """The moment from which a notice counts as given: when it arrived, or when it was posted (X-26)."""
    return notice.since if p.notice_effective_basis == "posted" else delivered


def end_date(notice: TerminationNotice, delivered: dt.datetime, p: Parameters) -> dt.datetime:
    """The date on which a notice ends the membership (A-48, G4-08)."""
    if p.notice_end == "as_named":
        return notice.named_end
    return max(notice.named_end, counts_from(notice, delivered, p))


def _counts_from(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    notice = account.termination_notice
    return counts_from(notice, _delivered(command), p) if notice else None


def _end_date(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    notice = account.termination_notice
    return end_date(notice, _delivered(command), p) if notice else None


def _refund(account: Account, command: Command, p: Parameters) -> str:
    """What the arrival of a notice makes due (X-30, A-22, G4-43).

    A fee charged after the notice counted, and not before the date it names, is always paid back. The days not used
    are paid back where the policy says so and the benefits end at once.
    """
    membership, notice = account.membership, account.termination_notice
    if membership is None or notice is None or membership.charged_at is None:
        return "none"
    counts, end = counts_from(notice, _delivered(command), p), end_date(notice, _delivered(command), p)
    if counts < membership.charged_at and end <= membership.charged_at:
        return "charge_due"
    at_once = p.vip_termination_effect == "immediate" and p.vip_refund_policy == "prorated"
    return "rest_due" if at_once and end < membership.period_to else "none"


def _reminder_due(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    end = _end_date(account, command, p)
    return p.calendar.add(max(end, command.at), p.vip_confirmation_silence) if end else None


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_sending(), *_arriving(), *_confirming(), _closing(p))


def _asks(part: str) -> Any:
    return lambda account, command, p: part in command.facts.notice_parts


def _sending() -> tuple[Transition, ...]:
    asked = {f"asks_{part}": _asks(part) for part in ("refund", "closure", "erasure")}
    return (
        Transition(
            title="Send a notice that ends the membership",
            actors=(Role.HOLDER,),
            trigger="send_notice",
            source=(*TO_BE_CHARGED, MembershipState.RENEW_OFF),
            guards=(no_notice_has_arrived, *PARTS, evidence_has_room),
            dest=MembershipState.NOTICE_SENT,
            effects=(
                Open(
                    "termination_notice",
                    take=("notice_channel", "jurisdiction", "recipient", "named_end"),
                    fixed=asked,
                ),
                Notify("termination_notice_sent"),
                Then("warn_of_late_notice"),
                Then("record_delivery"),
            ),
            cites=("G4-01", "G4-08", "G4-36", "G4-40", "G4-41", "G4-55"),
        ),
        Transition(
            title="Warn that a notice may come too late",
            actors=(Role.SYSTEM,),
            trigger="warn_of_late_notice",
            source=(MembershipState.NOTICE_SENT,),
            guards=(notice_may_come_too_late,),
            effects=(Set("termination_notice", fixed={"late": True}), Notify("termination_notice_late")),
            cites=("G4-40", "G4-42", "G4-55"),
        ),
    )


def _arriving() -> tuple[Transition, ...]:
    return (
        Transition(
            title="Record that the notice has arrived",
            actors=(Role.SYSTEM, Role.AGENT),
            trigger="record_delivery",
            source=(MembershipState.NOTICE_SENT,),
            guards=(delivery_is_proved, delivery_date_fits),
            dest=MembershipState.NOTICE_DELIVERED,
            effects=(
                Set(
                    "termination_notice",
                    fixed={
                        "delivered_at": lambda account, command, p: _delivered(command),
                        "counts_from": _counts_from,
                        "end_date": _end_date,
                        "refund": _refund,
                    },
                ),
                StartTimer("chase_confirmation", at=_reminder_due),
                Notify("termination_notice_received"),
                Notify("termination_arrived"),
            ),
            cites=("G4-07", "G4-38", "G4-43", "A-48", "A-49", "X-26"),
        ),
    )


def _confirming() -> tuple[Transition, ...]:
    given = (MembershipState.NOTICE_DELIVERED, MembershipState.REFUNDED, MembershipState.LOST)
    return (
        Transition(
            title="Confirm that the membership has ended",
            actors=(Role.AGENT,),
            trigger="confirm_termination",
            source=given,
            guards=(notice_has_arrived, end_date_is_reached, confirmation_is_written, refund_is_settled),
            dest=MembershipState.TERMINATED,
            effects=(*ENDED, CONFIRMED, Notify("membership_termination_confirmed")),
            cites=("G4-09", "G4-10", "G4-11", "G4-60", "A-48"),
        ),
        Transition(
            title="Remind the staff of an end that is not confirmed",
            actors=(Role.SYSTEM,),
            trigger="chase_confirmation",
            source=given,
            guards=(confirmation_is_late,),
            effects=(Notify("termination_reminder"),),
            cites=("G4-10", "G4-59"),
        ),
    )


def _closing(p: Parameters) -> Transition:
    same = p.notice_closure_guards == "same_as_request"
    held_to = (*before_closing(p), *waits.before(p, "request")) if same else ()
    return Transition(
        title="Close the account because a notice asks for it",
        actors=(Role.AGENT,),
        trigger="close_by_notice",
        source=(State.ACTIVE,),
        guards=(notice_asks_for_closure, account_belongs_to_a_buyer, *held_to),
        dest=State.PENDING_DELETION,
        effects=(
            Open("deletion", fixed={"track": "request", "confirmed_at": now}),
            *PROCESSING,
            Notify("closure_confirmed"),
        ),
        cites=("G4-14", "X-01", "A-58"),
    )
