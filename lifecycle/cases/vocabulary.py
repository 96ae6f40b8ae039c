"""Every word a case may use, and what to say about one it may not.

Knows where each kind of word comes from: the policy, the machine's own answers, the catalogue of paths and cases.
Does not know TOML.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping

import attrs
from attrs import frozen

from lifecycle.decide import LAPSE
from lifecycle.errors import BadRequest, closest
from lifecycle.model import ACCOUNT, LISTS, RECORDS, STANDING, Account, Role, State
from lifecycle.rows import Open, Policy, Set

ANSWERS = ("not_the_holder", "role_may_never", "not_from_this_state", "not_this_role_here")
"""Refusals that come before any guard, in the order in which they are given."""

NO_ACCOUNT = "none"
"""What ``starts`` says of a case that begins by registering."""

ELSEWHERE = tuple(field for machine, field in STANDING.items() if machine != ACCOUNT)
"""Where the account stands in the other machines: fields that hold a state."""

_ELSEHOW = ("id", "state", "at", "timers")
"""What is asserted in another way: the state by ``then``, the timers by ``due``."""

PLAIN_FIELDS = tuple(each.name for each in attrs.fields(Account) if each.name not in (*RECORDS, *LISTS, *_ELSEHOW))
"""What ``expect`` may name besides the records; evidence is compared by its kinds, a state by its name."""


@frozen
class Vocabulary:
    """The words of one policy, by what they are called in a sentence."""

    policy: Policy
    known: Mapping[str, frozenset[str]]
    held: Mapping[tuple[str, str], frozenset[str]]

    @classmethod
    def of(cls, policy: Policy) -> Vocabulary:
        """Collect the words of *policy*."""
        states = frozenset(state.value for state in State)
        anywhere = frozenset(policy.named)
        selectors = {when.selector.name for row in policy.rows for when in row.when}
        return cls(
            policy,
            {
                "trigger": frozenset(policy.triggers),
                "timer's trigger": frozenset({*policy.triggers, LAPSE}),
                "state": anywhere,
                "starting state": states | {NO_ACCOUNT},
                "membership state": frozenset(state.value for state in policy.states["membership"]),
                "level": frozenset(state.value for state in policy.states["level"]),
                "role": frozenset(role.value for role in Role),
                "kind of evidence": frozenset(policy.evidence),
                "notice": frozenset(policy.notices),
                "timer": frozenset(policy.timers),
                "guard or other reason": frozenset({guard.name for guard in policy.guards} | {*ANSWERS} | selectors),
                "path, case or rule": policy.sources.stories | frozenset(policy.citations),
                "ground": frozenset(policy.grounds),
                "capability": frozenset(policy.capabilities),
                "record or field": frozenset({*RECORDS, *PLAIN_FIELDS, *LISTS}),
                "signal": frozenset(signal for ground in policy.grounds.values() for signal in ground.signals),
            },
            _held(policy),
        )

    def unknown(self, kind: str, word: str) -> str:
        """Return what is wrong with *word* as a word of this *kind*; nothing if it is known."""
        return "" if word in self.known[kind] else f'no {kind} is called "{word}".{hint(word, self.known[kind])}'

    def wrong_fact(self, name: str, value: object) -> str:
        """Return what is wrong with a fact; nothing if it can be given."""
        if name in self.policy.facts.RESERVED:
            return f'the fact "{name}" is never given: the service finds it out by itself'
        try:
            self.policy.facts({name: self.fact(name, value)})
        except BadRequest as error:
            return str(error)
        return self.unknown(name, str(value)) if name in ("ground", "signal") else ""

    def fact(self, name: str, value: object) -> object:
        """Return *value* as the fact of this name; as TOML has no null, false also says that there is none."""
        kinds = typing.get_args(self.policy.facts.declared().get(name))
        return None if value is False and type(None) in kinds and bool not in kinds else value

    def wrong_field(self, record: str, field: str, value: object) -> str:
        """Return what is wrong with the value of a record's field; nothing if the policy might write it there."""
        known = self.held.get((record, field))
        if known is None or not isinstance(value, str) or value in known:
            return ""
        return f'{record}.{field} is never "{value}".{hint(value, known)}'


def _held(policy: Policy) -> Mapping[tuple[str, str], frozenset[str]]:
    """Collect the words that the rows write into fields holding one of a few words."""
    held: dict[tuple[str, str], set[str]] = {}
    for record, kind in RECORDS.items():
        for each in attrs.fields(kind):
            if each.name == "ground":
                held[record, each.name] = set(policy.grounds)
            elif each.name in ("status", "track", "against"):
                held[record, each.name] = {each.default} if isinstance(each.default, str) else set()
    for effect in (effect for row in policy.rows for effect in row.effects if isinstance(effect, Open | Set)):
        for field, value in effect.fixed.items():
            if isinstance(value, str) and (effect.record, field) in held:
                held[effect.record, field].add(value)
    return {key: frozenset(words) for key, words in held.items()}


def fields_of(record: str) -> tuple[str, ...]:
    """Return the fields of a folded record, or of an entry of a list."""
    return tuple(each.name for each in attrs.fields({**RECORDS, **LISTS}[record]))


def wrong_entries(name: str, value: object) -> str:
    """Return what is wrong with *value* as entries of the list *name*; nothing if they can be some."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return f"{name} is a list of dated entries: give a list of tables with their fields"
    fields = fields_of(name)
    strange = next((field for entry in value for field in entry if field not in fields), None)
    return "" if strange is None else f'an entry of {name} has no field "{strange}".{hint(strange, fields)}'


def hint(word: str, known: Iterable[str]) -> str:
    """Return the nearest known word as a question, or all known words if they are few."""
    known = sorted(known)
    if near := closest(word, known):
        return near
    return f" Known: {', '.join(known)}." if len(known) <= 40 else ""
