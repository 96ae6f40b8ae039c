"""What is usual: how long a step of a plan takes, and in how many of a hundred cases it ends well.

Knows how the estimates among the parameters apply to an account. Nothing here is a condition; no guard reads it.
"""

from __future__ import annotations

from lifecycle.model import Account
from lifecycle.policy.documents import current_appeal
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.waiting import appeal_time, support_time, unlock_time
from lifecycle.rows.ways import Takes

UNTOLD = Takes(told=False)


def untold(account: Account, p: Parameters) -> Takes:
    """Nobody tells how long it takes."""
    return UNTOLD


def by_oneself(account: Account, p: Parameters) -> Takes:
    """Unlocking by oneself (G3-79)."""
    wait = unlock_time(p)
    return Takes(wait.least, wait.most)


def in_the_chat(account: Account, p: Parameters) -> Takes:
    """Waiting for a person in the chat (G3-89)."""
    return Takes(p.chat_wait_normal_min, p.chat_wait_normal_max, crowded=p.chat_wait_peak_min, slows=True)


def through_support(account: Account, p: Parameters) -> Takes:
    """What support takes (G3-83, G3-84); where it answers the same day, one waits for a person at least."""
    wait = support_time(account, p)
    least = wait.least or p.chat_wait_normal_min
    return Takes(least, wait.most, crowded=None if wait.least else p.chat_wait_peak_min, slows=True)


def judged(account: Account, p: Parameters) -> Takes:
    """The answer to the open appeal, counted from when it was sent (G3-40, G3-85)."""
    wait, appeal = appeal_time(account, p), account.appeal
    return Takes(wait.least, wait.most, slows=True, since=appeal.since) if wait and appeal else UNTOLD


def second_appeal(account: Account, p: Parameters) -> int | None:
    """How often an appeal after a rejected one is granted (G3-94)."""
    last = current_appeal(account)
    return p.second_appeal_success if last is not None and last.status == "rejected" else None


def escalated(account: Account, p: Parameters) -> int | None:
    """How often a supervisor grants (G3-96)."""
    return p.escalation_success if account.appeal and account.appeal.escalated else None


def duplicate(account: Account, p: Parameters) -> int | None:
    """How often giving up a duplicate account cures it (G3-77)."""
    suspension = account.suspension
    return p.duplicate_success_rate if suspension and suspension.ground == "coupon_abuse" else None
