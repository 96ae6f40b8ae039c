"""A step on the host's own psycopg connection commits or rolls back with the host's own rows."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.datetime import TimestamptzLoader
from story import HOUR, RECORDED, T0, Story, everything, timer

from lifecycle.errors import BadRequest, KeyReused, StoreBusy, StoreUnavailable, UnknownAccount
from lifecycle.model import Change
from lifecycle.store import Identifier, Sealed, Stale
from lifecycle.store.postgres import PostgresStore
from lifecycle.store.sightings import Sighting

Host = psycopg.Connection[Any]


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    """Open an empty store."""
    with closing(PostgresStore(f"{postgres_url}&wait=1")) as store:
        yield store


@pytest.fixture
def host(postgres_url: str, store: PostgresStore) -> Iterator[Host]:
    """The host's own connection to the same database, with a table of the host's; each statement is one by itself."""
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        connection.execute("CREATE TABLE orders (id text PRIMARY KEY)")
        yield connection


def _orders(host: Host) -> list[tuple[Any, ...]]:
    return host.execute("SELECT id FROM orders ORDER BY id").fetchall()


class TestHostConnection:
    """A step that commits or rolls back with the host's own rows."""

    def test_committed_with_the_host(self, host: Host, store: PostgresStore, story: Story) -> None:
        """Inside the host's transaction the step is seen by the host, and by others once the host commits."""
        with host.transaction():
            host.execute("INSERT INTO orders VALUES ('o1')")
            story.write(story.batch(Change("notify", "n"), timer("t", T0)), connection=host)
            assert store.load("acc_1", connection=host) is not None
            assert store.load("acc_1") is None
        assert store.load("acc_1") is not None
        assert store.verify().events == 1
        assert _orders(host) == [("o1",)]

    def test_rolled_back_with_the_host(self, host: Host, store: PostgresStore, story: Story) -> None:
        """When the host rolls back, the step has never been: event, account, notices, key, texts, identifiers, sightings."""
        batch = story.batch(
            Change("notify", "n"),
            timer("t", T0),
            Change("open", "appeal"),
            key="key_1",
            fingerprint="f",
            account_key=b"k",
            sealed=(Sealed("ref_1", "p", b"x"),),
            identifiers=(Identifier("email", "h1", owners=()),),
        )

        def rolled_back() -> None:
            with host.transaction():
                host.execute("INSERT INTO orders VALUES ('o1')")
                store.append(batch, recorded_at=RECORDED, connection=host)
                store.sight(Sighting("acc_1", "addresses", "h", T0), connection=host)
                assert store.remembered("acc_1", "key_1", connection=host) is not None
                assert store.account_key("acc_1", connection=host) == b"k"
                assert store.identifier_owners("email", ["h1"], connection=host) == ("acc_1",)
                assert len(store.sightings("acc_1", connection=host)) == 1
                assert len(list(store.events("acc_1", connection=host))) == 1
                raise RuntimeError

        with pytest.raises(RuntimeError):
            rolled_back()
        assert everything(store) == (None, [], [], [], [], [], None, None, None, ())
        assert store.sightings("acc_1") == ()
        assert _orders(host) == []

    def test_a_refused_step_spoils_nothing(self, host: Host, store: PostgresStore, story: Story) -> None:
        """A step that is turned away leaves the host's transaction as it was: the host's rows and earlier steps stay."""
        story.step(key="k", fingerprint="f")
        late = Story(store)
        other = Story(store, "acc_2")
        with host.transaction():
            host.execute("INSERT INTO orders VALUES ('o1')")
            other.write(other.batch(), connection=host)
            with pytest.raises(Stale):
                late.write(late.batch(), connection=host)
            with pytest.raises(KeyReused):
                story.write(story.batch(key="k", fingerprint="other"), connection=host)
            with pytest.raises(UnknownAccount):
                store.append(Story(store, "acc_3").denial(), recorded_at=RECORDED, connection=host)
            host.execute("INSERT INTO orders VALUES ('o2')")
        assert _orders(host) == [("o1",), ("o2",)]
        assert [len(each.stored()) for each in (story, other)] == [1, 1]

    def test_an_error_of_the_database_spoils_nothing(self, host: Host, story: Story) -> None:
        """A statement that the server refuses in the middle of a step is taken back to before the step."""
        story.step()
        # a stray event where the next one belongs
        host.execute(
            "INSERT INTO lifecycle_event (account_id, version, machine, trigger, at, recorded_at, policy, body, hash) "
            "SELECT account_id, 2, machine, trigger, at, recorded_at, policy, body, hash FROM lifecycle_event"
        )
        with host.transaction():
            host.execute("INSERT INTO orders VALUES ('o1')")
            with pytest.raises(Stale):
                story.write(story.batch(), connection=host)
        assert _orders(host) == [("o1",)]

    def test_a_connection_without_a_transaction(self, postgres_url: str, store: PostgresStore, story: Story) -> None:
        """The driver begins one with the step, and the host ends it; a step that fails leaves none behind."""
        with closing(psycopg.connect(postgres_url)) as host:
            story.write(story.batch(), connection=host)
            assert host.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
            assert store.load("acc_1") is None
            host.rollback()
            story.events.clear()
            story.write(story.batch(), connection=host)
            host.commit()
            late = Story(store)
            with pytest.raises(Stale):
                late.write(late.batch(), connection=host)
            assert host.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert len(story.stored()) == 1

    def test_a_connection_that_commits_by_itself(self, host: Host, store: PostgresStore, story: Story) -> None:
        """It is refused for writing, since nothing could commit or roll back together; reading with it is fine."""
        with pytest.raises(BadRequest, match="Open a transaction first"):
            story.write(story.batch(), connection=host)
        with pytest.raises(BadRequest, match="Open a transaction first"):
            store.sight(Sighting("acc_1", "addresses", "h", T0), connection=host)
        assert store.load("acc_1", connection=host) is None

    def test_a_failed_transaction(self, host: Host, store: PostgresStore, story: Story) -> None:
        """In a transaction that failed before nothing can be asked, and that is what is said."""

        def failed() -> None:
            with host.transaction():
                with pytest.raises(psycopg.Error):
                    host.execute("SELECT nonsense")
                for ask in (
                    lambda: story.write(story.batch(), connection=host),
                    lambda: store.load("a", connection=host),
                ):
                    with pytest.raises(StoreUnavailable, match=r"transaction failed before\. Roll it back first"):
                        ask()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            failed()
        with host.transaction():
            story.write(story.batch(), connection=host)

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    def test_overtaken(self, host: Host, store: PostgresStore, story: Story, level: str) -> None:
        """A host that began to read before somebody else wrote is told to begin anew: trying again would never help."""
        story.step()
        behind = Story(store)
        behind.events = list(story.events)

        def overtaken() -> None:
            with host.transaction():
                host.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                _orders(host)
                story.step()
                behind.write(behind.batch(), connection=host)

        with pytest.raises(StoreBusy, match="Roll back and begin anew"):
            overtaken()
        assert len(story.stored()) == 2

    def test_overtaken_by_a_registration(self, host: Host, store: PostgresStore, story: Story) -> None:
        """The same where the account is not seen at all, because it was registered after the host began to read."""
        behind = Story(store)

        def overtaken() -> None:
            with host.transaction():
                host.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                _orders(host)
                story.step()
                behind.write(behind.batch(), connection=host)

        with pytest.raises(StoreBusy, match="Roll back and begin anew"):
            overtaken()
        assert len(story.stored()) == 1

    def test_locked_by_the_host(self, host: Host, store: PostgresStore, story: Story) -> None:
        """While the host's transaction has an account's turn, others wait, and say that a connection can be handed in."""
        story.step()
        other = Story(store)
        other.events = list(story.events)
        with host.transaction():
            story.write(story.batch(), connection=host)
            with pytest.raises(StoreBusy, match="hand it in with connection="):
                other.step()

    def test_two_accounts_the_wrong_way_round(self, postgres_url: str, store: PostgresStore) -> None:
        """Two transactions that wait for each other do not wait for ever: one is told to ask again."""
        for name in ("a", "b"):
            Story(store, name).step()
        both, said = threading.Barrier(2), []

        def visit(first: str, second: str) -> None:
            with closing(psycopg.connect(postgres_url)) as connection:
                try:
                    with store.turn(first, connection=connection):
                        both.wait(10)
                        with store.turn(second, connection=connection):
                            pass
                    connection.commit()
                except StoreBusy as fault:
                    said.append(str(fault))

        threads = [threading.Thread(target=visit, args=pair) for pair in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(said) == 1
        assert "two transactions wait for each other" in said[0]

    def test_a_turn_in_the_hosts_transaction(self, host: Host, store: PostgresStore, story: Story) -> None:
        """A turn may be the host's; what it appended is found by whoever asks in it, and goes when the host rolls back."""
        story.step()

        def rolled_back() -> None:
            with host.transaction(), store.turn("acc_1", connection=host) as turn:
                turn.append(story.batch(Change("notify", "n")), recorded_at=RECORDED)
                assert turn.connection is host
                assert len(list(store.events("acc_1", connection=turn.connection))) == 2
                raise RuntimeError

        with pytest.raises(RuntimeError):
            rolled_back()
        assert len(story.stored()) == 1

    def test_an_identifier_taken_in_an_open_transaction(self, host: Host, store: PostgresStore, story: Story) -> None:
        """Who looked at an identifier waits for a transaction that takes it, and then sees that it is taken."""
        other = Story(store, "acc_2")
        batch = story.batch(identifiers=(Identifier("email", "h1", owners=()),))
        with host.transaction():
            other.write(other.batch(identifiers=(Identifier("email", "h1"),)), connection=host)
            with pytest.raises(StoreBusy):
                story.write(batch)
        with pytest.raises(Stale):
            story.write(batch)
        assert store.identifier_owners("email", ["h1"]) == ("acc_2",)

    def test_an_account_stays_in_order(self, host: Host, store: PostgresStore, story: Story) -> None:
        """A host's transaction that is older than the last step writes after it: in order are log, notices and account."""
        told = Change("notify", "n")
        with host.transaction():
            host.execute("INSERT INTO orders VALUES ('o1')")
            story.step(told)
            story.write(story.batch(told), connection=host)
            story.write(story.batch(told), connection=host)
        story.step(told)
        assert [event.version for _, event in store.log()] == [1, 2, 3, 4]
        assert [row.version for row in store.outbox()] == [1, 2, 3, 4]
        assert store.verify().damage == ()

    def test_settings_of_the_hosts(self, host: Host, store: PostgresStore, story: Story) -> None:
        """Rows, cursors, time zone and adapters of the host's change nothing for us, and stay the host's."""

        class Odd(TimestamptzLoader):
            def load(self, data: Any) -> dt.datetime:
                return super().load(data).replace(tzinfo=None)

        host.row_factory = dict_row
        host.cursor_factory = psycopg.ClientCursor
        host.adapters.register_loader("timestamptz", Odd)
        host.adapters.register_dumper(str, psycopg.types.string.StrDumper)
        host.execute("SET timezone TO 'Asia/Kolkata'")
        host.execute("SET datestyle TO 'German, DMY'")
        with host.transaction():
            story.write(story.batch(timer("t", T0), Change("notify", "n"), at=T0 + HOUR), connection=host)
            seen = Sighting("acc_1", "addresses", "h", T0)
            store.sight(seen, connection=host)
            assert store.sightings("acc_1", connection=host) == (seen,)
            assert store.load("acc_1", connection=host) is not None
        assert [due.due for due in store.timers()] == [T0]
        assert store.verify().damage == ()
        assert host.row_factory is dict_row

    @pytest.mark.parametrize("odd", [object(), "postgresql://", psycopg.AsyncConnection])
    def test_not_a_connection(self, store: PostgresStore, story: Story, odd: object) -> None:
        """Anything but a connection of psycopg's is refused by its kind."""
        for ask in (lambda: store.load("acc_1", connection=odd), lambda: story.write(story.batch(), connection=odd)):
            with pytest.raises(BadRequest, match=r"must be an open psycopg\.Connection"):
                ask()

    def test_a_closed_connection(self, host: Host, store: PostgresStore, story: Story) -> None:
        """A host's connection that is closed is an error of ours."""
        host.close()
        for ask in (lambda: store.load("acc_1", connection=host), lambda: story.write(story.batch(), connection=host)):
            with pytest.raises(StoreUnavailable, match="broke the connection off"):
                ask()
