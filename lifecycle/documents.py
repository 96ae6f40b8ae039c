"""Answers as JSON data, for other programs.

Knows the words of each document. They are a promise: a word that changes its meaning changes the schema's number.
Does not know any terminal, nor HTTP.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from lifecycle.calendar import BusinessDays, Period, WorkCalendar
from lifecycle.cases.results import CaseResult, StepResult
from lifecycle.decide import Explanation, Option
from lifecycle.lengths import ByFacts, Chosen, as_table
from lifecycle.model import Account, AnyState, Event, Refusal, Verdict
from lifecycle.plan import Hint, Leg, Plan, Way
from lifecycle.prose import sentence
from lifecycle.prose.words import value
from lifecycle.rows import Policy, Transition
from lifecycle.store import Denial


def moment(at: dt.datetime | None) -> str | None:
    """Return a time in ISO 8601, in UTC."""
    return None if at is None else at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def of_policy(policy: Policy) -> dict[str, Any]:
    """Return which policy it was."""
    return {"name": policy.name, "version": policy.version}


def of_row(row: Transition, policy: Policy) -> dict[str, Any]:
    """Return a row and the sentence made of it."""
    return {
        "name": row.name,
        "chapter": row.chapter,
        "title": row.title,
        "trigger": row.trigger,
        "actors": [role.value for role in row.actors],
        "from": [state.value for state in row.source],
        "to": [state.value for state in row.dests],
        "guards": [guard.name for guard in row.guards],
        "cites": list(row.cites),
        "sentence": sentence(row, policy),
    }


def of_rules(policy: Policy) -> dict[str, Any]:
    """Return a policy whole: every row, guard, timer, notice, reason, ground and kind of evidence."""
    return {
        "policy": of_policy(policy),
        "rows": [of_row(row, policy) for row in policy.rows],
        "guards": {guard.name: {"sentence": guard.sentence, "otherwise": guard.otherwise} for guard in policy.guards},
        "timers": {name: rule.says for name, rule in policy.timers.items()},
        "notices": {name: notice.says for name, notice in policy.notices.items()},
        "reasons": {
            name: {"says": reason.says, "instead": {each.name: each.says for each in reason.alternatives}}
            for name, reason in policy.reasons.items()
        },
        "grounds": in_data(policy.grounds),
        "evidence": in_data(policy.kinds or policy.evidence),
    }


def of_account(account: Account) -> dict[str, Any]:
    """Return how an account stands."""
    return {
        "id": account.id,
        "state": account.state.value,
        "since": moment(account.since),
        "version": account.version,
        "timers": {timer.name: moment(timer.due) for timer in account.timers},
    }


def of_reason(reason: Refusal | Verdict) -> dict[str, Any]:
    """Return a guard's verdict, or a reason why not; ``met`` is null where a fact is missing to tell."""
    return {
        "code": reason.code,
        "met": reason.met if isinstance(reason, Verdict) else False,
        "sentence": reason.sentence,
        "remedy": reason.remedy,
        "value": reason.value,
        "limit": reason.limit,
        "earliest": moment(reason.earliest),
        **_latest(reason),
    }


def _latest(reason: Refusal | Verdict) -> dict[str, Any]:
    latest = reason.latest if isinstance(reason, Verdict) else None
    return {} if latest is None else {"latest": moment(latest)}


def of_explanation(found: Explanation) -> dict[str, Any]:
    """Return why, or why not."""
    return {
        "trigger": found.command.trigger,
        "by": str(found.command.by),
        "at": moment(found.command.at),
        "allowed": found.allowed,
        "row": None if found.row is None else found.row.name,
        "guards": [of_reason(verdict) for verdict in found.verdicts],
        "refusals": [of_reason(refusal) for refusal in found.refusals],
        "needs": list(found.needs),
    }


def of_option(option: Option, by: str) -> dict[str, Any]:
    """Return one thing that could be done."""
    return {
        "by": by,
        "trigger": option.trigger,
        "title": option.title,
        "allowed": option.allowed,
        "to": [state.value for state in option.row.dests],
        "guards": [of_reason(verdict) for verdict in option.verdicts],
        "needs": list(option.needs),
    }


def of_event(event: Event) -> dict[str, Any]:
    """Return one event of a log, whole."""
    return {
        "version": event.version,
        "at": moment(event.at),
        "recorded_at": moment(event.recorded_at),
        "trigger": event.trigger,
        "by": str(event.by),
        "from": _name(event.source),
        "to": _name(event.dest),
        "facts": dict(event.facts),
        "evidence": [dict(each) for each in event.evidence],
        "changes": [{"do": c.do, "name": c.name, "values": dict(c.values)} for c in event.changes],
        "sends": list(event.notices),
        "row": event.row,
        "policy": event.policy,
        "machine": event.machine,
    }


def of_denial(denial: Denial) -> dict[str, Any]:
    """Return one refused attempt; ``more`` counts further ones of its day that were not kept one by one."""
    return {
        "at": moment(denial.at),
        "trigger": denial.trigger,
        "by": str(denial.by),
        "codes": list(denial.codes),
        "more": denial.more,
    }


def of_case(result: CaseResult) -> dict[str, Any]:
    """Return what came of a replayed case."""
    case = result.case
    return {
        "file": str(case.path),
        "number": case.number,
        "title": case.title,
        "cites": list(case.cites),
        "chosen": list(case.chosen),
        "parameters": {name: in_data(held) for name, held in case.parameters.items()},
        "policy": result.policy,
        "changes": [
            {"from": moment(each.at), "parameters": {name: in_data(held) for name, held in each.parameters.items()}}
            for each in case.changes
        ],
        "worker": case.worker,
        "account": result.account_id,
        "starts": _name(case.starts),
        "passed": result.passed,
        "problems": list(result.problems),
        "steps": [_step(step) for step in result.steps],
    }


def _step(result: StepResult) -> dict[str, Any]:
    step, decision = result.step, result.decision
    doing: Mapping[str, Any] = {}
    if decision is not None:
        doing = {
            "does": decision.command.trigger,
            "by": str(decision.command.by),
            "taken": decision.allowed,
            "refusals": [of_reason(refusal) for refusal in decision.refusals],
        }
    return {
        "number": step.number,
        "account": step.account,
        "at": moment(step.at),
        **doing,
        "from": _name(result.source),
        "to": _name(result.dest),
        "events": [of_event(event) for event in result.events],
        "meanwhile": step.meanwhile or None,
        "note": step.note or None,
        "problems": list(result.problems),
    }


def _name(state: AnyState | None) -> str | None:
    return None if state is None else state.value


def in_data(found: Any) -> Any:
    """Return the value of a parameter as JSON data; a period in words, as a file of parameters takes it."""
    if isinstance(found, WorkCalendar):
        return {key: in_data(one) for key, one in attrs.asdict(found).items()}
    if isinstance(found, tuple):
        return [in_data(one) for one in found]
    if isinstance(found, Mapping):
        return {key: in_data(one) for key, one in found.items()}
    if isinstance(found, Chosen | ByFacts):
        return as_table(found)
    if attrs.has(type(found)) and not isinstance(found, BusinessDays):
        names = [each.name for each in attrs.fields(type(found)) if each.name != "name"]
        return {name: in_data(getattr(found, name)) for name in names}
    return found if found is None or isinstance(found, bool | int | str) else value(found)


def of_plan(found: Plan) -> dict[str, Any]:
    """Return every way, what is shut, the outlook and the advice."""
    return {
        "from": found.state.value,
        "to": found.to.value,
        "at": moment(found.at),
        "sale_at": moment(found.sale_at),
        "peak": found.peak,
        "outlook": {
            "level": found.outlook.level,
            "says": found.outlook.says,
            "because": list(found.outlook.because),
            "cites": list(found.outlook.cites),
        },
        "ways": [_way(way, found.sale_at) for way in found.ways],
        "shut": [
            {
                "trigger": door.trigger,
                "row": door.row,
                "title": door.title,
                "by": door.role,
                "guards": [of_reason(verdict) for verdict in door.refusals],
                "cites": list(door.cites),
            }
            for door in found.shut
        ],
        "hints": [_hint(hint) for hint in found.hints],
        "needs": sorted(found.needs),
    }


def _way(way: Way, sale_at: dt.datetime | None) -> dict[str, Any]:
    return {
        "earliest": moment(way.earliest),
        "latest": moment(way.latest),
        "odds": way.odds,
        "rare": way.rare,
        "before_sale": None if sale_at is None else way.arrives_by(sale_at),
        "legs": [_leg(leg) for leg in way.legs],
    }


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "trigger": leg.trigger,
        "row": leg.row,
        "title": leg.title,
        "says": leg.says,
        "by": leg.role,
        "from": leg.source.value,
        "to": leg.dest.value,
        "waits": leg.waits,
        "evidence": list(leg.evidence),
        "guards": [of_reason(verdict) for verdict in leg.conditions],
        "least": _period(leg.least),
        "most": _period(leg.most),
        "told": leg.told,
        "overdue": leg.overdue,
        "not_before": moment(leg.from_),
        "earliest": moment(leg.earliest),
        "latest": moment(leg.latest),
        **({} if leg.until is None else {"until": moment(leg.until)}),
        "odds": leg.odds,
        "hints": [_hint(hint) for hint in leg.hints],
        "cites": list(leg.cites),
    }


def _period(period: Period | None) -> dict[str, int] | None:
    """Return a length of time as whole seconds, or as working days."""
    if period is None:
        return None
    if isinstance(period, BusinessDays):
        return {"business_days": period.days}
    return {"seconds": int(period.total_seconds())}


def _hint(hint: Hint) -> dict[str, Any]:
    return {"name": hint.name, "kind": hint.kind, "says": hint.says, "why": hint.why, "cites": list(hint.cites)}
