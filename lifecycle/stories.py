"""Replaying case files for the pictures and pages that tell their paths.

Knows how what came of a replay becomes a `Told`. Does not draw, and does not judge a case: one that does not come out
as it says has no true story, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lifecycle.cases import SUFFIX, Step, read_cases
from lifecycle.diagrams.told import Told, ToldStep
from lifecycle.errors import CaseError
from lifecycle.model import AnyState, State
from lifecycle.replay import CaseResult, StepResult, run, simulated
from lifecycle.rows import Policy


def tell(policy: Policy, paths: Iterable[Path | str]) -> tuple[Told, ...]:
    """Replay the case files at *paths*, of a folder every one below it, and return what happened in each case.

    A path at which there is nothing counts as a folder without cases. Files are told in the order of their names, so
    that the result does not depend on the order in which a file system lists them.

    Raises:
        CaseError: a file cannot be read, or a case does not come out as it says.
        PolicyError: *policy* contradicts itself.
    """
    return tuple(one for file in _files(paths) for one in _told(policy, file))


def _files(paths: Iterable[Path | str]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        found += path.rglob(f"*{SUFFIX}") if path.is_dir() else [path] * path.exists()
    return sorted(set(found), key=lambda path: (path.name, str(path)))


def _told(policy: Policy, file: Path) -> Iterable[Told]:
    with simulated(policy) as lifecycle:
        for case in read_cases(file, policy):
            result = run(case, lifecycle)
            if not result.passed:
                problems = "\n  ".join(result.problems)
                raise CaseError(f"{file}, {case.words}, does not come out as it says:\n  {problems}")
            yield story(result)


def story(result: CaseResult) -> Told:
    """Return what happened in a replayed case."""
    told: list[ToldStep] = []
    state: AnyState | None = result.case.starts
    for step in result.steps:
        told += _steps(step, result.account_id, state)
        here = [e.dest for e in (*step.events, *step.elsewhere) if e.account_id == result.account_id]
        state = next((dest for dest in reversed(here) if isinstance(dest, State)), state)
    return Told(result.case, tuple(told), result.account_id)


def _steps(result: StepResult, account_id: str, state: AnyState | None) -> Iterable[ToldStep]:
    """Return a step as it is told: one of a further account in a sentence, then what it brought about with this one.

    *state* is where the case's own account is meanwhile.
    """
    if result.step.account is None:
        yield _step(result)
        return
    step = result.step
    yield ToldStep(Step(step.number, step.at, meanwhile=result.told, note=step.note), state)
    if here := tuple(event for event in result.elsewhere if event.account_id == account_id):
        yield ToldStep(Step(step.number, step.at, waits=True), here[-1].dest, settled=here)


def _step(result: StepResult) -> ToldStep:
    decision = result.decision
    if decision is None:
        return ToldStep(result.step, result.dest, settled=result.settled)
    by, events, refusals = decision.command.by, decision.events, decision.refusals
    state = result.dest if refusals else events[0].source
    return ToldStep(result.step, state, by, result.settled, events, refusals)
