"""The command line's root: its help, and the options that several commands share.

Knows cyclopts. Does not know any command.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

FIRST = Group("Begin here", sort_key=1)
POLICY = Group("Cases and the policy", sort_key=2)
ACCOUNTS = Group("Accounts in a database", sort_key=3)
_OPTIONS = Group("Options", sort_key=8)
EVERYWHERE = Group("Options of every command", sort_key=9)

_ABOUT = """Decides what may happen to a customer account, records what did happen, and explains both.

Watch real accounts being locked, suspended, appealed and reinstated:

    lifecycle demo
"""

_AFTER = """Exit codes:
  0    all as expected
  1    a case or a check failed
  2    bad usage, or a file or database that cannot be used
  3    the policy contradicts itself
  130  interrupted
  141  whoever read the output stopped reading"""


def _version() -> str:
    return f"lifecycle {metadata.version('account-lifecycle')}"


app = App(
    name="lifecycle",
    help=_ABOUT,
    version=_version,
    help_format="plaintext",
    help_epilogue=_AFTER,
    group_parameters=_OPTIONS,
    group_commands=_OPTIONS,
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
app.meta.group_parameters = EVERYWHERE
app.meta.suppress_keyboard_interrupt = False

Json = Annotated[bool, Parameter(name="--json", show_default=False)]
Database = Annotated[str, Parameter(name="--database", env_var="LIFECYCLE_DATABASE")]
MaybeDatabase = Annotated[str | None, Parameter(name="--database", env_var="LIFECYCLE_DATABASE")]
SecretFile = Annotated[Path | None, Parameter(name="--secret-file", env_var="LIFECYCLE_SECRET_FILE")]
Many = Annotated[tuple[str, ...], Parameter(show_default=False)]
Given = Annotated[Any, Parameter(parse=False)]


def examples(*lines: str) -> str:
    """Return the examples that stand at the foot of a command's help."""
    return "\n".join(["Examples:", *(f"  lifecycle {line}" for line in lines)])
