"""Chapter: windows. Until when an appeal may be sent, and documents that were asked for be handed in.

There is none by default: the guides name no last day (A-40). Where the policy has one, it is counted from the notice, told
in it, and the holder is reminded before the end. One that comes late is refused with the day on which it was over.
Whether a person may still open the time again is policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from lifecycle.model import Account, Role, State
from lifecycle.policy.appeal_time import (
    BLOCKED,
    Read,
    appeal_time_is_nearly_over,
    appeal_time_is_over,
    appeal_time_went_by,
    appeal_window,
    appealable,
    delivery_is_news,
    in_time,
    lapse_is_not_noted,
    last_day,
    shown,
)
from lifecycle.policy.clock_terms import Window
from lifecycle.policy.common import reasons_are_given
from lifecycle.policy.notices import NOTICES
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import (
    Effect,
    Guard,
    Notice,
    Notify,
    Open,
    Report,
    Set,
    StartTimer,
    StopTimer,
    TimerDue,
    TimerRule,
    Transition,
)

_END = "windows.appeal.lasts"
_SOON = "windows.appeal.reminder_before"
LAPSES, REMINDS = "appeal_lapses", "remind_of_appeal"

# --- the clock ----------------------------------------------------------------------------------------------------


def _running(read: Read) -> bool:
    """Whether the time to appeal against the restriction that shows runs, and nobody has to decide anything more."""
    restriction = shown(read)
    due = next((timer.due for timer in read("timers") if timer.name == LAPSES), None)
    if restriction is None or due is None or restriction.appeal_lapsed or getattr(restriction, "permanent", False):
        return False
    return bool(due == restriction.appeal_until)


def ticking(row: Transition, p: Parameters) -> Transition:
    """Return *row* with the time to appeal in it.

    Every step that opens a restriction which then shows starts the time to appeal, every rejection starts it anew, and
    each tells the day in its notices. An appeal and an escalation ask for it.
    """
    window = appeal_window(p)
    if window is None:
        return row
    if row.trigger in ("appeal", "escalate") and not {*row.source} - {*BLOCKED}:
        return attrs.evolve(row, guards=(*row.guards, *in_time(p)))
    awaited = window.counted_from == "delivery"
    if row.trigger in ("reject", "auto_reject"):
        return attrs.evolve(row, effects=(*_FORGOTTEN, *row.effects)) if awaited else _telling(row, _anew(row, p))
    opens = next((e.record for e in row.effects if isinstance(e, Open) and e.record in ("suspension", "lock")), None)
    if opens is None or row.dest is None or awaited:
        return row
    return _telling(row, tuple(_after_opening(row, opens, p)))


def _timers_of(p: Parameters) -> tuple[Effect, ...]:
    window = appeal_window(p)
    reminds = StartTimer(REMINDS, after=_SOON, ahead_of=LAPSES, only_if=appealable)
    reminded = window is not None and window.reminder_before is not None
    return (StartTimer(LAPSES, after=_END, only_if=appealable), *((reminds,) if reminded else ()))


def _set(of_suspension: Any, of_lock: Any) -> tuple[Effect, ...]:
    """Change the last day of the restriction that shows; a lock under a suspension keeps its own."""
    return (
        Set("suspension", fixed={"appeal_until": of_suspension, "appeal_lapsed": False}),
        Set(
            "lock",
            fixed={
                "appeal_until": lambda account, command, p: (
                    account.lock.appeal_until if account.suspension else of_lock
                ),
                "appeal_lapsed": lambda account, command, p: bool(account.suspension) and account.lock.appeal_lapsed,
            },
        ),
    )


_FORGOTTEN = _set(None, None)
"""What a rejection does where the time runs from its delivery only: until that is told there is no last day."""


def _begun(p: Parameters) -> tuple[Effect, ...]:
    return (*_timers_of(p), *_set(TimerDue(LAPSES), TimerDue(LAPSES)))


def _anew(row: Transition, p: Parameters) -> tuple[Effect, ...]:
    return (*_begun(p), *row.effects)


def _after_opening(row: Transition, record: str, p: Parameters) -> Iterator[Effect]:
    for effect in row.effects:
        yield effect
        if isinstance(effect, Open) and effect.record == record:
            # What runs is about the lock that stood before.
            if State.SECURITY_LOCKED in row.source:
                yield from (StopTimer(timer.name) for timer in timers(p))
            yield from _timers_of(p)
            yield Set(record, fixed={"appeal_until": TimerDue(LAPSES)})


def _telling(row: Transition, effects: tuple[Effect, ...]) -> Transition:
    """Return *row* with these *effects*, of which every notice to the holder tells the last day to appeal."""
    day = {"appeal_until": TimerDue(LAPSES)}
    told = (attrs.evolve(e, tells={**e.tells, **day}) if isinstance(e, Notify) else e for e in effects)
    return attrs.evolve(row, effects=tuple(told))


# --- rows ---------------------------------------------------------------------------------------------------------


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    window = appeal_window(p)
    if window is None:
        return ()
    return (
        *in_time(p),
        appeal_time_is_over,
        lapse_is_not_noted,
        *((appeal_time_is_nearly_over,) if window.reminder_before is not None else ()),
        *(() if window.final else (appeal_time_went_by,)),
        *((delivery_is_news,) if window.counted_from == "delivery" else ()),
    )


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter under *p*."""
    window = appeal_window(p)
    if window is None:
        return ()
    lapses = TimerRule(
        name=LAPSES,
        trigger=LAPSES,
        lives_in=BLOCKED,
        waits_for=_running,
        yields=True,
        says="The time to appeal ends; at its last moment the holder may still appeal.",
    )
    reminds = TimerRule(
        name=REMINDS,
        trigger=REMINDS,
        lives_in=BLOCKED,
        waits_for=_running,
        says="The holder is reminded that the time to appeal is nearly over.",
    )
    return (lapses, *((reminds,) if window.reminder_before is not None else ()))


def notices(p: Parameters) -> tuple[Notice, ...]:
    """The notices of this chapter under *p*."""
    window = appeal_window(p)
    if window is None:
        return ()
    after = "the decision stands" if window.final else "support can be asked to open it again"
    found = [Notice("appeal_time_over", f"The time to appeal is over; {after}.")]
    if window.reminder_before is not None:
        found.append(Notice("appeal_time_ends", "The time to appeal is nearly over; here is its last day."))
    if window.counted_from == "delivery":
        found.append(Notice("appeal_time_runs", "The time to appeal runs; here is its last day."))
    if not window.final:
        found.append(Notice("appeal_time_reopened", "The time to appeal is open again; here is its new last day."))
    return tuple(found)


def reports(p: Parameters, rows: Iterable[Transition]) -> tuple[Report, ...]:
    """What the worker reports under *p*: that the notice arrived with which one of these *rows* tells of a decision."""
    window = appeal_window(p)
    if window is None or window.counted_from != "delivery":
        return ()
    to_holder = {name for name, notice in NOTICES.items() if notice.to == "holder"}
    told = (e.notice for row in rows if _decides(row) for e in row.effects if isinstance(e, Notify))
    return (Report("report_delivery", notices=tuple(dict.fromkeys(name for name in told if name in to_holder))),)


def _decides(row: Transition) -> bool:
    """Whether an appeal may follow this row: it opens a restriction which then shows, or rejects an appeal."""
    opens = any(isinstance(e, Open) and e.record in ("suspension", "lock") for e in row.effects)
    return row.trigger in ("reject", "auto_reject") or (opens and row.dest is not None)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    window = appeal_window(p)
    if window is None:
        return ()
    lapsed = {"appeal_lapsed": True}
    lapse = Transition(
        title="Note that the time to appeal is over",
        actors=(Role.SYSTEM,),
        trigger=LAPSES,
        source=BLOCKED,
        guards=(lapse_is_not_noted, appeal_time_is_over),
        effects=(
            Set("suspension", fixed=lapsed),
            Set("lock", fixed={"appeal_lapsed": lambda account, command, q: _of_the_lock_too(account)}),
            Notify("appeal_time_over", tells={"appeal_until": lambda account, command, q: last_day(account)}),
        ),
        cites=("windows", "A-40"),
    )
    return (lapse, *_reminding(window), *_reopening(window, p), *_delivered(window, p))


def _of_the_lock_too(account: Account) -> bool:
    return account.suspension is None or bool(account.lock and account.lock.appeal_lapsed)


def _reminding(window: Window) -> tuple[Transition, ...]:
    if window.reminder_before is None:
        return ()
    return (
        Transition(
            title="Remind the holder that the time to appeal is nearly over",
            actors=(Role.SYSTEM,),
            trigger=REMINDS,
            source=BLOCKED,
            guards=(lapse_is_not_noted, appeal_time_is_nearly_over),
            effects=(
                Notify("appeal_time_ends", tells={"appeal_until": lambda account, command, q: last_day(account)}),
            ),
            cites=("windows",),
        ),
    )


def _reopening(window: Window, p: Parameters) -> tuple[Transition, ...]:
    if window.final:
        return ()
    day = {"appeal_until": TimerDue(LAPSES)}
    return (
        Transition(
            title="Open the time to appeal again",
            actors=(Role.AGENT, Role.REVIEWER, Role.SUPERVISOR),
            trigger="reopen_appeal",
            source=BLOCKED,
            guards=(appeal_time_went_by, reasons_are_given),
            effects=(*_begun(p), Notify("appeal_time_reopened", tells=day)),
            cites=("windows", "A-40"),
        ),
    )


def _delivered(window: Window, p: Parameters) -> tuple[Transition, ...]:
    if window.counted_from != "delivery":
        return ()
    return (
        Transition(
            title="Note that the notice of a decision was delivered",
            actors=(Role.SYSTEM,),
            trigger="report_delivery",
            source=BLOCKED,
            guards=(delivery_is_news,),
            effects=(*_begun(p), Notify("appeal_time_runs", tells={"appeal_until": TimerDue(LAPSES)})),
            cites=("windows",),
        ),
    )
