"""What identifies a person, and what is secret, stays out of the log, the events, the notices and every sentence."""

from __future__ import annotations

import logging
import sqlite3

import pytest
import structlog
from shop import SECRET

from lifecycle import Actor, Evidence, Lifecycle, log
from lifecycle.errors import BadEvidence, BadRequest

ANN = Actor.holder("ann")
PLANTED = (
    *("ann@planted.example", "+49-planted-1234", "planted words of an explanation", "planted reasons"),
    *("planted-card-4111", "planted-device"),
)


def story(accounts):
    """A life with an e-mail, a phone number, codes and written texts in it; returns the codes as well."""
    accounts.register(
        "ann",
        identifiers={"email": PLANTED[0], "phone": PLANTED[1], "device": PLANTED[5]},
        facts={"registration_fields": 4, "verified_by": "link"},
        key="r1",
    )
    accounts.identify("ann", {"payment": PLANTED[4]}, facts={"signed_in": True}, key="i1")
    accounts.submit("lock", account="ann", by=Actor.agent("a1"), facts={"ground": "new_device"})
    accounts.submit("send_unlock_code", account="ann", by=ANN)
    code = accounts.code_for("ann", "unlock_code")
    accounts.submit("verify", account="ann", by=ANN, code=code, key="v1")
    reasons = [Evidence("statement_of_reasons", text=PLANTED[3])]
    accounts.submit("suspend", account="ann", by=Actor.reviewer("r1"), facts={"ground": "harassment"}, evidence=reasons)
    evidence = [Evidence("passport", "p1"), Evidence("explanation", text=PLANTED[2])]
    accounts.submit("appeal", account="ann", by=ANN, evidence=evidence, key="a1")
    return (*PLANTED, code)


@pytest.fixture
def stored(shop, tmp_path):
    """The story on a SQLite file, with its path."""
    path = tmp_path / "a.db"
    accounts = Lifecycle.open(f"sqlite:///{path}", secret=SECRET, gather=shop.gather, clock=shop.clock)
    yield accounts, path, story(accounts)
    accounts.close()


def test_no_planted_word_is_in_the_database(stored):
    """Searched byte by byte, file and write-ahead log hold neither identifiers nor texts nor codes."""
    accounts, path, planted = stored
    accounts.close()
    everything = b"".join(p.read_bytes() for p in path.parent.iterdir())
    for word in planted[:-1]:
        assert word.encode() not in everything
    rows = sqlite3.connect(path).execute("SELECT body FROM lifecycle_event").fetchall()
    assert not any(planted[-1] in body for (body,) in rows)


def test_texts_can_be_read_back_with_the_secret(stored):
    """The statement of reasons is there for whoever may read it, by the reference its event gives."""
    accounts, _, _ = stored
    suspended = next(e for e in accounts.events("ann") if e.trigger == "suspend")
    assert accounts.text("ann", suspended.evidence[0]["ref"]) == PLANTED[3]
    assert accounts.text("ann", "email") == PLANTED[0]
    with pytest.raises(BadRequest, match="has no text"):
        accounts.text("ann", "text-99-1")


def test_erasing_makes_texts_unreadable(accounts, ann, shop):
    """After the erasure the key is gone: nothing of the person can be read, and the log still verifies."""
    accounts.submit("request_closure", account=ann, by=ANN)
    accounts.submit("confirm_closure", account=ann, by=ANN, code=accounts.code_for(ann, "closure_link"))
    assert accounts.text(ann, "email") == "ann@example.org"
    shop.passes(days=5)
    assert accounts.settle(ann)[-1].trigger == "erase"
    assert accounts.account(ann).erased
    with pytest.raises(BadRequest, match="or it was erased"):
        accounts.text(ann, "email")
    assert accounts.store.account_key(ann) is None
    assert not accounts.verify().damage
    again = {"registration_fields": 4, "verified_by": "link"}
    assert accounts.register("bob", identifiers={"email": "ann@example.org"}, facts=again).allowed


def test_no_text_is_kept_with_an_erased_account(accounts, ann, shop):
    """A text brought to an erased account is refused rather than kept under a new key."""
    accounts.import_account("gone", state="deleted")
    shop.passes(days=2)
    accounts.settle("gone")
    with pytest.raises(BadEvidence, match="erased for good"):
        accounts._account_key(accounts.account("gone"), [Evidence("reasons", text="x")], None)


def test_an_account_closed_while_suspended_keeps_its_email_reserved(accounts, ann, shop):
    """Deletion is no way round a suspension: the e-mail of a permanently suspended account stays taken."""
    reasons = [Evidence("statement_of_reasons", text="facts"), Evidence("reasons", text="why")]
    accounts.submit("suspend", account=ann, by=Actor.reviewer("r"), facts={"ground": "harassment"}, evidence=reasons)
    accounts.submit(
        "make_permanent", account=ann, by=Actor.reviewer("r"), facts={"knowing_breach": True}, evidence=reasons[1:]
    )
    accounts.submit("close_suspended", account=ann, by=Actor.agent("a"), facts={"asked_by_holder": True})
    shop.passes(days=9)
    accounts.settle(ann)
    assert accounts.account(ann).erased
    again = {"registration_fields": 4, "verified_by": "link"}
    decision = accounts.register("bob", identifiers={"email": "Ann@Example.org"}, facts=again)
    assert [r.code for r in decision.refusals] == ["identity_is_not_banned"]


def test_the_standard_log_holds_no_planted_word(shop, caplog):
    """At the most talkative level, lines name account, trigger and outcome, and nothing else of the request."""
    with caplog.at_level(logging.DEBUG), Lifecycle.open("memory:", secret=SECRET, clock=shop.clock) as accounts:
        planted = story(accounts)
        accounts.submit("reactivate", account="ann", by=ANN)
    lines = [record.getMessage() for record in caplog.records if record.name == "lifecycle"]
    assert any("transition_taken" in line and "trigger='appeal'" in line for line in lines)
    assert any("transition_refused" in line and "not_from_this_state" in line for line in lines)
    for word in planted:
        assert word not in caplog.text


def test_linked_accounts_tell_nothing_of_each_other(shop, tmp_path, caplog):
    """Where accounts share what they are known by, events, notices, denials, lines and errors name kinds only."""
    path = tmp_path / "a.db"
    seen = []
    with (
        caplog.at_level(logging.DEBUG),
        Lifecycle.open(f"sqlite:///{path}", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts,
    ):
        planted = story(accounts)
        verified = {"registration_fields": 4, "verified_by": "link"}
        shared = {"phone": PLANTED[1], "payment": PLANTED[4], "device": PLANTED[5]}
        seen.append(accounts.register("bob", identifiers={"email": PLANTED[0]}, facts=verified))
        seen.append(accounts.register("bob", identifiers=shared, facts=verified))
        seen.append(accounts.identify("bob", {"email": PLANTED[0]}))
        with pytest.raises(BadRequest) as caught:
            accounts.identify("bob", {"phone": PLANTED[1] * 99})
        with pytest.raises(BadRequest) as also:
            accounts.identify("bob", {PLANTED[4]: "x"})
        for account in ("ann", "bob"):
            seen += [*accounts.events(account), *accounts.denials(account), *accounts.outbox(account)]
            seen.append(accounts.account(account))
    assert [decision.allowed for decision in seen[:3]] == [False, True, False]
    assert "multi_account_during_appeal" in str(seen)
    everything = b"".join(p.read_bytes() for p in path.parent.iterdir())
    for word in planted:
        assert word not in f"{seen} {list(map(str, seen))} {caught.value} {also.value} {caplog.text}"
        assert word == planted[-1] or word.encode() not in everything


def test_a_configured_structlog_is_used(shop, ann, accounts):
    """Where the host has configured structlog, the lines go there, one for each stored decision."""
    with structlog.testing.capture_logs() as nothing:
        accounts.submit("open_case", account=ann, by=ANN, dry_run=True)
    assert nothing == []
    old = structlog.get_config()
    structlog.configure()
    try:
        with structlog.testing.capture_logs() as lines:
            accounts.submit("request_closure", account=ann, by=ANN)
            shop.passes(days=4)
            accounts.settle(ann)
            accounts.submit("open_case", account=ann, by=ANN)
    finally:
        structlog.configure(**old)
        structlog.reset_defaults()
    assert [line["event"] for line in lines] == ["transition_taken", "timers_settled", "transition_taken"]
    assert not log.NEVER & {key for line in lines for key in line}


def test_forbidden_keys_are_scrubbed():
    """The processor takes a forbidden key out of a line and leaves the rest."""
    assert log.scrub(None, "info", {"event": "x", "code": "123456", "account": "ann"}) == {
        "event": "x",
        "account": "ann",
    }


def test_reprs_hide_what_is_private():
    """Evidence and vault show neither texts nor secrets when printed."""
    assert "planted" not in repr(Evidence("explanation", text="planted"))
    assert SECRET.decode() not in repr(Lifecycle.open("memory:", secret=SECRET)._vault)
