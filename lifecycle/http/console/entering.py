"""Signing in by a link that works once: for a demo, whose visitors have nothing to show yet.

Knows the links that whoever runs the application handed out; a service hands out none, and then there is nothing here.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any

from litestar import Litestar, get
from litestar.params import FromPath
from litestar.response import Redirect

from lifecycle.http.console.looking import Req, glancing
from lifecycle.http.principals import Principal
from lifecycle.http.problems import Problem, too_many
from lifecycle.http.site import site, start_session

_STATE = "lifecycle_invitations"

_using = threading.Lock()


def invite(app: Litestar, principal: Principal) -> str:
    """Return the secret part of a link by which *principal* signs in, once."""
    ticket = secrets.token_urlsafe(24)
    app.state.setdefault(_STATE, {})[ticket] = principal
    return ticket


@get("/console/enter/{ticket:str}", opt={"open": True}, include_in_schema=False, sync_to_thread=False)
def enter(request: Req, ticket: FromPath[str]) -> Redirect:
    """Begin a session for whoever the link was made for."""
    if wait := site(request).sign_ins.take(request.client.host if request.client else ""):
        raise too_many(wait)
    invitations: dict[str, Any] = request.app.state.get(_STATE, {})
    with _using:
        principal = invitations.pop(ticket, None)
    if principal is None:
        raise Problem("not-found", "This link was used already, or never worked. Each lets somebody in once.")
    start_session(request, principal)
    return Redirect(glancing(request).base, status_code=303)


HANDLERS = (enter,)
"""The page of a link."""
