"""The two steps over psycopg by hand: the same tables, reads and rows as ours; locked, read, written by one statement.

Four statements on one kept cursor, each prepared: in the driver's pipeline, where as many go in one message as need no
answer, which is faster where nothing else runs; or one by one, which takes less of the processor. The row of the account
is its lock, which is less than ours: nobody waits for an account that is not there yet. It leaves out what would change
nothing: closing appeals of an account that has none.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
from benchmarks.by_hand import Ask, Refused, Rows, decided

READ = (
    "SELECT a.head, a.snapshot, c.fingerprint FROM lifecycle_account a LEFT JOIN lifecycle_command c "
    "ON c.account_id = a.account_id AND c.key = %s WHERE a.account_id = %s FOR UPDATE OF a"
)
_EVENT = (
    "event AS (INSERT INTO lifecycle_event (account_id, version, machine, trigger, at, recorded_at, policy, body, hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s))"
)
_ACCOUNT = (
    "account AS (UPDATE lifecycle_account SET version = %s, state = %s, at = %s, head = %s, fold_version = %s, "
    "snapshot = %s WHERE account_id = %s AND version = %s)"
)
_NOTICE = "notice AS (INSERT INTO lifecycle_outbox (account_id, version, n, notice, said, at) VALUES (%s, %s, %s, %s, %s, %s))"
_KEY = "remembered AS (INSERT INTO lifecycle_command (account_id, key, fingerprint, answer, at) VALUES (%s, %s, %s, %s, %s))"
_ARM = "armed AS (INSERT INTO lifecycle_timer (account_id, machine, name, due, number) VALUES (%s, %s, %s, %s, %s))"
_DISARM = "stopped AS (DELETE FROM lifecycle_timer WHERE account_id = %s AND name = %s)"
_TELL = "SELECT pg_notify('lifecycle_work', '') WHERE NOT pg_try_advisory_xact_lock_shared(1818846566, 1)"
WARN = f"WITH {_EVENT}, {_ACCOUNT}, {_NOTICE}, {_KEY}, {_ARM} {_TELL}"
CLEAR = f"WITH {_EVENT}, {_ACCOUNT}, {_NOTICE}, {_KEY}, {_DISARM} {_TELL}"


class ByHand:
    """The steps, over one connection."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        self.cursor = self.connection.cursor()

    def submit(self, ask: Ask) -> Rows:
        """Lock and read, decide, write and commit."""
        with self.connection.pipeline():
            return self._submit(ask)

    def _submit(self, ask: Ask) -> Rows:
        execute = self.cursor.execute
        execute("BEGIN")
        try:
            rows = self._decided(ask, execute(READ, (ask.key, ask.account)).fetchone())
            execute(*_write(rows))
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise
        return rows

    @staticmethod
    def _decided(ask: Ask, found: Any) -> Rows:
        if found is None or found[2] is not None:
            raise Refused("there is no such account, or the key was used; neither is so in this run")
        return decided(ask, json.loads(found[1]), found[0])

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class OneByOne(ByHand):
    """The same, an answer awaited for each statement."""

    def submit(self, ask: Ask) -> Rows:
        """Lock and read, decide, write and commit."""
        return self._submit(ask)


def _write(rows: Rows) -> tuple[str, list[Any]]:
    account, *rest = rows.account
    values = [*rows.event, *rest, account, rest[0] - 1, *rows.outbox[0], *rows.command]
    if rows.armed is not None:
        return WARN, [*values, *rows.armed]
    return CLEAR, [*values, account, "warning_runs_out"]
