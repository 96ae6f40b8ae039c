"""What a PostgreSQL store answers: how each question of the port is asked in SQL.

Knows the tables as a reader does, and that who walks through many rows takes page after page, so that others write
meanwhile. Does not know how anything is written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

from lifecycle.errors import BadRequest, NaiveTime
from lifecycle.model import Account, Actor, Event, Role, State, moment
from lifecycle.store import Appealed, Denial, DueTimer, Loaded, OutboxRow, Remembered, Sealed, Standing
from lifecycle.store.codec import LAST, decode_event, decode_standing, instant, place
from lifecycle.store.folded import check_fold, folded, loaded, remembered
from lifecycle.store.postgres import seen
from lifecycle.store.postgres.line import Value
from lifecycle.store.postgres.links import Links
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.times import as_text
from lifecycle.store.sightings import Sighting

# ruff: noqa: S608 - statements are put together of our own words; values are always given apart

_PAGE = 500

_LOAD = "SELECT head, fold_version, snapshot FROM lifecycle_account WHERE account_id = $1"
_REMEMBERED = "SELECT fingerprint, answer FROM lifecycle_command WHERE account_id = $1 AND key = $2"
_STANDING = (
    f"SELECT fold_version, state, {as_text('at')}, "
    f"(SELECT {as_text('min(due)')} FROM lifecycle_timer WHERE account_id = $1), version, snapshot "
    "FROM lifecycle_account WHERE account_id = $1"
)
_EVENTS = "SELECT version, body FROM lifecycle_event WHERE account_id = $1 AND version > $2 ORDER BY version LIMIT $3"
_ACCOUNTS = "SELECT account_id, fold_version, snapshot FROM lifecycle_account WHERE account_id > $1 ORDER BY account_id LIMIT $2"
_ACCOUNTS_IN = (
    "SELECT account_id, fold_version, snapshot FROM lifecycle_account "
    "WHERE state = $1 AND account_id > $2 ORDER BY account_id LIMIT $3"
)
_APPEALS = (
    f"SELECT {as_text('since')}, account_id, number, status, escalated, outcome, {as_text('decided_at')} "
    "FROM lifecycle_appeal WHERE {only}(since, account_id, number) > ($1::timestamptz, $2, $3::bigint) "
    "ORDER BY lifecycle_appeal.since, account_id, number LIMIT $4"
)
_DENIALS = (
    f"SELECT position, trigger, role, actor, {as_text('at')}, codes, more FROM lifecycle_denial "
    "WHERE account_id = $1 AND position > $2 ORDER BY position LIMIT $3"
)
_OUTBOX_OF = (
    f"SELECT version, n, notice, said, {as_text('at')} FROM lifecycle_outbox "
    "WHERE account_id = $1 AND (version, n) > ($2::bigint, $3::integer) ORDER BY version, n LIMIT $4"
)
# A transaction that is still open may have written a row before those that are seen. Only what is older than every
# open transaction is told; the rest comes with the next reading (D-15).
_OUTBOX = (
    f"SELECT tx::text, position, account_id, version, n, notice, said, {as_text('at')} FROM lifecycle_outbox "
    "WHERE (tx, position) > ($1::xid8, $2::bigint) AND tx < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY lifecycle_outbox.tx, position LIMIT $3"
)
_LOG = (
    "SELECT tx::text, position, account_id, version, body FROM lifecycle_event "
    "WHERE (tx, position) > ($1::xid8, $2::bigint) AND tx < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY lifecycle_event.tx, position LIMIT $3"
)
_LOG_BACK = (
    "SELECT tx::text, position, account_id, version, body FROM lifecycle_event "
    "WHERE (tx, position) < ($1::xid8, $2::bigint) ORDER BY lifecycle_event.tx DESC, position DESC LIMIT $3"
)
_DENIALS_BACK = (
    f"SELECT {as_text('at')}, position, account_id, trigger, role, actor, codes, more FROM lifecycle_denial "
    "WHERE (at, position) < ($1::timestamptz, $2::bigint) "
    "ORDER BY lifecycle_denial.at DESC, position DESC LIMIT $3"
)
_STANDING_TIMERS = (
    "(SELECT due, account_id, name, number FROM lifecycle_timer WHERE held_until IS {held} AND due <= $1::timestamptz "
    "AND (due, account_id, name) > ($2::timestamptz, $3, $4) ORDER BY due, account_id, name LIMIT $5)"
)
# the index leaves out timers that a worker holds
_TIMERS = (
    f"SELECT {as_text('due')}, account_id, name, number FROM ({_STANDING_TIMERS.format(held='NULL')} UNION ALL "
    f"{_STANDING_TIMERS.format(held='NOT NULL')}) AS t ORDER BY t.due, account_id, name LIMIT $5"
)
_WRAPPED = "SELECT wrapped FROM lifecycle_key WHERE account_id = $1"
_SEALED = (
    "SELECT ref, purpose, ciphertext FROM lifecycle_private WHERE account_id = $1 AND ref = $2 "
    "AND purpose = coalesce($3, purpose) ORDER BY purpose LIMIT 1"
)
_OWNERS = (
    "SELECT hashed, account_id FROM lifecycle_identifier WHERE kind = $1 AND hashed IN ({each}) ORDER BY position DESC"
)


class Asking:
    """The questions of `lifecycle.store.Store`. Each is one round trip, each page of a walk is another."""

    _links: Links

    def load(self, account_id: str, *, connection: Any = None) -> Loaded | None:
        """Return the folded account, or None if nobody of this id was ever registered."""
        return loaded(account_id, self._one(_LOAD, (account_id,), connection))

    def standing(self, account_id: str) -> Standing | None:
        """Return how an account stands without reading all of it, or None if nobody of this id was ever registered."""
        row = self._one(_STANDING, (account_id,))
        if row is None:
            return None
        check_fold(account_id, row[0])
        return decode_standing(account_id, *row[1:])

    def remembered(self, account_id: str, key: str, *, connection: Any = None) -> Remembered | None:
        """Return what this idempotency key of the account was used for, or None."""
        return remembered(self._one(_REMEMBERED, (account_id, key), connection))

    def events(self, account_id: str, *, after: int = 0, connection: Any = None) -> Iterator[Event]:
        """Return the events with a version above *after*, in order."""
        for version, body in self._pages(_EVENTS, (account_id,), (after,), connection):
            yield decode_event(body, account_id, version)

    def log(self, *, after: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts; those that a transaction still open may precede come with the next reading."""
        last_tx, _, last = (after or "0-0").partition("-")
        begin = place(last_tx or after), place(last or after)
        for tx, position, account_id, version, body in self._pages(_LOG, (), begin):
            yield f"{tx}-{position}", decode_event(body, account_id, version)

    def log_back(self, *, before: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts, the last written first."""
        tx, _, position = (before or f"{LAST}-{LAST}").partition("-")
        begin = place(tx or before), place(position or before)
        for tx, position, account_id, version, body in self._pages(_LOG_BACK, (), begin):
            yield f"{tx}-{position}", decode_event(body, account_id, version)

    def accounts(self, *, state: State | None = None) -> Iterator[Account]:
        """Return the accounts, those in *state* only if one is given, by id."""
        query, fixed = (_ACCOUNTS, ()) if state is None else (_ACCOUNTS_IN, (state.value,))
        for row in self._pages(query, fixed, ("",)):
            yield folded(*row)

    def appeals(self, *, open: bool | None = None) -> Iterator[Appealed]:
        """Return the appeals, oldest first: all, the open ones, or the others."""
        only = {None: "", True: "status = 'open' AND ", False: "status <> 'open' AND "}[open]
        for row in self._pages(_APPEALS.format(only=only), (), ("-infinity", "", 0)):
            since, account_id, number, *rest = row
            yield Appealed(account_id, number, since, *rest)

    def denials(self, account_id: str) -> Iterator[Denial]:
        """Return the refused attempts on an account, in the order they were recorded."""
        for _, trigger, role, actor, at, codes, more in self._pages(_DENIALS, (account_id,), (0,)):
            yield Denial(account_id, trigger, Actor(Role(role), actor), at, json.loads(codes), more)

    def outbox(self, account_id: str | None = None) -> Iterator[OutboxRow]:
        """Return the notices, of one account or of all, in the order they were written.

        Of all accounts only those are told before which none can appear any more: while a transaction that writes is
        open, what was written after it began is left for the next reading.
        """
        if account_id is None:
            rows = (row[2:] for row in self._pages(_OUTBOX, (), ("0", 0)))
        else:
            rows = ((account_id, *row) for row in self._pages(_OUTBOX_OF, (account_id,), (0, 0)))
        for owner, version, n, notice, said, at in rows:
            yield OutboxRow(f"{owner}:{version}:{n}", owner, version, notice, json.loads(said), at)

    def denials_back(self, *, before: str = "") -> Iterator[tuple[str, Denial]]:
        """Return the refused attempts on all accounts, the last first."""
        at, _, number = before.partition("~")
        last = (instant(_moment_of(at)), place(number)) if before else ("infinity", LAST)
        for at, position, owner, trigger, role, actor, codes, more in self._pages(_DENIALS_BACK, (), last):
            yield f"{at}~{position}", Denial(owner, trigger, Actor(Role(role), actor), at, json.loads(codes), more)

    def timers(self, *, due_by: dt.datetime | None = None) -> Iterator[DueTimer]:
        """Return the standing timers, those due at or before *due_by* if given, by due time, account and name."""
        until = "infinity" if due_by is None else instant(due_by)
        for due, account_id, name, number in self._pages(_TIMERS, (until,), ("-infinity", "", "")):
            yield DueTimer(account_id, name, due, number)

    def account_key(self, account_id: str, *, connection: Any = None) -> bytes | None:
        """Return the wrapped key of the account's private texts; None if it has none or it was erased."""
        row = self._one(_WRAPPED, (account_id,), connection)
        return None if row is None else bytes(row[0])

    def sealed(self, account_id: str, ref: str, *, purpose: str | None = None) -> Sealed | None:
        """Return the private text of this reference; where there are several, the first by purpose."""
        row = self._one(_SEALED, (account_id, ref, purpose))
        return None if row is None else Sealed(*row)

    def identifier_owners(self, kind: str, hashes: Sequence[str], *, connection: Any = None) -> tuple[str, ...]:
        """Return the ids of all accounts known by this identifier, those that took it last first."""
        if not hashes:
            return ()
        each = ", ".join(f"${n}" for n in range(2, len(hashes) + 2))
        found = self._rows(_OWNERS.format(each=each), (kind, *hashes), connection)
        return tuple(dict.fromkeys(owner for wanted in hashes for hashed, owner in found if hashed == wanted))

    def sightings(
        self, account_id: str, signals: Sequence[str] | None = None, *, connection: Any = None
    ) -> tuple[Sighting, ...]:
        """Return what was seen of an account, for these signals or for all, oldest first."""
        return seen.read(self._rows(*seen.of_account(account_id, signals), connection))

    def sightings_of(self, signal: str, hashes: Sequence[str], *, connection: Any = None) -> tuple[Sighting, ...]:
        """Return where a thing was seen, with whichever account, oldest first."""
        return seen.read(self._rows(*seen.of_thing(signal, hashes), connection))

    # --- steps -------------------------------------------------------------------------------------------------------

    def _rows(self, query: str, values: Sequence[Value], connection: Any = None) -> list[tuple[Any, ...]]:
        return self._links.read(placed(query, self._links.schema), tuple(values), connection)

    def _one(self, query: str, values: Sequence[Value], connection: Any = None) -> tuple[Any, ...] | None:
        found = self._rows(query, values, connection)
        return found[0] if found else None

    def _pages(
        self, query: str, fixed: tuple[Value, ...], after: tuple[Any, ...], connection: Any = None
    ) -> Iterator[tuple[Any, ...]]:
        """Read page by page, so that whoever walks through the rows may write meanwhile.

        The query's first columns are what it is ordered by; *after* is what they must lie above.
        """
        while True:
            rows = self._rows(query, (*fixed, *map(str, after), str(_PAGE)), connection)
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1][: len(after)]


def _moment_of(said: str) -> dt.datetime:
    """Return the moment that a place among the refused attempts begins with.

    Raises:
        BadRequest: it begins with none.
    """
    try:
        found = moment(said)
    except (BadRequest, NaiveTime):
        found = None
    if found is None:
        raise BadRequest("before= must be a place among the refused attempts, as it came with one")
    return found
