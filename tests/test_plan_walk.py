"""Every way a plan offers is walked on the real service, quickly and slowly, and arrives."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import planned, situations
from support import CLEAR, World
from wander import begin, step

from lifecycle import Evidence, Lifecycle
from lifecycle.model import State
from lifecycle.plan import Leg, Plan, Way
from lifecycle.policy.ways import WAYS
from lifecycle.store import Batch
from lifecycle.store.memory import MemoryStore

SECRET = b"thirty-two bytes of test secret."
LATER = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)

READINGS: tuple[dict[str, Any], ...] = (
    {},
    {"deactivate_button_effect": "deletion_only", "decline_lock_release": "verification"},
    {"extra_appeals": "refuse", "subscription_policy": "block", "in_transit_blocks": False},
    {"open_obligations_policy": "warn", "wallet_policy": "warn_and_forfeit", "evidence_limit": 8},
    {"support_optional": False, "support_calendar": "working_days", "deactivation_channels": ("self_button",)},
    {"resubmission_requires": "never", "remedy_tracks": ("appeal",), "reason_required": ("web", "request")},
)
TARGETS = (State.ACTIVE, State.DEACTIVATED, State.DELETED)


def service_with(world: World) -> Lifecycle:
    """A service that holds the account of *world*, under the same policy."""
    store = MemoryStore()
    batch = Batch(account_id="acc", expected=0, account=world.account, events=world.events)
    store.append(batch, recorded_at=LATER)
    return Lifecycle.open(store, policy=world.machine.policy, secret=SECRET, clock=lambda: LATER)


def walk(world: World, plan: Plan, way: Way, *, slowly: bool) -> None:
    """Do what each leg says, when it says it, with what it says; the account has to arrive."""
    now = plan.at
    with service_with(world) as accounts:
        for leg in way.legs:
            now = max(now, (leg.latest or until_it_is_due(accounts, leg)) if slowly else leg.earliest)
            take(accounts, leg, now, slowly=slowly)
        assert accounts.account("acc", at=now).state is plan.to, way.triggers


def until_it_is_due(accounts: Lifecycle, leg: Leg) -> dt.datetime:
    """When to look again where no date could be given: once the timer is due, if it is one that is waited for."""
    timers = accounts.account("acc").timers if leg.waits else ()
    dues = [timer.due for timer in timers if accounts.policy.timers[timer.name].trigger == leg.trigger]
    return max((*dues, leg.earliest))


def take(accounts: Lifecycle, leg: Leg, now: dt.datetime, *, slowly: bool) -> None:
    """Take one leg, unless a timer has done what it is for already."""

    def shop(account: str, names: frozenset[str]) -> dict[str, Any]:
        known = {**CLEAR, "retention_duty": False, **leg.facts}
        return {name: known[name] for name in names if name in known}

    if leg.waits:
        accounts.settle("acc", at=now, gather=shop)
        return
    standing = accounts.account("acc", at=now)
    if slowly and leg.dest is not leg.source and standing.state is leg.dest:
        return
    code = accounts.code_for("acc", leg.challenge, at=now) if leg.challenge else None
    papers = [Evidence(kind, f"paper-{standing.version}-{n}") for n, kind in enumerate(leg.evidence)]
    decision = accounts.submit(
        leg.trigger, account="acc", by=leg.by, facts=leg.facts, evidence=papers, code=code, at=now, gather=shop
    )
    assert decision.allowed, (leg, decision)
    assert decision.account.state is leg.dest


@pytest.mark.parametrize("name", situations())
def test_the_ways_out_of_every_situation_arrive(name: str) -> None:
    """Whatever somebody asks about, each way that is offered to them arrives, quickly and slowly."""
    world, to, more = situations()[name]
    plan = planned(world, to, **more)
    for way in plan.ways:
        walk(world, plan, way, slowly=False)
        walk(world, plan, way, slowly=True)


def test_every_step_is_walked() -> None:
    """The situations above take every step there is, so none is offered on trust."""
    plans = [planned(world, to, **more) for world, to, more in situations().values()]
    walked = {trigger for plan in plans for way in plan.ways for trigger in way.triggers}
    assert walked == WAYS.steps.keys()


@given(
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=25),
    reading=st.sampled_from(READINGS),
    to=st.sampled_from(TARGETS),
    peak=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_every_way_arrives(seeds: list[int], reading: dict[str, Any], to: State, peak: bool) -> None:
    """From wherever an account has wandered, each way arrives: if all goes quickly, and if all goes slowly."""
    world = begin(**reading)
    for seed in seeds:
        step(world, seed)
    with service_with(world) as accounts:
        plan = accounts.plan("acc", to, at=world.now, peak=peak)
    for way in plan.ways:
        walk(world, plan, way, slowly=False)
        walk(world, plan, way, slowly=True)
