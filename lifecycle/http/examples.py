"""One example of every answer and body, for the OpenAPI document.

Knows one account, suspended for harassment, whose holder appealed. That each example has the shape it stands for is
tested.
"""

from __future__ import annotations

from typing import Any

_POLICY = {"name": "guides", "version": "guides-1-0f3c2a9b"}
_STANDS = {
    "id": "acc-1041",
    "state": "under_appeal",
    "since": "2026-03-03T10:20:00Z",
    "version": 4,
    "timers": {"chase_appeal": "2026-03-10T10:20:00Z"},
}
_AT = "2026-03-04T09:00:00Z"
_ABOUT: dict[str, Any] = {"policy": _POLICY, "account": _STANDS}
_GUARD = {
    "code": "decider_is_somebody_else",
    "met": False,
    "sentence": "Whoever decides now did not decide before.",
    "remedy": "Leave it to a colleague who had no part in it.",
    "value": {"decided_before": ["reviewer:rev-1"]},
    "limit": "somebody else",
    "earliest": None,
}

ACCOUNT = {"schema": "lifecycle/account/1", **_ABOUT, "at": _AT}

OPTIONS = {
    "schema": "lifecycle/options/1",
    **_ABOUT,
    "at": _AT,
    "options": [
        {
            "by": "reviewer:rev-1",
            "trigger": "reject",
            "title": "Reject the appeal",
            "allowed": False,
            "to": ["suspended"],
            "guards": [_GUARD],
            "needs": [],
        }
    ],
}

PLAN: dict[str, Any] = {
    "schema": "lifecycle/plan/1",
    **_ABOUT,
    "from": "under_appeal",
    "to": "active",
    "at": _AT,
    "sale_at": None,
    "peak": False,
    "outlook": {"level": "fair", "says": "A reviewer decides.", "because": [], "cites": []},
    "ways": [],
    "shut": [],
    "hints": [],
    "needs": [],
}

_STEP = {
    "version": 5,
    "at": _AT,
    "trigger": "reject",
    "from": "under_appeal",
    "to": "suspended",
    "machine": "account",
    "sends": ["appeal_rejected"],
}

DECISION: dict[str, Any] = {
    "schema": "lifecycle/decision/1",
    "policy": _POLICY,
    "account": {**_STANDS, "state": "suspended", "version": 5, "timers": {}},
    "at": _AT,
    "trigger": "reject",
    "by": "reviewer:rev-2",
    "allowed": True,
    "repeated": False,
    "dry_run": False,
    "events": [_STEP],
    "settled": [],
}

TRANSITION: dict[str, Any] = {
    "trigger": "reject",
    "role": "reviewer",
    "evidence": [{"kind": "reasons", "text": "The messages were sent from this account, and they were threats."}],
    "facts": {},
    "dry_run": False,
}

EVENTS: dict[str, Any] = {
    "schema": "lifecycle/events/1",
    "account": "acc-1041",
    "events": [
        {
            "version": 2,
            "at": "2026-03-02T09:00:00Z",
            "recorded_at": "2026-03-02T09:00:00Z",
            "trigger": "suspend",
            "by": "reviewer:rev-1",
            "from": "active",
            "to": "suspended",
            "facts": {"ground": "harassment"},
            "evidence": [{"kind": "statement_of_reasons", "ref": "text-2-1", "words": 64}],
            "changes": [{"do": "notify", "name": "suspended", "values": {"to": "holder"}}],
            "sends": ["suspended"],
            "row": "suspend",
            "policy": "guides-1-0f3c2a9b",
            "machine": "account",
        }
    ],
    "next": None,
}

TIMELINE: dict[str, Any] = {
    "schema": "lifecycle/timeline/1",
    **_ABOUT,
    "timeline": [
        {
            "kind": "refused",
            "at": _AT,
            "gap_seconds": 81600.0,
            "trigger": "reject",
            "title": "",
            "by": "reviewer:rev-1",
            "version": None,
            "from": None,
            "to": None,
            "machine": None,
            "sends": [],
            "refusals": [{"code": _GUARD["code"], "sentence": _GUARD["sentence"]}],
            "more": 0,
        }
    ],
    "earlier": 4,
    "ahead": [
        {"timer": "chase_appeal", "says": "The reviewers are reminded of an appeal.", "due": "2026-03-10T10:20:00Z"}
    ],
}

APPEALS: dict[str, Any] = {
    "schema": "lifecycle/appeals/1",
    "policy": _POLICY,
    "at": _AT,
    "appeals": [
        {
            "account": "acc-1041",
            "number": 1,
            "since": "2026-03-03T10:20:00Z",
            "status": "open",
            "escalated": False,
            "outcome": None,
            "decided_at": None,
            "due": "2026-03-10T10:20:00Z",
            "overdue": False,
            "taken": {"by": "rev-2", "at": "2026-03-04T08:30:00Z"},
        }
    ],
    "next": None,
}

FOLLOWED = (
    "id: 17\nevent: lifecycle\n"
    'data: {"account": "acc-1041", "version": 5, "trigger": "reject", "from": "under_appeal", "to": "suspended"}\n\n'
)

CASE = """[[case]]
title = "A lock is set"
cites = ["P-01"]

[[case.step]]
at = 2026-03-02T09:00:00Z
by = "agent"
does = "lock"
facts = { ground = "new_device" }
then = "security_locked"
"""

REPLAY: dict[str, Any] = {"schema": "lifecycle/replay/1", "passed": True, "cases": []}

POLICY: dict[str, Any] = {
    "schema": "lifecycle/policy/1",
    "policy": _POLICY,
    "rows": [],
    "guards": {_GUARD["code"]: {"sentence": _GUARD["sentence"], "otherwise": _GUARD["remedy"]}},
    "timers": {},
    "notices": {},
    "reasons": {},
    "grounds": {},
    "evidence": [],
    "parameters": {"final_for_agent_level": False},
}

HEALTH = {"schema": "lifecycle/health/1", "well": True}

PROBLEMS = {
    "schema": "lifecycle/problems/1",
    "problems": [
        {
            "type": "urn:x-lifecycle:problem:guard-failed",
            "title": "A condition is not met",
            "status": 409,
            "remedy": "See each refusal for what to do about it.",
        }
    ],
}
