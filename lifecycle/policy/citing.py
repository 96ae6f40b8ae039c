"""Everything of the policy that cites a rule, in one list: what the trace walks through.

Knows where things that cite are kept. Does not know which rule they hold.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from lifecycle.rows import Policy

Citing = tuple[str, str, str, tuple[str, ...]]
"""The kind of a thing, its name, what it says, and what it cites."""


def citing(policy: Policy) -> Iterator[Citing]:
    """Yield every row, guard, ground, parameter and table entry of *policy* with what it cites."""
    for row in policy.rows:
        yield "row", row.name, row.title, row.cites
    narrowing = (each for guards in policy.narrowed.values() for each in guards)
    for guard in dict.fromkeys((*policy.guards, *narrowing)):
        yield "guard", guard.name, guard.sentence, guard.cites
    for benefit in policy.benefits:
        yield "benefit", benefit.name, benefit.says, benefit.cites
    for ground in policy.grounds.values():
        yield "ground", ground.name, ground.says, ground.cites
    for signal in policy.signals.values():
        yield "signal", signal.name, signal.says, signal.cites
    for name, strike in policy.ways.strikes.items():
        yield "strike", name, strike.says, strike.cites
    for reason in policy.reasons.values():
        yield "reason", reason.name, reason.says, reason.cites
        for instead in reason.alternatives:
            yield "reason", instead.name, instead.says, instead.cites
    for advice in policy.ways.advice:
        yield "advice", advice.name, advice.says, advice.cites
    for field in attrs.fields(type(policy.parameters)):
        if "cites" in field.metadata:
            yield "parameter", field.name, field.metadata["says"], tuple(field.metadata["cites"])
