"""Every guard of the policy alone: it can refuse, it can hold, and it says what a person needs to know."""

from __future__ import annotations

import json

import pytest
from scenarios_leaving import LEAVING
from scenarios_restriction import RESTRICTION

from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters

SCENARIOS = {**RESTRICTION, **LEAVING}


def test_every_guard_has_a_scenario() -> None:
    """The table names every guard of every reading of the policy, and no other."""
    readings = (Parameters(), Parameters(deactivate_button_effect="deletion_only"))
    guards = {guard.name for p in readings for guard in policy(p).guards}
    assert set(SCENARIOS) == guards
    assert len(SCENARIOS) == len(RESTRICTION) + len(LEAVING)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_guard_alone_decides(name: str) -> None:
    """Where only this guard is unmet it is the only refusal; where it is met the same attempt is allowed."""
    bad, good = SCENARIOS[name]()
    assert [refusal.code for refusal in bad.refusals] == [name]
    assert good.allowed, str(good)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_guard_explains_itself(name: str) -> None:
    """A refusal has a sentence, a remedy, and values that JSON can carry; both sentences end with a full stop."""
    (refusal,) = SCENARIOS[name]()[0].refusals
    assert refusal.sentence.endswith(".")
    assert refusal.sentence[0].isupper()
    assert refusal.remedy.endswith(".")
    assert refusal.remedy[0].isupper()
    assert json.loads(json.dumps([refusal.value, refusal.limit])) == [refusal.value, refusal.limit]


@pytest.mark.parametrize("name", SCENARIOS)
def test_time_alone_missing_is_named(name: str) -> None:
    """When a refusal names the moment from which it would pass, the same attempt passes exactly then."""
    bad, good = SCENARIOS[name]()
    earliest = bad.refusals[0].earliest
    assert earliest is None or (earliest > bad.command.at and good.command.at >= earliest)


def test_a_guard_has_a_label() -> None:
    """In a diagram a guard is called by its name in words."""
    labels = {guard.name: guard.label for guard in policy().guards}
    assert labels["code_is_alive"] == "code is alive"
