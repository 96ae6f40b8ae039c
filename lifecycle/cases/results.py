"""What comes of a case when it is replayed: of each step, and of the whole.

Knows how an outcome is told. Does not run anything: that is `lifecycle.replay`.
"""

from __future__ import annotations

import datetime as dt

from attrs import frozen

from lifecycle.cases.story import Case, Step
from lifecycle.model import AnyState, Decision, Event, State


@frozen
class StepResult:
    """What came of one step. ``dest`` is the state after everything that followed at the same instant.

    Both states are those of the machine that the step asks something of. ``elsewhere`` holds what the step brought
    about with other accounts of the case.
    """

    step: Step
    at: dt.datetime
    source: AnyState | None
    dest: AnyState | None
    decision: Decision | None = None
    settled: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()
    elsewhere: tuple[Event, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that was written in this step, due timers first."""
        return self.settled + (self.decision.events if self.decision else ())

    @property
    def told(self) -> str:
        """What came of a step of a further account, in a sentence: pictures and timelines are about the case's own."""
        step, decision = self.step, self.decision
        said = f"“{step.account}”: {step.meanwhile}".rstrip()
        if decision is None:
            stands = f" It is {self.dest.words}." if step.waits and self.dest is not None else ""
            return f"{said}{stands}"
        does = f"{decision.command.by.role.words} does {decision.command.trigger.replace('_', ' ')}"
        if not decision.allowed:
            return f"{said} {does}, which is refused ({', '.join(refusal.code for refusal in decision.refusals)})."
        states = list(dict.fromkeys(event.dest.words for event in self.events))
        return f"{said} {does}; it is {', then '.join(states)}."


@frozen
class CaseResult:
    """What came of a case: its steps up to the first failed one, and everything that was wrong.

    ``rows`` are the names of the rows taken, ``guards`` the names of the guards that were asked, met or not, and
    ``policy`` is the name of the policy that it was replayed under.
    """

    case: Case
    account_id: str
    steps: tuple[StepResult, ...] = ()
    problems: tuple[str, ...] = ()
    rows: frozenset[str] = frozenset()
    guards: frozenset[str] = frozenset()
    policy: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything came out as the case says."""
        return not self.problems

    @property
    def path(self) -> tuple[tuple[AnyState | None, AnyState, str], ...]:
        """Every event of the case's own account as source, destination and trigger: what a picture is drawn from."""
        events = (e for step in self.steps for e in (*step.events, *step.elsewhere))
        return tuple((e.source, e.dest, e.trigger) for e in events if e.account_id == self.account_id)

    @property
    def states(self) -> tuple[State, ...]:
        """The states the account went through, from the one it began in."""
        first = () if self.case.starts is None else (self.case.starts,)
        moved = (dest for source, dest, _ in self.path if dest is not source)
        return (*first, *(dest for dest in moved if isinstance(dest, State)))
