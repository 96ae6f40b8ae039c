"""Made-up accounts around a retold one: whoever it shared something with, by made-up names instead of what was shared.

Knows what a log keeps of it: kinds and nothing else. Does not know who the others really were, and need not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.decide import decide
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Event

_CALLED = {"email": "person", "phone": "phone", "payment": "card", "device": "device"}


class Others:
    """The further accounts of one retelling, and what the retold account is known by."""

    def __init__(self, machine: AccountMachine) -> None:
        self.machine = machine
        self.doors = machine.policy.doors
        self.opening = machine.policy.opening
        self.also: list[dict[str, Any]] = []
        self.given: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._counted = 0

    def named(self, trigger: str, facts: Mapping[str, Any], codes: Iterable[str] = ()) -> dict[str, Any]:
        """Return what a step says of the identifiers named in it; whoever has the same joins the case.

        *codes* are those of the refusals, where it was refused.
        """
        if trigger not in (self.opening, self.doors.identify):
            return {}
        refusing = [standing for code, standing in self.doors.shared.items() if code in codes]
        shared = {
            "banned": list(facts.get("banned_links", ())) + ["email"] * refusing.count("banned"),
            "blocked": list(facts.get("restricted_links", ())),
            "other": list(facts.get("living_links", ())) + ["email"] * refusing.count("other"),
        }
        kinds = {*facts.get("identifier_kinds", ()), *(kind for some in shared.values() for kind in some)}
        if trigger == self.doors.identify and not kinds:
            kinds = {"payment"}
        names = {kind: self._new(kind) for kind in _CALLED if kind in kinds}
        for standing, some in shared.items():
            if some:
                self._join(standing, {kind: names[kind] for kind in _CALLED if kind in some})
        if not codes:
            self._known |= names
        return {"identifiers": names} if names else {}

    def _new(self, kind: str) -> str:
        self._counted += 1
        return f"{_CALLED[kind]}-{self._counted}"

    def _join(self, standing: str, identifiers: Mapping[str, str]) -> None:
        grounds = self.machine.policy.grounds.values()
        suspends = next((ground.name for ground in grounds if ground.restricts == "suspension"), "")
        locks = next((ground.name for ground in grounds if ground.restricts == "lock" and not ground.ends_after), "")
        began: Mapping[str, dict[str, Any]] = {
            "banned": {"starts": "suspended", "given": {"ground": suspends, "permanent": True}},
            "blocked": {"starts": "security_locked", "given": {"ground": locks}},
            "other": {},
        }
        name = f"{standing}_{len(self.also) + 1}"
        self.also.append({"account": name, **began[standing], "identifiers": dict(identifiers)})

    def registered(self, event: Event, at: dt.datetime) -> dict[str, Any] | None:
        """Return the step in which somebody else registers, if that brought *event* about; *at* is when, in the case."""
        if event.trigger != self.doors.further or self.opening is None:
            return None
        shared = tuple(event.facts.get("shared_links", ()))
        for kind in shared:
            if kind not in self._known:
                self.given[kind] = self._known[kind] = self._new(kind)
        identifiers = {kind: self._known[kind] for kind in _CALLED if kind in shared}
        facts = {**self.doors.sign_up, **{name: True for name in self.doors.passed_on if event.facts.get(name)}}
        name = f"further_{len(self.also) + 1}"
        self.also.append({"account": name, "starts": "none"})
        said = {"by": "holder", "does": self.opening, "identifiers": identifiers, "facts": facts}
        return {"account": name, "at": at, **said, "then": self._states(event, facts, shared)}

    def _states(self, event: Event, facts: Mapping[str, Any], shared: tuple[str, ...]) -> list[str]:
        """Return the states the other account went through, by deciding its registration."""
        found = "restricted_links" if _struck(event) else "banned_links"
        known = {**facts, "email_is_reserved": False, "identifier_kinds": shared, found: shared}
        asked = self.machine.policy.facts(known)
        command = Command(self.opening or "", "further", Actor.holder("further"), event.at, asked)
        return [each.dest.value for each in decide(self.machine, Account("further"), command).events]


def _struck(event: Event) -> bool:
    return any(change.do == "add" and change.name == "strikes" for change in event.changes)
