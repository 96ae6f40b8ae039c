"""Whether an account may do something under a policy: the cell that counts, then what it holds under; and the way out.

Knows how the answer is put together. Does not know any capability, nor where an account is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lifecycle.facts import FactMissing
from lifecycle.model import Account, Actor, Allowance, AnyState, Command, Refusal, Role, State
from lifecycle.rows.capabilities import PERMANENT, Capability, Found, found_for, shown_restriction, told
from lifecycle.rows.conditions import Guard

if TYPE_CHECKING:
    from lifecycle.rows.tables import Policy, Transition

STATE, PERMANENCE, GROUND = "state_allows_it", "permanence_allows_it", "ground_allows_it"
WAIT = "wait_since_the_decision_is_over"
CODES = (STATE, PERMANENCE, GROUND, WAIT)
"""Why the table says no. Further reasons are the names of the conditions that a capability holds under."""

SEE = "See what is possible now."


def allowance(policy: Policy, name: str, account: Account, command: Command) -> Allowance:
    """Return whether *account* may do what the capability *name* says, at the moment and with the facts of *command*.

    Raises:
        KeyError: no capability is called so.
        FactMissing: a condition needs a fact the command does not carry.
    """
    at, p = command.at, policy.seen(account, command)
    found = found_for(policy.capabilities[name], account)
    due = _due(found, p)
    if not _is_open(found, due, at):
        until = _until(account, at, due)
        return Allowance(name, False, account.version, until, lambda: reasons(policy, name, account, at))
    guards = policy.narrowed.get(name, ())
    if not guards:
        return Allowance(name, True, account.version, _until(account, at))
    unmet = tuple(refusal for guard in guards if (refusal := refused(guard, account, command, p)))
    # What a condition reads may change without the account, so that such an answer holds for its moment only.
    return Allowance(name, not unmet, account.version, at, lambda: unmet)


def reasons(policy: Policy, name: str, account: Account, at: dt.datetime) -> tuple[Refusal, ...]:
    """Return why the table of capabilities says no to the capability *name*; nothing where it says yes."""
    refusal = by_the_table(policy, policy.capabilities[name], account, at)
    return () if refusal is None else (refusal,)


def _due(found: Found, p: Any) -> dt.datetime | None:
    """When a cell that waits turns from no to yes; None for one that does not wait."""
    if isinstance(found.says, bool) or found.since is None:
        return None
    due: dt.datetime = p.calendar.add(found.since, found.says)
    return due


def _is_open(found: Found, due: dt.datetime | None, at: dt.datetime) -> bool:
    return found.says is True or (due is not None and at >= due)


def facts_asked(policy: Policy, name: str, account: Account, command: Command) -> frozenset[str]:
    """Return the facts that the answer depends on and that *command* does not carry; none where the table says no."""
    found = found_for(policy.capabilities[name], account)
    if not _is_open(found, _due(found, policy.parameters), command.at):
        return frozenset()
    needs = (fact for guard in policy.narrowed.get(name, ()) for fact in guard.needs)
    return frozenset(needs).difference(command.facts.given())


def by_the_table(policy: Policy, capability: Capability, account: Account, at: dt.datetime) -> Refusal | None:
    """Return why the table of capabilities says no at this moment; None where it says yes."""
    found = found_for(capability, account)
    due = _due(found, policy.parameters)
    return None if _is_open(found, due, at) else _refusal(policy, capability, account, at, found, due)


def refused(guard: Guard, account: Account, command: Command, p: Any) -> Refusal | None:
    """Return why *guard* does not hold; None where it does.

    Raises:
        FactMissing: it needs a fact the command does not carry.
    """
    if guard.holds(account, command, p):
        return None
    earliest = guard.earliest(account, command, p)
    return Refusal(
        guard.name,
        guard.sentence,
        guard.otherwise,
        guard.sees(account, command, p),
        guard.limit(account, command, p),
        earliest if earliest is not None and earliest > command.at else None,
    )


def _refusal(
    policy: Policy, capability: Capability, account: Account, at: dt.datetime, found: Found, due: dt.datetime | None
) -> Refusal:
    by_itself = _frees_itself(policy, capability, account, at)
    earliest = min(filter(None, (due, by_itself)), default=None)
    way_out = _way_out(policy, capability, account, at)
    restriction = shown_restriction(account)
    seen: dict[str, Any] = {"state": account.state.words}
    if due is not None:
        sentence = "The time that has to pass since the decision is over."
        wait = "Wait until then." if way_out == SEE else f"Wait until then. Or else: {way_out}"
        return Refusal(WAIT, sentence, wait, seen, told(found.says), earliest)
    if found.by == PERMANENT:
        return Refusal(
            PERMANENCE, "The suspension is not permanent.", way_out, {"permanent": True}, limit=False, earliest=earliest
        )
    if found.by == "ground" and restriction is not None:
        sentence = "The ground of the restriction allows it."
        return Refusal(GROUND, sentence, way_out, {"ground": restriction.ground}, earliest=earliest)
    states = [state.words for state in State if capability.open_in(state)]
    return Refusal(STATE, "The account is in a state that allows it.", way_out, seen, states, earliest)


def _frees_itself(policy: Policy, capability: Capability, account: Account, at: dt.datetime) -> dt.datetime | None:
    """The first moment at which a standing timer leads to a state that allows it; None if no timer does."""
    found = []
    for timer in account.timers:
        rule = policy.timers.get(timer.name)
        rows = policy.rows_of(rule.trigger) if rule is not None else ()
        for row in rows:
            leads = any(isinstance(dest, State) and capability.open_in(dest) for dest in row.dests)
            if leads and account.state in row.source and timer.due > at:
                found.append(timer.due)
    return min(found, default=None)


def _until(account: Account, at: dt.datetime, earliest: dt.datetime | None = None) -> dt.datetime | None:
    """Until when time alone changes nothing: until the next timer is due, or until it is possible."""
    return min((due for due in (*(timer.due for timer in account.timers), earliest) if due and due > at), default=None)


# --- the way out -------------------------------------------------------------------------------------------------


def _way_out(policy: Policy, capability: Capability, account: Account, at: dt.datetime) -> str:
    """What to do first: what the ground asks to be put right, else the first step of a plan that nothing known bars.

    A step that could be taken where it is allowed as well leads nobody there; it is told only where there is no other.
    """
    if account.state is State.ACTIVE:
        return SEE
    restriction = shown_restriction(account)
    ground = policy.grounds.get(restriction.ground) if restriction is not None else None
    if ground is not None and ground.remedy:
        return ground.remedy
    wanted = [state for state in State if capability.open_in(state) and state is not account.state]
    others: list[str] = []
    for step in policy.ways.steps.values():
        leads = any(step.leads_to(state, policy.parameters) for state in wanted)
        if not leads or (step.while_in and account.state not in step.while_in):
            continue
        if step.waits and not _stands(policy, account, step.trigger):
            continue
        rows = policy.rows_of(step.trigger)
        if any(_open(policy, row, account, at) for row in rows):
            if not step.rare and not any(state in row.source for row in rows for state in wanted):
                return step.says
            others.append(step.says)
    return others[0] if others else SEE


def _stands(policy: Policy, account: Account, trigger: str) -> bool:
    return any(rule.trigger == trigger and account.timer(name) is not None for name, rule in policy.timers.items())


def _open(policy: Policy, row: Transition, account: Account, at: dt.datetime) -> bool:
    """Whether nothing that is known keeps somebody from taking *row* here, now or later."""
    source: tuple[AnyState, ...] = row.source
    if account.state not in source:
        return False
    return any(all(_holds(policy, row, account, role, at)) for role in row.actors)


def _holds(policy: Policy, row: Transition, account: Account, role: Role, at: dt.datetime) -> Iterator[bool]:
    by = Actor(role, account.id if role is Role.HOLDER else "somebody")
    command = Command(row.trigger, account.id, by, at, policy.facts())
    p = policy.seen(account, command)
    for when in row.when:
        try:
            yield when.selector.read(account, command, p) in when.answers
        except FactMissing:
            yield True
    for guard in row.guards:
        try:
            yield guard.holds(account, command, p) or guard.earliest(account, command, p) is not None
        except FactMissing:
            yield True
