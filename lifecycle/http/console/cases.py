"""The pages of cases: the list, a case replayed beside its picture, one's own case, and an account told as a case.

Knows the requests. What stands on the shelf is `case_shelf`'s, what a replay shows `case_seen`'s.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from lifecycle import casebook
from lifecycle.cases import SUFFIX
from lifecycle.http.console.case_seen import CaseSeen, seen
from lifecycle.http.console.case_shelf import Wanted
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.pages import Page
from lifecycle.http.console.picture import Picture, picture
from lifecycle.http.console.policy_seen import linked
from lifecycle.http.console.rendering import go, page
from lifecycle.http.console.shelves import cases_of, take_a_replay
from lifecycle.http.problems import Problem
from lifecycle.http.site import known
from lifecycle.replay import CaseResult
from lifecycle.retelling import NotRetold

PAGES = (Page("cases", "Cases", "/cases"),)

NAME = "cases"


@frozen
class CaseSheet:
    """Everything the page of a case shows. ``here`` is its address; ``text`` what was handed in, where it was."""

    seen: CaseSeen
    picture: Picture | None
    step: int
    here: str
    text: str = ""
    others: tuple[tuple[str, str], ...] = ()
    number: int = 1


@get("/console/cases", include_in_schema=False)
async def listed(
    request: Req,
    guide: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    tag: FromQuery[str] = "",
    q: FromQuery[str] = "",
    stands: FromQuery[str] = "",
    number: FromQuery[int] = 1,
) -> Response[str]:
    """List the cases by guide, kind and tag."""
    who = looking(request)
    wanted = Wanted(guide, kind, tag, q[:200], stands, number)
    shelf = cases_of(request).shelf
    found = await who.run(lambda: shelf.listed(wanted))
    return page("cases.html", who, here=NAME, listed=found)


@post("/console/cases/replay", include_in_schema=False)
async def replay_all(request: Req) -> Response[Any]:
    """Replay every case that is picked out."""
    who = looking(request)
    take_a_replay(request, who.person)
    said = await request.form()
    guide, kind, tag, q = (str(said.get(name, ""))[:200] for name in ("guide", "kind", "tag", "q"))
    wanted = Wanted(guide, kind, tag, q)
    shelf = cases_of(request).shelf
    await who.run(lambda: shelf.replay(wanted))
    query = wanted.query()
    return go(who, who.url("/cases") + (f"?{query}" if query else ""))


@get("/console/cases/{key:str}", include_in_schema=False)
async def case(request: Req, key: FromPath[str], step: FromQuery[int | None] = None) -> Response[str]:
    """Show a case, replayed."""
    who = looking(request)
    shelf = cases_of(request).shelf
    shelved = await who.run(lambda: shelf.get(key))
    if shelved is None:
        raise Problem("not-found", "There is no case of this name.")
    sheet = await who.run(lambda: _sheet(who, shelf.result(shelved), step, who.url(f"/cases/{key}")))
    return page("case.html", who, here=NAME, sheet=sheet, shelved=shelved, cite=_cite(who))


@get("/console/cases/yours", include_in_schema=False)
async def yours(request: Req) -> Response[str]:
    """Show the form for a case of one's own."""
    return page("case_yours.html", looking(request), here=NAME, text=_EXAMPLE, mistakes=())


@post("/console/cases/yours", include_in_schema=False)
async def hand_in(request: Req) -> Response[Any]:
    """Replay a case that was pasted or chosen as a file."""
    who = looking(request)
    take_a_replay(request, who.person)
    text, mistakes = await _handed_text(request)
    cases = cases_of(request)
    if not mistakes:
        try:
            made = await who.run(lambda: cases.hand_in(who.person, text))
        except casebook.NoCase as error:
            mistakes = error.lines
        else:
            return go(who, who.url(f"/cases/yours/{made.id}"))
    return page("case_yours.html", who, status=422, here=NAME, text=text, mistakes=mistakes)


async def _handed_text(request: Req) -> tuple[str, tuple[str, ...]]:
    """Return the text of the form: the file if one was chosen, else what was pasted; and what is wrong with it."""
    said = await request.form()
    text, file = str(said.get("text", "")), said.get("file")
    if isinstance(file, UploadFile) and file.filename:
        try:
            text = (await file.read()).decode()
        except UnicodeDecodeError:
            return text, ("the file is not text in UTF-8.",)
    text = text.replace("\r\n", "\n")
    return text, () if text.strip() else ("nothing was handed in: paste a case, or choose a file.",)


@get("/console/cases/yours/{id:str}", include_in_schema=False)
async def handed(
    request: Req, id: FromPath[str], number: FromQuery[int] = 1, step: FromQuery[int | None] = None
) -> Response[str]:
    """Show what came of a case that was handed in."""
    who = looking(request)
    found = cases_of(request).handed(id, who.person)
    if found is None:
        raise Problem("not-found", "What is handed in is kept for a while only. Paste it again.")
    if not 1 <= number <= len(found.results):
        raise Problem("not-found", "There is no such case in the text.")
    base = who.url(f"/cases/yours/{id}")
    others = tuple((f"{base}?number={n}", each.case.title) for n, each in enumerate(found.results, start=1))
    address = base if number == 1 else f"{base}?number={number}"
    sheet = await who.run(lambda: _sheet(who, found.results[number - 1], step, address, found.text, others, number))
    return page("case.html", who, here=NAME, sheet=sheet, shelved=None, cite=_cite(who))


@get("/console/cases/from/{account:str}", include_in_schema=False)
async def told(request: Req, account: FromPath[str], file: FromQuery[str] = "") -> Response[Any]:
    """Tell an account as a case, with personal data replaced: on a page, or as a file."""
    known(request, account)
    who = looking(request)
    trouble, text = "", ""
    try:
        text = await who.run(lambda: casebook.told_from(who.service, account))
    except NotRetold as error:
        trouble = str(error)
    if file and text:
        return Response(text, media_type="application/toml; charset=utf-8", headers=_attached(f"case{SUFFIX}"))
    return page(
        "case_told.html", who, status=409 if trouble else 200, here=NAME, account=account, text=text, trouble=trouble
    )


def _attached(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def _sheet(
    who: Looking,
    result: CaseResult,
    step: int | None,
    address: str,
    text: str = "",
    others: tuple[tuple[str, str], ...] = (),
    number: int = 1,
) -> CaseSheet:
    policy = who.policy.changed(result.case.parameters) if result.case.policy is None else result.case.policy
    shown = seen(result, policy, who.zone)
    last = len(shown.entries)
    at = last if step is None else max(0, min(step, last))
    drawn = picture(shown.entries, policy, at) if shown.entries else None
    return CaseSheet(shown, drawn, at, address, text, others, number)


def _cite(who: Looking) -> Any:
    return linked(who.policy, who.url("/policy/trace"))


_EXAMPLE = """\
[[case]]
title  = "A lock that a code opens"
cites  = ["P-05"]
starts = "security_locked"
begins = 2026-03-02T09:00:00Z
given  = { ground = "unusual_logins", author = "system:rules", contacts = ["email", "phone"] }

[[case.step]]
after = { minutes = 5 }
by    = "holder"
does  = "send_unlock_code"
facts = { channel = "sms" }
then  = "security_locked"

[[case.step]]
after = { seconds = 30 }
by    = "holder"
does  = "verify"
with  = ["right_code"]
then  = "active"
"""
"""What stands in the form to begin with: a case that comes out as it says."""

HANDLERS = (listed, replay_all, case, yours, hand_in, handed, told)
