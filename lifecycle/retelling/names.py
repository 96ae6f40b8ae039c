"""Neutral names in place of what could lead to a person: ids of people and documents, and moments.

Knows how each is replaced, the same one always by the same. Does not know what it stands in.
Codes of the policy, such as a ground or the kind of a document, are nobody's and stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from lifecycle.cases.story import ACTOR_IDS
from lifecycle.model import Actor, Evidence, Role

_PROCESSES = ("rules", "timer", "policy", "import")
"""Ids under which the package itself acts."""


class Neutral:
    """The names of one retelling. *shift* is added to every moment; facts called *numbered* are opaque references."""

    def __init__(self, account_id: str, shift: dt.timedelta, numbered: Collection[str] = ()) -> None:
        self._numbered = numbered
        self._account_id = account_id
        self._shift = shift
        self._people: dict[str, str] = {}
        self._documents: dict[str, str] = {}
        self._orders: dict[str, str] = {}

    def actor(self, by: Actor) -> str:
        """Return who acts, as a step says it: ``holder``, ``agent:agent-1``.

        Somebody who acts in two roles keeps one name, since some rules ask for a second person.
        """
        if by.role is Role.HOLDER and by.id == self._account_id:
            return str(by.role.value)
        if by.role is Role.SYSTEM and by.id in _PROCESSES:
            return str(by.role.value) if by.id == ACTOR_IDS[Role.SYSTEM] else str(by)
        return f"{by.role.value}:{self._person(by)}"

    def author(self, said: str) -> str:
        """Return the author of a record, which is a role and an id: ``system:rules``, ``reviewer:reviewer-1``."""
        role, _, actor_id = said.partition(":")
        by = Actor(Role(role), actor_id)
        named = self.actor(by)
        # The holder of a replayed account has an id that nobody knows yet.
        return named if ":" in named else f"{named}:{'holder' if by.role is Role.HOLDER else actor_id}"

    def _person(self, by: Actor) -> str:
        if by.id not in self._people:
            number = 1 + sum(name.startswith(by.role.value) for name in self._people.values())
            self._people[by.id] = f"{by.role.value}-{number}"
        return self._people[by.id]

    def evidence(self, brought: Evidence) -> dict[str, Any]:
        """Return a document as a step says it: its kind, a number for its reference, and what is not as usual."""
        if brought.ref not in self._documents:
            self._documents[brought.ref] = f"doc-{len(self._documents) + 1}"
        usual = Evidence(brought.kind, brought.ref)
        fields = ("readable", "edited", "corners", "words")
        odd = {name: getattr(brought, name) for name in fields if getattr(brought, name) != getattr(usual, name)}
        return {"kind": brought.kind, "ref": self._documents[brought.ref], **odd}

    def moment(self, at: dt.datetime) -> dt.datetime:
        """Return when something happens in the case."""
        return at + self._shift

    def value(self, value: Any) -> Any:
        """Return a fact or the field of a record; what is no plain value is given as it is."""
        if isinstance(value, dt.datetime):
            return self.moment(value)
        return [self.value(each) for each in value] if isinstance(value, tuple) else value

    def order(self, ref: str) -> str:
        """Return a number for the reference of an order."""
        return self._orders.setdefault(ref, f"order-{len(self._orders) + 1}")

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return facts as a step says them; TOML has no word for none, and leaving it out says the same."""
        known = {name: self.value(value) for name, value in facts.items() if value is not None}
        return known | {name: self.order(known[name]) for name in self._numbered if name in known}


def documents(recorded: tuple[Mapping[str, Any], ...]) -> tuple[Evidence, ...]:
    """Return the evidence an event keeps, without the texts, which are nobody's business any more."""
    return tuple(Evidence(**{name: held for name, held in each.items() if name != "version"}) for each in recorded)
