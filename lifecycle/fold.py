"""Folding events into an account. Reads nothing but the events, so an old log never needs the policy that wrote it.

Knows how a change alters a record. Does not know why it was made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from lifecycle.errors import BadRequest, LogDamaged
from lifecycle.model import (
    ACCOUNT,
    LISTS,
    MACHINES,
    RECORDS,
    STANDING,
    Account,
    AnyState,
    Change,
    Event,
    Evidence,
    FixedPeriod,
    Timer,
    listed,
)


def evolve(account: Account, event: Event) -> Account:
    """Return *account* after *event*.

    Raises:
        LogDamaged: the event is another account's, does not follow the last one, or holds a change nobody knows.
    """
    if event.account_id != account.id:
        raise LogDamaged(account.id, event.version, "it belongs to another account")
    if event.version != account.version + 1:
        raise LogDamaged(event.account_id, event.version, f"it follows event {account.version}; one is missing")
    draft = Draft(account)
    for change in event.changes:
        draft.apply(change)
    return draft.finished(event.source, event.dest, event.at, event.machine)


def replay(account_id: str, events: Iterable[Event]) -> Account:
    """Return the account that *events* make, from its registration or import on.

    Raises:
        LogDamaged: an event is missing, doubled or unreadable.
    """
    account = Account(account_id)
    for event in events:
        account = evolve(account, event)
    return account


class Draft:
    """An account while the changes of one event are applied to it: what changed, over what it was."""

    __slots__ = ("account", "changed")

    def __init__(self, account: Account) -> None:
        self.account = account
        self.changed: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return a field as it stands after the changes so far."""
        return self.changed[name] if name in self.changed else getattr(self.account, name)

    def apply(self, change: Change) -> None:
        """Make one change.

        Raises:
            LogDamaged: nobody knows such a change, or it cannot be made.
        """
        try:
            _APPLY[change.do](self, change.name, change.values)
        except (AttributeError, KeyError, TypeError, ValueError, BadRequest) as error:
            what = f'the change "{change.do} {change.name}" cannot be read'
            raise LogDamaged(self.account.id, self.account.version + 1, what) from error

    def finished(self, source: AnyState | None, dest: AnyState, at: dt.datetime, machine: str = ACCOUNT) -> Account:
        """Return the account with everything changed, one version on, in *dest* of *machine*.

        ``since`` tells how long the account itself has been in its state.
        """
        account = self.account
        # One copy of the fields, without the converters: whatever changed went through a record's own already.
        new = object.__new__(Account)
        new.__dict__.update(
            account.__dict__,
            **self.changed,
            version=account.version + 1,
            at=at,
        )
        new.__dict__[STANDING[machine]] = dest
        if machine == ACCOUNT and dest is not source:
            new.__dict__["since"] = at
        return new


def _open(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    draft.changed[name] = RECORDS[name](**values)


def _change(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    if name == "account":
        unknown = values.keys() - _SCALARS
        if unknown:
            raise KeyError(*unknown)
        draft.changed.update(
            (key, listed(value) if isinstance(value, list) else _ELSEWHERE.get(key, _same)(value))
            for key, value in values.items()
        )
    else:
        draft.changed[name] = attrs.evolve(draft.get(name), **values)


def _same(value: Any) -> Any:
    return value


_ELSEWHERE: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {STANDING[machine]: states for machine, states in MACHINES.items() if machine != ACCOUNT}
)
"""Where an imported account stands in the other machines, and how its name is read."""

_SCALARS = frozenset({"kind", "contacts", "provider", "borrowed_phone", "reserved", "erased", *_ELSEWHERE})
"""The fields of the account itself that an event may change."""


def _count(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    field = values["field"]
    _change(draft, name, {field: getattr(draft.get(name), field) + 1})


def _close(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    if name not in RECORDS:
        raise KeyError(name)
    draft.changed[name] = None


def _add(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    if name == "evidence":
        brought = Evidence(**values)
        before = [e for e in draft.get("evidence") if e.ref and e.ref == brought.ref]
        if before:
            brought = attrs.evolve(brought, first=before[0].first or before[0].version)
        others = tuple(e for e in draft.get("evidence") if e not in before)
        draft.changed["evidence"] = (*others, brought)
        return
    held = _list(draft, name)
    if values["value"] not in held:
        draft.changed[name] = (*held, values["value"])


def _remove(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    draft.changed[name] = tuple(v for v in _list(draft, name) if v != values["value"])


def _list(draft: Draft, name: str) -> tuple[str, ...]:
    if name not in ("strikes", "holds"):
        raise KeyError(name)
    held: tuple[str, ...] = draft.get(name)
    return held


def _put(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    draft.changed[name] = (*draft.get(name), LISTS[name](**values))


def _drop(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    if name not in LISTS:
        raise KeyError(name)
    draft.changed[name] = tuple(entry for entry in draft.get(name) if entry.number not in values["numbers"])


def _timer(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    others = tuple(t for t in draft.get("timers") if t.name != name)
    armed = {key: value for key, value in values.items() if key not in _FIXED}
    draft.changed["timers"] = (*others, Timer(name=name, **armed))
    if "period" in values:
        fixed = FixedPeriod(values["number"], values["since"], values["period"], values["lasts"], values.get("entry"))
        known = tuple(each for each in draft.get("periods") if each.name != fixed.name)
        draft.changed["periods"] = (*known, fixed)


_FIXED = frozenset({"period", "since", "lasts", "entry"})
"""What the arming of a timer says of a period that is no plain number: it is kept after the timer is gone."""


def _stop(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    draft.changed["timers"] = tuple(t for t in draft.get("timers") if t.name != name)


def _notify(draft: Draft, name: str, values: Mapping[str, Any]) -> None:
    """Change nothing: a notice is for the outbox."""


_APPLY: Mapping[str, Callable[[Draft, str, Mapping[str, Any]], None]] = MappingProxyType(
    {
        "open": _open,
        "change": _change,
        "count": _count,
        "close": _close,
        "add": _add,
        "remove": _remove,
        "put": _put,
        "drop": _drop,
        "timer": _timer,
        "stop": _stop,
        "notify": _notify,
    }
)
