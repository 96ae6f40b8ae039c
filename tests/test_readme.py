"""The README is true: its code runs, prints what it says, its case replays, its figures are the policy's."""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import Path

import pytest

from lifecycle import Actor, Lifecycle, policy, read_parameters
from lifecycle.cases import read_cases
from lifecycle.cli import main
from lifecycle.cli.app import app
from lifecycle.machine import AccountMachine
from lifecycle.prose.trace_page import summary_table
from lifecycle.replay import run, simulated
from lifecycle.trace import trace
from lifecycle.worker import Worker

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """Return the README's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def block(language, said):
    """Return the one code block in a language in which something is said."""
    (found,) = [each for each in blocks(language) if said in each]
    return found


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
    exec(compile(block("python", "patient ="), "README.md", "exec"), scope)
    assert scope["accounts"].policy.parameters.open_obligations_policy == "warn"


def test_a_file_of_parameters_is_taken_as_shown(tmp_path, monkeypatch):
    """The block that reads the file shown above it runs, and the policy is the one the file makes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.toml").write_text(block("toml", "wallet_policy"), encoding="utf-8")
    scope = {}
    exec(compile(block("python", "read_parameters"), "README.md", "exec"), scope)
    parameters = scope["accounts"].policy.parameters
    assert (parameters.wallet_policy, parameters.deletion_processing.days) == ("warn_and_forfeit", 2)


def test_the_case_replays(tmp_path):
    """The case shown is read and replayed as expected."""
    path = tmp_path / "friday.case.toml"
    path.write_text(block("toml", "[[case]]"), encoding="utf-8")
    (case,) = read_cases(path, policy())
    with simulated() as accounts:
        result = run(case, accounts)
    assert result.passed, result.problems


def test_a_ground_of_ones_own_is_taken_as_shown(tmp_path):
    """The entry shown makes a ground that a machine takes, with its lead, its way back and its signal."""
    path = tmp_path / "shop.toml"
    path.write_text(block("toml", "[grounds.spam]"), encoding="utf-8")
    made = policy(read_parameters(path))
    AccountMachine(made)
    assert made.grounds["spam"].warned
    assert "reports" in made.signals


def test_a_policy_of_ones_own_is_made_as_shown():
    """The module shown makes a policy that a machine takes: somebody waves, and nobody is welcomed any more."""
    scope = {}
    exec(compile(block("python", "extended("), "README.md", "exec"), scope)
    with Lifecycle.open("memory:", policy=scope["POLICY"]) as accounts:
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link"})
        assert accounts.submit("wave", account="ann", by=Actor.holder("ann")).notices == ("waved",)
        assert [row.notice for row in accounts.outbox()] == ["waved"]


def test_notices_are_delivered_as_shown():
    """The handlers shown send a link once, and give up on an address that is known to be wrong."""
    sent = []
    scope = {"BOUNCED": {"bob"}, "send": lambda *told, **more: sent.append(told)}
    exec(compile(block("python", "HANDLERS ="), "README.md", "exec"), scope)
    with Lifecycle.open("memory:", secret=b"thirty-two bytes of test secret.") as accounts:
        for name in ("ann", "bob"):
            told = {"email": f"{name}@example.org"}
            accounts.register(name, identifiers=told, facts={"registration_fields": 4, "verified_by": "link"})
        Worker(accounts, scope["HANDLERS"]).run_once()
        assert sent == [("ann@example.org", "welcome")]
        assert [each.stands for each in accounts.store.posted()] == ["sent", "dead"]


def test_it_is_awaited_as_shown():
    """The function shown locks an account."""
    scope = {"Actor": Actor}
    exec(compile(block("python", "AsyncLifecycle"), "README.md", "exec"), scope)
    accounts = Lifecycle.open("memory:")
    accounts.import_account("ann", state="active")
    assert asyncio.run(scope["lock"](accounts, "ann")).allowed


@pytest.mark.parametrize("line", [line for b in blocks("console") for line in b.replace("\\\n", " ").splitlines()])
def test_every_command_shown_is_known(line):
    """Each line of the command line names a command and options that there are."""
    words = shlex.split(line, comments=True)
    if words[:1] == ["lifecycle"]:
        app.parse_args([word for word in words[1:] if word not in ("--policy", "next.toml")], exit_on_error=False)


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
