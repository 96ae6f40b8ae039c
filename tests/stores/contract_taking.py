"""What every store must do with who has taken which appeal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from story import DAY, T0, Story

from lifecycle.store import Store
from lifecycle.store.taking import Taken


class TakingContract:
    """Tests of `Store.take` and `Store.taken`."""

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
