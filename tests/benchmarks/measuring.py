"""How sides are measured: all of a group in one run, taking turns, each round timed whole.

Knows clocks, rounds and quartiles. Does not know what is measured.

In each round the sides run in another order. Garbage is collected before each timing and left alone during it, for
every side alike. A ratio is the median of the ratios of single rounds, so a machine busy for a while troubles both.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from attrs import field, frozen

CLOCKS: Mapping[str, Callable[[], int]] = {"CPU": time.process_time_ns, "wall": time.perf_counter_ns}


@frozen
class Side:
    """One of those compared: what one round of it runs, and how many steps that is."""

    name: str
    run: Callable[[], object]
    steps: int
    before: Callable[[], object] = lambda: None
    """What makes a round ready; it is not timed."""


@frozen
class Target:
    """What is wanted: *side* takes at most *limit* times what *against* takes."""

    side: str
    against: str
    limit: float


@frozen
class Gain:
    """What is wanted: from *alone* to *side* as much is gained as from *other_alone* to *other*, or *least* of that."""

    side: str
    alone: str
    other: str
    other_alone: str
    least: float


@frozen
class Group:
    """Sides that do the same work. The first of *names* is the baseline.

    ``build`` makes the sides, in the order of *names*, at a scale of 1 or less; it may import what ``needs`` lists.
    """

    name: str
    title: str
    says: str
    clock: str
    names: tuple[str, ...]
    build: Callable[[float], Built]
    targets: tuple[Target, ...] = ()
    needs: tuple[str, ...] = ()
    rounds: int = 15
    gain: Gain | None = None
    paced: bool = False
    """Whether the table tells how many steps a second that is."""
    watched: bool = False
    """Whether the table tells how this process grew meanwhile."""
    waited: bool = False
    """Whether a round comes back with how long each step took for whoever waited for it, in microseconds."""
    beside: tuple[tuple[str, str], ...] = ()
    """Sides for which the table tells their ratio to another one than the first as well."""


@frozen
class Built:
    """The sides of a group, what to do when it is over, and what can be said only once it was built."""

    sides: tuple[Side, ...]
    close: Callable[[], object] = lambda: None
    notes: tuple[str, ...] = ()


@frozen
class Measured:
    """What one group came to: for each side the microseconds a step took in each round, in the same order."""

    group: Group
    times: Mapping[str, Sequence[float]]
    notes: tuple[str, ...] = field(default=())
    waits: Mapping[str, Sequence[float]] = field(factory=dict)
    """For each side how long every single step took for whoever waited for it, in microseconds."""

    def waited(self, side: str, percent: int) -> float:
        """How long the slowest step took among so many percent of the quickest, in microseconds."""
        return statistics.quantiles(self.waits[side], n=100, method="inclusive")[percent - 1]

    def gained(self, gain: Gain) -> float:
        """How much is gained on the one side, as a part of what is gained on the other."""
        return self.ratio(gain.alone, gain.side) / self.ratio(gain.other_alone, gain.other)

    def quartiles(self, side: str) -> tuple[float, float, float]:
        """The lower quartile, the median and the upper quartile of a side, in microseconds a step."""
        low, middle, high = statistics.quantiles(self.times[side], n=4, method="inclusive")
        return low, middle, high

    def ratio(self, side: str, against: str) -> float:
        """How many times as long *side* takes as *against*: the median over the rounds."""
        pairs = zip(self.times[side], self.times[against], strict=True)
        return statistics.median(one / other for one, other in pairs)


def measure(group: Group, scale: float, rounds: int | None = None) -> Measured:
    """Build the sides of *group* and time them, one warm-up round first."""
    built = group.build(scale)
    clock = CLOCKS[group.clock]
    count = rounds or group.rounds
    memory = Memory()
    try:
        assert tuple(side.name for side in built.sides) == group.names, group.name
        times: dict[str, list[float]] = {side.name: [] for side in built.sides}
        waits: dict[str, list[float]] = {side.name: [] for side in built.sides if group.waited}
        order = Random(group.name)  # the same orders each time it is run
        for number in range(-1, count):
            if number == max(1, count // 10):
                memory.begin()
            for side in order.sample(built.sides, len(built.sides)):
                taken, back = _timed(side, clock)
                if number >= 0:
                    times[side.name].append(taken)
                    if group.waited:
                        waits[side.name] += back
        notes = (*built.notes, f"{group.title}: {memory.told()}.") if group.watched else built.notes
    finally:
        built.close()
    return Measured(group, times, notes, waits)


def _timed(side: Side, clock: Callable[[], int]) -> tuple[float, Any]:
    side.before()
    gc.collect()
    gc.disable()
    try:
        start = clock()
        back = side.run()
        return (clock() - start) / 1000 / side.steps, back
    finally:
        gc.enable()


class Memory:
    """How much memory this process takes, as Linux tells it."""

    def __init__(self) -> None:
        self._first: int | None = None

    def begin(self) -> None:
        """Remember what it takes now, and forget the most it ever took."""
        gc.collect()
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
            self._first = _kibibytes("VmRSS")

    def told(self) -> str:
        """Say what it took at the beginning, and the most it took since."""
        if self._first is None:
            return "memory is not told of here"
        return f"{self._first / 1024:.1f} MiB after a tenth of the run, at most {_kibibytes('VmHWM') / 1024:.1f} MiB after that"


def _kibibytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{name}:")[2].split()[0])
