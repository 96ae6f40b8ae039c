"""Chapter: orders while an account is blocked, and what is lost with it where open business does not stop a deletion.

A block leaves orders as they are: what is shipped arrives, what is paid is shipped, the cart stays. The shop itself
keeps them; what an account may do about them in each state stands among the capabilities.
"""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.obligations import open_orders
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import BLOCKED
from lifecycle.rows import Effect, Guard, Notify, Open, Then, Transition, guard


def _silence(p: Parameters) -> int:
    """The days of silence after which a seller is to be asked."""
    return p.paid_order_silence.days


@guard(
    "The paid order has shown no progress for long enough.",
    otherwise="Wait, and look for messages about the shipment; most orders move on within some days.",
    needs=("order_silent_days",),
    limit=lambda account, command, p: f"at least {_silence(p)}",
    cites=("G3-58",),
)
def paid_order_is_silent(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.order_silent_days >= _silence(p)


LOSES = (
    "open_orders",
    "orders_in_transit",
    "refunds_in_flight",
    "refunds_not_asked",
    "open_disputes",
    "wallet_balance",
)


def lost(command: Command, p: Parameters) -> dict[str, int]:
    """What goes with the account: counts of orders, refunds and disputes, and the money in the wallet (X-03, X-45)."""
    warns, facts = p.open_obligations_policy == "warn", command.facts
    return {
        "orders": open_orders(command, p) if warns else 0,
        "refunds": facts.refunds_in_flight + facts.refunds_not_asked if warns else 0,
        "disputes": facts.open_disputes if warns else 0,
        "wallet": facts.wallet_balance if p.wallet_policy == "warn_and_forfeit" else 0,
    }


@guard(
    "Something was still open when the account was deleted.",
    otherwise="Leave it: nothing is lost.",
    needs=LOSES,
    sees=lambda account, command, p: lost(command, p),
    cites=("G1-35", "G1-37", "X-03"),
)
def something_is_lost(account: Account, command: Command, p: Parameters) -> bool:
    return any(lost(command, p).values())


@guard(
    "The loss is not recorded yet.",
    otherwise="Leave it: it is recorded.",
    cites=("G1-35", "X-03"),
)
def loss_is_unrecorded(account: Account, command: Command, p: Parameters) -> bool:
    return account.forfeited is None


def _loses(p: Parameters) -> bool:
    return p.open_obligations_policy == "warn" or p.wallet_policy == "warn_and_forfeit"


def forfeiting(p: Parameters) -> tuple[Effect, ...]:
    """What follows a deletion where open business does not stop it."""
    return (Then("forfeit"),) if _loses(p) else ()


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (paid_order_is_silent, *((something_is_lost, loss_is_unrecorded) if _loses(p) else ()))


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Suggest that the holder ask the seller about a paid order",
            actors=(Role.SYSTEM,),
            trigger="suggest_seller",
            source=BLOCKED,
            guards=(paid_order_is_silent,),
            effects=(Notify("ask_the_seller"),),
            cites=("G3-58", "G3-59"),
        ),
        *(_forfeit() if _loses(p) else ()),
    )


def _forfeit() -> tuple[Transition, ...]:
    return (
        Transition(
            title="Record what is lost with a deleted account",
            actors=(Role.SYSTEM,),
            trigger="forfeit",
            source=(State.DELETED,),
            guards=(loss_is_unrecorded, something_is_lost),
            effects=(
                Open(
                    "forfeited",
                    fixed={
                        "orders": lambda account, command, p: lost(command, p)["orders"],
                        "refunds": lambda account, command, p: lost(command, p)["refunds"],
                        "disputes": lambda account, command, p: lost(command, p)["disputes"],
                        "wallet": lambda account, command, p: lost(command, p)["wallet"],
                    },
                ),
                Notify("open_business_lost"),
            ),
            cites=("G1-35", "G1-37", "G1-39", "X-03", "X-45"),
        ),
    )
