"""The command line as a whole: what every command takes, and running the one that was typed.

Knows cyclopts. Does not know what a command does: each is in the module of its group.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

# Commands make themselves known when they are read, in the order in which they are listed.
from lifecycle.cli import policy_commands  # noqa: F401

# isort: split
from lifecycle.cli import account_commands  # noqa: F401

# isort: split
from lifecycle.cli import running_commands  # noqa: F401

# isort: split
from lifecycle.cli import many_commands  # noqa: F401
from lifecycle.cli.root import EVERYWHERE, app, examples

# ruff: noqa: PLC0415 - what a command needs is read when it is called


@app.meta.default
def _everywhere(
    *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    policy: Annotated[
        str | None,
        Parameter(help="A TOML file of parameters, or a policy or a function that returns one as module:NAME."),
    ] = None,
    color: Annotated[
        bool | None, Parameter(negative="--no-color", help="Colour, or none; else the terminal and NO_COLOR decide.")
    ] = None,
) -> Any:
    """Read what every command takes, then run the command with it."""
    from lifecycle.cli.output import Desk, Voice

    voice = Voice(color)
    command, bound, given = app.parse_args(words, exit_on_error=False, print_error=False, console=voice.console)
    return command(*bound.args, **bound.kwargs, **({"desk": Desk(voice, policy)} if "desk" in given else {}))


def run(words: list[str]) -> int:
    """Run the command that *words* name and return its exit code.

    Raises:
        CycloptsError: the words make no command.
    """
    code = app.meta(words, exit_on_error=False, print_error=False, result_action="return_value")
    return code if isinstance(code, int) else 0


@app.command(
    name="--install-completion",
    group=EVERYWHERE,
    help_epilogue=examples("--install-completion", "--install-completion --shell zsh"),
)
def install_completion(*, shell: Literal["bash", "zsh", "fish"] | None = None) -> int:
    """Let the shell complete commands and options.

    Writes a script, and for bash and zsh a line into the start-up file.

    Args:
        shell: For which; else the one this is typed in.
    """
    from lifecycle.cli.completion import install

    return install(app, shell)


app["--help"].group = (EVERYWHERE,)
app["--version"].group = (EVERYWHERE,)
