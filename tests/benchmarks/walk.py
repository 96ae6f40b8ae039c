"""A walk through real rows of the shipped policy, each step with the account it starts from.

Knows which commands are given. Does not know who is asked to decide them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from attrs import frozen
from support import CLOSING, COLLEAGUE, COMPLETE, HOLDER, REVIEWER, STATEMENT, SYSTEM, World, active

from lifecycle.decide import decide
from lifecycle.model import Account, Command

SIGNED_IN = {"signed_in": True, "identifier_matches": True}

WALK: tuple[tuple[Any, ...], ...] = (
    ("lock", SYSTEM, {"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 50}),
    ("send_unlock_code", HOLDER),
    ("verify", HOLDER, {"code_right": True}),
    ("deactivate", HOLDER, SIGNED_IN),
    ("reactivate", HOLDER, SIGNED_IN),
    ("request_closure", HOLDER, CLOSING),
    ("suspend", REVIEWER, {"ground": "harassment"}, (STATEMENT,)),
    ("appeal", HOLDER, None, COMPLETE),
    ("grant", COLLEAGUE, {"name_matches": True}),
)
"""From an active account round to an active account: nine rows with up to nine guards, in five chapters."""


@frozen
class Step:
    """One step: the account as it stands, and what is asked."""

    account: Account
    command: Command


def steps() -> tuple[World, tuple[Step, ...]]:
    """Return the world after the walk, and its steps; every one of them is allowed."""
    world, found = active(), []
    for trigger, by, *more in WALK:
        command = world.wait(dt.timedelta(minutes=5)).command(trigger, by, *more)
        found.append(Step(world.account, command))
        world.account = decide(world.machine, world.account, command).raise_for_denial().account
    return world, tuple(found)
