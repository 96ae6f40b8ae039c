"""Looking after a PostgreSQL store: verifying the logs, folding again, forgetting what is old.

Knows how to go through every account without holding up decisions: one account, one short transaction. What must
agree with what is in `lifecycle.store.inspect`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from lifecycle.errors import LogDamaged
from lifecycle.store import DAMAGE_LIMIT, Damage, Fold, Progress, Refolded, Verified
from lifecycle.store.codec import encode_account, instant
from lifecycle.store.inspect import AccountRow, EventRow, Inspection, TimerRow, timer_rows, trusted
from lifecycle.store.postgres.line import Line
from lifecycle.store.postgres.links import Links
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.times import as_text
from lifecycle.store.postgres.trouble import Malformed
from lifecycle.store.postgres.turn import lock
from lifecycle.store.postgres.writing import account_statement
from lifecycle.store.writing import Limits

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_STEP = 500

_EVENT_ROWS = (
    f"SELECT position, account_id, version, machine, trigger, {as_text('at')}, {as_text('recorded_at')}, policy, body, "
    "hash FROM lifecycle_event WHERE account_id = $1 AND version > $2 ORDER BY version LIMIT $3"
)
_ACCOUNT_ROW = (
    f"SELECT account_id, version, state, {as_text('at')}, head, fold_version, snapshot "
    "FROM lifecycle_account WHERE account_id = $1"
)
_TIMER_ROWS = f"SELECT name, {as_text('due')}, number FROM lifecycle_timer WHERE account_id = $1"
# Whatever part of an account was left behind, it is found; each minimum is one step into an index.
_NEXT_ACCOUNT = (
    "SELECT min(id) FROM (SELECT min(account_id) AS id FROM lifecycle_account WHERE account_id > $1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_event WHERE account_id > $1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_timer WHERE account_id > $1) AS ids"
)
_FORGET = {
    "idempotency_keys": "WITH gone AS (DELETE FROM lifecycle_command WHERE (account_id, key) IN (SELECT account_id, key "
    "FROM lifecycle_command WHERE at < $1::timestamptz LIMIT $2) RETURNING 1) SELECT count(*) FROM gone",
    "denials": "WITH gone AS (DELETE FROM lifecycle_denial WHERE (account_id, position) IN (SELECT account_id, position "
    "FROM lifecycle_denial WHERE at < $1::timestamptz LIMIT $2) RETURNING 1) SELECT count(*) FROM gone",
    "sightings": "WITH gone AS (DELETE FROM lifecycle_signal WHERE (account_id, position) IN (SELECT account_id, position "
    "FROM lifecycle_signal WHERE until < $1::timestamptz LIMIT $2) RETURNING 1) SELECT count(*) FROM gone",
    "notices": "WITH gone AS (DELETE FROM lifecycle_outbox WHERE (account_id, version, n) IN (SELECT account_id, "
    "version, n FROM lifecycle_outbox WHERE ended IN ('sent', 'void', 'dropped') AND ended_at < $1::timestamptz "
    "LIMIT $2) RETURNING 1) SELECT count(*) FROM gone",
    "deliveries": "WITH gone AS (DELETE FROM lifecycle_delivery WHERE (account_id, position) IN (SELECT d.account_id, "
    "d.position FROM lifecycle_delivery AS d WHERE d.at < $1::timestamptz AND NOT EXISTS (SELECT FROM lifecycle_outbox "
    "AS o WHERE o.account_id = d.account_id AND o.version = d.version AND o.n = d.n "
    "AND (o.ended IS NULL OR o.ended = 'dead')) LIMIT $2) RETURNING 1) SELECT count(*) FROM gone",
}


def verify(links: Links, account_id: str | None, progress: Progress | None) -> Verified:
    """Do what `Store.verify` promises."""
    accounts = events = 0
    damage: list[Damage] = []
    for owner in _everyone(links, damage) if account_id is None else [account_id]:
        inspection = Inspection(owner)
        try:
            _inspect(links, inspection, damage)
        except Malformed as error:
            damage.append(inspection.broken(str(error)))
        accounts, events = accounts + inspection.seen, events + inspection.events
        if progress is not None:
            progress(accounts)
        if len(damage) >= DAMAGE_LIMIT:
            break
    return Verified(accounts, events, tuple(damage[:DAMAGE_LIMIT]))


def _everyone(links: Links, damage: list[Damage] | None = None) -> Iterator[str]:
    """Return the id of every account of which anything is stored. Unreadable pages go to *damage* and end it."""
    account_id = ""
    query = placed(_NEXT_ACCOUNT, links.schema)
    while True:
        try:
            ((found,),) = links.read(query, (account_id,))
        except Malformed as error:
            if damage is None:
                raise
            damage.append(Damage(account_id, 0, str(error)))
            return
        if found is None:
            return
        account_id = found
        yield account_id


def _inspect(links: Links, inspection: Inspection, damage: list[Damage]) -> None:
    owner = inspection.account_id
    with links.snapshot() as line:
        row, timers = _beside(line, links, owner)
        damage.extend(inspection.log(_log(line, links, owner)))
        if inspection.events or row is not None or timers:
            damage.extend(inspection.row(row, timers))


def _beside(line: Line, links: Links, account_id: str) -> tuple[AccountRow | None, list[TimerRow]]:
    """Return the account row and the timers as they are stored."""
    asked = [(placed(query, links.schema), (account_id,)) for query in (_ACCOUNT_ROW, _TIMER_ROWS)]
    found, timers = line.ask(*asked)
    return (AccountRow(*found[0]) if found else None), [(name, due, number) for name, due, number in timers]


def _log(line: Line, links: Links, account_id: str) -> Iterator[EventRow]:
    """Return the log as it is stored, page by page."""
    query, after = placed(_EVENT_ROWS, links.schema), -(2**63)
    while rows := line.ask((query, (account_id, str(after), str(_STEP))))[0]:
        yield from (EventRow(*row) for row in rows)
        after = rows[-1][2]


def refold(links: Links, limits: Limits, fold: Fold, progress: Progress | None) -> Refolded:
    """Do what `Store.refold` promises."""
    accounts = 0
    changed: list[str] = []
    for account_id in _everyone(links):
        if _refold_one(links, limits, account_id, fold):
            changed.append(account_id)
        accounts += 1
        if progress is not None:
            progress(accounts)
    return Refolded(accounts, tuple(changed))


def _refold_one(links: Links, limits: Limits, account_id: str, fold: Fold) -> bool:
    with links.writing(lock(account_id)) as line:
        row, timers = _beside(line, links, account_id)
        log = list(_log(line, links, account_id))
        if not log:
            raise LogDamaged(account_id, 1, "there are no events, though something of the account is stored")
        events, head = trusted(account_id, log, row)
        account = fold(events)
        before = row and (row.state, row.at, row.snapshot, sorted(timers))
        line.ask(account_statement(account, head, limits, links.schema))
        at = None if account.at is None else instant(account.at)
        return before != (account.state.value, at, encode_account(account), timer_rows(account))


def prune(links: Links, before: dt.datetime) -> Mapping[str, int]:
    """Do what `Store.prune` promises."""
    return {
        name: _forget(links, placed(statement, links.schema), instant(before)) for name, statement in _FORGET.items()
    }


def _forget(links: Links, statement: str, before: str) -> int:
    """Delete in small steps, each a transaction by itself, so that decisions are not kept waiting."""
    gone = 0
    while True:
        step = int(links.read(statement, (before, str(_STEP)))[0][0])
        gone += step
        if step < _STEP:
            return gone
