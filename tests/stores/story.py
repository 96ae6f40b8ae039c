"""The log of one account, written by hand, to put into a store and compare with what comes back.

Its fold is as simple as can be: stores must work whatever the policy is, so no policy is used here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from attrs import evolve

from lifecycle.model import Account, Actor, Appeal, Change, Event, State, Timer
from lifecycle.store import Batch, Denial, Store

T0 = dt.datetime(2026, 2, 13, 16, 30, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
RECORDED = T0 + 10 * DAY


def timer(name: str, due: dt.datetime) -> Change:
    """The change that arms a timer."""
    return Change("timer", name, {"due": due.isoformat()})


def fold(events: Iterable[Event]) -> Account:
    """Fold events into an account: the last state, the timers, the latest appeal, and two flags."""
    account: Account | None = None
    for e in events:
        was = account or Account(e.account_id, since=e.at)
        account = evolve(was, version=e.version, state=e.dest, at=e.at)
        for c in e.changes:
            others = tuple(t for t in account.timers if t.name != c.name)
            if c.do == "timer":
                account = evolve(account, timers=(*others, Timer(c.name, c.values["due"], e.version)))
            elif c.do == "stop":
                account = evolve(account, timers=others)
            elif c.do == "open":
                account = evolve(account, appeal=Appeal(e.version, e.at, str(e.by), "suspension", 1))
            elif c.do == "change" and account.appeal is not None:
                account = evolve(account, appeal=evolve(account.appeal, **c.values))
            elif c.do == "close":
                account = evolve(account, appeal=None)
            elif c.do == "flag":
                account = evolve(account, **{c.name: c.values["value"]})
    assert account is not None
    return account


class Story:
    """The log of one account, as its writer remembers it."""

    def __init__(self, store: Store, account_id: str = "acc_1") -> None:
        self.store = store
        self.id = account_id
        self.events: list[Event] = []

    @property
    def version(self) -> int:
        """The version of the last event, 0 before the first."""
        return len(self.events)

    def event(self, *changes: Change, dest: State = State.ACTIVE, at: dt.datetime | None = None, **more: Any) -> Event:
        """Make the next event of the log."""
        n = self.version + 1
        source = self.events[-1].dest if self.events else None
        at = at or T0 + n * SECOND
        return Event(self.id, n, f"step_{n}", source, dest, Actor.holder(self.id), at, changes=changes, **more)

    def batch(self, *changes: Change, event: Event | None = None, **more: Any) -> Batch:
        """Make a batch with one further event."""
        names = {"dest", "at", "facts", "evidence", "recorded_at"} & more.keys()
        event = event or self.event(*changes, **{name: more.pop(name) for name in names})
        return Batch(self.id, self.version, fold([*self.events, event]), (event,), **more)

    def quiet(self, **more: Any) -> Batch:
        """Make a batch without an event."""
        account = fold(self.events) if self.events else Account(self.id)
        return Batch(self.id, self.version, account, **more)

    def write(self, batch: Batch, connection: Any = None) -> None:
        """Append a batch and remember its events."""
        self.store.append(batch, recorded_at=RECORDED, connection=connection)
        self.events += batch.events

    def step(self, *changes: Change, **more: Any) -> None:
        """Append one further event."""
        self.write(self.batch(*changes, **more))

    def fill(self, connection: Any = None) -> None:
        """Append events until the store has no room, a thousand at most; each has a key and a long notice."""
        for n in range(1000):
            filler = Change("notify", "n", {"filler": "x" * 500})
            self.write(self.batch(filler, key=f"k{n}", fingerprint="f"), connection)

    def denial(self, at: dt.datetime = T0) -> Batch:
        """Make a batch that records a refused attempt."""
        return self.quiet(denial=Denial(self.id, "appeal", Actor.agent("agent_1"), at, ("guard_a", "guard_b")))

    def stored(self) -> list[Event]:
        """The events as the store has them."""
        return list(self.store.events(self.id))


def nothing_changed(store: Store, before: tuple[object, ...]) -> bool:
    """Whether the store still answers as in *before*, made by `everything`."""
    return everything(store) == before


def everything(store: Store, account_id: str = "acc_1") -> tuple[object, ...]:
    """All that a store says about one account."""
    return (
        store.load(account_id),
        list(store.events(account_id)),
        list(store.outbox()),
        list(store.timers()),
        list(store.appeals()),
        list(store.denials(account_id)),
        store.account_key(account_id),
        store.sealed(account_id, "ref_1"),
        store.remembered(account_id, "key_1"),
        store.identifier_owners("email", ["h1"]),
    )
