"""Every endpoint of the API, gathered.

Knows which rooms have some. Does not know what any of them does.
"""

from __future__ import annotations

from typing import Any

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Operation
from litestar.types import ControllerRouterHandler

from lifecycle.http import asking, following, queue, rules, running, submitting
from lifecycle.http.operations import Told
from lifecycle.http.queries import only_known


def routes(*, open_health: bool, metrics: Any) -> list[ControllerRouterHandler]:
    """Return the endpoints; *open_health* and *metrics* are explained in `lifecycle.http.app.asgi`."""
    found = [
        *asking.routes(),
        *submitting.routes(),
        *queue.routes(),
        *following.routes(),
        *rules.routes(),
        *running.routes(open_health=open_health, metrics=metrics),
    ]
    for each in found:
        if isinstance(each, HTTPRouteHandler) and each.operation_class is Operation:
            each.operation_class = Told
    return [Router("/", route_handlers=found, before_request=only_known)]
