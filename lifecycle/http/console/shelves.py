"""The shelf of cases of a running service, and the cases that people handed in lately.

Knows where an application keeps both. Does not know any page. What was handed in is kept in memory, the latest only, and
by the process that took it; nothing of it reaches the accounts.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from attrs import define, field, frozen

from lifecycle import casebook
from lifecycle.cases import Case
from lifecycle.http.console.case_shelf import Shelf
from lifecycle.http.console.looking import Req
from lifecycle.http.limits import Limit
from lifecycle.http.problems import too_many
from lifecycle.http.site import site
from lifecycle.replay import CaseResult
from lifecycle.rows import Policy

FOLDERS = "lifecycle_case_folders"
"""Where a host may name the folders of its cases in the application's state."""

_STATE = "lifecycle_cases"

KEPT = 100
"""How many texts that were handed in are kept."""

PROJECT = Path("tests") / "cases"
"""Where a project keeps its cases, if nobody says otherwise."""


@frozen
class Handed:
    """A text that somebody handed in, and what came of its cases."""

    id: str
    person: str
    text: str = field(repr=False)
    results: tuple[CaseResult, ...]


@define
class Cases:
    """Everything about cases that an application keeps."""

    shelf: Shelf
    replays: Limit = field(factory=lambda: Limit(30, 60))
    """How often somebody may have something replayed: it takes a while."""
    _handed: OrderedDict[str, Handed] = field(factory=OrderedDict, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def hand_in(self, person: str, text: str) -> Handed:
        """Read, replay and keep a text.

        Raises:
            NoCase: it is none.
        """
        cases: Sequence[Case] = casebook.written(text, self.shelf.policy)
        results = tuple(casebook.replayed(case, self.shelf.policy) for case in cases)
        made = Handed(secrets.token_urlsafe(9), person, text, results)
        with self._lock:
            self._handed[made.id] = made
            while len(self._handed) > KEPT:
                self._handed.popitem(last=False)
        return made

    def handed(self, id: str, person: str) -> Handed | None:
        """Return what *person* handed in under this id, if it is still kept."""
        with self._lock:
            found = self._handed.get(id)
        return found if found is not None and found.person == person else None


def cases_of(request: Req) -> Cases:
    """Return the cases of the service that *request* is asked of."""
    state = request.app.state
    if _STATE not in state:
        policy = site(request).policy
        state[_STATE] = Cases(Shelf(tuple(state.get(FOLDERS) or usual_folders(policy)), policy))
    found: Cases = state[_STATE]
    return found


def usual_folders(policy: Policy) -> tuple[Path, ...]:
    """Return the folders of the cases that came along with the guides' policy; of one's own, those of the project."""
    if policy.sources.shipped:
        return casebook.shipped()
    return (PROJECT,) if PROJECT.is_dir() else ()


def take_a_replay(request: Req, person: str) -> None:
    """Count a replay that *person* asks for.

    Raises:
        Problem: ``too-many-requests``.
    """
    if wait := cases_of(request).replays.take(person):
        raise too_many(wait)
