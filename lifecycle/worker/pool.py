"""Calls in threads, each with a time limit.

Knows that a thread cannot be killed: a call that does not return in time is given up, its thread is left behind, and
another one takes its place, until too many are stuck. Does not know what is called.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from attrs import define, frozen

from lifecycle.errors import LifecycleError


class Stuck(LifecycleError):
    """So many calls hang that there is no thread left. Only a new process helps; whoever runs this one starts it."""

    def __init__(self, hanging: int) -> None:
        super().__init__(
            f"{hanging} handlers did not return within their time and hold every thread of this worker. Nothing is "
            "lost: what they held is handed out again. Start the worker anew, and give the handlers time limits of "
            "their own."
        )


@define(eq=False)
class _Running:
    job: Any
    call: Callable[[], Any]
    deadline: float
    given_up: bool = False
    returned: bool = False


@frozen
class Done:
    """A call that returned ``value``, or, with ``in_time`` False, that was given up."""

    job: Any
    value: Any = None
    in_time: bool = True


class Pool:
    """*threads* threads that run one call each. A call has *limit* seconds."""

    def __init__(self, threads: int, limit: float) -> None:
        self.threads = threads
        self.limit = limit
        self.hanging = 0
        self._running: set[_Running] = set()
        self._inbox: queue.SimpleQueue[_Running | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[tuple[_Running, Any]] = queue.SimpleQueue()
        self._alive = 0
        self._late: list[Done] = []
        self._turn = threading.Lock()

    @property
    def stuck(self) -> bool:
        """Whether as many calls hang as there are threads."""
        return self.hanging >= self.threads

    def returned_late(self) -> list[Done]:
        """Return the calls that returned after they had been given up. To be asked while none is under way."""
        while self._take([], 0.0):
            pass
        late, self._late = self._late, []
        return late

    @property
    def free(self) -> int:
        """How many calls could begin now."""
        return self.threads - len(self._running)

    def start(self, job: Any, call: Callable[[], Any]) -> None:
        """Begin a call that never raises; there must be a free thread. *job* comes back with what it returns.

        Raises:
            Stuck: as many calls hang as there are threads.
        """
        if self.hanging >= self.threads:
            raise Stuck(self.hanging)
        while self._alive < self.threads:
            self._alive += 1
            threading.Thread(target=self._work, name="lifecycle-delivery", daemon=True).start()
        running = _Running(job, call, time.monotonic() + self.limit)
        self._running.add(running)
        self._inbox.put(running)

    def finished(self) -> list[Done]:
        """Wait until a call returned or ran out of time, and return all that did by then."""
        done: list[Done] = []
        while self._running and not done:
            nearest = min(running.deadline for running in self._running)
            self._take(done, max(0.0, nearest - time.monotonic()))
            while self._take(done, 0.0):
                pass
            done += self._given_up()
        return done

    def _take(self, done: list[Done], seconds: float) -> bool:
        """Take in one return, waiting for it so long; whether there was one."""
        try:
            running, value = self._outbox.get(timeout=seconds) if seconds else self._outbox.get_nowait()
        except queue.Empty:
            return False
        if running.given_up:
            self.hanging -= 1
            self._late.append(Done(running.job, value))
        else:
            self._running.discard(running)
            done.append(Done(running.job, value))
        return True

    def _given_up(self) -> list[Done]:
        now = time.monotonic()
        with self._turn:
            late = [running for running in self._running if running.deadline <= now and not running.returned]
            for running in late:
                running.given_up = True
        for running in late:
            self._running.discard(running)
            self.hanging += 1
            # Its thread works for nobody any more; another one begins in its place.
            self._alive -= 1
        return [Done(running.job, in_time=False) for running in late]

    def close(self) -> None:
        """Let the idle threads end. One that hangs is left to the end of the process."""
        for _ in range(self._alive):
            self._inbox.put(None)
        self._alive = 0

    def _work(self) -> None:
        while (running := self._inbox.get()) is not None:
            value = running.call()
            with self._turn:
                running.returned = True
            self._outbox.put((running, value))
            if running.given_up:
                return
