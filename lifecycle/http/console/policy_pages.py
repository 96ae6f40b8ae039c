"""The pages of the policy: its picture and chapters, conditions, parameters, tables, the trace, and another policy tried.

Knows the requests. What stands on each is `policy_seen`'s, what another policy changes `comparing`'s.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from lifecycle.http.console import policy_seen as seen
from lifecycle.http.console.comparing import MOST_ACCOUNTS, NoParameters, compared, other_policy
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.pages import Page
from lifecycle.http.console.rendering import page
from lifecycle.http.console.shelves import cases_of, take_a_replay
from lifecycle.http.problems import Problem
from lifecycle.parameters_file import parameters_text

PAGES = (Page("policy", "Policy", "/policy"),)

NAME = "policy"

VIEWS = (
    ("", "Overview"),
    ("/conditions", "Conditions"),
    ("/parameters", "Parameters"),
    ("/tables", "Grounds and capabilities"),
    ("/trace", "Trace"),
    ("/compare", "Try another"),
)
"""The pages of the policy, in the order of their own navigation."""


def _page(template: str, who: Looking, view: str, *, status: int = 200, **shown: Any) -> Response[str]:
    cite = seen.linked(who.policy, who.url("/policy/trace"))
    return page(template, who, status=status, here=NAME, policy=who.policy, view=view, views=VIEWS, cite=cite, **shown)


@get("/console/policy", include_in_schema=False)
async def overview(request: Req, machine: FromQuery[str] = "account") -> Response[str]:
    """Show the whole policy as a picture, and its chapters."""
    who = looking(request)
    machines = seen.pictures(who.policy)
    if machine not in machines:
        raise Problem("not-found")
    drawn = await who.run(lambda: seen.drawn_machine(who.policy, machine))
    shown: dict[str, Any] = {
        "drawn": drawn,
        "machine": machine,
        "machines": machines,
        "moves": seen.moves(who.policy, machine),
    }
    return _page("policy.html", who, "", chapters=seen.contents(who.policy), **shown)


@get("/console/policy/chapters/{name:str}", include_in_schema=False)
async def chapter(request: Req, name: FromPath[str]) -> Response[str]:
    """Show a chapter: its picture with conditions, and every rule in English with what it rests on."""
    who = looking(request)
    chapters = seen.contents(who.policy)
    found = next((each for each in chapters if each.name == name), None)
    if found is None:
        raise Problem("not-found", "The policy has no chapter of this name.")
    drawn = await who.run(lambda: seen.drawn_chapter(who.policy, name))
    rows = seen.rows_of(who.policy, name, who.url("/policy/trace"))
    return _page("policy_chapter.html", who, "", chapter=found, chapters=chapters, drawn=drawn, rows=rows)


@get("/console/policy/conditions", include_in_schema=False)
async def conditions(request: Req, q: FromQuery[str] = "") -> Response[str]:
    """Show every condition, and what somebody is told who does not meet it."""
    who = looking(request)
    found = seen.guards(who.policy, q[:200])
    return _page("policy_conditions.html", who, "/conditions", guards=found, q=q[:200])


@get("/console/policy/parameters", include_in_schema=False)
async def parameters(
    request: Req, group: FromQuery[str] = "", q: FromQuery[str] = "", file: FromQuery[str] = ""
) -> Response[Any]:
    """Show every number, period and choice and where it comes from; or all of them as a file to start from."""
    who = looking(request)
    groups = seen.groups(who.policy)
    if group and group not in dict(groups):
        raise Problem("not-found", "No group of parameters is called so.")
    if file and groups:
        headers = {"content-disposition": 'attachment; filename="policy.toml"'}
        return Response(
            parameters_text(who.policy.parameters), media_type="application/toml; charset=utf-8", headers=headers
        )
    found = seen.parameters(who.policy, group, q[:200])
    shown: dict[str, Any] = {"groups": groups, "group": group, "q": q[:200], "found": found}
    return _page("policy_parameters.html", who, "/parameters", **shown)


@get("/console/policy/tables", include_in_schema=False)
async def tables(request: Req) -> Response[str]:
    """Show what an account may do in each state, why it is restricted, and what may be handed in."""
    who = looking(request)
    found = seen.tables(who.policy, who.url("/policy/trace"))
    return _page("policy_tables.html", who, "/tables", tables=found)


@get("/console/policy/trace", include_in_schema=False)
async def trace(request: Req, guide: FromQuery[str] = "", q: FromQuery[str] = "") -> Response[str]:
    """Show every rule of the texts that the policy follows, and what holds it."""
    who = looking(request)
    if guide and guide not in who.policy.sources.guides:
        raise Problem("not-found", "No guide is called so.")
    shelf = cases_of(request).shelf
    wanted = guide or ("" if q else next(iter(who.policy.sources.guides), ""))
    found = await who.run(lambda: seen.traced(who.policy, shelf.cites(), wanted, q[:200]))
    return _page("policy_trace.html", who, "/trace", found=found, guide=wanted, q=q[:200])


@get("/console/policy/compare", include_in_schema=False)
async def compare_form(request: Req) -> Response[str]:
    """Show the form for other parameters."""
    who = looking(request)
    return _page("policy_compare.html", who, "/compare", text="", mistakes=(), found=None, most=MOST_ACCOUNTS)


@post("/console/policy/compare", include_in_schema=False)
async def compare(request: Req) -> Response[str]:
    """Show what would come otherwise under other parameters. Nothing is written, and the policy stays as it is."""
    who = looking(request)
    take_a_replay(request, who.person)
    said = await request.form()
    text, file = str(said.get("text", "")), said.get("file")
    mistakes: tuple[str, ...] = ()
    if isinstance(file, UploadFile) and file.filename:
        text = (await file.read()).decode(errors="replace")
    text = text.replace("\r\n", "\n")
    shelf = cases_of(request).shelf
    try:
        other = await who.run(lambda: other_policy(text, who.policy))
    except NoParameters as error:
        mistakes = error.lines
        shown: dict[str, Any] = {"text": text, "mistakes": mistakes, "found": None, "most": MOST_ACCOUNTS}
        return _page("policy_compare.html", who, "/compare", status=422, **shown)
    found = await who.run(lambda: compared(who.service, other, shelf.all()))
    return _page("policy_compare.html", who, "/compare", text=text, mistakes=(), found=found, most=MOST_ACCOUNTS)


HANDLERS = (overview, chapter, conditions, parameters, tables, trace, compare_form, compare)
