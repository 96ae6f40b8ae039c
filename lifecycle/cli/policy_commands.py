"""The words of the commands about cases and the policy: options, help and examples.

Knows cyclopts. Does not do anything itself: each command reads its room only when it is called, so help is quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from lifecycle.cli.root import FIRST, POLICY, Database, Given, Json, app, examples

# ruff: noqa: PLC0415 - what a command needs is read when it is called


@app.command(
    group=FIRST,
    sort_key=1,
    help_epilogue=examples("demo", "demo --serve", "demo --guide G3", "demo --folder /tmp/look", "demo --keep"),
)
def demo(
    *,
    guide: str | None = None,
    folder: Path = Path("lifecycle-demo"),
    keep: Annotated[bool, Parameter(show_default=False)] = False,
    cases: Path | None = None,
    serve: Annotated[bool, Parameter(show_default=False)] = False,
    port: int = 8642,
    desk: Given,
) -> int:
    """Replay a story for each guide and the real cases into a fresh database, and tell each as a timeline.

    Under a policy of one's own it tells the project's cases, those in tests/cases.

    Args:
        guide: Only the story of this guide, G1 to G5; nothing is written then.
        folder: Where database and diagrams go; what an earlier demo left there is replaced.
        keep: Leave an earlier demo as it is and use the next free folder beside it.
        cases: Tell these cases instead: a case file, or a folder of them.
        serve: Open the console on the replayed cases, for this machine only, instead of telling them.
        port: Where the console listens; 0 takes any that is free.
    """
    if serve:
        from lifecycle.cli.serving_demo import serve_demo

        return serve_demo(desk, folder, keep=keep, chosen=cases, guide=guide, port=port)
    from lifecycle.cli.demo import demo as go
    from lifecycle.cli.demo import one_story

    return go(desk, folder, keep=keep, chosen=cases) if guide is None else one_story(desk, guide)


@app.command(
    group=POLICY,
    sort_key=2,
    help_epilogue=examples(
        "replay tests/cases",
        "replay my.case.toml --quiet",
        "replay tests/cases --json",
        "replay --database shop.db --policy next.toml",
    ),
)
def replay(
    *paths: Path,
    database: str | None = None,
    json: Json = False,
    quiet: Annotated[bool, Parameter(show_default=False)] = False,
    desk: Given,
) -> int:
    """Replay case files and tell them as timelines; or decide a database's whole log again under this policy.

    Args:
        paths: Case files, or folders with files called *.case.toml.
        database: Instead of cases: the SQLite file, or the database's address. Nothing is written; exits with 1 if
            something would have come otherwise.
        json: One JSON document instead of timelines.
        quiet: Failures and the summary only.
    """
    if database is not None:
        from lifecycle.cli.places import either
        from lifecycle.cli.redeciding import replay_database

        either(paths, database)
        return replay_database(desk, database, as_json=json)
    from lifecycle.cli.cases import replay as go

    return go(desk, paths, as_json=json, quiet=quiet)


@app.command(
    group=POLICY,
    sort_key=3,
    help_epilogue=examples(
        "check",
        "check --policy shop.toml",
        "check tests/cases/real --policy shop.rules:POLICY",
        "check --database shop.db --policy next.toml",
    ),
)
def check(*paths: Path, database: str | None = None, json: Json = False, desk: Given) -> int:
    """Check the policy, hold every case against it, and name the rows and guards no case covers.

    Args:
        paths: Case files or folders; tests/cases if none is named.
        database: Instead of cases: tell what the policy does to the pending timers of this database, the SQLite file or
            the database's address; exits with 1 if any would be lost.
        json: One JSON document instead of sentences.
    """
    if database is not None:
        from lifecycle.cli.places import either
        from lifecycle.cli.redeciding import check_database

        either(paths, database)
        return check_database(desk, database, as_json=json)
    from lifecycle.cli.cases import check as go

    return go(desk, paths, as_json=json)


@app.command(group=POLICY, sort_key=4, help_epilogue=examples("policy", "policy --json"))
def policy(*, json: Json = False, desk: Given) -> int:
    """Say every row of the policy as one English sentence, chapter by chapter.

    Args:
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.cases import tell_policy

    return tell_policy(desk, as_json=json)


@app.command(
    group=POLICY,
    sort_key=5,
    help_epilogue=examples(
        "parameters",
        "parameters --group leaving",
        "parameters --format toml > shop.toml",
        "parameters --policy shop.toml",
    ),
)
def parameters(*, group: str | None = None, format: Literal["text", "json", "toml"] = "text", desk: Given) -> int:
    """List every number, period and choice of the policy, its unit, and where it comes from.

    Args:
        group: One group only, such as leaving.
        format: Sentences, one JSON document, or a file to start from, which --policy takes.
    """
    from lifecycle.cli.parameters import parameters as go

    return go(desk, group, format)


@app.command(
    group=POLICY,
    sort_key=6,
    help_epilogue=examples(
        "diagram --output account.svg",
        "diagram --focus suspended --format mermaid",
        "diagram --actor reviewer --output reviewer.png",
        "diagram --chapter appeals --format dot",
        "diagram --case my.case.toml --output path.svg",
    ),
)
def diagram(
    *,
    format: Annotated[Literal["svg", "png", "dot", "mermaid"] | None, Parameter(show_default=False)] = None,
    case: Path | None = None,
    focus: str | None = None,
    actor: str | None = None,
    chapter: str | None = None,
    machine: str | None = None,
    output: Path | None = None,
    desk: Given,
) -> int:
    """Draw the policy, a part of it, or the path of a case.

    Args:
        format: What to draw; else what the end of the output's name says, or svg.
        case: A case file: its states only, and its steps numbered.
        focus: One state: the ways into it and out of it.
        actor: One role: what it may do.
        chapter: One chapter of the policy.
        machine: account, membership or level; the whole picture shows the account unless said otherwise.
        output: The file to write; else the picture goes to the output.
    """
    from lifecycle.cli.pictures import Asked
    from lifecycle.cli.pictures import diagram as go

    return go(desk, Asked(case, focus, actor, chapter, machine), form=format, output=output)


@app.command(group=POLICY, sort_key=7, help_epilogue=examples("diagrams", "diagrams --check"))
def diagrams(
    *,
    folder: Path = Path("diagrams"),
    cases: Path | None = None,
    check: Annotated[bool, Parameter(show_default=False)] = False,
    json: Json = False,
    desk: Given,
) -> int:
    """Write the pictures and pages that are made from policy and cases, or check that they are up to date.

    The cases are those in tests/cases or in cases beside the folder, if there are any.

    Args:
        folder: Where pictures and pages are.
        cases: A folder of other cases.
        check: Write nothing; name what is missing or stale and exit with 1.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.pictures import draw_diagrams

    return draw_diagrams(desk, folder, check_only=check, as_json=json, cases=cases)


@app.command(
    group=POLICY,
    sort_key=8,
    help_epilogue=examples("trace", "trace G3-31", "trace --guide G4", "trace --check"),
)
def trace(
    *ids: str,
    guide: str | None = None,
    cases: Path = Path("tests/cases"),
    check: Annotated[bool, Parameter(show_default=False)] = False,
    format: Literal["text", "json", "markdown"] = "text",
    desk: Given,
) -> int:
    """Tell what holds each rule of the guides: a row, a guard, a parameter, a notice, an advice, a case.

    Args:
        ids: Rules, such as G3-31; else all of them.
        guide: The rules of one guide only.
        cases: The folder of the case files.
        check: Only what is wrong, and exit with 1 if there is anything.
        format: Sentences, one JSON document, or a page of Markdown.
    """
    from lifecycle.cli.tracing import trace_rules

    return trace_rules(desk, ids, guide=guide, cases=cases, check=check, form=format)


cases = App(
    name="cases",
    help="Make case files.",
    group=POLICY,
    group_commands="Commands",
    sort_key=9,
    help_epilogue=examples("cases new C-05 --database shop.db"),
)
app.command(cases)


@cases.command(
    name="new",
    help_epilogue=examples(
        "cases new C-05 --database shop.db",
        "cases new C-05 --database shop.db --output my.case.toml",
        "cases new C-05 --database shop.db --shift-to 2026-01-05",
    ),
)
def new_case(
    account: str,
    /,
    *,
    database: Database,
    output: Path | None = None,
    shift_to: str | None = None,
    desk: Given,
) -> int:
    """Write the log of a real account as a case file, without the person.

    Ids of people and documents become numbers, texts are left out.
    A log does not keep what was said in an attempt that was refused: in the case
    something stands for it that is refused for the same reasons.
    The case is replayed before it is written.

    Args:
        account: The account's id.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        output: The file to write, such as my.case.toml; else the case goes to the output.
        shift_to: Let it begin on this day, or the first day after it that is the same day of the week.
    """
    from lifecycle.cli.retelling import new_case as go

    return go(desk, account, database=database, output=output, shift_to=shift_to)
