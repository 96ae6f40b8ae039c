"""The script that breaks the policy: it hears of what is broken, and keeps quiet where nothing is."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent / "mutations"
sys.path.insert(0, str(HERE))

from judges import noticed  # noqa: E402 - found beside the script
from mutants import KINDS, Mutant, mutants  # noqa: E402

from lifecycle.policy import policy  # noqa: E402

ALL = {mutant.name: mutant for mutant in mutants(policy())}


def test_a_whole_policy_is_noticed_by_nobody() -> None:
    """Where nothing was changed no case fails and no refused attempt passes."""
    row = next(row for row in policy().rows if row.trigger == "give_up_claims")
    assert noticed(Mutant("guard", row.name, "nothing", policy, row.guards[0].name)) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_policy_is_noticed(kind: str) -> None:
    """Of each kind of change the first three are noticed, by somebody with a name."""
    several = [mutant for mutant in ALL.values() if mutant.kind == kind]
    assert len(several) > 50
    for mutant in several[:3]:
        assert noticed(mutant), mutant.name


def test_every_survivor_has_its_reason() -> None:
    """Whatever nobody needs to notice is a change the script makes, and says why."""
    listed = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    assert set(listed) <= set(ALL)
    assert all(len(str(why).split()) > 3 for why in listed.values())
