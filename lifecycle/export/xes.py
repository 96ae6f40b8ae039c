"""XES (IEEE 1849-2016): a trace for each account, an event for each step.

Knows the standard extensions concept, time, lifecycle and organizational, and what of an event goes where.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from xml.sax.saxutils import quoteattr

from lifecycle.model import Event

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace">
    <string key="concept:name" value="account"/>
  </global>
  <global scope="event">
    <string key="concept:name" value="step"/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
    <string key="lifecycle:transition" value="complete"/>
    <string key="org:role" value="system"/>
  </global>
  <classifier name="Trigger" keys="concept:name"/>
  <classifier name="Trigger and role" keys="concept:name org:role"/>
"""


def xes(logs: Callable[[], Iterable[tuple[str, Iterable[Event]]]]) -> Iterator[str]:
    """Yield the document, trace by trace."""
    yield _HEAD
    for account_id, events in logs():
        yield f"  <trace>\n{_string('concept:name', account_id, 4)}"
        for event in events:
            yield "".join(_event(event))
        yield "  </trace>\n"
    yield "</log>\n"


def _event(event: Event) -> Iterator[str]:
    yield "    <event>\n"
    yield _string("concept:name", event.trigger)
    yield f'      <date key="time:timestamp" value="{moment(event.at)}"/>\n'
    yield _string("lifecycle:transition", "complete")
    yield _string("org:role", event.by.role.value)
    yield _string("org:resource", event.by.id)
    if event.source is not None:
        yield _string("source", event.source.value)
    yield _string("dest", event.dest.value)
    yield _string("machine", event.machine)
    yield f'      <int key="version" value="{event.version}"/>\n'
    yield _string("row", event.row)
    yield _string("policy", event.policy)
    for name, value in sorted(event.facts.items()):
        if isinstance(value, bool):
            yield f'      <boolean key={quoteattr(f"fact:{name}")} value="{str(value).lower()}"/>\n'
        elif isinstance(value, int):
            yield f'      <int key={quoteattr(f"fact:{name}")} value="{value}"/>\n'
        elif isinstance(value, str):
            yield _string(f"fact:{name}", value)
    yield "    </event>\n"


def _string(key: str, value: str, indent: int = 6) -> str:
    return f"{' ' * indent}<string key={quoteattr(key)} value={quoteattr(value)}/>\n"


def moment(at: dt.datetime) -> str:
    """Return a time as XML and JSON schemas write one: to the millisecond, with its offset."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds")
