"""What every store must do, the first half: the log, the account row, and all that stands beside it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from attrs import evolve
from story import DAY, HOUR, RECORDED, SECOND, T0, Story, everything, fold, nothing_changed, timer

from lifecycle.errors import BadRequest, StoreError
from lifecycle.model import Account, Actor, Change, State
from lifecycle.store import (
    Batch,
    Denial,
    DueTimer,
    Identifier,
    OutboxRow,
    Remembered,
    Sealed,
    Stale,
    Standing,
    Store,
)
from lifecycle.store.codec import GENESIS, chain, encode_event


class FollowingContract:
    """Tests of `Store.log`."""

    def test_the_whole_log_is_followed(self, store: Store) -> None:
        """Events of all accounts come in the order they were written, each once, from any place on."""
        first, second = Story(store, "acc_1"), Story(store, "acc_2")
        for story in (first, second, first, second, second):
            story.step()
        seen = list(store.log())
        assert [(event.account_id, event.version) for _, event in seen] == [
            *(("acc_1", 1), ("acc_2", 1), ("acc_1", 2), ("acc_2", 2), ("acc_2", 3))
        ]
        for n, (place, _) in enumerate(seen):
            assert list(store.log(after=place)) == seen[n + 1 :]
        first.step()
        assert [event.version for _, event in store.log(after=seen[-1][0])] == [3]

    @pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "1-x", "½"])
    def test_a_place_that_is_none_is_refused(self, store: Store, after: str) -> None:
        """Whoever goes on from nowhere is told so."""
        with pytest.raises(BadRequest, match="after="):
            list(store.log(after=after))


class BackwardsContract:
    """Tests of `Store.log_back` and `Store.denials_back`."""

    def test_the_log_is_read_from_its_end(self, store: Store) -> None:
        """Events of all accounts come as in the log, the last first, and from any place on back to the first."""
        first, second = Story(store, "acc_1"), Story(store, "acc_2")
        for story in (first, second, first, second, second):
            story.step()
        seen = list(store.log())
        assert list(store.log_back()) == seen[::-1]
        for n, (place, _) in enumerate(seen):
            assert list(store.log_back(before=place)) == seen[:n][::-1]

    def test_refused_attempts_are_read_from_the_last_one(self, store: Store) -> None:
        """Refused attempts on all accounts come with the last first, and from any place on back to the first."""
        first, second = Story(store, "acc_1"), Story(store, "acc_2")
        for story in (first, second):
            story.step()
        for n, story in enumerate((first, second, first)):
            denial = Denial(story.id, "appeal", Actor.holder(story.id), T0 + n * DAY, ("not_now",))
            store.append(story.quiet(denial=denial), recorded_at=RECORDED)
        seen = list(store.denials_back())
        assert [(each.account_id, each.at) for _, each in seen] == [
            *(("acc_1", T0 + 2 * DAY), ("acc_2", T0 + DAY), ("acc_1", T0))
        ]
        for n, (place, _) in enumerate(seen):
            assert list(store.denials_back(before=place)) == seen[n + 1 :]

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1-x", "½", "2026~1"])
    def test_a_place_before_which_there_is_nothing_is_refused(self, store: Store, before: str) -> None:
        """Whoever goes back from nowhere is told so."""
        for reading in (store.log_back, store.denials_back):
            with pytest.raises(BadRequest, match=r"after=|before="):
                list(reading(before=before))


class LogContract(FollowingContract, BackwardsContract):
    """The log and the account row; timers, notices and appeals."""

    def test_unknown_account(self, store: Store) -> None:
        """Of an account nobody registered there is nothing."""
        assert store.load("nobody") is None
        assert store.standing("nobody") is None
        assert store.remembered("nobody", "key_1") is None
        assert store.account_key("nobody") is None
        assert store.sealed("nobody", "ref_1") is None
        assert [*store.events("nobody"), *store.denials("nobody"), *store.outbox("nobody")] == []

    def test_what_is_written_is_read_back(self, store: Store, story: Story) -> None:
        """An account is read back as it was folded, its events as they were decided, stamped with their recording."""
        story.step(facts={"reason": "moving", "count": 3, "list": ["a"]}, evidence=({"kind": "passport", "ref": "r"},))
        story.step(dest=State.DEACTIVATED)
        loaded = store.load("acc_1")
        assert loaded is not None
        assert loaded.account == fold(story.events)
        assert story.stored() == [evolve(e, recorded_at=RECORDED) for e in story.events]

    def test_how_an_account_stands(self, store: Store, story: Story) -> None:
        """Asked for no more than how it stands, a store says state, version, the last event's time and the next timer's.

        Whoever then wants all of the account reads it as it stood at that moment.
        """
        story.step(dest=State.DEACTIVATED)
        stands = store.standing("acc_1")
        assert stands is not None
        last = story.events[-1]
        assert stands == Standing(State.DEACTIVATED, last.at, None, last.version, stands.read)
        assert stands.read() == fold(story.events)
        story.step(timer("late", T0 + DAY), timer("soon", T0 + HOUR), dest=State.SUSPENDED)
        last = story.events[-1]
        later = Standing(State.SUSPENDED, last.at, T0 + HOUR, last.version, stands.read)
        assert store.standing("acc_1") == later

    def test_what_did_not_change_is_left_alone(self, store: Store, story: Story) -> None:
        """With the account as it was before, timers, appeal and reservations still follow what did change."""
        story.write(story.batch(timer("t", T0 + DAY), identifiers=(Identifier("email", "h1"),)))
        for change in (Change("open", "appeal"), Change("flag", "reserved", {"value": True}), Change("stop", "t")):
            story.write(story.batch(change, before=fold(story.events)))
        assert [(a.number, a.status) for a in store.appeals()] == [(2, "open")]
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert store.identifier_owners("email", ["h1"]) == ("acc_1",)
        assert list(store.timers()) == []
        assert store.verify().damage == ()

    def test_before_is_the_account_at_the_expected_version(self, story: Story) -> None:
        """A batch whose account before is of another version does not belong together."""
        story.step()
        with pytest.raises(StoreError, match="before a batch"):
            story.batch(before=Account("acc_1"))

    def test_several_events_in_one_batch(self, story: Story) -> None:
        """What followed from a step is written with it."""
        first = story.event()
        second = evolve(first, version=2, dest=State.SUSPENDED)
        story.write(Batch("acc_1", 0, fold([first, second]), (first, second)))
        assert [e.version for e in story.stored()] == [1, 2]

    def test_recorded_at_is_kept(self, story: Story) -> None:
        """An event that says when it was recorded is not stamped again."""
        story.step(recorded_at=T0 + HOUR)
        assert story.stored()[0].recorded_at == T0 + HOUR

    def test_the_head_is_the_chain(self, store: Store, story: Story) -> None:
        """The head is the hash over every event, each chained to the one before."""
        story.step()
        story.step()
        head = GENESIS
        for event in story.stored():
            head = chain(head, encode_event(event))
        loaded = store.load("acc_1")
        assert loaded is not None
        assert loaded.head == head

    def test_events_after(self, store: Store, story: Story) -> None:
        """Events can be read from a version on."""
        for _ in range(4):
            story.step()
        assert [e.version for e in store.events("acc_1", after=2)] == [3, 4]
        assert list(store.events("acc_1", after=4)) == []

    def test_a_long_log(self, story: Story) -> None:
        """A log longer than any page is read whole and in order."""
        first = story.event()
        events = [evolve(first, version=n) for n in range(1, 1203)]
        story.write(Batch("acc_1", 0, fold(events), tuple(events)))
        assert [e.version for e in story.stored()] == list(range(1, 1203))

    @pytest.mark.parametrize("expected", [0, 1, 3])
    def test_stale(self, store: Store, story: Story, expected: int) -> None:
        """A decision based on another version than the stored one is turned away, and nothing of it is kept."""
        story.step()
        story.step()
        before = everything(store)
        event = evolve(story.event(Change("notify", "late")), version=expected + 1)
        late = Batch(
            "acc_1",
            expected,
            evolve(fold(story.events), version=expected + 1),
            (event,),
            key="key_1",
            fingerprint="f",
            denial=Denial("acc_1", "appeal", Actor.system(), T0, ("x",)),
            sealed=(Sealed("ref_1", "p", b"x"),),
            account_key=b"key",
            identifiers=(Identifier("email", "h1"),),
        )
        with pytest.raises(Stale):
            store.append(late, recorded_at=RECORDED)
        assert nothing_changed(store, before)

    def test_stale_for_an_unknown_account(self, store: Store, story: Story) -> None:
        """A step of an account that is not there cannot be its second."""
        event = evolve(story.event(), version=2)
        with pytest.raises(Stale):
            store.append(Batch("acc_1", 1, fold([event]), (event,)), recorded_at=RECORDED)
        assert store.load("acc_1") is None

    def test_accounts_by_id_and_state(self, store: Store) -> None:
        """Accounts come by id, and those of one state can be asked for."""
        for name, state in (("b", State.SUSPENDED), ("c", State.ACTIVE), ("a", State.SUSPENDED)):
            Story(store, name).step(dest=state)
        assert [a.id for a in store.accounts()] == ["a", "b", "c"]
        assert [a.id for a in store.accounts(state=State.SUSPENDED)] == ["a", "b"]
        assert list(store.accounts(state=State.DELETED)) == []

    def test_a_stored_value_cannot_be_changed_from_outside(self, store: Store, story: Story) -> None:
        """Whoever changes a mapping that was handed in or out changes nothing that is stored."""
        mine: dict[str, Any] = {"n": 1}
        story.step(Change("notify", "hello", mine), key="key_1", fingerprint="f", answer=mine, facts=mine)
        mine["n"] = 2
        given = story.stored()[0].facts, next(store.outbox()).values, store.remembered("acc_1", "key_1")
        for values in (given[0], given[1], given[2].answer if given[2] else {}):
            assert isinstance(values, dict)
            assert values == {"n": 1}
            values["n"] = 3
        assert story.stored()[0].facts == next(store.outbox()).values == {"n": 1}
        assert store.remembered("acc_1", "key_1") == Remembered("f", {"n": 1})

    def test_timers_equal_the_fold(self, store: Store, story: Story) -> None:
        """A timer is there while the account has it, with its newest due time and generation."""
        story.step(timer("a", T0 + DAY), timer("b", T0 + 2 * DAY))
        story.step(timer("b", T0 + HOUR), Change("stop", "a"))
        assert list(store.timers()) == [DueTimer("acc_1", "b", T0 + HOUR, 2)]
        story.step(Change("stop", "b"))
        assert list(store.timers()) == []

    def test_due_timers(self, store: Store) -> None:
        """Due timers come by due time, then account, then name; one due exactly now is due."""
        Story(store, "b").step(timer("x", T0), timer("late", T0 + HOUR))
        Story(store, "a").step(timer("z", T0), timer("y", T0), timer("early", T0 - HOUR))
        told = [(t.account_id, t.name) for t in store.timers()]
        assert told == [("a", "early"), ("a", "y"), ("a", "z"), ("b", "x"), ("b", "late")]
        assert [t.name for t in store.timers(due_by=T0)] == ["early", "y", "z", "x"]
        assert [t.name for t in store.timers(due_by=T0 - dt.timedelta(microseconds=1))] == ["early"]

    def test_writing_while_walking(self, store: Store) -> None:
        """Whoever walks through the due timers may settle each as it comes."""
        stories = {name: Story(store, name) for name in ("a", "b", "c")}
        for story in stories.values():
            story.step(timer("t", T0))
        seen = []
        for due in store.timers(due_by=T0):
            stories[due.account_id].step(Change("stop", "t"))
            seen.append(due.account_id)
        assert seen == ["a", "b", "c"]
        assert list(store.timers()) == []

    def test_outbox(self, store: Store, story: Story) -> None:
        """Each notice of an event becomes a row whose id is account, version and number within the event."""
        story.step(Change("notify", "first", {"to": "holder"}), timer("t", T0), Change("notify", "second"))
        other = Story(store, "acc_0")
        other.step(Change("notify", "other"))
        story.step(Change("notify", "third"))
        mine = [
            OutboxRow("acc_1:1:1", "acc_1", 1, "first", {"to": "holder"}, T0 + SECOND),
            OutboxRow("acc_1:1:2", "acc_1", 1, "second", {}, T0 + SECOND),
            OutboxRow("acc_1:2:1", "acc_1", 2, "third", {}, T0 + 2 * SECOND),
        ]
        assert list(store.outbox("acc_1")) == mine
        assert [row.notice for row in store.outbox()] == ["first", "second", "other", "third"]

    def test_appeals(self, store: Store) -> None:
        """The queue of appeals shows open ones, oldest first, and what became of the others."""
        old, new = Story(store, "old"), Story(store, "new")
        new.step(Change("open", "appeal"), at=T0 + HOUR)
        old.step(Change("open", "appeal"), at=T0)
        assert [a.account_id for a in store.appeals(open=True)] == ["old", "new"]
        decided = {"status": "decided", "outcome": "granted", "decided_at": (T0 + DAY).isoformat(), "escalated": True}
        old.step(Change("change", "appeal", decided))
        assert [a.account_id for a in store.appeals(open=True)] == ["new"]
        (closed,) = store.appeals(open=False)
        assert (closed.status, closed.outcome, closed.decided_at) == ("decided", "granted", T0 + DAY)
        assert closed.escalated
        assert [a.account_id for a in store.appeals()] == ["old", "new"]

    def test_an_appeal_replaced(self, store: Store, story: Story) -> None:
        """An appeal that another takes the place of is closed if it was open, and keeps its outcome if it was not."""
        story.step(Change("open", "appeal"))
        story.step(Change("open", "appeal"))
        assert [(a.number, a.status) for a in store.appeals()] == [(1, "closed"), (2, "open")]
        story.step(Change("change", "appeal", {"status": "decided", "outcome": "rejected"}))
        story.step(Change("open", "appeal"))
        assert [(a.number, a.status) for a in store.appeals()] == [(1, "closed"), (2, "decided"), (4, "open")]
        story.step(Change("close", "appeal"))
        assert list(store.appeals(open=True)) == []
