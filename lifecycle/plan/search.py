"""Finding the ways: steps are tried one after another on the account itself, each with the real decision.

Knows how a step is tried: what is assumed, what is brought, how long it takes, and that timers go on meanwhile. Does
not know any rule: where a decision refuses, there is no way. Nothing is written; an account is a value.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.decide import decide, facts_needed
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Event, Evidence, Role, State
from lifecycle.plan.trying import Road, Tried, helps, in_any_order, signature, within
from lifecycle.rows import Transition
from lifecycle.rows.ways import JUST_NOW, Step, longer
from lifecycle.settle import is_due, settle

MOST_STEPS = 10
"""How many steps a way may have. A bound, not a rule."""

SOMEBODY = "planned"
"""Who acts in a step that is tried, unless it is the holder: somebody who has not touched the account before."""

INSTANT = dt.timedelta(microseconds=1)

_HOPED: Mapping[Any, Any] = {
    int: 0,
    str: SOMEBODY,
    dt.datetime: dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
    dt.datetime | None: None,
}
"""What a fact of each type has to turn out, where the policy says nothing of it; any other has to be yes."""


@frozen
class Times:
    """How long a step takes in words and in time: it is done *pause* after *base*, or nobody tells."""

    least: Period | None
    most: Period | None
    told: bool
    base: dt.datetime
    overdue: bool = False


@frozen(eq=False)
class _Place:
    """Where the search has got to: the account, the road there, and the situations it came through.

    ``anyway`` is what was possible before the last steps that stay: there is no use in doing that only now.
    """

    account: Account
    at: dt.datetime
    road: Road
    seen: frozenset[Any]
    anyway: frozenset[str] = frozenset()
    tries: Mapping[str, Tried] | None = None


class Search:
    """The search for every way from one account to one state."""

    def __init__(self, machine: AccountMachine, to: State, *, peak: bool) -> None:
        """Look for ways to *to*. *peak* counts with the longer times of a big sale."""
        self.machine = machine
        self.to = to
        self.peak = peak
        self.p = machine.policy.parameters
        known = machine.policy.triggers
        steps = machine.policy.ways.steps.values()
        self.steps = [step for step in steps if step.trigger in known and step.leads_to(to, self.p)]
        self.refused: dict[str, Tried] = {}
        self._rows = {row.name: row for row in machine.policy.rows}
        facts = machine.policy.facts
        told = facts.optional() | facts.RESERVED
        self._hopeful = [name for name, kind in facts.declared().items() if kind in (int, bool) and name not in told]
        self._names: dict[str, list[str]] = {}
        for name, rule in machine.policy.timers.items():
            self._names.setdefault(rule.trigger, []).append(name)

    # --- the roads -------------------------------------------------------------------------------------------------

    def roads(self, account: Account, at: dt.datetime) -> list[Road]:
        """Return every road that needs all of its steps, the shortest first."""
        found: list[Road] = []
        been: set[Any] = set()
        waiting = deque([_Place(account, at, (), frozenset({signature(account, at)}))])
        while waiting:
            place = waiting.popleft()
            mark = in_any_order(place.road)
            if mark in been or any(within(road, place.road) for road in found):
                continue
            been.add(mark)
            if place.account.state is self.to:
                found.append(place.road)
            elif len(place.road) < MOST_STEPS:
                waiting.extend(self._next(place))
        return found

    def _next(self, place: _Place) -> Iterator[_Place]:
        """Yield the places one step on. A step that stays is taken only if it brings another one nearer."""
        tries = place.tries if place.tries is not None else self._tries(place.account, place.at)
        self._note(tries, place.road)
        possible = frozenset(trigger for trigger, tried in tries.items() if tried.taken)
        for trigger, tried in tries.items():
            mark = signature(tried.after, tried.command.at)
            if not tried.taken or mark in place.seen or (tried.step.rare and place.road):
                continue
            there = _Place(tried.after, tried.command.at, (*place.road, tried), place.seen | {mark})
            if tried.moves:
                if trigger not in place.anyway:
                    yield there
                continue
            later = self._tries(there.account, there.at)
            # What only the time that passes brings nearer is not brought nearer by the step.
            otherwise = tries if there.at == place.at else self._tries(tried.before, there.at)
            if helps(otherwise, later):
                yield attrs.evolve(there, anyway=place.anyway or possible, tries=later)

    def _note(self, tries: Mapping[str, Tried], road: Road) -> None:
        """Keep what is refused here, before anything has moved, at its nearest to being possible."""
        if any(tried.moves for tried in road):
            return
        for trigger, tried in tries.items():
            known = self.refused.get(trigger)
            if tried.refusals and (known is None or len(tried.refusals) < len(known.refusals)):
                self.refused[trigger] = tried

    # --- one step --------------------------------------------------------------------------------------------------

    def _tries(self, account: Account, at: dt.datetime) -> dict[str, Tried]:
        """Every step that has a row here, tried; the first role that may, where several have one."""
        found: dict[str, Tried] = {}
        for step in self.steps:
            if step.while_in and account.state not in step.while_in:
                continue
            for tried in self.waits(step, account, at) if step.waits else self._acts(step, account, at):
                found.setdefault(step.trigger, tried)
                if tried.taken:
                    found[step.trigger] = tried
                    break
        return found

    def _acts(self, step: Step, account: Account, at: dt.datetime) -> Iterator[Tried]:
        for role in Role:
            if self.machine.rows_for(step.trigger, self.machine.standing(step.trigger, account), role):
                yield self.act(step, role, account, self.times(step, account, at), at)

    def waits(self, step: Step, account: Account, at: dt.datetime) -> Iterator[Tried]:
        """Try *step* for each timer of it that stands."""
        for name in self._names.get(step.trigger, ()):
            if account.timer(name) is not None:
                yield self._wait(step, name, account, at)

    def times(self, step: Step, account: Account, at: dt.datetime) -> Times:
        """How long *step* takes for this account, from *at* on or from when its time began to run."""
        takes = step.takes(account, self.p)
        least, most = takes.least, takes.most
        if self.peak and takes.slows and most is not None:
            if isinstance(most, dt.timedelta) and isinstance(takes.crowded, dt.timedelta):
                most = max(most, takes.crowded)
            least = takes.crowded or least
            factor = self.machine.policy.ways.slowed_by
            most = most if factor is None else longer(most, getattr(self.p, factor))
        base = takes.since or at
        late = most is not None and self.p.calendar.add(base, most) < at
        return Times(least, most, takes.told, base, overdue=late)

    def act(
        self, step: Step, role: Role, account: Account, times: Times, at: dt.datetime, *, late: bool = False
    ) -> Tried:
        """Try a step that somebody takes, once its time is over: the least, or the most if *late*."""
        period = times.most if late else times.least
        moment = max(at, self.p.calendar.add(times.base, period)) if period is not None else at
        moment = self._in_time(step, role, account, at, moment)
        tried = self._decided(step, role, account, moment)
        if tried.refusals and all(refusal.earliest for refusal in tried.refusals):
            first = max(refusal.earliest for refusal in tried.refusals if refusal.earliest)
            tried = attrs.evolve(self._decided(step, role, account, first), from_=first)
        return tried

    def _in_time(self, step: Step, role: Role, account: Account, at: dt.datetime, moment: dt.datetime) -> dt.datetime:
        """*moment*, or the last one at which the code or link that the step takes is still good."""
        rows = self.machine.rows_for(step.trigger, self.machine.standing(step.trigger, account), role)
        sent = next((getattr(account, row.challenge) for row in rows if row.challenge), None)
        return moment if sent is None else max(at, min(moment, sent.expires_at))

    def _decided(self, step: Step, role: Role, account: Account, moment: dt.datetime) -> Tried:
        account = self._settled(account, moment)
        by = Actor(role, account.id if role is Role.HOLDER else SOMEBODY)
        command = Command(step.trigger, account.id, by, moment, evidence=self._evidence(step, account))
        command = attrs.evolve(command, facts=self.machine.policy.facts(self.assumed(step, account, command)))
        decision = decide(self.machine, account, command)
        row = self._row(decision.events, step)
        return Tried(step, command, account, decision.account, row, decision.refusals)

    def _wait(self, step: Step, name: str, account: Account, at: dt.datetime) -> Tried:
        """Try a step that happens by itself; where its timer comes too early and is armed again, the round after."""
        tried = self._due(step, name, account, at)
        if tried.refusals and all(refusal.earliest for refusal in tried.refusals):
            first = max(refusal.earliest for refusal in tried.refusals if refusal.earliest)
            later = self._settled(account, first - INSTANT)
            if later.timer(name) is not None:
                tried = self._due(step, name, later, at)
        return tried

    def _due(self, step: Step, name: str, account: Account, at: dt.datetime) -> Tried:
        """Try a step at the moment its timer is due, or at once if that is over."""
        timer = account.timer(name)
        assert timer is not None
        due = max(timer.due, at)
        if not is_due(self.machine, timer, due):
            due += INSTANT
        before = self._settled(account, timer.due - INSTANT)
        command = Command(step.trigger, account.id, Actor.system("timer"), due)
        command = attrs.evolve(command, facts=self.machine.policy.facts(self.assumed(step, before, command)))
        settled = settle(self.machine, before, due, self._hopes(before))
        if row := self._row(settled.events, step):
            return Tried(step, command, before, settled.account, row)
        refusals = decide(self.machine, before, command).refusals
        return Tried(step, command, before, before, None, refusals)

    def _settled(self, account: Account, moment: dt.datetime) -> Account:
        if not any(timer.due <= moment for timer in account.timers):
            return account
        return settle(self.machine, account, moment, self._hopes(account)).account

    def _row(self, events: tuple[Event, ...], step: Step) -> Transition | None:
        return next((self._rows[event.row] for event in reversed(events) if event.trigger == step.trigger), None)

    def _evidence(self, step: Step, account: Account) -> tuple[Evidence, ...]:
        kinds = enumerate(step.brings(account, self.p), start=1)
        return tuple(Evidence(kind, f"{SOMEBODY}-{account.version + 1}-{n}") for n, kind in kinds)

    # --- what is assumed -------------------------------------------------------------------------------------------

    def chosen(self, step: Step, account: Account) -> dict[str, Any]:
        """The facts that whoever takes *step* decides on."""
        return {name: value(account, self.p) if callable(value) else value for name, value in step.chooses.items()}

    def assumed(self, step: Step, account: Account, command: Command) -> dict[str, Any]:
        """The facts that *command* reads, as they are chosen or have to turn out."""
        chosen = self.chosen(step, account)
        asked = facts_needed(self.machine, account, attrs.evolve(command, facts=self.machine.policy.facts(chosen)))
        hoped = {name: self._hoped(name, account, command.at) for name in asked if not self._may_stay_out(name)}
        return chosen | hoped

    def _may_stay_out(self, name: str) -> bool:
        return name not in self.machine.policy.ways.hoped and name in self.machine.policy.facts.optional()

    def _hopes(self, account: Account) -> dict[str, Any]:
        """What timers are settled with: everything that can be hoped for."""
        return {name: self._hoped(name, account) for name in self._hopeful}

    def _hoped(self, name: str, account: Account, at: dt.datetime | None = None) -> Any:
        hoped = self.machine.policy.ways.hoped
        if name in hoped:
            found = hoped[name](account, self.p) if callable(hoped[name]) else hoped[name]
            return at if found is JUST_NOW else found
        return _HOPED.get(self.machine.policy.facts.declared()[name], True)
