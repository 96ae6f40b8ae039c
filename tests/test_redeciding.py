"""Deciding a log again: the same under the same policy, otherwise under another, and unknown where nobody can tell."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from shop import SECRET, Shop

from lifecycle import Actor, Lifecycle, Parameters, policy
from lifecycle.machine import AccountMachine
from lifecycle.redeciding import (
    DIFFERENT,
    ELSEWHERE,
    FORGOTTEN,
    REFUSED,
    SAME,
    STANDS,
    UNKNOWN,
    UNSURE,
    Tally,
    pending,
    redecide,
)
from lifecycle.replay import run, simulated

AGENT = Actor.agent("a1")


def again(accounts, machine):
    """Decide every log of *accounts* again."""
    tally = Tally()
    for account in accounts.accounts():
        redecide(machine, account.id, accounts.events(account.id), tally)
    return tally


@pytest.fixture(scope="module")
def replayed(request):
    """Every case of the guides that runs under the guides' own policy, in one database."""
    from lifecycle.cases import read_cases

    with simulated(policy(), "memory:") as service:
        number = 0
        for file in sorted((request.config.rootpath / "tests" / "cases").rglob("*.case.toml")):
            for case in read_cases(file):
                if not (case.parameters or case.also or case.changes or case.policy):
                    number += 1
                    run(case, service, account_id=f"acc_{number}")
        yield service


def test_under_the_same_policy_everything_is_the_same(replayed):
    """Every step of every case is decided again as it was: what was recorded is all that a decision read."""
    tally = again(replayed, replayed.machine)
    assert tally.why == {}
    assert tally.outcomes[SAME] + tally.not_decided == tally.events > 1000


@pytest.fixture
def accounts(tmp_path):
    """An account that was locked by hand, sent a code, and let its timer run."""
    shop = Shop()
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as service:
        service.import_account("ann", state="active", given={"contacts": ["email"]})
        service.submit("lock", account="ann", by=AGENT, facts={"ground": "new_device"})
        service.submit("send_unlock_code", account="ann", by=Actor.holder("ann"))
        yield service


def why(tally):
    """The ways in which something differs."""
    return {(outcome, trigger): reason for outcome, trigger, reason in tally.why}


def test_another_period_is_told_by_what_changes(accounts):
    """A code that lives longer is the same step with other values."""
    tally = again(accounts, AccountMachine(policy(Parameters(unlock_code_ttl=dt.timedelta(hours=3)))))
    assert why(tally) == {(DIFFERENT, "send_unlock_code"): "other values: open unlock_code"}
    assert tally.examples[DIFFERENT, "send_unlock_code", "other values: open unlock_code"] == ["ann"]


def test_what_would_be_refused_is_told_by_its_codes(accounts):
    """Under a policy without the ground, the lock would not have come."""
    grounds = {name: each for name, each in Parameters().grounds.items() if name != "new_device"}
    tally = again(accounts, AccountMachine(policy(Parameters(grounds=grounds))))
    assert why(tally)[DIFFERENT, "lock"].startswith("refused: ")


def test_a_row_that_is_gone_is_different(accounts):
    """A step that no row takes any more is told so."""
    made = policy()
    rows = tuple(row for row in made.rows if row.trigger != "send_unlock_code")
    less = attrs.evolve(made, rows=rows)
    machine = AccountMachine.__new__(AccountMachine)
    machine.__dict__.update(AccountMachine(made).__dict__)
    machine.policy = less
    tally = Tally()
    redecide(_Without(machine, "send_unlock_code"), "ann", accounts.events("ann"), tally)
    assert why(tally) == {(DIFFERENT, "send_unlock_code"): "no row has this trigger"}


class _Without:
    """A machine that does not know one trigger."""

    def __init__(self, machine, trigger):
        self._machine, self._trigger = machine, trigger

    def __getattr__(self, name):
        return getattr(self._machine, name)

    def rows(self, trigger):
        from lifecycle.errors import UnknownTrigger

        if trigger == self._trigger:
            raise UnknownTrigger(trigger, ())
        return self._machine.rows(trigger)

    def standing(self, trigger, account):
        self.rows(trigger)
        return self._machine.standing(trigger, account)


def test_a_fact_never_recorded_leaves_it_unknown(accounts):
    """Where a rule asks today for what was never recorded, nobody can tell what would have come."""
    (first, *rest) = list(accounts.events("ann"))
    tally = Tally()
    forgetful = [first, *(attrs.evolve(event, facts={}) for event in rest)]
    redecide(accounts.machine, "ann", forgetful, tally)
    assert why(tally)[UNKNOWN, "lock"] == "facts never recorded: ground"


def test_a_fact_nobody_knows_any_more_leaves_it_unknown(accounts):
    """Where an event holds a fact that the policy has no more, its name is told."""
    log = [attrs.evolve(event, facts={**event.facts, "mood": "bad"}) for event in accounts.events("ann")]
    tally = Tally()
    redecide(accounts.machine, "ann", log, tally)
    assert why(tally)[UNKNOWN, "lock"] == "facts nobody knows any more: mood"


def fates(accounts, made, account="ann"):
    """What would become of each timer of an account."""
    return {each.timer: each.fate for each in pending(AccountMachine(made), accounts.account(account))}


def test_pending_timers_are_tried(accounts):
    """A timer would fire, or would be refused; one that no rule knows, or that lives elsewhere, is told apart."""
    given = {"ground": "declined_payments", "timers": {"lock_expires": "2026-03-03T10:00:00+00:00"}}
    accounts.import_account("bob", state="security_locked", given=given)
    made = policy()
    assert fates(accounts, made, "bob") == {"lock_expires": STANDS}
    without = attrs.evolve(made, timers={k: v for k, v in made.timers.items() if k != "lock_expires"})
    machine = AccountMachine(made)
    machine.policy = without
    assert [each.fate for each in pending(machine, accounts.account("bob"))] == [FORGOTTEN]
    rule = attrs.evolve(made.timers["lock_expires"], lives_in=made.timers["chase_appeal"].lives_in)
    machine.policy = attrs.evolve(made, timers={**made.timers, "lock_expires": rule})
    assert [each.fate for each in pending(machine, accounts.account("bob"))] == [ELSEWHERE]


def test_a_timer_that_asks_for_facts_is_unsure(accounts):
    """Whether a closure is carried out depends on what is owed then."""
    confirmed = {"confirmed_at": "2026-03-02T09:00:00+00:00"}
    given = {"track": "request", "deletion": confirmed, "timers": {"complete_deletion": "2026-03-09T09:00:00+00:00"}}
    accounts.import_account("eve", state="pending_deletion", given=given)
    accounts.import_account("joe", state="pending_deletion", given={"track": "request", "deletion": confirmed})
    (unsure,) = pending(accounts.machine, accounts.account("eve"))
    assert unsure.fate == UNSURE
    assert "open_orders" in unsure.why
    (refused,) = pending(accounts.machine, accounts.account("joe"))
    assert (refused.fate, refused.why) == (REFUSED, "refused: request_is_unconfirmed")
