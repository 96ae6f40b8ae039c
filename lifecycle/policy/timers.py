"""Timers: what each triggers, where it lives, and what follows when its trigger is refused (D-05)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import State
from lifecycle.rows import TimerRule

_ALL = (
    TimerRule(
        name="lock_expires",
        trigger="lock_expires",
        lives_in=(State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
        says="A lock for failed payments opens by itself after the wait.",
    ),
    TimerRule(
        name="suspension_ends",
        trigger="suspension_ends",
        lives_in=(State.SUSPENDED, State.UNDER_APPEAL),
        says="A suspension with an end is lifted at that end.",
    ),
    TimerRule(
        name="chase_appeal",
        trigger="chase_appeal",
        lives_in=(State.UNDER_APPEAL,),
        says="The staff are reminded of an appeal nobody has answered.",
    ),
    TimerRule(
        name="auto_reject",
        trigger="auto_reject",
        lives_in=(State.UNDER_APPEAL,),
        says="Several appeals sent at once are all rejected when the window is over.",
    ),
    TimerRule(
        name="abandon_deletion",
        trigger="abandon_deletion",
        lives_in=(State.PENDING_DELETION,),
        says="A deletion whose code is never typed in is dropped.",
    ),
    TimerRule(
        name="closure_lapses",
        trigger="closure_lapses",
        lives_in=(State.PENDING_DELETION,),
        yields=True,
        says="A closure nobody confirms lapses.",
    ),
    TimerRule(
        name="complete_deletion",
        trigger="complete_deletion",
        lives_in=(State.PENDING_DELETION,),
        instead="hold_deletion",
        retry="hold_recheck",
        says="A confirmed closure is carried out; while something is owed it is held and looked at again.",
    ),
    TimerRule(
        name="mark_stalled",
        trigger="mark_stalled",
        lives_in=(State.PENDING_DELETION,),
        says="A confirmed closure that nobody carried out is marked as stalled.",
    ),
    TimerRule(
        name="erase",
        trigger="erase",
        lives_in=(State.DELETED,),
        retry="erasure_retry",
        says="The data of a deleted account are erased; while something stops it, it is tried again.",
    ),
)

TIMERS: Mapping[str, TimerRule] = MappingProxyType({timer.name: timer for timer in _ALL})
