"""What every store must do for an account's turn: hold it, read it once, write it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from story import T0, Story

from lifecycle.model import Change
from lifecycle.store import Batch, Stale, Store


class TurnContract:
    """Tests of `Store.turn`."""

    def test_a_turn_reads_what_is_stored(self, store: Store, story: Story) -> None:
        """It has the account and its head hash, and nothing for a key that nobody used."""
        story.step()
        with store.turn("acc_1", key="k") as turn:
            assert turn.loaded == store.load("acc_1")
            assert turn.remembered is None
        with store.turn("acc_2") as turn:
            assert turn.loaded is None

    def test_a_turn_finds_what_a_key_was_used_for(self, store: Store, story: Story) -> None:
        """What an idempotency key remembers is read in the same turn."""
        story.step(key="k", fingerprint="f", answer={"said": 1})
        with store.turn("acc_1", key="k") as turn:
            assert turn.remembered == store.remembered("acc_1", "k")
            assert turn.remembered is not None

    def test_what_a_turn_appends_is_kept_when_it_ends(self, store: Store, story: Story) -> None:
        """The batch is written whole: event, account, notices."""
        story.step()
        batch = story.batch(Change("notify", "hello", {"to": "holder"}))
        with store.turn("acc_1") as turn:
            turn.append(batch, recorded_at=T0)
        loaded = store.load("acc_1")
        assert loaded is not None
        assert loaded.account == batch.account
        assert [row.notice for row in store.outbox("acc_1")] == ["hello"]
        assert store.verify().damage == ()

    def test_a_turn_begins_an_account(self, store: Store, story: Story) -> None:
        """The first event of an account may be written in a turn as well."""
        with store.turn("acc_1") as turn:
            turn.append(story.batch(), recorded_at=T0)
        assert [event.version for event in store.events("acc_1")] == [1]

    def test_a_turn_that_fails_leaves_nothing(self, store: Store, story: Story) -> None:
        """An error inside takes back what was appended, and the next turn goes on from before."""
        story.step()
        before = store.load("acc_1")
        batch = story.batch()

        def failing() -> None:
            with store.turn("acc_1") as turn:
                turn.append(batch, recorded_at=T0)
                raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            failing()
        assert store.load("acc_1") == before
        with store.turn("acc_1") as turn:
            assert turn.loaded == before

    def test_a_batch_of_another_version_is_stale_in_a_turn_too(self, store: Store, story: Story) -> None:
        """Whoever appends what was decided on an older account is refused."""
        story.step()
        old: Batch = story.batch()
        story.step()
        with pytest.raises(Stale), store.turn("acc_1") as turn:
            turn.append(old, recorded_at=T0)
        assert [event.version for event in store.events("acc_1")] == [1, 2]

    def test_turns_of_one_account_wait_for_each_other(self, store: Store) -> None:
        """Eight threads take turns on one account: nobody is ever stale, and the log has no gap."""
        Story(store).step()
        inside, most = [], []

        def taking(number: int) -> None:
            for _ in range(6):
                with store.turn("acc_1") as turn:
                    inside.append(number)
                    most.append(len(inside))
                    story = Story(store)
                    story.events = list(store.events("acc_1", connection=turn.connection))
                    turn.append(story.batch(Change("notify", f"thread_{number}", {"to": "holder"})), recorded_at=T0)
                    inside.remove(number)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(taking, range(8)))
        assert [event.version for event in store.events("acc_1")] == list(range(1, 50))
        assert set(most) == {1}
        assert store.verify().damage == ()
