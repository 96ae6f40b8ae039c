"""The command that draws one picture: of the policy, a part of it, or the path of a case; and what it may go into."""

import contextlib
import io
import os
import pty
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from unittest import mock

import pytest
from command_line import STORY, cli, environment

from lifecycle import diagrams as pictures
from lifecycle.cli import main, output
from lifecycle.diagrams import drawing
from lifecycle.diagrams.chapters import chapter_dot
from lifecycle.policy import policy

POLICY = policy()
PNG = b"\x89PNG\r\n\x1a\n"


def ids(picture):
    """The ids of the cards and states in a picture as SVG or DOT."""
    return {found for found in re.findall(r'id="([cs]\.[^"]+)"', picture) if not found.startswith("s.none")}


@pytest.fixture
def case(tmp_path):
    """A file with one case."""
    path = tmp_path / "story.case.toml"
    path.write_text(STORY, encoding="utf-8")
    return path


def test_without_a_word_the_whole_policy_is_drawn():
    """The picture on the output is the one in the folder of diagrams, byte by byte."""
    ran = cli("diagram")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.encode() == pictures.generated(POLICY)["account.svg"]


@pytest.mark.parametrize("form", ["dot", "mermaid"])
def test_texts_need_no_graphviz(form, monkeypatch):
    """As DOT or Mermaid text the policy is told where nothing can draw."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    ran = cli("diagram", "--format", form)
    assert ran.code == 0
    assert ran.out == getattr(pictures, form)(POLICY, title=pictures.title_of("account"))
    missing = cli("diagram")
    assert (missing.code, missing.out) == (2, "")
    assert "pip install 'account-lifecycle[diagram]'" in missing.err


def test_focus_shows_the_ways_in_and_out_of_one_state():
    """Every card begins or ends in the state, and every row that does is there; a space may stand for an underscore."""
    shown = ids(cli("diagram", "--focus", "under_appeal", "--format", "dot").out)
    found = {name for name in shown if name.startswith("c.")}
    assert found
    assert all("under_appeal" in name.split(".")[1:] for name in found)
    assert {"c.suspended.under_appeal", "c.under_appeal.under_appeal", "c.under_appeal.active"} <= found
    assert shown == ids(cli("diagram", "--focus", "under appeal").out)


def test_actor_shows_what_one_role_may_do():
    """Nobody else is named, and every trigger of the role is there."""
    ran = cli("diagram", "--actor", "supervisor", "--format", "mermaid")
    theirs = {
        row.trigger.replace("_", " ") for row in POLICY.rows if "supervisor" in [role.value for role in row.actors]
    }
    assert all(trigger in ran.out for trigger in theirs)
    assert "supervisor" in ran.out
    assert not re.search(r"\b(holder|agent|reviewer|system)\b", re.sub("if .*|and .*", "", ran.out))
    assert "What a supervisor may do" in ran.out


def test_chapter_shows_one_chapter():
    """The same cards as on the chapter's own page; and what is asked for at once is all narrowed."""
    whole = ids(cli("diagram", "--chapter", "appeals", "--format", "dot").out)
    assert whole == ids(chapter_dot("appeals", POLICY))
    narrowed = cli("diagram", "--chapter", "appeals", "--focus", "under_appeal", "--actor", "holder", "--format", "dot")
    assert ids(narrowed.out) < whole
    assert "What the account holder may do, the ways into under appeal and out of it, chapter appeals" in narrowed.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--focus", "suspend"), '--focus names no state: "suspend". Did you mean "suspended"?'),
        (("--actor", "judge"), "Known: holder, agent, reviewer, supervisor, system."),
        (("--chapter", "apeals"), 'Did you mean "appeals"?'),
        (("--focus", "deleted", "--actor", "supervisor"), "there is nothing to draw"),
        (("--case", "nowhere.case.toml"), "there is no file or folder nowhere.case.toml"),
        (("--case", ".", "--format", "dot"), "Name one case file"),
        (("--case", "x.case.toml", "--actor", "agent"), "takes no --actor"),
        (("--output", "no/where.dot"), "no/where.dot cannot be used"),
    ],
)
def test_what_cannot_be_drawn_is_answered_with_one_sentence(words, says, tmp_path, monkeypatch):
    """Each mistake exits with 2, names the option and what would be right, and draws nothing."""
    monkeypatch.chdir(tmp_path)
    ran = cli("diagram", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid"])
def test_a_case_is_drawn_as_its_path(case, form):
    """The picture holds the states visited and no other, and the steps have their numbers."""
    ran = cli("diagram", "--case", case, "--format", form)
    assert ran.code == 0, ran.err
    assert "suspended" not in ran.out
    for word in ("A timer fires", "security locked", "active", "send unlock code", "1", "2", "3"):
        assert word in ran.out


def test_a_file_of_several_cases_becomes_several_pictures(case, tmp_path, monkeypatch):
    """On the output they would run together; in files they are numbered as on their page."""
    case.write_text(STORY + STORY.replace("A timer fires", "Another timer fires"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    refused = cli("diagram", "--case", case)
    assert (refused.code, refused.out) == (2, "")
    assert "holds 2 cases" in refused.err
    ran = cli("diagram", "--case", case, "--output", "path.svg")
    assert (ran.code, ran.out) == (0, "✓ wrote path.svg\n✓ wrote path.2.svg\n")
    titles = [ET.parse(tmp_path / name).getroot()[0].text for name in ("path.svg", "path.2.svg")]
    assert [title.split(",")[0] for title in titles] == ["A timer fires", "Another timer fires"]


def test_a_case_that_does_not_come_out_has_no_picture(case):
    """A story that is not true is not drawn, and the difference is told."""
    case.write_text(STORY.replace('does  = "unlock"', 'does  = "lock"'), encoding="utf-8")
    ran = cli("diagram", "--case", case)
    assert (ran.code, ran.out) == (2, "")
    assert "does not come out as it says" in ran.err


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.svg", b"<svg "), ("a.png", PNG), ("a.dot", b"digraph"), ("a.mmd", b"---"), ("a.txt", b"<svg ")],
)
def test_the_end_of_a_name_says_the_format(name, begins, tmp_path):
    """Without --format the file's name decides, and what it does not say is SVG."""
    ran = cli("diagram", "--focus", "deleted", "--output", tmp_path / name)
    assert ran.code == 0, ran.err
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert "✓ wrote" in ran.out


def test_a_format_goes_before_a_name(tmp_path):
    """What is said outright counts."""
    assert cli("diagram", "--format", "dot", "--output", tmp_path / "a.svg").code == 0
    assert (tmp_path / "a.svg").read_text().startswith("digraph")


def test_png_goes_into_a_pipe_and_not_onto_a_terminal():
    """Pixels on a terminal help nobody; in a pipe they are what was asked for."""
    words = [sys.executable, "-m", "lifecycle", "diagram", "--focus", "deleted", "--format", "png"]
    piped = subprocess.run(words, capture_output=True, env=environment(), check=False)
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert piped.stdout.startswith(PNG)
    outer, inner = pty.openpty()
    shown = subprocess.run(words, stdout=inner, stderr=subprocess.PIPE, env=environment(), check=False)
    os.close(inner)
    os.close(outer)
    assert shown.returncode == 2
    assert b"--output picture.png" in shown.stderr


def test_the_output_is_utf_8_whatever_the_terminal_speaks():
    """A picture says no encoding, so it keeps its own."""
    plain, ascii_only = cli("diagram"), cli("diagram", encoding="ascii")
    assert plain.out == ascii_only.out


def noisy(*args, **kwargs):
    """Write to the error output as Graphviz does, past every stream of Python's."""
    os.write(2, b"Fontconfig warning: something\n")
    return real_drawn(*args, **kwargs)


real_drawn = drawing._drawn


@pytest.mark.parametrize("words", [("diagram",), ("diagrams",), ("demo",)])
def test_what_graphviz_says_by_itself_is_not_heard(words, tmp_path, monkeypatch, capfd):
    """A warning from below does not reach the terminal while something is drawn; afterwards everything does again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(drawing, "_drawn", noisy)
    assert main(list(words)) == 0
    os.write(2, b"heard again\n")
    assert capfd.readouterr().err == "heard again\n"


def test_the_error_output_comes_back_after_a_failure(capfd):
    """Also when drawing fails, what is said next is heard."""

    def fail():
        os.write(2, b"unheard\n")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), output.unheard():
        fail()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_where_there_is_no_error_output_nothing_is_silenced():
    """A process without one draws all the same."""
    with mock.patch("os.dup", side_effect=OSError), contextlib.redirect_stderr(io.StringIO()), output.unheard():
        done = True
    assert done


def test_diagrams_tell_the_cases_beside_them(case, tmp_path, monkeypatch):
    """Cases in tests/cases beside the folder get a page and a picture each, and are checked with the rest."""
    monkeypatch.chdir(tmp_path)
    Path("tests/cases").mkdir(parents=True)
    story = case.rename("tests/cases/story.case.toml")
    ran = cli("diagrams")
    assert "✓ wrote diagrams/paths/story.svg" in ran.out
    assert cli("diagrams", "--check").out == "✓ diagrams is up to date.\n"
    story.write_text(STORY.replace("Still nothing.", "Nothing still."), encoding="utf-8")
    stale = cli("diagrams", "--check")
    assert (stale.code, "✗ diagrams/paths/story.md is missing, stale" in stale.out) == (1, True)
    story.unlink()
    assert "✗ diagrams/paths/story.svg" in cli("diagrams", "--check").out


def test_progress_of_telling_and_drawing(case, tmp_path, monkeypatch):
    """On a terminal a long run says which part of the work it is at, and takes the line away."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.chdir(tmp_path)
    Path("tests/cases").mkdir(parents=True)
    case.rename("tests/cases/story.case.toml")
    times = iter(range(0, 10_000, 5))
    monkeypatch.setattr("lifecycle.cli.output.time.monotonic", lambda: float(next(times)))
    said = Terminal()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        assert main(["diagrams", "--json"]) == 0
        assert main(["check"]) == 0
        assert main(["replay", "tests/cases", "--quiet"]) == 0
    told = re.split(r"\r\x1b\[K", said.getvalue())
    assert [line for line in told if line] == [
        "1 of 1 case file told",
        "drawing the pictures",
        "1 of 1 case replayed",
        "1 of 1 case replayed",
    ]
    assert told[-1] == ""
