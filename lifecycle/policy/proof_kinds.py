"""The kinds of proof that the policy itself asks for, and what may be wrong with a table of such kinds.

Knows which triggers try a kind, and where it is a way on. Does not know how failures are counted, nor any row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.errors import closest
from lifecycle.model import State
from lifecycle.rows import Ground, Proof

REPORTED = ("fail_proof", "pass_proof", "reset_proof", "reopen_proof")
"""The triggers that name the kind they are about as a fact."""


@frozen
class Known:
    """A kind of proof that rows of the policy ask for: the triggers that try it, and where it is a way on.

    ``fails`` and ``passes`` are triggers that mean a failure or a success by themselves. A trigger that compares a code
    tells the two apart by its rows.
    """

    says: str
    tried_by: tuple[str, ...] = ()
    fails: str = ""
    passes: str = ""
    while_in: tuple[State, ...] = tuple(State)

    @property
    def triggers(self) -> frozenset[str]:
        """Every trigger that has to do with it."""
        return frozenset({*self.tried_by, self.fails, self.passes} - {""})


_LOCKED = (State.SECURITY_LOCKED,)
_PENDING = (State.PENDING_DELETION,)

KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        "unlock_code": Known("a code that unlocks the account", ("send_unlock_code", "verify"), while_in=_LOCKED),
        "unlock_link": Known("a link that unlocks the account", ("send_unlock_code", "verify"), while_in=_LOCKED),
        "support_packet": Known(
            "what support asks for to know the holder", ("unlock",), passes="unlock", while_in=_LOCKED
        ),
        "appeal_documents": Known(
            "the documents of an appeal",
            ("appeal",),
            fails="auto_reject",
            passes="grant",
            while_in=(*_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
        ),
        "deletion_code": Known(
            "a code that deletes the account",
            ("press_delete", "send_deletion_code", "confirm_deletion"),
            while_in=(State.DEACTIVATED, State.ACTIVE, *_PENDING),
        ),
        "closure_link": Known("the link that confirms a closure", ("confirm_closure",), while_in=_PENDING),
        "password": Known("the password, typed again"),
    }
)
"""The kinds of proof the policy itself asks for. Any other is the host's: it says what it is, and reports its failures."""


def says(proof: Proof) -> str:
    """What a kind of proof is, in a few words."""
    return proof.says or KNOWN[proof.name].says


def proofs_without(proofs: Mapping[str, Proof], grounds: Mapping[str, Ground]) -> Iterator[str]:
    """Yield what is wrong with *proofs* together, and beside the grounds."""
    known = {*proofs, *KNOWN}
    for name, proof in proofs.items():
        if not proof.says.strip() and name not in KNOWN:
            near = closest(name, KNOWN) or f" Those the policy knows: {', '.join(KNOWN)}."
            yield f"entry {name}: says is missing: the policy knows no such proof, so say what it is.{near}"
        for other in proof.closes:
            if other not in known:
                yield f'entry {name}: closes "{other}", which is no proof.{closest(other, known)}'
        if proof.locks and proof.locks not in grounds:
            yield f'entry {name}: locks on "{proof.locks}", which is no ground.{closest(proof.locks, grounds)}'
        elif proof.locks and getattr(grounds[proof.locks], "restricts", "lock") != "lock":
            yield f'entry {name}: locks on "{proof.locks}", which is no ground of a lock'
        if "reopen_proof" in proof.refuses:
            yield f"entry {name}: refuses reopen_proof, by which support opens a proof again"
