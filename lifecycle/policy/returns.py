"""Chapter: returns. What an order that comes back takes away of the points."""

from __future__ import annotations

from lifecycle.model import Account, Command, Orders, Role
from lifecycle.policy import ledger
from lifecycle.policy.ledger import LOST, RETURNED
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.levels import LADDER
from lifecycle.policy.points import account_still_stands, entered, order_named, this_month, today
from lifecycle.rows import Effect, Notify, Transition, guard


@guard(
    "The order has points that it can take away.",
    otherwise="Leave the points: the order earned none, they are gone already, or it is too old to come back.",
    needs=("order",),
    sees=lambda account, command, p: {"points": points_to_revoke(account, command, p)},
    limit="at least 1",
    cites=("G5-23", "X-33", "A-27"),
)
def order_takes_points_away(account: Account, command: Command, p: Parameters) -> bool:
    return points_to_revoke(account, command, p) > 0


def points_to_revoke(account: Account, command: Command, p: Parameters) -> int:
    """The points that the order of the command takes away: its own, or all there are (X-33)."""
    order = command.facts.order
    if ledger.came_back(account, order):
        return 0
    if p.return_revokes == "all_points":
        return ledger.balance(account, command.at, p.points_expiry)
    earned = ledger.earned_by(account, order)
    if earned is None or not ledger.counts(earned, ledger.day_of(earned, order), command.at, p.points_expiry):
        return 0
    return earned.each if ledger.age(earned, command.at) <= p.return_window else 0


GUARDS = (order_takes_points_away,)


def _earned(account: Account, command: Command) -> Orders:
    earned = ledger.earned_by(account, command.facts.order)
    assert earned is not None, "a guard of the row has seen it"
    return earned


ORDER_POINTS: tuple[Effect, ...] = ledger.joined(
    "points",
    same={
        "source": RETURNED,
        "month": lambda account, command, p: _earned(account, command).month,
        "each": lambda account, command, p: -_earned(account, command).each,
    },
    more={"days": lambda account, command, p: ledger.day_of(_earned(account, command), command.facts.order)},
)
"""An entry against that of the purchase. It has the same day, so that both run out together."""

ALL_POINTS: tuple[Effect, ...] = entered(LOST, lambda account, command, p: 0)
"""An entry after which nothing counts that was earned before."""

CAME_BACK: tuple[Effect, ...] = ledger.joined(
    "orders", same={"month": this_month, "each": 0, "returned": True}, more={"days": today, "refs": order_named}
)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    taken = ALL_POINTS if p.return_revokes == "all_points" else ORDER_POINTS
    return (
        Transition(
            title="Take points back because an order came back",
            actors=(Role.SYSTEM,),
            trigger="revoke_points",
            source=LADDER,
            guards=(account_still_stands, order_takes_points_away),
            effects=(*taken, *CAME_BACK, Notify("order_returned")),
            cites=("G5-23", "X-33", "A-27"),
        ),
    )
