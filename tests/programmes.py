"""Programmes of levels as tests give them: a few words instead of a table of entries."""

from __future__ import annotations

from typing import Any

from lifecycle.policy.parameters.programme import RUNGS, Rung


class Rungs(dict[str, Rung]):
    """The levels of a programme, as a value that a machine can be remembered by."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def rungs(**least: int | tuple[int, int]) -> Rungs:
    """The levels of these names: the sum from which an account is at each, or that and the months it is valid for."""
    entries = {name: told if isinstance(told, tuple) else (told, 0) for name, told in least.items()}
    return Rungs({name: Rung(name, total, valid_months=months) for name, (total, months) in entries.items()})


def at(*thresholds: int) -> Rungs:
    """The levels of the guides, beginning at other sums."""
    return rungs(**dict(zip(RUNGS, thresholds, strict=False)))


def programme(levels: Rungs, **parameters: Any) -> dict[str, Any]:
    """The parameters of a programme that follows no older one."""
    return {"levels": levels, "legacy_mapping": (), **parameters}
