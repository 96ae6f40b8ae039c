"""The brain: decide, explain, options, facts_needed. Pure: no clock, database, network, environment or chance.

Knows the order of answers, and how a taken row becomes events. Time and facts arrive inside the command.

The order of answers, for a command against an account (D-11):

1. unknown trigger: an error, `UnknownTrigger`
2. ``not_the_holder``: a holder acts on an account that is not theirs
3. ``role_may_never``: no row lets this role do it in any state
4. ``not_from_this_state``: nobody may do it while the account is as it is
5. ``not_this_role_here``: somebody may, but not this role
6. the name of a selector: the account is not in the situation any row asks for
7. the names of all unmet guards, in row order

The actor comes before the state, so a stranger learns nothing about the account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from attrs import frozen

from lifecycle.effects import changes, rearmed
from lifecycle.errors import BadEvidence, MissingFacts, closest
from lifecycle.facts import FactMissing
from lifecycle.machine import AccountMachine, judge
from lifecycle.model import (
    ACCOUNT,
    STANDING,
    Account,
    Actor,
    AnyState,
    Change,
    Command,
    Decision,
    Event,
    Refusal,
    Role,
    Timer,
    Verdict,
)
from lifecycle.rows import Policy, Then, Transition, When, facts_for

LAPSE = "let_timer_lapse"
"""The trigger of the event that records a due timer whose own trigger was refused: let go, or armed again."""


@frozen
class Explanation:
    """Every guard of the row that a command would take, met or not; or why no row applies.

    ``needs`` are the facts still missing to tell.
    """

    command: Command
    row: Transition | None
    verdicts: tuple[Verdict, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool | None:
        """Whether the command would be taken; None when a fact is missing to tell."""
        if self.refusals or any(v.met is False for v in self.verdicts):
            return False
        return None if self.needs or any(v.met is None for v in self.verdicts) else True


@frozen
class Option:
    """One row that an actor could take from here. ``needs`` are the facts still missing to tell."""

    trigger: str
    title: str
    allowed: bool | None
    verdicts: tuple[Verdict, ...]
    needs: tuple[str, ...]
    row: Transition


def decide(machine: AccountMachine, account: Account, command: Command) -> Decision:
    """Return what comes of *command*: events, or every reason why not.

    Raises:
        UnknownTrigger: no row has this trigger.
        BadEvidence: evidence of a kind the policy does not know, or text of a kind that is none.
        MissingFacts: guards need facts the command does not carry; all are named.
        GuardFault: a guard raised, or answered something other than a bool.
    """
    check_evidence(machine.policy, command)
    if refusals := _before_guards(machine, account, command):
        return Decision(command, account, refusals=refusals)
    try:
        attempt = machine.fire(account, command)
        if attempt.row is None:
            return Decision(command, account, refusals=_selectors(machine, account, command))
        if unmet := [v.refusal() for v in attempt.verdicts if not v.met]:
            return Decision(command, account, refusals=tuple(unmet))
        event, after = _taken(machine.policy, attempt.row, account, command, attempt.state)
    except FactMissing as missing:
        names = facts_needed(machine, account, command) - machine.policy.facts.optional() | {str(missing.args[0])}
        raise MissingFacts(command.trigger, names) from None
    events: tuple[Event, ...] = (event,)
    for effect in attempt.row.effects:
        if isinstance(effect, Then):
            follow = attrs.evolve(command, trigger=effect.trigger, by=Actor.system("policy"), evidence=())
            followed = decide(machine, after, follow)
            after, events = followed.account, events + followed.events
    return Decision(command, after, events=events)


def _taken(
    policy: Policy, row: Transition, account: Account, command: Command, dest: AnyState
) -> tuple[Event, Account]:
    made, draft = changes(policy, row, account, command, dest)
    event = event_of(policy, row, account, command, dest, made)
    return event, draft.finished(event.source, dest, command.at, row.machine)


def event_of(
    policy: Policy, row: Transition, account: Account, command: Command, dest: AnyState, made: tuple[Change, ...]
) -> Event:
    """Return the event that records *row* taken, with the changes *made*."""
    # Without the converters: whatever goes into it went through those of the command and the account already.
    event = object.__new__(Event)
    event.__dict__.update(
        account_id=account.id,
        version=account.version + 1,
        trigger=command.trigger,
        source=getattr(account, STANDING[row.machine]) if account.version > 0 else None,
        dest=dest,
        by=command.by,
        at=command.at,
        facts=command.facts.recorded(),
        evidence=tuple([e.recorded() for e in command.evidence]) if command.evidence else (),
        changes=made,
        row=row.name,
        policy=policy.version,
        machine=row.machine,
        recorded_at=None,
    )
    return event


def check_evidence(policy: Policy, command: Command) -> None:
    """Refuse evidence the policy does not know.

    Raises:
        BadEvidence: an unknown kind, a text of a kind that is no text, or a text that nothing refers to.
    """
    for evidence in command.evidence:
        if evidence.kind not in policy.evidence:
            hint = closest(evidence.kind, policy.evidence) or f" Known: {', '.join(sorted(policy.evidence))}."
            raise BadEvidence(f'no evidence is of the kind "{evidence.kind}".{hint}')
        if evidence.text is not None and evidence.kind not in policy.texts:
            raise BadEvidence(f'evidence of kind "{evidence.kind}" is a document: give a ref=, not a text=')
        if not evidence.ref:
            raise BadEvidence(f'the text of kind "{evidence.kind}" needs a ref= under which it is kept')


def _before_guards(machine: AccountMachine, account: Account, command: Command) -> tuple[Refusal, ...]:
    role, state = command.by.role, machine.standing(command.trigger, account)
    stranger = role is Role.HOLDER and command.by.id != account.id
    if not stranger and machine.rows_for(command.trigger, state, role):
        return ()
    rows, who = machine.rows(command.trigger), role.words
    if stranger:
        return (Refusal("not_the_holder", "Whoever acts is the holder of this account.", "Use your own account."),)
    if not any(role in row.actors for row in rows):
        can = sorted({r.words for row in rows for r in row.actors})
        return (Refusal("role_may_never", f"This is something {who} may do.", "Ask somebody who may.", who, can),)
    here = [row for row in rows if (state in row.source if state else not row.source)]
    if not here:
        seen = state.words if state else "not registered"
        states = list(dict.fromkeys(s.words for row in rows for s in row.source)) or ["not registered"]
        sentence = "The account is in a state this can be done from."
        return (Refusal("not_from_this_state", sentence, "See what is possible now.", {"state": seen}, states),)
    can = sorted({r.words for row in here for r in row.actors})
    sentence = f"This is something {who} may do while the account is as it is."
    return (Refusal("not_this_role_here", sentence, "Ask somebody who may.", who, can),)


def _selectors(machine: AccountMachine, account: Account, command: Command) -> tuple[Refusal, ...]:
    """Why none of the rows for this state and role applies: what the rows that come nearest ask otherwise."""
    rows = machine.rows_for(command.trigger, machine.standing(command.trigger, account), command.by.role)
    unfit = [[when for when in row.when if _answers_otherwise(machine, when, account, command)] for row in rows]
    nearest = min((len(whens) for whens in unfit if whens), default=0)
    wanted: dict[str, list[When]] = {}
    for when in (when for whens in unfit if len(whens) == nearest for when in whens):
        wanted.setdefault(when.selector.name, []).append(when)
    return tuple(_unfit(machine, whens, account, command) for whens in wanted.values())


def _answers_otherwise(machine: AccountMachine, when: When, account: Account, command: Command) -> bool:
    try:
        return when.selector.read(account, command, machine.policy.seen(account, command)) not in when.answers
    except FactMissing:
        return False


def _unfit(machine: AccountMachine, whens: list[When], account: Account, command: Command) -> Refusal:
    selector = whens[0].selector
    return Refusal(
        selector.name,
        f"The situation fits: {' or '.join(dict.fromkeys(when.words for when in whens))}.",
        "See what is possible now.",
        {selector.name: selector.read(account, command, machine.policy.seen(account, command))},
        list(dict.fromkeys(answer for when in whens for answer in when.answers)),
    )


def facts_needed(machine: AccountMachine, account: Account, command: Command) -> frozenset[str]:
    """Return the names of the facts that deciding *command* reads and the command does not carry yet.

    Facts only the service may supply are left out. Rows and guards that cannot matter ask for nothing.

    Raises:
        UnknownTrigger: no row has this trigger.
    """
    if _before_guards(machine, account, command):
        return frozenset()
    return _needed(machine, account, command, machine.standing(command.trigger, account))


def _needed(machine: AccountMachine, account: Account, command: Command, state: AnyState | None) -> frozenset[str]:
    names: set[str] = set()
    for row in _fitting(machine, account, command, machine.rows_for(command.trigger, state, command.by.role)):
        names.update(_reads(machine, row, account, command))
        for effect in row.effects:
            if isinstance(effect, Then):
                follow = attrs.evolve(command, trigger=effect.trigger, by=Actor.system("policy"))
                for dest in _then_from(machine, row, account, effect):
                    names |= _needed(machine, account, follow, dest)
    return frozenset(names - set(command.facts.given()) - machine.policy.facts.RESERVED)


def _then_from(machine: AccountMachine, row: Transition, account: Account, then: Then) -> tuple[AnyState | None, ...]:
    """The states that what follows may start from: wherever *row* leads, or where another machine stands anyway."""
    if machine.rows(then.trigger)[0].machine == row.machine:
        return row.dests or row.source
    return (machine.standing(then.trigger, account),)


def _reads(machine: AccountMachine, row: Transition, account: Account, command: Command) -> tuple[str, ...]:
    """The facts *row* reads here: those of its selectors, its effects, and the guards that apply or may."""
    p = machine.policy.seen(account, command, row)
    asking = (g for g in row.guards if g.needs and _maybe(lambda g=g: g.applies(account, command, p)))
    needs = row.needs_with(tuple(asking))
    if row.name not in machine.policy.timed:
        return needs
    return tuple(sorted({*needs, *facts_for(row.effects, machine.policy.parameters, account)}))


def _missing(machine: AccountMachine, row: Transition, account: Account, command: Command) -> tuple[str, ...]:
    """Of those, the facts that have no default and that nobody gave."""
    known = command.facts.given().keys() | machine.policy.facts.optional()
    return tuple(name for name in _reads(machine, row, account, command) if name not in known)


def _maybe(question: Any) -> bool:
    """Whether the answer is yes, or cannot be known without a fact."""
    try:
        return bool(question())
    except FactMissing:
        return True


def explain(machine: AccountMachine, account: Account, command: Command) -> Explanation:
    """Return every guard of the row *command* would take, met, unmet or unknown.

    Raises:
        UnknownTrigger: no row has this trigger.
        GuardFault: a guard raised, or answered something other than a bool.
    """
    if refusals := _before_guards(machine, account, command):
        return Explanation(command, None, refusals=refusals)
    state = machine.standing(command.trigger, account)
    fitting = _fitting(machine, account, command, machine.rows_for(command.trigger, state, command.by.role))
    if not fitting:
        return Explanation(command, None, refusals=_selectors(machine, account, command))
    row = fitting[0]
    verdicts = _verdicts(machine, row, account, command)
    return Explanation(command, row, verdicts, needs=_missing(machine, row, account, command))


def _fitting(
    machine: AccountMachine, account: Account, command: Command, rows: Iterable[Transition]
) -> list[Transition]:
    return [row for row in rows if _maybe(lambda row=row: machine.applies(row, account, command))]


def _verdicts(machine: AccountMachine, row: Transition, account: Account, command: Command) -> tuple[Verdict, ...]:
    found: list[Verdict] = []
    p = machine.policy.seen(account, command, row)
    for guard in row.guards:
        try:
            verdict = judge(guard, account, command, p)
            latest = guard.latest(account, command, p)
            found.append(verdict if latest is None else attrs.evolve(verdict, latest=latest))
        except FactMissing as missing:
            remedy = f"Nobody has said yet: {missing.args[0]}."
            found.append(Verdict(guard.name, guard.sentence, remedy, None))
    return tuple(found)


def options(machine: AccountMachine, account: Account, command: Command) -> tuple[Option, ...]:
    """Return every row the actor of *command* could take from here, in policy order; its trigger is not looked at."""
    found: list[Option] = []
    if command.by.role is Role.HOLDER and command.by.id != account.id:
        return ()
    for trigger in machine.policy.triggers:
        state = machine.standing(trigger, account)
        asked = attrs.evolve(command, trigger=trigger)
        for row in _fitting(machine, account, asked, machine.rows_for(trigger, state, command.by.role)):
            verdicts = _verdicts(machine, row, account, asked)
            needs = _missing(machine, row, account, asked)
            allowed = Explanation(asked, row, verdicts, needs=needs).allowed
            found.append(Option(trigger, row.title, allowed, verdicts, needs, row))
    return tuple(found)


def lapse(policy: Policy, account: Account, timer: Timer, at: Any) -> Event:
    """Return the event for a due timer whose trigger was refused: armed again where the policy says so, else let go."""
    rule = policy.timers.get(timer.name)
    machine = rule.machine if rule else ACCOUNT
    state = account.standing(machine)
    again = rearmed(policy, account, timer.name, rule.retry, at) if rule and rule.retry else Change("stop", timer.name)
    return Event(
        account_id=account.id,
        version=account.version + 1,
        trigger=LAPSE,
        source=state,
        dest=state,
        by=Actor.system("timer"),
        at=at,
        changes=(again,),
        row=LAPSE,
        policy=policy.version,
        machine=machine,
    )
