"""The line of time of one account: what was taken, what fired, what was refused, and which timers are ahead.

Knows order and gaps. Does not know HTTP, nor how it is drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from lifecycle.documents import moment
from lifecycle.model import Account, Event, Role
from lifecycle.rows import Policy
from lifecycle.store import Denial


def timeline(
    policy: Policy, events: Iterable[Event], denials: Iterable[Denial], account: Account, latest: int
) -> dict[str, Any]:
    """Return the *latest* beats of the line as JSON data, how many came before, and the timers that stand."""
    titles = {row.name: row.title for row in policy.rows}
    sentences = {guard.name: guard.sentence for guard in policy.guards}
    told = [(event.at, 0, event.version, _taken(event, titles)) for event in events]
    told += [(denial.at, 1, n, _refused(denial, sentences)) for n, denial in enumerate(denials)]
    told.sort(key=lambda each: each[:3])
    beats: deque[dict[str, Any]] = deque(maxlen=latest)
    last = None
    for at, _, _, beat in told:
        beat["gap_seconds"] = None if last is None else (at - last).total_seconds()
        beats.append(beat)
        last = at
    ahead = [
        {"timer": timer.name, "says": _says(policy, timer.name), "due": moment(timer.due)} for timer in account.timers
    ]
    return {"timeline": list(beats), "earlier": len(told) - len(beats), "ahead": ahead}


def _says(policy: Policy, timer: str) -> str:
    rule = policy.timers.get(timer)
    return rule.says if rule is not None else ""


def _taken(event: Event, titles: dict[str, str]) -> dict[str, Any]:
    fired = event.by.role is Role.SYSTEM and event.by.id == "timer"
    return {
        "kind": "fired" if fired else "taken",
        "at": moment(event.at),
        "trigger": event.trigger,
        "title": titles.get(event.row, ""),
        "by": str(event.by),
        "version": event.version,
        "from": None if event.source is None else event.source.value,
        "to": event.dest.value,
        "machine": event.machine,
        "sends": list(event.notices),
        "refusals": [],
        "more": 0,
    }


def _refused(denial: Denial, sentences: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": "refused",
        "at": moment(denial.at),
        "trigger": denial.trigger,
        "title": "",
        "by": str(denial.by),
        "version": None,
        "from": None,
        "to": None,
        "machine": None,
        "sends": [],
        "refusals": [{"code": code, "sentence": sentences.get(code, "")} for code in denial.codes],
        "more": denial.more,
    }
