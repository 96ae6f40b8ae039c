"""Chapter: taking a refusal to a supervisor. What has to be so before one looks, for a suspension as for a lock.

The supervisor's own decision stands in the chapter about how an appeal is judged.
"""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.appeals import asked_of_documents, evidence_has_room, opened
from lifecycle.policy.documents import current_appeal, new_documents
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import silent, status
from lifecycle.rows import Guard, Notify, Set, StartTimer, Transition, guard


@guard(
    "An appeal was rejected, or support declined the case.",
    otherwise="Appeal first, or ask support; a supervisor looks at refusals only.",
    sees=lambda account, command, p: {
        "appeal": account.appeal.status if account.appeal else "none",
        "support_case": status(account),
    },
    limit=lambda account, command, p: "rejected" if p.final_for_agent_level else "rejected or declined",
    cites=("G3-51", "G3-52", "G3-87", "G3-95", "G3-134", "X-44"),
)
def refusal_is_on_record(account: Account, command: Command, p: Parameters) -> bool:
    return rejection(account) or (status(account) == "declined" and not p.final_for_agent_level)


def rejection(account: Account) -> bool:
    """Whether the latest appeal against the standing restriction was rejected by a person."""
    appeal = current_appeal(account)
    return appeal is not None and appeal.status == "rejected"


@guard(
    "No supervisor has rejected this appeal yet.",
    otherwise="Accept the decision; there is one escalation for each rejection.",
    cites=("A-40", "G3-96"),
)
def not_escalated_before(account: Account, command: Command, p: Parameters) -> bool:
    appeal = current_appeal(account)
    return appeal is None or not appeal.escalated


@guard(
    "The grounds are given why the decision is wrong.",
    otherwise="Write down why the decision is wrong, in an explanation.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit="explanation",
    cites=("G3-95", "G3-52"),
)
def grounds_are_given(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("explanation")


@guard(
    "It brings information the first decision did not have.",
    otherwise="Bring a document that was not handed in before.",
    sees=lambda account, command, p: {"new_evidence": new_documents(account, command, p)},
    limit="at least one new document",
    cites=("G3-87", "G3-54"),
)
def escalation_brings_new_information(account: Account, command: Command, p: Parameters) -> bool:
    return bool(new_documents(account, command, p))


def taken_to_a_supervisor(account: Account, command: Command, p: Parameters) -> str:
    """Where the support case stands once its refusal is taken to a supervisor; one that is settled stays so."""
    refused = status(account) in ("with_agent", "declined") or silent(account)
    return "escalated" if refused else status(account)


def escalation(
    p: Parameters, title: str, source: State, against: str, *further: Guard, cites: tuple[str, ...]
) -> Transition:
    """The holder takes what came of the restriction *against* them to a supervisor; *further* is asked as well."""
    return Transition(
        title=title,
        actors=(Role.HOLDER,),
        trigger="escalate",
        source=(source,),
        guards=(
            refusal_is_on_record,
            *further,
            not_escalated_before,
            grounds_are_given,
            escalation_brings_new_information,
            evidence_has_room,
            *asked_of_documents(p),
        ),
        dest=State.UNDER_APPEAL,
        effects=(
            opened(against, escalated=True),
            Set("support_case", fixed={"status": taken_to_a_supervisor}),
            StartTimer("chase_appeal", after="escalation_silence"),
            Notify("escalation_received"),
        ),
        cites=cites,
    )
