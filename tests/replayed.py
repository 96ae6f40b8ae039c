"""Every case replayed once under the shipped policy: what happened on each account, and which parameters were read."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from lifecycle.cases import SUFFIX, Case, read_cases
from lifecycle.fold import evolve
from lifecycle.model import Account, Decision, Event
from lifecycle.policy import policy, shipped
from lifecycle.policy.parameters import Parameters
from lifecycle.replay import run, simulated
from lifecycle.rows import Policy

CASES = Path(__file__).resolve().parent / "cases"


@frozen
class Replayed:
    """A case, the events of each of its accounts, the triggers tried in it, the parameters read, and what was denied."""

    case: Case
    events: Mapping[str, tuple[Event, ...]]
    triggers: frozenset[str]
    parameters: frozenset[str]
    denied: tuple[Decision, ...] = ()

    @property
    def name(self) -> str:
        """The case's file and its number in it."""
        return f"{self.case.path.name.removesuffix(SUFFIX)}#{self.case.number}"


class Noted(Parameters):
    """Parameters that note which of them are read."""

    def __getattribute__(self, name: str) -> Any:
        if name in _NAMES:
            vars(self).setdefault("read", set()).add(name)
        return super().__getattribute__(name)


_NAMES = frozenset(field.name for field in attrs.fields(Parameters))


def noting(p: Parameters) -> Any:
    """Return the same parameters, noting which of them are read."""
    noted = object.__new__(Noted)
    vars(noted).update(vars(p), read=set())
    return noted


@functools.cache
def replayed() -> tuple[Replayed, ...]:
    """Return every case, replayed."""
    noted = noting(Parameters())
    made = policy(noted)
    files = sorted(CASES.rglob(f"*{SUFFIX}"))
    return tuple(_replayed(case, noted, made) for path in files for case in read_cases(path, shipped()))


def _replayed(case: Case, noted: Any, made: Policy) -> Replayed:
    if case.parameters:
        noted = noting(attrs.evolve(Parameters(), **case.parameters))
        made = policy(noted)
    noted.read.clear()
    with simulated(made) as lifecycle:
        result = run(case, lifecycle)
        events = {account.id: tuple(lifecycle.events(account.id)) for account in lifecycle.accounts()}
    tried = {step.does for step in case.steps if step.does}
    done = {event.trigger for one in events.values() for event in one}
    denied = tuple(step.decision for step in result.steps if step.decision and not step.decision.allowed)
    return Replayed(case, events, frozenset(tried | done), frozenset(noted.read), denied)


@functools.cache
def built_with() -> frozenset[str]:
    """Return the parameters that are read already when the policy is built."""
    noted = noting(Parameters())
    policy(noted)
    return frozenset(noted.read)


@functools.cache
def stories() -> Mapping[str, tuple[Event, ...]]:
    """Return the events of every account of every case, by the case's file, its number and the account."""
    return {f"{one.name}/{account}": events for one in replayed() for account, events in one.events.items()}


@functools.cache
def accounts() -> Mapping[str, tuple[Account, ...]]:
    """Return every account of every case as it was at each of its versions, from none on."""
    return {name: tuple(_versions(events)) for name, events in stories().items()}


def _versions(events: Iterable[Event]) -> Iterable[Account]:
    events = tuple(events)
    account = Account(events[0].account_id)
    yield account
    for event in events:
        account = evolve(account, event)
        yield account
