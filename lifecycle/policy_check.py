"""Refuses a policy that contradicts itself, when it is built rather than when it is fired.

Knows what may go wrong in a set of rows. Does not know any row. Every mistake is listed at once, naming its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import attrs

from lifecycle.doors_check import wrong_doors
from lifecycle.errors import PolicyError, closest
from lifecycle.lengths import Length
from lifecycle.model import LISTS, RECORDS, TAKEN, Account, AnyState, Challenge, Level, MembershipState, Role, State
from lifecycle.rows import (
    Add,
    Close,
    Count,
    Dest,
    Drop,
    Guard,
    Notify,
    Open,
    Policy,
    Put,
    Remove,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Then,
    Transition,
    named_period,
    wrong_periods,
    wrong_permanence,
    wrong_tables,
    wrong_waits,
)


def check_policy(policy: Policy) -> None:
    """Refuse *policy* if it contradicts itself.

    Raises:
        PolicyError: with every mistake.
    """
    if mistakes := mistakes_in(policy):
        raise PolicyError(mistakes)


def mistakes_in(policy: Policy) -> tuple[str, ...]:
    """Return everything that is wrong with *policy*."""
    known = {guard.name: guard for guard in policy.guards}
    mistakes = [
        *_names(policy),
        *(mistake for guard in policy.guards for mistake in _guard(policy, guard)),
        *(f'the row "{row.name}" {mistake}' for row in policy.rows for mistake in _row(policy, row, known)),
        *_overlaps(policy),
        *_unused_guards(policy),
        *_capabilities(policy),
        *_proofs(policy),
        *_narrowed(policy),
        *_benefits(policy),
        *_timers(policy),
        *wrong_periods(policy),
        *wrong_waits(policy),
        *wrong_tables(policy),
        *_machines(policy),
        *_levels(policy),
        *_states(policy),
        *wrong_doors(policy),
    ]
    return tuple(mistakes)


def _names(policy: Policy) -> Iterator[str]:
    seen: set[str] = set()
    for row in policy.rows:
        if row.name in seen:
            yield f'two rows are called "{row.name}"'
        seen.add(row.name)
    guards: set[str] = set()
    for guard in policy.guards:
        if guard.name in guards:
            yield f'two guards are called "{guard.name}"'
        guards.add(guard.name)


def _guard(policy: Policy, guard: Guard) -> Iterator[str]:
    for fact in guard.needs:
        if fact not in policy.facts.declared():
            yield f'the guard "{guard.name}" needs an unknown fact "{fact}".{closest(fact, policy.facts.declared())}'
    yield from (f'the guard "{guard.name}" {mistake}' for mistake in _cites(policy, guard.cites))


def _cites(policy: Policy, cites: tuple[str, ...]) -> Iterator[str]:
    if not cites:
        yield "cites nothing: name the rule, contradiction, open point or decision it comes from"
    for cite in cites:
        if cite not in policy.citations:
            yield f'cites "{cite}", which nobody knows'


def _row(policy: Policy, row: Transition, known: Mapping[str, Guard]) -> Iterator[str]:
    yield from _cites(policy, row.cites)
    if not row.actors:
        yield "may be done by nobody"
    if not row.source and not isinstance(row.dest, State):
        yield "has neither a source nor a destination"
    if len({type(state) for state in (*row.source, *row.dests)}) > 1:
        yield "mixes the states of several machines"
    if State.DELETED in row.source and row.dest is not None:
        yield "leaves deleted, and nothing may leave deleted"
    for guard in row.guards:
        if known.get(guard.name) is not guard:
            yield f'uses the guard "{guard.name}", which is not among the guards of the policy'
        for state in set(row.source) & set(guard.always_in):
            yield f'uses the guard "{guard.name}", which cannot fail while the account is {state.words}'
    for fact in (n for w in row.when for n in w.selector.needs if n not in policy.facts.declared()):
        yield f'chooses by an unknown fact "{fact}"'
    for when in row.when:
        for answer in set(when.answers) - set(when.selector.answers):
            yield f'asks "{when.selector.name}" for the answer "{answer}", which it never gives'
    if row.challenge is not None and RECORDS.get(row.challenge) is not Challenge:
        yield f'takes a code for "{row.challenge}", which is no challenge'
    yield from wrong_permanence(row)
    for effect in row.effects:
        yield from _effect(policy, row, effect)


_DECIDES: Mapping[Any, str] = {Dest.RELEASE: "lock", Dest.RESTRICTION: "suspension"}
"""The record that each worked out destination depends on."""

_HEADING = ("number", "since", "author")
"""What every record gets by itself."""


def _effect(policy: Policy, row: Transition, effect: Any) -> Iterator[str]:
    p = policy.parameters
    if isinstance(effect, Notify | SendCode) and effect.notice not in policy.notices:
        yield f'sends an unknown notice "{effect.notice}".{closest(effect.notice, policy.notices)}'
    if isinstance(effect, StartTimer | StopTimer) and effect.timer not in policy.timers:
        yield f'names an unknown timer "{effect.timer}".{closest(effect.timer, policy.timers)}'
    if isinstance(effect, StartTimer):
        if effect.ahead_of is not None and (effect.ahead_of not in policy.timers or effect.after is None):
            yield f'arms the timer "{effect.timer}" ahead of "{effect.ahead_of}": it must say how long before which timer'
        if (effect.after is None) == (effect.at is None):
            yield f'must say either after= or at= for the timer "{effect.timer}"'
        if effect.after is not None and not isinstance(named_period(p, effect.after, None), Length):
            yield f'arms a timer after an unknown period "{effect.after}".{closest(effect.after, _fields(p))}'
    if isinstance(effect, Then):
        same = any(other.trigger == effect.trigger and other.machine == row.machine for other in policy.rows)
        yield from _by_system(policy, effect.trigger, (row.dests or row.source) if same else (), "lets follow")
    if isinstance(effect, SendCode):
        if RECORDS.get(effect.record) is not Challenge:
            yield f'sends a code for "{effect.record}", which is no challenge'
        if effect.digits is not None and not hasattr(p, effect.digits):
            yield f'sends a code of an unknown length "{effect.digits}".{closest(effect.digits, _fields(p))}'
        if not hasattr(p, effect.lives):
            yield f'sends a code that lives for an unknown period "{effect.lives}".{closest(effect.lives, _fields(p))}'
    if isinstance(effect, Open | Set | Count | Close):
        yield from _record(policy, effect)
    if isinstance(effect, Put | Drop):
        yield from _list(policy, effect)
    if isinstance(effect, Add | Remove):
        name = effect.to if isinstance(effect, Add) else effect.of
        if name not in ("strikes", "holds"):
            yield f'changes an unknown list "{name}"'
        if effect.take not in policy.facts.declared():
            yield f'takes an unknown fact "{effect.take}"'
    if isinstance(effect, Open | Close) and effect.record == _DECIDES.get(row.dest):
        yield f"both changes the {effect.record} and leads to wherever the {effect.record} leaves the account"


def _list(policy: Policy, effect: Put | Drop) -> Iterator[str]:
    name = effect.to if isinstance(effect, Put) else effect.of
    if name not in LISTS:
        yield f'changes an unknown list "{name}".{closest(name, LISTS)}'
    elif isinstance(effect, Put):
        yield from _values(policy, effect, name, LISTS[name], ("number", "at"), whole=True)


def _record(policy: Policy, effect: Open | Set | Count | Close) -> Iterator[str]:
    kind: Any = Account if effect.record == "account" and isinstance(effect, Set) else RECORDS.get(effect.record)
    if kind is None:
        yield f'changes an unknown record "{effect.record}".{closest(effect.record, RECORDS)}'
        return
    if isinstance(effect, Count) and effect.field not in attrs.fields_dict(kind):
        yield f'counts "{effect.field}", which the record "{effect.record}" does not have'
    if isinstance(effect, Open | Set):
        yield from _values(policy, effect, effect.record, kind, _HEADING, whole=isinstance(effect, Open))


def _values(
    policy: Policy, effect: Open | Set | Put, record: str, kind: Any, heading: tuple[str, ...], *, whole: bool
) -> Iterator[str]:
    names, fields = (*effect.take, *effect.fixed), attrs.fields_dict(kind)
    for name in names:
        if name not in fields:
            yield f'sets "{name}", which the record "{record}" does not have'
    for name in (f.name for f in fields.values() if whole and f.default is attrs.NOTHING):
        if name not in (*heading, *names):
            yield f'opens "{record}" without its "{name}"'
    for fact in effect.take:
        if fact not in policy.facts.declared():
            yield f'takes an unknown fact "{fact}"'


def _fields(p: Any) -> list[str]:
    return [f.name for f in attrs.fields(type(p))]


def _by_system(policy: Policy, trigger: str, states: tuple[AnyState, ...], verb: str) -> Iterator[str]:
    rows = [row for row in policy.rows if row.trigger == trigger]
    if not rows:
        yield f'{verb} an unknown trigger "{trigger}".{closest(trigger, policy.triggers)}'
    elif not any(Role.SYSTEM in row.actors and (set(row.source) & set(states) or not states) for row in rows):
        where = f" while the account is {', '.join(state.words for state in states)}" if states else ""
        yield f'{verb} "{trigger}", which the system may not do{where}'


def _overlaps(policy: Policy) -> Iterator[str]:
    for a, b in (pair for trigger in policy.triggers for pair in combinations(policy.rows_of(trigger), 2)):
        if not set(a.actors) & set(b.actors):
            continue
        if (set(a.source) & set(b.source) or not (a.source or b.source)) and not any(
            x.excludes(y) for x in a.when for y in b.when
        ):
            yield f'the rows "{a.name}" and "{b.name}" can both apply: tell them apart with when='


def _unused_guards(policy: Policy) -> Iterator[str]:
    used = {guard.name for row in policy.rows for guard in row.guards}
    for guard in policy.guards:
        if guard.name not in used:
            yield f'no row uses the guard "{guard.name}"'


def _benefits(policy: Policy) -> Iterator[str]:
    for benefit in policy.benefits:
        says = f'the benefit "{benefit.name}"'
        if not benefit.guards:
            yield f"{says} stands open to everybody: name the guards it asks for"
        yield from (f"{says} {mistake}" for mistake in _cites(policy, benefit.cites))
        yield from (mistake for guard in benefit.guards for mistake in _guard(policy, guard))


def _capabilities(policy: Policy) -> Iterator[str]:
    for name, capability in policy.capabilities.items():
        says = f'the capability "{name}"'
        yield from (f"{says}: {mistake}" for mistake in capability.mistakes())
        for ground in capability.named_grounds():
            if ground not in policy.grounds:
                yield f'{says} names an unknown ground "{ground}".{closest(ground, policy.grounds)}'
        yield from (f"{says} {mistake}" for mistake in _cites(policy, capability.cites) if capability.cites)


def _proofs(policy: Policy) -> Iterator[str]:
    for name, proof in getattr(policy.parameters, "proofs", {}).items():
        says = f'the proof "{name}"'
        for trigger in proof.refuses:
            rows = policy.rows_of(trigger)
            if not rows:
                yield f'{says} is asked for by an unknown trigger "{trigger}".{closest(trigger, policy.triggers)}'
            elif all(row.actors == (Role.SYSTEM,) for row in rows):
                yield f'{says} is asked for by "{trigger}", which only the system does'
        yield from (f"{says} {mistake}" for mistake in _cites(policy, proof.cites) if proof.cites)


def _narrowed(policy: Policy) -> Iterator[str]:
    for name, guards in policy.narrowed.items():
        if name not in policy.capabilities:
            yield f'conditions narrow an unknown capability "{name}".{closest(name, policy.capabilities)}'
        yield from (mistake for guard in guards for mistake in _guard(policy, guard))


def _timers(policy: Policy) -> Iterator[str]:
    armed = {e.timer for row in policy.rows for e in row.effects if isinstance(e, StartTimer)}
    for name, timer in policy.timers.items():
        says = f'the timer "{name}"'
        if name not in armed:
            yield f"{says} is never armed"
        if len({type(state) for state in timer.lives_in}) != 1:
            yield f"{says} must live in states of one machine"
        for trigger in filter(None, (timer.trigger, timer.instead)):
            yield from (f"{says} {m}" for m in _by_system(policy, trigger, timer.lives_in, "fires"))
        if timer.retry is not None and not hasattr(policy.parameters, timer.retry):
            yield f'{says} is retried after an unknown period "{timer.retry}"'


_ENDS = (State.DELETED, MembershipState.TERMINATED)
"""States that a machine may end in."""


def _machines(policy: Policy) -> Iterator[str]:
    for trigger in policy.triggers:
        machines = sorted({row.machine for row in policy.rows_of(trigger)})
        if len(machines) > 1:
            yield f'the trigger "{trigger}" belongs to several machines: {", ".join(machines)}'


def _levels(policy: Policy) -> Iterator[str]:
    known = policy.states["level"]
    for level in dict.fromkeys(level for level in known if known.count(level) > 1):
        yield f'two levels are called "{level.value}"'
    for level in known:
        if level.value in TAKEN:
            yield f'a level is called "{level.value}", as a state of account or membership is'
    named = [(f'the row "{row.name}"', (*row.source, *row.dests)) for row in policy.rows]
    named += [(f'the timer "{name}"', timer.lives_in) for name, timer in policy.timers.items()]
    for says, states in named:
        for level in dict.fromkeys(state for state in states if isinstance(state, Level) and state not in known):
            near = closest(level.value, [each.value for each in known])
            yield f'{says} names the level "{level.value}", which the policy does not have.{near}'


def _states(policy: Policy) -> Iterator[str]:
    ways = {(source, dest) for row in policy.rows for source in row.source for dest in row.dests}
    reached: set[AnyState] = {dest for row in policy.rows if not row.source for dest in row.dests}
    # An account is there without a row that leads there: it begins so, or comes so from elsewhere.
    reached |= {MembershipState.NO_MEMBERSHIP, *policy.levels[:1], *policy.old_levels}
    while new := {dest for source, dest in ways if source in reached} - reached:
        reached |= new
    present = {row.machine for row in policy.rows}
    for state in (s for machine, states in policy.states.items() if machine in present for s in states):
        if state not in reached:
            yield f"no row ever leads to {state.words}"
        out = {dest for source, dest in ways if source is state} - {state}
        if state not in _ENDS and (state,) != policy.states["level"] and out <= {State.DELETED}:
            yield f"there is no way out of {state.words}" + (" but to be deleted" if out else "")
