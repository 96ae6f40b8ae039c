"""The store in memory: for tests and demos. Gone when the process ends.

Knows the same promises as every store, kept with dicts under one lock. Does not know SQL; it keeps events and
accounts as text all the same, so nobody who holds a value can change what is stored.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import define, evolve, field

from lifecycle.errors import BadRequest, KeyReused, StoreUnavailable, UnknownAccount
from lifecycle.model import Account, Event, State
from lifecycle.store import (
    ACCOUNT_LIMIT,
    DAMAGE_LIMIT,
    DENIALS_PER_DAY,
    FOLD_VERSION,
    Appealed,
    Batch,
    Damage,
    Denial,
    Fold,
    Loaded,
    Progress,
    Refolded,
    Remembered,
    Sealed,
    Stale,
    Standing,
    Verified,
)
from lifecycle.store.backwards_memory import MemoryBackwards
from lifecycle.store.codec import (
    GENESIS,
    chain,
    decode_account,
    decode_event,
    decode_standing,
    encode_account,
    encode_event,
    encode_json,
    instant,
    place,
)
from lifecycle.store.delivery_memory import Delivering, Postbox
from lifecycle.store.glance import Glance
from lifecycle.store.inspect import AccountRow, EventRow, Inspection, TimerRow, timer_rows, trusted
from lifecycle.store.sightings import Shelf, Watched
from lifecycle.store.taking_memory import MemoryTaking


@define
class _Shelf:
    """Everything kept of one account."""

    row: AccountRow
    timers: list[TimerRow] = field(factory=list)
    log: list[EventRow] = field(factory=list)
    commands: dict[str, tuple[str, str, dt.datetime]] = field(factory=dict)
    denials: list[Denial] = field(factory=list)
    appeals: dict[int, Appealed] = field(factory=dict)
    private: dict[tuple[str, str], Sealed] = field(factory=dict)
    key: bytes | None = None
    known_by: set[tuple[str, str]] = field(factory=set)


class MemoryStore(Watched, Delivering, MemoryBackwards, MemoryTaking):
    """Accounts in memory. See `lifecycle.store.Store` for what each method promises. Takes no ``connection``."""

    def __init__(self, *, account_limit: int = ACCOUNT_LIMIT, denials_per_day: int = DENIALS_PER_DAY) -> None:
        """Begin empty. *account_limit* is in bytes."""
        self._account_limit, self._denials_per_day = account_limit, denials_per_day
        self._lock = threading.RLock()
        self._shelves: dict[str, _Shelf] = {}
        self._post = Postbox()
        self._identifiers: dict[tuple[str, str], list[str]] = {}
        self._seen = Shelf()
        self._written: list[EventRow] = []
        self._closed = False

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._shelves)} accounts)"

    def load(self, account_id: str, *, connection: Any = None) -> Loaded | None:
        """Return the folded account, or None if nobody of this id was ever registered."""
        with self._open(connection):
            shelf = self._shelves.get(account_id)
            return None if shelf is None else Loaded(decode_account(shelf.row.snapshot, account_id), shelf.row.head)

    def standing(self, account_id: str) -> Standing | None:
        """Return how an account stands without reading all of it, or None if nobody of this id was ever registered."""
        with self._open():
            shelf = self._shelves.get(account_id)
            if shelf is None:
                return None
            due, row = min((due for _, due, _ in shelf.timers), default=None), shelf.row
            return decode_standing(account_id, row.state, row.at, due, row.version, row.snapshot)

    def remembered(self, account_id: str, key: str, *, connection: Any = None) -> Remembered | None:
        """Return what this idempotency key of the account was used for, or None."""
        with self._open(connection):
            shelf = self._shelves.get(account_id)
            found = None if shelf is None else shelf.commands.get(key)
            return None if found is None else Remembered(found[0], json.loads(found[1]))

    @contextmanager
    def turn(self, account_id: str, *, key: str | None = None, connection: Any = None) -> Iterator[MemoryTurn]:
        """Begin an account's turn: nobody else reads or writes anything meanwhile."""
        with self._open(connection):
            turn = MemoryTurn(self, account_id, key)
            yield turn
            for batch, recorded_at in turn.appended:
                self.append(batch, recorded_at=recorded_at)

    def append(self, batch: Batch, *, recorded_at: dt.datetime, connection: Any = None) -> None:
        """Write *batch*, whole or not at all."""
        with self._open(connection):
            shelf = self._shelves.get(batch.account_id)
            self._check(shelf, batch)
            # all that can fail comes before the first change
            answer = encode_json(batch.answer or {}, "the answer to a request")
            notices = [(n, encode_json(n.values, f'the notice "{n.notice}"')) for n in batch.notices()]
            log = self._chained(batch.stamped(recorded_at), GENESIS if shelf is None else shelf.row.head)
            if log:
                row = _account_row(batch.account, log[-1].hash, self._account_limit)
                shelf = self._shelves.setdefault(batch.account_id, _Shelf(row))
                shelf.log += log
                self._written += log
                self._post.add(notices)
                _put_account(shelf, row, batch.account)
            if shelf is None:
                raise UnknownAccount(batch.account_id)
            if batch.key is not None and batch.fingerprint is not None:
                shelf.commands[batch.key] = (batch.fingerprint, answer, recorded_at)
            if batch.denial is not None:
                _record_denial(shelf.denials, batch.denial, self._denials_per_day)
            self._keep_identifiers(shelf, batch)
            _keep_private(shelf, batch)
            if batch.account.erased:
                self._seen.clear(batch.account_id)

    def events(self, account_id: str, *, after: int = 0, connection: Any = None) -> Iterator[Event]:
        """Return the events with a version above *after*, in order."""
        with self._open(connection):
            shelf = self._shelves.get(account_id)
            log = [] if shelf is None else shelf.log[after:]
        return (decode_event(row.body, account_id, row.version) for row in log)

    def log(self, *, after: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts in the order they were written, each with its place."""
        position = place(after)
        with self._open():
            rows = self._written[position:]
        return ((str(row.position), decode_event(row.body, row.account_id, row.version)) for row in rows)

    def accounts(self, *, state: State | None = None) -> Iterator[Account]:
        """Return the accounts, those in *state* only if one is given, by id."""
        with self._open():
            rows = sorted((s.row for s in self._shelves.values()), key=lambda row: row.account_id)
        return (decode_account(r.snapshot, r.account_id) for r in rows if state is None or r.state == state.value)

    def appeals(self, *, open: bool | None = None) -> Iterator[Appealed]:
        """Return the appeals, oldest first: all, the open ones, or the others."""
        with self._open():
            every = [a for s in self._shelves.values() for a in s.appeals.values()]
        wanted = [a for a in every if open is None or (a.status == "open") is open]
        return iter(sorted(wanted, key=lambda a: (a.since, a.account_id, a.number)))

    def denials(self, account_id: str) -> Iterator[Denial]:
        """Return the refused attempts on an account, in the order they were recorded."""
        with self._open():
            shelf = self._shelves.get(account_id)
            return iter([] if shelf is None else list(shelf.denials))

    def account_key(self, account_id: str, *, connection: Any = None) -> bytes | None:
        """Return the wrapped key of the account's private texts; None if it has none or it was erased."""
        with self._open(connection):
            shelf = self._shelves.get(account_id)
            return None if shelf is None else shelf.key

    def sealed(self, account_id: str, ref: str, *, purpose: str | None = None) -> Sealed | None:
        """Return the private text of this reference; where there are several, the first by purpose."""
        with self._open():
            shelf = self._shelves.get(account_id)
            texts = {} if shelf is None else shelf.private
            found = sorted(p for r, p in texts if r == ref and purpose in (None, p))
            return texts[ref, found[0]] if found else None

    def identifier_owners(self, kind: str, hashes: Sequence[str], *, connection: Any = None) -> tuple[str, ...]:
        """Return the ids of all accounts known by this identifier, those that took it last first."""
        with self._open(connection):
            found = [owner for hashed in hashes for owner in reversed(self._identifiers.get((kind, hashed), []))]
            return tuple(dict.fromkeys(found))

    def verify(self, account_id: str | None = None, *, progress: Progress | None = None) -> Verified:
        """Walk the log of one account or of all and say what does not fit; see `Store.verify` for the limits."""
        events = accounts = 0
        damage: list[Damage] = []
        with self._open():
            owners = sorted(self._shelves)
        for owner in owners if account_id is None else [account_id]:
            inspection = Inspection(owner)
            with self._open():
                shelf = self._shelves.get(owner)
                if shelf is not None:
                    damage += [*inspection.log(shelf.log), *inspection.row(shelf.row, shelf.timers)]
            accounts, events = accounts + inspection.seen, events + inspection.events
            if progress is not None:
                progress(accounts)
        return Verified(accounts, events, tuple(damage[:DAMAGE_LIMIT]))

    def refold(self, fold: Fold, *, progress: Progress | None = None) -> Refolded:
        """Rewrite every account row, its timers and its latest appeal from the log, one account at a time."""
        changed: list[str] = []
        with self._open():
            owners = sorted(self._shelves)
        for done, account_id in enumerate(owners, start=1):
            with self._open():
                shelf = self._shelves[account_id]
                events, head = trusted(account_id, shelf.log, shelf.row)
                account = fold(events)
                row = _account_row(account, head, self._account_limit)
                if (shelf.row, sorted(shelf.timers)) != (row, timer_rows(account)):
                    changed.append(account_id)
                _put_account(shelf, row, account)
            if progress is not None:
                progress(done)
        return Refolded(len(owners), tuple(changed))

    def prune(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Forget old idempotency keys and denials, and sightings that stopped counting; return how many of each."""
        keys = denials = 0
        with self._open():
            for shelf in self._shelves.values():
                fresh = {key: kept for key, kept in shelf.commands.items() if kept[2] >= before}
                keys, shelf.commands = keys + len(shelf.commands) - len(fresh), fresh
                kept = [d for d in shelf.denials if d.at >= before]
                denials += len(shelf.denials) - len(kept)
                shelf.denials = kept
            seen, post = self._seen.prune(before), {**self._post.prune(before), **self._prune_beside(before)}
        return {"idempotency_keys": keys, "denials": denials, "sightings": seen, **post}

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._closed = True
            self._shelves.clear()
            self._written.clear()

    @contextmanager
    def _open(self, connection: Any = None) -> Iterator[None]:
        if connection is not None:
            raise BadRequest("a store in memory shares no transaction; leave connection= out, or use a database")
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the store in memory was closed. Make a new one.")
            yield

    def _check(self, shelf: _Shelf | None, batch: Batch) -> None:
        known = None if shelf is None or batch.key is None else shelf.commands.get(batch.key)
        if known is not None:
            raise Stale(batch.account_id) if known[0] == batch.fingerprint else KeyReused(batch.account_id)
        if batch.events and (0 if shelf is None else shelf.row.version) != batch.expected:
            raise Stale(batch.account_id)
        for identifier in batch.identifiers:
            owners = self._identifiers.get((identifier.kind, identifier.hashed), ())
            if identifier.taken_since(owners, batch.account_id):
                raise Stale(batch.account_id)
        lost = shelf is not None and batch.account_key is not None and shelf.key not in (None, batch.account_key)
        if lost and batch.sealed and not batch.account.erased:
            # sealed under a key that is not the account's: nobody could ever open it
            raise Stale(batch.account_id)

    def _keep_identifiers(self, shelf: _Shelf, batch: Batch) -> None:
        for identifier in batch.identifiers:
            known_by = (identifier.kind, identifier.hashed)
            if known_by not in shelf.known_by:
                shelf.known_by.add(known_by)
                self._identifiers.setdefault(known_by, []).append(batch.account_id)
        if batch.account.erased and not batch.account.reserved:
            for known_by in shelf.known_by:
                self._identifiers[known_by].remove(batch.account_id)
            shelf.known_by.clear()

    def _chained(self, events: tuple[Event, ...], head: str) -> list[EventRow]:
        rows = []
        for position, event in enumerate(events, start=len(self._written) + 1):
            body = encode_event(event)
            head = chain(head, body)
            times = instant(event.at), "" if event.recorded_at is None else instant(event.recorded_at)
            who = event.account_id, event.version, event.machine, event.trigger
            rows.append(EventRow(position, *who, *times, event.policy, body, head))
        return rows


class MemoryTurn(Glance):
    """An account's turn; see `lifecycle.store.Turn`. What is appended is written once the turn ends well."""

    def __init__(self, store: MemoryStore, account_id: str, key: str | None) -> None:
        super().__init__(store, account_id, key)
        self.appended: list[tuple[Batch, dt.datetime]] = []

    def append(self, batch: Batch, *, recorded_at: dt.datetime) -> None:
        """Keep *batch* for the end of the turn."""
        self.appended.append((batch, recorded_at))


def _account_row(account: Account, head: str, limit: int) -> AccountRow:
    at = None if account.at is None else instant(account.at)
    snapshot = encode_account(account, limit)
    return AccountRow(account.id, account.version, account.state.value, at, head, FOLD_VERSION, snapshot)


def _put_account(shelf: _Shelf, row: AccountRow, account: Account) -> None:
    shelf.row, shelf.timers = row, timer_rows(account)
    latest = account.appeal
    for number, appeal in shelf.appeals.items():
        if appeal.status == "open" and (latest is None or number != latest.number):
            shelf.appeals[number] = evolve(appeal, status="closed")
    if latest is not None:
        outcome = latest.outcome, latest.decided_at
        shelf.appeals[latest.number] = Appealed(
            account.id, latest.number, latest.since, latest.status, latest.escalated, *outcome
        )


def _record_denial(denials: list[Denial], denial: Denial, per_day: int) -> None:
    of_the_day = [n for n, d in enumerate(denials) if d.at.date() == denial.at.date()]
    if len(of_the_day) >= per_day:
        last = of_the_day[-1]
        denials[last] = evolve(denials[last], more=denials[last].more + 1)
    else:
        denials.append(denial)


def _keep_private(shelf: _Shelf, batch: Batch) -> None:
    if batch.account.erased:
        shelf.key = None
        shelf.private.clear()
        return
    shelf.key = batch.account_key if shelf.key is None else shelf.key
    for text in batch.sealed:
        shelf.private[text.ref, text.purpose] = text
