"""Judged once: what was cleared or served carries no other measure, and the system waits after a person lifted one."""

from __future__ import annotations

from typing import Any

import pytest
import support as s
from support import AGENT, COLLEAGUE, DAY, HOLDER, HOUR, INSTANT, REVIEWER, START, SUPERVISOR, SYSTEM, World

from lifecycle import Lifecycle
from lifecycle.calendar import BusinessDays
from lifecycle.fold import replay
from lifecycle.model import Actor, Evidence, Judgement, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.store.codec import decode_account, encode_account

REPORT = {"ground": "new_device", "rests_on": ("report-1",)}
LOGINS = {"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 6}
THREE_DAYS = {"release_grace": 3 * DAY}


def cleared(**parameters: Any) -> World:
    """An account locked over a report that support then cleared: its third event."""
    return s.active(**parameters).do("lock", AGENT, REPORT).do("unlock", AGENT, {"packet_fields": 4})


def test_the_refusal_names_the_earlier_event() -> None:
    """Whoever acts on what was judged is shown, for each reference, what came of it and in which event."""
    world = cleared()
    (refusal,) = world.ask("lock", AGENT, REPORT).refusals
    assert refusal.code == "rests_on_something_new"
    assert refusal.value == {"judgements": {"report-1": {"outcome": "cleared", "event": 3}}}
    assert world.events[2].version == 3
    assert world.events[2].trigger == "unlock"


def test_new_evidence_beside_it_is_free_to() -> None:
    """A measure may rest on what was judged as long as something new stands beside it."""
    world = cleared().do("lock", AGENT, {**REPORT, "rests_on": ("report-1", "report-2")})
    assert (world.account.lock.rests_on, world.account.lock.earlier) == (("report-1", "report-2"), 3)


def test_documents_count_by_their_reference_and_texts_of_staff_do_not() -> None:
    """A document that carried a suspension is judged with it; the statement of reasons may be the same every time."""
    shot = Evidence("order_screenshots", "shot-1")
    world = s.active().do("suspend", REVIEWER, {"ground": "harassment"}, [s.STATEMENT, shot])
    assert world.account.suspension.rests_on == ("shot-1",)
    world.do("reverse_decision", SUPERVISOR, {"lifts": "suspension"}, [s.REASONS])
    again = {"ground": "harassment"}
    assert world.codes("suspend", REVIEWER, again, [s.STATEMENT, shot]) == ["rests_on_something_new"]
    assert world.codes("suspend", REVIEWER, again, [s.STATEMENT]) == []


def test_what_rests_on_nothing_is_free() -> None:
    """Where no reference is given, nothing was judged, whatever was lifted before."""
    assert cleared().codes("lock", AGENT, {"ground": "new_device"}) == []


@pytest.mark.parametrize(("lift", "outcome"), [
    (lambda w: w.do("send_unlock_code", HOLDER).do("verify", HOLDER, {"code_right": True}), "served"),
    (lambda w: w.do("unlock", AGENT, {"packet_fields": 4}), "cleared"),
])  # fmt: skip
def test_a_lock_was_served_or_cleared(lift: Any, outcome: str) -> None:
    """The holder's own proof means that a lock was served, an agent's decision that its cause was cleared."""
    world = lift(s.active().do("lock", AGENT, REPORT))
    assert [(each.outcome, each.refs) for each in world.account.judgements] == [(outcome, ("report-1",))]
    assert world.codes("lock", SYSTEM, REPORT) == ["rests_on_something_new"]


def test_a_signal_that_fell_below_its_limit_judges_nothing() -> None:
    """Where the system itself drops a warning because its cause is gone, the same may be warned about again."""
    facts = {"ground": "unpaid_orders", "signal": "unpaid_orders", "rests_on": ("orders-may",)}
    world = s.active().do("warn", SYSTEM, {**facts, "signal_count": 3})
    world.do("clear_warning", SYSTEM, {"signal": "unpaid_orders", "signal_count": 1})
    assert world.account.judgements == ()
    assert world.codes("warn", SYSTEM, {**facts, "signal_count": 3}) == []


def test_what_is_remembered_is_bounded() -> None:
    """Of measures with references the latest are kept; of those without only the last on each ground."""
    world = s.active(judgements_limit=2)
    for n in range(4):
        world.do("lock", AGENT, {**REPORT, "rests_on": (f"report-{n}",)}).do("unlock", AGENT, {"packet_fields": 4})
    assert [each.refs for each in world.account.judgements] == [("report-2",), ("report-3",)]
    world = s.active()
    for _ in range(3):
        world.do("lock", AGENT, {"ground": "new_device"}).do("unlock", AGENT, {"packet_fields": 4})
    assert [each.number for each in world.account.judgements] == [7]


def test_it_is_kept_and_folded_again() -> None:
    """What was judged is stored with the account, and the log alone makes it again."""
    world = cleared()
    assert replay("acc", world.events) == world.account
    assert decode_account(encode_account(world.account), "acc") == world.account
    assert world.account.judgements == (
        Judgement(number=3, at=START, author="agent:1", outcome="cleared", grounds=("new_device",), refs=("report-1",)),
    )


def test_a_signal_observed_carries_its_references(shop: Any) -> None:
    """What a host says a sighting rests on goes along with what follows from it, and is judged with it."""
    with Lifecycle.open("memory:", policy=policy(), secret=b"x" * 32, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.import_account("ann", state="active", given={"contacts": ["email"]})
        for n in range(6):
            seen = accounts.observe(
                "distinct_addresses", account="ann", about=f"a{n}", facts={"rests_on": ["logins-1"]}
            )
        assert accounts.account("ann").lock.rests_on == ("logins-1",)
        accounts.submit("unlock", account="ann", by=Actor.agent("1"), facts={"packet_fields": 4})
        for n in range(6):
            seen = accounts.observe(
                "distinct_addresses", account="ann", about=f"b{n}", facts={"rests_on": ["logins-1"]}
            )
        assert [refusal.code for refusal in seen.decision.refusals] == ["rests_on_something_new"]


# --- the release grace -----------------------------------------------------------------------------------------------


def released(**parameters: Any) -> World:
    """An account that an agent unlocked at the start."""
    return s.locked("unusual_logins", **parameters).do("unlock", AGENT, {"packet_fields": 4})


def test_without_a_grace_the_system_may_act_at_once() -> None:
    """By default no row asks for a grace, and a new lock points back to the event that lifted the last one."""
    names = {guard.name for guard in policy().guards}
    assert not names & {"release_grace_is_over", "reasons_are_given_so_soon"}
    world = released().do("lock", SYSTEM, LOGINS)
    assert world.account.lock.earlier == 3


def test_the_grace_ends_at_its_moment() -> None:
    """The system waits for the grace to the instant, and is told when it is over; working days count as such."""
    world = released(**THREE_DAYS)
    early = world.ask("lock", SYSTEM, LOGINS, at=START + 3 * DAY - INSTANT)
    assert [(r.code, r.earliest) for r in early.refusals] == [("release_grace_is_over", START + 3 * DAY)]
    assert world.codes("lock", SYSTEM, LOGINS, at=START + 3 * DAY) == []
    days = released(release_grace=BusinessDays(5)).ask("lock", SYSTEM, LOGINS)
    assert [r.earliest for r in days.refusals] == [START + 7 * DAY]


def test_a_person_gives_reasons_within_it() -> None:
    """Within the grace an agent gives reasons, afterwards none are asked for; the refusal names the event."""
    world = released(**THREE_DAYS)
    (refusal,) = world.ask("lock", AGENT, {"ground": "unusual_logins"}).refusals
    assert (refusal.code, refusal.value["lifted_by_event"]) == ("reasons_are_given_so_soon", 3)
    assert world.codes("lock", AGENT, {"ground": "unusual_logins"}, [s.REASONS]) == []
    assert world.codes("lock", AGENT, {"ground": "unusual_logins"}, at=START + 3 * DAY) == []


def test_only_a_person_begins_a_grace() -> None:
    """Neither the holder's own proof nor time begins a grace."""
    code = (
        s.locked("unusual_logins", **THREE_DAYS)
        .do("send_unlock_code", HOLDER)
        .do("verify", HOLDER, {"code_right": True})
    )
    assert code.codes("lock", SYSTEM, LOGINS) == []
    waited = s.locked("declined_payments", **THREE_DAYS).tick(DAY)
    assert waited.state is State.ACTIVE
    facts = {"ground": "declined_payments", "signal": "failed_payments", "signal_count": 5}
    assert waited.codes("lock", SYSTEM, facts) == []


def test_a_grace_outlives_a_lock_that_served_meanwhile() -> None:
    """A lock with reasons inside the grace, opened by the holder, does not end the grace that a person began."""
    world = released(**THREE_DAYS).do("lock", AGENT, {"ground": "unusual_logins"}, [s.REASONS]).wait(HOUR)
    world.do("send_unlock_code", HOLDER).do("verify", HOLDER, {"code_right": True})
    early = world.ask("lock", SYSTEM, LOGINS)
    assert [r.earliest for r in early.refusals] == [START + 3 * DAY]


@pytest.mark.parametrize("lift", [
    lambda w: w.do("appeal", HOLDER, None, s.COMPLETE).do("grant", COLLEAGUE, {"name_matches": True}),
    lambda w: w.do("reverse_decision", SUPERVISOR, {"lifts": "suspension"}, [s.REASONS]),
])  # fmt: skip
def test_every_person_who_lifts_begins_one(lift: Any) -> None:
    """A granted appeal and a supervisor's reversal begin a grace like an agent's decision."""
    world = lift(s.suspended(**THREE_DAYS))
    codes = world.codes("suspend", SYSTEM, {"ground": "harassment"}, [s.STATEMENT])
    assert codes == ["release_grace_is_over"]
    assert world.codes("suspend", REVIEWER, {"ground": "harassment"}, [s.STATEMENT]) == []


def test_the_rule_on_linked_accounts_waits_too() -> None:
    """Within the grace an account is not suspended again for what it shares with a banned one; exactly at its end it is."""
    links = {"banned_links": ("email",), "restricted_links": (), "cookies_cleared": False, "device_recognised": False}
    world = s.active(release_grace=3 * DAY).do("check_linkage", SYSTEM, links)
    world.do("reverse_decision", SUPERVISOR, {"lifts": "suspension"}, [s.REASONS])
    early = world.ask("check_linkage", SYSTEM, links, at=START + 3 * DAY - INSTANT)
    assert [(r.code, r.earliest) for r in early.refusals] == [("linkage_grace_is_over", START + 3 * DAY)]
    assert world.codes("check_linkage", SYSTEM, links, at=START + 3 * DAY) == []
    assert "linkage_grace_is_over" not in {guard.name for guard in policy().guards}


def test_a_negative_grace_is_refused() -> None:
    """A grace is a length of time, and an account remembers at least one measure."""
    with pytest.raises(Exception, match="release_grace cannot be a negative time") as refused:
        Parameters(release_grace=-DAY, judgements_limit=0)
    assert "judgements_limit must be at least 1, not 0" in str(refused.value)
