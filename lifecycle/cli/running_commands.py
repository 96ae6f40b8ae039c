"""The words of the commands that keep a service running: options, help and examples.

Knows cyclopts. Does not do anything itself: each command reads its room only when it is called, so help is quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from lifecycle.cli.root import Database, Given, Json, Many, MaybeDatabase, SecretFile, app, examples

# ruff: noqa: PLC0415 - what a command needs is read when it is called

RUNNING = Group("Running a service", sort_key=4)

MaybePrint = Annotated[bool, Parameter(name="--print", show_default=False)]
MaybePath = Annotated[Path | None, Parameter(show_default=False)]
Flag = Annotated[bool, Parameter(show_default=False)]


@app.command(
    group=RUNNING,
    sort_key=13,
    help_epilogue=examples(
        "worker --print --once --database shop.db",
        "worker --webhook https://shop.example/hooks \\\n      --webhook-secret hook.txt --database shop.db",
        "worker --handlers shop.mail:HANDLERS \\\n      --gather shop.facts:gather --secret-file secret.txt --database shop.db",
    ),
)
def worker(
    *,
    database: Database,
    handlers: str | None = None,
    webhook: str | None = None,
    webhook_secret: MaybePath = None,
    prints: MaybePrint = False,
    gather: str | None = None,
    secret_file: SecretFile = None,
    once: bool = False,
    threads: int = 4,
    tries: int = 24,
    limit: float = 30,
    poll: float | None = None,
    metrics_port: int | None = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Settle due timers and deliver notices, until it is told to stop.

    As many may run as you like. A timer never fires twice; a notice goes out at least once, in order per account.

    Args:
        database: The SQLite file, or the database's address.
        handlers: What delivers notices, as module:NAME: a function, or a mapping of notices to functions.
        webhook: Where to post every notice instead, signed; see --webhook-secret.
        webhook_secret: The file with the secret of the webhook, or several, one a line, newest first.
        prints: Write notices down instead of sending them, to try things out; they count as sent.
        gather: The function that looks facts up, as module:NAME.
        secret_file: The file with the service's secret; codes and private texts need it.
        once: Do all that is due now, then end.
        threads: How many deliveries at once.
        tries: How often a notice is tried before it is dead.
        limit: How many seconds one delivery may last.
        poll: After how many seconds to look again if nothing is heard; else what the database needs.
        metrics_port: Show Prometheus metrics at this port of this machine.
        json: In the end, what was done as one JSON document.
    """
    from lifecycle.cli.running import worker as go

    return go(
        desk,
        database=database,
        handlers=handlers,
        webhook=webhook,
        webhook_secret=webhook_secret,
        prints=prints,
        gather=gather,
        secret_file=secret_file,
        once=once,
        threads=threads,
        tries=tries,
        limit=limit,
        poll=poll,
        metrics_port=metrics_port,
        as_json=json,
    )


outbox = App(
    name="outbox",
    help="List notices, send dead ones again, or drop them.",
    group=RUNNING,
    group_commands="Commands",
    sort_key=14,
    help_epilogue=examples("outbox list --stands dead --database shop.db"),
)
app.command(outbox)


@outbox.command(
    name="list",
    help_epilogue=examples(
        "outbox list --database shop.db", "outbox list --account C-05 --stands sent --database shop.db"
    ),
)
def outbox_list(
    *,
    database: Database,
    account: str | None = None,
    stands: str | None = None,
    most: int = 100,
    json: Json = False,
    desk: Given,
) -> int:
    """List notices and how they stand: those that are dead or wait, if nothing else is asked for.

    Args:
        database: The SQLite file, or the database's address.
        account: Of this account only.
        stands: Only those that stand so: waiting, sent, dead, void or dropped.
        most: How many to list.
        json: One JSON document instead of lines.
    """
    from lifecycle.cli.running import outbox_list as go

    return go(desk, database=database, account=account, stands=stands, most=most, as_json=json)


@outbox.command(
    name="retry",
    help_epilogue=examples("outbox retry C-05:3:1 --database shop.db", "outbox retry --dead --database shop.db"),
)
def outbox_retry(ids: Many = (), /, *, database: Database, dead: bool = False, json: Json = False, desk: Given) -> int:
    """Let notices be sent again, at once and counted anew; later ones of their accounts may be out already.

    Args:
        ids: Which, as account:version:n.
        database: The SQLite file, or the database's address.
        dead: All that are dead.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.running import outbox_retry as go

    return go(desk, ids, database=database, dead=dead, as_json=json)


@outbox.command(
    name="drop",
    help_epilogue=examples(
        "outbox drop C-05:3:1 --database shop.db",
        "outbox drop --dead --database shop.db",
        "outbox drop --before 2026-03-01T00:00Z --database shop.db",
    ),
)
def outbox_drop(
    ids: Many = (),
    /,
    *,
    database: Database,
    dead: bool = False,
    before: str | None = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Send notices no more. What was sent stays sent.

    Args:
        ids: Which, as account:version:n.
        database: The SQLite file, or the database's address.
        dead: All that are dead.
        before: All that wait and were written before this time, such as 2026-03-01T00:00Z.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.running import outbox_drop as go

    return go(desk, ids, database=database, dead=dead, before=before, as_json=json)


@app.command(
    group=RUNNING,
    sort_key=15,
    help_epilogue=examples("health --database shop.db", "health --late 60 --json --database shop.db"),
)
def health(*, database: Database, late: float = 300, json: Json = False, desk: Given) -> int:
    """Say how a service stands: due timers, waiting and dead notices, overdue appeals; exits with 1 if one needs a look.

    Args:
        database: The SQLite file, or the database's address.
        late: For how many seconds a timer may be due, or a notice wait, before that is a problem.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.running import health as go

    return go(desk, database=database, late=late, as_json=json)


@app.command(
    group=RUNNING,
    sort_key=15,
    help_epilogue=examples(
        "prune --dry-run --database shop.db",
        'prune --older-than "30 days" --database shop.db',
        "prune --before 2026-03-01T00:00Z --json --database shop.db",
    ),
)
def prune(
    *,
    database: Database,
    older_than: str | None = None,
    before: str | None = None,
    dry_run: Flag = False,
    json: Json = False,
    desk: Given,
) -> int:
    """Forget what only served for a while and is older than 90 days, or as old as asked for.

    What goes: idempotency keys, refused attempts, notices that have ended, deliveries, sightings that count no more.

    Also who had taken an appeal that is over, and who has read a text.

    What stays: every event, account, timer and text, and each notice that waits or is dead.

    Safe while the service works. It may be interrupted, and begun again.

    Args:
        database: The SQLite file, or the database's address.
        older_than: How old it is at least, such as "30 days"; a day or more, as a request may be repeated by then.
        before: What is older than this time instead, such as 2026-03-01T00:00Z.
        dry_run: Count, and forget nothing.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.pruning import prune as go

    return go(desk, database=database, before=before, older_than=older_than, dry_run=dry_run, as_json=json)


@app.command(
    group=RUNNING,
    sort_key=16,
    help_epilogue=examples(
        "serve --tokens tokens.toml --add-token ann --roles reviewer",
        "serve --tokens tokens.toml --secret-file secret.txt --database shop.db",
    ),
)
def serve(
    *,
    database: MaybeDatabase = None,
    tokens: MaybePath = None,
    secret_file: SecretFile = None,
    host: str = "127.0.0.1",
    port: int = 8600,
    gather: str | None = None,
    new: Flag = False,
    no_console: Flag = False,
    metrics: Flag = False,
    open_health: Flag = False,
    holder_facts: Many = (),
    proxy: str | None = None,
    insecure_cookies: Flag = False,
    add_token: str | None = None,
    roles: Many = (),
    for_holders: Flag = False,
    until: str | None = None,
    desk: Given,
) -> int:
    """Serve the API and the console over HTTP, to those who have a token.

    Args:
        database: The SQLite file, or the database's address.
        tokens: The file of hashed tokens.
        secret_file: The file with the service's secret; codes, private texts and lasting sessions need it.
        host: The address to listen at; only this machine can reach the usual one.
        port: The port to listen at.
        gather: The function that looks facts up, as module:NAME.
        new: Make the database where there is none.
        no_console: The API only.
        metrics: Keep metrics, and show them at /metrics.
        open_health: Let anybody ask whether all is well.
        holder_facts: Facts a holder may say of himself.
        proxy: The address of a proxy in front, whose word on the client's address and on https is believed.
        insecure_cookies: Sign in over plain http; on this machine only.
        add_token: Make a token for somebody of this id, add its hash to the file, say it once, and end.
        roles: The roles of that token: holder, agent, reviewer, supervisor, system.
        for_holders: That token is of a service that makes sure itself that a holder asks.
        until: Until when that token holds.
    """
    from lifecycle.cli.serving import Serving
    from lifecycle.cli.serving import add_token as add
    from lifecycle.cli.serving import serve as go

    if add_token is not None:
        return add(desk, tokens, add_token, roles, for_holders=for_holders, until=until)
    asked = Serving(
        host=host,
        port=port,
        tokens=tokens,
        secret_file=secret_file,
        gather=gather,
        new=new,
        console=not no_console,
        metrics=metrics,
        open_health=open_health,
        insecure_cookies=insecure_cookies,
        proxy=proxy,
        holder_facts=tuple(holder_facts),
    )
    return go(desk, database, asked)
