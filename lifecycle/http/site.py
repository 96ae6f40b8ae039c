"""What every request finds: the accounts, who may ask, sessions and limits; and the door they all come through.

Knows in which order a request is checked: who asks, then whether it comes from a page of ours. Does not know any
endpoint. A route is closed unless it says ``opt={"open": True}``.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from lifecycle.awaiting import AsyncLifecycle
from lifecycle.http.limits import Limit
from lifecycle.http.principals import Connection, Principal, Principals, asked
from lifecycle.http.problems import Problem, not_signed_in, too_many
from lifecycle.http.sessions import FIELD, HEADER, Session, Sessions, principal_of, set_session
from lifecycle.rows import Policy

SITE = "lifecycle"
"""Where in the application's state the `Site` is."""

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


@define
class Site:
    """One service: its accounts, its principals, and how often they may try."""

    accounts: AsyncLifecycle
    principals: Principals
    sessions: Sessions
    challenges: Limit = field(factory=lambda: Limit(10, 600))
    """How often a code may be tried or asked for, for each account, and by each person of the staff."""
    sign_ins: Limit = field(factory=lambda: Limit(10, 300))
    """How often somebody at one address may try to sign in."""
    holder_facts: frozenset[str] = frozenset()
    """The facts a holder may say of himself; all others are found out by the host's ``gather``."""
    streams: int = 100
    """How many may follow the log at once."""
    following: int = 0
    """How many do."""
    ending: bool = False
    """Whether the server is about to end, so that those who follow are let go and come again elsewhere."""
    replaying: asyncio.Lock = field(factory=asyncio.Lock)
    """Held while cases are replayed: that is much work, and one at a time."""

    @property
    def policy(self) -> Policy:
        """The rules of the service."""
        return self.accounts.service.policy


def site(request: Connection) -> Site:
    """Return the service that *request* is asked of."""
    found: Site = request.app.state[SITE]
    return found


def known(request: Connection, account: str) -> Principal:
    """Return who is asking, if they may know anything of *account*.

    Nothing is looked up to tell: for those who may not know, an account that exists and one that does not are alike.

    Raises:
        Problem: ``forbidden``.
    """
    found: Principal | None = request.scope.get("user")
    if found is None:
        raise not_signed_in(shown=False)
    if not found.may_know(account):
        raise Problem("forbidden")
    return found


def here(request: Connection, path: str) -> str:
    """Return the address of *path* of this application, wherever it is mounted."""
    return request.scope.get("root_path", "").rstrip("/") + path


class Door(ASGIMiddleware):
    """Finds out who asks before anything else happens, and refuses forms that are not ours."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a request through, or raise the problem it is."""
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        place = site(request)
        session = place.sessions.read(request.cookies.get(place.sessions.cookie))
        shown = await asked(place.principals, request)
        principal = shown if shown is not None or session is None else session.principal
        scope["user"], scope["auth"] = principal, session
        is_open = bool(scope["route_handler"].opt.get("open"))
        if principal is None and not is_open:
            raise not_signed_in(shown="authorization" in request.headers)
        if request.method not in SAFE:
            _check_origin(request)
            ambient = getattr(place.principals, "ambient", True) and request.content_type[0] in _FORMS
            if shown is None or ambient:
                await _check_form(request, place.sessions, session)
        if session is not None and shown is None and place.sessions.is_old(session):
            set_session(request, place.sessions, place.sessions.renewed(session))
        await next_app(scope, receive, send)


def _check_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse what a browser sends on behalf of another site's page. Programs send neither header."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem("cross-site")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem("cross-site")


async def _check_form(request: Request[Any, Any, Any], sessions: Sessions, session: Session | None) -> None:
    said: object = request.headers.get(HEADER)
    form = await request.form() if said is None and request.content_type[0] in _FORMS[:2] else None
    if form is not None:
        said = form.get(FIELD)
    if session is None or not sessions.is_token(session, said):
        if form is not None:
            await form.close()
        raise Problem("cross-site", "The form is not one of ours, or it was open for too long.")


# --- for pages ---------------------------------------------------------------------------------------------------


def csrf_token(request: Request[Any, Any, Any]) -> str:
    """Return the token for the forms of a page; the answer sets the cookie it belongs to, where there is none yet."""
    sessions = site(request).sessions
    session: Session | None = request.scope.get("auth")
    if session is None:
        session = sessions.begin(None)
        set_session(request, sessions, session)
    return sessions.token(session)


def start_session(request: Request[Any, Any, Any], principal: Principal) -> None:
    """Let the answer to *request* begin a session of *principal*, in the place of one there may be."""
    sessions = site(request).sessions
    old: Session | None = request.scope.get("auth")
    if old is not None:
        sessions.end(old)
    request.scope["user"] = principal
    set_session(request, sessions, sessions.begin(principal))


def end_session(request: Request[Any, Any, Any]) -> None:
    """End the session for good, and let the answer take its cookie away."""
    place = site(request)
    session: Session | None = request.scope.get("auth")
    if session is not None:
        place.sessions.end(session)
    request.scope["user"] = None
    set_session(request, place.sessions, None)


async def sign_in(request: Request[Any, Any, Any], token: str) -> Principal | None:
    """Begin a session for whoever *token* belongs to, and return them; None if it is worth nothing.

    The token is asked of the provider as if it had come in the ``Authorization`` header.

    Raises:
        Problem: ``too-many-requests``.
    """
    place = site(request)
    wait = place.sign_ins.take(request.client.host if request.client else "")
    if wait:
        raise too_many(wait)
    scope: Any = dict(request.scope)
    said = token.strip().encode("utf-8", "replace")
    scope["headers"] = [(b"authorization", b"Bearer " + said)]
    scope["state"] = {}
    found = await asked(place.principals, ASGIConnection(scope))
    if found is not None:
        start_session(request, found)
    return found


__all__ = [
    "SITE",
    "Door",
    "Site",
    "csrf_token",
    "end_session",
    "here",
    "known",
    "principal_of",
    "sign_in",
    "site",
    "start_session",
]
