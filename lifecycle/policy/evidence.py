"""Kinds of evidence: what may be handed in, and what whoever decides writes. Data, no code paths.

Knows for each kind what it is, who gives it and what it must show. Does not know which ground asks for it: that is told by
the ground, nor what suffices: see `lifecycle.policy.documents`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from lifecycle.rows import EvidenceKind

_PROOF: dict[str, Any] = {
    "form": "photo",
    "identity": True,
    "matches": ("name",),
    "cites": ("G3-33", "G3-35", "G3-106"),
}

_ALL = (
    EvidenceKind("passport", "a photograph of a passport", **_PROOF),
    EvidenceKind("driving_licence", "a photograph of a driving licence", **_PROOF),
    EvidenceKind("bank_statement", "a bank statement that matches the payment method on file", **_PROOF),
    EvidenceKind(
        "explanation",
        "a short explanation in the holder's own words",
        form="text",
        news=False,
        cites=("G3-36", "G3-87"),
    ),
    EvidenceKind(
        "dispute_list",
        "every dispute with its order number and a short account",
        form="text",
        cites=("G3-133",),
    ),
    EvidenceKind("order_screenshots", "screenshots of the orders in question", cites=("G3-54",)),
    EvidenceKind(
        "bank_statement_reversal", "the bank's statement that a chargeback was reversed", cites=("G3-66", "G3-72")
    ),
    EvidenceKind("written_commitment", "a written commitment to the rules", form="text", cites=("G3-72", "G3-133")),
    EvidenceKind("bank_fraud_alert", "a bank's notice that it stopped a payment as a precaution", cites=("G3-70",)),
    EvidenceKind(
        "statement_of_reasons",
        "the facts, the ground and the ways of redress, written for the holder",
        form="text",
        source="staff",
        cites=("G3-08", "G3-09"),
    ),
    EvidenceKind(
        "reasons",
        "the reasons of a decision, written for the holder",
        form="text",
        source="staff",
        cites=("G3-91", "D-04"),
    ),
    EvidenceKind("consent_record", "the record of the holder's consent to the terms of renewal", cites=("G4-65",)),
    EvidenceKind("notice_copy", "a full copy of a notice that ends a membership", cites=("G4-16",)),
    EvidenceKind(
        "proof_of_sending",
        "the receipt of posting, or the time stamp and hash of a certified e-mail",
        cites=("G4-07", "G4-16"),
    ),
    EvidenceKind("photo_of_posting", "a photograph of the envelope and the receipt", cites=("G4-55",)),
    EvidenceKind("proof_of_delivery", "the return receipt with date stamp and signature", cites=("G4-47",)),
    EvidenceKind("termination_confirmation", "the written confirmation that a membership has ended", cites=("G4-10",)),
    EvidenceKind("final_statement", "the final statement of a membership", cites=("G4-11",)),
    EvidenceKind(
        "agreement_clauses",
        "the clauses of the membership agreement on renewal and cancellation",
        cites=("G4-53",),
    ),
    EvidenceKind("correspondence", "everything written to and from the shop about a membership", cites=("G4-53",)),
)

EVIDENCE: Mapping[str, EvidenceKind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind of evidence and written text the policy knows (G3-33, G3-38, G3-54, G3-70, G3-72, G3-133)."""

WRITTEN_INTO_RULES = ("explanation", "reasons", "statement_of_reasons")
"""Kinds that rules ask for by name, whatever the ground."""


def serves(table: Any) -> Iterator[str]:
    """Yield what is wrong with a table of kinds as a whole: what rules ask for by name must be there, and be a text."""
    for name in WRITTEN_INTO_RULES:
        kind = table.get(name)
        if kind is None:
            yield f"entry {name} cannot be taken away: rules ask for it by name"
        elif kind.form != "text" or (kind.source == "staff") != (EVIDENCE[name].source == "staff"):
            yield f"entry {name}: rules ask for it as a text of the {EVIDENCE[name].source}"
