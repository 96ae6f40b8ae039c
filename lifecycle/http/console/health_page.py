"""The page of how the service stands, and what a supervisor does about notices that could not be sent.

Knows the requests. What stands on the page is `health_seen`'s.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery

from lifecycle.http.console.health_seen import seen
from lifecycle.http.console.looking import Req, looking
from lifecycle.http.console.pages import Page
from lifecycle.http.console.rendering import go, page
from lifecycle.http.problems import Problem
from lifecycle.http.site import known
from lifecycle.model import Role

PAGES = (Page("health", "Health", "/health"),)

NAME = "health"


@get("/console/health", include_in_schema=False)
async def shown(request: Req, did: FromQuery[str] = "") -> Response[str]:
    """Show how the service stands."""
    who = looking(request)
    found = await who.run(lambda: seen(who.service))
    may = Role.SUPERVISOR in who.roles
    return page("health.html", who, here=NAME, found=found, may=may, did=did if did in ("retry", "drop") else "")


@post("/console/health/notices", include_in_schema=False)
async def change(request: Req) -> Response[Any]:
    """Let a notice be sent again, or not at all."""
    who = looking(request)
    said = await request.form()
    what, notice = str(said.get("what", "")), str(said.get("notice", ""))
    account, *numbers = notice.rsplit(":", 2)
    if what not in ("retry", "drop") or len(numbers) != 2 or not all(n.isdecimal() and len(n) < 16 for n in numbers):
        raise Problem("not-understood", "A notice is named account:version:number, and is sent again or dropped.")
    known(request, account)
    if Role.SUPERVISOR not in who.roles:
        raise Problem("forbidden", "Supervisors decide what becomes of a notice that could not be sent.")
    store, now = who.service.store, who.now
    do = store.retry_notice if what == "retry" else store.drop_notice
    version, number = map(int, numbers)
    if not await who.run(lambda: do(account, version, number, at=now)):
        raise Problem("not-found", "There is no such notice that waits or is dead. Somebody may have been faster.")
    return go(who, who.url(f"/health?did={what}"))


HANDLERS = (shown, change)
