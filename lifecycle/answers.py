"""What an idempotency key remembers of a decision, and the decision made of it again.

Knows the form of a remembered answer: versions of events, and refusals in full. Does not know where it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from lifecycle.model import Account, Command, Decision, Event, Refusal
from lifecycle.request import Request


def answer_of(decision: Decision) -> dict[str, Any]:
    """Return *decision* as JSON data; its events by version, since the log keeps them."""
    return {
        "at": decision.command.at.isoformat(),
        "settled": [event.version for event in decision.settled],
        "events": [event.version for event in decision.events],
        "refusals": [_refusal(refusal) for refusal in decision.refusals],
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    data = attrs.asdict(refusal)
    return data | {"earliest": refusal.earliest.isoformat() if refusal.earliest else None}


def decision_of(request: Request, answer: Mapping[str, Any], account: Account, events: Iterable[Event]) -> Decision:
    """Return the decision that *answer* remembers; *account* is how it stands today, *events* hold those named."""
    by_version = {event.version: event for event in events}
    own = tuple(by_version[v] for v in answer["events"])
    command = Command(request.trigger, request.account_id, request.by, answer["at"], request.facts)
    return Decision(
        command=command,
        account=account,
        events=own,
        refusals=tuple(Refusal(**refusal) for refusal in answer["refusals"]),
        settled=tuple(by_version[v] for v in answer["settled"]),
        key=request.key,
        repeated=True,
    )
