"""The headers that every answer carries, whatever it is: what a browser may load, and what it may keep.

Knows browsers. Does not know any page: scripts, styles and pictures come from the server itself, none is written into
a page, and no page is shown inside another's.
"""

from __future__ import annotations

import base64
import hashlib

from litestar.enums import ScopeType
from litestar.types import Message, Scope

COOKIES = "lifecycle_cookies"
"""Where in a request's state the cookies wait that its answer is to set."""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load. There is no ``unsafe-inline``: pages carry no style or script of their own."""

ALWAYS = {
    "content-security-policy": CSP,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Under no-referrer a browser would send the forms of our own pages with "Origin: null", like those of another site.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
"""What an answer carries unless it says otherwise itself."""

HSTS = "max-age=31536000"

_ALWAYS = tuple((name.encode(), value.encode()) for name, value in ALWAYS.items())
_OVER_HTTPS = (*_ALWAYS, (b"strict-transport-security", HSTS.encode()))


def csp_of_picture(style: str) -> str:
    """Return what an SVG of ours may load that is opened by itself: nothing but its own *style*."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"


async def complete(message: Message, scope: Scope) -> None:
    """Put what is missing into the headers of an answer, and the cookies that wait."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    headers = list(message.get("headers", ()))
    there = {name.lower() for name, _ in headers}
    wanted = _OVER_HTTPS if scope["scheme"] == "https" else _ALWAYS
    headers += [each for each in wanted if each[0] not in there]
    waiting = scope.get("state", {}).get(COOKIES, {})
    headers += [(b"set-cookie", value.encode("latin-1")) for value in waiting.values()]
    message["headers"] = headers
