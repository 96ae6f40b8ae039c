"""What a restriction does to an account on its way out, where the policy holds it instead of ending it (D-07).

By the guides' reading a lock or a suspension ends a deactivation or a deletion under way, and whoever is released from
it is active. Under the other one the account keeps what it was doing. No timer of it runs meanwhile; once nothing
restricts the account any more, it goes back to where it was, and a deletion goes on with the rest of its time.

Not a chapter of its own: the rows are those of the restrictions, changed here in one place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import attrs

from lifecycle.model import ACCOUNT, Account, Command, State
from lifecycle.policy.closing import due
from lifecycle.policy.common import stop_leaving
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Close, Dest, Effect, Notify, Open, Selector, Set, StartTimer, Transition, When

RESTRICTED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)
LEAVING = (State.DEACTIVATED, State.PENDING_DELETION)


def _was(account: Account) -> str:
    return account.interruption.was if account.interruption is not None else State.ACTIVE.value


back_to = Selector(
    name="back_to",
    sentence="What was the account doing before it was restricted?",
    answers={
        "active": "the account was in use before",
        "deactivated": "the account was deactivated before",
        "pending_deletion": "the account was being deleted before",
    },
    read=lambda account, command, p: _was(account),
)

lock_beneath = Selector(
    name="lock_beneath",
    sentence="Does a lock stand beside the suspension?",
    answers={"stands": "a lock stands as well", "none": "no lock stands"},
    read=lambda account, command, p: "stands" if account.lock is not None else "none",
)


def _shifted(day: dt.datetime | None, account: Account, command: Command) -> dt.datetime | None:
    """A day that lay ahead when the restriction came, with the rest of its time from now on."""
    if day is None or account.interruption is None:
        return None
    return command.at + max(day - account.interruption.since, dt.timedelta(0))


def resumed_day(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """The day of a confirmed deletion that goes on now; None while it is not confirmed."""
    return _shifted(due(account, p), account, command)


def _late_day(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    deletion = account.deletion
    if deletion is None or deletion.confirmed_at is None or deletion.track != "request":
        return None
    return _shifted(p.calendar.add(deletion.confirmed_at, p.stalled_after), account, command)


def _link_until(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    link = account.closure_link
    return _shifted(link.expires_at, account, command) if link is not None else None


def _code_until(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    deletion = account.deletion
    open_still = deletion is not None and deletion.track == "direct" and deletion.confirmed_at is None
    return p.calendar.add(command.at, p.deletion_abandon_after) if open_still else None


_GOES_ON: Mapping[str, tuple[State, str, tuple[Effect, ...]]] = MappingProxyType(
    {
        "active": (State.ACTIVE, "", (Close("pause"),)),
        "deactivated": (State.DEACTIVATED, ", which was deactivated before", (Close("interruption"),)),
        "pending_deletion": (
            State.PENDING_DELETION,
            ", which was being deleted before",
            (
                Close("interruption"),
                Set("deletion", fixed={"due_at": resumed_day}),
                Set("closure_link", fixed={"expires_at": _link_until}),
                StartTimer("complete_deletion", at=resumed_day),
                StartTimer("mark_stalled", at=_late_day),
                StartTimer("closure_lapses", at=_link_until),
                StartTimer("abandon_deletion", at=_code_until),
                Notify("deletion_resumed", tells={"due_at": resumed_day}),
            ),
        ),
    }
)
"""Where an account goes back to, how the row that does so is told from others, and what it does beside."""


def held(row: Transition, p: Parameters) -> Iterator[Transition]:
    """Yield *row* as it is where a restriction holds what it finds under way: itself, or one for each way back."""
    if p.leaving_when_restricted == "ended" or row.machine != ACCOUNT:
        yield row
    elif row.dest in RESTRICTED and all(effect in row.effects for effect in stop_leaving()):
        yield from _interrupting(row)
    elif row.source and set(row.source) <= set(RESTRICTED) and row.dest in (State.ACTIVE, Dest.RELEASE):
        yield from _lifting(row)
    elif set(row.source) <= set(RESTRICTED) and any(_opens_deletion(effect) for effect in row.effects):
        yield attrs.evolve(row, effects=(*_OVER, *row.effects))
    else:
        yield row


_OVER: tuple[Effect, ...] = (*stop_leaving(), Close("interruption"))
"""What was interrupted is over once the account leaves in another way."""


def _opens_deletion(effect: Effect) -> bool:
    return isinstance(effect, Open) and effect.record == "deletion"


def _interrupting(row: Transition) -> Iterator[Transition]:
    kept = tuple(effect for effect in row.effects if effect not in stop_leaving())
    leaving = tuple(state for state in row.source if state in LEAVING)
    if others := tuple(state for state in row.source if state not in LEAVING):
        yield attrs.evolve(row, source=others, effects=kept)
    if leaving:
        noted = Open("interruption", fixed={"was": lambda account, command, p: account.state.value})
        words = ", and hold what it was doing" if others else ""
        yield attrs.evolve(row, title=f"{row.title}{words}", source=leaving, effects=(*kept, noted))


def _lifting(row: Transition) -> Iterator[Transition]:
    free: tuple[When, ...] = ()
    if row.dest is Dest.RELEASE:
        yield attrs.evolve(
            row,
            title=f"{row.title}, while a lock stands",
            when=(*row.when, lock_beneath.is_("stands")),
            dest=State.SECURITY_LOCKED,
        )
        free = (lock_beneath.is_("none"),)
    for answer, (state, words, more) in _GOES_ON.items():
        yield attrs.evolve(
            row,
            title=f"{row.title}{words}",
            when=(*row.when, *free, back_to.is_(answer)),
            dest=state,
            effects=(*row.effects, *more),
        )
