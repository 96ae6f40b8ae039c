"""The recorder tests of the library `eventsourcing`, which ship with it, run against our stores through a small adapter.

A recorder there numbers every event of all sequences without gaps, in an order that never changes. Ours has a place in the
log for each; the number is how many places come before it, which only works if none ever appears before one that was seen.
"""

from __future__ import annotations

import base64
import threading
import time
import warnings
from uuid import UUID

import pytest
from story import RECORDED, T0, fold

from lifecycle.model import Actor, Event, State
from lifecycle.store import Batch, Stale
from lifecycle.store.postgres import PostgresStore
from lifecycle.store.sqlite import SqliteStore

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from eventsourcing.persistence import (
        AggregateRecorder,
        ApplicationRecorder,
        IntegrityError,
        Notification,
        StoredEvent,
    )
    from eventsourcing.tests.persistence import (
        AggregateRecorderTestCase,
        ApplicationRecorderTestCase,
        NonInterleavingNotificationIDsBaseCase,
    )

PATIENCE = 30


class Sequences(AggregateRecorder):
    """The logs of accounts, as sequences of somebody else's events: what they hold is a fact of ours."""

    def __init__(self, store):
        self.store = store

    def insert_events(self, stored_events, **_):
        """Append the events of one or several sequences, each sequence whole."""
        for originator in dict.fromkeys(each.originator_id for each in stored_events):
            self._insert([each for each in stored_events if each.originator_id == originator])

    def _insert(self, stored_events):
        account = str(stored_events[0].originator_id)
        log = list(self.store.events(account))
        first = log[0].facts["version"] if log else stored_events[0].originator_version
        events = []
        for number, each in enumerate(stored_events, start=len(log)):
            if each.originator_version != first + number:
                raise IntegrityError(f"version {each.originator_version} of {account} is not the next one")
            facts = {"version": each.originator_version, "state": base64.b64encode(each.state).decode()}
            source = State.ACTIVE if number else None
            by = Actor.system("recorder")
            events.append(Event(account, number + 1, each.topic, source, State.ACTIVE, by, T0, facts=facts))
        batch = Batch(account, len(log), fold([*log, *events]), tuple(events))
        try:
            self.store.append(batch, recorded_at=RECORDED)
        except Stale as error:
            raise IntegrityError(str(error)) from error

    def select_events(self, originator_id, *, gt=None, lte=None, desc=False, limit=None):
        """Return the events of one sequence."""
        found = [stored(event, originator_id) for event in self.store.events(str(originator_id))]
        found = [
            e
            for e in found
            if (gt is None or e.originator_version > gt) and (lte is None or e.originator_version <= lte)
        ]
        return (found[::-1] if desc else found)[:limit]


class Log(Sequences, ApplicationRecorder):
    """All sequences as one, each event with its number."""

    def __init__(self, store):
        super().__init__(store)
        self._lock = threading.Lock()
        self._seen = []
        self._last = ""

    def _followed(self):
        with self._lock:
            for place, event in self.store.log(after=self._last):
                self._seen.append(event)
                self._last = place
            return list(self._seen)

    def insert_events(self, stored_events, **_):
        """Append, and return the numbers, once they can be seen."""
        super().insert_events(stored_events)
        wanted = {(str(each.originator_id), each.originator_version) for each in stored_events}
        until = time.monotonic() + PATIENCE
        while True:
            found = [n for n, e in enumerate(self._followed(), start=1) if (e.account_id, e.facts["version"]) in wanted]
            if len(found) == len(wanted):
                return found
            assert time.monotonic() < until, "what was written is not to be seen in the log"
            time.sleep(0.001)

    def select_notifications(self, start, limit, stop=None, topics=(), *, inclusive_of_start=True):
        """Return events by their numbers."""
        least = 0 if start is None else start if inclusive_of_start else start + 1
        found = []
        for number, event in enumerate(self._followed(), start=1):
            if number >= least and (stop is None or number <= stop) and (not topics or event.trigger in topics):
                said = stored(event, UUID(event.account_id))
                found.append(
                    Notification(said.originator_id, said.originator_version, said.topic, said.state, id=number)
                )
        return found[:limit]

    def max_notification_id(self):
        """Return the number of the last event."""
        return len(self._followed()) or None

    def subscribe(self, gt=None, topics=()):
        """Not offered."""
        raise NotImplementedError


def stored(event, originator):
    """Return an event of ours as one of theirs."""
    return StoredEvent(originator, event.facts["version"], event.trigger, base64.b64decode(event.facts["state"]))


class OverEachStore:
    """Gives each test an empty store of the kind that its class names."""

    kind = ""
    recorder = Log

    @pytest.fixture(autouse=True)
    def _given(self, request, tmp_path):
        if self.kind == "sqlite":
            self.store = SqliteStore(tmp_path / "shop.sqlite3", synchronous="NORMAL")
        else:
            self.store = PostgresStore(request.getfixturevalue("postgres_url"))
        yield
        self.store.close()

    def create_recorder(self):
        """Return the recorder to test."""
        return self.recorder(self.store)


class TestSequencesOnSqlite(OverEachStore, AggregateRecorderTestCase):
    kind, recorder = "sqlite", Sequences


class TestSequencesOnPostgres(OverEachStore, AggregateRecorderTestCase):
    kind, recorder = "postgres", Sequences


class TestLogOnSqlite(OverEachStore, ApplicationRecorderTestCase):
    kind = "sqlite"


class TestLogOnPostgres(OverEachStore, ApplicationRecorderTestCase):
    kind = "postgres"


class TestOneAfterTheOtherOnSqlite(OverEachStore, NonInterleavingNotificationIDsBaseCase):
    kind = "sqlite"


class TestOneAfterTheOtherOnPostgres(OverEachStore, NonInterleavingNotificationIDsBaseCase):
    kind = "postgres"


# The tests themselves stand in the classes above; these would be collected as they are.
del AggregateRecorderTestCase, ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
