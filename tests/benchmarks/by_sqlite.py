"""The two steps over `sqlite3` by hand: the same tables, reads and rows as ours, one connection, cached statements.

It leaves out what would change nothing: closing appeals and releasing identifiers of an account that has none.
"""

from __future__ import annotations

import json
import sqlite3

from benchmarks.by_hand import Ask, Refused, Rows, decided

KEY = "SELECT fingerprint, answer FROM lifecycle_command WHERE account_id = ? AND key = ?"
ACCOUNT = "SELECT head, fold_version, snapshot FROM lifecycle_account WHERE account_id = ?"
TIMERS = "SELECT account_id, machine, name, due, number FROM lifecycle_timer WHERE account_id = ?"
EVENT = (
    "INSERT INTO lifecycle_event (account_id, version, machine, trigger, at, recorded_at, policy, body, hash) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
MOVE = (
    "UPDATE lifecycle_account SET version = ?2, state = ?3, at = ?4, head = ?5, fold_version = ?6, snapshot = ?7 "
    "WHERE account_id = ?1"
)
DISARM = "DELETE FROM lifecycle_timer WHERE account_id = ? AND name = ?"
ARM = "INSERT INTO lifecycle_timer (account_id, machine, name, due, number) VALUES (?, ?, ?, ?, ?)"
POST = "INSERT INTO lifecycle_outbox (account_id, version, n, notice, said, at) VALUES (?, ?, ?, ?, ?, ?)"
REMEMBER = "INSERT INTO lifecycle_command (account_id, key, fingerprint, answer, at) VALUES (?, ?, ?, ?, ?)"


class ByHand:
    """The steps, over one connection."""

    def __init__(self, path: str, synchronous: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute(f"PRAGMA synchronous = {synchronous}")

    def submit(self, ask: Ask) -> Rows:
        """Read, decide and write in one transaction: whoever comes later waits."""
        execute = self.connection.cursor().execute
        execute("BEGIN IMMEDIATE")
        try:
            if execute(KEY, (ask.account, ask.key)).fetchone() is not None:
                raise Refused("the key was used; no key is used twice in this run")
            head, _, text = execute(ACCOUNT, (ask.account,)).fetchone()
            rows = decided(ask, json.loads(text), head)
            execute(EVENT, rows.event)
            execute(MOVE, rows.account)
            stored = set(execute(TIMERS, (ask.account,)).fetchall())
            for timer in stored.difference(rows.timers):
                execute(DISARM, (timer[0], timer[2]))
            for timer in rows.timers:
                if timer not in stored:
                    execute(ARM, timer)
            for notice in rows.outbox:
                execute(POST, notice)
            execute(REMEMBER, rows.command)
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise
        return rows

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
