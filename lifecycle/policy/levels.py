"""Chapter: levels. The recount at each review, what an entry makes at once, and what is lost with the account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lifecycle.model import NO_LEVEL, Account, Command, Level, Role, State
from lifecycle.policy import ledger, standing
from lifecycle.policy.counts import CLEARED, entered_level, next_fall, next_recount, recorded, recounted_level
from lifecycle.policy.ledger import CARRIED
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.programme import LEGACY, LEGACY_CODES
from lifecycle.policy.points import account_still_stands, counts_entries, entered, first_recount
from lifecycle.rows import (
    Close,
    Drop,
    Effect,
    Guard,
    Notify,
    Selector,
    StartTimer,
    StopTimer,
    Then,
    TimerRule,
    Transition,
    guard,
    not_before,
)

WHEN: Mapping[str, str] = {
    "month_end": "at the end of a month",
    "day_of_month": "on the day of the month that is for it",
    "every_days": "after so many days",
    "anniversary": "on the anniversary of the registration",
    "on_entry": "when what counts has run out",
}
"""When a level is counted without an entry, in words."""


# --- the guards --------------------------------------------------------------------------------------------------


@not_before(
    "The month is over.",
    otherwise="Wait for the end of the month: levels are counted then and at no other time.",
    cites=("G5-20", "A-25"),
)
def month_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    timer = account.timer("recount_level")
    return timer.due if timer else ledger.next_month(command.at)


@not_before(
    "The time of the review has come.",
    otherwise="Wait for the review: without an entry the level is counted then and at no other time.",
    cites=("G5-20",),
)
def review_is_due(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    timer = account.timer("recount_level")
    if timer is None and p.level_review == "on_entry":
        # Whatever there is to count was counted with the last entry.
        return None
    return timer.due if timer else standing.next_review(account, command.at, p)


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
    otherwise="Leave it: the account is at the lowest level and has no points.",
    sees=lambda account, command, p: {"level": account.level.words, "entries": len(account.points)},
    cites=("G3-109", "A-30"),
)
def something_can_be_lost(account: Account, command: Command, p: Parameters) -> bool:
    return account.level is not p.ladder[0] or bool(account.points)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (_due(p), account_is_deleted, something_can_be_lost) if p.ladder else ()


def _due(p: Parameters) -> Guard:
    return month_is_over if p.level_review == "month_end" else review_is_due


# --- the rows ----------------------------------------------------------------------------------------------------


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*_joining(p), *_recounts(p), *_entries(p), _forfeit(p), *_migrations(p)) if p.ladder else ()


def _joining(p: Parameters) -> tuple[Transition, ...]:
    joining = Transition(
        title="Join the programme",
        actors=(Role.HOLDER, Role.SYSTEM),
        trigger="join_programme",
        source=NO_LEVEL,
        guards=(account_still_stands,),
        dest=p.ladder[0],
        cites=("G5-04",),
    )
    return (joining,) if p.level_joining == "by_joining" else ()


def _recounts(p: Parameters) -> tuple[Transition, ...]:
    by_system: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "recount_level",
        "guards": (_due(p),),
    }
    given, when, ladder = recounted_level(p), WHEN[p.level_review], p.ladder
    effects = (recorded(p, review=True), *CLEARED, StartTimer("recount_level", at=next_recount))
    told = (Notify("level_lowered"),) if p.announce_level_loss else ()
    return (
        *(
            Transition(
                title=f"Raise the level to {level.words} {when}",
                source=ladder[:place],
                when=(given.is_(level.value),),
                dest=level,
                effects=effects,
                cites=("G5-07", "G5-19", "G5-20", "A-24"),
                **by_system,
            )
            for place, level in enumerate(ladder)
            if place
        ),
        *(
            Transition(
                title=f"Lower the level to {level.words} {when}",
                source=_lowered_from(place, p),
                when=(given.is_(level.value),),
                dest=level,
                effects=(*effects, *told),
                cites=("G5-20", "G5-21", "G5-34", "G5-35", "X-35", "A-51"),
                **by_system,
            )
            for place, level in enumerate(ladder[:-1])
            if p.level_downgrades != "never"
        ),
        Transition(
            title=f"Keep the level {when}",
            source=ladder,
            when=(given.is_("same"),),
            effects=effects,
            cites=("G5-20", "G5-31", "G5-35"),
            **by_system,
        ),
    )


def _lowered_from(place: int, p: Parameters) -> tuple[Level, ...]:
    """The levels from which a review may lower to the one at *place*."""
    return p.ladder[place + 1 : place + 2 if p.level_downgrades == "one_step" else None]


def _entries(p: Parameters) -> tuple[Transition, ...]:
    """The rows with which an entry is counted at once; where each is a review, one that raises nothing as well."""
    if not counts_entries(p):
        return ()
    review = p.level_review == "on_entry"
    given, ladder = entered_level(p), p.ladder
    falls = (*CLEARED, StartTimer("recount_level", at=next_fall)) if review else ()
    by_system: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "count_entry",
        "effects": (recorded(p, review=review), *falls),
        "cites": ("G5-07", "G5-19"),
    }
    raised = tuple(
        Transition(
            title=f"Raise the level to {level.words} with an entry",
            source=ladder[:place],
            when=(given.is_(level.value),),
            dest=level,
            **by_system,
        )
        for place, level in enumerate(ladder)
        if place
    )
    kept = Transition(title="Count an entry, and keep the level", source=ladder, when=(given.is_("same"),), **by_system)
    return (*raised, kept) if review else raised


def _forfeit(p: Parameters) -> Transition:
    return Transition(
        title="Drop level and points of a deleted account",
        actors=(Role.SYSTEM,),
        trigger="forfeit_level",
        source=(*p.ladder, *(level for level in p.old_levels if level is not NO_LEVEL)),
        guards=(account_is_deleted, something_can_be_lost),
        dest=p.ladder[0],
        effects=(
            Close("level_count"),
            Drop("points", which=lambda account, command, p: tuple({entry.number for entry in account.points})),
            Drop("orders", which=lambda account, command, p: tuple({entry.number for entry in account.orders})),
            StopTimer("recount_level"),
        ),
        cites=("G3-109", "A-30"),
    )


def then_forfeited(p: Parameters) -> tuple[Effect, ...]:
    """What follows the deletion of an account at once."""
    return (Then("forfeit_level"),) if p.ladder else ()


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timer of the reviews, where there are levels to review."""
    says = f"What makes the level is summed up {WHEN[p.level_review]}, and the level follows."
    return (TimerRule("recount_level", "recount_level", p.ladder, says),) if p.ladder else ()


# --- the old programme -------------------------------------------------------------------------------------------


def legacy_level(p: Parameters) -> Selector:
    """Chooses by the level that one in the old programme becomes."""
    return Selector(
        name="legacy_level",
        sentence="What does the level in the old programme become?",
        answers={level.value: f"the old level becomes {level.words}" for level in p.ladder},
        read=lambda account, command, p: dict(zip(LEGACY_CODES, p.legacy_mapping, strict=False)).get(
            command.facts.legacy_level, "unknown"
        ),
        needs=("legacy_level",),
    )


def _migrations(p: Parameters) -> tuple[Transition, ...]:
    becomes = legacy_level(p)
    return tuple(
        Transition(
            title=f"Bring an account of the old programme over as {level.words}",
            actors=(Role.SYSTEM,),
            trigger="migrate_programme",
            source=LEGACY,
            when=(becomes.is_(level.value),),
            dest=level,
            effects=(*_brought(rung.least, p), StartTimer("recount_level", at=first_recount)) if rung.least else (),
            cites=("G5-01", "G5-03", "G5-07"),
        )
        for level, rung in p.rungs.items()
        if p.legacy_mapping
    )


def _brought(least: int, p: Parameters) -> tuple[Effect, ...]:
    """What an account arrives with: as much as holds its level for a year, or nothing (``migration_points``)."""
    if p.migration_points != "threshold":
        return ()
    points, spent = (least, 0) if p.level_measure == "points" else (0, least)
    return entered(CARRIED, lambda account, command, p: points, spent)
