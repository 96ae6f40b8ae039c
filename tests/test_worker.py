"""The worker: due timers come back as commands, notices reach the handlers at least once and in order."""

from __future__ import annotations

import datetime as dt
import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from shop import SECRET

from lifecycle import Actor, Evidence, Lifecycle
from lifecycle.errors import BadRequest, SecretMissing, StoreUnavailable
from lifecycle.store.delivery import Outcome
from lifecycle.store.memory import MemoryStore
from lifecycle.worker import Backoff, Stuck, Undeliverable, Void, Worker
from lifecycle.worker.handlers import Desk

SOON = Backoff(first=dt.timedelta(minutes=1), longest=dt.timedelta(minutes=4), chance=lambda: 1.0)
VERIFIED = {"registration_fields": 4, "verified_by": "link"}


class Mail:
    """A handler that keeps what it was given."""

    def __init__(self):
        self.got = []

    def __call__(self, delivery):
        """Keep it."""
        self.got.append(delivery)

    @property
    def names(self):
        """The notices, in order."""
        return [delivery.notice for delivery in self.got]

    @property
    def ids(self):
        """Their ids, in order."""
        return [delivery.id for delivery in self.got]


class Refusing:
    """A handler that raises for one account, as often as it is told."""

    def __init__(self, account, error, times=10**6):
        self.account, self.error, self.times, self.got = account, error, times, []

    def __call__(self, delivery):
        """Raise, or keep it."""
        if delivery.account == self.account and self.times > 0:
            self.times -= 1
            raise self.error
        self.got.append(delivery.id)


def worker(accounts, handlers=None, **more):
    """A worker that tries again after one minute, two, four."""
    return Worker(accounts, handlers, **{"backoff": SOON, **more})


def stands(accounts, account=None):
    """How the notices stand."""
    return [posted.stands for posted in accounts.store.posted(account)]


def outcomes(accounts, account):
    """What the delivery log says."""
    return [(tried.outcome.value, tried.why) for tried in accounts.store.tries(account)]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def accounts(request, shop, tmp_path):
    """A service over each kind of store, with the shop's clock and facts."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'accounts.db'}"
    with Lifecycle.open(url, secret=SECRET, gather=shop.gather, clock=shop.clock) as service:
        yield service


@pytest.fixture
def bob(accounts):
    """A second account."""
    accounts.register("bob", identifiers={"email": "bob@example.org"}, facts=VERIFIED)
    return "bob"


# --- timers ----------------------------------------------------------------------------------------------------------


def test_due_timers_come_back_as_commands(accounts, ann, shop):
    """What is due is settled and written, with nobody asking for the account; nothing else is."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    idle = worker(accounts).run_once()
    assert idle.settled == {}
    shop.passes(days=4)
    done = worker(accounts).run_once()
    assert done.settled == {"closure_lapses": 1}
    assert accounts.store.load(ann).account.state.value == "active"
    assert worker(accounts).run_once().settled == {}


def test_a_timer_whose_account_moved_on_is_void(accounts, ann, shop):
    """A claim that outlived its timer settles nothing: the account's timer is gone, whatever a worker holds."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    shop.passes(days=4)
    held = accounts.store.claim_accounts(shop.now, until=shop.now + dt.timedelta(minutes=1), limit=1)
    accounts.submit("deactivate", account=ann, by=Actor.holder(ann))
    version = accounts.account(ann).version
    assert held == (ann,)
    assert accounts.settle(ann) == ()
    assert accounts.account(ann).version == version


def test_many_workers_fire_a_timer_once(accounts, shop):
    """Four workers over thirty due accounts: each timer has one event, and nothing is left."""
    names = [f"acc-{n}" for n in range(30)]
    for name in names:
        accounts.register(name, facts={**VERIFIED, "contacts": ["email"]})
        accounts.submit("request_closure", account=name, by=Actor.holder(name))
    shop.passes(days=4)
    with ThreadPoolExecutor(4) as pool:
        counted = list(pool.map(lambda _: worker(accounts, batch=3).run_once().settled, range(4)))
    assert sum(each["closure_lapses"] for each in counted) == 30
    for name in names:
        assert [e.trigger for e in accounts.events(name)].count("closure_lapses") == 1
    assert not accounts.verify().damage


def test_a_timer_that_waits_for_facts_holds_up_nobody(accounts, ann, bob, shop):
    """An account whose facts nobody knows is looked at again later; the next one is settled now."""
    for name in (ann, bob):
        accounts.submit("request_closure", account=name, by=Actor.holder(name))
        accounts.submit(
            "confirm_closure", account=name, by=Actor.holder(name), code=accounts.code_for(name, "closure_link")
        )
    shop.passes(days=5)
    known = shop.gather
    accounts._gather = lambda account, names: {} if account == ann else known(account, names)
    worker(accounts).run_once()
    shop.passes(minutes=1)
    assert worker(accounts).run_once().waiting == 1
    assert accounts.store.load(bob).account.state.value == "deleted"
    assert accounts.store.load(ann).account.state.value == "pending_deletion"
    accounts._gather = known
    assert worker(accounts).run_once().settled == {}
    shop.passes(minutes=6)
    worker(accounts).run_once()
    assert accounts.store.load(ann).account.state.value == "deleted"


def test_an_account_that_cannot_be_settled_is_told_of(accounts, ann, bob, shop):
    """The host's function fails for one account: that is counted by its kind, and the other is settled."""
    for name in (ann, bob):
        accounts.submit("request_closure", account=name, by=Actor.holder(name))
        accounts.submit(
            "confirm_closure", account=name, by=Actor.holder(name), code=accounts.code_for(name, "closure_link")
        )
    shop.passes(days=5)
    known = shop.gather

    def gather(account, names):
        if account == ann:
            raise RuntimeError(account)
        return known(account, names)

    accounts._gather = gather
    done = worker(accounts).run_once()
    assert done.failed == {"GatherFailed": 1}
    assert accounts.store.load(bob).account.state.value == "deleted"


# --- notices ---------------------------------------------------------------------------------------------------------


def test_notices_reach_the_handler_in_order(accounts, ann):
    """Each notice is handed over once, in the order of the account's events, and the log says it was sent."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    mail = Mail()
    done = worker(accounts, mail).run_once()
    written = [row.id for row in accounts.outbox(ann)]
    assert mail.ids == written
    assert len(written) >= 2
    assert outcomes(accounts, ann) == [("sent", None)] * len(written)
    assert done.outcomes() == {"sent": len(written)}
    assert worker(accounts, mail).run_once().outcomes() == {}


def test_a_delivery_says_what_it_is(accounts, ann, shop):
    """A handler is given the id, the notice, its values, its time and the attempt; and can look the event up."""
    mail = Mail()
    worker(accounts, mail).run_once()
    (welcome,) = mail.got
    assert (welcome.id, welcome.account, welcome.version) == (f"{ann}:1:1", ann, 1)
    assert (welcome.notice, welcome.values["to"], welcome.attempt) == ("welcome", "holder", 1)
    assert welcome.at == shop.now
    assert welcome.event().trigger == "register"
    assert welcome.text("email") == "ann@example.org"
    with pytest.raises(BadRequest, match="carries no code"):
        welcome.code()


def test_every_notice_has_its_own_function(accounts, ann):
    """A mapping sends each notice to its function, the rest to the one for the rest, and None is dropped as such."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    link, rest = Mail(), Mail()
    worker(accounts, {"closure_link": link, "welcome": None, "*": rest}).run_once()
    assert link.names == ["closure_link"]
    assert "welcome" not in rest.names
    assert outcomes(accounts, ann)[0] == ("dropped", "not_sent_here")
    assert "waiting" not in stands(accounts)


def test_without_handlers_notices_are_left_alone(accounts, ann):
    """A worker for timers only sends nothing and marks nothing."""
    assert worker(accounts).run_once().outcomes() == {}
    assert stands(accounts, ann) == ["waiting"]


def test_a_code_is_fetched_at_delivery_only(accounts, ann):
    """The handler gets the very code that is checked; neither the notice nor the delivery log holds it."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    codes = []

    def send(delivery):
        if delivery.notice == "closure_link":
            codes.append(delivery.code())

    worker(accounts, send).run_once()
    assert codes == [accounts.code_for(ann, "closure_link")]
    kept = [*accounts.outbox(ann), *accounts.store.posted(ann), *accounts.store.tries(ann)]
    assert codes[0] not in f"{kept}"
    assert accounts.submit("confirm_closure", account=ann, by=Actor.holder(ann), code=codes[0]).allowed


def test_a_code_that_was_replaced_is_not_sent(accounts, ann, shop):
    """Of two codes only the one that still holds goes out; the other notice is void, and not tried again."""
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "new_device"})
    for _ in range(2):
        shop.passes(minutes=11)
        assert accounts.submit("send_unlock_code", account=ann, by=Actor.holder(ann)).allowed
    sent = []

    def send(delivery):
        if delivery.notice == "unlock_code":
            sent.append((delivery.id, delivery.code()))

    worker(accounts, send).run_once()
    rows = [row.id for row in accounts.outbox(ann) if row.notice == "unlock_code"]
    assert sent == [(rows[-1], accounts.code_for(ann, "unlock_code"))]
    assert ("void", "code_void") in outcomes(accounts, ann)


def test_a_code_that_ran_out_is_not_sent(accounts, ann, shop):
    """Where the mail was down for longer than a code lives, nobody is sent a dead one."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    shop.passes(days=3)
    worker(accounts, {"closure_link": lambda delivery: delivery.code() and None, "*": Mail()}).run_once()
    assert ("void", "code_void") in outcomes(accounts, ann)


def test_notices_of_an_erased_account(accounts, ann, shop):
    """What needs the erased address is void; what the host can send without it is sent."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    accounts.submit("confirm_closure", account=ann, by=Actor.holder(ann), code=accounts.code_for(ann, "closure_link"))
    shop.passes(days=5)
    assert accounts.settle(ann)[-1].trigger == "erase"
    told = Mail()
    worker(accounts, {"data_erased": told, "*": lambda delivery: delivery.text("email") and None}).run_once()
    assert told.names == ["data_erased"]
    assert set(outcomes(accounts, ann)) == {("void", "erased"), ("sent", None)}
    assert "waiting" not in stands(accounts)


def test_a_missing_text_is_a_failure_not_void(accounts, ann):
    """Where the account stands and only the reference is wrong, the handler's mistake is recorded as one."""
    worker(accounts, lambda delivery: delivery.text("no-such-text") and None).run_once()
    assert outcomes(accounts, ann) == [("failed", "BadRequest")]


def test_without_a_secret_there_is_no_code(shop):
    """A worker over a service without its secret fails to make the code, and says what is missing."""
    with Lifecycle.open("memory:", clock=shop.clock, gather=shop.gather) as accounts:
        accounts.register("ann", facts={**VERIFIED, "contacts": ["email"]})
        accounts.submit("request_closure", account="ann", by=Actor.holder("ann"))
        caught = []

        def send(delivery):
            if delivery.notice == "closure_link":
                try:
                    delivery.code()
                except SecretMissing as error:
                    caught.append(error)
                    raise

        worker(accounts, send).run_once()
        assert len(caught) == 1
        assert ("failed", "SecretMissing") in outcomes(accounts, "ann")


# --- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_failing_handler_is_tried_again_later(accounts, ann, bob, shop):
    """A failure is recorded by its kind and tried after a while; other accounts go on; nothing is lost."""
    mail = Refusing(ann, ConnectionError("ann@example.org"), times=2)
    worker(accounts, mail).run_once()
    assert mail.got == ["bob:1:1"]
    assert outcomes(accounts, ann) == [("failed", "ConnectionError")]
    (posted,) = accounts.store.posted(ann)
    assert posted.next_try == shop.now + dt.timedelta(minutes=1)
    shop.passes(seconds=59)
    assert worker(accounts, mail).run_once().outcomes() == {}
    shop.passes(seconds=1)
    worker(accounts, mail).run_once()
    shop.passes(minutes=2)
    worker(accounts, mail).run_once()
    assert mail.got == ["bob:1:1", "ann:1:1"]
    assert outcomes(accounts, ann) == [("failed", "ConnectionError")] * 2 + [("sent", None)]


def test_a_failure_holds_back_what_follows_on_its_account(accounts, ann, shop):
    """The order is kept through a failure: the later notice goes out after the earlier one."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    mail = Refusing(ann, OSError(), times=1)
    worker(accounts, mail).run_once()
    assert mail.got == []
    shop.passes(minutes=1)
    worker(accounts, mail).run_once()
    assert mail.got == [row.id for row in accounts.outbox(ann)]


def test_a_notice_that_fails_too_often_is_dead(accounts, ann, shop):
    """After so many tries it is marked and the next notice of the account goes out; a person may ask for it again."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    mail = Refusing(ann, OSError(), times=3)
    for _ in range(3):
        worker(accounts, mail, tries=3).run_once()
        shop.passes(minutes=5)
    assert outcomes(accounts, ann)[:3] == [("failed", "OSError"), ("failed", "OSError"), ("dead", "OSError")]
    assert stands(accounts, ann)[0] == "dead"
    assert mail.got == [row.id for row in accounts.outbox(ann)][1:]
    assert accounts.store.retry_notice(ann, 1, 1, at=shop.now)
    worker(accounts, mail, tries=3).run_once()
    assert mail.got[-1] == "ann:1:1"
    assert "dead" not in stands(accounts)


def test_a_handler_may_say_that_it_is_hopeless(accounts, ann):
    """Undeliverable is dead at once, with the handler's own code."""
    worker(accounts, Refusing(ann, Undeliverable("address_unknown"))).run_once()
    assert outcomes(accounts, ann) == [("dead", "address_unknown")]


@pytest.mark.parametrize("why", ["ann@example.org", "Two words", "", None])
def test_undeliverable_takes_a_code(why):
    """What a handler gives as the reason is kept, so it can be no address and no sentence."""
    with pytest.raises(BadRequest, match="takes a code"):
        Undeliverable(why)


@pytest.mark.parametrize(
    ("answer", "why"), [(False, "answered_bool"), ("sent", "answered_str"), ({"ok": True}, "answered_dict")]
)
def test_a_handler_that_answers_nonsense_has_failed(accounts, ann, answer, why):
    """Whoever returns something instead of nothing may have meant a failure, so it counts as one."""
    worker(accounts, lambda delivery: answer).run_once()
    assert outcomes(accounts, ann) == [("failed", why)]


def test_a_coroutine_is_nonsense(accounts, ann):
    """A function that hands back a coroutine delivered nothing; no warning is left behind."""

    async def later():
        """Never run."""

    worker(accounts, lambda delivery: later()).run_once()
    assert outcomes(accounts, ann) == [("failed", "answered_coroutine")]


def test_a_handler_that_leaves_the_process_has_failed(accounts, ann, bob):
    """SystemExit from a handler ends nothing but its own try."""
    mail = Refusing(ann, SystemExit(3))
    worker(accounts, mail).run_once()
    assert outcomes(accounts, ann) == [("failed", "SystemExit")]
    assert mail.got == ["bob:1:1"]


def test_a_handler_that_never_returns_has_failed(accounts, ann, bob, shop):
    """After its time it is a recorded failure, and other accounts go on; the thread is left behind."""
    gate = threading.Event()
    got = []

    def send(delivery):
        if delivery.account == ann and delivery.attempt == 1:
            gate.wait(30)
        got.append((delivery.id, delivery.attempt))

    mine = worker(accounts, send, threads=2, limit=dt.timedelta(seconds=0.2))
    began = time.monotonic()
    mine.run_once()
    assert time.monotonic() - began < 10
    assert outcomes(accounts, ann) == [("failed", "no_answer")]
    assert got == [("bob:1:1", 1)]
    shop.passes(minutes=1)
    mine.run_once()
    assert ("ann:1:1", 2) in got
    gate.set()


def test_a_worker_whose_threads_all_hang_says_so(accounts, ann, bob, shop):
    """With every thread held there is nothing left but to be started anew; no notice is lost."""
    gate = threading.Event()
    mine = worker(accounts, lambda delivery: gate.wait(30) and None, threads=2, limit=dt.timedelta(seconds=0.1))
    with pytest.raises(Stuck, match="2 handlers did not return"):
        mine.run_once()
    gate.set()
    assert outcomes(accounts, ann) == outcomes(accounts, bob) == [("failed", "no_answer")]
    shop.passes(minutes=1)
    mail = Mail()
    worker(accounts, mail).run_once()
    assert sorted(mail.ids) == ["ann:1:1", "bob:1:1"]


def test_threads_that_come_back_late_are_used_again(accounts, ann, bob, shop):
    """Threads that hung and returned after all are free again; what they sent is known as sent, not sent again."""
    gate, got = threading.Event(), []

    def send(delivery):
        gate.wait(30)
        got.append(delivery.id)

    mine = worker(accounts, send, threads=2, limit=dt.timedelta(seconds=0.1))
    with pytest.raises(Stuck):
        mine.run_once()
    gate.set()
    until = time.monotonic() + 10
    while len(got) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.05)
    shop.passes(minutes=1)
    mine.run_once()
    assert outcomes(accounts, ann) == outcomes(accounts, bob) == [("failed", "no_answer"), ("sent", None)]
    assert sorted(got) == ["ann:1:1", "bob:1:1"]


def test_a_late_failure_changes_nothing(accounts, ann, shop):
    """A call that was given up and then raises is the one failure that was recorded, no second one."""
    gate, ended = threading.Event(), threading.Event()

    def send(delivery):
        gate.wait(30)
        ended.set()
        raise OSError

    mine = worker(accounts, send, threads=2, limit=dt.timedelta(seconds=0.1))
    mine.run_once()
    gate.set()
    ended.wait(10)
    time.sleep(0.05)
    mine.run_once()
    assert outcomes(accounts, ann) == [("failed", "no_answer")]


def test_notices_of_a_killed_worker_come_back(accounts, ann, shop):
    """A worker that took a notice and was never heard of again loses nothing: after a while another one sends it."""
    until = shop.now + dt.timedelta(minutes=1)
    assert accounts.store.claim_notices(shop.now, until=until, limit=9)
    mail = Mail()
    worker(accounts, mail).run_once()
    assert mail.got == []
    shop.passes(minutes=1)
    worker(accounts, mail).run_once()
    assert [(d.id, d.attempt) for d in mail.got] == [("ann:1:1", 2)]


def handed_out_and_lost(accounts, shop, times):
    """Hand out what waits so many times, each time to a worker that is never heard of again."""
    for _ in range(times):
        until = shop.now + dt.timedelta(minutes=1)
        assert accounts.store.claim_notices(shop.now, until=until, limit=9)
        shop.passes(minutes=1)


def test_a_notice_that_kills_its_workers_is_dead_in_the_end(accounts, ann, shop):
    """Handed out as often as it may be, then as often by itself, and never told of, it is not handed out any more."""
    handed_out_and_lost(accounts, shop, 6)
    mail = Mail()
    worker(accounts, mail, tries=3).run_once()
    assert mail.got == []
    assert outcomes(accounts, ann) == [("dead", "never_told")]


def test_what_killed_workers_had_not_begun_is_tried_by_itself(accounts, ann, shop):
    """That workers were killed while they held notices says nothing of these: each is tried before it can be dead."""
    accounts.register("bob", facts=VERIFIED)
    handed_out_and_lost(accounts, shop, 3)
    mail = Mail()
    worker(accounts, mail, tries=3).run_once()
    assert sorted((d.account, d.attempt) for d in mail.got) == [("ann", 4), ("bob", 4)]
    assert outcomes(accounts, ann) == [("sent", None)]


class Failing(MemoryStore):
    """A store whose database is away while results are written."""

    away = False

    def record_deliveries(self, results):
        """Write them, unless away."""
        if self.away:
            raise StoreUnavailable("the database is away")
        super().record_deliveries(results)


def test_a_result_that_could_not_be_written_is_written_later(shop):
    """The database is away for a moment: what was sent is not sent again, though its hold ran out."""
    store = Failing()
    with Lifecycle.open(store, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts={**VERIFIED, "contacts": ["email"]})
        mail = Mail()
        mine = worker(accounts, mail)
        store.away = True
        with pytest.raises(StoreUnavailable):
            mine.run_once()
        store.away = False
        shop.passes(hours=1)
        mine.run_once()
        assert mail.ids == ["ann:1:1"]
        assert outcomes(accounts, "ann") == [("sent", None)]


def test_a_worker_waits_while_the_database_is_away(shop):
    """While results cannot be written the worker goes on trying, and ends when it is told to."""
    store = Failing()
    with Lifecycle.open(store, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts={**VERIFIED, "contacts": ["email"]})
        store.away = True
        mine = worker(accounts, Mail())
        running = threading.Thread(target=mine.run)
        running.start()
        time.sleep(0.2)
        assert running.is_alive()
        store.away = False
        until = time.monotonic() + 10
        while stands(accounts) != ["sent"] and time.monotonic() < until:
            mine.wake()
            time.sleep(0.02)
        mine.stop()
        running.join(10)
        assert not running.is_alive()
        assert stands(accounts) == ["sent"]


# --- running -----------------------------------------------------------------------------------------------------------


def test_a_running_worker_sends_what_is_written_meanwhile(accounts, ann):
    """It looks again by itself, sooner when woken, and ends when told to, having finished what it holds."""
    mail = Mail()
    mine = worker(accounts, mail, poll=dt.timedelta(seconds=0.05))
    running = threading.Thread(target=mine.run)
    running.start()
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    mine.wake()
    until = time.monotonic() + 10
    while "waiting" in stands(accounts) and time.monotonic() < until:
        time.sleep(0.02)
    mine.stop()
    running.join(10)
    assert not running.is_alive()
    assert mail.ids == [row.id for row in accounts.outbox(ann)]


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(accounts, shop):
    """What is under way is finished; the rest waits for the next worker, its attempts uncounted."""
    for n in range(6):
        accounts.register(f"acc-{n}", facts={**VERIFIED, "contacts": ["email"]})
    got = []

    def send(delivery):
        got.append(delivery.id)
        mine.stop()

    mine = worker(accounts, send, threads=1)
    mine.run()
    assert len(got) == 1
    left = [posted for posted in accounts.store.posted() if posted.stands == "waiting"]
    assert [(p.attempts, p.next_try) for p in left] == [(0, None)] * 5
    mail = Mail()
    worker(accounts, mail).run_once()
    assert len(mail.got) == 5


def test_two_workers_deliver_each_notice_once(accounts, shop):
    """Three workers, twenty accounts: every notice once, each account's in order."""
    for n in range(20):
        name = f"acc-{n}"
        accounts.register(name, facts={**VERIFIED, "contacts": ["email"]})
        accounts.submit("request_closure", account=name, by=Actor.holder(name))
    mail = Mail()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: worker(accounts, mail, batch=4).run_once(), range(3)))
    worker(accounts, mail).run_once()
    assert sorted(mail.ids) == sorted(row.id for row in accounts.outbox())
    for n in range(20):
        assert [i for i in mail.ids if i.startswith(f"acc-{n}:")] == [row.id for row in accounts.outbox(f"acc-{n}")]


def test_the_delivery_log_is_not_the_accounts_log(accounts, ann):
    """Deliveries move no account: its version and its log are as they were (D-09)."""
    before = accounts.account(ann), list(accounts.events(ann))
    worker(accounts, Refusing(ann, OSError())).run_once()
    assert (accounts.account(ann), list(accounts.events(ann))) == before
    assert not accounts.verify().damage


def test_a_sweep_told_to_stop_lets_the_rest_go(accounts, shop):
    """What it holds and has not settled is free for the next worker at once."""
    for name in ("a", "b", "c"):
        accounts.register(name, facts={**VERIFIED, "contacts": ["email"]})
        accounts.submit("request_closure", account=name, by=Actor.holder(name))
    shop.passes(days=4)
    mine, settle = worker(accounts), accounts.settle

    def settle_one(name):
        mine.stop()
        return settle(name)

    accounts.settle = settle_one
    mine.run_once()
    accounts.settle = settle
    assert mine.counts.settled == {"closure_lapses": 1}
    assert worker(accounts).run_once().settled == {"closure_lapses": 2}


def test_a_database_that_fails_amid_a_sweep_ends_it(accounts, ann, shop):
    """It concerns every account, so it is no matter of one; what was held comes back by itself."""
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    shop.passes(days=4)
    settle = accounts.settle

    def away(name):
        raise StoreUnavailable("the database is away")

    accounts.settle = away
    with pytest.raises(StoreUnavailable):
        worker(accounts).run_once()
    accounts.settle = settle
    shop.passes(minutes=1)
    assert worker(accounts).run_once().settled == {"closure_lapses": 1}


def test_an_account_with_very_many_due_timers_is_settled_to_the_end(accounts, ann, monkeypatch):
    """One settlement applies so many timers at most; the worker goes on with the account until none is left."""
    asked = []

    def settle(name):
        asked.append(name)
        return list(accounts.events(ann))[:1] * (100 if len(asked) == 1 else 1)

    monkeypatch.setattr(accounts, "settle", settle)
    monkeypatch.setattr(accounts.store, "claim_accounts", lambda now, until, limit: () if asked else (ann,))
    assert worker(accounts).run_once().settled == {"register": 101}
    assert asked == [ann, ann]


def test_a_stuck_worker_ends_by_itself(accounts, ann):
    """Running, it ends with the error, so that whoever watches the process starts it anew."""
    gate = threading.Event()
    mine = worker(accounts, lambda delivery: gate.wait(30) and None, threads=1, limit=dt.timedelta(seconds=0.1))
    with pytest.raises(Stuck):
        mine.run()
    gate.set()


def test_threads_are_let_go(accounts, ann):
    """A worker that has done its work leaves no thread behind."""
    before = set(threading.enumerate())
    worker(accounts, Mail()).run_once()
    until = time.monotonic() + 10
    while any(t.name == "lifecycle-delivery" for t in set(threading.enumerate()) - before):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_handler_that_is_wrapped_is_seen_through(accounts):
    """An async function hidden in a partial is refused as well."""

    async def later(word, delivery):
        """Never run."""

    with pytest.raises(BadRequest, match="async"):
        worker(accounts, functools.partial(later, "x"))


def test_a_database_that_fails_while_giving_back(shop):
    """What could not be given back comes back by itself; the trouble is told."""

    class Closing(MemoryStore):
        def release_notices(self, claimed):
            """It is away."""
            raise StoreUnavailable(f"the database is away, with {len(claimed)} to give back")

    with Lifecycle.open(Closing(), secret=SECRET, clock=shop.clock) as accounts:
        for name in ("a", "b"):
            accounts.register(name, facts={**VERIFIED, "contacts": ["email"]})
        got = []

        def send(delivery):
            got.append(delivery.id)
            mine.stop()

        mine = worker(accounts, send, threads=1)
        with pytest.raises(StoreUnavailable):
            mine.run_once()
        assert len(got) == 1
        shop.passes(minutes=2)
        mail = Mail()
        worker(accounts, mail).run_once()
        assert sorted([*got, *mail.ids]) == ["a:1:1", "b:1:1"]


# --- setting up ----------------------------------------------------------------------------------------------------------


def test_handlers_are_checked_before_anything_is_sent(accounts):
    """Unknown notices, notices without a function, and what is no function are told all at once."""

    async def later(delivery):
        """Never run."""

    handlers = {"welcom": Mail(), "welcome": "mail", "account_locked": later}
    with pytest.raises(BadRequest) as caught:
        worker(accounts, handlers)
    said = str(caught.value)
    assert 'no notice "welcom". Did you mean "welcome"?' in said
    assert 'what delivers "welcome" is of the type str, and no function' in said
    assert 'what delivers "account_locked" is an async function' in said
    assert "nobody delivers: " in said
    assert "account_unlocked" in said


@pytest.mark.parametrize("handlers", [3, "print", ["welcome"]])
def test_handlers_are_functions_or_a_mapping(accounts, handlers):
    """Anything else is refused."""
    with pytest.raises(BadRequest, match="must be a function"):
        worker(accounts, handlers)


def test_an_async_object_is_seen_through(accounts):
    """An object whose call is async is refused as an async function is."""

    class Later:
        async def __call__(self, delivery):
            """Never run."""

    with pytest.raises(BadRequest, match="async"):
        worker(accounts, Later())


def test_a_notice_of_another_policy_is_a_failure(accounts, ann):
    """A notice that the worker's policy does not know finds nobody, waits, and is not lost."""
    desk = Desk(dict.fromkeys(accounts.policy.notices), accounts.policy.notices)
    mail = Mail()
    worker(accounts, mail).run_once()
    strange = mail.got[0]
    object.__setattr__(strange, "notice", "of_another_policy")
    assert desk.deliver(strange) == (Outcome.FAILED, "NoHandlerError")


@pytest.mark.parametrize(
    "numbers",
    [
        {"tries": 0},
        {"threads": 0},
        {"threads": True},
        {"batch": 1.5},
        {"limit": dt.timedelta(0)},
        {"poll": 3},
        {"look_again": -dt.timedelta(1)},
        {"look_again": dt.timedelta(2)},
    ],
)
def test_numbers_are_checked(accounts, numbers):
    """A worker of no threads, no tries or no time is refused by the name of the number."""
    with pytest.raises(BadRequest, match=next(iter(numbers))):
        Worker(accounts, None, **numbers)


def test_the_back_off_doubles_and_is_spread(shop):
    """Each wait is twice the one before, up to the longest; of each, half is left to chance."""
    waits = [SOON.after(n).total_seconds() for n in range(1, 6)]
    assert waits == [60, 120, 240, 240, 240]
    low = Backoff(chance=lambda: 0.0)
    assert low.after(1) == dt.timedelta(seconds=5)
    assert low.after(10**6) == dt.timedelta(minutes=30)
    drawn = {Backoff().after(1) for _ in range(20)}
    assert len(drawn) > 1
    assert all(dt.timedelta(seconds=5) <= wait <= dt.timedelta(seconds=10) for wait in drawn)


@pytest.mark.parametrize(("first", "longest"), [(0, 1), (2, 1), (-1, 1), (1, 86401)])
def test_a_back_off_makes_sense(first, longest):
    """It begins with more than nothing, and its longest wait is not its shortest."""
    with pytest.raises(BadRequest, match="back-off"):
        Backoff(first=dt.timedelta(seconds=first), longest=dt.timedelta(seconds=longest))


def test_void_is_told_by_a_code():
    """What a handler lets pass says why in a code, without the account."""
    assert str(Void("erased")) == "the notice has nothing to carry any more: erased"


def test_evidence_is_found_from_the_notice(accounts, ann):
    """A statement of reasons is read at delivery, by the reference of the notice's event."""
    reasons = [Evidence("statement_of_reasons", text="the facts and the rules")]
    accounts.submit("suspend", account=ann, by=Actor.reviewer("r"), facts={"ground": "harassment"}, evidence=reasons)
    read = []

    def send(delivery):
        if delivery.notice == "account_suspended":
            read.extend(delivery.text(each["ref"]) for each in delivery.event().evidence)

    worker(accounts, send).run_once()
    assert read == ["the facts and the rules"]
