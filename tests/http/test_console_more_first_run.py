"""The first page of a service without accounts, and the links by which a demo's visitors sign in."""

from __future__ import annotations

import datetime as dt

import pytest
from desks import PEOPLE, Visitor, app_of
from litestar.testing import TestClient

from lifecycle import casebook, policy
from lifecycle.http.console import shelves
from lifecycle.http.console.entering import invite
from lifecycle.http.limits import Limit
from lifecycle.http.site import SITE
from lifecycle.replay import simulated

STORIES, REAL, *_ = casebook.shipped()
TODAY = dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)


@pytest.fixture
def accounts():
    """No account at all, today."""
    with simulated() as made:
        made.clock.now = TODAY
        yield made


def test_an_empty_console_begins_with_an_offer(accounts):
    """Whoever comes to a service without accounts is offered the guides' cases."""
    supervisor = Visitor(app_of(accounts), "s1")
    assert supervisor.client.get("/console").headers["location"] == "/console/welcome"
    page = supervisor.page("/welcome")
    assert "There is no account yet" in page.words
    assert "5 stories and 16 accounts" in page.words
    assert "Load them" in page.words


def test_a_supervisor_loads_the_cases_once(accounts):
    """They stand there as if they had just happened, all of them over by now; a second time is refused."""
    supervisor = Visitor(app_of(accounts), "s1")
    assert supervisor.send("/welcome") == "/appeals"
    assert len([*accounts.accounts()]) == 21
    assert all(account.at <= TODAY for account in accounts.accounts())
    assert not accounts.verify().damage
    assert supervisor.client.get("/console").headers["location"] == "/console/appeals"
    assert "Who did what." in supervisor.page("/welcome").words
    accounts.clock.now = TODAY
    page = supervisor.send("/welcome", status=409)
    assert "There are accounts already." in page.words
    assert len([*accounts.accounts()]) == 21


@pytest.mark.parametrize("name", ["a1", "r1"])
def test_others_cannot_load_them(accounts, name):
    """An agent is told who can, and is refused otherwise."""
    visitor = Visitor(app_of(accounts), name)
    assert "A supervisor can load them." in visitor.page("/welcome").words
    visitor.send("/welcome", status=403)
    assert [*accounts.accounts()] == []


def test_where_no_cases_came_along_the_page_says_so(accounts, tmp_path):
    """A policy of one's own has no stories to load."""
    app = app_of(accounts)
    app.state[shelves.FOLDERS] = (tmp_path,)
    assert "No cases came with this policy." in Visitor(app, "s1").page("/welcome").words


def test_a_case_that_does_not_come_out_is_named(accounts, tmp_path):
    """What is loaded wrongly is said, with what came out otherwise."""
    text = (STORIES / "g2-closed-by-request.case.toml").read_text(encoding="utf-8")
    (tmp_path / "g2-wrong.case.toml").write_text(text.replace('"pending_deletion"', '"active"', 1), encoding="utf-8")
    app = app_of(accounts)
    app.state[shelves.FOLDERS] = (tmp_path,)
    page = Visitor(app, "s1").send("/welcome", status=409)
    assert "Some cases did not come out as they say" in page.words


def test_a_link_lets_somebody_in_once(accounts):
    """Whoever follows it is signed in as the person it was made for; whoever follows it after that is not."""
    app = app_of(accounts)
    ticket = invite(app, PEOPLE["r2"])
    with TestClient(app) as client:
        client.follow_redirects = False
        answer = client.get(f"/console/enter/{ticket}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        assert "r2" in Visitor(app, "r2", client).page("/welcome").words
    with TestClient(app) as another:
        answer = another.get(f"/console/enter/{ticket}", headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert "used already" in answer.text
        assert another.get("/console/welcome", follow_redirects=False).status_code in (303, 401)


def test_a_service_that_invited_nobody_lets_nobody_in(accounts):
    """Without a demo there are no links, and guessing them is slow."""
    app = app_of(accounts)
    app.state[SITE].sign_ins = Limit(2, 60)
    with TestClient(app) as client:
        codes = [client.get(f"/console/enter/guess-{n}").status_code for n in range(4)]
    assert codes == [404, 404, 429, 429]


def test_the_demo_s_cases_fit_the_policy():
    """What is offered can be told at any later time."""
    cases, unreadable = casebook.in_folders((STORIES, REAL), policy())
    assert (len(cases), unreadable) == (21, [])
