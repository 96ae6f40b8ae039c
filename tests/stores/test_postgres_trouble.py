"""A PostgreSQL database that stops serving: every error says what is wrong, where, and what to do; then it serves again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from postgres import PASSWORD, Server
from psycopg import errors
from story import RECORDED, SECOND, T0, Story, fold, timer

from lifecycle.errors import BadRequest, StoreBusy, StoreError, StoreUnavailable
from lifecycle.store import Identifier, Stale
from lifecycle.store.postgres import PostgresStore
from lifecycle.store.postgres import links as links_module
from lifecycle.store.postgres.address import read_address
from lifecycle.store.postgres.line import Link
from lifecycle.store.postgres.trouble import explain, explain_refusal

ELSEWHERE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    """Open an empty store that waits for a second."""
    with closing(PostgresStore(f"{postgres_url}&wait=1")) as store:
        yield store


@pytest.fixture
def admin(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection to the same database."""
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        yield connection


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server of the test's own, to be stopped and killed."""
    server = Server()
    yield server
    server.close()


class TestConnections:
    """Connections that end while they lie idle, or in the middle of something."""

    def test_ended_while_idle(self, store: PostgresStore, story: Story, admin: psycopg.Connection) -> None:
        """Connections that the server ended while nobody used them are replaced before anybody notices."""
        with store.turn("acc_2"):
            story.step()
        admin.execute(ELSEWHERE)
        story.step()
        with store.turn("acc_2"):
            assert [event.version for event in store.events("acc_1")] == [1, 2]

    def test_ended_in_a_turn(self, store: PostgresStore, story: Story, admin: psycopg.Connection) -> None:
        """A connection ended in the middle of a turn takes the turn back, and says that the outcome is not known."""
        story.step()

        def ended() -> None:
            with store.turn("acc_1") as turn:
                turn.append(story.batch(), recorded_at=RECORDED)
                admin.execute(ELSEWHERE)

        with pytest.raises(StoreUnavailable, match=r"whether the decision was written is not known\. Ask again under"):
            ended()
        assert len(story.stored()) == 1
        story.step()
        assert store.verify().damage == ()

    def test_ended_on_a_further_question(self, store: PostgresStore, story: Story, admin: psycopg.Connection) -> None:
        """A connection ended before a question in a turn is said to be ended."""
        story.step()

        def ended() -> None:
            with store.turn("acc_1") as turn:
                admin.execute(ELSEWHERE)
                store.load("acc_2", connection=turn.connection)

        with pytest.raises(StoreUnavailable, match=r"(ended our|broke the) connection"):
            ended()
        story.step()

    def test_cancelled(self, store: PostgresStore, story: Story, admin: psycopg.Connection) -> None:
        """A request that somebody cancels while it waits for its turn is said to be cancelled; nothing was written."""
        story.step()
        faults: list[StoreError] = []

        def late() -> None:
            try:
                story.step()
            except StoreError as fault:
                faults.append(fault)

        with store.turn("acc_1"):
            thread = threading.Thread(target=late)
            thread.start()
            _until(lambda: _waiting(admin) == 1)
            admin.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            thread.join()
        assert isinstance(faults[0], StoreBusy)
        assert "cancelled the request" in str(faults[0])
        assert len(story.stored()) == 1

    def test_held_for_too_long(self, postgres_url: str, story: Story) -> None:
        """A turn that somebody else keeps is waited for only so long."""
        story.step()
        with closing(PostgresStore(f"{postgres_url}&wait=0.1")) as store:
            late = Story(store)
            late.events = late.stored()
            with story.store.turn("acc_1"), pytest.raises(StoreBusy, match="another transaction holds the account"):
                late.step()
            late.step()

    def test_all_in_use(self, postgres_url: str) -> None:
        """When every connection is in use whoever asks is told so after a while."""
        with closing(PostgresStore(f"{postgres_url}&wait=0.2&pool_size=2")) as store:
            with store.turn("acc_1"), store.turn("acc_2"), pytest.raises(StoreBusy, match="all 2 connections"):
                store.load("acc_1")
            assert store.load("acc_1") is None

    def test_a_turn_nobody_ends(self, store: PostgresStore, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server takes back the turn of a process that does nothing with it, and the account is free again."""
        monkeypatch.setattr(links_module, "_TOO_LONG", 100)
        with closing(PostgresStore(_url(store))) as slow:
            stopped = slow.turn("acc_1")
            stopped.__enter__()
            time.sleep(0.3)
            story.step()
            with pytest.raises(StoreUnavailable, match="not known"):
                stopped.__exit__(None, None, None)

    @pytest.mark.parametrize("writing", [False, True])
    def test_interrupted(
        self, store: PostgresStore, story: Story, monkeypatch: pytest.MonkeyPatch, *, writing: bool
    ) -> None:
        """An interrupt while an answer is awaited gives the connection up; the log is whole, and the next step as well."""
        story.step()
        ask = Link.ask

        def interrupted(self: Link, *asked: object) -> object:
            if writing is asked[0][0].startswith("WITH"):  # type: ignore[index]
                monkeypatch.setattr(Link, "ask", ask)
                self._socket = _Interrupting()  # type: ignore[assignment]
            return ask(self, *asked)  # type: ignore[arg-type]

        monkeypatch.setattr(Link, "ask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.append(story.batch(), recorded_at=RECORDED)
        with store.turn("acc_1"):
            # whoever has the turn now sees what became of the other one
            story.events = story.stored()
        assert writing or story.version == 1
        story.step(at=T0 + 5 * SECOND)
        assert store.verify().damage == ()


class _Interrupting:
    def poll(self) -> object:
        raise KeyboardInterrupt


class TestServer:
    """A server that goes and comes back."""

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
    def test_down_and_up(self, own_server: Server, how: signal.Signals) -> None:
        """While the server is down everything is refused at once; as it is up again the same store works, nothing lost."""
        with own_server.database() as name, closing(PostgresStore(f"{own_server.url(name)}&wait=2")) as store:
            story = Story(store)
            with store.turn("acc_2"), store.turn("acc_3"):
                story.step()
            own_server.stop(how)
            began = time.monotonic()
            for ask in (story.step, lambda: store.load("acc_1"), store.verify):
                with pytest.raises(StoreUnavailable, match=r"It answers again as soon as the server does"):
                    ask()
            assert time.monotonic() - began < 4
            own_server.start()
            story.step()
            assert [event.version for event in story.stored()] == [1, 2]
            assert store.verify().damage == ()

    def test_read_only(self, store: PostgresStore, story: Story, admin: psycopg.Connection) -> None:
        """A database that may only be read can be read, verified and opened; a write is refused and says why."""
        story.step()
        admin.execute(f'ALTER DATABASE "{admin.info.dbname}" SET default_transaction_read_only = on')
        try:
            with closing(PostgresStore(_url(store))) as reader:
                late = Story(reader)
                late.events = late.stored()
                assert reader.verify().events == 1
                with pytest.raises(StoreUnavailable, match=r"may only be read: .* Nothing was written"):
                    late.step()
        finally:
            admin.execute(f'ALTER DATABASE "{admin.info.dbname}" RESET default_transaction_read_only')
        story.step()

    def test_read_only_and_new(self, server: Server, database: str) -> None:
        """A database that may only be read cannot be given our tables."""
        with pytest.raises(StoreUnavailable, match="may only be read"):
            PostgresStore(server.url(database, options="-cdefault_transaction_read_only%3Don"))

    def test_full(self, server: Server, database: str) -> None:
        """A server whose disk is full is said to be full; what was acknowledged is there, and room heals it."""
        # The server's own limit on temporary files is no use here, and filling a disk is no test: its code is thrown.
        with closing(PostgresStore(server.url(database))) as store, server.connect(database) as admin:
            story = Story(store)
            story.step()
            admin.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
            )
            admin.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON lifecycle_outbox FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"
            )
            with pytest.raises(StoreUnavailable, match=r"is full: .* Nothing was written"):
                story.fill()
            assert len(story.stored()) == 1
            assert store.remembered("acc_1", "k0") is None
            admin.execute("DROP TRIGGER full_disk ON lifecycle_outbox")
            story.step()
            assert store.verify().damage == ()

    def test_tables_gone(self, server: Server, database: str) -> None:
        """Tables that somebody dropped are missed by an error of ours, and the others still serve."""
        with closing(PostgresStore(server.url(database))) as store, server.connect(database) as admin:
            story = Story(store)
            admin.execute("DROP TABLE lifecycle_timer")
            for ask in (
                store.verify,
                lambda: store.verify("acc_1"),
                lambda: list(store.timers()),
                lambda: store.refold(fold),
            ):
                with pytest.raises(StoreUnavailable, match="misses tables of ours"):
                    ask()
            assert store.load("acc_1") is None
            with pytest.raises(StoreUnavailable, match="misses"):
                story.step(timer("t", T0))

    def test_database_gone(self, own_server: Server) -> None:
        """A database that was dropped under us is said not to exist."""
        with own_server.database() as name:
            store = PostgresStore(own_server.url(name))
            with own_server.connect("postgres") as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
                with pytest.raises(StoreUnavailable, match="does not exist on this server"):
                    store.load("acc_1")
                admin.execute(f"CREATE DATABASE {name}")
            store.close()


class TestProcesses:
    """Threads and forks."""

    def test_forked(self, store: PostgresStore, story: Story) -> None:
        """A forked child opens connections of its own, and both go on writing."""
        story.step()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for _ in range(10):
                    Story(store, f"child_{time.monotonic_ns()}").step()
                assert store.load("acc_1") is not None
                assert links_module._INHERITED
                store.close()
                code = 0
            finally:
                os._exit(code)
        for _ in range(10):
            story.step()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        verified = store.verify()
        assert (verified.accounts, verified.events, verified.damage) == (11, 21, ())

    def test_two_registrations_of_one_identifier(self, postgres_url: str) -> None:
        """Two that take one identifier for two accounts at once do not both believe to be alone."""
        with closing(PostgresStore(postgres_url)) as one, closing(PostgresStore(postgres_url)) as two:
            alone: list[str] = []
            start = threading.Barrier(2)

            def register(store: PostgresStore, name: str, number: int) -> None:
                story = Story(store, name)
                start.wait(10)
                try:
                    story.step(identifiers=(Identifier("email", f"h{number}", owners=()),))
                except Stale:
                    return
                alone.append(f"h{number}")

            for number in range(25):
                threads = [
                    threading.Thread(target=register, args=(store, f"{name}{number}", number))
                    for store, name in ((one, "a"), (two, "b"))
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            assert sorted(alone) == sorted(f"h{number}" for number in range(25))

    def test_killed_in_a_turn(self, store: PostgresStore, story: Story, postgres_url: str) -> None:
        """The turn of a process that is killed is over at once, and nothing of it is kept."""
        story.step()
        script = (
            "import sys, time; from lifecycle.store.postgres import PostgresStore\n"
            "with PostgresStore(sys.argv[1]).turn('acc_1'): print('held', flush=True); time.sleep(60)"
        )
        with subprocess.Popen([sys.executable, "-c", script, postgres_url], stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(StoreBusy):
                Story(store).step()
            holder.kill()
        story.step()
        assert len(story.stored()) == 2


class TestWords:
    """What errors say that cannot be provoked here, and what they never say."""

    ADDRESS = read_address(f"postgresql://shop:{PASSWORD}@db/shop")

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("28000", "refuses the login"),
            ("40P01", "two transactions wait for each other"),
            ("53100", "is full"),
            ("53300", "has no room for another connection"),
            ("57P05", "lay idle for too long"),
            ("58030", "disk reports an error"),
            ("XX001", "malformed"),
            ("08006", "broke the connection off"),
            ("42883", r"cannot be used: .* \(42883\)"),
        ],
    )
    def test_words_for_every_trouble(self, code: str, words: str) -> None:
        """Every code has its sentence, with the database it concerns."""
        error = errors.lookup(code)("it") if code in errors._sqlcodes else psycopg.OperationalError("it")
        error.sqlstate = code
        with pytest.raises(StoreUnavailable, match=f"the database postgresql://shop@db/shop {words}|{words}"):
            raise explain(error, self.ADDRESS)

    def test_values_are_not_repeated(self) -> None:
        """What the server says about values, and the password, are in no error."""
        said = explain(errors.InvalidTextRepresentation("invalid input: hunter2"), self.ADDRESS)
        refused = explain_refusal(psycopg.OperationalError(f"something about {PASSWORD}"), self.ADDRESS)
        timed_out = explain_refusal(errors.ConnectionTimeout("it"), self.ADDRESS)
        assert "hunter2" not in str(said)
        assert PASSWORD not in str(refused)
        assert "did not answer in time" in str(timed_out)

    @pytest.mark.parametrize("key", ["a\0b", "a\ud800"])
    def test_text_that_cannot_be_kept(self, story: Story, key: str) -> None:
        """Text that PostgreSQL cannot keep as it is is refused, not cut off; the connection serves the next step."""
        with pytest.raises(BadRequest, match="cannot be kept in PostgreSQL"):
            story.step(key=key, fingerprint="f")
        story.step()


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def _waiting(admin: psycopg.Connection) -> int:
    found = admin.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    assert found is not None
    return int(found[0])


def _url(store: PostgresStore) -> str:
    options = store._links.address.options
    return f"postgresql://{options['user']}@:{options['port']}/{options['dbname']}?host={options['host']}&wait=1"
