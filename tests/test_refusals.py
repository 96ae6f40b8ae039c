"""Every condition of every row refuses somebody: one attempt for each, against an account of a case."""

from __future__ import annotations

import pytest
from refusals import Refused, listed
from support import machine_of

from lifecycle.policy import policy


@pytest.mark.parametrize("attempt", listed(), ids=lambda each: f"{each.row} {each.codes[0]}")
def test_an_attempt_is_refused(attempt: Refused) -> None:
    """The attempt is refused for the conditions the list names, and for no other."""
    assert attempt.answer(machine_of) == attempt.codes


def test_every_condition_of_every_row_is_listed() -> None:
    """Whatever a row asks for, some attempt on that row lacks it."""
    asked = {(row.name, guard.name) for row in policy().rows for guard in row.guards}
    refused = {(attempt.row, code) for attempt in listed() for code in attempt.codes}
    assert asked - refused == set()
