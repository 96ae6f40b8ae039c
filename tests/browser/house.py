"""A service over HTTP in a process of its own, for a browser: accounts to look at, and a clock that tests move.

    python house.py FOLDER WHAT

``WHAT`` is ``staged`` (the stories, the real cases, and appeals that wait, as in a demo), ``empty``, ``events:N`` (an
account with N events, called ``long``) or ``appeals:N`` (N open appeals). Says its address, then reads lines: ``clock
SECONDS`` moves the clock. It ends with its input, so with whoever started it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from lifecycle import Actor, Lifecycle, policy
from lifecycle.cases import read_cases
from lifecycle.cli.places import real_cases, story_cases
from lifecycle.http.app import asgi
from lifecycle.http.limits import Limit
from lifecycle.http.principals import Principal, StaticTokens, Token, hash_of
from lifecycle.http.site import SITE
from lifecycle.showing import NOW, found_out, staged
from lifecycle.simulating import SimulatedClock

SECRET = b"thirty-two bytes of test secret."
PEOPLE = {"a1": "agent", "r1": "reviewer", "r2": "reviewer", "r7": "reviewer", "s1": "supervisor"}
"""Who can sign in, each with the token ``lct_`` and their id; the service ``shop`` speaks for holders."""

SIGN_UP = {"registration_fields": 4, "verified_by": "link"}
APPEALED = {"ground": "unpaid_orders", "author": "reviewer:r7", "against": "suspension"}


def cases():
    """The cases that a demo tells."""
    return [
        case
        for folder in (story_cases(), real_cases())
        for path in sorted(folder.rglob("*.toml"))
        for case in read_cases(path)
    ]


def stage(url, clock, told):
    """Fill a database as a demo does."""
    opened = Lifecycle.open(
        url, policy=policy(), secret=SECRET, gather=found_out(told), clock=clock, synchronous="NORMAL"
    )
    with opened as accounts:
        for result in staged(accounts, told, clock):
            assert result.passed, result.problems


def long_log(accounts, number):
    """Make an account with so many events: warned and cleared, over and over."""
    accounts.register("long", facts=SIGN_UP)
    steps = [("warn", Actor.reviewer("r7"), {"ground": "platform_rules"}), ("clear_warning", Actor.agent("a1"), {})]
    version, turn = 1, 0
    while version < number:
        trigger, by, facts = steps[turn % 2]
        accounts.clock.now += dt.timedelta(minutes=10)
        decision = accounts.submit(trigger, account="long", by=by, facts=facts).raise_for_denial()
        version, turn = decision.account.version, turn + 1


def many_appeals(accounts, number):
    """Take over so many accounts that appealed against a suspension, one every half minute."""
    began = accounts.clock() - dt.timedelta(seconds=30 * number)
    for n in range(number):
        at = began + dt.timedelta(seconds=30 * n)
        accounts.import_account(f"shop-{n:06d}", state="under_appeal", given=APPEALED, at=at)


def main():
    """Fill, serve, and listen to what is typed."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    kind, _, number = what.partition(":")
    clock, told = SimulatedClock(NOW), cases()
    database = folder / "accounts.db"
    url = f"sqlite:///{database}"
    if kind == "staged" and not database.exists():
        made = folder.parent / "staged.db"
        if not made.exists():
            stage(f"sqlite:///{made}", SimulatedClock(NOW), told)
        shutil.copy(made, database)
    opened = Lifecycle.open(
        url, policy=policy(), secret=SECRET, gather=found_out(told), clock=clock, synchronous="NORMAL"
    )
    with opened as accounts:
        if kind == "events":
            long_log(accounts, int(number))
        elif kind == "appeals":
            many_appeals(accounts, int(number))
        clock.now = max(clock.now, NOW)
        people = [Principal(id, [role]) for id, role in PEOPLE.items()] + [
            Principal("shop", ["system"], for_holders=True)
        ]
        tokens = StaticTokens(Token(hash_of(f"lct_{who.subject}"), who) for who in people)
        app = asgi(accounts, tokens, secret=SECRET, secure_cookies=False)
        # The tests sign in more often than people do.
        app.state[SITE].sign_ins = Limit(10_000, 60)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(100)
            port = listening.getsockname()[1]
            config = uvicorn.Config(app, access_log=False, log_level="warning", timeout_graceful_shutdown=1, ws="none")
            server = uvicorn.Server(config)
            threading.Thread(target=_listen, args=(server, clock), daemon=True).start()
            sys.stdout.write(json.dumps({"address": f"http://127.0.0.1:{port}"}) + "\n")
            sys.stdout.flush()
            asyncio.run(server.serve(sockets=[listening]))


def _listen(server, clock):
    for line in sys.stdin:
        word, _, said = line.strip().partition(" ")
        if word == "clock":
            clock.now += dt.timedelta(seconds=float(said))
            sys.stdout.write("{}\n")
            sys.stdout.flush()
    server.should_exit = True


if __name__ == "__main__":
    main()
