"""A policy that contradicts itself is refused when it is built, naming every mistake and its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from lifecycle.errors import PolicyError
from lifecycle.machine import AccountMachine
from lifecycle.model import Role, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy_check import check_policy
from lifecycle.rows import (
    Add,
    Close,
    Count,
    Dest,
    Effect,
    Ground,
    Guard,
    Notify,
    Open,
    Policy,
    Remove,
    Selector,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Then,
    TimerRule,
    Transition,
)

SHIPPED = policy()
WARN = "warn:active:system"
COIN = Selector("coin", "Heads?", {"heads": "heads"}, lambda account, command, p: "heads", needs=("luck",))


def with_row(name: str, **changes: Any) -> Policy:
    """The shipped policy with one row changed."""
    rows = tuple(attrs.evolve(row, **changes) if row.name == name else row for row in SHIPPED.rows)
    assert any(row.name == name for row in SHIPPED.rows)
    return attrs.evolve(SHIPPED, rows=rows)


def with_effect(*effects: Effect, **changes: Any) -> Policy:
    """The shipped policy whose warning row does something more."""
    (row,) = (row for row in SHIPPED.rows if row.name == WARN)
    return with_row(WARN, effects=(*row.effects, *effects), **changes)


def without(*triggers: str) -> Policy:
    """The shipped policy without the rows of these triggers."""
    return attrs.evolve(SHIPPED, rows=tuple(row for row in SHIPPED.rows if row.trigger not in triggers))


def with_guard(name: str, **changes: Any) -> Policy:
    """The shipped policy with one guard changed, in its rows as well."""
    swapped = {g: attrs.evolve(g, **changes) for g in SHIPPED.guards if g.name == name}

    def swap(guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
        return tuple(next((new for old, new in swapped.items() if old is g), g) for g in guards)

    rows = tuple(attrs.evolve(row, guards=swap(row.guards)) for row in SHIPPED.rows)
    return attrs.evolve(SHIPPED, rows=rows, guards=swap(SHIPPED.guards))


def with_timer(**changes: Any) -> Policy:
    """The shipped policy with the timer for erasing changed."""
    return attrs.evolve(SHIPPED, timers={**SHIPPED.timers, "erase": attrs.evolve(SHIPPED.timers["erase"], **changes)})


def with_ground(**changes: Any) -> Policy:
    """The shipped policy with one ground changed."""
    ground = attrs.evolve(SHIPPED.grounds["chargeback"], **changes)
    return attrs.evolve(SHIPPED, grounds={**SHIPPED.grounds, "chargeback": ground})


def also(*rows: Transition) -> Policy:
    """The shipped policy with further rows."""
    return attrs.evolve(SHIPPED, rows=(*SHIPPED.rows, *rows))


def made(**changes: Any) -> Transition:
    """A row that is complete but for *changes*."""
    row: dict[str, Any] = {"title": "New", "actors": (Role.AGENT,), "trigger": "new", "source": State.ACTIVE}
    return Transition(**{**row, "cites": ("D-09",), **changes})


LOOSE = attrs.evolve(SHIPPED.guards[0], name="loose")
ROW = f'the row "{WARN}"'

MISTAKES: dict[str, tuple[Any, str]] = {
    "leaves deleted": (
        lambda: with_row("refuse_erasure:deleted:system+agent", dest=State.ACTIVE),
        'the row "refuse_erasure:deleted:system+agent" leaves deleted',
    ),
    "row cites nothing": (lambda: with_row(WARN, cites=()), f"{ROW} cites nothing"),
    "row cites unknown": (lambda: with_row(WARN, cites=("G9-99",)), f'{ROW} cites "G9-99", which nobody knows'),
    "guard cites nothing": (lambda: with_guard("signed_in", cites=()), 'the guard "signed_in" cites nothing'),
    "ground cites nothing": (lambda: with_ground(cites=()), 'the ground "chargeback" cites nothing'),
    "nobody may": (lambda: also(made(actors=())), 'the row "new:active:" may be done by nobody'),
    "nowhere to nowhere": (lambda: also(made(source=None)), "has neither a source nor a destination"),
    "unknown guard": (lambda: with_row(WARN, guards=(LOOSE,)), f'{ROW} uses the guard "loose", which is not among'),
    "guard cannot fail": (
        lambda: with_row(
            "lock:active+deactivated:agent", guards=[g for g in SHIPPED.guards if g.name == "no_lock_stands"]
        ),
        'uses the guard "no_lock_stands", which cannot fail while the account is',
    ),
    "unused guard": (
        lambda: attrs.evolve(SHIPPED, guards=(*SHIPPED.guards, LOOSE)),
        'no row uses the guard "loose"',
    ),
    "guard needs unknown fact": (
        lambda: with_guard("signed_in", needs=("signed_on",)),
        'the guard "signed_in" needs an unknown fact "signed_on". Did you mean "signed_in"?',
    ),
    "two guards of a name": (
        lambda: attrs.evolve(SHIPPED, guards=(*SHIPPED.guards, SHIPPED.guards[0])),
        f'two guards are called "{SHIPPED.guards[0].name}"',
    ),
    "two rows of a name": (
        lambda: also(attrs.evolve(SHIPPED.rows[0])),
        'two rows are called "register:none:holder"',
    ),
    "two rows can both apply": (
        lambda: also(made(trigger="warn", actors=(Role.SYSTEM, Role.AGENT))),
        f'the rows "{WARN}" and "warn:active:system+agent" can both apply',
    ),
    "two registrations": (
        lambda: also(made(trigger="register", actors=(Role.HOLDER, Role.AGENT), source=None, dest=State.ACTIVE)),
        'the rows "register:none:holder" and "register:none:holder+agent" can both apply',
    ),
    "selector needs unknown fact": (
        lambda: with_row(WARN, when=(COIN.is_("heads"),)),
        'chooses by an unknown fact "luck"',
    ),
    "selector never answers": (
        lambda: with_row(WARN, when=(COIN.is_("tails"),)),
        'asks "coin" for the answer "tails", which it never gives',
    ),
    "unknown challenge": (
        lambda: with_row(WARN, challenge="lock"),
        f'{ROW} takes a code for "lock", which is no challenge',
    ),
    "unknown notice": (
        lambda: with_effect(Notify("warming")),
        f'{ROW} sends an unknown notice "warming". Did you mean "warning"?',
    ),
    "unknown notice of a code": (
        lambda: with_effect(SendCode("unlock_code", lives="unlock_code_ttl", notice="pigeon")),
        'sends an unknown notice "pigeon"',
    ),
    "unknown timer": (
        lambda: with_effect(StartTimer("eraze", after="erasure_retry")),
        f'{ROW} names an unknown timer "eraze". Did you mean "erase"?',
    ),
    "unknown timer stopped": (lambda: with_effect(StopTimer("tea")), f'{ROW} names an unknown timer "tea"'),
    "timer without a time": (
        lambda: with_effect(StartTimer("erase")),
        f'{ROW} must say either after= or at= for the timer "erase"',
    ),
    "timer after unknown period": (
        lambda: with_effect(StartTimer("erase", after="erasure_retri")),
        'arms a timer after an unknown period "erasure_retri". Did you mean "erasure_retry"?',
    ),
    "unknown follower": (
        lambda: with_effect(Then("auto_rejekt")),
        f'{ROW} lets follow an unknown trigger "auto_rejekt". Did you mean "auto_reject"?',
    ),
    "follower not the system's": (
        lambda: with_effect(Then("auto_reject")),
        'lets follow "auto_reject", which the system may not do while the account is active',
    ),
    "code for no challenge": (
        lambda: with_effect(SendCode("lock", lives="unlock_code_ttl", notice="unlock_code")),
        'sends a code for "lock", which is no challenge',
    ),
    "code of unknown life": (
        lambda: with_effect(SendCode("unlock_code", lives="unlock_code_tll", notice="unlock_code")),
        'lives for an unknown period "unlock_code_tll". Did you mean "unlock_code_ttl"?',
    ),
    "code of unknown length": (
        lambda: with_effect(
            SendCode("unlock_code", lives="unlock_code_ttl", notice="unlock_code", digits="unlock_code_digit")
        ),
        'sends a code of an unknown length "unlock_code_digit". Did you mean "unlock_code_digits"?',
    ),
    "unknown record": (
        lambda: with_effect(Open("warming")),
        'changes an unknown record "warming". Did you mean "warning"?',
    ),
    "unknown record closed": (lambda: with_effect(Close("mood")), 'changes an unknown record "mood"'),
    "unknown field set": (
        lambda: with_effect(Set("warning", fixed={"colour": "red"})),
        'sets "colour", which the record "warning" does not have',
    ),
    "unknown field of the account": (
        lambda: with_effect(Set("account", fixed={"mood": "good"})),
        'sets "mood", which the record "account" does not have',
    ),
    "unknown field counted": (
        lambda: with_effect(Count("unlock_code", "guesses")),
        'counts "guesses", which the record "unlock_code" does not have',
    ),
    "record opened half": (lambda: with_effect(Open("warning")), f'{ROW} opens "warning" without its "ground"'),
    "unknown fact taken": (lambda: with_effect(Set("pause", take=("warned",))), 'takes an unknown fact "warned"'),
    "unknown fact added": (lambda: with_effect(Add("strikes", take="luck")), 'takes an unknown fact "luck"'),
    "unknown list": (lambda: with_effect(Remove("grudges", take="hold")), 'changes an unknown list "grudges"'),
    "release moves the lock": (
        lambda: with_effect(Close("lock"), dest=Dest.RELEASE),
        f"{ROW} both changes the lock and leads to wherever the lock leaves the account",
    ),
    "restriction moves the suspension": (
        lambda: with_effect(Close("suspension"), dest=Dest.RESTRICTION),
        f"{ROW} both changes the suspension and leads to wherever the suspension leaves the account",
    ),
    "timer never armed": (
        lambda: attrs.evolve(
            SHIPPED, timers={**SHIPPED.timers, "tea": TimerRule("tea", "erase", (State.DELETED,), "")}
        ),
        'the timer "tea" is never armed',
    ),
    "timer of unknown trigger": (
        lambda: with_timer(trigger="eraze"),
        'the timer "erase" fires an unknown trigger "eraze"',
    ),
    "timer the system may not fire": (
        lambda: with_timer(trigger="request_erasure"),
        'the timer "erase" fires "request_erasure", which the system may not do while the account is deleted',
    ),
    "timer instead of unknown trigger": (
        lambda: with_timer(instead="wait"),
        'the timer "erase" fires an unknown trigger "wait"',
    ),
    "timer retried after unknown period": (
        lambda: with_timer(retry="a_while"),
        'the timer "erase" is retried after an unknown period "a_while"',
    ),
    "ground restricts by nothing": (
        lambda: with_ground(restricts="shame"),
        'the ground "chargeback" restricts by "shame"; it must be lock or suspension',
    ),
    "ground of unknown limit": (
        lambda: with_ground(signals={"seen": "seen_limit"}),
        'the ground "chargeback" names an unknown parameter "seen_limit"',
    ),
    "ground of unknown end": (
        lambda: with_ground(ends_after="soon"),
        'the ground "chargeback" ends_after names no period: no parameter is called "soon"',
    ),
    "ground of unknown evidence": (
        lambda: with_ground(remedy_evidence=("pasport",)),
        'asks for an unknown kind of evidence "pasport". Did you mean "passport"?',
    ),
    "unreachable state": (lambda: without("appeal", "escalate"), "no row ever leads to under appeal"),
    "no way out": (
        lambda: without("reactivate", "press_delete", "lock", "suspend", "warning_runs_out"),
        "there is no way out of deactivated",
    ),
    "no way out but deletion": (
        lambda: without(
            *("reactivate", "abandon_deletion", "closure_lapses", "withdraw_closure"),
            *("lock", "suspend", "warning_runs_out"),
        ),
        "there is no way out of pending deletion but to be deleted",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused(mistake: str) -> None:
    """The mistake is found when the policy is built, in words that name what is wrong."""
    build, words = MISTAKES[mistake]
    with pytest.raises(PolicyError) as refused:
        AccountMachine(build())
    assert any(words in said for said in refused.value.mistakes), refused.value.mistakes
    assert words in str(refused.value)


def test_all_mistakes_at_once() -> None:
    """A policy with several mistakes is refused once, with every one of them, and how many there are."""
    broken = with_effect(Notify("pigeon"), StopTimer("tea"), cites=())
    broken = attrs.evolve(broken, grounds={"odd": Ground("odd", "odd", "shame", ("G3-10",))}, signals={})
    with pytest.raises(PolicyError, match="the policy has 4 mistakes:") as refused:
        check_policy(broken)
    assert len(refused.value.mistakes) == 4
    assert str(refused.value).count("\n") == 4


def test_one_mistake_is_singular() -> None:
    """One mistake is called a mistake."""
    assert str(PolicyError(["x"])).startswith("the policy has 1 mistake:")


def _reading(default: Any, choices: tuple[Any, ...], value: Any) -> Any:
    """A list of everything but the value, a table of it alone, or the value itself."""
    if isinstance(default, tuple):
        return tuple(each for each in choices if each != value)
    return dict.fromkeys(default, value) if isinstance(default, Mapping) else value


READINGS = [
    (f.name, _reading(f.default, choices, value))
    for f in attrs.fields(Parameters)
    for choices in [f.metadata.get("choices", ())]
    for value in choices
]


@pytest.mark.parametrize(("name", "value"), [("warning_lead_min", Parameters().warning_lead_min), *READINGS])
def test_the_shipped_policy_holds(name: str, value: Any) -> None:
    """The guides' policy has no mistake, under its defaults and under every value of every choice."""
    shipped = policy(Parameters(**{name: value}))
    check_policy(shipped)
    assert getattr(shipped.parameters, name) == value
