"""Lists of dated entries in a case: what an account arrives with, and what is claimed of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifecycle.cases import read_cases
from lifecycle.errors import CaseError
from lifecycle.replay import run, simulated

HEAD = """
[[case]]
title  = "Points on arrival"
cites  = ["P-122"]
begins = 2026-05-02T09:00:00Z
given  = { level = "gold", points = [{ source = "visit", month = "2026-05", each = 1, days = [1] }] }

[[case.step]]
at     = 2026-05-02T09:00:00Z
by     = "holder"
does   = "earn"
facts  = { points_source = "club" }
then   = "gold"
"""


def problems(tmp_path: Path, claim: str) -> tuple[str, ...]:
    """What is wrong with a case that ends in this claim."""
    path = tmp_path / "points.case.toml"
    path.write_text(HEAD + claim, encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as accounts:
        return run(case, accounts).problems


VISIT = '{ source = "visit", days = [1] }'
CLUB = '{ source = "club", each = 2, days = [2] }'


@pytest.mark.parametrize("points", [
    f"[{VISIT}, {CLUB}]",
    '[{ source = "visit" }, { month = "2026-05", number = 2 }]',
    "[{}, {}]",
])  # fmt: skip
def test_entries_are_compared_by_what_is_asked_of_them(tmp_path: Path, points: str) -> None:
    """Each entry is held against the fields that the case names in its place, in order."""
    assert problems(tmp_path, f'expect = {{ points = {points}, orders = [], level = "gold" }}') == ()


@pytest.mark.parametrize(("points", "found"), [
    (f"[{VISIT}]", '"source": "club", "month": "2026-05"'),
    (f"[{CLUB}, {VISIT}]", '{"source": "visit", "each": 1, "days": [1]}'),
    ("[]", '"source": "visit"'),
    ('[{ source = "visit" }, { days = [3] }]', '{"days": [2]}'),
])  # fmt: skip
def test_a_claim_about_entries_can_be_wrong(tmp_path: Path, points: str, found: str) -> None:
    """Another entry, another order, one too many or too few: the case says this, the policy says that."""
    (problem,) = problems(tmp_path, f"expect = {{ points = {points} }}")
    assert "the case says points is" in problem
    assert found in problem.split("the policy says")[1]


@pytest.mark.parametrize(("head", "claim", "says"), [
    ("", "expect = { points = 3 }", "points is a list of dated entries: give a list of tables with their fields"),
    ("", "expect = { points = [{ sort = 1 }] }", 'an entry of points has no field "sort". Did you mean "source"?'),
    ("days = [1]", "day = [1]", 'an entry of points has no field "day". Did you mean "days"?'),
    ('[{ source = "visit", month = "2026-05", each = 1, days = [1] }]', "3", "points must be a list, not a whole number"),
])  # fmt: skip
def test_mistakes_in_lists_are_told(tmp_path: Path, head: str, claim: str, says: str) -> None:
    """What is no list of entries, or names a field that no entry has, is a mistake of the case."""
    path = tmp_path / "points.case.toml"
    path.write_text(HEAD.replace(head, claim) if head else HEAD + claim, encoding="utf-8")
    with pytest.raises(CaseError) as wrong:
        read_cases(path)
    assert says in str(wrong.value)
