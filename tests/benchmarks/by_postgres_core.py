"""The two steps on PostgreSQL over SQLAlchemy Core: the same tables, reads and rows, statements made once, one connection."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from benchmarks.by_core import COMMAND, DISARM, EVENT, INSERTS, LOAD, MOVE, MOVED, OUTBOX, SEEN, TIMER, _named
from benchmarks.by_hand import Ask, Refused, Rows, decided

LOCKED = LOAD.with_for_update()


class ByCore:
    """The steps, over one kept connection."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self.connection = self.engine.connect()

    def submit(self, ask: Ask) -> Rows:
        """Lock and read, decide and write in one transaction, a statement for each table."""
        owner: dict[str, Any] = {"owner": ask.account}
        with self.connection.begin():
            execute = self.connection.execute
            head, _, text = execute(LOCKED, owner).one()
            if execute(SEEN, {"owner": ask.account, "asked": ask.key}).first() is not None:
                raise Refused("the key was used; no key is used twice in this run")
            rows = decided(ask, json.loads(text), head)
            execute(INSERTS[EVENT], _named(EVENT, rows.event))
            execute(MOVE, owner | {f"new_{name}": value for name, value in zip(MOVED, rows.account[1:], strict=True)})
            if rows.armed is not None:
                execute(INSERTS[TIMER], _named(TIMER, rows.armed))
            else:
                execute(DISARM, owner | {"called": "warning_runs_out"})
            execute(INSERTS[OUTBOX], _named(OUTBOX, rows.outbox[0]))
            execute(INSERTS[COMMAND], _named(COMMAND, rows.command))
        return rows

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
        self.engine.dispose()
