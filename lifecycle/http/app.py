"""`asgi`: the whole service as one application, to be served by itself or mounted in a host's.

    app = asgi(Lifecycle.open(…), StaticTokens(…))

Knows how the parts are put together. Does not know any endpoint, page or rule.

How a page or an endpoint is added
    `lifecycle.http.console`, where it exists, has ``routes() -> Sequence[ControllerRouterHandler]``: Litestar's route
    handlers and routers. They are taken in where ``console=True``. It may also have ``problem_page(request, problem)``,
    which makes a page of a `lifecycle.http.problems.Problem` for somebody at a browser; None leaves the document. So a
    page may simply raise ``Problem("unknown-account")``, or let an error of the library pass.

    Every route is closed: who asks is found out before a handler is called, and whoever is not known gets the problem
    ``not-signed-in`` (``problem_page`` may send them to the sign-in page: a page is wanted, nothing is done). Only
    routes with ``opt={"open": True}`` are open to everybody, such as the sign-in page and the style sheet.

    In a handler, with ``request: Request``:

    - ``site(request)`` is the `Site`: ``.accounts`` (an `AsyncLifecycle`; ``.accounts.service`` is the `Lifecycle`),
      ``.policy``, ``.sessions``. Call the service with ``await site(request).accounts.submit(…)``, or
      ``await site(request).accounts.run(lambda: …)`` for anything else that reads the database.
    - ``require(request)`` is the `Principal`: ``.subject``, ``.roles``, ``.actors(account)``, ``.may_know(account)``.
      The first thing a page about an account does is ``known(request, account)``: it raises ``forbidden`` for those
      who may not know, whether the account exists or not, and does nothing else.
    - ``csrf_token(request)`` is what every form carries in the hidden field ``csrf_token`` (scripts: in the header
      ``X-CSRF-Token``). It is checked before the handler is called, for every POST by cookie and for the sign-in form.
    - ``await sign_in(request, token)`` begins a session and returns the `Principal`, or None; ``start_session`` does so
      for a principal found otherwise; ``end_session(request)`` ends it. The answer carries the cookie by itself.
    - ``here(request, "/queue")`` is the address of a path, wherever the application is mounted.

    All of these are in `lifecycle.http.site`, `require` in `lifecycle.http.sessions`. Headers are set by themselves
    (`lifecycle.http.headers`): pages may load scripts, styles and pictures from ``'self'`` only, none written into them.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ControllerRouterHandler, Message

from lifecycle.awaiting import AsyncLifecycle
from lifecycle.http import headers
from lifecycle.http.openapi import openapi
from lifecycle.http.principals import Principals
from lifecycle.http.problems import Page, answering
from lifecycle.http.routes import routes
from lifecycle.http.sessions import Sessions
from lifecycle.http.site import SITE, Door, Site
from lifecycle.service import Lifecycle

LARGEST_BODY = 512 * 1024
"""How many bytes a request may have, unless its endpoint says less."""

_CONSOLE = "lifecycle.http.console"


def asgi(
    accounts: Lifecycle | AsyncLifecycle,
    principals: Principals,
    *,
    console: bool = True,
    secret: bytes | str | Sequence[bytes | str] | None = None,
    secure_cookies: bool = True,
    sessions: Sessions | None = None,
    holder_facts: Collection[str] = (),
    open_health: bool = False,
    metrics: Any = None,
    root: str = "",
) -> Litestar:
    """Return the service as an ASGI application.

    Args:
        accounts: the service. It stays the caller's to close.
        principals: who is asking; see `lifecycle.http.principals`.
        console: whether the pages are there as well.
        secret: what cookies are signed with, or several, newest first; the same for all processes of a service. By
            default a random one, so that sessions end with the process.
        secure_cookies: False for plain http on the same machine only.
        sessions: in the place of *secret* and *secure_cookies*.
        holder_facts: the facts a holder may say of himself; none unless named.
        open_health: whether ``GET /health`` answers anybody, for a load balancer. It then says only whether all is well.
        metrics: the Prometheus registry that ``GET /metrics`` shows; True for the usual one.
        root: where the application is mounted, for the OpenAPI document: ``/lifecycle``.

    Raises:
        BadRequest: a secret that is too short.
    """
    ours = accounts if isinstance(accounts, AsyncLifecycle) else AsyncLifecycle(accounts)
    sessions = sessions or Sessions(secret, secure=secure_cookies)
    place = Site(ours, principals, sessions, holder_facts=frozenset(holder_facts))
    pages, page = _console() if console else ((), None)
    return _Application(
        [*routes(open_health=open_health, metrics=metrics), *pages],
        before_send=[headers.complete],
        debug=False,
        exception_handlers={Exception: answering(page)},
        logging_config=None,
        middleware=[Door()],
        openapi_config=openapi(root),
        pdb_on_exception=False,
        request_max_body_size=LARGEST_BODY,
        state=State({SITE: place}),
    )


class _Application(Litestar):
    """Answers HEAD like GET, without a body: load balancers ask so, and HTTP wants it of every server."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return
        over = False

        async def without_body(message: Message) -> None:
            nonlocal over
            if message["type"] != "http.response.body":
                await send(message)
            elif not over:
                over = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        whole: Any = {**scope, "method": "GET"}
        await super().__call__(whole, receive, without_body)


def _console() -> tuple[Sequence[ControllerRouterHandler], Page | None]:
    if importlib.util.find_spec(_CONSOLE) is None:
        return (), None
    module = importlib.import_module(_CONSOLE)
    return module.routes(), getattr(module, "problem_page", None)


def lifespan(app: Litestar) -> AbstractAsyncContextManager[None]:
    """Return what a host enters in its own lifespan, since a mounted application is not told when the host begins.

    ``async with lifespan(app): yield``
    """
    return _entered(app)


def ending(app: Litestar) -> None:
    """Let those go who follow the log: the server that *app* runs in is about to end, and would wait for them."""
    app.state[SITE].ending = True


@asynccontextmanager
async def _entered(app: Litestar) -> AsyncIterator[None]:
    async with app.lifespan():
        yield
