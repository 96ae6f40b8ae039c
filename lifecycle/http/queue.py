"""The queue of appeals: those that wait, each with the moment it is overdue by the policy's calendar.

Knows pages and the order in which appeals are worth looking at. Does not decide any.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import heapq
from collections.abc import Iterator, Mapping
from itertools import dropwhile, islice
from typing import Annotated, Any, TypeAlias

from attrs import frozen
from litestar import Request, Response, get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from lifecycle import documents as doc
from lifecycle.calendar import WorkCalendar
from lifecycle.http import shapes
from lifecycle.http.asking import for_staff
from lifecycle.http.examples import APPEALS
from lifecycle.http.problems import Problem
from lifecycle.http.shapes import answers, schema
from lifecycle.http.site import site
from lifecycle.service import Lifecycle
from lifecycle.store import Appealed
from lifecycle.store.taking import Taken

PAGE, LONGEST_PAGE = 50, 200

_A_DAY = dt.timedelta(hours=26)
"""A day, and what a change of the clock may add to it."""

Place: TypeAlias = tuple[dt.datetime, str, int]
"""Where an appeal is in the queue: when it is due, and which it is."""


@frozen
class Waiting:
    """An appeal, and when it is overdue; None where the policy names no time."""

    appeal: Appealed
    due: dt.datetime | None

    @property
    def place(self) -> Place:
        """Where it is in the queue."""
        return (self.due or self.appeal.since, self.appeal.account_id, self.appeal.number)


def queue(service: Lifecycle, *, open: bool) -> Iterator[Waiting]:
    """Return the open appeals, those due first first; or the decided ones, the oldest first.

    Times are worked out as appeals are reached, by the policy's calendar (A-37): of a long queue only the pages that are
    read cost anything.
    """
    policy = service.policy
    if not open or policy.overdue_after is None:
        yield from (Waiting(each, None) for each in service.appeals(open=open))
        return
    calendar: WorkCalendar = policy.parameters.calendar
    usual, escalated = (getattr(policy.parameters, name) for name in policy.overdue_after)
    held: list[tuple[Place, Waiting]] = []
    for appeal in service.appeals(open=True):
        ends = calendar.add(appeal.since, usual), calendar.add(appeal.since, escalated)
        # Whoever appeals later is due no sooner, but for the hour of a day that is no working day.
        while held and held[0][0][0] < min(ends) - _A_DAY:
            yield heapq.heappop(held)[1]
        waiting = Waiting(appeal, ends[appeal.escalated])
        heapq.heappush(held, (waiting.place, waiting))
    while held:
        yield heapq.heappop(held)[1]


@get(
    "/appeals",
    guards=[for_staff],
    responses=answers(shapes.AppealsAnswer, APPEALS, 403, 422, 503),
    tags=["appeals"],
    summary="The queue of appeals",
)
async def get_appeals(
    request: Request[Any, Any, Any],
    open: Annotated[bool, QueryParameter(description="Those that wait, or those that were decided.")] = True,
    after: Annotated[str | None, QueryParameter(description="The `next` of the page before.", max_length=400)] = None,
    limit: Annotated[int, QueryParameter(description="How many at most.", ge=1, le=LONGEST_PAGE)] = PAGE,
) -> Response[Any]:
    """Return the appeals, those that are overdue or will be soonest first. For staff.

    `taken` says who has taken an appeal, and since when: it is theirs until they give it back or it is decided.
    """
    accounts = site(request).accounts
    begins = None if after is None else _read(after)
    service = accounts.service
    found, taken = await accounts.run(lambda: (_page(service, open, begins, limit + 1), _taken(service, open)))
    at, page = service.clock().astimezone(dt.UTC), found[:limit]
    following = _written(page[-1].place) if len(found) > limit else None
    said = {"schema": schema("appeals"), "policy": doc.of_policy(service.policy), "at": doc.moment(at)}
    return Response({**said, "appeals": [told(each, taken, at) for each in page], "next": following})


def _page(service: Lifecycle, open: bool, after: Place | None, size: int) -> list[Waiting]:
    found = queue(service, open=open)
    rest = found if after is None else dropwhile(lambda waiting: waiting.place <= after, found)
    return list(islice(rest, size))


def _taken(service: Lifecycle, open: bool) -> Mapping[tuple[str, int], Taken]:
    """Who has taken which appeal. Nobody has one that was decided."""
    return {(each.account_id, each.number): each for each in service.store.taken()} if open else {}


def told(waiting: Waiting, taken: Mapping[tuple[str, int], Taken], at: dt.datetime) -> dict[str, Any]:
    """Return one place of the queue as JSON data."""
    appeal = waiting.appeal
    held = taken.get((appeal.account_id, appeal.number))
    return {
        "account": appeal.account_id,
        "number": appeal.number,
        "since": doc.moment(appeal.since),
        "status": appeal.status,
        "escalated": appeal.escalated,
        "outcome": appeal.outcome,
        "decided_at": doc.moment(appeal.decided_at),
        "due": doc.moment(waiting.due),
        "overdue": waiting.due is not None and waiting.due <= at,
        "taken": None if held is None else {"by": held.who, "at": doc.moment(held.at)},
    }


def _written(place: Place) -> str:
    at, account, number = place
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{account}|{number}".encode()).decode("ascii").rstrip("=")


def _read(said: str) -> Place:
    try:
        text = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode()
        at, account, number = text.split("|")
        moment = dt.datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, account, int(number)
    except (ValueError, binascii.Error):
        raise Problem("not-understood", "after is no place in the queue: give the next of a page.") from None


def routes() -> list[ControllerRouterHandler]:
    """Return the endpoints."""
    return [get_appeals]
