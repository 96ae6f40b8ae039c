"""The same two steps written by hand: a dict, a few ``if``s, and the rows they leave, equal to ours byte for byte.

Knows what a careful person would write for `warn` by a reviewer and `clear_warning` by an agent, and for nothing else:
the account is the stored JSON as a dict, every check is a comparison. Does not know SQL; `by_sqlite` and `by_core` write these rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from attrs import frozen

POLICY = "2026-11.1"
FOLD = 3
WARNING_RUNS = dt.timedelta(days=3)
JUDGEMENTS = 50
WARNED_GROUNDS = frozenset({"buyer_protection", "platform_rules", "coupon_abuse"})
CLEARED_IN = frozenset({"active", "security_locked", "under_appeal", "deactivated", "pending_deletion"})

encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode


class Refused(Exception):
    """The step may not be taken."""


@frozen
class Ask:
    """One request: somebody asks for a step, under a key."""

    trigger: str
    account: str
    role: str
    who: str
    key: str
    facts: dict[str, Any]
    at: dt.datetime

    def fingerprint(self) -> str:
        """Return the hash of what makes this the same request."""
        parts = [self.trigger, self.account, f"{self.role}:{self.who}", [], [], self.facts, None]
        return hashlib.sha256(encode(parts).encode()).hexdigest()


@frozen
class Rows:
    """What one step leaves behind, column for column."""

    event: tuple[Any, ...]
    account: tuple[Any, ...]
    timers: tuple[tuple[Any, ...], ...]
    outbox: tuple[tuple[Any, ...], ...]
    command: tuple[Any, ...]

    @property
    def armed(self) -> tuple[Any, ...] | None:
        """The timer of the warning, if it was armed by this step."""
        return next((timer for timer in self.timers if timer[2] == "warning_runs_out"), None)


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
    return (_warn if ask.trigger == "warn" else _clear)(ask, snapshot, head)


def _warn(ask: Ask, snapshot: dict[str, Any], head: str) -> Rows:
    if ask.role != "reviewer" or snapshot["state"] != "active" or ask.facts["ground"] not in WARNED_GROUNDS:
        raise Refused("no warning")
    if snapshot["warning"] is not None:
        raise Refused("a warning is open")
    number, due = snapshot["version"] + 1, ask.at + WARNING_RUNS
    ground = ask.facts["ground"]
    earlier = next((entry["number"] for entry in reversed(snapshot["judgements"]) if ground in entry["grounds"]), None)
    author = f"{ask.role}:{ask.who}"
    warning = {"author": author, "earlier": earlier, "ground": ground, "number": number, "rests_on": [], "signal": None}
    changes: list[dict[str, Any]] = [
        {"do": "open", "name": "warning", "values": {**warning, "since": ask.at.isoformat()}},
        {"do": "timer", "name": "warning_runs_out", "values": {"due": due.isoformat(), "number": number}},
        {"do": "notify", "name": "warning", "values": {"to": "holder"}},
    ]
    kept = {**warning, "act_by": None, "answered": False, "handed_over": False, "since": stamp(ask.at)}
    timer = {"calendar": None, "due": stamp(due), "machine": "account", "name": "warning_runs_out", "number": number}
    after = {**snapshot, "warning": kept, "timers": [*snapshot["timers"], timer]}
    return _written(ask, snapshot, after, head, changes, "warn:active:reviewer", "warning")


def _clear(ask: Ask, snapshot: dict[str, Any], head: str) -> Rows:
    if ask.role != "agent" or snapshot["state"] not in CLEARED_IN or snapshot["warning"] is None:
        raise Refused("no warning is open")
    number, ground, known = snapshot["version"] + 1, snapshot["warning"]["ground"], snapshot["judgements"]
    # one that rests on nothing gives way to a later one on its grounds, and the oldest to the newest
    bare = [entry["number"] for entry in known if not entry["refs"] and set(entry["grounds"]) <= {ground}]
    others = [entry["number"] for entry in known if entry["number"] not in bare]
    gone = [*bare, *others[: max(0, len(others) + 1 - JUDGEMENTS)]]
    judged = {
        "author": f"{ask.role}:{ask.who}",
        "grounds": [ground],
        "number": number,
        "outcome": "cleared",
        "refs": [],
    }
    changes: list[dict[str, Any]] = [
        *([{"do": "drop", "name": "judgements", "values": {"numbers": gone}}] if gone else []),
        {"do": "put", "name": "judgements", "values": {**judged, "at": ask.at.isoformat()}},
        {"do": "close", "name": "warning", "values": {}},
        {"do": "stop", "name": "warning_runs_out", "values": {}},
        {"do": "notify", "name": "warning_cleared", "values": {"to": "holder"}},
    ]
    timers = [timer for timer in snapshot["timers"] if timer["name"] != "warning_runs_out"]
    kept = [*(entry for entry in known if entry["number"] not in gone), {**judged, "at": stamp(ask.at)}]
    after = {**snapshot, "warning": None, "timers": timers, "judgements": kept}
    row = "clear_warning:active+security_locked+under_appeal+deactivated+pending_deletion:agent"
    return _written(ask, snapshot, after, head, changes, row, "warning_cleared")


def _written(
    ask: Ask,
    before: dict[str, Any],
    after: dict[str, Any],
    head: str,
    changes: list[dict[str, Any]],
    row: str,
    notice: str,
) -> Rows:
    number, now = before["version"] + 1, stamp(ask.at)
    after.update(version=number, at=now)
    body = encode(
        {
            "account_id": ask.account,
            "version": number,
            "trigger": ask.trigger,
            "source": before["state"],
            "dest": after["state"],
            "by": {"role": ask.role, "id": ask.who},
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
        account=(ask.account, number, after["state"], now, hashed, FOLD, encode(after)),
        timers=tuple((ask.account, t["machine"], t["name"], t["due"], t["number"]) for t in after["timers"]),
        outbox=((ask.account, number, 1, notice, encode({"to": "holder"}), now),),
        command=(ask.account, ask.key, ask.fingerprint(), encode(answer), now),
    )
