"""The command line as a whole: help, exit codes, colours, encodings, closed pipes and missing parts."""

import io
import re
import subprocess
import sys
import time

import pytest
from command_line import cli, environment

import lifecycle.cli
from lifecycle.cli import output

COMMANDS = [
    "demo",
    "replay",
    "check",
    "policy",
    "parameters",
    "diagram",
    "diagrams",
    "trace",
    "cases",
    "explain",
    "may",
    "options",
    "plan",
    "events",
    "level",
    "notice",
    "observe",
    "signals",
    "verify",
    "refold",
    "worker",
    "outbox",
    "health",
    "prune",
    "serve",
    "import",
    "bulk",
    "settle",
    "export",
]
ESCAPE = "\x1b["


def started(*words, **settings):
    """Start the command line as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; from lifecycle.cli import main; sys.exit(main())", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONIOENCODING="utf-8", **settings),
    )


def test_without_a_command_help_begins_with_the_main_job():
    """Somebody who types only the name is told of the demo before anything else."""
    ran = cli()
    assert ran.code == 0
    assert ran.out.index("lifecycle demo") < ran.out.index("replay")
    assert [line.split()[1] for line in ran.lines if re.match(r"│ [a-z]+  ", line)] == COMMANDS
    for code in ("0 ", "1 ", "2 ", "3 ", "130", "141"):
        assert f"\n  {code}" in ran.out


@pytest.mark.parametrize(
    "command", [*COMMANDS, "cases new", "outbox list", "outbox retry", "outbox drop", "--install-completion"]
)
def test_the_help_of_every_command_shows_an_example(command):
    """Help says what the command does, explains each option, and shows how it is typed."""
    ran = cli(*command.split(), "--help")
    assert ran.code == 0
    assert f"Examples:\n  lifecycle {command}" in ran.out
    assert all(len(line) <= 80 for line in ran.lines)
    options = [line for line in ran.lines if re.match(r"│ [* ]? *--\w+", line)]
    assert all(re.search(r"\S  +\S", line[6:]) for line in options)


def test_the_version_is_told():
    """``--version`` names the program and its version."""
    ran = cli("--version")
    assert ran.code == 0
    assert re.fullmatch(r"lifecycle \d+\.\d+\.\d+\S*\n", ran.out)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("frob",), 'Unknown command "frob"'),
        (("demo", "--jsn"), "--jsn"),
        (("explain", "appeal", "C-1", "--database", "x.db", "--by"), "--by"),
        (("explain", "appeal"), "ACCOUNT is missing. See lifecycle explain --help."),
        (("replay",), "Name case files or folders, or a database with --database."),
        (("cases", "new"), "ACCOUNT is missing. See lifecycle cases new --help."),
        (("cases", "old"), "See lifecycle cases --help."),
        (("diagram", "--format", "pdf"), '"svg", "png", "dot", "mermaid"'),
        (("check", "--json", "--jsonn"), "Did you mean --json?"),
    ],
)
def test_words_that_make_no_command_are_answered_with_one_sentence(words, says):
    """Bad usage exits with 2, says what was wrong and where to read on, and writes nothing else."""
    ran = cli(*words)
    assert ran.code == 2
    assert ran.out == ""
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_closed_pipe_ends_quietly():
    """Whoever reads only the first line sees no traceback, and the exit code tells that the rest was not written."""
    process = started("policy")
    assert process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert errors == b""


def test_a_pipe_closed_before_the_only_document_ends_quietly_too(monkeypatch, capsys):
    """A pipe that breaks when the last words are flushed is no error of the command either."""

    class Broken(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Broken())
    assert lifecycle.cli.main(["policy", "--json"]) == 141
    assert capsys.readouterr().err == ""


def test_an_interrupt_exits_with_130(monkeypatch):
    """Ctrl-C ends a command without a traceback."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lifecycle.cli.accounts.accounts_at", interrupted)
    ran = cli("verify", "--database", "x.db")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_without_the_extra_one_sentence_says_what_to_install():
    """Where cyclopts is missing, the command names the extra instead of failing on an import."""
    program = "import sys; sys.modules['cyclopts'] = None; from lifecycle.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program, "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "cyclopts" in done.stderr
    assert "pip install 'account-lifecycle[cli]'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_both_missing_parts_are_named(monkeypatch):
    """Everything that is missing is named at once."""
    monkeypatch.setattr(lifecycle.cli.importlib.util, "find_spec", lambda name: None)
    ran = cli("demo")
    assert ran.code == 2
    assert "needs cyclopts and rich." in ran.err


def test_the_engine_of_the_machine_is_kept_quiet():
    """The logger of transitions, which would slow each attempt down, is set to WARNING."""
    program = (
        "import logging; from lifecycle.cli import main; main(['--version']);"
        "print(logging.getLogger('transitions').level)"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert process.stdout.splitlines()[-1] == "30"


def test_colour_is_used_only_where_it_is_wanted():
    """A pipe gets none, ``--color`` insists on it, ``--no-color`` and NO_COLOR forbid it, and the words stay the same."""
    plain = cli("policy")
    asked = cli("policy", "--color")
    assert ESCAPE not in plain.out
    assert ESCAPE in asked.out
    assert re.sub(r"\x1b\[[\d;]*m", "", asked.out) == plain.out
    assert cli("policy", FORCE_COLOR="1").out == asked.out
    assert cli("--no-color", "policy", FORCE_COLOR="1").out == plain.out
    assert cli("policy", NO_COLOR="1", FORCE_COLOR="1").out == plain.out
    assert cli("policy", "--color", NO_COLOR="1").out == asked.out


@pytest.mark.parametrize(("columns", "widest"), [("80", 80), ("100", 100), ("300", 100), ("20", 48)])
def test_no_line_is_wider_than_the_terminal_nor_than_a_hundred_columns(columns, widest):
    """Sentences are wrapped to the terminal, and a very wide one is not used up."""
    widths = [len(line) for line in cli("policy", COLUMNS=columns).lines]
    assert widest - 10 <= max(widths) <= widest


def test_an_encoding_without_our_signs_gets_nearby_letters():
    """A terminal that knows only ASCII is told the same, with other signs in the same columns."""
    ran, plain = cli("policy", encoding="utf-8"), cli("policy", encoding="ascii")
    assert plain.code == 0
    assert plain.out.isascii()
    assert "“" in ran.out
    assert len(plain.lines) == len(ran.lines)
    assert "?" not in plain.out


def test_json_stays_readable_in_any_encoding():
    """A document in an encoding without a letter escapes it instead of losing it."""
    assert cli("policy", "--json", encoding="ascii").document == cli("policy", "--json").document


def test_a_stream_without_an_encoding_counts_as_plain():
    """What does not say how it encodes is given ASCII, and an unknown encoding too."""
    assert not output.writes_signs(io.StringIO())
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert output.writes_signs(stream)


def test_an_error_is_written_in_any_encoding(tmp_path):
    """A file's name that the terminal cannot write does not turn the sentence into a traceback."""
    ran = cli("replay", tmp_path / "Ünfug", encoding="ascii")
    assert ran.code == 2
    assert r"\xdcnfug" in ran.err


def test_progress_is_told_on_a_terminal_after_a_second(monkeypatch):
    """A long run counts on the error output, a short one and one in a pipe stay silent."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    said = Terminal()
    monkeypatch.setattr(sys, "stderr", said)
    ticker = output.Ticker("accounts walked")
    ticker(1)
    ticker.clear()
    assert said.getvalue() == ""
    now[0] += 1.0
    ticker(2)
    ticker(3)
    now[0] += 0.2
    ticker(4)
    ticker.clear()
    assert said.getvalue() == "\r\x1b[K2 accounts walked\r\x1b[K4 accounts walked\r\x1b[K"


def test_progress_is_not_told_into_a_pipe(monkeypatch):
    """Where the error output is no terminal, nothing is counted on it."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    ticker = output.Ticker("accounts walked")
    monkeypatch.setattr(time, "monotonic", lambda: 1e12)
    ticker(5)
    ticker.clear()
    assert said.getvalue() == ""


def test_a_mistake_in_our_own_code_is_not_hidden(monkeypatch):
    """Only what a user can do wrong becomes a sentence; anything else stays an error somebody can report."""

    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("lifecycle.cli.cases.policy_of", broken)
    with pytest.raises(ZeroDivisionError):
        cli("policy")


def test_help_is_quick_because_rooms_are_read_only_when_needed():
    """Asking for help reads neither the commands nor Graphviz."""
    program = (
        "import sys; from lifecycle.cli import main; main(['demo', '--help']);"
        "sys.exit(','.join({'lifecycle.cli.demo', 'lifecycle.cli.cases', 'pygraphviz'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
