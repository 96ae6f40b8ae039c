"""Chapter: levels. The recount at the end of each month, what is lost with the account, and the old programme."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Level, Role, State
from lifecycle.policy import ledger
from lifecycle.policy.ledger import CARRIED, LOST, RETURNED
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.levels import LADDER, LEGACY_CODES
from lifecycle.policy.points import entered, first_recount
from lifecycle.rows import Drop, Effect, Notify, Selector, StartTimer, StopTimer, Transition, guard, not_before


def level_for(points: int, p: Parameters) -> Level:
    """The level that so many points of the last months make (A-24)."""
    reached = sum(1 for least in p.level_thresholds[: len(LADDER)] if points >= least)
    return LADDER[max(reached, 1) - 1]


def level_points(account: Account, at: dt.datetime, p: Parameters) -> int:
    """The points of an account that count for its level at *at* (G5-19)."""
    return ledger.balance(account, at, min(p.level_window, p.points_expiry))


def counted_level(account: Account, command: Command, p: Parameters) -> Level:
    """The level that the recount gives: by points, and under the penalty no higher than one below after idle months."""
    earned = level_for(level_points(account, command.at, p), p)
    if p.inactivity_rule == "rolling_only" or not _idle(account, command, p):
        return earned
    below = LADDER[max(LADDER.index(account.level) - 1, 0)]
    return min(earned, below, key=LADDER.index)


def _idle(account: Account, command: Command, p: Parameters) -> bool:
    """Whether the months that the recount closes brought nothing (X-35)."""
    active = (entry for entry in account.points if entry.source not in (RETURNED, LOST))
    return all(ledger.age(entry, command.at) > p.inactive_month for entry in active)


def _move(account: Account, command: Command, p: Parameters) -> str:
    counted = counted_level(account, command, p)
    return "same" if counted is account.level else counted.value


recounted_level = Selector(
    name="recounted_level",
    sentence="Which level do the points of the last months make?",
    answers={"same": "the points make the level it has", **{x.value: f"the points make {x.words}" for x in LADDER}},
    read=_move,
)

legacy_level = Selector(
    name="legacy_level",
    sentence="What does the level in the old programme become?",
    answers={level.value: f"the old level becomes {level.words}" for level in LADDER},
    read=lambda account, command, p: dict(zip(LEGACY_CODES, p.legacy_mapping, strict=False)).get(
        command.facts.legacy_level, "unknown"
    ),
    needs=("legacy_level",),
)


@not_before(
    "The month is over.",
    otherwise="Wait for the end of the month: levels are counted then and at no other time.",
    cites=("G5-20", "A-25"),
)
def month_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    timer = account.timer("recount_level")
    return timer.due if timer else ledger.next_month(command.at)


@guard(
    "The account is deleted.",
    otherwise="Leave level and points: they are kept until the account is deleted.",
    sees=lambda account, command, p: {"state": account.state.words},
    limit=State.DELETED.words,
    cites=("G3-109", "A-30"),
)
def account_is_deleted(account: Account, command: Command, p: Parameters) -> bool:
    return account.state is State.DELETED


@guard(
    "There is a level or a point to lose.",
    otherwise="Leave it: the account is silver and has no points.",
    sees=lambda account, command, p: {"level": account.level.words, "entries": len(account.points)},
    cites=("G3-109", "A-30"),
)
def something_can_be_lost(account: Account, command: Command, p: Parameters) -> bool:
    return account.level is not Level.SILVER or bool(account.points)


GUARDS = (month_is_over, account_is_deleted, something_can_be_lost)


def next_recount(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """The end of the month that begins, if there is anything left to count or to lose by then."""
    gone = frozenset(ledger.points_run_out(account, command.at, p.points_expiry))
    left = any(entry.number not in gone for entry in account.points)
    high = counted_level(account, command, p) is not Level.SILVER
    return ledger.next_month(command.at) if left or high else None


RECOUNTED: tuple[Effect, ...] = (
    Drop("points", which=lambda account, command, p: ledger.points_run_out(account, command.at, p.points_expiry)),
    Drop("orders", which=lambda account, command, p: ledger.orders_settled(account, command.at, p.return_window)),
    StartTimer("recount_level", at=next_recount),
)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_recounts(p), _forfeit(), *_migrations(p))


def _recounts(p: Parameters) -> tuple[Transition, ...]:
    by_system: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "recount_level",
        "guards": (month_is_over,),
    }
    told = (Notify("level_lowered"),) if p.announce_level_loss else ()
    return (
        *(
            Transition(
                title=f"Raise the level to {level.words} at the end of a month",
                source=LADDER[:place],
                when=(recounted_level.is_(level.value),),
                dest=level,
                effects=RECOUNTED,
                cites=("G5-07", "G5-19", "G5-20", "A-24"),
                **by_system,
            )
            for place, level in enumerate(LADDER)
            if place
        ),
        *(
            Transition(
                title=f"Lower the level to {level.words} at the end of a month",
                source=LADDER[place + 1 :],
                when=(recounted_level.is_(level.value),),
                dest=level,
                effects=(*RECOUNTED, *told),
                cites=("G5-20", "G5-21", "G5-34", "G5-35", "X-35", "A-51"),
                **by_system,
            )
            for place, level in enumerate(LADDER[:-1])
        ),
        Transition(
            title="Keep the level at the end of a month",
            source=LADDER,
            when=(recounted_level.is_("same"),),
            effects=RECOUNTED,
            cites=("G5-20", "G5-31", "G5-35"),
            **by_system,
        ),
    )


def _forfeit() -> Transition:
    return Transition(
        title="Drop level and points of a deleted account",
        actors=(Role.SYSTEM,),
        trigger="forfeit_level",
        source=(*LADDER, Level.LEGACY),
        guards=(account_is_deleted, something_can_be_lost),
        dest=Level.SILVER,
        effects=(
            Drop("points", which=lambda account, command, p: tuple({entry.number for entry in account.points})),
            Drop("orders", which=lambda account, command, p: tuple({entry.number for entry in account.orders})),
            StopTimer("recount_level"),
        ),
        cites=("G3-109", "A-30"),
    )


def _migrations(p: Parameters) -> tuple[Transition, ...]:
    return tuple(
        Transition(
            title=f"Bring an account of the old programme over as {level.words}",
            actors=(Role.SYSTEM,),
            trigger="migrate_programme",
            source=Level.LEGACY,
            when=(legacy_level.is_(level.value),),
            dest=level,
            effects=(*_brought(least, p), StartTimer("recount_level", at=first_recount)) if least else (),
            cites=("G5-01", "G5-03", "G5-07"),
        )
        for level, least in zip(LADDER, p.level_thresholds, strict=False)
    )


def _brought(points: int, p: Parameters) -> tuple[Effect, ...]:
    """The points an account arrives with: those that hold its level for a year, or none (``migration_points``)."""
    return entered(CARRIED, lambda account, command, p: points) if p.migration_points == "threshold" else ()
