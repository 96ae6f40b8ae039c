"""One decision as SQL: the statements that put a `Batch` into our tables, inside the caller's transaction.

Knows every table that is written and in which order. Does not know connections, transactions or files.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from attrs import frozen

from lifecycle.errors import KeyReused, UnknownAccount
from lifecycle.model import Account, Event
from lifecycle.store import FOLD_VERSION, Batch, Denial, Stale
from lifecycle.store.codec import GENESIS, chain, encode_account, encode_event, encode_json, instant


@frozen
class Limits:
    """How much is kept: ``account`` in bytes of a folded account, ``denials`` per account and UTC day."""

    account: int
    denials: int


def write_batch(
    cursor: sqlite3.Cursor,
    batch: Batch,
    events: Iterable[Event],
    recorded_at: str,
    limits: Limits,
    held: Held | None = None,
) -> None:
    """Write *batch*, its *events* stamped. What is *held* was read in this very transaction.

    Raises:
        Stale: the account is not at the expected version, the key was stored meanwhile for this request, or somebody
            took an identifier since it was looked at.
        KeyReused: the idempotency key belongs to another request.
        AccountTooLarge: the folded account passed its size limit.
        UnknownAccount: there is nothing to append and no account either.
    """
    version, head = held or _held(cursor, batch)
    if batch.events:
        if version != batch.expected:
            raise Stale(batch.account_id)
        head = _append_events(cursor, events, head)
        put_account(cursor, batch.account, head, limits, batch.before)
        _post_notices(cursor, batch)
    elif not version:
        raise UnknownAccount(batch.account_id)
    _remember(cursor, batch, recorded_at)
    if batch.denial is not None:
        _record_denial(cursor, batch.denial, limits.denials)
    _keep_identifiers(cursor, batch)
    if batch.account.erased:
        _erase(cursor, batch.account_id)
    else:
        _keep_private(cursor, batch)


Held = tuple[int, str]
"""The version of an account and the hash of its last event; of one that is not there, 0 and no hash."""


def _held(cursor: sqlite3.Cursor, batch: Batch) -> Held:
    """Return how the account stands now, if the key of *batch* is still free."""
    _check_key(cursor, batch)
    row: Held | None = cursor.execute(
        "SELECT version, head FROM lifecycle_account WHERE account_id = ?", (batch.account_id,)
    ).fetchone()
    return (0, GENESIS) if row is None else row


def _check_key(cursor: sqlite3.Cursor, batch: Batch) -> None:
    if batch.key is None:
        return
    row = cursor.execute(
        "SELECT fingerprint FROM lifecycle_command WHERE account_id = ? AND key = ?", (batch.account_id, batch.key)
    ).fetchone()
    if row is not None:
        raise Stale(batch.account_id) if row[0] == batch.fingerprint else KeyReused(batch.account_id)


def _append_events(cursor: sqlite3.Cursor, events: Iterable[Event], head: str) -> str:
    for e in events:
        body = encode_event(e)
        head = chain(head, body)
        assert e.recorded_at is not None
        times = instant(e.at), instant(e.recorded_at)
        try:
            cursor.execute(
                "INSERT INTO lifecycle_event (account_id, version, machine, trigger, at, recorded_at, policy, body, "
                "hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (e.account_id, e.version, e.machine, e.trigger, *times, e.policy, body, head),
            )
        except sqlite3.IntegrityError as error:
            raise Stale(e.account_id) from error
    return head


def put_account(
    cursor: sqlite3.Cursor, account: Account, head: str, limits: Limits, before: Account | None = None
) -> None:
    """Write the account row and everything else that equals the fold: timers, latest appeal, reservations.

    Where *before* is known to be what is stored, only what differs from it is looked at.
    """
    cursor.execute(
        "INSERT INTO lifecycle_account (account_id, version, state, at, head, fold_version, snapshot) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, "
        "state = excluded.state, at = excluded.at, head = excluded.head, fold_version = excluded.fold_version, "
        "snapshot = excluded.snapshot",
        (
            account.id,
            account.version,
            account.state.value,
            None if account.at is None else instant(account.at),
            head,
            FOLD_VERSION,
            encode_account(account, limits.account),
        ),
    )
    if before is None:
        _put_timers(cursor, account, _stored_timers(cursor, account.id))
    elif before.timers != account.timers:
        _put_timers(cursor, account, set(_timers(before)))
    if before is None or before.appeal != account.appeal:
        _put_appeal(cursor, account)
    if before is None or before.reserved != account.reserved:
        cursor.execute(
            "UPDATE lifecycle_identifier SET reserved = ?1 WHERE account_id = ?2 AND reserved <> ?1",
            (int(account.reserved), account.id),
        )


def _put_timers(cursor: sqlite3.Cursor, account: Account, stored: set[_Timer]) -> None:
    """Write what differs from the timers that are *stored*. One that is armed again is nobody's any more."""
    wanted = _timers(account)
    gone = {timer[:2] for timer in stored}.difference([timer[:2] for timer in wanted])
    for machine, name in gone:
        cursor.execute(
            "DELETE FROM lifecycle_timer WHERE account_id = ? AND machine = ? AND name = ?", (account.id, machine, name)
        )
    for timer in wanted:
        if timer not in stored:
            cursor.execute(
                "INSERT OR REPLACE INTO lifecycle_timer (account_id, machine, name, due, number) VALUES (?, ?, ?, ?, ?)",
                (account.id, *timer),
            )


_Timer = tuple[str, str, str, int]
"""A timer's machine, name, due time and generation."""


def _timers(account: Account) -> list[_Timer]:
    return [(timer.machine, timer.name, instant(timer.due), timer.number) for timer in account.timers]


def _stored_timers(cursor: sqlite3.Cursor, account_id: str) -> set[_Timer]:
    query = "SELECT machine, name, due, number FROM lifecycle_timer WHERE account_id = ?"
    return set(cursor.execute(query, (account_id,)).fetchall())


def _put_appeal(cursor: sqlite3.Cursor, account: Account) -> None:
    latest = account.appeal
    # With the plus SQLite looks among the account's appeals; without it, among all that are open.
    cursor.execute(
        "UPDATE lifecycle_appeal SET status = 'closed' WHERE account_id = ? AND number <> ? AND +status = 'open'",
        (account.id, 0 if latest is None else latest.number),
    )
    if latest is not None:
        decided = None if latest.decided_at is None else instant(latest.decided_at)
        cursor.execute(
            "INSERT INTO lifecycle_appeal (account_id, number, since, status, escalated, outcome, decided_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, number) DO UPDATE SET since = excluded.since, "
            "status = excluded.status, escalated = excluded.escalated, outcome = excluded.outcome, "
            "decided_at = excluded.decided_at",
            (
                account.id,
                latest.number,
                instant(latest.since),
                latest.status,
                int(latest.escalated),
                latest.outcome,
                decided,
            ),
        )


def _post_notices(cursor: sqlite3.Cursor, batch: Batch) -> None:
    for event in batch.events:
        for n, change in enumerate(event.told, start=1):
            said = encode_json(change.values, f'the notice "{change.name}"')
            cursor.execute(
                "INSERT INTO lifecycle_outbox (account_id, version, n, notice, said, at) VALUES (?, ?, ?, ?, ?, ?)",
                (batch.account_id, event.version, n, change.name, said, instant(event.at)),
            )


def _remember(cursor: sqlite3.Cursor, batch: Batch, recorded_at: str) -> None:
    if batch.key is not None:
        answer = encode_json(batch.answer or {}, "the answer to a request")
        cursor.execute(
            "INSERT INTO lifecycle_command (account_id, key, fingerprint, answer, at) VALUES (?, ?, ?, ?, ?)",
            (batch.account_id, batch.key, batch.fingerprint, answer, recorded_at),
        )


def _record_denial(cursor: sqlite3.Cursor, denial: Denial, per_day: int) -> None:
    at = instant(denial.at)
    day = at[:10]
    # every time of the day begins with the day and a T, which U follows
    count, last = cursor.execute(
        "SELECT count(*), max(position) FROM lifecycle_denial WHERE account_id = ? AND at >= ? AND at < ?",
        (denial.account_id, day, day + "U"),
    ).fetchone()
    if count >= per_day:
        cursor.execute("UPDATE lifecycle_denial SET more = more + 1 WHERE position = ?", (last,))
        return
    cursor.execute(
        "INSERT INTO lifecycle_denial (account_id, trigger, role, actor, at, codes) VALUES (?, ?, ?, ?, ?, ?)",
        (
            denial.account_id,
            denial.trigger,
            denial.by.role.value,
            denial.by.id,
            at,
            encode_json(denial.codes, "a denial"),
        ),
    )


def _keep_identifiers(cursor: sqlite3.Cursor, batch: Batch) -> None:
    for identifier in batch.identifiers:
        if identifier.owners is not None:
            query = "SELECT account_id FROM lifecycle_identifier WHERE kind = ? AND hashed = ?"
            owners = cursor.execute(query, (identifier.kind, identifier.hashed)).fetchall()
            if identifier.taken_since((owner for (owner,) in owners), batch.account_id):
                raise Stale(batch.account_id)
        cursor.execute(
            "INSERT INTO lifecycle_identifier (kind, hashed, account_id, reserved) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (kind, hashed, account_id) DO NOTHING",
            (identifier.kind, identifier.hashed, batch.account_id, int(batch.account.reserved)),
        )


def _keep_private(cursor: sqlite3.Cursor, batch: Batch) -> None:
    if batch.account_key is not None:
        cursor.execute(
            "INSERT INTO lifecycle_key (account_id, wrapped) VALUES (?, ?) ON CONFLICT (account_id) DO NOTHING",
            (batch.account_id, batch.account_key),
        )
        if cursor.rowcount == 0 and batch.sealed:
            _check_same_key(cursor, batch)
    for text in batch.sealed:
        cursor.execute(
            "INSERT INTO lifecycle_private (account_id, ref, purpose, ciphertext) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (account_id, ref, purpose) DO UPDATE SET ciphertext = excluded.ciphertext",
            (batch.account_id, text.ref, text.purpose, text.ciphertext),
        )


def _check_same_key(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """Refuse texts sealed under a key that lost the race to be the account's: nobody could ever open them."""
    row = cursor.execute("SELECT wrapped FROM lifecycle_key WHERE account_id = ?", (batch.account_id,)).fetchone()
    if row[0] != batch.account_key:
        raise Stale(batch.account_id)


def _erase(cursor: sqlite3.Cursor, account_id: str) -> None:
    cursor.execute("DELETE FROM lifecycle_identifier WHERE account_id = ? AND reserved = 0", (account_id,))
    # Overwritten before it is deleted: a deleted row's bytes may stay in the file for long.
    cursor.execute("UPDATE lifecycle_key SET wrapped = zeroblob(length(wrapped)) WHERE account_id = ?", (account_id,))
    cursor.execute("DELETE FROM lifecycle_key WHERE account_id = ?", (account_id,))
    cursor.execute("DELETE FROM lifecycle_private WHERE account_id = ?", (account_id,))
    cursor.execute("DELETE FROM lifecycle_signal WHERE account_id = ?", (account_id,))
