"""Leaving under other policies than the guides': a grace and who ends it, waits before, deletions by the platform."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import attrs
import pytest
import support as s
from plans import conditions, leg_of, planned
from support import AGENT, CLEAR, COLLEAGUE, DAY, HOLDER, HOUR, MINUTE, REASONS, REVIEWER, STATEMENT, SYSTEM, World

from lifecycle.calendar import BusinessDays
from lifecycle.errors import BadParameters, PolicyError
from lifecycle.facts import Facts
from lifecycle.machine import AccountMachine
from lifecycle.model import Role, State
from lifecycle.parameters_file import parameters_of, parameters_text
from lifecycle.policy import policy
from lifecycle.policy.leaving_terms import RESERVATIONS, ROADS, Reservation, Wait
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Open, Transition

WEEKS = dt.timedelta(days=14)
PAYOUT = Wait("payout", "The last payout lies two weeks back.", WEEKS, fact="last_payout_at")


class ShopFacts(Facts):
    """The facts of a host that knows when a parcel was last sent out."""

    last_parcel_at: dt.datetime | None
    parcels: int


def mistakes(**parameters: Any) -> tuple[str, ...]:
    """What is wrong with these parameters."""
    with pytest.raises(BadParameters) as caught:
        Parameters(**parameters)
    return caught.value.mistakes


def graced(**more: Any) -> World:
    """A direct deletion, confirmed, in a grace of two weeks."""
    world = s.deleting(direct_deletion_grace=WEEKS, withdraw_until="platform_confirmed", **more)
    return world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})


# --- every choice makes a policy -----------------------------------------------------------------------------------


WITHDRAWN = [(), ("support",), ("holder",), ("sign_in",), ("support", "holder", "sign_in")]


@pytest.mark.parametrize(
    ("grace", "withdrawn", "until"),
    list(itertools.product((dt.timedelta(0), WEEKS), WITHDRAWN, ("owner_confirmed", "platform_confirmed"))),
)
def test_withdrawn_by(grace: dt.timedelta, withdrawn: tuple[str, ...], until: str) -> None:
    """Whatever grace there is, a closure is stopped by those whom the policy names, and the policy holds together."""
    made = policy(Parameters(direct_deletion_grace=grace, withdrawn_by=withdrawn, withdraw_until=until))
    machine = AccountMachine(made)
    assert ("sign_in" in made.triggers) is ("sign_in" in withdrawn)
    stops = machine.rows("withdraw_closure") if {"support", "holder"} & {*withdrawn} else ()
    may = {role for row in stops for role in row.actors}
    assert may == {role for role, way in ((Role.AGENT, "support"), (Role.HOLDER, "holder")) if way in withdrawn}


OTHERWISE: tuple[dict[str, Any], ...] = (
    {"leaving_when_restricted": "held"},
    {"leaving_when_restricted": "held", "platform_deletion": ("staff", "retention"), "direct_deletion_grace": WEEKS},
    {"leaving_when_restricted": "held", "deactivate_button_effect": "deletion_only"},
    {"platform_deletion": ("staff",)},
    {"platform_deletion": ("retention",)},
    {"unique_identifiers": ("email", "phone", "payment", "device")},
    {"unique_identifiers": ()},
    {"waits": {"payout": PAYOUT}, "warned_while": ("under_appeal", "security_locked")},
    {"reservations": {**RESERVATIONS, "request": Reservation("request", "x", "for_a_time", WEEKS)}},
)


@pytest.mark.parametrize("parameters", OTHERWISE, ids=" ".join)
def test_every_other_reading_makes_a_policy(parameters: dict[str, Any]) -> None:
    """The policy holds together, its rows have names and titles of their own, and its file reads back as it was."""
    p = Parameters(**parameters)
    made = AccountMachine(policy(p)).policy
    assert len({row.name for row in made.rows}) == len({row.title for row in made.rows}) == len(made.rows)
    assert parameters_of(parameters_text(p), "shop.toml") == p
    assert made.version != policy().version


def test_the_guides_know_none_of_it() -> None:
    """By default there is no grace, no wait, no deletion by the platform, and nobody is sent back to leaving."""
    made = policy()
    assert not {"sign_in", "withdraw_deletion", "announce_removal", "release_identifiers"} & set(made.triggers)
    assert not {"removal", "retention_ends", "release_identifiers"} & set(made.timers)
    assert not [row for row in made.rows if State.SECURITY_LOCKED in row.source and State.DEACTIVATED in row.dests]


@pytest.mark.parametrize("value", ["ended", "held"])
def test_leaving_when_restricted(value: str) -> None:
    """A lock ends a deactivation, and the account is active afterwards; or the deactivation waits beneath it."""
    world = s.locked(world=s.deactivated(leaving_when_restricted=value))
    assert (world.account.pause is None) is (value == "ended")
    world.wait(HOUR).do("unlock", AGENT, {"packet_fields": 4})
    assert world.state is (State.ACTIVE if value == "ended" else State.DEACTIVATED)
    assert world.account.interruption is None


@pytest.mark.parametrize("state", ["active", "security_locked", "under_appeal", "deactivated", "pending_deletion"])
def test_warned_while(state: str) -> None:
    """An account is warned in the states that the policy names, and in no other."""
    begins: dict[str, Any] = {
        "active": s.active,
        "security_locked": s.locked,
        "under_appeal": s.appealed,
        "deactivated": s.deactivated,
        "pending_deletion": s.closing,
    }
    for name, begin in begins.items():
        refused = [] if name == state else ["not_from_this_state"]
        assert begin(warned_while=(state,)).codes("warn", REVIEWER, {"ground": "buyer_protection"}) == refused


@pytest.mark.parametrize("value", [(), ("staff",), ("retention",), ("staff", "retention")])
def test_platform_deletion(value: tuple[str, ...]) -> None:
    """A deletion is announced by staff, by a suspension that stands for too long, by either, or by nobody."""
    world = s.suspended(platform_deletion=value)
    if not value:
        assert "announce_removal" not in world.machine.policy.triggers
        return
    refused = world.codes("announce_removal", REVIEWER, CLEAR, [STATEMENT])
    assert refused == ([] if "staff" in value else ["role_may_never"])
    late = world.wait(dt.timedelta(days=180)).codes("announce_removal", SYSTEM, CLEAR)
    assert late == ([] if "retention" in value else ["role_may_never"])


# --- what is refused when a policy is built ------------------------------------------------------------------------


def test_all_that_is_wrong_with_waits_is_told_at_once() -> None:
    """Each entry is named with what it lacks."""
    table = {
        "both": Wait("both", "x", DAY, fact="last_order_at", event="register"),
        "none": Wait("none", "x", DAY),
        "at_once": Wait("at_once", "x", BusinessDays(0), event="register"),
        "no-code": Wait("no-code", "x", DAY, event="register"),
        "nowhere": Wait("nowhere", "x", DAY, event="register", before=()),
        "elsewhere": Wait("elsewhere", "x", DAY, event="register", before=("letter",)),  # type: ignore[arg-type]
    }
    found = mistakes(waits=table)
    assert [what.split(":")[0] for what in found] == [f"waits entry {name}" for name in table]
    assert "either a fact or an event" in found[0]
    assert "either a fact or an event" in found[1]
    assert "some time" in found[2]
    assert "letters, digits and _ alone" in found[3]
    assert "must name a way out" in found[4]
    assert 'not "letter"' in found[5]


def test_a_wait_over_what_nobody_knows() -> None:
    """A misspelt fact, a fact that is no date and an event that never happens are refused together, each by name."""
    table = {
        "misspelt": Wait("misspelt", "x", DAY, fact="last_payuot_at"),
        "number": Wait("number", "x", DAY, fact="open_orders"),
        "never": Wait("never", "x", DAY, event="add_identifer"),
    }
    with pytest.raises(PolicyError) as caught:
        AccountMachine(policy(Parameters(waits=table)))
    text = str(caught.value)
    assert '"misspelt_wait_is_over" needs an unknown fact "last_payuot_at". Did you mean "last_payout_at"?' in text
    assert 'the wait "number" runs from the fact "open_orders", which is no date' in text
    assert 'the wait "never" runs from the event "add_identifer", which never happens. Did you mean' in text


def test_contradictions_about_stopping_a_deletion() -> None:
    """When a deletion can no longer be stopped must lie inside its time, and somebody must be able to stop it."""
    assert "withdrawn_by is empty" in " ".join(mistakes(withdrawal_closes=DAY, withdrawn_by=()))
    assert any("platform_confirmed" in what for what in mistakes(withdrawal_closes=DAY))
    late = mistakes(withdrawal_closes=WEEKS, withdraw_until="platform_confirmed", direct_deletion_grace=WEEKS)
    assert [what.split(",")[0] for what in late] == [
        "withdrawal_closes must be less than deletion_processing",
        "withdrawal_closes must be less than direct_deletion_grace",
    ]


def test_wrong_reservations() -> None:
    """A way in which accounts end must have an entry, another may not, and a time belongs to what is kept for a time."""
    table = {
        **{name: kept for name, kept in RESERVATIONS.items() if name != "request"},
        "direct": Reservation("direct", "x", "for_a_time"),
        "staff": Reservation("staff", "x", "for_good", DAY),
    }
    assert [what.split(":")[0] for what in mistakes(reservations=table)] == [
        "reservations entry direct",
        "reservations entry staff",
    ]
    table = {**RESERVATIONS, "fire": Reservation("fire", "x")}
    del table["request"]
    assert mistakes(reservations=table) == (
        "reservations needs the entry request: an account may end so",
        f"reservations entry fire: no account ends so; the ways are {', '.join(RESERVATIONS)}",
    )


def test_misspelt_choices() -> None:
    """Every choice that nobody knows is told at once."""
    found = mistakes(
        withdrawn_by=("suport",),
        platform_deletion=("stuff",),
        leaving_when_restricted="hold",
        warned_while=(),
        unique_identifiers=("e-mail",),
        removal_lead=dt.timedelta(0),
        suspension_retention=dt.timedelta(0),
    )
    assert {what.split()[0] for what in found} == {
        *("withdrawn_by", "platform_deletion", "leaving_when_restricted", "warned_while", "unique_identifiers"),
        *("removal_lead", "suspension_retention"),
    }


def test_a_file_tells_waits_and_reservations() -> None:
    """A wait is one entry of a file, and so is how long identifiers stay taken after each way out."""
    p = parameters_of(
        """
        [leaving.waits.parcel]
        says = "No parcel was sent for a week."
        period = "7 days"
        event = "register"
        before = ["request"]

        [leaving.reservations.direct]
        keeps = "for_a_time"
        period = "90 days"
        """,
        "shop.toml",
    )
    assert p.waits["parcel"] == Wait(
        "parcel", "No parcel was sent for a week.", dt.timedelta(days=7), event="register", before=("request",)
    )
    kept = p.reservations["direct"]
    assert (kept.keeps, kept.period, kept.says) == ("for_a_time", dt.timedelta(days=90), RESERVATIONS["direct"].says)


# --- waits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("road", ROADS)
def test_a_wait_over_a_fact_of_the_host_s_own(road: str) -> None:
    """A host declares its dated fact and names it in an entry; the refusal says from when on it can be asked."""
    parcel = Wait("parcel", "No parcel was sent for a week.", dt.timedelta(days=7), fact="last_parcel_at")
    world = s.warned_of_deletion() if road == "direct" else s.active()
    own = attrs.evolve(policy(Parameters(waits={"parcel": parcel})), facts=ShopFacts)
    world.machine = AccountMachine(own)
    trigger = {"direct": "press_delete", "request": "request_closure"}[road]
    sent = world.now - DAY
    refusals = world.ask(trigger, HOLDER, {**s.CLOSING, "last_parcel_at": sent}).refusals
    assert [(r.code, r.earliest) for r in refusals] == [("parcel_wait_is_over", sent + dt.timedelta(days=7))]
    assert world.codes(trigger, HOLDER, {**s.CLOSING, "last_parcel_at": None}) == []
    assert world.codes(trigger, HOLDER, {**s.CLOSING, "last_parcel_at": world.now - dt.timedelta(days=7)}) == []


def test_a_wait_over_a_number_of_the_host_s() -> None:
    """Only a date can be waited after."""
    number = Wait("parcel", "x", DAY, fact="parcels")
    with pytest.raises(PolicyError, match=r'the wait "parcel" runs from the fact "parcels", which is no date'):
        AccountMachine(attrs.evolve(policy(Parameters(waits={"parcel": number})), facts=ShopFacts))


def test_a_wait_over_an_event() -> None:
    """The account keeps when it last happened, once for each event that is waited after, and nothing else."""
    back = Wait("back", "The account has been in use for a day.", DAY, event="reactivate")
    opened = Wait("opened", "The account is an hour old.", HOUR, event="register")
    world = World()
    world.machine = AccountMachine(policy(Parameters(waits={"back": back, "opened": opened})))
    world.do("register", HOLDER, s.SIGN_UP)
    assert world.codes("request_closure", HOLDER, s.CLOSING) == ["opened_wait_is_over"]
    for _ in range(3):
        world.wait(HOUR).do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True})
        world.wait(HOUR).do("reactivate", HOLDER, {"signed_in": True})
    assert [(each.trigger, each.at) for each in world.account.occurrences] == [
        ("register", s.START),
        ("reactivate", world.now),
    ]
    (refusal,) = world.ask("request_closure", HOLDER, s.CLOSING).refusals
    assert (refusal.code, refusal.earliest) == ("back_wait_is_over", world.now + DAY)
    assert world.wait(DAY).codes("request_closure", HOLDER, s.CLOSING) == []


@pytest.mark.parametrize("value", ["same_as_request", "when_carried_out"])
def test_a_notice_that_closes_the_account_waits_like_a_request(value: str) -> None:
    """Where a notice is held to what a request is held to, it waits as well; elsewhere it does not."""
    made = policy(Parameters(waits={"payout": PAYOUT}, notice_closure_guards=value))
    (row,) = [row for row in made.rows if row.trigger == "close_by_notice"]
    assert (PAYOUT.guard in [each.name for each in row.guards]) is (value == "same_as_request")


# --- the grace -----------------------------------------------------------------------------------------------------


def test_the_notice_says_the_day() -> None:
    """Whoever confirms a deletion with a grace is told the day on which it is carried out."""
    world = graced()
    (told,) = world.events[-1].told
    assert (told.name, told.values["due_at"]) == ("deletion_confirmed", (world.now + WEEKS).isoformat())


def test_another_period_moves_no_day_that_was_told() -> None:
    """The day is fixed when the deletion is confirmed: under a policy that changed meanwhile it stays."""
    world = graced()
    world.machine = s.machine_of(direct_deletion_grace=DAY, withdraw_until="platform_confirmed")
    (refusal,) = world.wait(2 * DAY).ask("complete_deletion", SYSTEM, CLEAR).refusals
    assert (refusal.code, refusal.earliest) == ("processing_is_over", s.START + WEEKS)


@pytest.mark.parametrize(("closes", "early"), [(dt.timedelta(0), -MINUTE), (DAY, -DAY - MINUTE)])
def test_until_when_the_holder_may_stop_it(closes: dt.timedelta, early: dt.timedelta) -> None:
    """Until its day, or until some time before it."""
    world = graced(withdrawn_by=("holder",), withdrawal_closes=closes).wait(WEEKS + early)
    signed_in = {"signed_in": True, "signed_in_at": world.now}
    assert world.codes("withdraw_deletion", HOLDER, signed_in) == []
    world.wait(2 * MINUTE)
    late = {"signed_in": True, "signed_in_at": world.now}
    assert world.codes("withdraw_deletion", HOLDER, late) == (["deletion_may_still_be_stopped"] if closes else [])


def test_a_sign_in_yet_to_come_is_not_fresh() -> None:
    """A sign-in counts from the moment at which it happened, for a quarter of an hour; none at all never."""
    world = graced(withdrawn_by=("holder",))
    for since, met in ((MINUTE, False), (dt.timedelta(0), True), (-15 * MINUTE, True), (-16 * MINUTE, False)):
        facts = {"signed_in": True, "signed_in_at": world.now + since}
        assert (world.codes("withdraw_deletion", HOLDER, facts) == []) is met
    never = {"signed_in": True, "signed_in_at": None}
    assert world.codes("withdraw_deletion", HOLDER, never) == ["sign_in_is_fresh"]


def test_the_log_says_who_stopped_a_deletion() -> None:
    """Stopping it is an event of whoever did, and the state is that from before."""
    world = graced(withdrawn_by=("holder", "sign_in")).do("sign_in", HOLDER, {"signed_in": True})
    event = world.events[-1]
    assert (event.trigger, str(event.by), event.source, event.dest, event.notices) == (
        "sign_in",
        "holder:acc",
        State.PENDING_DELETION,
        State.DEACTIVATED,
        ("deletion_withdrawn",),
    )
    assert world.account.timer("complete_deletion") is None


def test_where_deactivating_means_deleting_it_goes_back_into_use() -> None:
    """Where nothing lies between use and deletion, a deletion that is stopped leaves the account in use."""
    world = s.active(
        direct_deletion_grace=WEEKS,
        withdraw_until="platform_confirmed",
        deactivate_button_effect="deletion_only",
        withdrawn_by=("sign_in",),
    )
    world.do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True}).do("show_warning", SYSTEM)
    world.do("press_delete", HOLDER, {**CLEAR, "signed_in": True})
    world.do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})
    assert world.do("sign_in", HOLDER, {"signed_in": True}).state is State.ACTIVE


def test_a_plan_tells_how_to_stop_it() -> None:
    """Whoever wants to stay is told to sign in or to stop it, as the policy has it; a wait is told with the way out."""
    for withdrawn, way in ((("holder",), "withdraw_deletion"), (("sign_in",), "sign_in")):
        assert (way,) in [found.triggers for found in planned(graced(withdrawn_by=withdrawn), State.DEACTIVATED).ways]
    world = s.active()
    world.machine = AccountMachine(policy(Parameters(waits={"payout": PAYOUT})))
    found = planned(world, State.DELETED)
    assert "payout_wait_is_over" in conditions(leg_of(found, "request_closure"))


# --- what a restriction holds ---------------------------------------------------------------------------------------


def test_every_restriction_holds_and_every_release_goes_back() -> None:
    """Whatever restricts an account that is leaving notes what it was doing, and whatever releases it can go back there."""
    made = policy(Parameters(leaving_when_restricted="held"))
    restricted = {State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL}
    leaving = {State.DEACTIVATED, State.PENDING_DELETION}
    taken = [row for row in made.rows if {*row.source} & leaving and {*row.dests} & restricted]
    assert taken
    for row in taken:
        assert "interruption" in [effect.record for effect in row.effects if isinstance(effect, Open)], row.name
    released = {(row.trigger, row.actors, row.source) for row in made.rows if {*row.source} <= restricted and free(row)}
    assert len(released) > 8
    for trigger, actors, source in released:
        same = [row for row in made.rows if (row.trigger, row.actors, row.source) == (trigger, actors, source)]
        assert leaving <= {dest for row in same for dest in row.dests}, trigger


def free(row: Transition) -> bool:
    """Whether a row leads back into use."""
    return row.machine == "account" and row.source != () and State.ACTIVE in row.dests


def test_a_grace_goes_on_with_its_rest() -> None:
    """A direct deletion in its grace is held by a lock, and has the rest of its days once the lock is lifted."""
    world = graced(leaving_when_restricted="held").wait(4 * DAY)
    world.do("lock", AGENT, {"ground": "new_device"})
    assert world.account.timer("complete_deletion") is None
    world.wait(dt.timedelta(days=30)).do("unlock", AGENT, {"packet_fields": 4})
    deletion = world.account.deletion
    assert deletion is not None
    assert (world.state, deletion.due_at) == (State.PENDING_DELETION, world.now + 10 * DAY)
    (told,) = [told for told in world.events[-1].told if told.name == "deletion_resumed"]
    assert told.values["due_at"] == (world.now + 10 * DAY).isoformat()
    assert world.codes("complete_deletion", SYSTEM, CLEAR) == ["processing_is_over"]
    assert world.tick(10 * DAY, CLEAR).state is State.DELETED


def test_a_day_that_passed_under_a_restriction_is_the_next_moment() -> None:
    """A deletion that was overdue when the restriction came has no time left: it is carried out once it goes on."""
    world = graced(leaving_when_restricted="held").tick(WEEKS, {**CLEAR, "open_orders": 1}).wait(HOUR)
    assert world.account.deletion is not None
    assert world.account.deletion.held
    world.do("lock", AGENT, {"ground": "new_device"}).wait(DAY).do("unlock", AGENT, {"packet_fields": 4})
    assert world.tick(dt.timedelta(0), CLEAR).state is State.DELETED


def test_closing_while_suspended_ends_what_was_interrupted() -> None:
    """Whoever is suspended for good and asks for the account to be closed leaves in that way; nothing else is left open."""
    world = s.suspended(world=s.deactivated(leaving_when_restricted="held"))
    world.do("make_permanent", REVIEWER, {"knowing_breach": True}, [REASONS])
    world.do("close_suspended", AGENT, {"asked_by_holder": True})
    account = world.account
    assert (account.interruption, account.pause, account.closure_link) == (None, None, None)
    assert account.deletion is not None
    assert account.deletion.track == "suspended"


def test_a_deletion_by_the_platform_ends_what_was_interrupted() -> None:
    """A suspended account that the platform deletes takes with it the deletion that its holder had begun."""
    world = graced(leaving_when_restricted="held", platform_deletion=("staff",)).wait(DAY)
    world.do("suspend", REVIEWER, {"ground": "harassment"}, [STATEMENT])
    world.do("announce_removal", REVIEWER, CLEAR, [STATEMENT])
    assert world.account.deletion is not None
    world.tick(dt.timedelta(days=30), CLEAR)
    account = world.account
    assert (account.state, account.deletion, account.interruption, account.pause) == (State.DELETED, None, None, None)


def test_a_reinstatement_takes_the_holder_s_own_deletion_up_again() -> None:
    """Once reinstated, the platform's deletion is void, and the holder's goes on: each has its own author."""
    world = graced(leaving_when_restricted="held", platform_deletion=("staff",)).wait(DAY)
    world.do("suspend", REVIEWER, {"ground": "harassment"}, [STATEMENT])
    world.do("announce_removal", REVIEWER, CLEAR, [STATEMENT]).wait(DAY)
    world.do("reverse_decision", s.SUPERVISOR, {"lifts": "suspension"}, [REASONS])
    account = world.account
    assert account.deletion is not None
    assert (account.state, account.removal, account.deletion.author) == (State.PENDING_DELETION, None, "holder:acc")


# --- deletions by the platform -------------------------------------------------------------------------------------


def removed(**more: Any) -> World:
    """A suspended account whose deletion reviewer 1 announced."""
    world = s.suspended(platform_deletion=("staff", "retention"), **more)
    return world.do("announce_removal", REVIEWER, CLEAR, [STATEMENT])


def test_the_announcement_says_day_and_cause() -> None:
    """The notice of a deletion by the platform carries its day and what brought it."""
    (told,) = removed().events[-1].told
    day = (s.START + dt.timedelta(days=30)).isoformat()
    assert (told.name, told.values["due_at"], told.values["cause"]) == ("removal_announced", day, "staff")


@pytest.mark.parametrize("lead", [dt.timedelta(days=30), HOUR])
def test_nobody_deletes_before_the_day_that_was_told(lead: dt.timedelta) -> None:
    """Not the system, and not one instant early."""
    world = removed(removal_lead=lead).wait(lead - s.INSTANT)
    (refusal,) = world.ask("carry_out_removal", SYSTEM, CLEAR).refusals
    assert (refusal.code, refusal.earliest) == ("removal_day_has_come", s.START + lead)
    assert world.tick(s.INSTANT, CLEAR).state is State.DELETED
    assert world.account.reserved


@pytest.mark.parametrize("by", [HOLDER, AGENT, SYSTEM])
def test_only_staff_undo_what_staff_began(by: Any) -> None:
    """Neither the holder nor support nor a rule withdraws it, whatever they may do about a deletion of the holder's."""
    everybody = {"withdrawn_by": ("support", "holder", "sign_in"), "withdraw_until": "platform_confirmed"}
    world = removed(direct_deletion_grace=WEEKS, **everybody)
    facts = {"signed_in": True, "signed_in_at": world.now, "agent_consents": True}
    assert world.codes("withdraw_removal", by, None, [REASONS]) == ["role_may_never"]
    for trigger in ("withdraw_deletion", "withdraw_closure"):
        assert set(world.codes(trigger, by, facts)) <= {"role_may_never", "not_from_this_state"}
        assert world.codes(trigger, by, facts)


def test_staff_do_not_undo_what_the_holder_began() -> None:
    """A deletion that the holder confirmed is no reviewer's to stop."""
    world = graced(platform_deletion=("staff",))
    assert world.codes("withdraw_removal", REVIEWER, None, [REASONS]) == ["not_from_this_state"]
    assert world.codes("withdraw_deletion", REVIEWER) == ["role_may_never"]


def test_a_plan_tells_that_a_deletion_is_announced() -> None:
    """Whoever asks for a plan learns of the announcement and what stops it; whoever wants to leave may wait for the day."""
    world = removed()
    found = planned(world)
    assert "deletion_is_announced" in [hint.name for hint in found.hints]
    assert ("appeal", "grant") in [way.triggers for way in found.ways]
    leg = leg_of(planned(world, State.DELETED), "carry_out_removal")
    assert (leg.waits, leg.earliest) == (True, world.now + dt.timedelta(days=30))
    silent = planned(s.suspended(platform_deletion=("staff",)))
    assert "deletion_is_announced" not in [hint.name for hint in silent.hints]


def test_a_second_refusal_keeps_the_rest_of_the_rest() -> None:
    """Each appeal stops the time; what was left when it was handed in runs once it has failed."""
    world = removed().wait(10 * DAY).do("appeal", HOLDER, None, s.COMPLETE)
    assert world.account.timer("removal") is None
    world.wait(5 * DAY).do("reject", COLLEAGUE, None, [REASONS])
    assert world.account.removal is not None
    assert world.account.removal.due_at == world.now + 20 * DAY
    world.wait(8 * DAY)
    world.do("escalate", HOLDER, None, [attrs.evolve(s.EXPLANATION, ref="doc-why"), s.new_document()])
    world.wait(3 * DAY).do("reject", s.SUPERVISOR, None, [REASONS])
    timer = world.account.timer("removal")
    assert timer is not None
    assert world.account.removal.due_at == timer.due == world.now + 12 * DAY


def test_an_appeal_without_an_announcement_announces_nothing() -> None:
    """Where no deletion was announced, a rejection says nothing of one."""
    world = s.rejected(platform_deletion=("staff",))
    assert [event.trigger for event in world.events][-1] == "reject"
    assert world.account.removal is None


def test_a_suspension_that_ends_takes_the_announcement_with_it() -> None:
    """Every way out of the suspension voids the deletion, also its own end."""
    world = removed(ends_at=s.START + 5 * DAY).tick(5 * DAY)
    assert (world.state, world.account.removal) == (State.ACTIVE, None)
    assert not {"removal", "retention_ends"} & {timer.name for timer in world.account.timers}


@pytest.mark.parametrize("begin", [s.suspended, s.permanent])
def test_the_retention_runs_from_the_suspension(begin: Any) -> None:
    """However the suspension came about, the deletion is announced once its time is over, and carried out on its day."""
    world = begin(platform_deletion=("retention",), suspension_retention=100 * DAY)
    assert world.tick(100 * DAY - s.INSTANT, CLEAR).account.removal is None
    world.tick(s.INSTANT, CLEAR)
    assert world.account.removal is not None
    assert str(world.account.removal.author) == "system:timer"
    world.tick(30 * DAY, CLEAR)
    assert world.state is State.DELETED
    assert [e.trigger for e in world.events][-2:] == ["announce_removal", "carry_out_removal"]


def test_money_that_is_owed_delays_it() -> None:
    """What must be settled before an account goes holds up the announcement and, later, the deletion."""
    owing = {**CLEAR, "refunds_in_flight": 1}
    world = s.suspended(platform_deletion=("retention",), suspension_retention=100 * DAY).tick(100 * DAY, owing)
    assert world.account.removal is None
    world.tick(DAY, CLEAR)
    assert world.account.removal is not None
    world.tick(30 * DAY, owing)
    assert world.state is State.SUSPENDED
    assert world.tick(DAY, CLEAR).state is State.DELETED
