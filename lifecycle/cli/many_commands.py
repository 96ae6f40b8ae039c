"""The words of the commands over many accounts at once: options, help and examples.

Knows cyclopts. Does not do anything itself: each command reads its room only when it is called, so help is quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from lifecycle.cli.root import Database, Given, Json, Many, SecretFile, app, examples

# ruff: noqa: PLC0415 - what a command needs is read when it is called

MANY = Group("Many accounts at once", sort_key=5)

DryRun = Annotated[bool, Parameter(show_default=False)]


@app.command(
    name="import",
    group=MANY,
    sort_key=20,
    help_epilogue=examples(
        "import accounts.jsonl --dry-run --database shop.db",
        "import accounts.jsonl --new --database postgresql://shop@db/shop",
        "import accounts.jsonl --secret-file secret.txt --database shop.db",
    ),
)
def import_(
    file: Path,
    /,
    *,
    database: Database,
    secret_file: SecretFile = None,
    new: DryRun = False,
    dry_run: DryRun = False,
    desk: Given,
) -> int:
    """Take over accounts that exist elsewhere, each in the state it is in.

    Every line of the file is looked at before the first account is written.

    An account that is there already is left as it is, so a run that was cut off can be started again.

    Args:
        file: JSON Lines: {"account": "acc_1", "state": "suspended", "given": {"ground": "chargeback"}} and so on; given,
            identifiers and at may be left out.
        database: The SQLite file, or the database's address.
        secret_file: The file with the service's secret; identifiers need it.
        new: Make our tables where there are none: in a new SQLite file, or in a PostgreSQL database that is there.
        dry_run: Look at every line, write nothing.
    """
    from lifecycle.cli.many import import_accounts as go

    return go(desk, file, database=database, secret_file=secret_file, new=new, dry_run=dry_run)


@app.command(
    group=MANY,
    sort_key=21,
    help_epilogue=examples(
        "bulk reverse_decision --state suspended --by supervisor:s1 --run wrongly-2026-03 \\\n"
        "      --fact lifts=suspension --evidence reasons=case-77 --dry-run --database shop.db",
        "bulk reverse_decision --accounts ids.txt --by supervisor:s1 --run wrongly-2026-03 \\\n"
        "      --fact lifts=suspension --evidence reasons=case-77 --database shop.db",
    ),
)
def bulk(
    trigger: str,
    /,
    *,
    database: Database,
    by: str,
    run: str,
    accounts: Path | None = None,
    state: str | None = None,
    fact: Many = (),
    evidence: Many = (),
    gather: str | None = None,
    secret_file: SecretFile = None,
    threads: int = 1,
    dry_run: DryRun = False,
    json: Json = False,
    desk: Given,
) -> int:
    """Submit one thing for many accounts, each decided on its own.

    Begun again under the same name, a run does nothing twice and goes on where it was cut off. Try it with --dry-run
    first.

    Args:
        trigger: What is to be done, such as reverse_decision.
        database: The SQLite file, or the database's address.
        by: Who decides: agent, reviewer, supervisor or system, with an id: supervisor:s1.
        run: The name of this run, such as wrongly-2026-03.
        accounts: A file with an account's id on each line; - reads them from the input.
        state: All accounts in this state, instead of a file.
        fact: What is known of all of them, as name=value; once for each fact.
        evidence: Evidence brought along for each, as kind=reference; once for each.
        gather: The function that looks facts up, as module:NAME.
        secret_file: The file with the service's secret.
        threads: How many accounts at once; more than one helps on PostgreSQL only.
        dry_run: Decide and count, write nothing.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.many import bulk as go

    return go(
        desk,
        trigger,
        database=database,
        by=by,
        run=run,
        file=accounts,
        state=state,
        facts=fact,
        evidence=evidence,
        gather=gather,
        secret_file=secret_file,
        threads=threads,
        dry_run=dry_run,
        as_json=json,
    )


@app.command(
    group=MANY,
    sort_key=22,
    help_epilogue=examples(
        "settle --database shop.db", "settle --timer recount_level --gather shop.facts:gather --database shop.db"
    ),
)
def settle(
    *,
    database: Database,
    timer: str | None = None,
    gather: str | None = None,
    secret_file: SecretFile = None,
    threads: int = 1,
    desk: Given,
) -> int:
    """Settle the timers that are due, of all accounts: what a worker does, once and at once.

    Args:
        database: The SQLite file, or the database's address.
        timer: Only accounts of which this timer is due, such as recount_level at the end of a month.
        gather: The function that looks facts up, as module:NAME.
        secret_file: The file with the service's secret.
        threads: How many accounts at once; more than one helps on PostgreSQL only.
    """
    from lifecycle.cli.many import settle as go

    return go(desk, database=database, timer=timer, gather=gather, secret_file=secret_file, threads=threads)


@app.command(
    group=MANY,
    sort_key=23,
    help_epilogue=examples(
        "export --format jsonl --output log.jsonl --database shop.db",
        "export --format xes --output log.xes --database shop.db",
        "export --format ocel --account C-05 --database shop.db",
    ),
)
def export(
    *,
    database: Database,
    format: Literal["jsonl", "xes", "ocel"] = "jsonl",
    account: str | None = None,
    output: Path | None = None,
    desk: Given,
) -> int:
    """Write the log for other programs: JSON Lines, XES or OCEL 2.0.

    Args:
        database: The SQLite file, or the database's address.
        format: jsonl: each event with its hash; xes: a trace for each account; ocel: appeals and other records are
            objects too.
        account: Of this account only.
        output: Where to; else the output of the command.
    """
    from lifecycle.cli.many import export as go

    return go(desk, database=database, format=format, account=account, output=output)
