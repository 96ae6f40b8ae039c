"""Taking over an account that exists already: the first event says in which state it arrives, and why.

Knows which rows lead to each state, so an imported account has the records and timers that a living one would have.
Does not ask any guard: what is imported has happened elsewhere. Sends no notice.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

import attrs

from lifecycle.effects import changes
from lifecycle.errors import BadRequest, LogDamaged, closest
from lifecycle.facts import FactMissing
from lifecycle.fold import Draft, evolve
from lifecycle.model import ACCOUNT, LISTS, NO_LEVEL, RECORDS, STANDING, Account, Actor, Change, Command, Event, State
from lifecycle.rows import Notify, Policy, SendCode, Then, Transition

TRIGGER = "import"

_PLAIN = ("ground", "ends", "offers_appeal", "contacts", "kind", "reason")
_OWN = ("author", "permanent", "provider", "strikes", "holds", "timers")

_ELSEWHERE = tuple(field for machine, field in STANDING.items() if machine != ACCOUNT)
"""Where the account stands in the other machines."""


def imported(
    policy: Policy, account_id: str, state: State, given: Mapping[str, Any], at: dt.datetime, by: Actor
) -> Event:
    """Return the first event of an account that arrives in *state*.

    *given* may name ground, author, ends, permanent, offers_appeal, contacts, kind, provider (of the sign-up), reason,
    strikes, holds; what the policy asks of the way in which it came, such as the guides' track (of a deletion: direct,
    request or suspended) and against (of an appeal: suspension or lock);
    for each record a table of fields that differ, or False if it does not stand; for each list its entries;
    membership_state and level; and timers, a table of names and due times: those then stand and no others. Where nobody
    says, the timers of the account's own state are armed; those of a membership or a level, such as ``period_ends`` and
    ``recount_level``, stand only if they are named.

    Raises:
        BadRequest: an unknown name, a value that does not fit, or something the state needs and nobody gave.
    """
    _known(policy, given)
    if policy.levels and NO_LEVEL not in policy.old_levels:
        given = {"level": policy.levels[0].value, **given}
    facts = {("ends_at" if name == "ends" else name): given[name] for name in _PLAIN if name in given}
    command = Command(TRIGGER, account_id, by, at, policy.facts().supplied(facts))
    account, done = Account(account_id), list[Change]()
    if about := {name: _json(given[name]) for name in ("contacts", "kind", "provider") if name in given}:
        done.append(Change("change", "account", about))
        account = _with(account, done[0])
    for source, dest in itertools.pairwise((State.ACTIVE, *_through(policy, state, given), state)):
        for change in _arrival(policy, account, command, source, dest) if dest is not source else ():
            account = _with(account, change)
            done.append(change)
    done += _differences(account, given, command)
    event = Event(
        account_id=account_id,
        version=1,
        trigger=TRIGGER,
        source=None,
        dest=state,
        by=by,
        at=at,
        facts=command.facts.recorded(),
        changes=tuple(done),
        row=TRIGGER,
        policy=policy.version,
    )
    try:
        evolve(Account(account_id), event)
    except LogDamaged as error:
        # its words name the change, never a value
        what = str(error).rsplit(": ", 1)[1]
        raise BadRequest(f"what is given makes no account: {what}, since a field is missing, unknown or odd") from None
    return event


def _through(policy: Policy, state: State, given: Mapping[str, Any]) -> tuple[State, ...]:
    """The states that the account passed on its way to *state*; of several ways the first is taken if nobody says."""
    ways = [way for way in policy.arrivals if way.state is state]
    if not ways:
        return () if state is State.ACTIVE else _shortest(policy, state)
    answer = given.get(ways[0].asked, ways[0].answer)
    for way in ways:
        if way.answer == answer:
            return way.through
    known = ", ".join(way.answer for way in ways)
    raise BadRequest(f'"{ways[0].asked}" of an account imported as {state.words} is one of: {known}')


def _shortest(policy: Policy, state: State) -> tuple[State, ...]:
    """The states between active and *state* on the way of the fewest rows; nothing where no way leads there."""
    ways: list[tuple[State, ...]] = [(State.ACTIVE,)] if state is not State.ACTIVE else []
    seen = {State.ACTIVE}
    for way in ways:
        for row in policy.rows:
            for dest in row.dests if way[-1] in row.source else ():
                if dest is state:
                    return way[1:]
                if isinstance(dest, State) and dest not in seen:
                    seen.add(dest)
                    ways.append((*way, dest))
    return ()


def _known(policy: Policy, given: Mapping[str, Any]) -> None:
    names = (*_PLAIN, *_OWN, *(way.asked for way in policy.arrivals if way.asked), *RECORDS, *LISTS, *_ELSEWHERE)
    for timer in given.get("timers", {}):
        if timer not in policy.timers:
            raise BadRequest(f'no timer is called "{timer}".{closest(timer, policy.timers)}')
    for name in given:
        if name not in names:
            raise BadRequest(f'an import knows no "{name}".{closest(name, names)}')
    if isinstance(ground := given.get("ground"), str) and ground not in policy.grounds:
        raise BadRequest(f'no ground is called "{ground}".{closest(ground, policy.grounds)}')
    for machine, name in STANDING.items():
        known = [state.value for state in policy.states[machine]]
        if name in _ELSEWHERE and name in given and str(given[name]) not in known:
            raise BadRequest(f'the {machine} never stands at "{given[name]}".{closest(str(given[name]), known)}')
    for name in (n for n in RECORDS if isinstance(given.get(n), Mapping)):
        fields = [f.name for f in attrs.fields(RECORDS[name])]
        for field in given[name]:
            if field not in fields:
                raise BadRequest(f'the record "{name}" has no field "{field}".{closest(field, fields)}')


def _with(account: Account, change: Change) -> Account:
    draft = Draft(account)
    draft.apply(change)
    return attrs.evolve(account, **draft.changed)


def _arrival(policy: Policy, account: Account, command: Command, source: State, dest: State) -> list[Change]:
    """The changes of the first row that leads from *source* to *dest*, less its notices and what follows from it."""
    row = next((r for r in policy.rows if source in r.source and dest in r.dests), None)
    if row is None:
        raise BadRequest(f"an account cannot be imported as {dest.words}: no row leads there")
    kept = tuple(e for e in row.effects if not isinstance(e, Notify | Then))
    quiet: Transition = attrs.evolve(row, effects=kept)
    try:
        made, _ = changes(policy, quiet, account, command, dest)
    except FactMissing as missing:
        raise BadRequest(f'an account imported as {dest.words} needs "{missing.args[0]}"') from None
    codes = {e.notice for e in row.effects if isinstance(e, SendCode)}
    return [c for c in made if not (c.do == "notify" and c.name in codes)]


def _differences(account: Account, given: Mapping[str, Any], command: Command) -> list[Change]:
    """What *given* says beyond what the rows would have recorded."""
    found: list[Change] = []
    author = {"author": str(given["author"])} if "author" in given else {}
    restrictions = [name for name in ("lock", "suspension") if getattr(account, name) is not None]
    found += [Change("change", name, author) for name in restrictions if author]
    if given.get("permanent") and account.suspension is not None:
        found.append(Change("change", "suspension", {"permanent": True, "ends_at": None}))
    found += [Change("add", name, {"value": value}) for name in ("strikes", "holds") for value in given.get(name, ())]
    for name in (n for n in RECORDS if n in given):
        found.append(_differing(account, name, given[name], command))
    for name in (n for n in LISTS if n in given):
        found += [_entry(name, entry, command) for entry in given[name]]
    if elsewhere := {name: str(given[name]) for name in _ELSEWHERE if name in given}:
        found.append(Change("change", "account", elsewhere))
    if "timers" in given:
        found += [Change("stop", timer.name) for timer in account.timers]
        found += [Change("timer", name, {"due": _json(due), "number": 1}) for name, due in given["timers"].items()]
    return found


def _differing(account: Account, name: str, given: Any, command: Command) -> Change:
    if given is False:
        return Change("close", name)
    fields = {key: _json(value) for key, value in given.items()}
    if getattr(account, name) is not None:
        return Change("change", name, fields)
    return Change("open", name, {**_new(account, name, command), **fields})


def _entry(name: str, given: Mapping[str, Any], command: Command) -> Change:
    fields = {key: _json(value) for key, value in given.items()}
    return Change("put", name, {"number": 1, "at": command.at.isoformat(), **fields})


def _new(account: Account, name: str, command: Command) -> dict[str, Any]:
    new: dict[str, Any] = {"number": 1, "since": command.at.isoformat(), "author": str(command.by)}
    if name == "appeal":
        new |= {"against": "suspension" if account.suspension else "lock", "restriction": 1}
    return new


def _json(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return [_json(each) for each in value] if isinstance(value, tuple | list) else value
