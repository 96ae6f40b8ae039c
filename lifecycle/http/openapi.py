"""The OpenAPI document: what stands at its head, and how it is served, as JSON and YAML and from here only.

Knows nothing of endpoints: each describes itself.
"""

from __future__ import annotations

from importlib import metadata
from typing import Any

from litestar import Request, Response, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server

from lifecycle.http.problems import Problem

ABOUT = """Decides what may happen to a customer account, records what did, and explains both.

Every error is a problem document (RFC 9457) whose `type` is stable; `GET /problems` lists them all. Nothing is answered
without a principal. Whoever may not know of an account gets `forbidden`, whether it exists or not.

A transition carries `Idempotency-Key`: the same request under the same key gets the same answer again, and nothing
happens twice. People decide on what they saw: they send `If-Match` with the `ETag` of the account.
"""


def openapi(root: str) -> OpenAPIConfig:
    """Return the settings of the document for an application mounted at *root*."""
    bearer = SecurityScheme(type="http", scheme="bearer", description="A static token, or a token of the host's OIDC.")
    return OpenAPIConfig(
        title="account-lifecycle",
        version=metadata.version("account-lifecycle"),
        description=ABOUT,
        openapi_router=Router("/schema", route_handlers=[], after_request=_no_page_of_theirs, include_in_schema=False),
        render_plugins=[JsonRenderPlugin(), _Yaml()],
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        servers=[Server(url=root or "/")],
        use_handler_docstrings=True,
    )


class _Yaml(YamlRenderPlugin):
    """The document as YAML, written once: it takes long, and nothing else is answered meanwhile."""

    _document: bytes = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return it."""
        self._document = self._document or super().render(request, openapi_schema)
        return self._document


async def _no_page_of_theirs(response: Response[Any]) -> Response[Any]:
    """Answer what is not there like everything else that is not: Litestar has a page of its own for it."""
    if response.status_code == 404:
        raise Problem("not-found")
    return response
