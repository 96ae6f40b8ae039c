"""What a plan counts on and advises, as a section of the policy's page.

Knows how a step and an advice are told. Does not know when either is of use.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.prose.words import listed, table
from lifecycle.rows import Policy
from lifecycle.rows.ways import filled


def advised(policy: Policy) -> Iterator[str]:
    """Yield the section, if the policy has steps that a plan may use."""
    ways, p = policy.ways, policy.parameters
    if not ways.steps:
        return
    targets = listed((state.words for state in ways.targets), "or")
    steps = [(f"`{each.trigger}`", filled(each.says, p), ", ".join(each.cites)) for each in ways.steps.values()]
    yield (
        f"## What a plan tells\n\nA plan tells every way from how an account stands to {targets}. It uses these steps, "
        f"each where its own rule allows it.\n\n{table(('step', 'what the holder is told', 'rests on'), steps)}"
    )
    advice = [
        (each.kind, filled(f"{each.says} {each.why}", p), _beside(each.steps), ", ".join(each.cites))
        for each in ways.advice
    ]
    if advice:
        head = ("", "advice", "beside", "rests on")
        yield f"It advises what fits the situation, as a whole or beside the steps named.\n\n{table(head, advice)}"


def _beside(steps: tuple[str, ...]) -> str:
    return ", ".join(f"`{step}`" for step in steps)
