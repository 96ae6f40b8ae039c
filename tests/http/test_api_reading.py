"""What may be asked over HTTP: an account, its options, plan, log and timeline, the queue, the rules, how all is going."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
import structlog
from shop import SECRET, Shop
from test_api_transitions import LOCK, appealed
from web import SUSPENDED, Web, bearer, problem

from lifecycle import Actor, Lifecycle
from lifecycle.documents import moment
from lifecycle.errors import StoreUnavailable
from lifecycle.http.app import ending
from lifecycle.http.examples import CASE
from lifecycle.store.taking import Taken
from lifecycle.telemetry import Telemetry


def test_how_an_account_stands(web):
    """State, version and timers; the version is the ETag, and what did not change is not sent again."""
    answer = web.get("/accounts/bob", "agent")
    assert answer.json()["account"]["state"] == "suspended"
    assert answer.headers["etag"] == f'"{answer.json()["account"]["version"]}"'
    again = web.get("/accounts/bob", "agent", **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert web.get("/accounts/bob", "agent", **{"If-None-Match": '"99"'}).status_code == 200


def test_asked_for_the_head_only(web):
    """HEAD is answered like GET, without the body, even by what would go on and on; what cannot be asked for is not."""
    for path in ("/accounts/bob", "/health", "/policy", "/schema/openapi.json", "/events?once=true", "/nowhere"):
        whole, head = web.get(path), web.client.head(path, headers=bearer("rev1"))
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers.get("etag") == whole.headers.get("etag")
        assert head.headers["content-security-policy"] == whole.headers["content-security-policy"]
    assert web.client.head("/health").status_code == 401
    assert web.client.head("/accounts/ann/transitions", headers=bearer("rev1")).status_code == 405


def test_what_can_happen_next(web, service):
    """Every step of every role of the asker, allowed or refused, with what each guard says."""
    appealed(service)
    said = web.get("/accounts/bob/options", "both").json()["options"]
    assert {option["by"] for option in said} == {"reviewer:rev1", "supervisor:rev1"}
    (reject,) = [option for option in said if option["trigger"] == "reject" and option["by"] == "reviewer:rev1"]
    assert reject["allowed"] is False
    assert {guard["code"]: guard["met"] for guard in reject["guards"]}["decider_is_somebody_else"] is False
    assert {option["allowed"] for option in web.get("/accounts/ann/options", "ann").json()["options"]} >= {True, False}
    only = web.get("/accounts/bob/options?role=reviewer", "both").json()["options"]
    assert {option["by"] for option in only} == {"reviewer:rev1"}
    assert [o for o in said if o["by"] == "reviewer:rev1"] == only


def test_options_of_a_holder_and_of_a_service_for_holders(web):
    """A holder sees their own options, and so does the shop's backend for them."""
    own = web.get("/accounts/ann/options", "ann").json()["options"]
    assert {option["by"] for option in own} == {"holder:ann"}
    assert web.get("/accounts/ann/options?role=holder", "shop").json()["options"] == own
    problem(web.get("/accounts/ann/options?role=agent", "ann"), 403, "forbidden-actor")
    problem(web.get("/accounts/ann/options?role=x", "ann"), 422, "not-understood")


def test_the_ways_out(web):
    """The plan is that of the library; a state nobody plans to be in is refused in words."""
    said = web.get("/accounts/bob/plan").json()
    assert said["ways"]
    assert (said["from"], said["to"]) == ("suspended", "active")
    problem(web.get("/accounts/bob/plan?to=nowhere"), 422, "not-understood")
    problem(web.get("/accounts/bob/plan?sale_at=2026-03-09T09:00:00"), 422, "not-understood")
    assert web.get("/accounts/bob/plan?sale_at=2026-03-09T09:00:00Z").json()["sale_at"] == "2026-03-09T09:00:00Z"


def test_the_log_page_by_page(web, service):
    """Events come whole and in order; each page says where the next begins."""
    for _ in range(3):
        service.submit("lock", account="ann", by=Actor.agent("a"), facts=LOCK)
        service.submit("unlock", account="ann", by=Actor.system("rules"))
        service.submit("warn", account="ann", by=Actor.agent("a"), facts={"ground": "off_topic_reviews"})
    everything = web.get("/accounts/ann/events").json()
    assert [event["version"] for event in everything["events"]] == list(range(1, service.account("ann").version + 1))
    assert everything["next"] is None
    found, after = [], 0
    while after is not None:
        page = web.get(f"/accounts/ann/events?limit=2&after={after}").json()
        found, after = found + page["events"], page["next"]
    assert found == everything["events"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1", "after=x"])
def test_pages_that_cannot_be(web, query):
    """A page of no or of too many events is refused."""
    problem(web.get(f"/accounts/ann/events?{query}"), 422, "not-understood")


def test_the_timeline(web, service, shop):
    """Taken steps and refused attempts stand in one line, with the time between them and the timers ahead."""
    appealed(service)
    shop.passes(hours=2)
    web.ask("bob", "reject", "rev1", evidence=[{"kind": "reasons", "text": "no"}])
    said = web.get("/accounts/bob/timeline").json()
    last = said["timeline"][-1]
    assert [beat["trigger"] for beat in said["timeline"]] == ["import", "appeal", "reject"]
    assert [beat["kind"] for beat in said["timeline"]] == ["taken", "taken", "refused"]
    assert last["gap_seconds"] == 7200
    assert last["refusals"] == [
        {"code": "decider_is_somebody_else", "sentence": "Whoever decides now did not decide before."}
    ]
    assert {timer["timer"] for timer in said["ahead"]} == {t.name for t in service.account("bob").timers}
    short = web.get("/accounts/bob/timeline?limit=1").json()
    assert (short["timeline"], short["earlier"]) == ([last], 2)


def test_a_fired_timer_is_told_as_such(web, service, shop):
    """What happened by itself is told apart from what somebody did."""
    service.submit("request_closure", account="ann", by=Actor.holder("ann")).raise_for_denial()
    shop.passes(days=4)
    service.settle("ann")
    kinds = {beat["trigger"]: beat["kind"] for beat in web.get("/accounts/ann/timeline").json()["timeline"]}
    assert kinds["request_closure"] == "taken"
    assert "fired" in kinds.values()


def test_the_log_is_for_staff(web):
    """A holder does not read what was observed of him, nor who decided."""
    for path in ("events", "timeline"):
        problem(web.get(f"/accounts/ann/{path}", "ann"), 403, "forbidden")
    for path in ("/appeals", "/events", "/metrics"):
        problem(web.get(path, "ann"), 403, "forbidden")


# --- the queue ---------------------------------------------------------------------------------------------------


@pytest.fixture
def many(service, shop):
    """Seven appeals, one an hour, on a Monday."""
    from test_api_transitions import APPEAL

    for number in range(7):
        name = f"acc{number}"
        service.import_account(name, state="suspended", given=SUSPENDED)
        service.submit("appeal", account=name, by=Actor.holder(name), evidence=APPEAL).raise_for_denial()
        shop.passes(hours=1)
    return service


def test_the_queue_page_by_page(web, many):
    """The appeals due first come first, each once, however small the pages."""
    everything = web.get("/appeals").json()["appeals"]
    assert [each["account"] for each in everything] == [f"acc{n}" for n in range(7)]
    assert [each["due"] for each in everything] == sorted(each["due"] for each in everything)
    found, after = [], ""
    while after is not None:
        page = web.get(f"/appeals?limit=2{after}").json()
        found += page["appeals"]
        after = None if page["next"] is None else f"&after={page['next']}"
    assert found == everything


def test_what_is_overdue_goes_by_the_policys_calendar(web, many, shop):
    """An appeal is overdue after the policy's time, in its working days, as health counts them."""
    assert not any(each["overdue"] for each in web.get("/appeals").json()["appeals"])
    shop.passes(days=30)
    appeals = web.get("/appeals").json()["appeals"]
    assert all(each["overdue"] for each in appeals)
    assert web.get("/health").json()["appeals"]["overdue"] == len(appeals)


def test_an_escalated_appeal_keeps_its_place_by_when_it_is_due(web, many, shop):
    """Escalated appeals have another time; the queue is one all the same, in the order of what is due."""
    many.submit("reject", account="acc3", by=Actor.reviewer("r9"), evidence=[_text("reasons")]).raise_for_denial()
    shop.passes(hours=1)
    evidence = [_text("explanation"), {"kind": "order_screenshots", "ref": "new"}]
    evidence = [each if not isinstance(each, dict) else _evidence(**each) for each in evidence]
    many.submit("escalate", account="acc3", by=Actor.holder("acc3"), evidence=evidence).raise_for_denial()
    appeals = web.get("/appeals").json()["appeals"]
    assert [each["account"] for each in appeals if each["escalated"]] == ["acc3"]
    assert [each["due"] for each in appeals] == sorted(each["due"] for each in appeals)
    assert len(appeals) == 7


def _text(kind):
    return _evidence(kind, text="for good reasons")


def _evidence(kind, ref="", text=None):
    from lifecycle import Evidence

    return Evidence(kind, ref, text=text)


def test_who_has_taken_an_appeal(web, many):
    """The queue tells who has taken an appeal and since when; given back or decided, nobody has it."""
    number = next(each["number"] for each in web.get("/appeals").json()["appeals"] if each["account"] == "acc2")
    taken = Taken("acc2", number, "rev2", web.accounts.clock())
    assert web.accounts.store.take(taken)
    found = {each["account"]: each["taken"] for each in web.get("/appeals").json()["appeals"]}
    assert found.pop("acc2") == {"by": "rev2", "at": moment(taken.at)}
    assert set(found.values()) == {None}
    assert web.accounts.store.take(Taken("acc2", number, "", taken.at), instead_of="rev2")
    assert all(each["taken"] is None for each in web.get("/appeals").json()["appeals"])


def test_decided_appeals(web, many):
    """Those that were decided can be listed too, with their outcome."""
    many.submit("reject", account="acc3", by=Actor.reviewer("r9"), evidence=[_text("reasons")]).raise_for_denial()
    (decided,) = web.get("/appeals?open=false").json()["appeals"]
    assert (decided["account"], decided["overdue"], decided["due"]) == ("acc3", False, None)
    assert decided["decided_at"] is not None


@pytest.mark.parametrize("after", ["x", "YQ", "MjAyNnxhfDE", "====", "MjAyNi0wMS0wMVQwMDowMDowMHxhfDE", "é"])
def test_a_place_that_is_none(web, after):
    """A place in the queue that was made up is refused."""
    problem(
        web.client.get("/appeals", params={"after": after}, headers=web.get("/health").request.headers),
        422,
        "not-understood",
    )


# --- following the log -------------------------------------------------------------------------------------------


def told(text):
    """The events of a stream: place and data."""
    return [(i, json.loads(d)) for i, d in re.findall(r"id: (.*)\nevent: lifecycle\ndata: (.*)\n", text)]


def test_following_the_log(web, service):
    """The log of all accounts is told in its order; whoever gives the last place they saw misses and repeats none."""
    service.submit("lock", account="ann", by=Actor.agent("a"), facts=LOCK)
    answer = web.get("/events?once=true")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = told(answer.text)
    assert [(data["account"], data["trigger"]) for _, data in events] == [
        ("ann", "register"),
        ("bob", "import"),
        ("ann", "lock"),
    ]
    for n, (place, _) in enumerate(events):
        assert told(web.get("/events?once=true", **{"Last-Event-ID": place}).text) == events[n + 1 :]
        assert told(web.get(f"/events?once=true&after={place}").text) == events[n + 1 :]


def test_following_in_pages(web, service, monkeypatch):
    """More events than fit a page are all told, each once."""
    from lifecycle.http import following

    monkeypatch.setattr(following, "PAGE", 3)
    for number in range(10):
        service.import_account(f"n{number}", state="active")
    places = [place for place, _ in told(web.get("/events?once=true").text)]
    assert len(places) == len(set(places)) == 12


def test_a_place_in_the_log_that_is_none(web):
    """A place that was made up is refused before anything is told."""
    said = problem(web.get("/events?once=true", **{"Last-Event-ID": "elsewhere"}), 422, "not-understood")["detail"]
    assert said == "This is no place in the log: send the id of an event as you heard it."


def test_who_follows_is_let_go(web):
    """Once the server is about to end, whoever follows hears what there is and no more, and does not keep it up."""
    ending(web.app)
    assert len(told(web.get("/events").text)) == 2
    assert web.app.state["lifecycle"].following == 0


def test_only_so_many_follow(service):
    """A further one is told to come later."""
    web = Web(service)
    web.app.state["lifecycle"].streams = 0
    problem(web.get("/events"), 429, "too-many-requests")


# --- the rules ---------------------------------------------------------------------------------------------------


def test_the_policy(web, service):
    """Every row with its sentence, every guard and every parameter."""
    answer = web.get("/policy", "ann")
    said, tag = answer.json(), answer.headers["etag"]
    again = web.get("/policy", "ann", **{"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert web.get("/policy", "ann", **{"If-None-Match": '"other"'}).json() == said
    assert len(said["rows"]) == len(service.policy.rows)
    assert set(said["guards"]) == {guard.name for guard in service.policy.guards}
    assert said["parameters"]["final_for_agent_level"] is False
    assert all(row["sentence"] for row in said["rows"])


def test_a_picture(web):
    """A picture is an SVG whose own style is all a browser may use; a state can be made to stand out."""
    import base64
    import hashlib

    answer = web.get("/diagram.svg?highlight=suspended", "ann")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    )
    assert "s.suspended" in style
    assert "s.suspended" not in re.search(r"<style>(.*?)</style>", web.get("/diagram.svg").text, re.DOTALL)[1]
    focus = web.get("/diagram.svg?focus=suspended&actor=reviewer")
    assert 0 < focus.text.count('class="card') < answer.text.count('class="card') or len(focus.text) < len(answer.text)


def test_a_picture_of_where_an_account_is(web):
    """The state of an account stands out, for those who may know of it."""
    assert web.get("/diagram.svg?account=bob").text == web.get("/diagram.svg?highlight=suspended").text
    problem(web.get("/diagram.svg?account=bob", "ann"), 403, "forbidden")
    problem(web.get("/diagram.svg?account=nobody-here", "ann"), 403, "forbidden")
    problem(web.get("/diagram.svg?account=nobody-here"), 404, "unknown-account")


def test_a_picture_of_nothing(web):
    """What the policy does not have is refused, all of it at once, and never written into a picture."""
    answer = web.client.get(
        "/diagram.svg",
        params={"focus": "</style><script>", "actor": "king", "highlight": "suspnded"},
        headers=web.get("/health").request.headers,
    )
    document = problem(answer, 422, "not-understood")
    assert len(document["mistakes"]) == 3
    assert 'Did you mean "suspended"' in document["mistakes"][2]


def test_a_picture_without_the_extra(web, monkeypatch):
    """Where nothing can be drawn, that is said."""
    from lifecycle.diagrams import drawing
    from lifecycle.http import pictures

    def missing(*args, **more):
        raise drawing.DiagramExtraMissing("pip install")

    monkeypatch.setattr(pictures, "svg", missing)
    problem(web.get("/diagram.svg?focus=deleted"), 501, "not-available")


def test_a_case_is_replayed(web, service):
    """A case that was sent is replayed under the service's policy; no account of the service is touched."""
    before = [account.id for account in service.accounts()]
    answer = web.client.post("/replay", json={"case": CASE}, headers=web.get("/health").request.headers)
    assert answer.status_code == 200, answer.text
    (case,) = answer.json()["cases"]
    assert answer.json()["passed"] is True
    assert case["steps"][0]["to"] == "security_locked"
    assert [account.id for account in service.accounts()] == before


def test_a_case_that_fails_and_one_that_is_none(web):
    """What did not come out as the case says is told; what is no case is refused line by line."""
    headers = web.get("/health").request.headers
    wrong = CASE.replace('then = "security_locked"', 'then = "suspended"')
    failed = web.client.post("/replay", json={"case": wrong}, headers=headers).json()
    assert (failed["passed"], bool(failed["cases"][0]["problems"])) == (False, True)
    bad = CASE.replace("does", "dose").replace("cites", "sites")
    document = problem(web.client.post("/replay", json={"case": bad}, headers=headers), 422, "not-understood")
    assert len(document["mistakes"]) >= 2


def test_one_replay_at_a_time(web):
    """A replay is much work: whoever asks while another runs is told to come again."""
    lock = web.app.state["lifecycle"].replaying
    lock._locked = True
    answer = web.client.post("/replay", json={"case": CASE}, headers=web.get("/health").request.headers)
    problem(answer, 429, "too-many-requests")
    lock._locked = False


def test_a_case_names_no_policy(web, tmp_path):
    """A case that was sent cannot make the server read a file or run a module."""
    headers = web.get("/health").request.headers
    for named in ("os:system", str(tmp_path / "p.toml")):
        answer = web.client.post("/replay", json={"case": f'policy = "{named}"\n{CASE}'}, headers=headers)
        assert "policy" in problem(answer, 422, "not-understood")["detail"]


# --- how all is going --------------------------------------------------------------------------------------------


def test_health(web, service):
    """Staff hear what is left to do; others only whether all is well."""
    assert set(web.get("/health").json()) >= {"well", "timers", "outbox", "appeals", "problems"}
    assert set(web.get("/health", "ann").json()) == {"schema", "well"}
    problem(web.client.get("/health"), 401, "not-signed-in")
    opened = Web(service, open_health=True).client.get("/health")
    assert opened.json() == {"schema": "lifecycle/health/1", "well": True}


def test_a_database_that_does_not_answer(service, web, monkeypatch):
    """If the database fails, the answer is 503 and says when to come again; the fault is logged by its kind."""
    lines = []

    def fail(*args, **more):
        raise StoreUnavailable("the disk of host db7 is full: /var/lib/secret")

    monkeypatch.setattr(service.store, "load", fail)
    monkeypatch.setattr(service.store, "backlog", fail)
    structlog.configure(
        processors=[lambda _, __, line: lines.append(dict(line)) or "-"],
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    try:
        for path in ("/accounts/ann", "/health"):
            answer = web.get(path)
            document = problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"] == "5"
            assert "db7" not in json.dumps(document)
    finally:
        structlog.reset_defaults()
    assert [(line["event"], line["error"]) for line in lines] == [("http_fault", "StoreUnavailable")] * 2


def test_a_fault_of_ours(service, web, monkeypatch):
    """An error nobody thought of is 500 in plain words, without a trace of the inside."""

    def fail(*args, **more):
        raise RuntimeError("secret inside of the machine")

    monkeypatch.setattr(service.store, "load", fail)
    assert "inside of" not in json.dumps(problem(web.get("/accounts/ann"), 500, "internal"))


def test_metrics(shop):
    """Where metrics are kept they are shown, with no account in them; elsewhere it is said that none are."""
    import prometheus_client as prometheus

    registry = prometheus.CollectorRegistry()
    with Lifecycle.open("memory:", secret=SECRET, clock=shop.clock, telemetry=Telemetry(metrics=registry)) as accounts:
        accounts.import_account("ann", state="active")
        web = Web(accounts, metrics=registry)
        web.ask("ann", "lock", "agent", facts=LOCK)
        answer = web.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'lifecycle_transitions_total{actor="agent"' in answer.text
    assert "ann" not in answer.text.replace("planned", "")
    with Lifecycle.open("memory:") as bare:
        problem(Web(bare).get("/metrics"), 501, "not-available")


def test_every_type_of_problem_is_listed(web):
    """The list of problems is complete and its types are stable."""
    from lifecycle.http.problems import KINDS

    listed = web.get("/problems", "nobody").json()["problems"]
    assert [each["type"].rsplit(":", 1)[1] for each in listed] == list(KINDS)
    assert {each["status"] for each in listed} >= {400, 401, 403, 404, 409, 412, 413, 422, 428, 429}


def test_nothing_there_and_nothing_to_do_there(web):
    """A path that is none, and a method that is none, are problems too."""
    problem(web.get("/nothing"), 404, "not-found")
    answer = web.client.delete("/accounts/ann", headers=web.get("/health").request.headers)
    problem(answer, 405, "method-not-allowed")


def test_the_clock_of_an_answer_is_never_before_the_last_event(shop):
    """An answer's time is held back by the account's last event, like a decision's (D-17)."""
    back = Shop()
    with Lifecycle.open("memory:", clock=shop.clock) as accounts:
        accounts.import_account("ann", state="active")
        accounts.clock = back.clock
        back.now = shop.now - dt.timedelta(days=1)
        assert Web(accounts).get("/accounts/ann").json()["at"] == "2026-03-02T09:00:00Z"


def test_the_order_of_the_queue_over_weekends(service, shop):
    """Whatever hour of whatever day an appeal came in, and whether it is escalated: the queue is in the order of what is due."""
    from lifecycle.http.queue import queue
    from lifecycle.store import Appealed

    begins = dt.datetime(2026, 2, 26, tzinfo=dt.UTC)
    appeals = [Appealed(f"a{n}", 1, begins + n * dt.timedelta(minutes=47), "open", n % 5 == 0) for n in range(1500)]
    service.appeals = lambda **_: iter(appeals)
    places = [waiting.place for waiting in queue(service, open=True)]
    assert len(places) == 1500
    assert places == sorted(places)
