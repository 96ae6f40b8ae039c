"""Refuses a policy whose service would submit what no row takes, say what no fact is, or not know how an account begins.

Knows what `lifecycle.rows.Doors` and `lifecycle.rows.Arrival` may name, and that a report which sends what is reported
would never end. Does not know any row.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.errors import closest
from lifecycle.model import Role
from lifecycle.rows import RESULTS, Notify, Policy, SendCode, Then


def wrong_doors(policy: Policy) -> Iterator[str]:
    """Yield what is wrong with what the service does by itself under *policy*."""
    doors, facts = policy.doors, policy.facts.declared()
    for door, trigger in doors.triggers.items():
        if trigger not in policy.triggers:
            yield f'the door "{door}" names an unknown trigger "{trigger}".{closest(trigger, policy.triggers)}'
    for says, names in (
        ("passed_on", doors.passed_on),
        ("borrowed", (doors.borrowed,) if doors.borrowed is not None else ()),
        ("sign_up", tuple(doors.sign_up)),
    ):
        for name in (name for name in names if name not in facts):
            yield f'the door "{says}" names an unknown fact "{name}".{closest(name, facts)}'
    if doors.statement is not None and doors.statement not in policy.evidence:
        near = closest(doors.statement, policy.evidence)
        yield f'the door "statement" names an unknown kind of evidence "{doors.statement}".{near}'
    yield from _reports(policy)
    if doors.strike is not None and "strike" not in facts:
        yield 'the door "strike" says the fact "strike", which is not declared'
    opening = list(dict.fromkeys(row.trigger for row in policy.rows if not row.source))
    if len(opening) > 1:
        yield f"an account is opened by several triggers: {', '.join(opening)}"
    for way in policy.arrivals:
        if not any(way.state in row.dests for row in policy.rows):
            yield f"an arrival leads to {way.state.words}, and no row does"


def _reports(policy: Policy) -> Iterator[str]:
    for each in policy.doors.reports:
        says = f'what reports deliveries by "{each.trigger}"'
        rows = policy.rows_of(each.trigger)
        if not rows:
            yield f"{says} names an unknown trigger.{closest(each.trigger, policy.triggers)}"
        elif not any(Role.SYSTEM in row.actors for row in rows):
            yield f"{says} names something the system may not do"
        for notice in (name for name in each.notices if name not in policy.notices):
            yield f'{says} names an unknown notice "{notice}".{closest(notice, policy.notices)}'
        for outcome in (name for name in each.outcomes if name not in RESULTS):
            yield f'{says} names an unknown outcome "{outcome}". Known: {", ".join(RESULTS)}.'
        if not each.outcomes:
            yield f"{says} names no outcome. Known: {', '.join(RESULTS)}."
        for notice in sorted(_sent_by(policy, each.trigger, set())):
            if each.trigger in _reported_by(policy, notice, set()):
                yield f'{says} would never end: it sends "{notice}", whose delivery is reported by it again'


def _sent_by(policy: Policy, trigger: str, seen: set[str]) -> set[str]:
    """Return the notices that *trigger* sends, and whatever follows it at once."""
    if trigger in seen:
        return set()
    seen.add(trigger)
    effects = [effect for row in policy.rows_of(trigger) for effect in row.effects]
    sent = {effect.notice for effect in effects if isinstance(effect, Notify | SendCode)}
    return sent.union(*(_sent_by(policy, e.trigger, seen) for e in effects if isinstance(e, Then)))


def _reported_by(policy: Policy, notice: str, seen: set[str]) -> set[str]:
    """Return the triggers that a delivery of *notice* leads to, through whatever they send in turn."""
    for trigger in (each.trigger for each in policy.doors.reports if each.concerns(notice)):
        if trigger not in seen:
            seen.add(trigger)
            for sent in _sent_by(policy, trigger, set()):
                _reported_by(policy, sent, seen)
    return seen
