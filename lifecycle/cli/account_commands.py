"""The words of the commands about accounts in a database: options, help and examples.

Knows cyclopts. Does not do anything itself: each command reads its room only when it is called, so help is quick.
"""

from __future__ import annotations

from lifecycle.cli.root import ACCOUNTS, Database, Given, Json, Many, MaybeDatabase, SecretFile, app, examples

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
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
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
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        by: Who asks, as for explain; else each role in turn.
        fact: What the shop knows, as name=value; once for each fact.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import options as go

    return go(desk, account, database=database, by=by, facts=fact, at=at, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=9.5,
    help_epilogue=examples(
        "plan C-08 --database shop.db",
        "plan C-01 --database shop.db --sale-at 2026-02-11T20:00Z",
        "plan C-01 --to deleted --database shop.db \\\n      --fact open_orders=2 --fact orders_in_transit=1",
    ),
)
def plan(
    account: str,
    /,
    *,
    database: Database,
    to: str = "active",
    fact: Many = (),
    at: str | None = None,
    sale_at: str | None = None,
    peak: bool | None = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Tell every way from how an account stands to how it should be, the cheapest first.

    Args:
        account: The account's id.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        to: Where to: active, deactivated or deleted.
        fact: What the shop knows, as name=value; once for each fact.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        sale_at: When a sale begins or ends; tells which way is in time, with people as slow as then.
        peak: Count with people as slow as during a large sale; else the policy's calendar of sales tells.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.planning import plan as go

    return go(desk, account, database=database, to=to, facts=fact, at=at, sale_at=sale_at, peak=peak, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=10,
    help_epilogue=examples("events C-05 --database shop.db", "events C-05 --json --database shop.db"),
)
def events(account: str, /, *, database: Database, json: Json = False, desk: Given) -> int:
    """Tell the log of an account as a timeline, refused attempts among it.

    Args:
        account: The account's id.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        json: One JSON document instead of a timeline.
    """
    from lifecycle.cli.accounts import events as go

    return go(desk, account, database=database, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=9,
    help_epilogue=examples(
        "may C-01 --database shop.db",
        "may C-01 --fact payment_flagged=false --database shop.db",
    ),
)
def may(
    account: str, /, *, database: Database, fact: Many = (), at: str | None = None, json: Json = False, desk: Given
) -> int:
    """Tell what an account may do as it stands, such as buying, and how long support takes.

    Args:
        account: The account's id.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        fact: What the shop knows, as name=value; once for each fact.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.allowances import may as go

    return go(desk, account, database=database, facts=fact, at=at, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=10,
    help_epilogue=examples(
        "level C-05 --database shop.db",
        "level C-05 --at 2026-12-24T10:00Z --fact sale=christmas --database shop.db",
    ),
)
def level(
    account: str, /, *, database: Database, fact: Many = (), at: str | None = None, json: Json = False, desk: Given
) -> int:
    """Tell how an account stands in the loyalty programme: level, points, benefits.

    Args:
        account: The account's id.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        fact: What the shop knows, as name=value; once for each fact.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.levels import level as go

    return go(desk, account, database=database, facts=fact, at=at, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=10,
    help_epilogue=examples("signals", "signals C-01 --database shop.db"),
)
def signals(
    account: str | None = None,
    /,
    *,
    database: MaybeDatabase = None,
    at: str | None = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Tell what is counted about accounts, in which window and up to which limit; of an account, how often it was seen.

    Args:
        account: The account's id; the rules alone if none is named.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        at: As if asked at this time, such as 2026-03-02T10:00Z; else now.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.signals import signals as go

    return go(desk, account, database=database, at=at, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=10,
    help_epilogue=examples(
        "observe failed_payments C-01 --key payment-17 --database shop.db",
        "observe unpaid_orders C-01 --about order-4711 --ended \\\n      --secret-file secret.txt --database shop.db",
    ),
)
def observe(
    signal: str,
    account: str,
    /,
    *,
    database: Database,
    about: str | None = None,
    ended: bool = False,
    outcome: str | None = None,
    key: str | None = None,
    fact: Many = (),
    at: str | None = None,
    secret_file: SecretFile = None,
    json: Json = False,
    desk: Given,
) -> int:
    """Keep that something was seen of an account, and do what follows once its limit is reached.

    Args:
        signal: What was seen, such as failed_payments; "lifecycle signals" names them all.
        account: The account's id.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        about: A token of what was seen: an address, a device, an order. Only a keyed hash of it is kept.
        ended: It is over: the order was paid or cancelled, the dispute closed.
        outcome: What became of it, such as seller_won.
        key: Under the same key the same sighting counts once.
        fact: What else is known, as name=value; once for each fact.
        at: When it was seen, such as 2026-03-02T10:00Z; else now.
        secret_file: The file with the service's secret; what was seen is hashed with it.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.signals import observe as go

    return go(
        desk,
        signal,
        account,
        database=database,
        about=about,
        ended=ended,
        outcome=outcome,
        key=key,
        facts=fact,
        at=at,
        secret_file=secret_file,
        as_json=json,
    )


@app.command(
    group=ACCOUNTS,
    sort_key=10,
    help_epilogue=examples(
        "notice C-11 --particulars letter.toml --database shop.db",
        "notice C-11 --particulars letter.toml --database shop.db --json",
    ),
)
def notice(account: str, /, *, particulars: str, database: Database, json: Json = False, desk: Given) -> int:
    """Write the letter that ends the account's membership; what names a person is read and kept nowhere.

    Args:
        account: The account's id.
        particulars: A TOML file with name, sender_address, account, contract, reference, signature, dated and end; it
          may also say jurisdiction, channel, agreement_address, statement_address, asks_refund, asks_closure and
          asks_erasure.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        json: The codes to submit with send_notice, as one JSON document, instead of the letter.
    """
    from lifecycle.cli.letters import notice as go

    return go(desk, account, database=database, given=particulars, as_json=json)


@app.command(
    group=ACCOUNTS,
    sort_key=11,
    help_epilogue=examples("verify --database shop.db", "verify C-05 --database shop.db"),
)
def verify(account: str | None = None, /, *, database: Database, json: Json = False, desk: Given) -> int:
    """Walk the log of one account or of all and say what does not fit; exits with 1 on damage.

    Args:
        account: The account's id; all accounts if none is named.
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import verify as go

    return go(desk, account, database=database, as_json=json)


@app.command(group=ACCOUNTS, sort_key=12, help_epilogue=examples("refold --database shop.db"))
def refold(*, database: Database, json: Json = False, desk: Given) -> int:
    """Write every account row anew from its log, after an upgrade or a repair.

    Args:
        database: The SQLite file, sqlite:///path, or postgresql://user@host/name.
        json: One JSON document instead of sentences.
    """
    from lifecycle.cli.accounts import refold as go

    return go(desk, database=database, as_json=json)
