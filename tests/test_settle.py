"""Due timers: in which order they are settled, and what follows a refusal."""

from __future__ import annotations

import datetime as dt

import attrs

from lifecycle import Actor, State, policy
from lifecycle.fold import evolve, replay
from lifecycle.imports import imported
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Timer
from lifecycle.settle import settle

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
POLICY = policy()
MACHINE = AccountMachine(POLICY)
ERASING = {"retention_duty": False, "kept_by_law": []}


def arrived(state, **given):
    """Return an account that was imported at the start."""
    event = imported(POLICY, "ann", state, given, START, Actor.system("import"))
    return replay("ann", [event])


def test_nothing_is_due():
    """Before any due time the account is answered as it is."""
    account = arrived(State.PENDING_DELETION)
    assert settle(MACHINE, account, START).account is account


def test_timers_are_settled_in_the_order_of_due_time_and_name():
    """Two timers due together go by name: the deletion is tried before it is marked as stalled."""
    account = arrived(State.PENDING_DELETION, deletion={"confirmed_at": START})
    timers = (
        Timer("mark_stalled", START + dt.timedelta(days=3), 1),
        Timer("complete_deletion", START + dt.timedelta(days=3), 1),
    )
    account = attrs.evolve(account, timers=timers)
    facts = dict.fromkeys(
        (
            "open_orders",
            "orders_in_transit",
            "refunds_in_flight",
            "open_disputes",
            "wallet_balance",
            "outstanding_charges",
            "active_subscriptions",
        ),
        0,
    )
    done = settle(MACHINE, account, START + dt.timedelta(days=3), facts)
    assert [e.trigger for e in done.events] == ["complete_deletion"]
    waiting = settle(MACHINE, account, START + dt.timedelta(days=3))
    assert [e.trigger for e in waiting.events] == ["mark_stalled"]
    assert waiting.needs == set(facts)


def test_an_event_never_lies_before_the_last_one():
    """A timer that waited for facts past later events is settled at the time of the last event, not before it."""
    account = arrived(State.PENDING_DELETION, deletion={"confirmed_at": START})
    account = attrs.evolve(
        account, timers=(Timer("closure_lapses", START + dt.timedelta(days=1), 1),), at=START + dt.timedelta(days=2)
    )
    (event,) = settle(MACHINE, account, START + dt.timedelta(days=5)).events
    assert event.trigger == "let_timer_lapse"
    assert event.at == START + dt.timedelta(days=2)


def test_a_timer_nobody_knows_is_let_go():
    """A timer whose rule left the policy lapses with an event, instead of standing for ever."""
    account = attrs.evolve(arrived(State.ACTIVE), timers=(Timer("forgotten", START, 1),))
    done = settle(MACHINE, account, START)
    assert [e.trigger for e in done.events] == ["let_timer_lapse"]
    assert done.account.timers == ()


def test_a_refused_erasure_is_tried_again():
    """An erasure stopped by a hold is armed again after its period, as its rule says."""
    account = attrs.evolve(arrived(State.DELETED), holds=("court",))
    done = settle(MACHINE, account, START + dt.timedelta(days=1), ERASING)
    assert [t.due for t in done.account.timers] == [START + dt.timedelta(days=31)]
    done = settle(MACHINE, attrs.evolve(done.account, holds=()), START + dt.timedelta(days=31), ERASING)
    assert done.account.erased


def test_settling_is_bounded():
    """However far the time jumps, one settlement applies a bounded number of timers."""
    account = attrs.evolve(arrived(State.DELETED), holds=("court",))
    done = settle(MACHINE, account, START + dt.timedelta(days=365_000), ERASING)
    assert len(done.events) == 100


def test_settled_events_fold_to_the_settled_account():
    """The account that settling returns is the one its events fold to."""
    account = arrived(State.UNDER_APPEAL, ground="chargeback")
    done = settle(MACHINE, account, START + dt.timedelta(days=30))
    folded: Account = account
    for event in done.events:
        folded = evolve(folded, event)
    assert [e.trigger for e in done.events] == ["chase_appeal"]
    assert folded == done.account


def test_the_last_moment_belongs_to_the_holder():
    """A closure lapses once its time has passed, not at that very moment; its event names the due time all the same."""
    account = arrived(State.PENDING_DELETION)
    end = START + dt.timedelta(hours=72)
    assert settle(MACHINE, account, end).events == ()
    (event,) = settle(MACHINE, account, end + dt.timedelta(microseconds=1)).events
    assert (event.trigger, event.at) == ("closure_lapses", end)
