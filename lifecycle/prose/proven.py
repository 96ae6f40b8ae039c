"""Which proofs close a way when they fail too often: one table, where the policy counts any.

Knows how an entry is told. Does not know any kind of proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lifecycle.calendar import spoken
from lifecycle.policy.proof_kinds import says
from lifecycle.prose.words import capital, count, listed, plain, table
from lifecycle.rows import Policy, Proof

_CLEARED: Mapping[str, str] = {
    "forget": "forgets its failures",
    "recount": "begins the count anew, and knows how often it was closed",
    "keep": "changes nothing",
}

_CLOSED: Mapping[str, str] = {
    "ignore": "Failures while it is closed are not counted.",
    "count": "Failures while it is closed count towards the next closing.",
    "extend": "A failure while it is closed begins the time anew.",
}


def proven(policy: Policy) -> Iterator[str]:
    """Yield the section, if failures of some proof are counted."""
    proofs: Mapping[str, Proof] = getattr(policy.parameters, "proofs", {})
    if not proofs:
        return
    rows = [
        (plain(p.name), says(p), _counted(p), _lasts(p), " ".join(_beside(p)), f"`{p.name}`") for p in proofs.values()
    ]
    head = (
        "## Proofs that may fail\n\nSo many failures close the way for a time; all other ways stay open. A success, a "
        "verified reset and time clear the count as told.\n\n"
    )
    yield head + table(("proof", "what it is", "closed by", "for", "beside", "name"), rows)


def _counted(proof: Proof) -> str:
    return f"{count(proof.failures, 'failure')} within {spoken(proof.window)}"


def _lasts(proof: Proof) -> str:
    if proof.closed_for is None:
        return "until support opens it"
    said = [spoken(proof.closed_for)]
    if proof.times > 1:
        said.append(f"each time {proof.times} times as long as before")
    if proof.plus:
        said.append(f"each time {spoken(proof.plus)} longer")
    if proof.grows and proof.at_most is not None:
        said.append(f"at most {spoken(proof.at_most)}")
    return ", ".join(said)


def _beside(proof: Proof) -> Iterator[str]:
    yield capital(f"a success {_CLEARED[proof.after_success]}, a verified reset {_CLEARED[proof.after_reset]}.")
    if proof.forgotten_after is not None:
        yield f"After {spoken(proof.forgotten_after)} without a failure closings count from one again."
    yield _CLOSED[proof.while_closed]
    if proof.closes:
        yield f"It closes {listed(map(plain, proof.closes))} too."
    if proof.refuses:
        yield f"It is also asked for by {listed(f'“{plain(trigger)}”' for trigger in proof.refuses)}."
    if proof.locks:
        yield f"It locks the account as well, on {plain(proof.locks)}."
