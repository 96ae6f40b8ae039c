"""The traps of the `transitions` package, one test for each, so that an upgrade cannot surprise."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest
import support as s
import transitions
from support import AGENT, HOLDER, STRANGER, SYSTEM
from transitions.extensions.asyncio import AsyncMachine
from transitions.extensions.states import Timeout

from lifecycle.decide import decide
from lifecycle.errors import GuardFault, PolicyError
from lifecycle.machine import AccountMachine, Attempt
from lifecycle.model import Account, Command, State
from lifecycle.policy import policy
from lifecycle.rows import Dest, Guard

ENGINE = s.machine_of().engine
ROWS = s.machine_of().policy.rows
REACTIVATE = {"signed_in": True}


def with_test(name: str, test: Any) -> AccountMachine:
    """A machine of the shipped policy in which one guard tests something else."""
    shipped = policy()
    swapped = {id(g): attrs.evolve(g, test=test) for g in shipped.guards if g.name == name}

    def swap(guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
        return tuple(swapped.get(id(g), g) for g in guards)

    rows = tuple(attrs.evolve(row, guards=swap(row.guards)) for row in shipped.rows)
    return AccountMachine(attrs.evolve(shipped, rows=rows, guards=swap(shipped.guards)))


def deactivated_under(machine: AccountMachine) -> s.World:
    """A deactivated account that *machine* judges from now on."""
    world = s.deactivated()
    world.machine = machine
    return world


@pytest.mark.parametrize("value", [2, 1, 0, "yes", "", None, []])
def test_a_guard_that_returns_no_bool(value: object) -> None:
    """A guard that answers anything but a bool is a fault of the policy, never a silent denial or consent."""
    world = deactivated_under(with_test("signed_in", lambda account, command, p: value))
    with pytest.raises(GuardFault, match=f'the guard "signed_in" answered a {type(value).__name__}'):
        world.ask("reactivate", HOLDER, REACTIVATE)


def test_a_failed_guard_stops_at_the_first() -> None:
    """Every unmet guard is listed, in row order, though the first one failed."""
    facts = {**s.CLOSING, "signed_in": False, "consequences_read": False, "wallet_balance": 1}
    assert s.active().codes("request_closure", HOLDER, facts) == [
        "signed_in",
        "consequences_are_read",
        "wallet_is_empty",
    ]


def test_finalize_event_and_on_exception_swallow() -> None:
    """Nothing hangs on the hooks in which the engine loses errors, nor on any other of its hooks."""
    hooks = ("finalize_event", "on_exception", "prepare_event", "before_state_change", "after_state_change", "on_final")
    assert all(not getattr(ENGINE, hook) for hook in hooks)
    for state in ENGINE.states.values():
        assert not state.on_enter
        assert not state.on_exit
    for event in ENGINE.events.values():
        for transition in (t for several in event.transitions.values() for t in several):
            assert not transition.before
            assert not transition.after
            assert not transition.prepare


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_a_guard(interrupt: type[BaseException]) -> None:
    """An interrupt raised while a guard runs reaches the caller."""

    def stop(account: Account, command: Command, p: Any) -> bool:
        raise interrupt

    with pytest.raises(interrupt):
        deactivated_under(with_test("signed_in", stop)).ask("reactivate", HOLDER, REACTIVATE)


def test_a_raising_guard_leaves_the_state_moved() -> None:
    """A guard that raises is a fault that names the guard and hides the text; the account stays as it was."""

    def stop(account: Account, command: Command, p: Any) -> bool:
        raise ValueError("a secret")

    world = deactivated_under(with_test("signed_in", stop))
    before = world.account
    with pytest.raises(GuardFault, match='the guard "signed_in" failed with ValueError') as fault:
        world.ask("reactivate", HOLDER, REACTIVATE)
    assert "secret" not in str(fault.value)
    assert world.account is before
    assert before.state is State.DEACTIVATED


def test_a_failing_guard_leaves_the_account() -> None:
    """A denial hands back the very same account, in the same state."""
    world = s.deactivated()
    decision = world.ask("reactivate", HOLDER, {"signed_in": False})
    assert decision.account is world.account
    assert not decision.allowed
    attempt = world.machine.fire(world.account, decision.command)
    assert attempt.state is State.DEACTIVATED


def test_auto_transitions_bypass_guards() -> None:
    """No trigger exists but the policy's: there is no to_active that asks no guard."""
    engines = s.machine_of().engines
    assert {name: set(engine.events) for name, engine in engines.items()} == {
        name: {row.trigger for row in ROWS if row.source and row.machine == name} for name in engines
    }
    assert not any(name.startswith("to_") for engine in engines.values() for name in engine.events)


def test_queued_answers_true_on_refusal() -> None:
    """The machine is not queued, so the engine says False when a guard does."""
    world = s.deactivated()
    attempt = Attempt(world.account, world.command("reactivate", HOLDER, {"signed_in": False}))
    assert not ENGINE.has_queue
    assert ENGINE.events["reactivate"].trigger(attempt) is False


def test_misspelt_names_fail_only_when_fired() -> None:
    """A guard that is not the policy's own is refused when the machine is built."""
    row = next(row for row in ROWS if row.trigger == "reactivate")
    typo = attrs.evolve(row, guards=(attrs.evolve(row.guards[0], name="singed_in"),))
    rows = tuple(typo if r is row else r for r in ROWS)
    with pytest.raises(PolicyError, match='uses the guard "singed_in"'):
        AccountMachine(attrs.evolve(policy(), rows=rows))


def test_a_wildcard_source_includes_deleted() -> None:
    """No transition of the engine leads out of deleted."""
    moves = ENGINE.get_transitions(source=State.DELETED)
    assert moves
    assert all(t.dest is None for t in moves)


def test_timeout_states_start_threads() -> None:
    """The states are plain ones, and no thread is started by building a machine and deciding."""
    before = threading.active_count()
    world = s.appealed().tick(10 * s.DAY)
    assert threading.active_count() == before
    assert world.account.appeal.chased
    assert not any(isinstance(state, Timeout) for state in ENGINE.states.values())


def test_models_are_kept_and_searched() -> None:
    """After a thousand decisions the engine holds no model, and nothing keeps an attempt or its account alive."""
    world = s.deactivated()
    machine = world.machine
    for _ in range(1000):
        world.ask("reactivate", HOLDER, REACTIVATE)
    assert machine.engine.models == []

    class Watched(Attempt):
        """An attempt that can be watched."""

    account = attrs.evolve(world.account)
    attempt = Watched(account, world.command("reactivate", HOLDER, REACTIVATE))
    machine.engine.events["reactivate"].trigger(attempt)
    assert attempt.state is State.ACTIVE
    gone = [weakref.ref(attempt), weakref.ref(account)]
    del attempt, account
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


@pytest.mark.parametrize("state", State)
def test_attaching_resets_a_loaded_state(state: State) -> None:
    """An attempt on a loaded account starts in the state of the account, not in the engine's initial one."""
    account = Account("acc", version=7, state=state, holds=("audit",))
    world = s.World()
    attempt = world.machine.fire(account, world.command("release_hold", SYSTEM, {"hold": "audit"}))
    assert attempt.row is not None
    assert all(verdict.met for verdict in attempt.verdicts)
    assert attempt.state is state


def test_equal_accounts_clash() -> None:
    """Two equal accounts are decided apart, each by its own command."""
    one, two = s.deactivated(), s.deactivated()
    assert one.account == two.account
    assert one.account is not two.account
    assert one.ask("reactivate", HOLDER, REACTIVATE).dest is State.ACTIVE
    assert two.codes("reactivate", HOLDER, {"signed_in": False}) == ["signed_in"]


def test_threads_share_one_machine() -> None:
    """Eight threads decide thousands of times on one machine, and every answer is right."""
    cases: list[tuple[s.World, str, Any, Any, list[str], State]] = [
        (s.deactivated(), "reactivate", HOLDER, REACTIVATE, [], State.ACTIVE),
        (s.deactivated(), "reactivate", HOLDER, {"signed_in": False}, ["signed_in"], State.DEACTIVATED),
        (s.deactivated(), "reactivate", STRANGER, REACTIVATE, ["not_the_holder"], State.DEACTIVATED),
        (s.code_sent(), "verify", HOLDER, {"code_right": True}, [], State.ACTIVE),
        (s.code_sent(), "verify", HOLDER, {"code_right": False}, [], State.SECURITY_LOCKED),
        (s.locked(), "unlock", AGENT, {"packet_fields": 1}, ["identity_is_shown"], State.SECURITY_LOCKED),
    ]
    gate = threading.Barrier(8)

    def work(offset: int) -> int:
        gate.wait()
        wrong = 0
        for n in range(600):
            world, trigger, by, facts, codes, state = cases[(n + offset) % len(cases)]
            decision = decide(world.machine, world.account, world.command(trigger, by, facts))
            wrong += ([r.code for r in decision.refusals], decision.account.state) != (codes, state)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 0


def test_async_machine_cancels() -> None:
    """The engine is a synchronous machine, and a trigger of it answers at once."""
    assert isinstance(ENGINE, transitions.Machine)
    assert not isinstance(ENGINE, AsyncMachine)
    world = s.deactivated()
    attempt = Attempt(world.account, world.command("reactivate", HOLDER, REACTIVATE))
    assert ENGINE.events["reactivate"].trigger(attempt) is True


def test_states_are_the_seven() -> None:
    """The engine's states are exactly the seven members of the enum, and states are no strings."""
    assert [state.value for state in ENGINE.states.values()] == list(State)
    assert len(State) == 7


def _standing(row_dest: Any) -> list[Any]:
    """The destinations a row is written out to."""
    return {
        Dest.RELEASE: [State.SECURITY_LOCKED, State.ACTIVE],
        Dest.RESTRICTION: [State.SUSPENDED, State.SECURITY_LOCKED],
    }.get(row_dest, [row_dest])


@pytest.mark.parametrize("parameters", [{}, {"deactivate_button_effect": "deletion_only"}], ids=["two_stage", "one"])
def test_the_engine_is_the_policy(parameters: dict[str, Any]) -> None:
    """The engines hold every row, source and destination exactly once, under its trigger, with conditions to meet."""
    machine = s.machine_of(**parameters)
    rows = Counter(
        (row.trigger, source.name, dest.name if dest else None)
        for row in machine.policy.rows
        for source in row.source
        for dest in _standing(row.dest)
    )
    held = Counter(
        (event.name, t.source, t.dest)
        for engine in machine.engines.values()
        for event in engine.events.values()
        for several in event.transitions.values()
        for t in several
    )
    assert held == rows
    for event in (each for engine in machine.engines.values() for each in engine.events.values()):
        for transition in (t for several in event.transitions.values() for t in several):
            assert {c.target for c in transition.conditions} == {True}


def test_the_logger_is_nobodys_business() -> None:
    """Importing the library configures no logger of anybody."""
    program = (
        "import logging, lifecycle.machine, lifecycle.policy\n"
        "for name in ('', 'transitions', 'transitions.core', 'lifecycle'):\n"
        "    logger = logging.getLogger(name)\n"
        "    assert logger.level == (logging.WARNING if not name else logging.NOTSET), name\n"
        "    assert not [h for h in logger.handlers if not isinstance(h, logging.NullHandler)], name\n"
        "    assert logger.propagate and not logger.disabled, name\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=False, timeout=60, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
