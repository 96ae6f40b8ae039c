"""Finds for each condition of each row an attempt that it alone refuses, for the list in tests/refusals.toml.

Starts from attempts that were taken in a case, and changes one thing: a fact, a document, the time, who acts, or the
account. Knows what may be changed. What is found is read and signed by a person; nothing here judges it.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

import attrs
from attrs import field, frozen
from refusals import FILE, Refused, grafted, listed
from replayed import accounts, replayed, stories
from support import machine_of

from lifecycle.decide import decide
from lifecycle.errors import BadParameters, LifecycleError, PolicyError
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Evidence, Role
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import CHOICE, Named, named_in
from lifecycle.retelling.names import documents
from lifecycle.rows import Guard, Transition

MOST = 8
"""How many taken attempts of a row are tried before the search goes on with other accounts."""

_HEAD = """# One refused attempt for each condition of each row. "story" is a case file, the number of the case in it and the
# account; "version" the version of that account against which "by" tries the row. Written by
# "python tests/mutations --find", read and signed by a person.
"""


ENOUGH = 8000
"""How many attempts are made for one condition before it is given up."""


@frozen
class Place:
    """A command, and the account at a version of a story that it is tried on."""

    story: str
    version: int
    command: Command
    graft: Mapping[str, Any] = field(factory=dict)

    @property
    def account(self) -> Account:
        """The account it is tried on."""
        return grafted(accounts()[self.story][self.version], self.graft)


Found = Mapping[tuple[str, str], Refused]


def find() -> tuple[list[Refused], list[str]]:
    """Return a refused attempt for each condition of each row, those listed and still right first, and what lacks one."""
    machine = machine_of()
    known = {(one.row, code): one for one in listed() for code in one.codes if _right(one)}
    taken = _taken()
    found: dict[tuple[str, str], Refused] = {}
    wanted = [(row, guard) for row in machine.policy.rows for guard in row.guards]
    for search in (_denied, _search, _under_another_reading, _with_a_graft):
        for row, guard in wanted:
            key = row.name, guard.name
            if key not in found and (one := known.get(key) or search(row, guard, taken.get(row.name, []), found)):
                found[key] = one
    missing = [f"{row.name}: {guard.name}" for row, guard in wanted if (row.name, guard.name) not in found]
    return _distinct(one for _, one in sorted(found.items())), missing


def write(found: Sequence[Refused]) -> None:
    """Write the list."""
    FILE.write_text(_HEAD + "".join(_entry(one) for one in found), encoding="utf-8")


def _distinct(found: Iterable[Refused]) -> list[Refused]:
    distinct: list[Refused] = []
    for one in found:
        if one not in distinct:
            distinct.append(one)
    return distinct


def _right(one: Refused) -> bool:
    try:
        return one.answer(machine_of) == one.codes
    except (LookupError, LifecycleError):
        return False


@functools.cache
def _taken() -> dict[str, list[Place]]:
    """Every attempt that was taken in a case, by the row."""
    found: dict[str, list[Place]] = {}
    for story, events in stories().items():
        for event in events:
            facts = policy().facts(event.facts)
            brought = documents([{k: v for k, v in e.items() if k != "version"} for e in event.evidence])
            command = Command(event.trigger, event.account_id, event.by, event.at, facts, brought)
            found.setdefault(event.row, []).append(Place(story, event.version - 1, command))
    return found


def _denied(row: Transition, guard: Guard, taken: list[Place], found: Found) -> Refused | None:
    """Look among the attempts that a case itself tells as refused."""
    best: Refused | None = None
    for one in replayed():
        for decision in one.denied:
            codes = tuple(refusal.code for refusal in decision.refusals)
            place = Place(f"{one.name}/{decision.account.id}", decision.account.version, decision.command)
            if guard.name not in codes or decision.command.trigger != row.trigger or not decision.account.exists:
                continue
            machine = machine_of(**one.case.parameters)
            same = next((each for each in machine.policy.rows if each.name == row.name), row)
            if _codes(machine, same, place) == codes and (best is None or len(codes) < len(best.codes)):
                best = attrs.evolve(_refused(row, place, codes), under=dict(one.case.parameters))
    return best


def _search(row: Transition, guard: Guard, taken: list[Place], found: Found) -> Refused | None:
    machine = machine_of()
    best: tuple[int, Refused] | None = None
    for place in itertools.islice(_attempts(machine, row, guard, taken), ENOUGH):
        codes = _codes(machine, row, place)
        if guard.name in codes and (best is None or len(codes) < best[0]):
            best = len(codes), _refused(row, place, codes)
            if len(codes) == 1:
                break
    return best[1] if best else None


def _under_another_reading(row: Transition, guard: Guard, taken: list[Place], found: Found) -> Refused | None:
    """Look where a choice is made otherwise: there a condition may refuse that cannot under the guides' reading."""
    for each in named_in(Parameters):
        for other in _readings(each):
            try:
                machine = machine_of(**{each.name: other})
            except (BadParameters, PolicyError):
                continue
            same = next((r for r in machine.policy.rows if r.name == row.name), None)
            for place in taken[:3] if same else ():
                for command in (place.command, *_variants(machine, row, guard, place)):
                    tried = attrs.evolve(place, command=command)
                    if guard.name in (codes := _codes(machine, same, tried)):
                        return attrs.evolve(_refused(row, tried, codes), under={each.name: other})
    return None


def _with_a_graft(row: Transition, guard: Guard, taken: list[Place], found: Found) -> Refused | None:
    """Try what the condition refuses elsewhere; give the account the fields of one that it refuses elsewhere."""
    for (_, code), donor in found.items():
        for place in taken[:MOST] if code == guard.name else ():
            for tried in _grafts(donor, place):
                given = donor.command(machine_of(), place.account)
                asked = attrs.evolve(place.command, facts=given.facts, evidence=given.evidence)
                late = attrs.evolve(asked, at=(place.account.at or asked.at) + dt.timedelta(days=400))
                for command in (place.command, asked, late, *_variants(machine_of(), row, guard, tried)):
                    codes = _codes(machine_of(), row, attrs.evolve(tried, command=command))
                    if guard.name in codes:
                        refused = _refused(row, attrs.evolve(tried, command=command), codes)
                        return attrs.evolve(refused, graft=tried.graft)
    return None


def _grafts(donor: Refused, place: Place) -> Iterator[Place]:
    yield place
    for name in _FIELDS:
        if getattr(donor.account, name) != getattr(place.account, name):
            graft = {"story": donor.story, "version": donor.version, "fields": [name]}
            yield attrs.evolve(place, graft=graft)


_FIELDS = tuple(f.name for f in attrs.fields(Account) if f.name not in ("id", "version"))


def _readings(each: Named) -> Iterator[Any]:
    if isinstance(each.default, tuple):
        yield from (less for less in (each.default[1:], each.default[:1]) if less)
    elif type(each.default) is int:
        yield from (0, 1)
    elif each.kind == CHOICE and not isinstance(each.default, Mapping):
        yield from (choice for choice in each.choices if choice != each.default)


def _codes(machine: AccountMachine, row: Transition, place: Place) -> tuple[str, ...]:
    """Why *row* refuses an attempt; nothing if it takes it, or if another row answers."""
    try:
        account, command = place.account, place.command
        fitting = machine.rows_for(command.trigger, machine.standing(command.trigger, account), command.by.role)
        if not any(each is row and machine.applies(each, account, command) for each in fitting):
            return ()
        return tuple(refusal.code for refusal in decide(machine, account, command).refusals)
    except (LifecycleError, LookupError):
        return ()


def _attempts(machine: AccountMachine, row: Transition, guard: Guard, taken: list[Place]) -> Iterator[Place]:
    for place in taken[:MOST]:
        for command in _variants(machine, row, guard, place):
            yield Place(place.story, place.version, command)
    for place in taken[:3]:
        for story, versions in accounts().items():
            for version, account in enumerate(versions):
                if version and account.exists:
                    yield from _elsewhere(place.command, story, version, account)
    for place in taken[:2]:
        for first in _variants(machine, row, guard, place):
            for second in _variants(machine, row, guard, Place(place.story, place.version, first)):
                yield Place(place.story, place.version, second)


def _elsewhere(command: Command, story: str, version: int, account: Account) -> Iterator[Place]:
    """The same attempt on another account, soon and late."""
    by = Actor.holder(account.id) if command.by.role is Role.HOLDER else command.by
    for later in (dt.timedelta(minutes=1), dt.timedelta(days=40), dt.timedelta(days=400)):
        at = (account.at or command.at) + later
        yield Place(story, version, attrs.evolve(command, account_id=account.id, by=by, at=at))


def _variants(machine: AccountMachine, row: Transition, guard: Guard, place: Place) -> Iterator[Command]:
    command, account = place.command, place.account
    for name in guard.needs or row.needs:
        for value in _values(machine, command, account, name):
            yield attrs.evolve(command, facts=command.facts.plus({name: value}))
    yield attrs.evolve(command, evidence=())
    for number, one in enumerate(command.evidence):
        others = command.evidence[:number] + command.evidence[number + 1 :]
        yield attrs.evolve(command, evidence=others)
        for changed in ({"readable": False}, {"edited": True}, {"corners": 2}, {"words": 5000}, {"words": 1}):
            yield attrs.evolve(command, evidence=(*others, attrs.evolve(one, **changed)))
        for known in account.evidence:
            if known.kind == one.kind:
                yield attrs.evolve(command, evidence=(*others, attrs.evolve(one, ref=known.ref)))
    for kind in machine.policy.evidence:
        yield attrs.evolve(command, evidence=(*command.evidence, Evidence(kind, "one-more")))
    for at in _times(command, account):
        yield attrs.evolve(command, at=at)
    if command.by.role is not Role.HOLDER:
        yield from (attrs.evolve(command, by=who) for who in _people(account, command.by.role))


def _values(machine: AccountMachine, command: Command, account: Account, name: str) -> Iterator[Any]:
    kind = machine.policy.facts.declared()[name]
    kinds = get_args(kind) or (kind,)
    if bool in kinds:
        yield from (True, False)
    elif int in kinds:
        yield from (0, 1, 2, 3, 4, 5, 10, 29, 1000, 100_000)
    elif dt.datetime in kinds:
        yield from (command.at + dt.timedelta(days=n) for n in (-400, -40, -1, 0, 1, 40, 400))
    elif Ellipsis in kinds:
        yield from ((), ("email",), ("something",))
    else:
        yield from _words().get(name, ())
        yield "nobody-knows-it"
    if type(None) in kinds:
        yield None


@functools.cache
def _words() -> Mapping[str, tuple[str, ...]]:
    """The words that were given for each fact in a case."""
    found: dict[str, dict[str, None]] = {}
    for place in (place for places in _taken().values() for place in places):
        for name, value in place.command.facts.given().items():
            if isinstance(value, str):
                found.setdefault(name, {})[value] = None
    return {name: tuple(sorted(words)) for name, words in found.items()}


def _times(command: Command, account: Account) -> Iterator[dt.datetime]:
    start = account.at or command.at
    known = [start, *(timer.due for timer in account.timers)]
    yield from (at + dt.timedelta(seconds=n) for at in known for n in (0, 1, 61))
    yield from (command.at + dt.timedelta(days=n) for n in (1, 3, 8, 40, 400, 4000))


def _people(account: Account, role: Role) -> Iterator[Actor]:
    for who in sorted(set(re.findall(r"\b(?:agent|reviewer|supervisor|system):([\w.-]+)", repr(account)))):
        yield Actor(role, who)


def _refused(row: Transition, place: Place, codes: tuple[str, ...]) -> Refused:
    command = place.command
    evidence = tuple(each.recorded() for each in command.evidence)
    by = f"{command.by.role.value}:{command.by.id}"
    return Refused(
        row.name, place.story, place.version, by, command.at, codes, _needed(row, command.facts.recorded()), evidence
    )


def _needed(row: Transition, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the row never reads."""
    return {name: value for name, value in facts.items() if name in row.needs and value is not None}


def _entry(one: Refused) -> str:
    lines = ["", "[[refusal]]", f"row = {_toml(one.row)}", f"story = {_toml(one.story)}", f"version = {one.version}"]
    lines += [f"by = {_toml(one.by)}", f"at = {one.at.isoformat().replace('+00:00', 'Z')}"]
    lines += [f"codes = {_toml(list(one.codes))}"]
    lines += [f"facts = {_toml(dict(one.facts))}"] if one.facts else []
    lines += [f"evidence = {_toml(list(one.evidence))}"] if one.evidence else []
    lines += [f"graft = {_toml(dict(one.graft))}"] if one.graft else []
    lines += [f"under = {_toml(dict(one.under))}"] if one.under else []
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(held)}" for name, held in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
