"""Chapter: failed proofs. Counted against the account, until a way is closed for a time; the other ways stay open.

Off by the guides, whose cap counts the tries of a single code. Which kinds are counted, and what follows, is the table
of proofs; the rows of other chapters that ask for such a proof are given here what they ask and count beside.
"""

from __future__ import annotations

from typing import Any

import attrs

from lifecycle.model import Role, State
from lifecycle.policy.common import deletion_track, identity_is_shown, stop_leaving
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.proof_effects import CLOSE, CLOSES, LIFTED, LOCKED, PASSED, counted, later, lock_follows, reported
from lifecycle.policy.proof_guards import (
    CITES,
    failures_are_cleared,
    failures_count_now,
    failures_reached_their_number,
    proof_is_closed,
    proof_is_counted,
    proof_is_open,
    trying,
)
from lifecycle.policy.proof_kinds import KNOWN
from lifecycle.rows import Effect, Guard, Notice, Notify, Proof, TimerRule, Transition

LIVING = tuple(state for state in State if state is not State.DELETED)


# --- the rows of other chapters ----------------------------------------------------------------------------------


def guarded(row: Transition, p: Parameters) -> tuple[Transition, ...]:
    """Return *row* with what it asks and counts where a proof of the policy is concerned, and what stands beside it."""
    known = [proof for name, proof in p.proofs.items() if name in KNOWN and row.trigger in KNOWN[name].triggers]
    refuses = any(row.trigger in proof.refuses for proof in p.proofs.values())
    lifts = row.trigger == "unlock" and any(proof.locks for proof in p.proofs.values())
    if not known and not refuses and not lifts:
        return (row,)
    by_itself = row.actors == (Role.SYSTEM,)
    guards = () if by_itself or not _tries(row, known, refuses=refuses) else (proof_is_open,)
    effects = (*(LIFTED if lifts else ()), *_following(row, known, p))
    when = row.when
    beside: tuple[Transition, ...] = ()
    if row.challenge is not None and any(proof.while_closed != "ignore" for proof in known):
        when = (*when, trying.is_("compared"))
        if _answer(row) == "wrong":
            beside = (_only_counted(row, p),)
    return (attrs.evolve(row, when=when, guards=(*row.guards, *guards), effects=effects), *beside)


def _tries(row: Transition, known: list[Proof], *, refuses: bool) -> bool:
    return refuses or any(row.trigger in KNOWN[proof.name].tried_by for proof in known)


def _answer(row: Transition) -> str | None:
    """What the row asks of the code that is typed: right, wrong, or nothing."""
    return next((when.answers[0] for when in row.when if when.selector.name == "code"), None)


def _following(row: Transition, known: list[Proof], p: Parameters) -> tuple[Effect, ...]:
    effects = row.effects
    if any(KNOWN[proof.name].fails == row.trigger for proof in known) or (known and _answer(row) == "wrong"):
        return (*effects, *counted(p))
    if any(KNOWN[proof.name].passes == row.trigger for proof in known) or (known and _answer(row) == "right"):
        return (*PASSED, *effects)
    return effects


def _only_counted(row: Transition, p: Parameters) -> Transition:
    """A try while the way is closed: not compared, so that it tells nothing, but counted."""
    return attrs.evolve(
        row,
        title=f"{row.title.replace('that is wrong', '').strip()} while that way is closed",
        when=(*(when for when in row.when if when.selector.name != "code"), trying.is_("counting")),
        guards=(),
        effects=counted(p),
        challenge=None,
        cites=CITES,
    )


# --- the chapter -------------------------------------------------------------------------------------------------


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    if not p.proofs:
        return ()
    return (
        proof_is_open,
        proof_is_counted,
        failures_count_now,
        failures_are_cleared,
        proof_is_closed,
        failures_reached_their_number,
    )


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter under *p*: none, since a way opens without anything happening."""
    return ()


def notices(p: Parameters) -> tuple[Notice, ...]:
    """The notices of this chapter under *p*."""
    if not p.proofs:
        return ()
    return (
        Notice("proof_closed", "A way to prove who you are is closed after too many failures. It says until when."),
        Notice("proof_reopened", "A way to prove who you are is open again."),
    )


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    if not p.proofs:
        return ()
    shared: dict[str, Any] = {"actors": (Role.SYSTEM, Role.AGENT), "source": LIVING, "cites": CITES}
    return (
        Transition(
            title="Report that a proof failed",
            trigger="fail_proof",
            guards=(proof_is_counted, failures_count_now),
            effects=counted(p),
            **shared,
        ),
        Transition(
            title="Report that a proof succeeded",
            trigger="pass_proof",
            guards=(proof_is_counted, proof_is_open, failures_are_cleared),
            effects=reported(p),
            **shared,
        ),
        Transition(
            title="Report that what a proof rests on was replaced, and verified",
            trigger="reset_proof",
            guards=(proof_is_counted, failures_are_cleared),
            effects=reported(p),
            **shared,
        ),
        Transition(
            title="Open a way again that failures closed",
            actors=(Role.AGENT, Role.SUPERVISOR),
            trigger="reopen_proof",
            source=LIVING,
            guards=(proof_is_counted, proof_is_closed, identity_is_shown),
            effects=(*reported(p), Notify("proof_reopened")),
            cites=CITES,
        ),
        *_closing(p),
    )


def _closing(p: Parameters) -> tuple[Transition, ...]:
    shared: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": CLOSE,
        "guards": (failures_reached_their_number,),
        "cites": CITES,
    }
    locking = any(proof.locks for proof in p.proofs.values())
    without = (lock_follows.is_("no"),) if locking else ()
    only = Transition(
        title="Close a way after too many failures", source=LIVING, when=without, effects=(*CLOSES, *later(p)), **shared
    )
    if not locking:
        return (only,)
    yes = lock_follows.is_("yes")
    return (
        only,
        Transition(
            title="Lock an account after too many failures",
            source=(State.ACTIVE, State.DEACTIVATED),
            when=(yes,),
            dest=State.SECURITY_LOCKED,
            effects=(*CLOSES, *LOCKED, *stop_leaving()),
            **shared,
        ),
        Transition(
            title="Lock an account that is being deleted after too many failures",
            source=(State.PENDING_DELETION,),
            when=(yes, deletion_track.is_("direct", "request")),
            dest=State.SECURITY_LOCKED,
            effects=(*CLOSES, *LOCKED, *stop_leaving()),
            **shared,
        ),
        Transition(
            title="Put a lock on top of a suspension after too many failures",
            source=(State.SUSPENDED, State.UNDER_APPEAL),
            when=(yes,),
            effects=(*CLOSES, *LOCKED),
            **shared,
        ),
    )
