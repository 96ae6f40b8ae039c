"""The worker: due timers come back as commands, notices go to the host's handlers. See `Worker`."""

from __future__ import annotations

from lifecycle.worker.counts import Counts
from lifecycle.worker.deliveries import Delivery, Undeliverable, Void
from lifecycle.worker.handlers import Handler, Handlers, printing
from lifecycle.worker.loop import Worker
from lifecycle.worker.outbox import Backoff
from lifecycle.worker.pool import Stuck

__all__ = [
    "Backoff",
    "Counts",
    "Delivery",
    "Handler",
    "Handlers",
    "Stuck",
    "Undeliverable",
    "Void",
    "Worker",
    "printing",
]
