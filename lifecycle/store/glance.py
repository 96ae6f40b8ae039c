"""A glance at an account: read without holding it, written only if nobody moved it meanwhile.

Knows the same steps as a turn. What it was based on is held against what is stored when it is written, so that whoever
came between makes it `Stale`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.store import Batch, Loaded, Remembered, Store


class Glance:
    """An account as it was at one moment; see `lifecycle.store.Turn`."""

    def __init__(self, store: Store, account_id: str, key: str | None = None, connection: Any = None) -> None:
        self._store = store
        self.connection = connection
        self.remembered: Remembered | None = (
            None if key is None else store.remembered(account_id, key, connection=connection)
        )
        self.loaded: Loaded | None = store.load(account_id, connection=connection)

    def append(self, batch: Batch, *, recorded_at: dt.datetime) -> None:
        """Write *batch* in a transaction of its own, or in the host's."""
        self._store.append(batch, recorded_at=recorded_at, connection=self.connection)
