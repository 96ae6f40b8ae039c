"""The page of the audit: who did what over all accounts, the last first, and the whole of it as files.

Knows the requests. What stands on the page is `audit_seen`'s, how a file looks `lifecycle.export`'s.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from lifecycle.export import FORMATS
from lifecycle.http.console import audit_seen as seen
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.pages import Page
from lifecycle.http.console.rendering import page
from lifecycle.http.problems import Problem
from lifecycle.model import Event, Role, checked_id

PAGES = (Page("audit", "Audit", "/audit"),)

NAME = "audit"

FILES = {
    "csv": ("text/csv; charset=utf-8", "audit.csv", "CSV for a spreadsheet"),
    "jsonl": ("application/jsonl; charset=utf-8", "log.jsonl", "JSON Lines with hashes"),
    "xes": ("application/xml; charset=utf-8", "log.xes", "XES for process mining"),
    "ocel": ("application/json; charset=utf-8", "log.ocel.json", "OCEL 2.0 for process mining"),
}
"""The files that may be had: their media type, their name, and what each is."""

VIEWS = {seen.DONE: "What was done", seen.REFUSED: "What was refused", seen.READ: "Who read what"}
"""What the page shows, by the name it has in an address."""

PIECES = 200
"""How many pieces of a file are made at a time."""


@get("/console/audit", include_in_schema=False)
async def shown(
    request: Req,
    show: FromQuery[str] = seen.DONE,
    actor: FromQuery[str] = "",
    role: FromQuery[str] = "",
    trigger: FromQuery[str] = "",
    then: FromQuery[str] = "",
    account: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Response[str]:
    """Show what was done, refused or read, the last first."""
    who = looking(request)
    asked = seen.Asked(
        show, *(each.strip()[:80] for each in (actor, role, trigger, then, account, since, until, before))
    )
    if show not in VIEWS:
        raise Problem("not-found")
    _checked(asked)
    found = await who.run(lambda: seen.found(who.service, asked, who.zone))
    lists: dict[str, Any] = {
        "roles": Role,
        "triggers": who.policy.triggers,
        "states": seen.states(who.policy),
        "files": FILES,
        "views": VIEWS,
    }
    status = 422 if found.mistakes else 200
    return page("audit.html", who, status=status, here=NAME, asked=asked, found=found, **lists)


def _checked(asked: seen.Asked) -> None:
    if asked.account:
        checked_id(asked.account, "an account's id")
    if asked.actor:
        checked_id(asked.actor, "an actor's id")


@get("/console/audit/files/{form:str}", include_in_schema=False)
async def file(
    request: Req,
    form: FromPath[str],
    show: FromQuery[str] = seen.DONE,
    actor: FromQuery[str] = "",
    role: FromQuery[str] = "",
    trigger: FromQuery[str] = "",
    then: FromQuery[str] = "",
    account: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Stream:
    """Send a file: as CSV the lines that are picked out, else whole logs, of one account or of all."""
    who = looking(request)
    if form not in FILES or show not in VIEWS:
        raise Problem("not-found")
    asked = seen.Asked(show, *(each.strip()[:80] for each in (actor, role, trigger, then, account, since, until)))
    _checked(asked)
    media_type, name, _ = FILES[form]
    pieces = (
        seen.spreadsheet(who.service, asked, who.zone) if form == "csv" else FORMATS[form](_Logs(who, account.strip()))
    )
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Stream(_sent(who, pieces), media_type=media_type, headers=headers)


async def _sent(who: Looking, pieces: Iterator[str]) -> AsyncIterator[str]:
    while some := await who.run(lambda: [*islice(pieces, PIECES)]):
        yield "".join(some)


class _Logs:
    """The logs of one account, or of all; may be gone through more than once."""

    def __init__(self, who: Looking, account: str) -> None:
        self._accounts, self._account = who.service, account

    def __call__(self) -> Iterable[tuple[str, Iterable[Event]]]:
        if self._account:
            there = self._accounts.store.load(self._account) is not None
            return [(self._account, self._accounts.store.events(self._account))] if there else []
        return ((each.id, self._accounts.store.events(each.id)) for each in self._accounts.accounts())


HANDLERS = (shown, file)
