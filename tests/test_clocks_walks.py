"""With every clock on, on random roads: the log folds to the account, and each clock tells the story its record tells."""

from __future__ import annotations

from typing import Any

import pytest
from clocks import TWO_DAYS, appeals, documents
from hypothesis import given, settings
from hypothesis import strategies as st
from support import DAY
from wander import begin, disagreements, step

from lifecycle.calendar import BusinessDays
from lifecycle.decide import explain, facts_needed
from lifecycle.fold import evolve, replay
from lifecycle.lengths import ByFacts, Chosen, Entry
from lifecycle.model import Account

BY_GROUND = ByFacts((Entry("money", {"ground": ("chargeback", "unpaid_orders")}, 5 * DAY),), BusinessDays(8))
READINGS: tuple[dict[str, Any], ...] = (
    {
        "support_due": TWO_DAYS,
        "windows": type(TWO_DAYS)({**appeals(lasts=BY_GROUND), **documents(reminder_before=BusinessDays(1))}),
        "deletion_processing": Chosen("chosen_days", DAY, 3 * DAY, 2 * DAY),
        "appeal_silence": ByFacts((Entry("many", {"packet_fields": "4 or more"}, BusinessDays(2)),), BusinessDays(7)),
    },
    {
        "support_due": TWO_DAYS,
        "final_for_agent_level": True,
        "windows": type(TWO_DAYS)({**appeals(counted_from="delivery", final=True), **documents(final=True)}),
        "closure_confirmation_ttl": ByFacts((Entry("seller", {"kind": "seller"}, DAY),), 3 * DAY),
    },
)
WALKS = given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60), reading=st.sampled_from(READINGS))
TRIED = settings(max_examples=40, deadline=None)


def untrue(account: Account) -> list[str]:
    """What of the clocks of *account* and of its records does not agree; empty if all is well."""
    due = {timer.name: timer.due for timer in account.timers}
    shown, case, request = account.suspension or account.lock, account.support_case, account.evidence_request
    lapses = due.get("appeal_lapses")
    waits = case is not None and case.status in ("bot", "queued", "with_agent")
    wants = {
        "the time to appeal runs against what shows": lapses is None
        or (shown is not None and shown.appeal_until == lapses and not shown.appeal_lapsed),
        "nobody is reminded of a time that does not run": "remind_of_appeal" not in due or lapses is not None,
        "a reminder comes before the end": "remind_of_appeal" not in due
        or (lapses is not None and due["remind_of_appeal"] < lapses),
        "support is waited for while a case is open": "support_overdue" not in due
        or (case is not None and waits and case.due == due["support_overdue"] and not case.overdue),
        "an overdue case had a day": case is None or not case.overdue or case.due is not None,
        "documents are waited for while they are asked for": "evidence_lapses" not in due
        or (request is not None and request.is_open and request.until == due["evidence_lapses"]),
        "one entry for each period": len({each.name for each in account.periods}) == len(account.periods),
    }
    return [name for name, holds in wants.items() if not holds]


@WALKS
@TRIED
def test_every_clock_tells_the_story_of_its_record(seeds: list[int], reading: dict[str, Any]) -> None:
    """After every event timers, records and state agree, and the whole log folds to the account that lived it."""
    world = begin(**reading)
    for seed in seeds:
        step(world, seed)
    account = Account("acc")
    for event in world.events:
        account = evolve(account, event)
        assert [*disagreements(world, account), *untrue(account)] == [], event.row
    assert replay("acc", world.events) == world.account


@WALKS
@TRIED
def test_what_is_explained_is_what_is_decided(seeds: list[int], reading: dict[str, Any]) -> None:
    """A decision and its explanation agree, a last moment told has not gone by, and all facts needed were named."""
    world = begin(**reading)
    for seed in seeds:
        before = world.account
        tried, decision = step(world, seed)
        if world.account is before and decision.allowed:
            continue
        found = explain(world.machine, before, tried) if world.account is before else None
        if found is not None:
            assert found.allowed is not True
            assert not facts_needed(world.machine, before, tried)
        for verdict in explain(world.machine, world.account, tried).verdicts:
            assert verdict.latest is None or verdict.met is (tried.at <= verdict.latest)


@pytest.mark.parametrize("reading", READINGS)
def test_a_walk_gets_somewhere(reading: dict[str, Any]) -> None:
    """The random roads do meet the clocks: in enough steps each of them has been armed."""
    armed: set[str] = set()
    for start in range(12):
        world = begin(**reading)
        for seed in range(start * 1000, start * 1000 + 150):
            step(world, seed)
        armed |= {change.name for event in world.events for change in event.changes if change.do == "timer"}
    assert {"support_overdue"} <= armed
    assert {"appeal_lapses", "evidence_lapses"} & armed
