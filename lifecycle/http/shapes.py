"""The shape of every answer, for the OpenAPI document; the answers themselves are made by `lifecycle.documents`.

Knows names and types. That the answers have these shapes is tested.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from lifecycle.http.problems import FAMILY, KINDS, MEDIA_TYPE

# ruff: noqa: UP013 - some members are called "from", which no class can say; the others are written alike

_Moment = dt.datetime
_MaybeMoment = dt.datetime | None

Problem = TypedDict(
    "Problem",
    {"type": str, "title": str, "status": int, "detail": str, "remedy": str},
)
PolicyName = TypedDict("PolicyName", {"name": str, "version": str})
Reason = TypedDict(
    "Reason",
    {
        "code": str,
        "met": bool | None,
        "sentence": str,
        "remedy": str,
        "value": Any,
        "limit": Any,
        "earliest": _MaybeMoment,
    },
)
AccountState = TypedDict(
    "AccountState",
    {"id": str, "state": str, "since": _MaybeMoment, "version": int, "timers": dict[str, _Moment]},
)
AccountAnswer = TypedDict(
    "AccountAnswer", {"schema": str, "policy": PolicyName, "account": AccountState, "at": _Moment}
)
Option = TypedDict(
    "Option",
    {
        "by": str,
        "trigger": str,
        "title": str,
        "allowed": bool | None,
        "to": list[str],
        "guards": list[Reason],
        "needs": list[str],
    },
)
OptionsAnswer = TypedDict(
    "OptionsAnswer",
    {"schema": str, "policy": PolicyName, "account": AccountState, "at": _Moment, "options": list[Option]},
)
PlanAnswer = TypedDict(
    "PlanAnswer",
    {
        "schema": str,
        "policy": PolicyName,
        "account": AccountState,
        "from": str,
        "to": str,
        "at": _Moment,
        "sale_at": _MaybeMoment,
        "peak": bool,
        "outlook": dict[str, Any],
        "ways": list[dict[str, Any]],
        "shut": list[dict[str, Any]],
        "hints": list[dict[str, Any]],
        "needs": list[str],
    },
)
Step = TypedDict(
    "Step",
    {
        "version": int,
        "at": _Moment,
        "trigger": str,
        "from": str | None,
        "to": str,
        "machine": str,
        "sends": list[str],
    },
)
DecisionAnswer = TypedDict(
    "DecisionAnswer",
    {
        "schema": str,
        "policy": PolicyName,
        "account": AccountState,
        "at": _Moment,
        "trigger": str,
        "by": str,
        "allowed": bool,
        "repeated": bool,
        "dry_run": bool,
        "events": list[Step],
        "settled": list[Step],
    },
)
Event = TypedDict(
    "Event",
    {
        "version": int,
        "at": _Moment,
        "recorded_at": _MaybeMoment,
        "trigger": str,
        "by": str,
        "from": str | None,
        "to": str,
        "facts": dict[str, Any],
        "evidence": list[dict[str, Any]],
        "changes": list[dict[str, Any]],
        "sends": list[str],
        "row": str,
        "policy": str,
        "machine": str,
    },
)
EventsAnswer = TypedDict("EventsAnswer", {"schema": str, "account": str, "events": list[Event], "next": int | None})
Beat = TypedDict(
    "Beat",
    {
        "kind": str,
        "at": _Moment,
        "gap_seconds": float | None,
        "trigger": str,
        "title": str,
        "by": str,
        "version": int | None,
        "from": str | None,
        "to": str | None,
        "machine": str | None,
        "sends": list[str],
        "refusals": list[dict[str, str]],
        "more": int,
    },
)
Due = TypedDict("Due", {"timer": str, "says": str, "due": _Moment})
TimelineAnswer = TypedDict(
    "TimelineAnswer",
    {
        "schema": str,
        "policy": PolicyName,
        "account": AccountState,
        "timeline": list[Beat],
        "earlier": int,
        "ahead": list[Due],
    },
)
Taken = TypedDict("Taken", {"by": str, "at": _Moment})
Appeal = TypedDict(
    "Appeal",
    {
        "account": str,
        "number": int,
        "since": _Moment,
        "status": str,
        "escalated": bool,
        "outcome": str | None,
        "decided_at": _MaybeMoment,
        "due": _MaybeMoment,
        "overdue": bool,
        "taken": Taken | None,
    },
)
AppealsAnswer = TypedDict(
    "AppealsAnswer",
    {"schema": str, "policy": PolicyName, "at": _Moment, "appeals": list[Appeal], "next": str | None},
)
Followed = TypedDict("Followed", {"id": str, "event": str, "data": str})
ReplayAnswer = TypedDict("ReplayAnswer", {"schema": str, "passed": bool, "cases": list[dict[str, Any]]})
PolicyAnswer = TypedDict(
    "PolicyAnswer",
    {
        "schema": str,
        "policy": PolicyName,
        "rows": list[dict[str, Any]],
        "guards": dict[str, dict[str, str]],
        "timers": dict[str, str],
        "notices": dict[str, str],
        "reasons": dict[str, Any],
        "grounds": Any,
        "evidence": Any,
        "parameters": dict[str, Any],
    },
)
HealthAnswer = TypedDict("HealthAnswer", {"schema": str, "well": bool})
ProblemKind = TypedDict("ProblemKind", {"type": str, "title": str, "status": int, "remedy": str})
ProblemsAnswer = TypedDict("ProblemsAnswer", {"schema": str, "problems": list[ProblemKind]})

_ALWAYS = (400, 401, 405, 422, 500)
"""What any endpoint may answer."""


def schema(name: str) -> str:
    """Return the name of an answer's schema; the number is raised when a word changes its meaning."""
    return f"lifecycle/{name}/1"


def answers(
    shape: Any, example: Any, *more: int, status: int = 200, media_type: str = "application/json", says: str = ""
) -> dict[int, ResponseSpec]:
    """Return what an endpoint answers: *shape*, and the problems it always may have, and *more*."""
    good = ResponseSpec(
        shape,
        description=says or "What was asked for.",
        media_type=media_type,
        generate_examples=False,
        examples=[Example(summary="an answer", value=example)],
    )
    return {status: good, **{each: _problem(each) for each in sorted({*_ALWAYS, *more})}}


def _problem(status: int) -> ResponseSpec:
    fitting = [(name, kind) for name, kind in KINDS.items() if kind.status == status]
    shown = [
        Example(
            summary=name,
            value={
                "type": FAMILY + name,
                "title": kind.title,
                "status": status,
                "detail": f"{kind.title}.",
                "remedy": kind.remedy,
            },
        )
        for name, kind in fitting
    ]
    says = "; ".join(kind.title for _, kind in fitting)
    return ResponseSpec(Problem, description=says, media_type=MEDIA_TYPE, generate_examples=False, examples=shown)
