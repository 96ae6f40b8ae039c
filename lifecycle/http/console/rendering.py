"""From what a page shows to HTML: the templates, what they may call, and the answers they become.

Knows Jinja2. Everything a template prints is escaped. Does not know any page.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from litestar import Response
from litestar.enums import MediaType
from litestar.response import Redirect

from lifecycle.http.console import words
from lifecycle.http.console.assets import assets
from lifecycle.http.console.looking import Looking, Req, glancing
from lifecycle.http.console.pages import navigation
from lifecycle.http.problems import KINDS, Problem
from lifecycle.http.site import site
from lifecycle.prose.words import capital, count, gap, plain

FOLDER = Path(__file__).resolve().parent / "templates"


@functools.cache
def environment() -> jinja2.Environment:
    """Return the templates; a name that is not known is an error, not an empty place."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(plain=plain, capital=capital, iso=words.iso, when=words.when, short=words.short, gap=gap)
    made.globals.update(count=count, said=words.said, query=_query)
    return made


def _query(**values: Any) -> str:
    """Return the query of an address; what is None, empty or zero is left out."""
    kept = {name: str(value) for name, value in values.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def html(template: str, looking: Looking, **shown: Any) -> str:
    """Return a template filled with what it shows."""
    found = {name: f"{looking.base}/static/{asset.name}" for name, asset in assets().items()}
    macros = environment().get_template("macros.html").make_module({"looking": looking})
    shared = {"looking": looking, "navigation": navigation(), "assets": found, "here": "", "m": macros}
    return environment().get_template(template).render({**shared, **shown})


def page(
    template: str, looking: Looking, *, status: int = 200, headers: Mapping[str, str] | None = None, **shown: Any
) -> Response[str]:
    """Return a page as an answer. *here* names the entry of the navigation it belongs to."""
    made = html(template, looking, **shown)
    return Response(made, status_code=status, headers=dict(headers or {}), media_type=MediaType.HTML)


def go(looking: Looking, path: str) -> Response[Any]:
    """Send a browser to another page after something was done; *path* is an address of `Looking.url`."""
    if looking.partial:
        return Response("", status_code=200, headers={"HX-Redirect": path}, media_type=MediaType.HTML)
    return Redirect(path, status_code=303)


_TELLS: Mapping[str, tuple[str, str]] = {
    "forbidden": ("This is not yours to see or do", "Ask somebody who may, or sign in as somebody else."),
    "forbidden-actor": ("This is not yours to do", "Ask somebody who may."),
    "unknown-account": ("There is no such account", "Check the id, or look for the account."),
    "not-found": ("There is no such page", "The address may be old, or mistyped."),
    "cross-site": ("This form is not valid any more", "Go back, open the page anew, and send it again."),
    "stale-version": ("The account has changed meanwhile", "Look at what changed, and decide on what you see then."),
    "conflict": ("Others moved the account at the same moment", "Nothing was written. Try again."),
    "key-reused": ("This form was sent already", "What was sent first is done, or was refused: look at the account."),
    "not-understood": ("Something in this does not fit", "Go back and correct it."),
    "too-many-requests": ("Too many tries", "Wait a little, then try again."),
    "unavailable": ("The service cannot answer now", "Nothing was written. Try again in a moment."),
    "internal": (
        "Something went wrong here",
        "Nothing more is known on this page. If it stays so, tell whoever runs it.",
    ),
}
"""What a page says of a problem: its title, and what to do. Others say what their document says."""


def problem_page(request: Req, problem: Problem) -> Response[Any] | None:
    """Return the page of a problem for somebody at a browser; whoever is not signed in is asked to. See `app`."""
    # Of an address that is none, a host's mount may or may not have taken its own part away.
    asked = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    if asked != "/console" and not asked.startswith("/console/"):
        return None
    _as_they_are(request)
    looking = glancing(request)
    if problem.kind == "not-signed-in" and request.method in ("GET", "HEAD"):
        return go(looking, looking.url("/sign-in") + _query(next=request.url.path))
    title, remedy = _TELLS.get(problem.kind, (KINDS[problem.kind].title, KINDS[problem.kind].remedy))
    quiet = problem.status >= 500
    detail = "" if quiet or problem.detail in ("", f"{KINDS[problem.kind].title}.") else problem.detail
    mistakes = [] if quiet else [each for each in problem.more.get("mistakes", ()) if each != detail]
    shown: dict[str, Any] = {
        "title": title,
        "detail": detail,
        "remedy": remedy,
        "mistakes": mistakes,
        "code": problem.status,
    }
    return page("problem.html", looking, status=problem.status, **shown)


def _as_they_are(request: Req) -> None:
    """Find out who looks where nobody has yet: an address that is none is answered before anybody asks."""
    if request.scope.get("auth") is None and request.scope.get("user") is None:
        sessions = site(request).sessions
        session = sessions.read(request.cookies.get(sessions.cookie))
        request.scope["auth"], request.scope["user"] = session, session.principal if session else None
