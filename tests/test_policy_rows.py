"""The rows against the catalogue: who may do what from where, and what must never be."""

from __future__ import annotations

import re

import pytest
from support import START, machine_of
from who_may import MAY, ROLES, STATES

from lifecycle.decide import explain
from lifecycle.model import ACCOUNT, MACHINES, STANDING, Account, Actor, AnyState, Command, State
from lifecycle.policy import CHAPTERS, policy
from lifecycle.policy.parameters import Parameters

SHIPPED = policy()
DELETION_ONLY = policy(Parameters(deactivate_button_effect="deletion_only"))
CATALOGUE = """
T-01 -  A  h    T-02 A  L  s    T-03 A  S  sr   T-04 A  S  sr   T-04 S  S  r    T-05 L  A  h    T-06 L  A  a
T-07 S  U  h    T-07 L  U  h    T-08 U  A  r    T-09 U  S  r    T-10 U  S  s    T-11 S  U  h    T-12 U  A  v
T-13 U  S  v    T-14 S  S  h    T-15 S  A  a    T-16 A  D  h    T-17 A  D  a    T-18 D  A  h    T-19 D  P  h
T-20 P  X  h    T-21 P  D  hs   T-22 A  P  h    T-23 P  P  h    T-24 P  X  s    T-25 P  A  a    T-26 A  P  h
T-26 P  P  h    T-27 P  A  s    T-28 L  A  s
"""
"""Section 0.4 of the catalogue: transition, from, to, and each role that takes it."""


def stands(letter: str) -> dict[str, AnyState]:
    """The field of an account that says it stands where the table means, if it means a state."""
    state = STATES.get(letter) or SHIPPED.named.get(letter)
    return {field: state for name, field in STANDING.items() if isinstance(state, MACHINES[name])}


def answer(trigger: str, letter: str, role: str) -> str | None:
    """The code under which an attempt is refused for its role or state alone, if it is."""
    account = Account("acc", version=int(letter != "-"), **stands(letter))
    actor = Actor(ROLES[role], "acc")
    refusals = explain(machine_of(), account, Command(trigger, "acc", actor, START)).refusals
    codes = {"role_may_never", "not_from_this_state", "not_this_role_here"} & {r.code for r in refusals}
    return codes.pop() if codes else None


def test_the_matrix_names_every_trigger() -> None:
    """The table below speaks of every trigger of the policy, and of no other."""
    assert set(MAY) == set(SHIPPED.triggers)


@pytest.mark.parametrize("trigger", MAY)
def test_the_full_matrix(trigger: str) -> None:
    """For each state and role: allowed to try where the table says so, and refused by the right name elsewhere."""
    may = {state: roles for state, roles in MAY[trigger].items() if roles}
    ever = set().union(*may.values())
    machine = next((row.machine for row in SHIPPED.rows if row.trigger == trigger), ACCOUNT)
    there = STATES if machine == ACCOUNT else [state.value for state in SHIPPED.states[machine]]
    for letter in ("-", *there):
        for role in ROLES:
            expected = (
                "role_may_never"
                if role not in ever
                else "not_from_this_state"
                if letter not in may
                else None
                if role in may[letter]
                else "not_this_role_here"
            )
            assert answer(trigger, letter, role) == expected, (trigger, letter, role)


@pytest.mark.parametrize("word", re.findall(r"T-\d\d +\S +\S +\S+", CATALOGUE))
def test_the_catalogue_is_covered(word: str) -> None:
    """Each transition of the catalogue is cited by a row that leads from there to there, for each of its roles."""
    label, source, dest, roles = word.split()
    rows = [row for row in SHIPPED.rows if label in row.cites]
    for role in roles:
        assert any(
            ROLES[role] in row.actors
            and (STATES[source] in row.source if source in STATES else not row.source)
            and (STATES[dest] in row.dests if source != dest else not row.dests)
            for row in rows
        ), f"{label}: no row leads from {source} to {dest} for {ROLES[role].words}"


def test_the_catalogue_is_complete() -> None:
    """The table above holds T-01 to T-28, and every such label that is cited is one of them."""
    labels = set(re.findall(r"T-\d\d", CATALOGUE))
    assert labels == {f"T-{n:02}" for n in range(1, 29)}
    assert {c for row in SHIPPED.rows for c in row.cites if c.startswith("T-")} == labels


@pytest.mark.parametrize("shipped", [SHIPPED, DELETION_ONLY], ids=["two_stage", "deletion_only"])
def test_citations(shipped: object) -> None:
    """Every row, guard and ground cites only what is known, and rows and guards cite a rule or a decision."""
    for each in (*shipped.rows, *shipped.guards, *shipped.grounds.values()):  # type: ignore[attr-defined]
        assert set(each.cites) <= set(shipped.citations), each.name  # type: ignore[attr-defined]
        assert any(re.fullmatch(r"G\d-\d+|D-\d\d|four-eyes|judged-once", cite) for cite in each.cites), each.name


@pytest.mark.parametrize("letter", ["L", "S", "U"])
@pytest.mark.parametrize("trigger", ["press_delete", "request_closure", "deactivate", "confirm_deletion"])
def test_no_leaving_while_restricted(trigger: str, letter: str) -> None:
    """Deletion, closure and deactivation out of locked, suspended or under appeal are refused to the holder."""
    assert answer(trigger, letter, "h") == "not_from_this_state"


@pytest.mark.parametrize("letter", ["A", "D", "P"])
def test_no_appeal_without_a_restriction(letter: str) -> None:
    """An appeal out of active, deactivated or pending deletion is refused."""
    assert answer("appeal", letter, "h") == "not_from_this_state"


@pytest.mark.parametrize("letter", ["L", "S"])
def test_no_reactivation_while_restricted(letter: str) -> None:
    """Reactivation out of suspended or locked is refused."""
    assert answer("reactivate", letter, "h") == "not_from_this_state"


@pytest.mark.parametrize("shipped", [SHIPPED, DELETION_ONLY], ids=["two_stage", "deletion_only"])
def test_nothing_leaves_deleted(shipped: object) -> None:
    """No row leads out of deleted."""
    rows = [row for row in shipped.rows if State.DELETED in row.source]  # type: ignore[attr-defined]
    assert rows
    assert all(row.dest is None for row in rows)


def test_row_names_and_titles_are_unique() -> None:
    """No two rows share a name, nor a title a person would read."""
    assert len({row.name for row in SHIPPED.rows}) == len({row.title for row in SHIPPED.rows}) == len(SHIPPED.rows)


def test_every_row_says_its_chapter() -> None:
    """Each row knows the file it stands in, and the chapters come in the order in which the policy names them."""
    chapters = list(dict.fromkeys(row.chapter for row in SHIPPED.rows))
    assert chapters == [chapter.__name__.rsplit(".", 1)[1] for chapter in CHAPTERS]


def test_capabilities_cover_every_state() -> None:
    """Each capability answers for each of the seven states, and buying is for active accounts alone."""
    for capability in SHIPPED.capabilities.values():
        assert {capability.said_in(state) for state in State} <= {"yes", "no"}
    assert [state for state in State if SHIPPED.capabilities["buy"].open_in(state)] == [State.ACTIVE]
