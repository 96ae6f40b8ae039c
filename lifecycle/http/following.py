"""Following the log as it is written: server-sent events, each with its place, so that whoever lost the line goes on.

Knows pages, pauses and places. Does not know what an event means.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from itertools import islice
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from lifecycle import documents as doc
from lifecycle import log
from lifecycle.errors import BadRequest, LifecycleError
from lifecycle.http import shapes
from lifecycle.http.asking import for_staff
from lifecycle.http.examples import FOLLOWED
from lifecycle.http.problems import Problem
from lifecycle.http.shapes import answers
from lifecycle.http.site import Site, site
from lifecycle.model import Event

PAGE = 200
PAUSE = 1.0
"""How many seconds pass before the log is looked at again, where nothing was new."""

SIGN_OF_LIFE = 15.0
"""After how many seconds without news a line says that the connection still stands."""

LONGEST = 900.0
"""After how many seconds a connection ends. The browser comes again by itself, and is asked anew who it is."""


@get(
    "/events",
    guards=[for_staff],
    responses=answers(
        shapes.Followed,
        FOLLOWED,
        403,
        422,
        429,
        503,
        media_type="text/event-stream",
        says="Events as they are written. `id` is the place in the log, `data` the event as JSON.",
    ),
    tags=["log"],
    summary="Follow the log of all accounts",
)
async def follow(
    request: Request[Any, Any, Any],
    last_event_id: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", description="The id of the last event seen.", max_length=200)
    ] = None,
    after: Annotated[str, QueryParameter(description="The same, for a first connection.", max_length=200)] = "",
    once: Annotated[bool, QueryParameter(description="End once everything there is was told.")] = False,
) -> Stream:
    """Return the events of all accounts in the order of the log, and go on with those to come. For staff.

    Whoever gives the id of the last event they saw misses none and sees none twice.
    """
    place = site(request)
    begins = last_event_id if last_event_id is not None else after
    if place.following >= place.streams:
        raise Problem("too-many-requests", "Too many follow the log already.", headers={"Retry-After": "30"})
    try:
        first = await _page(place, begins)
    except BadRequest:
        raise Problem(
            "not-understood", "This is no place in the log: send the id of an event as you heard it."
        ) from None
    headers = {"X-Accel-Buffering": "no"}
    return Stream(_told(place, begins, first, once=once), media_type="text/event-stream", headers=headers)


async def _page(place: Site, after: str) -> list[tuple[str, Event]]:
    store = place.accounts.service.store
    return await place.accounts.run(lambda: list(islice(store.log(after=after), PAGE)))


async def _told(place: Site, after: str, page: list[tuple[str, Event]], *, once: bool) -> AsyncIterator[str]:
    began = heard = time.monotonic()
    place.following += 1
    try:
        yield f": the log follows\nretry: {int(PAUSE * 1000)}\n\n"
        while True:
            for here, event in page:
                yield message(here, event)
                after = here
            now = time.monotonic()
            if page:
                heard = now
            elif once:
                return
            elif now - heard >= SIGN_OF_LIFE:
                heard = now
                yield ": still here\n\n"
            if place.ending or now - began >= LONGEST:
                return
            if len(page) < PAGE and not once:
                await asyncio.sleep(PAUSE)
            page = await _page(place, after)
    except LifecycleError as error:
        # The answer is under way, so nothing can be said any more: whoever follows comes again and hears it then.
        log.told_of_fault(type(error).__name__, "unavailable")
    finally:
        place.following -= 1


def message(id: str, event: Event) -> str:
    """Return an event as it is sent: its place in the log, and all of it on one line."""
    data = json.dumps({"account": event.account_id, **doc.of_event(event)})
    return f"id: {id}\nevent: lifecycle\ndata: {data}\n\n"


def routes() -> list[ControllerRouterHandler]:
    """Return the endpoints."""
    return [follow]
