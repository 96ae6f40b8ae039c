"""How an account stands in the loyalty programme: its level and points, what runs out when, what stands open to it.

Knows how the answer is put together. Does not know any rule: thresholds, months and benefits are the policy's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lifecycle.errors import BadRequest
from lifecycle.facts import FactMissing
from lifecycle.machine import judge
from lifecycle.model import Account, Command, Level, LevelCount, Verdict
from lifecycle.policy import standing
from lifecycle.policy.ledger import balance, running_out
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Benefit, Guard, Policy


@frozen
class StandingBenefit:
    """One benefit of the programme. ``open`` is None where a fact is missing to tell; ``worth`` is what it is then."""

    name: str
    says: str
    open: bool | None
    worth: Any
    verdicts: tuple[Verdict, ...]
    needs: tuple[str, ...]


@frozen
class LevelCard:
    """How an account stands in the loyalty programme at one moment.

    ``points`` are all that are not run out. ``counted`` is the sum that makes the level, in what the policy ``measure``s
    it in: points, money or counts; it is taken over the window from ``begins`` up to ``at`` (G5-19). ``missing`` is how
    much more the ``next_level`` asks for; both are None at the top. ``recount`` is when the level is counted next, None
    where there is nothing to count; ``valid_until`` the moment before which it is not lowered, and ``last`` what the last
    count said, each None if there is none. ``running_out`` gives each day at whose end points run out, and how many.
    ``found_under`` tells where the holder sees it in the shop, by device.
    """

    account_id: str
    at: dt.datetime
    level: Level
    points: int
    measure: str
    counted: int
    begins: dt.datetime
    next_level: Level | None
    missing: int | None
    recount: dt.datetime | None
    valid_until: dt.datetime | None
    last: LevelCount | None
    running_out: tuple[tuple[dt.date, int], ...]
    benefits: tuple[StandingBenefit, ...]
    found_under: Mapping[str, str]


def level_card(policy: Policy, account: Account, command: Command) -> LevelCard:
    """Return how *account* stands in the loyalty programme; *command* carries the time and the facts.

    Raises:
        BadRequest: the policy has no levels.
        GuardFault: a guard raised, or answered something other than a bool.
    """
    p = policy.parameters
    if not isinstance(p, Parameters) or not p.ladder:
        raise BadRequest("the policy has no member levels")
    timer, at = account.timer("recount_level"), command.at
    counted = standing.level_sum(account, at, p)
    above = _above(account.level, p)
    return LevelCard(
        account_id=account.id,
        at=at,
        level=account.level,
        points=balance(account, at, p.points_expiry),
        measure=p.level_measure,
        counted=counted,
        begins=standing.begins(account, at, p),
        next_level=above,
        missing=None if above is None else max(p.rungs[above].least - counted, 0),
        recount=timer.due if timer else None,
        valid_until=None if account.level is p.ladder[0] else standing.valid_until(account, p),
        last=account.level_count,
        running_out=running_out(account, at, p.points_expiry),
        benefits=tuple(_standing(each, account, command, p) for each in policy.benefits),
        found_under=p.level_entry_points,
    )


def _above(level: Level, p: Parameters) -> Level | None:
    """The level above; none at the top, nor from one that is not of the programme."""
    places = {each: place for place, each in enumerate(p.ladder)}
    return next(iter(p.ladder[places[level] + 1 :]), None) if level in places else None


def facts_of_benefits(policy: Policy, command: Command) -> frozenset[str]:
    """Return the names of the facts that the benefits of *policy* read and *command* does not carry."""
    return frozenset(
        name
        for benefit in policy.benefits
        for guard in benefit.guards
        for name in guard.needs
        if name not in command.facts
    )


def _standing(benefit: Benefit, account: Account, command: Command, p: Any) -> StandingBenefit:
    verdicts = tuple(_verdict(guard, account, command, p) for guard in benefit.guards)
    met = [verdict.met for verdict in verdicts]
    stands = False if False in met else None if None in met else True
    worth = benefit.worth(account, command, p) if stands and benefit.worth is not None else None
    unknown = {name for guard in benefit.guards for name in guard.needs if name not in command.facts}
    needs = tuple(sorted(unknown)) if stands is None else ()
    return StandingBenefit(benefit.name, benefit.says, stands, worth, verdicts, needs)


def _verdict(guard: Guard, account: Account, command: Command, p: Any) -> Verdict:
    try:
        return judge(guard, account, command, p)
    except FactMissing as missing:
        remedy = f"Nobody has said yet: {missing.args[0]}."
        return Verdict(guard.name, guard.sentence, remedy, None)
