"""A second policy, a discussion forum's, proves that the core knows nothing of the first."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import attrs
import pytest
from command_line import cli
from forum.policy import POLICY

import lifecycle
from lifecycle import Actor, Lifecycle, policy
from lifecycle.cases import read_cases
from lifecycle.errors import BadRequest
from lifecycle.facts import Facts
from lifecycle.model import FIXED, LISTS, RECORDS, Account
from lifecycle.policy.parameters.naming import named_in
from lifecycle.replay import run, simulated
from lifecycle.rows import Doors

NAME = "tests.forum.policy:POLICY"
HERE = Path(__file__).parent
CASES, DIAGRAMS = HERE / "forum" / "cases", HERE / "forum" / "diagrams"
GUIDES = policy()
MONDAY = dt.datetime(2026, 4, 6, 8, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def replayed():
    """Every case of the forum, replayed under the policy that its file names."""
    with simulated() as accounts:
        return [run(case, accounts) for path in sorted(CASES.iterdir()) for case in read_cases(path)]


def test_every_case_runs_under_the_policy_its_file_names(replayed):
    """The files name the forum's policy, so they come out as they say where the guides' is the default."""
    assert [problem for result in replayed for problem in result.problems] == []
    assert {result.policy for result in replayed} == {"forum"}


def test_every_row_is_taken_and_every_guard_refuses(replayed):
    """The cases take each of the forum's rows, meet every guard, and break every guard."""
    steps = [step for result in replayed for step in result.steps if step.decision is not None]
    refused = {refusal.code for step in steps for refusal in step.decision.refusals}
    met = frozenset().union(*(result.guards for result in replayed))
    assert {row.name for row in POLICY.rows} == frozenset().union(*(result.rows for result in replayed))
    assert {each.name for each in POLICY.guards} - refused == set()
    assert {each.name for each in POLICY.guards} == met


def test_it_looks_nothing_like_the_guides():
    """No trigger, guard, notice, timer, capability or ground has the name of one of theirs; the states are the same."""
    for names in ("triggers", "notices", "timers", "capabilities", "grounds"):
        assert not {*getattr(POLICY, names)} & {*getattr(GUIDES, names)}, names
    assert not {each.name for each in POLICY.guards} & {each.name for each in GUIDES.guards}
    assert {row.machine for row in POLICY.rows} == {"account"}
    assert (POLICY.levels, POLICY.signals, POLICY.benefits) == ((), {}, ())
    assert {state for row in POLICY.rows for state in row.dests} == {*FIXED["account"]}


def test_its_diagrams_are_up_to_date():
    """The committed pictures and pages are those of its rows and cases."""
    ran = cli("diagrams", "--check", "--folder", DIAGRAMS, "--policy", NAME)
    assert (ran.code, ran.err) == (0, ""), ran.out
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted(DIAGRAMS.rglob("*.md")))
    assert "the guides" not in pages
    assert "shop" not in pages


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", CASES), "21 of 21 rows taken, 18 of 18 guards asked, 18 of them refused something, 4 of 4 timers fired"),
        (("replay", CASES, "--quiet"), "10 cases: ✓ 10 passed, ✗ 0 failed"),
        (("policy",), "The account holder may join the forum (join) where there is no account yet"),
        (("parameters",), "Policy forum 7: 12 parameters"),
        (("trace", "--check", "--cases", CASES), "✓ 16 rules: each is held"),
        (("trace", "F-05", "--cases", CASES), "row ban:active+deactivated+pending_deletion:reviewer"),
        (("diagram", "--chapter", "objecting", "--format", "mermaid"), "<b>uphold</b> supervisor"),
    ],
)  # fmt: skip
def test_commands_take_it_by_name(words, says):
    """Each command about a policy is about the one that is named."""
    ran = cli(*words, "--policy", NAME)
    assert (ran.code, ran.err) == (0, "")
    assert says in ran.words or says in ran.out


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """What a demo of the forum leaves behind: its database, and what it told."""
    folder = tmp_path_factory.mktemp("forum") / "demo"
    ran = cli("demo", "--cases", CASES, "--folder", folder, "--policy", NAME)
    assert ran.code == 0, ran.out + ran.err
    assert ran.lines[0] == "10 cases"
    assert f"--policy {NAME}" in ran.words
    return folder / "accounts.db"


ENDED = "an-objection-that-nobody-hears-is-won"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("plan", ENDED, "--to", "deleted"), "say farewell"),
        (("options", ENDED, "--by", "holder"), "Say farewell"),
        (("explain", "object", ENDED, "--by", "holder"), "not_from_this_state"),
        (("events", ENDED), "win unheard"),
        (("may", ENDED), "whisper"),
        (("cases", "new", ENDED), f'policy = "{NAME}"'),
    ],
)
def test_commands_about_accounts_take_it_too(database, words, says):
    """What may be asked of an account is answered by the forum's rules."""
    ran = cli(*words, "--database", database, "--policy", NAME)
    assert (ran.code, ran.err) == (0, "")
    assert says in ran.words or says in ran.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("level", ENDED), "the policy has no member levels"),
        (("notice", ENDED, "--particulars", "x.toml"), 'the policy "forum" has no letter that ends a membership.'),
    ],
)
def test_what_it_does_not_have_is_said(database, words, says):
    """A command about something that only the guides have says so."""
    ran = cli(*words, "--database", database, "--policy", NAME)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert cli("demo", "--guide", "G1", "--policy", NAME).code == 2


def test_the_service_serves_it():
    """Members join, ask and are refused under its own names; what no row does is no error of the database."""
    with Lifecycle.open("memory:", policy=POLICY, secret=b"thirty-two bytes, kept elsewhere") as house:
        facts = {"rules_read": True, "age": 15}
        young = house.register("tim", identifiers={"email": "tim@example.org"}, facts=facts, at=MONDAY)
        assert [refusal.code for refusal in young.refusals] == ["newcomer_is_old_enough"]
        house.register("ada", identifiers={"email": "ada@example.org"}, facts={**facts, "age": 40}, at=MONDAY)
        assert house.account("ada", at=MONDAY).contacts == ("email",)
        assert house.allows("ada", "whisper", at=MONDAY)
        with pytest.raises(BadRequest, match="no identifier is added"):
            house.identify("ada", {"phone": "1"}, at=MONDAY)
        with pytest.raises(BadRequest, match=r"an account is opened with Lifecycle\.register"):
            house.submit("join", account="ada", by=Actor.holder("ada"), at=MONDAY)
        house.submit("say_farewell", account="ada", by=Actor.holder("ada"), facts={"boards_run": 0}, at=MONDAY)
        house.settle("ada", at=MONDAY + dt.timedelta(days=3))
        assert [event.trigger for event in house.events("ada")] == ["join", "say_farewell", "let_go"]
        assert {event.policy for event in house.events("ada")} == {"7"}
        assert house.verify().damage == ()


def test_another_forum_has_other_values(tmp_path):
    """A file of parameters changes the forum's own, and misspelt ones are told together."""
    file = tmp_path / "strict.toml"
    file.write_text(f'policy = "{NAME}"\nleast_age = 18\n[grounds.shouting]\nwarned = false\n', encoding="utf-8")
    ran = cli("parameters", "--format", "json", "--policy", file)
    (age,) = (each for each in ran.document["parameters"] if each["name"] == "least_age")
    assert (age["value"], age["default"], age["group"]) == (18, 16, "general")
    assert cli("check", CASES, "--policy", file).code == 1
    file.write_text(
        f'policy = "{NAME}"\nleast_agee = 18\nlink_tries = 0\n[grounds.shoutin]\nwarned = 3\n', encoding="utf-8"
    )
    ran = cli("check", CASES, "--policy", file)
    assert ran.code == 2
    for part in (
        '"least_agee" is no parameter. Did you mean "least_age"?',
        "link_tries must be at least 1",
        "grounds.shoutin",
    ):
        assert part in ran.err


# --- what the core knows -----------------------------------------------------------------------------------------

RECORD_NAMES = {
    *RECORDS,
    *LISTS,
    *(each.name for kind in (Account, *RECORDS.values(), *LISTS.values()) for each in attrs.fields(kind)),
}
"""What the model calls things; a policy may call something of its own alike."""

WORDS = {
    "verify",
    "calendar",
    "device",
    "reasons",
    "register",
    "hold",
    "restricted",
    "country",
    "sale",
    "channel",
    "signal",
}
WORDS |= {"other", "strike", "sign_in", *(each.name for each in attrs.fields(Doors))}
"""Words that mean something else in the core: a method, a kind of identifier, a key of a document, a page, a door."""

OF_THE_GUIDES = ("loyalty.py", "prose/rising.py", "rows/grounds_check.py", "showing.py", "http/examples.py")
"""Rooms that tell of the guides' own levels and warnings, show their cases, or give examples; no other policy reaches them."""


CORE = [
    path
    for path in sorted(Path(lifecycle.__file__).parent.rglob("*.py"))
    if path.relative_to(Path(lifecycle.__file__).parent).parts[0] not in ("policy", "facts.py", "model")
    and not path.as_posix().endswith(OF_THE_GUIDES)
]


def _guides_names() -> set[str]:
    names = {*GUIDES.triggers, *GUIDES.grounds, *GUIDES.notices, *GUIDES.timers, *GUIDES.evidence, *GUIDES.capabilities}
    names |= {each.name for each in (*GUIDES.guards, *GUIDES.benefits)} | {*GUIDES.signals, *GUIDES.reasons}
    # A table of entries has the name of the part of a policy that it is.
    names |= {each.name for each in named_in(type(GUIDES.parameters)) if each.entry is None}
    return names - RECORD_NAMES - WORDS - {*Facts.RESERVED}


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(Path(lifecycle.__file__).parent).as_posix())
def test_the_core_names_nothing_of_the_guides(path):
    """No room but the policy's own says the name of a trigger, guard, ground, notice, timer or parameter of the guides."""
    known = _guides_names()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    parameters = {each.name for each in named_in(type(GUIDES.parameters))}
    assert said & known == set()
    assert read & known & parameters == set()
