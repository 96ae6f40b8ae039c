"""Raises processes that are there to be killed: writers and workers over one database, forked from a warm parent.

Read from the input: ``writer NUMBER``, ``worker NUMBER``, ``reporter NUMBER`` (a worker that tells accounts what became of
their notices), ``kill PID``, ``stop PID``, each answered with a line: the process id, or how it ended. What a child has
done it appends to a file of its own, a line for each thing that was acknowledged to it, so nothing is lost with it but
the line it was about to write.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lifecycle import Actor, Decision, Lifecycle, Parameters, policy
from lifecycle.errors import StoreError
from lifecycle.worker import Worker, loop

SECRET = b"thirty-two bytes of test secret."
ACCOUNTS = 3
"""How many accounts each writer has to itself, besides the one that all share."""

SECOND = dt.timedelta(seconds=1)
PATIENCE = 60
"""How many seconds a writer asks again while the database does not answer."""

STEPS = (("warn", Actor.reviewer("r1"), {"ground": "platform_rules"}), ("clear_warning", Actor.agent("a1"), {}))
"""What a writer does, round and round: a record opened and closed, a timer armed and stopped, a notice each."""


def say(path: Path, line: str) -> None:
    """Append one line, whole."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def write(url: str, folder: Path, number: int, rules: Any) -> None:
    """Submit for ever: each step under a key of its own, acknowledged in writing once it was answered."""
    own = [f"w{number}_{n}" for n in range(ACCOUNTS)]
    acknowledged = folder / f"written_{number}"
    with Lifecycle.open(url, policy=rules, secret=SECRET, synchronous="NORMAL") as accounts:
        turn = 0
        while True:
            for account in (*own, "shared"):
                trigger, by, facts = STEPS[turn % 2]
                key = f"{number}-{os.getpid()}-{turn}"
                decision = persistent(lambda: accounts.submit(trigger, account=account, by=by, facts=facts, key=key))  # noqa: B023
                version = decision.events[0].version if decision.allowed else 0
                say(acknowledged, f"{account} {key} {version}")
            turn += 1


def persistent(ask: Callable[[], Decision]) -> Decision:
    """Ask until the database answers: the same request under the same key."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def work(url: str, folder: Path, number: int, rules: Any) -> None:
    """Settle timers and deliver notices for ever; each delivery is written down before it is acknowledged."""
    delivered = folder / f"delivered_{number}"

    def handler(delivery: Any) -> None:
        say(delivered, f"{delivery.id} {delivery.attempt}")

    with Lifecycle.open(url, policy=rules, secret=SECRET, synchronous="NORMAL") as accounts:
        Worker(accounts, handler, threads=2, limit=SECOND, poll=SECOND / 20).run()


def main(url: str, folder: Path) -> None:
    """Read words, raise and end children."""
    rules = {False: policy(), True: policy(Parameters(deliveries_in_log=True))}
    # A killed worker's notices are handed out again after this time and the limit of a delivery; no test waits a minute.
    loop.MARGIN = SECOND
    # Whatever takes long to read is read before anybody is forked.
    for each in rules.values():
        Lifecycle.open("memory:", policy=each).close()
    roles = {"writer": write, "worker": work, "reporter": work}
    print("ready", flush=True)
    for line in sys.stdin:
        word, number = line.split()
        if word in roles:
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                sys.stdin.close()
                try:
                    roles[word](url, folder, int(number), rules[word == "reporter"])
                except BaseException as error:
                    say(folder / "errors", f"{word} {number}: {type(error).__name__}: {error}")
                    os._exit(1)
                os._exit(0)
            print(pid, flush=True)
        elif word in ("kill", "stop"):
            os.kill(int(number), signal.SIGKILL if word == "kill" else signal.SIGTERM)
            _, status = os.waitpid(int(number), 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
