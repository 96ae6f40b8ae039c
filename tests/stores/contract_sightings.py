"""What every store must do with sightings: keep, find again, forget."""

from __future__ import annotations

from story import DAY, HOUR, T0, Story, everything, nothing_changed

from lifecycle.model import Change, State
from lifecycle.store import Store
from lifecycle.store.sightings import MOST_SIGHTINGS, Sighting


def seen(thing: str, account_id: str = "acc_1", signal: str = "addresses", **more: object) -> Sighting:
    """A sighting of a thing by its hash."""
    return Sighting(account_id, signal, thing, more.pop("at", T0), **more)  # type: ignore[arg-type]


class SightingContract:
    """What is seen of an account, beside its log."""

    def test_what_was_seen_is_read_back(self, store: Store) -> None:
        """A sighting is read back as it was kept, with a number of the store's own; the oldest comes first."""
        later = seen("h2", at=T0 + HOUR, ended_at=T0 + DAY, outcome="seller_won", until=T0 + 2 * DAY)
        store.sight(later)
        store.sight(seen("h1"))
        assert store.sightings("acc_1") == (seen("h1"), later)
        assert len({s.number for s in store.sightings("acc_1")} - {None}) == 2
        assert store.sightings("acc_2") == ()

    def test_of_some_signals(self, store: Store) -> None:
        """What was seen for some signals only can be asked for."""
        for each in (seen("h1", signal="b"), seen("h2", signal="a", at=T0 + HOUR), seen("h3", signal="c")):
            store.sight(each)
        assert [s.hashed for s in store.sightings("acc_1", ("a", "b"))] == ["h1", "h2"]
        assert store.sightings("acc_1", ()) == ()

    def test_the_same_thing_once(self, store: Store) -> None:
        """A thing seen again takes the place of its earlier sighting; of another signal or account it is another."""
        for each in (seen("h1"), seen("h1", at=T0 + HOUR), seen("h1", signal="orders"), seen("h1", "acc_2")):
            store.sight(each)
        assert [(s.signal, s.at) for s in store.sightings("acc_1")] == [("orders", T0), ("addresses", T0 + HOUR)]
        assert len(store.sightings("acc_2")) == 1

    def test_nothing_named_is_always_another(self, store: Store) -> None:
        """Where nothing tells two sightings apart, each of them counts."""
        for _ in range(3):
            store.sight(seen(""))
        assert len(store.sightings("acc_1")) == 3

    def test_who_else_was_seen_there(self, store: Store) -> None:
        """A thing is found with every account it was seen with, under any of its hashes."""
        for each in (seen("h1", "b"), seen("h2", "a", at=T0 + HOUR), seen("h3", "c"), seen("h1", "d", signal="other")):
            store.sight(each)
        assert [s.account_id for s in store.sightings_of("addresses", ["h2", "h1"])] == ["b", "a"]
        assert store.sightings_of("addresses", []) == ()

    def test_forgetting_by_number(self, store: Store) -> None:
        """Sightings go by their numbers, and only those of the account that is named."""
        for each in (seen("h1"), seen("h2"), seen("h1", "acc_2")):
            store.sight(each)
        numbers = [s.number for name in ("acc_1", "acc_2") for s in store.sightings(name) if s.hashed == "h1"]
        store.forget_sightings("acc_1", [n for n in numbers if n is not None])
        assert [s.hashed for s in store.sightings("acc_1")] == ["h2"]
        assert len(store.sightings("acc_2")) == 1
        store.forget_sightings("nobody", [1])

    def test_only_the_newest_are_kept(self, store: Store) -> None:
        """However often something is seen, a bounded number of sightings stays: the newest."""
        for n in range(MOST_SIGHTINGS + 2):
            store.sight(seen("", at=T0 + n * HOUR))
        kept = store.sightings("acc_1")
        assert (len(kept), kept[0].at) == (MOST_SIGHTINGS, T0 + 2 * HOUR)

    def test_sightings_are_not_in_the_log(self, store: Store, story: Story) -> None:
        """A sighting writes no event and moves no account."""
        story.step()
        before = everything(store)
        store.sight(seen("h1"))
        assert nothing_changed(store, before)
        assert store.verify().damage == ()

    def test_pruning_sightings(self, store: Store, story: Story) -> None:
        """What stopped counting is forgotten; what still counts, or goes on without an end, is not."""
        story.step()
        store.sight(seen("old", until=T0))
        store.sight(seen("new", until=T0 + DAY))
        store.sight(seen("open"))
        assert store.prune(before=T0 + HOUR)["sightings"] == 1
        assert {s.hashed for s in store.sightings("acc_1")} == {"new", "open"}

    def test_erasing_forgets_what_was_seen(self, store: Store, story: Story) -> None:
        """Nothing that was seen of an erased account is kept."""
        story.step()
        store.sight(seen("h1"))
        store.sight(seen("h1", "acc_2"))
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert store.sightings("acc_1") == ()
        assert len(store.sightings_of("addresses", ["h1"])) == 1

    def test_a_sighting_shows_nothing(self, store: Store) -> None:
        """The repr of a sighting does not hold its hash."""
        store.sight(seen("h1secret"))
        assert "h1secret" not in repr(store.sightings("acc_1"))
