"""Bad input over HTTP: broken, unknown, of another type, too large, too deep; and what nobody may find out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web import bearer, problem

HEADERS = {**bearer("agent"), "If-Match": "*", "Idempotency-Key": "k", "Content-Type": "application/json"}
PATH = "/accounts/ann/transitions"


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b"not json",
        b'{"trigger": NaN}',
        b'{"trigger": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"trigger": 1e999999}',
        b"\x00",
    ],
)
def test_what_is_no_json(web, raw):
    """A body that is no JSON is refused, however it is broken."""
    answer = web.client.post(PATH, content=raw, headers=HEADERS)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("data", [None, [], "lock", 7, True, {}])
def test_json_that_is_no_request(web, data):
    """JSON that is no object with a trigger is refused."""
    assert web.client.post(PATH, content=json.dumps(data), headers=HEADERS).status_code in (400, 422)


def test_no_body_at_all(web):
    """A request without a body is refused."""
    problem(web.client.post(PATH, headers=HEADERS), 400, "bad-request")


@pytest.mark.parametrize(
    ("asked", "mistakes"),
    [
        ("/appeals?limit=many&open=7", {"limit: must be a whole number.", "open: must be true or false."}),
        ("/appeals?limit=0", {"limit: must be a whole number of at least 1."}),
        ("/appeals?limit=201", {"limit: must be a whole number of at most 200."}),
        (f"/appeals?after={'x' * 401}", {"after: must be text of at most 400 characters."}),
        ("/accounts/ann/plan?peak=x", {"peak: must be true or false."}),
        ("/diagram.svg?account=a%40b", {"account: is not of the form that the OpenAPI document gives."}),
        (
            "/appeals?limt=5&opn=1&x=",
            {
                '"limt" is not known. Did you mean "limit"?',
                '"opn" is not known. Did you mean "open"?',
                '"x" is not known.',
            },
        ),
        ("/policy?x", {'"x" is not known.'}),
    ],
)
def test_every_mistake_in_an_address(web, asked, mistakes):
    """What an address asks for is read as strictly as a body: values and names that make no sense, all at once."""
    assert set(problem(web.get(asked), 422, "not-understood")["mistakes"]) == mistakes


@pytest.mark.parametrize("at", ["0", "1700000000", "2026-03-09", "2026-03-09T10:00:00", "x", ""])
def test_a_time_that_is_none(web, at):
    """A time is a date-time with an offset; nothing else is taken for one."""
    said = problem(web.get(f"/accounts/ann/plan?sale_at={at}"), 422, "not-understood")["detail"]
    assert said.startswith("sale_at: must be a time with an offset, such as ")


def test_a_header_that_is_too_long(web):
    """A header that makes no sense is called by its name."""
    said = problem(web.ask("ann", "lock", "agent", key="k" * 201), 422, "not-understood")
    assert said["mistakes"] == ["Idempotency-Key: must be text of at most 200 characters."]


def test_who_asks_comes_before_what(web):
    """Whoever may not ask is not told what else is wrong."""
    problem(web.get("/appeals?limt=5", "ann"), 403, "forbidden")
    problem(web.client.get("/appeals?limt=5"), 401, "not-signed-in")


def test_every_mistake_at_once(web):
    """Unknown members and wrong types are all named in one answer, each with its place."""
    data = {
        "trigger": 7,
        "tigger": "x",
        "facts": [],
        "evidence": [{"kind": "passport", "reff": "p"}, 3, {"ref": 1, "readable": "yes", "corners": 1.5}],
        "dry_run": "no",
        "identifiers": {"email": 5},
        "code": 123456,
    }
    document = problem(web.client.post(PATH, json=data, headers=HEADERS), 422, "not-understood")
    places = {mistake.partition(":")[0] for mistake in document["mistakes"]}
    assert places == {
        "body",
        "body.trigger",
        "body.facts",
        "body.evidence[0]",
        "body.evidence[1]",
        "body.evidence[2].kind",
        "body.evidence[2].ref",
        "body.evidence[2].readable",
        "body.evidence[2].corners",
        "body.dry_run",
        "body.identifiers",
        "body.code",
    }
    assert 'body: "tigger" is not known. Did you mean "trigger"?' in document["mistakes"]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_another_kind_of_body(web, kind):
    """Anything but JSON is refused by its kind, before it is read."""
    headers = {**HEADERS, "Content-Type": kind}
    problem(web.client.post(PATH, content=b'{"trigger": "lock"}', headers=headers), 415, "unsupported-media-type")


def test_too_large(web):
    """A body over the limit is refused, whether its length is announced or not."""
    large = json.dumps({"trigger": "lock", "code": "x" * 600_000}).encode()
    problem(web.client.post(PATH, content=large, headers=HEADERS), 413, "too-large")

    def pieces():
        for start in range(0, len(large), 10_000):
            yield large[start : start + 10_000]

    problem(web.client.post(PATH, content=pieces(), headers=HEADERS), 413, "too-large")
    problem(web.client.post("/replay", json={"case": "x" * 600_000}, headers=HEADERS), 413, "too-large")


def test_too_much_of_something(web):
    """What the service itself limits is refused in its words: pieces of evidence, and the length of a text."""
    several = [{"kind": "passport", "ref": f"p{n}"} for n in range(21)]
    assert "too many" in problem(web.ask("ann", "lock", "agent", evidence=several), 422, "not-understood")["detail"]
    long = [{"kind": "reasons", "text": "x" * 20_001}]
    assert "20001 bytes" in problem(web.ask("ann", "lock", "agent", evidence=long), 422, "not-understood")["detail"]


@pytest.mark.parametrize("account", ["a b", "ä", "x" * 65, "-x", "a@b.example", "%00", "a%0Ab", "..", "a%2Fb"])
def test_ids_that_are_none(web, account):
    """An id that can be no account is unknown, like any other that is not there."""
    answer = web.get(f"/accounts/{account}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def everything(web, account, who):
    """Every answer there is about an account, to somebody."""
    paths = ["", "/options", "/plan", "/events", "/timeline", "/options?role=agent", "/plan?to=nowhere"]
    answers = [web.get(f"/accounts/{account}{path}", who) for path in paths]
    answers.append(web.ask(account, "lock", who))
    answers.append(web.ask(account, "no_such_trigger", who, match=None))
    answers.append(
        web.client.post(f"/accounts/{account}/transitions", content=b"{", headers={**HEADERS, **bearer(who)})
    )
    answers.append(web.client.post(f"/accounts/{account}/transitions", content=b"x" * 600_000, headers=bearer(who)))
    return answers


@pytest.mark.parametrize("who", ["ann", "nobody"])
def test_who_may_not_know_learns_nothing(web, service, who):
    """For those who may not know, an account that exists and one that does not give the same answer, and no look is taken."""
    asked = []
    for name in ("load", "standing", "events", "denials", "remembered", "turn"):
        real = getattr(service.store, name)
        setattr(service.store, name, lambda *a, _real=real, **k: asked.append(a) or _real(*a, **k))
    there, nowhere = everything(web, "bob", who), everything(web, "no-such-account", who)
    assert [answer.status_code for answer in there] == [403] * len(there)
    assert [answer.text for answer in there] == [answer.text for answer in nowhere]
    assert [dict(answer.headers) for answer in there] == [dict(answer.headers) for answer in nowhere]
    assert asked == []
    assert list(service.denials("bob")) == []


def test_who_may_know_is_told(web):
    """Staff hear that there is no such account."""
    for path in ("", "/options", "/plan", "/events", "/timeline"):
        problem(web.get(f"/accounts/no-such-account{path}"), 404, "unknown-account")
    problem(web.ask("no-such-account", "lock", "agent", facts={"ground": "new_device"}), 404, "unknown-account")


def test_the_actor_comes_before_the_state(web, service):
    """Whoever may never do something hears only that, whatever state the account is in."""
    first = web.ask("ann", "reject", "agent")
    second = web.ask("bob", "reject", "agent")
    one, other = first.json(), second.json()
    assert (one["detail"], one["refusals"]) == (other["detail"], other["refusals"])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
_BODY = st.dictionaries(
    st.sampled_from(["trigger", "role", "facts", "evidence", "code", "identifiers", "dry_run", "x"]), _JSON, max_size=6
)


@settings(max_examples=150)
@given(body=_BODY | _JSON)
def test_no_body_breaks_anything(body):
    """Whatever JSON is sent, the answer is a problem document of the asker's, never a fault of ours."""
    web = _web()
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    answer = web.client.post(PATH, content=raw, headers=HEADERS)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def _web():
    from web import Web

    from lifecycle import Lifecycle

    if not _made:
        accounts = Lifecycle.open("memory:", secret=b"thirty-two bytes of test secret.")
        accounts.import_account("ann", state="active")
        _made.append(Web(accounts))
    return _made[0]


_made = []
