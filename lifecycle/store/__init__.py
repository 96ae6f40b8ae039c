"""The port: what a store keeps of an account, and what the service may ask of it.

Knows the shape of a write (`Batch`) and of every answer. Does not know SQL, a file or a connection, nor any rule:
what an event means is decided before it comes here. A store keeps one append-only log per account, numbered
without gaps, and beside it, in the same transaction, everything that follows from the log: the folded account,
its timers, the notices to send, the index of appeals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from attrs import field, frozen

from lifecycle.errors import StoreError
from lifecycle.model import Account, Actor, Event, State, moment
from lifecycle.store.backwards import Backwards
from lifecycle.store.delivery import Deliveries
from lifecycle.store.sightings import Sighting
from lifecycle.store.soundness import DAMAGE_LIMIT, Damage, Fold, Progress, Refolded, Verified
from lifecycle.store.taking import Taking

__all__ = ["DAMAGE_LIMIT", "Damage", "Fold", "Progress", "Refolded", "Verified"]

ACCOUNT_LIMIT = 256 * 1024
"""How many bytes the text of a folded account may have, unless a store is told otherwise."""

DENIALS_PER_DAY = 100
"""How many denials of one account and UTC day get a row of their own, unless a store is told otherwise."""

FOLD_VERSION = 3
"""Which way of folding made an account row. Raised when `Account` changes so that old rows must be folded again."""


def _as_tuple(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


class Stale(Exception):
    """The account moved after it was read. A signal to read it and decide again; never shown to a caller."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        super().__init__(f'account "{account_id}" moved after it was read')


@frozen(slots=False)
class Loaded:
    """A folded account, and the hash of its last event."""

    account: Account
    head: str


@frozen
class Standing:
    """The least one can ask of an account: its state, its last event's time, when its next timer is due, its version."""

    state: State
    at: dt.datetime | None = field(converter=moment)
    due: dt.datetime | None = field(converter=moment)
    version: int
    read: Callable[[], Account] = field(eq=False, repr=False)
    """Reads all of the account as it stood then, without asking the store again."""


@frozen
class Remembered:
    """What an idempotency key was used for: the request's fingerprint, and the answer as JSON data."""

    fingerprint: str
    answer: Mapping[str, Any] = field(repr=False)


@frozen
class Denial:
    """A refused attempt. ``more`` counts later ones of the same day that got no row of their own."""

    account_id: str
    trigger: str
    by: Actor
    at: dt.datetime = field(converter=moment)
    codes: tuple[str, ...] = field(converter=_as_tuple)
    more: int = 0


@frozen
class Sealed:
    """A private text, encrypted under its account's key."""

    ref: str
    purpose: str
    ciphertext: bytes = field(repr=False)


@frozen
class Identifier:
    """A keyed hash of something that identifies a person; ``kind`` says of what.

    ``owners`` are the accounts that had it when a decision was made of that; None if nobody looked.
    """

    kind: str
    hashed: str = field(repr=False)
    owners: tuple[str, ...] | None = None

    def taken_since(self, owners: Iterable[str], account_id: str) -> bool:
        """Whether among the *owners* of now there is another than when it was looked at; *account_id* does not count."""
        return self.owners is not None and not set(owners) <= {*self.owners, account_id}


@frozen
class OutboxRow:
    """A notice to send. ``id`` is ``account:version:n``; whoever receives it twice tells by the id."""

    id: str
    account_id: str
    version: int
    notice: str
    values: Mapping[str, Any]
    at: dt.datetime = field(converter=moment)


@frozen
class Appealed:
    """An appeal, as the queue of appeals sees it."""

    account_id: str
    number: int
    since: dt.datetime = field(converter=moment)
    status: str
    escalated: bool
    outcome: str | None = None
    decided_at: dt.datetime | None = field(default=None, converter=moment)


@frozen
class DueTimer:
    """A timer that stands. ``number`` is its generation."""

    account_id: str
    name: str
    due: dt.datetime = field(converter=moment)
    number: int


@frozen(slots=False)
class Batch:
    """One write: everything that one decision leaves behind. Stored whole, or not at all.

    ``expected`` is the version the decision was based on, 0 for a new account. ``account`` is the folded account
    afterwards; without events it is not written. ``key``, ``fingerprint`` and ``answer`` remember the request.
    ``account_key`` is the wrapped key of the account's private texts, kept if the account has none yet. ``before`` is
    the account as it was loaded, where it was: what follows from it and did not change is then left alone.

    Raises:
        StoreError: the parts do not belong together. A mistake of the caller's code, never of a user.
    """

    account_id: str
    expected: int
    account: Account
    events: tuple[Event, ...] = ()
    key: str | None = field(default=None, repr=False)
    fingerprint: str | None = None
    answer: Mapping[str, Any] | None = field(default=None, repr=False)
    denial: Denial | None = None
    sealed: tuple[Sealed, ...] = ()
    account_key: bytes | None = field(default=None, repr=False)
    identifiers: tuple[Identifier, ...] = ()
    before: Account | None = None

    def __attrs_post_init__(self) -> None:
        version = self.expected
        for event in self.events:
            version += 1
            if event.account_id != self.account_id:
                raise StoreError("a batch concerns one account only")
            if event.version != version:
                raise StoreError("the events of a batch must follow the expected version without a gap")
        if self.account.id != self.account_id or (
            self.denial is not None and self.denial.account_id != self.account_id
        ):
            raise StoreError("a batch concerns one account only")
        if self.before is not None and (self.before.id != self.account_id or self.before.version != self.expected):
            raise StoreError("the account before a batch must be the one at the expected version")
        if self.events and self.account.version != version:
            raise StoreError("the account of a batch must be folded up to its last event")
        if (self.key is None) != (self.fingerprint is None):
            raise StoreError("an idempotency key and the fingerprint of its request come together")

    def stamped(self, recorded_at: dt.datetime) -> tuple[Event, ...]:
        """Return the events, each with a ``recorded_at``; one that has its own keeps it."""
        return tuple([event.stamped(recorded_at) for event in self.events])

    def notices(self) -> Iterator[OutboxRow]:
        """Return the notices to send: one per ``notify`` of each event, counted from 1 within the event."""
        for event in self.events:
            for n, change in enumerate(event.told, start=1):
                id = f"{self.account_id}:{event.version}:{n}"
                yield OutboxRow(id, self.account_id, event.version, change.name, change.values, event.at)


class Turn(Protocol):
    """An account's turn: it was read, and nobody else writes to it until the turn is over.

    ``remembered`` is what the idempotency key asked for was used for.
    """

    loaded: Loaded | None
    remembered: Remembered | None

    @property
    def connection(self) -> Any:
        """What further questions inside the turn are asked with."""

    def append(self, batch: Batch, *, recorded_at: dt.datetime) -> None:
        """Write *batch*, at most once in a turn; it is kept when the turn ends well. Raises as `Store.append` does."""


class Store(Deliveries, Backwards, Taking, Protocol):
    """Where accounts live. Safe to use from several threads.

    Where a ``connection`` is taken, it is the host's own open connection to the same database: the step then
    commits or rolls back with the host's rows. Every method raises `lifecycle.errors.StoreError` or one of its
    kinds when the database cannot serve; nothing is ever half written.
    """

    def load(self, account_id: str, *, connection: Any = None) -> Loaded | None:
        """Return the folded account, or None if nobody of this id was ever registered."""

    def standing(self, account_id: str) -> Standing | None:
        """Return how an account stands without reading all of it, or None if nobody of this id was ever registered."""

    def remembered(self, account_id: str, key: str, *, connection: Any = None) -> Remembered | None:
        """Return what this idempotency key of the account was used for, or None."""

    def turn(self, account_id: str, *, key: str | None = None, connection: Any = None) -> AbstractContextManager[Turn]:
        """Begin an account's turn: take the account for ourselves, then read it, and what *key* was used for.

        Leaving it with an error takes everything back. Nobody else should be asked anything that takes long meanwhile.
        """

    def append(self, batch: Batch, *, recorded_at: dt.datetime, connection: Any = None) -> None:
        """Write *batch* in one transaction. ``recorded_at`` goes into every event that has none.

        Raises:
            Stale: the account is not at the expected version, the key was stored meanwhile for this request, or
                somebody took an identifier since it was looked at.
            KeyReused: the idempotency key belongs to another request.
            AccountTooLarge: the folded account passed its size limit.
            UnknownAccount: there is nothing to append and no account either.
        """

    def events(self, account_id: str, *, after: int = 0, connection: Any = None) -> Iterator[Event]:
        """Return the events with a version above *after*, in order.

        Raises:
            LogDamaged: a stored event cannot be read.
        """

    def log(self, *, after: str = "") -> Iterator[tuple[str, Event]]:
        """Return the events of all accounts in an order in which none can appear before one that was told.

        Each comes with its place in the log, an opaque text: whoever gives the last one they saw as *after* goes on from
        there and misses nothing. Events of one account come in their order.

        Raises:
            BadRequest: *after* is no place in a log.
            LogDamaged: a stored event cannot be read.
        """

    def accounts(self, *, state: State | None = None) -> Iterator[Account]:
        """Return the accounts, those in *state* only if one is given, by id."""

    def appeals(self, *, open: bool | None = None) -> Iterator[Appealed]:
        """Return the appeals, oldest first: all, the open ones, or the others."""

    def denials(self, account_id: str) -> Iterator[Denial]:
        """Return the refused attempts on an account, in the order they were recorded."""

    def outbox(self, account_id: str | None = None) -> Iterator[OutboxRow]:
        """Return the notices, of one account or of all, in the order they were written."""

    def timers(self, *, due_by: dt.datetime | None = None) -> Iterator[DueTimer]:
        """Return the standing timers, those due at or before *due_by* if given, by due time, account and name."""

    def account_key(self, account_id: str, *, connection: Any = None) -> bytes | None:
        """Return the wrapped key of the account's private texts; None if it has none or it was erased."""

    def sealed(self, account_id: str, ref: str, *, purpose: str | None = None) -> Sealed | None:
        """Return the private text of this reference; where there are several, the first by purpose."""

    def identifier_owners(self, kind: str, hashes: Sequence[str], *, connection: Any = None) -> tuple[str, ...]:
        """Return the ids of all accounts known by this identifier, those that took it last first.

        *hashes* are those of one value under every secret. An erased account is known by nothing any more, unless its
        identifiers stay reserved.
        """

    def sight(self, sighting: Sighting, *, connection: Any = None) -> None:
        """Keep a sighting in the place of an earlier one of the same account, signal and thing.

        One of nothing named is always another. The newest are kept; see `lifecycle.store.sightings`.
        """

    def sightings(
        self, account_id: str, signals: Sequence[str] | None = None, *, connection: Any = None
    ) -> tuple[Sighting, ...]:
        """Return what was seen of an account, for these signals or for all, oldest first."""

    def sightings_of(self, signal: str, hashes: Sequence[str], *, connection: Any = None) -> tuple[Sighting, ...]:
        """Return where a thing was seen, with whichever account, oldest first. *hashes* are those of every secret."""

    def forget_sightings(self, account_id: str, numbers: Iterable[int], *, connection: Any = None) -> None:
        """Drop sightings of an account by their numbers."""

    def verify(self, account_id: str | None = None, *, progress: Progress | None = None) -> Verified:
        """Walk the log of one account or of all and say what does not fit; damage is returned, never raised.

        Finds an edited, missing or additional event, wherever it stands, and an account row or a timer that is
        not what the last event left. Cannot find what somebody with write access does who rewrites a whole log,
        every hash after the change and the account row as well; only a copy of the head hash kept elsewhere can.
        Nor does it see an edited field of the folded account other than version, state, time and timers: compare
        with `refold` for that.
        """

    def refold(self, fold: Fold, *, progress: Progress | None = None) -> Refolded:
        """Rewrite every account row, its timers and its latest appeal from the log, one account at a time.

        Raises:
            LogDamaged: a log does not hold, so nothing trustworthy could be folded from it.
        """

    def prune(self, *, before: dt.datetime) -> Mapping[str, int]:
        """Forget idempotency keys and denials older than *before*, and sightings that stopped counting before it.

        Notices that ended before it go as well, but for dead ones, and what the delivery log says of them; and who had
        taken an appeal that is over, or read a text, before it. Returns how many of each went.
        """

    def close(self) -> None:
        """Let go of everything. Whoever asks afterwards gets a `StoreUnavailable`."""
