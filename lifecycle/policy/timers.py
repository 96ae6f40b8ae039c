"""Timers: what each triggers, where it lives, and what follows when its trigger is refused (D-05)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import MembershipState, State
from lifecycle.rows import TimerRule

_RUNNING = tuple(
    state for state in MembershipState if state not in (MembershipState.NO_MEMBERSHIP, MembershipState.TERMINATED)
)

_ALL = (
    TimerRule(
        name="lock_expires",
        trigger="lock_expires",
        lives_in=(State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL),
        says="A lock for failed payments opens by itself after the wait.",
    ),
    TimerRule(
        name="own_phone_wanted",
        trigger="ask_for_own_phone",
        lives_in=tuple(state for state in State if state is not State.DELETED),
        says="A family member's phone number serves for a time; then the holder is asked for one of their own.",
    ),
    TimerRule(
        name="warning_runs_out",
        trigger="warning_runs_out",
        lives_in=(
            State.ACTIVE,
            State.SECURITY_LOCKED,
            State.UNDER_APPEAL,
            State.DEACTIVATED,
            State.PENDING_DELETION,
        ),
        instead="hand_over_warning",
        yields=True,
        says="A warning nobody answered ends in the restriction it announced; otherwise a person decides.",
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
        instead="refuse_erasure",
        retry="erasure_retry",
        says="The data of a deleted account are erased; while something stops it, that is said and it is tried again.",
    ),
    TimerRule(
        name="anniversary",
        trigger="greet_anniversary",
        lives_in=tuple(state for state in State if state is not State.DELETED),
        says="The holder is greeted on each anniversary of the registration.",
    ),
    TimerRule(
        name="trial_ends",
        trigger="convert_trial",
        lives_in=_RUNNING,
        instead="end_membership",
        retry="vip_recheck",
        says="A trial turns into a paid membership, or ends; while a charge is disputed it waits.",
    ),
    TimerRule(
        name="period_ends",
        trigger="renew",
        lives_in=_RUNNING,
        instead="end_membership",
        retry="vip_recheck",
        says="A membership renews at the end of its period, or ends; while a charge is disputed it waits.",
    ),
    TimerRule(
        name="chase_confirmation",
        trigger="chase_confirmation",
        lives_in=(
            MembershipState.NOTICE_DELIVERED,
            MembershipState.DISPUTED,
            MembershipState.REFUNDED,
            MembershipState.LOST,
        ),
        retry="vip_recheck",
        says="The staff are reminded of a membership whose end nobody has confirmed.",
    ),
)

TIMERS: Mapping[str, TimerRule] = MappingProxyType({timer.name: timer for timer in _ALL})
