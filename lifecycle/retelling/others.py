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
from lifecycle.submitting import IDENTIFY, NOTE, REGISTER

_CALLED = {"email": "person", "phone": "phone", "payment": "card", "device": "device"}
_SIGN_UP: Mapping[str, Any] = {"registration_fields": 4, "verified_by": "link"}
_PASSED_ON = ("cookies_cleared", "device_recognised", "unsalvageable_confirmed")


class Others:
    """The further accounts of one retelling, and what the retold account is known by."""

    def __init__(self, machine: AccountMachine) -> None:
        self.machine = machine
        self.also: list[dict[str, Any]] = []
        self.given: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._counted = 0

    def named(self, trigger: str, facts: Mapping[str, Any], codes: Iterable[str] = ()) -> dict[str, Any]:
        """Return what a step says of the identifiers named in it; whoever has the same joins the case.

        *codes* are those of the refusals, where it was refused.
        """
        if trigger not in (REGISTER, IDENTIFY):
            return {}
        shared = {
            "banned": list(facts.get("banned_links", ())) + ["email"] * ("identity_is_not_banned" in codes),
            "blocked": list(facts.get("restricted_links", ())),
            "other": list(facts.get("living_links", ())) + ["email"] * ("email_is_free" in codes),
        }
        kinds = {*facts.get("identifier_kinds", ()), *(kind for some in shared.values() for kind in some)}
        if trigger == IDENTIFY and not kinds:
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
        if event.trigger != NOTE:
            return None
        shared = tuple(event.facts.get("shared_links", ()))
        for kind in shared:
            if kind not in self._known:
                self.given[kind] = self._known[kind] = self._new(kind)
        identifiers = {kind: self._known[kind] for kind in _CALLED if kind in shared}
        facts = {**_SIGN_UP, **{name: True for name in _PASSED_ON if event.facts.get(name)}}
        name = f"further_{len(self.also) + 1}"
        self.also.append({"account": name, "starts": "none"})
        said = {"by": "holder", "does": REGISTER, "identifiers": identifiers, "facts": facts}
        return {"account": name, "at": at, **said, "then": self._states(event, facts, shared)}

    def _states(self, event: Event, facts: Mapping[str, Any], shared: tuple[str, ...]) -> list[str]:
        """Return the states the other account went through, by deciding its registration."""
        found = "restricted_links" if _struck(event) else "banned_links"
        known = {**facts, "email_is_reserved": False, "identifier_kinds": shared, found: shared}
        command = Command(REGISTER, "further", Actor.holder("further"), event.at, self.machine.policy.facts(known))
        return [each.dest.value for each in decide(self.machine, Account("further"), command).events]


def _struck(event: Event) -> bool:
    return any(change.do == "add" and change.name == "strikes" for change in event.changes)
