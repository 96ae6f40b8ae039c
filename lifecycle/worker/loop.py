"""`Worker`: settles due timers and delivers notices, over and over, until it is told to stop.

Knows when to look and when to wait, and what to do if the database fails. Does not know rules, SQL or mail.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any

from lifecycle import log
from lifecycle.errors import BadRequest, StoreError
from lifecycle.health import health
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import AHEAD, Ear
from lifecycle.worker.counts import Counts
from lifecycle.worker.handlers import Desk, Handlers
from lifecycle.worker.outbox import Backoff, Courier
from lifecycle.worker.pool import Stuck
from lifecycle.worker.reports import Reporter
from lifecycle.worker.timers import Sweeper

MARGIN = dt.timedelta(seconds=60)
"""How much longer than one delivery may last, what is handed out is held."""

SOONEST = 0.02
"""How many seconds are waited at least before looking again, where nothing was found."""

REPORT = dt.timedelta(seconds=15)
"""How often the backlog is measured for telemetry."""


class Worker:
    """Brings due timers back, and notices to the host's handlers. As many may run as there are machines for.

    A timer is never fired twice in effect. A notice is delivered at least once, those of one account in order; a
    receiver tells a repeated one by its id. Safe to stop or kill at any moment: what it held is handed out again.

    Args:
        accounts: the service, with its policy, secret and ``gather``.
        handlers: a function for every notice, or a mapping; see `lifecycle.worker.Handlers`. None leaves notices alone.
        tries: how often a notice is tried before it is dead. With the usual back-off 24 tries take about half a day.
        limit: how long one delivery may last. A handler that does not return by then has failed; its thread is left
            behind, and when *threads* of them hang the worker ends with `Stuck`, to be started anew.
        threads: how many deliveries at once, of different accounts.
        batch: how many accounts or notices are taken at once.
        backoff: how long after a failed try the next one comes.
        look_again: how long after a timer could not be settled it is looked at again.
        poll: how long to wait at most before looking again; by default what the store needs: a second, or longer
            where it is told of new work.

    Raises:
        BadRequest: the handlers or a number make no sense; all mistakes of the handlers at once.
    """

    def __init__(
        self,
        accounts: Lifecycle,
        handlers: Handlers | None,
        *,
        tries: int = 24,
        limit: dt.timedelta = dt.timedelta(seconds=30),
        threads: int = 4,
        batch: int = 100,
        backoff: Backoff | None = None,
        look_again: dt.timedelta = dt.timedelta(minutes=5),
        poll: dt.timedelta | None = None,
    ) -> None:
        numbers = {"tries": tries, "threads": threads, "batch": batch}
        spans = {"limit": limit, "look_again": look_again, **({} if poll is None else {"poll": poll})}
        for name, number in numbers.items():
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise BadRequest(f"{name}= must be a whole number of at least 1")
        for name, span in spans.items():
            if not isinstance(span, dt.timedelta) or not dt.timedelta(0) < span <= AHEAD - MARGIN:
                raise BadRequest(f"{name}= must be a timedelta of more than nothing and less than a day")
        self.accounts = accounts
        self.counts = Counts(telemetry=accounts.telemetry)
        self._poll = poll
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._measured: dt.datetime | None = None
        lease = limit + MARGIN
        stopping = self._stop.is_set
        self._sweeper = Sweeper(
            accounts, self.counts, batch=batch, lease=MARGIN, look_again=look_again, stopping=stopping
        )
        self._reporter = Reporter(accounts, self.counts, batch=batch, lease=MARGIN)
        self._courier: Courier | None = None
        if handlers is not None:
            self._courier = Courier(
                accounts,
                Desk(handlers, accounts.policy.notices),
                self.counts,
                threads=threads,
                limit=limit.total_seconds(),
                tries=tries,
                batch=batch,
                lease=lease,
                backoff=backoff or Backoff(),
                stopping=stopping,
            )

    def stop(self) -> None:
        """Let `run` end once it has finished what it holds. May be called from any thread, or from a signal handler."""
        self._stop.set()
        self._wake.set()

    def wake(self) -> None:
        """Let `run` look at once: for a host that writes in the same process."""
        self._wake.set()

    def run_once(self, *, signals: bool = False) -> Counts:
        """Do all that is to be done now, and return what this worker has done so far.

        What fails is tried again later, by whichever worker runs then. With *signals*, SIGTERM and SIGINT end it
        sooner, as for `run`.

        Raises:
            StoreError: the database failed.
            Stuck: every thread hangs in a handler.
        """
        with self._signals() if signals else _nothing():
            try:
                while not self._stop.is_set() and self._turn():
                    pass
            finally:
                self._rest()
        self._measure(anyway=True)
        return self.counts

    def run(self, *, signals: bool = True) -> None:
        """Work until `stop` is called. In the main thread, SIGTERM and SIGINT call it, unless *signals* is False.

        It ends within the time one delivery may last; a second signal ends the process at once. While the database
        cannot be used the worker waits, longer each time, up to half a minute.

        Raises:
            Stuck: every thread hangs in a handler.
        """
        log.told(log.WORKER_STARTED)
        trouble = 0
        with self._signals() if signals else _nothing(), closing(self.accounts.store.ear()) as ear:
            try:
                while not self._stop.is_set():
                    try:
                        if self._turn():
                            ear.work()
                        else:
                            ear.wait(self._idle(ear), self._wake)
                        trouble = 0
                    except StoreError as error:
                        seconds = min(30.0, 0.5 * 2**trouble)
                        trouble = min(trouble + 1, 10)
                        log.told(log.WORKER_TROUBLE, error=type(error).__name__, seconds=seconds)
                        self._wake.wait(seconds)
                    if not self._stop.is_set():
                        self._wake.clear()
            except Stuck as stuck:
                log.told(log.WORKER_STUCK, error=type(stuck).__name__)
                raise
            finally:
                self._rest()
                log.told(log.WORKER_STOPPED, settled=self.counts.settled.total(), **self.counts.outcomes())

    def _rest(self) -> None:
        """Let the threads of deliveries go; the next delivery begins new ones."""
        if self._courier is not None:
            self._courier.pool.close()

    def _turn(self) -> bool:
        """Look once at timers, at notices, and at results an account is to be told of; whether there was anything."""
        self._measure()
        settled = self._sweeper.sweep()
        delivered = 0 if self._courier is None or self._stop.is_set() else self._courier.deliver()
        reported = self._reporter.report()
        return bool(settled or delivered or reported)

    def _idle(self, ear: Ear) -> float:
        """Return how many seconds may be waited: until the next timer or try, and no longer than the poll."""
        longest = ear.patience if self._poll is None else self._poll.total_seconds()
        ahead = self.accounts.store.next_work()
        until = longest if ahead is None else (ahead - self.accounts.clock()).total_seconds()
        return min(longest, max(SOONEST, until))

    def _measure(self, *, anyway: bool = False) -> None:
        """Tell telemetry how much is left to do, now and then."""
        if self.counts.telemetry is None:
            return
        now = self.accounts.clock()
        if anyway or self._measured is None or abs(now - self._measured) >= REPORT:
            self._measured = now
            health(self.accounts)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGTERM, signal.SIGINT)
        before: dict[int, Any] = {number: signal.getsignal(number) or signal.SIG_DFL for number in numbers}

        def stop(number: int, frame: FrameType | None) -> None:
            signal.signal(number, before[number])
            self.stop()

        for number in numbers:
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number in numbers:
                signal.signal(number, before[number])


@contextmanager
def _nothing() -> Iterator[None]:
    yield
