"""Deliveries of the store in memory: what is held, what waits, and the delivery log.

Knows the same promises as `lifecycle.store.delivery`. Walks through all that stands at each claim: enough for tests
and demos.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from attrs import define, evolve, field, frozen

from lifecycle.store import DueTimer, OutboxRow
from lifecycle.store.codec import instant
from lifecycle.store.delivery import AHEAD, WAITING, Backlog, Claimed, Deaf, Outcome, Posted, Result, Tried, Untold


@define
class _Slip:
    """How one notice stands. ``next_try`` is also until when it is held."""

    row: OutboxRow
    said: str
    n: int
    attempts: int = 0
    next_try: dt.datetime | None = None
    ended: Outcome | None = None
    ended_at: dt.datetime | None = None
    why: str | None = None

    @property
    def at(self) -> tuple[int, int]:
        return self.row.version, self.n


@frozen
class Postbox:
    """The notices of every account, in the order they were written. Its owner holds the lock."""

    slips: dict[str, _Slip] = field(factory=dict)
    """By the notice's id, in the order they were written."""
    tries: dict[str, list[Tried]] = field(factory=dict)
    """The delivery log of each account."""
    held: dict[tuple[str, str, str, int], dt.datetime] = field(factory=dict)
    """Timers that are held: account, name, due time, generation."""
    untold: dict[Untold, dt.datetime] = field(factory=dict)
    """Entries of the delivery log of which their accounts are to be told, and from when on."""

    def add(self, notices: Iterable[tuple[OutboxRow, str]]) -> None:
        """Keep new notices, each with the text of its values."""
        for row, said in notices:
            self.slips[row.id] = _Slip(row, said, int(row.id.rpartition(":")[2]))

    def waiting(self) -> dict[str, _Slip]:
        """Return the first notice of each account that waits."""
        first: dict[str, _Slip] = {}
        for slip in self.slips.values():
            if slip.ended is None:
                first.setdefault(slip.row.account_id, slip)
        return first

    def log(self, slip: _Slip, outcome: Outcome, at: dt.datetime, why: str | None = None) -> Tried:
        """Write an entry of the delivery log."""
        row = slip.row
        entry = Tried(row.account_id, row.version, slip.n, slip.attempts, at, outcome, why)
        self.tries.setdefault(row.account_id, []).append(entry)
        return entry

    def prune(self, before: dt.datetime) -> Mapping[str, int]:
        """Forget what ended before *before*, and older entries of the delivery log; return how many of each."""
        done = {id: slip for id, slip in self.slips.items() if slip.ended not in (None, Outcome.DEAD)}
        old = frozenset(id for id, slip in done.items() if slip.ended_at is not None and slip.ended_at < before)
        for id in old:
            del self.slips[id]
        gone = 0
        untold = {each.entry for each in self.untold}
        for account_id, tries in self.tries.items():
            open = self.slips.keys() - done
            kept = [t for t in tries if t.at >= before or t in untold or f"{account_id}:{t.version}:{t.n}" in open]
            gone += len(tries) - len(kept)
            self.tries[account_id] = kept
        return {"notices": len(old), "deliveries": gone}


class Delivering:
    """What a store in memory does for workers."""

    _post: Postbox
    _shelves: dict[str, Any]
    _open: Callable[..., AbstractContextManager[None]]
    prune: Callable[..., Mapping[str, int]]

    schema_version = 0

    def timers(self, *, due_by: dt.datetime | None = None) -> Iterator[DueTimer]:
        """Return the standing timers, those due at or before *due_by* if given, by due time, account and name."""
        until = None if due_by is None else instant(due_by)
        with self._open():
            standing = self._timers()
        due_ones = sorted(t for t in standing if until is None or t[0] <= until)
        return (DueTimer(id, name, due, number) for due, id, name, number in due_ones)

    def claim_accounts(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[str, ...]:
        """Hold timers that are due; return whose they are."""
        with self._open():
            standing = {(id, name, due, n) for due, id, name, n in self._timers()}
            for key in self._post.held.keys() - standing:
                del self._post.held[key]
            ready = sorted(key for key in self._timers() if key[0] <= instant(now) and self._looked_at(key, now))
            late = [(due, id, name, n) for due, id, name, n in ready if (id, name, due, n) in self._post.held]
            late = late[: max(1, limit // 2)]
            due = sorted([*late, *[key for key in ready if key not in late][: limit - len(late)]])
            for moment, account_id, name, number in due:
                self._post.held[account_id, name, moment, number] = until
        return tuple(dict.fromkeys(account_id for _, account_id, _, _ in due))

    def hold_timers(self, account_id: str, now: dt.datetime, *, until: dt.datetime) -> None:
        """Look at an account's held timers no sooner than at *until*."""
        with self._open():
            for key in self._post.held:
                if key[0] == account_id and key[2] <= instant(now):
                    self._post.held[key] = until

    def claim_notices(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Hand out the first waiting notice of each account."""
        with self._open():
            ready = [s for s in self._post.waiting().values() if s.next_try is None or _over(s.next_try, now)][:limit]
            for slip in ready:
                slip.attempts, slip.next_try = slip.attempts + 1, until
            return tuple(
                Claimed(s.row.account_id, s.row.version, s.n, s.row.notice, json.loads(s.said), s.row.at, s.attempts)
                for s in ready
            )

    def outbox(self, account_id: str | None = None) -> Iterator[OutboxRow]:
        """Return the notices, of one account or of all, in the order they were written."""
        with self._open():
            found = [slip for slip in self._post.slips.values() if account_id in (None, slip.row.account_id)]
        return (evolve(slip.row, values=json.loads(slip.said)) for slip in found)

    def release_notices(self, claimed: Iterable[Claimed]) -> None:
        """Give back notices whose delivery was never begun."""
        with self._open():
            for each in claimed:
                slip = self._post.slips.get(each.id)
                if slip is not None and slip.ended is None and slip.attempts == each.attempt:
                    slip.attempts, slip.next_try = slip.attempts - 1, None

    def record_deliveries(self, results: Iterable[Result]) -> None:
        """Write down what became of notices handed out."""
        with self._open():
            for result in results:
                slip = self._post.slips.get(result.claimed.id)
                if slip is None:
                    continue
                sent = result.outcome is Outcome.SENT and slip.ended is not Outcome.SENT
                if sent or (slip.ended is None and slip.attempts == result.claimed.attempt):
                    slip.why, slip.next_try = result.why, result.next_try
                    slip.ended, slip.ended_at = (result.outcome, result.at) if result.outcome.ends else (None, None)
                    entry = self._post.log(slip, result.outcome, result.at, result.why)
                    if result.report_at is not None:
                        number = 1 + max((each.number for each in self._post.untold), default=0)
                        self._post.untold[Untold(number, entry)] = result.report_at

    def claim_reports(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Untold, ...]:
        """Hand out results of which an account is to be told."""
        with self._open():
            ready = [each for each, held in self._post.untold.items() if _over(held, now)][:limit]
            self._post.untold.update(dict.fromkeys(ready, until))
            return tuple(ready)

    def told_reports(self, told: Iterable[Untold]) -> None:
        """Note that the accounts were told of these results."""
        with self._open():
            for each in told:
                self._post.untold.pop(each, None)

    def posted(self, account_id: str | None = None, *, stands: str | None = None) -> Iterator[Posted]:
        """Return how notices stand, in the order they were written."""
        with self._open():
            found = [_posted(s) for s in self._post.slips.values() if account_id in (None, s.row.account_id)]
        return (each for each in found if stands in (None, each.stands))

    def tries(self, account_id: str) -> Iterator[Tried]:
        """Return the delivery log of an account, in the order it was written."""
        with self._open():
            return iter(list(self._post.tries.get(account_id, ())))

    def retry_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Let a notice be sent again."""
        with self._open():
            slip = self._post.slips.get(f"{account_id}:{version}:{n}")
            if slip is None:
                return False
            slip.attempts, slip.next_try, slip.ended, slip.ended_at, slip.why = 0, None, None, None, None
            self._post.log(slip, Outcome.RETRIED, at)
            return True

    def drop_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Send a notice no more."""
        with self._open():
            slip = self._post.slips.get(f"{account_id}:{version}:{n}")
            if slip is None or slip.ended not in (None, Outcome.DEAD):
                return False
            slip.next_try, slip.ended, slip.ended_at = None, Outcome.DROPPED, at
            self._post.log(slip, Outcome.DROPPED, at, slip.why)
            return True

    def outdated(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Return how many of each would be forgotten: a copy of all is made, and forgets them."""
        with self._open():
            other = copy.copy(self)
            other.__dict__.update({name: copy.deepcopy(held) for name, held in vars(self).items() if name != "_lock"})
            return other.prune(before=before)

    def backlog(self, now: dt.datetime) -> Backlog:
        """Return what is left to do at *now*."""
        with self._open():
            due = [key[0] for key in self._timers() if key[0] <= instant(now)]
            waiting = [s.row.at for s in self._post.slips.values() if s.ended is None]
            dead = sum(s.ended is Outcome.DEAD for s in self._post.slips.values())
        return Backlog(len(due), min(due, default=None), len(waiting), min(waiting, default=None), dead)

    def next_work(self) -> dt.datetime | None:
        """Return when the next timer is to be looked at or the next notice to be tried."""
        with self._open():
            looks = [
                self._post.held.get((i, name, due, n)) or dt.datetime.fromisoformat(due)
                for due, i, name, n in self._timers()
            ]
            looks += [s.next_try or s.row.at for s in self._post.waiting().values()]
        return min(looks, default=None)

    def ear(self) -> Deaf:
        """Return what an idle worker listens with: nothing."""
        return Deaf()

    def _timers(self) -> list[tuple[str, str, str, int]]:
        return [(due, id, name, n) for id, shelf in self._shelves.items() for name, due, n in shelf.timers]

    def _looked_at(self, key: tuple[str, str, str, int], now: dt.datetime) -> bool:
        due, account_id, name, number = key
        held = self._post.held.get((account_id, name, due, number))
        return held is None or _over(held, now)


def _over(held: dt.datetime, now: dt.datetime) -> bool:
    """Whether what is held until then is held no more."""
    return held <= now or held > now + AHEAD


def _posted(slip: _Slip) -> Posted:
    row = slip.row
    stands = WAITING if slip.ended is None else slip.ended.value
    told = slip.attempts, slip.next_try, slip.ended_at, slip.why
    return Posted(row.account_id, row.version, slip.n, row.notice, row.at, stands, *told)
