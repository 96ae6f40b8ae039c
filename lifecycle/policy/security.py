"""Chapter: the security lock. Protective, no blame; lifted by verification, by support, or by time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import (
    appeal_against,
    cause_is_remedied,
    code,
    code_is_alive,
    contact_is_on_file,
    deletion_track,
    identity_is_shown,
    lock_ground,
    named_ground,
    signal_reached_its_limit,
    stop_leaving,
    tries_are_left,
    yields_to_a_code,
)
from lifecycle.policy.declines import AFTER_THE_LOCK, honest_cause_is_shown
from lifecycle.policy.devices import REMEMBERED, devices_are_not_recognised, no_travel_note_covers_this, proof
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import resolve_case
from lifecycle.rows import (
    Close,
    Count,
    Effect,
    Notify,
    Open,
    SendCode,
    Set,
    StartTimer,
    Transition,
    guard,
    not_before,
)


@guard(
    "The ground is one that calls for a security lock.",
    otherwise="Name a ground for a lock, or suspend instead.",
    needs=("ground",),
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if g.restricts == "lock"],
    cites=("G3-09", "G3-10", "G3-17", "G3-67"),
)
def ground_calls_for_a_lock(account: Account, command: Command, p: Parameters) -> bool:
    ground = named_ground(command, p)
    return ground is not None and ground.restricts == "lock"


@guard(
    "The ground calls for no warning.",
    otherwise="Warn the holder; the lock then follows by itself, unless the warning is answered.",
    needs=("ground",),
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if g.restricts == "lock" and not g.warned],
    cites=("G3-129", "G3-130", "A-44"),
)
def ground_comes_without_warning(account: Account, command: Command, p: Parameters) -> bool:
    ground = named_ground(command, p)
    return ground is None or not ground.warned


@guard(
    "No lock stands yet.",
    otherwise="Leave it: the account is locked already.",
    sees=lambda account, command, p: {"lock": account.lock.ground if account.lock else "none"},
    limit="none",
    cites=("D-07",),
    always_in=(State.ACTIVE, State.DEACTIVATED),
)
def no_lock_stands(account: Account, command: Command, p: Parameters) -> bool:
    return account.lock is None


@guard(
    "The kind of lock yields to a code.",
    otherwise="Wait until the lock opens by itself, or ask support.",
    sees=lambda account, command, p: {"lock": account.lock.ground if account.lock else "none"},
    limit=lambda account, command, p: [
        g.name for g in p.grounds.values() if g.restricts == "lock" and yields_to_a_code(g, p)
    ],
    cites=("G3-11", "G3-24", "G3-68"),
)
def lock_yields_to_a_code(account: Account, command: Command, p: Parameters) -> bool:
    ground = lock_ground(account, p)
    return ground is not None and yields_to_a_code(ground, p)


@not_before(
    "The wait since the last code is over.",
    otherwise="Look in the spam folder meanwhile; then ask for a new code.",
    cites=("G3-80", "A-07"),
)
def resend_wait_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    last = account.unlock_code
    return p.calendar.add(last.since, p.unlock_code_resend_delay) if last else None


@not_before(
    "The wait that this kind of lock asks for is over.",
    otherwise="Wait; the lock then opens by itself.",
    cites=("G3-68", "A-56"),
)
def lock_wait_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return _lock_end(account, command, p)


@guard(
    "The kind of lock opens by itself.",
    otherwise="Unlock with a code, or through support.",
    sees=lambda account, command, p: {"lock": account.lock.ground if account.lock else "none"},
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if g.ends_after],
    cites=("G3-68", "A-56"),
)
def lock_opens_by_itself(account: Account, command: Command, p: Parameters) -> bool:
    return _lock_end(account, command, p) is not None


def _lock_end(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    ground = lock_ground(account, p)
    if account.lock is None or ground is None or ground.ends_after is None or p.decline_lock_release != "timer":
        return None
    return p.calendar.add(account.lock.since, getattr(p, ground.ends_after))


GUARDS = (
    ground_calls_for_a_lock,
    ground_comes_without_warning,
    no_lock_stands,
    lock_yields_to_a_code,
    resend_wait_is_over,
    lock_wait_is_over,
    lock_opens_by_itself,
)

# --- rows -------------------------------------------------------------------------------------------------------


def _new_lock_end(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    ground = named_ground(command, p)
    if ground is None or ground.ends_after is None or p.decline_lock_release != "timer":
        return None
    return p.calendar.add(command.at, getattr(p, ground.ends_after))


LOCKING: tuple[Effect, ...] = (
    Open("lock", take=("ground", "offers_appeal"), fixed={"device": lambda account, command, p: command.facts.device}),
    Close("unlock_code"),
    StartTimer("lock_expires", at=_new_lock_end),
    Notify("account_locked"),
)


def _lock_rows() -> tuple[Transition, ...]:
    by_hand = (ground_calls_for_a_lock, ground_comes_without_warning)
    by_rule = (*by_hand, signal_reached_its_limit, devices_are_not_recognised, no_travel_note_covers_this)
    rows: list[Transition] = []
    for role, guards, how in ((Role.SYSTEM, by_rule, "a signal"), (Role.AGENT, by_hand, "an agent's judgement")):
        shared: dict[str, Any] = {
            "actors": (role,),
            "trigger": "lock",
            "cites": ("G3-01", "G3-08", "G3-10", "T-02", "D-07"),
        }
        rows += [
            Transition(
                title=f"Lock an account on {how}",
                source=(State.ACTIVE, State.DEACTIVATED),
                guards=guards,
                dest=State.SECURITY_LOCKED,
                effects=(*LOCKING, *stop_leaving()),
                **shared,
            ),
            Transition(
                title=f"Lock an account that is being deleted on {how}",
                source=(State.PENDING_DELETION,),
                when=(deletion_track.is_("direct", "request"),),
                guards=guards,
                dest=State.SECURITY_LOCKED,
                effects=(*LOCKING, *stop_leaving()),
                **shared,
            ),
            Transition(
                title=f"Put a lock on top of a suspension on {how}",
                source=(State.SUSPENDED, State.UNDER_APPEAL),
                guards=(no_lock_stands, *guards),
                effects=LOCKING,
                **shared,
            ),
        ]
    return tuple(rows)


UNLOCKED: tuple[Effect, ...] = (Close("lock"), Close("unlock_code"), resolve_case(), Notify("account_unlocked"))


def _unlock_channel(account: Account, command: Command) -> str:
    """Where an unlock code goes: the way the holder chose, or what is on file if that is not."""
    chosen = "email" if command.facts.channel == "email_link" else "phone"
    return chosen if chosen in account.contacts else account.contacts[0]


def _unlock_form(account: Account, command: Command) -> str:
    by_link = command.facts.channel == "email_link" and _unlock_channel(account, command) == "email"
    return "link" if by_link else "digits"


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    locked = (State.SECURITY_LOCKED,)
    verified: dict[str, Any] = {
        "actors": (Role.HOLDER,),
        "trigger": "verify",
        "source": locked,
        "challenge": "unlock_code",
        "guards": (code_is_alive, tries_are_left),
        "dest": State.ACTIVE,
    }
    return (
        *_lock_rows(),
        Transition(
            title="Ask for an unlock code",
            actors=(Role.HOLDER,),
            trigger="send_unlock_code",
            source=locked,
            guards=(lock_yields_to_a_code, contact_is_on_file, resend_wait_is_over),
            effects=(
                SendCode(
                    "unlock_code",
                    lives="unlock_code_ttl",
                    digits="unlock_code_digits",
                    notice="unlock_code",
                    form=lambda account, command, q: _unlock_form(account, command),
                    channels=lambda account, command, q: [_unlock_channel(account, command)],
                ),
            ),
            cites=("G3-23", "G3-24", "G3-80", "A-08"),
        ),
        Transition(
            title="Unlock with the right code",
            when=(code.is_("right"), proof.is_("other")),
            effects=UNLOCKED,
            cites=("G3-25", "T-05"),
            **verified,
        ),
        Transition(
            title="Unlock a shared device's lock with the right code on a device of one's own",
            when=(code.is_("right"), proof.is_("own_device")),
            effects=(*REMEMBERED, *UNLOCKED),
            cites=("G3-25", "G3-74", "G3-75", "G3-78", "T-05"),
            **verified,
        ),
        Transition(
            title="Type in an unlock code that is wrong",
            actors=(Role.HOLDER,),
            trigger="verify",
            source=locked,
            when=(code.is_("wrong"),),
            challenge="unlock_code",
            guards=(code_is_alive, tries_are_left),
            effects=(Count("unlock_code", "tries"),),
            cites=("G3-24", "A-07", "D-13"),
        ),
        *_other_ends(),
    )


def _other_ends() -> tuple[Transition, ...]:
    by_itself: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "lock_expires",
        "cites": ("G3-67", "G3-68", "A-56", "T-28"),
    }
    waited = (lock_opens_by_itself, lock_wait_is_over)
    lapsed = (*AFTER_THE_LOCK, Close("lock"), Close("unlock_code"))
    opened = (*AFTER_THE_LOCK, *UNLOCKED)
    return (
        Transition(
            title="Unlock through support",
            actors=(Role.AGENT,),
            trigger="unlock",
            source=(State.SECURITY_LOCKED,),
            guards=(identity_is_shown, cause_is_remedied, honest_cause_is_shown),
            dest=State.ACTIVE,
            effects=UNLOCKED,
            cites=("G3-50", "G3-70", "G3-83", "G3-84", "T-06"),
        ),
        Transition(
            title="Let a lock end by itself",
            source=(State.SECURITY_LOCKED,),
            guards=waited,
            dest=State.ACTIVE,
            effects=opened,
            **by_itself,
        ),
        Transition(
            title="Let a lock under a suspension end by itself",
            source=(State.SUSPENDED,),
            guards=waited,
            effects=lapsed,
            **by_itself,
        ),
        Transition(
            title="Let a lock end by itself during an appeal against the suspension",
            source=(State.UNDER_APPEAL,),
            when=(appeal_against.is_("suspension"),),
            guards=waited,
            effects=lapsed,
            **by_itself,
        ),
        Transition(
            title="Let a lock end by itself during an appeal against it",
            source=(State.UNDER_APPEAL,),
            when=(appeal_against.is_("lock"),),
            guards=waited,
            dest=State.ACTIVE,
            effects=(*opened, Set("appeal", fixed={"status": "moot"})),
            **by_itself,
        ),
    )
