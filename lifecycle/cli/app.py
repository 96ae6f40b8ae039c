"""The words of the command line: each command, its options, its help and its examples.

Knows cyclopts. Does not do anything itself: each command reads its room only when it is called, so help is quick.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

# ruff: noqa: PLC0415 - what a command needs is read when it is called

_FIRST = Group("Begin here", sort_key=1)
_POLICY = Group("Cases and the policy", sort_key=2)
_ACCOUNTS = Group("Accounts in a database", sort_key=3)
_OPTIONS = Group("Options", sort_key=8)
_EVERYWHERE = Group("Options of every command", sort_key=9)

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
app.meta.group_parameters = _EVERYWHERE
app.meta.suppress_keyboard_interrupt = False

Json = Annotated[bool, Parameter(name="--json", show_default=False)]
Database = Annotated[str, Parameter(name="--database", env_var="LIFECYCLE_DATABASE")]
Many = Annotated[tuple[str, ...], Parameter(show_default=False)]
Given = Annotated[Any, Parameter(parse=False)]


def _examples(*lines: str) -> str:
    return "\n".join(["Examples:", *(f"  lifecycle {line}" for line in lines)])


@app.meta.default
def _everywhere(
    *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    policy: Annotated[
        str | None, Parameter(help="A policy of your own, or a function returning one: module:NAME.")
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


@app.command(group=_FIRST, sort_key=1, help_epilogue=_examples("demo", "demo --folder /tmp/look", "demo --keep"))
def demo(
    *,
    folder: Path = Path("lifecycle-demo"),
    keep: Annotated[bool, Parameter(show_default=False)] = False,
    desk: Given,
) -> int:
    """Replay the guides' real cases into a fresh database and tell each as a timeline.

    Args:
        folder: Where database and diagrams go; what an earlier demo left there is replaced.
        keep: Leave an earlier demo as it is and use the next free folder beside it.
    """
    from lifecycle.cli.demo import demo as go

    return go(desk, folder, keep=keep)


@app.command(
    group=_POLICY,
    sort_key=2,
    help_epilogue=_examples("replay tests/cases", "replay my.case.toml --quiet", "replay tests/cases --json"),
)
def replay(
    path: Path,
    /,
    *paths: Path,
    json: Json = False,
    quiet: Annotated[bool, Parameter(show_default=False)] = False,
    desk: Given,
) -> int:
    """Replay case files and tell them as timelines.

    Args:
        path: A case file, or a folder with files called *.case.toml.
        paths: More of them.
        json: One JSON document instead of timelines.
        quiet: Failures and the summary only.
    """
    from lifecycle.cli.cases import replay as go

    return go(desk, (path, *paths), as_json=json, quiet=quiet)


@app.command(
    group=_POLICY,
    sort_key=3,
    help_epilogue=_examples("check", "check tests/cases/real", "check --policy shop.rules:POLICY"),
)
def check(*paths: Path, json: Json = False, desk: Given) -> int:
    """Check the policy, hold every case against it, and name the rows and guards no case covers.

    Args:
        paths: Case files or folders; tests/cases if none is named.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.cases import check as go

    return go(desk, paths, as_json=json)


@app.command(group=_POLICY, sort_key=4, help_epilogue=_examples("policy", "policy --json"))
def policy(*, json: Json = False, desk: Given) -> int:
    """Say every row of the policy as one English sentence, chapter by chapter.

    Args:
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.cases import tell_policy

    return tell_policy(desk, as_json=json)


@app.command(group=_POLICY, sort_key=5, help_epilogue=_examples("diagrams", "diagrams --check"))
def diagrams(
    *,
    folder: Path = Path("diagrams"),
    check: Annotated[bool, Parameter(show_default=False)] = False,
    json: Json = False,
    desk: Given,
) -> int:
    """Write the pictures and pages that are made from the policy, or check that they are up to date.

    Args:
        folder: Where they are.
        check: Write nothing; name what is missing or stale and exit with 1.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.cases import draw_diagrams

    return draw_diagrams(desk, folder, check_only=check, as_json=json)


@app.command(
    group=_ACCOUNTS,
    sort_key=6,
    help_epilogue=_examples(
        "explain appeal C-05 --by holder --database shop.db",
        "explain request_closure C-01 --by holder --database shop.db \\\n      --fact open_orders=2 --fact signed_in=true",
    ),
)
def explain(
    trigger: str,
    account: str,
    /,
    *,
    database: Database,
    by: str,
    fact: Many = (),
    evidence: Many = (),
    at: str | None = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Say why something may happen to an account, or why not: every guard, what it saw and what to do.

    Args:
        trigger: What is to be done, such as appeal; "lifecycle policy" names them all.
        account: The account's id.
        database: The SQLite file, or sqlite:///path.
        by: Who asks: holder, agent, reviewer, supervisor or system; with an id: reviewer:r1.
        fact: What the shop knows, as name=value; once for each fact.
        evidence: A kind of document brought along, such as passport, or kind=reference; once for each.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import explain as go

    return go(desk, trigger, account, database=database, by=by, facts=fact, evidence=evidence, at=at, as_json=json)


@app.command(
    group=_ACCOUNTS,
    sort_key=7,
    help_epilogue=_examples("options C-05 --database shop.db", "options C-05 --by reviewer:r2 --database shop.db"),
)
def options(
    account: str,
    /,
    *,
    database: Database,
    by: str | None = None,
    fact: Many = (),
    at: str | None = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Say what can happen to an account next, and for the rest why not.

    Args:
        account: The account's id.
        database: The SQLite file, or sqlite:///path.
        by: Who asks, as for explain; else each role in turn.
        fact: What the shop knows, as name=value; once for each fact.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import options as go

    return go(desk, account, database=database, by=by, facts=fact, at=at, as_json=json)


@app.command(
    group=_ACCOUNTS,
    sort_key=8,
    help_epilogue=_examples("events C-05 --database shop.db", "events C-05 --json --database shop.db"),
)
def events(account: str, /, *, database: Database, json: Json = False, desk: Given) -> int:
    """Tell the log of an account as a timeline, refused attempts among it.

    Args:
        account: The account's id.
        database: The SQLite file, or sqlite:///path.
        json: One JSON document instead of a timeline.
    """
    from lifecycle.cli.accounts import events as go

    return go(desk, account, database=database, as_json=json)


@app.command(
    group=_ACCOUNTS,
    sort_key=9,
    help_epilogue=_examples("verify --database shop.db", "verify C-05 --database shop.db"),
)
def verify(account: str | None = None, /, *, database: Database, json: Json = False, desk: Given) -> int:
    """Walk the log of one account or of all and say what does not fit; exits with 1 on damage.

    Args:
        account: The account's id; all accounts if none is named.
        database: The SQLite file, or sqlite:///path.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import verify as go

    return go(desk, account, database=database, as_json=json)


@app.command(group=_ACCOUNTS, sort_key=10, help_epilogue=_examples("refold --database shop.db"))
def refold(*, database: Database, json: Json = False, desk: Given) -> int:
    """Write every account row anew from its log, after an upgrade or a repair.

    Args:
        database: The SQLite file, or sqlite:///path.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import refold as go

    return go(desk, database=database, as_json=json)


app["--help"].group = (_EVERYWHERE,)
app["--version"].group = (_EVERYWHERE,)
