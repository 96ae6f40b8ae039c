"""Where the ways out begin: the entries of the settings, what is typed in there, and who offers a pause.

Guards only: the chapters about leaving and closing use them in their rows.
"""

from __future__ import annotations

import datetime as dt

from lifecycle.calendar import spoken
from lifecycle.model import Account, Command
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Guard, guard


def _entries(p: Parameters, track: str) -> list[str]:
    return [entry for entry, leads in p.deletion_entry_points.items() if leads == track]


def _is_said(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.entry is not None


@guard(
    "The entry leads to deleting the account by oneself.",
    otherwise="Look under Edit Profile; the entries under Account Security ask for a closure instead.",
    needs=("entry",),
    limit=lambda account, command, p: _entries(p, "direct"),
    applies=_is_said,
    cites=("G1-15", "G1-45", "X-01", "X-11"),
)
def entry_leads_to_deletion(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.entry in _entries(p, "direct")


@guard(
    "The entry leads to asking for a closure.",
    otherwise="Look under Account Security, Account Management or Account Services.",
    needs=("entry",),
    limit=lambda account, command, p: _entries(p, "request"),
    applies=_is_said,
    cites=("G2-21", "G2-22", "X-01", "X-11"),
)
def entry_leads_to_closure(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.entry in _entries(p, "request")


@guard(
    "What is typed in is of an accepted kind.",
    otherwise="Type in something that names the account in an accepted way.",
    needs=("identifier",),
    limit=lambda account, command, p: list(p.login_identifiers),
    cites=("G1-12", "G1-49", "G2-20", "X-13"),
)
def identifier_is_accepted(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.identifier in p.login_identifiers


@guard(
    "Deactivating by oneself is offered.",
    otherwise="Ask support for a pause, and say that it is a break.",
    limit="self_button",
    sees=lambda account, command, p: {"offered": list(p.deactivation_channels)},
    cites=("G3-18", "X-06"),
)
def deactivating_is_offered(account: Account, command: Command, p: Parameters) -> bool:
    return "self_button" in p.deactivation_channels


@guard(
    "Pausing through support is offered.",
    otherwise="Press Deactivate in the settings; the account can be brought back any time.",
    limit="support",
    sees=lambda account, command, p: {"offered": list(p.deactivation_channels)},
    cites=("G2-50", "X-06"),
)
def support_may_pause(account: Account, command: Command, p: Parameters) -> bool:
    return "support" in p.deactivation_channels


@guard(
    "The pause has not lasted too long to come back.",
    otherwise="Ask support; a pause this long cannot be ended with the button.",
    sees=lambda account, command, p: {"paused_since": _paused_since(account)},
    limit=lambda account, command, p: f"at most {spoken(p.temporary_deactivation_max)}",
    cites=("G2-52", "A-21"),
)
def pause_may_end(account: Account, command: Command, p: Parameters) -> bool:
    pause = account.pause
    return pause is None or command.at <= p.calendar.add(pause.since, p.temporary_deactivation_max)


def _paused_since(account: Account) -> str:
    return f"{account.pause.since:%Y-%m-%d %H:%M} UTC" if account.pause else "never"


def unless_offered(p: Parameters, channel: str) -> tuple[Guard, ...]:
    """The guard that refuses a way of deactivating which is not offered; none where it is (X-06)."""
    guards = {"self_button": deactivating_is_offered, "support": support_may_pause}
    return () if channel in p.deactivation_channels else (guards[channel],)


def while_it_may_end(p: Parameters) -> tuple[Guard, ...]:
    """The guard on coming back, where a pause has a longest length (A-21)."""
    return (pause_may_end,) if p.temporary_deactivation_max != dt.timedelta(0) else ()


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this file under *p*."""
    return (
        entry_leads_to_deletion,
        entry_leads_to_closure,
        identifier_is_accepted,
        *unless_offered(p, "self_button"),
        *unless_offered(p, "support"),
        *while_it_may_end(p),
    )
