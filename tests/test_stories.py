"""Replaying case files for their pictures: everything that happened is told, and nothing that is not true."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import REAL, all_told

from lifecycle.decide import LAPSE
from lifecycle.errors import CaseError
from lifecycle.model import ACCOUNT, MACHINES, NO_LEVEL, STANDING, MembershipState, State, machine_of
from lifecycle.policy.parameters.programme import RUNGS
from lifecycle.replay import run, simulated
from lifecycle.stories import story, tell

SHORT = """
[[case]]
title = "{title}"
cites = ["P-65"]
facts = {{ signed_in = true, identifier_matches = true }}
[[case.step]]
at = 2026-05-11T10:00:00Z
by = "holder"
does = "deactivate"
then = "{then}"
"""


def put(folder: Path, name: str, title: str = "A break", then: str = "deactivated") -> Path:
    """Write a case file with one step."""
    path = folder / f"{name}.case.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SHORT.format(title=title, then=then))
    return path


def test_a_folder_is_searched_to_the_bottom(tmp_path: Path) -> None:
    """Files are found in folders of folders, told in the order of their names, and each once."""
    for name in ("b/p-02", "a/p-03", "p-01"):
        put(tmp_path, name, title=name)
    found = tell(REAL, [tmp_path, str(tmp_path / "p-01.case.toml"), tmp_path / "a"])
    assert [one.case.title for one in found] == ["p-01", "b/p-02", "a/p-03"]


def test_where_there_is_nothing_nothing_is_told(tmp_path: Path) -> None:
    """A folder that is missing or empty has no cases."""
    assert tell(REAL, [tmp_path, tmp_path / "nowhere"]) == ()


def test_a_case_that_fails_is_not_told(tmp_path: Path) -> None:
    """A case that does not come out as it says is refused with file, case and problem."""
    path = put(tmp_path, "p-65", then="deleted")
    with pytest.raises(CaseError) as caught:
        tell(REAL, [tmp_path])
    said = str(caught.value)
    assert str(path) in said
    assert 'case 1 "A break"' in said
    assert "the policy says it becomes deactivated" in said


def test_a_step_is_told_with_its_events(tmp_path: Path) -> None:
    """A step that was taken keeps who did it, from where, and its events with their rows."""
    (told,) = tell(REAL, [put(tmp_path, "p-65")])
    (step,) = told.steps
    assert (str(step.by), step.state, step.refusals, step.settled) == ("holder:p-65.1", State.ACTIVE, (), ())
    assert [event.row for event in step.events] == ["deactivate:active:holder"]


def test_every_event_and_refusal_of_the_cases_is_told() -> None:
    """Over all case files of this checkout, numbers run from 1 without a gap over every row taken and every refusal."""
    for told in all_told():
        with simulated(REAL) as lifecycle:
            result = run(told.case, lifecycle)
        written = [event for step in result.steps for event in (*step.events, *step.elsewhere)]
        taken = [event for event in written if event.account_id == result.account_id]
        own = [step for step in result.steps if step.step.account is None]
        refused = [step for step in own if step.decision and step.decision.refusals]
        rows = [event for event in taken if event.trigger != LAPSE]
        assert [one.number for one in told.drawn] == list(range(1, len(rows) + len(refused) + 1))
        assert [one.event for one in told.happenings if one.event] == taken
        assert [one.refusals for one in told.drawn if one.refusals] == [step.decision.refusals for step in refused]
        assert told.states("account") == ((None,) if told.case.starts is None else ()) + result.states
        assert told == story(result)


def test_a_refusal_stands_where_it_happened() -> None:
    """What was refused after a timer had gone off stands at the state the timer led to, in the machine it is about."""
    # Without a worker what a timer did is told when somebody asks, and not where it stands.
    for told in (one for one in all_told() if one.case.worker):
        # A case may have levels of its own.
        rungs = told.case.parameters.get("levels", RUNGS)
        stands = {
            ACCOUNT: told.case.starts,
            "membership": MembershipState.NO_MEMBERSHIP,
            "level": min(rungs.values(), key=lambda rung: rung.least).level,
        }
        if told.case.parameters.get("level_joining") == "by_joining":
            stands["level"] = NO_LEVEL
        for machine, field in STANDING.items():
            if machine != ACCOUNT and field in told.case.given:
                stands[machine] = MACHINES[machine](told.case.given[field])
        for one in told.happenings:
            machine = ACCOUNT if one.source is None else machine_of(one.source)
            assert one.source is stands[machine]
            stands[machine] = one.dest
