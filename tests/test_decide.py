"""The brain: in which order it answers, what it asks for, and what a decision says of itself."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest
import support as s
from support import AGENT, CLEAR, COLLEAGUE, HOLDER, REVIEWER, START, STRANGER, SUPERVISOR, SYSTEM

from lifecycle.decide import facts_needed, options
from lifecycle.errors import BadEvidence, MissingFacts, TransitionDenied, UnknownTrigger
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Event, Evidence, Role, State
from lifecycle.rows import Selector

ALL = (HOLDER, AGENT, REVIEWER, SUPERVISOR, SYSTEM)
OBLIGATIONS = set(CLEAR)


def needed(world: s.World, trigger: str, by: Actor, facts: Any = None, evidence: Any = ()) -> set[str]:
    """The facts that deciding this would read."""
    return set(facts_needed(world.machine, world.account, world.command(trigger, by, facts, evidence)))


# --- the order of answers -----------------------------------------------------------------------------------------


def test_an_unknown_trigger_comes_first() -> None:
    """A trigger the policy does not know is an error with the nearest name, whoever asks."""
    with pytest.raises(UnknownTrigger, match=r'no rule of the policy is called "apeal". Did you mean "appeal"?'):
        s.suspended().ask("apeal", STRANGER)
    with pytest.raises(UnknownTrigger, match="The policy knows: abandon_deletion, "):
        facts_needed(s.machine_of(), Account("acc"), s.World().command("xyzzy", HOLDER))


def test_a_stranger_learns_nothing() -> None:
    """Somebody who is not the holder gets one answer, the same for every trigger, state, fact and evidence."""
    worlds = [s.World(), s.active(), s.suspended(), s.appealed(), s.closing(), s.deleted()]
    triggers = ("appeal", "grant", "deactivate", "register", "verify")
    answers = {w.ask(t, STRANGER, None, [s.PASSPORT]).refusals for w in worlds for t in triggers}
    assert len(answers) == 1
    ((refusal,),) = answers
    assert (refusal.code, refusal.value, refusal.limit) == ("not_the_holder", None, None)
    assert all(not needed(w, "deactivate", STRANGER) for w in worlds)
    assert all(options(w.machine, w.account, w.command("", STRANGER)) == () for w in worlds)


def test_role_before_state() -> None:
    """A role that may never do it is told so before anything about the state."""
    (refusal,) = s.deleted().ask("grant", HOLDER).refusals
    assert refusal.code == "role_may_never"
    assert (refusal.value, refusal.limit) == ("the account holder", ["a reviewer", "a supervisor"])


def test_state_before_role_here() -> None:
    """From a state nobody may do it from, the states it can be done from are named."""
    (refusal,) = s.active().ask("reactivate", HOLDER).refusals
    assert refusal.code == "not_from_this_state"
    assert (refusal.value, refusal.limit) == ({"state": "active"}, ["deactivated"])
    (again,) = s.active().ask("register", HOLDER).refusals
    assert (again.value, again.limit) == ({"state": "active"}, ["not registered"])
    (early,) = s.World().ask("appeal", HOLDER).refusals
    assert early.value == {"state": "not registered"}


def test_role_here() -> None:
    """Where somebody may but not this role, the roles that may are named."""
    machine = s.machine_of()
    rows = [row for row in machine.policy.rows if row.trigger != "lock" or Role.AGENT not in row.actors]
    extra = next(r for r in machine.policy.rows if r.name == "lock:suspended+under_appeal:agent")
    world = s.active()
    world.machine = AccountMachine(attrs.evolve(machine.policy, rows=(*rows, extra)))
    (refusal,) = world.ask("lock", AGENT, {"ground": "new_device"}).refusals
    assert (refusal.code, refusal.limit) == ("not_this_role_here", ["the system"])


def test_selectors_before_guards() -> None:
    """Where no row fits, the selectors of the nearest rows that answer otherwise are named, with what they answered."""
    (refusal,) = s.closing().ask("confirm_deletion", HOLDER).refusals
    assert refusal.code == "deletion_track"
    assert (refusal.value, refusal.limit) == ({"deletion_track": "request"}, ["direct"])
    (nearest,) = s.appealed().ask("reverse_decision", SUPERVISOR, {"lifts": "everything"}).refusals
    assert (nearest.code, nearest.limit) == ("lifts", ["suspension", "both", "lock"])


def test_registration_may_be_chosen_too() -> None:
    """A row that opens an account may depend on the situation like any other."""
    coin = Selector("coin", "Heads?", {"heads": "it is heads", "tails": "it is tails"}, lambda a, command, p: "tails")
    shipped = s.machine_of().policy
    rows = tuple(attrs.evolve(r, when=(coin.is_("heads"),)) if not r.source else r for r in shipped.rows)
    world = s.World()
    world.machine = AccountMachine(attrs.evolve(shipped, rows=rows))
    (refusal,) = world.ask("register", HOLDER, s.SIGN_UP).refusals
    assert (refusal.code, refusal.value, refusal.limit) == ("coin", {"coin": "tails"}, ["heads"])
    assert refusal.sentence == "The situation fits: it is heads."


# --- bad input ----------------------------------------------------------------------------------------------------


def test_missing_facts_are_all_named() -> None:
    """A decision that lacks facts names every one of them, but none with a default."""
    with pytest.raises(MissingFacts) as missing:
        s.active().ask("request_closure", HOLDER, {"signed_in": True, "open_orders": 0})
    unnamed = {"active_subscriptions", "open_orders", "refunds_not_asked"}
    assert set(missing.value.names) == (OBLIGATIONS - unnamed) | {"consequences_read", "identity_proven"}
    assert "Pass them in facts=" in str(missing.value)


def test_a_missing_reserved_fact_is_named() -> None:
    """The fact that only the service supplies is named when it is what is missing."""
    with pytest.raises(MissingFacts, match="without: code_right"):
        s.code_sent().ask("verify", HOLDER)


def test_a_missing_fact_of_an_effect() -> None:
    """A fact that only an effect takes is asked for as well."""
    with pytest.raises(MissingFacts, match='"strike" cannot be decided without: strike'):
        s.suspended().ask("strike", AGENT)


def test_unknown_evidence() -> None:
    """Evidence of an unknown kind is an error with the nearest kind, or all kinds."""
    with pytest.raises(BadEvidence, match=r'of the kind "pasport". Did you mean "passport"?'):
        s.suspended().ask("appeal", HOLDER, None, [Evidence("pasport", "doc")])
    with pytest.raises(BadEvidence, match="Known: agreement_clauses, bank_fraud_alert, "):
        s.suspended().ask("appeal", HOLDER, None, [Evidence("zzz", "doc")])


def test_a_document_is_no_text() -> None:
    """A passport cannot be sent as text, a text needs a reference, and no text is repeated."""
    with pytest.raises(BadEvidence, match='"passport" is a document: give a ref=') as refused:
        s.suspended().ask("appeal", HOLDER, None, [Evidence("passport", text="P1234567")])
    assert "P1234567" not in str(refused.value)
    with pytest.raises(BadEvidence, match='the text of kind "explanation" needs a ref='):
        s.suspended().ask("appeal", HOLDER, None, [Evidence("explanation", text="It was me")])


def test_a_row_knows_all_it_reads() -> None:
    """A row names the facts that its guards, selectors and effects read."""
    (row,) = [row for row in s.machine_of().policy.rows if row.name.startswith("close_suspended")]
    assert row.needs == ("asked_by_holder",)
    (reversal, *_) = s.machine_of().rows("reverse_decision")
    assert reversal.needs == ("lifts",)


# --- the facts asked for ------------------------------------------------------------------------------------------


def test_only_what_matters_is_asked() -> None:
    """Nothing is asked for an attempt that role or state already refuse, and nothing twice."""
    assert needed(s.suspended(), "request_closure", HOLDER) == set()
    assert needed(s.active(), "grant", HOLDER) == set()
    said = {"reason", "entry", "identifier"}
    assert needed(s.active(), "deactivate", HOLDER) == {"signed_in", "identifier_matches", *said}
    known = {"signed_in": True, "reason": "break", "entry": "web:edit_profile", "identifier": "email"}
    assert needed(s.active(), "deactivate", HOLDER, known) == {"identifier_matches"}


def test_guards_that_do_not_apply_ask_nothing() -> None:
    """A guard that does not apply asks for none of its facts."""
    asked = {"ground": "new_device"}
    assert needed(s.active(), "lock", SYSTEM, asked) == {"offers_appeal"}
    assert "device_recognised" in needed(s.active(), "lock", SYSTEM, {"ground": "shared_device"})
    assert {"signal", "signal_count", "device_recognised"} <= needed(s.active(), "lock", SYSTEM)
    lenient = s.warned_of_deletion(open_obligations_policy="warn")
    assert needed(lenient, "press_delete", HOLDER) == {"reason", "signed_in"}


def test_rows_that_cannot_apply_ask_nothing() -> None:
    """A wrong code asks for no orders; while nobody knows whether it is right, everything is asked."""
    orders = {"open_orders", "orders_in_transit", "refunds_in_flight"}
    assert needed(s.deleting(), "confirm_deletion", HOLDER, {"code_right": False}) == set()
    assert needed(s.deleting(), "confirm_deletion", HOLDER, {"code_right": True}) == orders
    assert needed(s.deleting(), "confirm_deletion", HOLDER) == orders


def test_followers_are_asked_for() -> None:
    """What the system tries at the same instant is asked for along with the step itself."""
    machine = s.machine_of()
    rows = tuple(
        attrs.evolve(row, guards=(next(g for g in machine.policy.guards if g.name == "holder_asked_for_it"),))
        if row.trigger == "auto_reject"
        else row
        for row in machine.policy.rows
    )
    guards = tuple(g for g in machine.policy.guards if g.name != "appeal_is_faulty")
    world = s.suspended()
    world.machine = AccountMachine(attrs.evolve(machine.policy, rows=rows, guards=guards))
    assert needed(world, "appeal", HOLDER) == {"asked_by_holder"}
    with pytest.raises(MissingFacts, match="without: asked_by_holder"):
        world.ask("appeal", HOLDER, None, s.COMPLETE)


# --- the decision itself ------------------------------------------------------------------------------------------


def test_a_decision_that_was_taken() -> None:
    """A decision carries its event, where the account is now, its notices, and a sentence."""
    decision = s.suspended().ask("appeal", HOLDER, None, s.COMPLETE)
    assert decision.allowed
    assert decision.raise_for_denial() is decision
    assert (decision.event.trigger, decision.dest) == ("appeal", State.UNDER_APPEAL)
    assert decision.notices == ("appeal_received",)
    assert (decision.event.source, decision.event.version) == (State.SUSPENDED, 3)
    assert str(decision) == "the account holder may appeal account acc: it becomes under appeal"


def test_a_decision_that_was_refused() -> None:
    """A denial prints every refusal with value, limit, remedy and code, and asking it for its event raises that."""
    decision = s.permanent().ask("appeal", HOLDER, None, [Evidence("explanation", "doc", words=200)])
    text = str(decision)
    lines = text.splitlines()
    assert lines[0] == "the account holder may not appeal account acc now:"
    assert lines[1] == "  not yet: The suspension is not permanent.  permanent = yes (needs no)"
    assert lines[2].strip().endswith("reverse it.  [suspension_is_not_permanent]")
    assert (
        lines[3]
        == "  not yet: The explanation is short enough.  words = 200 (needs fewer than 200, better fewer than 150)"
    )
    for ask in (lambda: decision.event, lambda: decision.dest, decision.raise_for_denial):
        with pytest.raises(TransitionDenied) as denied:
            ask()
        assert str(denied.value) == text
        assert denied.value.decision is decision
    assert decision.notices == ()
    assert decision.events == ()


def test_the_earliest_moment_is_printed() -> None:
    """Where time is what is missing, the moment from which it is possible is printed."""
    decision = s.appealed().ask("enquire", HOLDER)
    assert decision.refusals[0].earliest == START + 7 * s.DAY
    assert "\n           Possible from 2026-02-09 09:00:00 UTC." in str(decision)


def test_decisions_are_pure() -> None:
    """The same account and command give the same decision, and neither is changed by it."""
    for world, trigger, by, facts, evidence in (
        (s.suspended(), "appeal", HOLDER, None, s.COMPLETE),
        (s.appealed(), "grant", COLLEAGUE, {"name_matches": False}, ()),
    ):
        command = world.command(trigger, by, facts, evidence)
        before = copy.deepcopy((world.account, command))
        first, second = (world.ask(trigger, by, facts, evidence) for _ in range(2))
        assert first == second
        assert (world.account, command) == before
        assert hash(first.command) == hash(second.command)


def test_an_event_that_was_decided_equals_one_made_of_its_parts() -> None:
    """The event of a decision has every field an event has, each of the kind that the constructor makes of it."""
    for decided in (*s.appealed().events, *s.deleted().events):
        made = Event(**{name: getattr(decided, name) for name in attrs.fields_dict(Event)})
        assert vars(made) == vars(decided)
        assert [type(value) for value in vars(made).values()] == [type(value) for value in vars(decided).values()]
