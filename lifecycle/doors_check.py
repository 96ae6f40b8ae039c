"""Refuses a policy whose service would submit what no row takes, say what no fact is, or not know how an account begins.

Knows what `lifecycle.rows.Doors` and `lifecycle.rows.Arrival` may name. Does not know any row.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.errors import closest
from lifecycle.rows import Policy


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
    if doors.strike is not None and "strike" not in facts:
        yield 'the door "strike" says the fact "strike", which is not declared'
    opening = list(dict.fromkeys(row.trigger for row in policy.rows if not row.source))
    if len(opening) > 1:
        yield f"an account is opened by several triggers: {', '.join(opening)}"
    for way in policy.arrivals:
        if not any(way.state in row.dests for row in policy.rows):
            yield f"an arrival leads to {way.state.words}, and no row does"
