"""Signing in and out, and the reader's time zone.

Knows the form. Does not know who anybody is: a provider tells, see `lifecycle.http.principals`.
"""

from __future__ import annotations

import zoneinfo
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Redirect

from lifecycle.http.console.looking import ZONE, Req, glancing, looking
from lifecycle.http.console.rendering import go, page
from lifecycle.http.problems import Problem
from lifecycle.http.site import end_session, sign_in, site

_YEAR = 365 * 24 * 3600


@get("/console/sign-in", opt={"open": True}, include_in_schema=False, sync_to_thread=False)
def form(request: Req, next: FromQuery[str] = "") -> Response[str]:
    """Show the form."""
    return page("sign_in.html", glancing(request), next=next, wrong=False)


@post("/console/sign-in", opt={"open": True}, include_in_schema=False)
async def enter(request: Req) -> Response[Any]:
    """Begin a session for whoever the token belongs to."""
    said = await request.form()
    who = glancing(request)
    wanted = str(said.get("next", ""))
    if await sign_in(request, str(said.get("token", ""))) is None:
        return page("sign_in.html", who, status=403, next=wanted, wrong=True)
    return Redirect(back_to(who.base, wanted), status_code=303)


@post("/console/sign-out", include_in_schema=False)
async def leave(request: Req) -> Response[Any]:
    """End the session."""
    who = glancing(request)
    end_session(request)
    return Redirect(who.url("/sign-in"), status_code=303)


@post("/console/zone", include_in_schema=False)
async def zone(request: Req) -> Response[Any]:
    """Show times in another zone from now on."""
    who = looking(request)
    said = await request.form()
    wanted = str(said.get("zone", "")).strip()
    try:
        zoneinfo.ZoneInfo(wanted)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem("not-understood", "No time zone is called so. Use a name such as Europe/Berlin.") from None
    answer = go(who, back_to(who.base, str(said.get("next", ""))))
    secure = site(request).sessions.secure
    cookie = Cookie(ZONE, value=wanted, path="/", max_age=_YEAR, httponly=True, secure=secure, samesite="strict")
    answer.set_cookie(cookie)
    return answer


def back_to(base: str, wanted: str) -> str:
    """Return *wanted* if it is a page of the console, else the entrance: nobody is sent to another site."""
    parts = urlsplit(wanted)
    plain = not parts.scheme and not parts.netloc and "\\" not in wanted and wanted.isprintable()
    return wanted if plain and wanted.startswith(f"{base}/") and not wanted.startswith("//") else base


HANDLERS = (form, enter, leave, zone)
