"""For each guard about signing up, leaving, holds and erasure: an attempt it alone refuses, and one where it holds."""

from __future__ import annotations

from typing import Any

import support as s
from scenarios import Pair, Scenario, by_fact, by_time, by_world
from support import AGENT, CLEAR, DAY, HOLDER, HOUR, INSTANT, REVIEWER, START, SYSTEM

PRESSED = {"signed_in": True, "identifier_matches": True}


def but(facts: Any, name: str) -> dict[str, Any]:
    """The same facts without one."""
    return {key: value for key, value in facts.items() if key != name}


def _closing(**both: tuple[Any, Any]) -> Pair:
    """A closure request with all in order but for one fact."""
    (name,) = both
    return by_fact(s.active(), "request_closure", HOLDER, but(s.CLOSING, name), **both)


def _signing_up(**both: tuple[Any, Any]) -> Pair:
    (name,) = both
    return by_fact(s.World(), "register", HOLDER, but(s.SIGN_UP, name), **both)


def _completing(bad: s.World, good: s.World) -> Pair:
    return by_world(bad.wait(3 * DAY), good.wait(3 * DAY), "complete_deletion", SYSTEM, CLEAR)


def held(world: s.World) -> s.World:
    """The same account with a hold for a court case."""
    return world.do("place_hold", REVIEWER, {"hold": "court_case"})


def stalled(**parameters: Any) -> s.World:
    """A confirmed closure that nobody carried out in time."""
    return s.confirmed(**parameters).wait(3 * DAY).do("mark_stalled", SYSTEM)


def stalled_again(**parameters: Any) -> s.World:
    """The same closure, asked for again and not carried out again."""
    return stalled(**parameters).do("request_closure", HOLDER).wait(3 * DAY).do("mark_stalled", SYSTEM)


def owing() -> s.World:
    """A confirmed closure held because of an open order."""
    return s.confirmed().do("hold_deletion", SYSTEM, {**CLEAR, "open_orders": 1})


SIGNING_UP: dict[str, Scenario] = {
    "sign_up_is_complete": lambda: _signing_up(registration_fields=(3, 4)),
    "sign_up_is_verified": lambda: _signing_up(verified_by=(None, "link")),
    "email_is_free": lambda: _signing_up(email_is_reserved=(True, False)),
}

DIRECT: dict[str, Scenario] = {
    "signed_in": lambda: by_fact(s.deactivated(), "reactivate", HOLDER, signed_in=(False, True)),
    "identifier_matches_the_account": lambda: by_fact(
        s.active(), "deactivate", HOLDER, {"signed_in": True}, identifier_matches=(False, True)
    ),
    "entry_leads_to_deletion": lambda: by_fact(
        s.active(), "deactivate", HOLDER, PRESSED, entry=("web:account_security", "ios:edit_member_profile")
    ),
    "identifier_is_accepted": lambda: by_fact(
        s.active(), "deactivate", HOLDER, PRESSED, identifier=("phone", "member_id")
    ),
    "deactivating_is_offered": lambda: by_world(
        s.active(deactivation_channels=("support",)), s.active(), "deactivate", HOLDER, PRESSED
    ),
    "support_may_pause": lambda: by_world(
        s.with_case(s.active(deactivation_channels=("self_button",))),
        s.with_case(s.active()),
        "pause",
        AGENT,
        {"reason": "break"},
    ),
    "pause_may_end": lambda: by_time(
        s.deactivated(temporary_deactivation_max=DAY),
        "reactivate",
        HOLDER,
        START + DAY + INSTANT,
        START + DAY,
        {"signed_in": True},
    ),
    "reason_is_on_the_list": lambda: by_fact(s.active(), "deactivate", HOLDER, PRESSED, reason=("boredom", "privacy")),
    "reason_is_given": lambda: by_fact(
        s.active().do("deactivate", HOLDER, {**PRESSED, "entry": "ios:edit_member_profile"}).do("show_warning", SYSTEM),
        "press_delete",
        HOLDER,
        {**CLEAR, "signed_in": True},
        reason=(None, "other"),
    ),
    "reason_is_a_break": lambda: by_fact(s.with_case(s.active()), "pause", AGENT, reason=("privacy", "break")),
    "warning_was_shown": lambda: by_world(
        s.deactivated(), s.warned_of_deletion(), "press_delete", HOLDER, {**CLEAR, "signed_in": True}
    ),
    "account_belongs_to_a_buyer": lambda: by_world(
        s.warned_of_deletion(kind="seller"),
        s.warned_of_deletion(),
        "press_delete",
        HOLDER,
        {**CLEAR, "signed_in": True},
    ),
    "deletion_was_left": lambda: by_time(
        s.deleting(), "abandon_deletion", SYSTEM, START + HOUR - INSTANT, START + HOUR
    ),
    "deactivate_was_pressed": lambda: by_world(
        s.active(deactivate_button_effect="deletion_only"),
        s.deactivated(deactivate_button_effect="deletion_only"),
        "show_warning",
        SYSTEM,
    ),
}

OBLIGATIONS: dict[str, Scenario] = {
    "orders_are_settled": lambda: _closing(open_orders=(1, 0)),
    "refunds_are_settled": lambda: _closing(refunds_in_flight=(1, 0)),
    "disputes_are_closed": lambda: _closing(open_disputes=(1, 0)),
    "wallet_is_empty": lambda: _closing(wallet_balance=(1, 0)),
    "bills_are_paid": lambda: _closing(outstanding_charges=(1, 0)),
    "subscriptions_have_ended": lambda: by_fact(
        s.confirmed().wait(3 * DAY),
        "complete_deletion",
        SYSTEM,
        but(CLEAR, "active_subscriptions"),
        active_subscriptions=(1, 0),
    ),
}

CLOSURE: dict[str, Scenario] = {
    "consequences_are_read": lambda: _closing(consequences_read=(False, True)),
    "entry_leads_to_closure": lambda: _closing(entry=("web:edit_profile", "web:account_security")),
    "requests_are_left": lambda: by_world(stalled_again(resubmit_limit=1), stalled_again(), "request_closure", HOLDER),
    "identity_is_proven": lambda: _closing(identity_proven=(False, True)),
    "request_is_stalled": lambda: by_world(s.confirmed(), stalled(), "request_closure", HOLDER),
    "link_is_alive": lambda: by_time(
        s.closing(), "confirm_closure", HOLDER, START + 72 * HOUR + INSTANT, START + 72 * HOUR, {"code_right": True}
    ),
    "request_is_unconfirmed": lambda: by_world(
        s.with_case(s.confirmed()), s.with_case(s.closing()), "withdraw_closure", AGENT, {"agent_consents": True}
    ),
    "request_is_confirmed": lambda: _completing(s.closing(), s.confirmed()),
    "processing_is_over": lambda: by_time(
        s.confirmed(), "complete_deletion", SYSTEM, START + 3 * DAY - INSTANT, START + 3 * DAY, CLEAR
    ),
    "processing_took_too_long": lambda: by_time(
        s.confirmed(), "mark_stalled", SYSTEM, START + 3 * DAY - INSTANT, START + 3 * DAY
    ),
    "not_stalled_before": lambda: by_world(stalled(), s.confirmed().wait(3 * DAY), "mark_stalled", SYSTEM),
    "confirmation_is_overdue": lambda: by_time(
        s.closing(), "closure_lapses", SYSTEM, START + 72 * HOUR - INSTANT, START + 72 * HOUR
    ),
    "something_is_owed": lambda: by_fact(
        s.confirmed(), "hold_deletion", SYSTEM, but(CLEAR, "open_orders"), open_orders=(0, 1)
    ),
    "deletion_is_not_held": lambda: by_world(
        owing(), s.confirmed(), "hold_deletion", SYSTEM, {**CLEAR, "open_orders": 1}
    ),
    "support_agrees": lambda: by_fact(
        s.with_case(s.closing()), "withdraw_closure", AGENT, agent_consents=(False, True)
    ),
}

HOLDS: dict[str, Scenario] = {
    "no_hold_stands": lambda: _completing(held(s.confirmed()), s.confirmed()),
    "hold_is_new": lambda: by_fact(held(s.active()), "place_hold", REVIEWER, hold=("court_case", "audit")),
    "hold_stands": lambda: by_fact(held(s.active()), "release_hold", REVIEWER, hold=("audit", "court_case")),
    "suspension_is_permanent": lambda: by_world(
        s.suspended(), s.permanent(), "close_suspended", AGENT, {"asked_by_holder": True}
    ),
    "holder_asked_for_it": lambda: by_fact(s.permanent(), "close_suspended", AGENT, asked_by_holder=(False, True)),
}

LEAVING: dict[str, Scenario] = {**SIGNING_UP, **DIRECT, **OBLIGATIONS, **CLOSURE, **HOLDS}
