"""What an account may do, where its state alone does not tell: facts given, looked up or missing; and erasure in part."""

from __future__ import annotations

import attrs
import pytest
from shop import SECRET

from lifecycle import Actor, Evidence, Lifecycle, policy
from lifecycle.errors import BadRequest, MissingFacts, PolicyError
from lifecycle.machine import AccountMachine
from lifecycle.policy.narrowed import NARROWED, payment_is_not_flagged
from lifecycle.prose.page import policy_page

ANN = Actor.holder("ann")
AGENT = Actor.agent("a1")


@pytest.fixture
def suspended(accounts, ann):
    """A suspended account, its statement of reasons kept encrypted."""
    reasons = [Evidence("statement_of_reasons", text="what happened, and what can be done")]
    accounts.submit("suspend", account=ann, by=Actor.reviewer("r"), facts={"ground": "harassment"}, evidence=reasons)
    return ann


def test_facts_are_given(accounts, suspended):
    """A paid order of a suspended account is shipped unless its own payment is under suspicion."""
    assert accounts.allows(suspended, "ship_paid_orders", facts={"payment_flagged": False})
    assert not accounts.allows(suspended, "ship_paid_orders", facts={"payment_flagged": True})


def test_facts_are_looked_up(accounts, suspended, shop):
    """What nobody gives is asked of the host, and only that."""
    shop.facts["payment_flagged"] = True
    assert not accounts.allows(suspended, "ship_paid_orders")
    assert shop.asked[-1] == (suspended, {"payment_flagged"})
    asked = len(shop.asked)
    assert accounts.allows(suspended, "ship_paid_orders", facts={"payment_flagged": False})
    assert accounts.allows(suspended, "ship_paid_orders", gather=lambda account, names: {"payment_flagged": False})
    assert len(shop.asked) == asked


def test_facts_that_nobody_knows_are_named(accounts, suspended):
    """Without the fact there is no answer: a guess would ship what is to be held."""
    with pytest.raises(MissingFacts, match='"ship_paid_orders" cannot be decided without: payment_flagged'):
        accounts.allows(suspended, "ship_paid_orders")
    with pytest.raises(BadRequest, match="no capability"):
        accounts.allows(suspended, "ship_paid_order")


def test_a_state_that_never_allows_it_asks_nothing(accounts, shop):
    """Where the state says no already the host is not asked, nor is a fact missing."""
    accounts.import_account("gone", state="deleted", at=shop.now)
    asked = len(shop.asked)
    assert not accounts.allows("gone", "ship_paid_orders")
    assert len(shop.asked) == asked


def test_the_cause_of_a_lock_is_shown_on_a_desktop_or_once_told(accounts, ann):
    """The phone shows no cause until an agent told it; a desktop does; a new lock is a new secret."""
    accounts.submit("lock", account=ann, by=AGENT, facts={"ground": "new_device"})
    assert not accounts.allows(ann, "see_cause")
    assert accounts.allows(ann, "see_cause", facts={"device_class": "desktop"})
    accounts.submit("open_case", account=ann, by=ANN)
    accounts.submit("connect_agent", account=ann, by=Actor.system(), facts={"human_asked": True})
    accounts.submit("tell_cause", account=ann, by=AGENT, facts={"packet_fields": 4})
    assert accounts.allows(ann, "see_cause")
    accounts.submit("unlock", account=ann, by=AGENT, facts={"packet_fields": 4})
    assert not accounts.allows(ann, "see_cause")
    accounts.submit("lock", account=ann, by=AGENT, facts={"ground": "new_device"})
    assert not accounts.allows(ann, "see_cause")


def test_a_due_timer_is_applied_first(accounts, ann, shop):
    """Whether promotions may be sent is answered for now: once the data are due to go, the address counts as gone."""
    accounts.import_account("gone", state="deleted", at=shop.now)
    assert accounts.allows("gone", "receive_promotions")
    shop.passes(days=2)
    accounts.settle("gone")
    assert not accounts.allows("gone", "receive_promotions")


def test_an_erasure_in_part_makes_all_that_is_kept_here_unreadable(shop):
    """What the law keeps lies with the host; name, address and texts in this database go in part as in full."""
    shop.facts["kept_by_law"] = ["invoices"]
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        signed_up = {"registration_fields": 4, "verified_by": "link"}
        accounts.register("ann", identifiers={"email": "ann@example.org"}, facts=signed_up)
        accounts.submit("request_closure", account="ann", by=ANN)
        accounts.submit("confirm_closure", account="ann", by=ANN, code=accounts.code_for("ann", "closure_link"))
        assert accounts.text("ann", "email") == "ann@example.org"
        shop.passes(days=5)
        last = accounts.settle("ann")[-1]
        assert (last.trigger, last.notices) == ("erase", ("data_erased_in_part",))
        kept = accounts.account("ann").erasure
        assert (kept.status, kept.kept_data) == ("partial", ("invoices",))
        with pytest.raises(BadRequest, match="or it was erased"):
            accounts.text("ann", "email")
        assert not accounts.verify().damage


def test_an_erasure_that_is_refused_leaves_everything_readable(shop):
    """While a hold stands nothing goes: the refusal is said once, and what was kept can still be read."""
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        signed_up = {"registration_fields": 4, "verified_by": "link"}
        accounts.register("ann", identifiers={"email": "ann@example.org"}, facts=signed_up)
        accounts.submit("request_closure", account="ann", by=ANN)
        accounts.submit("confirm_closure", account="ann", by=ANN, code=accounts.code_for("ann", "closure_link"))
        shop.passes(days=3)
        accounts.settle("ann")
        shop.facts["retention_duty"] = True
        shop.passes(days=65)
        triggers = [event.trigger for event in accounts.settle("ann")]
        assert triggers == ["refuse_erasure", "let_timer_lapse", "let_timer_lapse"]
        assert [row.notice for row in accounts.outbox("ann")].count("erasure_refused") == 1
        assert accounts.text("ann", "email") == "ann@example.org"


def test_a_condition_of_a_capability_is_checked_like_any_other():
    """A policy whose capability has a condition that needs an unknown fact, or that is none, is refused."""
    wrong = attrs.evolve(payment_is_not_flagged, name="luck_holds", needs=("luck",), cites=("G9-99",))
    made = attrs.evolve(policy(), narrowed={"ship_paid_orders": (wrong,), "fly": ()})
    with pytest.raises(PolicyError) as caught:
        AccountMachine(made)
    assert caught.value.mistakes == (
        'the guard "luck_holds" needs an unknown fact "luck".',
        'the guard "luck_holds" cites "G9-99", which nobody knows',
        'conditions narrow an unknown capability "fly".',
    )


def test_conditions_of_capabilities_are_told():
    """The page of the policy lists each capability that holds under a further condition, with the condition."""
    page = policy_page(policy())
    for guards in NARROWED.values():
        assert all(f"| {each.sentence} | `{each.name}` |" in page for each in guards)
    assert "further condition" not in policy_page(attrs.evolve(policy(), narrowed={}))
