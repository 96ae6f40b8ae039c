"""Papers: what somebody who wants to come back should hand in, and what of it is on file already.

Knows what an appeal, an escalation and a remedy still lack. Does not decide whether they suffice: guards do.
"""

from __future__ import annotations

from types import MappingProxyType

from lifecycle.model import Account, State
from lifecycle.policy.appeals import current_appeal, restriction_of
from lifecycle.policy.common import standing_ground
from lifecycle.policy.grounds import IDENTITY
from lifecycle.policy.judgement import is_legible
from lifecycle.policy.parameters import Parameters

ANSWERS = MappingProxyType({"buyer_protection": "order_screenshots", "harassment": "order_screenshots"})
"""The kind of document that best answers a rejection, by ground; for every other ground a bank statement."""


def _kept(account: Account, p: Parameters) -> set[str]:
    """The kinds of evidence on file against the restriction that stands, as far as they can be read."""
    restriction = restriction_of(account)
    start = restriction.number if restriction else 0
    return {e.kind for e in account.evidence if (e.version or 0) > start and is_legible(e, p)}


def _answer(account: Account, p: Parameters) -> str:
    ground = standing_ground(account, p)
    return ANSWERS.get(ground.name if ground else "", "bank_statement")


def appeal_papers(account: Account, p: Parameters) -> tuple[str, ...]:
    """What an appeal still lacks; after a rejection also something that whoever rejected it has not seen."""
    ground, kept, last = standing_ground(account, p), _kept(account, p), current_appeal(account)
    wanted = ("explanation", *(ground.appeal_evidence if ground else ()))
    missing = [kind for kind in wanted if kind not in kept]
    if not kept & set(IDENTITY):
        missing.insert(0, IDENTITY[0])
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
    ground, kept = standing_ground(account, p), _kept(account, p)
    if ground is None:
        return ()
    excuse = ground.excused_by[:1] if not kept & set(ground.excused_by) else ()
    return (*(kind for kind in ground.remedy_evidence if kind not in kept), *excuse)
