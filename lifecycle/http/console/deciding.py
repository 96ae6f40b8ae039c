"""Deciding: the page with the form, a preview of what comes of it, and what happened instead if something changed.

Knows the requests. A decision carries the version of the account that was looked at and a key of its own, so it is made on
what was seen, and once.
"""

from __future__ import annotations

import datetime as dt
import functools
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from lifecycle.decide import Explanation, Option, options
from lifecycle.errors import MissingFacts, OutOfDate
from lifecycle.http.console.form import Form, Known, Said, form, role_named, said
from lifecycle.http.console.looking import Looking, Req, looking
from lifecycle.http.console.rendering import go, page
from lifecycle.http.console.standing import Step, curable, step, written_by_staff
from lifecycle.http.console.timeline import Entry, entries
from lifecycle.http.problems import Problem
from lifecycle.http.site import known
from lifecycle.model import Account, Actor, Command, Decision, Evidence, Role, State
from lifecycle.policy.documents import restriction_of
from lifecycle.prose.words import capital, listed, plain
from lifecycle.rows import Policy

NAME = "accounts"


@frozen
class Letter:
    """What the holder will read: what was decided and why, how the account stands then, and what they can do."""

    title: str
    at: dt.datetime
    by: str
    ground: str
    texts: tuple[str, ...]
    state: str
    ends: dt.datetime | None
    redress: tuple[str, ...]
    notices: tuple[str, ...]
    staff: tuple[str, ...]


@frozen
class Desk:
    """Everything the page of a decision shows.

    ``letter`` is the preview, ``trouble`` what is in the way in sentences, ``meanwhile`` what happened since the version
    that was looked at.
    """

    account: Account
    actor: Actor
    step: Step
    form: Form
    key: str
    said: Said
    letter: Letter | None = None
    trouble: tuple[str, ...] = ()
    meanwhile: tuple[Entry, ...] = ()
    was: int | None = None


@get("/console/accounts/{account:str}/decide", include_in_schema=False)
async def shown(
    request: Req, account: FromPath[str], trigger: FromQuery[str] = "", by: FromQuery[str] = ""
) -> Response[str]:
    """Show the form for one thing that somebody may do."""
    known(request, account)
    who = looking(request)
    actor = _actor(who, by)
    chosen = _chosen(request.query_params, who.policy)
    desk = await who.run(lambda: _desk(who, account, trigger, actor, said(chosen, who.policy, who.zone)))
    return _answer(who, desk)


@post("/console/accounts/{account:str}/decide", include_in_schema=False)
async def done(request: Req, account: FromPath[str]) -> Response[Any]:
    """Do it, or show what would come of it."""
    known(request, account)
    who = looking(request)
    typed = {name: str(value) for name, value in (await request.form()).items()}
    actor = _actor(who, typed.get("by", ""))
    trigger, version = typed.get("trigger", ""), _version(typed)
    only_looks = typed.get("what") == "preview"
    found = said(typed, who.policy, who.zone)
    if found.mistakes:
        desk = await who.run(lambda: _desk(who, account, trigger, actor, found, trouble=found.mistakes))
        return _answer(who, desk, status=422)
    try:
        decision = await who.run(lambda: _submit(who, account, trigger, actor, found, typed, version, only_looks))
    except OutOfDate:
        desk = await who.run(lambda: _desk(who, account, trigger, actor, found, was=version))
        return _answer(who, desk, status=412)
    except MissingFacts as error:
        names = listed([plain(name) for name in error.names])
        trouble: tuple[str, ...] = (f"This cannot be told yet. Still to be said: {names}.",)
        desk = await who.run(lambda: _desk(who, account, trigger, actor, found, trouble=trouble))
        return _answer(who, desk, status=422)
    if only_looks and decision.allowed:
        desk = await who.run(lambda: _desk(who, account, trigger, actor, found, letter=_letter(who, decision)))
        return _answer(who, desk)
    if not decision.allowed:
        trouble = tuple(f"{refusal.sentence} {refusal.remedy}" for refusal in decision.refusals)
        desk = await who.run(lambda: _desk(who, account, trigger, actor, found, trouble=trouble))
        return _answer(who, desk, status=409)
    return go(who, who.of(account) + f"?done={decision.events[0].version}")


def _actor(who: Looking, role: str) -> Actor:
    """Return whom somebody acts as.

    Raises:
        Problem: they have no such role.
    """
    found = role_named(who.actors, role)
    if found is None:
        raise Problem("forbidden-actor", "You do not act in that role.")
    return found


def _version(typed: Mapping[str, str]) -> int:
    """Return the version that was looked at.

    Raises:
        Problem: the form does not say it.
    """
    said_version = typed.get("version", "")
    if not said_version.isdecimal() or len(said_version) > 9 or not typed.get("key"):
        raise Problem("precondition-required", "The form says neither what it was based on nor its key. Open it anew.")
    return int(said_version)


def _chosen(asked: Mapping[str, str], policy: Policy) -> dict[str, str]:
    """The facts that the address of a form may say already: those that are one of a few words."""
    words = {f"fact.{name}": words for name, words in policy.facts.WORDS.items()}
    return {name: asked[name] for name in words if asked.get(name) in words[name]}


def _submit(
    who: Looking,
    account: str,
    trigger: str,
    actor: Actor,
    found: Said,
    typed: Mapping[str, str],
    version: int,
    only_looks: bool,
) -> Decision:
    return who.service.submit(
        trigger,
        account=account,
        by=actor,
        key=None if only_looks else f"console:{typed['key'][:64]}",
        evidence=found.evidence,
        facts=found.facts,
        expected=version,
        dry_run=only_looks,
    )


def _desk(
    who: Looking,
    account_id: str,
    trigger: str,
    actor: Actor,
    found: Said,
    *,
    letter: Letter | None = None,
    trouble: tuple[str, ...] = (),
    was: int | None = None,
) -> Desk:
    """Return the page of a decision.

    Raises:
        UnknownAccount, UnknownTrigger: there is none.
        Problem: nobody in that role may do it as the account stands.
    """
    accounts = who.service
    standing = accounts.account(account_id)
    explained = accounts.explain(trigger, account=account_id, by=actor, evidence=_referred(found), facts=found.facts)
    if explained.row is None:
        if was is None:
            sentence = explained.refusals[0].sentence if explained.refusals else ""
            raise Problem("not-allowed-here", f"This cannot be done as the account stands. Not so: {sentence}")
        return _overtaken(who, standing, trigger, actor, found, was)
    command = explained.command
    asked = form(accounts.machine, standing, command, explained.row, explained.needs, who.zone, found.typed)
    return Desk(
        account=standing,
        actor=actor,
        step=_step(explained, actor.role, who, standing, asked),
        form=attrs.evolve(asked, known=tuple(_not_told(explained, asked))),
        key=_key(found, anew=was is not None or bool(trouble)),
        said=found,
        letter=letter,
        trouble=trouble,
        meanwhile=_meanwhile(who, standing, was),
        was=was,
    )


def _key(found: Said, *, anew: bool) -> str:
    """The key of the form: the one it had, and a new one where something else will be asked for: a refusal is kept too."""
    return secrets.token_urlsafe(16) if anew or not found.typed.get("key") else found.typed["key"]


def _overtaken(who: Looking, standing: Account, trigger: str, actor: Actor, found: Said, was: int) -> Desk:
    """The page where what was to be done cannot be done any more at all."""
    title = next((row.title for row in who.policy.rows_of(trigger) if actor.role in row.actors), "")
    gone = Step(trigger, "", capital(plain(trigger)), title, actor.role, (), False, (), (), False)
    empty = Form((), (), (), (), (), ())
    return Desk(standing, actor, gone, empty, "", found, meanwhile=_meanwhile(who, standing, was), was=was)


def _step(explained: Explanation, role: Role, who: Looking, account: Account, asked: Form) -> Step:
    row = explained.row
    assert row is not None
    option = Option(row.trigger, row.title, explained.allowed, explained.verdicts, explained.needs, row)
    cures = functools.partial(curable, who.service.machine, account, explained.command)
    return step(option, role, who.zone, cures, known=[each.name for each in asked.known])


def _not_told(explained: Explanation, asked: Form) -> Iterator[Known]:
    """The facts that the service found out and that no condition tells."""
    assert explained.row is not None
    shown = {verdict.code for verdict in explained.verdicts if verdict.met is not None}
    told = {name for guard in explained.row.guards if guard.name in shown for name in guard.needs}
    yield from (each for each in asked.known if each.name not in told)


def _referred(found: Said) -> tuple[Any, ...]:
    """The evidence, each text by a reference: it is only looked at here, so it needs no place to be kept."""
    return tuple(e if e.ref else attrs.evolve(e, ref=f"text-{n}") for n, e in enumerate(found.evidence, start=1))


def _meanwhile(who: Looking, standing: Account, was: int | None) -> tuple[Entry, ...]:
    if was is None:
        return ()
    events = list(who.service.store.events(standing.id, after=was))
    return entries(events, (), who.policy, who.zone) if events else ()


def _letter(who: Looking, decision: Decision) -> Letter:
    """Return what the holder will read of a decision that was only tried."""
    policy, account = who.policy, decision.account
    restriction = restriction_of(account)
    row = next((row for row in policy.rows if row.name == decision.events[0].row), None)
    ground = policy.grounds.get(restriction.ground) if restriction else None
    # What could be done if whatever a holder may bring were brought.
    may_bring = (kind for kind in policy.evidence if kind not in written_by_staff(policy))
    bring = tuple(Evidence(kind, f"new-{kind}", words=1) for kind in may_bring)
    asked = Command("", account.id, Actor.holder(account.id), decision.command.at, policy.facts({}), bring)
    open_to_them = [o for o in options(who.service.machine, account, asked) if o.allowed is not False]
    moving = [o.title for o in open_to_them if o.row.machine == "account" and (o.row.dests or "appeal" in o.trigger)]
    told = {
        to: [policy.notices[n].says for n in decision.notices if policy.notices[n].to == to]
        for to in ("holder", "staff")
    }
    return Letter(
        title=told["holder"][0].rstrip(".") if told["holder"] else row.title if row else "",
        at=decision.command.at,
        by=decision.command.by.role.words,
        ground=ground.says if ground else "",
        texts=tuple(e.text for e in decision.command.evidence if e.text),
        state=decision.dest.words,
        ends=getattr(restriction, "ends_at", None),
        redress=tuple(dict.fromkeys(moving)) if account.state is not State.ACTIVE else (),
        notices=tuple(told["holder"]),
        staff=tuple(told["staff"]),
    )


def _answer(who: Looking, desk: Desk, *, status: int = 200) -> Response[str]:
    # A part of a page is swapped in by a script that takes only answers that went well.
    template = "part_decide.html" if who.partial else "decide.html"
    return page(template, who, status=200 if who.partial else status, here=NAME, desk=desk, status_code=status)


HANDLERS = (shown, done)
