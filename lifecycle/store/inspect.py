"""Whether a stored log holds, and whether what stands beside it fits; the same for every store.

Knows what must agree with what. Does not know where the rows come from, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import field, frozen

from lifecycle.errors import LogDamaged, StoreError
from lifecycle.model import Account, Event
from lifecycle.store import FOLD_VERSION, Damage
from lifecycle.store.codec import GENESIS, UNREADABLE, chain, decode_account, decode_event, instant


@frozen
class EventRow:
    """An event as it is stored: its position in the store, the columns, the text and the hash."""

    position: int
    account_id: str
    version: int
    machine: str
    trigger: str
    at: str
    recorded_at: str
    policy: str
    body: str = field(repr=False)
    hash: str


@frozen
class AccountRow:
    """An account as it is stored."""

    account_id: str
    version: int
    state: str
    at: str | None
    head: str
    fold_version: int
    snapshot: str = field(repr=False)


TimerRow = tuple[str, str, int]
"""A timer as it is stored: name, due time, generation."""


class Inspection:
    """One account under inspection. Feed it everything stored of the account; it gives what does not fit."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.seen = False
        self.events = 0
        self.version = 0
        self.head = GENESIS
        self.state: str | None = None
        self._position = 0
        self._gap = False

    def _damage(self, version: int, what: str) -> Damage:
        return Damage(self.account_id, version, what)

    def broken(self, what: str) -> Damage:
        """Return the damage that ended the inspection."""
        self.seen = True
        return self._damage(self.version + 1, what)

    def log(self, rows: Iterable[EventRow]) -> Iterator[Damage]:
        """Walk the log, in the order of its versions."""
        for row in rows:
            self.seen = True
            self.events += 1
            yield from self._numbering(row)
            # after a gap the hash before this event is not known, so the chain is taken up again from here
            if not self._gap and _linked(self.head, row.body) != row.hash:
                yield self._damage(row.version, "the event or its hash was changed: the chain does not hold here")
            yield from self._content(row)
            self.head, self.version, self._position = row.hash, row.version, row.position

    def _numbering(self, row: EventRow) -> Iterator[Damage]:
        wanted = self.version + 1
        self._gap = row.version != wanted
        if row.version > wanted:
            last = row.version - 1
            what = f"event {wanted} is missing" if last == wanted else f"events {wanted} to {last} are missing"
            yield self._damage(wanted, what)
        elif self._gap:
            yield self._damage(row.version, "an event of this number does not belong into the log")
        if row.position <= self._position:
            yield self._damage(row.version, "the event stands before the one it follows")

    def _content(self, row: EventRow) -> Iterator[Damage]:
        try:
            event = decode_event(row.body, row.account_id, row.version)
            columns = _columns(event)
        except UNREADABLE:
            yield self._damage(row.version, "the text of the event cannot be read")
            return
        for name, value in columns.items():
            if getattr(row, name) != value:
                yield self._damage(row.version, f'the column "{name}" differs from the event')
        if event.machine == "account":
            self.state = event.dest.value

    def row(self, row: AccountRow | None, timers: Sequence[TimerRow]) -> Iterator[Damage]:
        """Compare the account row and the timers with the log walked before."""
        self.seen = True
        if row is None:
            yield self._damage(self.version, "there is no account row for this log")
            return
        if row.version > self.version:
            yield self._damage(row.version, f"the log ends at event {self.version}; its last events are missing")
        elif row.version < self.version:
            yield self._damage(self.version, f"the log goes on after event {row.version}, where the account row stands")
        elif row.head != self.head:
            yield self._damage(row.version, "the last event's hash is not the one the account row holds")
        yield from self.fold(row, timers)

    def fold(self, row: AccountRow, timers: Sequence[TimerRow]) -> Iterator[Damage]:
        """Compare what was folded with the columns beside it, the log's last state and the timers."""
        if row.fold_version != FOLD_VERSION:
            yield self._damage(0, 'the account row was folded by another version; run "lifecycle refold"')
            return
        try:
            account = decode_account(row.snapshot, row.account_id)
        except StoreError:
            yield self._damage(0, "the folded account cannot be read")
            return
        if (account.id, account.version) != (row.account_id, row.version):
            yield self._damage(0, "the folded account is not the one its row says")
        if not row.state == account.state.value == (self.state or account.state.value):
            yield self._damage(0, "the folded account's state is not the one the log ends in")
        if row.at != (None if account.at is None else instant(account.at)):
            yield self._damage(0, "the folded account's time is not the one its row says")
        if sorted(timers) != timer_rows(account):
            yield self._damage(0, "the timers are not those of the folded account")


def _linked(head: str, body: str) -> str | None:
    """Return the chain's next hash; None for a text that we cannot have written."""
    return chain(head, body) if isinstance(head, str) and isinstance(body, str) and body.isascii() else None


def _columns(event: Event) -> dict[str, object]:
    return {
        "account_id": event.account_id,
        "version": event.version,
        "machine": event.machine,
        "trigger": event.trigger,
        "at": instant(event.at),
        "recorded_at": None if event.recorded_at is None else instant(event.recorded_at),
        "policy": event.policy,
    }


def timer_rows(account: Account) -> list[TimerRow]:
    """Return the account's timers as they are stored, sorted."""
    return sorted((t.name, instant(t.due), t.number) for t in account.timers)


def trusted(account_id: str, rows: Sequence[EventRow], row: AccountRow | None) -> tuple[list[Event], str]:
    """Return the events of a log that holds, and its head.

    Raises:
        LogDamaged: it does not hold, or it does not end where the account row says.
    """
    inspection = Inspection(account_id)
    found = list(inspection.log(rows))
    if not found and row is not None and (row.version, row.head) != (inspection.version, inspection.head):
        found = [Damage(account_id, row.version, "it does not end where the account row says")]
    if found:
        raise LogDamaged(account_id, found[0].version, found[0].what)
    return [decode_event(r.body, account_id, r.version) for r in rows], inspection.head
