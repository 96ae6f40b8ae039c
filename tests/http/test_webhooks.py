"""Notices as webhooks: sent by the worker, signed, tried again, and refused by a receiver where they are not genuine."""

from __future__ import annotations

import base64
import datetime as dt
import http.server
import json
import threading

import pytest
from command_line import cli
from standardwebhooks.webhooks import Webhook

from lifecycle import Actor, Lifecycle
from lifecycle.errors import BadRequest
from lifecycle.webhooks import NotGenuine, Webhooks, message, opened
from lifecycle.worker import Backoff, Worker

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of hook secret.").decode()
OTHER = "whsec_" + base64.b64encode(b"another thirty-two bytes secret.").decode()
AT_ONCE = Backoff(first=dt.timedelta(minutes=1), longest=dt.timedelta(minutes=1), chance=lambda: 1.0)


class Receiver:
    """Somebody who receives webhooks on this machine, and keeps what came."""

    def __init__(self):
        self.got, self.answers = [], []
        outer = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((dict(self.headers), body))
                status, *more = outer.answers.pop(0) if outer.answers else (204,)
                self.send_response(status)
                for name, value in more:
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver():
    """A receiver on this machine."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def locked(service):
    """Ann's account was just locked; her earlier notices are sent."""
    Worker(service, lambda delivery: None).run_once()
    service.submit("lock", account="ann", by=Actor.agent("a1"), facts={"ground": "new_device"}).raise_for_denial()
    return service


def work(service, receiver, **more):
    """Deliver once what waits."""
    return Worker(service, Webhooks(receiver.url, SECRET), backoff=AT_ONCE, **more).run_once()


def test_a_notice_is_sent(locked, receiver):
    """A notice arrives as a CloudEvent whose signature any library for Standard Webhooks takes."""
    assert work(locked, receiver).delivered == {("account_locked", "sent"): 1}
    ((headers, body),) = receiver.got
    assert headers["Content-Type"] == "application/cloudevents+json"
    said = Webhook(SECRET).verify(body, headers)
    assert said == opened(SECRET, headers, body)
    assert said == {
        "specversion": "1.0",
        "id": "ann:2:1",
        "source": "/lifecycle",
        "type": "lifecycle.notice.account_locked.v1",
        "subject": "ann",
        "time": "2026-03-02T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "account": "ann",
            "version": 2,
            "notice": "account_locked",
            "values": {"to": "holder"},
            "trigger": "lock",
            "from": "active",
            "to": "security_locked",
            "machine": "account",
        },
    }
    assert headers["Webhook-Id"] == said["id"]


def test_no_code_is_in_a_message(locked, receiver):
    """A notice that carries a code says so, and does not have the code."""
    work(locked, receiver)
    locked.submit("send_unlock_code", account="ann", by=Actor.holder("ann"), facts={"channel": "sms"})
    work(locked, receiver)
    code = locked.code_for("ann", "unlock_code")
    body = receiver.got[-1][1].decode()
    assert "unlock_code" in body
    assert code not in body


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 302])
def test_what_was_not_taken_is_tried_again(locked, receiver, shop, status):
    """Anything but 2xx is tried again by the worker, under the same id; no redirect is followed."""
    receiver.answers = [(status, ("Location", receiver.url))]
    assert work(locked, receiver).delivered == {("account_locked", "failed"): 1}
    assert len(receiver.got) == 1
    shop.passes(minutes=2)
    assert work(locked, receiver).delivered == {("account_locked", "sent"): 1}
    assert [headers["Webhook-Id"] for headers, _ in receiver.got] == ["ann:2:1", "ann:2:1"]


def test_a_receiver_that_is_gone(locked, receiver):
    """After 410 the message is dead at once and waits for a person."""
    receiver.answers = [(410,)]
    assert work(locked, receiver).delivered == {("account_locked", "dead"): 1}


def test_nobody_there(locked, receiver, shop):
    """If nobody answers, it is tried again."""
    receiver.close()
    assert work(locked, receiver).delivered == {("account_locked", "failed"): 1}
    receiver.thread = threading.Thread(target=lambda: None)
    receiver.thread.start()


def genuine(locked, receiver):
    """The headers and the body of a genuine message."""
    work(locked, receiver)
    return receiver.got[-1]


def test_altered_messages_are_refused(locked, receiver):
    """A byte of the body, another id, another time, another or no signature: refused."""
    headers, body = genuine(locked, receiver)
    wrong = [
        (headers, body.replace(b"security_locked", b"active")),
        (headers, body + b" "),
        (headers, b""),
        (headers, b"\xff"),
        ({**headers, "Webhook-Id": "ann:3:1"}, body),
        ({**headers, "Webhook-Timestamp": str(int(headers["Webhook-Timestamp"]) + 1)}, body),
        ({**headers, "Webhook-Timestamp": "now"}, body),
        ({**headers, "Webhook-Signature": "v1,AAAA"}, body),
        ({**headers, "Webhook-Signature": "v2," + headers["Webhook-Signature"][3:]}, body),
        ({**headers, "Webhook-Signature": "nothing"}, body),
        ({}, body),
    ]
    for some, each in wrong:
        with pytest.raises(NotGenuine):
            opened(SECRET, some, each)
    with pytest.raises(NotGenuine):
        opened(OTHER, headers, body)
    assert opened(SECRET, {name.upper(): value for name, value in headers.items()}, body.decode())["id"] == "ann:2:1"


def test_replayed_messages_are_refused(locked, receiver):
    """A message that is sent again is refused by its age, and within five minutes by its id."""
    headers, body = genuine(locked, receiver)
    seen = set()
    assert opened(SECRET, headers, body, known=seen.__contains__)["id"] == "ann:2:1"
    seen.add("ann:2:1")
    with pytest.raises(NotGenuine, match="before"):
        opened(SECRET, headers, body, known=seen.__contains__)
    for minutes in (-6, 6):
        at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        late = Webhooks(receiver.url, SECRET).signed("ann:2:1", body.decode(), at=at)
        with pytest.raises(NotGenuine, match="too old"):
            opened(SECRET, late, body)


def test_an_id_that_was_signed_around_another(receiver):
    """The id inside the message is the one that was signed, or the message is refused."""
    body = json.dumps({"id": "ann:2:1"})
    headers = Webhooks(receiver.url, SECRET).signed("ann:9:1", body)
    with pytest.raises(NotGenuine):
        opened(SECRET, headers, body)
    with pytest.raises(NotGenuine):
        opened(SECRET, Webhooks(receiver.url, SECRET).signed("x", "[]"), "[]")


def test_secrets_are_replaced(locked, receiver):
    """While a secret is being replaced both sign, and a receiver that knows either takes it."""
    Worker(locked, Webhooks(receiver.url, [OTHER, SECRET])).run_once()
    headers, body = receiver.got[-1]
    assert opened(SECRET, headers, body) == opened(OTHER, headers, body) == opened([OTHER, SECRET], headers, body)


def test_addresses_and_secrets_that_will_not_do():
    """Messages go over https, signed with a secret that is long enough; neither is shown."""
    for url in ("http://shop.example/hooks", "ftp://127.0.0.1/x", "shop.example", "file:///etc/passwd"):
        with pytest.raises(BadRequest, match="https"):
            Webhooks(url, SECRET)
    for secret in ("", b"short", "whsec_AAAA", [], ["whsec_AAAA"], "not base64 é"):
        with pytest.raises(BadRequest, match="webhook secret"):
            Webhooks("https://shop.example/hooks?key=1", secret)
    assert repr(Webhooks("https://shop.example/hooks?key=1", SECRET)) == "Webhooks(shop.example)"


def test_a_message_has_the_members_that_cloudevents_ask_for(locked):
    """Every required member of CloudEvents 1.0 is there, as text, and names keep to its letters."""
    seen = []
    Worker(locked, lambda delivery: seen.append(message(delivery, "https://shop.example/accounts"))).run_once()
    (said,) = seen
    assert all(isinstance(said[name], str) and said[name] for name in ("id", "source", "specversion", "type"))
    assert dt.datetime.fromisoformat(said["time"]).tzinfo is not None
    assert all(name.isalnum() and name.islower() for name in said)


def worker(database, *words):
    """Run the worker's command once."""
    return cli("worker", "--once", "--database", database, *words)


def test_the_command_posts_notices(tmp_path, receiver):
    """Services in any language are told by the worker's command, with the secret of a file."""
    database, secret = tmp_path / "shop.db", tmp_path / "hook.txt"
    secret.write_text(f"{OTHER}\n{SECRET}\n")
    with Lifecycle.open(f"sqlite:///{database}") as accounts:
        accounts.import_account("ann", state="active")
        accounts.submit("lock", account="ann", by=Actor.agent("a1"), facts={"ground": "new_device"})
    ran = worker(database, "--webhook", receiver.url, "--webhook-secret", secret)
    assert ran.code == 0, ran.err
    ((headers, body),) = receiver.got
    assert opened(SECRET, headers, body)["subject"] == "ann"
    for words, says in (
        (("--webhook", receiver.url), "--webhook-secret"),
        (("--webhook", receiver.url, "--print"), "neither"),
        (("--webhook", "http://shop.example", "--webhook-secret", secret), "https"),
        (("--webhook", receiver.url, "--webhook-secret", tmp_path / "none"), "cannot be read"),
    ):
        ran = worker(database, *words)
        assert ran.code == 2
        assert says in " ".join((ran.out + ran.err).split())
