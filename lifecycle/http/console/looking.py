"""Who looks at a page, and from where: their id, roles, time zone, and the address of the console.

Knows what of a request every page needs. Does not know any page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from attrs import frozen
from litestar import Request

from lifecycle.awaiting import AsyncLifecycle
from lifecycle.http.console.words import zone_name, zone_named
from lifecycle.http.principals import PEOPLE, Principal
from lifecycle.http.problems import Problem
from lifecycle.http.sessions import principal_of, require
from lifecycle.http.site import csrf_token, here, site
from lifecycle.model import Actor, Role
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle

ZONE = "lifecycle_zone"
"""The cookie with the reader's time zone."""

Req = Request[Any, Any, Any]

_T = TypeVar("_T")


@frozen
class Looking:
    """Somebody who looks at a page. ``roles`` are those a person acts in; ``calendar`` names the policy's."""

    person: str
    roles: tuple[Role, ...]
    zone: dt.tzinfo
    base: str
    path: str
    token: str
    accounts: AsyncLifecycle
    partial: bool = False

    @property
    def service(self) -> Lifecycle:
        """The service that pages ask; from a thread, see `run`."""
        return self.accounts.service

    @property
    def policy(self) -> Policy:
        """The rules."""
        return self.service.policy

    @property
    def now(self) -> dt.datetime:
        """The time now, by the clock of the service."""
        return self.service.clock().astimezone(dt.UTC)

    @property
    def zone_name(self) -> str:
        """How the reader's time zone is called."""
        return zone_name(self.zone)

    @property
    def calendar(self) -> str:
        """How the calendar is called in which the policy counts working days."""
        found = getattr(self.policy.parameters, "calendar", None)
        return str(found.name) if found is not None else ""

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Everybody they may act as."""
        return tuple(Actor(role, self.person) for role in self.roles)

    @property
    def reads_texts(self) -> bool:
        """Whether they may read what people wrote: those who judge may."""
        return bool({Role.REVIEWER, Role.SUPERVISOR} & set(self.roles))

    @property
    def judges(self) -> bool:
        """Whether they decide appeals, so may take one."""
        return self.reads_texts

    def url(self, path: str) -> str:
        """Return the address of a page of the console."""
        return self.base + path

    def of(self, account_id: str, more: str = "") -> str:
        """Return the address of the page of an account, or of one below it."""
        return self.url(f"/accounts/{quote(account_id, safe='')}{more}")

    async def run(self, call: Callable[[], _T]) -> _T:
        """Run what reads or writes the database in a thread."""
        return await self.accounts.run(call)


def looking(request: Req) -> Looking:
    """Return who looks.

    Raises:
        Problem: ``not-signed-in``, or ``forbidden`` for whoever is no support agent, reviewer or supervisor.
    """
    require(request)
    found = glancing(request)
    if not found.roles:
        raise Problem("forbidden", "The console is for support agents, reviewers and supervisors.")
    return found


def glancing(request: Req) -> Looking:
    """Return who looks at a page that is open to everybody; nobody has no name and no role."""
    who: Principal | None = principal_of(request)
    place = site(request)
    calendar = getattr(place.policy.parameters, "calendar", None)
    usual = calendar.timezone if calendar is not None else "UTC"
    return Looking(
        person=who.subject if who else "",
        roles=tuple(role for role in Role if who is not None and role in who.roles and role in PEOPLE),
        zone=zone_named(request.cookies.get(ZONE), usual),
        base=here(request, "/console"),
        path=request.url.path,
        token=csrf_token(request),
        accounts=place.accounts,
        partial=request.headers.get("hx-request") == "true",
    )
