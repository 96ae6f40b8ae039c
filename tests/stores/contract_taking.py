"""What every store must do with who has taken which appeal, and who has read which text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from story import DAY, SECOND, T0, Story

from lifecycle.errors import BadRequest
from lifecycle.model import Actor, Change, State
from lifecycle.store import Store
from lifecycle.store.taking import Taken, TextRead

OPENED, DECIDED = Change("open", "appeal"), Change("change", "appeal", {"status": "granted"})


class TakingContract:
    """Tests of `Store.take` and `Store.taken`, of `Store.note_read` and `Store.read_back`."""

    def test_an_appeal_is_taken_handed_over_and_given_back(self, store: Store) -> None:
        """Whoever takes an appeal says who had it; then it is theirs, until they give it back."""
        first, second = Taken("acc_1", 3, "ana", T0), Taken("acc_1", 3, "ben", T0 + DAY)
        assert store.take(first)
        assert list(store.taken()) == [first]
        assert store.take(second, instead_of="ana")
        assert list(store.taken("acc_1")) == [second]
        assert store.take(Taken("acc_1", 3, "", T0 + DAY), instead_of="ben")
        assert list(store.taken()) == []

    def test_what_somebody_else_took_meanwhile_is_not_taken(self, store: Store) -> None:
        """Of what somebody saw with nobody, or with another, nothing is noted if that is not so any more."""
        first = Taken("acc_1", 3, "ana", T0)
        store.take(first)
        assert not store.take(Taken("acc_1", 3, "ben", T0 + DAY))
        assert not store.take(Taken("acc_1", 3, "ben", T0 + DAY), instead_of="cleo")
        assert not store.take(Taken("acc_1", 3, "", T0 + DAY))
        assert not store.take(Taken("acc_1", 4, "ben", T0 + DAY), instead_of="ana")
        assert list(store.taken()) == [first]
        assert store.take(Taken("acc_1", 9, "", T0))

    def test_several_are_told_by_account_and_number(self, store: Store) -> None:
        """Of all accounts or of one, in the order of accounts and numbers."""
        for account, number in (("acc_2", 1), ("acc_1", 12), ("acc_1", 3)):
            assert store.take(Taken(account, number, "ana", T0))
        assert [(one.account_id, one.number) for one in store.taken()] == [("acc_1", 3), ("acc_1", 12), ("acc_2", 1)]
        assert [one.number for one in store.taken("acc_1")] == [3, 12]

    def test_of_many_who_take_one_at_once_one_has_it(self, store: Store) -> None:
        """Eight threads take the same appeal: one of them gets it, and the others are told that they did not."""
        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda n: store.take(Taken("acc_1", 3, f"person_{n}", T0)), range(8)))
        assert sum(won) == 1
        assert [one.who for one in store.taken()] == [f"person_{won.index(True)}"]

    def test_taking_is_no_step_of_the_account(self, store: Store) -> None:
        """The log, the account and its version stay as they are."""
        story = Story(store)
        story.step()
        before = store.load("acc_1")
        store.take(Taken("acc_1", 3, "ana", T0))
        assert store.load("acc_1") == before
        assert store.verify().damage == ()

    def test_who_had_an_appeal_that_is_over_is_forgotten(self, store: Store) -> None:
        """A claim ends with its appeal: once that is decided and the claim is old, pruning takes it away, and no other."""
        story = Story(store)
        for each in (story, Story(store, "acc_2")):
            each.step(OPENED, dest=State.UNDER_APPEAL)
        for account in ("acc_1", "acc_2", "acc_3"):
            store.take(Taken(account, 1, "ana", T0))
        story.step(DECIDED, dest=State.ACTIVE)
        assert store.prune(before=T0)["claims"] == 0
        assert store.prune(before=T0 + SECOND)["claims"] == 2
        assert [one.account_id for one in store.taken()] == ["acc_2"]

    def test_who_read_a_text_is_told_the_last_first(self, store: Store) -> None:
        """Of all accounts or of one, from any place on; however many there are."""
        reads = [TextRead(f"acc_{n % 2}", f"text-{n}", Actor.reviewer("ana"), T0 + n * SECOND) for n in range(401)]
        for read in reads:
            store.note_read(read)
        told = list(store.read_back())
        assert [read for _, read in told] == reads[::-1]
        assert [read for _, read in store.read_back(account_id="acc_1")] == reads[399::-2]
        assert [read for _, read in store.read_back(before=told[9][0])] == reads[-11::-1]
        assert next(store.read_back(account_id="acc_3"), None) is None

    def test_a_place_among_them_is_a_number(self, store: Store) -> None:
        """Anything else is refused, in words."""
        with pytest.raises(BadRequest, match="a place"):
            list(store.read_back(before="1; DROP TABLE"))

    def test_who_read_what_long_ago_is_forgotten(self, store: Store) -> None:
        """Pruning takes what is older; what comes after it has a place of its own all the same."""
        for n in range(3):
            store.note_read(TextRead("acc_1", f"text-{n}", Actor.supervisor("ben"), T0 + n * DAY))
        assert store.prune(before=T0 + DAY)["readings"] == 1
        store.note_read(TextRead("acc_1", "text-9", Actor.reviewer("ana"), T0 + 3 * DAY))
        assert [read.ref for _, read in store.read_back()] == ["text-9", "text-2", "text-1"]

    def test_reading_is_no_step_of_the_account(self, store: Store) -> None:
        """The log and the account stay as they are, and erasing the account leaves standing who had read what."""
        story = Story(store)
        story.step()
        before = store.load("acc_1")
        store.note_read(TextRead("acc_1", "text-1", Actor.reviewer("ana"), T0))
        assert store.load("acc_1") == before
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert [read.by.id for _, read in store.read_back()] == ["ana"]
