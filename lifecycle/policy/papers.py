"""Papers: what somebody who wants to come back should hand in, and what of it is on file already.

Knows what an appeal, an escalation and a remedy still lack. Does not decide whether they suffice: guards do.
"""

from __future__ import annotations

from lifecycle.model import Account, State
from lifecycle.policy.common import standing_ground
from lifecycle.policy.documents import current_appeal, lacking, legible_kinds, proofs
from lifecycle.policy.parameters import Parameters


def _answer(account: Account, p: Parameters) -> str:
    """The kind of document that best answers a rejection."""
    ground = standing_ground(account, p)
    if ground is not None and ground.answered_with is not None:
        return ground.answered_with
    return [*p.evidence, *proofs(p)][-1]


def _size(kinds: tuple[str, ...]) -> int:
    return len(kinds)


def appeal_papers(account: Account, p: Parameters) -> tuple[str, ...]:
    """What an appeal still lacks; after a rejection also something that whoever rejected it has not seen."""
    last, sets = current_appeal(account), lacking(account, p)
    missing = [*min(sets, key=_size)] if sets else []
    decided = last is not None and last.status != "open"
    fills_a_gap = last is not None and last.outcome == "incomplete" and bool(missing)
    if decided and not fills_a_gap:
        missing.append(_answer(account, p))
    return tuple(dict.fromkeys(missing))


def escalation_papers(account: Account, p: Parameters) -> tuple[str, ...]:
    """Why the decision is wrong, and something it was taken without."""
    return ("explanation", _answer(account, p))


def further_papers(account: Account, p: Parameters) -> tuple[str, ...]:
    """What is missing on file: under appeal what the appeal lacks, before one what puts right or explains the cause."""
    if account.state is State.UNDER_APPEAL:
        return appeal_papers(account, p)
    ground, kept = standing_ground(account, p), legible_kinds(account, p)
    if ground is None:
        return ()
    excuse = ground.excused_by[:1] if not kept & set(ground.excused_by) else ()
    return (*(kind for kind in ground.remedy_evidence if kind not in kept), *excuse)
