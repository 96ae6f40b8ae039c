"""Chapter: declined payments. A single one is tried again soon; after a lock another means is asked for.

The lock for many failed payments stands in the chapter on the security lock.
"""

from __future__ import annotations

import datetime as dt

from lifecycle.model import Account, Command, Declined, Role, State
from lifecycle.policy.common import lock_ground
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Close, Effect, Open, Transition, guard, not_before


def _single(account: Account, p: Parameters) -> Declined | None:
    """The declined payment that no lock followed, if one stands."""
    return account.declined if account.declined and not account.declined.locked else None


def _soon(account: Account, command: Command, p: Parameters) -> bool:
    """Whether the same means is tried again after a single declined payment, and soon is when that is done (X-21)."""
    return _single(account, p) is not None and p.decline_retry_rule == "by_block" and not command.facts.other_means


def _seen(account: Account, command: Command, p: Parameters) -> dict[str, str]:
    declined = account.declined
    return {"declined_at": f"{declined.declined_at:%Y-%m-%d %H:%M:%S} UTC" if declined else "never"}


@guard(
    "No lock followed the last declined payment.",
    otherwise="Leave it: what is to be done after the lock is noted already.",
    cites=("G3-68", "X-21"),
)
def no_lock_followed(account: Account, command: Command, p: Parameters) -> bool:
    return account.declined is None or not account.declined.locked


@guard(
    "A payment was declined and is not made good yet.",
    otherwise="Pay as usual: nothing was declined.",
    sees=_seen,
    cites=("G3-127",),
)
def a_decline_stands(account: Account, command: Command, p: Parameters) -> bool:
    return account.declined is not None


@guard(
    "Another means is used, or the time after the lock in which it is asked for is over.",
    otherwise="Pay with another card or service, or wait.",
    needs=("other_means",),
    limit=True,
    applies=lambda account, command, p: account.declined is not None and account.declined.locked,
    cites=("G3-68", "G3-69", "A-56", "X-21"),
)
def another_means_is_used(account: Account, command: Command, p: Parameters) -> bool:
    declined = account.declined
    over = declined is not None and command.at >= p.calendar.add(declined.declined_at, p.decline_wait_max)
    return over or command.facts.other_means


@guard(
    "The bank has cleared the payment.",
    otherwise="Ask the bank why it was declined, or pay by another means.",
    needs=("bank_cleared", "other_means"),
    sees=lambda account, command, p: {"bank_cleared": command.facts.bank_cleared},
    limit=True,
    applies=_soon,
    cites=("G3-127", "X-21"),
)
def bank_has_cleared_it(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.bank_cleared


@guard(
    "The payment is tried again in time.",
    otherwise="Pay by another means: it was declined too long ago.",
    needs=("other_means",),
    sees=_seen,
    applies=_soon,
    cites=("G3-127", "X-21"),
)
def retry_comes_in_time(account: Account, command: Command, p: Parameters) -> bool:
    declined = account.declined
    return declined is not None and command.at <= p.calendar.add(declined.declined_at, p.decline_retry_window)


@not_before(
    "The wait after a declined payment is over.",
    otherwise="Wait, then try again.",
    applies=lambda account, command, p: _single(account, p) is not None and p.decline_retry_rule == "always_wait",
    cites=("G3-68", "X-21"),
)
def retry_wait_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return p.calendar.add(account.declined.declined_at, p.decline_wait_min) if account.declined else None


@guard(
    "What shows an honest cause is on file.",
    otherwise="Hand in the bank's notice, or explain in your own words what happened.",
    sees=lambda account, command, p: {"handed_in": _handed_in(account)},
    limit=lambda account, command, p: {"one of": list(_excuses(account, p))},
    applies=lambda account, command, p: bool(_excuses(account, p)),
    cites=("G3-70", "G3-84"),
)
def honest_cause_is_shown(account: Account, command: Command, p: Parameters) -> bool:
    return bool(set(_excuses(account, p)) & set(_handed_in(account)))


def _excuses(account: Account, p: Parameters) -> tuple[str, ...]:
    ground = lock_ground(account, p)
    return ground.excused_by if ground else ()


def _handed_in(account: Account) -> list[str]:
    start = account.lock.number if account.lock else 0
    return sorted({e.kind for e in account.evidence if (e.version or 0) > start})


GUARDS = (
    no_lock_followed,
    a_decline_stands,
    another_means_is_used,
    bank_has_cleared_it,
    retry_comes_in_time,
    retry_wait_is_over,
    honest_cause_is_shown,
)

AFTER_THE_LOCK: tuple[Effect, ...] = (
    Open(
        "declined",
        fixed={"declined_at": lambda account, command, p: account.lock.since if account.lock else None, "locked": True},
    ),
)
"""What a lock for failed payments leaves when it opens by itself: the next payment takes another means (A-56)."""


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Note a declined payment",
            actors=(Role.SYSTEM,),
            trigger="note_decline",
            source=(State.ACTIVE,),
            guards=(no_lock_followed,),
            effects=(Open("declined", fixed={"declined_at": lambda account, command, q: command.at}),),
            cites=("G3-127", "X-21"),
        ),
        Transition(
            title="Pay after a declined payment",
            actors=(Role.HOLDER,),
            trigger="retry_payment",
            source=(State.ACTIVE,),
            guards=(
                a_decline_stands,
                another_means_is_used,
                bank_has_cleared_it,
                retry_comes_in_time,
                retry_wait_is_over,
            ),
            effects=(Close("declined"),),
            cites=("G3-69", "G3-127", "X-21"),
        ),
    )
