"""The page of an account: how it stands, the path it took, what can happen next, its timeline and its records.

Knows the requests, and what of the answer is loaded for which part. Which private texts somebody may read is told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from attrs import evolve, frozen
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from lifecycle import log
from lifecycle.errors import BadRequest
from lifecycle.http.console.judging import InTheWay, in_the_way
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.picture import Picture, picture
from lifecycle.http.console.rendering import html, page
from lifecycle.http.console.standing import (
    Record,
    Step,
    Waiting,
    appeal_clock,
    evidence,
    records,
    steps,
    timers,
)
from lifecycle.http.console.timeline import Entry, Window, bounds, entries
from lifecycle.http.console.words import Clock
from lifecycle.http.problems import Problem
from lifecycle.http.site import known
from lifecycle.model import Account, Actor, Event, Role, State
from lifecycle.plan import Plan
from lifecycle.store.taking import Taken, TextRead

NAME = "accounts"


@frozen
class Sheet:
    """Everything the page of an account shows.

    ``due`` counts timers whose time has come and that nobody wrote yet; ``barred`` tells why the reader does not decide the
    open appeal, and who does.
    """

    account: Account
    last: Event
    due: int
    clock: Clock | None
    waiting: tuple[Waiting, ...]
    window: Window
    picture: Picture
    step: int
    steps: tuple[Step, ...]
    seen_as: str
    records: tuple[Record, ...]
    evidence: tuple[tuple[str, str, str, bool], ...]
    taken: Taken | None
    targets: tuple[State, ...]
    barred: InTheWay | None
    done: Entry | None = None


@get("/console/accounts/{account:str}", include_in_schema=False)
async def shown(
    request: Req,
    account: FromPath[str],
    upto: FromQuery[int | None] = None,
    step: FromQuery[int | None] = None,
    seen_as: FromQuery[str] = "",
    done: FromQuery[int] = 0,
) -> Response[str]:
    """Show an account.

    *upto* is the last event told, *step* the one the picture stands at, *seen_as* whose steps are shown, *done* the event
    of what was just decided.
    """
    known(request, account)
    who = looking(request)
    found = await who.run(lambda: sheet(who, account, upto, step, seen_as))
    made = next((one for one in found.window.entries if one.event is not None and one.event.version == done), None)
    return page("account.html", who, here=NAME, sheet=evolve(found, done=made), account=found.account, roles=Role)


def sheet(who: Looking, account_id: str, upto: int | None, step: int | None, seen_as: str) -> Sheet:
    """Return what the page of an account shows.

    Raises:
        UnknownAccount: there is none.
        Problem: nobody is seen as that.
    """
    accounts, now, policy = who.service, who.now, who.policy
    standing = accounts.account(account_id)
    loaded = accounts.store.load(account_id)
    stored = standing.version if loaded is None else loaded.account.version
    after, until = bounds(stored, upto)
    events = list(islice(accounts.store.events(account_id, after=after), until - after))
    told = entries(events, accounts.denials(account_id), policy, who.zone, whole=until == stored)
    number = len(told) if step is None else max(0, min(step, len(told)))
    drawn = picture(told, policy, number)
    actors = _seen_as(who, account_id, seen_as)
    ways = policy.ways.targets
    mine = next(
        (t for t in accounts.store.taken(account_id) if standing.appeal and t.number == standing.appeal.number), None
    )
    return Sheet(
        account=standing,
        last=events[-1],
        due=standing.version - stored,
        clock=appeal_clock(standing, policy, now),
        waiting=timers(standing, policy, now),
        window=Window(drawn.entries, after, until, stored),
        picture=drawn,
        step=number,
        steps=steps(accounts, account_id, actors, who.zone),
        seen_as=seen_as,
        records=records(standing, who.zone),
        evidence=tuple(evidence(standing)),
        taken=mine,
        targets=tuple(state for state in ways if state is not standing.state),
        barred=in_the_way(policy, standing, who.person, who.roles, now) if standing.appeal else None,
    )


def _seen_as(who: Looking, account_id: str, seen_as: str) -> tuple[Actor, ...]:
    """Whose steps are shown: the reader's own, or what somebody of another role could do."""
    if not seen_as:
        return who.actors
    if seen_as == Role.HOLDER.value:
        return (Actor.holder(account_id),)
    role = next((role for role in Role if role.value == seen_as), None)
    if role is None:
        raise Problem("not-found")
    return (Actor(role, "rules" if role is Role.SYSTEM else "somebody"),)


@get("/console/accounts/{account:str}/ways/{to:str}", include_in_schema=False)
async def ways(request: Req, account: FromPath[str], to: FromPath[str]) -> Response[str]:
    """Show every way from how an account stands to another state; a part of a page where a script asks."""
    known(request, account)
    who = looking(request)
    if to not in {state.value for state in who.policy.ways.targets}:
        raise Problem("not-found")
    plan: Plan = await who.run(lambda: who.service.plan(account, to))
    template = "part_ways.html" if who.partial else "ways.html"
    shown: dict[str, Any] = {"plan": plan, "account_id": account, "papers": who.policy.evidence}
    if who.partial:
        return Response(html(template, who, **shown), media_type="text/html")
    return page(template, who, here=NAME, **shown)


@get("/console/accounts/{account:str}/texts/{ref:str}", include_in_schema=False)
async def text(request: Req, account: FromPath[str], ref: FromPath[str]) -> Response[str]:
    """Show a private text to those who judge. Who read which is noted beside the log, before it is shown."""
    known(request, account)
    who = looking(request)
    if not who.reads_texts:
        raise Problem("forbidden", "What people wrote is read by those who judge: reviewers and supervisors.")
    kind, said = await who.run(lambda: _text(who, account, ref))
    return page("text.html", who, here=NAME, account_id=account, ref=ref, kind=kind, said=said)


def _text(who: Looking, account: str, ref: str) -> tuple[str, str]:
    """Return what a text is and what it says; only of evidence, never an address or a name.

    Raises:
        Problem: the log of the account names no such text, or it was erased.
    """
    kinds = dict(_written(who.service.events(account)))
    if ref not in kinds:
        raise Problem("not-found", "The log of this account names no such text.")
    try:
        said = who.service.text(account, ref)
    except BadRequest:
        raise Problem("not-found", "This text was erased, or cannot be read without the right secret.") from None
    judge = next(role for role in (Role.REVIEWER, Role.SUPERVISOR) if role in who.roles)
    by = Actor(judge, who.person)
    who.service.store.note_read(TextRead(account, ref, by, who.now))
    log.told_of_reading(account, ref, by)
    return kinds[ref], said


def _written(events: Iterator[Event]) -> Iterator[tuple[str, str]]:
    for event in events:
        for one in event.evidence:
            if str(one.get("ref", "")).startswith("text-"):
                yield str(one["ref"]), str(one.get("kind", ""))


HANDLERS = (shown, ways, text)
