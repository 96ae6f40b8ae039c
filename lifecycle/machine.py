"""Rows become shared `transitions` machines, one each for account, membership and level. They own no accounts.

Somebody who knows `transitions` expects ``account.appeal()``. Here a throw-away `Attempt` is fired instead, for two
reasons: attaching a model costs time and memory for every account and resets a loaded state to the initial one; and
an attempt can carry the command and keep every verdict, where an attached model only learns ``False``.

Knows how a row is fired and judged. Does not know what follows: events and changes are `lifecycle.decide`'s.
Only this room runs the engine. At INFO `transitions` logs several lines for each attempt, which makes an attempt
about five times slower: keep its logger at WARNING, as the command line of this project does.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import Any

import transitions
from transitions import EventData

from lifecycle.engine import LeanCondition, LeanEvent, LeanMachine, LeanState, LeanTransition
from lifecycle.errors import GuardFault, UnknownTrigger
from lifecycle.facts import FactMissing
from lifecycle.model import ACCOUNT, STANDING, Account, AnyState, Command, Role, State, Verdict
from lifecycle.policy_check import check_policy
from lifecycle.rows import Dest, Guard, Policy, Transition

Condition = Callable[[Any], bool]
"""What the engine asks, with its own `EventData`, before it takes a transition. The model in it is an `Attempt`."""


class _Asked(LeanCondition):
    """A condition of ours is always a `Condition`, so it is asked itself and nothing stands between."""

    def __init__(self, func: Any, target: bool = True) -> None:
        super().__init__(func, target)
        self.check = func  # type: ignore[method-assign]


class _Row(LeanTransition):
    condition_cls = _Asked

    def _change_state(self, event_data: Any) -> None:
        states: Any = event_data.machine.states
        source, dest = states[self.source], states[self.dest]
        if source.on_exit:
            source.exit(event_data)
        event_data.model.state = dest.value
        event_data.state = dest
        if dest.on_enter:
            dest.enter(event_data)
        if dest.final:
            event_data.machine.callbacks(event_data.machine.on_final, event_data)


class _Data(EventData):
    """What most attempts never set is there already."""

    transition: Any = None
    error: Any = None
    result = False

    def __init__(self, state: Any, event: Any, machine: Any, model: Any) -> None:
        self.state = state
        self.event = event
        self.machine = machine
        self.model = model
        self.args = ()
        self.kwargs = {}


class _Trigger(LeanEvent):
    """One attempt has one trigger, so nothing is ever queued."""

    def trigger(self, model: Any, *args: Any, **kwargs: Any) -> bool:
        machine = self.machine
        state = machine.states[model.state._name_]
        possible = self.transitions.get(state.name)
        around = machine._on_exception or machine._finalize_event or machine._prepare_event  # noqa: SLF001 - as engine
        if possible is None or around:
            return super().trigger(model, *args, **kwargs)
        data = _Data(state, self, machine, model)
        try:
            for transition in possible:
                data.transition = transition
                if transition.execute(data):
                    data.result = True
                    return True
        except BaseException as error:
            data.error = error
            raise
        return False


class _Engine(LeanMachine):
    """It moves attempts, one at a time, and nothing else."""

    transition_cls = _Row
    event_cls = _Trigger

    def get_model_state(self, model: Any) -> transitions.State:
        return self.states[model.state._name_]

    def set_state(self, state: Any, model: Any = None) -> None:
        model.state = state.value


class Attempt:
    """One command against one account: the throw-away model that `transitions` moves."""

    row: Transition | None = None
    verdicts: tuple[Verdict, ...] = ()

    def __init__(self, account: Account, command: Command, state: AnyState | None = None) -> None:
        self.account = account
        self.command = command
        self.state = account.state if state is None else state


class AccountMachine:
    """One policy as three machines over one account, shared by every account and thread. It keeps no attempt.

    Raises:
        PolicyError: the policy contradicts itself; every mistake is listed, with its row.
    """

    def __init__(self, policy: Policy) -> None:
        check_policy(policy)
        self.policy = policy
        self._by_trigger = {trigger: policy.rows_of(trigger) for trigger in policy.triggers}
        self._fitting: Mapping[tuple[str, AnyState | None, Role], tuple[Transition, ...]] = _index(policy)
        self._field = {trigger: STANDING[rows[0].machine] for trigger, rows in self._by_trigger.items()}
        self.engines = {machine: _engine(states) for machine, states in policy.states.items()}
        for row in policy.rows:
            self._add(row)
        self._events = {t: event for engine in self.engines.values() for t, event in engine.events.items()}

    @property
    def engine(self) -> LeanMachine:
        """The engine of the account itself."""
        return self.engines[ACCOUNT]

    def _add(self, row: Transition) -> None:
        engine, judged = self.engines[row.machine], self._judged(row)
        for source in row.source:
            for dest, standing in _destinations(row):
                there = None if dest is None else dest.name
                engine.add_transition(row.trigger, source.name, there, conditions=[*standing, judged])

    def _judged(self, row: Transition) -> Condition:
        """Whether *row* applies and all its guards hold; the attempt keeps the row that applied and every verdict."""
        policy, roles, guards = self.policy, row.actors, row.guards
        selectors = tuple((when.selector.read, when.answers) for when in row.when)
        all_met = tuple(guard.met for guard in guards)
        # As `Policy.seen` has it: most often the parameters stand for every account as they are.
        parameters, open_periods = policy.parameters, bool(policy.open_periods)

        def judged(data: Any) -> bool:
            attempt: Attempt = data.model
            command = attempt.command
            if command.by.role not in roles:
                return False
            account = attempt.account
            p = policy.seen(account, command, row) if open_periods or account.periods else parameters
            for read, answers in selectors:
                if read(account, command, p) not in answers:
                    return False
            attempt.row = row
            attempt.verdicts = verdicts = judge_all(guards, all_met, account, command, p)
            return verdicts is all_met

        return judged

    def rows(self, trigger: str) -> tuple[Transition, ...]:
        """Return the rows of *trigger* in policy order.

        Raises:
            UnknownTrigger: the policy has none.
        """
        try:
            return self._by_trigger[trigger]
        except KeyError:
            raise UnknownTrigger(trigger, self._by_trigger) from None

    def standing(self, trigger: str, account: Account) -> AnyState | None:
        """Return where *account* stands in the machine of *trigger*; None if it does not exist yet.

        Raises:
            UnknownTrigger: the policy has no such trigger.
        """
        if not account.exists:
            return None
        self.rows(trigger)
        state: AnyState = getattr(account, self._field[trigger])
        return state

    def rows_for(self, trigger: str, state: AnyState | None, role: Role) -> tuple[Transition, ...]:
        """Return the rows of *trigger* that leave *state* and that *role* may do; None means no account yet."""
        found = self._fitting.get((trigger, state, role))
        return found if found is not None else self.rows(trigger)[:0]

    def applies(self, row: Transition, account: Account, command: Command) -> bool:
        """Whether the role fits and every selector of *row* answers as the row asks."""
        if command.by.role not in row.actors:
            return False
        p = self.policy.seen(account, command, row)
        for when in row.when:  # noqa: SIM110 - all() with a generator takes longer, and most rows have no selector
            if when.selector.read(account, command, p) not in when.answers:
                return False
        return True

    def verdicts(self, row: Transition, account: Account, command: Command) -> tuple[Verdict, ...]:
        """Evaluate every guard of *row*, also after one has failed.

        Raises:
            FactMissing: a guard needs a fact the command does not carry.
            GuardFault: a guard raised, or answered something other than a bool.
        """
        all_met = tuple(guard.met for guard in row.guards)
        return judge_all(row.guards, all_met, account, command, self.policy.seen(account, command, row))

    def fire(self, account: Account, command: Command) -> Attempt:
        """Fire *command* at *account*: the attempt's state, row and verdicts tell what came of it.

        An attempt without a row found none that applies. Registration is judged without the engine, since an
        account that does not exist is in none of the seven states.
        """
        trigger = command.trigger
        attempt = Attempt(account, command, getattr(account, self._field[trigger]))
        if account.version > 0:
            self._events[trigger].trigger(attempt)
            return attempt
        for row in self.rows_for(command.trigger, None, command.by.role):
            if self.applies(row, account, command):
                attempt.row, attempt.verdicts = row, self.verdicts(row, account, command)
                attempt.state = row.dests[0]
                break
        return attempt


@functools.lru_cache(maxsize=16)
def shared(policy: Policy) -> AccountMachine:
    """Return the machine of *policy*, checked and made once: it keeps no attempt, so all services may have the same.

    Raises:
        PolicyError: the policy contradicts itself; every mistake is listed, with its row.
    """
    return AccountMachine(policy)


def _engine(states: tuple[AnyState, ...]) -> LeanMachine:
    # Not every kind of state is one that the engine would make a state of by itself.
    made = [LeanState(state) for state in states]
    return _Engine(
        model=None,
        states=made,
        initial=made[0] if made else None,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )


def _index(policy: Policy) -> dict[tuple[str, AnyState | None, Role], tuple[Transition, ...]]:
    found: dict[tuple[str, AnyState | None, Role], tuple[Transition, ...]] = {}
    for row in policy.rows:
        for source in row.source or (None,):
            for role in row.actors:
                found[row.trigger, source, role] = (*found.get((row.trigger, source, role), ()), row)
    return found


def judge(guard: Guard, account: Account, command: Command, p: Any) -> Verdict:
    """Return what *guard* says, with the value seen and the limit.

    Raises:
        FactMissing: it needs a fact the command does not carry.
        GuardFault: it raised, or answered something other than a bool.
    """
    return judge_all((guard,), (guard.met,), account, command, p)[0]


def judge_all(
    guards: tuple[Guard, ...], all_met: tuple[Verdict, ...], account: Account, command: Command, p: Any
) -> tuple[Verdict, ...]:
    """Return what each of *guards* says, also after one has failed, with the values seen and the limits.

    *all_met* is what they say where every one holds; then this very tuple is returned.

    Raises:
        FactMissing: one needs a fact the command does not carry.
        GuardFault: one raised, or answered something other than a bool.
    """
    verdicts = all_met
    for n, guard in enumerate(guards):
        try:
            answer = guard.holds(account, command, p)
            if answer is not True:
                verdicts = (*verdicts[:n], _unmet(guard, answer, account, command, p), *verdicts[n + 1 :])
        except (FactMissing, GuardFault):
            raise
        except Exception as error:
            raise GuardFault(f'the guard "{guard.name}" failed with {type(error).__name__}') from error
    return verdicts


def _unmet(guard: Guard, answer: object, account: Account, command: Command, p: Any) -> Verdict:
    if answer is not False:
        raise GuardFault(f'the guard "{guard.name}" answered a {type(answer).__name__}; it must answer a bool')
    return Verdict(
        guard.name,
        guard.sentence,
        guard.otherwise,
        False,
        value=guard.sees(account, command, p),
        limit=guard.limit(account, command, p),
        earliest=_later(guard.earliest(account, command, p), command.at),
    )


def _later(earliest: dt.datetime | None, at: dt.datetime) -> dt.datetime | None:
    return earliest if earliest is not None and earliest > at else None


def _lock_stands(data: Any) -> bool:
    return data.model.account.lock is not None


def _no_lock_stands(data: Any) -> bool:
    return data.model.account.lock is None


def _suspension_stands(data: Any) -> bool:
    return data.model.account.suspension is not None


def _no_suspension_stands(data: Any) -> bool:
    return data.model.account.suspension is None


def _destinations(row: Transition) -> tuple[tuple[AnyState | None, tuple[Condition, ...]], ...]:
    """Return each destination with the condition under which the engine takes it, if any; at most one ever holds."""
    if row.dest is Dest.RELEASE:
        return ((State.SECURITY_LOCKED, (_lock_stands,)), (State.ACTIVE, (_no_lock_stands,)))
    if row.dest is Dest.RESTRICTION:
        return ((State.SUSPENDED, (_suspension_stands,)), (State.SECURITY_LOCKED, (_no_suspension_stands,)))
    return ((row.dest, ()),)
