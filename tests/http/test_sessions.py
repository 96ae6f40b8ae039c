"""A browser's session: cookies that are signed and short-lived, forms that are ours, and headers on every answer."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from litestar import Request, get, post
from litestar.response import Redirect
from litestar.testing import TestClient
from web import Web, bearer, problem, tokens

from lifecycle.errors import BadRequest
from lifecycle.http.app import asgi
from lifecycle.http.limits import Limit
from lifecycle.http.principals import Principal
from lifecycle.http.sessions import Sessions, principal_of, require
from lifecycle.http.site import csrf_token, end_session, here, sign_in, site

REV1 = Principal("rev1", ["reviewer"], for_holders=True)


@get("/door", opt={"open": True})
async def door(request: Request) -> str:
    """A page to sign in at."""
    who = principal_of(request)
    return f"{csrf_token(request)} {who.subject if who else '-'} {here(request, '/desk')}"


@post("/door", opt={"open": True})
async def enter(request: Request) -> Redirect:
    """Sign in."""
    who = await sign_in(request, (await request.form())["token"])
    return Redirect(here(request, "/desk" if who else "/door"), status_code=303)


@get("/desk")
async def desk(request: Request) -> str:
    """A page for those who signed in."""
    return f"{csrf_token(request)} {require(request).subject}"


@post("/desk")
async def work(request: Request) -> str:
    """A form."""
    return f"done by {require(request).subject}, {(await request.form()).get('note')}"


@post("/leave")
async def leave(request: Request) -> str:
    """Sign out."""
    end_session(request)
    return "bye"


@pytest.fixture
def app(service, shop):
    """The service with a few pages in the place of the console's."""
    made = asgi(service, tokens(), console=False, sessions=Sessions(b"0" * 32, secure=False, clock=shop.clock))
    for each in (door, enter, desk, work, leave):
        made.register(each)
    return made


@pytest.fixture
def browser(app):
    """A browser that keeps cookies and follows nothing."""
    client = TestClient(app)
    client.follow_redirects = False
    return client


def signed_in(browser, name="rev1"):
    """Sign in, and return the token for forms."""
    token = browser.get("/door").text.split()[0]
    answer = browser.post("/door", data={"csrf_token": token, "token": f"lct_{name}"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    return browser.get("/desk").text.split()[0]


def test_signing_in_and_out(browser, shop):
    """A token begins a session; the session serves pages and the API; signing out ends it, also for a kept cookie."""
    problem(browser.get("/desk"), 401, "not-signed-in")
    form = signed_in(browser)
    assert browser.get("/desk").text.endswith(" rev1")
    assert browser.get("/accounts/ann").status_code == 200
    kept = browser.cookies["lifecycle_session"]
    assert browser.post("/leave", data={"csrf_token": form}).text == "bye"
    assert "lifecycle_session" not in browser.cookies
    browser.cookies.set("lifecycle_session", kept)
    problem(browser.get("/desk"), 401, "not-signed-in")


def test_a_wrong_token(browser):
    """A wrong token signs nobody in."""
    form = browser.get("/door").text.split()[0]
    answer = browser.post("/door", data={"csrf_token": form, "token": "lct_nobody_knows"})
    assert answer.headers["location"] == "/door"
    problem(browser.get("/desk"), 401, "not-signed-in")


def test_the_cookie(service):
    """The cookie is for https, for this host, out of reach of scripts, and not sent along from other sites."""
    app = asgi(service, tokens(), console=False)
    app.register(door)
    (cookie,) = TestClient(app).get("/door").headers.get_list("set-cookie")
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-lifecycle=")
    assert set(attributes) >= {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"}
    assert not [each for each in attributes if each.startswith("Domain")]


def test_a_session_ends(browser, shop):
    """A session ends half an hour after it was last used, and after eight hours anyway."""
    signed_in(browser)
    for _ in range(23):
        shop.passes(minutes=20)
        assert browser.get("/desk").status_code == 200
    shop.passes(minutes=20)
    problem(browser.get("/desk"), 401, "not-signed-in")
    signed_in(browser)
    shop.passes(minutes=31)
    problem(browser.get("/desk"), 401, "not-signed-in")


def test_a_session_ends_with_the_token(shop):
    """A session does not outlive what was shown to begin it."""
    sessions = Sessions(b"0" * 32, clock=shop.clock)
    who = Principal("rev1", ["reviewer"], until=shop.now + dt.timedelta(minutes=5))
    session = sessions.begin(who)
    text = sessions.written(session)
    assert sessions.read(text).principal == who
    assert sessions.renewed(sessions.read(text)).until == who.until
    shop.passes(minutes=5)
    assert sessions.read(text) is None


def test_signing_in_begins_another_session(browser):
    """Whoever planted a session's cookie before has nothing of the one that follows."""
    browser.get("/door")
    planted = browser.cookies["lifecycle_session"]
    signed_in(browser)
    assert browser.cookies["lifecycle_session"] != planted
    browser.cookies.set("lifecycle_session", planted)
    problem(browser.get("/desk"), 401, "not-signed-in")


def test_cookies_that_were_made_up(shop):
    """A forged, altered, cut, foreign or senseless cookie is no session."""
    sessions = Sessions(b"0" * 32, clock=shop.clock)
    good = sessions.written(sessions.begin(REV1))
    body, _, signature = good.partition(".")
    data = json.loads(base64.urlsafe_b64decode(body + "==="))
    other = base64.urlsafe_b64encode(json.dumps({**data, "roles": ["supervisor"]}).encode()).decode().rstrip("=")
    bad = [
        f"{other}.{signature}",
        f"{body}.",
        f"{body}.{signature[:-1]}",
        f"{body}.{signature}x",
        body,
        signature,
        "",
        ".",
        "\u00e9.\u00e9",
        "x" * 5000,
        Sessions(b"1" * 32, clock=shop.clock).written(sessions.begin(REV1)),
    ]
    assert [sessions.read(each) for each in bad] == [None] * len(bad)
    assert sessions.read(good).principal == REV1
    assert sessions.read(None) is None


def test_secrets_are_replaced(shop):
    """Sessions of the secret before go on; new ones are signed with the newest."""
    old = Sessions(b"0" * 32, clock=shop.clock)
    both = Sessions([b"1" * 32, b"0" * 32], clock=shop.clock)
    session = old.begin(REV1)
    assert both.read(old.written(session)) == session
    assert both.is_token(session, old.token(session))
    assert old.read(both.written(session)) is None
    with pytest.raises(BadRequest, match="16 bytes"):
        Sessions("short")


def test_forms_are_ours(browser):
    """A form without the session's own token does nothing, whoever's cookie is sent along."""
    form = signed_in(browser)
    assert browser.post("/desk", data={"csrf_token": form, "note": "hello"}).text == "done by rev1, hello"
    for data in ({}, {"csrf_token": ""}, {"csrf_token": form + "x"}, {"csrf_token": form[:-1]}):
        problem(browser.post("/desk", data={**data, "note": "x"}), 403, "cross-site")
    problem(browser.post(f"/desk?csrf_token={form}", data={"note": "x"}), 403, "cross-site")
    assert browser.post("/desk", headers={"X-CSRF-Token": form}).status_code == 201
    files = {"file": ("a.txt", b"x")}
    assert browser.post("/desk", data={"csrf_token": form, "note": "n"}, files=files).text == "done by rev1, n"
    problem(browser.post("/desk", data={"note": "n"}, files=files), 403, "cross-site")


def test_forms_of_another_session(browser, app):
    """The token of somebody else's session, or of the one before signing in, is worth nothing."""
    before = browser.get("/door").text.split()[0]
    signed_in(browser)
    problem(browser.post("/desk", data={"csrf_token": before}), 403, "cross-site")
    other = TestClient(app)
    other.follow_redirects = False
    problem(browser.post("/desk", data={"csrf_token": signed_in(other, "rev2")}), 403, "cross-site")


def test_the_api_by_cookie_needs_the_token_too(browser):
    """A script of ours sends the token in a header; without it a cookie asks for no transition."""
    form = signed_in(browser)
    headers = {"Idempotency-Key": "k", "If-Match": "*"}
    body = {"trigger": "warn", "facts": {"ground": "off_topic_reviews"}}
    path = "/accounts/ann/transitions"
    problem(browser.post(path, json=body, headers=headers), 403, "cross-site")
    answer = browser.post(path, json=body, headers={**headers, "X-CSRF-Token": form})
    assert answer.status_code in (200, 403, 409, 422)
    assert "cross-site" not in answer.text


def test_requests_of_other_sites(browser):
    """What a browser says comes from another site is refused, token or not."""
    form = signed_in(browser)
    for header in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.local:81"},
    ):
        problem(browser.post("/desk", data={"csrf_token": form}, headers=header), 403, "cross-site")
    fine = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver.local"}
    assert browser.post("/desk", data={"csrf_token": form}, headers=fine).status_code == 201


def test_signing_in_as_somebody_else_by_a_form_of_another_site(browser):
    """The sign-in form carries a token too, so nobody is signed in by another site's form."""
    browser.get("/door")
    problem(browser.post("/door", data={"token": "lct_rev1"}), 403, "cross-site")
    browser.cookies.clear()
    problem(browser.post("/door", data={"token": "lct_rev1", "csrf_token": "x"}), 403, "cross-site")


def test_guessing_at_the_door(browser, app):
    """From one address one may try ten times within five minutes."""
    app.state["lifecycle"].sign_ins = Limit(3, 300, clock=lambda: now[0])
    now = [0.0]
    form = browser.get("/door").text.split()[0]
    wrong = {"csrf_token": form, "token": "lct_wrong"}
    assert [browser.post("/door", data=wrong).status_code for _ in range(3)] == [303] * 3
    answer = browser.post("/door", data={**wrong, "token": "lct_rev1"})
    problem(answer, 429, "too-many-requests")
    assert answer.headers["retry-after"] == "100"
    now[0] = 100.0
    assert browser.post("/door", data={**wrong, "token": "lct_rev1"}).headers["location"] == "/desk"


def test_a_token_of_several_lines(browser):
    """What is pasted into the form is one token: no header can be made of it."""
    form = browser.get("/door").text.split()[0]
    for said in ("lct_x\r\nX-Lifecycle-Subject: rev1", "\x00", "é" * 100, "", " "):
        answer = browser.post("/door", data={"csrf_token": form, "token": said})
        assert (answer.status_code, answer.headers["location"]) == (303, "/door")


def test_headers_on_every_answer(web, browser):
    """Whatever is answered, a browser is told to load nothing from elsewhere, and to keep and embed nothing."""
    answers = [
        web.get("/accounts/ann"),
        web.get("/accounts/none"),
        web.get("/nothing"),
        web.client.get("/accounts/ann"),
        web.client.delete("/accounts/ann", headers=bearer("agent")),
        web.get("/events?once=true"),
        web.get("/schema/openapi.json"),
        web.ask("ann", "lock", "agent"),
        browser.get("/door"),
    ]
    for answer in answers:
        headers = answer.headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "*" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_https_only_where_there_is_https(web):
    """A browser that came by https is told to stay with it."""
    assert "strict-transport-security" not in web.get("/accounts/ann").headers
    secure = TestClient(web.app, base_url="https://testserver.local")
    assert "max-age" in secure.get("/accounts/ann", headers=bearer("agent")).headers["strict-transport-security"]


def test_limits_make_good_evenly_and_forget_names():
    """A limit gives back one try after the other, and remembers only so many names."""
    now = [0.0]
    limit = Limit(2, 10, clock=lambda: now[0])
    assert [limit.take("a") for _ in range(3)] == [0, 0, 5]
    now[0] = 5
    assert [limit.take("a"), limit.take("a"), limit.take("b")] == [0, 5, 0]
    for number in range(10_001):
        limit.take(f"n{number}")
    assert len(limit._buckets) == 10_000


def test_a_session_is_of_its_service(service):
    """Nothing of a principal is kept by the service but which sessions ended."""
    place = site(_Asked(Web(service).app))
    assert "rev1" not in repr(place.sessions)


class _Asked:
    def __init__(self, app):
        self.app = app
