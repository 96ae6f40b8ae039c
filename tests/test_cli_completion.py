"""Shell completion, and the ways in which the command line is started."""

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import cli, environment

import lifecycle

SCRIPTS = {
    "bash": ".local/share/bash-completion/completions/lifecycle",
    "zsh": ".zsh/completions/_cyclopts_lifecycle",
    "fish": ".config/fish/completions/lifecycle.fish",
}
STARTUP = {"bash": ".bashrc", "zsh": ".zshrc"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with start-up files of its own."""
    for name in STARTUP.values():
        (tmp_path / name).write_text("# mine\n")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR", "ZSH_CUSTOM", "ZSH", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("shell", SCRIPTS)
def test_completion_is_installed_where_the_shell_looks(home, shell):
    """The script names the commands and their options, is told, and the start-up file keeps what it had."""
    ran = cli("--install-completion", "--shell", shell)
    assert (ran.code, ran.err) == (0, "")
    found = list(home.rglob("*lifecycle*"))
    (script,) = [path for path in found if path.is_file()]
    assert script == home / SCRIPTS[shell]
    text = script.read_text()
    assert all(word in text for word in ("diagram", "cases", "new", "focus", "shift-to", "mermaid"))
    assert str(script.name) in ran.out.replace("\n  ", "")
    for name in STARTUP.values():
        ours = name == STARTUP.get(shell)
        assert "# mine\n" in (home / name).read_text()
        assert (str(script.parent) in (home / name).read_text()) is ours
        assert (f"~/{name} loads it" in ran.out) is ours


def completed(home, line):
    """What bash offers after *line*."""
    program = (
        f'. "{home / SCRIPTS["bash"]}"; COMP_LINE={line!r}; COMP_WORDS=({line}); [[ {line!r} == *" " ]] && '
        'COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_POINT=${#COMP_LINE}; COMPREPLY=(); '
        'f=$(complete -p lifecycle | sed "s/.*-F \\([^ ]*\\).*/\\1/"); $f; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, check=False, cwd=home)
    return {word.strip() for word in done.stdout.splitlines()}


def test_bash_completes_commands_options_and_choices(home):
    """What was installed works: commands, a command's commands, options, and the formats of a picture."""
    assert cli("--install-completion", "--shell", "bash").code == 0
    assert {"demo", "diagram", "diagrams", "cases"} <= completed(home, "lifecycle ")
    assert completed(home, "lifecycle dem") == {"demo"}
    assert "new" in completed(home, "lifecycle cases ")
    assert {"--focus", "--format"} <= completed(home, "lifecycle diagram --f")
    assert completed(home, "lifecycle diagram --format m") == {"mermaid"}


@pytest.mark.parametrize("shell", ["bash", "powershell", None])
def test_the_shell_is_recognised(home, monkeypatch, shell):
    """Without --shell it is the one that is typed in; one we know no completion for, or none, is asked for by name."""
    from cyclopts.completion.detect import ShellDetectionError

    def detect():
        if shell is None:
            raise ShellDetectionError
        return shell

    monkeypatch.setattr("lifecycle.cli.completion.detect_shell", detect)
    ran = cli("--install-completion")
    if shell == "bash":
        assert ran.code == 0
        assert (home / SCRIPTS["bash"]).is_file()
    else:
        assert (ran.code, ran.out) == (2, "")
        assert "lifecycle --install-completion --shell bash" in ran.err
        assert not list(home.rglob("*lifecycle*"))


def test_python_dash_m():
    """Where the command is not on the path, python -m lifecycle is the same, exit code included."""
    words = [sys.executable, "-m", "lifecycle"]
    told = subprocess.run([*words, "--version"], capture_output=True, text=True, env=environment(), check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, cli("--version").out, "")
    wrong = subprocess.run([*words, "frob"], capture_output=True, text=True, env=environment(), check=False)
    assert wrong.returncode == 2
    assert 'Unknown command "frob"' in wrong.stderr


def test_python_dash_m_in_this_process(monkeypatch, capsys):
    """Reading the module runs the words the process was started with and leaves with their exit code."""
    import runpy

    monkeypatch.setattr(sys, "argv", ["lifecycle", "--version"])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(Path(lifecycle.__file__).parent / "__main__.py"), run_name="__main__")
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("lifecycle ")
