"""What an account remembers of failed proofs, read: which kinds are closed, until when, and what a failure changes.

Knows how failures add up to a closing. The rows stand in the chapter on proofs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from lifecycle.model import Account, Command, Failures, State
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.proof_kinds import KNOWN, REPORTED
from lifecycle.rows import Proof

# --- which kind --------------------------------------------------------------------------------------------------


def unlock_channel(account: Account, command: Command) -> str:
    """Where an unlock code goes: the way the holder chose, or what is on file if that is not."""
    chosen = "email" if command.facts.channel == "email_link" else "phone"
    return chosen if chosen in account.contacts else account.contacts[0]


def unlock_form(account: Account, command: Command) -> str:
    """Whether an unlock code is a link or digits."""
    by_link = command.facts.channel == "email_link" and unlock_channel(account, command) == "email"
    return "link" if by_link else "digits"


def tried(account: Account, command: Command, p: Parameters) -> str | None:
    """The kind of proof that *command* tries, reports or judges; None for one the policy does not count."""
    if command.trigger in REPORTED:
        return command.facts.proof if command.facts.proof in p.proofs else None
    found = [name for name in p.proofs if name in KNOWN and command.trigger in KNOWN[name].triggers]
    if "unlock_link" in found and len(found) > 1:
        return "unlock_link" if _by_link(account, command) else "unlock_code"
    if found == ["unlock_link"] and not _by_link(account, command):
        return None
    return found[0] if found else None


def _by_link(account: Account, command: Command) -> bool:
    if command.trigger == "send_unlock_code":
        return bool(account.contacts) and unlock_form(account, command) == "link"
    return account.unlock_code is not None and account.unlock_code.form == "link"


def asked_for(account: Account, command: Command, p: Parameters) -> tuple[str, ...]:
    """The kinds that have to be open for *command*."""
    own = tried(account, command, p)
    return tuple(name for name, proof in p.proofs.items() if name == own or command.trigger in proof.refuses)


# --- closed or open ----------------------------------------------------------------------------------------------


def failures_of(account: Account, kind: str | None) -> Failures | None:
    """What is remembered of the failures of a kind."""
    return next((each for each in account.failures if each.proof == kind), None)


def _shut(kept: Failures | None, at: dt.datetime) -> bool:
    return kept is not None and kept.closed_at is not None and (kept.opens_at is None or at < kept.opens_at)


def closed_itself(account: Account, kind: str | None, at: dt.datetime) -> bool:
    """Whether a kind is closed by failures of its own."""
    return _shut(failures_of(account, kind), at)


def closing(account: Account, kind: str, at: dt.datetime, p: Parameters) -> tuple[Failures, ...]:
    """What keeps a kind closed: its own failures, and those of kinds that close it too; nothing if it is open."""
    by = (kind, *(name for name, proof in p.proofs.items() if kind in proof.closes))
    return tuple(kept for kept in account.failures if kept.proof in by and kept.proof in p.proofs and _shut(kept, at))


def opens(kept: Collection[Failures]) -> dt.datetime | None:
    """When all of what keeps a kind closed is over; None if support has to open it."""
    times = [each.opens_at for each in kept if each.opens_at is not None]
    return max(times) if times and len(times) == len(kept) else None


def codes_closed(account: Account, at: dt.datetime, p: Parameters) -> bool:
    """Whether nobody can unlock with a code or a link at the moment, since both are closed by failures."""
    ways = ("unlock_code", *(name for name in p.proofs if name == "unlock_link"))
    return all(closing(account, name, at, p) for name in ways)


def ways_open(account: Account, at: dt.datetime, p: Parameters) -> list[str]:
    """The kinds of proof that are open while the account stands as it does, and are a way on from there."""
    where = {name: KNOWN[name].while_in if name in KNOWN else tuple(State) for name in (*KNOWN, *p.proofs)}
    asked = [name for name in where if name in p.proofs or (KNOWN[name].tried_by and name != "unlock_link")]
    return [name for name in asked if account.state in where[name] and not closing(account, name, at, p)]


# --- what changes ------------------------------------------------------------------------------------------------


def _counting(account: Account, at: dt.datetime, proof: Proof, p: Parameters) -> tuple[dt.datetime, ...]:
    """The moments of the failures that still lie within the window."""
    kept = failures_of(account, proof.name)
    return tuple(each for each in (kept.failed if kept else ()) if at < p.calendar.add(each, proof.window))


def _closings(account: Account, at: dt.datetime, proof: Proof, p: Parameters) -> int:
    """How often it was closed in a row, as far as that is not forgotten."""
    kept = failures_of(account, proof.name)
    if kept is None:
        return 0
    quiet_since = max(kept.at, kept.opens_at or kept.at)
    if proof.forgotten_after is not None and at >= p.calendar.add(quiet_since, proof.forgotten_after):
        return 0
    return kept.closings


def failed_once_more(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
    """What is remembered of a kind after one more failure now."""
    name, at = tried(account, command, p), command.at
    if name is None:
        return {}
    proof = p.proofs[name]
    kept, shut = failures_of(account, proof.name), closed_itself(account, proof.name, at)
    closings = _closings(account, at, proof, p)
    values: dict[str, Any] = {"proof": name, "closings": closings, "failed": _counting(account, at, proof, p)}
    values |= {"closed_at": None, "opens_at": None}
    if not shut or proof.while_closed == "count":
        values["failed"] = (*values["failed"], at)[-proof.failures :]
    if shut and kept is not None:
        values |= {"closed_at": kept.closed_at, "opens_at": kept.opens_at}
        if proof.while_closed == "extend":
            values["opens_at"] = ends(proof, closings, at, p)
    return values


def exhausted(account: Account, p: Parameters) -> Proof | None:
    """The kind whose failures have reached their number."""
    full = (kept.proof for kept in account.failures if kept.proof in p.proofs and _full(kept, p.proofs[kept.proof]))
    name = next(full, None)
    return None if name is None else p.proofs[name]


def _full(kept: Failures, proof: Proof) -> bool:
    return len(kept.failed) >= proof.failures


def closed_once_more(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
    """What is remembered of the kind that is exhausted once it is closed."""
    proof = exhausted(account, p)
    assert proof is not None
    kept, nth = failures_of(account, proof.name), _closings(account, command.at, proof, p) + 1
    still = closed_itself(account, proof.name, command.at) and kept is not None
    since = kept.closed_at if still and kept is not None else command.at
    return {"proof": proof.name, "closings": nth, "closed_at": since, "opens_at": ends(proof, nth, command.at, p)}


def ends(proof: Proof, nth: int, at: dt.datetime, p: Parameters) -> dt.datetime | None:
    """When the *nth* closing that begins at *at* is over; None if support has to open it."""
    lasts = proof.lasts(nth)
    return None if lasts is None else p.calendar.add(at, lasts)


def brought_the_lock(account: Account, p: Parameters) -> Failures | None:
    """The failures that brought the lock that stands, if it came of such."""
    lock = account.lock
    return next(
        (
            kept
            for kept in account.failures
            if lock is not None and kept.closed_at == lock.since and _locks(kept.proof, p) == lock.ground
        ),
        None,
    )


def _locks(kind: str, p: Parameters) -> str:
    return p.proofs[kind].locks if kind in p.proofs else ""


def as_values(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is remembered as an event holds it: moments as text."""
    return {name: _written(value) for name, value in kept.items()}


def _written(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return [_written(each) for each in value] if isinstance(value, tuple) else value


def numbers(account: Account, kind: str | None) -> tuple[int, ...]:
    """The numbers of the entries of a kind, to be dropped."""
    return tuple(each.number for each in account.failures if each.proof == kind)


def kept_after(account: Account, command: Command, p: Parameters, what: str) -> dict[str, Any]:
    """What is remembered of a kind once its failures are forgotten, or counted anew."""
    kept = failures_of(account, tried(account, command, p))
    if kept is None or what == "keep":
        return {}
    if kept is brought_the_lock(account, p):
        closings = kept.closings if what == "recount" else 0
        return {"proof": kept.proof, "closings": closings, "closed_at": kept.closed_at, "opens_at": command.at}
    return {"proof": kept.proof, "closings": kept.closings} if what == "recount" and kept.closings else {}
