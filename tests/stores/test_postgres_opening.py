"""What may be opened in PostgreSQL, what is refused with a reason, and that a password is never said."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from postgres import PASSWORD, Server
from story import T0, Story, everything

from lifecycle import Lifecycle
from lifecycle.errors import BadRequest, ForeignDatabase, NewerDatabase, StoreBusy, StoreError, StoreUnavailable
from lifecycle.model import Actor
from lifecycle.store.postgres import PostgresStore, holds_accounts, schema
from lifecycle.store.postgres.address import read_address
from lifecycle.store.postgres.schema import Migration
from lifecycle.store.taking import Taken, TextRead


@pytest.fixture
def url(server: Server, database: str) -> str:
    """The address of a database without any table."""
    return server.url(database)


@pytest.fixture
def admin(server: Server, database: str) -> Iterator[psycopg.Connection]:
    """A connection to that database, to change it behind the store's back."""
    with closing(server.connect(database)) as connection:
        yield connection


class TestOpening:
    """Opening a database that can be opened."""

    def test_opened_again(self, url: str) -> None:
        """What was written is there when the database is opened again, under either name of the address."""
        assert not holds_accounts(url)
        with closing(PostgresStore(url)) as store:
            Story(store).step()
            before = everything(store)
        assert holds_accounts(url)
        for name in (url, url.replace("postgresql://", "postgres://")):
            with Lifecycle.open(name) as accounts:
                assert everything(accounts.store) == before
                assert accounts.store.verify().events == 1

    def test_looking_leaves_no_trace(self, url: str, admin: psycopg.Connection) -> None:
        """Whoever only looks whether there are accounts makes no table."""
        assert not holds_accounts(url)
        assert admin.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)

    def test_the_hosts_database(self, url: str, admin: psycopg.Connection) -> None:
        """Our tables live beside the host's, whose tables stay as they are."""
        admin.execute("CREATE TABLE orders (id integer)")
        admin.execute("INSERT INTO orders VALUES (7)")
        with closing(PostgresStore(url)) as store:
            Story(store).step()
        assert admin.execute("SELECT id FROM orders").fetchall() == [(7,)]

    def test_a_schema_of_ours(self, url: str, admin: psycopg.Connection) -> None:
        """Our tables may live in a schema of their own, which is made; two of them do not see each other."""
        with (
            closing(PostgresStore(f"{url}&schema=first")) as first,
            closing(PostgresStore(f"{url}&schema=second")) as second,
        ):
            Story(first).step()
            assert second.load("acc_1") is None
            assert first.verify().events == 1
        found = admin.execute(
            "SELECT schemaname FROM pg_tables WHERE tablename = 'lifecycle_event' ORDER BY 1"
        ).fetchall()
        assert found == [("first",), ("second",)]

    def test_search_path_does_not_matter_later(self, url: str, admin: psycopg.Connection) -> None:
        """Tables are found where they were made, whatever a host's connection calls its default schema."""
        with closing(PostgresStore(url)) as store:
            story = Story(store)
            story.step()
            admin.execute("CREATE SCHEMA elsewhere")
            admin.execute("SET search_path TO elsewhere")
            assert store.load("acc_1", connection=admin) == store.load("acc_1")

    def test_without_a_schema(self, server: Server, database: str) -> None:
        """A connection that has no default schema is told to name one."""
        with pytest.raises(StoreUnavailable, match="has no schema for new tables"):
            PostgresStore(server.url(database, options="-csearch_path%3Dnowhere"))

    def test_opened_by_many_at_once(self, url: str) -> None:
        """Several processes may open a new database at the same moment."""
        script = "import sys; from lifecycle.store.postgres import PostgresStore; PostgresStore(sys.argv[1]).close()"
        running = [subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE) for _ in range(3)]
        assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 3

    def test_a_store_that_nobody_closes(self, url: str) -> None:
        """A process that ends without closing its store ends, and says nothing."""
        script = (
            "import sys; from lifecycle.store.postgres import PostgresStore; "
            "store = PostgresStore(sys.argv[1]); store.load('acc_1')"
        )
        ran = subprocess.run([sys.executable, "-c", script, url], capture_output=True, timeout=60, check=False)
        assert (ran.stderr, ran.returncode) == (b"", 0)

    def test_repr(self, server: Server, database: str) -> None:
        """The store's repr says which database it is, and nothing that opens it."""
        with server.connect(database) as admin:
            admin.execute("GRANT ALL ON SCHEMA public TO shop")
        with closing(PostgresStore(server.tcp_url(database))) as store:
            assert repr(store) == f"PostgresStore('postgresql://shop@127.0.0.1:{server.port}/{database}')"


class TestRefused:
    """Opening a database that cannot be opened."""

    @pytest.mark.parametrize(
        "statements",
        [
            ["CREATE TABLE lifecycle_event (x integer)"],
            ["CREATE VIEW lifecycle_meta AS SELECT 1 AS one"],
            ["CREATE TABLE lifecycle_meta (name integer, value integer)"],
            ["CREATE TABLE lifecycle_meta (name text, value text)"],
            [
                "CREATE TABLE lifecycle_meta (name text, value text)",
                "INSERT INTO lifecycle_meta VALUES ('program', 'account-lifecycle'), ('schema', 'many')",
            ],
        ],
    )
    def test_foreign_tables(self, url: str, admin: psycopg.Connection, statements: list[str]) -> None:
        """A database with tables of our names that are not ours is refused and stays as it is."""
        for statement in statements:
            admin.execute(statement)
        for ask in (PostgresStore, holds_accounts):
            with pytest.raises(ForeignDatabase, match=r'"lifecycle_\w+" of another program in its schema "public"'):
                ask(url)
        assert admin.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'lifecycle%'").fetchone() == (1,)

    def test_newer_database(self, url: str, admin: psycopg.Connection) -> None:
        """A database of a newer version is refused."""
        PostgresStore(url).close()
        admin.execute("UPDATE lifecycle_meta SET value = '99' WHERE name = 'schema'")
        for ask in (PostgresStore, holds_accounts):
            with pytest.raises(NewerDatabase, match=r"tables 99, known here \d+\)\. Nothing was changed"):
                ask(url)

    def test_old_server(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that is too old is refused by its version."""
        monkeypatch.setattr(schema, "OLDEST", 990000)
        with pytest.raises(StoreUnavailable, match=r"is PostgreSQL \d+\.\d+; 14 or newer is needed"):
            PostgresStore(url)

    def test_nobody_listens(self) -> None:
        """A server that is not there is said not to be reached, with the host and what to check."""
        for url in ("postgresql://shop@127.0.0.1:1/shop", "postgresql:///shop?host=/nowhere"):
            with pytest.raises(StoreUnavailable, match=r"cannot be reached: .* Check the host and the port"):
                PostgresStore(url)

    def test_wrong_password(self, server: Server, database: str) -> None:
        """A wrong password is said to be wrong, and neither it nor the right one is repeated anywhere."""
        with pytest.raises(StoreUnavailable, match="the user or the password is wrong") as caught:
            PostgresStore(server.tcp_url(database, password="planted-guess"))
        _says_nothing(caught.value, "planted-guess", PASSWORD)

    def test_no_password(self, server: Server, database: str) -> None:
        """A missing password is as good as a wrong one."""
        with pytest.raises(StoreUnavailable, match="the user or the password is wrong"):
            PostgresStore(f"postgresql://shop@127.0.0.1:{server.port}/{database}")

    def test_no_such_user(self, server: Server, database: str) -> None:
        """A user the server does not know is refused at the door."""
        with pytest.raises(StoreUnavailable, match=r"refuses the login\. Check the user"):
            PostgresStore(server.url(database).replace("postgres@", "nobody_here@"))

    def test_no_such_database(self, server: Server) -> None:
        """A database that is not there is said not to exist, and is not made."""
        with pytest.raises(StoreUnavailable, match="missing_shop does not exist on this server"):
            PostgresStore(server.url("missing_shop"))

    def test_may_not_make_tables(self, server: Server, database: str) -> None:
        """A user who may not make the tables is said to need the rights."""
        with pytest.raises(StoreUnavailable, match="does not let this user do that"):
            PostgresStore(server.tcp_url(database))

    def test_may_not_read(self, server: Server, database: str) -> None:
        """A user who may not read the tables that are there is said to need the rights."""
        PostgresStore(server.url(database)).close()
        with pytest.raises(StoreUnavailable, match="does not let this user do that"):
            PostgresStore(server.tcp_url(database))

    def test_no_room_for_another_connection(self, server: Server, database: str) -> None:
        """A server, or a role, that takes no more connections is said to be full."""
        with server.connect("postgres") as admin:
            admin.execute("ALTER ROLE shop CONNECTION LIMIT 0")
            try:
                with pytest.raises(StoreUnavailable, match="has no room for another connection"):
                    PostgresStore(server.tcp_url(database))
            finally:
                admin.execute("ALTER ROLE shop CONNECTION LIMIT -1")

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://u:planted%zz@h/d",
            "postgresql://u:planted@h:port/d",
            "postgresql://u:planted@h/d?nonsense=1",
            "postgresql://u:planted@[h/d",
        ],
    )
    def test_an_address_that_cannot_be_read(self, url: str) -> None:
        """Whatever is wrong with an address, no part of it is repeated, for it may be part of the password."""
        with pytest.raises(BadRequest, match="this address of a PostgreSQL database cannot be read") as caught:
            PostgresStore(url)
        _says_nothing(caught.value, "planted", "%zz")

    @pytest.mark.parametrize(
        ("option", "words"),
        [
            ("schema=Shop;DROP", "schema= in the address"),
            ("schema=", "schema= in the address"),
            ("pool_size=0", "pool_size= in the address"),
            ("pool_size=many", "pool_size= in the address"),
            ("wait=-1", "wait= in the address"),
            ("wait=0", "wait= in the address"),
        ],
    )
    def test_an_option_that_makes_no_sense(self, option: str, words: str) -> None:
        """An option of ours with a value that makes no sense is refused by its name."""
        with pytest.raises(BadRequest, match=words):
            PostgresStore(f"postgresql://u:planted@h/d?{option}")

    def test_our_options_are_read(self) -> None:
        """Options of ours and of the driver's may stand side by side."""
        address = read_address("postgres://u:p@h/d?sslmode=require&schema=shop&wait=0.5&pool_size=3&application_name=x")
        assert (address.schema, address.pool_size, address.wait) == ("shop", 3, 0.5)
        assert (address.options["sslmode"], address.options["application_name"]) == ("require", "x")
        assert str(address) == "postgresql://u@h/d"
        assert "p" not in repr(address).replace("postgresql", "").replace("pool_size", "").replace("schema='shop'", "")

    def test_the_driver_is_missing(self) -> None:
        """Without the driver SQLite still works, and PostgreSQL says what to install."""
        script = (
            "import sys; sys.modules['psycopg'] = None; from lifecycle import Lifecycle; "
            "from lifecycle.errors import StoreUnavailable\n"
            "Lifecycle.open('memory:').close()\n"
            "try: Lifecycle.open('postgresql://u:planted@h/d')\n"
            "except StoreUnavailable as error: print(error)"
        )
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        assert "pip install 'account-lifecycle[postgres]'" in ran.stdout
        assert "planted" not in ran.stdout + ran.stderr


def _says_nothing(error: StoreError | BadRequest, *secrets: str) -> None:
    said = "".join(traceback.format_exception(error))
    # the traceback shows the line of the test that holds the secret; the error itself must not
    shown = [line for line in said.splitlines() if not line.startswith("    ")]
    for secret in secrets:
        assert secret not in "\n".join(shown) + repr(error)


class TestMigrations:
    """How a database comes to have our tables, while others use it."""

    def test_interrupted(self, url: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        """A migration that fails leaves nothing behind, and works once its cause is gone."""
        broken = Migration(("CREATE TABLE lifecycle_half (x integer)", "CREATE nonsense"))
        with monkeypatch.context() as patch:
            patch.setattr(schema, "MIGRATIONS", (broken,))
            with pytest.raises(StoreUnavailable, match="syntax error"):
                PostgresStore(url)
        assert admin.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'lifecycle%'").fetchone() == (0,)
        with closing(PostgresStore(url)) as store:
            Story(store).step()

    def test_later(self, url: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database of an older version is brought to the newest when it is opened; older processes go on meanwhile."""
        with closing(PostgresStore(url)) as old:
            story = Story(old)
            story.step()
            note = Migration(("ALTER TABLE lifecycle_account ADD COLUMN note text",))
            by_note = Migration(
                ("CREATE INDEX CONCURRENTLY IF NOT EXISTS lifecycle_account_note ON lifecycle_account (note)",),
                online=True,
            )
            monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, note, by_note))
            with closing(PostgresStore(url)) as new:
                assert new.verify().events == 1
                story.step()
                assert new.verify().events == 2
        found = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'lifecycle_account_note'::regclass"
        assert admin.execute(found).fetchone() == (True,)

    def test_claims_of_then_stay_and_readings_are_noted(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database from before readings were noted gains their table; who had taken what is still there."""
        with monkeypatch.context() as then:
            then.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:3])
            with closing(PostgresStore(url)) as old:
                old.take(Taken("acc_1", 1, "ana", T0))
        read = TextRead("acc_1", "text-1", Actor.reviewer("ana"), T0)
        with closing(PostgresStore(url)) as store:
            store.note_read(read)
            assert [one.who for one in store.taken()] == ["ana"]
            assert [one for _, one in store.read_back()] == [read]

    def test_online_beside_a_waiting_process(self, url: str) -> None:
        """Two processes that migrate at once do not wait for each other's snapshots: both end with the newest tables."""
        PostgresStore(url).close()
        script = (
            "import sys; from lifecycle.store.postgres import PostgresStore, schema\n"
            "from lifecycle.store.postgres.schema import Migration\n"
            "more = [Migration((f'CREATE INDEX CONCURRENTLY IF NOT EXISTS lifecycle_x{n} ON lifecycle_event (policy)',), "
            "online=True) for n in range(3)]\n"
            "schema.MIGRATIONS = (*schema.MIGRATIONS, *more)\n"
            "PostgresStore(sys.argv[1]).close()"
        )
        running = [subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE) for _ in range(3)]
        assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 3

    def test_an_unfinished_index_is_made_anew(
        self, url: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An index whose making was interrupted is there and unusable: it is dropped and made again."""
        PostgresStore(url).close()
        admin.execute("CREATE INDEX lifecycle_account_note ON lifecycle_account (head)")
        unusable = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lifecycle_account_note'::regclass"
        admin.execute(unusable)
        by_note = Migration(
            ("CREATE INDEX CONCURRENTLY IF NOT EXISTS lifecycle_account_note ON lifecycle_account (state)",),
            online=True,
        )
        monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, by_note))
        PostgresStore(url).close()
        made = admin.execute("SELECT pg_get_indexdef('lifecycle_account_note'::regclass)").fetchone()
        assert made is not None
        assert made[0].endswith("(state)")

    def test_tables_in_use(self, url: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        """A migration that would keep everybody waiting behind a long transaction gives up, and says so."""
        PostgresStore(url).close()
        monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, Migration(("DROP TABLE lifecycle_signal",))))
        monkeypatch.setattr(schema, "PATIENCE", 0.1)
        monkeypatch.setattr(schema, "_TRY", "100ms")
        with admin.transaction():
            admin.execute("SELECT count(*) FROM lifecycle_signal")
            with pytest.raises(StoreBusy, match="others hold the tables for too long"):
                PostgresStore(url)
        PostgresStore(url).close()
        assert admin.execute("SELECT to_regclass('lifecycle_signal')").fetchone() == (None,)

    def test_somebody_else_migrates(self, url: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        """While another process migrates nobody else does."""
        monkeypatch.setattr(schema, "PATIENCE", 0.1)
        admin.execute("SELECT pg_advisory_lock(hashtextextended('lifecycle migrations of public', 7))")
        with pytest.raises(StoreBusy, match="is being migrated by another process"):
            PostgresStore(url)
