"""`demo --serve`: the console on the replayed cases, with links to sign in by.

Knows what is said when the console opens, and that only this machine can reach it. What there is to look at is made by
`lifecycle.showing`; the folder is that of the demo.
"""

from __future__ import annotations

import datetime as dt
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field
from rich.text import Text

from lifecycle.cases import Case
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.cases import CASES
from lifecycle.cli.demo import DATABASE, TOKENS, fresh, told_cases, write_private
from lifecycle.cli.listening import need_extra, run
from lifecycle.cli.output import Desk, Voice, unheard
from lifecycle.cli.places import SQLITE, Unusable, policy_of, real_cases, story_cases
from lifecycle.cli.telling import fact, tell_failures
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count
from lifecycle.model import Role
from lifecycle.prose.words import day_and_time
from lifecycle.replay import CaseResult
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle
from lifecycle.showing import NOW, found_out, staged
from lifecycle.simulating import SimulatedClock
from lifecycle.worker import Worker

HOST = "127.0.0.1"

PEOPLE = (
    ("a1", Role.AGENT, "a support agent"),
    ("r1", Role.REVIEWER, "a reviewer"),
    ("r2", Role.REVIEWER, "a second reviewer"),
    ("s1", Role.SUPERVISOR, "a supervisor"),
)
"""Who can sign in to a demo: their id, their role, and what the links are called."""

LASTS = dt.timedelta(hours=8)
"""How long one stays signed in: as long as somebody shows it to others."""


@define
class Ticking:
    """A clock that began at a moment of its own, and goes as fast as every other."""

    began: dt.datetime
    _since: float = field(factory=lambda: time.monotonic(), init=False)  # noqa: PLW0108 - looked up when asked

    def __call__(self) -> dt.datetime:
        """Return the time now."""
        return self.began + dt.timedelta(seconds=round(time.monotonic() - self._since, 3))


def serve_demo(desk: Desk, folder: Path, *, keep: bool, chosen: Path | None, guide: str | None, port: int) -> int:
    """Replay the cases into a fresh database and open the console on it, until Ctrl-C."""
    if guide is not None:
        raise Unusable(
            "--guide tells one story on the terminal, --serve opens the console on all: name one of the two."
        )
    need_extra()
    from lifecycle.http.app import ending  # noqa: PLC0415 - needs the extra

    voice, policy = desk.voice, policy_of(desk.policy_name)
    # What runs under a policy of its own has no place beside the others in one database.
    cases = [each for each in told_cases(policy, *_folders(policy, chosen)) if not _own_policy(each)]
    with _listening(port) as listening:
        folder, secret = fresh(folder, keep=keep)
        clock = SimulatedClock(NOW)
        url, gather = f"{SQLITE}{folder / DATABASE}", found_out(cases)
        with Lifecycle.open(url, policy=policy, secret=secret, gather=gather, clock=clock) as accounts:
            results = staged(accounts, cases, clock)
            accounts.clock = Ticking(NOW)
            failed = [result for result in results if not result.passed]
            tell_failures(voice, failed)
            _draw_first(policy)
            app, links = _app(accounts, folder, listening.getsockname()[1], [chosen] if chosen else [])
            with _working(accounts):
                run(
                    app,
                    host=HOST,
                    port=port,
                    listening=listening,
                    begun=lambda: _introduce(voice, results, folder, links),
                    told_to_end=lambda: ending(app),
                )
    voice.say("Closed.")
    return FAILED if failed else FINE


def _folders(policy: Policy, chosen: Path | None) -> Sequence[Path]:
    shipped = policy.sources.shipped and chosen is None
    return (story_cases(), real_cases()) if shipped else (chosen or CASES,)


def _own_policy(case: Case) -> bool:
    return bool(case.parameters or case.changes)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Take the port before anything is made, so that one that is taken costs nothing."""
    if not 0 <= port < 65536:
        raise Unusable("--port is a number up to 65535; 0 takes any that is free.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, port))
            # Whoever follows a link the moment it is told waits, instead of being turned away.
            found.listen()
        except OSError:
            raise Unusable(
                f"port {port} is taken, or not yours to take. Name another: --port 0 takes a free one."
            ) from None
        yield found


def _app(accounts: Lifecycle, folder: Path, port: int, cases: Sequence[Path]) -> tuple[Any, list[tuple[str, str, str]]]:
    """Return the application, and for each person their id, what they are, and the link they sign in by."""
    from lifecycle.http.app import asgi  # noqa: PLC0415 - needs the extra
    from lifecycle.http.console.entering import invite  # noqa: PLC0415 - as above
    from lifecycle.http.console.shelves import FOLDERS  # noqa: PLC0415 - as above
    from lifecycle.http.principals import Principal, StaticTokens, Token, hash_of, new_token  # noqa: PLC0415 - as above
    from lifecycle.http.sessions import Sessions  # noqa: PLC0415 - as above

    people = [(Principal(id, [role]), what, new_token()) for id, role, what in PEOPLE]
    tokens = StaticTokens(Token(hash_of(token), principal) for principal, _, token in people)
    app = asgi(accounts, tokens, sessions=Sessions(secrets.token_bytes(32), lasts=LASTS, longest=LASTS, secure=False))
    if cases:
        app.state[FOLDERS] = cases
    lines = [f"{principal.subject}  {what}  {token}\n" for principal, what, token in people]
    write_private(folder / TOKENS, "To sign in to the demo once more, while it runs:\n\n" + "".join(lines))
    base = f"http://{HOST}:{port}/console"
    return app, [(p.subject, what, f"{base}/enter/{invite(app, p)}") for p, what, _ in people]


def _draw_first(policy: Policy) -> None:
    """Draw the largest picture before anybody waits for it; what Graphviz mumbles at its first drawing is not for anybody."""
    from lifecycle.http.console.policy_seen import drawn_machine, pictures  # noqa: PLC0415 - needs the extra

    with unheard():
        for machine in pictures(policy)[:1]:
            drawn_machine(policy, machine)


def _introduce(
    voice: Voice, results: Sequence[CaseResult], folder: Path, links: Sequence[tuple[str, str, str]]
) -> None:
    passed = sum(result.passed for result in results)
    voice.say(Text("The console is open, for this machine only.", style="bold"))
    voice.say(
        f"{count(len(results), 'case')} {'was' if len(results) == 1 else 'were'} replayed into {folder / DATABASE}, {passed} as they say, and some appeals wait. "
        f"Its clock begins on {day_and_time(NOW)} UTC, as if the cases had just happened."
    )
    voice.say()
    voice.say(Text("Sign in as one of them; each link works once.", style="bold"))
    for id, what, link in links:
        fact(voice, id, Text(what, style=STYLES["taken"]))
        # In one piece, however long, so that a terminal makes a link of it.
        voice.console.print(f"            {link}", soft_wrap=True, highlight=False)
    voice.say()
    voice.say(
        f"A browser is one person at a time: for a second one open a private window. {folder / TOKENS} lets them in again."
    )
    voice.say(
        "Try: the overdue appeal first; as r1 an appeal against a decision of r1; as s1 one that was taken to a supervisor."
    )
    voice.say("Stop with Ctrl-C.")


@contextmanager
def _working(accounts: Lifecycle) -> Iterator[None]:
    """Let timers go off and notices end while the console is open; nothing is sent to anybody."""
    worker = Worker(accounts, lambda _delivery: None)
    thread = threading.Thread(target=worker.run, kwargs={"signals": False}, name="demo-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(timeout=10)
