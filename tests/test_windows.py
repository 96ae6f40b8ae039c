"""Windows: none by default; else a last day for an appeal and for documents asked for, told, reminded of, and held to."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from clocks import appeals, documents, entries
from command_line import cli
from plans import arrived, leg_of, planned
from support import (
    AGENT,
    COLLEAGUE,
    COMPLETE,
    DAY,
    EXPLANATION,
    HOLDER,
    INSTANT,
    PASSPORT,
    REASONS,
    REVIEWER,
    STATEMENT,
    SUPERVISOR,
    SYSTEM,
    World,
    active,
    appealed,
    escalated,
    locked,
    machine_of,
    new_document,
    suspended,
)

from lifecycle import Actor
from lifecycle.calendar import BusinessDays
from lifecycle.decide import explain, options
from lifecycle.errors import BadParameters, PolicyError
from lifecycle.lengths import ByFacts, Entry
from lifecycle.machine import AccountMachine
from lifecycle.model import State, Verdict
from lifecycle.parameters_file import parameters_of, parameters_text
from lifecycle.policy import policy
from lifecycle.policy.clock_terms import Window
from lifecycle.policy.parameters import Parameters
from lifecycle.prose import policy_page
from lifecycle.replay import SimulatedClock, simulated
from lifecycle.rows import StartTimer

WANTED = {"evidence_wanted": ("bank_statement", "order_screenshots")}
AGAIN = tuple(attrs.evolve(each, ref=f"{each.ref}-2") for each in (*COMPLETE, new_document()))


def told(world: World, notice: str) -> dict[str, Any]:
    """What the last notice of this name says."""
    return next(dict(c.values) for event in reversed(world.events) for c in event.told if c.name == notice)


def in_question(world: World, trigger: str, code: str) -> Verdict:
    """What a guard says of a step that the holder could take."""
    found = options(world.machine, world.account, world.command("", HOLDER))
    return next(v for each in found if each.trigger == trigger for v in each.verdicts if v.code == code)


def rejected(world: World) -> World:
    """The same account once another reviewer has rejected its appeal."""
    return world.do("appeal", HOLDER, None, COMPLETE).do("reject", COLLEAGUE, None, [REASONS])


# --- an appeal ----------------------------------------------------------------------------------------------------


def test_by_default_nothing_runs_out() -> None:
    """The guides name no last day: no timer, no trigger, no notice, no guard of it, and no field is set."""
    world = suspended()
    assert world.account.suspension is not None
    assert world.account.suspension.appeal_until is None
    made = world.machine.policy
    assert not {"appeal_lapses", "evidence_lapses", "ask_for_evidence", "reopen_appeal", "report_delivery"} & {
        *made.triggers,
        *made.timers,
    }
    assert not {"appeal_comes_in_time", "evidence_comes_in_time"} & {guard.name for guard in made.guards}
    assert told(world, "account_suspended") == {"to": "holder"}
    assert world.wait(1000 * DAY).do("appeal", HOLDER, None, COMPLETE).state is State.UNDER_APPEAL


@pytest.mark.parametrize("record", ["lock", "suspension"])
def test_the_notice_and_the_record_tell_the_last_day(record: str) -> None:
    """Whoever is locked or suspended is told until when to appeal; the record and the timer say the same."""
    world = locked(windows=appeals()) if record == "lock" else suspended(windows=appeals())
    until = world.now + 14 * DAY
    assert getattr(world.account, record).appeal_until == until
    assert told(world, f"account_{'locked' if record == 'lock' else 'suspended'}")["appeal_until"] == until.isoformat()
    assert {t.name: t.due for t in world.account.timers if t.name != "anniversary"} == {
        "appeal_lapses": until,
        "remind_of_appeal": until - 3 * DAY,
    }


def test_working_days_are_counted_in_the_calendar() -> None:
    """A window of working days skips the weekend, its reminder is counted backwards, and both events name the calendar."""
    world = suspended(windows=appeals(lasts=BusinessDays(5), reminder_before=BusinessDays(1)))
    armed = {c.name: dict(c.values) for c in world.events[-1].changes if c.do == "timer"}
    assert armed["appeal_lapses"]["due"] == "2026-02-09T09:00:00+00:00"
    assert armed["remind_of_appeal"]["due"] == "2026-02-06T09:00:00+00:00"
    assert {each["calendar"] for each in armed.values()} == {"mon-fri UTC"}


def test_options_and_explanations_tell_until_when() -> None:
    """The guard that holds says the last moment; nothing of the kind is said where there is none."""
    world = suspended(windows=appeals())
    verdict = in_question(world, "appeal", "appeal_comes_in_time")
    assert (verdict.met, verdict.latest) == (True, world.now + 14 * DAY)
    asked = explain(world.machine, world.account, world.command("appeal", HOLDER, None, COMPLETE))
    assert [v.latest for v in asked.verdicts if v.latest] == [world.now + 14 * DAY]
    plain = explain(machine_of(), world.account, world.command("appeal", HOLDER, None, COMPLETE))
    assert not [v for v in plain.verdicts if v.latest]


@pytest.mark.parametrize("final", [False, True])
def test_the_last_moment_is_in_time_and_the_next_is_not(final: bool) -> None:
    """Exactly at the end the appeal is taken, a microsecond later it is refused with the date and what is left to do."""
    world = suspended(windows=appeals(final=final))
    end = world.now + 14 * DAY
    assert world.ask("appeal", HOLDER, None, COMPLETE, at=end).allowed
    [late] = world.ask("appeal", HOLDER, None, COMPLETE, at=end + INSTANT).refusals
    assert late.code == "appeal_comes_in_time"
    assert late.value == {"until": "2026-02-16 09:00:00 UTC"}
    assert ("opened again" in late.remedy) is not final


def test_at_its_very_end_the_timer_lets_the_holder_go_first() -> None:
    """The lapse is settled only once the moment has passed, with the moment itself as its time."""
    world = suspended(windows=appeals())
    end = world.now + 14 * DAY
    world.tick(14 * DAY)
    assert world.events[-1].trigger == "remind_of_appeal"
    world.tick(INSTANT)
    assert (world.events[-1].trigger, world.events[-1].at) == ("appeal_lapses", end)
    assert told(world, "appeal_time_over")["appeal_until"] == end.isoformat()
    assert told(world, "appeal_time_ends")["appeal_until"] == end.isoformat()


def test_a_rejection_has_a_time_of_its_own() -> None:
    """The time runs again from each rejection, is told in it, and holds for another appeal and for an escalation."""
    world = rejected(suspended(windows=appeals()).wait(10 * DAY))
    until = world.now + 14 * DAY
    assert told(world, "appeal_rejected")["appeal_until"] == until.isoformat()
    for trigger, papers in (("appeal", AGAIN), ("escalate", (EXPLANATION, new_document()))):
        assert world.codes(trigger, HOLDER, None, papers, at=until) == []
        assert world.codes(trigger, HOLDER, None, papers, at=until + INSTANT) == ["appeal_comes_in_time"]


def test_an_appeal_stops_the_clock() -> None:
    """While an appeal is open no time to send it runs, and further documents need none."""
    world = appealed(suspended(windows=appeals()))
    assert not {"appeal_lapses", "remind_of_appeal"} & {timer.name for timer in world.account.timers}


def test_a_person_opens_the_time_again() -> None:
    """Where the lapse is not final an agent, a reviewer or a supervisor opens it anew, with reasons and after it lapsed."""
    world = suspended(windows=appeals())
    assert world.codes("reopen_appeal", AGENT, None, [REASONS]) == ["appeal_time_went_by"]
    world.tick(15 * DAY)
    assert world.codes("reopen_appeal", AGENT) == ["reasons_are_given"]
    assert world.codes("reopen_appeal", HOLDER) == ["role_may_never"]
    for by in (AGENT, REVIEWER, SUPERVISOR):
        assert world.codes("reopen_appeal", by, None, [REASONS]) == []
    world.do("reopen_appeal", AGENT, None, [REASONS])
    assert told(world, "appeal_time_reopened")["appeal_until"] == (world.now + 14 * DAY).isoformat()
    assert world.codes("appeal", HOLDER, None, COMPLETE) == []


def test_what_became_permanent_is_not_opened_again() -> None:
    """After the lapse a suspension may be made permanent; then there is nothing left to appeal against."""
    world = suspended(windows=appeals()).tick(15 * DAY)
    world.do("make_permanent", REVIEWER, {"knowing_breach": True}, [REASONS])
    assert "appeal_time_went_by" in world.codes("reopen_appeal", AGENT, None, [attrs.evolve(REASONS, ref="doc-9")])


def test_a_final_lapse_stays() -> None:
    """Where it is final there is no such trigger, and the notice says that the decision stands."""
    made = machine_of(windows=appeals(final=True)).policy
    assert "reopen_appeal" not in made.triggers
    assert "the decision stands" in made.notices["appeal_time_over"].says
    assert "opened again" not in made.notices["appeal_time_over"].says


def test_what_cannot_be_appealed_has_no_last_day() -> None:
    """Neither a restriction without the way to appeal nor one on a ground that leaves appeals out starts a clock."""
    shut = suspended(windows=appeals(), offers_appeal=False)
    assert shut.account.suspension.appeal_until is None  # type: ignore[union-attr]
    assert told(shut, "account_suspended") == {"to": "holder"}
    grounds = dict(Parameters().grounds)
    grounds["harassment"] = attrs.evolve(grounds["harassment"], lifted_by=("support",), appeal_evidence=())
    reading: dict[str, Any] = {"windows": appeals(), "grounds": entries(*grounds.values())}
    world = active(**reading).do("suspend", REVIEWER, {"ground": "harassment"}, [STATEMENT])
    assert world.account.timer("appeal_lapses") is None


def test_permanence_ends_the_time_to_appeal() -> None:
    """A suspension that is made permanent takes no appeal any more, so nobody is reminded of one."""
    world = suspended(windows=appeals()).do("make_permanent", REVIEWER, {"knowing_breach": True}, [REASONS])
    assert not {"appeal_lapses", "remind_of_appeal"} & {timer.name for timer in world.account.timers}


def test_a_suspension_over_a_lock_has_its_own_day() -> None:
    """Each restriction has its own; when the suspension is lifted the day of the lock holds again, without its clock."""
    world = locked(windows=appeals())
    lock_until = world.now + 14 * DAY
    world.wait(2 * DAY)
    suspended(world=world)
    assert world.account.timer("appeal_lapses").due == world.now + 14 * DAY  # type: ignore[union-attr]
    assert world.account.lock.appeal_until == lock_until  # type: ignore[union-attr]
    rejected(world)
    assert world.account.lock.appeal_until == lock_until  # type: ignore[union-attr]
    world.do("reverse_decision", SUPERVISOR, {"lifts": "suspension"}, [attrs.evolve(REASONS, ref="doc-3")])
    assert world.state is State.SECURITY_LOCKED
    assert world.account.timer("appeal_lapses") is None
    assert "appeal_comes_in_time" not in world.codes("appeal", HOLDER, None, COMPLETE, at=lock_until)
    assert "appeal_comes_in_time" in world.codes("appeal", HOLDER, None, COMPLETE, at=lock_until + INSTANT)


def test_a_suspension_without_a_day_does_not_take_that_of_the_lock() -> None:
    """Over a lock whose time runs, a suspension that cannot be appealed has no last day, and the clock stops."""
    world = suspended(world=locked(windows=appeals()), offers_appeal=False)
    assert world.account.suspension.appeal_until is None  # type: ignore[union-attr]
    assert world.account.timer("appeal_lapses") is None


def test_a_rejected_lock_has_a_new_day() -> None:
    """An appeal against a lock that is rejected leaves the lock with a time that runs from then."""
    world = locked(windows=appeals()).do("send_unlock_code", HOLDER).wait(DAY)
    rejected(world)
    assert world.state is State.SECURITY_LOCKED
    assert world.account.lock.appeal_until == world.now + 14 * DAY  # type: ignore[union-attr]


def test_the_day_and_the_lapse_of_a_lock_are_noted_on_the_lock() -> None:
    """The lapse marks the restriction that shows: a lock alone, or the suspension over it and not the lock."""
    world = locked(windows=appeals()).tick(15 * DAY)
    assert world.account.lock.appeal_lapsed  # type: ignore[union-attr]
    assert world.codes("appeal_lapses", SYSTEM) == ["lapse_is_not_noted"]
    assert world.codes("remind_of_appeal", SYSTEM) == ["lapse_is_not_noted"]
    over = suspended(world=locked(windows=appeals())).tick(15 * DAY)
    assert over.account.suspension.appeal_lapsed  # type: ignore[union-attr]
    assert not over.account.lock.appeal_lapsed  # type: ignore[union-attr]


def test_it_may_run_from_the_delivery() -> None:
    """Nothing runs until the host reports the delivery; a rejection stops it until that one is delivered too."""
    world = suspended(windows=appeals(counted_from="delivery"))
    assert world.account.suspension.appeal_until is None  # type: ignore[union-attr]
    world.wait(5 * DAY).do("report_delivery", SYSTEM)
    assert world.account.suspension.appeal_until == world.now + 14 * DAY  # type: ignore[union-attr]
    assert told(world, "appeal_time_runs")["appeal_until"] == (world.now + 14 * DAY).isoformat()
    assert world.codes("report_delivery", SYSTEM) == ["delivery_is_news"]
    rejected(world)
    assert world.account.suspension.appeal_until is None  # type: ignore[union-attr]
    assert world.account.timer("appeal_lapses") is None
    world.wait(DAY).do("report_delivery", SYSTEM)
    assert world.account.timer("appeal_lapses").due == world.now + 14 * DAY  # type: ignore[union-attr]
    shut = suspended(windows=appeals(counted_from="delivery"), offers_appeal=False)
    assert shut.codes("report_delivery", SYSTEM) == ["delivery_is_news"]


def test_a_table_tells_it_by_the_ground_however_the_restriction_came() -> None:
    """A short table over grounds applies to a judgement and to a warning that ran out by itself, and is named."""
    table = ByFacts((Entry("money", {"ground": ("chargeback", "unpaid_orders")}, 5 * DAY),), 14 * DAY)
    reading: dict[str, Any] = {"windows": appeals(lasts=table)}
    world = arrived(State.ACTIVE, reading=reading)
    world.do("warn", SYSTEM, {"ground": "unpaid_orders", "signal": "unpaid_orders", "signal_count": 3}, [STATEMENT])
    world.tick(4 * DAY)
    assert world.state is State.SUSPENDED
    armed = next(dict(c.values) for c in world.events[-1].changes if c.name == "appeal_lapses" and c.do == "timer")
    assert (armed["entry"], armed["lasts"], armed["period"]) == ("money", "5 days", "windows.appeal.lasts")
    assert suspended(**reading).account.suspension.appeal_until == suspended().now + 14 * DAY  # type: ignore[union-attr]


def test_a_plan_tells_until_when() -> None:
    """The leg that sends the appeal says its last moment; without a window it says none."""
    leg = leg_of(planned(arrived(State.SUSPENDED, reading={"windows": appeals()}, ground="harassment")), "appeal")
    assert leg.until == leg.earliest + 14 * DAY
    assert leg_of(planned(arrived(State.SUSPENDED, ground="harassment")), "appeal").until is None


# --- documents that are asked for ---------------------------------------------------------------------------------


def asked(**more: Any) -> World:
    """An open appeal whose reviewer asked for two documents."""
    return appealed(suspended(windows=documents(**more))).do("ask_for_evidence", COLLEAGUE, WANTED)


def test_a_request_names_documents_and_a_day() -> None:
    """The record, the timer and the notice say which documents and until when."""
    world = asked()
    request = world.account.evidence_request
    until = dt.datetime(2026, 2, 9, 9, 0, tzinfo=dt.UTC)
    assert request is not None
    assert (request.wanted, request.until, request.is_open) == (WANTED["evidence_wanted"], until, True)
    assert told(world, "evidence_wanted") == {
        "to": "holder",
        "wanted": ["bank_statement", "order_screenshots"],
        "until": until.isoformat(),
    }
    verdict = in_question(world, "add_evidence", "evidence_comes_in_time")
    assert verdict.latest == until


def test_who_judges_asks() -> None:
    """A reviewer asks for a first appeal, a supervisor for an escalated one; for known kinds, and one request at a time."""
    world = appealed(suspended(windows=documents()))
    assert world.codes("ask_for_evidence", SUPERVISOR, WANTED) == ["appeal_level"]
    assert world.codes("ask_for_evidence", AGENT, WANTED) == ["role_may_never"]
    for wanted in ((), ("crystal_ball",), ("statement_of_reasons",)):
        assert world.codes("ask_for_evidence", COLLEAGUE, {"evidence_wanted": wanted}) == ["wanted_documents_are_known"]
    assert asked().codes("ask_for_evidence", COLLEAGUE, WANTED) == ["nothing_is_awaited"]
    higher = escalated(windows=documents())
    assert higher.codes("ask_for_evidence", COLLEAGUE, WANTED) == ["appeal_level"]
    assert higher.codes("ask_for_evidence", SUPERVISOR, WANTED) == []


def test_it_is_answered_once_everything_is_there() -> None:
    """Part of it leaves the request open; with the rest it is answered, and its timers are void."""
    world = asked(reminder_before=BusinessDays(1)).do("add_evidence", HOLDER, None, [new_document()])
    assert not world.account.evidence_request.answered  # type: ignore[union-attr]
    bank = attrs.evolve(PASSPORT, kind="bank_statement", ref="doc-bank")
    world.do("add_evidence", HOLDER, None, [bank])
    assert world.account.evidence_request.answered  # type: ignore[union-attr]
    assert not {"evidence_lapses", "remind_of_evidence"} & {timer.name for timer in world.account.timers}
    assert "documents_are_awaited" in world.codes("remind_of_evidence", SYSTEM)
    late = world.wait(30 * DAY)
    assert late.codes("add_evidence", HOLDER, None, [new_document("one-more")]) == []


def test_what_comes_late_is_refused_with_the_date() -> None:
    """At the end it is still taken, a microsecond later refused; the lapse is told to holder and staff."""
    world = asked()
    end = dt.datetime(2026, 2, 9, 9, 0, tzinfo=dt.UTC)
    assert world.codes("add_evidence", HOLDER, None, [new_document()], at=end) == []
    [late] = world.ask("add_evidence", HOLDER, None, [new_document()], at=end + INSTANT).refusals
    assert (late.code, late.value) == ("evidence_comes_in_time", {"until": "2026-02-09 09:00:00 UTC"})
    [early] = world.ask("evidence_lapses", SYSTEM, at=end - INSTANT).refusals
    assert (early.code, early.earliest) == ("evidence_time_is_over", end)
    world.tick(8 * DAY)
    assert world.events[-1].notices == ("evidence_time_over", "evidence_missing")
    assert told(world, "evidence_time_over")["until"] == end.isoformat()
    assert world.codes("evidence_lapses", SYSTEM) == ["documents_are_awaited"]


@pytest.mark.parametrize("final", [False, True])
def test_whether_a_lapse_is_final_is_policy(final: bool) -> None:
    """After a lapse whoever judges may ask once more, unless the lapse is final."""
    world = asked(final=final).tick(8 * DAY)
    assert world.codes("ask_for_evidence", COLLEAGUE, WANTED) == (["no_request_has_lapsed"] if final else [])


def test_a_reminder_comes_before_the_end() -> None:
    """One working day before the end the holder is reminded which documents are awaited, and not before."""
    world = asked(reminder_before=BusinessDays(1))
    [early] = world.ask("remind_of_evidence", SYSTEM).refusals
    assert (early.code, early.earliest) == (
        "evidence_time_is_nearly_over",
        dt.datetime(2026, 2, 6, 9, 0, tzinfo=dt.UTC),
    )
    world.tick(4 * DAY)
    assert world.events[-1].notices == ("evidence_time_ends",)
    assert told(world, "evidence_time_ends")["wanted"] == ["bank_statement", "order_screenshots"]


def test_the_plan_says_that_documents_are_awaited() -> None:
    """While a request is open the plan tells to answer it; once it is answered or lapsed it does not."""
    world = asked()
    assert "asked_for" in {hint.name for hint in planned(world).hints}
    assert "asked_for" not in {hint.name for hint in planned(world.tick(8 * DAY)).hints}


def test_a_decision_ends_the_request() -> None:
    """Once the appeal is decided nothing is awaited: documents may be handed in, and the next appeal may ask anew."""
    world = asked(final=True).tick(8 * DAY)
    world.do("reject", COLLEAGUE, None, [REASONS])
    assert world.codes("add_evidence", HOLDER, None, [new_document()]) == []
    world.do("appeal", HOLDER, None, AGAIN)
    assert world.codes("ask_for_evidence", COLLEAGUE, WANTED) == []


# --- the tables ---------------------------------------------------------------------------------------------------


def test_every_mistake_in_a_table_of_windows_is_told_at_once() -> None:
    """An unknown window, no time at all, a reminder too long, a delivery nobody reports: each is named by its entry."""
    with pytest.raises(BadParameters) as caught:
        Parameters(
            windows=entries(
                Window("apeal", DAY),
                Window("appeal", ByFacts((Entry("a", {"kind": "seller"}, 0 * DAY),), DAY), reminder_before=2 * DAY),
                Window("evidence", BusinessDays(2), BusinessDays(2), counted_from="delivery"),
            )
        )
    said = "\n".join(caught.value.mistakes)
    for part in (
        "entry apeal: is no window: there are appeal and evidence",
        "entry appeal: lasts must be some time",
        "entry appeal: reminder_before must be shorter than the window lasts",
        "entry evidence: counted_from must be decision",
        "entry evidence: reminder_before must be shorter than the window lasts",
    ):
        assert part in said
    with pytest.raises(BadParameters) as caught:
        parameters_of(
            '[clocks.windows.appeal]\nlasts = { otherwise = "1 day" , entries = { a = { lasts = "1 day" } } }\n'
            'finall = true\nreminder_before = "at once"\n',
            "shop.toml",
        )
    said = "\n".join(caught.value.mistakes)
    assert "finall is no key of it" in said
    assert "when is missing" in said


def test_the_printed_file_and_the_page_tell_the_windows() -> None:
    """What is written reads back; the page has the chapters, their timers and notices, and the windows in words."""
    table = ByFacts((Entry("grave", {"ground": "harassment"}, 5 * DAY),), 14 * DAY)
    windows = entries(Window("appeal", table, 3 * DAY, final=True), Window("evidence", BusinessDays(5)))
    made = Parameters(windows=windows)
    assert parameters_of(parameters_text(made)) == made
    page = policy_page(policy(made))
    for part in (
        "## Windows",
        "## Requests",
        "to go off after 5 days where ground is harassment, else 14 days",
        "to go off 72 hours before “appeal lapses”",
        "The time to appeal is not over.",
        "5 days where ground is harassment, else 14 days, with a reminder 72 hours before the end, final",
        "appeal time over",
    ):
        assert part in page


def test_the_command_line_tells_until_when(tmp_path: Path) -> None:
    """`lifecycle options`, `explain` and `plan` tell the last moment, as text and as data."""
    terms = tmp_path / "shop.toml"
    text = '[clocks.windows.appeal]\nlasts = "14 days"\n[clocks.support_due.any]\nafter = "2 days"\n'
    terms.write_text(text, encoding="utf-8")
    path = tmp_path / "accounts.db"
    start = dt.datetime(2020, 3, 2, 10, 0, tzinfo=dt.UTC)
    with simulated(policy(parameters_of(terms.read_text(encoding="utf-8"))), url=f"sqlite:///{path}") as accounts:
        assert isinstance(accounts.clock, SimulatedClock)
        accounts.clock.now = start
        given = {"ground": "harassment", "author": "reviewer:r1"}
        accounts.import_account("eve", state="suspended", given=given, at=start)
    where: Any = ("--database", path, "--policy", terms, "--at", "2020-03-03T10:00Z")
    assert "possible until 16 Mar 2020 10:00" in cli("options", "eve", "--by", "holder", *where).words
    assert "possible until 16 Mar 2020 10:00" in cli("explain", "appeal", "eve", "--by", "holder", *where).words
    assert "Until: Mon 16 Mar 2020 10:00" in cli("plan", "eve", *where).words
    document = json.loads(cli("options", "eve", "--by", "holder", "--json", *where).out)
    appeal = next(each for each in document["options"] if each["trigger"] == "appeal")
    assert [g["latest"] for g in appeal["guards"] if "latest" in g] == ["2020-03-16T10:00:00Z"]
    with simulated(policy(parameters_of(terms.read_text(encoding="utf-8"))), url=f"sqlite:///{path}") as accounts:
        accounts.submit("open_case", account="eve", by=Actor.holder("eve"), facts={"case_channel": "email"}, at=start)
    lines = cli("events", "eve", "--database", path, "--policy", terms).words
    assert "◷ sets a timer: support overdue, 04 Mar 2020 10:00, 48 hours (any)" in lines
    planned_ways = json.loads(cli("plan", "eve", "--json", *where).out)
    assert "2020-03-16T10:00:00Z" in json.dumps(planned_ways)


def test_the_machine_is_sound_with_every_window() -> None:
    """Each combination of reminder, finality and what it is counted from makes a policy without contradiction."""
    for final in (True, False):
        for before in (None, DAY):
            for counted_from in ("decision", "delivery"):
                appeal = Window("appeal", 14 * DAY, before, final, counted_from)
                both = entries(appeal, Window("evidence", 5 * DAY, before, final))
                AccountMachine(policy(Parameters(windows=both)))


def test_a_timer_ahead_of_none_is_refused() -> None:
    """What is armed ahead of another timer names a timer of the policy, and how long before."""
    made = machine_of(windows=appeals()).policy
    row = next(row for row in made.rows if row.trigger == "reopen_appeal")
    for wrong in (
        StartTimer("remind_of_appeal", after="windows.appeal.reminder_before", ahead_of="appeal_laps"),
        StartTimer("remind_of_appeal", at=lambda account, command, p: command.at, ahead_of="appeal_lapses"),
    ):
        changed = attrs.evolve(row, effects=(*row.effects, wrong))
        with pytest.raises(PolicyError, match="must say how long before which timer"):
            AccountMachine(attrs.evolve(made, rows=(*(r for r in made.rows if r is not row), changed)))


def test_where_nothing_runs_nobody_is_reminded() -> None:
    """An account from before the window has no day: neither lapse nor reminder, and an appeal at any time."""
    world = suspended()
    now = World(windows=entries(*appeals().values(), *documents(reminder_before=DAY).values()))
    now.account, now.now = world.account, world.now + 500 * DAY
    assert now.codes("remind_of_appeal", SYSTEM) == ["lapse_is_not_noted"]
    assert now.codes("appeal_lapses", SYSTEM) == ["lapse_is_not_noted"]
    now.do("appeal", HOLDER, None, COMPLETE)
    [nothing] = now.ask("remind_of_evidence", SYSTEM).refusals
    assert (nothing.code, nothing.value) == ("documents_are_awaited", {"request": "none"})
    assert now.codes("add_evidence", HOLDER, None, [new_document()]) == []


def test_a_reminder_of_no_timer_is_not_armed() -> None:
    """Ahead of a timer that does not stand nothing is armed, and neither is what would lie in the past."""
    made = machine_of(windows=appeals(lasts=10 * DAY, reminder_before=BusinessDays(8))).policy
    row = next(row for row in made.rows if row.trigger == "strike")
    ahead = StartTimer("remind_of_appeal", after="windows.appeal.reminder_before", ahead_of="appeal_lapses")
    changed = attrs.evolve(row, effects=(*row.effects, ahead))
    world = World()
    world.machine = AccountMachine(attrs.evolve(made, rows=(*(r for r in made.rows if r is not row), changed)))
    other = suspended(offers_appeal=False)
    world.account, world.now = other.account, other.now
    assert world.do("strike", AGENT, {"strike": "legal_threat"}).account.timer("remind_of_appeal") is None
    late = suspended(windows=appeals(lasts=10 * DAY, reminder_before=BusinessDays(8)))
    assert late.account.timer("appeal_lapses") is not None
    assert late.account.timer("remind_of_appeal") is None


def test_a_window_in_words() -> None:
    """A window says how long it lasts, when it reminds, what it is counted from, and whether its end is final."""
    said = Window("appeal", 14 * DAY, counted_from="delivery", final=True).words
    assert said == "14 days, counted from the delivery, final"
    assert Window("appeal", 14 * DAY, 4 * DAY).words == (
        "14 days, with a reminder 4 days before the end, may be opened again"
    )
    with pytest.raises(BadParameters, match="reminder_before must be some time"):
        Parameters(windows=entries(Window("appeal", DAY, 0 * DAY)))
