"""Accounts to look at: cases moved in time, and a demo whose log tells everything in the order in which it happened."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from lifecycle import casebook, policy, showing
from lifecycle.cases import read_cases
from lifecycle.health import overdue_appeals
from lifecycle.model import Actor, State
from lifecycle.replay import run, simulated, walked
from lifecycle.showing import NOW, WAITING, found_out, moved, over_by, staged, told_before

STORIES, REAL, *_ = casebook.shipped()
WEEK = dt.timedelta(days=7)


def shipped_cases():
    """The stories and real cases."""
    cases, unreadable = casebook.in_folders((STORIES, REAL), policy())
    assert not unreadable
    return cases


@pytest.fixture(scope="module")
def stage():
    """The accounts of a demo, and what came of the cases."""
    cases = shipped_cases()
    with simulated() as accounts:
        yield accounts, staged(accounts, cases, accounts.clock)


@pytest.mark.parametrize("case", shipped_cases(), ids=lambda case: case.account_id)
def test_a_case_moved_by_weeks_comes_out_the_same(case):
    """Every shipped case is over before the demo begins, and still comes out as it says."""
    (earlier,) = told_before([case], policy(), NOW)
    assert earlier.steps[-1].at <= NOW
    assert casebook.replayed(earlier, policy()).passed
    if case.steps[-1].at <= NOW:
        assert earlier is case


def test_every_moment_of_a_case_moves():
    """Facts, claims, other accounts and changes of policy move with the steps; lengths of time stay."""
    for folder in ("guides", "ours"):
        for path in sorted((casebook.shipped()[0].parent / folder).glob("*.case.toml"))[:40]:
            for case in read_cases(path):
                there = moved(case, 52 * WEEK)
                assert there.begins - case.begins == 52 * WEEK
                assert moved(there, -52 * WEEK) == case


def test_a_case_that_is_long_over_can_be_told_as_if_it_just_was():
    """It ends within the last week, on the same day of the week."""
    case = shipped_cases()[0]
    near = over_by(case, NOW + 100 * WEEK)
    assert dt.timedelta(0) <= NOW + 100 * WEEK - near.steps[-1].at < WEEK
    assert near.begins.weekday() == case.begins.weekday()


def test_months_that_are_written_as_text_move_too():
    """A point earned in March a year ago was earned in March."""
    case = next(case for case in shipped_cases() if case.guide == "G5")
    there = moved(case, -dt.timedelta(days=365))
    assert [each["month"] for each in there.given["points"]] == ["2025-03", "2025-05"]


def test_all_cases_of_a_demo_come_out_as_they_say(stage):
    """Beside each other in one database every case is the story it was."""
    accounts, results = stage
    assert [result.problems for result in results] == [()] * 21
    assert not accounts.verify().damage


def test_the_log_of_a_demo_is_told_in_its_order(stage):
    """What is read from the end of the log is what happened last; but for what timers did at their own time."""
    accounts, _ = stage
    events = [event for _, event in accounts.store.log()]
    assert all(event.at <= NOW for event in events)
    times = [event.at for event in events if event.by.id != "timer"]
    assert times == sorted(times)


def test_appeals_wait_in_a_demo_two_of_them_too_long(stage):
    """There is something to decide: overdue, nearly so, fresh, and with a supervisor."""
    accounts, _ = stage
    waiting = [*accounts.appeals(open=True)]
    assert {each.account_id for each in waiting} == {"C-09", *(each.account for each in WAITING)}
    assert sum(each.escalated for each in waiting) == 2
    assert overdue_appeals(accounts, NOW) == 2
    assert accounts.clock() == NOW


def test_an_appeal_of_a_demo_can_be_decided(stage):
    """What a reviewer would find out is known, so the appeal that is overdue can be granted by somebody who may."""
    accounts, _ = stage
    gather = found_out(shipped_cases())
    by = Actor.reviewer("r2")
    decision = accounts.submit("grant", account="shop-1045", by=by, gather=gather, at=NOW, dry_run=True)
    assert decision.allowed, str(decision)
    assert gather("nobody", frozenset({"open_orders"})) == {}


def test_notices_of_a_demo_were_sent_but_for_one(stage):
    """One could not be delivered, so that somebody can see what is done about it."""
    accounts, _ = stage
    stands = [each.stands for each in accounts.store.posted()]
    assert stands.count("dead") == 1
    assert set(stands) == {"dead", "sent"}


def test_a_case_without_the_appeal_is_left_out():
    """Where a story has no such appeal nothing waits in its name."""
    cases = [case for case in shipped_cases() if case.label == "C-01"]
    with simulated() as accounts:
        staged(accounts, cases, accounts.clock)
        assert [*accounts.appeals(open=True)] == []
        assert [account.id for account in accounts.accounts()] == ["C-01"]


def test_a_case_walked_beside_others_is_the_case_run_alone():
    """Step by step it says when each happens, and at the end what `run` says."""
    case = shipped_cases()[0]
    with simulated() as accounts:
        walk = walked(case, accounts, account_id="walked")
        times = [next(walk) for _ in range(1 + len(case.steps))]
        with pytest.raises(StopIteration) as end:
            next(walk)
    with simulated() as accounts:
        alone = run(case, accounts, account_id="walked")
    assert times == [case.begins, *(step.at for step in case.steps)]
    assert end.value.value.path == alone.path
    assert alone.path[-1][1] is State.DELETED


def test_an_appeal_that_a_story_does_not_have_waits_nowhere(monkeypatch):
    """If a story is told otherwise one day, the demo goes without its appeal."""
    monkeypatch.setattr(showing, "WAITING", tuple(attrs.evolve(each, which=9) for each in WAITING))
    with simulated() as accounts:
        staged(accounts, shipped_cases(), accounts.clock)
        assert [each.account_id for each in accounts.appeals(open=True)] == ["C-09"]


def test_a_timer_that_waits_for_facts_stays(monkeypatch):
    """What nobody can settle is left where it is, and everything else goes on."""
    with simulated() as accounts:
        given = {"ground": "platform_rules", "author": "reviewer:r1", "ends": NOW - WEEK}
        for name in ("stuck", "free"):
            accounts.import_account(name, state="suspended", given=given, at=NOW - 2 * WEEK)
        settle = accounts.settle
        monkeypatch.setattr(accounts, "settle", lambda name, at: () if name == "stuck" else settle(name, at=at))
        staged(accounts, [], accounts.clock)
        assert [timer.account_id for timer in accounts.store.timers(due_by=NOW)] == ["stuck"]
