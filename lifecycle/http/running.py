"""Whether the service is well, its figures, and the list of all problems.

Knows who may ask. Does not know what makes a service unwell: see `lifecycle.health`.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from lifecycle.health import health
from lifecycle.http import shapes
from lifecycle.http.asking import for_staff
from lifecycle.http.examples import HEALTH, PROBLEMS
from lifecycle.http.problems import FAMILY, KINDS, Problem
from lifecycle.http.sessions import principal_of
from lifecycle.http.shapes import answers, schema
from lifecycle.http.site import site


def routes(*, open_health: bool, metrics: Any) -> list[ControllerRouterHandler]:
    """Return the endpoints; *metrics* is the registry shown, True for the usual one."""

    @get(
        "/health",
        opt={"open": open_health},
        responses=answers(shapes.HealthAnswer, HEALTH, 503, says="All is well, or somebody should look."),
        tags=["running"],
        summary="Whether all is well",
        security=[{}, {"bearer": []}] if open_health else None,
    )
    async def get_health(request: Request[Any, Any, Any]) -> Response[Any]:
        """Return whether all is well. Staff hear how much is left to do, how late it is, and what somebody should see.

        503 is only for a database that does not answer: a service that is late is still up.
        """
        accounts = site(request).accounts
        found = await accounts.run(lambda: health(accounts.service))
        principal = principal_of(request)
        well = {"schema": schema("health"), "well": not found.problems}
        if principal is None or not principal.is_staff:
            return Response(well)
        told = {("tables" if name == "schema" else name): value for name, value in found.as_data().items()}
        return Response({**told, **well})

    @get(
        "/metrics",
        guards=[for_staff],
        responses=answers(
            str,
            "lifecycle_timers_due 0.0\n",
            403,
            501,
            media_type="text/plain",
            says="Metrics in the text format of Prometheus.",
        ),
        tags=["running"],
        summary="Figures for Prometheus",
    )
    async def get_metrics(request: Request[Any, Any, Any]) -> Response[Any]:
        """Return the metrics of this process. For staff: give the collector a token with the role `system`."""
        if metrics is None:
            raise Problem(
                "not-available", "No metrics are kept: open the service with telemetry=Telemetry(metrics=True)."
            )
        from prometheus_client import REGISTRY, generate_latest  # noqa: PLC0415 - optional

        text = generate_latest(REGISTRY if metrics is True else metrics)
        # The framework adds the charset to a text by itself; said twice, Prometheus takes it for no media type at all.
        return Response(text, media_type="text/plain; version=0.0.4")

    @get(
        "/problems",
        responses=answers(shapes.ProblemsAnswer, PROBLEMS),
        tags=["running"],
        summary="Every type of problem",
    )
    async def get_problems() -> Response[Any]:
        """Return every type a problem document may have, its status and what to do about it."""
        told = [
            {"type": FAMILY + name, "title": kind.title, "status": kind.status, "remedy": kind.remedy}
            for name, kind in KINDS.items()
        ]
        return Response({"schema": schema("problems"), "problems": told})

    return [get_health, get_metrics, get_problems]
