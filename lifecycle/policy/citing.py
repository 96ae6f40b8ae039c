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
    for guard in policy.guards:
        yield "guard", guard.name, guard.sentence, guard.cites
    for ground in policy.grounds.values():
        yield "ground", ground.name, ground.says, ground.cites
    for field in attrs.fields(type(policy.parameters)):
        if "cites" in field.metadata:
            yield "parameter", field.name, field.metadata["says"], tuple(field.metadata["cites"])
