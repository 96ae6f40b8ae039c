"""Chapter: documents that are asked for. Whoever judges an appeal names them, and until when they are awaited.

Nobody asks under the guides' policy: what an appeal needs is known before. Where the policy gives such a request a window,
its last day is told, the holder is reminded before the end, and what comes later is refused with that day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from lifecycle.model import Account, Command, EvidenceRequest, Role, State
from lifecycle.policy.clock_terms import Window
from lifecycle.policy.judgement import appeal_level
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import (
    Guard,
    Notice,
    Notify,
    Open,
    Set,
    StartTimer,
    TimerDue,
    TimerRule,
    Transition,
    guard,
    not_after,
    not_before,
)

_LASTS = "windows.evidence.lasts"
_SOON = "windows.evidence.reminder_before"
LAPSES, REMINDS = "evidence_lapses", "remind_of_evidence"


def evidence_window(p: Parameters) -> Window | None:
    """The window of documents that are asked for under *p*, if there is one."""
    return p.windows.get("evidence")


def current_request(account: Account) -> EvidenceRequest | None:
    """The latest request for documents that belongs to the appeal that is open."""
    request, appeal = account.evidence_request, account.appeal
    mine = request is not None and appeal is not None and request.appeal == appeal.number and appeal.status == "open"
    return request if mine else None


def documents_awaited(account: Account) -> bool:
    """Whether documents that were asked for are still awaited."""
    request = current_request(account)
    return request is not None and request.is_open


def _seen(account: Account) -> dict[str, str]:
    request = current_request(account)
    if request is None:
        return {"request": "none"}
    until = f"{request.until:%Y-%m-%d %H:%M:%S} UTC" if request.until else "none"
    stands = "open" if request.is_open else "answered" if request.answered else "lapsed"
    return {"request": stands, "until": until}


@guard(
    "Documents of known kinds are asked for.",
    otherwise="Name the kinds of documents that are missing.",
    needs=("evidence_wanted",),
    sees=lambda account, command, p: {"unknown": _unknown(command, p)},
    limit=lambda account, command, p: [name for name, kind in p.evidence.items() if kind.source == "holder"],
    cites=("windows", "G3-54"),
)
def wanted_documents_are_known(account: Account, command: Command, p: Parameters) -> bool:
    return bool(command.facts.evidence_wanted) and not _unknown(command, p)


def _unknown(command: Command, p: Parameters) -> list[str]:
    known = {name for name, kind in p.evidence.items() if kind.source == "holder"}
    return [name for name in command.facts.evidence_wanted if name not in known]


@guard(
    "Nothing that was asked for is still awaited.",
    otherwise="Wait until it is handed in, or until its time is over.",
    sees=lambda account, command, p: _seen(account),
    cites=("windows",),
)
def nothing_is_awaited(account: Account, command: Command, p: Parameters) -> bool:
    return not documents_awaited(account)


@guard(
    "No time to hand in documents went by in this appeal.",
    otherwise="Decide on what is on file: nobody opens that time again.",
    sees=lambda account, command, p: _seen(account),
    cites=("windows",),
)
def no_request_has_lapsed(account: Account, command: Command, p: Parameters) -> bool:
    request = current_request(account)
    return request is None or not request.lapsed


@not_after(
    "The time to hand in what was asked for is not over.",
    otherwise="Wait for the decision; only whoever judges the appeal can ask for more.",
    cites=("windows", "G3-54"),
)
def evidence_comes_in_time(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    request = current_request(account)
    return request.until if request is not None and not request.answered else None


@guard(
    "Documents that were asked for are still awaited.",
    otherwise="Leave it: nothing is awaited.",
    sees=lambda account, command, p: _seen(account),
    limit="open",
    cites=("windows",),
)
def documents_are_awaited(account: Account, command: Command, p: Parameters) -> bool:
    return documents_awaited(account)


@not_before(
    "The time to hand them in is over.",
    otherwise="Wait; the holder may still hand them in.",
    cites=("windows",),
)
def evidence_time_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    request = current_request(account)
    return request.until if request else None


@not_before(
    "The time to hand them in is nearly over.",
    otherwise="Wait; a reminder now would come too early.",
    cites=("windows",),
)
def evidence_time_is_nearly_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    request, window = current_request(account), evidence_window(p)
    if request is None or request.until is None or window is None or window.reminder_before is None:
        return None
    return p.calendar.before(request.until, window.reminder_before)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    window = evidence_window(p)
    if window is None:
        return ()
    return (
        wanted_documents_are_known,
        nothing_is_awaited,
        evidence_comes_in_time,
        documents_are_awaited,
        evidence_time_is_over,
        *((evidence_time_is_nearly_over,) if window.reminder_before is not None else ()),
        *((no_request_has_lapsed,) if window.final else ()),
    )


# --- rows ---------------------------------------------------------------------------------------------------------


def awaiting(row: Transition, p: Parameters) -> Transition:
    """Return *row*; where it is the one by which documents are handed in, it asks for the day and answers the request."""
    if evidence_window(p) is None or row.trigger != "add_evidence":
        return row
    answers = Set("evidence_request", fixed={"answered": _answered})
    return attrs.evolve(row, guards=(*row.guards, evidence_comes_in_time), effects=(*row.effects, answers))


def _answered(account: Account, command: Command, p: Parameters) -> bool:
    """Whether the request is answered with what is brought now; one of an appeal before stays as it was."""
    request = account.evidence_request
    if request is None or request is not current_request(account) or not request.is_open:
        return bool(request and request.answered)
    brought = {e.kind for e in command.evidence}
    since = {e.kind for e in account.evidence if (e.version or 0) > request.number}
    return {*request.wanted} <= brought | since


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter under *p*."""
    window = evidence_window(p)
    if window is None:
        return ()
    shared: dict[str, Any] = {"lives_in": (State.UNDER_APPEAL,), "waits_for": _is_open}
    lapses = TimerRule(
        name=LAPSES,
        trigger=LAPSES,
        yields=True,
        says="The time to hand in what was asked for ends; at its last moment the holder still may.",
        **shared,
    )
    reminds = TimerRule(
        name=REMINDS,
        trigger=REMINDS,
        says="The holder is reminded that documents are awaited.",
        **shared,
    )
    return (lapses, *((reminds,) if window.reminder_before is not None else ()))


def _is_open(read: Any) -> bool:
    request = read("evidence_request")
    return request is not None and request.is_open


def notices(p: Parameters) -> tuple[Notice, ...]:
    """The notices of this chapter under *p*."""
    window = evidence_window(p)
    if window is None:
        return ()
    return (
        Notice("evidence_wanted", "The appeal needs more documents; here is which, and until when."),
        Notice("evidence_time_over", "The time to hand in what was asked for is over."),
        Notice("evidence_missing", "What an appeal was asked for did not come in time; decide it.", to="staff"),
        *(
            (Notice("evidence_time_ends", "Documents are still awaited; here is which, and until when."),)
            if window.reminder_before is not None
            else ()
        ),
    )


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    window = evidence_window(p)
    if window is None:
        return ()
    under_appeal = (State.UNDER_APPEAL,)
    return (
        *(_asking(role, level, window) for role, level in ((Role.REVIEWER, "review"), (Role.SUPERVISOR, "escalated"))),
        Transition(
            title="Note that what was asked for did not come in time",
            actors=(Role.SYSTEM,),
            trigger=LAPSES,
            source=under_appeal,
            guards=(documents_are_awaited, evidence_time_is_over),
            effects=(
                Set("evidence_request", fixed={"lapsed": True}),
                Notify("evidence_time_over", tells=_AWAITED),
                Notify("evidence_missing"),
            ),
            cites=("windows",),
        ),
        *(_reminding(window)),
    )


_AWAITED: dict[str, Any] = {
    "until": lambda account, command, p: account.evidence_request.until,
    "wanted": lambda account, command, p: account.evidence_request.wanted,
}


def _asking(role: Role, level: str, window: Window) -> Transition:
    until = TimerDue(LAPSES)
    wanted: dict[str, Any] = {"wanted": lambda account, command, p: command.facts.evidence_wanted}
    reminds = StartTimer(REMINDS, after=_SOON, ahead_of=LAPSES)
    what = "an appeal" if role is Role.REVIEWER else "an escalated appeal"
    return Transition(
        title=f"Ask for documents that {what} lacks",
        actors=(role,),
        trigger="ask_for_evidence",
        source=(State.UNDER_APPEAL,),
        when=(appeal_level.is_(level),),
        guards=(wanted_documents_are_known, nothing_is_awaited, *((no_request_has_lapsed,) if window.final else ())),
        effects=(
            StartTimer(LAPSES, after=_LASTS),
            *((reminds,) if window.reminder_before is not None else ()),
            Open(
                "evidence_request",
                fixed={
                    **wanted,
                    "appeal": lambda account, command, p: account.appeal.number if account.appeal else 0,
                    "until": until,
                },
            ),
            Notify("evidence_wanted", tells={**wanted, "until": until}),
        ),
        cites=("windows", "G3-54"),
    )


def _reminding(window: Window) -> tuple[Transition, ...]:
    if window.reminder_before is None:
        return ()
    return (
        Transition(
            title="Remind the holder of documents that are awaited",
            actors=(Role.SYSTEM,),
            trigger=REMINDS,
            source=(State.UNDER_APPEAL,),
            guards=(documents_are_awaited, evidence_time_is_nearly_over),
            effects=(Notify("evidence_time_ends", tells=_AWAITED),),
            cites=("windows",),
        ),
    )
