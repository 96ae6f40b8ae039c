"""Who notices that a policy was broken: its own checker, the table of who may do what, guards' scenarios, the cases.

Knows which of them to ask for a mutant. Does not know how a mutant is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import support
from mutants import Mutant
from refusals import Refused, listed
from replayed import built_with, replayed
from test_policy_guards import SCENARIOS
from who_may import differences

from lifecycle.cases import Case
from lifecycle.errors import BadParameters, PolicyError
from lifecycle.machine import AccountMachine
from lifecycle.policy.parameters import Parameters
from lifecycle.replay import run, simulated
from lifecycle.rows import Policy


def concerned(mutant: Mutant) -> Iterator[Case]:
    """Yield the cases that a mutant may change something for: those that cite the same rules first, then the short."""
    cited = set(mutant.cites)
    for one in sorted(replayed(), key=lambda each: (-len(cited & set(each.case.cites)), len(each.case.steps))):
        if mutant.kind == "parameter":
            if mutant.about in built_with() or mutant.about in one.parameters:
                yield one.case
        elif mutant.about.partition(":")[0] in one.triggers:
            yield one.case


def noticed(mutant: Mutant) -> str:
    """Return who noticed *mutant*, by name; nothing if nobody did."""
    try:
        broken = mutant.build(Parameters())
        AccountMachine(broken)
    except (PolicyError, BadParameters):
        return "the checker"
    if mutant.kind == "actor" and (wrong := differences(broken)):
        return f"who may do what: {wrong[0]}"
    for judge in (_by_a_refusal, _by_a_scenario, _by_a_case):
        if found := judge(mutant, broken):
            return found
    return ""


def _by_a_refusal(mutant: Mutant, broken: Policy) -> str:
    """The attempts that are refused: those for this guard, or all of them where a parameter was moved."""
    made: dict[str, AccountMachine] = {}

    def machine_of(**parameters: Any) -> AccountMachine:
        key = repr(sorted(parameters.items()))
        if key not in made:
            made[key] = AccountMachine(mutant.build(Parameters(**parameters)))
        return made[key]

    for one in listed():
        asked = mutant.kind == "parameter" or (one.row == mutant.about and mutant.guard in one.codes)
        if asked and not _same(one, machine_of):
            return f"the refusal of {one.row} for {', '.join(one.codes)}"
    return ""


def _same(one: Refused, machine_of: Callable[..., AccountMachine]) -> bool:
    try:
        return one.answer(machine_of) == one.codes
    except Exception:  # noqa: BLE001 - a broken policy may fail in any way, and that is noticed
        return False


def _by_a_scenario(mutant: Mutant, broken: Policy) -> str:
    names = [mutant.guard] if mutant.guard else list(SCENARIOS) if mutant.kind == "parameter" else []
    with _Broken(mutant.build):
        for name in names:
            if name in SCENARIOS and not _holds(name):
                return f"the scenario of {name}"
    return ""


def _holds(name: str) -> bool:
    try:
        bad, good = SCENARIOS[name]()
        return [refusal.code for refusal in bad.refusals] == [name] and good.allowed
    except Exception:  # noqa: BLE001 - as above
        return False


def _by_a_case(mutant: Mutant, broken: Policy) -> str:
    for case in concerned(mutant):
        try:
            changed = mutant.build(attrs.evolve(Parameters(), **case.parameters)) if case.parameters else broken
            with simulated(changed) as lifecycle:
                passed = run(case, lifecycle).passed
        except Exception:  # noqa: BLE001 - as above
            passed = False
        if not passed:
            return f"the case {case.path.name.removesuffix('.case.toml')}"
    return ""


class _Broken:
    """While it lasts, every world of the scenarios is judged by a mutant."""

    def __init__(self, build: Callable[[Parameters], Policy]) -> None:
        self.build = build
        self.before = support.machine_of

    def __enter__(self) -> None:
        made: dict[str, AccountMachine] = {}

        def machine_of(**parameters: Any) -> AccountMachine:
            key = repr(sorted(parameters.items()))
            if key not in made:
                made[key] = AccountMachine(self.build(Parameters(**parameters)))
            return made[key]

        support.machine_of = machine_of  # type: ignore[assignment]

    def __exit__(self, *exc: object) -> None:
        support.machine_of = self.before
