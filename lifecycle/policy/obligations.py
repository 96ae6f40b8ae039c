"""Chapter: what must be settled before an account goes. One guard for each thing; they all apply together."""

from __future__ import annotations

from lifecycle.model import Account, Command, MembershipState
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import asked_of_support
from lifecycle.rows import Guard, guard


def _blocking(account: Account, command: Command, p: Parameters) -> bool:
    return p.open_obligations_policy == "block"


def _still_claimed(account: Account, command: Command, p: Parameters) -> bool:
    """What was given up with a suspended account holds up nothing any more (G3-109)."""
    return _blocking(account, command, p) and account.given_up is None


@guard(
    "Every order has been delivered or cancelled.",
    otherwise="Wait for the open orders to arrive, or cancel them, then ask again.",
    needs=("open_orders", "orders_in_transit"),
    sees=lambda account, command, p: {"open_orders": open_orders(command, p)},
    limit=0,
    applies=_blocking,
    cites=("G1-34", "G1-36", "G1-38", "G2-09", "G2-40", "G2-43", "G2-60", "X-03", "X-04"),
)
def orders_are_settled(account: Account, command: Command, p: Parameters) -> bool:
    return open_orders(command, p) == 0


def open_orders(command: Command, p: Parameters) -> int:
    """How many orders count as open; those on their way may not (X-04)."""
    on_their_way = 0 if p.in_transit_blocks else command.facts.orders_in_transit
    return max(0, command.facts.open_orders - on_their_way)


@guard(
    "No refund is still on its way.",
    otherwise="Wait until the refund has been paid out.",
    needs=("refunds_in_flight",),
    limit=0,
    applies=_still_claimed,
    cites=("G1-34", "G2-10", "G2-40", "A-19"),
)
def refunds_are_settled(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.refunds_in_flight == 0


@guard(
    "No dispute with a seller is running.",
    otherwise="Have each dispute resolved, or close it yourself.",
    needs=("open_disputes",),
    limit=0,
    applies=_still_claimed,
    cites=("G2-11",),
)
def disputes_are_closed(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.open_disputes == 0


@guard(
    "The wallet is empty.",
    otherwise="Spend the money in the wallet first; it cannot be paid out afterwards.",
    needs=("wallet_balance",),
    limit=lambda account, command, p: p.wallet_required_balance,
    applies=lambda account, command, p: p.wallet_policy == "block",
    cites=("G2-16", "X-45"),
)
def wallet_is_empty(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.wallet_balance <= p.wallet_required_balance


@guard(
    "No charge or bill is unpaid.",
    otherwise="Pay what is outstanding, then ask again.",
    needs=("outstanding_charges",),
    limit=lambda account, command, p: p.outstanding_charges_required,
    cites=("G2-19",),
)
def bills_are_paid(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.outstanding_charges <= p.outstanding_charges_required


@guard(
    "No subscription or membership is running.",
    otherwise="End it in the settings; the account is closed once it has ended.",
    needs=("active_subscriptions",),
    sees=lambda account, command, p: {
        "active_subscriptions": command.facts.active_subscriptions,
        "membership": account.membership_state.words,
    },
    limit="none",
    cites=("G2-17", "G2-18", "X-31", "X-36", "A-50"),
)
def subscriptions_have_ended(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.active_subscriptions == 0 and account.membership_state in _NOTHING_TO_COME


_NOTHING_TO_COME = (MembershipState.NO_MEMBERSHIP, MembershipState.RENEW_OFF, MembershipState.TERMINATED)
"""Where the account's own membership charges nothing more; a period paid for goes with the account."""


GUARDS = (
    orders_are_settled,
    refunds_are_settled,
    disputes_are_closed,
    wallet_is_empty,
    bills_are_paid,
    subscriptions_have_ended,
)

BEFORE_DELETING: tuple[Guard, ...] = (orders_are_settled, refunds_are_settled)
"""What the direct deletion looks at: the orders and their refunds (G1-38)."""


def before_closing(p: Parameters) -> tuple[Guard, ...]:
    """What a closure request looks at when it is made; a subscription may only delay it (X-31)."""
    return (*asked_of_support(p), *(GUARDS if p.subscription_policy == "block" else GUARDS[:-1]))


def still_owed(account: Account, command: Command, p: Parameters) -> list[str]:
    """The names of the guards of this chapter that do not hold, of those that the way out under way looks at."""
    asked = BEFORE_DELETING if account.deletion is not None and account.deletion.track == "direct" else GUARDS
    return [g.name for g in asked if g.applies(account, command, p) and not g.test(account, command, p)]
