"""The trace: every rule of the guides has a holder, and whatever is wrong with that is told."""

from __future__ import annotations

import functools
from pathlib import Path

import attrs
import pytest
from command_line import cli

from lifecycle.cases import read_cases
from lifecycle.policy import shipped
from lifecycle.policy.guides import Rule, rules
from lifecycle.prose.trace_page import trace_page
from lifecycle.trace import Trace, trace

CASES = Path(__file__).parent / "cases"
SHIPPED = shipped()


@functools.cache
def told() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What every case of this checkout is called, and what it cites."""
    read = (case for path in sorted(CASES.rglob("*.case.toml")) for case in read_cases(path, SHIPPED))
    return tuple((case.label, case.cites) for case in read)


def traced(*more: Rule) -> Trace:
    """The trace with further rules in the guides."""
    known = {**rules(), **{rule.id: rule for rule in more}}
    return trace(attrs.evolve(SHIPPED, sources=attrs.evolve(SHIPPED.sources, rules=known)), told())


def test_every_rule_is_held() -> None:
    """Each of the 362 rules has a holder, and nothing is wrong."""
    found = trace(SHIPPED, told())
    assert found.mistakes == ()
    assert len(found.rules) == 362
    assert all(one.primary is not None for one in found.rules)


def test_the_counts_add_up() -> None:
    """Counted by guide and by kind, it is the same rules."""
    found = trace(SHIPPED, told())
    assert {guide: sum(held.values()) for guide, held in found.counts().items()} == {
        "G1": 51,
        "G2": 65,
        "G3": 144,
        "G4": 66,
        "G5": 36,
    }
    assert sum(sum(held.values()) for held in found.kinds().values()) == 362


def test_a_guard_holds_a_guard() -> None:
    """A rule of the kind guard is held by the guard that cites it first, and by its rows and cases beside it."""
    (one,) = (one for one in trace(SHIPPED, told()).rules if one.rule.id == "G3-36")
    assert one.primary is not None
    assert one.primary.words == "parameter appeal_words_hard"
    assert {"guard explanation_is_short_enough", "case P-33"} <= {holder.words for holder in one.others}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (Rule("G1-99", "guard", "Nobody holds this."), "G1-99 is held by nothing: Nobody holds this."),
        (Rule("G1-99", "guard", "x", "outside:"), "G1-99 is called outside the product, and nobody says why"),
        (Rule("G1-99", "guard", "x", "hope soon"), 'G1-99 names a holder of an unknown kind: "hope soon"'),
        (
            Rule("G1-99", "timer", "x", "timer soon"),
            'G1-99 is to be held by the timer "soon", which no row arms',
        ),
        (
            Rule("G1-99", "advice", "x", "parameter appeal_words_hard"),
            "G1-99 is advice that only a parameter holds, so nobody is ever shown it",
        ),
    ],
    ids=["no holder", "outside without a reason", "unknown kind", "unknown name", "advice nobody shows"],
)
def test_a_rule_that_is_not_held(rule: Rule, says: str) -> None:
    """A rule without a holder, or with one that cannot hold it, is named."""
    assert traced(rule).mistakes == (says,)


def test_a_case_holds_only_if_it_is_there() -> None:
    """Without the cases, the rules that only a case holds are named."""
    assert 'G1-43 is to be held by the case "P-98", which nobody knows' in trace(SHIPPED, []).mistakes


def test_a_holder_without_a_rule() -> None:
    """Something that cites nothing, or what nobody knows, is named."""
    found = trace(SHIPPED, [*told(), ("P-900", ()), ("P-901", ("G9-01",))])
    assert found.mistakes == ("the case P-900 cites no rule", 'the case P-901 cites "G9-01", which nobody knows')


def test_advice_that_no_plan_shows() -> None:
    """A rule that advice alone holds is held by nothing where the table of the plans has lost it."""
    alone = next(
        one.rule
        for one in trace(SHIPPED, told()).rules
        if one.primary and one.primary.kind == "advice" and all(other.kind == "case" for other in one.others)
    )
    kept = tuple(advice for advice in SHIPPED.ways.advice if alone.id not in advice.cites)
    found = trace(attrs.evolve(SHIPPED, ways=attrs.evolve(SHIPPED.ways, advice=kept)), told())
    assert found.mistakes == (f"{alone.id} is held by nothing: {alone.says}",)


def test_the_page_holds_every_rule() -> None:
    """The page of Markdown has a line for each rule, under its guide."""
    page = trace_page(trace(SHIPPED, told()))
    assert all(f"\n| {rule} |" in page for rule in rules())
    assert page.count("\n## G") == 5


def test_the_command_checks() -> None:
    """It says in one line that all is well."""
    assert cli("trace", "--check").words.startswith("✓ 362 rules: each is held")


def test_the_command_fails(tmp_path: Path) -> None:
    """With too few cases it says which rules are not held, and exits with 1; without a folder, with 2."""
    (file,) = CASES.glob("guides/p-65-*")
    (tmp_path / file.name).write_bytes(file.read_bytes())
    ran = cli("trace", "--check", "--cases", tmp_path)
    assert ran.code == 1
    assert 'G1-43 is to be held by the case "P-98", which nobody knows' in ran.words
    assert cli("trace", "--check", "--cases", tmp_path / "none").code == 2


def test_the_command_tells_one_rule() -> None:
    """It tells what a rule says, what holds it and what else cites it; an unknown one is answered with the nearest."""
    ran = cli("trace", "G3-36")
    assert "parameter appeal_words_hard" in ran.words
    assert "also" in ran.words
    wrong = cli("trace", "G3-360")
    assert wrong.code == 2
    assert cli("trace", "--guide", "G9").code == 2


def test_the_command_in_other_forms() -> None:
    """As one document for programs, and as the page that stands beside the diagrams."""
    document = cli("trace", "--guide", "G5", "--format", "json").document
    assert len(document["rules"]) == 36
    assert document["mistakes"] == []
    page = (Path(__file__).parent.parent / "diagrams" / "trace.md").read_text(encoding="utf-8")
    assert cli("trace", "--format", "markdown").out == page
