"""The store in PostgreSQL keeps the contract, and whoever reads in order misses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from attrs import evolve
from contract import StoreContract
from story import Story, fold

from lifecycle.errors import StoreError
from lifecycle.model import Change
from lifecycle.store import Batch, Store
from lifecycle.store.opening import open_store
from lifecycle.store.postgres import PostgresStore


class TestPostgresStore(StoreContract):
    """The contract, kept in PostgreSQL."""

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Store]:
        """Open an empty store."""
        store = PostgresStore(postgres_url)
        yield store
        store.close()

    @pytest.fixture
    def small_store(self, postgres_url: str) -> Iterator[Store]:
        """Open an empty store with the small limits of the contract."""
        store = PostgresStore(postgres_url, account_limit=2048, denials_per_day=3)
        yield store
        store.close()

    def test_too_much_at_once(self, store: Store, story: Story) -> None:
        """More than one statement can carry is refused before anything is sent."""
        first = story.event()
        events = tuple(evolve(first, version=n) for n in range(1, 9001))
        with pytest.raises(StoreError, match="9000 events at once"):
            story.write(Batch("acc_1", 0, fold(events), events))
        assert store.load("acc_1") is None

    def test_nothing_is_told_before_what_may_still_come(self, store: Store, postgres_url: str) -> None:
        """While a transaction that wrote is open, notices written after it began wait, so that no reader passes it by."""
        told = Change("notify", "n")
        early, late = Story(store, "early"), Story(store, "late")
        with closing(psycopg.connect(postgres_url)) as host:
            early.write(early.batch(told), connection=host)
            late.step(told)
            assert list(store.outbox()) == []
            assert len(list(store.outbox("late"))) == 1
            host.commit()
        assert [row.account_id for row in store.outbox()] == ["early", "late"]

    def test_a_slow_reader_misses_nothing(self, store: Store) -> None:
        """Four writers and a reader who goes on from where it was: each notice is told once, in order of each account."""
        told: list[str] = []
        writers, each = 4, 30

        def write(number: int) -> None:
            story = Story(store, f"acc_{number}")
            for _ in range(each):
                story.step(Change("notify", "n"))

        with ThreadPoolExecutor(writers) as pool:
            running = [pool.submit(write, number) for number in range(writers)]
            while not all(one.done() for one in running):
                rows = [row.id for row in store.outbox()]
                # what was told before is told again in the same order: nothing came in between later
                assert rows[: len(told)] == told
                told = rows
            for one in running:
                one.result()
        told = [row.id for row in store.outbox()]
        assert len(set(told)) == len(told) == writers * each
        for number in range(writers):
            mine = [int(id.split(":")[1]) for id in told if id.startswith(f"acc_{number}:")]
            assert mine == list(range(1, each + 1))


def test_it_is_a_store(postgres_url: str) -> None:
    """It says so of itself by an address without anything that opens it, and is opened by either name of the scheme."""
    for url in (postgres_url, postgres_url.replace("postgresql:", "postgres:", 1)):
        with closing(open_store(url)) as store:
            assert isinstance(store, PostgresStore)
            assert repr(store).startswith("PostgresStore('postgresql://postgres@")
