"""What a plan counts on and advises: every step leads somewhere, every advice is given, everything says where from."""

from __future__ import annotations

import functools
import re

import attrs
import pytest
import support as s
from plans import arrived, planned, rejected_on, situations
from support import HOUR

from lifecycle.model import State
from lifecycle.plan import Plan
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.ways import NO_WAY, WAYS
from lifecycle.prose import policy_page
from lifecycle.rows.ways import Ways, filled

GONE = State.DELETED


@functools.cache
def gallery() -> dict[str, Plan]:
    """A plan for each situation that somebody asks about."""
    return {name: planned(world, to, **more) for name, (world, to, more) in situations().items()}


def hints_of(found: Plan) -> set[str]:
    """The names of everything a plan advises, as a whole and beside its legs."""
    return {hint.name for hint in found.hints} | {h.name for way in found.ways for leg in way.legs for h in leg.hints}


@pytest.mark.parametrize("name", [advice.name for advice in WAYS.advice])
def test_every_advice_is_given_to_somebody(name):
    """There is a situation in which a plan gives this advice, and one in which it does not."""
    given = {where for where, found in gallery().items() if name in hints_of(found)}
    assert given
    assert given != gallery().keys()


@pytest.mark.parametrize("trigger", WAYS.steps)
def test_every_step_is_part_of_a_way(trigger):
    """There is a situation in which this step leads somewhere."""
    assert any(trigger in way.triggers for found in gallery().values() for way in found.ways)


@pytest.mark.parametrize(
    ("where", "given"),
    [
        ("before a sale", {"within_the_hour", "keep_the_links", "a_friend_buys", "prices_come_back"}),
        ("locked", {"new_account", "orders_arrive", "credit_and_cart_stay", "find_the_cause", "order_of_steps"}),
        ("under appeal", {"several_appeals", "look_into_spam", "ask_after_it", "threats", "public_pressure"}),
        ("rejected", {"ask_which_point", "the_same_again", "refusal_is_not_the_end"}),
        ("permanent", {"anything_used_before", "save_what_can_be", "what_is_left", "a_new_account"}),
        ("coupons", {"give_up_the_duplicate"}),
        ("chargeback", {"bank_again", "reverse_the_chargeback"}),
        ("leaving", {"final", "open_business", "keep_copies", "or_something_less"}),
        ("confirmed", {"too_late", "keep_copies"}),
        ("warned", {"heed_the_warning"}),
        ("a member leaves", {"end_the_membership", "a_letter_always_works", "keep_every_paper"}),
    ],
)
def test_what_is_said_where(where, given):
    """Whoever is in this situation is told at least this."""
    assert given <= hints_of(gallery()[where])


def test_nobody_is_told_what_does_not_concern_them():
    """No sale is spoken of without one, no new account before a suspension is permanent, no appeal where none is open."""
    told = {where: hints_of(found) for where, found in gallery().items()}
    assert not {"within_the_hour", "prices_come_back", "sale_slows_support"} & told["locked"]
    assert not {"a_new_account", "clean_means"} & told["disputes"]
    assert "new_account" not in told["permanent"]
    assert not {"several_appeals", "keep_it_short"} & told["locked"]
    assert told["deleting"] == {"cannot_sign_in"}


def test_a_reason_has_its_own_alternatives():
    """Whoever names a reason for leaving, now or when they pressed Deactivate, is told what fits it; others in general."""
    said = planned(s.active(), GONE, facts={"reason": "limited_payment"})
    assert {"ask_the_seller", "other_shops"} <= hints_of(said)
    assert "or_something_less" not in hints_of(said)
    pressed = s.active().do("deactivate", s.HOLDER, {**s.CLOSING, "identifier_matches": True, "reason": "lack_of_use"})
    assert {"pause", "end_services"} <= hints_of(planned(pressed, GONE))
    assert not {"pause", "end_services"} & hints_of(planned(pressed))
    assert "or_something_less" in hints_of(planned(s.active(), GONE, facts={}))


def test_no_name_is_used_twice():
    """An alternative of a reason and an advice never share a name, so a hint is found by it."""
    instead = {each.name for reason in policy().reasons.values() for each in reason.alternatives}
    assert not instead & {advice.name for advice in WAYS.advice}


def test_everything_says_where_it_comes_from():
    """Every step and every advice cites something that is known."""
    known = policy().citations
    for each in (*WAYS.steps.values(), *WAYS.advice):
        assert each.cites
        assert set(each.cites) <= set(known), each


def test_every_figure_is_a_parameter():
    """Every number in a text is a parameter in braces; shares are told in per cent."""
    p = Parameters()
    names = {field.name for field in attrs.fields(Parameters)}
    assert filled("{escalation_success} within {spam_check_interval}, {photo_corners}", p) == "30 % within 6 hours, 4"
    for text in (*(a.says for a in WAYS.advice), *(a.why for a in WAYS.advice), *(t.says for t in WAYS.steps.values())):
        assert set(re.findall(r"\{(\w+)\}", text)) <= names
        assert "{" not in filled(text, p)
        assert not re.search(r"\d", re.sub(r"\{\w+\}", "", text)), text


def test_the_page_of_the_policy_tells_all_of_it():
    """Every step and every advice stands on the policy's page, with its figures and what it rests on."""
    page = policy_page(policy())
    section = page[page.index("## What a plan tells") : page.index("## Parameters")]
    assert all(f"| `{trigger}` |" in section for trigger in WAYS.steps)
    assert all(f"| {a.kind} | {filled(a.says, Parameters())}" in section for a in WAYS.advice)
    assert "| avoid | Send one only" in section
    assert "refused. | `appeal`, `grant` | G3-43, G3-44, X-22 |" in section
    bare = attrs.evolve(policy(), ways=Ways())
    assert "What a plan tells" not in policy_page(bare)
    assert "It advises" not in policy_page(attrs.evolve(bare, ways=attrs.evolve(WAYS, advice=())))
    assert filled("after {no_such_thing}", object()) == "after no such thing"


def test_texts_are_short_sentences():
    """What is said to a person ends as a sentence and is short enough to be read."""
    for advice in WAYS.advice:
        assert advice.says.endswith((".", "?")), advice
        assert not advice.why or advice.why.endswith("."), advice
        assert len(advice.says.split()) <= 30, advice
    assert all(step.says.endswith(".") for step in WAYS.steps.values())


def test_names_are_unique():
    """No two advices share a name, and each is something to do, to avoid or to know."""
    names = [advice.name for advice in WAYS.advice]
    assert len(names) == len(set(names))
    assert {advice.kind for advice in WAYS.advice} == {"do", "avoid", "know"}


def test_whatever_moves_an_account_is_a_step_or_no_way():
    """Every row that moves an account is either a step of some way, or something nobody is advised to do."""
    moving = {row.trigger for row in policy().rows if row.machine == "account" and row.dests}
    assert moving <= WAYS.steps.keys() | NO_WAY
    assert not WAYS.steps.keys() & NO_WAY
    assert set(WAYS.steps) <= set(policy().triggers)


def test_a_figure_that_is_changed_is_told_changed():
    """Advice and odds follow the parameters."""
    (hint,) = [
        h
        for leg in planned(s.suspended(spam_check_interval=2 * HOUR)).best.legs
        for h in leg.hints
        if h.name == "look_into_spam"
    ]
    assert hint.says == "Look into the spam folder every 2 hours."
    assert planned(rejected_on("harassment", reading={"second_appeal_success": 90})).best.odds == 0.9


def test_an_account_taken_over_without_evidence_can_still_be_helped():
    """An open appeal whose papers were never recorded is completed first, then decided."""
    world = arrived(State.UNDER_APPEAL, ground="buyer_protection", author="reviewer:1")
    assert planned(world).best.triggers == ("add_evidence", "grant")
