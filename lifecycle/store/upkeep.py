"""Looking after a SQLite store: verifying the logs, folding again, forgetting what is old.

Knows how to go through every account without holding up decisions: one account, one short transaction. What must
agree with what is in `inspect`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from lifecycle.errors import LogDamaged
from lifecycle.store import DAMAGE_LIMIT, Damage, Fold, Progress, Refolded, Verified
from lifecycle.store.codec import encode_account, instant
from lifecycle.store.inspect import AccountRow, EventRow, Inspection, TimerRow, timer_rows, trusted
from lifecycle.store.links import Links
from lifecycle.store.trouble import Malformed
from lifecycle.store.writing import Limits, put_account

_STEP = 500

_EVENT_ROWS = (
    "SELECT position, account_id, version, machine, trigger, at, recorded_at, policy, body, hash "
    "FROM lifecycle_event WHERE account_id = ? ORDER BY version"
)
_ACCOUNT_ROW = (
    "SELECT account_id, version, state, at, head, fold_version, snapshot FROM lifecycle_account WHERE account_id = ?"
)
_TIMER_ROWS = "SELECT name, due, number FROM lifecycle_timer WHERE account_id = ?"
# Whatever part of an account was left behind, it is found; each minimum is one step into an index.
_NEXT_ACCOUNT = (
    "SELECT min(id) FROM (SELECT min(account_id) AS id FROM lifecycle_account WHERE account_id > ?1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_event WHERE account_id > ?1 "
    "UNION ALL SELECT min(account_id) FROM lifecycle_timer WHERE account_id > ?1)"
)
_FORGET = {
    "idempotency_keys": "DELETE FROM lifecycle_command WHERE rowid IN "
    "(SELECT rowid FROM lifecycle_command WHERE at < ? LIMIT ?)",
    "denials": "DELETE FROM lifecycle_denial WHERE position IN "
    "(SELECT position FROM lifecycle_denial WHERE at < ? LIMIT ?)",
    "sightings": "DELETE FROM lifecycle_signal WHERE position IN "
    "(SELECT position FROM lifecycle_signal WHERE until < ? LIMIT ?)",
    "notices": "DELETE FROM lifecycle_outbox WHERE position IN (SELECT position FROM lifecycle_outbox "
    "WHERE ended IN ('sent', 'void', 'dropped') AND ended_at < ? LIMIT ?)",
    "deliveries": "DELETE FROM lifecycle_delivery WHERE position IN (SELECT d.position FROM lifecycle_delivery AS d "
    "WHERE d.at < ? AND NOT EXISTS (SELECT 1 FROM lifecycle_outbox AS o WHERE (o.account_id, o.version, o.n) = "
    "(d.account_id, d.version, d.n) AND (o.ended IS NULL OR o.ended = 'dead')) LIMIT ?)",
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
        except (TypeError, ValueError):
            damage.append(inspection.broken("something stored is of another kind than written"))
        accounts, events = accounts + inspection.seen, events + inspection.events
        if progress is not None:
            progress(accounts)
        if len(damage) >= DAMAGE_LIMIT:
            break
    return Verified(accounts, events, tuple(damage[:DAMAGE_LIMIT]))


def _everyone(links: Links, damage: list[Damage] | None = None) -> Iterator[str]:
    """Return the id of every account of which anything is stored. Unreadable pages go to *damage* and end it."""
    account_id = ""
    while True:
        try:
            with links.reading() as cursor:
                (found,) = cursor.execute(_NEXT_ACCOUNT, (account_id,)).fetchone()
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
    with links.snapshot() as cursor:
        row = cursor.execute(_ACCOUNT_ROW, (owner,)).fetchone()
        timers: list[TimerRow] = cursor.execute(_TIMER_ROWS, (owner,)).fetchall()
        damage.extend(inspection.log(EventRow(*r) for r in cursor.execute(_EVENT_ROWS, (owner,))))
        if inspection.events or row is not None or timers:
            damage.extend(inspection.row(None if row is None else AccountRow(*row), timers))


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
    with links.writing() as cursor:
        found = cursor.execute(_ACCOUNT_ROW, (account_id,)).fetchone()
        row = None if found is None else AccountRow(*found)
        log = [EventRow(*r) for r in cursor.execute(_EVENT_ROWS, (account_id,))]
        if not log:
            raise LogDamaged(account_id, 1, "there are no events, though something of the account is stored")
        events, head = trusted(account_id, log, row)
        account = fold(events)
        timers: list[TimerRow] = cursor.execute(_TIMER_ROWS, (account_id,)).fetchall()
        before = row and (row.state, row.at, row.snapshot, sorted(timers))
        put_account(cursor, account, head, limits)
        at = None if account.at is None else instant(account.at)
        return before != (account.state.value, at, encode_account(account), timer_rows(account))


def prune(links: Links, before: dt.datetime) -> Mapping[str, int]:
    """Do what `Store.prune` promises."""
    return {name: _forget(links, statement, instant(before)) for name, statement in _FORGET.items()}


def _forget(links: Links, statement: str, before: str) -> int:
    """Delete in small steps, so that decisions are not kept waiting."""
    gone = 0
    while True:
        with links.writing() as cursor:
            step: int = cursor.execute(statement, (before, _STEP)).rowcount
        gone += step
        if step < _STEP:
            return gone
