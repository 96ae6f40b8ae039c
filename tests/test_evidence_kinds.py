"""Kinds of evidence as data: the sets an appeal needs, what must match, what must stay hidden, and what is new."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import support as s
from plans import arrived, ways
from support import AGENT, COLLEAGUE, HOLDER, World
from test_own_grounds import under

from lifecycle.model import Evidence, State
from lifecycle.parameters_file import parameters_of
from lifecycle.policy import policy
from lifecycle.policy.documents import is_legible
from lifecycle.policy.evidence import EVIDENCE
from lifecycle.policy.grounds import GROUNDS
from lifecycle.policy.papers import appeal_papers
from lifecycle.policy.parameters import Parameters
from lifecycle.prose.page import policy_page
from lifecycle.rows import EvidenceKind

INVOICE = EvidenceKind("invoice", "the invoice of the order", matches=("order_number",), never_shows=("card_number",))
SETS = (("passport", "explanation"), ("invoice", "order_screenshots", "explanation"))


def shop() -> World:
    """An account suspended on a ground with two sets of its own, under a policy that knows invoices."""
    grounds = {**GROUNDS, "harassment": attrs.evolve(GROUNDS["harassment"], appeal_sets=SETS)}
    world = under(grounds=grounds, evidence={**EVIDENCE, "invoice": INVOICE})
    return s.suspended(world=world)


def document(kind: str, ref: str = "", **more: Any) -> Evidence:
    """A document of this kind."""
    return Evidence(kind, ref or f"doc-{kind}", **more)


def test_an_incomplete_set_is_answered_item_by_item() -> None:
    """The rejection, its notice and the refusal of a reviewer name for every set what is still missing."""
    world = shop().do("appeal", HOLDER, None, [document("invoice"), s.EXPLANATION])
    assert (world.state, world.account.appeal.outcome) == (State.SUSPENDED, "incomplete")
    assert world.account.appeal.missing == ("passport", "order_screenshots")
    told = next(change for change in world.events[-1].told if change.name == "appeal_auto_rejected")
    assert told.values["missing"] == ["passport", "order_screenshots"]


def test_a_reviewer_is_shown_what_is_missing() -> None:
    """Where an incomplete appeal is open, the refusal to grant it says what each set lacks."""
    world = arrived(State.UNDER_APPEAL, ground="buyer_protection", author="reviewer:1")
    refusal = next(r for r in world.ask("grant", COLLEAGUE, {"name_matches": True}).refusals if "complete" in r.code)
    assert refusal.value == {
        "appeal": "incomplete",
        "missing": [
            "passport + explanation + dispute_list",
            "driving_licence + explanation + dispute_list",
            "bank_statement + explanation + dispute_list",
        ],
    }


def test_a_whole_set_lacks_nothing() -> None:
    """Any whole set will do, and nothing is called missing then."""
    for kinds in SETS:
        world = shop().do("appeal", HOLDER, None, [document(kind) for kind in kinds])
        assert (world.state, world.account.appeal.missing) == (State.UNDER_APPEAL, ())


def test_a_plan_asks_for_the_nearest_set() -> None:
    """What a plan tells the holder to bring is what the set lacks of which most is on file."""
    world = shop()
    assert appeal_papers(world.account, world.machine.policy.parameters) == ("passport", "explanation")
    world.do("add_evidence", HOLDER, None, [document("invoice"), document("order_screenshots")])
    assert appeal_papers(world.account, world.machine.policy.parameters) == ("explanation",)


def test_without_sets_of_its_own_a_ground_asks_as_the_guides_do() -> None:
    """A kind that proves identity joins the usual sets of every ground."""
    card = EvidenceKind(
        "identity_card", "a photograph of an identity card", form="photo", identity=True, matches=("name",)
    )
    world = s.suspended(world=under(evidence={**EVIDENCE, "identity_card": card}))
    world.do("appeal", HOLDER, None, [document("identity_card"), s.EXPLANATION])
    assert world.state is State.UNDER_APPEAL
    assert s.suspended().codes("appeal", HOLDER, None, [document("bank_statement"), s.EXPLANATION]) == []


def test_what_must_match_is_named_item_by_item() -> None:
    """A reviewer is refused with what nobody found to match; of what was not handed in nothing is asked."""
    world = shop().do("appeal", HOLDER, None, [document(kind) for kind in SETS[1]])
    (refusal,) = world.ask("grant", COLLEAGUE, {"name_matches": True, "matched": ()}).refusals
    assert refusal.code == "documents_match_the_account"
    assert refusal.value == {"missing": ["invoice.order_number"]}
    facts = {"name_matches": True, "matched": ("invoice.order_number",)}
    assert world.codes("grant", COLLEAGUE, facts) == []
    passport = shop().do("appeal", HOLDER, None, [document(kind) for kind in SETS[0]])
    assert passport.codes("grant", COLLEAGUE, {"name_matches": True}) == []


def test_a_plan_hopes_that_everything_matches() -> None:
    """A way by appeal is open although something must be compared: that it matches is what has to turn out so."""
    grounds = {**GROUNDS, "harassment": attrs.evolve(GROUNDS["harassment"], appeal_sets=SETS[1:])}
    world = s.suspended(world=under(grounds=grounds, evidence={**EVIDENCE, "invoice": INVOICE}))
    assert "appeal grant" in ways(world)


def test_what_must_be_hidden_is_named() -> None:
    """A holder is told what a document must not show; what its kind does not forbid is not held against it."""
    world = shop()
    shown = {"shown": ("invoice.card_number", "invoice.total", "passport.card_number")}
    (refusal,) = world.ask("add_evidence", HOLDER, shown, [document("invoice")]).refusals
    assert refusal.code == "documents_hide_what_is_private"
    assert refusal.value == {"shown": ["invoice.card_number"]}
    assert refusal.limit == {"invoice": "without card_number"}
    assert world.codes("add_evidence", HOLDER, {"shown": ("invoice.total",)}, [document("invoice")]) == []


def test_by_default_nothing_more_is_compared_or_hidden() -> None:
    """Under the guides' kinds the name alone is compared, and no row asks what a document shows."""
    names = {guard.name for guard in policy().guards}
    assert "name_matches_the_account" in names
    assert not names & {"documents_match_the_account", "documents_hide_what_is_private"}


@pytest.mark.parametrize(("kind", "corners", "legible"), [("passport", 3, False), ("passport", 4, True), ("order_screenshots", 3, True)])  # fmt: skip
def test_corners_are_counted_on_photographs(kind: str, corners: int, legible: bool) -> None:
    """Every corner of a photograph must show; what is no photograph has none to show."""
    assert is_legible(document(kind, corners=corners), Parameters()) is legible
    assert not is_legible(document(kind, edited=True), Parameters())
    assert not is_legible(document(kind, readable=False), Parameters())


def test_a_second_document_of_the_same_kind_is_new() -> None:
    """After a rejection another bank statement under another reference is new; the same reference never is."""
    may, june = document("bank_statement", "may"), document("bank_statement", "june")
    world = s.suspended().do("appeal", HOLDER, None, [may, s.EXPLANATION]).do("reject", COLLEAGUE, None, [s.REASONS])
    assert world.codes("appeal", HOLDER, None, [may]) == ["appeal_is_first_or_brings_new_evidence"]
    assert world.codes("appeal", HOLDER, None, [june]) == []


def test_handing_the_same_in_again_elsewhere_does_not_make_it_new() -> None:
    """A document brought once more with another request is on file later, but was first seen before the decision."""
    may = document("bank_statement", "may")
    world = s.suspended().do("appeal", HOLDER, None, [may, s.EXPLANATION]).do("reject", COLLEAGUE, None, [s.REASONS])
    world.do("open_case", HOLDER, None, [may])
    held = next(each for each in world.account.evidence if each.ref == "may")
    assert (held.version, held.first) == (5, 3)
    assert world.codes("appeal", HOLDER) == ["appeal_is_first_or_brings_new_evidence"]
    world.do("add_evidence", HOLDER, None, [document("bank_statement", "june")])
    assert world.codes("appeal", HOLDER) == []


def test_a_document_of_an_earlier_suspension_may_serve_again() -> None:
    """What was handed in against one suspension is handed in again against the next, under its reference."""
    world = s.appealed().do("grant", COLLEAGUE, {"name_matches": True})
    world = s.suspended(world=world).do("appeal", HOLDER, None, s.COMPLETE)
    assert world.state is State.UNDER_APPEAL


def test_kinds_are_read_from_a_file_and_told_on_the_page() -> None:
    """A policy file adds a kind in one entry; the page says what is asked of it."""
    made = parameters_of("""
        [evidence.invoice]
        says = "the invoice of the order"
        matches = ["order_number"]
        never_shows = ["card_number"]
    """)
    assert made.evidence["invoice"] == INVOICE
    page = policy_page(policy(made))
    row = next(line for line in page.splitlines() if line.startswith("| invoice |"))
    assert "Must equal what the account has: order number." in row
    assert "the invoice of the order, with the card number covered" in row


def test_a_text_of_a_team_is_taken_as_text() -> None:
    """A kind that is a text may be written and is kept encrypted; a document may not."""
    letter = EvidenceKind("letter", "a letter to the reviewers", form="text")
    rules = policy(Parameters(evidence={**EVIDENCE, "letter": letter, "invoice": INVOICE}))
    assert {"letter", "explanation"} <= rules.texts
    assert "invoice" not in rules.texts
    assert rules.evidence["letter"] == "a letter to the reviewers"


def test_an_agent_brings_texts_of_staff_as_no_news() -> None:
    """Reasons an agent wrote are nothing the holder brings: they make no appeal new."""
    world = s.rejected().do("explain_rejection", AGENT, None, [Evidence("reasons", "why-not")])
    assert world.codes("appeal", HOLDER) == ["appeal_is_first_or_brings_new_evidence"]
