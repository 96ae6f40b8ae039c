"""Reasons for leaving: a list with an alternative for each motive, and none that decides whether somebody may leave."""

from __future__ import annotations

import pytest
import support as s
from support import CLEAR, HOLDER, SYSTEM

from lifecycle.model import State
from lifecycle.policy import policy
from lifecycle.policy.closing import GUARDS as CLOSING
from lifecycle.policy.obligations import GUARDS as OBLIGATIONS
from lifecycle.policy.reasons import OTHER_SHOPS, REASONS
from lifecycle.prose import policy_page
from lifecycle.trace import citing

RULES = {
    *("G1-25", "G1-27", "G1-28", "G1-29", "G1-30"),
    *("G2-01", "G2-02", "G2-03", "G2-04", "G2-05", "G2-06", "G2-07", "G2-37", "G2-49", "G2-51"),
    *("G2-53", "G2-54", "G2-55", "G2-56"),
}


def test_every_reason_of_the_guides_is_on_the_list() -> None:
    """Each motive and each alternative that the guides name is held by the list, and everything it cites is known."""
    cited = {cite for kind, _, _, cites in citing(policy()) if kind == "reason" for cite in cites}
    assert cited >= RULES
    assert cited <= set(policy().citations)
    assert len(OTHER_SHOPS) == 4


@pytest.mark.parametrize("reason", REASONS.values(), ids=lambda reason: reason.name)
def test_an_alternative_is_offered_and_never_imposed(reason) -> None:
    """For every reason but the one for anything else there is something to do instead; all the same one may leave."""
    assert bool(reason.alternatives) is (reason.name != "other")
    world = s.active().do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True, "reason": reason.name})
    assert world.events[-1].notices == ("account_deactivated",)
    world.do("show_warning", SYSTEM)
    assert world.events[-1].notices == ("deletion_warning",)
    world.do("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    assert world.account.deletion.reason == reason.name
    assert world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True}).state is State.DELETED


def test_the_reason_stays_in_the_log() -> None:
    """Whoever counts why people leave reads it in the event of the last press, as a code."""
    world = s.active().do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True, "reason": "privacy"})
    world.do("show_warning", SYSTEM).do("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    opened = next(change for change in world.events[-1].changes if change.name == "deletion")
    assert opened.values["reason"] == "privacy"


def test_the_reasons_stand_on_the_page() -> None:
    """The page of the policy lists each reason with what is offered instead."""
    page = policy_page(policy())
    assert "## Reasons for leaving" in page
    for reason in REASONS.values():
        assert f"| {reason.name.replace('_', ' ')} | {reason.says} |" in page
        assert all(each.says in page for each in reason.alternatives)


def test_everything_that_wants_preparing_is_asked_for_at_once() -> None:
    """Orders, refunds, disputes, wallet, bills: whoever asks for a closure unprepared is told all of it in one answer."""
    unready = {**s.CLOSING, "open_orders": 1, "refunds_in_flight": 1, "open_disputes": 1, "wallet_balance": 1}
    codes = s.active(subscription_policy="block").codes(
        "request_closure", HOLDER, {**unready, "outstanding_charges": 1, "active_subscriptions": 1}
    )
    assert codes == [guard.name for guard in OBLIGATIONS]
    assert not set(codes) & {guard.name for guard in CLOSING}
