"""For each guard about support, orders, data and messages: an attempt it alone refuses, and one where it holds."""

from __future__ import annotations

import support as s
from scenarios import Scenario, by_fact, by_time, by_world
from support import AGENT, CLEAR, DAY, HOLDER, INSTANT, START, SYSTEM

WARN = {"open_obligations_policy": "warn"}
OWED = {**CLEAR, "open_orders": 1, "code_right": True}
FREE = {"retention_duty": False, "kept_by_law": []}


def stalled_deletion() -> s.World:
    """A confirmed closure that nobody has carried out yet."""
    return s.confirmed()


def due_for_erasure(**parameters: str) -> s.World:
    """A deleted account whose data may go."""
    return s.deleted(**parameters).wait(DAY)


def erased_on_request() -> s.World:
    """A deleted account whose data go on request only, once somebody asked."""
    world = s.deleted(erasure_mode="on_request").do("request_erasure", AGENT, {"former_holder_identified": True})
    return world.wait(DAY)


def unsubscribed() -> s.World:
    """An account whose holder wants no promotions."""
    return s.active().do("unsubscribe", HOLDER)


def losing(**facts: int) -> s.World:
    """An account deleted under a policy that only warns, with so much still open."""
    return s.deleting(**WARN).do("confirm_deletion", HOLDER, {**CLEAR, **facts, "code_right": True})


SUPPORT: dict[str, Scenario] = {
    "support_knows_the_matter": lambda: by_fact(s.active(), "open_case", HOLDER, case_kind=("weather", "access")),
    "support_is_reached_so": lambda: by_fact(s.active(), "open_case", HOLDER, case_channel=("carrier_pigeon", "email")),
    "deletion_is_late": lambda: by_time(
        stalled_deletion(),
        "open_case",
        HOLDER,
        START + 3 * DAY - INSTANT,
        START + 3 * DAY,
        {"case_kind": "deletion_stalled"},
    ),
    "case_is_with_the_bot": lambda: by_world(
        s.active().do("open_case", HOLDER, {"case_channel": "ticket"}),
        s.active().do("open_case", HOLDER),
        "queue_case",
        SYSTEM,
        {"human_asked": True},
    ),
    "case_waits_for_an_agent": lambda: by_world(
        s.with_case(s.active()), s.active().do("open_case", HOLDER), "connect_agent", SYSTEM, {"human_asked": True}
    ),
    "cause_is_untold": lambda: by_world(
        s.with_case(s.locked()).do("tell_cause", AGENT, {"packet_fields": 4}),
        s.with_case(s.locked()),
        "tell_cause",
        AGENT,
        {"packet_fields": 4},
    ),
}

ORDERS: dict[str, Scenario] = {
    "paid_order_is_silent": lambda: by_fact(s.suspended(), "suggest_seller", SYSTEM, order_silent_days=(6, 7)),
    "something_is_lost": lambda: by_fact(losing(), "forfeit", SYSTEM, CLEAR, refunds_not_asked=(0, 1)),
    "loss_is_unrecorded": lambda: by_world(losing(open_orders=1), losing(), "forfeit", SYSTEM, OWED),
}

DATA: dict[str, Scenario] = {
    "former_holder_is_identified": lambda: by_fact(
        s.deleted(), "request_erasure", AGENT, former_holder_identified=(False, True)
    ),
    "data_are_not_erased": lambda: by_world(
        due_for_erasure().do("erase", SYSTEM, FREE),
        due_for_erasure(),
        "request_erasure",
        AGENT,
        {"former_holder_identified": True},
    ),
    "something_is_left": lambda: by_world(
        due_for_erasure().do("erase", SYSTEM, FREE),
        due_for_erasure().do("erase", SYSTEM, {**FREE, "kept_by_law": ["tax"]}),
        "erase",
        AGENT,
        FREE,
    ),
    "erasure_was_asked_for": lambda: by_world(
        due_for_erasure(erasure_mode="on_request"), erased_on_request(), "erase", SYSTEM, FREE
    ),
    "erasure_delay_is_over": lambda: by_time(s.deleted(), "erase", SYSTEM, START + DAY - INSTANT, START + DAY, FREE),
    "no_retention_duty": lambda: by_fact(
        due_for_erasure(), "erase", SYSTEM, {"kept_by_law": ["tax"]}, retention_duty=(True, False)
    ),
    "something_stops_the_erasure": lambda: by_fact(
        due_for_erasure(), "refuse_erasure", SYSTEM, retention_duty=(False, True)
    ),
    "refusal_is_untold": lambda: by_world(
        due_for_erasure().do("refuse_erasure", SYSTEM, {"retention_duty": True}),
        due_for_erasure(),
        "refuse_erasure",
        SYSTEM,
        {"retention_duty": True},
    ),
}

MAIL: dict[str, Scenario] = {
    "messages_can_be_stopped": lambda: by_fact(s.active(), "unsubscribe", HOLDER, message_channel=("letter", "app")),
    "messages_still_come": lambda: by_world(unsubscribed(), s.deleted(), "unsubscribe", HOLDER),
    "messages_were_stopped": lambda: by_world(s.active(), unsubscribed(), "subscribe", HOLDER),
}

CARE: dict[str, Scenario] = {**SUPPORT, **ORDERS, **DATA, **MAIL}
