"""Replaying cases: what is run, what is claimed, and the sentence for every claim that does not come true."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import attrs
import pytest
from stories import LOCKED, SUSPENDED

from lifecycle import Lifecycle, State
from lifecycle.cases import read_cases
from lifecycle.decide import LAPSE
from lifecycle.errors import CaseError, UnknownAccount
from lifecycle.policy import policy, shipped
from lifecycle.replay import SECRET, SimulatedClock, _another, run, simulated

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.case.toml")), ids=lambda path: path.name)
def test_the_guides_cases_come_out_as_told(path):
    """Every case replays as its file says, and its log holds what the steps say."""
    for case in read_cases(path):
        with simulated(shipped().changed(case.parameters)) as lifecycle:
            result = run(case, lifecycle)
            assert result.problems == ()
            assert result.passed
            assert len(result.steps) == len(case.steps)
            begun = case.starts is not None or result.path
            told = [event.trigger for event in lifecycle.events(result.account_id)] if begun else []
        steps = [trigger for _, _, trigger in result.path]
        assert told == (steps if case.starts is None else ["import", *steps])


def test_the_real_cases_are_there():
    """C-01 to C-12 each have one file whose cases cite it and say what they had to choose."""
    real = [read_cases(path) for path in sorted((CASES / "real").iterdir())]
    assert [{case.cites[0] for case in cases} for cases in real] == [{f"C-{n:02d}"} for n in range(1, 13)]
    assert all(case.chosen for cases in real for case in cases)


def test_a_case_runs_on_a_database(read, tmp_path):
    """The same case runs against SQLite, and the database verifies afterwards."""
    case = read(
        LOCKED + "[[case.step]]\nby = 'holder'\ndoes = 'verify'\nwith = ['wrong_code']\nrefused = ['code_is_alive']"
    )
    with simulated(url=f"sqlite:///{tmp_path / 'cases.db'}", synchronous="NORMAL") as lifecycle:
        assert run(case, lifecycle, account_id="acc_7").account_id == "acc_7"
        assert lifecycle.account("acc_7").lock is not None
        assert lifecycle.verify().damage == ()


def test_a_service_with_a_clock_of_its_own_serves_too(read):
    """A case needs no simulated clock: every call names its time and answers facts itself."""
    case = read(SUSPENDED)
    with Lifecycle.open("memory:", secret=SECRET) as lifecycle:
        assert run(case, lifecycle).passed


def test_the_simulated_shop_answers_what_the_case_says(read):
    """Between steps the clock stands at the last one, and the shop answers what it answered then."""
    case = read(
        LOCKED.replace("given ", "facts = { open_orders = 3 }\ngiven ")
        + "[[case.step]]\nmeanwhile = 'An order arrives.'\nfacts = { open_orders = 2 }"
    )
    with simulated() as lifecycle:
        result = run(case, lifecycle)
        assert isinstance(lifecycle.clock, SimulatedClock)
        assert lifecycle.clock() == case.begins
        assert lifecycle.clock.answer("acc_1", frozenset({"open_orders", "signed_in"})) == {"open_orders": 2}
    assert (result.steps[0].source, result.steps[0].dest) == (State.SECURITY_LOCKED, State.SECURITY_LOCKED)
    assert result.states == (State.SECURITY_LOCKED,)


def test_a_registration_without_its_facts(replayed):
    """Facts a registration needs and the case does not give are named, with where to say them."""
    result = replayed(
        """
        [[case]]
        title  = "Registered"
        cites  = ["P-01"]
        starts = "none"
        facts  = { open_orders = 1 }
        [[case.step]]
        at   = 2026-03-02T09:00:00Z
        by   = "holder"
        does = "register"
        then = "active"
        """
    )
    (problem,) = result.problems
    assert problem.startswith(
        'step 1, the holder does register at 2026-03-02 09:00: "register" cannot be decided without:'
    )
    assert problem.endswith("Say them in [case.facts], or in the facts of the step.")
    assert (result.steps[0].source, result.steps[0].dest) == (None, None)


def test_a_registration_that_passes(replayed):
    """The path of a registration begins where no account is."""
    result = replayed(
        """
        [[case]]
        title  = "Registered"
        cites  = ["P-01"]
        starts = "none"
        facts  = { registration_fields = 4, verified_by = "link" }
        [[case.step]]
        at      = 2026-03-02T09:00:00Z
        by      = "holder"
        does    = "register"
        facts   = { registration_fields = 3 }
        refused = ["sign_up_is_complete"]
        [[case.step]]
        by     = "holder"
        does   = "register"
        then   = "active"
        facts  = { contacts = ["email"] }
        sends  = ["welcome"]
        expect = { contacts = ["email"], version = 1 }
        may    = { buy = true }
        """
    )
    assert result.passed
    assert result.path == ((None, State.ACTIVE, "register"),)
    assert result.states == (State.ACTIVE,)
    assert result.steps[0].dest is None
    assert result.rows == {"register:none:holder"}
    assert result.guards == {
        *("sign_up_is_complete", "sign_up_is_verified", "email_is_free"),
        *("identity_is_not_banned", "person_has_room_for_an_account"),
    }


def test_a_case_that_cannot_begin(replayed):
    """What an import refuses is a problem of the case, before any step."""
    result = replayed(
        "[[case]]\ntitle = 'x'\ncites = ['P-05']\nstarts = 'suspended'\n[[case.step]]\nat = 2026-03-02T09:00:00Z\nmeanwhile = 'y'"
    )
    assert result.steps == ()
    assert result.problems == ('case 1 "x" cannot begin: an account imported as suspended needs "ground"',)


def test_the_same_account_twice(read):
    """Replaying a case twice on one service without another account id is told, not crashed."""
    case = read(SUSPENDED)
    with simulated() as lifecycle:
        assert run(case, lifecycle).passed
        (problem,) = run(case, lifecycle).problems
        assert (
            problem
            == 'case 1 "Suspended" cannot begin: account "story.1" is registered already. Ids are never used twice.'
        )
        assert run(case, lifecycle, account_id="another").passed


def test_a_case_stops_at_its_first_failed_step(replayed):
    """After a failed step nothing more is run."""
    result = replayed(SUSPENDED + "sends = []\n[[case.step]]\nmeanwhile = 'never reached'")
    assert len(result.steps) == 1
    assert result.problems == result.steps[0].problems != ()


def test_a_request_that_makes_no_sense_is_a_problem(replayed):
    """An error of the service about a request belongs to the step; the replay goes no further."""
    step = "[[case.step]]\nby = 'holder'\ndoes = 'verify'\nthen = 'active'"
    (problem,) = replayed(LOCKED + step).problems
    assert problem.startswith('step 1, the holder does verify at 2026-03-02 09:00: "verify" cannot be decided without')
    assert problem.endswith(
        "Pass what the person typed as code=. Say them in [case.facts], or in the facts of the step."
    )


@pytest.mark.parametrize(
    ("word", "says"),
    [("right_code", "there is no right code: 0 codes were sent so far"), ("old_code", "there is no old code")],
)
def test_a_code_that_was_never_sent(replayed, word, says):
    """The right or the old code can be typed only once there is one."""
    (problem,) = replayed(
        f"{LOCKED}[[case.step]]\nby = 'holder'\ndoes = 'verify'\nwith = ['{word}']\nthen = 'active'"
    ).problems
    assert says in problem


def test_a_wrong_code_is_never_the_right_one():
    """A wrong code has the form of the right one and differs from it."""
    assert _another("999999") == "000000"
    assert _another("000041") == "000042"
    assert _another("abc") == "cba"
    assert _another("aba") == "abax"


def test_a_due_timer_without_facts_is_told(replayed):
    """A timer that is due but waits for facts the case does not give is a problem, with the facts named."""
    (problem,) = replayed(
        """
        [[case]]
        title  = "Deleted"
        cites  = ["P-67"]
        starts = "deleted"
        begins = 2026-03-02T09:00:00Z
        [[case.step]]
        waits = { days = 2 }
        then  = "deleted"
        """
    ).problems
    assert problem == (
        'step 1, the clock moves to 2026-03-04 09:00: the timer "erase" was due at 2026-03-03 09:00 and waits for facts '
        "nobody gave: kept_by_law, retention_duty. Say them in [case.facts], or in the facts of the step."
    )


def test_facts_of_a_wait_are_what_the_shop_answers(replayed):
    """Facts in a wait answer the timers that need them; a timer that lapses is no row of the policy."""
    result = replayed(
        """
        [[case]]
        title  = "Deleted"
        cites  = ["P-67"]
        starts = "deleted"
        begins = 2026-03-02T09:00:00Z
        [[case.step]]
        waits = { days = 2 }
        facts = { retention_duty = true, kept_by_law = [] }
        then  = "deleted"
        fires = ["refuse_erasure"]
        due   = { erase = 2026-04-02T09:00:00Z }
        [[case.step]]
        waits = { days = 29 }
        facts = { retention_duty = true, kept_by_law = [] }
        then  = "deleted"
        fires = ["let_timer_lapse"]
        due   = { erase = 2026-05-02T09:00:00Z }
        """
    )
    assert result.passed
    assert [event.row for event in result.steps[1].events] == [LAPSE]
    assert result.rows == {"refuse_erasure:deleted:system+agent"}


def test_rows_and_guards_are_counted(replayed):
    """A result names the rows taken and every guard asked, met or refused, for a picture of what cases cover."""
    result = replayed(
        SUSPENDED + "[[case.step]]\nby = 'holder'\ndoes = 'enquire'\nrefused = ['silence_allows_an_enquiry']"
    )
    assert result.rows == {"appeal:suspended:holder"}
    assert {"appeal_was_offered", "silence_allows_an_enquiry", "not_enquired_before"} <= result.guards
    assert "self_service_failed" not in result.guards


def test_a_refusal_without_a_row_counts_no_guard(replayed):
    """What is refused before any guard is asked counts none."""
    step = "[[case.step]]\nby = 'agent'\ndoes = 'verify'\nwith = ['wrong_code']\nrefused = ['role_may_never']"
    result = replayed(LOCKED + step)
    assert result.passed
    assert (result.rows, result.guards, result.path) == (frozenset(), frozenset(), ())


def test_a_simulated_clock_stands_until_it_is_set():
    """A simulated clock answers the time it was set to."""
    clock = SimulatedClock()
    assert clock() == clock() == clock.now
    clock.now += dt.timedelta(days=1)
    assert clock() == clock.now


def test_a_simulated_service_takes_another_policy(read):
    """A case can be replayed under another policy than the guides'."""
    case = read(SUSPENDED.replace('then = "under_appeal"', 'refused = ["not_from_this_state"]'))
    with simulated() as guides:
        rows = tuple(
            attrs.evolve(row, source=(State.SECURITY_LOCKED,)) if row.name == "appeal:suspended:holder" else row
            for row in guides.policy.rows
            if row.name != "appeal:security_locked:holder"
        )
        without = {guard.name for guard in guides.policy.guards} - {g.name for row in rows for g in row.guards}
        guards = tuple(guard for guard in guides.policy.guards if guard.name not in without)
        other = attrs.evolve(guides.policy, rows=rows, guards=guards)
        assert not run(case, guides).passed
    with simulated(other) as lifecycle:
        assert run(case, lifecycle).passed


FORFEITED = """
[[case]]
title      = "Money in the wallet is forfeited"
cites      = ["X-45"]
parameters = { wallet_policy = "warn_and_forfeit" }
facts      = { signed_in = true, consequences_read = true, identity_proven = true, open_orders = 0, orders_in_transit = 0, refunds_in_flight = 0, open_disputes = 0, wallet_balance = 500, outstanding_charges = 0, active_subscriptions = 0 }

[[case.step]]
at   = 2020-03-02T09:00:00Z
by   = "holder"
does = "request_closure"
then = "pending_deletion"
"""
"""A case that comes out as it says only under another value of a parameter."""


def test_a_case_may_change_parameters(read):
    """A case with parameters of its own is replayed under a policy that has them, and leaves the given service alone."""
    case = read(FORFEITED)
    assert case.parameters == {"wallet_policy": "warn_and_forfeit"}
    with simulated() as lifecycle:
        assert run(case, lifecycle).passed
        with pytest.raises(UnknownAccount):
            lifecycle.events(case.account_id)
    with simulated(policy().changed(case.parameters)) as lifecycle:
        assert run(case, lifecycle).passed
        assert lifecycle.events(case.account_id)


def test_without_its_parameters_the_case_fails(read):
    """The same case under the guides' own parameters does not come out as it says."""
    with simulated() as lifecycle:
        (problem,) = run(attrs.evolve(read(FORFEITED), parameters={}), lifecycle).steps[0].problems
    assert "wallet_is_empty" in problem


@pytest.mark.parametrize(("said", "says"), [
    ('{ wallet_polic = "block" }', 'parameters: "wallet_polic" is no parameter. Did you mean "wallet_policy"?'),
    ('{ wallet_policy = "blok" }', "parameters: wallet_policy must be"),
    ("3", "parameters must be a table"),
])  # fmt: skip
def test_wrong_parameters_are_told_with_the_case(read, said, says):
    """A parameter that is none, or has a value it may not have, is a mistake of the case."""
    with pytest.raises(CaseError, match=re.escape(says)):
        read(FORFEITED.replace('{ wallet_policy = "warn_and_forfeit" }', said))


def test_a_policy_that_nobody_can_make_anew_is_not_changed_by_a_case(tmp_path):
    """A case cannot give parameters to a policy that was only put together, and does not say how it is made."""
    path = tmp_path / "own.case.toml"
    path.write_text(FORFEITED, encoding="utf-8")
    with pytest.raises(
        CaseError, match='parameters: the policy "own" does not say how it is made with other parameters'
    ):
        read_cases(path, attrs.evolve(policy(), name="own"))
