"""The two steps over SQLAlchemy Core: the same tables, reads and rows, statements made once, the connection kept.

Its transactions begin with BEGIN IMMEDIATE, so it pays neither for a pool nor for compiling.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from benchmarks.by_hand import Ask, Refused, Rows, decided

_META = sa.MetaData()


def _table(name: str, columns: str) -> sa.Table:
    return sa.Table(f"lifecycle_{name}", _META, *(sa.Column(column) for column in columns.split()))


EVENT = _table("event", "account_id version machine trigger at recorded_at policy body hash")
ACCOUNT = _table("account", "account_id version state at head fold_version snapshot")
TIMER = _table("timer", "account_id machine name due number")
OUTBOX = _table("outbox", "account_id version n notice said at")
COMMAND = _table("command", "account_id key fingerprint answer at")

_OWNER, _KEY, _NAME = sa.bindparam("owner"), sa.bindparam("asked"), sa.bindparam("called")
SEEN = sa.select(COMMAND.c.fingerprint, COMMAND.c.answer).where(COMMAND.c.account_id == _OWNER, COMMAND.c.key == _KEY)
LOAD = sa.select(ACCOUNT.c.head, ACCOUNT.c.fold_version, ACCOUNT.c.snapshot).where(ACCOUNT.c.account_id == _OWNER)
TIMERS = sa.select(TIMER).where(TIMER.c.account_id == _OWNER)
DISARM = sa.delete(TIMER).where(TIMER.c.account_id == _OWNER, TIMER.c.name == _NAME)
INSERTS = {table: sa.insert(table) for table in (EVENT, TIMER, OUTBOX, COMMAND)}
MOVED = [column.name for column in ACCOUNT.c if column.name != "account_id"]
MOVE = (
    sa.update(ACCOUNT)
    .where(ACCOUNT.c.account_id == _OWNER)
    .values({name: sa.bindparam(f"new_{name}") for name in MOVED})
)


def _named(table: sa.Table, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(table.c.keys(), row, strict=True))


class ByCore:
    """The steps, over one kept connection."""

    def __init__(self, path: str, synchronous: str) -> None:
        self.engine = sa.create_engine(f"sqlite:///{path}", isolation_level=None)

        @sa.event.listens_for(self.engine, "connect")
        def connected(link: Any, record: Any) -> None:
            # the driver begins nothing by itself: what begins a transaction is said below
            link.isolation_level = None
            link.execute(f"PRAGMA synchronous = {synchronous}")

        @sa.event.listens_for(self.engine, "begin")
        def begun(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        self.writing = self.engine.connect()

    def submit(self, ask: Ask) -> Rows:
        """Read, decide and write in one transaction: whoever comes later waits."""
        owner = {"owner": ask.account}
        with self.writing.begin():
            execute = self.writing.execute
            if execute(SEEN, {"owner": ask.account, "asked": ask.key}).first() is not None:
                raise Refused("the key was used; no key is used twice in this run")
            head, _, text = execute(LOAD, owner).one()
            rows = decided(ask, json.loads(text), head)
            execute(INSERTS[EVENT], _named(EVENT, rows.event))
            execute(MOVE, owner | {f"new_{name}": value for name, value in zip(MOVED, rows.account[1:], strict=True)})
            stored = {tuple(row) for row in execute(TIMERS, owner)}
            for timer in stored.difference(rows.timers):
                execute(DISARM, owner | {"called": timer[2]})
            for timer in rows.timers:
                if timer not in stored:
                    execute(INSERTS[TIMER], _named(TIMER, timer))
            for notice in rows.outbox:
                execute(INSERTS[OUTBOX], _named(OUTBOX, notice))
            execute(INSERTS[COMMAND], _named(COMMAND, rows.command))
        return rows

    def close(self) -> None:
        """Close the connection."""
        self.writing.close()
        self.engine.dispose()
