"""Documents: what was handed in, whether it can be read, what an appeal still lacks, and what counts as new.

Knows which sets of evidence each ground asks for. Does not know any row: guards read the answers, and so do plans.
"""

from __future__ import annotations

from collections.abc import Mapping

from lifecycle.model import Account, Appeal, Command, Evidence, Lock, Suspension
from lifecycle.policy.common import standing_ground
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import EvidenceKind, Ground


def restriction_of(account: Account) -> Suspension | Lock | None:
    """The restriction that shows: the suspension if one stands, else the lock."""
    return account.suspension or account.lock


def current_appeal(account: Account) -> Appeal | None:
    """The latest appeal against the restriction that shows, if there is one."""
    appeal, restriction = account.appeal, restriction_of(account)
    return appeal if appeal and restriction and appeal.restriction == restriction.number else None


# --- what suffices -------------------------------------------------------------------------------------------------


def is_legible(document: Evidence, p: Parameters) -> bool:
    """Whether a document can be read: unedited, and of a photograph every corner shows."""
    kind = p.evidence.get(document.kind)
    whole = kind is None or kind.form != "photo" or document.corners >= p.photo_corners
    return document.readable and not document.edited and whole


def handed_in(account: Account) -> list[Evidence]:
    """What was handed in against the restriction that shows."""
    restriction = restriction_of(account)
    start = restriction.number if restriction else 0
    return [e for e in account.evidence if (e.version or 0) > start]


def legible_kinds(account: Account, p: Parameters) -> set[str]:
    """The kinds of evidence on file against the restriction that shows, as far as they can be read."""
    return {e.kind for e in handed_in(account) if is_legible(e, p)}


def proofs(p: Parameters) -> tuple[str, ...]:
    """The kinds of which any one shows who somebody is (G3-33)."""
    return tuple(kind.name for kind in p.evidence.values() if kind.identity)


def appeal_sets(ground: Ground | None, p: Parameters) -> tuple[tuple[str, ...], ...]:
    """The sets of which an appeal on this ground needs any one; a proof of identity and an explanation unless it says."""
    if ground is not None and ground.appeal_sets:
        return ground.appeal_sets
    beside = ("explanation", *(ground.appeal_evidence if ground else ()))
    return tuple((proof, *beside) for proof in proofs(p)) or (beside,)


def lacking(account: Account, p: Parameters) -> tuple[tuple[str, ...], ...]:
    """What is missing for each set that an appeal against the restriction that shows may bring; nothing if one is whole."""
    kept = legible_kinds(account, p)
    missing = tuple(tuple(k for k in kinds if k not in kept) for kinds in appeal_sets(standing_ground(account, p), p))
    return missing if all(missing) else ()


def fault(account: Account, p: Parameters) -> str:
    """What the machine can see to be wrong with the appeal: none, repeated, unreadable or incomplete."""
    appeal, restriction = account.appeal, restriction_of(account)
    if appeal is None or restriction is None or appeal.escalated:
        return "none"
    if appeal.sent >= p.multiple_appeals_trigger:
        return "repeated"
    if not lacking(account, p):
        return "none"
    return "unreadable" if any(not is_legible(e, p) for e in handed_in(account)) else "incomplete"


def missing(account: Account, p: Parameters) -> list[str]:
    """What an incomplete or unreadable appeal lacks, a text for each set that would do: ``passport + explanation``."""
    faulty = fault(account, p) in ("incomplete", "unreadable")
    return [" + ".join(kinds) for kinds in lacking(account, p)] if faulty else []


# --- what must match, and what must not show -----------------------------------------------------------------------


def to_match(account: Account, p: Parameters) -> tuple[str, ...]:
    """What must be found to match in the documents handed in, besides the name: ``bank_statement.payment_method``."""
    kinds = (p.evidence.get(e.kind) for e in handed_in(account))
    return tuple(
        dict.fromkeys(f"{kind.name}.{what}" for kind in kinds if kind for what in kind.matches if what != NAME)
    )


NAME = "name"
"""What is compared letter by letter, and told by a fact of its own (G3-35)."""


def compared(p: Parameters) -> tuple[bool, bool]:
    """Whether any kind of evidence must match by the name, and whether any must by something else."""
    said = {what for kind in p.evidence.values() for what in kind.matches}
    return NAME in said, bool(said - {NAME})


def private_parts(p: Parameters) -> Mapping[str, EvidenceKind]:
    """The kinds of evidence that must not show everything there is in them."""
    return {name: kind for name, kind in p.evidence.items() if kind.never_shows}


def shown_wrongly(command: Command, p: Parameters) -> list[str]:
    """What the documents brought along show that they must not: ``bank_statement.card_number``."""
    forbidden = {f"{name}.{what}" for name, kind in private_parts(p).items() for what in kind.never_shows}
    return [said for said in command.facts.shown if said in forbidden]


# --- what is new -----------------------------------------------------------------------------------------------------


def new_refs(account: Account, command: Command) -> list[Evidence]:
    """The evidence brought along that is not on file yet: told by its reference, whatever its kind."""
    known = {e.ref for e in account.evidence}
    return [e for e in command.evidence if e.ref not in known]


def new_kinds(account: Account, command: Command) -> list[str]:
    """The kinds of evidence brought along that is not on file yet."""
    return sorted({e.kind for e in new_refs(account, command)})


def new_documents(account: Account, command: Command, p: Parameters) -> list[str]:
    """The kinds of documents that whoever decided last has not seen: brought now, or first handed in since."""
    appeal = current_appeal(account)
    seen_until = appeal.decided_version if appeal and appeal.decided_version else account.version
    since = {e.kind for e in account.evidence if (e.first or e.version or 0) > seen_until}
    return sorted(kind for kind in {*new_kinds(account, command), *since} if _is_news(kind, p))


def _is_news(name: str, p: Parameters) -> bool:
    kind = p.evidence.get(name)
    return kind is None or (kind.news and kind.source != "staff")


def new_for_an_appeal(account: Account, command: Command, p: Parameters) -> list[str]:
    """The new kinds that count. What is no news alone does so only after an incomplete appeal, which may lack it."""
    appeal = current_appeal(account)
    incomplete = appeal is not None and appeal.outcome == "incomplete"
    brought = {kind for kind in new_kinds(account, command) if not _is_news(kind, p) and _is_the_holders(kind, p)}
    return sorted({*new_documents(account, command, p), *(brought if incomplete else ())})


def _is_the_holders(name: str, p: Parameters) -> bool:
    return p.evidence[name].source == "holder"
