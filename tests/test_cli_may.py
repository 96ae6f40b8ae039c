"""The command may: what an account may do as it stands, and how its support case stands."""

import attrs
import pytest
from command_line import MONDAY, cli

from lifecycle import Actor, policy
from lifecycle.replay import SimulatedClock, simulated

OTHER = attrs.evolve(policy(), name="our own", support=None)
"""A policy of another name: nobody knows what its parameters say about waiting."""


@pytest.fixture
def database(tmp_path):
    """A database with a locked account in the queue of support, a suspended one, and one that is open."""
    path = tmp_path / "accounts.db"
    with simulated(url=f"sqlite:///{path}") as accounts:
        assert isinstance(accounts.clock, SimulatedClock)
        accounts.clock.now = MONDAY
        accounts.import_account("ann", state="active", given={"contacts": ["email"]}, at=MONDAY)
        holder, rules = Actor.holder("ann"), Actor.system()
        accounts.submit("lock", account="ann", by=rules, facts={"ground": "new_device"})
        accounts.submit("open_case", account="ann", by=holder, facts={"case_kind": "access"})
        accounts.submit("queue_case", account="ann", by=rules, facts={"human_asked": True})
        accounts.import_account(
            "eve", state="suspended", given={"ground": "harassment", "author": "reviewer:r1"}, at=MONDAY
        )
        accounts.import_account("tom", state="active", at=MONDAY)
    return path


def test_may_tells_what_an_account_may_do(database):
    """What it may, what depends on facts nobody gave, what it may not, with the condition that is missing."""
    ran = cli("may", "ann", "--at", "2020-03-03T10:00Z", "--database", database)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0] == "What account ann may do"
    assert "It is security locked since 02 Mar 2020" in ran.words
    assert "✓ keep cart" in ran.words
    assert "? ship paid orders depends on payment_flagged" in ran.words
    assert "✗ buy" in ran.words
    assert "✗ see cause not so: The holder is at a desktop" in ran.words
    assert "[cause_is_shown]" in ran.words
    assert "Sign in on a desktop, or ask an agent." in ran.words
    assert ran.out.index("✓ keep cart") < ran.out.index("? ship paid orders") < ran.out.index("✗ buy")


def test_may_takes_facts(database):
    """With what the shop knows the answer is yes or no."""
    flagged = cli("may", "ann", "--fact", "payment_flagged=true", "--at", "2020-03-03T10:00Z", "--database", database)
    assert "✗ ship paid orders not so: The payment of the order is not under suspicion." in flagged.words
    desktop = cli("may", "ann", "--fact", "device_class=desktop", "--at", "2020-03-03T10:00Z", "--database", database)
    assert "✓ see cause" in desktop.words


def test_may_tells_how_long_support_takes(database):
    """The open case with its answer, the wait in the chat, and the sale that lengthens it."""
    ran = cli("may", "ann", "--at", "2020-03-02T11:00Z", "--database", database)
    assert "· the case about access is queued, opened 02 Mar 2020 10:05; usually answered by 03 Mar 2020" in ran.words
    assert "· it usually takes up to 24 hours" in ran.words
    assert "· a person in the chat usually comes after 5 to 10 minutes" in ran.words
    sale = cli("may", "eve", "--at", "2020-11-11T11:00Z", "--database", database)
    assert "the case about" not in sale.words
    assert "· it usually takes 48 to 72 hours" in sale.words
    assert "45 minutes or more, as long as the sale singles day lasts" in sale.words


def test_a_settled_or_urgent_case_is_told_so(database):
    """A case that is resolved awaits no answer, and one before a sale is called urgent."""
    with simulated(url=f"sqlite:///{database}") as accounts:
        accounts.clock.now = MONDAY
        facts = {"sale_at": MONDAY.replace(hour=20)}
        accounts.submit("open_case", account="eve", by=Actor.holder("eve"), facts=facts)
        accounts.submit("connect_agent", account="ann", by=Actor.system(), facts={})
        accounts.submit("resolve_case", account="ann", by=Actor.agent("a1"))
    assert "the case about account is with the bot, urgent" in cli("may", "eve", "--database", database).words
    assert "the case about access is resolved, opened" in (told := cli("may", "ann", "--database", database).words)
    assert "usually answered" not in told


def test_may_as_a_document(database):
    """One JSON document holds every capability with its conditions, and how support stands."""
    said = cli("may", "ann", "--at", "2020-03-03T10:00Z", "--json", "--database", database).document
    answers = {each["name"]: each for each in said["may"]}
    assert answers["keep_cart"] == {"name": "keep_cart", "may": True, "guards": [], "needs": [], "why": None}
    assert (answers["buy"]["why"]["code"], answers["buy"]["why"]["value"]) == (
        "state_allows_it",
        {"state": "security locked"},
    )
    assert answers["buy"]["why"]["remedy"].startswith("Sign in, press the button to unlock")
    assert answers["ship_paid_orders"]["needs"] == ["payment_flagged"]
    assert answers["see_cause"]["guards"][0]["code"] == "cause_is_shown"
    assert said["support"]["case"] == {"kind": "access", "status": "queued", "urgent": False}
    assert said["support"]["sale"] is None
    assert said["support"]["answers_by"].startswith("2020-03-03T10:05")


def test_a_policy_of_ones_own_tells_no_waits(database):
    """Where a policy does not tell how long support takes, nothing is said of waiting."""
    ran = cli("may", "tom", "--policy", "test_cli_may:OTHER", "--database", database)
    assert ran.code == 0, ran.err
    assert "✓ buy" in ran.words
    assert "Support" not in ran.words
