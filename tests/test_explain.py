"""What can be said before anything is tried: explanations of one attempt, and the options of each role."""

from __future__ import annotations

from typing import Any

import pytest
import support as s
from support import AGENT, CLEAR, HOLDER, REVIEWER, SUPERVISOR, SYSTEM

from lifecycle.decide import Explanation, explain, options
from lifecycle.model import Actor


def told(world: s.World, trigger: str, by: Actor, facts: Any = None, evidence: Any = ()) -> Explanation:
    """What can be said of this before it is tried."""
    return explain(world.machine, world.account, world.command(trigger, by, facts, evidence))


def test_explain_lists_met_and_unmet() -> None:
    """An explanation holds every guard of the row, met or not, and knows that the answer is no."""
    found = told(s.deactivated(), "press_delete", HOLDER, {**CLEAR, "signed_in": True})
    assert {v.code: v.met for v in found.verdicts}["warning_was_shown"] is False
    assert sum(v.met is True for v in found.verdicts) == len(found.verdicts) - 1
    assert found.allowed is False
    assert found.row is not None


def test_explain_with_unknown_facts() -> None:
    """A guard whose fact nobody gave is neither met nor unmet; with one unmet the answer is still no."""
    found = told(s.deactivated(), "reactivate", HOLDER)
    assert (found.verdicts[0].met, found.verdicts[0].remedy) == (None, "Nobody has said yet: signed_in.")
    assert (found.allowed, found.needs) == (None, ("signed_in",))
    assert told(s.deactivated(), "press_delete", HOLDER).allowed is False
    assert told(s.deactivated(), "reactivate", HOLDER, {"signed_in": True}).allowed is True


def test_explain_where_a_row_is_not_chosen_yet() -> None:
    """While a fact that chooses the row, or that an effect takes, is unknown, nobody can tell."""
    assert told(s.suspended(), "reverse_decision", SYSTEM, None, [s.REASONS]).allowed is None
    assert told(s.code_sent(), "verify", HOLDER).needs == ("code_right",)
    assert told(s.suspended(), "strike", AGENT).allowed is None


def test_explain_without_a_row() -> None:
    """Where no row applies the explanation holds the refusals and no guards."""
    for world, trigger in ((s.active(), "reactivate"), (s.closing(), "confirm_deletion")):
        found = told(world, trigger, HOLDER)
        assert (found.row, found.verdicts, found.allowed) == (None, (), False)
        assert found.refusals


@pytest.mark.parametrize(("role", "triggers"), [
    (HOLDER, {"open_case", "appeal", "add_evidence", "accept_permanent", "escalate", "give_up_claims",
              "subscribe", "unsubscribe"}),
    (AGENT, {
        "lock", "resolve_case", "strike", "reinstate", "decline_case", "explain_rejection", "close_suspended",
        "tell_cause",
    }),
    (REVIEWER, {"make_permanent", "place_hold", "release_hold"}),
    (SUPERVISOR, {"reverse_decision"}),
    (SYSTEM, {
        "lock", "lock_expires", "connect_agent", "strike", "suspension_ends", "reverse_decision", "place_hold",
        "release_hold", "note_further_account", "ask_for_own_phone", "greet_anniversary", "queue_case", "suggest_seller",
    }),
], ids=["holder", "agent", "reviewer", "supervisor", "system"])  # fmt: skip
def test_options_of_a_suspended_account(role: Actor, triggers: set[str]) -> None:
    """Each role sees the rows of the account it could take from here, and no other."""
    world = s.suspended()
    found = options(world.machine, world.account, world.command("", role))
    assert {option.trigger for option in found if option.row.machine == "account"} == triggers


def test_options_say_what_is_missing() -> None:
    """An option knows whether it is allowed, and which facts would tell."""
    world = s.deactivated()
    found = {o.trigger: o for o in options(world.machine, world.account, world.command("", HOLDER))}
    assert (found["reactivate"].allowed, found["reactivate"].needs) == (None, ("signed_in",))
    assert found["press_delete"].allowed is False
    assert found["open_case"].allowed is True
    assert found["open_case"].title == "Ask support for help"


def test_options_before_registration() -> None:
    """Before an account exists its future holder can register, and nothing else."""
    world = s.World()
    assert [o.trigger for o in options(world.machine, world.account, world.command("", HOLDER))] == ["register"]
    assert options(world.machine, world.account, world.command("", AGENT)) == ()
