"""Health: what is late, what could not be sent, and what a supervisor does about it."""

from __future__ import annotations

import datetime as dt

import pytest
from desks import Visitor, app_of, staged_accounts

from lifecycle import Actor
from lifecycle.http.console import health_seen
from lifecycle.replay import simulated
from lifecycle.showing import NOW
from lifecycle.store.delivery import Outcome, Result


@pytest.fixture
def accounts():
    """The accounts of a demo; one notice of them could not be delivered, two appeals are overdue."""
    with staged_accounts() as made:
        yield made


@pytest.fixture
def supervisor(accounts):
    """A supervisor at their console."""
    return Visitor(app_of(accounts), "s1")


def test_what_somebody_should_look_at_comes_first(supervisor):
    """Overdue appeals and dead notices are named with a way to them; what is well says so."""
    page = supervisor.page("/health")
    assert "Somebody should look at this." in page.words
    assert "2 appeals are overdue" in page.words
    assert "1 notice was tried in vain" in page.words
    assert "/console/appeals?view=overdue" in page.links
    assert "mailbox full" in page.words
    assert "lifecycle outbox" not in page.words
    assert "0 timers are due" in page.words


def test_states_are_told_with_their_time(supervisor):
    """Each state says how many accounts are in it, for how long usually and at most, and which one."""
    page = supervisor.page("/health")
    assert "Under appeal 9" in page.words
    assert "16 days and 16 hours shop-1017" in page.words
    assert "/console/accounts?stands=under_appeal" in page.links


def test_refusals_are_counted_by_condition(supervisor):
    """Every condition that refused something stands there in words, the most frequent first."""
    page = supervisor.page("/health")
    assert "attempts refused" in page.words
    assert (
        "It is the first appeal, or it brings evidence not seen before. appeal_is_first_or_brings_new_evidence 5"
        in page.words
    )


def test_a_supervisor_sends_a_dead_notice_again(supervisor, accounts):
    """It waits from then on, and the page says so."""
    (dead,) = accounts.store.posted(stands="dead")
    where = supervisor.send("/health/notices", notice=dead.id, what="retry")
    assert "The notice will be sent again." in supervisor.page(where).words
    assert [each.id for each in accounts.store.posted(stands="waiting")] == [dead.id]
    page = supervisor.page("/health")
    assert "1 notice waits" in page.words
    assert "as soon as a worker looks" in page.words


def test_a_supervisor_drops_a_notice(supervisor, accounts):
    """It is sent no more; a second try says that there is none."""
    (dead,) = accounts.store.posted(stands="dead")
    where = supervisor.send("/health/notices", notice=dead.id, what="drop")
    page = supervisor.page(where)
    assert "The notice will not be sent." in page.words
    assert "None. Every notice was sent, or will be." in page.words
    supervisor.send("/health/notices", status=404, notice=dead.id, what="drop")


@pytest.mark.parametrize("name", ["a1", "r1"])
def test_others_see_it_and_may_not(accounts, name):
    """An agent and a reviewer see what is dead without a button, and are refused if they send the form."""
    visitor = Visitor(app_of(accounts), name)
    page = visitor.page("/health")
    assert "A supervisor can." in page.words
    assert "Send again" not in page.words
    (dead,) = accounts.store.posted(stands="dead")
    visitor.send("/health/notices", status=403, notice=dead.id, what="retry")
    assert [each.id for each in accounts.store.posted(stands="dead")] == [dead.id]


@pytest.mark.parametrize(
    "said",
    [
        {"notice": "shop-1045", "what": "retry"},
        {"notice": "shop-1045:x:1", "what": "retry"},
        {"notice": "shop-1045:2:1", "what": "burn"},
        {},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(supervisor, said):
    """Nothing is changed for a notice that is named wrongly."""
    supervisor.send("/health/notices", status=422, **said)


def test_a_form_from_elsewhere_is_refused(supervisor, accounts):
    """Without the token of the page nothing is done."""
    (dead,) = accounts.store.posted(stands="dead")
    answer = supervisor.client.post("/console/health/notices", data={"notice": dead.id, "what": "drop"})
    assert answer.status_code == 403
    assert [each.id for each in accounts.store.posted(stands="dead")] == [dead.id]


def test_due_timers_and_waiting_notices_are_told_with_their_age(accounts, supervisor):
    """Without a worker what is due stands there, and for how long it has been."""
    accounts.clock.now = NOW + dt.timedelta(days=1, hours=3)
    page = supervisor.page("/health")
    assert "timers are due" in page.words
    assert "Is a worker running?" in page.words
    assert "1 day and 2 hours" in page.words


def test_more_notices_than_one_reads_are_counted(accounts, supervisor, monkeypatch):
    """The page shows the first ones and says how many there are."""
    monkeypatch.setattr(health_seen, "MOST_SHOWN", 1)
    for each in [*accounts.store.posted("C-05")][:2]:
        accounts.store.retry_notice(each.account_id, each.version, each.n, at=NOW)
    for claimed in accounts.store.claim_notices(NOW, until=NOW + dt.timedelta(minutes=1), limit=5):
        accounts.store.record_deliveries([Result(claimed, Outcome.DEAD, NOW, "gone")])
    accounts.store.retry_notice("C-04", 2, 1, at=NOW)
    accounts.store.retry_notice("C-06", 2, 1, at=NOW)
    assert "These are the first 1 of" in supervisor.page("/health").words


def test_only_so_many_accounts_and_refusals_are_counted(supervisor, monkeypatch):
    """A large service is not counted whole for one page, and the page says how much was."""
    monkeypatch.setattr(health_seen, "MOST_ACCOUNTS", 3)
    monkeypatch.setattr(health_seen, "MOST_DENIALS", 3)
    page = supervisor.page("/health")
    assert "3 accounts were looked at." in page.words
    assert "of the last ones" in page.words


def test_a_quiet_service_is_well():
    """Where there is nothing yet all is well, and the page leads to the cases."""
    with simulated() as nothing:
        page = Visitor(app_of(nothing), "a1").page("/health")
    assert "All is well." in page.words
    assert "There is no account yet." in page.words
    assert "Nobody was refused anything." in page.words


def test_an_answer_that_is_no_condition_is_told_in_words():
    """A stranger who tries something is counted as well."""
    with simulated() as accounts:
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link"})
        accounts.submit("appeal", account="ann", by=Actor.holder("ann"))
        assert (
            "The account is in a state this can be done from." in Visitor(app_of(accounts), "a1").page("/health").words
        )
