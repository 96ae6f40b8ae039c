"""Chapter: appeals. Sending one, adding evidence, asking after it. How it is judged stands in the next chapter."""

from __future__ import annotations

import datetime as dt

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import contact_is_on_file, standing_ground, support_settles, yields_to_a_code
from lifecycle.policy.documents import (
    current_appeal,
    new_for_an_appeal,
    new_kinds,
    private_parts,
    restriction_of,
    shown_wrongly,
)
from lifecycle.policy.enforcement import suspension_is_not_permanent
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.tries import codes_closed
from lifecycle.rows import (
    Count,
    Guard,
    Notify,
    Open,
    Set,
    StartTimer,
    Then,
    Transition,
    guard,
    not_before,
)


@guard(
    "The way to appeal was shown.",
    otherwise="Go to support directly: no appeal is offered for this restriction.",
    limit=True,
    sees=lambda account, command, p: {"offers_appeal": _offered(account, p)},
    cites=("G3-31", "G3-32", "X-23"),
)
def appeal_was_offered(account: Account, command: Command, p: Parameters) -> bool:
    return _offered(account, p)


def _offered(account: Account, p: Parameters) -> bool:
    restriction, ground = restriction_of(account), standing_ground(account, p)
    only_support = ground is not None and support_settles(ground) and "appeal" not in p.remedy_tracks
    return restriction is not None and restriction.offers_appeal and not only_support


@guard(
    "It is the first appeal, or it brings evidence not seen before.",
    otherwise="Bring a document that was not handed in before and that answers the rejection.",
    sees=lambda account, command, p: {"new_evidence": new_for_an_appeal(account, command, p)},
    limit=lambda account, command, p: (
        "the first" if p.resubmission_requires == "never" else "at least one new document"
    ),
    cites=("G3-43", "G3-81", "G3-87", "G3-93", "D-03", "X-22"),
)
def appeal_is_first_or_brings_new_evidence(account: Account, command: Command, p: Parameters) -> bool:
    if current_appeal(account) is None or p.resubmission_requires == "decision":
        return True
    return p.resubmission_requires == "new_evidence" and bool(new_for_an_appeal(account, command, p))


def _words(command: Command, p: Parameters) -> int:
    counted = {"explanation"} | ({"dispute_list"} if p.dispute_items_counted_in_words else set())
    return sum(e.words or 0 for e in command.evidence if e.kind in counted)


@guard(
    "The explanation is short enough.",
    otherwise="Shorten it to the facts: what happened, what was your part, what you will do differently.",
    sees=lambda account, command, p: {"words": _words(command, p)},
    limit=lambda account, command, p: f"fewer than {p.appeal_words_hard}, better fewer than {p.appeal_words_soft}",
    cites=("G3-36", "G3-37", "G3-111", "X-15"),
)
def explanation_is_short_enough(account: Account, command: Command, p: Parameters) -> bool:
    return _words(command, p) < p.appeal_words_hard


@guard(
    "Unlocking by oneself was tried and failed, or no code can open this lock.",
    otherwise="Ask for an unlock code first; most locks open within minutes.",
    sees=lambda account, command, p: {"tries": account.unlock_code.tries if account.unlock_code else 0},
    cites=("G3-06", "G3-27", "A-06"),
)
def self_service_failed(account: Account, command: Command, p: Parameters) -> bool:
    ground, code = standing_ground(account, p), account.unlock_code
    needs_a_code = ground is None or yields_to_a_code(ground, p)
    if not needs_a_code or not contact_is_on_file.test(account, command, p):
        return True
    if codes_closed(account, command.at, p):
        return True
    return code is not None and (code.tries >= p.challenge_max_attempts or command.at > code.expires_at)


@guard(
    "Further appeals are still taken.",
    otherwise="Wait for the answer; one appeal at a time, and several at once are all refused.",
    sees=lambda account, command, p: {"appeals_sent": account.appeal.sent if account.appeal else 0},
    limit=lambda account, command, p: "within a day of the first, not escalated" if p.extra_appeals != "refuse" else 1,
    cites=("G3-43", "G3-44", "A-38"),
)
def further_appeal_is_taken(account: Account, command: Command, p: Parameters) -> bool:
    appeal = account.appeal
    if appeal is None or appeal.escalated or p.extra_appeals == "refuse":
        return False
    return bool(command.at <= p.calendar.add(appeal.since, p.multiple_appeals_window))


@guard(
    "The evidence was not handed in before.",
    otherwise="Bring something new; what is on file is read already.",
    sees=lambda account, command, p: {"new_evidence": new_kinds(account, command)},
    limit="at least one new document",
    cites=("G3-54", "G3-87"),
)
def evidence_is_new(account: Account, command: Command, p: Parameters) -> bool:
    return bool(new_kinds(account, command))


@guard(
    "There is room for more documents.",
    otherwise="Wait for the decision; support can remove documents that are not needed.",
    sees=lambda account, command, p: {"documents": len(account.evidence) + len(command.evidence)},
    limit=lambda account, command, p: f"at most {p.evidence_limit}",
    cites=("D-09",),
)
def evidence_has_room(account: Account, command: Command, p: Parameters) -> bool:
    return len(account.evidence) + len(command.evidence) <= p.evidence_limit


@guard(
    "The documents show nothing that must stay hidden.",
    otherwise="Cover what is named here, and hand the document in again.",
    needs=("shown",),
    sees=lambda account, command, p: {"shown": shown_wrongly(command, p)},
    limit=lambda account, command, p: {
        name: f"without {', '.join(k.never_shows)}" for name, k in private_parts(p).items()
    },
    cites=("own-ground",),
)
def documents_hide_what_is_private(account: Account, command: Command, p: Parameters) -> bool:
    return not shown_wrongly(command, p)


@not_before(
    "The appeal has been silent long enough to ask.",
    otherwise="Look in the spam folder meanwhile; most answers come within 3 to 5 working days.",
    cites=("G3-42", "X-16"),
)
def silence_allows_an_enquiry(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return p.calendar.add(account.appeal.since, p.appeal_enquiry_after) if account.appeal else None


@guard(
    "Nobody has asked after this appeal yet.",
    otherwise="Wait for the answer to the first enquiry.",
    limit=False,
    sees=lambda account, command, p: {"enquired": bool(account.appeal and account.appeal.enquired)},
    cites=("G3-42",),
)
def not_enquired_before(account: Account, command: Command, p: Parameters) -> bool:
    return account.appeal is not None and not account.appeal.enquired


@not_before(
    "The appeal has been silent long enough to remind the staff.",
    otherwise="Wait; the reviewers still have time.",
    cites=("G3-82", "G3-85", "G3-132", "X-16"),
)
def silence_asks_for_a_reminder(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    appeal = account.appeal
    if appeal is None:
        return None
    return p.calendar.add(appeal.since, p.escalation_silence if appeal.escalated else p.appeal_silence)


_ALWAYS = (
    appeal_was_offered,
    appeal_is_first_or_brings_new_evidence,
    explanation_is_short_enough,
    self_service_failed,
    further_appeal_is_taken,
    evidence_is_new,
    evidence_has_room,
    silence_allows_an_enquiry,
    not_enquired_before,
    silence_asks_for_a_reminder,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*_ALWAYS, *asked_of_documents(p))


def asked_of_documents(p: Parameters) -> tuple[Guard, ...]:
    """What holds wherever a holder hands documents in: nothing, unless some kind must not show everything."""
    return (documents_hide_what_is_private,) if private_parts(p) else ()


def opened(against: str, escalated: bool = False) -> Open:
    """The effect that opens an appeal against the restriction that shows."""
    return Open(
        "appeal",
        fixed={
            "against": against,
            "restriction": lambda account, command, p: getattr(restriction_of(account), "number", 0),
            "escalated": escalated,
            "decided_before": lambda account, command, p: _last_decider(account),
        },
    )


def _last_decider(account: Account) -> str | None:
    """Who decided the latest appeal; an automatic rejection decides nothing, so whoever came before still counts."""
    appeal = account.appeal
    if appeal is None:
        return None
    return appeal.decided_before if appeal.status == "auto_rejected" else appeal.decided_by


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    received = (StartTimer("chase_appeal", after="appeal_silence"), Notify("appeal_received"), Then("auto_reject"))
    handing_in = (evidence_has_room, *asked_of_documents(p))
    return (
        Transition(
            title="Appeal against a suspension",
            actors=(Role.HOLDER,),
            trigger="appeal",
            source=(State.SUSPENDED,),
            guards=(
                appeal_was_offered,
                suspension_is_not_permanent,
                appeal_is_first_or_brings_new_evidence,
                explanation_is_short_enough,
                *handing_in,
            ),
            dest=State.UNDER_APPEAL,
            effects=(opened("suspension"), *received),
            cites=("G3-29", "G3-31", "G3-43", "G3-93", "D-03", "T-07"),
        ),
        Transition(
            title="Appeal against a security lock",
            actors=(Role.HOLDER,),
            trigger="appeal",
            source=(State.SECURITY_LOCKED,),
            guards=(
                self_service_failed,
                appeal_was_offered,
                appeal_is_first_or_brings_new_evidence,
                explanation_is_short_enough,
                *handing_in,
            ),
            dest=State.UNDER_APPEAL,
            effects=(opened("lock"), *received),
            cites=("G3-06", "G3-27", "A-06", "T-07"),
        ),
        Transition(
            title="Send a further appeal while one is open",
            actors=(Role.HOLDER,),
            trigger="appeal",
            source=(State.UNDER_APPEAL,),
            guards=(further_appeal_is_taken, *handing_in),
            effects=(Count("appeal", "sent"), StartTimer("auto_reject", after="multiple_appeals_window")),
            cites=("G3-43", "G3-44", "A-38"),
        ),
        Transition(
            title="Add evidence and have it kept on file",
            actors=(Role.HOLDER,),
            trigger="add_evidence",
            source=(State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
            guards=(evidence_is_new, *handing_in),
            cites=("G3-54", "G3-70", "G3-72"),
        ),
        Transition(
            title="Ask after an appeal that was not answered",
            actors=(Role.HOLDER,),
            trigger="enquire",
            source=(State.UNDER_APPEAL,),
            guards=(silence_allows_an_enquiry, not_enquired_before),
            effects=(Set("appeal", fixed={"enquired": True}), Notify("appeal_enquiry")),
            cites=("G3-42", "X-16"),
        ),
        Transition(
            title="Remind the staff of an appeal that was not answered",
            actors=(Role.SYSTEM,),
            trigger="chase_appeal",
            source=(State.UNDER_APPEAL,),
            guards=(silence_asks_for_a_reminder,),
            effects=(Set("appeal", fixed={"chased": True}), Notify("appeal_reminder")),
            cites=("G3-132", "X-16"),
        ),
    )
