"""The questions about one account: how it stands, what can happen next, the ways out, its log and its timeline.

Knows paths, versions and pages. Does not write. Who may know nothing of an account is turned away before anything is
looked up.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from lifecycle import documents as doc
from lifecycle.facts import CODE
from lifecycle.http import shapes
from lifecycle.http.examples import ACCOUNT, EVENTS, OPTIONS, PLAN, TIMELINE
from lifecycle.http.operations import Versioned
from lifecycle.http.principals import Principal
from lifecycle.http.problems import Problem
from lifecycle.http.queries import time_in
from lifecycle.http.shapes import answers, schema
from lifecycle.http.site import known, site
from lifecycle.http.timeline import timeline
from lifecycle.model import Account, Actor, Role
from lifecycle.service import Lifecycle

PAGE, LONGEST_PAGE = 200, 1000
"""How many events an answer holds, unless more are asked for, and at most."""

ID = "^" + CODE.pattern.replace(r"\Z", "$")
"""What an id looks like, for the OpenAPI document."""

AccountId = Annotated[str, PathParameter(description="The account's id.", pattern=ID)]
IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", description="The ETag of the version you have.")
]
UNCHANGED = ResponseSpec(
    None, description="Nothing changed since the version in If-None-Match.", generate_examples=False
)
_Request = Request[Any, Any, Any]
_ROLES = tuple(each.value for each in Role)


async def may_know(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Turn away who may know nothing of the account, then what can be no account: a guard of Litestar's."""
    account = connection.path_params["account"]
    known(connection, account)
    if not CODE.match(account):
        raise Problem("unknown-account")


async def for_staff(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Turn away who is not of the staff: a guard of Litestar's."""
    found: Principal | None = connection.scope.get("user")
    if found is None or not found.is_staff:
        raise Problem("forbidden")


def acting(principal: Principal, account: str, role: str | None) -> tuple[Actor, ...]:
    """Return whom *principal* may act as on *account*: in *role*, or in any where none is named.

    Raises:
        Problem: ``not-understood``: there is no such role; ``forbidden-actor``: it is not theirs.
    """
    if role is not None and role not in _ROLES:
        raise Problem("not-understood", f'no role is called "{role}". Known: {", ".join(_ROLES)}.')
    found = tuple(each for each in principal.actors(account) if role in (None, each.role.value))
    if not found:
        raise Problem("forbidden-actor", "You have no role in which you could ask this.")
    return found


def etag(account: Account) -> str:
    """Return the version of an account as an entity tag."""
    return f'"{account.version}"'


def is_same(if_none_match: str | None, tag: str) -> bool:
    """Whether who asks has the version of this entity tag already."""
    return tag in [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]


def standing(service: Lifecycle, account: Account, at: dt.datetime) -> dict[str, Any]:
    """Return what every answer about an account begins with."""
    return {"policy": doc.of_policy(service.policy), "account": doc.of_account(account), "at": doc.moment(at)}


def now(service: Lifecycle, account: Account) -> dt.datetime:
    """Return the time of an answer: the clock's, held back by the account's last event (D-17)."""
    found = service.clock().astimezone(dt.UTC)
    return max(found, account.at) if account.at else found


@get(
    "/accounts/{account:str}",
    guards=[may_know],
    responses={
        **answers(shapes.AccountAnswer, ACCOUNT, 403, 404, 422, 503),
        304: UNCHANGED,
    },
    tags=["accounts"],
    operation_class=Versioned,
    summary="How an account stands",
)
async def get_account(
    account: AccountId,
    request: _Request,
    if_none_match: IfNoneMatch = None,
) -> Response[Any]:
    """Return state, version and timers. The `ETag` is the version; with `If-None-Match` an unchanged one is 304."""
    service = site(request).accounts.service
    found = await site(request).accounts.account(account)
    tag = {"ETag": etag(found)}
    if is_same(if_none_match, etag(found)):
        return Response(None, status_code=304, headers=tag)
    return Response({"schema": schema("account"), **standing(service, found, now(service, found))}, headers=tag)


@get(
    "/accounts/{account:str}/options",
    guards=[may_know],
    responses=answers(shapes.OptionsAnswer, OPTIONS, 403, 404, 422, 503),
    tags=["accounts"],
    operation_class=Versioned,
    summary="What can happen next, and why not",
)
async def get_options(
    account: AccountId,
    request: _Request,
    role: Annotated[
        str | None,
        QueryParameter(
            description="In which of your roles; all of them if left out.", schema_extra={"enum": [*_ROLES]}
        ),
    ] = None,
) -> Response[Any]:
    """Return everything you could do from here, allowed or refused, with what every condition says.

    `allowed` is null where a fact is missing to tell; `needs` names it.
    """
    actors = acting(known(request, account), account, role)

    def ask(service: Lifecycle) -> tuple[Account, list[dict[str, Any]]]:
        found = service.account(account)
        several = [(str(by), service.options(account, by=by)) for by in actors]
        return found, [doc.of_option(option, by) for by, options in several for option in options]

    accounts = site(request).accounts
    found, options = await accounts.run(lambda: ask(accounts.service))
    said = standing(accounts.service, found, now(accounts.service, found))
    return Response({"schema": schema("options"), **said, "options": options}, headers={"ETag": etag(found)})


@get(
    "/accounts/{account:str}/plan",
    guards=[may_know],
    responses=answers(shapes.PlanAnswer, PLAN, 403, 404, 422, 503),
    tags=["accounts"],
    operation_class=Versioned,
    summary="The ways out",
)
async def get_plan(
    account: AccountId,
    request: _Request,
    to: Annotated[str, QueryParameter(description="The state to get to.")] = "active",
    peak: Annotated[bool | None, QueryParameter(description="Whether it is a time of many appeals.")] = None,
    sale_at: Annotated[
        str | None,
        QueryParameter(description="When it should be done by, with an offset.", schema_extra={"format": "date-time"}),
    ] = None,
) -> Response[Any]:
    """Return every way from where the account stands to a state, the cheapest first, and what is shut and why."""
    accounts, by_then = site(request).accounts, time_in("sale_at", sale_at)
    found = await accounts.account(account)
    plan = await accounts.plan(account, to, peak=peak, sale_at=by_then)
    said = {"policy": doc.of_policy(accounts.service.policy), "account": doc.of_account(found)}
    return Response({"schema": schema("plan"), **said, **doc.of_plan(plan)}, headers={"ETag": etag(found)})


@get(
    "/accounts/{account:str}/events",
    guards=[may_know, for_staff],
    responses=answers(shapes.EventsAnswer, EVENTS, 403, 404, 422, 503),
    tags=["accounts"],
    summary="The log of an account",
)
async def get_events(
    account: AccountId,
    request: _Request,
    after: Annotated[int, QueryParameter(description="Only events of a later version.", ge=0, le=2**53)] = 0,
    limit: Annotated[int, QueryParameter(description="How many at most.", ge=1, le=LONGEST_PAGE)] = PAGE,
) -> Response[Any]:
    """Return the events whole, the earliest first; `next` is the `after` of the next page. For staff."""
    accounts = site(request).accounts

    def ask(service: Lifecycle) -> list[Any]:
        service.account(account)
        return list(islice(service.store.events(account, after=after), limit + 1))

    found = await accounts.run(lambda: ask(accounts.service))
    page = found[:limit]
    following = page[-1].version if len(found) > limit else None
    said = {"schema": schema("events"), "account": account, "events": [doc.of_event(each) for each in page]}
    return Response({**said, "next": following})


@get(
    "/accounts/{account:str}/timeline",
    guards=[may_know, for_staff],
    responses=answers(shapes.TimelineAnswer, TIMELINE, 403, 404, 422, 503),
    tags=["accounts"],
    summary="What happened, and what was refused",
)
async def get_timeline(
    account: AccountId,
    request: _Request,
    limit: Annotated[int, QueryParameter(description="How many of the latest.", ge=1, le=LONGEST_PAGE)] = PAGE,
) -> Response[Any]:
    """Return events and refused attempts in one line of time, and the timers ahead. For staff.

    `earlier` counts what came before the first one told.
    """
    accounts = site(request).accounts

    def ask(service: Lifecycle) -> dict[str, Any]:
        found = service.account(account)
        said = {"policy": doc.of_policy(service.policy), "account": doc.of_account(found)}
        told = timeline(service.policy, service.events(account), service.denials(account), found, limit)
        return {"schema": schema("timeline"), **said, **told}

    return Response(await accounts.run(lambda: ask(accounts.service)))


def routes() -> list[ControllerRouterHandler]:
    """Return the endpoints."""
    return [get_account, get_options, get_plan, get_events, get_timeline]
