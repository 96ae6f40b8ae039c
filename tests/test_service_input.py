"""Bad input at the door: each has its own exception and a sentence that says what to do, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from shop import SECRET, START

from lifecycle import Actor, Evidence, Lifecycle, Parameters, policy
from lifecycle.errors import (
    AlreadyRegistered,
    BadEvidence,
    BadFact,
    BadParameters,
    BadRequest,
    GatherFailed,
    KeyReused,
    MissingFacts,
    NaiveTime,
    PolicyError,
    SecretMissing,
    StoreUnavailable,
    TextTooLong,
    TimeBeforeLastEvent,
    UnknownAccount,
    UnknownTrigger,
)

ANN = Actor.holder("ann")
SYSTEM = Actor.system()
NAIVE = START.replace(tzinfo=None)


def unchanged(accounts):
    """Whether nothing was written since the registration."""
    return accounts.store.load("ann").account.version == 1 and not list(accounts.denials("ann"))


REFUSED = [
    ("lokc", {"by": SYSTEM}, UnknownTrigger, 'Did you mean "lock"'),
    ("lock", {"by": SYSTEM, "account": "nobody"}, UnknownAccount, "Register or import it first"),
    ("lock", {"by": SYSTEM, "account": "ann@example.org"}, BadRequest, "may not name a person"),
    ("lock", {"by": "system"}, BadRequest, "must be an Actor"),
    ("lock", {"by": SYSTEM, "at": NAIVE}, NaiveTime, "without an offset"),
    ("lock", {"by": SYSTEM, "at": "2026-03-02"}, BadRequest, "must be a date-time"),
    ("lock", {"by": SYSTEM, "at": START - dt.timedelta(seconds=1)}, TimeBeforeLastEvent, "before the last event"),
    ("lock", {"by": SYSTEM, "key": ""}, BadRequest, "1 to 200 characters"),
    ("lock", {"by": SYSTEM, "code": 123456}, BadRequest, "must be text"),
    ("lock", {"by": SYSTEM, "facts": {"grund": "x"}}, BadFact, 'Did you mean "ground"'),
    ("lock", {"by": SYSTEM, "facts": {"signal_count": "6"}}, BadFact, "must be a whole number"),
    ("lock", {"by": SYSTEM, "facts": {"signal_count": True}}, BadFact, "must be a whole number"),
    ("lock", {"by": SYSTEM, "facts": [("ground", "x")]}, BadFact, "must be a mapping"),
    ("lock", {"by": SYSTEM, "facts": {"ends_at": NAIVE}}, NaiveTime, "ends_at"),
    ("lock", {"by": SYSTEM, "facts": {"code_right": True}}, BadFact, "Pass what was typed as code="),
    ("lock", {"by": SYSTEM, "facts": {"ground": "a sentence"}}, BadFact, "Free text goes into evidence"),
    ("lock", {"by": SYSTEM}, MissingFacts, "ground"),
    ("register", {"by": ANN}, BadRequest, "Lifecycle.register"),
    ("appeal", {"by": ANN, "evidence": [Evidence("pasport", "p1")]}, BadEvidence, 'Did you mean "passport"'),
    ("appeal", {"by": ANN, "evidence": [Evidence("passport", text="x")]}, BadEvidence, "give a ref="),
    ("appeal", {"by": ANN, "evidence": ["passport"]}, BadEvidence, "must be Evidence"),
    ("appeal", {"by": ANN, "evidence": [Evidence("passport", "p")] * 21}, BadEvidence, "at most 20"),
    ("appeal", {"by": ANN, "evidence": [Evidence("explanation", text="x" * 20_001)]}, TextTooLong, "at most 20000"),
]


@pytest.mark.parametrize(("trigger", "asked", "error", "says"), REFUSED)
def test_a_request_that_makes_no_sense_is_an_error(accounts, ann, trigger, asked, error, says):
    """Each kind of bad request has its own exception, says what to do, and leaves everything as it was."""
    with pytest.raises(error, match=says):
        accounts.submit(trigger, **{"account": "ann", "gather": lambda account, names: {}, **asked})
    assert unchanged(accounts)


def test_a_text_never_reaches_the_error(accounts, ann):
    """The sentence about a text that is too long does not repeat the text."""
    with pytest.raises(TextTooLong) as caught:
        accounts.submit("appeal", account=ann, by=ANN, evidence=[Evidence("explanation", text="secret " * 5000)])
    assert "secret" not in str(caught.value)


def test_registering_twice_is_refused(accounts, ann):
    """An id is never used twice, neither by a registration nor by an import."""
    with pytest.raises(AlreadyRegistered, match="never used twice"):
        accounts.register(ann)
    with pytest.raises(AlreadyRegistered):
        accounts.import_account(ann, state="active")
    assert accounts.account(ann).version == 1


def test_an_email_in_use_is_refused_without_saying_whose(accounts, ann):
    """An e-mail of a living account cannot be registered again, however it is written; the owner is not named."""
    again = {"facts": {"registration_fields": 4, "verified_by": "link"}, "identifiers": {"email": " ANN@example.org "}}
    decision = accounts.register("bob", **again)
    assert [r.code for r in decision.refusals] == ["email_is_free"]
    assert not re.search(r"\bann\b", str(decision), re.IGNORECASE)


@pytest.mark.parametrize("identifiers", [{"email": ""}, {"email": 7}, {"e mail": "x"}, {"email": "x" * 321}])
def test_an_identifier_that_cannot_be_is_refused(accounts, identifiers):
    """Identifiers are text of a sensible length under a kind that is a code."""
    with pytest.raises(BadRequest):
        accounts.register("bob", identifiers=identifiers)
    assert list(accounts.accounts()) == []


def test_a_key_used_for_another_request_is_refused(accounts, ann):
    """One key, two requests: an error, and the second is not carried out."""
    accounts.submit("open_case", account=ann, by=ANN, key="k")
    with pytest.raises(KeyReused, match="Use a new key"):
        accounts.submit("open_case", account=ann, by=ANN, key="k", facts={"case_kind": "other"})
    assert accounts.account(ann).version == 2


def test_a_key_covers_texts_and_codes(accounts, ann):
    """Another text, or another code typed, makes another request."""
    lock = {"ground": "new_device"}
    accounts.submit("lock", account=ann, by=Actor.agent("a"), facts=lock)
    accounts.submit("send_unlock_code", account=ann, by=ANN)
    accounts.submit("verify", account=ann, by=ANN, code="wrong", key="k")
    with pytest.raises(KeyReused):
        accounts.submit("verify", account=ann, by=ANN, code="other", key="k")


def raises(account, names):
    """Fail, with something private in the error."""
    raise RuntimeError("card 4111 of Ann")


class TestGather:
    """The host's function misbehaves: an error, never a denial, and nothing is written."""

    @pytest.mark.parametrize(
        ("gather", "says"),
        [
            (raises, "failed for account .* with RuntimeError"),
            (lambda account, names: None, "must answer a mapping"),
            (lambda account, names: {"signed_in": "yes"}, "something unusable"),
        ],
    )
    def test_a_failing_gather_is_an_error(self, accounts, ann, gather, says):
        """Raising, answering nothing, or answering a wrong type each stop the request with one sentence."""
        with pytest.raises(GatherFailed, match=says) as caught:
            accounts.submit("deactivate", account=ann, by=ANN, gather=gather)
        assert "4111" not in str(caught.value)
        assert unchanged(accounts)

    def test_what_gather_does_not_know_is_named(self, accounts, ann):
        """Facts nobody knows are listed together, with the way to give them."""
        with pytest.raises(MissingFacts, match=r"identifier_matches, signed_in.*gather=") as caught:
            accounts.submit("deactivate", account=ann, by=ANN, gather=lambda account, names: {})
        assert caught.value.names == ("identifier_matches", "signed_in")


@pytest.mark.parametrize("at", [NAIVE, START - dt.timedelta(days=1)])
def test_reading_at_an_impossible_time_is_an_error(accounts, ann, at):
    """A read at a naive time, or before the last event, is refused."""
    with pytest.raises((NaiveTime, TimeBeforeLastEvent)):
        accounts.account(ann, at=at)


def test_unknown_names_are_refused_with_a_suggestion(accounts, ann):
    """States, capabilities, challenges and accounts that do not exist are named, with the nearest that does."""
    with pytest.raises(BadRequest, match='Did you mean "suspended"'):
        list(accounts.accounts(state="suspendet"))
    with pytest.raises(BadRequest, match='Did you mean "buy"'):
        accounts.allows(ann, "buyy")
    with pytest.raises(BadRequest, match="Known: buy"):
        accounts.allows(ann, "fly")
    with pytest.raises(BadRequest, match='Did you mean "unlock_code"'):
        accounts.code_for(ann, "unlock_kode")
    with pytest.raises(BadRequest, match="no unlock code"):
        accounts.code_for(ann, "unlock_code")
    for ask in (accounts.account, accounts.events, accounts.denials, accounts.verify):
        with pytest.raises(UnknownAccount):
            ask("nobody")


@pytest.mark.parametrize(
    ("state", "given", "says"),
    [
        ("gone", {}, "no state is called"),
        ("suspended", {}, 'needs "ground"'),
        ("suspended", {"grond": "x"}, 'Did you mean "ground"'),
        ("suspended", {"ground": "chargeback", "appeal": {"stats": "x"}}, 'Did you mean "status"'),
        ("under_appeal", {"ground": "new_device", "against": "nothing"}, "against"),
        ("pending_deletion", {"track": "slow"}, "track"),
    ],
)
def test_an_import_that_makes_no_sense_is_refused(accounts, state, given, says):
    """An unknown state or name, or something the state needs and nobody gave, stops the import."""
    with pytest.raises(BadRequest, match=says):
        accounts.import_account("bob", state=state, given=given)
    assert list(accounts.accounts()) == []


@pytest.mark.parametrize("url", ["mysql://shop", "shop", "sqlite://", "sqlite:///", ""])
def test_an_address_nobody_knows_is_refused(url):
    """An address of no known kind says which kinds there are."""
    with pytest.raises(StoreUnavailable, match="sqlite:///path"):
        Lifecycle.open(url)


def test_without_a_secret_nothing_secret_is_kept(shop):
    """Codes, identifiers and private texts need a secret; whoever opens the service without one is told."""
    with Lifecycle.open("memory:", gather=shop.gather, clock=shop.clock) as accounts:
        with pytest.raises(SecretMissing, match="keeping an identifier"):
            accounts.register("bob", identifiers={"email": "b@example.org"})
        accounts.register("bob", facts={"registration_fields": 4, "verified_by": "link", "contacts": ["phone"]})
        accounts.submit("lock", account="bob", by=Actor.agent("a"), facts={"ground": "new_device"})
        accounts.submit("send_unlock_code", account="bob", by=Actor.holder("bob"))
        with pytest.raises(SecretMissing, match="checking a code"):
            accounts.submit("verify", account="bob", by=Actor.holder("bob"), code="123456")
        with pytest.raises(SecretMissing, match="deriving a code"):
            accounts.code_for("bob", "unlock_code")
        reasons = [Evidence("statement_of_reasons", text="facts and ground")]
        with pytest.raises(SecretMissing, match="keeping a private text"):
            accounts.submit(
                "suspend", account="bob", by=Actor.reviewer("r"), facts={"ground": "harassment"}, evidence=reasons
            )
        assert accounts.submit("open_case", account="bob", by=Actor.holder("bob"), key="k").allowed
        assert accounts.submit("open_case", account="bob", by=Actor.holder("bob"), key="k").repeated


def test_a_short_secret_is_refused():
    """A secret under sixteen bytes is no secret."""
    with pytest.raises(BadRequest, match="at least 16 bytes"):
        Lifecycle.open("memory:", secret=SECRET[:5])


def test_an_invalid_policy_is_refused_at_the_door():
    """A service cannot be opened under a policy that contradicts itself."""
    import attrs

    broken = attrs.evolve(policy(), rows=tuple(row for row in policy().rows if row.trigger != "erase"))
    with pytest.raises(PolicyError, match="erase"):
        Lifecycle.open("memory:", policy=broken)


@pytest.mark.parametrize(
    "values", [{"appeal_words_hard": "200"}, {"deactivate_button_effect": "explode"}, {"hold_recheck": 5}]
)
def test_a_parameter_of_the_wrong_kind_is_refused(values):
    """Parameters check type and choice, and name themselves."""
    with pytest.raises(BadParameters, match=next(iter(values))):
        Parameters(**values)
