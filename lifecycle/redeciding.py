"""Deciding a stored log again under another policy: what would have come otherwise, and which timers would not stand.

Knows how a recorded event is asked for again, on the account as the log had it. Writes nothing. A fact that a rule asks
for today may never have been recorded; then nobody can tell (D-19).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from lifecycle.decide import LAPSE, decide
from lifecycle.errors import BadEvidence, BadRequest, MissingFacts, UnknownTrigger
from lifecycle.fold import evolve
from lifecycle.imports import TRIGGER as IMPORT
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Change, Command, Event, Evidence, Timer
from lifecycle.store.codec import canonical

SAME, DIFFERENT, UNKNOWN = "same", "different", "unknown"
"""The outcomes of deciding an event again (D-19)."""

NOT_DECIDED = frozenset({IMPORT, LAPSE})
"""Events that no policy decided: what was taken over, and that a timer was let go."""

BY = Actor.system("timer")

EXAMPLES = 5
"""How many accounts are named for each way in which something differs."""


@frozen
class Redecided:
    """One event under the present policy. ``why`` says in a few words what is otherwise; empty if nothing is."""

    event: Event
    outcome: str
    why: str = ""


def redecided(machine: AccountMachine, account: Account, event: Event) -> Redecided:
    """Ask again for what *event* records, of *account* as it was before it.

    The same is: it is taken, leads to the same state, and changes the same.
    """
    try:
        facts = machine.policy.facts(event.facts)
    except BadRequest:
        known = machine.policy.facts.declared()
        gone = ", ".join(name for name in event.facts if name not in known)
        return Redecided(event, UNKNOWN, f"facts nobody knows any more: {gone}" if gone else "facts of another kind")
    evidence = tuple(Evidence(**said) for said in event.evidence)
    command = Command(event.trigger, event.account_id, event.by, event.at, facts, evidence)
    try:
        decision = decide(machine, account, command)
    except UnknownTrigger:
        return Redecided(event, DIFFERENT, "no row has this trigger")
    except MissingFacts as missing:
        return Redecided(event, UNKNOWN, f"facts never recorded: {', '.join(missing.names)}")
    except BadEvidence:
        return Redecided(event, DIFFERENT, "evidence of a kind the policy does not know")
    if not decision.allowed:
        return Redecided(event, DIFFERENT, f"refused: {', '.join(sorted(r.code for r in decision.refusals))}")
    made = decision.events[0]
    if made.dest != event.dest:
        return Redecided(event, DIFFERENT, f"leads to {made.dest.words}, not to {event.dest.words}")
    if differs := _differs(event.changes, made.changes):
        return Redecided(event, DIFFERENT, differs)
    return Redecided(event, SAME)


def _differs(recorded: tuple[Change, ...], made: tuple[Change, ...]) -> str:
    """What two lists of changes do not share, in words; values stay out of it, but for the names of what changes."""
    if recorded == made or _text(recorded) == _text(made):
        return ""
    before, after = Counter(map(_named, recorded)), Counter(map(_named, made))
    gone, new = sorted((before - after).keys()), sorted((after - before).keys())
    parts = [f"without: {', '.join(gone)}"] if gone else []
    parts += [f"with: {', '.join(new)}"] if new else []
    if not parts:
        changed = [_named(a) for a, b in zip(recorded, made, strict=True) if _text((a,)) != _text((b,))]
        parts = [f"other values: {', '.join(dict.fromkeys(changed or ['their order']))}"]
    return "; ".join(parts)


def _text(changes: tuple[Change, ...]) -> str:
    """The changes as the log holds them, where a tuple is a list."""
    return canonical([vars(change) for change in changes])


def _named(change: Change) -> str:
    return f"{change.do} {change.name}"


@define
class Tally:
    """What came of deciding a whole log again: how often each outcome, and why, with some accounts for each."""

    accounts: int = 0
    events: int = 0
    outcomes: Counter[str] = field(factory=Counter)
    not_decided: int = 0
    why: Counter[tuple[str, str, str]] = field(factory=Counter)
    examples: dict[tuple[str, str, str], list[str]] = field(factory=dict)

    def add(self, each: Redecided) -> None:
        """Count one event."""
        self.outcomes[each.outcome] += 1
        if each.why:
            key = (each.outcome, each.event.trigger, each.why)
            self.why[key] += 1
            named = self.examples.setdefault(key, [])
            if len(named) < EXAMPLES and each.event.account_id not in named:
                named.append(each.event.account_id)


def redecide(machine: AccountMachine, account_id: str, events: Iterable[Event], tally: Tally) -> None:
    """Decide every event of one account's log again, each on the account as the log has it before, and count.

    Raises:
        LogDamaged: the log cannot be folded.
    """
    account = Account(account_id)
    for event in events:
        tally.events += 1
        if event.trigger in NOT_DECIDED:
            tally.not_decided += 1
        else:
            tally.add(redecided(machine, account, event))
        account = evolve(account, event)
    tally.accounts += 1


# --- timers that wait --------------------------------------------------------------------------------------------

STANDS, FORGOTTEN, ELSEWHERE, REFUSED, UNSURE = "stands", "forgotten", "elsewhere", "refused", "unsure"
"""What a policy does to a timer that waits: it would fire; no rule knows it; it does not live in this state; what it
asks for would be refused as the account stands; or it depends on facts."""


@frozen
class Waiting:
    """A pending timer under the present policy."""

    account_id: str
    timer: str
    due: dt.datetime
    fate: str
    why: str = ""


def pending(machine: AccountMachine, account: Account) -> Iterator[Waiting]:
    """Yield what would become of each timer of *account* when it is due, if nothing else happens until then."""
    for timer in account.timers:
        fate, why = _fate(machine, account, timer)
        yield Waiting(account.id, timer.name, timer.due, fate, why)


def _fate(machine: AccountMachine, account: Account, timer: Timer) -> tuple[str, str]:
    rule = machine.policy.timers.get(timer.name)
    if rule is None:
        return FORGOTTEN, "no rule has this timer; it lapses when it is due"
    if account.standing(rule.machine) not in rule.lives_in:
        return ELSEWHERE, f"it does not live while the account is {account.standing(rule.machine).words}"
    at = max(timer.due, account.at or timer.due)
    why = ""
    for trigger in (rule.trigger, rule.instead):
        if trigger is None:
            continue
        try:
            decision = decide(machine, account, Command(trigger, account.id, BY, at, machine.policy.facts()))
        except MissingFacts as missing:
            return UNSURE, f"it depends on: {', '.join(missing.names)}"
        if decision.allowed:
            return STANDS, ""
        why = why or f"refused: {', '.join(sorted(r.code for r in decision.refusals))}"
    return REFUSED, why
