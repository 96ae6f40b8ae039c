"""Many accounts at once: a decision for each, resumed where it was cut off; timers of all; accounts taken over."""

from __future__ import annotations

import json

import pytest
from shop import SECRET, START, Shop

from lifecycle import Actor, Evidence, Lifecycle, State
from lifecycle.bulk import check_arrivals, import_each, settle_due, submit_each
from lifecycle.errors import BadRequest, StoreUnavailable

SUPERVISOR = Actor.supervisor("s1")
REVERSED = {"facts": {"lifts": "suspension"}, "evidence": [Evidence("reasons", "case-77")]}
SUSPENDED = {"state": "suspended", "given": {"ground": "platform_rules", "author": "reviewer:r1"}}


@pytest.fixture
def shop():
    """The host's side."""
    return Shop()


@pytest.fixture
def accounts(shop, tmp_path):
    """Forty suspended accounts and one that is not."""
    with Lifecycle.open(
        f"sqlite:///{tmp_path / 'a.db'}", secret=SECRET, gather=shop.gather, clock=shop.clock, synchronous="NORMAL"
    ) as service:
        for number in range(40):
            service.import_account(f"acc_{number:02}", **SUSPENDED)
        service.import_account("free", state="active")
        yield service


def ids():
    """The accounts that are suspended."""
    return [f"acc_{number:02}" for number in range(40)]


@pytest.mark.parametrize("threads", [1, 4])
def test_a_decision_for_many(accounts, threads):
    """Each account is decided on its own; who is refused or unknown holds up nobody."""
    told = []
    asked = [*ids(), "free", "nobody"]
    done = submit_each(
        accounts, "reverse_decision", asked, by=SUPERVISOR, run="r1", threads=threads, progress=told.append, **REVERSED
    )
    assert (done.accounts, done.taken, done.repeated, done.failed) == (42, 40, 0, 1)
    assert done.refused == {"not_from_this_state": 1}
    assert done.failures[0][0] == "nobody"
    assert told == list(range(1, 43))
    assert {account.state for account in accounts.accounts()} == {State.ACTIVE}
    assert not accounts.verify().damage


def test_a_run_is_resumed(accounts):
    """Cut off in the middle and begun again under its name, nothing is decided twice; another run is another."""
    append = accounts.store.turn
    left = [15]

    def cut_off(account_id, **more):
        left[0] -= 1
        if left[0] < 0:
            raise StoreUnavailable("the disk is gone")
        return append(account_id, **more)

    # Without anybody to ask, every decision is a turn of its account.
    accounts._gather = None
    accounts.store.turn = cut_off
    with pytest.raises(StoreUnavailable):
        submit_each(accounts, "reverse_decision", ids(), by=SUPERVISOR, run="r1", **REVERSED)
    del accounts.store.turn
    assert len(list(accounts.accounts(state="active"))) == 16
    done = submit_each(accounts, "reverse_decision", ids(), by=SUPERVISOR, run="r1", **REVERSED)
    assert (done.taken, done.repeated) == (25, 15)
    again = submit_each(accounts, "reverse_decision", ids(), by=SUPERVISOR, run="r2", **REVERSED)
    assert (again.taken, sum(again.refused.values())) == (0, 40)


def test_a_dry_run_writes_nothing(accounts):
    """What would come is counted, and every account stays as it is."""
    done = submit_each(accounts, "reverse_decision", ids(), by=SUPERVISOR, run="r1", dry_run=True, **REVERSED)
    assert done.taken == 40
    assert {accounts.account(each).version for each in ids()} == {1}


def test_a_run_needs_a_name(accounts):
    """A name that is no code is refused before anything is done."""
    with pytest.raises(BadRequest, match="the name of a run"):
        submit_each(accounts, "reverse_decision", ids(), by=SUPERVISOR, run="my run", **REVERSED)


def test_the_month_end_is_counted_for_all(accounts, shop):
    """One call settles the recount of every account whose month is over, and nothing that is not due."""
    entry = {"number": 1, "at": START.isoformat(), "source": "purchase", "month": "2026-03", "each": 60, "days": [2]}
    for number in range(5):
        given = {"points": [entry], "timers": {"recount_level": "2026-04-01T00:00:00+00:00"}}
        accounts.import_account(f"member_{number}", state="active", given=given)
    assert settle_due(accounts, name="recount_level") == 0
    shop.passes(days=31)
    told = []
    assert settle_due(accounts, name="recount_level", progress=told.append) == 5
    assert {accounts.account(f"member_{number}").level.value for number in range(5)} == {"gold"}
    assert told == [1, 2, 3, 4, 5]
    assert settle_due(accounts, name="recount_level") == 0


def lines(*said):
    """The lines of a file."""
    return [each if isinstance(each, str) else json.dumps(each) for each in said]


GOOD = (
    {"account": "a1", "state": "active"},
    {"account": "a2", "state": "suspended", "given": {"ground": "chargeback", "author": "reviewer:r1"}},
    {"account": "a3", "state": "deactivated", "at": "2026-01-02T10:00:00Z", "identifiers": {"email": "p@example.org"}},
)


def test_accounts_are_taken_over(accounts):
    """Each line becomes an account whose first event says that it was taken over; again, all are left as they are."""
    arrived = import_each(accounts, lines(*GOOD))
    assert (arrived.taken, arrived.there, arrived.wrong) == (3, 0, [])
    (event,) = accounts.events("a2")
    assert (event.trigger, event.dest, str(event.by)) == ("import", State.SUSPENDED, "system:import")
    assert accounts.account("a2").suspension.ground == "chargeback"
    again = import_each(accounts, lines(*GOOD, {"account": "a4", "state": "active"}))
    assert (again.taken, again.there) == (1, 3)


def test_every_mistake_of_a_file_is_told_by_its_line(accounts):
    """Looking at a file tells every line that cannot be taken over, and why; nothing is written."""
    arrived = check_arrivals(
        accounts,
        lines(
            GOOD[0],
            "{",
            "[]",
            {"account": "b1"},
            {"account": "b2", "state": "activ"},
            {"account": "b 3", "state": "active"},
            "",
            {"account": "b4", "state": "active", "givn": {}},
            {"account": "b5", "state": "active", "given": []},
            {"account": "b6", "state": "active", "at": "2026-01-02T10:00:00"},
            {"account": "b7", "state": "active", "at": 7},
            {"account": "b8", "state": "suspended", "given": {"grond": "x"}},
            {"account": "b9", "state": "active", "given": {"points": [{"amount": 3}]}},
            GOOD[0],
        ),
    )
    wrong = dict(arrived.wrong)
    assert sorted(wrong) == [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14]
    assert "no JSON" in wrong[2]
    assert "JSON object" in wrong[3]
    assert "state must be" in wrong[4]
    assert 'Did you mean "active"' in wrong[5]
    assert 'Did you mean "given"' in wrong[8]
    assert "without an offset" in wrong[10]
    assert "points" in wrong[13]
    assert "line 1 too" in wrong[14]
    assert arrived.taken == 1
    assert len(list(accounts.accounts())) == 41
