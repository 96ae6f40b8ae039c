"""The queue of appeals: its order, its clocks and views, and who takes which."""

from __future__ import annotations

import datetime as dt

import pytest
from browser import Browser

from lifecycle import Actor, Evidence, Lifecycle
from lifecycle.calendar import BusinessDays, WorkCalendar
from lifecycle.http.console.queue import PAGE, queue
from lifecycle.http.console.words import clock
from lifecycle.model import Role
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters

BROUGHT = [Evidence("passport", "doc-1"), Evidence("explanation", "doc-2", words=80)]


def appealing(service, shop, name, *, author="rev1", days=0):
    """An account that appeals so many days from now, suspended by *author* before."""
    service.import_account(
        name, state="suspended", given={"ground": "harassment", "author": f"reviewer:{author}"}, at=shop.now
    )
    shop.passes(days=days)
    service.submit("appeal", account=name, by=Actor.holder(name), evidence=BROUGHT).raise_for_denial()


@pytest.fixture
def queued(service, shop):
    """Three appeals: one that is overdue, one of today against rev2's decision, one that is nearly due."""
    appealing(service, shop, "late")
    appealing(service, shop, "soon", days=3)
    appealing(service, shop, "new", author="rev2", days=8)
    return service


@pytest.fixture
def browser(queued):
    """A reviewer who suspended the account "new"."""
    return Browser(queued, "rev2")


def accounts_on(page):
    """The accounts of the queue in their order."""
    return [
        a["href"].rsplit("/", 1)[1]
        for t, a in page.tree.elements
        if t == "a" and a.get("href", "").startswith("/console/accounts/")
    ]


def test_what_is_overdue_comes_first(browser):
    """Then what is due next; the time that is left is a sentence and a meter, with the calendar's name."""
    page = browser.get("/console/appeals")
    assert accounts_on(page) == ["late", "soon", "new"]
    assert "3 open appeals, 1 overdue." in page.words
    assert "2 working days overdue" in page.words
    assert "1 working day left" in page.words
    assert "7 working days left" in page.words
    assert "due 11 Mar 2026 09:00" in page.words
    assert "Calendar mon-fri UTC, times in UTC." in page.words
    assert page.has("meter", **{"aria-label": "Answer: 2 working days overdue", "value": "0.0"})
    assert page.has("meter", **{"aria-label": "Answer: 7 working days left", "value": "7.0", "max": "7.0"})


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("all", ["late", "soon", "new"]),
        ("mine", []),
        ("unassigned", ["late", "soon", "new"]),
        ("overdue", ["late"]),
        ("second", ["new"]),
    ],
)
def test_each_view_shows_its_own(browser, view, shown):
    """A view can be kept as a bookmark; one that shows nothing says what would stand there."""
    page = browser.get(f"/console/appeals?view={view}")
    assert accounts_on(page) == shown
    assert ("You have taken no appeal." in page.words) is (view == "mine")


@pytest.mark.parametrize(
    ("view", "says"),
    [
        ("all", "No appeal is open."),
        ("mine", "You have taken no appeal."),
        ("unassigned", "Every open appeal is with somebody."),
        ("overdue", "Nothing is overdue."),
        ("second", "No appeal waits for a second person."),
    ],
)
def test_an_empty_queue_says_so(service, view, says):
    """Where no appeal is open, each view says what it would hold."""
    assert says in Browser(service, "rev2").get(f"/console/appeals?view={view}").words


def test_there_is_no_other_view(browser):
    """An unknown view is a page that does not exist."""
    assert browser.get("/console/appeals?view=x").status == 404
    assert browser.get("/console/appeals?number=x").status in (400, 422)


def test_an_appeal_is_taken_and_given_back(browser, queued):
    """It stands under mine, with whom for everybody else; the log of the account says nothing of it."""
    before = list(queued.events("late"))
    page = browser.get("/console/appeals")
    assert browser.send(page.form("/late/2/take")).goes_to == "/console/appeals?view=all"
    assert accounts_on(browser.get("/console/appeals?view=mine")) == ["late"]
    assert accounts_on(browser.get("/console/appeals?view=unassigned")) == ["soon", "new"]
    other = browser.also("rev1").get("/console/appeals")
    assert "rev2 since" in other.words
    assert list(queued.events("late")) == before
    page = browser.get("/console/appeals?view=mine")
    browser.send(page.form("/late/2/take"), button=("give_back", "yes"))
    assert accounts_on(browser.get("/console/appeals?view=mine")) == []


def test_of_two_who_take_the_same_appeal_the_first_has_it(browser, queued):
    """The second, who saw it with nobody, is told who was faster, and nothing changes."""
    queued.import_account("other", state="suspended", given={"ground": "harassment", "author": "reviewer:rev9"})
    queued.submit("appeal", account="other", by=Actor.holder("other"), evidence=BROUGHT)
    slower = Browser(None, "rev1", app=browser.app)
    seen = slower.get("/console/appeals").form("/other/2/take")
    browser.send(browser.get("/console/appeals").form("/other/2/take"))
    page = slower.send(seen)
    assert page.status == 412
    assert page.heading == "Somebody else was faster"
    assert "rev2 has it now." in page.words
    assert [one.who for one in queued.store.taken()] == ["rev2"]
    taken_over = slower.send(slower.get("/console/appeals").form("/other/2/take"))
    assert taken_over.status == 303
    assert [one.who for one in queued.store.taken()] == ["rev1"]


def test_whoever_had_a_part_in_the_decision_takes_it_not(browser, queued):
    """The row says so and has no button, and the request is refused all the same."""
    page = browser.get("/console/appeals")
    assert "Needs a second person: you had a part in the decision, so another reviewer decides it." in page.words
    assert not any(form["action"].endswith("/new/2/take") and form["buttons"] for form in page.tree.forms)
    form = page.form("/soon/2/take")
    refused = browser.send({**form, "action": "/console/appeals/new/2/take"})
    assert refused.status == 403
    assert "another reviewer decides it." in refused.words
    assert list(queued.store.taken()) == []


def test_what_was_taken_further_is_a_supervisor_s_to_take(browser, queued):
    """A reviewer is told who decides it and has no button; the supervisor takes it, and does not take a reviewer's."""
    reasons = [Evidence("reasons", text="It stays so.")]
    queued.submit("reject", account="late", by=Actor.reviewer("rev3"), evidence=reasons).raise_for_denial()
    holder, more = (
        Actor.holder("late"),
        [Evidence("explanation", "doc-8", words=80), Evidence("order_screenshots", "doc-9")],
    )
    queued.submit("open_case", account="late", by=holder).raise_for_denial()
    queued.submit("connect_agent", account="late", by=Actor.system(), facts={"human_asked": True}).raise_for_denial()
    queued.submit("decline_case", account="late", by=Actor.agent("agent1")).raise_for_denial()
    queued.submit("escalate", account="late", by=holder, evidence=more).raise_for_denial()
    page = browser.get("/console/appeals")
    assert "It was taken further: a supervisor decides it." in page.words
    assert "It was taken further: a supervisor decides it." in browser.get("/console/accounts/late").words
    number = queued.account("late").appeal.number
    action = f"/console/appeals/late/{number}/take"
    assert not any(form["action"] == action for form in page.tree.forms)
    refused = browser.send({**page.form("/soon/2/take"), "action": action})
    assert refused.status == 403
    assert "a supervisor decides it" in refused.words
    supervisor = browser.also("sup")
    queue_seen = supervisor.get("/console/appeals")
    assert "A reviewer decides it." in queue_seen.words
    assert [f["action"] for f in queue_seen.tree.forms if f["action"].endswith("/take")] == [action]
    assert supervisor.send(queue_seen.form(action)).status == 303
    assert [(one.account_id, one.who) for one in queued.store.taken()] == [("late", "sup1")]


def test_support_agents_see_the_queue_and_take_nothing(queued):
    """They have no button, and the request is refused."""
    browser = Browser(queued, "agent")
    page = browser.get("/console/appeals")
    assert accounts_on(page) == ["late", "soon", "new"]
    assert not any(form["action"].endswith("/take") for form in page.tree.forms)
    form = {"action": "/console/appeals/late/2/take", "fields": page.form("/sign-out")["fields"]}
    assert browser.send(form, seen="").status == 403


def test_nobody_gives_back_what_somebody_else_has(browser, queued):
    """Whoever has an appeal gives it back, or another takes it over."""
    browser.send(browser.get("/console/appeals").form("/late/2/take"))
    form = {
        "action": "/console/appeals/late/2/take",
        "fields": browser.get("/console/appeals").form("/sign-out")["fields"],
    }
    assert browser.send(form, seen="somebody", give_back="yes").status == 403
    assert [one.who for one in queued.store.taken()] == ["rev2"]


def test_an_appeal_that_was_decided_meanwhile_is_not_taken(browser, queued):
    """The page says that it is not open any more."""
    page = browser.get("/console/appeals")
    queued.submit(
        "reject", account="late", by=Actor.reviewer("rev3"), evidence=[Evidence("reasons", text="It stays so.")]
    ).raise_for_denial()
    answer = browser.send(page.form("/late/2/take"))
    assert answer.status == 412
    assert "This appeal is not open any more." in answer.words


def test_a_long_queue_has_pages(service, shop):
    """Each holds as many as one reads at once, and leads to the next."""
    for number in range(PAGE + 2):
        appealing(service, shop, f"acc-{number:02}")
    browser = Browser(service, "rev2")
    first, second = browser.get("/console/appeals"), browser.get("/console/appeals?number=2")
    assert len(accounts_on(first)) == PAGE
    assert accounts_on(second) == [f"acc-{PAGE}", f"acc-{PAGE + 1}"]
    assert "Page 2 of 2" in second.words
    assert accounts_on(browser.get("/console/appeals?number=99")) == accounts_on(second)


def test_the_order_is_that_of_the_due_times_exactly(service, shop):
    """What is due is counted as the calendar counts it, at week-ends and for escalated appeals too."""
    for number in range(12):
        appealing(service, shop, f"acc-{number:02}")
        shop.passes(hours=17)
    p = service.policy.parameters
    found = queue(service, "rev2", (Role.REVIEWER,), shop.now, "all", 1)
    due = [row.clock.due for row in found.rows]
    assert due == sorted(due)
    assert due == [p.calendar.add(row.since, p.appeal_silence) for row in found.rows]


def test_a_policy_without_a_time_has_no_clock(shop):
    """Then the oldest comes first, nothing is overdue, and the page says that no time is named."""
    plain = policy()
    object.__setattr__(plain, "overdue_after", None)
    with Lifecycle.open("memory:", policy=plain, secret="x" * 32, clock=shop.clock) as service:
        appealing(service, shop, "one")
        page = Browser(service, "rev2").get("/console/appeals")
        assert "This policy names no time." in page.words
        assert "1 open appeal." in page.words


MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("period", "hours", "says", "left"),
    [
        (BusinessDays(7), 0, "7 working days left", 7),
        (BusinessDays(7), 24 * 4, "3 working days left", 3),
        (BusinessDays(7), 24 * 6, "3 working days left", 3),
        (BusinessDays(7), 24 * 9 - 2, "2 hours left", 0),
        (BusinessDays(7), 24 * 9 + 3, "3 hours overdue", 0),
        (BusinessDays(7), 24 * 14, "3 working days overdue", 0),
        (BusinessDays(1), 24 * 900, "899 working days overdue", 0),
        (dt.timedelta(hours=48), 6, "1 day and 18 hours left", 42),
        (dt.timedelta(hours=48), 72, "1 day overdue", 0),
    ],
)
def test_a_clock_counts_as_its_period_does(period, hours, says, left):
    """Working days where the period is in working days, by the calendar; hours otherwise."""
    found = clock(MONDAY, period, MONDAY + dt.timedelta(hours=hours), WorkCalendar())
    assert found.says == says
    assert found.left == left
    assert found.late is ("overdue" in says)


def test_the_calendar_of_the_policy_is_the_one_that_counts(shop):
    """With another zone and other days of rest the sentence changes with it, and its name is shown."""
    p = Parameters(calendar=WorkCalendar(timezone="Asia/Shanghai", weekend=("friday", "saturday")))
    with Lifecycle.open("memory:", policy=policy(p), secret="x" * 32, clock=shop.clock) as service:
        appealing(service, shop, "one")
        page = Browser(service, "rev2").get("/console/appeals")
        assert "calendar rest on friday+saturday Asia/Shanghai" in page.words
        assert "due 11 Mar 2026 17:00" in page.words
