"""Three machines over one account: one log, one version, and each keeps to its own states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
import transitions
from support import AGENT, active

from lifecycle import Lifecycle
from lifecycle.decide import decide, facts_needed, options
from lifecycle.engine import LeanMachine
from lifecycle.errors import PolicyError
from lifecycle.fold import replay
from lifecycle.imports import imported
from lifecycle.machine import AccountMachine, shared
from lifecycle.model import (
    MACHINES,
    STANDING,
    Account,
    Actor,
    Command,
    Decision,
    MembershipState,
    Role,
    State,
    machine_of,
)
from lifecycle.policy import policy, shipped
from lifecycle.rows import Policy, StartTimer, Then, TimerRule, Transition
from lifecycle.settle import settle

START = dt.datetime(2026, 2, 2, 9, 0, tzinfo=dt.UTC)
HOLDER, SYSTEM = Actor.holder("acc"), Actor.system()

JOIN = Transition(
    title="take a trial",
    actors=(Role.HOLDER,),
    trigger="take_trial",
    source=MembershipState.NO_MEMBERSHIP,
    dest=MembershipState.TRIAL,
    effects=(StartTimer("trial_runs_out", after="deletion_processing"),),
    cites=("D-08",),
)
LEAVE = Transition(
    title="end a trial",
    actors=(Role.HOLDER, Role.SYSTEM),
    trigger="end_trial",
    source=MembershipState.TRIAL,
    dest=MembershipState.TERMINATED,
    cites=("D-08",),
)
PRESS = Transition(
    title="leave everything at once",
    actors=(Role.HOLDER,),
    trigger="leave_all",
    source=State.ACTIVE,
    dest=State.DEACTIVATED,
    effects=(Then("end_trial"),),
    cites=("D-08",),
)
RUNS_OUT = TimerRule("trial_runs_out", "end_trial", (MembershipState.TRIAL,), "A trial ends.")


def small(*rows: Transition) -> Policy:
    """The shipped policy's account machine with a small membership beside it."""
    shipped = policy()
    own = {row.trigger for row in shipped.of("account")}
    kept = tuple(attrs.evolve(row, effects=_within(row, own)) for row in shipped.of("account"))
    used = {guard for row in kept for guard in row.guards}
    timers = {name: rule for name, rule in shipped.timers.items() if rule.machine == "account"}
    return attrs.evolve(
        shipped,
        rows=(*kept, *rows),
        guards=tuple(guard for guard in shipped.guards if guard in used),
        timers={**timers, RUNS_OUT.name: RUNS_OUT},
    )


def _within(row: Transition, triggers: set[str]) -> tuple[Any, ...]:
    """The effects of a row, less what it sets off in the machines that are left out."""
    return tuple(e for e in row.effects if not isinstance(e, Then) or e.trigger in triggers)


@pytest.fixture(scope="module")
def machine() -> AccountMachine:
    """A machine with two machines in it, the states of the membership it does not use left out of the check."""
    every = [
        Transition(
            title=f"be {state.words}",
            actors=(Role.SYSTEM,),
            trigger=f"be_{state.value}",
            source=MembershipState.TRIAL,
            dest=state,
            cites=("D-08",),
        )
        for state in MembershipState
        if state not in (MembershipState.NO_MEMBERSHIP, MembershipState.TRIAL, MembershipState.TERMINATED)
    ]
    back = Transition(
        title="end it",
        actors=(Role.SYSTEM,),
        trigger="end_all",
        source=tuple(row.dests[0] for row in every),
        dest=MembershipState.TERMINATED,
        cites=("D-08",),
    )
    return AccountMachine(small(JOIN, LEAVE, PRESS, *every, back))


@pytest.fixture
def account(machine: AccountMachine) -> Account:
    """An active account without a membership."""
    event = imported(machine.policy, "acc", State.ACTIVE, {}, START, SYSTEM)
    return replay("acc", [event])


def ask(
    machine: AccountMachine, account: Account, trigger: str, by: Actor = HOLDER, facts: Mapping[str, Any] | None = None
) -> Decision:
    """What comes of a trigger an hour after the last event."""
    at = (account.at or START) + dt.timedelta(hours=1)
    return decide(machine, account, Command(trigger, "acc", by, at, machine.policy.facts(facts)))


def test_states_are_told_apart_by_name() -> None:
    """No two machines share the name of a state, and each state knows its machine."""
    shipped = policy()
    assert len(shipped.named) == sum(len(states) for states in shipped.states.values())
    assert all(machine_of(state) == name for name, states in shipped.states.items() for state in states)
    assert MACHINES.keys() == STANDING.keys() == shipped.states.keys()


def test_a_membership_moves_alone(machine: AccountMachine, account: Account) -> None:
    """A row of the membership moves the membership, leaves the account where it is, and counts the one version."""
    decision = ask(machine, account, "take_trial")
    after = decision.account
    assert (after.membership_state, after.state, after.version) == (MembershipState.TRIAL, State.ACTIVE, 2)
    assert after.since == account.since
    assert (decision.event.machine, decision.event.source) == ("membership", MembershipState.NO_MEMBERSHIP)
    assert decision.dest is MembershipState.TRIAL


def test_the_other_machine_does_not_void_a_timer(machine: AccountMachine, account: Account) -> None:
    """A membership's timer lives on while the account moves, and ends with the membership's own state."""
    joined = ask(machine, account, "take_trial").account
    paused = ask(machine, joined, "deactivate", facts={"signed_in": True, "identifier_matches": True}).account
    assert (paused.state, paused.timer("trial_runs_out")) == (State.DEACTIVATED, joined.timer("trial_runs_out"))
    assert ask(machine, paused, "end_trial").account.timer("trial_runs_out") is None


def test_a_timer_fires_in_its_own_machine(machine: AccountMachine, account: Account) -> None:
    """A due timer of the membership is settled like any other."""
    joined = ask(machine, account, "take_trial").account
    settled = settle(machine, joined, START + dt.timedelta(days=9))
    assert settled.account.membership_state is MembershipState.TERMINATED
    assert [event.machine for event in settled.events] == ["membership"]


def test_one_machine_sets_off_another(machine: AccountMachine, account: Account) -> None:
    """What follows at the same instant may belong to another machine; the answer tells where the first one ended."""
    decision = ask(machine, ask(machine, account, "take_trial").account, "leave_all")
    assert [(event.machine, event.trigger) for event in decision.events] == [
        ("account", "leave_all"),
        ("membership", "end_trial"),
    ]
    assert decision.dest is State.DEACTIVATED
    assert decision.account.membership_state is MembershipState.TERMINATED


def test_what_cannot_follow_does_not(machine: AccountMachine, account: Account) -> None:
    """Where the other machine stands elsewhere, nothing follows and nothing is refused."""
    decision = ask(machine, account, "leave_all")
    assert [event.trigger for event in decision.events] == ["leave_all"]
    assert facts_needed(machine, account, decision.command) == frozenset()


def test_refused_from_its_own_state(machine: AccountMachine, account: Account) -> None:
    """A refusal for the state names the states of the machine that was asked."""
    (refusal,) = ask(machine, account, "end_trial").refusals
    assert (refusal.code, refusal.value, refusal.limit) == (
        "not_from_this_state",
        {"state": "no membership"},
        ["trial"],
    )


def test_options_of_both(machine: AccountMachine, account: Account) -> None:
    """What an actor could do next is asked of every machine."""
    asked = Command("", "acc", HOLDER, START)
    triggers = {option.trigger for option in options(machine, account, asked)}
    assert {"take_trial", "leave_all", "deactivate"} <= triggers
    assert "end_trial" not in triggers


def test_the_log_makes_the_same_account(machine: AccountMachine, account: Account) -> None:
    """Folding the events of both machines makes the account that the decisions made."""
    first = imported(machine.policy, "acc", State.ACTIVE, {}, START, SYSTEM)
    joined = ask(machine, account, "take_trial")
    left = ask(machine, joined.account, "leave_all")
    assert replay("acc", [first, *joined.events, *left.events]) == left.account


def test_a_trigger_in_two_machines() -> None:
    """A trigger that two machines know is refused when the policy is built."""
    with pytest.raises(PolicyError, match='"take_trial" belongs to several machines: account, membership'):
        AccountMachine(small(JOIN, LEAVE, attrs.evolve(PRESS, trigger="take_trial", effects=())))


def test_a_row_in_two_machines() -> None:
    """A row from a state of one machine to a state of another is refused."""
    with pytest.raises(PolicyError, match="mixes the states of several machines"):
        AccountMachine(small(JOIN, attrs.evolve(LEAVE, dest=State.DELETED)))


def test_an_import_says_where_each_stands(machine: AccountMachine) -> None:
    """An account may arrive with a membership and a level from elsewhere."""
    given = {"membership_state": "paid", "level": "gold"}
    account = replay(
        "acc", [imported(machine.policy, "acc", State.SUSPENDED, {**given, "ground": "chargeback"}, START, SYSTEM)]
    )
    assert {name: account.standing(name).value for name in MACHINES} == {
        "account": "suspended",
        "membership": "paid",
        "level": "gold",
    }


def test_a_timer_knows_its_machine(machine: AccountMachine, account: Account) -> None:
    """A timer carries the machine it belongs to, as its event does (D-06)."""
    timer = ask(machine, account, "take_trial").account.timer("trial_runs_out")
    assert timer is not None
    assert timer.machine == "membership"


def listened(engine: LeanMachine) -> list[tuple[str, State]]:
    """Attach a callback wherever one may stand, and return what they hear: who, and where the attempt is then."""
    heard: list[tuple[str, State]] = []

    def hear(name: str) -> Any:
        return lambda data: heard.append((name, data.model.state))

    engine.before_state_change = hear("before")
    engine.after_state_change = hear("after")
    engine.states["ACTIVE"].on_exit.append(hear("exit"))
    engine.states["SECURITY_LOCKED"].on_enter.append(hear("enter"))
    engine.states["SECURITY_LOCKED"].final = True
    engine.on_final = hear("final")
    return heard


def lock() -> tuple[Account, Command]:
    """An active account, and the command that locks it."""
    world = active()
    return world.account, world.command("lock", AGENT, {"ground": "new_device"})


def test_callbacks_of_an_engine_are_called() -> None:
    """Whoever attaches callbacks to an engine of ours hears of each step, in the order of the stock machine."""
    own = AccountMachine(policy())
    heard = listened(own.engine)
    around = [("before", State.ACTIVE), ("exit", State.ACTIVE)]
    inside = [(name, State.SECURITY_LOCKED) for name in ("enter", "final", "after")]
    assert own.fire(*lock()).state is State.SECURITY_LOCKED
    assert heard == [*around, *inside]
    heard.clear()
    own.engine.prepare_event = lambda data: heard.append(("prepare", data.model.state))
    own.engine.finalize_event = lambda data: heard.append(("finalize", data.model.state))
    own.fire(*lock())
    assert heard == [("prepare", State.ACTIVE), *around, *inside, ("finalize", State.SECURITY_LOCKED)]


def test_an_error_in_a_callback_is_the_callers() -> None:
    """What a callback raises reaches whoever fired, and stands in the data of the event as well."""
    own, seen = AccountMachine(policy()), []

    def fail(data: Any) -> None:
        seen.append(data)
        raise LookupError("on purpose")

    own.engine.before_state_change = fail
    with pytest.raises(LookupError, match="on purpose") as caught:
        own.fire(*lock())
    assert seen[0].error is caught.value
    assert (seen[0].result, seen[0].state.value) == (False, State.ACTIVE)


def test_services_of_one_policy_share_its_machine() -> None:
    """A policy is checked and made a machine of once, however many services have it; its twin has one of its own."""
    with Lifecycle.open("memory:") as one, Lifecycle.open("memory:") as two:
        assert one.policy is two.policy is shipped()
        assert one.machine is two.machine is shared(shipped())
    with Lifecycle.open("memory:", policy=policy()) as twin:
        assert twin.machine is not one.machine
        assert twin.machine.policy is twin.policy


def test_a_policy_that_contradicts_itself_is_refused_each_time() -> None:
    """Nothing is kept of a policy that was refused: whoever opens it again hears the same."""
    wrong = attrs.evolve(policy(), guards=())
    said = set()
    for _ in range(2):
        with pytest.raises(PolicyError) as caught:
            Lifecycle.open("memory:", policy=wrong)
        said.add(str(caught.value))
    assert len(said) == 1


def test_a_trigger_that_does_not_leave_a_state() -> None:
    """An engine that is fired from where no row begins says so, as the stock machine does."""
    own = AccountMachine(policy())
    account, command = lock()
    with pytest.raises(transitions.MachineError):
        own.fire(attrs.evolve(account, state=State.DELETED), command)
