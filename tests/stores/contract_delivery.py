"""What every store must do for workers: hand out due timers and waiting notices, and keep what became of them."""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from story import DAY, HOUR, SECOND, T0, Story, everything, fold, timer

from lifecycle.errors import StoreUnavailable
from lifecycle.model import Change
from lifecycle.store import Store
from lifecycle.store.delivery import AHEAD, Backlog, Claimed, Outcome, Result, Tried, Untold

NOW = T0 + DAY
MINUTE = dt.timedelta(minutes=1)
LEASE = NOW + MINUTE


def tell(store: Store, account_id: str, *notices: str, story: Story | None = None) -> Story:
    """Write a notice in an event of its own for each name."""
    story = story or Story(store, account_id)
    for name in notices:
        story.step(Change("notify", name, {"to": "holder"}))
    return story


def ids(claimed: tuple[Claimed, ...]) -> list[str]:
    """The ids of what was handed out."""
    return [each.id for each in claimed]


def became(claimed: Claimed, outcome: Outcome, why: str | None = None, next_try: dt.datetime | None = None) -> Result:
    """What became of it, a second after it was handed out."""
    return Result(claimed, outcome, NOW + SECOND, why, next_try)


def reported(store: Store, outcome: Outcome = Outcome.SENT, at: dt.datetime = NOW) -> None:
    """Hand out what waits and write down what became of it, marked as something accounts are to be told of."""
    for claimed in store.claim_notices(at, until=at + MINUTE, limit=9):
        store.record_deliveries(
            [Result(claimed, outcome, at, "full" if outcome is Outcome.DEAD else None, report=True)]
        )


def entries(untold: tuple[Untold, ...]) -> list[str]:
    """Whose results they are."""
    return [each.entry.account_id for each in untold]


class DeliveryContract:
    """Timers held, notices handed out in order, results and the delivery log."""

    # --- timers -----------------------------------------------------------------------------------------------------

    def test_due_timers_are_handed_out_once(self, store: Store) -> None:
        """Whoever asks gets the accounts whose timers are due, the longest due first; the next one gets none of them."""
        for name, due in (("late", NOW), ("early", NOW - HOUR), ("future", NOW + SECOND)):
            Story(store, name).step(timer("t", due))
        assert store.claim_accounts(NOW, until=LEASE, limit=10) == ("early", "late")
        assert store.claim_accounts(NOW, until=LEASE, limit=10) == ()
        assert store.claim_accounts(NOW + SECOND, until=LEASE, limit=10) == ("future",)
        assert [t.account_id for t in store.timers()] == ["early", "late", "future"]

    def test_only_so_many_are_handed_out(self, store: Store) -> None:
        """The limit is kept, and what is left comes next; an account with two due timers is named once."""
        for name in ("a", "b", "c"):
            Story(store, name).step(timer("t", NOW), timer("u", NOW))
        first = store.claim_accounts(NOW, until=LEASE, limit=4)
        assert first == ("a", "b")
        assert store.claim_accounts(NOW, until=LEASE, limit=4) == ("c",)

    def test_timers_of_a_killed_worker_come_back(self, store: Store) -> None:
        """What is held is handed out again once its time is over, and not before."""
        Story(store).step(timer("t", NOW))
        assert store.claim_accounts(NOW, until=LEASE, limit=1) == ("acc_1",)
        assert store.next_work() == LEASE
        assert store.claim_accounts(LEASE - SECOND, until=LEASE + MINUTE, limit=1) == ()
        assert store.claim_accounts(LEASE, until=LEASE + MINUTE, limit=1) == ("acc_1",)

    def test_those_that_come_back_do_not_wait_for_all_fresh_ones(self, store: Store) -> None:
        """However many timers are due for the first time, those that were held get their share."""
        Story(store, "held").step(timer("t", NOW))
        store.claim_accounts(NOW, until=LEASE, limit=1)
        for n in range(4):
            Story(store, f"fresh_{n}").step(timer("t", NOW - HOUR))
        assert "held" in store.claim_accounts(LEASE, until=LEASE + MINUTE, limit=2)

    def test_a_timer_armed_anew_is_free(self, store: Store, story: Story) -> None:
        """A hold belongs to one arming of a timer: the next one is handed out when it is due."""
        story.step(timer("t", NOW))
        store.claim_accounts(NOW, until=NOW + HOUR, limit=1)
        story.step(timer("t", NOW + SECOND))
        assert store.next_work() == NOW + SECOND
        assert store.claim_accounts(NOW + SECOND, until=LEASE, limit=1) == ("acc_1",)

    def test_an_account_that_cannot_be_settled_waits(self, store: Store, story: Story) -> None:
        """Held further, an account is looked at later; what it armed meanwhile is not held with it."""
        story.step(timer("t", NOW), timer("u", NOW + SECOND))
        store.claim_accounts(NOW, until=LEASE, limit=1)
        store.hold_timers("acc_1", NOW, until=NOW + HOUR)
        assert store.claim_accounts(NOW, until=LEASE, limit=1) == ()
        assert store.claim_accounts(NOW + SECOND, until=LEASE, limit=1) == ("acc_1",)
        store.hold_timers("acc_1", NOW + SECOND, until=NOW)
        assert store.claim_accounts(NOW + SECOND, until=LEASE, limit=2) == ("acc_1",)

    def test_a_hold_changes_nothing_else(self, store: Store, story: Story) -> None:
        """Timers, log and account are as before, and verified so."""
        story.step(timer("t", NOW), timer("u", NOW + HOUR))
        before = everything(store)
        store.claim_accounts(NOW, until=LEASE, limit=9)
        assert everything(store) == before
        assert [t.name for t in store.timers(due_by=NOW)] == ["t"]
        assert store.verify().damage == ()

    def test_due_accounts_are_shared_out(self, store: Store) -> None:
        """Four workers at once get every due account, and none twice."""
        wanted = {f"acc_{n:02}" for n in range(40)}
        for name in wanted:
            Story(store, name).step(timer("t", NOW))

        def worker(_: int) -> list[str]:
            got: list[str] = []
            while some := store.claim_accounts(NOW, until=LEASE, limit=3):
                got += some
            return got

        with ThreadPoolExecutor(4) as pool:
            got = [name for each in pool.map(worker, range(4)) for name in each]
        # one that finds everything locked may leave early; nothing is left all the same
        got += store.claim_accounts(NOW, until=LEASE, limit=100)
        assert len(got) == len(wanted)
        assert set(got) == wanted

    # --- notices ----------------------------------------------------------------------------------------------------

    def test_a_notice_is_handed_out_as_it_was_written(self, store: Store, story: Story) -> None:
        """It comes with name, values, time and a first attempt, and its id is that of the outbox."""
        story.step(Change("notify", "welcome", {"to": "holder", "list": ["a"]}))
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        values = {"to": "holder", "list": ["a"]}
        assert claimed == Claimed("acc_1", 1, 1, "welcome", values, story.events[0].at, 1)
        assert [claimed.id] == [row.id for row in store.outbox()]
        assert store.claim_notices(NOW, until=LEASE, limit=10) == ()

    def test_notices_of_an_account_come_in_order(self, store: Store, story: Story) -> None:
        """The next notice of an account is handed out only once the one before has ended; others do not wait for it."""
        story.step(Change("notify", "a", {}), Change("notify", "b", {}))
        tell(store, "acc_1", "c", story=story)
        tell(store, "acc_2", "d")
        first = store.claim_notices(NOW, until=LEASE, limit=10)
        assert ids(first) == ["acc_1:1:1", "acc_2:1:1"]
        assert store.claim_notices(NOW, until=LEASE, limit=10) == ()
        store.record_deliveries([became(first[0], Outcome.SENT)])
        (second,) = store.claim_notices(NOW, until=LEASE, limit=10)
        assert second.id == "acc_1:1:2"
        store.record_deliveries([became(second, Outcome.VOID, "code_void")])
        assert ids(store.claim_notices(NOW, until=LEASE, limit=10)) == ["acc_1:2:1"]

    def test_an_account_with_much_to_say_keeps_nobody_waiting(self, store: Store) -> None:
        """Many notices of one account do not fill the batch of another's."""
        tell(store, "loud", *["n"] * 30)
        tell(store, "quiet", "n")
        assert sorted(ids(store.claim_notices(NOW, until=LEASE, limit=2))) == ["loud:1:1", "quiet:1:1"]

    def test_notices_of_a_killed_worker_come_back(self, store: Store, story: Story) -> None:
        """What is held is handed out again once its time is over, in order, and the attempts are counted."""
        tell(store, "acc_1", "a", "b", story=story)
        store.claim_notices(NOW, until=LEASE, limit=10)
        assert store.claim_notices(LEASE - SECOND, until=LEASE + MINUTE, limit=10) == ()
        (again,) = store.claim_notices(LEASE, until=LEASE + MINUTE, limit=10)
        assert (again.id, again.attempt) == ("acc_1:1:1", 2)

    def test_a_failure_waits_and_its_account_with_it(self, store: Store, story: Story) -> None:
        """A failed notice comes again at its next try; later ones of its account wait, written before or after."""
        tell(store, "acc_1", "a", "b", story=story)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        store.record_deliveries([became(claimed, Outcome.FAILED, "TimeoutError", NOW + HOUR)])
        tell(store, "acc_1", "c", story=story)
        tell(store, "acc_2", "d")
        (other,) = store.claim_notices(NOW + MINUTE, until=LEASE + MINUTE, limit=10)
        assert other.id == "acc_2:1:1"
        store.record_deliveries([became(other, Outcome.SENT)])
        (again,) = store.claim_notices(NOW + HOUR, until=NOW + DAY, limit=10)
        assert (again.id, again.attempt) == ("acc_1:1:1", 2)

    def test_a_dead_notice_lets_the_next_one_pass(self, store: Store, story: Story) -> None:
        """A notice that nobody can deliver is marked and listed, and holds up nothing."""
        tell(store, "acc_1", "a", "b", story=story)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        store.record_deliveries([became(claimed, Outcome.DEAD, "address_unknown")])
        assert ids(store.claim_notices(NOW, until=LEASE, limit=10)) == ["acc_1:2:1"]
        (dead,) = store.posted(stands="dead")
        assert (dead.id, dead.why, dead.attempts, dead.ended_at) == ("acc_1:1:1", "address_unknown", 1, NOW + SECOND)

    def test_what_was_never_begun_is_given_back(self, store: Store, story: Story) -> None:
        """A notice given back unbegun is handed out at once, and the attempt does not count."""
        tell(store, "acc_1", "a", "b", story=story)
        claimed = store.claim_notices(NOW, until=LEASE, limit=10)
        store.release_notices(claimed)
        (again,) = store.claim_notices(NOW, until=LEASE, limit=10)
        assert (again.id, again.attempt) == ("acc_1:1:1", 1)

    def test_an_overtaken_worker_cannot_undo_anything(self, store: Store, story: Story) -> None:
        """A failure told by a worker whose notice was handed out again is left out, and giving back as well."""
        tell(store, "acc_1", "a", story=story)
        (old,) = store.claim_notices(NOW, until=LEASE, limit=10)
        (new,) = store.claim_notices(LEASE, until=LEASE + MINUTE, limit=10)
        store.record_deliveries([became(old, Outcome.FAILED, "TimeoutError", NOW)])
        store.release_notices([old])
        assert store.claim_notices(LEASE, until=LEASE + MINUTE, limit=10) == ()
        store.record_deliveries([became(new, Outcome.SENT)])
        store.record_deliveries([became(new, Outcome.DEAD, "x"), became(new, Outcome.SENT)])
        assert [t.outcome for t in store.tries("acc_1")] == [Outcome.SENT]
        assert [p.stands for p in store.posted()] == ["sent"]

    def test_what_was_sent_was_sent(self, store: Store, story: Story) -> None:
        """A worker that was overtaken, but did send the notice, is believed."""
        tell(store, "acc_1", "a", "b", story=story)
        (old,) = store.claim_notices(NOW, until=LEASE, limit=10)
        store.claim_notices(LEASE, until=LEASE + MINUTE, limit=10)
        store.record_deliveries([became(old, Outcome.SENT)])
        assert ids(store.claim_notices(LEASE, until=LEASE + MINUTE, limit=10)) == ["acc_1:2:1"]

    def test_the_delivery_log(self, store: Store, story: Story) -> None:
        """Every try stands in a log beside the account's own, which does not move."""
        tell(store, "acc_1", "a", story=story)
        head = store.load("acc_1")
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        store.record_deliveries([became(claimed, Outcome.FAILED, "OSError", NOW + HOUR)])
        (claimed,) = store.claim_notices(NOW + HOUR, until=NOW + DAY, limit=10)
        store.record_deliveries([became(claimed, Outcome.SENT)])
        at = NOW + SECOND
        assert list(store.tries("acc_1")) == [
            Tried("acc_1", 1, 1, 1, at, Outcome.FAILED, "OSError"),
            Tried("acc_1", 1, 1, 2, at, Outcome.SENT),
        ]
        assert list(store.tries("acc_2")) == []
        assert store.load("acc_1") == head
        assert store.verify().damage == ()

    def test_how_notices_stand(self, store: Store, story: Story) -> None:
        """Each notice is listed with how it stands, for one account or all, and those of one kind alone."""
        tell(store, "acc_1", "a", "b", story=story)
        tell(store, "acc_2", "c", "d")
        sent, dropped = store.claim_notices(NOW, until=LEASE, limit=10)
        store.record_deliveries([became(sent, Outcome.SENT), became(dropped, Outcome.DROPPED, "not_sent_here")])
        assert [(p.id, p.stands) for p in store.posted()] == [
            ("acc_1:1:1", "sent"),
            ("acc_1:2:1", "waiting"),
            ("acc_2:1:1", "dropped"),
            ("acc_2:2:1", "waiting"),
        ]
        assert [p.id for p in store.posted("acc_2", stands="waiting")] == ["acc_2:2:1"]
        assert [p.notice for p in store.posted(stands="dropped")] == ["c"]
        (waiting, *_) = store.posted("acc_1", stands="waiting")
        assert (waiting.attempts, waiting.next_try, waiting.ended_at, waiting.why) == (0, None, None, None)

    def test_a_person_asks_for_a_dead_notice_again(self, store: Store, story: Story) -> None:
        """It is handed out at once and counted anew, and the delivery log says that it was asked for."""
        tell(store, "acc_1", "a", story=story)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        store.record_deliveries([became(claimed, Outcome.DEAD, "OSError")])
        assert store.retry_notice("acc_1", 1, 1, at=NOW + MINUTE)
        (again,) = store.claim_notices(NOW + MINUTE, until=NOW + HOUR, limit=10)
        assert (again.id, again.attempt) == ("acc_1:1:1", 1)
        assert [t.outcome for t in store.tries("acc_1")] == [Outcome.DEAD, Outcome.RETRIED]
        assert not store.retry_notice("acc_1", 9, 1, at=NOW)
        assert not store.retry_notice("nobody", 1, 1, at=NOW)

    def test_a_person_drops_a_notice(self, store: Store, story: Story) -> None:
        """It is never handed out, and lets the next one pass; what was sent or has ended cannot be dropped."""
        tell(store, "acc_1", "a", "b", story=story)
        assert store.drop_notice("acc_1", 1, 1, at=NOW)
        assert not store.drop_notice("acc_1", 1, 1, at=NOW)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        assert claimed.id == "acc_1:2:1"
        store.record_deliveries([became(claimed, Outcome.SENT)])
        assert not store.drop_notice("acc_1", 2, 1, at=NOW)
        assert [p.stands for p in store.posted()] == ["dropped", "sent"]
        assert [(t.version, t.outcome) for t in store.tries("acc_1")] == [(1, Outcome.DROPPED), (2, Outcome.SENT)]

    def test_dropping_the_first_in_line_frees_the_next(self, store: Store, story: Story) -> None:
        """A notice behind one that waits for its next try is handed out as soon as that one is dropped."""
        tell(store, "acc_1", "a", "b", story=story)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=10)
        store.record_deliveries([became(claimed, Outcome.FAILED, "OSError", NOW + HOUR)])
        store.drop_notice("acc_1", 1, 1, at=NOW)
        assert ids(store.claim_notices(NOW + SECOND, until=LEASE, limit=10)) == ["acc_1:2:1"]

    def test_a_clock_that_ran_ahead_holds_nothing_up(self, store: Store, story: Story) -> None:
        """What was held a year ahead is handed out once the clock is right again, in order; a day ahead is kept."""
        story.step(timer("t", NOW), Change("notify", "a", {}), Change("notify", "b", {}))
        year = NOW + 365 * DAY
        store.claim_accounts(year, until=year + MINUTE, limit=1)
        (claimed,) = store.claim_notices(year, until=year + MINUTE, limit=9)
        assert store.claim_accounts(NOW, until=LEASE, limit=1) == ("acc_1",)
        (again,) = store.claim_notices(NOW, until=NOW + DAY, limit=9)
        assert (again.id, again.attempt) == (claimed.id, 2)
        assert store.claim_notices(NOW, until=LEASE, limit=9) == ()
        store.record_deliveries([became(again, Outcome.SENT)])
        assert ids(store.claim_notices(NOW, until=LEASE, limit=9)) == ["acc_1:1:2"]

    def test_workers_share_the_notices(self, store: Store) -> None:
        """Four workers at once hand out every notice once, those of one account in order."""
        for n in range(12):
            tell(store, f"acc_{n:02}", *["n"] * 4)
        order: list[str] = []

        def worker(_: int) -> None:
            idle = 0
            while idle < 3:
                claimed = store.claim_notices(NOW, until=LEASE, limit=5)
                idle = 0 if claimed else idle + 1
                if not claimed:
                    time.sleep(0.02)
                order.extend(ids(claimed))
                store.record_deliveries([became(each, Outcome.SENT) for each in claimed])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(worker, range(4)))
        assert len(order) == len(set(order)) == 48
        for n in range(12):
            mine = [id for id in order if id.startswith(f"acc_{n:02}:")]
            assert mine == [f"acc_{n:02}:{version}:1" for version in range(1, 5)]

    # --- what is left, and looking again ----------------------------------------------------------------------------

    def test_backlog(self, store: Store, story: Story) -> None:
        """What is due, what waits and what is dead are counted, held or not, with the time of the oldest."""
        assert store.backlog(NOW) == Backlog(0, None, 0, None, 0)
        assert store.next_work() is None
        story.step(timer("t", NOW - HOUR), timer("u", NOW + HOUR), Change("notify", "a", {}))
        Story(store, "acc_2").step(timer("t", NOW))
        tell(store, "acc_1", "b", story=story)
        assert store.backlog(NOW) == Backlog(2, NOW - HOUR, 2, story.events[0].at, 0)
        store.claim_accounts(NOW, until=LEASE, limit=9)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
        assert store.backlog(NOW) == Backlog(2, NOW - HOUR, 2, story.events[0].at, 0)
        store.record_deliveries([became(claimed, Outcome.DEAD, "x")])
        assert store.backlog(NOW) == Backlog(2, NOW - HOUR, 1, story.events[1].at, 1)

    def test_when_to_look_again(self, store: Store, story: Story) -> None:
        """The next work is the nearest of timers, holds, waiting notices and next tries."""
        story.step(timer("t", NOW + HOUR))
        assert store.next_work() == NOW + HOUR
        story.step(Change("notify", "a", {}))
        ready = store.next_work()
        assert ready is not None
        assert ready <= NOW
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
        assert store.next_work() == LEASE
        store.record_deliveries([became(claimed, Outcome.FAILED, "OSError", NOW + MINUTE / 2)])
        assert store.next_work() == NOW + MINUTE / 2

    def test_waiting_ends_when_woken(self, store: Store) -> None:
        """Waiting for work ends when it is told to, and when the time is over."""
        wake = threading.Event()
        waking = threading.Timer(0.05, wake.set)
        waking.start()
        began = time.monotonic()
        with closing(store.ear()) as ear:
            ear.wait(0.01, threading.Event())
            while not wake.is_set():
                ear.wait(30.0, wake)
            ear.work()
            ear.wait(0.01, threading.Event())
            assert ear.patience > 0
        waking.join()
        assert time.monotonic() - began < 10

    # --- results that an account is to be told of -------------------------------------------------------------------

    def test_results_to_be_told_are_handed_out(self, store: Store) -> None:
        """A marked result is handed out with its entry of the delivery log until the account was told; others never are."""
        for name in ("a", "b", "c"):
            tell(store, name, "n")
        reported(store, Outcome.DEAD)
        tell(store, "d", "n")
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
        store.record_deliveries([became(claimed, Outcome.SENT)])
        first = store.claim_reports(NOW, until=LEASE, limit=2)
        assert first[0].entry == Tried("a", 1, 1, 1, NOW, Outcome.DEAD, "full")
        second = store.claim_reports(NOW, until=LEASE, limit=9)
        assert entries(first) + entries(second) == ["a", "b", "c"]
        assert store.claim_reports(NOW, until=LEASE, limit=9) == ()
        store.told_reports(first)
        store.told_reports([])
        assert entries(store.claim_reports(LEASE, until=LEASE + MINUTE, limit=9)) == ["c"]
        store.told_reports(second)
        assert store.claim_reports(LEASE + DAY, until=LEASE + DAY, limit=9) == ()
        assert [t.outcome for t in store.tries("a")] == [Outcome.DEAD]

    def test_results_held_by_a_clock_that_ran_ahead(self, store: Store) -> None:
        """What is held until later than a day from now counts as held no more."""
        tell(store, "a", "n")
        reported(store)
        far = NOW + 2 * AHEAD
        assert entries(store.claim_reports(NOW, until=far, limit=9)) == ["a"]
        assert entries(store.claim_reports(NOW, until=LEASE, limit=9)) == ["a"]

    def test_a_result_stays_to_be_told_whatever_becomes_of_its_notice(self, store: Store) -> None:
        """Sent again, dropped or forgotten meanwhile: the account is told of the result that was; only then it is forgotten."""
        tell(store, "a", "n")
        reported(store, Outcome.DEAD)
        store.retry_notice("a", 1, 1, at=NOW + SECOND)
        reported(store, at=NOW + 2 * SECOND)
        store.prune(before=NOW + DAY)
        found = store.claim_reports(NOW + DAY, until=NOW + DAY + MINUTE, limit=9)
        assert [each.entry.outcome for each in found] == [Outcome.DEAD, Outcome.SENT]
        store.told_reports(found)
        # what the person said went before; what nobody has to be told of any more goes now
        assert store.prune(before=NOW + DAY)["deliveries"] == 2
        assert list(store.tries("a")) == []

    def test_prune_forgets_what_ended(self, store: Store, story: Story) -> None:
        """Notices that ended go with what the delivery log says of them; those that wait or are dead stay."""
        tell(store, "acc_1", "sent", "dead", "waiting", story=story)
        for outcome in (Outcome.SENT, Outcome.DEAD):
            (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
            store.record_deliveries([became(claimed, outcome)])
        assert store.prune(before=NOW)["notices"] == 0
        assert store.outdated(before=NOW + HOUR)["deliveries"] == 1
        gone = store.prune(before=NOW + HOUR)
        assert (gone["notices"], gone["deliveries"]) == (1, 1)
        assert [p.notice for p in store.posted()] == [row.notice for row in store.outbox()] == ["dead", "waiting"]
        assert [t.outcome for t in store.tries("acc_1")] == [Outcome.DEAD]

    def test_a_notice_forgotten_while_it_was_under_way(self, store: Store, story: Story) -> None:
        """What a worker tells of a notice that is gone meanwhile is left out."""
        tell(store, "acc_1", "a", story=story)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
        store.drop_notice("acc_1", 1, 1, at=NOW)
        store.prune(before=NOW + HOUR)
        store.record_deliveries([became(claimed, Outcome.SENT)])
        assert list(store.posted()) == list(store.tries("acc_1")) == []

    def test_a_refold_leaves_deliveries_alone(self, store: Store, story: Story) -> None:
        """Folding anew sends nothing again."""
        tell(store, "acc_1", "a", story=story)
        (claimed,) = store.claim_notices(NOW, until=LEASE, limit=9)
        store.record_deliveries([became(claimed, Outcome.SENT)])
        store.refold(fold)
        assert store.claim_notices(NOW, until=LEASE, limit=9) == ()
        assert [p.stands for p in store.posted()] == ["sent"]

    def test_a_closed_store_hands_out_nothing(self, store: Store, story: Story) -> None:
        """Whoever asks a closed store is told that it is closed."""
        tell(store, "acc_1", "a", story=story)
        store.close()
        asking = (
            lambda: store.claim_notices(NOW, until=LEASE, limit=1),
            lambda: store.claim_accounts(NOW, until=LEASE, limit=1),
            lambda: store.backlog(NOW),
        )
        for ask in asking:
            with pytest.raises(StoreUnavailable):
                ask()
