"""The tables in SQLite, and how a database comes to have them: numbered migrations in plain SQL.

Knows which tables are ours (all begin with ``lifecycle_``) and which version of them a database holds. Does not
know what is written into them. The host may keep its own tables in the same file; neither the file's
``user_version`` nor its ``application_id`` is touched, for they are the host's.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from lifecycle.errors import ForeignDatabase, NewerDatabase, StoreUnavailable

PROGRAM = "account-lifecycle"
OLDEST = (3, 35, 0)

_FIRST = (
    """CREATE TABLE lifecycle_event (
        position INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        machine TEXT NOT NULL,
        trigger TEXT NOT NULL,
        at TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        policy TEXT NOT NULL,
        body TEXT NOT NULL,
        hash TEXT NOT NULL,
        UNIQUE (account_id, version))""",
    """CREATE TABLE lifecycle_account (
        account_id TEXT PRIMARY KEY NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        at TEXT,
        head TEXT NOT NULL,
        fold_version INTEGER NOT NULL,
        snapshot TEXT NOT NULL)""",
    "CREATE INDEX lifecycle_account_state ON lifecycle_account (state, account_id)",
    """CREATE TABLE lifecycle_timer (
        account_id TEXT NOT NULL,
        machine TEXT NOT NULL,
        name TEXT NOT NULL,
        due TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (account_id, machine, name))""",
    "CREATE INDEX lifecycle_timer_due ON lifecycle_timer (due, account_id, name)",
    """CREATE TABLE lifecycle_outbox (
        position INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        n INTEGER NOT NULL,
        notice TEXT NOT NULL,
        said TEXT NOT NULL,
        at TEXT NOT NULL,
        sent_at TEXT,
        UNIQUE (account_id, version, n))""",
    """CREATE TABLE lifecycle_command (
        account_id TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        answer TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (account_id, key))""",
    """CREATE TABLE lifecycle_denial (
        position INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        trigger TEXT NOT NULL,
        role TEXT NOT NULL,
        actor TEXT NOT NULL,
        at TEXT NOT NULL,
        codes TEXT NOT NULL,
        more INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX lifecycle_denial_day ON lifecycle_denial (account_id, at)",
    """CREATE TABLE lifecycle_private (
        account_id TEXT NOT NULL,
        ref TEXT NOT NULL,
        purpose TEXT NOT NULL,
        ciphertext BLOB NOT NULL,
        PRIMARY KEY (account_id, ref, purpose))""",
    """CREATE TABLE lifecycle_key (
        account_id TEXT PRIMARY KEY NOT NULL,
        wrapped BLOB NOT NULL)""",
    # One value may belong to several accounts one after the other. Were it the key alone, registering a second
    # account with it would take the first one's reservation away.
    """CREATE TABLE lifecycle_identifier (
        position INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        hashed TEXT NOT NULL,
        account_id TEXT NOT NULL,
        reserved INTEGER NOT NULL,
        UNIQUE (kind, hashed, account_id))""",
    "CREATE INDEX lifecycle_identifier_account ON lifecycle_identifier (account_id)",
    """CREATE TABLE lifecycle_appeal (
        account_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        since TEXT NOT NULL,
        status TEXT NOT NULL,
        escalated INTEGER NOT NULL,
        outcome TEXT,
        decided_at TEXT,
        PRIMARY KEY (account_id, number))""",
    "CREATE INDEX lifecycle_appeal_queue ON lifecycle_appeal (status, since)",
)

_SIGNALS = (
    """CREATE TABLE lifecycle_signal (
        position INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        signal TEXT NOT NULL,
        hashed TEXT NOT NULL,
        at TEXT NOT NULL,
        ended_at TEXT,
        outcome TEXT,
        until TEXT)""",
    "CREATE INDEX lifecycle_signal_account ON lifecycle_signal (account_id, signal, hashed)",
    "CREATE INDEX lifecycle_signal_thing ON lifecycle_signal (signal, hashed)",
    "CREATE INDEX lifecycle_signal_until ON lifecycle_signal (until)",
)

# A timer that a worker holds leaves the index of due ones, and one that stands is written into no other: asking what
# is due costs by what is ready, and arming a timer costs what it did.
_DELIVERIES = (
    "ALTER TABLE lifecycle_timer ADD COLUMN held_until TEXT",
    "DROP INDEX lifecycle_timer_due",
    "CREATE INDEX lifecycle_timer_due ON lifecycle_timer (due, account_id, name) WHERE held_until IS NULL",
    "CREATE INDEX lifecycle_timer_held ON lifecycle_timer (held_until) WHERE held_until IS NOT NULL",
    "ALTER TABLE lifecycle_outbox RENAME COLUMN sent_at TO ended_at",
    "ALTER TABLE lifecycle_outbox ADD COLUMN ended TEXT",
    "ALTER TABLE lifecycle_outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE lifecycle_outbox ADD COLUMN next_try TEXT",
    "ALTER TABLE lifecycle_outbox ADD COLUMN why TEXT",
    "CREATE INDEX lifecycle_outbox_line ON lifecycle_outbox (account_id, version, n) WHERE ended IS NULL",
    "CREATE INDEX lifecycle_outbox_next ON lifecycle_outbox (next_try, position) WHERE ended IS NULL",
    "CREATE INDEX lifecycle_outbox_ended ON lifecycle_outbox (ended, ended_at) WHERE ended IS NOT NULL",
    """CREATE TABLE lifecycle_delivery (
        position INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        n INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        why TEXT)""",
    "CREATE INDEX lifecycle_delivery_account ON lifecycle_delivery (account_id, position)",
)

_TAKEN = (
    """CREATE TABLE lifecycle_taken (
        account_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        who TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (account_id, number))""",
)

# Of most results nobody is told: those that wait for that have an index to themselves.
_REPORTS = (
    "ALTER TABLE lifecycle_delivery ADD COLUMN report_at TEXT",
    "CREATE INDEX lifecycle_delivery_report ON lifecycle_delivery (report_at) WHERE report_at IS NOT NULL",
)

_READ = (
    """CREATE TABLE lifecycle_read (
        position INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        ref TEXT NOT NULL,
        role TEXT NOT NULL,
        actor TEXT NOT NULL,
        at TEXT NOT NULL)""",
    "CREATE INDEX lifecycle_read_account ON lifecycle_read (account_id, position)",
    "CREATE INDEX lifecycle_read_at ON lifecycle_read (at)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SIGNALS, _DELIVERIES, _TAKEN, _REPORTS, _READ)
"""The statements of each version, the first one first. Never changed once released; only added to."""


def check_sqlite() -> None:
    """Refuse a SQLite that lacks what is used here.

    Raises:
        StoreUnavailable: the SQLite this Python was built with is older than 3.35.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        found = ".".join(map(str, sqlite3.sqlite_version_info))
        raise StoreUnavailable(
            f"this Python brings SQLite {found}; 3.35 or newer is needed. Use a Python built with a newer one."
        )


def found_version(connection: sqlite3.Connection, where: str) -> int:
    """Return which version of our tables the database holds, 0 for none. Changes nothing.

    Raises:
        ForeignDatabase: it holds tables of our names that are not ours.
        NewerDatabase: its tables are newer than this library.
    """
    query = r"SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name LIKE 'lifecycle\_%' ESCAPE '\'"
    names = sorted(name for (name,) in connection.execute(query))
    if not names:
        return 0
    said = _meta(connection) if "lifecycle_meta" in names else {}
    if said.get("program") != PROGRAM or not str(said.get("schema")).isdecimal():
        raise ForeignDatabase(
            f'the database {where} holds a table "{names[0]}" of another program. Nothing was changed. '
            "Give the path of another file."
        )
    version = int(said["schema"])
    if version > len(MIGRATIONS):
        raise NewerDatabase(
            f"the database {where} was written by a newer version of lifecycle (tables {version}, known here "
            f"{len(MIGRATIONS)}). Nothing was changed. Upgrade lifecycle on this machine."
        )
    return version


def _meta(connection: sqlite3.Connection) -> dict[str, str]:
    columns = {column for _, column, *_ in connection.execute("PRAGMA table_info(lifecycle_meta)")}
    if not {"name", "value"} <= columns:
        return {}
    return dict(connection.execute("SELECT name, value FROM lifecycle_meta").fetchall())


def migrate(connection: sqlite3.Connection, where: str) -> None:
    """Bring the database to our newest version, in one transaction of its own. *where* names it in errors.

    Does nothing if it is there already, so a database that may only be read can still be opened. A host may call
    this with its own connection, outside any transaction.

    Raises:
        ForeignDatabase: it holds tables of our names that are not ours.
        NewerDatabase: its tables are newer than this library.
    """
    if found_version(connection, where) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # asked again under the lock: another process may have been faster
        version = found_version(connection, where)
        if version == 0:
            connection.execute("CREATE TABLE lifecycle_meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)")
            connection.execute("INSERT INTO lifecycle_meta VALUES ('program', ?), ('schema', '0')", (PROGRAM,))
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute("UPDATE lifecycle_meta SET value = ? WHERE name = 'schema'", (str(len(MIGRATIONS)),))
        connection.execute("COMMIT")
    except BaseException:
        # a full disk has made SQLite roll back already
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
