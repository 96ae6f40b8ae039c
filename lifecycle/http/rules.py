"""The rules themselves: the policy, its pictures, and cases replayed under it.

Knows how rules are asked for. Does not touch any account: a replay has a database of its own, in memory.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Annotated, Any

import attrs
from litestar import MediaType, Request, Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from litestar.serialization import encode_json
from litestar.types import ControllerRouterHandler

from lifecycle import casebook
from lifecycle import documents as doc
from lifecycle.diagrams.drawing import DiagramExtraMissing
from lifecycle.http import shapes
from lifecycle.http.asking import ID, UNCHANGED, IfNoneMatch, for_staff, is_same
from lifecycle.http.bodies import ReplayBody, Strict
from lifecycle.http.examples import CASE, POLICY, REPLAY
from lifecycle.http.headers import csp_of_picture
from lifecycle.http.operations import Versioned
from lifecycle.http.pictures import Asked, drawn, style_of
from lifecycle.http.problems import Problem
from lifecycle.http.shapes import answers, schema
from lifecycle.http.site import known, site
from lifecycle.rows import Policy

LARGEST_CASE = 512 * 1024
"""How many bytes a body with a case file may have; the case itself may be shorter."""


@get(
    "/policy",
    responses={**answers(shapes.PolicyAnswer, POLICY), 304: UNCHANGED},
    tags=["rules"],
    operation_class=Versioned,
    summary="Every rule",
)
async def get_policy(request: Request[Any, Any, Any], if_none_match: IfNoneMatch = None) -> Response[Any]:
    """Return every row as data and as an English sentence, every guard, timer, notice, ground and parameter.

    With `If-None-Match` an unchanged policy is 304.
    """
    place = site(request)
    said, tag = await place.accounts.run(lambda: _written(place.policy))
    if is_same(if_none_match, tag):
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(said, media_type=MediaType.JSON, headers={"ETag": tag})


@functools.lru_cache(maxsize=4)
def _written(policy: Policy) -> tuple[bytes, str]:
    """A policy as it is sent, and its entity tag: it is long, and never changes while the service runs."""
    said = encode_json({"schema": schema("policy"), **doc.of_rules(policy), "parameters": _parameters(policy)})
    return said, f'"{policy.version}-{hashlib.sha256(said).hexdigest()[:12]}"'


def _parameters(policy: Policy) -> dict[str, Any]:
    held = policy.parameters
    return {each.name: doc.in_data(getattr(held, each.name)) for each in attrs.fields(type(held))} if held else {}


@get(
    "/diagram.svg",
    responses=answers(
        str,
        "<svg …>",
        403,
        404,
        422,
        501,
        503,
        media_type="image/svg+xml",
        says="A picture for light and dark, with a description.",
    ),
    tags=["rules"],
    summary="A picture of the rules",
)
async def get_diagram(
    request: Request[Any, Any, Any],
    focus: Annotated[str | None, QueryParameter(description="Only the ways into this state and out of it.")] = None,
    actor: Annotated[str | None, QueryParameter(description="Only what this role may do.")] = None,
    chapter: Annotated[str | None, QueryParameter(description="Only this chapter of the policy.")] = None,
    machine: Annotated[str | None, QueryParameter(description="account, membership or level.")] = None,
    highlight: Annotated[str | None, QueryParameter(description="A state that is to stand out.")] = None,
    account: Annotated[
        str | None, QueryParameter(description="An account whose state is to stand out.", pattern=ID)
    ] = None,
) -> Response[Any]:
    """Draw the whole policy, or a part of it."""
    place = site(request)
    if account is not None:
        known(request, account)
        highlight = (await place.accounts.account(account)).state.value
    asked = Asked(focus=focus, actor=actor, chapter=chapter, machine=machine, highlight=highlight)
    try:
        picture = await place.accounts.run(lambda: drawn(place.policy, asked))
    except DiagramExtraMissing:
        raise Problem("not-available", "Pictures need the extra [diagram] on the server.") from None
    headers = {"Content-Security-Policy": csp_of_picture(style_of(picture))}
    return Response(picture, media_type="image/svg+xml", headers=headers)


@post(
    "/replay",
    guards=[for_staff],
    dto=Strict[ReplayBody],
    return_dto=None,
    status_code=200,
    request_max_body_size=LARGEST_CASE,
    responses=answers(shapes.ReplayAnswer, REPLAY, 403, 413, 415, 422, 429),
    tags=["rules"],
    summary="Replay a case file",
)
async def post_replay(
    request: Request[Any, Any, Any],
    data: Annotated[ReplayBody, Body(examples=[Example(value={"case": CASE})])],
) -> Response[Any]:
    """Replay the cases of a case file under the policy of this service, and return what came of each step.

    Nothing is stored. The file may set parameters; it may not name another policy. For staff.
    """
    place = site(request)
    if place.replaying.locked():
        raise Problem("too-many-requests", "Another case is being replayed.", headers={"Retry-After": "1"})
    async with place.replaying:
        results = await place.accounts.run(lambda: replayed(data.case, place.policy))
    passed = all(each["passed"] for each in results)
    return Response({"schema": schema("replay"), "passed": passed, "cases": results})


def replayed(text: str, policy: Policy) -> list[dict[str, Any]]:
    """Return what came of the cases in *text*, as JSON data.

    Raises:
        Problem: ``not-understood``: what is wrong with the text, line by line.
    """
    try:
        cases = casebook.written(text, policy)
    except casebook.NoCase as error:
        raise Problem("not-understood", error.lines[0], mistakes=list(error.lines)) from None
    return [doc.of_case(casebook.replayed(case, policy)) for case in cases]


def routes() -> list[ControllerRouterHandler]:
    """Return the endpoints."""
    return [get_policy, get_diagram, post_replay]
