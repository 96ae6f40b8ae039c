"""Looking for an account: by its id, by a state, or by what it is known by.

Knows the form. An e-mail address or a phone number is sent in a form and never stands in an address or a log; only its
keyed hash is looked for.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery

from lifecycle.errors import BadRequest, SecretMissing, UnknownAccount
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.pages import Page
from lifecycle.http.console.rendering import go, page
from lifecycle.http.problems import Problem
from lifecycle.identity import KINDS, checked_identifiers
from lifecycle.model import Account, State, checked_id

PAGES = (Page("accounts", "Account search", "/accounts"),)

NAME = "accounts"

MOST = 50
"""How many accounts are listed."""


@get("/console/accounts", include_in_schema=False)
async def search(request: Req, q: FromQuery[str] = "", stands: FromQuery[str] = "") -> Response[Any]:
    """Show the form; with an id the account itself, with a state a list."""
    who = looking(request)
    wanted = q.strip()
    if wanted:
        if await who.run(lambda: _is_there(who, wanted)):
            return go(who, who.of(wanted))
        return _shown(who, q=wanted, trouble="There is no account of this id.")
    if stands and stands not in {each.value for each in State}:
        raise Problem("not-found")
    found = await who.run(lambda: list(islice(who.service.accounts(state=stands or None), MOST + 1)))
    return _shown(who, state=stands, found=found)


@post("/console/accounts", include_in_schema=False)
async def find(request: Req) -> Response[Any]:
    """Find the accounts that are known by an identifier."""
    who = looking(request)
    said = await request.form()
    kind, value = str(said.get("kind", "")), str(said.get("value", "")).strip()
    try:
        found = await who.run(lambda: _known_by(who, kind, value))
    except SecretMissing:
        raise
    except BadRequest as error:
        return _shown(who, status=422, kind=kind, trouble=str(error))
    if len(found) == 1:
        return go(who, who.of(found[0].id))
    return _shown(who, kind=kind, found=found, trouble="" if found else "No account is known by this.")


def _is_there(who: Looking, account: str) -> bool:
    try:
        checked_id(account, "an account's id")
        who.service.account(account)
    except UnknownAccount:
        return False
    except BadRequest:
        return False
    return True


def _known_by(who: Looking, kind: str, value: str) -> list[Account]:
    if kind not in KINDS:
        raise BadRequest("Say of which kind it is.")
    return list(islice(who.service.known_by(checked_identifiers({kind: value})), MOST + 1))


def _shown(who: Looking, *, status: int = 200, found: list[Account] | None = None, **more: Any) -> Response[str]:
    shown = {"q": "", "state": "", "kind": "", "trouble": "", **more}
    cut, listed = found is not None and len(found) > MOST, None if found is None else found[:MOST]
    return page(
        "accounts.html",
        who,
        status=status,
        here=NAME,
        found=listed,
        cut=cut,
        most=MOST,
        states=State,
        kinds=KINDS,
        **shown,
    )


HANDLERS = (search, find)
