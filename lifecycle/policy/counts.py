"""How a level is counted: which level a count gives, what it records, what it clears away, and when the next one is due.

Knows how the answers of `lifecycle.policy.standing` become selectors and effects. Does not know the rows that use them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lifecycle.model import Account, Command, Level
from lifecycle.policy import ledger, standing
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Drop, Effect, Open, Selector

MAKES: Mapping[str, str] = {
    "points": "the points make",
    "money": "the money spent makes",
    "counts": "what was counted makes",
}
"""What makes a level, in words."""


def recounted_level(p: Parameters) -> Selector:
    """Chooses by the level that a review gives."""
    return Selector(
        name="recounted_level",
        sentence="Which level does the review give?",
        answers={"same": f"{MAKES[p.level_measure]} the level it has", **_answers(p)},
        read=_recounted,
    )


def entered_level(p: Parameters) -> Selector:
    """Chooses by the level that an entry has made at once."""
    return Selector(
        name="entered_level",
        sentence="Does the entry make a higher level?",
        answers={"same": f"{MAKES[p.level_measure]} no higher level", **_answers(p)},
        read=_entered,
    )


def _answers(p: Parameters) -> dict[str, str]:
    return {level.value: f"{MAKES[p.level_measure]} {level.words}" for level in p.ladder}


def _reviewed(account: Account, command: Command, p: Parameters) -> Level:
    return standing.reviewed_level(account, command.at, p)


def _risen(account: Account, command: Command, p: Parameters) -> Level:
    return standing.higher_level(account, command.at, p)


def _recounted(account: Account, command: Command, p: Parameters) -> str:
    counted = _reviewed(account, command, p)
    return "same" if counted is account.level else counted.value


def _entered(account: Account, command: Command, p: Parameters) -> str:
    counted = _risen(account, command, p)
    return "same" if counted is account.level else counted.value


def counted(account: Account, command: Command, p: Parameters) -> int:
    """The sum that is counted now."""
    return standing.level_sum(account, command.at, p)


def recorded(p: Parameters, *, review: bool) -> Open:
    """Record the sum with its window. Only a review begins another one, and leaves of the sum what the policy says."""
    after = _reviewed if review else _risen
    cuts = review and p.level_after_review != "kept"

    def before(name: str, nothing: Any = None) -> Any:
        return lambda account, command, p: getattr(account.level_count, name, nothing)

    def number(account: Account, command: Command, p: Parameters) -> int:
        return account.version + 1

    def now(account: Account, command: Command, p: Parameters) -> dt.datetime:
        return command.at

    def is_new(account: Account, command: Command, p: Parameters) -> bool:
        renewed = review and standing.is_renewed(account, command.at, p)
        return renewed or after(account, command, p) is not account.level

    def reached(account: Account, command: Command, p: Parameters) -> int:
        kept: int = before("reached", 0)(account, command, p)
        return account.version + 1 if is_new(account, command, p) else kept

    def reached_at(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
        if not is_new(account, command, p):
            return standing.reached_at(account, p)
        # The term of the lowest level begins with its next entry.
        return None if after(account, command, p) is p.ladder[0] else command.at

    def carried(account: Account, command: Command, p: Parameters) -> int:
        return counted(account, command, p) * p.level_aged_to // 100

    ages = cuts and p.level_after_review == "aged"
    return Open(
        "level_count",
        fixed={
            "counted": counted,
            "begins": lambda account, command, p: standing.begins(account, command.at, p),
            "ends": now,
            "carried": carried if ages else 0 if review else before("carried", 0),
            "reviewed": number if review else before("reviewed", 0),
            "reviewed_at": now if review else before("reviewed_at"),
            "reached": reached,
            "reached_at": reached_at,
            "cut": number if cuts else before("cut", 0),
            "cut_at": now if cuts else before("cut_at"),
        },
    )


# --- what follows ------------------------------------------------------------------------------------------------


def points_run_out(account: Account, command: Command, p: Parameters) -> tuple[int, ...]:
    """The numbers of the entries of which nothing is left, neither for the level nor of the points."""
    gone = ledger.points_run_out(account, command.at, p.points_expiry)
    needed = {entry.number for entry in account.points if not standing.is_over(account, entry, command.at, p)}
    lost = ledger.lost_at(account)
    return tuple(number for number in gone if number not in needed or number < lost)


def orders_settled(account: Account, command: Command, p: Parameters) -> tuple[int, ...]:
    """The numbers of the orders that are too old to come back."""
    return ledger.orders_settled(account, command.at, p.return_window)


def next_recount(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """The next review, if there is anything left to count or to lose by then."""
    level = _reviewed(account, command, p)
    if p.level_review == "on_entry":
        return standing.next_fall(account, level, command.at, p)
    gone = frozenset(points_run_out(account, command, p))
    left = any(entry.number not in gone for entry in account.points)
    return standing.next_review(account, command.at, p) if left or level is not p.ladder[0] else None


def next_fall(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """The moment at which the level could fall after this entry."""
    return standing.next_fall(account, _risen(account, command, p), command.at, p)


CLEARED: tuple[Effect, ...] = (Drop("points", which=points_run_out), Drop("orders", which=orders_settled))
