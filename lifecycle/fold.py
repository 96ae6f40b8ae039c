"""Folding events into an account. Reads nothing but the events, so an old log never needs the policy that wrote it.

Knows how a change alters a record. Does not know why it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from lifecycle.errors import BadRequest, LogDamaged
from lifecycle.model import RECORDS, Account, Change, Event, Evidence, Timer


def evolve(account: Account, event: Event) -> Account:
    """Return *account* after *event*.

    Raises:
        LogDamaged: the event is another account's, does not follow the last one, or holds a change nobody knows.
    """
    if event.account_id != account.id:
        raise LogDamaged(account.id, event.version, "it belongs to another account")
    if event.version != account.version + 1:
        raise LogDamaged(event.account_id, event.version, f"it follows event {account.version}; one is missing")
    try:
        for change in event.changes:
            account = apply(account, change, event)
    except BadRequest as error:
        raise LogDamaged(event.account_id, event.version, "a value in it cannot be read") from error
    return attrs.evolve(
        account,
        version=event.version,
        state=event.dest,
        since=event.at if event.dest is not event.source else account.since,
        at=event.at,
    )


def replay(account_id: str, events: Iterable[Event]) -> Account:
    """Return the account that *events* make, from its registration or import on.

    Raises:
        LogDamaged: an event is missing, doubled or unreadable.
    """
    account = Account(account_id)
    for event in events:
        account = evolve(account, event)
    return account


def apply(account: Account, change: Change, event: Event) -> Account:
    """Return *account* after one change.

    Raises:
        LogDamaged: nobody knows such a change.
    """
    try:
        return _APPLY[change.do](account, change.name, change.values)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f'the change "{change.do} {change.name}" cannot be read'
        raise LogDamaged(event.account_id, event.version, what) from error


def _open(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    return attrs.evolve(account, **{name: RECORDS[name](**values)})


def _change(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    if name == "account":
        return attrs.evolve(account, **values)
    record = getattr(account, name)
    return attrs.evolve(account, **{name: attrs.evolve(record, **values)})


def _count(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    field = values["field"]
    return _change(account, name, {field: getattr(getattr(account, name), field) + 1})


def _with(account: Account, name: str, value: Any) -> Account:
    return attrs.evolve(account, **{name: value})


def _close(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    if name not in RECORDS:
        raise KeyError(name)
    return _with(account, name, None)


def _add(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    if name == "evidence":
        brought = Evidence(**values)
        others = tuple(e for e in account.evidence if e.ref != brought.ref)
        return attrs.evolve(account, evidence=(*others, brought))
    held: tuple[str, ...] = getattr(account, name)
    return account if values["value"] in held else _with(account, name, (*held, values["value"]))


def _remove(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    return _with(account, name, tuple(v for v in getattr(account, name) if v != values["value"]))


def _timer(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    others = tuple(t for t in account.timers if t.name != name)
    return attrs.evolve(account, timers=(*others, Timer(name=name, **values)))


def _stop(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    return attrs.evolve(account, timers=tuple(t for t in account.timers if t.name != name))


def _notify(account: Account, name: str, values: Mapping[str, Any]) -> Account:
    return account


_APPLY: Mapping[str, Callable[[Account, str, Mapping[str, Any]], Account]] = MappingProxyType(
    {
        "open": _open,
        "change": _change,
        "count": _count,
        "close": _close,
        "add": _add,
        "remove": _remove,
        "timer": _timer,
        "stop": _stop,
        "notify": _notify,
    }
)
