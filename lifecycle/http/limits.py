"""How often something may be tried: so many times within a while, for each of many names.

Knows names and times. Does not know what is tried. Kept in memory: each process counts for itself.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field

MOST_NAMES = 10_000
"""How many names are remembered; those not seen for longest are forgotten first."""


@define
class _Bucket:
    left: float
    at: float


@define
class Limit:
    """*tries* within *seconds*, made good evenly: after ``seconds / tries`` there is one more."""

    tries: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, _Bucket] = field(factory=OrderedDict, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def take(self, name: str) -> float:
        """Use one try up and return 0; or, where none is left, return after how many seconds there will be one."""
        now = self.clock()
        with self._lock:
            bucket = self._buckets.setdefault(name, _Bucket(self.tries, now))
            self._buckets.move_to_end(name)
            bucket.left = min(self.tries, bucket.left + (now - bucket.at) * self.tries / self.seconds)
            bucket.at = now
            while len(self._buckets) > MOST_NAMES:
                self._buckets.popitem(last=False)
            if bucket.left < 1:
                return (1 - bucket.left) * self.seconds / self.tries
            bucket.left -= 1
            return 0.0
