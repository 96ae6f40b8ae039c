"""The demo in a browser: one command from nothing to a console with something to decide."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.cookiejar
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest
from command_line import cli, environment
from litestar.testing import TestClient

from lifecycle.cli import serving_demo
from lifecycle.cli.listening import run
from lifecycle.showing import NOW

PATIENCE = 60
"""How many seconds a loaded machine may take to begin or to end."""


class Browser:
    """A browser without scripts: keeps cookies, follows redirects."""

    def __init__(self):
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def open(self, url, **data):
        """Open a page, or send a form; return where it led to and its text."""
        body = urllib.parse.urlencode(data).encode() if data else None
        with self.opener.open(urllib.request.Request(url, body), timeout=PATIENCE) as answer:
            return answer.url, answer.read().decode()


@contextlib.contextmanager
def console(folder, *words):
    """The console of a demo while it runs: what it said, and its process."""
    command = [sys.executable, "-m", "lifecycle", "demo", "--serve", "--port", "0", *words]
    made = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    said = []
    try:
        for line in made.stdout:
            said.append(line)
            if line.startswith("Stop with"):
                break
        yield "".join(said), made
    finally:
        if made.poll() is None:
            made.kill()
        made.wait(PATIENCE)
        made.stdout.close()
        made.stderr.close()


def links(said):
    """The links that were told, by person."""
    return dict(re.findall(r"^(\w\d) +a .*\n +(http://127\.0\.0\.1:\d+/console/enter/\S+)$", said, re.MULTILINE))


def test_the_demo_opens_a_console_that_ctrl_c_closes(tmp_path):
    """Four links are told; each lets one person in, who finds overdue appeals; Ctrl-C ends it with 0."""
    with console(tmp_path) as (said, process):
        assert process.poll() is None, process.stderr.read()
        assert "Monday 30 March 2026 at 09:00 UTC" in " ".join(said.split())
        people = links(said)
        assert sorted(people) == ["a1", "r1", "r2", "s1"]
        reviewer = Browser()
        url, page = reviewer.open(people["r1"])
        assert url.endswith("/console/appeals")
        assert "2 overdue" in page
        assert "shop-1017" in page
        base = url.removesuffix("/appeals")
        for path in ("/accounts/C-09", "/cases", "/policy", "/audit", "/health", "/welcome"):
            assert "<h1" in reviewer.open(base + path)[1]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            Browser().open(people["r1"])
        with pytest.raises(urllib.error.HTTPError, match=r"404|405"):
            Browser().open(base + "/enter/")
        url, page = Browser().open(people["a1"])
        assert url.endswith("/console/accounts")
        assert "agent" in page
        process.send_signal(signal.SIGINT)
        rest, trouble = process.communicate(timeout=PATIENCE)
        assert (process.returncode, trouble) == (0, "")
        assert "Closed." in rest
    assert (tmp_path / "lifecycle-demo" / "accounts.db").exists()


def test_tokens_let_a_visitor_in_again(tmp_path):
    """They lie in a file that only its owner reads, and end with the demo."""
    with console(tmp_path, "--folder", "here") as (said, _process):
        path = tmp_path / "here" / "tokens.txt"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        token = re.search(r"^s1 .* (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
        base = links(said)["s1"].partition("/enter/")[0]
        browser = Browser()
        form = browser.open(f"{base}/sign-in")[1]
        sent = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
        url, page = browser.open(f"{base}/sign-in", csrf_token=sent, token=token, next="/console/health")
        assert url.endswith("/console/health")
        assert "Send again" in page
        assert "mailbox full" in page


@pytest.fixture
def visited(tmp_path, monkeypatch):
    """Instead of serving until Ctrl-C, a console is visited once: by whoever follows the link of the agent."""
    monkeypatch.chdir(tmp_path)
    seen = []

    def visit(app, *, listening, begun, **_):
        # Nothing is told before the application answers, so the link is taken where the application keeps it.
        ticket = next(iter(app.state["lifecycle_invitations"]))
        with TestClient(app) as client:
            answer = client.get(f"/console/enter/{ticket}")
            seen.append((listening.getsockname()[0], str(answer.url), answer.text))
        begun()

    monkeypatch.setattr(serving_demo, "run", visit)
    return seen


def test_a_console_is_told_with_its_links_and_closed(visited):
    """What is said names the database, the links and the way to end it; only this machine can reach it."""
    ran = cli("demo", "--serve", "--port", "0")
    assert (ran.code, ran.err) == (0, "")
    assert ran.says("21 cases were replayed into lifecycle-demo/accounts.db, 21 as they say")
    assert sorted(links(ran.out)) == ["a1", "r1", "r2", "s1"]
    assert ran.lines[-1] == "Closed."
    ((host, url, page),) = visited
    assert host == "127.0.0.1"
    assert url.endswith("/console/accounts")
    assert "agent" in page


def test_a_second_demo_replaces_the_first(tmp_path, visited):
    """The folder of a demo is its own: what it left is replaced, unless it is to be kept."""
    for words in ((), (), ("--keep",)):
        assert cli("demo", "--serve", "--port", "0", *words).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lifecycle-demo", "lifecycle-demo-2"]
    assert len(visited) == 3


def test_cases_of_ones_own_are_shown_and_one_that_fails_is_told(tmp_path, visited):
    """With --cases the console opens on those; one that comes out otherwise is named, and the end is 1.

    What has a policy of its own stays out, since one database has one policy.
    """
    case = "[[case]]\ntitle = '{}'\ncites = ['P-01']\nstarts = 'active'\nbegins = 2026-03-02T09:00:00Z\n{}"
    step = "\n[[case.step]]\nuntil = 2026-03-03T09:00:00Z\nthen = '{}'\n"
    text = case.format("Wrong", step.format("suspended"))
    text += case.format("Other", "parameters = { appeal_words_hard = 300 }\n" + step.format("active"))
    (tmp_path / "mine.case.toml").write_text(text, encoding="utf-8")
    ran = cli("demo", "--serve", "--port", "0", "--cases", "mine.case.toml")
    assert ran.code == 1
    assert "✗ Wrong" in ran.out
    assert ran.says("1 case was replayed")
    ((_host, _url, page),) = visited
    assert "P-01" in page


def test_links_are_told_once_they_answer():
    """What is said first can be followed at once: it is said when the console answers. Stopping it is no failure."""
    answered = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            assert (await receive())["type"] == "lifespan.startup"
            answered.append("ready")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    def begun():
        answered.append("told")
        os.kill(os.getpid(), signal.SIGINT)

    with serving_demo._listening(0) as listening:
        run(
            app, host="127.0.0.1", port=0, listening=listening, begun=begun, told_to_end=lambda: answered.append("ends")
        )
    assert answered == ["ready", "told", "ends"]


def test_a_port_that_is_taken_is_said_before_anything_is_made(tmp_path, monkeypatch):
    """Nothing is replayed for a console that could not open."""
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = cli("demo", "--serve", "--port", str(taken.getsockname()[1]))
    assert (ran.code, ran.out) == (2, "")
    assert "is taken" in ran.err
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--port", "70000"], "--port is a number up to 65535"),
        (["--guide", "G1"], "name one of the two"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, monkeypatch, words, says):
    """A console on an impossible port, or of one guide alone, is no console."""
    monkeypatch.chdir(tmp_path)
    ran = cli("demo", "--serve", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_without_the_extra_the_command_says_which_to_install(tmp_path, monkeypatch):
    """Nothing is made where nothing could be served."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "litestar", None)
    ran = cli("demo", "--serve")
    assert ran.code == 2
    assert "pip install 'account-lifecycle[http]'" in ran.err
    assert not [*tmp_path.iterdir()]


def test_the_clock_of_a_demo_ticks_from_its_own_beginning(monkeypatch):
    """It begins where the demo does, and goes as fast as any other."""
    seconds = iter([100.0, 100.0, 160.5])
    monkeypatch.setattr(serving_demo.time, "monotonic", lambda: next(seconds))
    clock = serving_demo.Ticking(NOW)
    assert clock() == NOW
    assert clock() == NOW + dt.timedelta(seconds=60.5)
