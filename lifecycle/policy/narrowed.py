"""Further conditions of what an account may do, where its state alone does not tell.

The same guards as those of rows, read when somebody asks `Lifecycle.allows`; none of them refuses a transition.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import Account, Command, State
from lifecycle.policy.benefits import CONDITIONS
from lifecycle.policy.mail import stopped
from lifecycle.policy.membership_ending import has_benefits
from lifecycle.policy.membership_fees import account_may_be_charged
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Guard, guard


@guard(
    "The payment of the order is not under suspicion.",
    otherwise="Hold the shipment until the payment is cleared; the order is not cancelled.",
    needs=("payment_flagged",),
    limit=False,
    cites=("G3-57",),
)
def payment_is_not_flagged(account: Account, command: Command, p: Parameters) -> bool:
    return not command.facts.payment_flagged


@guard(
    "The account is suspended for unpaid orders, and the holder is at a desktop.",
    otherwise="Sign in on a desktop, or ask support to cancel the orders.",
    needs=("device_class",),
    applies=lambda account, command, p: account.state is State.SUSPENDED,
    cites=("G3-64", "X-39", "A-60"),
)
def restricted_session_is_open(account: Account, command: Command, p: Parameters) -> bool:
    for_unpaid_orders = account.suspension is not None and account.suspension.ground == "unpaid_orders"
    return p.restricted_desktop_session and for_unpaid_orders and command.facts.device_class == "desktop"


@guard(
    "The holder is at a desktop, an agent has told the cause, or it stands in the statement of reasons.",
    otherwise="Sign in on a desktop, or ask an agent.",
    needs=("device_class",),
    applies=lambda account, command, p: account.suspension is None,
    cites=("G3-02", "G3-20", "G3-50", "A-09", "A-60"),
)
def cause_is_shown(account: Account, command: Command, p: Parameters) -> bool:
    told = account.lock is not None and account.lock.cause_told
    return told or command.facts.device_class == "desktop"


@guard(
    "Money in the wallet can be transferred here.",
    otherwise="Spend it on an order.",
    limit=True,
    cites=("G2-16", "A-18"),
)
def wallet_can_be_transferred(account: Account, command: Command, p: Parameters) -> bool:
    return p.wallet_transfer


@guard(
    "The holder has not stopped promotions.",
    otherwise="Send none.",
    sees=lambda account, command, p: {"stopped": list(stopped(account))},
    cites=("G1-48", "G2-35"),
)
def promotions_are_wanted(account: Account, command: Command, p: Parameters) -> bool:
    return "email" not in stopped(account)


@guard(
    "The account is not deleted, or deleting it leaves promotions on.",
    otherwise="Send none: they ended with the account.",
    applies=lambda account, command, p: account.state is State.DELETED,
    cites=("G1-47", "G2-48", "X-14"),
)
def promotions_outlast_the_account(account: Account, command: Command, p: Parameters) -> bool:
    return not p.suppress_email_on_delete


@guard(
    "The address is not erased.",
    otherwise="Send none: nobody knows the address any more.",
    sees=lambda account, command, p: {"erased": account.erased},
    limit=False,
    cites=("G1-33", "G2-59"),
)
def address_is_not_erased(account: Account, command: Command, p: Parameters) -> bool:
    return not account.erased


@guard(
    "The holder has not stopped the app's alerts.",
    otherwise="Send none.",
    sees=lambda account, command, p: {"stopped": list(stopped(account))},
    cites=("G2-49",),
)
def alerts_are_wanted(account: Account, command: Command, p: Parameters) -> bool:
    return "app" not in stopped(account)


@guard(
    "A membership runs, or one that ended is paid for until later.",
    otherwise="Offer the membership, if the account is invited.",
    sees=lambda account, command, p: {"membership": account.membership_state.words},
    cites=("G4-20", "A-23", "X-30"),
)
def membership_gives_benefits(account: Account, command: Command, p: Parameters) -> bool:
    return has_benefits(account, command.at)


NARROWED: Mapping[str, tuple[Guard, ...]] = MappingProxyType(
    {
        "ship_paid_orders": (payment_is_not_flagged,),
        "cancel_unpaid_orders": (restricted_session_is_open,),
        "renew_paid_services": (account_may_be_charged,),
        "see_cause": (cause_is_shown,),
        "transfer_wallet_money": (wallet_can_be_transferred,),
        "receive_promotions": (promotions_are_wanted, promotions_outlast_the_account, address_is_not_erased),
        "receive_app_alerts": (alerts_are_wanted,),
        "use_membership_benefits": (membership_gives_benefits,),
        **CONDITIONS,
    }
)
"""Capability → what must hold besides the state."""
