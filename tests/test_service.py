"""The door: what one submission does, from loading to the answer."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import threading

import attrs
import pytest
from shop import SECRET, START

from lifecycle import Actor, Evidence, Lifecycle, State, TransitionDenied
from lifecycle.errors import BadRequest, Conflict, NaiveTime
from lifecycle.store import Stale
from lifecycle.store.glance import Glance

ANN = Actor.holder("ann")
AGENT = Actor.agent("a1")
LOCK = {"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 6}


def lock(accounts, account="ann", **more):
    """Lock an account on a signal."""
    return accounts.submit("lock", account=account, by=Actor.system(), facts=LOCK, **more)


def test_registration_is_the_first_event(accounts, ann):
    """Registering writes event 1, keeps the kinds of contact and sends the welcome."""
    (event,) = accounts.events(ann)
    assert (event.version, event.trigger, event.source, event.dest) == (1, "register", None, State.ACTIVE)
    assert accounts.account(ann).contacts == ("email", "phone")
    assert [row.notice for row in accounts.outbox(ann)] == ["welcome"]


def test_a_taken_step_is_stored_whole(accounts, ann):
    """An allowed submission moves the account, appends one event and writes its notice."""
    decision = lock(accounts)
    assert decision.allowed
    assert decision.dest is State.SECURITY_LOCKED
    assert accounts.account(ann).state is State.SECURITY_LOCKED
    assert [e.trigger for e in accounts.events(ann)] == ["register", "lock"]
    assert [row.id for row in accounts.outbox(ann)] == ["ann:1:1", "ann:2:1"]
    assert not accounts.verify().damage


def test_a_denial_is_an_answer_that_lists_everything(accounts, ann, shop):
    """A refused closure names every guard at once, moves nothing, and is recorded beside the log."""
    shop.facts.update(open_orders=2, refunds_in_flight=1)
    decision = accounts.submit("request_closure", account=ann, by=ANN)
    assert [r.code for r in decision.refusals] == ["orders_are_settled", "refunds_are_settled"]
    assert [(r.value, r.limit) for r in decision.refusals] == [({"open_orders": 2}, 0), ({"refunds_in_flight": 1}, 0)]
    assert accounts.account(ann).version == 1
    (denial,) = accounts.denials(ann)
    assert denial.codes == ("orders_are_settled", "refunds_are_settled")
    with pytest.raises(TransitionDenied, match="account holder may not request_closure"):
        decision.raise_for_denial()


def test_a_stranger_learns_nothing_and_writes_nothing(accounts, ann):
    """Somebody else's holder is refused before the state is looked at, and leaves no row."""
    decision = accounts.submit("reactivate", account=ann, by=Actor.holder("bob"), key="k")
    assert [r.code for r in decision.refusals] == ["not_the_holder"]
    assert list(accounts.denials(ann)) == []
    assert not accounts.submit("reactivate", account=ann, by=Actor.holder("bob"), key="k").repeated


def test_only_the_facts_that_matter_are_asked_for(accounts, ann, shop):
    """Gathering asks for what the guards of this trigger read, and given facts are not asked for."""
    accounts.submit("deactivate", account=ann, by=ANN, facts={"signed_in": True})
    assert shop.asked[-1] == (ann, {"identifier_matches", "identifier", "entry", "reason"})


def test_a_dry_run_writes_nothing(accounts, ann):
    """A dry run decides and explains; the log, the notices and the denials stay as they were."""
    assert lock(accounts, dry_run=True).dest is State.SECURITY_LOCKED
    assert accounts.submit("reactivate", account=ann, by=ANN, dry_run=True).refusals
    assert accounts.account(ann).version == 1
    assert list(accounts.denials(ann)) == []
    assert accounts.submit("lock", account=ann, by=Actor.system(), facts=LOCK, key="k", dry_run=True).dry_run
    assert not lock(accounts, key="k").repeated


def test_the_same_key_gets_the_same_answer(accounts, ann, shop):
    """A repeated request under its key is answered from memory, taken or refused, and happens once."""
    first, again = lock(accounts, key="k1"), lock(accounts, key="k1")
    assert again.repeated
    assert [e.version for e in again.events] == [e.version for e in first.events] == [2]
    refused = accounts.submit("reactivate", account=ann, by=ANN, key="k2")
    shop.passes(days=1)
    repeated = accounts.submit("reactivate", account=ann, by=ANN, key="k2")
    assert repeated.refusals == refused.refusals
    assert repeated.command.at == refused.command.at
    assert accounts.account(ann).version == 2
    assert len(list(accounts.denials(ann))) == 1


def test_registration_repeats_under_its_key(accounts):
    """A repeated registration under one key is the same registration, not a second one."""
    asked = {"facts": {"registration_fields": 4, "verified_by": "link"}, "key": "r"}
    accounts.register("bob", **asked)
    assert accounts.register("bob", **asked).repeated


def test_a_refused_registration_leaves_no_account(accounts):
    """A sign-up that is not verified is refused and nothing is stored."""
    decision = accounts.register("bob", facts={"registration_fields": 3})
    assert {r.code for r in decision.refusals} == {"sign_up_is_complete", "sign_up_is_verified"}
    assert list(accounts.accounts()) == []
    assert accounts.register("bob", facts={"registration_fields": 4, "verified_by": "link"}, dry_run=True).allowed
    assert list(accounts.accounts()) == []


def test_due_timers_are_settled_before_a_submission(accounts, ann, shop):
    """A closure nobody confirmed has lapsed by the time the holder asks again, without any worker."""
    accounts.submit("request_closure", account=ann, by=ANN)
    shop.passes(hours=73)
    decision = accounts.submit("deactivate", account=ann, by=ANN)
    assert [e.trigger for e in decision.settled] == ["closure_lapses"]
    assert decision.settled[0].at == START + dt.timedelta(hours=72)
    assert decision.dest is State.DEACTIVATED
    assert [e.version for e in accounts.events(ann)] == [1, 2, 3, 4]


def test_a_settled_event_says_when_it_was_due_and_when_it_was_written(accounts, ann, shop):
    """The event of a late timer carries its due time, and beside it the time it was recorded."""
    accounts.submit("request_closure", account=ann, by=ANN)
    later = shop.passes(days=9)
    (event,) = accounts.settle(ann)
    assert (event.at, event.by) == (START + dt.timedelta(hours=72), Actor.system("timer"))
    assert list(accounts.events(ann))[-1].recorded_at == later
    assert accounts.settle(ann) == ()


def test_a_refused_step_still_keeps_what_time_did(accounts, ann, shop):
    """Timers settled before a refusal are stored with it."""
    accounts.submit("request_closure", account=ann, by=ANN)
    shop.passes(hours=73)
    decision = accounts.submit("reactivate", account=ann, by=ANN)
    assert [r.code for r in decision.refusals] == ["not_from_this_state"]
    assert accounts.store.load(ann).account.state is State.ACTIVE


def test_reads_apply_due_timers_in_memory(accounts, ann, shop):
    """Reading an account after a due time shows what is true then, and writes nothing."""
    accounts.submit("request_closure", account=ann, by=ANN)
    shop.passes(hours=73)
    assert accounts.account(ann).state is State.ACTIVE
    assert accounts.allows(ann, "buy")
    assert accounts.store.load(ann).account.state is State.PENDING_DELETION


def test_a_timer_that_needs_facts_waits_for_a_submission(accounts, ann, shop):
    """The deletion due by a timer is not guessed by a read; settling gathers its facts and carries it out."""
    confirm(accounts, ann)
    shop.passes(days=3)
    assert accounts.account(ann).state is State.PENDING_DELETION
    events = accounts.settle(ann)
    assert [e.trigger for e in events] == ["complete_deletion"]
    assert accounts.account(ann).state is State.DELETED


def test_without_a_gather_function_such_a_timer_keeps_waiting(accounts, ann, shop):
    """Nobody answers the facts, so the deletion is not carried out but marked as stalled."""
    confirm(accounts, ann)
    shop.passes(days=3)
    events = accounts.settle(ann, gather=lambda account, names: {})
    assert [e.trigger for e in events] == ["mark_stalled"]
    assert accounts.settle(ann)[-1].dest is State.DELETED


def test_a_deletion_is_held_while_something_is_owed(accounts, ann, shop):
    """What came up after the confirmation holds the deletion; once settled it is carried out, and then erased."""
    confirm(accounts, ann)
    shop.facts["open_orders"] = 1
    shop.passes(days=3)
    assert next(e.trigger for e in accounts.settle(ann)) == "hold_deletion"
    shop.passes(days=1)
    assert {e.trigger for e in accounts.settle(ann)} == {"let_timer_lapse"}
    shop.facts["open_orders"] = 0
    shop.passes(days=3)
    assert [e.trigger for e in accounts.settle(ann)] == ["complete_deletion", "erase"]
    assert accounts.account(ann).erased


def confirm(accounts, account):
    """Ask for a closure and follow its link."""
    accounts.submit("request_closure", account=account, by=ANN)
    link = accounts.code_for(account, "closure_link")
    assert accounts.submit("confirm_closure", account=account, by=ANN, code=link).allowed


def test_the_clock_never_runs_backwards_for_an_account(accounts, ann, shop):
    """A clock behind the last event is held back to it; the log stays in order."""
    lock(accounts)
    shop.passes(days=-1)
    decision = accounts.submit("open_case", account=ann, by=ANN)
    assert decision.event.at == START


def test_options_are_gathered_once(accounts, ann, shop):
    """Options ask the host once for everything, and answer for each row from here."""
    found = {o.trigger: o for o in accounts.options(ann, by=ANN)}
    assert len(shop.asked) == 1
    allowed = {"open_case", "deactivate", "request_closure", "unsubscribe", "add_identifier"}
    assert {t for t, o in found.items() if o.allowed} == allowed
    assert accounts.options(ann, by=Actor.holder("bob")) == ()


def test_options_say_what_they_do_not_know(accounts, ann):
    """Without facts an option is neither allowed nor refused, and names what it needs."""
    found = {o.trigger: o for o in accounts.options(ann, by=ANN, gather=lambda account, names: {})}
    assert found["deactivate"].allowed is None
    assert set(found["deactivate"].needs) == {"signed_in", "identifier_matches"}


def test_explain_shows_met_and_unmet_guards(accounts, ann, shop):
    """An explanation has a verdict for every guard of the row, in its order."""
    shop.facts["wallet_balance"] = 500
    told = accounts.explain("request_closure", account=ann, by=ANN)
    assert told.allowed is False
    assert {v.code: v.met for v in told.verdicts}["wallet_is_empty"] is False
    assert sum(v.met is True for v in told.verdicts) == len(told.verdicts) - 1


def test_accounts_and_appeals_can_be_listed(accounts, ann):
    """Accounts are listed by state, appeals by whether they are open."""
    accounts.import_account("bob", state="suspended", given={"ground": "platform_rules", "author": "reviewer:r1"})
    appeal = [Evidence("passport", "p1"), Evidence("explanation", text="facts"), Evidence("written_commitment", "w1")]
    accounts.submit("appeal", account="bob", by=Actor.holder("bob"), evidence=appeal)
    assert [a.id for a in accounts.accounts(state="under_appeal")] == ["bob"]
    assert [a.id for a in accounts.accounts()] == ["ann", "bob"]
    (open_one,) = accounts.appeals(open=True)
    assert (open_one.account_id, open_one.status) == ("bob", "open")
    accounts.submit("grant", account="bob", by=Actor.reviewer("r2"), facts={"name_matches": True})
    assert list(accounts.appeals(open=True)) == []
    assert [a.status for a in accounts.appeals(open=False)] == ["granted"]


def test_refold_makes_the_same_accounts(accounts, ann):
    """Folding every log anew changes nothing where nothing was tampered with."""
    lock(accounts)
    assert accounts.refold().changed == ()
    assert accounts.verify(ann).events == 2


def test_many_threads_on_one_account_never_double_a_step(accounts, ann):
    """Of many submissions at once each is decided on the account as the one before left it."""
    taken = []

    def strike():
        decision = accounts.submit("strike", account=ann, by=AGENT, facts={"strike": "legal_threat"})
        taken.append(decision.events[0].version)

    lock(accounts)
    threads = [threading.Thread(target=strike) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [3, 4, 5, 6, 7, 8]
    assert not accounts.verify().damage


def test_conflicts_are_retried_within_bounds(accounts, ann, monkeypatch):
    """A store that always says the account moved makes the service give up with a typed error, nothing written."""
    tries = []

    def stale(batch, **more):
        tries.append(batch)
        raise Stale(batch.account_id)

    @contextlib.contextmanager
    def turn(account_id, **more):
        yield Glance(accounts.store, account_id, **more)

    monkeypatch.setattr(accounts.store, "append", stale)
    monkeypatch.setattr(accounts.store, "turn", turn)
    with pytest.raises(Conflict, match="moved by somebody else 10 times"):
        lock(accounts)
    assert len(tries) == 10


def test_gathered_facts_are_reused_after_a_conflict(accounts, ann, shop, monkeypatch):
    """A retry that needs the same facts does not ask the host again."""
    append, calls = accounts.store.append, []

    def once_stale(batch, **more):
        calls.append(batch)
        if len(calls) == 1:
            raise Stale(batch.account_id)
        append(batch, **more)

    monkeypatch.setattr(accounts.store, "append", once_stale)
    assert accounts.submit("deactivate", account=ann, by=ANN).allowed
    assert len(shop.asked) == 1


def test_nobody_is_asked_while_an_account_is_held(accounts, ann, shop, monkeypatch):
    """After a conflict the account is held; facts that are needed only now are gathered outside once more (D-18)."""
    held = []
    turn, append, calls = accounts.store.turn, accounts.store.append, []

    @contextlib.contextmanager
    def noted(account_id, **more):
        with turn(account_id, **more) as each:
            held.append(account_id)
            yield each
            held.pop()

    def asked(account, names):
        assert not held
        return shop.gather(account, names)

    def moved(batch, **more):
        calls.append(batch)
        if len(calls) == 1:
            # meanwhile the account was locked, so that other facts matter
            monkeypatch.setattr(accounts.store, "append", append)
            accounts.submit("deactivate", account=ann, by=ANN, gather=asked)
            raise Stale(batch.account_id)
        append(batch, **more)

    monkeypatch.setattr(accounts.store, "turn", noted)
    monkeypatch.setattr(accounts.store, "append", moved)
    decision = accounts.submit("deactivate", account=ann, by=ANN, gather=asked)
    assert {refusal.code for refusal in decision.refusals} == {"not_from_this_state"}
    assert accounts.account(ann).version == 2


def test_a_decision_commits_and_rolls_back_with_the_hosts_rows(tmp_path, shop):
    """On the host's own connection the decision stands or falls with what the host wrote beside it."""
    path = tmp_path / "shop.db"
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link"})
        host = sqlite3.connect(path, isolation_level=None)
        host.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY, said TEXT)")
        for end, version in (("ROLLBACK", 1), ("COMMIT", 2)):
            host.execute("BEGIN IMMEDIATE")
            host.execute("INSERT INTO ticket (said) VALUES ('locked')")
            assert lock(accounts, connection=host).allowed
            host.execute(end)
            assert accounts.account("ann").version == version
            assert host.execute("SELECT count(*) FROM ticket").fetchone() == (version - 1,)
        host.close()


def test_decisions_compare_and_print(accounts, ann):
    """A decision is a value; printed it is a sentence."""
    decision = lock(accounts, dry_run=True)
    assert attrs.evolve(decision) == decision
    assert str(decision) == "the system may lock account ann: it becomes security locked"


def test_what_only_served_for_a_while_is_forgotten(accounts, ann, shop):
    """Keys, refused attempts and the like that are old enough go, and are counted before; the log and the account stay."""
    lock(accounts, key="k1")
    accounts.submit("appeal", account=ann, by=ANN)
    assert [len(list(accounts.denials(ann)))] == [1]
    shop.passes(days=31)
    lock(accounts, key="k2")
    version, month = accounts.account(ann).version, dt.timedelta(days=30)
    would = accounts.prune(older_than=month, dry_run=True)
    assert {kind: number for kind, number in would.items() if number} == {"idempotency_keys": 1, "denials": 1}
    assert not any(accounts.prune(dry_run=True).values())
    assert accounts.prune(before=shop.now - month) == would
    assert [denial.trigger for denial in accounts.denials(ann)] == ["lock"]
    assert lock(accounts, key="k2").repeated
    assert accounts.account(ann).version == version
    assert not accounts.verify().damage


def test_nothing_young_is_forgotten(accounts, ann, shop):
    """Less than a day, a moment ahead, one without an offset or no length of time at all: refused, and nothing goes."""
    lock(accounts, key="k1")
    shop.passes(hours=23)
    day = dt.timedelta(days=1)
    for young in (day - dt.timedelta(seconds=1), dt.timedelta(0), -day):
        with pytest.raises(BadRequest, match="less than a day old"):
            accounts.prune(older_than=young)
    with pytest.raises(BadRequest, match="less than a day old"):
        accounts.prune(before=shop.now + day)
    with pytest.raises(NaiveTime):
        accounts.prune(before=dt.datetime(2020, 1, 1))  # noqa: DTZ001 - that is what is refused
    for odd in (dt.timedelta(days=10**6), "30 days"):
        with pytest.raises(BadRequest, match="must be a timedelta"):
            accounts.prune(older_than=odd)
    assert lock(accounts, key="k1").repeated
