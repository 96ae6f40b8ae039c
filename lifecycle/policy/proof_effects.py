"""What follows when a proof fails, succeeds, is replaced or opened again: what is counted, closed, cleared and locked.

Knows which changes that makes. Does not know who reports it, nor which row it follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from lifecycle.model import Account, Command, State
from lifecycle.policy.measures import measure
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.proof_guards import clears
from lifecycle.policy.tries import (
    as_values,
    brought_the_lock,
    closed_once_more,
    exhausted,
    failed_once_more,
    kept_after,
    numbers,
    tried,
)
from lifecycle.rows import Close, Drop, Effect, Notify, Put, Selector, StartTimer, Then

Kept = Callable[[Account, Command, Parameters], dict[str, Any]]


def _remembered(kind: Callable[[Account, Command, Parameters], str | None], kept: Kept) -> tuple[Effect, ...]:
    """Keep of the failures of a kind what *kept* says, in the place of what was kept; nothing where that is empty."""

    def field(name: str) -> Callable[[Account, Command, Parameters], Any]:
        return lambda account, command, p: as_values(kept(account, command, p)).get(name, _BLANK[name])

    return (
        Drop("failures", which=lambda account, command, p: numbers(account, kind(account, command, p))),
        Put(
            "failures",
            fixed={name: field(name) for name in _BLANK},
            only_if=lambda account, command, p: bool(kept(account, command, p)),
        ),
    )


_BLANK: dict[str, Any] = {"proof": None, "failed": [], "closings": 0, "closed_at": None, "opens_at": None}


def _exhausted_name(account: Account, command: Command, p: Parameters) -> str | None:
    proof = exhausted(account, p)
    return None if proof is None else proof.name


def _lock_goes_on(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """When a lock ends that came of these failures, where a further one puts its end off."""
    kept = brought_the_lock(account, p)
    if kept is None:
        return None
    if command.trigger != CLOSE:
        again = tried(account, command, p) == kept.proof
        return failed_once_more(account, command, p)["opens_at"] if again else None
    again = _exhausted_name(account, command, p) == kept.proof
    return closed_once_more(account, command, p)["opens_at"] if again else None


CLOSE = "close_proof"
"""What the system tries after each failure."""


def later(p: Parameters) -> tuple[Effect, ...]:
    """A lock that came of failures ends later, where a further one puts its end off."""
    some = any(proof.locks and proof.while_closed != "ignore" for proof in p.proofs.values())
    return (StartTimer("lock_expires", at=_lock_goes_on),) if some else ()


def counted(p: Parameters) -> tuple[Effect, ...]:
    """A failure is counted, and its way closed if it was one too many."""
    return (*_remembered(tried, failed_once_more), *later(p), Then(CLOSE))


def _after(what: Callable[[Account, Command, Parameters], str]) -> tuple[Effect, ...]:
    """What is left of the failures of a kind; nothing is touched where they are kept."""

    def kind(account: Account, command: Command, p: Parameters) -> str | None:
        return None if what(account, command, p) == "keep" else tried(account, command, p)

    def kept(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
        return kept_after(account, command, p, what(account, command, p))

    return _remembered(kind, kept)


PASSED: tuple[Effect, ...] = _after(
    lambda account, command, p: p.proofs[kind].after_success if (kind := tried(account, command, p)) else "keep"
)
"""A success clears the failures of its kind, as the entry says."""


def reported(p: Parameters) -> tuple[Effect, ...]:
    """What is reported of a kind clears its failures; a lock that came of them is over then."""
    over = (Then("lock_expires"),) if any(proof.locks for proof in p.proofs.values()) else ()
    return (*_after(lambda account, command, q: clears(command, q)), *over)


def _lock_kind(account: Account, command: Command, p: Parameters) -> str | None:
    kept = brought_the_lock(account, p)
    return None if kept is None else kept.proof


def _after_the_lock(account: Account, command: Command, p: Parameters) -> dict[str, Any]:
    kept = brought_the_lock(account, p)
    return {} if kept is None else {"proof": kept.proof, "closings": kept.closings}


LIFTED: tuple[Effect, ...] = _remembered(_lock_kind, _after_the_lock)
"""Support that lifts a lock which came of failures opens their way again."""


def _opens_at(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    when: dt.datetime | None = closed_once_more(account, command, p)["opens_at"]
    return when


CLOSES: tuple[Effect, ...] = (
    *_remembered(_exhausted_name, closed_once_more),
    Notify("proof_closed", tells={"proof": _exhausted_name, "opens_at": _opens_at}),
)
"""The way that is exhausted is closed, and the holder told until when."""


def _lock_ground(account: Account, command: Command, p: Parameters) -> str | None:
    proof = exhausted(account, p)
    return None if proof is None else proof.locks


LOCKED: tuple[Effect, ...] = (
    measure("lock", of=_lock_ground),
    Close("unlock_code"),
    StartTimer("lock_expires", at=_opens_at),
    Notify("account_locked"),
)
"""So many failures lock the account, for as long as their way is closed."""


def _locks(account: Account, command: Command, p: Parameters) -> str:
    if not _lock_ground(account, command, p) or account.lock is not None:
        return "no"
    by_support = account.deletion is not None and account.deletion.track == "suspended"
    return "no" if account.state is State.PENDING_DELETION and by_support else "yes"


lock_follows = Selector(
    name="lock_follows",
    sentence="Do so many failures lock the account?",
    answers={"yes": "so many failures lock the account", "no": "the account is not locked for it"},
    read=_locks,
)
