"""The stories of the guides: one for each, about the machine it is about, and short enough to be read at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import cli
from stories import SHORT

from lifecycle.cases import read_cases
from lifecycle.model import machine_of
from lifecycle.policy import policy
from lifecycle.stories import tell

FOLDER = Path(__file__).parent / "cases" / "stories"
FILES = sorted(FOLDER.iterdir())
RULES = policy()
GUIDES = RULES.sources.guides
MACHINE = {"G1": "account", "G2": "account", "G3": "account", "G4": "membership", "G5": "level"}

REFUSED = {
    "G1": {"orders_are_settled", "refunds_are_settled", "code_is_alive", "not_from_this_state"},
    "G2": {"consequences_are_read", "orders_are_settled", "wallet_is_empty"},
    "G3": {"resend_wait_is_over"},
    "G4": {"notice_names_the_contract", "notice_is_signed"},
    "G5": {"level_has_fast_refunds", "club_points_are_left", "order_is_within_the_fast_cap"},
}
"""What each story shows to be refused."""


def test_each_guide_has_exactly_one_story():
    """There is one file for each guide and one case in it, and nothing else beside them."""
    stories = [case for path in FILES for case in read_cases(path, RULES)]
    assert [case.guide for case in stories] == [*GUIDES]
    assert [path.name[:3] for path in FILES] == [f"{guide.lower()}-" for guide in GUIDES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_story_is_about_the_machine_of_its_guide(path):
    """Every row a story takes belongs to the machine its guide is about, and something is refused on the way."""
    (told,) = tell(RULES, [path])
    rows = {row.name: row for row in RULES.rows}
    assert {rows[name].machine for name in told.rows} == {MACHINE[told.case.guide]}
    assert {machine_of(one.source) for one in told.drawn} == {MACHINE[told.case.guide]}
    assert {refusal.code for one in told.drawn for refusal in one.refusals} == REFUSED[told.case.guide]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_story_cites_its_guide_s_paths_and_rules(path):
    """A story names the paths it follows and rules of its guide, says what it is about, and owns up to what it chose."""
    (case,) = read_cases(path, RULES)
    assert case.cites[0].startswith("P-")
    assert sum(cite.startswith(f"{case.guide}-") for cite in case.cites) >= 5
    assert case.about.startswith(f"Guide {case.guide} tells how ")
    assert "This story shows " in case.about
    assert case.chosen


@pytest.mark.parametrize("guide", GUIDES)
def test_a_story_fits_a_page(guide):
    """Told on the narrowest usual terminal, a story of eight to twelve steps takes eighty lines at most."""
    (case,) = read_cases(next(path for path in FILES if path.name.startswith(guide.lower())), RULES)
    assert 8 <= len(case.steps) <= 12
    ran = cli("demo", "--guide", guide)
    assert ran.code == 0
    assert len(ran.lines) <= 80


def test_what_is_not_the_account_s_own_state_is_told_with_whose_it_is():
    """A membership and a level are named before their states, and times and long lists are said shortly."""
    membership, level = cli("demo", "--guide", "G4").lines, cli("demo", "--guide", "G5").lines
    assert "  ● active  given contacts: email" in membership
    assert "  ▼ membership: paid" in membership
    assert "  │ 04 Feb 10:00  · The fee of the first year is charged." in membership
    assert "  │                 delivered at: 11 Jan 2027 14:00" in membership
    assert membership[-2] == "  ■ membership: terminated"
    assert any(line.startswith("  ● active  given level: gold, points: 2 entries, timers: recount") for line in level)
    assert level[-2] == "  ■ level: still gold"


def test_a_file_s_name_makes_a_case_a_story(read):
    """Only a file whose name begins with a guide's id tells a guide's story."""
    assert read(SHORT).guide is None
