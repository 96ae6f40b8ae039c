"""How long things usually take, and which large sale makes them slower. Figures to tell, never conditions (G3-88).

Knows the estimates among the parameters, the calendar of sales and the hours of support. Does not know any row, and
no guard reads this room: a sale makes one wait, it takes no right away.
"""

from __future__ import annotations

import datetime as dt

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period, falls_within, spoken
from lifecycle.model import Account
from lifecycle.policy.parameters import Parameters


@frozen
class Wait:
    """How long something usually takes. ``most`` is None where nobody knows the end."""

    least: Period
    most: Period | None = None

    def __str__(self) -> str:
        if self.most is None:
            return f"{spoken(self.least)} or more"
        least, most = spoken(self.least), spoken(self.most)
        if least == "at once":
            return f"up to {most}"
        if least == most:
            return f"about {most}"
        same = len({said.split(" ", 1)[1].removesuffix("s") for said in (least, most)}) == 1
        return f"{least.split(' ', 1)[0] if same else least} to {most}"


def sale_on(at: dt.datetime, p: Parameters) -> str | None:
    """Return the name of the large sale that *at*, in UTC, falls into; None if there is none (G3-88, X-20)."""
    return next((name for name, days in p.peak_calendar.items() if falls_within(at, days)), None)


def chat_wait(at: dt.datetime, p: Parameters) -> Wait:
    """Return how long one waits for a person in the chat; during a large sale nobody knows how much longer (G3-89)."""
    if sale_on(at, p) is not None:
        return Wait(p.chat_wait_peak_min)
    return Wait(p.chat_wait_normal_min, p.chat_wait_normal_max)


def support_time(account: Account, p: Parameters) -> Wait:
    """Return how long support usually takes for what the account is blocked for, or for anything else (G3-83, G3-84).

    It is counted in days, or in working days where support rests as the reviewers do (X-40).
    """
    if account.suspension is not None:
        least, most = p.support_complex_min, p.support_complex_max
    elif account.lock is not None:
        least, most = dt.timedelta(0), p.support_simple_max
    else:
        least, most = p.support_resolution_min, p.support_resolution_max
    return Wait(_counted(least, p), _counted(most, p))


def _counted(period: Period, p: Parameters) -> Period:
    """Return whole days as working days where support works on those only."""
    if p.support_calendar == "always" or isinstance(period, BusinessDays) or period % dt.timedelta(days=1):
        return period
    return BusinessDays(period.days)


def support_answers_by(account: Account, p: Parameters) -> dt.datetime | None:
    """Return by when the open support case usually is answered; None if there is none, or it is answered."""
    case = account.support_case
    if case is None or case.status in ("declined", "resolved"):
        return None
    most = support_time(account, p).most
    return None if most is None else p.calendar.add(case.since, most)


def unlock_time(p: Parameters) -> Wait:
    """Return how long it usually takes to unlock an account by oneself (G3-79, X-18)."""
    return Wait(p.self_service_min, p.self_service_max)


def appeal_time(account: Account, p: Parameters) -> Wait | None:
    """Return how long the open appeal usually takes: a review, or a supervisor's; None if none is open (G3-40, G3-85)."""
    appeal = account.appeal
    if appeal is None or appeal.status != "open":
        return None
    if appeal.escalated:
        return Wait(p.escalation_review_min, p.escalation_review_max)
    return Wait(p.appeal_review_min, p.appeal_review_max)


def odds(account: Account, p: Parameters) -> int | None:
    """Return in how many of a hundred cases the open appeal is granted; None where no guide tells (G3-94, G3-96)."""
    appeal = account.appeal
    if appeal is None or appeal.status != "open":
        return None
    if appeal.escalated:
        return p.escalation_success
    return p.second_appeal_success if appeal.decided_before else None


def support(account: Account, now: dt.datetime, p: Parameters) -> dict[str, object]:
    """Return how support stands to the account at a moment: what it is busy with, and how long it takes, in words."""
    return {
        "sale": sale_on(now, p),
        "chat_wait": str(chat_wait(now, p)),
        "takes": str(support_time(account, p)),
        "answers_by": support_answers_by(account, p),
    }
