"""What is asked where a proof may be closed by failures: the guards, and whether what is typed is compared at all.

Knows how a closed proof is told: since when, until when, and which others are open. Does not know any row.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from lifecycle.model import Account, Command
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.tries import asked_for, closed_itself, closing, exhausted, failures_of, opens, tried, ways_open
from lifecycle.rows import Selector, guard

CITES = ("failed-proofs", "A-07", "G3-24")


def _closed_here(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
    return {name: kept for name in asked_for(account, command, p) if (kept := closing(account, name, command.at, p))}


def _what_is_closed(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
    shut = _closed_here(account, command, p)
    ends = {name: opens(kept) for name, kept in shut.items()}
    until = {name: f"{end:%Y-%m-%d %H:%M:%S} UTC" if end else "support opens it" for name, end in ends.items()}
    return {"closed_until": until, "open": ways_open(account, command.at, p)}


def _opens_again(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    ends = [opens(kept) for kept in _closed_here(account, command, p).values()]
    return max((end for end in ends if end), default=None) if None not in ends else None


@guard(
    "The proof that this asks for is not closed by failures.",
    otherwise="Wait until it opens again, or take another way that is open.",
    sees=_what_is_closed,
    limit="open",
    cites=CITES,
)
def proof_is_open(account: Account, command: Command, p: Parameters) -> bool:
    return not _closed_here(account, command, p)


proof_is_open = attrs.evolve(proof_is_open, earliest=_opens_again)


@guard(
    "The proof is one whose failures the policy counts.",
    otherwise="Name a kind of proof that has an entry in the policy; others are not counted.",
    needs=("proof",),
    limit=lambda account, command, p: list(p.proofs),
    cites=CITES,
)
def proof_is_counted(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.proof in p.proofs


@guard(
    "Failures of this proof count at the moment.",
    otherwise="Nothing is to be counted: while the proof is closed its failures are ignored.",
    needs=("proof",),
    applies=lambda account, command, p: (
        command.facts.proof in p.proofs and p.proofs[command.facts.proof].while_closed == "ignore"
    ),
    cites=CITES,
)
def failures_count_now(account: Account, command: Command, p: Parameters) -> bool:
    return not closed_itself(account, command.facts.proof, command.at)


failures_count_now = attrs.evolve(
    failures_count_now,
    earliest=lambda account, command, p: getattr(failures_of(account, command.facts.proof), "opens_at", None),
)


@guard(
    "There are failures of this proof that this clears.",
    otherwise="Nothing is to be done: no failure is on record, or the policy keeps those there are.",
    needs=("proof",),
    sees=lambda account, command, p: {"failures": _on_record(account, command)},
    cites=CITES,
)
def failures_are_cleared(account: Account, command: Command, p: Parameters) -> bool:
    return failures_of(account, command.facts.proof) is not None and clears(command, p) != "keep"


def _on_record(account: Account, command: Command) -> int:
    kept = failures_of(account, command.facts.proof)
    return 0 if kept is None else max(len(kept.failed), kept.closings)


def clears(command: Command, p: Parameters) -> str:
    """What becomes of the failures of the kind that is passed, replaced or opened."""
    proof = p.proofs.get(command.facts.proof)
    if proof is None or command.trigger == "reopen_proof":
        return "recount"
    return proof.after_reset if command.trigger == "reset_proof" else proof.after_success


@guard(
    "The proof is closed by failures of its own.",
    otherwise="Nothing is to be opened.",
    needs=("proof",),
    sees=lambda account, command, p: {"closed": closed_itself(account, command.facts.proof, command.at)},
    limit=True,
    cites=CITES,
)
def proof_is_closed(account: Account, command: Command, p: Parameters) -> bool:
    return closed_itself(account, command.facts.proof, command.at)


@guard(
    "Failures of a proof have reached their number.",
    otherwise="Leave the ways as they are.",
    sees=lambda account, command, p: {each.proof: len(each.failed) for each in account.failures},
    limit=lambda account, command, p: {name: proof.failures for name, proof in p.proofs.items()},
    cites=CITES,
)
def failures_reached_their_number(account: Account, command: Command, p: Parameters) -> bool:
    return exhausted(account, p) is not None


def _mode(account: Account, command: Command, p: Parameters) -> str:
    name = tried(account, command, p)
    counts = name is not None and p.proofs[name].while_closed != "ignore"
    return "counting" if counts and closed_itself(account, name, command.at) else "compared"


trying = Selector(
    name="trying",
    sentence="Is what is typed compared, or only counted?",
    answers={
        "compared": "what is typed is compared",
        "counting": "the way is closed, and tries are counted all the same",
    },
    read=_mode,
)
