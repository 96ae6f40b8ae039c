"""The tables in PostgreSQL, and how a database comes to have them: numbered migrations in plain SQL, run while it is used.

Knows which tables are ours (all begin with ``lifecycle_``), in which schema they live and their version. Does not know
what is written into them. Ids compare byte by byte, so no system's collation spoils an index or another store's order.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from attrs import frozen
from psycopg import errors

from lifecycle.errors import ForeignDatabase, NewerDatabase, StoreBusy, StoreUnavailable
from lifecycle.store.postgres.address import Address
from lifecycle.store.postgres.beside import READ, TAKEN
from lifecycle.store.postgres.line import Hosted, Line
from lifecycle.store.schema import PROGRAM

OLDEST = 140000

PATIENCE = 60.0
"""How many seconds a migration waits for another one, or for tables that others hold."""

_TRY = "2s"  # for how long one attempt of a migration keeps everybody else waiting at a table


@frozen
class Migration:
    """The statements of one version; an ``online`` one runs each by itself, outside any transaction.

    It may only hold ``CREATE INDEX CONCURRENTLY`` and the like, each with ``IF NOT EXISTS``.
    """

    statements: tuple[str, ...]
    online: bool = False


_FIRST = (
    # The transaction's id is there for whoever reads the log in order while others write: a row whose transaction is
    # older than every one still open can have no row before it that is not seen yet (D-15).
    """CREATE TABLE lifecycle_event (
        account_id text COLLATE "C" NOT NULL,
        version bigint NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
        machine text NOT NULL,
        trigger text NOT NULL,
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        policy text NOT NULL,
        body text NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (account_id, version))""",
    "CREATE INDEX lifecycle_event_order ON lifecycle_event (tx, position)",
    # Room is left on each page, so that a row that grows stays where it is.
    """CREATE TABLE lifecycle_account (
        account_id text COLLATE "C" PRIMARY KEY,
        version bigint NOT NULL,
        state text NOT NULL,
        at timestamptz,
        head text NOT NULL,
        fold_version integer NOT NULL,
        snapshot text NOT NULL) WITH (fillfactor = 70)""",
    "CREATE INDEX lifecycle_account_state ON lifecycle_account (state, account_id)",
    """CREATE TABLE lifecycle_timer (
        account_id text COLLATE "C" NOT NULL,
        machine text NOT NULL,
        name text COLLATE "C" NOT NULL,
        due timestamptz NOT NULL,
        number bigint NOT NULL,
        PRIMARY KEY (account_id, machine, name))""",
    """CREATE TABLE lifecycle_outbox (
        account_id text COLLATE "C" NOT NULL,
        version bigint NOT NULL,
        n integer NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
        notice text NOT NULL,
        said text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (account_id, version, n))""",
    "CREATE INDEX lifecycle_outbox_order ON lifecycle_outbox (tx, position)",
    """CREATE TABLE lifecycle_command (
        account_id text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        fingerprint text NOT NULL,
        answer text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (account_id, key))""",
    "CREATE INDEX lifecycle_command_at ON lifecycle_command (at)",
    """CREATE TABLE lifecycle_denial (
        account_id text COLLATE "C" NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        trigger text NOT NULL,
        role text NOT NULL,
        actor text NOT NULL,
        at timestamptz NOT NULL,
        codes text NOT NULL,
        more bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (account_id, position))""",
    "CREATE INDEX lifecycle_denial_day ON lifecycle_denial (account_id, at)",
    "CREATE INDEX lifecycle_denial_at ON lifecycle_denial (at)",
    """CREATE TABLE lifecycle_private (
        account_id text COLLATE "C" NOT NULL,
        ref text NOT NULL,
        purpose text COLLATE "C" NOT NULL,
        ciphertext bytea NOT NULL,
        PRIMARY KEY (account_id, ref, purpose))""",
    """CREATE TABLE lifecycle_key (
        account_id text COLLATE "C" PRIMARY KEY,
        wrapped bytea NOT NULL)""",
    """CREATE TABLE lifecycle_identifier (
        account_id text COLLATE "C" NOT NULL,
        kind text NOT NULL,
        hashed text COLLATE "C" NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        PRIMARY KEY (account_id, kind, hashed))""",
    "CREATE INDEX lifecycle_identifier_owner ON lifecycle_identifier (kind, hashed, position)",
    """CREATE TABLE lifecycle_appeal (
        account_id text COLLATE "C" NOT NULL,
        number bigint NOT NULL,
        since timestamptz NOT NULL,
        status text NOT NULL,
        escalated boolean NOT NULL,
        outcome text,
        decided_at timestamptz,
        PRIMARY KEY (account_id, number))""",
    "CREATE INDEX lifecycle_appeal_queue ON lifecycle_appeal (status, since, account_id, number)",
    """CREATE TABLE lifecycle_signal (
        account_id text COLLATE "C" NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        signal text NOT NULL,
        hashed text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL,
        ended_at timestamptz,
        outcome text,
        until timestamptz,
        PRIMARY KEY (account_id, position))""",
    "CREATE INDEX lifecycle_signal_account ON lifecycle_signal (account_id, signal, hashed)",
    "CREATE INDEX lifecycle_signal_thing ON lifecycle_signal (signal, hashed)",
    "CREATE INDEX lifecycle_signal_until ON lifecycle_signal (until)",
)

# A timer that a worker holds leaves the index of due ones: asking what is due costs by what is ready, and arming a timer
# writes one entry.
_DELIVERIES = (
    "ALTER TABLE lifecycle_timer ADD COLUMN held_until timestamptz",
    "CREATE INDEX lifecycle_timer_due ON lifecycle_timer (due, account_id, name) WHERE held_until IS NULL",
    "CREATE INDEX lifecycle_timer_held ON lifecycle_timer (held_until) WHERE held_until IS NOT NULL",
    (
        "ALTER TABLE lifecycle_outbox ADD COLUMN ended text, ADD COLUMN ended_at timestamptz, "
        "ADD COLUMN attempts bigint NOT NULL DEFAULT 0, ADD COLUMN next_try timestamptz, ADD COLUMN why text"
    ),
    "CREATE INDEX lifecycle_outbox_line ON lifecycle_outbox (account_id, version, n) WHERE ended IS NULL",
    "CREATE INDEX lifecycle_outbox_fresh ON lifecycle_outbox (position) WHERE ended IS NULL AND next_try IS NULL",
    "CREATE INDEX lifecycle_outbox_late ON lifecycle_outbox (next_try) WHERE ended IS NULL AND next_try IS NOT NULL",
    "CREATE INDEX lifecycle_outbox_ended ON lifecycle_outbox (ended, ended_at) WHERE ended IS NOT NULL",
    """CREATE TABLE lifecycle_delivery (
        account_id text COLLATE "C" NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        version bigint NOT NULL,
        n integer NOT NULL,
        attempt bigint NOT NULL,
        at timestamptz NOT NULL,
        outcome text NOT NULL,
        why text,
        PRIMARY KEY (account_id, position))""",
    "CREATE INDEX lifecycle_delivery_at ON lifecycle_delivery (at)",
)

# Only workers write there, so no decision waits for the index.
_REPORTS = (
    "ALTER TABLE lifecycle_delivery ADD COLUMN report_at timestamptz",
    "CREATE INDEX lifecycle_delivery_report ON lifecycle_delivery (report_at, position) WHERE report_at IS NOT NULL",
)

MIGRATIONS = tuple(map(Migration, (_FIRST, _DELIVERIES, TAKEN, _REPORTS, READ)))
"""One migration for each version, the first one first. Never changed once released; only added to."""


@functools.lru_cache(maxsize=4096)
def placed(sql: str, schema: str) -> str:
    """Return *sql* with every table of ours named together with the schema it lives in.

    Names of indexes are left alone where they are made, for an index lives where its table does.
    """
    return re.sub(r'(?<![\w"\'])(?<!INDEX )(?<!EXISTS )lifecycle_', f'"{schema}".lifecycle_', sql)


def home(line: Line, address: Address) -> str:
    """Return the schema our tables live in: the one the address names, or the connection's default one.

    Raises:
        StoreUnavailable: the server is older than PostgreSQL 14, or the connection has no default schema.
    """
    query = "SELECT current_schema(), current_setting('server_version_num')::integer, current_setting('server_version')"
    ((found, number, words),) = line.ask((query, ()))[0]
    if number < OLDEST:
        raise StoreUnavailable(
            f"the database {address} is PostgreSQL {words.split()[0]}; 14 or newer is needed. Use a newer server."
        )
    schema = address.schema or found
    if schema is None:
        raise StoreUnavailable(
            f"the database {address} has no schema for new tables: search_path names none that exists. Name one with "
            "schema= in the address."
        )
    return str(schema)


def found_version(line: Line, schema: str, address: Address) -> int:
    """Return which version of our tables the *schema* holds, 0 for none. Changes nothing.

    Raises:
        ForeignDatabase: it holds tables of our names that are not ours.
        NewerDatabase: its tables are newer than this library.
    """
    query = (
        "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace "
        r"WHERE s.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname LIKE 'lifecycle\_%' ORDER BY 1"
    )
    names = [name for (name,) in line.ask((query, (schema,)))[0]]
    if not names:
        return 0
    said = _meta(line, schema) if "lifecycle_meta" in names else {}
    if said.get("program") != PROGRAM or not str(said.get("schema")).isdecimal():
        raise ForeignDatabase(
            f'the database {address} holds a table "{names[0]}" of another program in its schema "{schema}". Nothing '
            "was changed. Give another database, or a schema of ours with schema= in the address."
        )
    version = int(said["schema"])
    if version > len(MIGRATIONS):
        raise NewerDatabase(
            f"the database {address} was written by a newer version of lifecycle (tables {version}, known here "
            f"{len(MIGRATIONS)}). Nothing was changed. Upgrade lifecycle on this machine."
        )
    return version


def _meta(line: Line, schema: str) -> dict[str, str]:
    query = (
        "SELECT a.attname::text FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
        "JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace "
        "WHERE s.nspname = $1 AND c.relname = 'lifecycle_meta' AND a.atttypid = 'text'::regtype"
    )
    columns = {column for (column,) in line.ask((query, (schema,)))[0]}
    if not {"name", "value"} <= columns:
        return {}
    return dict(line.ask((placed("SELECT name, value FROM lifecycle_meta", schema), ()))[0])


def migrate(connection: psycopg.Connection[object], address: Address) -> str:
    """Bring the database to our newest version, and return the schema our tables live in.

    The *connection* commits each statement by itself. Does nothing if all is there already, so a database that may
    only be read can still be opened. One migration runs at a time; each is whole or not at all, and one that was
    interrupted is taken up again where it stopped.

    Raises:
        ForeignDatabase: it holds tables of our names that are not ours.
        NewerDatabase: its tables are newer than this library.
        StoreBusy: another process migrates, or holds our tables, for longer than a minute.
    """
    line = Hosted(connection)
    schema = home(line, address)
    if found_version(line, schema, address) == len(MIGRATIONS):
        return schema
    with _alone(line, schema, address):
        # asked again under the lock: another process may have been faster
        version = found_version(line, schema, address)
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            (_run_online if migration.online else _run)(line, schema, number, migration, address)
    return schema


@contextmanager
def _alone(line: Line, schema: str, address: Address) -> Iterator[None]:
    """Hold the one lock of all migrations.

    It is asked for again and again instead of waited for: whoever waits in the server holds a snapshot, and an index
    that is built beside everybody's work waits for every snapshot.
    """
    key = f"lifecycle migrations of {schema}"
    until = time.monotonic() + PATIENCE
    while not line.ask(("SELECT pg_try_advisory_lock(hashtextextended($1, 7))", (key,)))[0][0][0]:
        if time.monotonic() > until:
            raise StoreBusy(f"the database {address} is being migrated by another process. Nothing was changed; wait.")
        time.sleep(0.05)
    try:
        yield
    finally:
        line.ask(("SELECT pg_advisory_unlock(hashtextextended($1, 7))", (key,)))


def _run(line: Line, schema: str, number: int, migration: Migration, address: Address) -> None:
    """Run a migration in one transaction, which keeps nobody waiting for long: rather it tries again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            line.ask(("BEGIN", ()))
            line.ask((f"SET LOCAL lock_timeout = '{_TRY}'", ()))
            if number == 1:
                _make_home(line, schema)
            for statement in migration.statements:
                line.ask((placed(statement, schema), ()))
            line.ask((placed("UPDATE lifecycle_meta SET value = $1 WHERE name = 'schema'", schema), (str(number),)))
            line.ask(("COMMIT", ()))
        except errors.LockNotAvailable:
            line.ask(("ROLLBACK", ()))
            if time.monotonic() > until:
                raise StoreBusy(
                    f"the database {address} cannot be migrated: others hold the tables for too long. Nothing was "
                    "changed. End long transactions and try again."
                ) from None
            time.sleep(0.2)
        except BaseException:
            with suppress(psycopg.Error):
                line.ask(("ROLLBACK", ()))
            raise
        else:
            return


def _make_home(line: Line, schema: str) -> None:
    """Make the schema, if it is missing, and the table that says what ours are."""
    if not line.ask(("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", (schema,)))[0]:
        line.ask((f'CREATE SCHEMA "{schema}"', ()))
    line.ask((placed("CREATE TABLE lifecycle_meta (name text PRIMARY KEY, value text NOT NULL)", schema), ()))
    meta = "INSERT INTO lifecycle_meta VALUES ('program', $1), ('schema', '0')"
    line.ask((placed(meta, schema), (PROGRAM,)))


def _run_online(line: Line, schema: str, number: int, migration: Migration, address: Address) -> None:
    """Run a migration beside everybody's work. What an earlier attempt left unfinished is cleared away first."""
    query = (
        "SELECT format('%I.%I', s.nspname, c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c "
        "ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace "
        r"WHERE s.nspname = $1 AND c.relname LIKE 'lifecycle\_%' AND NOT i.indisvalid"
    )
    for (unfinished,) in line.ask((query, (schema,)))[0]:
        line.ask((f"DROP INDEX CONCURRENTLY IF EXISTS {unfinished}", ()))
    for statement in migration.statements:
        line.ask((placed(statement, schema), ()))
    line.ask((placed("UPDATE lifecycle_meta SET value = $1 WHERE name = 'schema'", schema), (str(number),)))
