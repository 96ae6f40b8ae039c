"""What a case says of an account that was taken over from elsewhere: how it stood when its log began.

Knows what an import may be given. Does not know what happened afterwards.
"""

from __future__ import annotations

from typing import Any

import attrs

from lifecycle.fold import evolve
from lifecycle.imports import imported
from lifecycle.model import ACCOUNT, LISTS, RECORDS, STANDING, Account, Actor, Event
from lifecycle.retelling.names import Neutral
from lifecycle.rows import Policy

_FACTS = ("ground", "offers_appeal", "contacts", "kind", "reason")


def given(policy: Policy, first: Event, names: Neutral) -> dict[str, Any]:
    """Return the table ``given`` of a case that begins as the import *first* says."""
    stood = evolve(Account(first.account_id), first)
    facts = policy.facts(first.facts).given()
    plain: dict[str, Any] = {name: facts[name] for name in _FACTS if facts.get(name) is not None}
    if facts.get("ends_at") is not None:
        plain["ends"] = facts["ends_at"]
    plain |= _which(policy, stood)
    # In a replay it is the package itself that takes the account over, whoever did it in truth.
    event = imported(policy, first.account_id, stood.state, plain, first.at, Actor.system("import"))
    alone = evolve(Account(first.account_id), event)
    found = {name: names.value(value) for name, value in plain.items()}
    for record in RECORDS:
        before, after = getattr(alone, record), getattr(stood, record)
        if before is not None and after is None:
            found[record] = False
        elif differing := _differing(before, after, names):
            found[record] = differing
    for field in (field for machine, field in STANDING.items() if machine != ACCOUNT):
        if (standing := getattr(stood, field)) is not getattr(alone, field):
            found[field] = standing.value
    for entries in (name for name in LISTS if getattr(stood, name)):
        found[entries] = [_differing(None, entry, names) for entry in getattr(stood, entries)]
    timers = {timer.name: timer.due for timer in stood.timers}
    if timers != {timer.name: timer.due for timer in alone.timers}:
        found["timers"] = names.facts(timers)
    return found


def _which(policy: Policy, stood: Account) -> dict[str, Any]:
    """The answers that say which way the account came, and the lists."""
    found: dict[str, Any] = {name: getattr(stood, name) for name in ("strikes", "holds") if getattr(stood, name)}
    if stood.suspension is not None and stood.suspension.permanent:
        found["permanent"] = True
    asked = next((way.asked for way in policy.arrivals if way.state is stood.state and way.asked), None)
    answers = [getattr(getattr(stood, record), asked, None) for record in RECORDS] if asked else []
    answer = next((each for each in answers if each is not None), None)
    return found if asked is None or answer is None else {**found, asked: answer}


def _differing(alone: Any, stood: Any, names: Neutral) -> dict[str, Any]:
    """The fields in which a record stands otherwise than the policy alone would have it."""
    if stood is None:
        return {}
    fields = attrs.asdict(stood, recurse=False)
    before = {} if alone is None else attrs.asdict(alone, recurse=False)
    found = {}
    for name, value in fields.items():
        if value is not None and before.get(name) != value:
            person = isinstance(value, str) and name in ("author", "decided_by", "decided_before")
            found[name] = names.author(value) if person else names.value(value)
    if "refs" in found:
        found["refs"] = [names.order(ref) for ref in found["refs"]]
    return found
