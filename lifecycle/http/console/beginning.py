"""The first page of a service without accounts: it offers the guides' cases, so that there is something to look at.

Knows the requests. Cases are loaded only where there is no account at all, so nothing made up ever stands beside what is
real; and only by a supervisor.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from litestar import Response, get, post

from lifecycle import casebook
from lifecycle.http.console.case_shelf import REAL, STORY
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.rendering import go, page
from lifecycle.http.console.shelves import cases_of, take_a_replay
from lifecycle.http.problems import Problem
from lifecycle.model import Role
from lifecycle.prose.words import count
from lifecycle.showing import told_before


def is_empty(who: Looking) -> bool:
    """Whether there is no account at all."""
    return not [*islice(who.service.accounts(), 1)]


@get("/console/welcome", include_in_schema=False)
async def welcome(request: Req) -> Response[Any]:
    """Show what this is, and offer the cases where there is nothing yet."""
    who = looking(request)
    empty = await who.run(lambda: is_empty(who))
    shelf = cases_of(request).shelf
    kinds = dict(await who.run(lambda: _kinds(shelf.all())))
    may = Role.SUPERVISOR in who.roles
    return page("welcome.html", who, here="", empty=empty, may=may, kinds=kinds)


def _kinds(every: Any) -> list[tuple[str, int]]:
    return [(kind, sum(each.kind == kind for each in every)) for kind in (STORY, REAL)]


@post("/console/welcome", include_in_schema=False)
async def load(request: Req) -> Response[Any]:
    """Replay the stories and the real cases into the database."""
    who = looking(request)
    take_a_replay(request, who.person)
    if Role.SUPERVISOR not in who.roles:
        raise Problem("forbidden", "Supervisors load cases.")
    shelf = cases_of(request).shelf
    wrong = await who.run(lambda: _load(who, shelf.all()))
    if wrong:
        shown: dict[str, Any] = {"title": "Some cases did not come out as they say", "mistakes": wrong, "code": 409}
        remedy = "What was loaded is there all the same."
        return page("problem.html", who, status=409, here="", detail=count(len(wrong), "case"), remedy=remedy, **shown)
    return go(who, who.url("/appeals"))


def _load(who: Looking, every: Any) -> list[str]:
    """Load the cases; return what did not come out as it says.

    Raises:
        Problem: there are accounts already.
    """
    if not is_empty(who):
        raise Problem("conflict", "There are accounts already. Cases are loaded into an empty database only.")
    cases = [each.case for each in every if each.kind in (STORY, REAL)]
    results = casebook.loaded(told_before(cases, who.policy, who.now), who.service)
    return [problem for result in results for problem in result.problems]


HANDLERS = (welcome, load)
