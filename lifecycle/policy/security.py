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
    end_of,
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
from lifecycle.policy.judged import before_a_measure, lifted
from lifecycle.policy.measures import (
    HOW,
    after_the_lock,
    asked_after_locks,
    decided_by,
    deciders,
    end,
    lifted_by_support,
    measure,
)
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import resolve_case
from lifecycle.policy.tries import brought_the_lock, unlock_channel, unlock_form
from lifecycle.rows import (
    Close,
    Count,
    Effect,
    Notify,
    SendCode,
    Set,
    StartTimer,
    Transition,
    When,
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
    limit=lambda account, command, p: [g.name for g in p.grounds.values() if g.restricts == "lock" and g.ends_after],
    cites=("G3-68", "A-56"),
)
def lock_opens_by_itself(account: Account, command: Command, p: Parameters) -> bool:
    return _lock_end(account, command, p) is not None


def _lock_end(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    if (kept := brought_the_lock(account, p)) is not None:
        return kept.opens_at
    return end_of(lock_ground(account, p), account.lock.since, p) if account.lock else None


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


LOCKING: tuple[Effect, ...] = (
    measure("lock", device=lambda account, command, p: command.facts.device),
    Close("unlock_code"),
    StartTimer("lock_expires", at=end()),
    Notify("account_locked"),
)


def _lock_rows(p: Parameters) -> tuple[Transition, ...]:
    by_hand = (ground_calls_for_a_lock, ground_comes_without_warning)
    by_rule = (*by_hand, signal_reached_its_limit, devices_are_not_recognised, no_travel_note_covers_this)
    rows: list[Transition] = []
    for role in deciders("lock", p):
        asked = (*decided_by(role, "lock", p), *before_a_measure(role, p))
        guards, how = (*(by_rule if role is Role.SYSTEM else by_hand), *asked), HOW[role]
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


UNLOCKED: tuple[Effect, ...] = (
    *lifted("lock"),
    Close("lock"),
    Close("unlock_code"),
    resolve_case(),
    Notify("account_unlocked"),
)


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
        *_lock_rows(p),
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
                    form=lambda account, command, q: unlock_form(account, command),
                    channels=lambda account, command, q: [unlock_channel(account, command)],
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
        *_other_ends(p),
    )


def _other_ends(p: Parameters) -> tuple[Transition, ...]:
    asked = asked_after_locks(p)
    return (
        Transition(
            title="Unlock through support",
            actors=(Role.AGENT,),
            trigger="unlock",
            source=(State.SECURITY_LOCKED,),
            guards=(identity_is_shown, cause_is_remedied, honest_cause_is_shown, *lifted_by_support(p)),
            dest=State.ACTIVE,
            effects=UNLOCKED,
            cites=("G3-50", "G3-70", "G3-83", "G3-84", "T-06"),
        ),
        *(
            row
            for answer in asked
            for row in _by_itself(answer, () if len(asked) == 1 else (after_the_lock.is_(answer),))
        ),
    )


def _by_itself(asked: str, when: tuple[When, ...]) -> tuple[Transition, ...]:
    """How a lock ends by itself, where this is *asked* for afterwards."""
    shared: dict[str, Any] = {
        "actors": (Role.SYSTEM,),
        "trigger": "lock_expires",
        "cites": ("G3-67", "G3-68", "A-56", "T-28"),
        "guards": (lock_opens_by_itself, lock_wait_is_over),
    }
    after = AFTER_THE_LOCK if asked == "other_means" else ()
    lapsed = (*after, *lifted("lock"), Close("lock"), Close("unlock_code"))
    opened = (*after, *UNLOCKED)
    told = ", with nothing asked for afterwards" if when and not after else ""
    return (
        Transition(
            title=f"Let a lock end by itself{told}",
            source=(State.SECURITY_LOCKED,),
            when=when,
            dest=State.ACTIVE,
            effects=opened,
            **shared,
        ),
        Transition(
            title=f"Let a lock under a suspension end by itself{told}",
            source=(State.SUSPENDED,),
            when=when,
            effects=lapsed,
            **shared,
        ),
        Transition(
            title=f"Let a lock end by itself during an appeal against the suspension{told}",
            source=(State.UNDER_APPEAL,),
            when=(*when, appeal_against.is_("suspension")),
            effects=lapsed,
            **shared,
        ),
        Transition(
            title=f"Let a lock end by itself during an appeal against it{told}",
            source=(State.UNDER_APPEAL,),
            when=(*when, appeal_against.is_("lock")),
            dest=State.ACTIVE,
            effects=(*opened, Set("appeal", fixed={"status": "moot"})),
            **shared,
        ),
    )
