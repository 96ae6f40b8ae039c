"""The audit: who did what, the last first, picked out by anything, and the whole of it as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest
from desks import Visitor, app_of, staged_accounts

from lifecycle import Actor
from lifecycle.http.console import audit_seen as seen
from lifecycle.replay import simulated

UTC = dt.UTC


@pytest.fixture(scope="module")
def accounts():
    """The accounts of a demo."""
    with staged_accounts() as made:
        yield made


@pytest.fixture(scope="module")
def agent(accounts):
    """A support agent at their console."""
    return Visitor(app_of(accounts), "a1")


def rows_of(page):
    """The accounts of a page's lines, in order."""
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r'<th scope="row"><a href="/console/accounts/([^"]+)"', body)


def test_the_last_comes_first_and_older_lines_follow(agent, accounts):
    """The pages together are the whole log, from its end to its beginning, each line once."""
    wanted = [event.account_id for _, event in accounts.store.log()][::-1]
    page = agent.page("/audit")
    found = rows_of(page)
    while older := [link for link, words in page.links.items() if words == "Older"]:
        page = agent.page(older[0].removeprefix("/console").replace("&amp;", "&"))
        found += rows_of(page)
    assert found == wanted
    assert "The last ones" in page.words


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("account=C-06", lambda e: e.account_id == "C-06"),
        ("actor=r1", lambda e: e.by.id == "r1"),
        ("role=supervisor", lambda e: e.by.role.value == "supervisor"),
        ("trigger=grant", lambda e: e.trigger == "grant"),
        ("then=deleted", lambda e: e.dest.words == "deleted"),
        ("since=2026-03-02&until=2026-03-03", lambda e: e.at.date().isoformat() in ("2026-03-02", "2026-03-03")),
        ("account=C-06&role=holder&trigger=escalate", lambda e: (e.account_id, e.trigger) == ("C-06", "escalate")),
        ("until=2026-03-10", lambda e: e.at.date() <= dt.date(2026, 3, 10)),
    ],
)
def test_lines_are_picked_out(accounts, query, fits):
    """By account, person, role, trigger, state and day, alone and together."""
    asked = seen.Asked(**dict(pair.split("=") for pair in query.split("&")))
    lines = seen.found(accounts, asked, UTC, most=1000).lines
    wanted = [event for _, event in accounts.store.log() if fits(event)]
    assert [(line.account, line.version) for line in lines] == [(e.account_id, e.version) for e in reversed(wanted)]
    assert wanted


def test_a_day_is_the_reader_s_day(accounts):
    """Midnight is where the reader is."""
    east = dt.timezone(dt.timedelta(hours=14))
    here = seen.found(accounts, seen.Asked(since="2026-03-02", until="2026-03-02"), UTC, most=1000).lines
    there = seen.found(accounts, seen.Asked(since="2026-03-02", until="2026-03-02"), east, most=1000).lines
    assert {line.at.astimezone(east).date() for line in there} == {dt.date(2026, 3, 2)}
    assert here != there


def test_what_was_refused_stands_with_its_reasons(agent, accounts):
    """A refused attempt names who tried, what, and every condition that did not hold, in words and as a code."""
    page = agent.page("/audit?show=refused&account=C-05")
    assert "Further appeals are still taken." in page.words
    assert "further_appeal_is_taken" in page.words
    assert set(rows_of(page)) == {"C-05"}
    assert len(rows_of(page)) == len([*accounts.denials("C-05")])


def test_a_page_of_one_account_goes_back_as_well(accounts):
    """The log of one account is read in pages too."""
    first = seen.found(accounts, seen.Asked(account="C-10"), UTC, most=3)
    rest = seen.found(accounts, seen.Asked(account="C-10", before=first.older), UTC, most=1000)
    assert [line.version for line in (*first.lines, *rest.lines)] == list(
        range(accounts.account("C-10").version, 0, -1)
    )


def test_what_is_rare_is_looked_for_a_while_only(accounts, monkeypatch):
    """Whoever looks for something rare is told how far the page looked, and can look further back."""
    monkeypatch.setattr(seen, "LOOKED_AT", 20)
    found = seen.found(accounts, seen.Asked(role="supervisor"), UTC)
    assert (found.looked_at, found.short) == (20, True)
    agent = Visitor(app_of(accounts), "a1")
    page = agent.page("/audit?trigger=register")
    assert "Nothing like this was found yet." in page.words
    assert "Look further back" in page.words


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("account=nobody", "Nothing like this ever happened."),
        ("account=C-05&before=1", "There is nothing further back."),
        ("account=C-05&before=x", "suspended"),
    ],
)
def test_where_nothing_fits_the_page_says_so(agent, query, says):
    """An empty answer is told from the end of the log."""
    assert says in agent.page(f"/audit?{query}").words


def test_an_empty_service_says_what_will_stand_here():
    """Before anything happened the page leads to the cases that can be loaded."""
    with simulated() as nothing:
        visitor = Visitor(app_of(nothing), "s1")
        page = visitor.page("/audit")
        assert "Nothing has happened yet." in page.words
        assert "/console/welcome" in page.links
        assert "Nobody was ever refused anything." in visitor.page("/audit?show=refused").words


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=yesterday", 422),
        ("since=2026-03-03&until=2026-03-02", 422),
        ("account=a%20b", 422),
        ("actor=%3Cscript%3E", 422),
        ("before=zebra", 422),
        ("show=zebra", 404),
    ],
)
def test_what_makes_no_sense_is_said(agent, query, status):
    """A mistyped filter gets a page that says what is wrong, never an error of ours."""
    agent.page(f"/audit?{query}", status)


def test_an_attempt_to_put_a_script_into_the_log_stays_words():
    """Whatever stands in the log is shown as text."""
    with simulated() as accounts:
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link"})
        accounts.submit("appeal", account="ann", by=Actor.holder("ann"))
        page = Visitor(app_of(accounts), "a1").page(
            "/audit?show=refused&trigger=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
        )
    assert "<script>alert" not in page.text


# --- files -----------------------------------------------------------------------------------------------------------


def file(agent, name, query=""):
    """The file of a form as it is sent."""
    answer = agent.client.get(f"/console/audit/files/{name}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.text


def test_a_spreadsheet_holds_what_is_picked_out(agent, accounts):
    """Each line that fits is a line of the file, the last first."""
    rows = [*csv.DictReader(io.StringIO(file(agent, "csv", "?role=reviewer")))]
    wanted = [event for _, event in accounts.store.log() if event.by.role.value == "reviewer"]
    assert [(row["account"], row["trigger"], row["actor"]) for row in rows] == [
        (e.account_id, e.trigger, e.by.id) for e in reversed(wanted)
    ]
    refused = [*csv.DictReader(io.StringIO(file(agent, "csv", "?show=refused&account=C-05")))]
    assert refused[-1]["reasons"] == "further_appeal_is_taken"


def test_a_spreadsheet_runs_nothing():
    """A cell that begins like a formula is marked as text."""
    assert seen._written(["=1+1", "-x", "plain", ""]) == "'=1+1,'-x,plain,\r\n"


def test_the_whole_log_can_be_had_for_other_programs(agent, accounts):
    """JSON Lines, XES and OCEL hold every event, or those of one account."""
    events = len([*accounts.store.log()])
    lines = [json.loads(line) for line in file(agent, "jsonl").splitlines()]
    assert len(lines) == events
    assert len(ET.fromstring(file(agent, "xes")).findall("{*}trace/{*}event")) == events
    assert len(json.loads(file(agent, "ocel"))["events"]) == events
    one = json.loads(file(agent, "ocel", "?account=C-05"))
    assert {each["id"].partition(":")[0] for each in one["events"]} == {"C-05"}
    assert file(agent, "jsonl", "?account=nobody") == ""


@pytest.mark.parametrize("path", ["zebra", "csv?show=zebra"])
def test_a_file_that_is_none_is_not_found(agent, path):
    """Only the forms that are named can be had."""
    agent.page(f"/audit/files/{path}", 404)


@pytest.mark.parametrize("path", ["/audit", "/audit/files/csv", "/cases", "/policy", "/health", "/welcome"])
def test_holders_see_none_of_it(accounts, path):
    """The console is for staff: a holder who signs in is told so."""
    app = app_of(accounts)
    holder = Visitor(app, "ann")
    answer = holder.client.get(f"/console{path}")
    assert answer.status_code == 403
    assert "C-05" not in answer.text
    holder.client.cookies.clear()
    assert holder.client.get(f"/console{path}").status_code in (303, 401)
