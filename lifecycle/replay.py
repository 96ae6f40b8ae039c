"""Running a case through the real service, step by step, and telling what did not come out as the case says.

Knows how each step becomes a call of `lifecycle.service.Lifecycle`, with the time the case names. Does not know how
a case is read, nor how a claim is compared: that is `lifecycle.cases`. A case stops at its first failed step, since
what follows one is no longer the story that was written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import define, field

from lifecycle.cases import Case, Other, Step, other_ids, spoken_time
from lifecycle.cases.claims import Outcome, problems
from lifecycle.cases.others import made_up
from lifecycle.cases.results import CaseResult, StepResult
from lifecycle.decide import explain
from lifecycle.errors import BadRequest, MissingFacts
from lifecycle.gathering import Gather
from lifecycle.model import RECORDS, Account, AnyState, Challenge, Decision, Event
from lifecycle.policy import changed
from lifecycle.rows import Policy, Then
from lifecycle.service import Lifecycle
from lifecycle.settle import is_due, settle
from lifecycle.submitting import IDENTIFY, REGISTER

__all__ = ["CHALLENGES", "SECRET", "CaseResult", "SimulatedClock", "StepResult", "run", "simulated"]

SECRET = b"a secret for replays, not for use"
"""What simulated services derive their codes from, so that a replay comes out the same each time."""

CHALLENGES = tuple(name for name, kind in RECORDS.items() if kind is Challenge)


class SimulatedClock:
    """A clock that stands until it is set, and what the shop answers meanwhile."""

    def __init__(self, now: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) -> None:
        self.now = now
        self.shop: Mapping[str, Any] = {}

    def __call__(self) -> dt.datetime:
        """Return the time it was set to."""
        return self.now

    def answer(self, _account_id: str, names: frozenset[str]) -> Mapping[str, Any]:
        """Answer as a host's gather function does."""
        return {name: self.shop[name] for name in names if name in self.shop}


def simulated(
    policy: Policy | None = None, url: str = "memory:", secret: bytes | str = SECRET, synchronous: str = "FULL"
) -> Lifecycle:
    """Open a service whose clock is a `SimulatedClock`, set by each step that `run` takes.

    Raises:
        PolicyError, StoreError: as for `Lifecycle.open`.
    """
    clock = SimulatedClock()
    return Lifecycle.open(url, policy=policy, secret=secret, gather=clock.answer, clock=clock, synchronous=synchronous)


def run(case: Case, lifecycle: Lifecycle, *, account_id: str | None = None) -> CaseResult:
    """Replay *case* on a new account of *lifecycle* and return what came of it.

    A request that makes no sense to the service is a problem of its step, like a claim that did not come true. A case
    whose parameters are not those of *lifecycle* is replayed on a service of its own, which has them.

    Raises:
        GuardFault, StoreError: the policy or the database failed, whatever the case says.
    """
    parameters = lifecycle.policy.parameters
    if all(getattr(parameters, name) == value for name, value in case.parameters.items()):
        return _Replay(case, lifecycle, account_id or case.account_id).run()
    with simulated(changed(lifecycle.policy, case.parameters)) as other:
        return _Replay(case, other, account_id or case.account_id).run()


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
        self.rows: set[str] = set()
        self.guards: set[str] = set()
        self.known_rows = {row.name: row for row in lifecycle.policy.rows}

    def run(self) -> CaseResult:
        steps: list[StepResult] = []
        found = self._begin()
        while not found and len(steps) < len(self.case.steps):
            steps.append(self._step(self.case.steps[len(steps)]))
            found = steps[-1].problems
        account_id = self.parts[None].id
        return CaseResult(self.case, account_id, tuple(steps), found, frozenset(self.rows), frozenset(self.guards))

    def _begin(self) -> tuple[str, ...]:
        for other in self.case.also:
            if found := self._import(other):
                return found
        return self._import(self.case)

    def _import(self, begins: Case | Other) -> tuple[str, ...]:
        """Take over the case's own account, or a further one, if it exists before the case begins."""
        self.part = self.parts[begins.name if isinstance(begins, Other) else None]
        self._move(self.case.begins, {})
        if begins.starts is None:
            return ()
        try:
            self.part.account = self.lifecycle.import_account(
                self.part.id,
                state=begins.starts,
                given=begins.given,
                identifiers=self._made_up(begins.identifiers),
                at=self.case.begins,
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
        self._move(step.at, step.facts)
        if step.does is None and not step.waits:
            self.part.shop.update(step.facts)
        source = self._standing(step)
        try:
            outcome = self._done(step, source)
        except BadRequest as error:
            hint = " Say them in [case.facts], or in the facts of the step." if isinstance(error, MissingFacts) else ""
            return StepResult(step, step.at, source, source, problems=(f"{step.words}: {error}{hint}",))
        self.part.account = outcome.account
        self._count(outcome)
        self._note_code()
        outcome = attrs.evolve(outcome, shop={**self.part.shop, **step.facts})
        found = (*problems(step, outcome, self.lifecycle.policy), *self._overdue(step))
        dest, elsewhere = self._standing(step), tuple(self._elsewhere())
        return StepResult(step, step.at, source, dest, outcome.decision, outcome.settled, found, elsewhere)

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
        settled = self.lifecycle.settle(self.part.id, at=step.at, gather=self._gather(step))
        return Outcome(source, self.lifecycle.account(self.part.id, at=step.at), settled=settled)

    def _submitted(self, step: Step, trigger: str) -> Decision:
        identifiers = self._made_up(step.identifiers)
        if trigger == REGISTER:
            asked = self._asked({REGISTER})
            facts = {name: value for name, value in self.part.shop.items() if name in asked}
            return self.lifecycle.register(
                self.part.id, identifiers=identifiers, facts=facts | dict(step.facts), at=step.at
            )
        if trigger == IDENTIFY:
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
        shop = {**self.part.shop, **step.facts}
        return lambda account_id, names: {name: shop[name] for name in names if name in shop}

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

    def _overdue(self, step: Step) -> tuple[str, ...]:
        """Say which due timers could not be settled because the case does not say what the shop answers."""
        if step.does is None and not step.waits:
            return ()
        late = [timer for timer in self.part.account.timers if is_due(self.lifecycle.machine, timer, step.at)]
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
