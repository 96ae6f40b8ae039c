"""Reasons for leaving: what each is, and what the holder could do instead. Data, and the guards that look at a reason.

Knows the reasons of the guides. Does not know any row. No reason decides whether somebody may leave (G1-01).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import Account, Command
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Alternative, Guard, Reason, guard

OTHER_SHOPS = ("amazon", "ebay", "walmart", "alibaba")
"""The shops named as alternatives; the last is the parent company's and mainly sells to businesses (G2-37)."""

_SWITCH_OFF = Alternative(
    "switch_off_messages", "Switch off mails in the notification settings, and the alerts of the app.", ("G2-49",)
)
_PRIVACY = Alternative(
    "adjust_privacy", "Adjust the privacy settings: data sharing, advertising, who sees the profile.", ("G2-53",)
)
_END_SERVICES = Alternative("end_services", "End single services or memberships and keep the account.", ("G2-54",))
_KEEP_ONE = Alternative("keep_the_main_account", "Close the further accounts and keep the main one.", ("G2-55",))
_REMOVE_CARDS = Alternative(
    "remove_payment_methods", "Remove the saved payment methods, so that nothing more is charged.", ("G2-56",)
)
_PAUSE = Alternative("pause", "Ask support for a pause, and come back whenever you like.", ("G2-50", "G2-52", "G2-64"))
_OTHER_SHOPS = Alternative("other_shops", "Buy elsewhere and keep the account for when it is needed.", ("G2-37",))
_ASK_SELLER = Alternative("ask_the_seller", "Ask the seller to take the means of payment you prefer.", ("G1-28",))
_CLAIM = Alternative(
    "claim_the_refund", "Ask for the refund first; after the deletion it cannot be had any more.", ("G1-34", "G1-35")
)
_DISPUTE = Alternative("have_it_settled", "Have the open questions settled by seller or support first.", ("G2-44",))

_ALL = (
    Reason(
        "low_quality", "goods that cost next to nothing disappoint soon", ("G1-25", "G1-26"), (_CLAIM, _OTHER_SHOPS)
    ),
    Reason("limited_payment", "the preferred means of payment is missing", ("G1-27",), (_ASK_SELLER, _OTHER_SHOPS)),
    Reason("delayed_shipping", "the goods come late", ("G1-29",), (_OTHER_SHOPS,)),
    Reason("not_arrived", "the goods never came", ("G1-30",), (_CLAIM, _DISPUTE)),
    Reason("privacy", "worry about how personal data are handled", ("G2-01",), (_PRIVACY, _REMOVE_CARDS)),
    Reason("unwanted_email", "too many messages", ("G2-02", "X-14"), (_SWITCH_OFF,)),
    Reason("shopping_risk", "fraud or counterfeits, met or feared", ("G2-03",), (_REMOVE_CARDS, _CLAIM, _OTHER_SHOPS)),
    Reason("lack_of_use", "the account is not used any more", ("G2-04",), (_PAUSE, _END_SERVICES, _KEEP_ONE)),
    Reason("service_issues", "unhelpful support, or disputes left unsolved", ("G2-05",), (_DISPUTE, _OTHER_SHOPS)),
    Reason("alternative_platform", "another shop fits better", ("G2-06",), (_PAUSE, _OTHER_SHOPS)),
    Reason("break", "a pause is needed, and a return is possible", ("G2-51",), (_PAUSE,)),
    Reason("other", "anything else", ("G1-01", "G2-07"), ()),
)

REASONS: Mapping[str, Reason] = MappingProxyType({reason.name: reason for reason in _ALL})
"""The reasons by name. What is offered instead never stands in the way (G2-07)."""


@guard(
    "The reason is one of the list, or none is given.",
    otherwise="Choose a reason from the list; there is one for anything else.",
    needs=("reason",),
    limit=lambda account, command, p: list(REASONS),
    cites=("G1-01", "G1-31", "G2-07", "G2-25"),
)
def reason_is_on_the_list(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.reason is None or command.facts.reason in REASONS


def reason_said(account: Account, command: Command, p: Parameters) -> str | None:
    """Why the holder leaves: as said now, or when Deactivate was pressed."""
    return command.facts.reason or (account.pause.reason if account.pause else None)


def _way(account: Account, command: Command) -> str:
    """The way out that is taken: a closure by request, or the kind of place where Deactivate was pressed."""
    if command.trigger == "request_closure":
        return "request"
    entry = account.pause.entry if account.pause else None
    return (entry or "web").partition(":")[0]


@guard(
    "A reason is given where one must be given.",
    otherwise="Choose a reason from the list; any will do.",
    needs=("reason",),
    sees=lambda account, command, p: {"way": _way(account, command), "reason": reason_said(account, command, p)},
    limit="any reason of the list",
    applies=lambda account, command, p: _way(account, command) in p.reason_required,
    cites=("G1-46", "G2-25", "X-12"),
)
def reason_is_given(account: Account, command: Command, p: Parameters) -> bool:
    return reason_said(account, command, p) is not None


GUARDS: tuple[Guard, ...] = (reason_is_on_the_list, reason_is_given)
