"""The store in memory keeps the contract; and what a batch must be, whatever store it goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from attrs import evolve
from contract import StoreContract
from story import T0, Story, fold

from lifecycle.errors import BadRequest, LogDamaged, StoreError
from lifecycle.model import Actor
from lifecycle.store import Batch, Denial, Sealed, Store
from lifecycle.store.memory import MemoryStore


class TestMemoryStore(StoreContract):
    """The contract, kept in memory."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """Open an empty store."""
        store = MemoryStore()
        yield store
        store.close()

    @pytest.fixture
    def small_store(self) -> Store:
        """Open an empty store with the small limits of the contract."""
        return MemoryStore(account_limit=2048, denials_per_day=3)

    def test_takes_no_connection(self, store: Store, story: Story) -> None:
        """A connection handed in is refused: no transaction could be shared."""
        with pytest.raises(BadRequest, match="shares no transaction"):
            store.load("acc_1", connection=object())
        with pytest.raises(BadRequest, match="shares no transaction"):
            story.write(story.batch(), connection=object())
        assert store.load("acc_1") is None

    def test_damage_is_found(self) -> None:
        """An edited row is found in memory as it is in a file, and nothing is folded from it."""
        store = MemoryStore()
        Story(store).step()
        log = store._shelves["acc_1"].log
        log[0] = evolve(log[0], trigger="edited")
        assert [d.what for d in store.verify().damage] == ['the column "trigger" differs from the event']
        with pytest.raises(LogDamaged):
            store.refold(fold)

    def test_repr_tells_no_account(self) -> None:
        """The store's repr says how many accounts there are and nothing about them."""
        store = MemoryStore()
        Story(store, "acc_77").step()
        assert repr(store) == "MemoryStore(1 accounts)"


def _foreign_event(batch: Batch) -> Batch:
    return evolve(batch, events=(evolve(batch.events[0], account_id="acc_2"),))


def _foreign_denial(batch: Batch) -> Batch:
    return evolve(batch, denial=Denial("acc_2", "appeal", Actor.system(), T0, ()))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_foreign_event, "one account only"),
        (_foreign_denial, "one account only"),
        (lambda b: evolve(b, account_id="acc_2"), "one account only"),
        (lambda b: evolve(b, expected=3), "without a gap"),
        (lambda b: evolve(b, events=b.events * 2), "without a gap"),
        (lambda b: evolve(b, account=evolve(b.account, version=9)), "up to its last event"),
        (lambda b: evolve(b, key="k"), "come together"),
        (lambda b: evolve(b, fingerprint="f"), "come together"),
    ],
)
def test_a_batch_fits_together(spoil: Callable[[Batch], Batch], complaint: str) -> None:
    """A batch whose parts do not belong together cannot be made."""
    batch = Story(MemoryStore()).batch()
    with pytest.raises(StoreError, match=complaint):
        spoil(batch)


def test_a_batch_shows_nothing_private() -> None:
    """Neither keys nor ciphertexts nor answers appear in a batch's repr."""
    batch = Story(MemoryStore()).batch(
        key="secretkey",
        fingerprint="f",
        answer={"text": "hunter2"},
        sealed=(Sealed("r", "p", b"ciphertext"),),
        account_key=b"wrappedkey",
    )
    assert not any(word in repr(batch) for word in ("secretkey", "hunter2", "ciphertext", "wrappedkey"))
