"""What holds on every road through leaving under other policies than the guides', tried on random ones."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support import DAY, HOUR
from wander import begin, lives, step

from lifecycle.fold import evolve, replay
from lifecycle.model import Account, Event, State
from lifecycle.policy.closing import due

RESTRICTED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)
GRACE: dict[str, Any] = {
    "direct_deletion_grace": 5 * DAY,
    "withdrawn_by": ("support", "holder", "sign_in"),
    "withdraw_until": "platform_confirmed",
    "withdrawal_closes": HOUR,
}
PLATFORM: dict[str, Any] = {
    "platform_deletion": ("staff", "retention"),
    "removal_lead": 4 * DAY,
    "suspension_retention": 10 * DAY,
}
HELD: dict[str, Any] = {
    "leaving_when_restricted": "held",
    "warned_while": ("active", "deactivated", "pending_deletion"),
}
READINGS = (GRACE, PLATFORM, HELD, {**GRACE, **PLATFORM, **HELD}, {**HELD, "deactivate_button_effect": "deletion_only"})
WALKS = given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60), reading=st.sampled_from(READINGS))
TRIED = settings(max_examples=60, deadline=None)


def disagreements(account: Account) -> list[str]:
    """What of an account's state and its records about leaving does not agree; empty if all is well."""
    state, held, removal = account.state, account.interruption, account.removal
    wants = {
        "what is interrupted waits under a restriction": held is None or state in RESTRICTED,
        "a deletion is under way, or interrupted": (account.deletion is not None)
        == (state is State.PENDING_DELETION or (held is not None and held.was == "pending_deletion")),
        "a pause is there to go back to": held is None or held.was != "deactivated" or account.pause is not None,
        "a deactivated account has a pause": state is not State.DEACTIVATED or account.pause is not None,
        "nobody is free under a restriction": state not in (State.ACTIVE, State.DEACTIVATED)
        or (account.lock is None and account.suspension is None),
        "a deletion by the platform is of a suspended account": removal is None
        or (state in (State.SUSPENDED, State.UNDER_APPEAL) and account.suspension is not None),
        "its day is waited for, but for an appeal": (removal is not None and state is State.SUSPENDED)
        == (account.timer("removal") is not None),
        "a confirmed deletion has a day to wait for": state is not State.PENDING_DELETION
        or account.deletion is None
        or account.deletion.confirmed_at is None
        or account.timer("complete_deletion") is not None,
    }
    return [f"{says} (version {account.version}, {state.value})" for says, holds in wants.items() if not holds]


@WALKS
@TRIED
def test_state_and_records_agree(seeds: list[int], reading: dict[str, Any]) -> None:
    """After every event state, records and timers tell one story, whatever was held, announced or stopped."""
    world = begin(**reading)
    for seed in seeds:
        step(world, seed)
    account = Account("acc")
    followed = [event.trigger for event in world.events[1:]] + [""]
    for event, then in zip(world.events, followed, strict=True):
        account = evolve(account, event)
        # The day is told anew by an event of its own, at the instant at which an appeal has failed.
        assert then == "resume_removal" or not disagreements(account)
        assert all(lives(world.machine.policy.timers[timer.name], account) for timer in account.timers)
    assert replay("acc", world.events) == world.account


@WALKS
@TRIED
def test_nobody_is_deleted_before_the_day(seeds: list[int], reading: dict[str, Any]) -> None:
    """No account ends before the day of its deletion, and each that was suspended leaves its identifiers taken."""
    world = begin(**reading)
    for seed in seeds:
        step(world, seed)
    account = Account("acc")
    for event in world.events:
        if event.dest is State.DELETED and event.source is not State.DELETED:
            assert event.at >= _day(world.machine.policy.parameters, account, event)
            assert evolve(account, event).reserved == (account.suspension is not None)
        account = evolve(account, event)


def _day(p: Any, account: Account, event: Event) -> Any:
    if event.trigger == "carry_out_removal":
        assert account.removal is not None
        return account.removal.due_at
    return due(account, p) or event.at
