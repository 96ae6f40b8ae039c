"""The command `prune`: forgets what only served for a while.

Knows how an age is asked for and what each kind is called. What is old enough the service says.
"""

from __future__ import annotations

import datetime as dt

from lifecycle.calendar import BusinessDays, read_period
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk, Ticker
from lifecycle.cli.places import Unusable, accounts_at, policy_of, time_of
from lifecycle.cli.words import count, when, zone_of
from lifecycle.policy.parameters.naming import LONGEST
from lifecycle.service import KEPT

_KINDS = {
    "idempotency_keys": ("idempotency key", "idempotency keys"),
    "denials": ("refused attempt", "refused attempts"),
    "sightings": ("sighting of a signal that counts no more", "sightings of signals that count no more"),
    "notices": ("notice that was sent, dropped or void", "notices that were sent, dropped or void"),
    "deliveries": ("entry of the delivery log", "entries of the delivery log"),
    "claims": ("word on who had taken an appeal", "words on who had taken an appeal"),
    "readings": ("word on who has read a text", "words on who has read a text"),
}
"""What one and several of each kind are called; those a store adds are told by their names."""


def prune(
    desk: Desk, *, database: str, before: str | None, older_than: str | None, dry_run: bool, as_json: bool
) -> int:
    """Forget what is older than asked for, or count it."""
    if before is not None and older_than is not None:
        raise Unusable("--before names a moment, --older-than an age: name one of the two.")
    age, moment = _age(older_than), time_of(before, "--before")
    policy = policy_of(desk.policy_name)
    with accounts_at(database, policy) as accounts:
        moment = moment or accounts.clock() - age
        would = accounts.prune(before=moment, dry_run=True)
        gone = would
        if not dry_run and any(would.values()):
            ticker = Ticker("", delay=0)
            ticker.say(f"forgetting {count(sum(would.values()), 'entry', 'entries')}; this may be interrupted")
            gone = accounts.prune(before=moment)
            ticker.clear()
    if as_json:
        at = moment.astimezone(dt.UTC).isoformat(timespec="seconds")
        desk.voice.document("prune", {"before": at, "dry_run": dry_run, "forgotten": dict(gone)})
        return FINE
    voice, until = desk.voice, when(moment, zone_of(policy))
    if not any(gone.values()):
        voice.say(f"Nothing is older than {until}.")
        return FINE
    voice.say(f"{'Would be forgotten' if dry_run else 'Forgotten'}, being older than {until}:")
    for kind, number in gone.items():
        if number:
            voice.say(count(number, *_KINDS.get(kind, (kind, kind))), indent=2)
    return FINE


def _age(words: str | None) -> dt.timedelta:
    if words is None:
        return KEPT
    try:
        found = read_period(words)
    except ValueError:
        found = None
    if found is None or isinstance(found, BusinessDays) or found > LONGEST:
        raise Unusable(f'--older-than is a length of time, such as "90 days" or "48 hours", not "{words}".')
    return found
