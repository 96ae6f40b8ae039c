"""Who decides an open appeal: the roles that may, and who may not for the part they had in what it is against.

Knows how that is read off the rows of a policy. Does not decide, and does not read a request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from attrs import frozen

from lifecycle.facts import FactMissing
from lifecycle.model import Account, Actor, Command, Role
from lifecycle.prose.words import capital, listed
from lifecycle.rows import Policy, Transition


@frozen
class InTheWay:
    """Why somebody does not decide an open appeal, and who does, in a sentence. ``second`` if four eyes bar them."""

    says: str
    second: bool


def in_the_way(
    policy: Policy, account: Account, person: str, roles: Iterable[Role], now: dt.datetime
) -> InTheWay | None:
    """Return why *person* does not decide the open appeal; None if they may."""
    deciding = deciders(policy, account, now)
    theirs = tuple(role for role in roles if role in deciding or not deciding)
    if deciding and not theirs:
        taken_further = account.appeal is not None and account.appeal.escalated
        whoever = listed([role.words for role in deciding], "or")
        says = f"It was taken further: {whoever} decides it." if taken_further else f"{capital(whoever)} decides it."
        return InTheWay(says, second=False)
    if may_not_decide(policy, account, person, theirs, now):
        another = listed([f"another {role.value}" for role in theirs], "or")
        says = f"Needs a second person: you had a part in the decision, so {another} decides it."
        return InTheWay(says, second=True)
    return None


def deciders(policy: Policy, account: Account, now: dt.datetime) -> tuple[Role, ...]:
    """Return the roles that decide the open appeal as it stands; none where the policy asks for no second person."""
    found = (
        role for row in _judging(policy, account) for role in row.actors if _applies(policy, row, account, role, now)
    )
    return tuple(dict.fromkeys(found))


def may_not_decide(policy: Policy, account: Account, person: str, roles: Iterable[Role], now: dt.datetime) -> bool:
    """Whether *person* had a part in what the open appeal is against, so that somebody else has to decide it."""
    asked = [row for row in _judging(policy, account) if set(row.actors) & set(roles)]
    guards = {guard.name: guard for row in asked for guard in row.guards if "four-eyes" in guard.cites}
    for role in roles:
        command = Command("", account.id, Actor(role, person), now, policy.facts({}))
        if any(not guard.test(account, command, policy.seen(account, command)) for guard in guards.values()):
            return True
    return False


def _judging(policy: Policy, account: Account) -> list[Transition]:
    """The rows that lead on from here and ask for a second person."""
    moving = (row for row in policy.rows if account.state in row.source and row.dests)
    return [row for row in moving if any("four-eyes" in guard.cites for guard in row.guards)]


def _applies(policy: Policy, row: Transition, account: Account, role: Role, now: dt.datetime) -> bool:
    """Whether every selector of *row* answers as it asks, as far as it can be told without a fact."""
    command = Command(row.trigger, account.id, Actor(role, "somebody"), now, policy.facts({}))
    seen = policy.seen(account, command, row)
    for when in row.when:
        try:
            if when.selector.read(account, command, seen) not in when.answers:
                return False
        except FactMissing:
            continue
    return True
