"""Replaying case files for the pictures and pages that tell their paths.

Knows how what came of a replay becomes a `Told`. Does not draw, and does not judge a case: one that does not come out
as it says has no true story, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lifecycle.cases import SUFFIX, read_cases
from lifecycle.diagrams.told import Told, ToldStep
from lifecycle.errors import CaseError
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
    return Told(result.case, tuple(_step(step) for step in result.steps))


def _step(result: StepResult) -> ToldStep:
    decision = result.decision
    if decision is None:
        return ToldStep(result.step, result.dest, settled=result.settled)
    by, events, refusals = decision.command.by, decision.events, decision.refusals
    state = result.dest if refusals else events[0].source
    return ToldStep(result.step, state, by, result.settled, events, refusals)
