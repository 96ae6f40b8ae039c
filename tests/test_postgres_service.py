"""The service on PostgreSQL: what must not be stored is not, and an answer that got lost can be asked for again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from postgres import Server
from shop import SECRET, Shop
from test_privacy import story

from lifecycle import Actor, Lifecycle
from lifecycle.errors import StoreUnavailable

SIGN_UP = {"registration_fields": 4, "verified_by": "link"}
WARNED = {"ground": "platform_rules"}


def _everything(url: str) -> str:
    """Every row of every table, as text; bytes are in it as hexadecimal digits."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with closing(psycopg.connect(url)) as connection:
        names = [name for (name,) in connection.execute(tables).fetchall()]
        assert len(names) > 10
        rows = [row for name in names for (row,) in connection.execute(f"SELECT t::text FROM {name} t").fetchall()]
        return "\n".join(rows)


def test_no_planted_word_is_in_the_database(postgres_url: str, shop: Shop) -> None:
    """Neither identifiers nor texts nor codes are in any table, as text or as bytes."""
    with Lifecycle.open(postgres_url, secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        planted = story(accounts)
        assert accounts.text("ann", "email") == planted[0]
    stored = _everything(postgres_url)
    assert '"trigger":"appeal"' in stored.replace('""', '"')
    for word in planted[:-1]:
        assert word not in stored
        assert word.encode().hex() not in stored
    with closing(psycopg.connect(postgres_url)) as connection:
        bodies = connection.execute("SELECT body FROM lifecycle_event").fetchall()
    assert not any(planted[-1] in body for (body,) in bodies)


class Cutting:
    """A way to the server that can be cut after an answer left it and before the answer arrives."""

    def __init__(self, server: Server) -> None:
        self._path = f"{server.folder}/.s.PGSQL.{server.port}"
        self._door = socket.create_server(("127.0.0.1", 0))
        self._left: int | None = None
        self.cut = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        """Where to connect."""
        return int(self._door.getsockname()[1])

    def cut_after(self, messages: int) -> None:
        """Swallow the answer to the last of so many messages, and hang up."""
        self._left = messages

    def close(self) -> None:
        """Take nobody any more."""
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._path)
            threading.Thread(target=self._back, args=(client, server), daemon=True).start()
            while message := _received(client):
                if self._left is not None:
                    self._left -= 1
                server.sendall(message)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        while answer := _received(server):
            if self._left == 0:
                self._left = None
                self.cut.set()
                client.shutdown(socket.SHUT_RDWR)
                return
            try:
                client.sendall(answer)
            except OSError:
                return


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""


@pytest.fixture
def way(server: Server) -> Iterator[Cutting]:
    """A way to the server that can be cut."""
    way = Cutting(server)
    yield way
    way.close()


def test_an_answer_that_got_lost(postgres_url: str, way: Cutting, shop: Shop) -> None:
    """Cut between commit and answer, a request says that it is not known; repeated under its key, it happened once."""
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    url = f"postgresql://postgres@127.0.0.1:{way.port}/{name}?pool_size=1"
    with Lifecycle.open(url, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=SIGN_UP)
        request = {"account": "ann", "by": Actor.reviewer("r1"), "facts": WARNED, "key": "k1"}
        way.cut_after(2)
        with pytest.raises(StoreUnavailable, match="whether the decision was written is not known"):
            accounts.submit("warn", **request)
        assert way.cut.is_set()
        decision = accounts.submit("warn", **request)
        assert decision.repeated
        assert decision.allowed
        assert [event.trigger for event in accounts.events("ann")] == ["register", "warn"]
        assert accounts.store.verify().damage == ()


def test_a_connection_cut_before_the_write(postgres_url: str, way: Cutting, shop: Shop) -> None:
    """Cut while an account's turn begins, nothing was written, and that is what is said; the next request is served."""
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    url = f"postgresql://postgres@127.0.0.1:{way.port}/{name}?pool_size=1"
    with Lifecycle.open(url, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=SIGN_UP)
        way.cut_after(1)
        with pytest.raises(StoreUnavailable, match="Nothing was written"):
            accounts.submit("warn", account="ann", by=Actor.reviewer("r1"), facts=WARNED, key="k1")
        assert accounts.submit("warn", account="ann", by=Actor.reviewer("r1"), facts=WARNED, key="k1").allowed
        assert [event.trigger for event in accounts.events("ann")] == ["register", "warn"]
