"""What a row does, worked out: from the effects a row names to the plain changes an event keeps.

Knows how each effect becomes changes. Does not know whether the row may be taken, and writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from lifecycle.calendar import spoken
from lifecycle.fold import Draft
from lifecycle.lengths import Due
from lifecycle.model import ACCOUNT, Account, AnyState, Change, Command
from lifecycle.rows import (
    Add,
    Close,
    Count,
    Drop,
    Effect,
    Notify,
    Open,
    Policy,
    Put,
    Remove,
    Selector,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    TimerDue,
    TimerRule,
    Transition,
    due,
    named_period,
)


def changes(
    policy: Policy, row: Transition, account: Account, command: Command, dest: AnyState
) -> tuple[tuple[Change, ...], Draft]:
    """Return everything that taking *row* changes, in the order in which it is applied, and the account so changed.

    The evidence brought along is put on file first; a timer whose trigger this is, is spent; the row's own effects
    follow; timers that do not live in *dest* are voided last.

    Raises:
        FactMissing: an effect takes a fact the command does not carry.
    """
    work = _Work(policy, account, command, row)
    for evidence in command.evidence:
        work.do(Change("add", "evidence", {**evidence.recorded(), "version": work.number}))
    for timer in account.timers:
        rule = policy.timers.get(timer.name)
        if rule is not None and rule.trigger == command.trigger:
            work.do(Change("stop", timer.name))
    for effect in row.effects:
        work.take(effect)
    for timer in work.after.get("timers"):
        rule = policy.timers.get(timer.name)
        if rule is None or (rule.machine == row.machine and dest not in rule.lives_in) or _idle(rule, work.after):
            work.do(Change("stop", timer.name))
    return tuple(work.done), work.after


def _idle(rule: TimerRule, after: Draft) -> bool:
    return rule.waits_for is not None and not rule.waits_for(after.get)


class _Work:
    """The changes so far, and the account as they leave it."""

    def __init__(self, policy: Policy, account: Account, command: Command, row: Transition) -> None:
        self.policy = policy
        self.p = policy.seen(account, command, row)
        self.before = account
        self.after = Draft(account)
        self.command = command
        self.number = account.version + 1
        self.done: list[Change] = []
        self.opened: dict[str, Any] = {}

    def do(self, change: Change) -> None:
        """Keep *change* and apply it."""
        self.after.apply(change)
        self.done.append(change)

    def take(self, effect: Effect) -> None:
        """Work out one effect."""
        work_out = _EFFECTS.get(type(effect))
        if work_out is not None:
            work_out(self, effect)

    def value(self, given: Any) -> Any:
        """Return a fixed value, or ask the function or selector that stands for it."""
        if type(given) in _SAID:
            return given
        if isinstance(given, Selector):
            given = given.read
        found = given(self.before, self.command, self.p) if callable(given) else given
        return self.due(found.timer) if type(found) is TimerDue else found

    def due(self, name: str) -> dt.datetime | None:
        """Return when a timer is due as it stands now; None if it does not stand."""
        return next((timer.due for timer in self.after.get("timers") if timer.name == name), None)

    def values(self, effect: Open | Set | Put) -> dict[str, Any]:
        """Return the values an effect sets: facts taken, then fixed ones."""
        facts, value = self.command.facts, self.value
        found = {name: _plain(getattr(facts, name)) for name in effect.take}
        for name, given in effect.fixed.items():
            found[name] = _plain(value(given))
        return found

    def heading(self) -> dict[str, Any]:
        """Return what every record starts with: its number, time and author."""
        return {"number": self.number, "since": self.command.at.isoformat(), "author": str(self.command.by)}


_SAID = frozenset({str, int, bool, type(None)})
"""What a value that is neither asked nor looked up is, and what is JSON data as it stands."""


def _plain(value: Any) -> Any:
    if type(value) in _SAID:
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _opening(work: _Work, effect: Open) -> None:
    values = work.values(effect)
    work.opened |= values
    work.do(Change("open", effect.record, {**work.heading(), **values}))


def _setting(work: _Work, effect: Set) -> None:
    if effect.record == "account" or work.after.get(effect.record) is not None:
        work.do(Change("change", effect.record, work.values(effect)))


def _counting(work: _Work, effect: Count) -> None:
    if work.after.get(effect.record) is not None:
        work.do(Change("count", effect.record, {"field": effect.field}))


def _closing(work: _Work, effect: Close) -> None:
    if work.after.get(effect.record) is not None:
        work.do(Change("close", effect.record))


def _adding(work: _Work, effect: Add) -> None:
    work.do(Change("add", effect.to, {"value": getattr(work.command.facts, effect.take)}))


def _removing(work: _Work, effect: Remove) -> None:
    work.do(Change("remove", effect.of, {"value": getattr(work.command.facts, effect.take)}))


def _putting(work: _Work, effect: Put) -> None:
    if effect.only_if is not None and not work.value(effect.only_if):
        return
    work.do(Change("put", effect.to, {"number": work.number, "at": work.command.at.isoformat(), **work.values(effect)}))


def _dropping(work: _Work, effect: Drop) -> None:
    if numbers := work.value(effect.which):
        work.do(Change("drop", effect.of, {"numbers": list(numbers)}))


def _notifying(work: _Work, effect: Notify) -> None:
    to = work.policy.notices[effect.notice].to
    if not effect.tells:
        # It changes nothing, so nothing has to be applied.
        work.done.append(Change("notify", effect.notice, {"to": to}))
        return
    # Of a timer that does not stand there is nothing to tell.
    known = {name: value for name, value in effect.tells.items() if type(value) is not TimerDue or work.value(value)}
    told = {name: _plain(work.value(value)) for name, value in known.items()}
    work.do(Change("notify", effect.notice, {"to": to, **told}))


def _arming(work: _Work, effect: StartTimer) -> None:
    at: dt.datetime | Due | None
    if effect.only_if is not None and not effect.only_if(work.after.get, work.p):
        return
    if effect.after is None:
        at = work.value(effect.at)
    elif effect.ahead_of is None:
        at = due(work.policy.parameters, effect.after, work.before, work.command, work.opened)
    else:
        at = _ahead(work, effect.after, work.due(effect.ahead_of))
    if at is not None:
        known = any(isinstance(at, Due) and each.name == at.period for each in work.after.get("periods"))
        work.do(_armed(work.policy, effect.timer, at, work.number, keeps=known))


def _ahead(work: _Work, path: str, other: dt.datetime | None) -> Due | None:
    """Return when something is due that comes the period called *path* before the *other*, if that lies ahead."""
    if other is None:
        return None
    calendar, period, now = work.p.calendar, named_period(work.p, path), work.command.at
    at = calendar.before(other, period)
    return Due(at, now, path, period, calendar=calendar.counts(period)) if at > now else None


def _stopping(work: _Work, effect: StopTimer) -> None:
    if any(timer.name == effect.timer for timer in work.after.get("timers")):
        work.do(Change("stop", effect.timer))


def _sending(work: _Work, effect: SendCode) -> None:
    form, channels = work.value(effect.form), work.value(effect.channels)
    expires = work.p.calendar.add(work.command.at, getattr(work.p, effect.lives))
    challenge = {"form": form, "channels": list(channels), "expires_at": expires.isoformat()}
    if effect.digits is not None and form == "digits":
        challenge["digits"] = getattr(work.policy.parameters, effect.digits)
    work.do(Change("open", effect.record, {**work.heading(), **challenge}))
    told = {"to": "holder", "challenge": effect.record, "number": work.number, "form": form, "channels": list(channels)}
    work.do(Change("notify", effect.notice, told))


_EFFECTS: Mapping[type, Callable[[_Work, Any], None]] = {
    Open: _opening,
    Set: _setting,
    Count: _counting,
    Close: _closing,
    Add: _adding,
    Remove: _removing,
    Put: _putting,
    Drop: _dropping,
    Notify: _notifying,
    StartTimer: _arming,
    StopTimer: _stopping,
    SendCode: _sending,
}
"""`Then` is missing on purpose: it is another decision, taken by `lifecycle.decide`."""


def rearmed(policy: Policy, account: Account, name: str, period: str, at: dt.datetime) -> Change:
    """Return the change that arms a standing timer again, *period* after *at*."""
    again = policy.parameters.calendar.add(at, getattr(policy.parameters, period))
    return _armed(policy, name, again, account.version + 1)


def _armed(policy: Policy, name: str, when: dt.datetime | Due, number: int, *, keeps: bool = False) -> Change:
    """Return the change that arms a timer, with what was found out about its period where it is no plain number.

    Where the account *keeps* what an earlier arming found, a plain one is told as well, so that it takes its place.
    """
    machine = policy.timers[name].machine
    at = when.at if isinstance(when, Due) else when
    values: dict[str, Any] = {"due": at.isoformat(), "number": number}
    if isinstance(when, Due):
        values |= {"calendar": when.calendar} if when.calendar else {}
        if when.entry is not None or keeps:
            values |= {"period": when.period, "since": when.since.isoformat(), "lasts": spoken(when.lasts)}
            values |= {"entry": when.entry} if when.entry is not None else {}
    return Change("timer", name, values | ({"machine": machine} if machine != ACCOUNT else {}))
