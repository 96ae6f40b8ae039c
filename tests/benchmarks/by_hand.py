"""The same two steps written by hand: a dict, a few ``if``s, and the rows they leave, equal to ours byte for byte.

Knows what a careful person would write for `lock` and `unlock` by an agent, and for nothing else: the account is the
stored JSON as a dict, every check is a comparison. Does not know SQL; `by_sqlite` and `by_core` write these rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from attrs import frozen

POLICY = "2026-11.1"
FOLD = 2
LOCK_LASTS = dt.timedelta(hours=24)
LOCK_GROUNDS = frozenset({"unusual_logins", "new_device", "shared_device", "declined_payments"})
FIELDS_WANTED = 4

encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode


class Refused(Exception):
    """The step may not be taken."""


@frozen
class Ask:
    """One request: an agent asks for a step, under a key."""

    trigger: str
    account: str
    agent: str
    key: str
    facts: dict[str, Any]
    at: dt.datetime

    def fingerprint(self) -> str:
        """Return the hash of what makes this the same request."""
        parts = [self.trigger, self.account, f"agent:{self.agent}", [], [], self.facts, None]
        return hashlib.sha256(encode(parts).encode()).hexdigest()


@frozen
class Rows:
    """What one step leaves behind, column for column."""

    event: tuple[Any, ...]
    account: tuple[Any, ...]
    timers: tuple[tuple[Any, ...], ...]
    outbox: tuple[tuple[Any, ...], ...]
    command: tuple[Any, ...]


def stamp(at: dt.datetime) -> str:
    """Return a time as it is stored."""
    return at.isoformat(timespec="microseconds")


def due_by(snapshot: dict[str, Any], at: dt.datetime) -> bool:
    """Whether a timer is due and must be applied first."""
    now = stamp(at)
    return any(timer["due"] <= now for timer in snapshot["timers"])


def decided(ask: Ask, snapshot: dict[str, Any], head: str) -> Rows:
    """Decide *ask* against the stored account and return the rows to write.

    Raises:
        Refused: the step may not be taken.
    """
    if due_by(snapshot, ask.at):
        raise Refused("a timer is due; none is in this run")
    return (_lock if ask.trigger == "lock" else _unlock)(ask, snapshot, head)


def _lock(ask: Ask, snapshot: dict[str, Any], head: str) -> Rows:
    if snapshot["state"] not in ("active", "deactivated") or ask.facts["ground"] not in LOCK_GROUNDS:
        raise Refused("no lock")
    number, due = snapshot["version"] + 1, ask.at + LOCK_LASTS
    lock = {"author": f"agent:{ask.agent}", "ground": ask.facts["ground"], "number": number, "offers_appeal": True}
    changes: list[dict[str, Any]] = [
        {"do": "open", "name": "lock", "values": {**lock, "since": ask.at.isoformat()}},
        {"do": "timer", "name": "lock_expires", "values": {"due": due.isoformat(), "number": number}},
        {"do": "notify", "name": "account_locked", "values": {"to": "holder"}},
    ]
    timer = {"calendar": None, "due": stamp(due), "machine": "account", "name": "lock_expires", "number": number}
    kept = {**lock, "cause_told": False, "device": None, "since": stamp(ask.at)}
    after = {**snapshot, "lock": kept, "unlock_code": None, "timers": [timer]}
    row, notice = "lock:active+deactivated:agent", "account_locked"
    return _written(ask, snapshot, after, head, changes, "security_locked", row, notice)


def _unlock(ask: Ask, snapshot: dict[str, Any], head: str) -> Rows:
    if snapshot["state"] != "security_locked" or ask.facts["packet_fields"] < FIELDS_WANTED:
        raise Refused("no unlocking")
    if not ask.facts["cause_remedied"]:
        raise Refused("not put right")
    changes: list[dict[str, Any]] = [
        {"do": "close", "name": "lock", "values": {}},
        {"do": "notify", "name": "account_unlocked", "values": {"to": "holder"}},
        {"do": "stop", "name": "lock_expires", "values": {}},
    ]
    after = {**snapshot, "lock": None, "unlock_code": None, "timers": []}
    row, notice = "unlock:security_locked:agent", "account_unlocked"
    return _written(ask, snapshot, after, head, changes, "active", row, notice)


def _written(
    ask: Ask,
    before: dict[str, Any],
    after: dict[str, Any],
    head: str,
    changes: list[dict[str, Any]],
    dest: str,
    row: str,
    notice: str,
) -> Rows:
    number, now = before["version"] + 1, stamp(ask.at)
    after.update(version=number, state=dest, since=now, at=now)
    body = encode(
        {
            "account_id": ask.account,
            "version": number,
            "trigger": ask.trigger,
            "source": before["state"],
            "dest": dest,
            "by": {"role": "agent", "id": ask.agent},
            "at": now,
            "facts": ask.facts,
            "evidence": [],
            "changes": changes,
            "row": row,
            "policy": POLICY,
            "machine": "account",
            "recorded_at": now,
        }
    )
    hashed = hashlib.sha256((head + body).encode("ascii")).hexdigest()
    answer = {"at": ask.at.isoformat(), "settled": [], "events": [number], "refusals": []}
    return Rows(
        event=(ask.account, number, "account", ask.trigger, now, now, POLICY, body, hashed),
        account=(ask.account, number, dest, now, hashed, FOLD, encode(after)),
        timers=tuple((ask.account, t["machine"], t["name"], t["due"], t["number"]) for t in after["timers"]),
        outbox=((ask.account, number, 1, notice, encode({"to": "holder"}), now),),
        command=(ask.account, ask.key, ask.fingerprint(), encode(answer), now),
    )
