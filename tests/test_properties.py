"""What holds on every road through the policy, tried on random ones."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import attrs
from clocks import entries
from hypothesis import given, settings
from hypothesis import strategies as st
from support import DAY, HOUR
from wander import begin, disagreements, step

from lifecycle.decide import explain, facts_needed, options
from lifecycle.fold import evolve, replay
from lifecycle.model import MACHINES, Account, Change, Event, MembershipState, State
from lifecycle.rows import Proof

READINGS: tuple[dict[str, Any], ...] = (
    {},
    {"deactivate_button_effect": "deletion_only", "decline_lock_release": "verification"},
    {"extra_appeals": "refuse", "subscription_policy": "block", "in_transit_blocks": False},
    {"open_obligations_policy": "warn", "wallet_policy": "warn_and_forfeit", "evidence_limit": 4},
    {
        "proofs": entries(
            Proof(
                "password", failures=2, closed_for=HOUR, times=2, at_most=DAY, locks="new_device", while_closed="count"
            ),
            Proof("unlock_code", failures=2, until_support=True, while_closed="extend"),
        )
    },
)
WALKS = given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60), reading=st.sampled_from(READINGS))
TRIED = settings(max_examples=100, deadline=None)


def through_json(event: Event) -> Event:
    """The event with all its data written as JSON and read back."""
    plain = [
        dict(event.facts),
        [dict(e) for e in event.evidence],
        [[c.do, c.name, dict(c.values)] for c in event.changes],
    ]
    facts, evidence, changes = json.loads(json.dumps(plain, allow_nan=False))
    return attrs.evolve(event, facts=facts, evidence=tuple(evidence), changes=tuple(Change(*c) for c in changes))


@WALKS
@TRIED
def test_the_log_makes_the_account(seeds: list[int], reading: dict[str, Any]) -> None:
    """The log folds to the account that lived it, also after a way through JSON; versions and times run forward."""
    world = begin(**reading)
    for seed in seeds:
        step(world, seed)
    assert replay("acc", world.events) == world.account
    assert [through_json(event) for event in world.events] == list(world.events)
    assert replay("acc", map(through_json, world.events)) == world.account
    assert [event.version for event in world.events] == list(range(1, len(world.events) + 1))
    assert all(a.at <= b.at for a, b in pairwise(world.events))
    for machine in MACHINES:
        own = [event for event in world.events if event.machine == machine]
        assert all(a.dest is b.source for a, b in pairwise(own))


@WALKS
@TRIED
def test_state_and_records_agree(seeds: list[int], reading: dict[str, Any]) -> None:
    """After every single event state, records and timers tell one story, and deleted stays deleted."""
    world = begin(**reading)
    for seed in seeds:
        step(world, seed)
    account = Account("acc")
    for event in world.events:
        gone = account.state is State.DELETED
        account = evolve(account, event)
        assert not gone or account.state is State.DELETED
        assert disagreements(world, account) == [], event.row


@WALKS
@TRIED
def test_denials(seeds: list[int], reading: dict[str, Any]) -> None:
    """A denial changes nothing, and gives at least one reason, each with a sentence, a remedy and plain values."""
    world = begin(**reading)
    for seed in seeds:
        _, decision = step(world, seed)
        if decision.allowed:
            assert decision.events
            assert decision.account.version == decision.events[-1].version
            continue
        assert decision.events == ()
        assert decision.refusals
        assert decision.account is world.account
        assert world.account.version == len(world.events)
        for refusal in decision.refusals:
            assert refusal.code.isidentifier()
            assert refusal.sentence.endswith(".")
            assert refusal.remedy.endswith(".")
            json.dumps([refusal.value, refusal.limit], allow_nan=False)
            assert refusal.earliest is None or refusal.earliest > decision.command.at


@WALKS
@TRIED
def test_every_answer_is_the_same_answer(seeds: list[int], reading: dict[str, Any]) -> None:
    """With all facts given nothing more is asked for, and explain and options say what decide does."""
    world = begin(**reading)
    for seed in seeds:
        tried, decision = step(world, seed)
        account = replay("acc", _before(world, decision)) if decision.allowed else decision.account
        assert facts_needed(world.machine, account, tried) == frozenset()
        told = explain(world.machine, account, tried)
        assert told.allowed is decision.allowed
        seen = [o.allowed for o in options(world.machine, account, tried) if o.trigger == tried.trigger]
        assert seen == ([told.allowed] if told.row else [])


def _before(world: Any, decision: Any) -> tuple[Event, ...]:
    return tuple(world.events[: decision.event.version - 1])


def test_walks_get_far() -> None:
    """The walks of these tests are worth something: together they take most rows and reach every state."""
    taken, reached = set(), set()
    for n in range(40):
        world = begin()
        for seed in range(n * 1000, n * 1000 + 60):
            step(world, seed)
        taken |= {event.row for event in world.events}
        reached |= {event.dest for event in world.events}
    assert set(State) | set(MembershipState) - {MembershipState.NO_MEMBERSHIP} <= reached
    for machine in ("account", "membership"):
        rows = {row.name for row in world.machine.policy.of(machine)}
        assert len(taken & rows) >= 0.7 * len(rows), sorted(rows - taken)
