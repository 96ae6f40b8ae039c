"""What the console says of values, fields and rare things: pure functions, and forms of every kind."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from attrs import evolve
from browser import Browser
from web import SUSPENDED

from lifecycle import Actor, Lifecycle
from lifecycle.decide import LAPSE, Option
from lifecycle.errors import BadRequest
from lifecycle.http.console.judging import deciders
from lifecycle.http.console.queue import due_of
from lifecycle.http.console.standing import _fits
from lifecycle.http.console.timeline import entries
from lifecycle.http.console.words import as_moment, said, seen, when, who, zone_named
from lifecycle.model import Change, Command, Event, Refusal, Role, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.store import Appealed

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        ((), "none"),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        ("open_orders", "open orders"),
        (NOON, "Mon 2 Mar 2026 21:00"),
        ("2026-03-02T12:00:05+00:00", "Mon 2 Mar 2026 21:00:05"),
        (["a_b", "c"], "a b and c"),
        ({"open_orders": 2, "seen": {"so": True}}, "open orders 2; seen so yes"),
    ],
)
def test_values_are_said_in_words(value, words):
    """Codes without underscores, moments in the reader's zone, lists and tables as one says them."""
    assert said(value, TOKYO) == words


def test_only_a_moment_is_taken_for_one():
    """A code that begins like a date, and a time without an offset, stay what they are."""
    for text in ("2026-03-02", "2026-99-99T12:00:00+00:00", "2026-03-02T12:00:00.000000", "order-7", ""):
        assert as_moment(text) is None


def test_an_unknown_zone_is_the_usual_one():
    """A cookie may say anything."""
    assert when(NOON, zone_named("Mars/Olympus", "Asia/Tokyo")) == "Mon 2 Mar 2026 21:00"
    assert when(NOON, zone_named(None, "UTC")) == "Mon 2 Mar 2026 12:00"


def test_what_was_found_and_what_is_needed():
    """A limit that lists names is met by one of them; nothing to show is nothing said."""
    assert seen(Refusal("c", "S.", "R.", {"open_orders": 2}, 0)) == "open orders 2, needs 0"
    assert seen(Refusal("c", "S.", "R.", None, ["a", "b"])) == "needs a or b"
    assert seen(Refusal("c", "S.", "R.", {"asked": False}, True)) == "asked no"
    assert seen(Refusal("c", "S.", "R.")) == ""


def test_a_name_stands_where_it_says_more_than_the_role():
    """Whose account it is and which part of the system acted needs no saying; a person's id does."""
    assert who(Actor.holder("kim"), "kim") == ""
    assert who(Actor.system("timer"), "kim") == ""
    assert who(Actor.system("fraud"), "kim") == "fraud"
    assert who(Actor.reviewer("r1"), "kim") == "r1"


def test_a_timer_with_nothing_to_do_is_told():
    """That it came due and nothing followed is an event of its own."""
    event = Event(
        "kim",
        3,
        LAPSE,
        State.ACTIVE,
        State.ACTIVE,
        Actor.system("timer"),
        NOON,
        changes=(Change("stop", "chase_appeal"),),
        row=LAPSE,
    )
    (told,) = entries([event], (), policy(), dt.UTC)
    assert told.follows == "by itself, in time"
    assert told.then == ("Chase appeal has nothing left to do",)


def test_a_time_in_hours_is_due_after_so_many():
    """A policy may count in hours instead of working days."""
    due = due_of(policy(Parameters(appeal_silence=dt.timedelta(hours=48))))
    assert due(Appealed("kim", 2, NOON, "open", False)) == NOON + dt.timedelta(hours=48)


@pytest.mark.parametrize(
    ("person", "account", "trigger", "role", "field", "wanted"),
    [
        ("both", "bob", "reverse_decision", "supervisor", "select", {"name": "fact.lifts"}),
        ("rev2", "bob", "place_hold", "reviewer", "input", {"name": "fact.hold", "type": "text"}),
        ("rev2", "ann", "suspend", "reviewer", "input", {"name": "fact.ends_at", "type": "datetime-local"}),
        ("agent", "locked", "unlock", "agent", "input", {"name": "fact.packet_fields", "type": "number"}),
    ],
)
def test_each_kind_of_fact_has_its_kind_of_field(service, person, account, trigger, role, field, wanted):
    """A choice where there are few words, a number, a moment, a code."""
    service.import_account("locked", state="security_locked", given={"ground": "new_device", "author": "system:rules"})
    page = Browser(service, person).get(f"/console/accounts/{account}/decide?trigger={trigger}&by={role}")
    assert page.status == 200
    assert page.has(field, **wanted)


def test_a_text_that_is_too_long_is_not_kept(service):
    """The form comes back and says so; nothing is written."""
    browser = Browser(service, "rev2")
    form = browser.get("/console/accounts/ann/decide?trigger=suspend&by=reviewer").form("/decide")
    typed = {"fact.ground": "harassment", "text.statement_of_reasons": "x" * 70_000}
    page = browser.send(form, ("what", "decide"), **typed)
    assert page.status == 422
    assert "Statement of reasons: this is too long. Shorten it." in page.words
    assert service.account("ann").state is State.ACTIVE


def test_many_reasons_are_told_in_the_timeline_and_counted_in_the_picture(service, shop):
    """The picture names the first three and how many more there are; the timeline names all."""
    shop.facts |= dict.fromkeys(("open_orders", "refunds_in_flight", "open_disputes", "wallet_balance"), 2)
    service.submit("request_closure", account="ann", by=Actor.holder("ann"))
    page = Browser(service, "rev2").get("/console/accounts/ann")
    codes = next(service.denials("ann")).codes
    assert len(codes) > 3
    assert f"and {len(codes) - 3} more reason" in page.words
    assert all(page.html.count(f'<code class="code">{code}</code>') == 1 for code in codes)


def test_the_steps_of_another_role_are_those_of_somebody_new(service):
    """What an agent could do is shown as for one who had no part in anything."""
    page = Browser(service, "rev2").get("/console/accounts/bob?seen_as=agent")
    assert page.status == 200
    assert "Needs a second person" not in page.words


def test_where_several_words_lead_to_one_reversal_the_form_asks(service):
    """An appeal against a lock: lifting the lock and lifting both are one card, and the form asks which."""
    given = {"ground": "new_device", "author": "system:rules", "against": "lock"}
    service.import_account("lena", state="under_appeal", given=given)
    browser = Browser(service, "sup")
    page = browser.get("/console/accounts/lena")
    assert "Reverse a lock under appeal" in page.words
    assert "Reverse a suspension under appeal" not in page.words
    address = "/console/accounts/lena/decide?trigger=reverse_decision&by=supervisor"
    assert page.has("a", href=address)
    form = browser.get(address)
    assert form.form("/decide")["fields"]["fact.lifts"] == ""
    assert "The decision lifts both suspension and lock" in form.words


def test_what_only_a_fact_can_tell_shuts_nobody_out(service):
    """Where a question between rows needs a fact that nobody said, its rows count as possible."""
    guides = service.policy
    asks = next(when for row in guides.rows for when in row.when if when.selector.name == "lifts")
    rows = [evolve(row, when=(*row.when, asks)) if row.trigger == "grant" else row for row in guides.rows]
    service.import_account("kim", state="under_appeal", given=SUSPENDED | {"against": "suspension"})
    kim = service.account("kim")
    only_grant = evolve(guides, rows=tuple(row for row in rows if row.trigger == "grant"))
    assert deciders(only_grant, kim, NOON) == (Role.REVIEWER,)
    grant = next(row for row in rows if row.trigger == "grant" and Role.REVIEWER in row.actors)
    option = Option("grant", grant.title, None, (), (), grant)
    command = Command("grant", "kim", Actor.reviewer("rev9"), NOON, guides.facts({}))
    assert _fits(service.machine, option, kim, command, ())
    assert not _fits(service.machine, option, kim, command, (("lifts", "both"),))


def test_who_signed_in_with_a_provider_is_told(service):
    """It stands with what is kept of the account."""
    service.register("pat", facts={"registration_fields": 4, "verified_by": "google"})
    assert "Provider google" in Browser(service, "rev2").get("/console/accounts/pat").words


def test_a_text_that_was_erased_is_a_page_that_says_so(service, monkeypatch):
    """The log still names it, and nobody can read it any more."""
    browser = Browser(service, "rev2")
    form = browser.get("/console/accounts/ann/decide?trigger=suspend&by=reviewer").form("/decide")
    browser.send(
        form, ("what", "decide"), **{"fact.ground": "harassment", "text.statement_of_reasons": "You know why."}
    )

    def erased(*_):
        raise BadRequest("it was erased")

    monkeypatch.setattr(service, "text", erased)
    ref = list(service.events("ann"))[-1].evidence[0]["ref"]
    page = browser.get(f"/console/accounts/ann/texts/{ref}")
    assert page.status == 404
    assert "was erased" in page.words


def test_without_a_secret_nobody_is_looked_for(shop):
    """The page says that this is not set up, and nothing of the inside."""
    with Lifecycle.open("memory:", clock=shop.clock) as bare:
        browser = Browser(bare, "rev2")
        form = next(f for f in browser.get("/console/accounts").tree.forms if "value" in f["fields"])
        page = browser.send(form, kind="email", value="ann@example.org")
        assert page.status == 501
        assert "Lifecycle.open" not in page.words
