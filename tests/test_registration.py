"""How an account begins, by form, provider or import, and how its holder comes to be known by something more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from shop import SECRET

from lifecycle import Actor, Lifecycle, State
from lifecycle.errors import BadRequest
from lifecycle.facts import Facts

OK = {"registration_fields": 4, "verified_by": "link"}


def codes(decision):
    """The codes of the refusals."""
    return [refusal.code for refusal in decision.refusals]


def kept(accounts, kind, value):
    """The ids of the accounts that are known by this."""
    return accounts.store.identifier_owners(kind, accounts._vault.hashes(kind, value))


def test_by_the_form(accounts):
    """Four fields and the link in the mail open an account at once: no approval, no means of payment."""
    decision = accounts.register("ann", identifiers={"email": "Ann@example.org"}, facts=OK)
    assert [event.trigger for event in decision.events] == ["register"]
    account = accounts.account("ann")
    assert (account.kind, account.contacts, account.provider) == ("buyer", ("email",), None)
    assert decision.notices == ("welcome",)
    assert accounts.allows("ann", "buy")


@pytest.mark.parametrize("provider", ["facebook", "apple", "google"])
def test_through_a_provider(accounts, provider):
    """A provider replaces form and mail, and which one it was is kept; without a contact no code can be sent."""
    accounts.register("ann", facts={"registration_fields": 0, "verified_by": provider})
    assert accounts.account("ann").provider == provider
    assert accounts.account("ann").contacts == ()
    accounts.submit("deactivate", account="ann", by=Actor.holder("ann"))
    accounts.submit("show_warning", account="ann", by=Actor.system())
    press = {"account": "ann", "by": Actor.holder("ann")}
    assert "contact_is_on_file" in codes(accounts.submit("press_delete", **press))
    assert "signed_in_as_at_sign_up" in codes(accounts.submit("press_delete", **press))
    told = accounts.submit("press_delete", facts={"sign_in_provider": provider}, **press)
    assert "signed_in_as_at_sign_up" not in codes(told)


def test_without_the_link_there_is_nobody(accounts):
    """Before the link is followed there is no account, and its address is nobody's."""
    named = {"email": "ann@example.org"}
    decision = accounts.register("ann", identifiers=named, facts={"registration_fields": 4})
    assert codes(decision) == ["sign_up_is_verified"]
    assert kept(accounts, "email", "ann@example.org") == ()
    assert accounts.register("bob", identifiers=named, facts=OK).allowed


def test_an_imported_account_is_known_too(accounts):
    """What an account is known by elsewhere comes along: its mail is readable, its address taken."""
    account = accounts.import_account(
        "ann", state="active", given={"provider": "google"}, identifiers={"email": "Ann@example.org", "device": "d"}
    )
    assert (account.provider, account.state) == ("google", State.ACTIVE)
    assert accounts.text("ann", "email") == "Ann@example.org"
    assert kept(accounts, "device", "d") == ("ann",)
    again = accounts.register("bob", identifiers={"email": "ann+b@example.org"}, facts=OK)
    assert codes(again) == ["email_is_free"]


def test_an_import_with_a_wrong_identifier_is_no_import(accounts):
    """A kind nobody knows stops the import before anything is written."""
    with pytest.raises(BadRequest, match="no kind of identifier"):
        accounts.import_account("ann", state="active", identifiers={"shoe": "42"})
    assert list(accounts.accounts()) == []


def test_more_can_be_named_later(accounts, ann):
    """A further phone or e-mail is a contact and kept encrypted; of a card or a device only a hash is kept."""
    accounts.register("bob", identifiers={"email": "bob@example.org"}, facts=OK)
    for named in ({"phone": "+1 555 1"}, {"payment": "card-1", "device": "d"}):
        assert accounts.identify("bob", named).allowed
    account = accounts.account("bob")
    assert account.contacts == ("email", "phone")
    assert accounts.text("bob", "phone") == "+1 555 1"
    for ref in ("payment", "device"):
        with pytest.raises(BadRequest, match="has no text"):
            accounts.text("bob", ref)
    assert kept(accounts, "payment", "card-1") == ("bob",)
    event = list(accounts.events("bob"))[-1]
    assert (event.trigger, event.facts["identifier_kinds"]) == ("add_identifier", ["payment", "device"])


def test_a_further_email_takes_the_place_of_the_first_and_keeps_it(accounts, ann):
    """Mail goes to the new address; the old one stays the account's, so nobody else can take it over."""
    accounts.identify(ann, {"email": "ann.new@example.org"})
    assert accounts.text(ann, "email") == "ann.new@example.org"
    for taken in ("ann@example.org", "ann.new@example.org"):
        decision = accounts.register("bob", identifiers={"email": taken}, facts=OK)
        assert codes(decision) == ["email_is_free"]


def test_ones_own_identifier_again_is_nothing_new(accounts, ann):
    """Naming what one is known by already is allowed and links to nobody."""
    decision = accounts.identify(ann, {"email": "ANN@example.org", "phone": "+49 30 1234"})
    assert decision.allowed
    assert decision.event.facts["living_links"] == []
    assert kept(accounts, "email", "ann@example.org") == (ann,)


def test_what_is_refused_is_not_kept(accounts, ann, shop):
    """An identifier of a refused request belongs to nobody."""
    shop.facts["signed_in"] = False
    assert codes(accounts.identify(ann, {"payment": "card-1"})) == ["signed_in"]
    assert kept(accounts, "payment", "card-1") == ()
    assert [denial.codes for denial in accounts.denials(ann)] == [("signed_in",)]


def test_only_who_is_active_adds_anything(accounts, ann):
    """Whoever is locked out gets back in first."""
    accounts.submit("lock", account=ann, by=Actor.agent("a"), facts={"ground": "new_device"})
    assert codes(accounts.identify(ann, {"payment": "card-1"})) == ["not_from_this_state"]
    assert codes(accounts.identify(ann, {"payment": "c"}, by=Actor.agent("a"))) == ["role_may_never"]


def test_what_a_provider_is_never_stops_an_option_from_being_told(accounts, ann):
    """What a holder could do is told without naming anything: the rest is found out when something is named."""
    found = {option.trigger: option for option in accounts.options(ann, by=Actor.holder(ann))}
    assert found["add_identifier"].allowed
    assert found["add_identifier"].needs == ()


def test_the_service_supplies_what_it_must(accounts):
    """Every fact about links has a default, so a policy can be asked without the service."""
    links = Facts.RESERVED - {"code_right"}
    assert links <= Facts.optional()
    assert {name for name in Facts.declared() if name.endswith("_links")} <= Facts.RESERVED


def test_nobody_who_does_not_exist_may_do_anything(replayed):
    """A case that says somebody may buy before there is an account is told so."""
    result = replayed(
        """
        [[case]]
        title  = "Too early"
        cites  = ["P-03"]
        starts = "none"

        [[case.step]]
        at      = 2026-03-02T09:00:00Z
        by      = "holder"
        does    = "register"
        facts   = { registration_fields = 4 }
        refused = ["sign_up_is_verified"]
        may     = { buy = true, sign_in = false }
        """
    )
    (problem,) = result.problems
    assert problem.endswith("the case says the account may buy; the policy says there is no account.")


def test_a_provider_may_be_given_to_a_case(replayed):
    """An account that is taken over can have been opened through a provider."""
    result = replayed(
        """
        [[case]]
        title = "Taken over"
        cites = ["P-02"]
        given = { provider = "google", contacts = ["email"] }

        [[case.step]]
        until     = 2026-03-02T09:00:00Z
        then      = "active"
        expect    = { provider = "google", borrowed_phone = false }
        """
    )
    assert result.problems == ()


def test_two_at_once_with_one_secret_each_find_the_other(shop, tmp_path):
    """Two services over one database see each other's identifiers."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    one = Lifecycle.open(url, secret=SECRET, clock=shop.clock)
    two = Lifecycle.open(url, secret=SECRET, clock=shop.clock)
    with one, two:
        one.register("ann", identifiers={"email": "ann@example.org"}, facts=OK)
        decision = two.register("bob", identifiers={"email": "ann@example.org"}, facts=OK)
        assert codes(decision) == ["email_is_free"]


def test_of_many_who_want_one_address_one_gets_it(accounts):
    """Eight registrations at once with one e-mail: one account is opened, and everybody else is told it is taken."""
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(accounts.register, f"acc-{n}", identifiers={"email": "ann@example.org"}, facts=OK)
            for n in range(8)
        ]
        answers = [each.result() for each in asked]
    assert sorted(map(codes, answers)) == [[], *[["email_is_free"]] * 7]
    assert len(list(accounts.accounts())) == 1
    assert len(kept(accounts, "email", "ann@example.org")) == 1
    assert not accounts.verify().damage
