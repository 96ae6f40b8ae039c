"""Chapter: how an appeal is judged. Automatic rejection, the reviewers' decision, a supervisor's after an escalation."""

from __future__ import annotations

from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import appeal_against, cause_is_remedied, reasons_are_given
from lifecycle.policy.documents import (
    compared,
    fault,
    missing,
    restriction_of,
    to_match,
)
from lifecycle.policy.enforcement import suspension_is_not_permanent
from lifecycle.policy.escalation import (
    escalation,
    escalation_brings_new_information,
    grounds_are_given,
    not_escalated_before,
    refusal_is_on_record,
    rejection,
)
from lifecycle.policy.judged import lifted
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import case_is_with_an_agent, resolve_case, status
from lifecycle.rows import (
    Close,
    Dest,
    Guard,
    Notify,
    Selector,
    Set,
    Transition,
    guard,
)

appeal_level = Selector(
    name="appeal_level",
    sentence="Who judges the appeal?",
    answers={"review": "the appeal is with the reviewers", "escalated": "the appeal is with a supervisor"},
    read=lambda account, command, p: "escalated" if account.appeal and account.appeal.escalated else "review",
)


def _fault_seen(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
    lacks = missing(account, p)
    return {"appeal": fault(account, p), **({"missing": lacks} if lacks else {})}


@guard(
    "The appeal is incomplete, unreadable or one of several.",
    otherwise="Leave it to the reviewers.",
    sees=_fault_seen,
    limit="incomplete, unreadable or repeated",
    cites=("G3-44", "G3-81", "G3-106", "A-39"),
)
def appeal_is_faulty(account: Account, command: Command, p: Parameters) -> bool:
    return fault(account, p) != "none"


@guard(
    "The documents are complete and readable.",
    otherwise="Reject it with reasons, so that the holder can hand in what is missing.",
    sees=_fault_seen,
    limit="none",
    cites=("G3-33", "G3-34", "G3-81", "G3-106"),
)
def documents_are_complete(account: Account, command: Command, p: Parameters) -> bool:
    return fault(account, p) == "none"


@guard(
    "The documents name the account's holder, letter by letter.",
    otherwise="Reject it with reasons: the documents name somebody else.",
    needs=("name_matches",),
    limit=True,
    cites=("G3-35",),
)
def name_matches_the_account(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.name_matches


@guard(
    "Everything in the documents that must match does.",
    otherwise="Reject it with reasons: what is named here does not match, or nobody has compared it.",
    needs=("matched",),
    sees=lambda account, command, p: {"missing": _unmatched(account, command, p)},
    limit=lambda account, command, p: list(to_match(account, p)),
    applies=lambda account, command, p: bool(to_match(account, p)),
    cites=("own-ground", "G3-33"),
)
def documents_match_the_account(account: Account, command: Command, p: Parameters) -> bool:
    return not _unmatched(account, command, p)


def _unmatched(account: Account, command: Command, p: Parameters) -> list[str]:
    return [what for what in to_match(account, p) if what not in command.facts.matched]


def matching(p: Parameters) -> tuple[Guard, ...]:
    """What is compared before an appeal is granted: the name, and whatever else a kind of evidence must match by."""
    by_name, by_more = compared(p)
    return (*((name_matches_the_account,) if by_name else ()), *((documents_match_the_account,) if by_more else ()))


def _person(author: str | None) -> str | None:
    return author.split(":", 1)[-1] if author else None


@guard(
    "Whoever decides now did not decide before.",
    otherwise="Leave it to a colleague who had no part in it.",
    sees=lambda account, command, p: {"decided_before": _earlier(account)},
    limit="somebody else",
    cites=("four-eyes", "G3-39", "G3-86"),
)
def decider_is_somebody_else(account: Account, command: Command, p: Parameters) -> bool:
    return command.by.id not in {_person(author) for author in _earlier(account)}


def _earlier(account: Account) -> list[str]:
    restriction, appeal = restriction_of(account), account.appeal
    authors = (restriction.author if restriction else None, appeal.decided_before if appeal else None)
    return [author for author in authors if author]


@guard(
    "A person rejected an appeal, and nobody has explained it yet.",
    otherwise="Leave it: there is nothing to explain.",
    cites=("G3-91", "G3-92"),
)
def rejection_is_unexplained(account: Account, command: Command, p: Parameters) -> bool:
    return rejection(account) and account.appeal is not None and not account.appeal.explained


def declined_by_a_supervisor(account: Account, command: Command, p: Parameters) -> str:
    """Where the support case stands once a supervisor has rejected what was taken to them."""
    return "declined" if status(account) == "escalated" else status(account)


_ALWAYS = (
    appeal_is_faulty,
    documents_are_complete,
    decider_is_somebody_else,
    refusal_is_on_record,
    not_escalated_before,
    grounds_are_given,
    escalation_brings_new_information,
    rejection_is_unexplained,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*_ALWAYS, *matching(p))


def _decided(status: str) -> Set:
    return Set(
        "appeal",
        fixed={
            "status": status,
            "decided_by": lambda account, command, p: str(command.by),
            "decided_at": lambda account, command, p: command.at.isoformat(),
            "decided_version": lambda account, command, p: account.version + 1,
        },
    )


def _decision_rows(p: Parameters) -> tuple[Transition, ...]:
    review, escalated = appeal_level.is_("review"), appeal_level.is_("escalated")
    rows: list[Transition] = []
    for role, level, judged, what in (
        (Role.REVIEWER, review, (documents_are_complete, *matching(p), cause_is_remedied), "an appeal"),
        (Role.SUPERVISOR, escalated, (), "an escalated appeal"),
    ):
        grant: dict[str, Any] = {
            "actors": (role,),
            "trigger": "grant",
            "source": (State.UNDER_APPEAL,),
            "guards": (decider_is_somebody_else, *judged),
            "cites": ("G3-39", "G3-40", "four-eyes", "T-08") if role is Role.REVIEWER else ("G3-86", "G3-53", "T-12"),
        }
        told = (_decided("granted"), resolve_case(), Notify("appeal_granted"))
        rows += [
            Transition(
                title=f"Grant {what} against a suspension",
                when=(level, appeal_against.is_("suspension")),
                dest=Dest.RELEASE,
                effects=(*told, *lifted("suspension"), Close("suspension")),
                **grant,
            ),
            Transition(
                title=f"Grant {what} against a lock",
                when=(level, appeal_against.is_("lock")),
                dest=State.ACTIVE,
                effects=(*told, *lifted("lock"), Close("lock"), Close("unlock_code")),
                **grant,
            ),
            Transition(
                title=f"Reject {what}",
                actors=(role,),
                trigger="reject",
                source=(State.UNDER_APPEAL,),
                when=(level,),
                guards=(decider_is_somebody_else, reasons_are_given),
                dest=Dest.RESTRICTION,
                effects=(
                    _decided("rejected"),
                    Set("support_case", fixed={"status": declined_by_a_supervisor}),
                    Notify("appeal_rejected"),
                ),
                cites=("G3-90", "D-04", "T-09") if role is Role.REVIEWER else ("G3-96", "D-04", "T-13"),
            ),
        ]
    return tuple(rows)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Reject a faulty appeal at once",
            actors=(Role.SYSTEM,),
            trigger="auto_reject",
            source=(State.UNDER_APPEAL,),
            guards=(appeal_is_faulty,),
            dest=Dest.RESTRICTION,
            effects=(
                _decided("auto_rejected"),
                Set(
                    "appeal",
                    fixed={
                        "outcome": lambda account, command, q: fault(account, q),
                        "missing": lambda account, command, q: missing(account, q),
                    },
                ),
                Notify("appeal_auto_rejected", tells={"missing": lambda account, command, q: missing(account, q)}),
            ),
            cites=("G3-44", "G3-81", "G3-106", "A-39", "T-10"),
        ),
        *_decision_rows(p),
        escalation(
            p,
            "Take a refusal to a supervisor",
            State.SUSPENDED,
            "suspension",
            suspension_is_not_permanent,
            cites=("G3-51", "G3-87", "G3-95", "A-40", "T-11"),
        ),
        Transition(
            title="Tell the holder that nothing can be done",
            actors=(Role.AGENT,),
            trigger="decline_case",
            source=(State.SUSPENDED,),
            guards=(case_is_with_an_agent,),
            effects=(Set("support_case", fixed={"status": "declined"}), Notify("case_declined")),
            cites=("G3-51", "X-44"),
        ),
        Transition(
            title="Explain why an appeal was rejected",
            actors=(Role.AGENT,),
            trigger="explain_rejection",
            source=(State.SUSPENDED,),
            guards=(rejection_is_unexplained, reasons_are_given),
            effects=(Set("appeal", fixed={"explained": True}), Notify("rejection_explained")),
            cites=("G3-91", "G3-92"),
        ),
    )
