"""What is asked of the day on which an appeal comes: by the holder, by the clock, and by who opens the time again.

Guards only: the chapter about windows uses them in its rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs

from lifecycle.model import Account, Command, State
from lifecycle.policy.clock_terms import Window
from lifecycle.policy.documents import restriction_of
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Guard, guard, not_after, not_before

BLOCKED = (State.SECURITY_LOCKED, State.SUSPENDED)


def appeal_window(p: Parameters) -> Window | None:
    """The window of an appeal under *p*, if it has one."""
    return p.windows.get("appeal")


Read = Callable[[str], Any]
"""Reads a field of the account by its name."""


def shown(read: Read) -> Any:
    """The restriction that shows, the suspension before the lock."""
    return read("suspension") or read("lock")


def appealable(read: Read, p: Any) -> bool:
    """Whether an appeal against the restriction that shows may follow at all."""
    restriction = shown(read)
    if restriction is None or not restriction.offers_appeal or getattr(restriction, "permanent", False):
        return False
    ground = p.grounds.get(restriction.ground)
    return ground is None or "appeal" in ground.ways


def last_day(account: Account) -> dt.datetime | None:
    """The last moment to appeal against the restriction that shows; None if there is none."""
    restriction = restriction_of(account)
    return restriction.appeal_until if restriction else None


@not_after(
    "The time to appeal is not over.",
    otherwise="Ask support to have the time opened again, and say why it was missed.",
    cites=("windows", "A-40"),
)
def appeal_comes_in_time(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return last_day(account)


_IN_TIME = {
    False: appeal_comes_in_time,
    True: attrs.evolve(
        appeal_comes_in_time, otherwise="Accept the decision: its time to appeal is over, and nobody opens it again."
    ),
}


def in_time(p: Parameters) -> tuple[Guard, ...]:
    """What an appeal asks of its day: nothing where there is no window."""
    window = appeal_window(p)
    return () if window is None else (_IN_TIME[window.final],)


@not_before(
    "The time to appeal is over.",
    otherwise="Wait; the holder may still appeal.",
    cites=("windows", "A-40"),
)
def appeal_time_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return last_day(account)


@guard(
    "There is a last day to appeal, and nobody has noted that it went by.",
    otherwise="Leave it: there is no last day, or it is noted already.",
    sees=lambda account, command, p: _seen(account),
    cites=("windows",),
)
def lapse_is_not_noted(account: Account, command: Command, p: Parameters) -> bool:
    restriction = restriction_of(account)
    return restriction is not None and restriction.appeal_until is not None and not restriction.appeal_lapsed


def _seen(account: Account) -> dict[str, str]:
    last, restriction = last_day(account), restriction_of(account)
    lapsed = restriction is not None and restriction.appeal_lapsed
    return {"until": f"{last:%Y-%m-%d %H:%M:%S} UTC" if last else "none", "lapsed": "yes" if lapsed else "no"}


@not_before(
    "The time to appeal is nearly over.",
    otherwise="Wait; a reminder now would come too early.",
    cites=("windows",),
)
def appeal_time_is_nearly_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    last, window = last_day(account), appeal_window(p)
    if last is None or window is None or window.reminder_before is None:
        return None
    return p.calendar.before(last, window.reminder_before)


@guard(
    "The time to appeal went by, and an appeal could change something.",
    otherwise="Leave it: the holder may still appeal, or never could.",
    sees=lambda account, command, p: _seen(account),
    limit="lapsed",
    cites=("windows", "A-40"),
)
def appeal_time_went_by(account: Account, command: Command, p: Parameters) -> bool:
    restriction = restriction_of(account)
    return restriction is not None and restriction.appeal_lapsed and appealable(lambda name: getattr(account, name), p)


@guard(
    "The delivery of the notice is news, and an appeal may follow it.",
    otherwise="Leave it: the time to appeal runs already, the notice tells an older decision, or none is to appeal against.",
    needs=("noticed_at",),
    sees=lambda account, command, p: _seen(account),
    cites=("windows",),
)
def delivery_is_news(account: Account, command: Command, p: Parameters) -> bool:
    if last_day(account) is not None or not appealable(lambda name: getattr(account, name), p):
        return False
    noticed, decided = command.facts.noticed_at, _decided(account)
    return noticed is None or decided is None or noticed >= decided


def _decided(account: Account) -> dt.datetime | None:
    """When that was decided which an appeal may follow now: the restriction that shows, or a rejection after it."""
    restriction, appeal = restriction_of(account), account.appeal
    moments = (restriction.since if restriction else None, appeal.decided_at if appeal else None)
    return max((moment for moment in moments if moment is not None), default=None)
