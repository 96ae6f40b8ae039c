"""Deliveries in PostgreSQL: due timers and waiting notices handed out to many workers, held and written down.

Knows how each question of `lifecycle.store.delivery` is asked in SQL: whoever claims passes over what somebody else is
claiming (SKIP LOCKED), and rows that are held lie outside the index that is searched for ready ones. Notices are found
by how they stand, never by where a reader got to, so none can be passed over while transactions commit out of order;
those of one account were committed in their order, for its writers queue.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lifecycle.store.codec import instant
from lifecycle.store.delivery import AHEAD, WAITING, Backlog, Claimed, Outcome, Posted, Result, Tried, Untold
from lifecycle.store.postgres import upkeep
from lifecycle.store.postgres.line import Asked, Line, Rows, Value
from lifecycle.store.postgres.links import Links
from lifecycle.store.postgres.schema import MIGRATIONS, placed
from lifecycle.store.postgres.times import as_text
from lifecycle.store.postgres.waking import TELL, PostgresEar

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_PAGE = 500

# What waits changes faster than the statistics of a table, and a plan made of old ones may read all of it. Every question
# here is answered by an index, in the order of that index.
_SETTINGS = ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
_BY_INDEX: Asked = "SELECT " + ", ".join(f"set_config('{name}', 'off', true)" for name in _SETTINGS), ()
_ANY_TIMER = (
    "SELECT 1 WHERE (SELECT min(due) FROM lifecycle_timer WHERE held_until IS NULL) <= $1::timestamptz "
    "OR (SELECT min(held_until) FROM lifecycle_timer WHERE held_until IS NOT NULL) <= $1::timestamptz "
    "OR (SELECT max(held_until) FROM lifecycle_timer WHERE held_until IS NOT NULL) > $2::timestamptz"
)
_CLAIM_TIMERS = (
    "WITH over AS MATERIALIZED (SELECT account_id, machine, name, due FROM lifecycle_timer "
    "WHERE held_until IS NOT NULL AND held_until <= $1::timestamptz ORDER BY held_until LIMIT $4::bigint "
    "FOR UPDATE SKIP LOCKED), "
    "ahead AS MATERIALIZED (SELECT account_id, machine, name, due FROM lifecycle_timer "
    "WHERE held_until IS NOT NULL AND held_until > $5::timestamptz ORDER BY held_until "
    "LIMIT $4::bigint - (SELECT count(*) FROM over) FOR UPDATE SKIP LOCKED), "
    "late AS (SELECT * FROM over UNION ALL SELECT * FROM ahead), "
    "fresh AS MATERIALIZED (SELECT account_id, machine, name, due FROM lifecycle_timer "
    "WHERE held_until IS NULL AND due <= $1::timestamptz ORDER BY due, account_id, name "
    "LIMIT $3::bigint - (SELECT count(*) FROM late) FOR UPDATE SKIP LOCKED), "
    "ready AS (SELECT * FROM late UNION ALL SELECT * FROM fresh), "
    "held AS (UPDATE lifecycle_timer AS t SET held_until = $2::timestamptz FROM ready AS r "
    "WHERE t.account_id = r.account_id AND t.machine = r.machine AND t.name = r.name RETURNING t.account_id, t.due) "
    "SELECT account_id FROM held ORDER BY due, account_id"
)
# What another transaction holds is being moved by it, and needs no holding.
_HOLD = (
    "WITH mine AS (SELECT machine, name FROM lifecycle_timer WHERE account_id = $1 AND due <= $2::timestamptz "
    "AND held_until IS NOT NULL FOR UPDATE SKIP LOCKED) UPDATE lifecycle_timer AS t SET held_until = $3::timestamptz "
    "FROM mine AS m WHERE t.account_id = $1 AND t.machine = m.machine AND t.name = m.name"
)
_LATE_NOTICES = (
    "(SELECT account_id FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NOT NULL "
    "AND next_try <= $1::timestamptz ORDER BY next_try LIMIT $2::bigint) UNION ALL "
    "(SELECT account_id FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NOT NULL "
    "AND next_try > $3::timestamptz ORDER BY next_try LIMIT $2::bigint) LIMIT $2::bigint"
)
_FRESH_NOTICES = "SELECT account_id FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NULL ORDER BY position LIMIT $1::bigint"
# The first of each account is found without locks and only then locked: were a locked one passed over at once, the one
# behind it would seem to be the first. What changed in between falls out, for the conditions are asked again.
_LOCK_FIRST = (
    f"SELECT o.account_id, o.version, o.n, o.notice, o.said, {as_text('o.at')}, o.attempts, {as_text('o.next_try')} "
    "FROM (SELECT first.account_id, first.version, first.n FROM unnest($1::text[]) AS wanted (id) CROSS JOIN LATERAL "
    "(SELECT account_id, version, n FROM lifecycle_outbox WHERE account_id = wanted.id AND ended IS NULL "
    "ORDER BY version, n LIMIT 1) AS first) AS f JOIN lifecycle_outbox AS o "
    "ON o.account_id = f.account_id AND o.version = f.version AND o.n = f.n "
    "WHERE o.ended IS NULL ORDER BY o.account_id FOR UPDATE OF o SKIP LOCKED"
)
_ROUNDS = 20
"""How often at most is looked for what can be handed out, past notices that wait behind others of their account: where
such come faster than they are passed over, what was found is handed out all the same."""

_NOTICE = "account_id = $1 AND version = $2::bigint AND n = $3::integer"
_TAKE = (
    "UPDATE lifecycle_outbox AS o SET attempts = o.attempts + 1, next_try = $4::timestamptz "
    "FROM unnest($1::text[], $2::bigint[], $3::integer[]) AS r (account_id, version, n) "
    "WHERE o.account_id = r.account_id AND o.version = r.version AND o.n = r.n"
)
_PARK = (
    "UPDATE lifecycle_outbox AS o SET next_try = r.next_try "
    "FROM unnest($1::text[], $2::timestamptz[]) AS r (account_id, next_try) "
    "WHERE o.account_id = r.account_id AND o.ended IS NULL "
    "AND (o.next_try IS NULL OR o.next_try <= $3::timestamptz OR o.next_try > $4::timestamptz)"
)
_RECORD = (
    "WITH told AS (SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[], $5::timestamptz[], "
    "$6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[]) "
    "AS r (account_id, version, n, attempt, at, outcome, why, next_try, report_at)), "
    "done AS (UPDATE lifecycle_outbox AS o SET ended = CASE WHEN r.outcome <> 'failed' THEN r.outcome END, "
    "ended_at = CASE WHEN r.outcome <> 'failed' THEN r.at END, next_try = r.next_try, why = r.why FROM told AS r "
    "WHERE o.account_id = r.account_id AND o.version = r.version AND o.n = r.n AND CASE r.outcome WHEN 'sent' "
    "THEN o.ended IS DISTINCT FROM 'sent' ELSE o.ended IS NULL AND o.attempts = r.attempt END "
    "RETURNING o.account_id, o.version, o.n, r.attempt, r.at, r.outcome, r.why, r.report_at), "
    "logged AS (INSERT INTO lifecycle_delivery (account_id, version, n, attempt, at, outcome, why, report_at) "
    "SELECT account_id, version, n, attempt, at, outcome, why, report_at FROM done) "
    # What ended lets the one behind it pass. To this part of the statement it has not ended yet.
    "UPDATE lifecycle_outbox AS o SET next_try = NULL FROM (SELECT DISTINCT account_id FROM done "
    "WHERE outcome <> 'failed') AS a CROSS JOIN LATERAL (SELECT version, n FROM lifecycle_outbox AS w "
    "WHERE w.account_id = a.account_id AND w.ended IS NULL AND NOT EXISTS (SELECT FROM done AS d "
    "WHERE d.account_id = w.account_id AND d.version = w.version AND d.n = w.n) ORDER BY version, n LIMIT 1) AS f "
    "WHERE o.account_id = a.account_id AND o.version = f.version AND o.n = f.n AND o.attempts = 0"
)
_NEXT_IN_LINE = (
    "UPDATE lifecycle_outbox AS o SET next_try = NULL FROM (SELECT version, n FROM lifecycle_outbox "
    "WHERE account_id = $1 AND ended IS NULL ORDER BY version, n LIMIT 1) AS f "
    "WHERE o.account_id = $1 AND o.version = f.version AND o.n = f.n AND o.attempts = 0"
)
_RELEASE = (
    "UPDATE lifecycle_outbox SET attempts = attempts - 1, next_try = NULL "
    f"WHERE {_NOTICE} AND attempts = $4::bigint AND ended IS NULL"
)
_CHANGE = (
    "WITH done AS (UPDATE lifecycle_outbox SET {set} "
    f"WHERE {_NOTICE} AND {{when}} RETURNING account_id, version, n, attempts, why), "
    "logged AS (INSERT INTO lifecycle_delivery (account_id, version, n, attempt, at, outcome, why) "
    "SELECT account_id, version, n, attempts, $4::timestamptz, $5, why FROM done) SELECT 1 FROM done"
)
_BACKLOG = (
    "SELECT (SELECT count(*) FROM lifecycle_timer WHERE held_until IS NULL AND due <= $1::timestamptz) + "
    "(SELECT count(*) FROM lifecycle_timer WHERE held_until IS NOT NULL AND due <= $1::timestamptz), "
    f"(SELECT {as_text('least(min(due) FILTER (WHERE held_until IS NULL), min(due) FILTER (WHERE held_until IS NOT NULL))')} "
    "FROM lifecycle_timer WHERE due <= $1::timestamptz), count(*), "
    f"{as_text('min(at)')}, (SELECT count(*) FROM lifecycle_outbox WHERE ended = 'dead') "
    "FROM lifecycle_outbox WHERE ended IS NULL"
)
_NEXT_WORK = (
    f"SELECT {as_text('min(moment)')} FROM ("
    "(SELECT due AS moment FROM lifecycle_timer WHERE held_until IS NULL ORDER BY due LIMIT 1) UNION ALL "
    "(SELECT held_until FROM lifecycle_timer WHERE held_until IS NOT NULL ORDER BY held_until LIMIT 1) UNION ALL "
    "(SELECT at FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NULL ORDER BY position LIMIT 1) UNION ALL "
    "(SELECT next_try FROM lifecycle_outbox WHERE ended IS NULL AND next_try IS NOT NULL ORDER BY next_try LIMIT 1)"
    ") AS moments"
)
_POSTED = (
    f"SELECT position, account_id, version, n, notice, {as_text('at')}, coalesce(ended, 'waiting'), attempts, "
    f"{as_text('next_try')}, {as_text('ended_at')}, why FROM lifecycle_outbox WHERE position > $1::bigint{{only}} "
    f"ORDER BY position LIMIT {_PAGE}"
)
_TRIES = (
    f"SELECT position, account_id, version, n, attempt, {as_text('at')}, outcome, why FROM lifecycle_delivery "
    f"WHERE account_id = $2 AND position > $1::bigint ORDER BY position LIMIT {_PAGE}"
)
_REPORTS = (
    "WITH over AS MATERIALIZED (SELECT account_id, position FROM lifecycle_delivery WHERE report_at IS NOT NULL "
    "AND report_at <= $1::timestamptz ORDER BY report_at, position LIMIT $3::bigint FOR UPDATE SKIP LOCKED), "
    "ahead AS MATERIALIZED (SELECT account_id, position FROM lifecycle_delivery WHERE report_at IS NOT NULL "
    "AND report_at > $4::timestamptz ORDER BY report_at, position LIMIT $3::bigint - (SELECT count(*) FROM over) "
    "FOR UPDATE SKIP LOCKED), "
    "held AS (UPDATE lifecycle_delivery AS d SET report_at = $2::timestamptz "
    "FROM (SELECT * FROM over UNION ALL SELECT * FROM ahead) AS r "
    "WHERE d.account_id = r.account_id AND d.position = r.position "
    f"RETURNING d.position, d.account_id, d.version, d.n, d.attempt, {as_text('d.at')} AS at, d.outcome, d.why) "
    "SELECT * FROM held ORDER BY position"
)
_TOLD = (
    "UPDATE lifecycle_delivery AS d SET report_at = NULL FROM unnest($1::text[], $2::bigint[]) AS r (account_id, position) "
    "WHERE d.account_id = r.account_id AND d.position = r.position"
)


class PostgresDeliveries:
    """What a store in PostgreSQL does for workers."""

    _links: Links

    @property
    def schema_version(self) -> int:
        """Which version of our tables the database holds: opening brings it to the newest."""
        return len(MIGRATIONS)

    def claim_accounts(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[str, ...]:
        """Hold timers that are due; return whose they are. Passes over what another worker is claiming."""
        ahead = instant(now + AHEAD)
        if not self._ask(_ANY_TIMER, instant(now), ahead):
            return ()
        values = instant(now), instant(until), str(limit), str(max(1, limit // 2)), ahead
        return tuple(dict.fromkeys(account_id for (account_id,) in self._ask(_CLAIM_TIMERS, *values)))

    def hold_timers(self, account_id: str, now: dt.datetime, *, until: dt.datetime) -> None:
        """Look at an account's held timers no sooner than at *until*."""
        self._ask(_HOLD, account_id, instant(now), instant(until))

    def claim_notices(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Hand out the first waiting notice of each account. Passes over accounts that another worker is claiming."""
        claimed: list[Claimed] = []
        bounds = instant(now), instant(now + AHEAD)
        for _ in range(_ROUNDS):
            room = limit - len(claimed)
            if room <= 0 or not (accounts := self._ready(bounds, room)):
                break
            with self._links.writing(_BY_INDEX) as line:
                first = line.ask(self._asked(_LOCK_FIRST, _array(accounts)))[0]
                taken = self._take(line, first, bounds, instant(until))
            claimed += taken
            if not taken and (claimed or not first):
                # all that is left is in other workers' hands, or came meanwhile behind what is taken
                break
        return tuple(claimed)

    def _ready(self, bounds: tuple[str, str], room: int) -> list[str]:
        """Return the accounts that seem to have a notice to hand out: of late ones no more than half."""
        late = self._ask(_LATE_NOTICES, bounds[0], str(max(1, room // 2)), bounds[1])
        rows = [*late, *self._ask(_FRESH_NOTICES, str(room - len(late)))]
        return list(dict.fromkeys(account_id for (account_id,) in rows))

    def _take(self, line: Line, first: Rows, bounds: tuple[str, str], until: str) -> list[Claimed]:
        """Hand out those that are ready, and park what stands behind each, ready or not."""
        taken: list[Claimed] = []
        parked: list[tuple[str, str]] = []
        for account_id, version, n, notice, said, at, attempts, next_try in first:
            ready = next_try is None or not bounds[0] < next_try <= bounds[1]
            if ready:
                taken.append(Claimed(account_id, version, n, notice, json.loads(said), at, attempts + 1))
            parked.append((account_id, until if ready else next_try))
        if parked:
            names = [(c.account_id, str(c.version), str(c.n)) for c in taken]
            line.ask(self._asked(_TAKE, *_arrays(names, 3), until), self._asked(_PARK, *_arrays(parked, 2), *bounds))
        return taken

    def release_notices(self, claimed: Iterable[Claimed]) -> None:
        """Give back notices whose delivery was never begun."""
        asked = [self._asked(_RELEASE, c.account_id, str(c.version), str(c.n), str(c.attempt)) for c in claimed]
        if asked:
            with self._links.writing(_BY_INDEX) as line:
                line.ask(*asked)

    def record_deliveries(self, results: Iterable[Result]) -> None:
        """Write down what became of notices handed out."""
        left = list(results)
        while left:
            # a statement writes a row once only: a second word on the same notice has a statement of its own
            first = {result.claimed.id: result for result in reversed(left)}
            left = [result for result in left if first[result.claimed.id] is not result]
            rows = [_row(first[id]) for id in sorted(first)]
            with self._links.writing(_BY_INDEX) as line:
                line.ask(self._asked(_RECORD, *_arrays(rows, 9)))

    def claim_reports(self, now: dt.datetime, *, until: dt.datetime, limit: int) -> tuple[Untold, ...]:
        """Hand out results of which an account is to be told. Passes over those that another worker is claiming."""
        rows = self._ask(_REPORTS, instant(now), instant(until), str(limit), instant(now + AHEAD))
        return tuple(
            Untold(number, Tried(owner, version, n, attempt, at, Outcome(outcome), why))
            for number, owner, version, n, attempt, at, outcome, why in rows
        )

    def told_reports(self, told: Iterable[Untold]) -> None:
        """Note that the accounts were told of these results."""
        done = [(each.entry.account_id, str(each.number)) for each in told]
        if done:
            self._ask(_TOLD, *_arrays(done, 2))

    def posted(self, account_id: str | None = None, *, stands: str | None = None) -> Iterator[Posted]:
        """Return how notices stand, in the order they were written."""
        only, values = "", []
        if account_id is not None:
            only, values = " AND account_id = $2", [account_id]
        if stands is not None:
            only += " AND ended IS NULL" if stands == WAITING else f" AND ended = ${len(values) + 2}"
            values += [] if stands == WAITING else [stands]
        for row in self._each(_POSTED.format(only=only), *values):
            yield Posted(*row[1:])

    def tries(self, account_id: str) -> Iterator[Tried]:
        """Return the delivery log of an account, in the order it was written."""
        for _, owner, version, n, attempt, at, outcome, why in self._each(_TRIES, account_id):
            yield Tried(owner, version, n, attempt, at, Outcome(outcome), why)

    def retry_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Let a notice be sent again, and tell an idle worker."""
        again = "attempts = 0, next_try = NULL, ended = NULL, ended_at = NULL, why = NULL"
        changed = self._change(again, "true", account_id, version, n, Outcome.RETRIED, at)
        self._ask(TELL)
        return changed

    def drop_notice(self, account_id: str, version: int, n: int, *, at: dt.datetime) -> bool:
        """Send a notice no more."""
        ended = "next_try = NULL, ended = 'dropped', ended_at = $4::timestamptz"
        waits = "(ended IS NULL OR ended = 'dead')"
        return self._change(ended, waits, account_id, version, n, Outcome.DROPPED, at)

    def _change(
        self, setting: str, when: str, account_id: str, version: int, n: int, outcome: Outcome, at: dt.datetime
    ) -> bool:
        notice = account_id, str(version), str(n)
        if not self._ask(_CHANGE.format(set=setting, when=when), *notice, instant(at), outcome.value):
            return False
        # by itself, so that nothing is held while another row is waited for
        self._ask(_NEXT_IN_LINE, account_id)
        return True

    def outdated(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Return how many of each would be forgotten."""
        return upkeep.outdated(self._links, before)

    def backlog(self, now: dt.datetime) -> Backlog:
        """Return what is left to do at *now*."""
        return Backlog(*self._ask(_BACKLOG, instant(now))[0])

    def next_work(self) -> dt.datetime | None:
        """Return when the next timer is to be looked at or the next notice to be tried."""
        ((found,),) = self._ask(_NEXT_WORK)
        return None if found is None else dt.datetime.fromisoformat(found)

    def ear(self) -> PostgresEar:
        """Return what an idle worker listens with."""
        return PostgresEar(self._links.address)

    def _asked(self, query: str, *values: Value) -> Asked:
        return placed(query, self._links.schema), values

    def _ask(self, query: str, *values: Value) -> Rows:
        with self._links.reading() as line:
            return line.ask(_BY_INDEX, self._asked(query, *values))[1]

    def _each(self, query: str, *values: Value) -> Iterator[tuple[Any, ...]]:
        after = "0"
        while rows := self._ask(query, after, *values):
            yield from rows
            after = str(rows[-1][0])


def _row(result: Result) -> tuple[Value, ...]:
    claimed = result.claimed
    notice = claimed.account_id, str(claimed.version), str(claimed.n), str(claimed.attempt)
    next_try = None if result.next_try is None else instant(result.next_try)
    report_at = None if result.report_at is None else instant(result.report_at)
    return *notice, instant(result.at), result.outcome.value, result.why, next_try, report_at


def _arrays(rows: Sequence[Sequence[Value]], width: int) -> list[str]:
    """Return the columns of *rows*, each as PostgreSQL writes an array."""
    return [_array(row[column] for row in rows) for column in range(width)]


def _array(texts: Iterable[Value]) -> str:
    """Return texts as PostgreSQL writes an array of them."""
    return "{" + ",".join("NULL" if text is None else _quoted(str(text)) for text in texts) + "}"


def _quoted(text: str) -> str:
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'
