"""Both readings of every choice about support, blocked orders, messages and data; and what a deletion takes along."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import support as s
from support import AGENT, CLEAR, DAY, HOLDER, HOUR, START, SUPERVISOR, SYSTEM

from lifecycle.model import Account, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import BLOCKED, LIVING
from lifecycle.rows import When

ERASING = {"retention_duty": False, "kept_by_law": []}
IDENTIFIED = {"former_holder_identified": True}


def may(world: s.World, capability: str, **facts: Any) -> bool:
    """Whether the account may do it now, as the policy says."""
    return bool(world.machine.policy.allows(capability, world.account, world.command(capability, HOLDER, facts)))


# --- support ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [True, False])
def test_support_optional(value: bool) -> None:
    """Whoever leaves needs no support, or must have spoken to an agent first, on either way out."""
    asked = [] if value else ["case_is_with_an_agent"]
    world = s.active(support_optional=value)
    assert world.codes("request_closure", HOLDER, s.CLOSING) == asked
    assert s.with_case(world).codes("request_closure", HOLDER, s.CLOSING) == []
    warned = s.warned_of_deletion(support_optional=value)
    assert warned.codes("press_delete", HOLDER, {**CLEAR, "signed_in": True}) == asked


@pytest.mark.parametrize("source", LIVING)
def test_every_way_that_fails_offers_support(source: State) -> None:
    """From every state but deleted a holder may turn to support, whatever else is refused there (X-10)."""
    account = Account("acc", version=1, state=source)
    world = s.World()
    world.account = account
    assert world.codes("open_case", HOLDER) == []


@pytest.mark.parametrize("value", [False, True])
def test_final_for_agent_level(value: bool) -> None:
    """What a first agent calls final may be taken to a supervisor, or needs a rejected appeal first."""
    declined = s.with_case(s.suspended(final_for_agent_level=value)).do("decline_case", AGENT)
    codes = declined.codes("escalate", HOLDER, None, [s.EXPLANATION, s.new_document()])
    assert codes == (["refusal_is_on_record"] if value else [])
    rejected = s.rejected(final_for_agent_level=value)
    assert rejected.codes("escalate", HOLDER, None, [s.EXPLANATION, s.new_document()]) == []


def test_a_declined_case_goes_to_the_supervisor() -> None:
    """The support case follows its escalation: open while a supervisor has it, then resolved or declined for good."""
    declined = s.with_case(s.suspended()).do("decline_case", AGENT)
    with_supervisor = declined.do("escalate", HOLDER, None, [s.EXPLANATION, s.new_document()])
    assert with_supervisor.account.support_case.status == "escalated"
    assert with_supervisor.codes("open_case", HOLDER) == ["no_case_is_open"]
    before = attrs.evolve(with_supervisor.account)
    assert with_supervisor.do("grant", SUPERVISOR).account.support_case.status == "resolved"
    with_supervisor.account = before
    assert with_supervisor.do("reject", SUPERVISOR, None, [s.REASONS]).account.support_case.status == "declined"


def test_a_settled_case_is_not_taken_along() -> None:
    """An escalation after a rejected appeal leaves a case alone that is settled already, and so does its rejection."""
    world = s.with_case(s.rejected()).do("resolve_case", AGENT)
    world.do("escalate", HOLDER, None, [s.EXPLANATION, s.new_document()])
    assert world.account.support_case.status == "resolved"
    assert world.do("reject", SUPERVISOR, None, [s.REASONS]).account.support_case.status == "resolved"


def test_escalating_is_never_offered_but_asked_for() -> None:
    """Only the holder takes a refusal to a supervisor; no rule and no agent does it for them (G3-52)."""
    (row,) = [row for row in policy().rows if row.trigger == "escalate"]
    assert [role.value for role in row.actors] == ["holder"]


@pytest.mark.parametrize("value", ["suspect_only_after_stalled", "suspect_at_once"])
def test_login_test_meaning(value: str) -> None:
    """An account that still opens shows something only once its deletion is late, or at once."""
    world, about = s.confirmed(login_test_meaning=value), {"case_kind": "deletion_stalled"}
    waits = value == "suspect_only_after_stalled"
    assert world.codes("open_case", HOLDER, about) == (["deletion_is_late"] if waits else [])
    assert world.codes("open_case", HOLDER, {"case_kind": "other"}) == []
    assert world.wait(3 * DAY).codes("open_case", HOLDER, about) == []


def test_a_request_that_was_never_confirmed_is_late_as_well() -> None:
    """Without a confirmation the days count from the request; one that is marked as stalled need not wait again."""
    world, about = s.closing(), {"case_kind": "deletion_stalled"}
    (refusal,) = world.ask("open_case", HOLDER, about).refusals
    assert refusal.earliest == START + 3 * DAY
    stalled = s.confirmed().wait(3 * DAY).do("mark_stalled", SYSTEM)
    assert stalled.codes("open_case", HOLDER, about) == []


@pytest.mark.parametrize(("sale", "urgent"), [(0, False), (1, True), (12, True), (13, False)])
def test_a_sale_within_the_lead_is_urgent(sale: int, urgent: bool) -> None:
    """A sale that lies ahead by at most the lead makes the case of a blocked account urgent, and of no other."""
    facts = {"sale_at": START + sale * HOUR}
    for world in (s.locked(), s.suspended(), s.appealed()):
        decision = world.ask("open_case", HOLDER, facts)
        assert decision.account.support_case.urgent is urgent
        assert decision.notices == (("urgent_case",) if urgent else ())
    assert s.active().ask("open_case", HOLDER, facts).account.support_case.urgent is False


def test_a_channel_without_a_bot_waits_for_an_agent() -> None:
    """What is written waits for a person at once, whatever the ways to reach support are called."""
    world = s.active(support_channels=("phone", "letter"))
    assert world.ask("open_case", HOLDER, {"case_channel": "phone"}).account.support_case.status == "bot"
    assert world.ask("open_case", HOLDER, {"case_channel": "letter"}).account.support_case.status == "queued"
    assert world.codes("open_case", HOLDER, {"case_channel": "chat"}) == ["support_is_reached_so"]


# --- orders and money ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [True, False])
def test_restricted_desktop_session(value: bool) -> None:
    """Whoever is suspended for unpaid orders may cancel them from a desktop, or not at all."""
    world = s.suspended(restricted_desktop_session=value)
    unpaid = attrs.evolve(world.account.suspension, ground="unpaid_orders")
    assert not may(world, "cancel_unpaid_orders", device_class="desktop")
    world.account = attrs.evolve(world.account, suspension=unpaid)
    assert may(world, "cancel_unpaid_orders", device_class="desktop") is value
    assert not may(world, "cancel_unpaid_orders", device_class="mobile")
    assert not may(world, "see_orders")
    assert may(s.active(restricted_desktop_session=value), "cancel_unpaid_orders")


@pytest.mark.parametrize("value", [False, True])
def test_wallet_transfer(value: bool) -> None:
    """Money in the wallet can be spent only, or transferred too while the account is open."""
    assert may(s.active(wallet_transfer=value), "transfer_wallet_money") is value
    assert not may(s.locked(wallet_transfer=value), "transfer_wallet_money")


@pytest.mark.parametrize("state", BLOCKED)
def test_a_block_leaves_orders_and_money_as_they_are(state: State) -> None:
    """Under each restriction what is bought comes and what is owned stays, out of reach; also for good (A-31, A-52)."""
    table = policy().capabilities
    stays = {"keep_cart", "keep_credit", "receive_shipped_orders", "track_shipped_orders", "continue_disputes"}
    out_of_reach = {"see_orders", "spend_credit", "use_coupons", "buy", "open_dispute", "request_refund"}
    assert {name for name in stays | out_of_reach if table[name].open_in(state)} == stays
    assert table["message_seller"].open_in(state)
    assert not table["message_seller"].open_in(State.DELETED)


LOST = {"open_orders": 2, "refunds_in_flight": 1, "refunds_not_asked": 3, "open_disputes": 1, "wallet_balance": 500}


@pytest.mark.parametrize(
    ("parameters", "lost"),
    [
        ({"open_obligations_policy": "warn"}, (2, 4, 1, 0)),
        ({"open_obligations_policy": "warn", "wallet_policy": "warn_and_forfeit"}, (2, 4, 1, 500)),
        ({"wallet_policy": "warn_and_forfeit"}, (0, 0, 0, 500)),
    ],
)
def test_what_is_lost_is_recorded(parameters: dict[str, str], lost: tuple[int, ...]) -> None:
    """Where open business does not stop a deletion, what goes with it is counted, recorded and said, once."""
    facts = {**CLEAR, **(LOST if "open_obligations_policy" in parameters else {"wallet_balance": 500})}
    world = s.deleting(**parameters)
    decision = world.ask("confirm_deletion", HOLDER, {**facts, "code_right": True})
    assert decision.notices[-2:] == ("account_deleted", "open_business_lost")
    gone = decision.account.forfeited
    assert (gone.orders, gone.refunds, gone.disputes, gone.wallet) == lost
    assert [event.dest for event in decision.events] == [State.DELETED, State.DELETED]


def test_nothing_open_is_nothing_lost() -> None:
    """A deletion with nothing open says nothing of a loss, under either policy."""
    for parameters in ({}, {"open_obligations_policy": "warn"}):
        decision = s.deleting(**parameters).ask("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})
        assert decision.notices[-1] == "account_deleted"
        assert decision.account.forfeited is None


def test_a_closure_loses_what_is_open_too() -> None:
    """The closure by request records the loss when it is carried out, orders on their way left out if they may come."""
    world = s.confirmed(open_obligations_policy="warn", in_transit_blocks=False)
    world.tick(3 * DAY, {**CLEAR, "open_orders": 3, "orders_in_transit": 2})
    assert world.state is State.DELETED
    assert world.account.forfeited.orders == 1
    assert not may(world, "request_refund")


# --- messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [False, True])
def test_suppress_email_on_delete(value: bool) -> None:
    """Promotions go on after the deletion until they are stopped or the address is erased, or end with the account."""
    world = s.deleted(suppress_email_on_delete=value)
    assert may(world, "receive_promotions") is not value
    assert may(world, "unsubscribe")
    assert world.codes("unsubscribe", HOLDER) == []
    erased = world.tick(DAY, ERASING)
    assert erased.account.erased
    assert not may(erased, "receive_promotions")


@pytest.mark.parametrize("state", list(State))
def test_messages_can_be_stopped_in_every_state(state: State) -> None:
    """The link at the foot of a mail works whatever has become of the account, and no state brings the mail back."""
    world = s.World()
    world.account = Account("acc", version=1, state=state)
    assert may(world, "receive_promotions")
    assert not may(world.do("unsubscribe", HOLDER), "receive_promotions")
    assert world.state is state


# --- data ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["automatic_plus_request", "automatic", "on_request"])
def test_erasure_mode(value: str) -> None:
    """Data go by themselves, on request, or both; where nobody can ask there is no way to ask."""
    world = s.deleted(erasure_mode=value)
    by_itself = value != "on_request"
    assert (world.account.timer("erase") is not None) is by_itself
    asks = "request_erasure" in world.machine.policy.triggers
    assert asks is (value != "automatic")
    if not by_itself:
        assert world.wait(DAY).codes("erase", SYSTEM, ERASING) == ["erasure_was_asked_for"]
    if asks:
        world.do("request_erasure", AGENT, IDENTIFIED)
        assert world.account.erasure.asked
    assert world.tick(DAY, ERASING).account.erasure.status == "erased"


def test_only_what_the_law_may_ask_for_is_kept() -> None:
    """Of what the host would keep only the categories of the policy stay; with none of them nothing does."""
    facts = {**ERASING, "kept_by_law": ["photographs", "tax", "reviews"]}
    some = s.deleted(legal_retention_categories=("reviews", "tax")).tick(DAY, facts).account.erasure
    assert (some.status, some.kept_data, some.erased_data) == ("partial", ("reviews", "tax"), ("orders", "profile"))
    none = s.deleted(legal_retention_categories=()).tick(DAY, facts).account.erasure
    assert (none.status, none.kept_data) == ("erased", ())


def test_a_timer_never_erases_without_asking_what_the_law_keeps() -> None:
    """As long as nobody said what the law asks to be kept, a due erasure waits."""
    world = s.deleted().tick(DAY, {"retention_duty": False})
    assert not world.account.erased
    assert world.account.timer("erase").due == START + DAY


def test_an_account_erased_before_erasures_were_recorded() -> None:
    """An account whose data went under an older policy has nothing left to erase."""
    world = s.deleted().wait(DAY)
    world.account = attrs.evolve(world.account, erased=True, erasure=None)
    assert world.codes("erase", SYSTEM, ERASING) == ["something_is_left"]
    waiting = s.deleted().wait(DAY)
    waiting.account = attrs.evolve(waiting.account, erasure=None)
    assert waiting.do("erase", SYSTEM, ERASING).account.erased


def test_readings_make_policies_of_their_own() -> None:
    """A reading that needs no row leaves it out, so that no rule stands that nobody can take."""

    def triggers(**parameters: Any) -> set[str]:
        return set(policy(Parameters(**parameters)).triggers)

    assert triggers() - triggers(erasure_mode="automatic") == {"request_erasure"}
    assert triggers(wallet_policy="warn_and_forfeit") - triggers() == {"forfeit"}
    rows = [row for row in policy().rows if row.trigger == "open_case"]
    assert all(isinstance(row.when[0], When) for row in rows)
    assert rows[0].when[0].excludes(rows[1].when[0])
