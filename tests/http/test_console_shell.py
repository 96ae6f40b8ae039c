"""The shell of the console: who may come in, what every page is like, and the pages of errors."""

from __future__ import annotations

import hashlib
import re

import pytest
from browser import Browser
from fastapi import FastAPI
from web import tokens

from lifecycle.http.app import asgi
from lifecycle.http.console.assets import assets, by_name
from lifecycle.http.console.signing_in import back_to

PAGES = (
    "/console/sign-in",
    "/console/appeals",
    "/console/appeals?view=mine",
    "/console/appeals?view=second",
    "/console/accounts",
    "/console/accounts?stands=suspended",
    "/console/accounts/ann",
    "/console/accounts/bob",
    "/console/accounts/bob?seen_as=holder&step=0",
    "/console/accounts/bob/ways/active",
    "/console/accounts/bob/decide?trigger=make_permanent&by=reviewer",
    "/console/accounts/nobody-of-this-name",
    "/console/no-such-page",
)


@pytest.fixture
def browser(service):
    """A reviewer at a browser without scripts."""
    return Browser(service, "rev2")


@pytest.mark.parametrize("path", [path for path in PAGES if "sign-in" not in path and "no-such" not in path])
def test_whoever_is_not_signed_in_is_asked_to(service, path):
    """Every page leads to the form first, and from there back."""
    browser = Browser(service)
    page = browser.get(path)
    assert page.status == 303
    assert page.goes_to.startswith("/console/sign-in?next=")
    form = browser.follow()
    assert form.heading == "Sign in"
    browser.send(form.form("/sign-in"), token="lct_rev2")
    assert browser.last.goes_to == path.split("?")[0]


def test_a_wrong_token_is_told_and_not_shown_again(service):
    """Nobody is signed in, the page says so, and what was typed is nowhere on it."""
    browser = Browser(service)
    page = browser.sign_in("<script>alert(1)</script>")
    assert page.status == 403
    assert "This token is not known" in page.words
    assert "alert(1)" not in page.html
    assert browser.get("/console/appeals").status == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/console\\@evil.example",
        "/elsewhere",
        "javascript:alert(1)",
        "/console/\n//x",
        "",
    ],
)
def test_signing_in_leads_to_no_other_site(wanted):
    """Where to go afterwards is a page of the console, whatever the address says."""
    assert back_to("/console", wanted) == "/console"


def test_signing_out_ends_the_session(browser):
    """Afterwards the form is shown again."""
    page = browser.get("/console/appeals")
    assert browser.send(page.form("/sign-out")).goes_to == "/console/sign-in"
    assert browser.get("/console/appeals").status == 303


@pytest.mark.parametrize("name", ["ann", "rules", "nobody"])
def test_the_console_is_for_people_of_the_staff(service, name):
    """A holder, a program, and somebody without a role see a page that says so, and nothing else."""
    browser = Browser(service, name)
    for path in ("/console/appeals", "/console/accounts/bob", "/console/accounts/ann"):
        page = browser.get(path)
        assert page.status == 403
        assert page.heading == "This is not yours to see or do"
        assert "suspended" not in page.words


def test_the_entrance_leads_where_the_work_is(service):
    """Those who judge come to the queue, support agents to the search."""
    assert Browser(service, "rev2").get("/console").goes_to == "/console/appeals"
    assert Browser(service, "agent").get("/console").goes_to == "/console/accounts"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_keeps_the_promises_of_all(browser, path):
    """One heading, a language, labels for all fields, no script or style in the page, nothing from elsewhere."""
    page = browser.get(path)
    assert page.html.startswith("<!doctype html>")
    assert page.has("html", lang="en")
    assert len(re.findall("<h1[ >]", page.html)) == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page.html)
    assert all("src" in attributes for tag, attributes in page.tree.elements if tag == "script")
    loaded = [a.get("src") or a.get("href") for tag, a in page.tree.elements if tag in ("script", "link", "img")]
    assert all(each.startswith("/console/static/") for each in loaded)
    labels = {a.get("for") for tag, a in page.tree.elements if tag == "label"}
    fields = [
        a for tag, a in page.tree.elements if tag in ("input", "select", "textarea") and a.get("type") != "hidden"
    ]
    assert all(field.get("id") in labels or field.get("aria-label") for field in fields)
    ids = [a["id"] for _, a in page.tree.elements if "id" in a]
    assert len(ids) == len(set(ids))
    policy = page.answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.answer.headers["cache-control"] == "no-store"
    assert all(
        "csrf_token" in form["fields"]
        for form in page.tree.forms
        if form["action"] != "/console/accounts" or "q" not in form["fields"]
    )


def test_files_are_named_by_their_content(browser):
    """Each may be kept for good; there is no other under that name, and htmx comes with its licence."""
    for asset in assets().values():
        answer = browser.client.get(f"/console/static/{asset.name}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert hashlib.sha256(answer.content).hexdigest().startswith(asset.name.split(".")[-2])
        assert answer.headers["content-type"].startswith(asset.media_type)
    assert set(by_name()) == {asset.name for asset in assets().values()}
    assert browser.get("/console/static/console.css").status == 404
    assert browser.get("/console/static/..%2f..%2fapp.py").status == 404


def test_the_style_sheet_knows_the_pictures_in_the_dark():
    """A drawing inside a page brings no style of its own, so its colours for the dark stand in the style sheet."""
    style = assets()["style"].content.decode()
    assert '.diagram [fill="#ffffff"]{fill:#11161d}' in style
    assert "http" not in re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)


def test_an_address_that_is_none_keeps_who_is_signed_in(browser):
    """The page says that there is nothing, with the navigation; the session goes on."""
    page = browser.get("/console/no-such-page")
    assert page.status == 404
    assert page.heading == "There is no such page"
    assert "rev2" in page.words
    assert "set-cookie" not in page.answer.headers
    assert browser.get("/console/appeals").status == 200


def test_a_fault_of_ours_tells_nothing_of_the_inside(browser, service, monkeypatch):
    """The page is designed like the others, and says neither what failed nor where."""

    def fails(**_):
        raise RuntimeError("/srv/secret/path is on fire")

    monkeypatch.setattr(service, "appeals", fails)
    page = browser.get("/console/appeals")
    assert page.status == 500
    assert page.heading == "Something went wrong here"
    assert "secret" not in page.html
    assert "RuntimeError" not in page.html


def test_a_form_that_is_not_ours_changes_nothing(browser, service):
    """Without the token of the session, with another one, or from another site: refused."""
    form = browser.get("/console/appeals").form("/sign-out")
    for typed, headers in (
        ({"csrf_token": ""}, {}),
        ({"csrf_token": "x" * 43}, {}),
        ({}, {"origin": "https://evil.example"}),
    ):
        page = browser.send(form, headers=headers, **typed)
        assert page.status == 403
        assert page.heading == "This form is not valid any more"
    other = Browser(None, "rev1", app=browser.app).get("/console/appeals").form("/sign-out")
    assert browser.send(form, csrf_token=other["fields"]["csrf_token"]).status == 403
    assert browser.get("/console/appeals").status == 200


def test_times_are_shown_in_the_zone_of_the_reader(browser):
    """It is named on every page with the calendar, can be changed, and an unknown one is refused."""
    page = browser.get("/console/accounts/bob")
    assert "Times are in UTC." in page.words
    assert "calendar mon-fri UTC" in page.words
    assert "Mon 2 Mar 2026 09:00" in page.words
    assert browser.send(page.form("/zone"), zone="Asia/Tokyo").goes_to == "/console/accounts/bob"
    page = browser.follow()
    assert "Times are in Asia/Tokyo." in page.words
    assert "Mon 2 Mar 2026 18:00" in page.words
    for wrong in ("Mars/Olympus", "../../etc/passwd", ""):
        assert browser.send(page.form("/zone"), zone=wrong).status == 422


def test_programs_still_get_documents(browser):
    """Outside the console a browser gets what a program gets."""
    answer = browser.get("/accounts/nobody-of-this-name").answer
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_console_lives_wherever_it_is_mounted(service):
    """Inside another application every address begins with where that put it, on pages of errors too."""
    host = FastAPI()
    host.mount("/inside", asgi(service, tokens(), secure_cookies=False, secret="s" * 32))
    browser = Browser(None, app=host)
    page = browser.get("/inside/console/appeals")
    assert page.goes_to == "/inside/console/sign-in?next=%2Finside%2Fconsole%2Fappeals"
    form = browser.follow().form("/sign-in")
    assert browser.send(form, token="lct_rev2").goes_to == "/inside/console/appeals"
    for path in ("appeals", "accounts/ann", "accounts/nobody", "no-such-page"):
        page = browser.get(f"/inside/console/{path}")
        assert page.heading
        addresses = [a.get(name, "") for _, a in page.tree.elements for name in ("href", "src", "action")]
        assert all(each.startswith("/inside/console") for each in addresses if each.startswith("/"))
