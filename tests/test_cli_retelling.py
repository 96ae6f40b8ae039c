"""The command `cases new`: every real account becomes a case that comes out as it says, and names nobody."""

import datetime as dt
import re
import tomllib

import pytest
from command_line import MONDAY, cli, some_accounts

from lifecycle import Actor, Evidence, Lifecycle, extended, policy
from lifecycle.cases import read_cases
from lifecycle.replay import run, simulated
from lifecycle.rows import Ground

ACCOUNTS = [f"C-{number:02d}" for number in range(1, 11)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The database that the demo leaves."""
    folder = tmp_path_factory.mktemp("new") / "demo"
    assert cli("demo", "--folder", folder).code == 0
    return folder / "accounts.db"


def new(database, account, *words):
    """The case of an account, as text."""
    ran = cli("cases", "new", account, "--database", database, *words)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def story(events):
    """What happened, without who and with what."""
    return [(event.trigger, event.source, event.dest, event.at, event.by.role, event.row) for event in events]


def replayed(path):
    """The log of a case replayed, and the reasons of its refusals."""
    (case,) = read_cases(path)
    with simulated() as accounts:
        result = run(case, accounts)
        assert result.passed, result.problems
        events = [*accounts.events(case.account_id)]
        denials = [(each.at, each.trigger, each.by.role, each.codes) for each in accounts.denials(case.account_id)]
    return events, denials


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_account_of_the_demo_comes_out_again(demo, tmp_path, account):
    """The case passes its replay, and its log tells the same events and refusals at the same times."""
    path = tmp_path / "new.case.toml"
    ran = cli("cases", "new", account, "--database", demo, "--output", path)
    assert (ran.code, ran.err) == (0, "")
    assert "Replay it: lifecycle replay" in ran.words
    assert cli("replay", path, "--quiet").code == 0
    with Lifecycle.open(f"sqlite:///{demo}") as accounts:
        log = [*accounts.events(account)]
        denials = [(each.at, each.trigger, each.by.role, each.codes) for each in accounts.denials(account)]
    events, refusals = replayed(path)
    assert story(events) == story(log)
    assert refusals == denials
    steps = tomllib.loads(path.read_text())["case"][0]["step"]
    assert len([step for step in steps if "refused" in step]) == len(denials)
    assert not [step for step in steps if "meanwhile" in step]


def test_the_output_is_the_file(demo, tmp_path):
    """Without --output the same case goes to the output, and nothing is said beside it."""
    path = tmp_path / "new.case.toml"
    assert cli("cases", "new", "C-05", "--database", demo, "--output", path).code == 0
    assert new(demo, "C-05") == path.read_text()


EVE = """
[[case]]
title  = "From suspended to under appeal, in 1 step"
cites  = ["G3-29", "G3-31", "G3-43", "G3-93", "D-03", "T-07"]
about  = "Told from a log. Ids and documents are numbered instead of named, and texts are left out."
starts = "suspended"
begins = 2020-03-02T10:05:00Z
given  = { ground = "platform_rules", contacts = ["email"], suspension = { author = "reviewer:reviewer-1" } }

[[case.step]]
at     = 2020-03-02T11:05:00Z
by     = "holder"
does   = "appeal"
with   = [{ kind = "passport", ref = "doc-1" }, { kind = "written_commitment", ref = "doc-2" }, { kind = "explanation", ref = "doc-3" }]
then   = "under_appeal"
sends  = ["appeal_received"]
due    = { chase_appeal = 2020-03-11T11:05:00Z }
expect = { suspension = true, appeal = true }
"""


def test_a_case_is_written_as_a_person_would(tmp_path):
    """What the account was like stands first, then each step with time, actor, documents and outcome; last what stands."""
    assert new(some_accounts(tmp_path / "some.db"), "eve") == EVE.lstrip()


PRIVATE = ("maria-77", "lee.of.support", "judge-4", "scan-8812", "scan-9000", "statement", "secret-words")


@pytest.fixture
def private(tmp_path):
    """A database with an account whose log is full of what leads to people."""
    path = tmp_path / "private.db"
    with simulated(url=f"sqlite:///{path}") as accounts:
        accounts.clock.now = MONDAY
        maria, lee, judge = Actor.holder("maria-77"), Actor.agent("lee.of.support"), Actor.reviewer("judge-4")
        mail = {"email": "secret-words@example.org"}
        accounts.register("maria-77", identifiers=mail, facts={"registration_fields": 4, "verified_by": "link"})
        first = {"at": MONDAY, "account": "maria-77"}
        reasons = Evidence("statement_of_reasons", text="secret-words about her")
        accounts.submit("warn", by=judge, facts={"ground": "harassment"}, **first)
        later = {"account": "maria-77", "at": MONDAY + dt.timedelta(days=30)}
        facts = {"ground": "harassment", "ends_at": MONDAY + dt.timedelta(days=90)}
        accounts.submit("suspend", by=judge, facts=facts, evidence=[reasons], **later)
        later["at"] += dt.timedelta(days=1)
        documents = [Evidence("passport", "scan-8812"), Evidence("written_commitment", "scan-9000")]
        why = Evidence("explanation", text="secret-words of my own")
        accounts.submit("appeal", by=maria, evidence=[*documents, why], **later)
        later["at"] += dt.timedelta(hours=1)
        accounts.submit("open_case", by=maria, **later)
        later["at"] += dt.timedelta(hours=1)
        accounts.submit("reinstate", by=lee, facts={"cause_remedied": True}, **later)
        accounts.submit("grant", by=judge, facts={"name_matches": True, "cause_remedied": True}, **later)
        other = Actor.reviewer("judge-5")
        accounts.submit("grant", by=other, facts={"name_matches": True, "cause_remedied": True}, **later)
        assert accounts.account("maria-77").state.value == "active"
    return path


def test_nobody_is_named(private, tmp_path):
    """Ids of people and documents are numbered, one and the same always alike, and no text is left."""
    text = new(private, "maria-77")
    assert not [word for word in PRIVATE if re.search(rf"(?<![a-z_]){re.escape(word)}(?![a-z_])", text)]
    people = re.findall(r'^by +?= "(.+)"', text, re.MULTILINE)
    assert people == [
        *("holder", "reviewer:reviewer-1", "reviewer:reviewer-1", "holder", "holder"),
        *("agent:agent-1", "reviewer:reviewer-1", "reviewer:reviewer-2"),
    ]
    assert re.findall(r'ref = "([\w-]+)"', text) == ["doc-1", "doc-2", "doc-3", "doc-4"]
    assert 'refused = ["decider_is_somebody_else"]' in text
    path = tmp_path / "new.case.toml"
    path.write_text(text)
    assert cli("replay", path, "--quiet").code == 0


def test_the_case_begins_on_another_day(private, tmp_path):
    """All moments move by the same whole weeks, so that every weekday stays; and the case still comes out."""
    text = new(private, "maria-77")
    moved = new(private, "maria-77", "--shift-to", "2026-01-01")
    found = [[dt.datetime.fromisoformat(at) for at in re.findall(r"\d{4}-\S+Z", each)] for each in (text, moved)]
    assert len(found[0]) == len(found[1]) > 8
    assert {b - a for a, b in zip(*found, strict=True)} == {found[1][0] - found[0][0]}
    assert found[1][0] == dt.datetime(2026, 1, 5, 10, 5, tzinfo=dt.UTC)
    assert found[1][0].weekday() == found[0][0].weekday()
    path = tmp_path / "moved.case.toml"
    path.write_text(moved)
    assert cli("replay", path, "--quiet").code == 0


@pytest.mark.parametrize("account", ["ann", "bob", "eve"])
def test_imports_and_timers_come_out_again(tmp_path, account):
    """An account that was taken over begins as it stood; a code of its own is known again; a timer is waited for."""
    database = some_accounts(tmp_path / "some.db")
    path = tmp_path / "new.case.toml"
    assert cli("cases", "new", account, "--database", database, "--output", path).code == 0
    with Lifecycle.open(f"sqlite:///{database}") as accounts:
        log = [*accounts.events(account)]
    assert story(replayed(path)[0]) == story(log)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody",), 'account "nobody"'),
        (("C-05", "--shift-to", "tomorrow"), '--shift-to must be a day, such as 2026-03-02, not "tomorrow"'),
        (("C-05", "--output", "taken.case.toml"), "taken.case.toml exists already"),
        (("C-05", "--output", "no/where.case.toml"), "no/where.case.toml cannot be used"),
    ],
)
def test_what_cannot_be_written_is_answered_with_one_sentence(demo, tmp_path, monkeypatch, words, says):
    """A typo writes nothing, and nothing is written over."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.case.toml").write_text("mine")
    ran = cli("cases", "new", *words, "--database", demo)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert (tmp_path / "taken.case.toml").read_text() == "mine"


def test_a_file_that_a_folder_would_not_show(demo, tmp_path, monkeypatch):
    """A name that does not end as case files do is allowed, and told."""
    monkeypatch.chdir(tmp_path)
    ran = cli("cases", "new", "C-05", "--database", demo, "--output", "mine.toml")
    assert ran.code == 0
    assert "ends in .case.toml" in ran.words


CHANGED = """
import attrs
from lifecycle import policy

GUIDES = policy()
STRICT = attrs.evolve(GUIDES, rows=tuple(
    attrs.evolve(row, title=row.title, guards=(*row.guards, GUIDES.guards[0])) if row.trigger == "appeal" else row
    for row in GUIDES.rows
))
"""


def test_a_log_that_another_policy_wrote(demo, tmp_path, monkeypatch):
    """Where the policy would decide otherwise today, no case is made, and the event is named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strict_rules.py").write_text(CHANGED)
    ran = cli("cases", "new", "C-05", "--database", demo, "--policy", "strict_rules:STRICT")
    assert (ran.code, ran.out) == (2, "")
    assert "event 2 (appeal, 2026-03-02 09:00) would not come about under policy" in ran.err


def test_a_case_that_does_not_come_out_is_not_shown(demo, monkeypatch):
    """Whatever goes wrong on the way is found by replaying, before anybody gets to see the case."""

    def wrong(*args):
        tables = {"title": "Wrong", "cites": ["P-01"], "starts": "active"}
        return {**tables, "step": [{"until": MONDAY, "then": "deleted"}]}

    monkeypatch.setattr("lifecycle.cli.retelling.retold", wrong)
    ran = cli("cases", "new", "C-05", "--database", demo)
    assert (ran.code, ran.out) == (2, "")
    assert "nothing was written" in ran.err
    assert "it becomes deleted; the policy says it stays active" in ran.err


def test_words_that_no_case_may_say(tmp_path):
    """An account taken over under a ground that a later policy does not know has no case, and the word is named."""
    path = tmp_path / "odd.db"
    witchcraft = Ground("witchcraft", "spells were cast", "suspension", ("G3-09",))
    earlier = extended(policy(), name="earlier", version="1", grounds=(witchcraft,))
    with simulated(earlier, url=f"sqlite:///{path}") as accounts:
        accounts.import_account("odd", state="suspended", given={"ground": "witchcraft"}, at=MONDAY)
    ran = cli("cases", "new", "odd", "--database", path)
    assert (ran.code, ran.out) == (2, "")
    assert 'no ground is called "witchcraft"' in ran.err
    assert "case.toml" not in ran.err
