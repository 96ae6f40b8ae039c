"""The two steps over the `eventsourcing` library: an aggregate whose events are saved with ``app.save``.

It writes one event a step and neither timer, outbox row nor key, and keeps the aggregate in memory; it always runs
with ``synchronous=FULL``. So it is shown beside, not as an equal.
"""

from __future__ import annotations

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Held(Aggregate):
    """An account that can be locked and unlocked."""

    @event("Opened")
    def __init__(self, name: str) -> None:
        self.name = name
        self.ground: str | None = None
        self.last: tuple[object, ...] = ()

    @event("Locked")
    def lock(self, ground: str, by: str) -> None:
        """Lock it."""
        self.ground = ground
        self.last = (by,)

    @event("Unlocked")
    def unlock(self, packet_fields: int, cause_remedied: bool, by: str) -> None:
        """Unlock it."""
        self.ground = None
        self.last = (by, packet_fields, cause_remedied)


class Saved:
    """Accounts kept in an event store in SQLite."""

    def __init__(self, path: str, names: list[str]) -> None:
        self.app: Application = Application(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path})
        self.accounts = {name: Held(name) for name in names}
        self.app.save(*self.accounts.values())

    def lock(self, name: str) -> None:
        """Lock an account and save the event."""
        account = self.accounts[name]
        account.lock("declined_payments", "agent:a1")
        self.app.save(account)

    def unlock(self, name: str) -> None:
        """Unlock an account and save the event."""
        account = self.accounts[name]
        account.unlock(4, True, "agent:a1")
        self.app.save(account)

    def close(self) -> None:
        """Close the store."""
        self.app.close()
