"""The queue of appeals: its page, taking an appeal and giving it back.

Knows the requests. What stands in the queue is `queue`'s.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from lifecycle.http.console.judging import in_the_way
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.pages import Page
from lifecycle.http.console.queue import VIEWS, queue
from lifecycle.http.console.rendering import go, page
from lifecycle.http.problems import Problem
from lifecycle.http.site import known
from lifecycle.store.taking import Taken

PAGES = (Page("appeals", "Appeals", "/appeals"),)

NAME = "appeals"


@get("/console/appeals", include_in_schema=False)
async def shown(request: Req, view: FromQuery[str] = "all", number: FromQuery[int] = 1) -> Response[str]:
    """Show a view of the queue."""
    who = looking(request)
    if view not in VIEWS:
        raise Problem("not-found")
    found = await who.run(lambda: queue(who.service, who.person, who.roles, who.now, view, number))
    return page("appeals.html", who, here=NAME, queue=found, views=VIEWS, now=who.now)


@post("/console/appeals/{account:str}/{number:int}/take", include_in_schema=False)
async def take(request: Req, account: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """Take an appeal, or give it back; if somebody was faster, say who."""
    known(request, account)
    who = looking(request)
    said = await request.form()
    gives_back = said.get("give_back") == "yes"
    seen, view = str(said.get("seen", "")), str(said.get("view", "all"))
    if not who.judges:
        raise Problem("forbidden", "Reviewers and supervisors take appeals.")
    if gives_back and seen != who.person:
        raise Problem("forbidden", "Whoever has an appeal gives it back.")
    trouble = await who.run(lambda: _take(who, account, number, seen, gives_back=gives_back))
    if trouble is not None:
        shown: dict[str, Any] = {"title": "Somebody else was faster", "detail": trouble, "mistakes": [], "code": 412}
        remedy = "The queue shows who has it now."
        return page("problem.html", who, status=412, here=NAME, remedy=remedy, **shown)
    after = who.of(account) if said.get("open") else who.url("/appeals") + (f"?view={view}" if view in VIEWS else "")
    return go(who, after)


def _take(who: Looking, account: str, number: int, seen: str, *, gives_back: bool) -> str | None:
    """Note who has an appeal; what is in the way, in a sentence, if something is.

    Raises:
        UnknownAccount: there is none.
        Problem: whoever asks may not decide it.
    """
    accounts, now = who.service, who.now
    standing = accounts.account(account)
    appeal = standing.appeal
    if appeal is None or appeal.number != number or appeal.status != "open":
        return "This appeal is not open any more."
    if not gives_back and (why := in_the_way(accounts.policy, standing, who.person, who.roles, now)):
        raise Problem("forbidden-actor", why.says)
    mine = Taken(account, number, "" if gives_back else who.person, now)
    if accounts.store.take(mine, instead_of=seen):
        return None
    found = next((one for one in accounts.store.taken(account) if one.number == number), None)
    return f"{found.who} has it now." if found else "Whoever had it has given it back meanwhile."


HANDLERS = (shown, take)
