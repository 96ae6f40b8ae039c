"""Deciding: the same rows and guards, once in our machine and once in the stock one.

Knows how somebody would build the policy straight on `transitions`: one shared machine without a model, each guard a
condition of its own, stopping at the first that fails; the event made in ``after_state_change``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import transitions
from benchmarks.measuring import Built, Group, Side, Target
from benchmarks.walk import Step, steps

from lifecycle.decide import decide, event_of, explain
from lifecycle.effects import changes
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Command, Event, State
from lifecycle.rows import Dest, Guard, Policy, Transition

STOCK = "stock `transitions`: guards, frozen event"
OURS = "our machine: guards, frozen event"
STOCK_WHOLE = "stock, with changes and the account after them"
DECIDE = "`decide()`: the same, all refusals explained"
EXPLAIN = "`explain()`: every guard of the row"


class Try:
    """What the stock machine moves."""

    __slots__ = ("account", "after", "command", "event", "state")

    def __init__(self, account: Account, command: Command) -> None:
        self.account = account
        self.command = command
        self.state = account.state
        self.event: Event | None = None
        self.after: Account | None = None


class Stock:
    """A policy on the stock machine. ``whole`` works out the changes and the account after them too."""

    def __init__(self, policy: Policy, *, whole: bool) -> None:
        self.policy = policy
        self.machine = transitions.Machine(
            model=None,
            states=State,
            initial=State.ACTIVE,
            auto_transitions=False,
            send_event=True,
            after_state_change=self._whole if whole else self._event,
        )
        self.rows: dict[transitions.Transition, Transition] = {}
        for row in policy.rows:
            self._add(row)

    def _add(self, row: Transition) -> None:
        guards = [self._holds(guard) for guard in row.guards]
        for source in row.source:
            for dest, standing in destinations(row):
                self.machine.add_transition(
                    row.trigger, source, dest, conditions=[self._applies(row), *standing, *guards]
                )
                self.rows[self.machine.events[row.trigger].transitions[source.name][-1]] = row

    def _applies(self, row: Transition) -> Callable[[Any], bool]:
        p = self.policy.parameters

        def applies(data: Any) -> bool:
            account, command = data.model.account, data.model.command
            return command.by.role in row.actors and all(
                when.selector.read(account, command, p) in when.answers for when in row.when
            )

        return applies

    def _holds(self, guard: Guard) -> Callable[[Any], bool]:
        p, test, concerns = self.policy.parameters, guard.test, guard.applies

        def holds(data: Any) -> bool:
            account, command = data.model.account, data.model.command
            return test(account, command, p) if concerns(account, command, p) else True

        return holds

    def _event(self, data: Any) -> None:
        tried = data.model
        row = self.rows[data.transition]
        tried.event = event_of(self.policy, row, tried.account, tried.command, tried.state, ())

    def _whole(self, data: Any) -> None:
        tried = data.model
        account, command, dest, row = tried.account, tried.command, tried.state, self.rows[data.transition]
        made, draft = changes(self.policy, row, account, command, dest)
        tried.event = event_of(self.policy, row, account, command, dest, made)
        tried.after = draft.finished(account.state, dest, command.at)

    def fire(self, account: Account, command: Command) -> Try:
        """Fire *command* at *account*."""
        tried = Try(account, command)
        self.machine.events[command.trigger].trigger(tried)
        return tried


def destinations(row: Transition) -> tuple[tuple[State | None, tuple[Callable[[Any], bool], ...]], ...]:
    """Each destination of *row* with the condition it is taken under, if it has one."""

    def locked(data: Any) -> bool:
        return data.model.account.lock is not None

    def unlocked(data: Any) -> bool:
        return data.model.account.lock is None

    def suspended(data: Any) -> bool:
        return data.model.account.suspension is not None

    def unsuspended(data: Any) -> bool:
        return data.model.account.suspension is None

    if row.dest is Dest.RELEASE:
        return ((State.SECURITY_LOCKED, (locked,)), (State.ACTIVE, (unlocked,)))
    if row.dest is Dest.RESTRICTION:
        return ((State.SUSPENDED, (suspended,)), (State.SECURITY_LOCKED, (unsuspended,)))
    return ((row.dest, ()),)


def fired(machine: AccountMachine, account: Account, command: Command) -> Event:
    """Fire our machine and make the event."""
    attempt = machine.fire(account, command)
    assert attempt.row is not None
    return event_of(machine.policy, attempt.row, account, command, attempt.state, ())


def build(scale: float) -> Built:
    """Make the five sides over the walk."""
    world, walk = steps()
    machine = world.machine
    stock, whole = Stock(machine.policy, whole=False), Stock(machine.policy, whole=True)
    rounds = max(1, int(200 * scale))

    def side(name: str, ask: Callable[[Account, Command], object]) -> Side:
        return Side(name, lambda: _walked(ask, walk, rounds), rounds * len(walk))

    return Built(
        (
            side(STOCK, stock.fire),
            side(OURS, lambda account, command: fired(machine, account, command)),
            side(STOCK_WHOLE, whole.fire),
            side(DECIDE, lambda account, command: decide(machine, account, command)),
            side(EXPLAIN, lambda account, command: explain(machine, account, command)),
        )
    )


def _walked(ask: Callable[[Account, Command], object], walk: tuple[Step, ...], rounds: int) -> None:
    for _ in range(rounds):
        for step in walk:
            ask(step.account, step.command)


GROUP = Group(
    name="deciding",
    title="Deciding a step of the shipped policy",
    says="a walk of nine steps from lock to granted appeal",
    clock="CPU",
    names=(STOCK, OURS, STOCK_WHOLE, DECIDE, EXPLAIN),
    build=build,
    targets=(Target(OURS, STOCK, 0.45), Target(DECIDE, STOCK_WHOLE, 1.0)),
)
