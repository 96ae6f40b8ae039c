"""The two steps over the `eventsourcing` library: an aggregate whose events are saved with ``app.save``.

It writes one event a step and neither timer, outbox row nor key, and keeps the aggregate in memory; it always runs
with ``synchronous=FULL``. So it is shown beside, not as an equal.
"""

from __future__ import annotations

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Held(Aggregate):
    """An account that can be warned, and its warning cleared."""

    @event("Opened")
    def __init__(self, name: str) -> None:
        self.name = name
        self.ground: str | None = None
        self.last: tuple[object, ...] = ()

    @event("Warned")
    def warn(self, ground: str, by: str) -> None:
        """Warn it."""
        self.ground = ground
        self.last = (by,)

    @event("Cleared")
    def clear(self, by: str) -> None:
        """Clear the warning."""
        self.ground = None
        self.last = (by,)


class Saved:
    """Accounts kept in an event store: in SQLite, or where *environment* says."""

    def __init__(self, path: str, names: list[str], environment: dict[str, str] | None = None) -> None:
        in_sqlite = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
        self.app: Application = Application(env=environment or in_sqlite)
        self.accounts = {name: Held(name) for name in names}
        self.app.save(*self.accounts.values())

    def warn(self, name: str) -> None:
        """Warn an account and save the event."""
        account = self.accounts[name]
        account.warn("platform_rules", "reviewer:a1")
        self.app.save(account)

    def clear(self, name: str) -> None:
        """Clear the warning of an account and save the event."""
        account = self.accounts[name]
        account.clear("agent:a1")
        self.app.save(account)

    def close(self) -> None:
        """Close the store."""
        self.app.close()
