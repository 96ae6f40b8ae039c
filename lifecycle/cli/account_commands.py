"""The words of the commands about accounts in a database: options, help and examples.

Knows cyclopts. Does not do anything itself: each command reads its room only when it is called, so help is quick.
"""

from __future__ import annotations

from lifecycle.cli.root import ACCOUNTS, Database, Given, Json, Many, app, examples

# ruff: noqa: PLC0415 - what a command needs is read when it is called


@app.command(
    group=ACCOUNTS,
    sort_key=8,
    help_epilogue=examples(
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
    group=ACCOUNTS,
    sort_key=9,
    help_epilogue=examples("options C-05 --database shop.db", "options C-05 --by reviewer:r2 --database shop.db"),
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
    group=ACCOUNTS,
    sort_key=10,
    help_epilogue=examples("events C-05 --database shop.db", "events C-05 --json --database shop.db"),
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
    group=ACCOUNTS,
    sort_key=11,
    help_epilogue=examples("verify --database shop.db", "verify C-05 --database shop.db"),
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


@app.command(group=ACCOUNTS, sort_key=12, help_epilogue=examples("refold --database shop.db"))
def refold(*, database: Database, json: Json = False, desk: Given) -> int:
    """Write every account row anew from its log, after an upgrade or a repair.

    Args:
        database: The SQLite file, or sqlite:///path.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import refold as go

    return go(desk, database=database, as_json=json)
