"""Inside other services: mounted in FastAPI, Starlette and Litestar, and served by a server of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import fastapi
import httpx
import litestar
import pytest
import starlette.applications
import starlette.routing
import uvicorn
from command_line import cli
from litestar.handlers import asgi as asgi_handler
from litestar.types import Receive, Scope, Send
from web import SIGN_UP, bearer, tokens

from lifecycle import Actor, Lifecycle
from lifecycle.http.app import asgi, lifespan
from lifecycle.http.token_file import add_token

LOCK = {"trigger": "lock", "facts": {"ground": "new_device"}}
SOON = 10


def mounted_in_fastapi(app):
    """A FastAPI service with the accounts in it."""

    @asynccontextmanager
    async def own(host):
        async with lifespan(app):
            yield

    host = fastapi.FastAPI(lifespan=own)

    @host.get("/own")
    async def hello() -> str:
        return "hello"

    host.mount("/lifecycle", app)
    return host


def mounted_in_starlette(app):
    """A Starlette service with the accounts in it."""

    @asynccontextmanager
    async def own(host):
        async with lifespan(app):
            yield

    def hello(request):
        from starlette.responses import JSONResponse

        return JSONResponse("hello")

    routes = [starlette.routing.Route("/own", hello), starlette.routing.Mount("/lifecycle", app)]
    return starlette.applications.Starlette(routes=routes, lifespan=own)


def mounted_in_litestar(app):
    """A Litestar service with the accounts in it."""

    @asgi_handler("/lifecycle", is_mount=True, copy_scope=True)
    async def accounts(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    @litestar.get("/own")
    async def hello() -> str:
        return "hello"

    @asynccontextmanager
    async def own(host):
        async with lifespan(app):
            yield

    return litestar.Litestar([accounts, hello], lifespan=[own])


@contextmanager
def served(app):
    """Serve an application at a port of this machine; yields its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + SOON
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("mount", [mounted_in_fastapi, mounted_in_starlette, mounted_in_litestar])
def test_mounted(service, mount):
    """In another framework's service everything is as it is alone: answers, problems, headers, the host's own paths."""
    began = []
    app = asgi(service, tokens(), console=False, root="/lifecycle")
    app.on_startup.append(lambda: began.append("begun"))
    app.on_shutdown.append(lambda: began.append("ended"))
    with served(mount(app)) as url, httpx.Client(base_url=url) as client:
        assert began == ["begun"]
        assert client.get("/own").text.strip('"') == "hello"
        where = "/lifecycle/accounts/ann"
        assert client.get(where).status_code == 401
        read = client.get(where, headers=bearer("agent"))
        assert (read.status_code, read.headers["etag"]) == (200, '"1"')
        assert "default-src 'none'" in read.headers["content-security-policy"]
        headers = {**bearer("agent"), "If-Match": read.headers["etag"], "Idempotency-Key": "k"}
        decided = client.post(f"{where}/transitions", json=LOCK, headers=headers)
        assert decided.json()["account"]["state"] == "security_locked"
        assert client.post(f"{where}/transitions", json=LOCK, headers=headers).json()["repeated"]
        missing = client.get("/lifecycle/nothing", headers=bearer("agent"))
        assert missing.headers["content-type"] == "application/problem+json"
        document = client.get("/lifecycle/schema/openapi.json", headers=bearer("agent")).json()
        assert document["servers"] == [{"url": "/lifecycle"}]
    assert began == ["begun", "ended"]


def test_mounted_without_its_lifespan(service):
    """A host that forgets the lifespan loses nothing: there is nothing to begin."""
    host = fastapi.FastAPI()
    host.mount("/lifecycle", asgi(service, tokens(), console=False))
    with served(host) as url:
        assert httpx.get(f"{url}/lifecycle/accounts/ann", headers=bearer("agent")).status_code == 200


def stream(url, last=None):
    """Follow the log, and yield the trigger and the place of each event."""
    headers = {**bearer("rev1"), **({} if last is None else {"Last-Event-ID": last})}
    with httpx.stream("GET", f"{url}/events", headers=headers, timeout=SOON) as answer:
        place = None
        for line in answer.iter_lines():
            if line.startswith("id: "):
                place = line[4:]
            if line.startswith("data: "):
                yield json.loads(line[6:])["trigger"], place


def test_following_as_it_happens(service, monkeypatch):
    """Whoever follows hears of a decision as it is made, and after hanging up goes on where they were."""
    from lifecycle.http import following

    monkeypatch.setattr(following, "PAUSE", 0.02)
    app = asgi(service, tokens(), console=False)
    with served(app) as url:
        line = stream(url)
        assert [next(line)[0], next(line)[0]] == ["register", "import"]
        service.submit("lock", account="ann", by=Actor.agent("a"), facts={"ground": "new_device"})
        trigger, place = next(line)
        assert trigger == "lock"
        line.close()
        service.submit("deactivate", account="ann", by=Actor.holder("ann"))
        service.import_account("eve", state="active")
        line = stream(url, place)
        assert next(line)[0] == "import"
        line.close()
        until = time.monotonic() + SOON
        while app.state["lifecycle"].following and time.monotonic() < until:
            time.sleep(0.02)
        assert app.state["lifecycle"].following == 0


def test_a_quiet_log_says_that_it_stands_and_ends_in_time(service, monkeypatch):
    """Without news a comment is sent now and then, and after a while the line ends, so that it is asked for anew."""
    from lifecycle.http import following

    for name, seconds in (("PAUSE", 0.01), ("SIGN_OF_LIFE", 0.03), ("LONGEST", 0.2)):
        monkeypatch.setattr(following, name, seconds)
    with served(asgi(service, tokens(), console=False)) as url:
        text = httpx.get(f"{url}/events", headers=bearer("rev1"), timeout=SOON).text
    assert text.count(": still here\n\n") >= 2
    assert text.count("event: lifecycle") == 2


def test_a_database_that_fails_while_somebody_follows(service, monkeypatch):
    """If the database fails under way, the line ends; whoever comes again hears that it does not answer."""
    from lifecycle.errors import StoreUnavailable
    from lifecycle.http import following

    real, asked = service.store.log, []

    def log(**more):
        asked.append(more)
        if len(asked) > 1:
            raise StoreUnavailable("full")
        return real(**more)

    monkeypatch.setattr(following, "PAUSE", 0.01)
    monkeypatch.setattr(service.store, "log", log)
    with served(asgi(service, tokens(), console=False)) as url:
        assert httpx.get(f"{url}/events", headers=bearer("rev1"), timeout=SOON).text.count("event: lifecycle") == 2
        assert httpx.get(f"{url}/events", headers=bearer("rev1"), timeout=SOON).status_code == 503


def test_many_ask_at_once(service):
    """Many clients at once, half of whom hang up: one decision is taken, and the log is whole."""

    async def run(url):
        async with httpx.AsyncClient(base_url=url, timeout=SOON) as client:
            headers = {**bearer("rules")}
            tasks = [
                asyncio.ensure_future(
                    client.post("/accounts/ann/transitions", json=LOCK, headers={**headers, "Idempotency-Key": f"k{n}"})
                )
                for n in range(24)
            ]
            await asyncio.sleep(0.02)
            for task in tasks[::2]:
                task.cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

    with served(asgi(service, tokens(), console=False)) as url:
        answers = asyncio.run(run(url))
    statuses = [answer.status_code for answer in answers if isinstance(answer, httpx.Response)]
    assert statuses.count(200) <= 1
    assert set(statuses) <= {200, 409}
    assert [event.trigger for event in service.events("ann")] == ["register", "lock"]
    assert service.verify().damage == ()


# --- lifecycle serve ---------------------------------------------------------------------------------------------


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def command(*words):
    """The command line, as it is typed."""
    return [sys.executable, "-m", "lifecycle", *map(str, words)]


def test_serve(tmp_path):
    """The command serves a database to those who have a token, and ends when it is told to, whoever follows the log."""
    database, file = tmp_path / "shop.db", tmp_path / "tokens.toml"
    secret = tmp_path / "secret.txt"
    secret.write_text("thirty-two bytes of test secret.")
    with Lifecycle.open(f"sqlite:///{database}") as accounts:
        accounts.register("ann", facts=SIGN_UP)
    made = subprocess.run(
        command("serve", "--tokens", file, "--add-token", "agent1", "--roles", "agent"),
        capture_output=True,
        text=True,
        check=True,
    )
    token = re.search(r"^lct_\S+$", made.stdout, re.MULTILINE)[0]
    port = free_port()
    words = ("serve", "--database", database, "--tokens", file, "--secret-file", secret, "--port", port, "--no-console")
    process = subprocess.Popen(command(*words, "--metrics"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Idempotency-Key": "k"}
        url = f"http://127.0.0.1:{port}"
        answer = _patiently(lambda: httpx.post(f"{url}/accounts/ann/transitions", json=LOCK, headers=headers))
        assert answer.json()["by"] == "agent:agent1"
        assert "lifecycle_transitions_total" in httpx.get(f"{url}/metrics", headers=headers).text
        assert httpx.get(f"{url}/accounts/ann").status_code == 401
        assert "server" not in answer.headers
        with httpx.stream("GET", f"{url}/events", headers=headers, timeout=SOON) as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": the log follows"
            process.send_signal(signal.SIGTERM)
            assert sum(line.startswith("id: ") for line in lines) == 2
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Traceback" not in out + err


def _patiently(ask):
    until = time.monotonic() + SOON
    while True:
        try:
            return ask()
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name the database"),
        (("--database", "none.db"), "name the file of tokens"),
        (("--database", "none.db", "--tokens", "none.toml"), "none.toml cannot be read"),
        (("--database", "none.db", "--tokens", "tokens.toml"), "there is no database at none.db"),
        (("--database", "x.db", "--tokens", "empty.toml"), "holds no token"),
        (("--database", "x.db", "--tokens", "tokens.toml", "--host", "0.0.0.0", "--insecure-cookies"), "need https"),
        (("--database", "x.db", "--tokens", "tokens.toml", "--port", "99999"), "1 to 65535"),
        (("--database", "x.db", "--new", "--tokens", "tokens.toml", "--host", "192.0.2.1"), "nobody can listen"),
        (("--add-token", "ann", "--roles", "agent"), "name the file"),
        (("--tokens", "tokens.toml", "--add-token", "ann", "--roles", "king"), "no role is called king"),
        (("--tokens", "tokens.toml", "--add-token", "ann"), "at least one role"),
        (("--tokens", "tokens.toml", "--add-token", "rev", "--roles", "agent"), "already"),
    ],
)
def test_serve_badly_asked(tmp_path, monkeypatch, words, says):
    """What cannot be served is said in words, with exit code 2."""
    add_token(tmp_path / "tokens.toml", "rev", ["reviewer"])
    (tmp_path / "empty.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    ran = cli("serve", *words)
    said = " ".join((ran.out + ran.err).split())
    assert (ran.code, says in said) == (2, True), said
    assert "Traceback" not in said


def test_serving_without_the_extra(tmp_path):
    """Without the libraries the command says which extra brings them."""
    (tmp_path / "litestar.py").write_text("raise ModuleNotFoundError('litestar')")
    found = subprocess.run(
        command("serve", "--database", "x", "--tokens", "y"),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    said = " ".join((found.stdout + found.stderr).split())
    assert "account-lifecycle[http]" in said
    assert "Traceback" not in said
