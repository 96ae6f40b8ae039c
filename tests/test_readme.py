"""The README is true: its code runs, prints what it says, its case replays, its figures are the policy's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lifecycle import policy
from lifecycle.cases import read_cases
from lifecycle.cli import main
from lifecycle.prose.trace_page import summary_table
from lifecycle.replay import run, simulated
from lifecycle.trace import trace

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """Return the README's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_embedding_runs_and_prints_what_is_shown(tmp_path, monkeypatch, capsys):
    """The first Python block runs as it stands in an empty folder, and its denial is the one printed below it."""
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(compile(blocks("python")[0], "README.md", "exec"), scope)
    scope["accounts"].close()
    assert capsys.readouterr().out == blocks("text")[0]


def test_the_embedding_fits_fifteen_lines():
    """Embedding takes fifteen lines or fewer."""
    lines = [line for line in blocks("python")[0].splitlines() if line.strip()]
    assert len(lines) <= 15


def test_another_policy_is_made_as_shown(tmp_path, monkeypatch):
    """The block that changes a rule runs."""
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(compile(blocks("python")[1], "README.md", "exec"), scope)
    assert scope["accounts"].policy.parameters.open_obligations_policy == "warn"


def test_a_file_of_parameters_is_taken_as_shown(tmp_path, monkeypatch):
    """The block that reads the file shown above it runs, and the policy is the one the file makes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.toml").write_text(blocks("toml")[1], encoding="utf-8")
    scope = {}
    exec(compile(blocks("python")[2], "README.md", "exec"), scope)
    parameters = scope["accounts"].policy.parameters
    assert (parameters.wallet_policy, parameters.deletion_processing.days) == ("warn_and_forfeit", 2)


def test_the_case_replays(tmp_path):
    """The case shown is read and replayed as expected."""
    path = tmp_path / "friday.case.toml"
    path.write_text(blocks("toml")[0], encoding="utf-8")
    (case,) = read_cases(path, policy())
    with simulated() as accounts:
        result = run(case, accounts)
    assert result.passed, result.problems


@pytest.mark.parametrize("command", ["demo", "pytest"])
def test_the_two_commands_stand_there(command):
    """The README has the two commands, each on one line."""
    (line,) = [b for b in blocks("console") if b.startswith("python3 -m venv") and b.rstrip().endswith(command)]
    assert line.count("\n") == 1


def test_the_figures_are_the_policys():
    """The number of rules said is the number of rows."""
    assert f"{len(policy().rows)} rules" in README


def test_the_trace_is_the_policys():
    """The table of what holds how many rules is the one that policy and cases give."""
    files = sorted((ROOT / "tests" / "cases").rglob("*.case.toml"))
    cases = [case for path in files for case in read_cases(path, policy())]
    found = trace(policy(), [(case.label, case.cites) for case in cases])
    assert found.mistakes == ()
    assert f"<!-- trace -->\n{summary_table(found)}<!-- /trace -->" in README


@pytest.mark.parametrize(("folder", "said"), [("real", "twelve real cases"), ("stories", "each of the five guides")])
def test_as_many_cases_are_said_as_there_are(folder, said):
    """The numbers of real cases and stories are those of the files."""
    files = list((ROOT / "tests" / "cases" / folder).glob("*.case.toml"))
    assert len(files) == {"real": 12, "stories": 5}[folder]
    assert said in README.replace("\n", " ")


def test_the_guide_named_has_a_story(capsys):
    """The commands that tell one guide's story do."""
    (guide,) = set(re.findall(r"lifecycle demo --guide (G\d)", README))
    assert main(["demo", "--guide", guide]) == 0
    assert "recovering a disabled account" in capsys.readouterr().out


def test_links_lead_somewhere():
    """Every relative link and picture of the README exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
