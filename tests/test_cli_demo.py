"""The demo: one command from nothing to a database, a story for each guide, the real cases and diagrams."""

import io
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import cli, environment

from lifecycle import Actor, Lifecycle, policy
from lifecycle import diagrams as pictures
from lifecycle.cli import demo, main, places


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder that commands are typed in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_tells_stories_and_real_cases_and_exits_with_0(here):
    """Every story and real case is told, all come out as they say, and the log of what was written holds."""
    ran = cli("demo")
    assert ran.code == 0, ran.out
    assert ran.err == ""
    labels = re.findall(r"^(C-\d\d|story-G\d)  ", ran.out, re.MULTILINE)
    assert list(dict.fromkeys(labels)) == [*(f"story-G{n}" for n in range(1, 6)), *(f"C-{n:02d}" for n in range(1, 13))]
    assert "✗ failed" not in ran.out
    assert f"{len(labels)} cases: ✓ {len(labels)} passed, ✗ 0 failed" in ran.out
    assert "✓ every log holds" in ran.out
    assert re.search(r"\d+ of \d+ rows taken, \d+ of \d+ guards asked, \d+ of them refused", ran.words)


def test_the_demo_is_told_in_order(here):
    """First what it is, then a story under a heading for each guide, then the real cases, then the summary."""
    heads = [f"Guide {guide}: {about}" for guide, about in policy().sources.guides.items()]
    ran = cli("demo")
    assert ran.lines[0] == "5 stories, one for each guide, then 16 accounts of real people"
    places_of = [ran.lines.index(head) for head in (*heads, "What happened to real people")]
    places_of.append(next(n for n, line in enumerate(ran.lines) if line.startswith("cases  ")))
    assert places_of == sorted(places_of)
    assert [line for line in ran.lines if line.startswith("Guide G") and line.endswith(heads[0])] == [heads[0]]
    between = ran.lines[places_of[2] : places_of[3]]
    assert [line.split()[0] for line in between if line.startswith("story-")] == ["story-G3"]


def test_one_guide_s_story_is_told_alone(here):
    """With ``--guide`` one story is told as in the whole demo and nothing else, and no file is written."""
    whole = cli("demo", "--folder", "whole").out
    ran = cli("demo", "--guide", "g3")
    assert (ran.code, ran.err) == (0, "")
    head, told = ran.out.split("\n\n", 1)
    assert head.startswith("✓ taken")
    assert told.startswith("Guide G3: recovering a disabled account\n\nstory-G3  ")
    assert told in whole
    assert [path.name for path in here.iterdir()] == ["whole"]


@pytest.mark.parametrize("guide", ["G9", "three", ""])
def test_a_guide_nobody_wrote_is_refused_with_those_there_are(here, guide):
    """What names no guide is answered with every guide and what it is about."""
    ran = cli("demo", "--guide", guide)
    assert (ran.code, ran.out) == (2, "")
    assert f'no guide is called "{guide}"' in ran.err
    assert "G3 (recovering a disabled account), G4 (ending a VIP membership) and G5 (member levels)" in ran.err


def test_a_story_that_fails_fails_when_told_alone(here, monkeypatch):
    """A story that comes out otherwise is marked, and the command exits with 1."""
    (here / "stories").mkdir()
    text = CASE.replace('refused = ["role_may_never"]', 'then = "active"')
    (here / "stories" / "g2-wrong.case.toml").write_text(text + CASE.replace("One step", "Another"), encoding="utf-8")
    monkeypatch.setattr(demo, "story_cases", lambda: here / "stories")
    ran = cli("demo", "--guide", "G2")
    assert ran.code == 1
    assert re.findall(r"^(story-\S+|Guide G2)", ran.out, re.MULTILINE) == ["Guide G2", "story-G2", "story-G2"]
    assert "account story-G2-2" in ran.out
    assert "the case says it stays active; the policy says it is refused" in ran.words


def test_the_stories_are_drawn_and_linked(here):
    """Each story has its page and picture, linked first from the index, and its own holder is no stranger on it."""
    cli("demo")
    folder = here / "lifecycle-demo" / "diagrams"
    section = (folder / "README.md").read_text().split("## The guides as stories\n")[1].split("\n## ")[0]
    linked = re.findall(r"\[(G\d): ([^]]+)\]\((paths/g\d\.md)\)", section)
    assert [(guide, about) for guide, about, _ in linked] == list(policy().sources.guides.items())
    for guide, _, page in linked:
        text = (folder / page).read_text()
        assert text.startswith(f"# {guide}: ")
        assert "another account" not in text
        assert (folder / page).with_suffix(".svg").is_file()


def test_no_line_of_the_demo_is_wider_than_eighty_columns(here):
    """On the narrowest usual terminal nothing is folded by it."""
    assert max(map(len, cli("demo").lines)) <= 80


def test_every_stop_and_step_has_a_word_beside_its_sign(here):
    """Without colours nothing is lost: each step names its actor, each refusal says that it is one."""
    lines = cli("demo", NO_COLOR="1").lines
    steps = [line for line in lines if re.match(r"  │ \d\d \w{3} \d\d:\d\d  [✓✗◷] ", line)]
    assert len(steps) > 50
    assert all(re.search(r" (holder|agent|reviewer|supervisor|system)\b", line) for line in steps)
    assert all("refused, as expected" in line for line in steps if "✗" in line)
    assert all("by itself" in line for line in steps if "◷" in line)


def test_the_suggested_commands_work_on_the_demo_s_own_database(here):
    """Whoever copies one of the three commands gets an answer about a real account."""
    out = cli("demo").out
    commands = out.split("Try next\n")[1].replace("\\\n", " ").splitlines()
    assert [command.split()[1] for command in commands] == ["plan", "explain", "options", "events"]
    for command in commands:
        ran = cli(*command.split()[1:])
        assert ran.code == 0, ran.err
        assert "C-" in ran.lines[0]


def test_the_demo_leaves_a_database_a_host_can_open(here):
    """The database opens with the secret beside it, which only its owner may read."""
    cli("demo")
    folder = here / "lifecycle-demo"
    secret = folder / "secret.txt"
    assert secret.stat().st_mode & 0o077 == 0
    with Lifecycle.open(f"sqlite:///{folder / 'accounts.db'}", secret=secret.read_text()) as accounts:
        assert accounts.account("C-05").suspension is not None
        lock = {"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 6}
        accounts.submit("lock", account="C-02", by=Actor.system(), facts=lock)
        accounts.submit("send_unlock_code", account="C-02", by=Actor.holder("C-02"))
        assert len(accounts.code_for("C-02", "unlock_code")) == 6
    assert {path.name for path in (folder / "diagrams").iterdir()} >= {"account.svg", "account.md", "policy.md"}


def test_an_earlier_demo_is_replaced(here):
    """A second run starts from nothing again, with a secret of its own."""
    cli("demo")
    folder = here / "lifecycle-demo"
    first = (folder / "secret.txt").read_text()
    ran = cli("demo")
    assert ran.code == 0, ran.err
    assert (folder / "secret.txt").read_text() != first
    with sqlite3.connect(folder / "accounts.db") as connection:
        assert connection.execute("SELECT count(*) FROM lifecycle_event WHERE version = 1").fetchone()[0] == len(
            set(re.findall(r" account ((?:C|story)-[G\d-]+)$", ran.out, re.MULTILINE))
        )
    connection.close()


def test_an_earlier_demo_can_be_kept(here):
    """With ``--keep`` the next free folder is used, and the earlier database stays as it is."""
    cli("demo")
    before = (here / "lifecycle-demo" / "secret.txt").read_text()
    assert "lifecycle-demo-2/accounts.db" in cli("demo", "--keep").out
    assert "lifecycle-demo-3/accounts.db" in cli("demo", "--keep").out
    assert (here / "lifecycle-demo" / "secret.txt").read_text() == before
    assert "fresh/accounts.db" in cli("demo", "--keep", "--folder", "fresh").out


@pytest.mark.parametrize("strange", ["notes.txt", "accounts.db", "diagrams/mine.svg"])
def test_a_folder_with_anything_else_in_it_is_never_touched(here, strange):
    """A file no demo wrote is named, and stays; also a database that only has the name of ours."""
    path = here / "lifecycle-demo" / strange
    path.parent.mkdir(parents=True)
    path.write_text("precious")
    ran = cli("demo")
    assert ran.code == 2
    assert ran.out == ""
    assert strange.split("/")[0] in ran.err
    assert "nothing in it was touched" in ran.err
    assert path.read_text() == "precious"


def test_what_was_added_to_an_earlier_demo_stays_too(here):
    """Something put beside an earlier demo's files stops the next one; something among its diagrams is left alone."""
    cli("demo")
    drawn, notes = (here / "lifecycle-demo" / name for name in ("diagrams/mine.svg", "notes.txt"))
    drawn.write_text("precious")
    assert cli("demo").code == 0
    assert drawn.read_text() == "precious"
    notes.write_text("precious")
    ran = cli("demo")
    assert ran.code == 2
    assert "notes.txt" in ran.err
    assert notes.read_text() == "precious"


def test_a_file_in_place_of_the_folder_is_refused(here):
    """A file of the folder's name is not replaced."""
    (here / "taken").write_text("precious")
    ran = cli("demo", "--folder", "taken")
    assert ran.code == 2
    assert "taken is a file" in ran.err


def test_an_empty_folder_is_fine(here):
    """A folder somebody made for the demo may be used."""
    (here / "mine").mkdir()
    assert cli("demo", "--folder", "mine").code == 0


def test_the_demo_draws_as_text_where_graphviz_is_missing(here, monkeypatch):
    """Without pygraphviz the diagrams are written as DOT, Mermaid and sentences, and the missing extra is named."""

    def missing(*_):
        raise pictures.DiagramExtraMissing("no pygraphviz")

    monkeypatch.setattr(pictures, "write", missing)
    ran = cli("demo")
    assert ran.code == 0
    assert "pip install 'account-lifecycle[diagram]'" in ran.words
    written = {path.name for path in (here / "lifecycle-demo" / "diagrams").iterdir()}
    assert written == {"account.dot", "account.md", "policy.md"}
    assert "```mermaid" in (here / "lifecycle-demo" / "diagrams" / "account.md").read_text()
    assert cli("demo").code == 0


def test_a_demo_nobody_reads_to_the_end_leaves_a_whole_database(here):
    """``lifecycle demo | head`` ends quietly, and every account is there for the commands that follow."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from lifecycle.cli import main; sys.exit(main(['demo']))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONIOENCODING="utf-8"),
    )
    assert process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert b"Traceback" not in errors
    assert cli("events", "C-10", "--database", "lifecycle-demo/accounts.db").code == 0


def test_the_database_is_whole_wherever_the_pipe_breaks(here, monkeypatch, capsys):
    """A pipe that breaks at a later line stops the telling, not the writing."""

    class Broken(io.StringIO):
        def write(self, text):
            if "C-02" in text:
                raise BrokenPipeError
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Broken())
    assert main(["demo"]) == 141
    assert capsys.readouterr().err == ""
    monkeypatch.undo()
    monkeypatch.chdir(here)
    verified = cli("verify", "--database", "lifecycle-demo/accounts.db", "--json").document
    assert verified["accounts"] == 21


@pytest.fixture
def one_real_case(here, monkeypatch):
    """A demo that knows a single made-up case; the test says which."""

    def use(text):
        folder = here / "real"
        folder.mkdir()
        (folder / "c.case.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(demo, "real_cases", lambda: folder)
        monkeypatch.setattr(demo, "story_cases", lambda: folder)

    return use


CASE = """
[[case]]
title = "One step"
cites = ["C-01"]

[[case.step]]
at   = 2020-03-02T09:00:00Z
by   = "agent"
does = "place_hold"
refused = ["role_may_never"]
"""


def test_a_real_case_that_fails_fails_the_demo(here, one_real_case):
    """A policy under which a real case comes out otherwise makes the demo exit with 1 and say what differs."""
    one_real_case(CASE.replace('refused = ["role_may_never"]', 'then = "active"'))
    ran = cli("demo")
    assert ran.code == 1
    assert "✗ 1 failed" in ran.out
    assert "the case says it stays active; the policy says it is refused" in ran.words


def test_the_suggestions_fit_what_the_cases_left(here, one_real_case):
    """Where no account ended suspended, something else is suggested than an appeal."""
    one_real_case(CASE)
    assert "lifecycle explain deactivate C-01 --by holder" in cli("demo").out


def test_real_cases_that_the_policy_does_not_know_are_named(here, one_real_case):
    """A case with a word the policy lacks is bad input for the demo, before anything is written."""
    one_real_case(CASE.replace("place_hold", "place_hlod"))
    ran = cli("demo")
    assert ran.code == 2
    assert 'Did you mean "place_hold"?' in ran.err
    assert not (here / "lifecycle-demo").exists()


def test_damage_in_what_was_written_fails_the_demo(here, one_real_case, monkeypatch):
    """Should the log not hold after all, the demo says so and exits with 1."""
    one_real_case(CASE)
    opened = demo.accounts_at

    def damaged(database, policy):
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE lifecycle_event SET at = '2019'")
        connection.close()
        return opened(database, policy)

    monkeypatch.setattr(demo, "accounts_at", damaged)
    ran = cli("demo")
    assert ran.code == 1
    assert "✗ 1 finding in 1 event of 1 account" in ran.out


@pytest.mark.parametrize(
    ("inside", "beside", "called", "other"),
    [("real_cases", "real", "real cases", "story_cases"), ("story_cases", "stories", "stories", "real_cases")],
)
def test_installed_without_a_checkout_the_cases_come_with_the_package(
    tmp_path, monkeypatch, inside, beside, called, other
):
    """The cases beside a checkout come first, then those inside the package; without either a sentence says so."""
    package = tmp_path / "site-packages" / "lifecycle"
    (package / "cli").mkdir(parents=True)
    monkeypatch.setattr(places, "__file__", str(package / "cli" / "places.py"))
    found = getattr(places, inside)
    (package / other).mkdir()
    ran = cli("demo", "--folder", tmp_path / "demo")
    assert ran.code == 2
    assert f"the guides' {called} did not come with this installation" in ran.err
    (package / inside).mkdir()
    assert found() == package / inside
    checkout = tmp_path / "site-packages" / "tests" / "cases" / beside
    checkout.mkdir(parents=True)
    assert found() == checkout
    monkeypatch.undo()
    assert found() == Path(demo.__file__).resolve().parents[2] / "tests" / "cases" / beside
