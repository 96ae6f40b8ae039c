"""Accounts that share what identifies a person: what the service finds out, and what comes of it for each of them."""

from __future__ import annotations

import sqlite3

import attrs
import pytest
from shop import SECRET, START

from lifecycle import Actor, Evidence, Lifecycle, State
from lifecycle.errors import BadFact, BadRequest, KeyReused, SecretMissing, StoreUnavailable
from lifecycle.policy import policy

OK = {"registration_fields": 4, "verified_by": "link"}
OLD = {"email": "old@example.org", "phone": "+1 555 1", "payment": "card-1", "device": "device-1"}
FINAL = {"ground": "harassment", "permanent": True}
BANNED = {"state": "suspended", "given": FINAL, "identifiers": OLD}
LOCKED = {"state": "security_locked", "given": {"ground": "new_device"}, "identifiers": OLD}


def triggers(decision):
    """What was done, in order."""
    return [event.trigger for event in decision.events]


def codes(decision):
    """The codes of the refusals."""
    return [refusal.code for refusal in decision.refusals]


def opened(accounts, *, account="new", facts=None, **identifiers):
    """A new account with these identifiers, and a fresh e-mail unless one is given."""
    named = {"email": f"{account}@example.org", **identifiers}
    return accounts.register(account, identifiers=named, facts=OK | (facts or {}))


class TestAfterABan:
    """A new account, and one that is suspended for good."""

    @pytest.fixture(autouse=True)
    def _old(self, accounts):
        accounts.import_account("old", **BANNED)

    @pytest.mark.parametrize("kind", ["phone", "payment"])
    def test_phone_and_payment_suspend_at_once(self, accounts, kind):
        """What the banned account was known by opens an account that is suspended in the same instant."""
        decision = opened(accounts, **{kind: OLD[kind]})
        assert triggers(decision) == ["register", "check_linkage"]
        assert [event.at for event in decision.events] == [START, START]
        account = accounts.account("new")
        assert (account.state, account.suspension.ground) == (State.SUSPENDED, "reused_identity")
        assert (account.linkage.kinds, account.linkage.score) == ((kind,), 100)
        assert not accounts.allows("new", "buy")

    @pytest.mark.parametrize("email", ["old@example.org", "OLD+again@Example.org"])
    def test_the_email_is_refused_at_the_form(self, accounts, email):
        """A banned address, however written, opens nothing, and the answer does not say whose it was."""
        decision = opened(accounts, email=email)
        assert codes(decision) == ["identity_is_not_banned"]
        assert "example.org" not in str(decision)
        assert [account.id for account in accounts.accounts()] == ["old"]

    def test_three_kinds_must_change_and_one_should(self, accounts):
        """Of the four kinds each of three alone is enough to stop a new start; a device is only pointed out."""
        stopped = [kind for kind in OLD if not self._may_buy(accounts, kind)]
        assert stopped == ["email", "phone", "payment"]

    def _may_buy(self, accounts, kind):
        decision = opened(accounts, account=f"by-{kind}", **{kind: OLD[kind]})
        return decision.allowed and accounts.allows(f"by-{kind}", "buy")

    def test_cleared_cookies_make_a_device_weigh_less(self, accounts):
        """A device is a warning; with cookies cleared the score is lower, where it is known to be shared none."""
        opened(accounts, device=OLD["device"])
        opened(accounts, account="clear", device=OLD["device"], facts={"cookies_cleared": True})
        shared = opened(accounts, account="family", device=OLD["device"], facts={"device_recognised": True})
        scores = [accounts.account(name).linkage for name in ("new", "clear", "family")]
        assert [each and each.score for each in scores] == [40, 20, None]
        assert triggers(shared) == ["register"]
        assert [row.notice for row in accounts.outbox("clear")] == ["welcome", "linkage_warning"]

    def test_a_card_added_later_suspends_too(self, accounts):
        """A clean account that adds a banned card is suspended then; a new card changes nothing."""
        opened(accounts)
        assert triggers(accounts.identify("new", {"payment": "card-2"})) == ["add_identifier"]
        assert accounts.account("new").state is State.ACTIVE
        assert triggers(accounts.identify("new", {"payment": "card-1"})) == ["add_identifier", "check_linkage"]
        assert accounts.account("new").suspension.ground == "reused_identity"

    def test_a_number_that_changed_hands_can_be_cleared_up(self, accounts):
        """Whoever was suspended by a coincidence may appeal, and people decide."""
        opened(accounts, phone=OLD["phone"])
        papers = [Evidence("passport", "p1"), Evidence("explanation", text="The number is new to me.")]
        assert accounts.submit("appeal", account="new", by=Actor.holder("new"), evidence=papers).allowed

    def test_nobody_is_struck_for_starting_afresh(self, accounts):
        """After a ban a new account is allowed: nothing is held against the old one, and its claims stay."""
        opened(accounts, device=OLD["device"])
        old = accounts.account("old")
        assert (old.version, old.strikes, old.given_up) == (1, (), None)
        assert list(accounts.denials("old")) == []

    def test_with_a_confirmation_claims_are_lost(self, accounts):
        """Where it is confirmed that nothing can be saved, the registration makes it final on the old account."""
        opened(accounts, device=OLD["device"], facts={"unsalvageable_confirmed": True})
        (_, event) = accounts.events("old")
        assert (event.trigger, str(event.by), event.notices) == (
            "note_further_account",
            "system:linkage",
            ("claims_forfeited",),
        )
        opened(accounts, account="third", device=OLD["device"], facts={"unsalvageable_confirmed": True})
        assert accounts.account("old").version == 2

    def test_a_stranger_on_the_same_device_gives_nothing_up(self, accounts):
        """A device whose cookies were cleared is too little to make two accounts one person's."""
        told = {"unsalvageable_confirmed": True, "cookies_cleared": True}
        opened(accounts, device=OLD["device"], facts=told)
        assert accounts.account("old").given_up is None

    def test_given_up_claims_hold_up_no_closure(self, accounts, shop):
        """A banned account whose disputes and refunds are given up can be closed while they still run."""
        accounts.submit(
            "give_up_claims", account="old", by=Actor.holder("old"), facts={"unsalvageable_confirmed": True}
        )
        accounts.submit("close_suspended", account="old", by=Actor.agent("a"), facts={"asked_by_holder": True})
        shop.facts.update(open_disputes=2, refunds_in_flight=1)
        shop.passes(days=3)
        assert [event.trigger for event in accounts.settle("old")] == ["complete_deletion"]

    def test_claims_not_given_up_hold_a_closure(self, accounts, shop):
        """The same closure waits where nobody gave the claims up."""
        accounts.submit("close_suspended", account="old", by=Actor.agent("a"), facts={"asked_by_holder": True})
        shop.facts.update(open_disputes=2, refunds_in_flight=1)
        shop.passes(days=3)
        assert accounts.settle("old")[0].trigger == "hold_deletion"


class TestMeanwhile:
    """A new account, and one that may still come back."""

    @pytest.mark.parametrize(
        ("state", "strike"),
        [
            ("under_appeal", "multi_account_during_appeal"),
            ("suspended", "multi_account_while_blocked"),
            ("security_locked", "multi_account_while_blocked"),
        ],
    )
    def test_both_are_marked(self, accounts, state, strike):
        """The old account gets a strike, the new one the linkage; both may go on as they were."""
        ground = "new_device" if state == "security_locked" else "unpaid_orders"
        accounts.import_account("old", state=state, given={"ground": ground}, identifiers=OLD)
        decision = opened(accounts, phone=OLD["phone"])
        assert triggers(decision) == ["register", "check_linkage"]
        assert accounts.account("new").state is State.ACTIVE
        assert accounts.account("new").linkage.kinds == ("phone",)
        assert accounts.account("old").strikes == (strike,)
        assert accounts.account("old").state is State(state)

    def test_a_friend_is_nobody_to_be_marked(self, accounts):
        """Somebody who differs in everything is linked to nobody."""
        accounts.import_account("old", **LOCKED)
        opened(accounts, phone="+1 555 2", payment="card-2", device="device-2")
        assert (accounts.account("old").version, accounts.account("new").linkage) == (1, None)

    def test_a_shared_address_is_refused_while_the_account_lives(self, accounts):
        """The e-mail of a locked account is in use, not banned."""
        accounts.import_account("old", **LOCKED)
        assert codes(opened(accounts, email="Old@example.org")) == ["email_is_free"]

    def test_a_weak_link_leaves_no_trace_on_the_other(self, accounts):
        """Where the link is too weak to make it one person, nothing is recorded of the other account, no refusal either."""
        accounts.import_account("old", **LOCKED)
        opened(accounts, device=OLD["device"], facts={"cookies_cleared": True})
        assert accounts.account("old").version == 1
        assert list(accounts.denials("old")) == []

    def test_whose_lock_has_run_out_is_restricted_no_more(self, accounts, shop):
        """A timer that is due counts, though nobody has written it yet."""
        opened(accounts, account="old", phone=OLD["phone"])
        signal = {"ground": "declined_payments", "signal": "failed_payments", "signal_count": 5}
        accounts.submit("lock", account="old", by=Actor.system(), facts=signal)
        shop.passes(hours=25)
        assert triggers(opened(accounts, phone=OLD["phone"])) == ["register"]


class TestPhones:
    """A number that is a relative's."""

    def test_a_borrowed_number_links_nobody(self, accounts):
        """It serves to send codes, but is not held to be the borrower's, so the lender can register later."""
        decision = opened(accounts, phone="+1 555 7", facts={"phone_is_borrowed": True})
        assert decision.account.contacts == ("email", "phone")
        assert accounts.account("new").borrowed_phone
        assert accounts.text("new", "phone") == "+1 555 7"
        lender = opened(accounts, account="lender", phone="+1 555 7")
        assert lender.events[0].facts["living_links"] == []
        assert not accounts.account("lender").borrowed_phone

    def test_after_its_time_an_own_number_is_asked_for(self, accounts, shop):
        """After thirty days the holder is told once; a number of their own ends it."""
        opened(accounts, phone="+1 555 7", facts={"phone_is_borrowed": True})
        shop.passes(days=29)
        assert accounts.settle("new") == ()
        shop.passes(days=1)
        assert [event.notices for event in accounts.settle("new")] == [("own_phone_wanted",)]
        accounts.identify("new", {"phone": "+1 555 8"})
        assert not accounts.account("new").borrowed_phone

    def test_an_own_number_in_time_is_not_asked_for(self, accounts, shop):
        """Who brings a number of their own in time is not told anything."""
        opened(accounts, phone="+1 555 7", facts={"phone_is_borrowed": True})
        accounts.identify("new", {"phone": "+1 555 8"})
        shop.passes(days=31)
        assert [event.notices for event in accounts.settle("new")] == [()]


class TestTheFactsAreTheServices:
    """What a policy is told of links comes from the service alone."""

    @pytest.mark.parametrize(
        "name", ["banned_links", "restricted_links", "living_links", "shared_links", "identifier_kinds"]
    )
    def test_links_cannot_be_given(self, accounts, name):
        """A caller who states a link is refused, in a registration and elsewhere."""
        with pytest.raises(BadFact, match="worked out by the service"):
            accounts.register("new", facts=OK | {name: ["phone"]})
        with pytest.raises(BadFact, match="worked out by the service"):
            accounts.identify("new", {"payment": "card"}, facts={name: ["phone"]})

    @pytest.mark.usefixtures("ann")
    def test_what_is_told_of_living_accounts(self, accounts):
        """Kinds and counts are recorded: a phone makes one person, a device alone does not."""
        phone = opened(accounts, phone="+49 30 1234", device="d").events[0].facts
        assert (phone["living_links"], phone["person_accounts"]) == (["phone"], 1)
        device = opened(accounts, account="third", device="d").events[0].facts
        assert (device["living_links"], device["person_accounts"]) == (["device"], 0)

    def test_identifiers_go_through_their_own_doors(self, accounts, ann):
        """Neither registering nor naming an identifier is a plain submission."""
        for trigger, method in (("register", "Lifecycle.register"), ("add_identifier", "Lifecycle.identify")):
            with pytest.raises(BadRequest, match=method):
                accounts.submit(trigger, account=ann, by=Actor.holder(ann))

    def test_naming_nothing_is_an_error(self, accounts, ann):
        """At least one identifier is named, of a kind there is."""
        with pytest.raises(BadRequest, match="names nothing"):
            accounts.identify(ann, {})
        with pytest.raises(BadRequest, match='Did you mean "payment"'):
            accounts.identify(ann, {"payments": "card"})

    def test_a_stranger_adds_nothing(self, accounts, ann):
        """Somebody else's holder is refused, and the identifier is not kept."""
        decision = accounts.identify(ann, {"payment": "card-9"}, by=Actor.holder("bob"))
        assert codes(decision) == ["not_the_holder"]
        facts = opened(accounts, payment="card-9").events[0].facts
        assert facts["living_links"] == []

    def test_a_dry_run_keeps_and_tells_nothing(self, accounts):
        """Neither an identifier nor a strike comes of a dry run."""
        accounts.import_account("old", **LOCKED)
        named = {"email": "new@example.org", "phone": OLD["phone"]}
        assert accounts.register("new", identifiers=named, facts=OK, dry_run=True).allowed
        assert accounts.account("old").version == 1
        assert opened(accounts, account="third", email="new@example.org").allowed

    def test_an_unregistered_id_cannot_be_identified(self, accounts):
        """An identifier needs an account to belong to."""
        with pytest.raises(BadRequest, match="no account"):
            accounts.identify("nobody", {"payment": "card"})


class TestRepeated:
    """The same request again, and a request that was cut off half way."""

    def test_a_repeated_registration_tells_nobody_twice(self, accounts):
        """Under its key a registration is the same one, and so is what followed for the other account."""
        accounts.import_account("old", **LOCKED)
        asked = {"identifiers": {"email": "new@example.org", "phone": OLD["phone"]}, "facts": OK, "key": "r"}
        accounts.register("new", **asked)
        assert accounts.register("new", **asked).repeated
        assert accounts.account("old").version == 2

    def test_what_was_cut_off_is_done_when_repeated(self, accounts, monkeypatch):
        """If the second write fails, repeating the registration under its key does what is left."""
        accounts.import_account("old", **LOCKED)
        asked = {"identifiers": {"email": "new@example.org", "phone": OLD["phone"]}, "facts": OK, "key": "r"}
        turn = accounts.store.turn

        def failing(account_id, **more):
            if account_id == "old":
                raise StoreUnavailable("the disk is gone")
            return turn(account_id, **more)

        monkeypatch.setattr(accounts.store, "turn", failing)
        with pytest.raises(StoreUnavailable):
            accounts.register("new", **asked)
        assert (accounts.account("new").version, accounts.account("old").version) == (2, 1)
        monkeypatch.undo()
        assert accounts.register("new", **asked).repeated
        assert accounts.account("old").strikes == ("multi_account_while_blocked",)

    def test_what_came_later_is_not_held_against_a_repetition(self, accounts, shop):
        """Who was locked only after the other account was opened gets no strike when the request is repeated."""
        opened(accounts, account="old", phone=OLD["phone"])
        asked = {"identifiers": {"email": "new@example.org", "phone": OLD["phone"]}, "facts": OK, "key": "r"}
        accounts.register("new", **asked)
        shop.passes(days=1)
        accounts.submit("lock", account="old", by=Actor.agent("a"), facts={"ground": "new_device"})
        assert accounts.register("new", **asked).repeated
        assert accounts.account("old").strikes == ()

    def test_who_was_banned_meanwhile_is_not_told_again(self, accounts):
        """What was told once is not told anew when the request is repeated, though more would be shared by now."""
        accounts.import_account("old", state="suspended", given={"ground": "harassment"}, identifiers=OLD)
        named = {"email": "new@example.org", "phone": OLD["phone"], "device": OLD["device"]}
        told = OK | {"phone_is_borrowed": True, "unsalvageable_confirmed": True}
        accounts.register("new", identifiers=named, facts=told, key="r")
        final = {"account": "old", "by": Actor.reviewer("r"), "facts": {"knowing_breach": True}}
        accounts.submit("make_permanent", evidence=[Evidence("reasons", text="why")], **final)
        assert accounts.register("new", identifiers=named, facts=told, key="r").repeated
        old = accounts.account("old")
        assert (old.strikes, old.given_up) == (("multi_account_while_blocked",), None)

    def test_another_identifier_is_another_request(self, accounts, ann):
        """One key with two different cards is an error; with the same card it is a repetition."""
        accounts.identify(ann, {"payment": "card-1"}, key="k")
        assert accounts.identify(ann, {"payment": "card-1"}, key="k").repeated
        with pytest.raises(KeyReused):
            accounts.identify(ann, {"payment": "card-2"}, key="k")


def test_of_very_many_only_the_last_are_looked_at(accounts, monkeypatch):
    """A device that everybody uses does not make a registration read every account there is."""
    for n in range(4):
        accounts.import_account(f"acc-{n}", state="active", identifiers={"device": "till", "phone": "+1 555 9"})
    assert opened(accounts, phone="+1 555 9").events[0].facts["person_accounts"] == 4
    monkeypatch.setattr("lifecycle.linking.MOST", 3)
    assert opened(accounts, account="third", phone="+1 555 9").events[0].facts["person_accounts"] == 3


def test_the_host_decides_over_both_accounts(shop, tmp_path):
    """In the host's own transaction the registration and the strike come and go together."""
    path = tmp_path / "shop.db"
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.import_account("old", **LOCKED)
        host = sqlite3.connect(path, isolation_level=None)
        host.execute("BEGIN")
        named = {"email": "new@example.org", "phone": OLD["phone"]}
        accounts.register("new", identifiers=named, facts=OK, connection=host)
        assert accounts.account("old", connection=host).strikes
        host.execute("ROLLBACK")
        host.close()
        assert accounts.account("old").version == 1
        assert [account.id for account in accounts.accounts()] == ["old"]


def test_an_old_secret_still_finds_whom_it_hid(shop, tmp_path):
    """After a rotation a banned number is still known."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with Lifecycle.open(url, secret=SECRET, clock=shop.clock) as accounts:
        accounts.import_account("old", **BANNED)
    with Lifecycle.open(url, secret=[b"a new secret of sixteen bytes", SECRET], clock=shop.clock) as accounts:
        assert triggers(opened(accounts, phone=OLD["phone"])) == ["register", "check_linkage"]


def test_identifiers_need_a_secret(shop):
    """Without a secret nothing that identifies a person is taken, and no account is imported with it."""
    with Lifecycle.open("memory:", clock=shop.clock) as accounts:
        with pytest.raises(SecretMissing):
            accounts.import_account("old", state="active", identifiers={"payment": "card"})
        accounts.register("new", facts=OK)
        with pytest.raises(SecretMissing):
            accounts.identify("new", {"payment": "card"})


def test_data_that_are_erased_identify_nobody(accounts, ann, shop):
    """Once the data of a deleted account are erased, neither e-mail nor phone nor device leads to it."""
    accounts.identify(ann, {"device": "d"})
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    accounts.submit("confirm_closure", account=ann, by=Actor.holder(ann), code=accounts.code_for(ann, "closure_link"))
    shop.facts.setdefault("kept_by_law", ())
    shop.passes(days=5)
    accounts.settle(ann)
    assert accounts.account(ann).erased
    hashes = accounts._vault.hashes("device", "d")
    assert accounts.store.identifier_owners("device", hashes) == ()
    facts = opened(accounts, email="ann@example.org", phone="+49 30 1234", device="d").events[0].facts
    assert (facts["banned_links"], facts["living_links"], facts["email_is_reserved"]) == ([], [], False)


def test_a_ban_outlives_the_data(accounts, shop):
    """A banned account that was closed and erased is still known by its hashes, and stops a new start."""
    accounts.import_account("old", **BANNED)
    accounts.submit("close_suspended", account="old", by=Actor.agent("a"), facts={"asked_by_holder": True})
    shop.facts.setdefault("kept_by_law", ())
    shop.passes(days=9)
    accounts.settle("old")
    assert accounts.account("old").erased
    assert codes(opened(accounts, email="old@example.org")) == ["identity_is_not_banned"]
    assert opened(accounts, phone=OLD["phone"]).dest is State.SUSPENDED


def test_a_policy_without_these_rules_is_served_too(shop):
    """A host's policy that knows nothing of further accounts registers as before."""
    rules = policy()
    rows = tuple(row for row in rules.rows if row.trigger not in ("note_further_account", "give_up_claims"))
    used = {guard.name for row in rows for guard in row.guards}
    guards = tuple(guard for guard in rules.guards if guard.name in used)
    plain = attrs.evolve(rules, rows=rows, guards=guards, doors=attrs.evolve(rules.doors, further=None))
    with Lifecycle.open("memory:", policy=plain, secret=SECRET, clock=shop.clock) as accounts:
        accounts.import_account("old", **LOCKED)
        assert opened(accounts, phone=OLD["phone"]).allowed
        assert accounts.account("old").version == 1
