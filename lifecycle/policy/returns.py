"""Chapter: returns. What an order that comes back takes away of the points."""

from __future__ import annotations

from typing import Any

from lifecycle.model import Account, Command, Orders, Role
from lifecycle.policy import ledger, standing
from lifecycle.policy.ledger import BEFORE, LOST, RETURNED
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.points import account_still_stands, entered, order_named, then_counted, this_month, today
from lifecycle.rows import Effect, Guard, Notify, Transition, guard


@guard(
    "The order has points that it can take away.",
    otherwise="Leave the points: the order earned none, they are gone already, or it is too old to come back.",
    needs=("order",),
    sees=lambda account, command, p: {"points": points_to_revoke(account, command, p)},
    limit="at least 1",
    cites=("G5-23", "X-33", "A-27"),
)
def order_takes_points_away(account: Account, command: Command, p: Parameters) -> bool:
    # Where the level is not measured in points, an order that earned none has counted all the same.
    measured = p.level_measure != "points" and measure_to_revoke(account, command, p)
    return points_to_revoke(account, command, p) > 0 or bool(measured)


def points_to_revoke(account: Account, command: Command, p: Parameters) -> int:
    """The points that the order of the command takes away: its own, or all there are (X-33)."""
    if p.return_revokes == "all_points":
        known = ledger.came_back(account, command.facts.order)
        return 0 if known else ledger.balance(account, command.at, p.points_expiry)
    earned = _revocable(account, command, p, p.points_expiry)
    return 0 if earned is None else earned.each


def measure_to_revoke(account: Account, command: Command, p: Parameters) -> int:
    """What the order takes away of the money or the number that makes the level."""
    if p.return_revokes == "all_points":
        known = ledger.came_back(account, command.facts.order)
        return 0 if known else standing.level_sum(account, command.at, p)
    earned = _revocable(account, command, p, standing.lasting(p))
    return 0 if earned is None else earned.spent if p.level_measure == "money" else 1


def _revocable(account: Account, command: Command, p: Parameters, months: int) -> Orders | None:
    """The entry of what the order earned, unless that is gone, or the order is too old to come back."""
    order = command.facts.order
    earned = None if ledger.came_back(account, order) else ledger.earned_by(account, order)
    if earned is None or not ledger.counts(earned, ledger.day_of(earned, order), command.at, months):
        return None
    return earned if ledger.age(earned, command.at) <= p.return_window else None


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (order_takes_points_away,) if p.ladder else ()


def _earned(account: Account, command: Command) -> Orders:
    earned = ledger.earned_by(account, command.facts.order)
    assert earned is not None, "a guard of the row has seen it"
    return earned


def _returned(account: Account, command: Command, p: Parameters) -> str:
    before = _earned(account, command).number <= standing.start(account, p)
    return BEFORE if before else RETURNED


def _order_points(p: Parameters) -> tuple[Effect, ...]:
    """An entry against that of the purchase. It has the same day, so that both run out together."""
    same: dict[str, Any] = {
        "source": _returned,
        "month": lambda account, command, p: _earned(account, command).month,
        "each": lambda account, command, p: -_earned(account, command).each,
    }
    if p.level_measure == "money":
        same["spent"] = lambda account, command, p: -_earned(account, command).spent
    days = {"days": lambda account, command, p: ledger.day_of(_earned(account, command), command.facts.order)}
    return ledger.joined("points", same=same, more=days, after=standing.start)


ALL_POINTS: tuple[Effect, ...] = entered(LOST, lambda account, command, p: 0)
"""An entry after which nothing counts that was earned before."""

CAME_BACK: tuple[Effect, ...] = ledger.joined(
    "orders",
    same={"month": this_month, "each": 0, "returned": True},
    more={"days": today, "refs": order_named},
    after=standing.start,
)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    if not p.ladder:
        return ()
    taken = ALL_POINTS if p.return_revokes == "all_points" else _order_points(p)
    return (
        Transition(
            title="Take points back because an order came back",
            actors=(Role.SYSTEM,),
            trigger="revoke_points",
            source=p.ladder,
            guards=(account_still_stands, order_takes_points_away),
            effects=(*taken, *CAME_BACK, Notify("order_returned"), *then_counted(p)),
            cites=("G5-23", "X-33", "A-27"),
        ),
    )
