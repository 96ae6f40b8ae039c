"""Asking for a transition over HTTP: taken, refused, repeated, out of date, badly asked, or not the asker's to ask."""

from __future__ import annotations

import pytest
from web import SIGN_UP, Web, bearer, problem

from lifecycle import Actor, Evidence, State

LOCK = {"ground": "new_device"}
APPEAL = [
    Evidence("passport", "p1"),
    Evidence("explanation", text="It was not me."),
    Evidence("written_commitment", "w1"),
]


def appealed(service):
    """Bob appeals against his suspension."""
    service.submit("appeal", account="bob", by=Actor.holder("bob"), evidence=APPEAL).raise_for_denial()


def test_a_step_is_taken(web, service):
    """What is allowed is done, recorded under the asker's subject, and the answer carries the new version."""
    answer = web.ask("ann", "lock", "agent", match='"1"', facts=LOCK)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["allowed"], said["by"], said["account"]["state"]) == (True, "agent:agent1", "security_locked")
    assert [(step["trigger"], step["from"], step["to"]) for step in said["events"]] == [
        ("lock", "active", "security_locked")
    ]
    assert answer.headers["etag"] == '"2"' == web.get("/accounts/ann").headers["etag"]
    assert [str(event.by) for event in service.events("ann")] == ["holder:ann", "agent:agent1"]


def test_a_refusal_says_everything(web, service):
    """A refusal is 409 with every unmet condition, its value, its limit and what to do; it is kept as a denial."""
    appealed(service)
    document = problem(
        web.ask("bob", "reject", "rev1", evidence=[{"kind": "reasons", "text": "no"}]), 409, "guard-failed"
    )
    (refusal,) = document["refusals"]
    assert refusal["code"] == "decider_is_somebody_else"
    assert refusal["value"] == {"decided_before": ["reviewer:rev1"]}
    assert refusal["remedy"] in document["detail"]
    assert [denial.codes for denial in service.denials("bob")] == [("decider_is_somebody_else",)]


def test_four_eyes_are_two_people_whatever_their_roles(web, service):
    """Who suspended an account cannot decide its appeal in another role either; a colleague can."""
    appealed(service)
    reasons = [{"kind": "reasons", "text": "The reports were right."}]
    refused = problem(web.ask("bob", "reject", "both", role="reviewer", evidence=reasons), 409, "guard-failed")
    assert refused["refusals"][0]["code"] == "decider_is_somebody_else"
    assert web.ask("bob", "reject", "rev2", evidence=reasons).status_code == 200


def test_not_from_this_state(web):
    """What nobody can do as the account stands is 409 of another type."""
    document = problem(web.ask("ann", "reject"), 409, "not-allowed-here")
    assert [each["code"] for each in document["refusals"]] == ["not_from_this_state"]


def test_a_role_that_may_not(web):
    """What this role may never do is 403, whatever state the account is in."""
    document = problem(web.ask("ann", "reject", "agent"), 403, "forbidden-actor")
    assert [each["code"] for each in document["refusals"]] == ["role_may_never"]
    document = problem(web.ask("bob", "reject", "rules"), 403, "forbidden-actor")
    assert [each["code"] for each in document["refusals"]] == ["role_may_never"]


def test_a_request_is_done_once(web, service):
    """The same request under the same key gets the same answer, and nothing happens twice."""
    first = web.ask("ann", "lock", "agent", key="k1", facts=LOCK)
    second = web.ask("ann", "lock", "agent", key="k1", facts=LOCK)
    assert (first.json()["repeated"], second.json()["repeated"]) == (False, True)
    assert second.json()["events"] == first.json()["events"]
    assert len(list(service.events("ann"))) == 2


def test_a_repeated_request_outlives_its_version(web):
    """Whoever did not hear the answer repeats the request with the version it was made on, and hears it."""
    web.ask("ann", "lock", "agent", key="k1", match='"1"', facts=LOCK)
    assert web.ask("ann", "lock", "agent", key="k1", match='"1"', facts=LOCK).json()["repeated"]


def test_a_refusal_is_repeated_too(web, service):
    """A refused request under its key is refused again in the same words."""
    first = problem(web.ask("ann", "unlock", "agent", key="k1"), 409, "not-allowed-here")
    second = problem(web.ask("ann", "unlock", "agent", key="k1"), 409, "not-allowed-here")
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert first["refusals"] == second["refusals"]
    assert len(list(service.denials("ann"))) == 1


def test_a_reused_key(web):
    """A key that was used for another request is refused."""
    web.ask("ann", "lock", "agent", key="k1", facts=LOCK)
    problem(web.ask("ann", "lock", "agent", key="k1", facts={"ground": "foreign_login"}), 422, "key-reused")


def test_a_key_belongs_to_who_asks(web):
    """Somebody else's key of the same text is another key: nobody hears what another asked."""
    web.ask("ann", "lock", "agent", key="k1", facts=LOCK)
    assert web.ask("ann", "lock", "rules", key="k1", facts=LOCK).json()["type"].endswith("not-allowed-here")


@pytest.mark.parametrize("key", [None, "", "x" * 201])
def test_a_key_is_needed(web, key):
    """Without a key that can be kept nothing is done."""
    headers = {**bearer("agent"), "If-Match": "*"} | ({} if key is None else {"Idempotency-Key": key})
    body = {"trigger": "lock", "facts": LOCK}
    answer = web.client.post("/accounts/ann/transitions", headers=headers, json=body)
    assert answer.status_code in (400, 422)
    assert web.get("/accounts/ann").headers["etag"] == '"1"'


def test_people_say_what_they_saw(web):
    """People must name the version they decided on; services need not."""
    problem(web.ask("ann", "lock", "agent", match=None, facts=LOCK), 428, "precondition-required")
    assert web.ask("ann", "lock", "rules", match=None, facts=LOCK).status_code == 200


@pytest.mark.parametrize("match", ['"2"', '"0"', "1", "W/1", "x", '"1", "2"', '"-1"', '"9999999999999999999"'])
def test_another_version(web, service, match):
    """Whoever decided on another version, or on none, decides nothing."""
    problem(web.ask("ann", "lock", "agent", match=match, facts=LOCK), 412, "stale-version")
    assert service.account("ann").version == 1


def test_the_version_counts_timers_that_came_due(web, service, shop):
    """The version that was read includes the timers due by then, so deciding on it is deciding on that."""
    before = web.get("/accounts/ann").headers["etag"]
    web.ask("ann", "request_closure", "shop", role="holder").raise_for_status()
    shop.passes(days=4)
    seen = web.get("/accounts/ann").headers["etag"]
    assert before != seen
    problem(web.ask("ann", "lock", "agent", match='"2"', facts=LOCK), 412, "stale-version")
    assert web.ask("ann", "lock", "agent", match=seen, facts=LOCK).status_code == 200
    assert service.verify().damage == ()


def test_a_dry_run_writes_nothing(web, service):
    """A dry run decides, needs no key, and leaves nothing behind."""
    headers = {**bearer("agent"), "If-Match": "*"}
    body = {"trigger": "lock", "facts": LOCK, "dry_run": True}
    said = web.client.post("/accounts/ann/transitions", headers=headers, json=body).json()
    assert (said["allowed"], said["dry_run"], said["account"]["state"]) == (True, True, "security_locked")
    assert service.account("ann").state is State.ACTIVE


def test_several_roles(web):
    """Whoever has several roles says in which they act; a role they do not have is not theirs."""
    document = problem(web.ask("ann", "reject", "both"), 422, "not-understood")
    assert "reviewer, supervisor" in document["detail"]
    problem(web.ask("ann", "lock", "rev1", role="agent", facts=LOCK), 403, "forbidden-actor")
    problem(web.ask("ann", "lock", "rev1", role="king", facts=LOCK), 422, "not-understood")


def test_registering(web, service):
    """A service of the shop's registers an account for its holder, with identifiers that are kept as hashes."""
    said = web.ask("eve", "register", "shop", role="holder", facts=SIGN_UP, identifiers={"email": "eve@example.org"})
    assert said.status_code == 200, said.text
    assert said.json()["by"] == "holder:eve"
    assert service.account("eve").state is State.ACTIVE
    assert "example.org" not in web.get("/accounts/eve/events").text
    problem(web.ask("zoe", "register", "shop", role="holder", match='"3"', facts=SIGN_UP), 412, "stale-version")
    again = web.ask("eve", "register", "shop", role="holder", facts=SIGN_UP)
    problem(again, 409, "already-registered")


def test_identifiers_belong_to_two_triggers(web, service):
    """An identifier is added by a step that takes one, and refused by any other."""
    added = web.ask("ann", service.policy.doors.identify, "shop", role="holder", identifiers={"device": "d-17"})
    assert added.status_code == 200, added.text
    problem(web.ask("ann", "lock", "agent", facts=LOCK, identifiers={"phone": "1"}), 422, "not-understood")
    late = web.ask("ann", "add_identifier", "shop", role="holder", match='"1"', identifiers={"device": "d-18"})
    problem(late, 412, "stale-version")


def test_a_service_may_speak_for_holders(web, service):
    """The shop's backend acts as the holder, another service may not."""
    assert web.ask("ann", "deactivate", "shop", role="holder").json()["by"] == "holder:ann"
    problem(web.ask("ann", "reactivate", "rules", role="holder"), 403, "forbidden-actor")


def test_a_holder_acts_on_their_own_account(web, service):
    """A holder needs no role and no version for their own account."""
    assert web.ask("ann", "deactivate", "ann", match=None).json()["by"] == "holder:ann"


def test_a_holder_does_not_say_what_must_be_found_out(web, service, shop):
    """A holder's word on facts would open any door: it is refused, unless the service lets him say that one."""
    shop.facts["signed_in"] = False
    said = problem(
        web.ask("ann", "deactivate", "ann", facts={"signed_in": True, "identity_proven": True}), 403, "not-yours-to-say"
    )
    assert said["named"] == ["the fact identity_proven", "the fact signed_in"]
    refused = problem(web.ask("ann", "deactivate", "ann"), 409, "guard-failed")
    assert "signed_in" in [each["code"] for each in refused["refusals"]] or refused["refusals"]
    lenient = Web(service, holder_facts=["signed_in"])
    assert lenient.ask("ann", "deactivate", "ann", facts={"signed_in": True}).status_code == 200


def test_a_holder_does_not_judge_evidence(web):
    """Whether a document is legible is for others to say."""
    evidence = [{"kind": "passport", "ref": "p1", "readable": False, "words": 3}]
    said = problem(web.ask("ann", "appeal", "ann", evidence=evidence), 403, "not-yours-to-say")
    assert said["named"] == ["readable of evidence[0]", "words of evidence[0]"]


def test_missing_facts_are_named(service, web):
    """What cannot be decided without a fact names it."""
    service._gather = None
    document = problem(web.ask("ann", "deactivate", "shop", role="holder"), 422, "facts-missing")
    assert "signed_in" in document["needs"]
    assert document["detail"] == f'"deactivate" cannot be decided without: {", ".join(document["needs"])}.'


def test_every_wrong_fact_and_every_wrong_document_at_once(web):
    """Facts and evidence that make no sense are all named in one answer, each by its name or place."""
    facts = {"grond": "x", "ground": ["new_device"], "code_right": True, "signal_count": 3}
    evidence = [{"kind": "pasport", "ref": "a"}, {"kind": "passport", "ref": "a b"}, {"kind": "passport", "ref": "p1"}]
    document = problem(web.ask("ann", "lock", "agent", facts=facts, evidence=evidence), 422, "not-understood")
    assert [mistake.partition(".")[0] for mistake in document["mistakes"]] == [
        'no fact is called "grond"',
        'the fact "ground" must be a code, not a value of type list',
        'the fact "code_right" is worked out by the service and cannot be given',
        'evidence[0]: no evidence is of the kind "pasport"',
        "evidence[1]: the ref of evidence must be a code or an opaque reference without spaces",
    ]
    only = problem(web.ask("ann", "lock", "agent", facts=LOCK, evidence=evidence[:1]), 422, "not-understood")
    assert only["mistakes"] == ['evidence[0]: no evidence is of the kind "pasport". Did you mean "passport"?']
    text = [{"kind": "passport", "text": "words"}]
    said = problem(web.ask("ann", "lock", "agent", facts=LOCK, evidence=text), 422, "not-understood")["mistakes"]
    assert len(said) == 1
    assert "passport" in said[0]


def test_unknown_triggers_and_facts(web):
    """A word the policy does not know is refused with the nearest one."""
    assert 'Did you mean "lock"' in problem(web.ask("ann", "lokc", "agent"), 422, "not-understood")["detail"]
    document = problem(web.ask("ann", "lock", "agent", facts={"grond": "x"}), 422, "not-understood")
    assert "grond" in document["detail"]


def test_texts_are_kept_and_never_told(web, service):
    """A written text is kept encrypted; neither the answer nor the log repeats it."""
    appealed(service)
    text = "A sentence nobody else should read."
    evidence = [{"kind": "reasons", "text": text}]
    answer = web.ask("bob", "reject", "rev2", evidence=evidence)
    assert answer.status_code == 200
    refs = [each["ref"] for each in web.get("/accounts/bob/events").json()["events"][-1]["evidence"]]
    assert service.text("bob", refs[0]) == text
    assert text not in answer.text + web.get("/accounts/bob/events").text + web.get("/accounts/bob/timeline").text


def test_tries_at_codes_are_limited(web, service):
    """Codes can be tried or asked for ten times within ten minutes; then one waits, whatever the account says."""
    answers = [web.ask("ann", "confirm_closure", "ann", code="000000") for _ in range(11)]
    assert 429 not in [answer.status_code for answer in answers[:10]]
    problem(answers[10], 429, "too-many-requests")
    assert 0 < int(answers[10].headers["retry-after"]) <= 60
    assert web.ask("ann", "deactivate", "ann").status_code == 200


def test_tries_are_counted_for_people_and_accounts(web, service):
    """A person of the staff who tries codes on many accounts is stopped; the shop's backend asks for all its holders."""
    for number in range(12):
        service.import_account(f"many{number}", state="active")
    for who in ("shop", "agent"):
        said = [
            web.ask(f"many{n}", "confirm_closure", who, code="000000", role="holder" if who == "shop" else "agent")
            for n in range(12)
        ]
        assert [answer.status_code == 429 for answer in said] == [who == "agent" and n > 9 for n in range(12)]


def test_registering_needs_no_role(web):
    """Whoever registers an account does so as its holder, however many roles they have."""
    facts = {"registration_fields": 4, "verified_by": "link"}
    answer = web.ask("dora", "register", "shop", match=None, facts=facts)
    assert (answer.status_code, answer.json()["by"]) == (200, "holder:dora")
    problem(web.ask("dora", "deactivate", "shop", match=None), 422, "not-understood")


def test_many_at_once_move_an_account_once(web, service):
    """Sixteen reviewers who saw the same version decide at once: one is taken, the others are out of date."""
    from concurrent.futures import ThreadPoolExecutor

    appealed(service)
    tag = web.get("/accounts/bob").headers["etag"]
    reasons = [{"kind": "reasons", "text": "The reports were right."}]
    with web.client, ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(web.ask, "bob", "reject", "rev2", match=tag, evidence=reasons) for _ in range(16)]
        answers = [each.result() for each in asked]
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 15
    assert [event.trigger for event in service.events("bob")].count("reject") == 1
