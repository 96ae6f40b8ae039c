"""Chapter: what an account was known by, once it has ended. Free again, taken for a time, or for good.

How an account ended decides; a policy that says nothing else keeps the guides' answer for each way.
"""

from __future__ import annotations

import datetime as dt

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.leaving_terms import RESERVATIONS, ROADS
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Guard, Notify, Open, Set, StartTimer, TimerRule, Transition, guard, not_before


def way_out(account: Account) -> str:
    """How an account that is about to be deleted ends: a name of the table ``reservations``."""
    if account.removal is not None and account.state is State.SUSPENDED:
        return account.removal.cause
    return account.deletion.track if account.deletion is not None else "direct"


def identifiers_stay_taken(account: Account, command: Command, p: Parameters) -> bool:
    """Whether nobody may use again what the account was known by, once it is deleted (D-08, X-43)."""
    return p.reservations[way_out(account)].keeps != "never" or p.linkage_scope == "all_closed"


def taken_until(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """When what the account was known by becomes free, if it is taken for a time."""
    kept = p.reservations[way_out(account)]
    return p.calendar.add(command.at, kept.period) if kept.keeps == "for_a_time" else None


def setting_aside(p: Parameters) -> tuple[Effect, ...]:
    """What a deletion notes about the identifiers: that they stay taken and, under another table, how and until when."""
    taken = Set("account", fixed={"reserved": identifiers_stay_taken})
    if p.reservations == RESERVATIONS:
        return (taken,)
    way = Open("ending", fixed={"way": lambda account, command, q: way_out(account), "reserved_until": taken_until})
    return (taken, way, *((StartTimer("release_identifiers", at=taken_until),) if for_a_time(p) else ()))


def for_a_time(p: Parameters) -> bool:
    """Whether anything stays taken for a time only."""
    return any(kept.keeps == "for_a_time" for kept in p.reservations.values())


@guard(
    "The identifiers of the account are still taken.",
    otherwise="Leave it: they are free.",
    sees=lambda account, command, p: {"reserved": account.reserved},
    limit=True,
    cites=("one-account", "X-43"),
)
def identifiers_are_taken(account: Account, command: Command, p: Parameters) -> bool:
    return account.reserved and account.ending is not None and account.ending.reserved_until is not None


@not_before(
    "The time for which the identifiers stay taken is over.",
    otherwise="Wait; until then nobody can sign up with them.",
    cites=("one-account", "X-43"),
)
def reservation_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.ending.reserved_until if account.ending is not None else None


@guard(
    "What is named here does not stay taken after an account that was deleted.",
    otherwise="Use another one, or wait until it is free again.",
    needs=("reserved_links",),
    sees=lambda account, command, p: {"taken": list(command.facts.reserved_links)},
    limit=lambda account, command, p: f"none of {', '.join(p.unique_identifiers)}",
    cites=("one-account", "X-43", "G2-58"),
)
def identifiers_are_released(account: Account, command: Command, p: Parameters) -> bool:
    return not set(command.facts.reserved_links) & set(p.unique_identifiers)


def before_signing_up(p: Parameters) -> tuple[Guard, ...]:
    """What naming an identifier asks for, where an account in good standing leaves its own taken."""
    every = p.linkage_scope == "all_closed" and p.reservations != RESERVATIONS
    kept = every or any(p.reservations[road].keeps != "never" for road in ROADS)
    return (identifiers_are_released,) if kept and p.unique_identifiers else ()


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*before_signing_up(p), *((identifiers_are_taken, reservation_is_over) if for_a_time(p) else ()))


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter under *p*."""
    if not for_a_time(p):
        return ()
    says = "What a deleted account was known by is free again when its time is over."
    return (TimerRule("release_identifiers", "release_identifiers", (State.DELETED,), says),)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    if not for_a_time(p):
        return ()
    return (
        Transition(
            title="Release what a deleted account was known by",
            actors=(Role.SYSTEM,),
            trigger="release_identifiers",
            source=(State.DELETED,),
            guards=(identifiers_are_taken, reservation_is_over),
            effects=(Set("account", fixed={"reserved": False}), Notify("identifiers_released")),
            cites=("one-account", "X-43"),
        ),
    )
