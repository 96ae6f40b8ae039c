"""OCEL 2.0 as JSON: accounts and everything folded from their logs as objects, each step as an event about them.

An appeal, a lock, a support case is an object of its own: it begins with the step that opened it, and later steps that
change, count on or close it are about it too. Knows the form of the standard; an object is called by its account, its kind
and the version that opened it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import define, field

from lifecycle.export.xes import moment
from lifecycle.model import RECORDS, Event

_EVENT_ATTRIBUTES = ("role", "resource", "source", "dest", "machine", "row", "policy")
_ACCOUNT, _RECORD = ("state", "membership", "level"), ("status",)
_MACHINES = {"account": "state", "membership": "membership", "level": "level"}


def ocel(logs: Callable[[], Iterable[tuple[str, Iterable[Event]]]]) -> Iterator[str]:
    """Yield the document piece by piece: types, events, objects. The logs are read twice, so nothing is held."""
    yield '{"objectTypes":'
    types = [{"name": "account", "attributes": _typed(_ACCOUNT)}]
    types += [{"name": name, "attributes": _typed(_RECORD)} for name in RECORDS]
    yield _json(types)
    triggers = sorted({event.trigger for _, events in logs() for event in events})
    yield ',"eventTypes":'
    yield _json([{"name": name, "attributes": _typed(_EVENT_ATTRIBUTES)} for name in triggers])
    yield ',"events":['
    yield from _separated(_events(logs))
    yield '],"objects":['
    yield from _separated(_objects(logs))
    yield "]}\n"


def _events(logs: Callable[[], Iterable[tuple[str, Iterable[Event]]]]) -> Iterator[dict[str, Any]]:
    for account_id, events in logs():
        open_ones = _Open(account_id)
        for event in events:
            about = open_ones.after(event)
            yield {
                "id": f"{account_id}:{event.version}",
                "type": event.trigger,
                "time": moment(event.at),
                "attributes": [{"name": name, "value": value} for name, value in _said(event)],
                "relationships": [
                    {"objectId": account_id, "qualifier": "account"},
                    *({"objectId": id, "qualifier": name} for name, id in about.items()),
                ],
            }


def _said(event: Event) -> Iterator[tuple[str, str]]:
    source = "" if event.source is None else event.source.value
    values = (event.by.role.value, event.by.id, source, event.dest.value, event.machine, event.row, event.policy)
    return zip(_EVENT_ATTRIBUTES, values, strict=True)


def _objects(logs: Callable[[], Iterable[tuple[str, Iterable[Event]]]]) -> Iterator[dict[str, Any]]:
    for account_id, events in logs():
        open_ones = _Open(account_id)
        for event in events:
            open_ones.after(event)
        yield {"id": account_id, "type": "account", "attributes": open_ones.states, "relationships": open_ones.related}
        for id, (name, statuses) in open_ones.all.items():
            yield {"id": id, "type": name, "attributes": statuses, "relationships": []}


@define
class _Open:
    """The objects of one account, as its events open and close them."""

    account_id: str
    now: dict[str, str] = field(factory=dict)
    all: dict[str, tuple[str, list[dict[str, str]]]] = field(factory=dict)
    states: list[dict[str, str]] = field(factory=list)

    @property
    def related(self) -> list[dict[str, str]]:
        """What belongs to the account."""
        return [{"objectId": id, "qualifier": name} for id, (name, _) in self.all.items()]

    def after(self, event: Event) -> dict[str, str]:
        """Take *event* and return the objects it is about, by kind."""
        about: dict[str, str] = {}
        at = moment(event.at)
        if event.source != event.dest:
            self.states.append({"name": _MACHINES[event.machine], "time": at, "value": event.dest.value})
        for change in event.changes:
            if change.name not in RECORDS:
                continue
            if change.do == "open":
                id = f"{self.account_id}/{change.name}/{change.values.get('number', event.version)}"
                self.now[change.name] = id
                self.all[id] = (change.name, [{"name": "status", "time": at, "value": "open"}])
            if (id := self.now.get(change.name, "")) == "":
                continue
            about[change.name] = id
            if change.do == "change" and isinstance(status := change.values.get("status"), str):
                self.all[id][1].append({"name": "status", "time": at, "value": status})
            if change.do == "close":
                self.all[id][1].append({"name": "status", "time": at, "value": "closed"})
                del self.now[change.name]
        return about


def _typed(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in names]


def _separated(things: Iterable[Any]) -> Iterator[str]:
    for number, thing in enumerate(things):
        yield f"{',' if number else ''}\n{_json(thing)}"


def _json(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
