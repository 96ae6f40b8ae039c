"""What is asked of a request to close an account: by the holder, by support, and by the clock.

Guards only: the chapter about closing uses them in its rows.
"""

from __future__ import annotations

import datetime as dt

from lifecycle.model import Account, Command
from lifecycle.policy.obligations import GUARDS as OBLIGATIONS
from lifecycle.policy.obligations import still_owed
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Guard, guard, not_before

NO_TIME = dt.timedelta(0)


@guard(
    "The consequences were shown and read.",
    otherwise="Read what closing the account means, then ask again.",
    needs=("consequences_read",),
    limit=True,
    cites=("G2-23", "G2-26"),
)
def consequences_are_read(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.consequences_read


@guard(
    "The holder has proved who they are for this request.",
    otherwise="Type the password again, or prove it in another way.",
    needs=("identity_proven",),
    limit=True,
    cites=("G2-26",),
)
def identity_is_proven(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.identity_proven


@guard(
    "The request is stalled.",
    otherwise="Wait until it is carried out, or until its time is over.",
    sees=lambda account, command, p: {"stalled": bool(account.deletion and account.deletion.stalled)},
    limit=True,
    cites=("G2-38", "G2-42"),
)
def request_is_stalled(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and account.deletion.stalled


@guard(
    "The request may be made once more.",
    otherwise="Ask support: it was asked for too often.",
    sees=lambda account, command, p: {"attempts": account.deletion.attempts if account.deletion else 0},
    limit=lambda account, command, p: f"at most {p.resubmit_limit} times again",
    cites=("G2-42",),
)
def requests_are_left(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and account.deletion.attempts <= p.resubmit_limit


@guard(
    "The link in the mail was sent and is still accepted.",
    otherwise="Ask for the account to be closed again; a new mail will come.",
    cites=("G2-28", "A-16"),
)
def link_is_alive(account: Account, command: Command, p: Parameters) -> bool:
    return account.closure_link is not None and command.at <= account.closure_link.expires_at


@guard(
    "The request is not confirmed yet.",
    otherwise="Leave it: once the request is confirmed nothing can be undone or confirmed again.",
    sees=lambda account, command, p: {"confirmed": _confirmed(account) is not None},
    limit=False,
    cites=("G2-62", "G2-63", "X-08"),
)
def request_is_unconfirmed(account: Account, command: Command, p: Parameters) -> bool:
    return _confirmed(account) is None


@guard(
    "The request is confirmed.",
    otherwise="Follow the link in the mail first.",
    sees=lambda account, command, p: {"confirmed": _confirmed(account) is not None},
    limit=True,
    cites=("G2-28", "G2-39"),
)
def request_is_confirmed(account: Account, command: Command, p: Parameters) -> bool:
    return _confirmed(account) is not None


def _confirmed(account: Account) -> dt.datetime | None:
    return account.deletion.confirmed_at if account.deletion else None


@not_before(
    "The days between confirmation and deletion are over.",
    otherwise="Wait; nobody carries out a deletion early.",
    cites=("G2-29",),
)
def processing_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return due(account, p)


def has_grace(p: Parameters) -> bool:
    """Whether a direct deletion waits between the code and its end."""
    return p.direct_deletion_grace != NO_TIME


def due(account: Account, p: Parameters) -> dt.datetime | None:
    """The day of the deletion under way, before which nobody carries it out; None while it is not confirmed."""
    deletion = account.deletion
    if deletion is None or deletion.confirmed_at is None:
        return None
    after = p.direct_deletion_grace if deletion.track == "direct" else p.deletion_processing
    return deletion.due_at or p.calendar.add(deletion.confirmed_at, after)


@not_before(
    "The time in which the request should have been carried out is over.",
    otherwise="Wait; the request is still being carried out.",
    cites=("G2-38",),
)
def processing_took_too_long(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    confirmed = _confirmed(account)
    return p.calendar.add(confirmed, p.stalled_after) if confirmed else None


@guard(
    "The request is not marked as stalled yet.",
    otherwise="Leave it: it is marked already.",
    cites=("G2-38",),
)
def not_stalled_before(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and not account.deletion.stalled


@not_before(
    "The time to confirm the request is over.",
    otherwise="Leave it: the holder may still follow the link.",
    cites=("G2-28", "A-16"),
)
def confirmation_is_overdue(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.closure_link.expires_at if account.closure_link else None


@guard(
    "Something is still owed or running.",
    otherwise="Carry out the deletion: nothing stands in its way.",
    needs=tuple(dict.fromkeys(name for each in OBLIGATIONS for name in each.needs)),
    sees=lambda account, command, p: {"owed": still_owed(account, command, p), "holds": list(account.holds)},
    cites=("G2-18", "A-17", "A-19"),
)
def something_is_owed(account: Account, command: Command, p: Parameters) -> bool:
    return bool(still_owed(account, command, p)) or bool(account.holds)


@guard(
    "The deletion is not held yet.",
    otherwise="Leave it: it is held already.",
    cites=("G2-18",),
)
def deletion_is_not_held(account: Account, command: Command, p: Parameters) -> bool:
    return account.deletion is not None and not account.deletion.held


@guard(
    "Support agrees to stop the request.",
    otherwise="Ask at once next time; support cannot always stop it.",
    needs=("agent_consents",),
    limit=True,
    cites=("G2-62",),
)
def support_agrees(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.agent_consents


GUARDS = (
    consequences_are_read,
    identity_is_proven,
    request_is_stalled,
    link_is_alive,
    request_is_unconfirmed,
    request_is_confirmed,
    processing_is_over,
    processing_took_too_long,
    not_stalled_before,
    confirmation_is_overdue,
    something_is_owed,
    deletion_is_not_held,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this file under *p*."""
    asked = (support_agrees,) if "support" in p.withdrawn_by else ()
    return (*GUARDS, *asked, *((requests_are_left,) if p.resubmit_limit else ()))
