"""The ways out: from an account as it stands to where somebody wants it to be, cheapest first.

Knows how the roads that `lifecycle.plan.search` found are told: who acts, what to bring, what still stands in the way,
how long it takes and how often it ends well. Pure, as `lifecycle.decide` is: time and facts are arguments.

Every step of every way was taken on the account itself with the real decision, quickly and slowly, under the facts
that each step lists. So a way that is offered arrives, as long as those facts turn out so and nobody else acts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from lifecycle.decide import explain
from lifecycle.errors import BadRequest
from lifecycle.facts import Facts
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, State, Verdict
from lifecycle.plan.search import Search
from lifecycle.plan.shapes import Hint, Leg, Outlook, Plan, Shut, Way
from lifecycle.plan.trying import Road, Tried
from lifecycle.rows.ways import Advice, Situation, filled

__all__ = ["Hint", "Leg", "Outlook", "Plan", "Shut", "Way", "plan"]


def plan(
    machine: AccountMachine,
    account: Account,
    at: dt.datetime,
    to: State = State.ACTIVE,
    *,
    facts: Mapping[str, Any] | Facts | None = None,
    peak: bool | None = None,
    sale_at: dt.datetime | None = None,
) -> Plan:
    """Return every way from *account* at *at* to the state *to*, the cheapest first.

    Args:
        machine: the policy's machine; its policy says which steps a plan may count on.
        account: the account with its due timers applied.
        at: the time now, aware, not before the account's last event.
        to: where somebody wants to be.
        facts: what is known now. What nobody said is a condition of the way, neither met nor unmet.
        peak: whether people are as slow as during a large sale (G3-88); by default the policy's calendar of sales tells,
            and a *sale_at* is one.
        sale_at: a moment that matters, such as the beginning or end of a sale.

    Raises:
        BadRequest: the policy knows no ways to *to*.
    """
    ways = machine.policy.ways
    if to not in ways.targets:
        known = ", ".join(state.value for state in ways.targets) or "none"
        raise BadRequest(f"nobody plans to be {to.words}. A plan leads to one of: {known}.")
    busy = sale_at is not None or ways.busy(at, machine.policy.parameters)
    search = Search(machine, to, peak=busy if peak is None else peak)
    known_facts = facts if isinstance(facts, Facts) else machine.policy.facts(facts)
    found = [] if account.state is to else search.roads(account, at)
    timed = [(road, _slow(search, account, at, road)) for road in found]
    roads = [road for road, slow in timed if slow is not None]
    situation = _situation(search, account, at, roads, sale_at, known_facts.given().get("reason"))
    telling = _Telling(search, situation, known_facts)
    told = [telling.way(at, road, slow) for road, slow in timed if slow is not None]
    offered = tuple(sorted(told, key=_cost))
    return Plan(
        account_id=account.id,
        state=account.state,
        to=to,
        at=at,
        ways=offered,
        shut=tuple(telling.shut(offered)),
        outlook=_outlook(machine, account, to, offered),
        hints=(*_instead(machine, situation), *telling.hints(a for a in ways.advice if not a.steps)),
        needs=frozenset(name for way in offered for leg in way.legs for name in leg.needs),
        sale_at=sale_at,
        peak=search.peak,
    )


def _cost(way: Way) -> tuple[Any, ...]:
    odds = 1.0 if way.odds is None else way.odds
    return way.rare, way.latest is None, way.latest or way.earliest, len(way.legs), -odds


def _situation(
    search: Search,
    account: Account,
    at: dt.datetime,
    roads: Iterable[Road],
    sale_at: dt.datetime | None,
    said: str | None,
) -> Situation:
    restriction = account.suspension or account.lock or account.warning
    ground = search.machine.policy.grounds.get(restriction.ground) if restriction else None
    triggers = frozenset(tried.step.trigger for road in roads for tried in road)
    leaving = account.deletion or account.pause
    reason = said or (leaving.reason if leaving else None)
    return Situation(account, search.to, at, search.p, ground, triggers, sale_at, search.peak, reason)


def _instead(machine: AccountMachine, situation: Situation) -> tuple[Hint, ...]:
    """What somebody who wants to be deleted for a reason that is known could do instead (G2-07)."""
    reason = machine.policy.reasons.get(situation.reason or "")
    if reason is None or situation.to is not State.DELETED or situation.stands(State.DELETED):
        return ()
    return tuple(Hint(each.name, "do", each.says, "", each.cites) for each in reason.alternatives)


Moments = list[dt.datetime | None]


def _slow(search: Search, account: Account, at: dt.datetime, road: Road) -> Moments | None:
    """When each step is done if all goes slowly, None from where nobody tells; or nothing if that does not arrive."""
    moments: Moments = []
    known = True
    for tried in road:
        again = _again(search, tried, account, at)
        if again is None or not again.taken:
            # A timer may have got there first: then the step happened by itself.
            account = again.before if again is not None else account
            if not tried.moves or account.state is not tried.after.state:
                return None
            at = max(at, account.since or at)
        else:
            times = search.times(tried.step, account, at)
            known = known and (tried.step.waits or (times.told and not times.overdue))
            account, at = again.after, max(at, again.command.at)
        moments.append(at if known else None)
    return moments if account.state is search.to else None


def _again(search: Search, tried: Tried, account: Account, at: dt.datetime) -> Tried | None:
    """The same step on the slow road; None if it waits for a timer that is gone."""
    if tried.step.waits:
        return next(search.waits(tried.step, account, at), None)
    return search.act(tried.step, tried.command.by.role, account, search.times(tried.step, account, at), at, late=True)


class _Telling:
    """Roads in words, for one situation and what is known in it."""

    def __init__(self, search: Search, situation: Situation, facts: Facts) -> None:
        self.search = search
        self.situation = situation
        self.facts = facts
        self.policy = search.machine.policy

    def way(self, at: dt.datetime, road: Road, slow: Moments) -> Way:
        """Return a road as a way."""
        legs = []
        for tried, latest in zip(road, slow, strict=True):
            legs.append(self._leg(tried, at, latest))
            at = tried.command.at
        return Way(tuple(legs))

    def _leg(self, tried: Tried, at: dt.datetime, latest: dt.datetime | None) -> Leg:
        step, row, command = tried.step, tried.row, tried.command
        assert row is not None
        times = self.search.times(step, tried.before, at)
        # What people told holds for those who had nothing on file.
        share = None if self.situation.account.strikes else step.odds(tried.before, self.search.p)
        conditions, needs, until = self._conditions(tried)
        return Leg(
            trigger=step.trigger,
            row=row.name,
            title=row.title,
            says=filled(step.says, self.search.p),
            by=command.by,
            source=tried.before.state,
            dest=tried.after.state,
            waits=step.waits,
            rare=step.rare,
            evidence=tuple(e.kind for e in command.evidence),
            facts={n: v for n, v in command.facts.given().items() if n not in self.policy.facts.RESERVED},
            challenge=row.challenge,
            conditions=conditions,
            needs=needs,
            least=times.least,
            most=times.most,
            told=step.waits or times.told,
            overdue=times.overdue,
            earliest=command.at,
            latest=latest,
            from_=tried.from_,
            odds=None if share is None else share / 100,
            hints=self.hints(a for a in self.policy.ways.advice if step.trigger in a.steps),
            cites=tuple(dict.fromkeys((*step.cites, *row.cites))),
            until=until,
        )

    def _conditions(self, tried: Tried) -> tuple[tuple[Verdict, ...], tuple[str, ...], dt.datetime | None]:
        """The guards that do not hold yet, or of which nobody has said; the facts that would say; and the last moment."""
        facts = self.facts.plus(self.search.chosen(tried.step, tried.before))
        told = explain(self.search.machine, tried.before, attrs.evolve(tried.command, facts=facts))
        guards = {guard.name: guard for guard in tried.row.guards} if tried.row else {}
        found = []
        for verdict in told.verdicts:
            if verdict.met is None:
                guard = guards[verdict.code]
                p = self.policy.seen(tried.before, tried.command, told.row)
                limit = guard.limit(tried.before, tried.command, p)
                found.append(attrs.evolve(verdict, remedy=guard.otherwise, limit=limit))
            elif not verdict.met:
                found.append(verdict)
        until = min((verdict.latest for verdict in told.verdicts if verdict.latest is not None), default=None)
        return tuple(found), tuple(name for name in told.needs if name not in self.policy.facts.RESERVED), until

    def hints(self, advice: Iterable[Advice]) -> tuple[Hint, ...]:
        """Return what of *advice* fits the situation."""
        p = self.search.p
        return tuple(
            Hint(a.name, a.kind, filled(a.says, p), filled(a.why, p), a.cites) for a in advice if a.when(self.situation)
        )

    def shut(self, offered: Iterable[Way]) -> Iterable[Shut]:
        """Yield the doors that nothing opens, and why not."""
        used = {leg.trigger for way in offered for leg in way.legs}
        guards = {guard.name for guard in self.policy.guards}
        for trigger, tried in self.search.refused.items():
            role = tried.command.by.role
            state = self.search.machine.standing(trigger, tried.before)
            rows = self.search.machine.rows_for(trigger, state, role)
            row = next((r for r in rows if self.search.machine.applies(r, tried.before, tried.command)), None)
            if (
                trigger in used
                or row is None
                or not tried.step.door
                or not all(r.code in guards for r in tried.refusals)
            ):
                continue
            unmet = tuple(
                Verdict(r.code, r.sentence, r.remedy, False, r.value, r.limit, r.earliest) for r in tried.refusals
            )
            yield Shut(trigger, row.name, row.title, role.value, unmet, row.cites)


def _outlook(machine: AccountMachine, account: Account, to: State, offered: tuple[Way, ...]) -> Outlook:
    """How much hope there is: what is on file against a restricted account, and whether anything is open at all."""
    ways = machine.policy.ways
    restricted = account.suspension is not None or account.lock is not None
    strikes = account.strikes if restricted and to is not State.DELETED else ()
    found = [ways.strikes[name] for name in strikes if name in ways.strikes]
    other = [f"on file: {name.replace('_', ' ')}" for name in strikes if name not in ways.strikes]
    level = ways.outlook(account, machine.policy.parameters) if strikes else ""
    says = ways.outlooks.get(level, "")
    if not offered and account.state is not to:
        level, says = "closed", "no way leads there"
    elif offered and all(way.rare for way in offered):
        level, says = "closed", "no way is anybody's right; only the last resort is left"
    because = (*(strike.says for strike in found), *other)
    return Outlook(
        level or "open", says, because, tuple(dict.fromkeys(cite for strike in found for cite in strike.cites))
    )
