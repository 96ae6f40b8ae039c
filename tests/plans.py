"""What tests of plans share: accounts taken over in any situation, and plans made for them."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any

import memberships
import support as s
from support import DAY, HOUR, MINUTE, START, World

from lifecycle.fold import evolve
from lifecycle.imports import imported
from lifecycle.model import Account, Actor, State
from lifecycle.plan import Leg, Plan, plan


def arrived(state: State, at: dt.datetime = START, *, reading: Mapping[str, Any] | None = None, **given: Any) -> World:
    """An account taken over in *state*, as *given* says."""
    world = World(**(reading or {}))
    given = {"contacts": ["email", "phone"], **given}
    event = imported(world.machine.policy, "acc", state, given, at, Actor.system("import"))
    world.account, world.now, world.events = evolve(Account("acc"), event), at, (event,)
    return world


def suspended_on(ground: str, **given: Any) -> World:
    """An account suspended on *ground* by reviewer 1."""
    return arrived(State.SUSPENDED, ground=ground, author="reviewer:1", **given)


def rejected_on(ground: str, **given: Any) -> World:
    """The same after reviewer 2 rejected an appeal."""
    appeal = {"status": "rejected", "decided_by": "reviewer:2", "decided_version": 1}
    return suspended_on(ground, appeal=appeal, **given)


def planned(world: World, to: State = State.ACTIVE, **more: Any) -> Plan:
    """The plan for the account of *world*, now; without the large sales of the calendar unless *more* speaks of one."""
    more.setdefault("peak", None if "sale_at" in more else False)
    return plan(world.machine, world.account, world.now, to, **more)


def ways(world: World, to: State = State.ACTIVE, **more: Any) -> list[str]:
    """The ways of that plan, each as its triggers."""
    return [" ".join(way.triggers) for way in planned(world, to, **more).ways]


def leg_of(found: Plan, trigger: str) -> Leg:
    """The first leg of this trigger in the cheapest way that has one."""
    return next(leg for way in found.ways for leg in way.legs if leg.trigger == trigger)


def conditions(leg: Leg) -> dict[str, bool | None]:
    """The guards that stand in the way of a leg, or of which nobody has said."""
    return {verdict.code: verdict.met for verdict in leg.conditions}


@functools.cache
def situations() -> dict[str, tuple[World, State, dict[str, Any]]]:
    """Every situation that somebody asks about: the account, where they want to be, and what else they say."""
    back = {
        "locked": s.locked(),
        "locked, travelling": s.locked("unusual_logins"),
        "locked, shared": s.locked("shared_device"),
        "locked, declined": s.locked("declined_payments"),
        "disputes": suspended_on("buyer_protection"),
        "rules": suspended_on("platform_rules"),
        "coupons": suspended_on("coupon_abuse"),
        "unpaid": suspended_on("unpaid_orders"),
        "chargeback": suspended_on("chargeback"),
        "harassment": suspended_on("harassment", ends=START + DAY),
        "rejected": rejected_on("buyer_protection"),
        "under appeal": s.appealed(),
        "several at once": s.appealed().do("appeal", s.HOLDER),
        "permanent": s.permanent(),
        "deactivated": s.deactivated(),
        "deleting": s.deleting(),
        "closing": s.closing(),
        "confirmed": s.confirmed(),
        "deleted": s.deleted(),
        "warned": s.active().do("warn", s.REVIEWER, {"ground": "unpaid_orders"}),
        "warned until later": arrived(State.ACTIVE, warning={"ground": "platform_rules", "act_by": START + 9 * DAY}),
    }
    away = {
        "leaving": s.active(),
        "code too late": s.deleting().wait(2 * MINUTE),
        "leaving for good": s.permanent(),
        "stalled": s.confirmed().wait(3 * DAY).do("mark_stalled", s.SYSTEM),
        "a member leaves": memberships.paid(),
        "a member on trial leaves": memberships.trial(),
        "held": s.confirmed().do("place_hold", s.REVIEWER, {"hold": "court_case"}),
    }
    return {
        **{name: (world, State.ACTIVE, {}) for name, world in back.items()},
        **{name: (world, State.DELETED, {}) for name, world in away.items()},
        "before a sale": (s.locked(), State.ACTIVE, {"sale_at": START + 12 * HOUR}),
        "pausing": (s.active(), State.DEACTIVATED, {}),
    }
