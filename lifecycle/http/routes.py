"""Every endpoint of the API, gathered.

Knows which rooms have some. Does not know what any of them does.
"""

from __future__ import annotations

from typing import Any

from litestar.types import ControllerRouterHandler

from lifecycle.http import asking, following, queue, rules, running, submitting


def routes(*, open_health: bool, metrics: Any) -> list[ControllerRouterHandler]:
    """Return the endpoints; *open_health* and *metrics* are explained in `lifecycle.http.app.asgi`."""
    return [
        *asking.routes(),
        *submitting.routes(),
        *queue.routes(),
        *following.routes(),
        *rules.routes(),
        *running.routes(open_health=open_health, metrics=metrics),
    ]
