"""Reading case files: what is understood, and the sentence for every mistake."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from stories import FULL, SHORT

from lifecycle.cases import SUFFIX, Case, Step, read_cases, slug, spoken_time
from lifecycle.cases.given import GIVEN
from lifecycle.cases.vocabulary import Vocabulary
from lifecycle.errors import BadRequest, CaseError
from lifecycle.imports import imported
from lifecycle.model import RECORDS, Actor, Role, State
from lifecycle.policy import policy


@pytest.fixture
def read(tmp_path):
    """Read a text as a case file."""

    def reading(text, rules=None):
        path = tmp_path / f"story{SUFFIX}"
        path.write_text(text, encoding="utf-8")
        return read_cases(path, rules)

    return reading


def test_everything_a_case_says_is_read(read):
    """Each key of a case reaches the case, times in UTC."""
    (case,) = read(FULL)
    assert isinstance(case, Case)
    assert (case.title, case.number, case.slug, case.account_id) == (
        "Locked and suspended",
        1,
        "locked-and-suspended",
        "story.1",
    )
    assert case.cites == ("P-29", "C-04", "G3-21")
    assert (case.about, case.chosen, case.tags) == ("Why it matters.", ("The dates.",), ("slow",))
    assert case.starts is State.SUSPENDED
    assert case.begins == dt.datetime(2026, 2, 13, 8, tzinfo=dt.UTC)
    assert case.given["ground"] == "unpaid_orders"
    assert case.given["appeal"] == {"status": "rejected", "decided_at": dt.datetime(2026, 2, 12, 9, tzinfo=dt.UTC)}
    assert case.facts == {"open_orders": 2, "signed_in": True}
    assert case.words == 'case 1 "Locked and suspended"'


def test_everything_a_step_says_is_read(read):
    """Each key of a step reaches the step; times are worked out, working days included."""
    (case,) = read(FULL)
    first, second, wait, until, outside, last = case.steps
    assert first.then == (State.UNDER_APPEAL, State.SUSPENDED)
    assert [(e.kind, e.ref) for e in first.evidence] == [("passport", "passport"), ("explanation", "doc-2")]
    assert first.evidence[1].words == 12
    assert first.sends == ("appeal_received", "appeal_auto_rejected")
    assert first.due == {"suspension_ends": dt.datetime(2026, 5, 1, tzinfo=dt.UTC)}
    assert first.expect == {"appeal": {"status": "auto_rejected", "sent": 1}, "lock": False, "strikes": []}
    assert (first.may, first.meanwhile, first.note) == ({"buy": False}, "It rains.", "As expected.")
    assert second.at == dt.datetime(2026, 2, 18, 16, 30, tzinfo=dt.UTC)
    assert second.refused == {"not_from_this_state", "silence_allows_an_enquiry"}
    assert second.earliest == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert wait.waits
    assert wait.at == dt.datetime(2026, 2, 26, 18, 33, 4, 5, tzinfo=dt.UTC)
    assert wait.fires == ("suspension_ends", "let_timer_lapse")
    assert until.at == outside.at == last.at == dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    assert (outside.does, outside.waits, outside.facts) == (None, False, {"open_orders": 0})
    assert last.code == "right_code"
    assert (last.sends, last.fires, last.due) == (None, None, None)


def test_a_period_may_be_said_in_words(read):
    """A wait is a table of units, or said as one would say it."""
    told = [read(f"{SHORT}\n[[case.step]]\nwaits = {said}\nthen = 'active'\n") for said in ("{ days = 2 }", '"2 days"')]
    assert told[0][0].steps[-1].at == told[1][0].steps[-1].at


def test_lines_of_cases_and_steps_are_known(read):
    """A case and a step know the line of their header, so that an editor can open it."""
    (case,) = read(FULL)
    lines = FULL.splitlines()
    assert lines[case.line - 1] == "[[case]]"
    assert {lines[step.line - 1] for step in case.steps} == {"[[case.step]]"}


def test_lines_are_left_out_where_they_cannot_be_told(read):
    """A header inside a text makes counting unsure, so no line is claimed."""
    (case,) = read(SHORT.replace('cites = ["P-05"]', 'cites = ["P-05"]\nabout = """\n[[case]]\n"""'))
    assert (case.line, case.steps[0].line) == (None, None)


def test_who_acts_by_default(read):
    """A role without an id is a fixed person of that role, a different one for each; the holder is the account's."""
    (case,) = read(SHORT)
    assert case.steps[0].actor("acc_1") == Actor.holder("acc_1")
    staff = [Step(1, case.begins, role=role).actor("acc_1") for role in Role]
    assert len({actor.id for actor in staff}) == len(Role)
    assert Step(1, case.begins, role=Role.REVIEWER, actor_id="2").actor("acc_1") == Actor.reviewer("2")
    with pytest.raises(ValueError, match="nobody acts in step 1"):
        Step(1, case.begins).actor("acc_1")


def test_a_case_may_begin_before_its_first_step(read):
    """With begins, the first step may say after what; without either it lies at the same moment."""
    (case,) = read(
        SHORT.replace("at   = 2026-02-13T16:30:00Z", "after = { hours = 2 }").replace(
            'cites = ["P-05"]', 'cites = ["P-05"]\nbegins = 2026-02-13T10:00:00Z'
        )
    )
    assert case.steps[0].at - case.begins == dt.timedelta(hours=2)
    (same,) = read(
        SHORT.replace("at   = 2026-02-13T16:30:00Z\n", "").replace(
            'cites = ["P-05"]', 'cites = ["P-05"]\nbegins = 2026-02-13T10:00:00Z'
        )
    )
    assert same.steps[0].at == same.begins


def test_a_case_may_begin_without_an_account(read):
    """A case with starts = "none" is one that begins by registering."""
    (case,) = read(SHORT.replace('"appeal"', '"register"').replace("[[case.step]]", 'starts = "none"\n[[case.step]]'))
    assert case.starts is None


def test_words_are_those_of_the_policy_given(read):
    """A file is held against the policy it is read with."""
    rules = attrs.evolve(policy(), rows=tuple(row for row in policy().rows if row.trigger != "appeal"))
    with pytest.raises(CaseError, match='no trigger is called "appeal"'):
        read(SHORT, rules)


def test_given_knows_what_an_import_knows():
    """Whatever given may say, an import takes; whatever an import refuses, given refuses first."""
    with pytest.raises(BadRequest, match='an import knows no "nonsense"'):
        _import({"nonsense": 1})
    for name in (*GIVEN, *RECORDS):
        value = {"track": "request", "against": "lock", "author": "agent:1", "strikes": (), "holds": (), "contacts": ()}
        assert _import({name: value.get(name, {} if name in RECORDS else None)} if name in value else {})


def _import(given):
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return imported(policy(), "acc_1", State.ACTIVE, given, at, Actor.system("import"))


def test_every_path_and_case_of_the_catalogue_may_be_cited():
    """P-01 to P-149 and C-01 to C-12 are known, and nothing beyond."""
    words = Vocabulary.of(policy())
    kind = "path, case or rule"
    assert not [c for c in ("P-01", "P-149", "C-01", "C-12", "X-05", "T-28") if words.unknown(kind, c)]
    assert all(words.unknown(kind, c) for c in ("P-00", "P-150", "C-13", "P-1"))


def test_small_words():
    """Titles become words joined by dashes, and moments are told no finer than needed."""
    assert slug("Three appeals in 24 hours!") == "three-appeals-in-24-hours"
    assert slug("…") == "case"
    at = dt.datetime(2026, 2, 13, 16, 30, tzinfo=dt.UTC)
    assert spoken_time(at) == "2026-02-13 16:30"
    assert spoken_time(at.replace(second=5)) == "2026-02-13 16:30:05"
    assert spoken_time(at.replace(microsecond=7)) == "2026-02-13 16:30:00.000007"
