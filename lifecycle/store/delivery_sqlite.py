"""Deliveries in SQLite: due timers and waiting notices handed out, held and written down.

Knows how each question of `lifecycle.store.delivery` is asked in SQL, so that it costs by what is ready and not by
what is pending: rows that are held lie outside the index that is searched for ready ones. Does not know connections.
A question that finds nothing takes no lock.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lifecycle.store import upkeep
from lifecycle.store.codec import instant
from lifecycle.store.delivery import AHEAD, WAITING, Backlog, Claimed, Deaf, Outcome, Posted, Result, Tried, Untold
from lifecycle.store.links import Links
from lifecycle.store.schema import MIGRATIONS

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_PAGE = 500

_FRESH_TIMERS = (
    "SELECT rowid, account_id, due FROM lifecycle_timer WHERE held_until IS NULL AND due <= ? ORDER BY due LIMIT ?"
)
_LATE_TIMERS = "SELECT rowid, account_id, due FROM lifecycle_timer WHERE held_until <= ? ORDER BY held_until LIMIT ?"
_AHEAD_TIMERS = _LATE_TIMERS.replace("<=", ">")
_FRESH_NOTICES = (
    "SELECT account_id FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NULL ORDER BY position LIMIT ?"
)
_LATE_NOTICES = (
    "SELECT account_id FROM lifecycle_outbox WHERE ended IS NULL AND next_try <= ? ORDER BY next_try LIMIT ?"
)
_AHEAD_NOTICES = _LATE_NOTICES.replace("<=", ">")
_FIRST = (
    "SELECT position, version, n, notice, said, at, attempts, next_try FROM lifecycle_outbox "
    "WHERE account_id = ? AND ended IS NULL ORDER BY version, n LIMIT 1"
)
_PARK = (
    "UPDATE lifecycle_outbox SET next_try = ?1 WHERE account_id = ?2 AND ended IS NULL "
    "AND (next_try IS NULL OR next_try <= ?3 OR next_try > ?4)"
)
_NEXT_IN_LINE = (
    "UPDATE lifecycle_outbox SET next_try = NULL WHERE attempts = 0 AND position = (SELECT position FROM "
    "lifecycle_outbox WHERE account_id = ? AND ended IS NULL ORDER BY version, n LIMIT 1)"
)
_NOTICE = "account_id = ? AND version = ? AND n = ?"
_RETRY = (
    "UPDATE lifecycle_outbox SET attempts = 0, next_try = NULL, ended = NULL, ended_at = NULL, why = NULL "
    f"WHERE {_NOTICE}"
)
_DROP = (
    "UPDATE lifecycle_outbox SET next_try = NULL, ended = 'dropped', ended_at = ? "
    f"WHERE {_NOTICE} AND (ended IS NULL OR ended = 'dead')"
)
_BACKLOG = (
    "SELECT (SELECT count(*) FROM lifecycle_timer WHERE held_until IS NULL AND due <= ?1) + "
    "(SELECT count(*) FROM lifecycle_timer WHERE held_until IS NOT NULL AND due <= ?1), "
    "(SELECT min(due) FROM (SELECT min(due) AS due FROM lifecycle_timer WHERE held_until IS NULL AND due <= ?1 "
    "UNION ALL SELECT min(due) FROM lifecycle_timer WHERE held_until IS NOT NULL AND due <= ?1)), "
    "(SELECT count(*) FROM lifecycle_outbox WHERE ended IS NULL), "
    "(SELECT min(at) FROM lifecycle_outbox WHERE ended IS NULL), "
    "(SELECT count(*) FROM lifecycle_outbox WHERE ended = 'dead')"
)
_NEXT_WORK = (
    "SELECT min(due) FROM lifecycle_timer WHERE held_until IS NULL UNION ALL "
    "SELECT min(held_until) FROM lifecycle_timer WHERE held_until IS NOT NULL UNION ALL "
    "SELECT * FROM (SELECT at FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NULL "
    "ORDER BY position LIMIT 1) UNION ALL "
    "SELECT min(next_try) FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NOT NULL"
)
_POSTED = (
    "SELECT position, account_id, version, n, notice, at, coalesce(ended, 'waiting'), attempts, next_try, ended_at, "
    "why FROM lifecycle_outbox WHERE position > ?"
)
_TRIES = (
    "SELECT position, account_id, version, n, attempt, at, outcome, why FROM lifecycle_delivery "
    "WHERE account_id = ? AND position > ? ORDER BY position LIMIT ?"
)
_LATE_REPORTS = (
    "SELECT position, account_id, version, n, attempt, at, outcome, why FROM lifecycle_delivery "
    "WHERE report_at <= ? ORDER BY report_at, position LIMIT ?"
)
_AHEAD_REPORTS = _LATE_REPORTS.replace("<=", ">")


class SqliteDeliveries:
    """What a store in SQLite does for workers."""

    _links: Links

    @property
    def schema_version(self) -> int:
        """Which version of our tables the file holds: opening brings it to the newest."""
        return len(MIGRATIONS)

    def claim_accounts(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[str, ...]:
        """Hold timers that are due; return whose they are."""
        moment, ahead = instant(now), instant(now + AHEAD)
        asked = ((_FRESH_TIMERS, moment), (_LATE_TIMERS, moment), (_AHEAD_TIMERS, ahead))
        if not any(self._links.read(query, (bound, 1)) for query, bound in asked):
            return ()
        with self._links.writing() as cursor:
            some = max(1, limit // 2)
            late = cursor.execute(_LATE_TIMERS, (moment, some)).fetchall()
            late += cursor.execute(_AHEAD_TIMERS, (ahead, some - len(late))).fetchall()
            rows = [*late, *cursor.execute(_FRESH_TIMERS, (moment, limit - len(late))).fetchall()]
            held = [(instant(until), rowid) for rowid, _, _ in rows]
            cursor.executemany("UPDATE lifecycle_timer SET held_until = ? WHERE rowid = ?", held)
        ordered = sorted(rows, key=lambda row: (row[2], row[1]))
        return tuple(dict.fromkeys(account_id for _, account_id, _ in ordered))

    def hold_timers(self, account_id: str, now: dt.datetime, *, until: dt.datetime) -> None:
        """Look at an account's held timers no sooner than at *until*."""
        with self._links.writing() as cursor:
            cursor.execute(
                "UPDATE lifecycle_timer SET held_until = ? WHERE account_id = ? AND due <= ? AND held_until IS NOT NULL",
                (instant(until), account_id, instant(now)),
            )

    def claim_notices(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Hand out the first waiting notice of each account."""
        bounds = moment, ahead = instant(now), instant(now + AHEAD)
        asked = ((_FRESH_NOTICES, (1,)), (_LATE_NOTICES, (moment, 1)), (_AHEAD_NOTICES, (ahead, 1)))
        if not any(self._links.read(query, values) for query, values in asked):
            return ()
        claimed: list[Claimed] = []
        with self._links.writing() as cursor:
            # Every account looked at is claimed or parked, so each round sees others.
            while (room := limit - len(claimed)) > 0 and (accounts := _ready(cursor, bounds, room)):
                claimed += [c for c in (_claim(cursor, each, bounds, instant(until)) for each in accounts) if c]
        return tuple(claimed)

    def release_notices(self, claimed: Iterable[Claimed]) -> None:
        """Give back notices whose delivery was never begun."""
        rows = [(c.account_id, c.version, c.n, c.attempt) for c in claimed]
        if rows:
            with self._links.writing() as cursor:
                cursor.executemany(
                    "UPDATE lifecycle_outbox SET attempts = attempts - 1, next_try = NULL "
                    f"WHERE {_NOTICE} AND attempts = ? AND ended IS NULL",
                    rows,
                )

    def record_deliveries(self, results: Iterable[Result]) -> None:
        """Write down what became of notices handed out."""
        found = tuple(results)
        if found:
            with self._links.writing() as cursor:
                for result in found:
                    _record(cursor, result)

    def claim_reports(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Untold, ...]:
        """Hand out results of which an account is to be told."""
        asked = ((_LATE_REPORTS, instant(now)), (_AHEAD_REPORTS, instant(now + AHEAD)))
        if not any(self._links.read(query, (bound, 1)) for query, bound in asked):
            return ()
        with self._links.writing() as cursor:
            rows: list[tuple[Any, ...]] = []
            for query, bound in asked:
                rows += cursor.execute(query, (bound, limit - len(rows))).fetchall()
            held = [(instant(until), row[0]) for row in rows]
            cursor.executemany("UPDATE lifecycle_delivery SET report_at = ? WHERE position = ?", held)
        return tuple(
            Untold(number, Tried(owner, version, n, attempt, at, Outcome(outcome), why))
            for number, owner, version, n, attempt, at, outcome, why in rows
        )

    def told_reports(self, told: Iterable[Untold]) -> None:
        """Note that the accounts were told of these results."""
        done = [(each.number,) for each in told]
        if done:
            with self._links.writing() as cursor:
                cursor.executemany("UPDATE lifecycle_delivery SET report_at = NULL WHERE position = ?", done)

    def posted(self, account_id: str | None = None, *, stands: str | None = None) -> Iterator[Posted]:
        """Return how notices stand, in the order they were written."""
        query, values = _POSTED, []
        if account_id is not None:
            query, values = f"{query} AND account_id = ?", [account_id]
        if stands is not None:
            # the index of those that ended, or of those that wait, is found by its own condition only
            query += " AND ended IS NULL" if stands == WAITING else " AND ended IS NOT NULL AND ended = ?"
            values += [] if stands == WAITING else [stands]
        for row in self._each(f"{query} ORDER BY position LIMIT {_PAGE}", values):
            yield Posted(*row[1:])

    def tries(self, account_id: str) -> Iterator[Tried]:
        """Return the delivery log of an account, in the order it was written."""
        after = 0
        while rows := self._links.read(_TRIES, (account_id, after, _PAGE)):
            for _, owner, version, n, attempt, at, outcome, why in rows:
                yield Tried(owner, version, n, attempt, at, Outcome(outcome), why)
            after = rows[-1][0]

    def retry_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Let a notice be sent again."""
        return self._told(_RETRY, (account_id, version, n), Outcome.RETRIED, at)

    def drop_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Send a notice no more."""
        return self._told(_DROP, (account_id, version, n), Outcome.DROPPED, at, instant(at))

    def outdated(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Return how many of each would be forgotten."""
        return upkeep.outdated(self._links, before)

    def backlog(self, now: dt.datetime) -> Backlog:
        """Return what is left to do at *now*."""
        return Backlog(*self._links.read(_BACKLOG, (instant(now),))[0])

    def next_work(self) -> dt.datetime | None:
        """Return when the next timer is to be looked at or the next notice to be tried."""
        found = [moment for (moment,) in self._links.read(_NEXT_WORK, ()) if moment is not None]
        return dt.datetime.fromisoformat(min(found)) if found else None

    def ear(self) -> Deaf:
        """Return what an idle worker listens with: nothing tells a process what another wrote into a file."""
        return Deaf()

    def _told(self, query: str, notice: tuple[str, int, int], outcome: Outcome, at: dt.datetime, *values: str) -> bool:
        with self._links.writing() as cursor:
            if cursor.execute(query, (*values, *notice)).rowcount == 0:
                return False
            found = f"SELECT attempts, why FROM lifecycle_outbox WHERE {_NOTICE}"
            attempts, why = cursor.execute(found, notice).fetchone()
            _log(cursor, (*notice, attempts, instant(at), outcome.value, why))
            cursor.execute(_NEXT_IN_LINE, (notice[0],))
            return True

    def _each(self, query: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
        after = 0
        while rows := self._links.read(query, (after, *values)):
            yield from rows
            after = rows[-1][0]


def _ready(cursor: sqlite3.Cursor, bounds: tuple[str, str], room: int) -> list[str]:
    """Return the accounts that seem to have a notice to hand out: of late ones no more than half."""
    some = max(1, room // 2)
    late = cursor.execute(_LATE_NOTICES, (bounds[0], some)).fetchall()
    late += cursor.execute(_AHEAD_NOTICES, (bounds[1], some - len(late))).fetchall()
    rows = [*late, *cursor.execute(_FRESH_NOTICES, (room - len(late),)).fetchall()]
    return list(dict.fromkeys(account_id for (account_id,) in rows))


def _claim(cursor: sqlite3.Cursor, account_id: str, bounds: tuple[str, str], until: str) -> Claimed | None:
    """Hand out the first notice of the account and park those behind it; or park all, if the first is held."""
    position, version, n, notice, said, at, attempts, next_try = cursor.execute(_FIRST, (account_id,)).fetchone()
    now, ahead = bounds
    if next_try is not None and now < next_try <= ahead:
        cursor.execute(_PARK, (next_try, account_id, now, ahead))
        return None
    cursor.execute("UPDATE lifecycle_outbox SET attempts = attempts + 1 WHERE position = ?", (position,))
    cursor.execute(_PARK, (until, account_id, now, ahead))
    return Claimed(account_id, version, n, notice, json.loads(said), at, attempts + 1)


def _record(cursor: sqlite3.Cursor, result: Result) -> None:
    claimed, at = result.claimed, instant(result.at)
    next_try = None if result.next_try is None else instant(result.next_try)
    ended = (result.outcome.value, at) if result.outcome.ends else (None, None)
    held = "ended IS NOT 'sent'" if result.outcome is Outcome.SENT else "ended IS NULL AND attempts = ?"
    fence = () if result.outcome is Outcome.SENT else (claimed.attempt,)
    notice = (claimed.account_id, claimed.version, claimed.n)
    cursor.execute(
        f"UPDATE lifecycle_outbox SET ended = ?, ended_at = ?, next_try = ?, why = ? WHERE {_NOTICE} AND {held}",
        (*ended, next_try, result.why, *notice, *fence),
    )
    if cursor.rowcount:
        report_at = None if result.report_at is None else instant(result.report_at)
        _log(cursor, (*notice, claimed.attempt, at, result.outcome.value, result.why), report_at)
        if result.outcome.ends:
            cursor.execute(_NEXT_IN_LINE, (claimed.account_id,))


def _log(cursor: sqlite3.Cursor, entry: tuple[Any, ...], report_at: str | None = None) -> None:
    cursor.execute(
        "INSERT INTO lifecycle_delivery (account_id, version, n, attempt, at, outcome, why, report_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*entry, report_at),
    )
