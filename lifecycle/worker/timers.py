"""Bringing due timers back as ordinary commands, account by account.

Knows that claims only spread the work: a timer settled twice is settled once, because its account moved (D-05).
Does not know any rule, nor which timers there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from lifecycle import log
from lifecycle.errors import StoreUnavailable
from lifecycle.service import Lifecycle
from lifecycle.settle import MOST
from lifecycle.worker.counts import Counts


class Sweeper:
    """Settles the due timers of one worker."""

    def __init__(
        self,
        accounts: Lifecycle,
        counts: Counts,
        *,
        batch: int,
        lease: dt.timedelta,
        look_again: dt.timedelta,
        stopping: Callable[[], bool],
    ) -> None:
        self._accounts = accounts
        self._counts = counts
        self._batch = batch
        self._lease = lease
        self._look_again = look_again
        self._stopping = stopping

    def sweep(self) -> int:
        """Settle the accounts whose timers are due, one batch of them, and return how many were looked at.

        One whose timers cannot be settled, or wait for facts nobody gives, is looked at again later; the others go on.

        Raises:
            StoreUnavailable: the database cannot be used.
        """
        store = self._accounts.store
        now = self._accounts.clock()
        claimed = store.claim_accounts(now, until=now + self._lease, limit=self._batch)
        for done, account_id in enumerate(claimed):
            if self._stopping():
                for left in claimed[done:]:
                    store.hold_timers(left, now, until=now)
                break
            if not self._settle(account_id):
                store.hold_timers(account_id, now, until=now + self._look_again)
        return len(claimed)

    def _settle(self, account_id: str) -> bool:
        """Settle one account; whether anything was settled."""
        settled = False
        while True:
            try:
                events = self._accounts.settle(account_id)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one account, the others go on
                kind = type(error).__name__
                self._counts.failed[kind] += 1
                log.told_of_trouble(account_id, kind)
                return False
            self._counts.timers(events)
            settled = settled or bool(events)
            if len(events) < MOST:
                break
        if not settled:
            self._counts.waiting += 1
        return settled
