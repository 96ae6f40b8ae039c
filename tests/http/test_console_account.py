"""The page of an account: how it stands, its path, what can happen next, its timeline, records and private texts."""

from __future__ import annotations

import re

import pytest
from browser import Browser

from lifecycle import Actor, Evidence
from lifecycle.http.console import picture
from lifecycle.http.console.timeline import WINDOW

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"
HOLDER = Actor.holder("kim")


@pytest.fixture
def kim(service, shop):
    """An account that was suspended by rev1, refused something, and appeals."""
    service.register(
        "kim", facts={"registration_fields": 4, "verified_by": "link"}, identifiers={"email": "kim@example.org"}
    )
    shop.passes(days=1)
    statement = Evidence("statement_of_reasons", text=f"You threatened a seller. {SCRIPT}")
    service.submit(
        "suspend", account="kim", by=Actor.reviewer("rev1"), facts={"ground": "harassment"}, evidence=[statement]
    )
    service.submit("deactivate", account="kim", by=HOLDER)
    brought = [Evidence("passport", "doc-1"), Evidence("explanation", text=f"I am sorry. {SCRIPT}")]
    shop.passes(hours=5)
    service.submit("appeal", account="kim", by=HOLDER, evidence=brought).raise_for_denial()
    return service


@pytest.fixture
def browser(kim):
    """A reviewer who had no part in it."""
    return Browser(kim, "rev2")


def test_the_head_says_how_it_stands(browser):
    """State, since when, version, policy, and the time that is left to answer."""
    page = browser.get("/console/accounts/kim")
    assert page.status == 200
    assert page.heading == "Account kim under appeal"
    assert "since Tue 3 Mar 2026 14:00" in page.words
    assert "version 3" in page.words
    assert "policy 2026-11.1" in page.words
    assert "7 working days left" in page.words


def test_the_timeline_tells_what_happened_and_what_was_refused(browser):
    """Each with when, who, the states, why and its record; a refused attempt says what did not hold."""
    words = browser.get("/console/accounts/kim").words
    assert "Register Open an account" in words
    assert "1 day later" in words
    assert "active → to suspended" in words
    assert "Deactivate refused" in words
    assert "Not so: The account is in a state this can be done from. not_from_this_state" in words
    assert "Brings passport doc-1" in words
    assert "Timer set: chase appeal, 12 Mar 2026 14:00" in words


def test_every_step_of_the_timeline_is_in_the_picture(browser):
    """The ids a row names are ids of the drawing, so a script needs nothing else; the last step stands out."""
    html = browser.get("/console/accounts/kim").html
    drawn = set(re.findall(r'<g id="([a-z]\.[^"]+)"', html))
    named = [each.split() for each in re.findall(r'data-ids="([^"]*)"', html)]
    assert len(named) == 4
    assert all(ids[-1] in drawn and ids[0] in drawn for ids in named)
    assert re.search(r'id="s.under_appeal" class="[^"]*now', html)
    assert re.search(r'id="t.suspended.refused.deactivate"[^>]*data-from="3"', html)
    assert not re.search(r'class="[^"]*later', html)


def test_without_a_script_links_move_the_picture(browser):
    """Each step is a link; what comes after it is faded, and the row is marked."""
    page = browser.get("/console/accounts/kim")
    assert page.has("a", href="/console/accounts/kim?step=2#path")
    page = browser.get("/console/accounts/kim?step=2")
    assert re.search(r'id="s.under_appeal" class="[^"]*later', page.html)
    assert re.search(r'id="s.suspended" class="[^"]*now', page.html)
    assert page.has("tr", id="step-2", **{"aria-current": "step"})
    assert page.has("div", **{"data-scrubber": None, "hidden": None})
    assert re.search(r'id="s.active" class="[^"]*later', browser.get("/console/accounts/kim?step=0").html)
    assert browser.get("/console/accounts/kim?step=99").status == 200


def test_without_graphviz_there_is_no_picture_and_all_the_rest(browser, monkeypatch):
    """The page says so, and the timeline tells the same."""

    def missing(*_, **__):
        raise picture.DiagramExtraMissing("none")

    monkeypatch.setattr(picture, "svg", missing)
    picture._drawn.cache_clear()
    page = browser.get("/console/accounts/kim")
    assert page.status == 200
    assert "No picture can be drawn here." in page.words
    assert "Deactivate refused" in page.words


def test_what_can_happen_next_says_why_and_why_not(browser):
    """Every guard is ticked, crossed or open, with what was seen; what may be done or said has a button."""
    page = browser.get("/console/accounts/kim")
    assert page.has("a", href="/console/accounts/kim/decide?trigger=grant&by=reviewer")
    assert page.has("a", href="/console/accounts/kim/decide?trigger=reject&by=reviewer")
    asked = "Asked in the form."
    assert f"still open: The documents name the account's holder, letter by letter. {asked}" in page.words
    assert f"still open: Reasons the holder can read are given. {asked}" in page.words
    assert "holds: Whoever decides now did not decide before." in page.words


def test_what_does_not_hold_leads_to_its_condition(kim):
    """A condition that stands in the way says what was found, and leads to the page that says what it rests on."""
    page = Browser(kim, "agent").get("/console/accounts/kim?seen_as=holder")
    assert "does not hold: The appeal has been silent long enough to ask." in page.words
    address = "/console/policy/conditions?q=silence_allows_an_enquiry"
    assert page.has("a", href=address)
    assert "The appeal has been silent long enough to ask." in Browser(kim, "agent").get(address).words


def test_what_differs_by_a_word_alone_has_a_link_of_its_own(kim):
    """A supervisor sees which decision each card reverses; its form says that already, and what cannot be is left out."""
    browser = Browser(kim, "both")
    page = browser.get("/console/accounts/kim")
    links = [a["href"] for tag, a in page.tree.elements if tag == "a" and "reverse_decision" in a.get("href", "")]
    assert [link.rpartition("fact.lifts=")[2] for link in links] == ["suspension", "both"]
    assert "Reverse a suspension under appeal" in page.words
    assert "Reverse a lock under appeal" not in page.words
    assert "does not hold: A lock stands." in page.words
    for link, title in zip(
        links, ("a suspension under appeal.", "a suspension under appeal and its lock."), strict=True
    ):
        form = browser.get(link)
        assert f"Reverse {title}" in form.words
        assert "What does the reversal lift?" in form.words
        assert form.form("/decide")["fields"]["fact.lifts"] == link.rpartition("=")[2]
    odd = browser.get(f"{links[0].partition('&fact')[0]}&fact.lifts=%3Cscript%3E&fact.ground=x")
    assert odd.form("/decide")["fields"]["fact.lifts"] == ""


def test_what_others_could_do_is_shown_without_buttons(browser):
    """The holder's steps with the earliest time of each; support tells by it why something was refused."""
    page = browser.get("/console/accounts/kim?seen_as=holder")
    assert "Ask after an appeal that was not answered stays under appeal, by the account holder" in page.words
    assert "Depends on what they say or bring." in page.words
    assert "The appeal has been silent long enough to ask." in page.words
    assert "Possible from Tue 10 Mar 2026 14:00." in page.words
    assert not any("/decide?" in (a.get("href") or "") for _, a in page.tree.elements)
    assert browser.get("/console/accounts/kim?seen_as=nobody").status == 404


def test_four_eyes_are_named(kim):
    """Whoever decided before sees that a second person is needed, and has no button for it."""
    page = Browser(kim, "rev1").get("/console/accounts/kim")
    assert "Needs a second person: you had a part in what this is about." in page.words
    assert "you had a part in the decision, so another reviewer decides it." in page.words
    assert not any(form["action"].endswith("/take") for form in page.tree.forms)
    assert not page.has("a", href="/console/accounts/kim/decide?trigger=grant&by=reviewer")


def test_an_appeal_is_taken_and_handed_over_on_the_page_of_its_account(kim):
    """Taken, taken over and given back as in the queue; an agent is told who decides."""
    first, second = Browser(kim, "rev2"), Browser(kim, "rev3")
    assert first.send(first.get("/console/accounts/kim").form("/take")).goes_to == "/console/accounts/kim"
    page = second.get("/console/accounts/kim")
    assert "With rev2 since" in page.words
    second.send(page.form("/take"))
    assert [one.who for one in kim.store.taken()] == ["rev3"]
    second.send(second.get("/console/accounts/kim").form("/take"), ("give_back", "yes"))
    assert list(kim.store.taken()) == []
    assert "A reviewer decides it." in Browser(kim, "agent").get("/console/accounts/kim").words


def test_the_ways_out_are_told_step_by_step(browser):
    """As a page by itself, and as a part of one where a script asks."""
    page = browser.get("/console/accounts/kim/ways/active")
    assert page.heading == "From under appeal to active"
    assert "reviewer" in page.words
    part = browser.get("/console/accounts/kim/ways/active", **{"hx-request": "true"})
    assert "<html" not in part.html
    assert "Has to be so" in part.words
    assert browser.get("/console/accounts/kim/ways/nowhere").status == 404


def test_records_timers_and_evidence_are_listed(browser):
    """With what each timer is for; what is private is named and not shown."""
    words = browser.get("/console/accounts/kim").words
    assert "Suspension Since Tue 3 Mar 2026 09:00 Author reviewer rev1 Ground harassment" in words
    assert "Chase appeal due Thu 12 Mar 2026 14:00 calendar mon-fri UTC The staff are reminded" in words
    assert "Passport doc-1" in words
    assert "I am sorry" not in words


def test_private_texts_are_read_by_those_who_judge(kim):
    """A reviewer reads them on a page of their own; a support agent sees that there is one, and no more."""
    reviewer, agent = Browser(kim, "rev2"), Browser(kim, "agent")
    refs = re.findall(r"/console/accounts/kim/texts/(text-[\d-]+)", reviewer.get("/console/accounts/kim").html)
    page = reviewer.get(f"/console/accounts/kim/texts/{refs[0]}")
    assert "You threatened a seller." in page.words
    listed = agent.get("/console/accounts/kim")
    assert "private: those who judge read it" in listed.words
    assert "/texts/" not in listed.html
    refused = agent.get(f"/console/accounts/kim/texts/{refs[0]}")
    assert refused.status == 403
    assert "threatened" not in refused.html


def test_whoever_reads_a_private_text_stands_in_the_audit(kim):
    """With the reference and never a word of it; who was refused, and what is not there, was not read."""
    reviewer, agent = Browser(kim, "rev2"), Browser(kim, "agent")
    assert "Nobody has read a private text yet." in agent.get("/console/audit?show=read").words
    refs = re.findall(r"/console/accounts/kim/texts/(text-[\d-]+)", reviewer.get("/console/accounts/kim").html)
    agent.get(f"/console/accounts/kim/texts/{refs[0]}")
    reviewer.get("/console/accounts/kim/texts/text-9-9")
    assert list(kim.store.read_back()) == []
    assert "That you read it is noted in the audit." in reviewer.get(f"/console/accounts/kim/texts/{refs[0]}").words
    Browser(kim, "both").get(f"/console/accounts/kim/texts/{refs[-1]}")
    page = agent.get("/console/audit?show=read")
    assert f"reviewer rev2 Read a private text {refs[0]}" in page.words
    assert f"reviewer rev1 Read a private text {refs[-1]}" in page.words
    assert "threatened" not in page.html
    only = agent.get("/console/audit?show=read&account=kim&actor=rev1").words
    assert refs[-1] in only
    assert refs[0] not in only.replace(refs[-1], "")
    assert "Nothing like this ever happened." in agent.get("/console/audit?show=read&account=bob").words
    lines = agent.get("/console/audit/files/csv?show=read").answer.text.splitlines()
    assert lines[0] == "account,at,role,actor,reference"
    assert [line.split(",")[4] for line in lines[1:]] == [refs[-1], refs[0]]


@pytest.mark.parametrize("ref", ["email", "text-9-9", "doc-1", "..%2f..%2fetc"])
def test_only_texts_that_the_log_names_are_read(browser, ref):
    """An address that is kept for messages is no text to read, and what is not there is a page that is not."""
    page = browser.get(f"/console/accounts/kim/texts/{ref}")
    assert page.status == 404
    assert "kim@example.org" not in page.html


def test_what_people_wrote_is_only_ever_text(kim):
    """A script in a statement, an explanation, a zone, a search or a token never becomes part of a page."""
    browser = Browser(kim, "rev2")
    first = browser.get("/console/accounts/kim")
    refs = set(re.findall(r"/console/accounts/kim/texts/(text-[\d-]+)", first.html))
    texts = [browser.get(f"/console/accounts/kim/texts/{ref}") for ref in refs]
    assert sum("&lt;script&gt;" in page.html for page in texts) == 2
    addresses = (
        "accounts?q=",
        "accounts/",
        "sign-in?next=",
        "appeals?view=",
        "accounts?stands=",
        "accounts/kim?seen_as=",
    )
    asked = [browser.get(f"/console/{address}{SCRIPT}") for address in addresses]
    search = next(f for f in browser.get("/console/accounts").tree.forms if "value" in f["fields"])
    sent = [browser.send(search, kind="email", value=SCRIPT), browser.send(search, kind=SCRIPT, value="x")]
    zone = browser.get("/console/accounts").form("/zone")
    pages = [first, *texts, *asked, *sent, browser.send(zone, zone=SCRIPT), browser.send(zone, next=SCRIPT)]
    for page in pages:
        assert "<script>alert" not in page.html
        assert "<img" not in page.html


def test_an_account_is_found_by_its_id_a_state_or_what_it_is_known_by(browser):
    """One that is found is opened; the value never stands in an address, and is not shown again."""
    assert browser.get("/console/accounts?q=kim").goes_to == "/console/accounts/kim"
    assert "There is no account of this id." in browser.get("/console/accounts?q=nobody").words
    listed = browser.get("/console/accounts?stands=suspended").words
    assert "bob suspended" in listed
    assert "kim" not in listed
    assert browser.get("/console/accounts?stands=x").status == 404
    page = browser.get("/console/accounts")
    form = next(f for f in page.tree.forms if "value" in f["fields"])
    assert browser.send(form, kind="email", value="Kim@Example.org").goes_to == "/console/accounts/kim"
    none = browser.send(form, kind="email", value="other@example.org")
    assert "No account is known by this." in none.words
    assert "other@example.org" not in none.html
    assert browser.send(form, kind="face", value="x").status == 422


def test_an_account_that_is_not_there_is_a_page_that_says_so(browser):
    """For those who may know; with a way to look for another."""
    page = browser.get("/console/accounts/nobody")
    assert page.status == 404
    assert page.heading == "There is no such account"
    assert page.has("a", href="/console/accounts")


def test_a_long_log_is_told_in_parts(service, shop):
    """A page carries the last events and leads to those before; the picture and the steps are those of the part."""
    for number in range(WINDOW + 10):
        shop.passes(hours=1)
        service.submit("place_hold", account="bob", by=Actor.reviewer("rev1"), facts={"hold": f"court:{number}"})
    browser = Browser(service, "rev2")
    page = browser.get("/console/accounts/bob")
    assert f"Events 12 to {WINDOW + 11} of {WINDOW + 11}." in page.words
    assert page.html.count('<tr id="step-') == WINDOW
    assert len(page.html) < 150_000
    assert page.has("a", rel="prev", href="/console/accounts/bob?upto=11#timeline")
    earlier = browser.get("/console/accounts/bob?upto=11")
    assert earlier.html.count('<tr id="step-') == 11
    assert earlier.has("a", rel="next")
    assert "50 times, the last 5 are numbered" in page.words


def test_timers_that_came_due_are_counted_in(browser, shop):
    """The page says that they are not written yet, and how the account stands with them."""
    shop.passes(days=30)
    page = browser.get("/console/accounts/kim")
    assert "1 timer came due and is counted in here already" in page.words
    assert "version 4" in page.words


def test_a_deleted_account_can_still_be_read(service):
    """What is left of it is shown, and no step is offered that nobody may take."""
    service.import_account("gone", state="deleted")
    page = Browser(service, "rev2").get("/console/accounts/gone")
    assert page.heading == "Account gone deleted"
