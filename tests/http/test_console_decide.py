"""Deciding in the console: what the form asks, the preview, once and only on what was seen, and everything refused."""

from __future__ import annotations

import pytest
from browser import Browser

from lifecycle import Actor, Evidence
from lifecycle.model import State

SCRIPT = "<script>alert('x')</script>"
HOLDER = Actor.holder("kim")
GRANT = "/console/accounts/kim/decide?trigger=grant&by=reviewer"
REJECT = "/console/accounts/kim/decide?trigger=reject&by=reviewer"


@pytest.fixture
def kim(service, shop):
    """An account that rev1 suspended, and that appeals."""
    service.import_account("kim", state="suspended", given={"ground": "harassment", "author": "reviewer:rev1"})
    shop.passes(days=1)
    brought = [Evidence("passport", "doc-1"), Evidence("explanation", "doc-2", words=80)]
    service.submit("appeal", account="kim", by=HOLDER, evidence=brought).raise_for_denial()
    return service


@pytest.fixture
def browser(kim):
    """A reviewer who had no part in it."""
    return Browser(kim, "rev2")


def desk(page):
    """The form of a decision."""
    return page.form("/decide")


def test_the_form_asks_what_the_rule_reads(browser):
    """The fact nobody said is asked with the sentence of the condition; version and key go along unseen."""
    page = browser.get(GRANT)
    assert page.heading == "Grant"
    assert "Account kim is under appeal; then active or security locked. You act as reviewer rev2." in page.words
    fields = desk(page)["fields"]
    assert fields["version"] == "2"
    assert len(fields["key"]) >= 16
    assert fields["trigger"] == "grant"
    assert page.has("select", name="fact.name_matches", required=None)
    assert not page.has("textarea", required=None)


def test_what_the_service_knows_is_shown_and_not_asked(browser, kim, shop):
    """A fact that the host looks up stands there with where it is from; whoever knows better may say otherwise."""
    shop.facts["name_matches"] = True
    page = browser.get(GRANT)
    known = "holds: The documents name the account's holder, letter by letter. The service looked it up just now"
    assert known in page.words
    assert not page.has("select", name="fact.name_matches", required=None)
    assert "Name matches (may stay empty) Only if it is not as the service found out." in page.words
    refused = browser.send(desk(page), ("what", "decide"), **{"fact.name_matches": "no"})
    assert refused.status == 409
    assert kim.account("kim").state is State.UNDER_APPEAL
    moved = browser.send(desk(browser.get(GRANT)), ("what", "decide"))
    assert moved.status == 303
    assert kim.account("kim").state is State.ACTIVE


def test_what_was_looked_up_and_stands_in_the_way_is_said(browser, shop):
    """It is crossed, with what was found, and not asked as if nobody knew."""
    shop.facts["name_matches"] = False
    page = browser.get(GRANT)
    assert (
        "does not hold: The documents name the account's holder, letter by letter. The service looked it up"
        in page.words
    )
    assert not page.has("select", name="fact.name_matches", required=None)


def test_a_text_that_a_rule_asks_for_has_to_be_written(browser):
    """It is found out from the rule itself: a rejection is not taken without reasons."""
    page = browser.get(REJECT)
    assert page.has("textarea", name="text.reasons", required=None)
    assert "Reasons, which the holder will read" in page.words


def test_a_preview_shows_what_the_holder_will_read_and_writes_nothing(browser, kim):
    """The text, the decision, the state afterwards and what can be done then; the log stays as it is."""
    before = list(kim.events("kim"))
    page = browser.send(desk(browser.get(REJECT)), ("what", "preview"), **{"text.reasons": f"It stays. {SCRIPT}"})
    assert page.status == 200
    assert "What the holder will read" in page.words
    assert "The account is then suspended" in page.words
    assert "Take a refusal to a supervisor" in page.words
    assert "decided by a reviewer" in page.words
    assert SCRIPT not in page.html
    assert desk(page)["fields"]["text.reasons"].strip() == f"It stays. {SCRIPT}"
    assert list(kim.events("kim")) == before
    assert list(kim.denials("kim")) == []


def test_a_decision_moves_the_account_and_is_told(browser, kim):
    """The answer leads to the account, which says what was done; the text is kept encrypted and can be read."""
    sent = browser.send(desk(browser.get(REJECT)), ("what", "decide"), **{"text.reasons": "It stays."})
    assert sent.status == 303
    assert sent.goes_to == "/console/accounts/kim?done=3"
    page = browser.follow()
    assert "It is done and written. Reject an appeal: the account is suspended. Version 3." in page.words
    last = list(kim.events("kim"))[-1]
    assert (last.trigger, last.by, last.dest) == ("reject", Actor.reviewer("rev2"), State.SUSPENDED)
    assert kim.text("kim", last.evidence[0]["ref"]) == "It stays."
    assert "It stays." not in str(last)


def test_a_form_that_is_sent_twice_decides_once(browser, kim):
    """The key is the form's: the second answer is the first one again."""
    form = desk(browser.get(REJECT))
    first, second = (browser.send(form, ("what", "decide"), **{"text.reasons": "It stays."}) for _ in range(2))
    assert first.goes_to == second.goes_to == "/console/accounts/kim?done=3"
    assert len(list(kim.events("kim"))) == 3


def test_a_key_that_was_used_for_something_else_decides_nothing(browser, kim):
    """A form whose text was changed after it was sent is no repetition."""
    form = desk(browser.get(REJECT))
    browser.send(form, ("what", "decide"), **{"text.reasons": "It stays."})
    page = browser.send(form, ("what", "decide"), **{"text.reasons": "Something else."})
    assert page.status == 422
    assert len(list(kim.events("kim"))) == 3


def test_what_is_refused_says_why_and_keeps_what_was_written(browser, kim):
    """Nothing moves; the attempt is on record; the text still stands in the form."""
    page = browser.send(
        desk(browser.get(GRANT)), ("what", "decide"), **{"fact.name_matches": "no", "text.reasons": f"Fine. {SCRIPT}"}
    )
    assert page.status == 409
    assert "It was not done. The documents name the account's holder, letter by letter." in page.words
    assert desk(page)["fields"]["text.reasons"].strip() == f"Fine. {SCRIPT}"
    assert SCRIPT not in page.html
    assert kim.account("kim").state is State.UNDER_APPEAL
    assert [denial.codes for denial in kim.denials("kim")] == [("name_matches_the_account",)]


def test_a_stale_version_shows_what_changed_meanwhile(browser, kim):
    """Nothing is written; the page tells the events since, keeps the text, and can be sent again on what is seen now."""
    form = desk(browser.get(REJECT))
    kim.submit("place_hold", account="kim", by=Actor.reviewer("rev3"), facts={"hold": "court:1"}).raise_for_denial()
    page = browser.send(form, ("what", "decide"), **{"text.reasons": f"It stays. {SCRIPT}"})
    assert page.status == 412
    assert "The account changed while you were deciding. Nothing was written." in page.words
    assert "You looked at version 2; it is at 3 now" in page.words
    assert "Place hold" in page.words
    assert "rev3" in page.words
    again = desk(page)
    assert again["fields"]["version"] == "3"
    assert again["fields"]["key"] != form["fields"]["key"]
    assert again["fields"]["text.reasons"].strip() == f"It stays. {SCRIPT}"
    assert SCRIPT not in page.html
    assert browser.send(again, ("what", "decide")).status == 303
    assert kim.account("kim").state is State.SUSPENDED


def test_what_somebody_else_decided_first_cannot_be_decided_again(browser, kim):
    """The page tells what happened, and has no form any more."""
    form = desk(browser.get(REJECT))
    kim.submit("grant", account="kim", by=Actor.reviewer("rev3"), facts={"name_matches": True}).raise_for_denial()
    page = browser.send(form, ("what", "decide"), **{"text.reasons": "It stays."})
    assert page.status == 412
    assert "What you were about to do cannot be done any more." in page.words
    assert "Grant an appeal against a suspension" in page.words
    assert not any(each["action"].endswith("/decide") for each in page.tree.forms)
    assert kim.account("kim").state is State.ACTIVE


def test_a_timer_that_came_due_is_no_surprise(browser, kim, shop):
    """Whoever looked after it was due decides on what they saw; whoever looked before is told."""
    before = desk(browser.get(REJECT))
    shop.passes(days=20)
    after = desk(browser.get(REJECT))
    page = browser.send(before, ("what", "decide"), **{"text.reasons": "It stays."})
    assert page.status == 412
    assert browser.send(after, ("what", "decide"), **{"text.reasons": "It stays."}).status == 303


def test_four_eyes_stop_whoever_decided_before(kim):
    """The page says so, its button is off, and the request is refused all the same."""
    browser = Browser(kim, "rev1")
    page = browser.get(REJECT)
    assert "Four eyes: a second person is needed." in page.words
    assert any("disabled" in button for button in desk(page)["buttons"] if button.get("value") == "decide")
    refused = browser.send(desk(page), ("what", "decide"), **{"text.reasons": "It stays."})
    assert refused.status == 409
    assert "Leave it to a colleague who had no part in it." in refused.words
    assert kim.account("kim").state is State.UNDER_APPEAL


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"fact.name_matches": "perhaps"}, "Name matches: say yes or no."),
        ({"fact.no_such_fact": "x"}, "The form asks for a fact that nobody may say here."),
        ({"fact.code_right": "yes"}, "The form asks for a fact that nobody may say here."),
        ({"text.explanation.x": "x"}, "The form holds a text of a kind that nobody writes here."),
        ({"document.0.kind": "passport", "document.0.ref": "my passport"}, "Document 1: choose what it is"),
        ({"document.1.kind": "", "document.1.ref": "doc"}, "Document 2: choose what it is"),
        ({}, "This cannot be told yet. Still to be said: name matches."),
    ],
)
def test_what_makes_no_sense_is_named_and_nothing_is_written(browser, kim, typed, says):
    """Every mistake in a sentence, on the page with the form."""
    page = browser.send(desk(browser.get(GRANT)), ("what", "decide"), **typed)
    assert page.status == 422
    assert says in page.words
    assert len(list(kim.events("kim"))) == 2


@pytest.mark.parametrize(
    ("trigger", "typed", "says"),
    [
        ("suspend", {"fact.ends_at": "tomorrow"}, "Ends at: give a date and a time."),
        ("suspend", {"fact.ground": "no spaces here"}, "Ground: give a code"),
        ("suspend", {"fact.rests_on": "a b, c"}, "Rests on: give codes without spaces, separated by commas."),
        ("suspend", {"fact.signal_count": "-1", "fact.ground": "harassment"}, "Signal count: give a whole number"),
    ],
)
def test_each_kind_of_field_says_what_it_takes(browser, trigger, typed, says):
    """A date, a code, a list of codes, a number."""
    page = browser.send(
        desk(browser.get(f"/console/accounts/ann/decide?trigger={trigger}&by=reviewer")), ("what", "decide"), **typed
    )
    assert page.status == 422
    assert says in page.words


def test_a_suspension_is_decided_whole(browser, kim):
    """Ground, statement, an end in the reader's zone and what it rests on come out as they were typed."""
    page = browser.get("/console/accounts/ann")
    browser.send(page.form("/zone"), zone="Asia/Tokyo")
    form = desk(browser.get("/console/accounts/ann/decide?trigger=suspend&by=reviewer"))
    typed = {
        "fact.ground": "harassment",
        "fact.ends_at": "2026-05-01T09:00",
        "fact.rests_on": "sig-1, sig-2",
        "text.statement_of_reasons": "You wrote again after you were asked to stop.",
    }
    preview = browser.send(form, ("what", "preview"), **typed)
    assert "until Fri 1 May 2026 09:00" in preview.words
    assert "Appeal against a suspension" in preview.words
    assert browser.send(desk(preview), ("what", "decide")).status == 303
    suspension = kim.account("ann").suspension
    assert suspension.ends_at.isoformat() == "2026-05-01T00:00:00+00:00"
    assert suspension.rests_on == ("sig-1", "sig-2")


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("agent", GRANT, 403),
        ("rev2", "/console/accounts/kim/decide?trigger=grant&by=supervisor", 403),
        ("rev2", "/console/accounts/kim/decide?trigger=grant&by=system", 403),
        ("rev2", "/console/accounts/kim/decide?trigger=appeal&by=reviewer", 409),
        ("rev2", "/console/accounts/kim/decide?trigger=no_such_thing&by=reviewer", 422),
        ("rev2", "/console/accounts/nobody/decide?trigger=grant&by=reviewer", 404),
        ("rev2", "/console/accounts/kim/decide", 403),
        ("ann", GRANT, 403),
    ],
)
def test_what_cannot_be_decided_has_no_form(kim, who, path, status):
    """Another role, another state, no such thing, no such account: a page that says so."""
    page = Browser(kim, who).get(path)
    assert page.status == status
    assert page.heading
    assert not any(each["action"].endswith("/decide") for each in page.tree.forms)


def test_a_request_without_version_or_key_decides_nothing(browser, kim):
    """Nobody decides on what they did not see, and nothing can happen twice."""
    form = desk(browser.get(REJECT))
    for left_out in ({"version": ""}, {"key": ""}, {"version": "-1"}, {"version": "1e9"}):
        page = browser.send(form, ("what", "decide"), **{"text.reasons": "It stays.", **left_out})
        assert page.status == 428
    assert browser.send(form, ("what", "decide"), csrf_token="x").status == 403
    assert len(list(kim.events("kim"))) == 2


def test_a_role_that_is_claimed_in_the_form_is_not_believed(browser, kim):
    """The form of a reviewer that says supervisor is refused."""
    form = desk(browser.get(REJECT))
    assert browser.send(form, ("what", "decide"), by="supervisor", **{"text.reasons": "x"}).status == 403
    assert len(list(kim.events("kim"))) == 2


def test_a_script_gets_the_form_alone(browser):
    """In a dialog the same form stands without the shell around it, and an error is a part that can be swapped in."""
    part = browser.get(REJECT, **{"hx-request": "true"})
    assert part.status == 200
    assert "<html" not in part.html
    assert part.has("h2", id="dialog-title")
    answer = browser.send(desk(part), ("what", "decide"), {"hx-request": "true"})
    assert answer.status == 200
    assert "It was not done." in answer.words
    assert answer.has("div", **{"data-status": "409"})
    done = browser.send(desk(answer), ("what", "decide"), {"hx-request": "true"}, **{"text.reasons": "It stays."})
    assert done.answer.headers["hx-redirect"] == "/console/accounts/kim?done=3"
