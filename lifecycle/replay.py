"""Running a case through the real service, step by step, and telling what did not come out as the case says.

Knows how each step becomes a call of `lifecycle.service.Lifecycle`, with the time the case names. Does not know how
a case is read, nor how a claim is compared: that is `lifecycle.cases`. A case stops at its first failed step, since
what follows one is no longer the story that was written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import define, field

from lifecycle.cases import Case, Other, Step, other_ids, spoken_time
from lifecycle.cases.claims import Outcome, problems
from lifecycle.cases.others import made_up
from lifecycle.cases.results import CaseResult, StepResult
from lifecycle.cases.unchanged import OWN
from lifecycle.decide import explain
from lifecycle.errors import BadRequest, MissingFacts
from lifecycle.gathering import Gather
from lifecycle.model import RECORDS, Account, AnyState, Challenge, Decision, Event, Timer
from lifecycle.rows import Then
from lifecycle.service import Lifecycle
from lifecycle.settle import is_due, settle
from lifecycle.simulating import SECRET, SimulatedClock, answering, simulated, under

__all__ = ["CHALLENGES", "SECRET", "CaseResult", "SimulatedClock", "StepResult", "run", "simulated", "walked"]

CHALLENGES = tuple(name for name, kind in RECORDS.items() if kind is Challenge)


def run(case: Case, lifecycle: Lifecycle, *, account_id: str | None = None) -> CaseResult:
    """Replay *case* on a new account of *lifecycle* and return what came of it.

    A request that makes no sense to the service is a problem of its step, like a claim that did not come true. A case
    whose policy or parameters are not those of *lifecycle* is replayed on a service of its own, which has them.

    Raises:
        GuardFault, StoreError: the policy or the database failed, whatever the case says.
    """
    policy = case.policy or lifecycle.policy
    same = all(getattr(policy.parameters, name) == value for name, value in case.parameters.items())
    if policy is lifecycle.policy and same:
        return _Replay(case, lifecycle, account_id or case.account_id).run()
    with simulated(policy.changed(case.parameters)) as other:
        return _Replay(case, other, account_id or case.account_id).run()


def walked(case: Case, lifecycle: Lifecycle, *, account_id: str) -> Generator[dt.datetime, None, CaseResult]:
    """Replay *case* step by step, beside others on the same service: yields when each step happens, before it does.

    The case runs under the policy of *lifecycle*, whatever it says; otherwise as `run`. What comes of it is returned.
    """
    return _Replay(case, lifecycle, account_id).walk()


@define
class _Part:
    """One account of a case on its way: how it stands, what the shop answers of it, the codes it was sent."""

    id: str
    account: Account
    shop: dict[str, Any]
    codes: list[tuple[int, str]] = field(factory=list)


class _Replay:
    """One case on its way."""

    def __init__(self, case: Case, lifecycle: Lifecycle, account_id: str) -> None:
        self.case = case
        self.lifecycle = lifecycle
        self.part = _Part(account_id, Account(account_id), dict(case.facts))
        self.parts: dict[str | None, _Part] = {None: self.part}
        for other, id in zip(case.also, other_ids(case, account_id).values(), strict=True):
            self.parts[other.name] = _Part(id, Account(id), {**case.facts, **other.facts})
        self.to_come = list(case.changes)
        self.rows: set[str] = set()
        self.guards: set[str] = set()
        self.known_rows = {row.name: row for row in lifecycle.policy.rows}

    def run(self) -> CaseResult:
        walk = self.walk()
        while True:
            try:
                next(walk)
            except StopIteration as end:
                result: CaseResult = end.value
                return result

    def walk(self) -> Generator[dt.datetime, None, CaseResult]:
        steps: list[StepResult] = []
        yield self.case.begins
        found = self._begin()
        while not found and len(steps) < len(self.case.steps):
            step = self.case.steps[len(steps)]
            yield step.at
            steps.append(self._step(step))
            found = steps[-1].problems
        account_id, policy = self.parts[None].id, self.lifecycle.policy.name
        rows, guards = frozenset(self.rows), frozenset(self.guards)
        return CaseResult(self.case, account_id, tuple(steps), found, rows, guards, policy)

    def _begin(self) -> tuple[str, ...]:
        for other in self.case.also:
            if found := self._import(other):
                return found
        return self._import(self.case)

    def _import(self, begins: Case | Other) -> tuple[str, ...]:
        """Take over the case's own account, or a further one, if it exists before the case begins."""
        self.part = self.parts[begins.name if isinstance(begins, Other) else None]
        at = begins.begins or self.case.begins
        self._move(at, {})
        if begins.starts is None:
            return ()
        try:
            self.part.account = self.lifecycle.import_account(
                self.part.id,
                state=begins.starts,
                given=begins.given,
                identifiers=self._made_up(begins.identifiers),
                at=at,
            )
        except BadRequest as error:
            who = f", {begins.name}," if isinstance(begins, Other) else ""
            return (f"{self.case.words}{who} cannot begin: {error}",)
        self._note_code()
        return ()

    def _made_up(self, identifiers: Mapping[str, str]) -> dict[str, str]:
        return made_up(identifiers, self.parts[None].id)

    def _step(self, step: Step) -> StepResult:
        self.part = self.parts[step.account]
        before, answered = self.part.account, dict(self.part.shop)
        settled = self._under_new_policies(step.at)
        self._move(step.at, step.facts)
        if step.does is None and not step.waits:
            self.part.shop.update(step.facts)
        source = self._standing(step)
        try:
            outcome = self._done(step, source)
        except BadRequest as error:
            hint = " Say them in [case.facts], or in the facts of the step." if isinstance(error, MissingFacts) else ""
            return StepResult(step, step.at, source, source, problems=(f"{step.words}: {error}{hint}",))
        seen = outcome.account
        # What is only read, because no worker is there, nobody has written yet.
        self.part.account = outcome.decision.account if outcome.decision else self._stored(self.part)
        self._count(outcome)
        self._note_code()
        elsewhere = tuple(self._elsewhere())
        outcome = attrs.evolve(
            outcome,
            settled=(*settled, *outcome.settled),
            shop={**self.part.shop, **step.facts},
            before=before,
            answered=answered,
            overdue=tuple(timer.name for timer in self._late(step.at)),
            touched=self._touched(before, elsewhere),
        )
        found = (*problems(step, outcome, self.lifecycle.policy), *self._forgotten(step))
        dest = self._standing(step) if step.does else seen.state if seen.exists else None
        return StepResult(step, step.at, source, dest, outcome.decision, outcome.settled, found, elsewhere)

    def _stored(self, part: _Part) -> Account:
        loaded = self.lifecycle.store.load(part.id)
        return part.account if loaded is None else loaded.account

    def _touched(self, before: Account, elsewhere: Iterable[Event]) -> dict[str, bool]:
        """Whether anything happened to each account of the case, by the name it has in it."""
        moved = {event.account_id for event in elsewhere}
        moved |= {self.part.id} if self.part.account.version > before.version else set()
        return {OWN if name is None else name: part.id in moved for name, part in self.parts.items()}

    def _under_new_policies(self, at: dt.datetime) -> tuple[Event, ...]:
        """Let every change of policy hold that came by *at*; return what was due to the step's own account before it.

        What is due at that very moment is decided under the new policy; so is everything before it, where no worker was
        there to see to it in time.
        """
        settled: tuple[Event, ...] = ()
        while self.to_come and self.to_come[0].at <= at:
            change = self.to_come.pop(0)
            for part in self.parts.values() if self.case.worker else ():
                until = change.at - dt.timedelta(microseconds=1)
                if part.account.exists and part.account.at is not None and part.account.at <= until:
                    self._move(until, {})
                    done = self.lifecycle.settle(part.id, at=until, gather=answering(part.shop))
                    if part is self.part:
                        self._note_rows(done)
                        settled += done
            self.lifecycle = under(self.lifecycle, self.lifecycle.policy.changed(change.parameters))
            self.known_rows |= {row.name: row for row in self.lifecycle.policy.rows}
        return settled

    def _elsewhere(self) -> Iterator[Event]:
        """Yield what the step brought about with the other accounts of the case."""
        for part in self.parts.values():
            loaded = None if part is self.part else self.lifecycle.store.load(part.id)
            if loaded is not None and loaded.account.version > part.account.version:
                events = tuple(self.lifecycle.store.events(part.id, after=part.account.version))
                self._note_rows(events)
                part.account = loaded.account
                yield from events

    def _standing(self, step: Step) -> AnyState | None:
        """Where the account stands in the machine that *step* asks something of."""
        if step.does is not None:
            return self.lifecycle.machine.standing(step.does, self.part.account)
        return self.part.account.state if self.part.account.exists else None

    def _done(self, step: Step, source: AnyState | None) -> Outcome:
        if step.does is not None:
            decision = self._submitted(step, step.does)
            return Outcome(source, decision.account, decision, decision.settled)
        if not step.waits:
            return Outcome(source, self.part.account)
        if not self.case.worker:
            return Outcome(source, self.lifecycle.account(self.part.id, at=step.at))
        settled = self.lifecycle.settle(self.part.id, at=step.at, gather=self._gather(step))
        return Outcome(source, self.lifecycle.account(self.part.id, at=step.at), settled=settled)

    def _submitted(self, step: Step, trigger: str) -> Decision:
        identifiers = self._made_up(step.identifiers)
        if trigger == self.lifecycle.policy.opening:
            asked = self._asked({trigger})
            facts = {name: value for name, value in self.part.shop.items() if name in asked}
            return self.lifecycle.register(
                self.part.id, identifiers=identifiers, facts=facts | dict(step.facts), at=step.at
            )
        if trigger == self.lifecycle.policy.doors.identify:
            return self.lifecycle.identify(
                self.part.id,
                identifiers,
                by=step.actor(self.part.id),
                facts=step.facts,
                gather=self._gather(step),
                at=step.at,
            )
        return self.lifecycle.submit(
            trigger,
            account=self.part.id,
            by=step.actor(self.part.id),
            evidence=step.evidence,
            facts=step.facts,
            gather=self._gather(step),
            code=self._code(step),
            at=step.at,
        )

    def _asked(self, triggers: set[str]) -> set[str]:
        """Return the facts that doing this may need, and whatever follows from it."""
        rows = [row for trigger in triggers for row in self.lifecycle.machine.rows(trigger)]
        more = {effect.trigger for row in rows for effect in row.effects if isinstance(effect, Then)} - triggers
        if more:
            return self._asked(triggers | more)
        return {name for row in rows for name in row.needs} - self.lifecycle.policy.facts.RESERVED

    def _move(self, at: dt.datetime, facts: Mapping[str, Any]) -> None:
        if isinstance(self.lifecycle.clock, SimulatedClock):
            self.lifecycle.clock.now = at
            self.lifecycle.clock.shop = {**self.part.shop, **facts}

    def _gather(self, step: Step) -> Gather:
        return answering({**self.part.shop, **step.facts})

    # --- codes -----------------------------------------------------------------------------------------------------

    def _note_code(self) -> None:
        """Keep each code or link as it is sent: later the account no longer tells an old one."""
        sent = [(getattr(self.part.account, name), name) for name in CHALLENGES]
        known = {number for number, _ in self.part.codes}
        for challenge, name in sent:
            if challenge is not None and challenge.number not in known:
                code = self.lifecycle.code_for(self.part.id, name, at=self.part.account.at)
                self.part.codes.append((challenge.number, code))

    def _code(self, step: Step) -> str | None:
        codes = [code for _, code in self.part.codes]
        if step.code is None:
            return None
        if step.code == "wrong_code":
            return _another(codes[-1]) if codes else "000000"
        wanted = 1 if step.code == "right_code" else 2
        if len(codes) < wanted:
            raise BadRequest(f"there is no {step.code.replace('_', ' ')}: {len(codes)} codes were sent so far")
        return codes[-wanted]

    # --- what was covered, what was forgotten ------------------------------------------------------------------------

    def _count(self, outcome: Outcome) -> None:
        decision = outcome.decision
        self._note_rows((*outcome.settled, *(decision.events if decision else ())))
        if decision is not None and not decision.allowed:
            asked = explain(self.lifecycle.machine, decision.account, decision.command)
            self.guards.update(verdict.code for verdict in asked.verdicts)

    def _note_rows(self, events: Iterable[Event]) -> None:
        for event in events:
            if (row := self.known_rows.get(event.row)) is not None:
                self.rows.add(row.name)
                self.guards.update(guard.name for guard in row.guards)

    def _late(self, at: dt.datetime) -> list[Timer]:
        """The timers of the step's account that are due and stand, the first one first."""
        late = (timer for timer in self.part.account.timers if is_due(self.lifecycle.machine, timer, at))
        return sorted(late, key=lambda timer: (timer.due, timer.name))

    def _forgotten(self, step: Step) -> tuple[str, ...]:
        """Say which due timers could not be settled because the case does not say what the shop answers."""
        if step.does is None and not (step.waits and self.case.worker):
            return ()
        late = self._late(step.at)
        needs = ", ".join(sorted(settle(self.lifecycle.machine, self.part.account, step.at).needs)) if late else ""
        return tuple(
            f'{step.words}: the timer "{timer.name}" was due at {spoken_time(timer.due)} and waits for facts nobody '
            f"gave: {needs}. Say them in [case.facts], or in the facts of the step."
            for timer in late
        )


def _another(code: str) -> str:
    """Return a code of the same form that is not *code*."""
    if code.isdigit():
        return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"
    return code[::-1] if code[::-1] != code else f"{code}x"
