"""Claims of a case: each that does not come true is told in a sentence."""

from __future__ import annotations

import pytest
from stories import LOCKED, SUSPENDED

from lifecycle import State


@pytest.mark.parametrize(
    ("claim", "says", "finds"),
    [
        ('then = "active"', "it becomes active", "it becomes under appeal"),
        ('then = "suspended"', "it stays suspended", "it becomes under appeal"),
        ('then = ["under_appeal", "suspended"]', "it becomes under appeal, then suspended", "it becomes under appeal"),
        (
            'refused = ["appeal_was_offered", "explanation_is_short_enough"]',
            'it is refused for "appeal_was_offered" and "explanation_is_short_enough"',
            "it becomes under appeal",
        ),
        ('then = "under_appeal"\nsends = []', "it sends nothing", 'it sends "appeal_received"'),
        ('then = "under_appeal"\nfires = ["erase"]', 'the timers fire "erase"', "the timers fire nothing"),
        (
            'then = "under_appeal"\ndue = {}',
            "no timer stands",
            'the timers that stand are "chase_appeal" at 2026-03-11 10:00 and "suspension_ends" at 2026-03-20 09:00',
        ),
        (
            'then = "under_appeal"\ndue = { chase_appeal = 2026-03-11T10:00:00Z, suspension_ends = 2026-03-20T09:00:01Z }',
            'the timers that stand are "chase_appeal" at 2026-03-11 10:00 and "suspension_ends" at 2026-03-20 09:00:01',
            'the timers that stand are "chase_appeal" at 2026-03-11 10:00 and "suspension_ends" at 2026-03-20 09:00',
        ),
        ('then = "under_appeal"\nexpect = { lock = true }', "a record lock stands", "no record lock stands"),
        ('then = "under_appeal"\nexpect = { lock = {} }', "a record lock stands", "no record lock stands"),
        ('then = "under_appeal"\nexpect = { appeal = false }', "no record appeal stands", "a record appeal stands"),
        ('then = "under_appeal"\nexpect = { appeal = { sent = 2 } }', "appeal.sent is 2", "appeal.sent is 1"),
        ('then = "under_appeal"\nexpect = { appeal = { sent = true } }', "appeal.sent is true", "appeal.sent is 1"),
        (
            'then = "under_appeal"\nexpect = { appeal = { outcome = "x" } }',
            'appeal.outcome is "x"',
            "appeal.outcome is not set",
        ),
        (
            'then = "under_appeal"\nexpect = { appeal = { since = 2026-01-01T00:00:00Z } }',
            "appeal.since is 2026-01-01 00:00",
            "appeal.since is 2026-03-02 10:00",
        ),
        ('then = "under_appeal"\nexpect = { strikes = ["x"] }', 'strikes is ["x"]', "strikes is []"),
        (
            'then = "under_appeal"\nexpect = { evidence = ["passport"] }',
            'evidence is ["passport"]',
            'evidence is ["passport", "explanation"]',
        ),
        ('then = "under_appeal"\nexpect = { erased = true }', "erased is true", "erased is false"),
        ('then = "under_appeal"\nmay = { buy = true }', "the account may buy", "the account may not buy"),
        (
            'then = "under_appeal"\nmay = { ship_paid_orders = true }',
            "the account may ship_paid_orders",
            "nobody said payment_flagged",
        ),
        (
            'then = "under_appeal"\nfacts = { payment_flagged = false }\nmay = { ship_paid_orders = false }',
            "the account may not ship_paid_orders",
            "the account may ship_paid_orders",
        ),
        (
            'then = "under_appeal"\nmay = { unsubscribe = false }',
            "the account may not unsubscribe",
            "the account may unsubscribe",
        ),
    ],
)
def test_a_claim_that_does_not_come_true(replayed, claim, says, finds):
    """Each kind of claim, when false, is one English sentence: the step, what the case says, what the policy says."""
    result = replayed(SUSPENDED.replace('then = "under_appeal"', claim))
    assert result.problems == (
        f"step 1, the holder does appeal at 2026-03-02 10:00: the case says {says}; the policy says {finds}.",
    )
    assert not result.passed


@pytest.mark.parametrize(
    ("claim", "says", "finds"),
    [
        ('then = "under_appeal"', "it becomes under appeal", 'it is refused for "self_service_failed"'),
        (
            'refused = ["appeal_was_offered"]',
            'it is refused for "appeal_was_offered"',
            'it is refused for "self_service_failed"',
        ),
        (
            'refused = ["self_service_failed"]\nearliest = 2026-03-03T00:00:00Z',
            "it could be done from 2026-03-03 00:00",
            "time is not what is missing",
        ),
    ],
)
def test_a_refusal_that_does_not_come_true(replayed, claim, says, finds):
    """A step that is refused unlike the case says is told with the reasons found."""
    result = replayed(f"{LOCKED}[[case.step]]\nby = 'holder'\ndoes = 'appeal'\n{claim}")
    assert result.problems == (
        f"step 1, the holder does appeal at 2026-03-02 09:00: the case says {says}; the policy says {finds}.",
    )


def test_another_time_than_the_refusal_names(replayed):
    """A wrong earliest is told with the time that is right."""
    enquiry = "[[case.step]]\nby = 'holder'\ndoes = 'enquire'\nrefused = ['silence_allows_an_enquiry']\nearliest = 2026-03-03T00:00:00Z"
    (problem,) = replayed(SUSPENDED + enquiry).problems
    assert problem.endswith(
        "the case says it could be done from 2026-03-03 00:00; the policy says it could be done from 2026-03-09 10:00."
    )


def test_several_false_claims_of_one_step(replayed):
    """All false claims of a step are told, not only the first."""
    result = replayed(
        SUSPENDED + "sends = []\ndue = {}\nexpect = { lock = true, appeal = { sent = 2, escalated = true } }"
    )
    assert len(result.problems) == 5


@pytest.mark.parametrize(
    ("claim", "says", "finds"),
    [
        ('then = "under_appeal"', "it stays under appeal", "it becomes active"),
        (
            'then = ["under_appeal", "suspended"]',
            "it becomes under appeal, then suspended",
            "it becomes under appeal, then active",
        ),
        (
            'then = "active"\nfires = ["suspension_ends"]',
            'the timers fire "suspension_ends"',
            'the timers fire "chase_appeal" and "suspension_ends"',
        ),
        ('then = "active"\nsends = []', "it sends nothing", 'it sends "appeal_reminder" and "suspension_ended"'),
    ],
)
def test_a_wait_that_does_not_come_true(replayed, claim, says, finds):
    """A wait holds what the timers did against the case, as a step does."""
    result = replayed(f"{SUSPENDED}[[case.step]]\nuntil = 2026-03-20T09:00:00Z\n{claim}")
    assert result.problems == (
        f"step 2, the clock moves to 2026-03-20 09:00: the case says {says}; the policy says {finds}.",
    )


@pytest.mark.parametrize("then", ['"active"', '["under_appeal", "active"]'])
def test_a_wait_names_the_last_state_or_all(replayed, then):
    """A wait may name the state afterwards, or every state its timers passed through."""
    result = replayed(f"{SUSPENDED}[[case.step]]\nuntil = 2026-03-20T09:00:00Z\nthen = {then}")
    assert result.passed
    assert [event.trigger for event in result.steps[1].settled] == ["chase_appeal", "suspension_ends"]
    assert result.states == (State.SUSPENDED, State.UNDER_APPEAL, State.ACTIVE)


def test_what_happens_meanwhile_is_held_against_the_case_too(replayed):
    """A step that only tells something can still say what the account may do."""
    (problem,) = replayed(LOCKED + "[[case.step]]\nmeanwhile = 'A sale.'\nmay = { buy = true }").problems
    assert problem == (
        "step 1, meanwhile at 2026-03-02 09:00: the case says the account may buy; the policy says the account may not buy."
    )
