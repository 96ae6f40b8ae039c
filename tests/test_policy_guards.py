"""Every guard of the policy alone: it can refuse, it can hold, and it says what a person needs to know."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from scenarios_care import CARE
from scenarios_joining import JOINING
from scenarios_leaving import LEAVING
from scenarios_levels import LEVELS
from scenarios_membership import MEMBERSHIP
from scenarios_restriction import RESTRICTION
from scenarios_watching import WATCHING

from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters

TABLES = (RESTRICTION, LEAVING, CARE, LEVELS, MEMBERSHIP, WATCHING, JOINING)
SCENARIOS = {name: scenario for table in TABLES for name, scenario in table.items()}
READINGS = (
    Parameters(),
    Parameters(deactivate_button_effect="deletion_only"),
    Parameters(open_obligations_policy="warn"),
    Parameters(multi_account_policy="strict"),
    Parameters(deactivation_channels=(), temporary_deactivation_max=dt.timedelta(days=1), resubmit_limit=1),
)


def test_every_guard_has_a_scenario() -> None:
    """The table names every guard of every reading of the policy, and no other."""
    guards = {guard.name for p in READINGS for guard in policy(p).guards}
    assert set(SCENARIOS) == guards
    assert len(SCENARIOS) == sum(map(len, TABLES))


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
