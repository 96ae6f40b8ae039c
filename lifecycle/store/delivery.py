"""What a worker asks of a store: due timers and waiting notices handed out, and what became of each delivery.

Knows the shape of what is handed out and of the delivery log. Does not know SQL, threads or handlers. Whatever is
handed out is held until a moment the worker names; if nothing was heard of it by then, it is handed out again, so a
killed worker loses nothing. Notices of one account are handed out one at a time, in order: a later one waits until
the earlier one has ended. A notice that ended may be asked for again; it then goes out late, and alone.

What became of a delivery stands in a log of its own, one entry for each try. Of most no rule asks (D-09), and a mail
server that answers slowly should not move an account under somebody's decision; where a policy does ask, the entry is
marked in the same transaction, and keeps its mark until somebody has told the account.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol

from attrs import field, frozen

from lifecycle.model import moment


class Outcome(StrEnum):
    """What became of a try. After `FAILED` and `RETRIED` the notice waits again; after every other one it has ended."""

    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    """Tried so often, or so hopelessly, that only a person can say what next."""
    VOID = "void"
    """What it was to carry is no more: the code was replaced or ran out, or the account's data are erased."""
    DROPPED = "dropped"
    """Nobody wants it: the host sends nothing for it, or a person dropped it."""
    RETRIED = "retried"
    """A person asked for it to be sent again."""

    @property
    def ends(self) -> bool:
        """Whether the notice waits no longer."""
        return self not in (Outcome.FAILED, Outcome.RETRIED)


AHEAD = dt.timedelta(days=1)
"""Nothing is held for longer. What is held until later than this from now was held by a clock that ran ahead."""

WAITING = "waiting"
"""How a notice stands that has not ended."""

STANDINGS = (WAITING, *(outcome.value for outcome in Outcome if outcome.ends))
"""All ways in which a notice can stand."""


@frozen
class Claimed:
    """A notice handed out. ``attempt`` counts the times it was, this one included, and tells an overtaken worker apart."""

    account_id: str
    version: int
    n: int
    notice: str
    values: Mapping[str, Any]
    at: dt.datetime = field(converter=moment)
    attempt: int

    @property
    def id(self) -> str:
        """``account:version:n``, the same at each try."""
        return f"{self.account_id}:{self.version}:{self.n}"


@frozen
class Result:
    """What became of one notice handed out. ``why`` is a code or the kind of an error, never its words.

    ``next_try`` is when it may be handed out again, for a failure; ``report`` whether the account is to be told.
    """

    claimed: Claimed
    outcome: Outcome
    at: dt.datetime = field(converter=moment)
    why: str | None = None
    next_try: dt.datetime | None = field(default=None, converter=moment)
    report: bool = False

    @property
    def report_at(self) -> dt.datetime | None:
        """From when on the account may be told of it; None if nobody tells it."""
        return self.at if self.report else None


@frozen
class Posted:
    """How a notice stands: ``waiting``, ``sent``, ``dead``, ``void`` or ``dropped``, and why it is not sent."""

    account_id: str
    version: int
    n: int
    notice: str
    at: dt.datetime = field(converter=moment)
    stands: str
    attempts: int
    next_try: dt.datetime | None = field(converter=moment)
    ended_at: dt.datetime | None = field(converter=moment)
    why: str | None

    @property
    def id(self) -> str:
        """``account:version:n``."""
        return f"{self.account_id}:{self.version}:{self.n}"


@frozen
class Tried:
    """An entry of the delivery log: one try, or one word of a person, and what became of it."""

    account_id: str
    version: int
    n: int
    attempt: int
    at: dt.datetime = field(converter=moment)
    outcome: Outcome
    why: str | None = None


@frozen
class Untold:
    """An entry of the delivery log of which its account is still to be told. ``number`` names it in its store."""

    number: int
    entry: Tried


@frozen
class Backlog:
    """What is left to do: timers that are due, notices that wait, notices that are dead; and since when.

    A timer that waits for facts nobody gives counts as due. ``due_since`` is when the oldest fell due,
    ``waiting_since`` when the oldest notice that waits was written.
    """

    due: int
    due_since: dt.datetime | None = field(converter=moment)
    waiting: int
    waiting_since: dt.datetime | None = field(converter=moment)
    dead: int


class Ear(Protocol):
    """What one idle worker listens with, in one thread. ``patience`` is how many seconds it may sleep unwoken."""

    @property
    def patience(self) -> float:
        """How many seconds an idle worker may sleep before it looks by itself."""

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Return after *seconds*, or sooner: when *wake* is set, or when the store hears that there is new work."""

    def work(self) -> None:
        """Say that this worker is busy, and need not be told of anything."""

    def close(self) -> None:
        """Let go of whatever it listens with."""


class Deaf:
    """The ear of a store that hears nothing: the worker looks by itself, once a second."""

    patience = 1.0

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Return after *seconds*, or when *wake* is set."""
        wake.wait(seconds)

    def work(self) -> None:
        """Nobody tells anything."""

    def close(self) -> None:
        """There is nothing to let go of."""


class Deliveries(Protocol):
    """The part of a store that workers use. Safe for several threads, and for several workers at once.

    Whatever is held until later than `AHEAD` from now counts as held no more: a clock was put back meanwhile.
    """

    def claim_accounts(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[str, ...]:
        """Hold the timers that are due at *now*, at most *limit*, until *until*; return whose they are, longest due first.

        Only spreads the work: a settled timer's account moved, so whoever comes later settles nothing (D-05).
        """

    def hold_timers(self, account_id: str, now: dt.datetime, *, until: dt.datetime) -> None:
        """Look at an account's timers that were held, and are still due, no sooner than at *until*."""

    def claim_notices(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Hand out at most *limit* notices that wait, the first of each account, and hold them until *until*."""

    def release_notices(self, claimed: Iterable[Claimed]) -> None:
        """Give back notices whose delivery was never begun; the attempt does not count."""

    def record_deliveries(self, results: Iterable[Result]) -> None:
        """Write down what became of notices handed out, each in the delivery log as well.

        A notice that was sent was sent, whoever holds it by now. Any other result of a worker that was overtaken
        (the notice was handed out again, or ended) is left out.
        """

    def claim_reports(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Untold, ...]:
        """Hand out at most *limit* results of which an account is to be told, oldest first, and hold them until *until*."""

    def told_reports(self, told: Iterable[Untold]) -> None:
        """Note that the accounts were told of these results."""

    def posted(self, account_id: str | None = None, *, stands: str | None = None) -> Iterator[Posted]:
        """Return how notices stand, of one account or of all, those that stand so only; in the order they were written."""

    def tries(self, account_id: str) -> Iterator[Tried]:
        """Return the delivery log of an account, in the order it was written."""

    def retry_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Let a notice be sent again, that ended or waits for its next try: at once, and counted anew.

        Returns whether there is such a notice.
        """

    def drop_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Send a notice no more. Returns whether there is such a notice that waits or is dead."""

    def outdated(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Return how many of each `Store.prune` would forget now; nothing is forgotten."""

    def backlog(self, now: dt.datetime) -> Backlog:
        """Return what is left to do at *now*."""

    def next_work(self) -> dt.datetime | None:
        """Return when the next timer is to be looked at or the next notice to be tried; None if nothing stands."""

    def ear(self) -> Ear:
        """Return what an idle worker listens with. To be closed by whoever asked for it."""

    @property
    def schema_version(self) -> int:
        """Which version of our tables the database holds; 0 where there are no tables."""
