"""One refused attempt for each condition of each row, kept in refusals.toml: where, by whom, with what, and why not.

An attempt is made against the account that a case left behind at one of its versions. Knows how the list is read and
asked. Does not know how a missing attempt is found: that is tests/mutations.
"""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen
from replayed import accounts

from lifecycle.decide import decide
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Evidence, Role

HERE = Path(__file__).resolve().parent
FILE = HERE / "refusals.toml"


@frozen
class Refused:
    """An attempt on *row* that is refused for exactly *codes*, against an account at a version of a story.

    ``under`` are the parameters that differ from the guides'. ``graft`` names another account, and which of its fields
    the account has instead of its own: a situation that no case tells.
    """

    row: str
    story: str
    version: int
    by: str
    at: dt.datetime
    codes: tuple[str, ...] = field(converter=tuple)
    facts: Mapping[str, Any] = field(factory=dict)
    evidence: tuple[Mapping[str, Any], ...] = field(default=(), converter=tuple)
    under: Mapping[str, Any] = field(factory=dict)
    graft: Mapping[str, Any] = field(factory=dict)

    @property
    def account(self) -> Account:
        """The account it is tried on."""
        return grafted(accounts()[self.story][self.version], self.graft)

    def command(self, machine: AccountMachine, account: Account) -> Command:
        """The attempt as a command."""
        role, _, who = self.by.partition(":")
        documents = tuple(Evidence(**each) for each in self.evidence)
        facts = machine.policy.facts(self.facts)
        return Command(self.row.partition(":")[0], account.id, Actor(Role(role), who), self.at, facts, documents)

    def answer(self, machine_of: Callable[..., AccountMachine]) -> tuple[str, ...]:
        """The codes that the attempt is refused for by a machine under its parameters; nothing if it is taken."""
        machine = machine_of(**{name: _value(held) for name, held in self.under.items()})
        decision = decide(machine, self.account, self.command(machine, self.account))
        return tuple(refusal.code for refusal in decision.refusals)


def grafted(account: Account, graft: Mapping[str, Any]) -> Account:
    """Return *account* with the fields of another that *graft* names."""
    if not graft:
        return account
    other = accounts()[graft["story"]][graft["version"]]
    return attrs.evolve(account, **{name: getattr(other, name) for name in graft["fields"]})


def _value(held: Any) -> Any:
    return tuple(held) if isinstance(held, list) else held


@functools.cache
def listed() -> tuple[Refused, ...]:
    """Return the list."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8")).get("refusal", [])
    return tuple(Refused(**entry) for entry in entries)
