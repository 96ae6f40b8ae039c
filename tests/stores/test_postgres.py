"""The store in PostgreSQL keeps the contract, and whoever reads in order misses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from attrs import evolve
from contract import StoreContract
from story import RECORDED, Story, fold

from lifecycle.errors import KeyReused, StoreError
from lifecycle.model import Change
from lifecycle.store import Batch, Sealed, Stale, Store
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

    def test_a_turn_writes_once(self, store: Store, story: Story) -> None:
        """A turn takes one batch, of its own account; a second one is refused, and nothing of the first is kept."""

        def twice(second: Batch) -> None:
            with store.turn("acc_1") as turn:
                turn.append(story.batch(), recorded_at=RECORDED)
                turn.append(second, recorded_at=RECORDED)

        for batch in (story.batch(), Story(store, "acc_2").batch()):
            with pytest.raises(StoreError, match="a turn writes one batch"):
                twice(batch)
        assert story.stored() == []

    def test_a_key_the_turn_was_not_asked_for(self, store: Store, story: Story) -> None:
        """A batch with another key than the turn read is held against what that key was used for."""
        story.step(key="k", fingerprint="f")
        for fingerprint, refusal in (("f", Stale), ("other", KeyReused)):
            with pytest.raises(refusal), store.turn("acc_1", key="j") as turn:
                turn.append(story.batch(key="k", fingerprint=fingerprint), recorded_at=RECORDED)
        with store.turn("acc_1") as turn:
            turn.append(story.batch(key="j", fingerprint="f"), recorded_at=RECORDED)
        assert store.remembered("acc_1", "j") is not None

    def test_more_than_a_socket_takes(self, store: Store, story: Story) -> None:
        """A text larger than what is sent at once is written and read back whole."""
        large = Sealed("ref_1", "p", bytes(range(256)) * 30_000)
        story.step(account_key=b"k", sealed=(large,))
        assert store.sealed("acc_1", "ref_1") == large

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
