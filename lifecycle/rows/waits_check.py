"""What can be wrong with the waits of a policy: one that runs from a fact which is no date, or from what never happens.

Knows what a wait may run from. Does not know any wait, nor the row that asks for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lifecycle.errors import closest

if TYPE_CHECKING:
    from lifecycle.rows.tables import Policy


def wrong_waits(policy: Policy) -> Iterator[str]:
    """Yield each wait of *policy* that runs from a fact or an event which it cannot run from, by its name.

    A fact that nobody declares is told of with the guard that needs it.
    """
    facts = policy.facts.declared()
    for name, wait in getattr(policy.parameters, "waits", {}).items():
        fact, event = getattr(wait, "fact", None), getattr(wait, "event", None)
        if fact in facts and facts[fact] not in (dt.datetime, dt.datetime | None):
            yield f'the wait "{name}" runs from the fact "{fact}", which is no date'
        if event is not None and event not in policy.triggers:
            near = closest(event, policy.triggers)
            yield f'the wait "{name}" runs from the event "{event}", which never happens.{near}'
