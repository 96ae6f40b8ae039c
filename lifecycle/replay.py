"""Running a case through the real service, step by step, and telling what did not come out as the case says.

Knows how each step becomes a call of `lifecycle.service.Lifecycle`, with the time the case names. Does not know how
a case is read, nor how a claim is compared: that is `lifecycle.cases`. A case stops at its first failed step, since
what follows one is no longer the story that was written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lifecycle.cases import Case, Step, spoken_time
from lifecycle.cases.claims import Outcome, problems
from lifecycle.decide import explain
from lifecycle.errors import BadRequest, MissingFacts
from lifecycle.gathering import Gather
from lifecycle.model import RECORDS, Account, AnyState, Challenge, Decision, Event, State
from lifecycle.rows import Policy
from lifecycle.service import REGISTER, Lifecycle
from lifecycle.settle import is_due, settle

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


@frozen
class StepResult:
    """What came of one step. ``dest`` is the state after everything that followed at the same instant.

    Both states are those of the machine that the step asks something of.
    """

    step: Step
    at: dt.datetime
    source: AnyState | None
    dest: AnyState | None
    decision: Decision | None = None
    settled: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that was written in this step, due timers first."""
        return self.settled + (self.decision.events if self.decision else ())


@frozen
class CaseResult:
    """What came of a case: its steps up to the first failed one, and everything that was wrong.

    ``rows`` are the names of the rows taken, ``guards`` the names of the guards that were asked, met or not.
    """

    case: Case
    account_id: str
    steps: tuple[StepResult, ...] = ()
    problems: tuple[str, ...] = ()
    rows: frozenset[str] = frozenset()
    guards: frozenset[str] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether everything came out as the case says."""
        return not self.problems

    @property
    def path(self) -> tuple[tuple[AnyState | None, AnyState, str], ...]:
        """Every event as source, destination and trigger: what a picture of the path is drawn from."""
        return tuple((e.source, e.dest, e.trigger) for step in self.steps for e in step.events)

    @property
    def states(self) -> tuple[State, ...]:
        """The states the account went through, from the one it began in."""
        first = () if self.case.starts is None else (self.case.starts,)
        moved = (dest for source, dest, _ in self.path if dest is not source)
        return (*first, *(dest for dest in moved if isinstance(dest, State)))


def run(case: Case, lifecycle: Lifecycle, *, account_id: str | None = None) -> CaseResult:
    """Replay *case* on a new account of *lifecycle* and return what came of it.

    A request that makes no sense to the service is a problem of its step, like a claim that did not come true.

    Raises:
        GuardFault, StoreError: the policy or the database failed, whatever the case says.
    """
    return _Replay(case, lifecycle, account_id or case.account_id).run()


class _Replay:
    """One case on its way."""

    def __init__(self, case: Case, lifecycle: Lifecycle, account_id: str) -> None:
        self.case = case
        self.lifecycle = lifecycle
        self.account_id = account_id
        self.account = Account(account_id)
        self.shop = dict(case.facts)
        self.codes: list[tuple[int, str]] = []
        self.rows: set[str] = set()
        self.guards: set[str] = set()
        self.known_rows = {row.name: row for row in lifecycle.policy.rows}

    def run(self) -> CaseResult:
        steps: list[StepResult] = []
        found = self._begin()
        while not found and len(steps) < len(self.case.steps):
            steps.append(self._step(self.case.steps[len(steps)]))
            found = steps[-1].problems
        return CaseResult(self.case, self.account_id, tuple(steps), found, frozenset(self.rows), frozenset(self.guards))

    def _begin(self) -> tuple[str, ...]:
        self._move(self.case.begins, {})
        if self.case.starts is None:
            return ()
        try:
            self.account = self.lifecycle.import_account(
                self.account_id, state=self.case.starts, given=self.case.given, at=self.case.begins
            )
        except BadRequest as error:
            return (f"{self.case.words} cannot begin: {error}",)
        self._note_code()
        return ()

    def _step(self, step: Step) -> StepResult:
        self._move(step.at, step.facts)
        if step.does is None and not step.waits:
            self.shop.update(step.facts)
        source = self._standing(step)
        try:
            outcome = self._done(step, source)
        except BadRequest as error:
            hint = " Say them in [case.facts], or in the facts of the step." if isinstance(error, MissingFacts) else ""
            return StepResult(step, step.at, source, source, problems=(f"{step.words}: {error}{hint}",))
        self.account = outcome.account
        self._count(outcome)
        self._note_code()
        found = (*problems(step, outcome, self.lifecycle.policy), *self._overdue(step))
        return StepResult(step, step.at, source, self._standing(step), outcome.decision, outcome.settled, found)

    def _standing(self, step: Step) -> AnyState | None:
        """Where the account stands in the machine that *step* asks something of."""
        if step.does is not None:
            return self.lifecycle.machine.standing(step.does, self.account)
        return self.account.state if self.account.exists else None

    def _done(self, step: Step, source: AnyState | None) -> Outcome:
        if step.does is not None:
            decision = self._submitted(step, step.does)
            return Outcome(source, decision.account, decision, decision.settled)
        if not step.waits:
            return Outcome(source, self.account)
        settled = self.lifecycle.settle(self.account_id, at=step.at, gather=self._gather(step))
        return Outcome(source, self.lifecycle.account(self.account_id, at=step.at), settled=settled)

    def _submitted(self, step: Step, trigger: str) -> Decision:
        if trigger == REGISTER:
            asked = {name for row in self.lifecycle.machine.rows(REGISTER) for name in row.needs}
            facts = {name: value for name, value in self.shop.items() if name in asked} | dict(step.facts)
            return self.lifecycle.register(self.account_id, facts=facts, at=step.at)
        return self.lifecycle.submit(
            trigger,
            account=self.account_id,
            by=step.actor(self.account_id),
            evidence=step.evidence,
            facts=step.facts,
            gather=self._gather(step),
            code=self._code(step),
            at=step.at,
        )

    def _move(self, at: dt.datetime, facts: Mapping[str, Any]) -> None:
        if isinstance(self.lifecycle.clock, SimulatedClock):
            self.lifecycle.clock.now = at
            self.lifecycle.clock.shop = {**self.shop, **facts}

    def _gather(self, step: Step) -> Gather:
        shop = {**self.shop, **step.facts}
        return lambda account_id, names: {name: shop[name] for name in names if name in shop}

    # --- codes -----------------------------------------------------------------------------------------------------

    def _note_code(self) -> None:
        """Keep each code or link as it is sent: later the account no longer tells an old one."""
        sent = [(getattr(self.account, name), name) for name in CHALLENGES]
        known = {number for number, _ in self.codes}
        for challenge, name in sent:
            if challenge is not None and challenge.number not in known:
                code = self.lifecycle.code_for(self.account_id, name, at=self.account.at)
                self.codes.append((challenge.number, code))

    def _code(self, step: Step) -> str | None:
        codes = [code for _, code in self.codes]
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
        for event in (*outcome.settled, *(decision.events if decision else ())):
            if (row := self.known_rows.get(event.row)) is not None:
                self.rows.add(row.name)
                self.guards.update(guard.name for guard in row.guards)
        if decision is not None and not decision.allowed:
            asked = explain(self.lifecycle.machine, decision.account, decision.command)
            self.guards.update(verdict.code for verdict in asked.verdicts)

    def _overdue(self, step: Step) -> tuple[str, ...]:
        """Say which due timers could not be settled because the case does not say what the shop answers."""
        if step.does is None and not step.waits:
            return ()
        late = [timer for timer in self.account.timers if is_due(self.lifecycle.machine, timer, step.at)]
        needs = ", ".join(sorted(settle(self.lifecycle.machine, self.account, step.at).needs)) if late else ""
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
