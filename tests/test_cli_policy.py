"""The commands about a policy: check, policy, diagrams, and the choice of a policy of one's own."""

import re
import sys

import pytest
from command_line import STORY, WRONG, cli

from lifecycle import diagrams as pictures
from lifecycle.policy import policy as guides_policy


@pytest.fixture
def written(tmp_path):
    """Write a case file and return its path."""

    def write(text, name="my.case.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_check_says_what_no_case_covers(written):
    """Counts of the policy, the cases' outcome, and each row and guard nobody walked, with its sentence."""
    ran = cli("check", written(STORY))
    policy = guides_policy()
    assert ran.code == 0
    assert f"{len(policy.rows)} rows, {len(policy.guards)} guards" in ran.words
    assert f"3 of {len(policy.rows)} rows taken" in ran.words
    assert f"{len(policy.rows) - 3} rows are taken by no case:" in ran.out
    assert "appeal Appeal against a suspension" in ran.words
    assert "orders_are_settled Every order has been delivered or cancelled." in ran.words
    assert "send_unlock_code Ask for an unlock code" not in ran.words


def test_check_gives_one_document(written):
    """The document of a check names what failed and what is not covered."""
    document = cli("check", written(WRONG), "--json")
    assert document.code == 1
    said = document.document
    assert said["schema"] == "lifecycle/check/1"
    assert said["failed"][0]["title"] == "What it says is not what happens"
    assert said["summary"]["guards"]["refusing"] == 1
    assert "appeal_was_offered" in said["summary"]["guards"]["uncovered"]


def test_check_looks_at_the_project_s_own_cases(written, monkeypatch):
    """Without a path the cases in tests/cases are meant; where there are none, the policy alone is checked."""
    folder = written(STORY, "my.case.toml").parent
    monkeypatch.chdir(folder)
    alone = cli("check")
    assert alone.code == 0
    assert "no case was replayed" in alone.words
    (folder / "tests" / "cases").mkdir(parents=True)
    (folder / "my.case.toml").rename(folder / "tests" / "cases" / "my.case.toml")
    assert "1 case: ✓ 1 passed" in cli("check").out


POLICIES = """
import attrs
from lifecycle import Parameters, policy
from lifecycle.errors import PolicyError

GUIDES = policy()
BROKEN = attrs.evolve(GUIDES, rows=GUIDES.rows[:-1], guards=(*GUIDES.guards, GUIDES.guards[0]))
NUMBER = 5

class Rules:
    OWN = attrs.evolve(GUIDES, name="own")

def made():
    return attrs.evolve(GUIDES, name="made")

def failing():
    raise ValueError("no such calendar")

def mistaken():
    raise PolicyError(["the moon is full"])

def silent(row):
    return True

LOUD = attrs.evolve(GUIDES, guards=tuple(
    attrs.evolve(g, test=silent) if g.name == "signed_in" else g for g in GUIDES.guards
), rows=tuple(
    attrs.evolve(r, guards=tuple(attrs.evolve(g, test=silent) if g.name == "signed_in" else g for g in r.guards))
    for r in GUIDES.rows
))
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, request):
    """A folder with a module of policies, where commands are typed. Its name is new for each test."""
    name = re.sub(r"\W", "_", f"shop_{request.node.name}")
    (tmp_path / f"{name}.py").write_text(POLICIES, encoding="utf-8")
    (tmp_path / f"{name}_broken.py").write_text("import does_not_exist_anywhere\n", encoding="utf-8")
    (tmp_path / f"{name}_failing.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    return name


@pytest.mark.parametrize(("attribute", "called"), [("GUIDES", "guides"), ("Rules.OWN", "own"), ("made", "made")])
def test_a_policy_of_one_s_own_can_be_named(shop, attribute, called):
    """A policy, one inside a class, or a function that returns one, is found from the folder one is in."""
    ran = cli("policy", "--policy", f"{shop}:{attribute}", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["policy"]["name"] == called


@pytest.mark.parametrize(
    ("attribute", "says"),
    [
        ("GUIDS", 'has no "GUIDS". Did you mean "GUIDES"?'),
        ("NUMBER", "is a int, not a Policy"),
        ("NUMBER.more.less", 'has no "NUMBER.more.less"'),
        ("", "be written module:NAME"),
    ],
)
def test_a_policy_that_cannot_be_found_exits_with_2(shop, attribute, says):
    """A misspelt name is bad usage, not a mistake in the policy."""
    ran = cli("check", "--policy", f"{shop}:{attribute}")
    assert ran.code == 2
    assert says in ran.err


def test_a_module_that_cannot_be_found_exits_with_2():
    """A module that does not exist is named, also when a part of its path is missing."""
    for module in ("no_such_shop", "no_such_shop.rules"):
        ran = cli("check", "--policy", f"{module}:POLICY")
        assert ran.code == 2
        assert f'there is no module "{module}"' in ran.err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (":BROKEN", 'two guards are called "'),
        (":failing", "could not be built: ValueError: no such calendar"),
        (":mistaken", "the moon is full"),
        ("_broken:POLICY", "No module named 'does_not_exist_anywhere'"),
        ("_failing:POLICY", "could not be built: ZeroDivisionError"),
    ],
)
def test_a_policy_that_contradicts_itself_exits_with_3(shop, name, says):
    """Every mistake of the policy is listed on the error output, and nothing else is done."""
    ran = cli("check", "--policy", f"{shop}{name}")
    assert ran.code == 3
    assert ran.out == ""
    assert says in ran.err


def test_a_guard_that_breaks_is_a_mistake_of_the_policy(shop, written):
    """A guard that raises while a case runs exits with 3, named, without a traceback."""
    ran = cli("check", written(WRONG), "--policy", f"{shop}:LOUD")
    assert ran.code == 3
    assert 'guard "signed_in"' in ran.err


def test_the_policy_is_told_in_sentences():
    """Each row is one sentence under its chapter, without the marks of Markdown, within the terminal; then the grounds."""
    ran = cli("policy")
    policy = guides_policy()
    chapters = [line for line in ran.lines if re.fullmatch(r"[A-Z ]+", line)]
    assert [chapter.lower() for chapter in chapters] == [
        *(name.replace("_", " ") for name in dict.fromkeys(row.chapter for row in policy.rows)),
        "grounds and evidence",
    ]
    assert "The account holder may open an account (register) where there is no account yet" in ran.words
    assert not re.search(r"\*|`|<sub>", ran.out)
    assert max(map(len, ran.lines)) <= 80
    for row in policy.rows:
        assert f"({row.trigger})" in ran.words
    for name in (*policy.grounds, *policy.evidence):
        assert f"({name}):" in ran.words
    assert (
        "(chargeback): A payment taken back through the bank instead of the platform. It brings a suspension"
        in ran.words
    )


def test_the_policy_gives_one_document():
    """Rows with their sentences, guards, timers and notices, for other programs."""
    document, policy = cli("policy", "--json").document, guides_policy()
    assert document["schema"] == "lifecycle/policy/1"
    assert [row["name"] for row in document["rows"]] == [row.name for row in policy.rows]
    assert document["guards"]["orders_are_settled"]["sentence"] == "Every order has been delivered or cancelled."
    assert set(document["timers"]) == set(policy.timers)
    assert set(document["notices"]) == set(policy.notices)
    assert document["reasons"]["unwanted_email"]["instead"].keys() == {"switch_off_messages"}
    assert document["grounds"]["chargeback"]["lifted_by"] == ["support", "appeal"]
    assert document["evidence"]["passport"]["matches"] == ["name"]


def test_diagrams_are_written_once_and_then_up_to_date(tmp_path, monkeypatch):
    """Files that differ are written and named; a second run and a check find nothing to do."""
    monkeypatch.chdir(tmp_path)
    first = cli("diagrams")
    assert first.code == 0
    assert "✓ wrote diagrams/policy.md" in first.out
    assert cli("diagrams").out == "✓ diagrams is up to date.\n"
    assert cli("diagrams", "--check").code == 0


def test_stale_diagrams_are_named(tmp_path, monkeypatch):
    """A check names each file that is missing or stale, says how to write it, and changes nothing."""
    monkeypatch.chdir(tmp_path)
    cli("diagrams")
    (tmp_path / "diagrams" / "policy.md").write_text("old")
    (tmp_path / "diagrams" / "account.dot").unlink()
    ran = cli("diagrams", "--check")
    assert ran.code == 1
    assert "✗ diagrams/account.dot is missing" in ran.out
    assert "✗ diagrams/policy.md is missing, stale" in ran.out
    assert ran.lines[-1] == "Write them anew: lifecycle diagrams"
    assert (tmp_path / "diagrams" / "policy.md").read_text() == "old"
    elsewhere = cli("diagrams", "--check", "--folder", "other")
    assert elsewhere.lines[-1] == "Write them anew: lifecycle diagrams --folder other"
    document = cli("diagrams", "--check", "--json")
    assert (document.code, document.document["schema"]) == (1, "lifecycle/diagrams/1")
    assert document.document["stale"] == ["account.dot", "policy.md"]


def test_drawing_without_graphviz_names_the_extra(tmp_path, monkeypatch):
    """Where pygraphviz is missing the command says what to install."""

    def missing(*_):
        raise pictures.DiagramExtraMissing("pip install 'account-lifecycle[diagram]'")

    monkeypatch.setattr(pictures, "write", missing)
    ran = cli("diagrams", "--folder", tmp_path)
    assert ran.code == 2
    assert "account-lifecycle[diagram]" in ran.err


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """An error of the file system is one sentence with the path."""
    (tmp_path / "file").write_text("")
    ran = cli("diagrams", "--folder", tmp_path / "file" / "diagrams")
    assert ran.code == 2
    assert "cannot be used: Not a directory." in ran.err
