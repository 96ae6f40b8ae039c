"""Telling accounts what became of their notices, where the policy asks for it.

Knows that a result is marked in the delivery log by the transaction that wrote it, and keeps its mark until its account
was told: whoever was killed in between leaves the rest to the next worker. The key of each step is made of the result,
so telling twice is telling once. Does not know which results count, nor what follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lifecycle import log
from lifecycle.errors import StoreUnavailable, TimeBeforeLastEvent
from lifecycle.facts import CODE
from lifecycle.model import Actor, Change, Event
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import Tried, Untold
from lifecycle.worker.counts import Counts

REPORTER = Actor.system("delivery")
"""Who tells."""

UNNAMED = "unnamed"
"""Why it did not arrive, where the kind of the error is no code."""


class Reporter:
    """Tells accounts the results of deliveries for one worker."""

    def __init__(self, accounts: Lifecycle, counts: Counts, *, batch: int, lease: dt.timedelta) -> None:
        self._accounts = accounts
        self._counts = counts
        self._batch = batch
        self._lease = lease

    def report(self) -> int:
        """Tell one batch of results, and return how many there were. One that cannot be told now is tried again later.

        Raises:
            StoreUnavailable: the database cannot be used; what was not told yet is told later.
        """
        if not self._accounts.policy.doors.reports:
            return 0
        store, now = self._accounts.store, self._accounts.clock()
        found = store.claim_reports(now, until=now + self._lease, limit=self._batch)
        told: list[Untold] = []
        for each in found:
            try:
                self._tell(each.entry)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one account, the others go on
                kind = type(error).__name__
                self._counts.failed[kind] += 1
                log.told_of_trouble(each.entry.account_id, kind)
            else:
                told.append(each)
        store.told_reports(told)
        return len(found)

    def _tell(self, entry: Tried) -> None:
        accounts = self._accounts
        event = next(accounts.store.events(entry.account_id, after=entry.version - 1))
        notice = event.told[entry.n - 1]
        for trigger in accounts.policy.doors.reporting(notice.name, entry.outcome.value):
            try:
                self._submit(trigger, entry, event, notice, entry.at)
            except TimeBeforeLastEvent:
                # It moved on meanwhile; then it is told now.
                self._submit(trigger, entry, event, notice, None)

    def _submit(self, trigger: str, entry: Tried, event: Event, notice: Change, at: dt.datetime | None) -> None:
        accounts = self._accounts
        asked: Mapping[str, Any] = {
            "account": entry.account_id,
            "by": REPORTER,
            "key": f"{trigger}:{entry.version}:{entry.n}:{entry.outcome.value}:{entry.at.isoformat()}",
            "facts": accounts.policy.facts().supplied(_facts(entry, event, notice)),
            "at": at,
        }
        # That nothing follows, because the account moved on, is no refusal to be recorded.
        if accounts.submit(trigger, **asked, dry_run=True).allowed:
            decision = accounts.submit(trigger, **asked)
            if decision.allowed and not decision.repeated:
                self._counts.reported[trigger] += 1


def _facts(entry: Tried, event: Event, notice: Change) -> Mapping[str, Any]:
    told = {
        "notice": notice.name,
        "notice_ref": f"{entry.version}:{entry.n}",
        "noticed_at": event.at,
        "delivery_outcome": entry.outcome.value,
        "delivery_attempt": entry.attempt,
    }
    why = {} if entry.why is None else {"delivery_why": entry.why if CODE.match(entry.why) else UNNAMED}
    return {**told, **why}
