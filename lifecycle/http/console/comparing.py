"""What would come otherwise under another policy: its parameters, the rules, the stored log, the cases.

Knows how much of a log is decided again while somebody waits. Writes nothing: events are decided on copies in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import attrs
from attrs import frozen

from lifecycle import casebook
from lifecycle.errors import BadParameters, BadRequest, LifecycleError, PolicyError
from lifecycle.http.console.case_shelf import Shelved
from lifecycle.http.console.policy_seen import ParameterSeen, parameter
from lifecycle.machine import AccountMachine
from lifecycle.parameters_file import values_of
from lifecycle.place import tables_of
from lifecycle.policy.parameters.naming import named_in
from lifecycle.policy_check import check_policy
from lifecycle.redeciding import DIFFERENT, SAME, UNKNOWN, Tally, pending, redecide
from lifecycle.rows import Policy, Transition
from lifecycle.service import Lifecycle

MOST_ACCOUNTS = 2000
"""How many accounts' logs are decided again on one page; `lifecycle replay --database` decides all."""

MOST_TEXT = 100_000
SIGNS = {SAME: "✓", DIFFERENT: "✗", UNKNOWN: "?"}


class NoParameters(LifecycleError):
    """A text that no policy can be made with; ``lines`` say why."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@frozen
class Way:
    """One way in which decided events come out otherwise, and some accounts of it."""

    sign: str
    outcome: str
    trigger: str
    why: str
    events: int
    accounts: tuple[str, ...]


@frozen
class Lost:
    """What would become of timers that wait, where that is not what becomes of them now."""

    timer: str
    fate: str
    why: str
    timers: int


@frozen
class CaseOtherwise:
    """A case that comes out as it says now, and would not any more."""

    key: str
    title: str
    problem: str


@frozen
class Compared:
    """Everything that another policy changes."""

    version: str
    parameters: tuple[ParameterSeen, ...]
    gone: tuple[Transition, ...]
    new: tuple[Transition, ...]
    tally: Tally
    ways: tuple[Way, ...]
    timers: tuple[Lost, ...]
    whole: bool
    cases: tuple[CaseOtherwise, ...]
    replayed: int

    @property
    def same(self) -> int:
        """How many events come out as they did."""
        return self.tally.outcomes[SAME]

    @property
    def different(self) -> int:
        """How many come out otherwise."""
        return self.tally.outcomes[DIFFERENT]

    @property
    def unknown(self) -> int:
        """Of how many nobody can tell, for want of a fact that was never recorded."""
        return self.tally.outcomes[UNKNOWN]


def other_policy(text: str, policy: Policy) -> Policy:
    """Return *policy* with the parameters that *text* gives in TOML.

    Raises:
        NoParameters: they cannot be read, change nothing, or no policy can be made with them.
    """
    if len(text) > MOST_TEXT:
        raise NoParameters([f"the text is too long: at most {MOST_TEXT:,} letters are taken."])
    mistakes: list[str] = []
    try:
        said = tables_of(text, "the text", _Unreadable)
        if "policy" in said:
            raise NoParameters(["policy: parameters are compared under this policy. Leave the line out."])
        values = values_of(said, mistakes, policy.parameters)
        if mistakes:
            raise NoParameters(mistakes)
        made = policy.changed(values)
        check_policy(made)
    except NoParameters:
        raise
    except (BadParameters, BadRequest, PolicyError, _Unreadable) as error:
        raise NoParameters([line.strip() for line in str(error).splitlines() if line.strip()]) from None
    if made is policy or made.version == policy.version:
        raise NoParameters(["it changes nothing: every value is the one that holds already."])
    return made


class _Unreadable(LifecycleError):
    """A text that is not TOML."""


def compared(accounts: Lifecycle, other: Policy, shelf: Iterable[Shelved]) -> Compared:
    """Return what would come otherwise under the policy *other*: nothing is written."""
    policy, machine, tally = accounts.policy, AccountMachine(other), Tally()
    lost: Counter[tuple[str, str, str]] = Counter()
    every = accounts.accounts()
    for account in islice(every, MOST_ACCOUNTS):
        redecide(machine, account.id, accounts.events(account.id), tally)
        now = {each.timer: (each.fate, each.why) for each in pending(accounts.machine, account)}
        then = {each.timer: (each.fate, each.why) for each in pending(machine, account)}
        lost.update((name, *fate) for name, fate in then.items() if fate != now[name])
    whole = next(every, None) is None
    ways = tuple(
        Way(SIGNS[outcome], outcome, trigger, why, number, tuple(tally.examples[outcome, trigger, why]))
        for (outcome, trigger, why), number in sorted(tally.why.items(), key=lambda one: (one[0][0], -one[1]))
    )
    cases, replayed = _cases(policy, other, shelf)
    names, others = {row.name for row in policy.rows}, {row.name for row in other.rows}
    return Compared(
        other.version,
        _changed(policy, other),
        tuple(row for row in policy.rows if row.name not in others),
        tuple(row for row in other.rows if row.name not in names),
        tally,
        ways,
        tuple(Lost(timer, fate, why, n) for (timer, fate, why), n in sorted(lost.items())),
        whole,
        cases,
        replayed,
    )


def _changed(policy: Policy, other: Policy) -> tuple[ParameterSeen, ...]:
    before, after = policy.parameters, other.parameters
    return tuple(
        attrs.evolve(parameter(each, other), before=parameter(each, policy).value)
        for each in named_in(type(after))
        if getattr(before, each.name) != getattr(after, each.name)
    )


def _cases(policy: Policy, other: Policy, shelf: Iterable[Shelved]) -> tuple[tuple[CaseOtherwise, ...], int]:
    """Return the cases of this policy that do not come out under the other one any more; those with a policy of their own stay out."""
    held = [each for each in shelf if not (each.case.policy or each.case.parameters or each.case.changes)]
    found = []
    for each, result in zip(held, casebook.replayed_all([one.case for one in held], other), strict=True):
        if not result.passed and casebook.replayed(each.case, policy).passed:
            found.append(CaseOtherwise(each.key, each.case.title, result.problems[0]))
    return tuple(found), len(held)
