"""Bringing waiting notices to the handlers, and writing down what became of them.

Knows tries, back-off, leases and what is given back unbegun. Does not know when it is called, nor how a store holds
anything. Results are written as they come, those that come together in one step; if the database fails, they are
kept and written before anything else is handed out.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import deque
from collections.abc import Callable

from attrs import field, frozen

from lifecycle import log
from lifecycle.errors import BadRequest, StoreError
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import AHEAD, Claimed, Outcome, Result
from lifecycle.worker.counts import Counts
from lifecycle.worker.deliveries import Delivery
from lifecycle.worker.handlers import Desk
from lifecycle.worker.pool import Pool, Stuck

NO_ANSWER = "no_answer"
"""Why a try failed whose handler did not return in time."""

NEVER_TOLD = "never_told"
"""Why a notice is dead that was handed out by itself as often as it may be, each time to a worker not heard of again."""

_chance = random.Random()  # noqa: S311 - spreads tries over time; nobody gains by guessing it


@frozen
class Backoff:
    """How long a notice waits after a failed try: twice as long each time, from ``first`` to ``longest``.

    Of each wait the second half is left to chance, so that what failed together does not come again together.
    """

    first: dt.timedelta = dt.timedelta(seconds=10)
    longest: dt.timedelta = dt.timedelta(hours=1)
    chance: Callable[[], float] = field(default=_chance.random, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if not dt.timedelta(0) < self.first <= self.longest <= AHEAD:
            raise BadRequest(
                "a back-off begins with more than nothing, and its longest wait is no shorter than its first and at "
                "most a day"
            )

    def after(self, attempt: int) -> dt.timedelta:
        """Return how long to wait after this try, the first being 1."""
        whole = self.longest
        # beyond 2 ** 62 no wait is shorter than the longest, and a float would overflow
        if attempt <= 62:
            whole = min(self.longest, self.first * 2 ** (attempt - 1))
        return whole * (0.5 + self.chance() / 2)


class Courier:
    """Delivers the notices of one worker."""

    def __init__(
        self,
        accounts: Lifecycle,
        desk: Desk,
        counts: Counts,
        *,
        threads: int,
        limit: float,
        tries: int,
        batch: int,
        lease: dt.timedelta,
        backoff: Backoff,
        stopping: Callable[[], bool],
    ) -> None:
        self.pool = Pool(threads, limit)
        self._accounts = accounts
        self._desk = desk
        self._counts = counts
        self._tries = tries
        self._batch = batch
        self._lease = lease
        self._backoff = backoff
        self._stopping = stopping
        self._unwritten: list[Result] = []

    def deliver(self) -> int:
        """Deliver what waits, one batch of it, and return how much was handed out.

        Raises:
            StoreError: the database failed. What became of what was under way is written later.
            Stuck: every thread hangs.
        """
        late = [each for each in self.pool.returned_late() if each.value[0] is Outcome.SENT]
        self._write([self._ended(each.job, Outcome.SENT, None) for each in late])
        now = self._accounts.clock()
        if self.pool.stuck:
            raise Stuck(self.pool.hanging)
        claimed = self._accounts.store.claim_notices(now, until=now + self._lease, limit=self._batch)
        self._bring(deque(claimed), time.monotonic() + self._lease.total_seconds())
        return len(claimed)

    def _bring(self, waiting: deque[Claimed], lease_ends: float) -> None:
        waiting = self._without_suspects(waiting)
        trouble: StoreError | None = None
        under_way = 0
        while waiting or under_way:
            while waiting and self._may_begin(lease_ends, trouble):
                self._begin(waiting.popleft())
                under_way += 1
            if waiting and not self._may_begin(lease_ends, trouble, room=True):
                trouble = self._give_back(waiting, trouble)
            if under_way:
                done = self.pool.finished()
                under_way -= len(done)
                results = [
                    self._result(each.job, *(each.value if each.in_time else (Outcome.FAILED, NO_ANSWER)))
                    for each in done
                ]
                try:
                    self._write(results)
                except StoreError as error:
                    trouble = error
        if trouble is not None:
            raise trouble

    def _without_suspects(self, waiting: deque[Claimed]) -> deque[Claimed]:
        """Return what is to be brought: all, or by itself one that was handed out too often and never told of.

        A worker that is killed takes with it all that it held, also what it had not begun, so that says little. Only of
        what it held alone can be said that it was tried; what was tried as often as it may be is dead.
        """
        most = self._tries
        self._write([self._ended(w, Outcome.DEAD, NEVER_TOLD) for w in waiting if w.attempt > 2 * most])
        left = [w for w in waiting if w.attempt <= 2 * most]
        suspect = next((w for w in left if w.attempt > most), None)
        if suspect is None:
            return deque(left)
        self._accounts.store.release_notices([w for w in left if w is not suspect])
        return deque([suspect])

    def _may_begin(self, lease_ends: float, trouble: StoreError | None, *, room: bool = False) -> bool:
        """Whether another delivery may begin: none that could outlast the time for which its notice is ours."""
        if trouble is not None or self._stopping() or self.pool.stuck:
            return False
        return time.monotonic() + self.pool.limit < lease_ends and (room or self.pool.free > 0)

    def _begin(self, claimed: Claimed) -> None:
        delivery = Delivery.of(claimed, self._accounts)
        self.pool.start(claimed, lambda: self._desk.deliver(delivery))

    def _give_back(self, waiting: deque[Claimed], trouble: StoreError | None) -> StoreError | None:
        """Give back what was not begun. If the database fails, it comes back by itself once its time is over."""
        unbegun = tuple(waiting)
        waiting.clear()
        if trouble is None:
            try:
                self._accounts.store.release_notices(unbegun)
            except StoreError as error:
                return error
        return trouble

    def _result(self, claimed: Claimed, outcome: Outcome, why: str | None) -> Result:
        if outcome is not Outcome.FAILED:
            return self._ended(claimed, outcome, why)
        if claimed.attempt >= self._tries:
            return self._ended(claimed, Outcome.DEAD, why)
        now = self._accounts.clock()
        return Result(claimed, outcome, now, why, now + self._backoff.after(claimed.attempt))

    def _ended(self, claimed: Claimed, outcome: Outcome, why: str | None) -> Result:
        report = bool(self._accounts.policy.doors.reporting(claimed.notice, outcome.value))
        return Result(claimed, outcome, self._accounts.clock(), why, report=report)

    def _write(self, results: list[Result]) -> None:
        """Write results, with those that could not be written before."""
        self._unwritten += results
        for result in results:
            self._counts.delivery(result)
            log.told_of_delivery(result)
        if self._unwritten:
            self._accounts.store.record_deliveries(self._unwritten)
            self._unwritten = []
