"""An account's turn in PostgreSQL: locked and read in one round trip, written and committed in another.

Knows the lock, what is read under it and what is held against what was read. Does not know what a batch leaves behind.

The lock is that of the account's row, held until the transaction ends, so that writers of one account queue instead of
failing (D-20). Whoever waited for it reads the row as it is by then, but the idempotency key as it was when they began
to wait, and of an account that is not there yet there is no row: the primary keys of the tables stay the guard for both.
"""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from psycopg import errors

from lifecycle.errors import KeyReused, StoreError, UnknownAccount
from lifecycle.store import Batch, Loaded, Remembered, Stale
from lifecycle.store.codec import GENESIS
from lifecycle.store.folded import loaded, remembered
from lifecycle.store.postgres.hosting import Step, hosted
from lifecycle.store.postgres.line import Asked, Line, Link, Rows, Value
from lifecycle.store.postgres.links import Links, undo
from lifecycle.store.postgres.schema import placed
from lifecycle.store.postgres.trouble import committing, explained
from lifecycle.store.postgres.writing import batch_statement
from lifecycle.store.writing import Limits

_NOBODY = (None,) * 6
"""What is read of an account that is not there."""

_BEGIN: Asked = ("BEGIN", ())
_COMMIT: Asked = ("COMMIT", ())
_ROLLBACK: Asked = ("ROLLBACK", ())
_LOCK = "SELECT FROM lifecycle_account WHERE account_id = $1 FOR UPDATE"
_BOTH = (
    "SELECT a.version, a.head, a.fold_version, a.snapshot, c.fingerprint, c.answer FROM lifecycle_account a "
    "LEFT JOIN lifecycle_command c ON c.account_id = a.account_id AND c.key = $2 "
    "WHERE a.account_id = $1 FOR UPDATE OF a"
)
# In one order everywhere, so that nobody waits for somebody who waits for them.
_LOCK_NAMES = (
    "SELECT pg_advisory_xact_lock(name) FROM (SELECT DISTINCT hashtextextended(kind || ':' || hashed, 7) AS name "
    "FROM (VALUES {rows}) AS known (kind, hashed) ORDER BY 1) AS names"
)
_OWNERS = (
    "SELECT i.kind, i.hashed, i.account_id FROM lifecycle_identifier i "
    "JOIN (VALUES {rows}) AS known (kind, hashed) ON i.kind = known.kind AND i.hashed = known.hashed"
)
_KNOWN = "SELECT fingerprint, answer FROM lifecycle_command WHERE account_id = $1 AND key = $2"
_KEY = "SELECT wrapped FROM lifecycle_key WHERE account_id = $1"


def _names(batch: Batch) -> tuple[list[Value], str]:
    """Return the identifiers of *batch* as values, and the text of as many rows."""
    names: list[Value] = [name for i in batch.identifiers for name in (i.kind, i.hashed)]
    return names, ", ".join(f"(${n}::text, ${n + 1}::text)" for n in range(1, len(names), 2))


def lock(account_id: str, schema: str) -> Asked:
    """Return what waits until nobody else has the account's turn, and takes it until the transaction ends."""
    return placed(_LOCK, schema), (account_id,)


class PostgresTurn:
    """An account's turn, in a transaction of ours or in the host's; see `lifecycle.store.Turn`.

    It begins with one round trip, BEGIN, lock and read, and ends with one, the write and COMMIT. A batch with identifiers
    that were looked at, or with private texts, takes one more in between, for what must still be as it was.
    """

    loaded: Loaded | None
    remembered: Remembered | None

    def __init__(
        self, links: Links, account_id: str, key: str | None, limits: Limits, host: Any, *, unread: bool = False
    ) -> None:
        """Prepare the turn. *unread* is for a batch that is only written: the account's text is left as it is."""
        self._links = links
        self._account_id = account_id
        self._key = key
        self._limits = limits
        self._host = host
        self._unread = unread
        self._pending: list[Asked] = []
        self._appended = False
        self._step: AbstractContextManager[Step] | None = None
        self._line: Line

    def __enter__(self) -> Self:
        account_id = self._account_id
        first = self._placed(_BOTH), (account_id, self._key)
        with explained(self._links.address):
            if self._host is None:
                self._line, rows = self._taken(first)
            else:
                self._step = step = hosted(self._host, first)
                begun = step.__enter__()
                self._line, rows = begun.line, begun.rows[0]
                self._last = begun.last
        try:
            self._understand(rows[0] if rows else _NOBODY)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def _taken(self, first: Asked) -> tuple[Link, Rows]:
        link = self._links.take()
        try:
            return link, link.ask(_BEGIN, first)[1]
        except BaseException:
            undo(link, _ROLLBACK)
            self._links.give(link)
            raise

    def _understand(self, row: tuple[Any, ...]) -> None:
        version, head, fold_version, snapshot, fingerprint, answer = row
        self._version: int
        self._head: str
        self._version, self._head = (0, GENESIS) if version is None else (version, head)
        self.remembered = remembered(None if fingerprint is None else (fingerprint, answer))
        self.loaded = None
        if version is not None and not self._unread:
            self.loaded = loaded(self._account_id, (head, fold_version, snapshot))

    @property
    def connection(self) -> Any:
        """The connection the turn is on. What was appended is written first, so whoever asks finds it."""
        if self._pending:
            self._write()
        return self._line if self._host is None else self._host

    # --- writing -----------------------------------------------------------------------------------------------------

    def append(self, batch: Batch, *, recorded_at: dt.datetime) -> None:
        """Have *batch* written as the turn ends."""
        if self._appended or batch.account_id != self._account_id:
            raise StoreError("a turn writes one batch, of its own account")
        with explained(self._links.address):
            self._check_key(batch)
            if batch.events and self._version != batch.expected:
                raise Stale(self._account_id)
            if not batch.events and not self._version:
                raise UnknownAccount(self._account_id)
            self._check_meanwhile(batch)
        written = batch_statement(
            batch, self._head, recorded_at, self._limits, self._links.schema, hosted=self._host is not None
        )
        self._pending = [written]
        if batch.identifiers and all(i.owners is None for i in batch.identifiers):
            # whoever looks at them meanwhile, as another account takes them, waits and sees this one
            names, rows = _names(batch)
            self._pending = [(_LOCK_NAMES.format(rows=rows), names), written]
        self._appended = True

    def _check_key(self, batch: Batch) -> None:
        if batch.key is None:
            return
        known = self.remembered
        if batch.key != self._key:
            found = self._line.ask((self._placed(_KNOWN), (self._account_id, batch.key)))[0]
            known = remembered(found[0]) if found else None
        if known is not None:
            raise Stale(self._account_id) if known.fingerprint == batch.fingerprint else KeyReused(self._account_id)

    def _check_meanwhile(self, batch: Batch) -> None:
        """Hold against what is stored now what was looked at before the turn: owners of identifiers, the account's key.

        Two accounts may be about to take one identifier, each in its own turn: so the identifier is locked as well.
        """
        asked: list[Asked] = []
        if looked_at := any(i.owners is not None for i in batch.identifiers):
            names, rows = _names(batch)
            asked += [(_LOCK_NAMES.format(rows=rows), names), (self._placed(_OWNERS.format(rows=rows)), names)]
        if sealing := batch.account_key is not None and bool(batch.sealed) and not batch.account.erased:
            asked.append((self._placed(_KEY), (self._account_id,)))
        if not asked:
            return
        found = self._line.ask(*asked)
        for each in batch.identifiers if looked_at else ():
            owners = {owner for kind, hashed, owner in found[1] if (kind, hashed) == (each.kind, each.hashed)}
            if each.taken_since(owners, self._account_id):
                raise Stale(self._account_id)
        if sealing and found[-1] not in ([], [(batch.account_key,)]):
            # sealed under a key that is not the account's: nobody could ever open it
            raise Stale(self._account_id)

    def _placed(self, sql: str) -> str:
        return placed(sql, self._links.schema)

    def _write(self, *last: Asked) -> None:
        """Write what is to be written, and *last*."""
        pending, self._pending = self._pending, []
        with explained(self._links.address):
            try:
                self._line.ask(*pending, *last)
            except errors.UniqueViolation:
                raise Stale(self._account_id) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._step is not None:
            self._leave_host(self._step, kind, error, traceback)
            return
        assert isinstance(self._line, Link)
        try:
            if error is None:
                self._commit()
            else:
                undo(self._line, _ROLLBACK)
        finally:
            self._links.give(self._line)

    def _commit(self) -> None:
        try:
            with committing(self._links.address):
                self._write(_COMMIT)
        except BaseException:
            undo(self._line, _ROLLBACK)
            raise

    def _leave_host(
        self,
        step: AbstractContextManager[Step],
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the step in the host's transaction."""
        if error is None:
            self._last += self._pending
        with explained(self._links.address):
            try:
                step.__exit__(kind, error, traceback)
            except errors.UniqueViolation:
                self._check_isolation()
                raise Stale(self._account_id) from None

    def _check_isolation(self) -> None:
        """Refuse to try again in a transaction that will never see what others wrote."""
        ((isolation,),) = self._line.ask(("SELECT current_setting('transaction_isolation')", ()))[0]
        if isolation != "read committed":
            raise errors.SerializationFailure
