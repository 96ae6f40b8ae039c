"""By when support answers: nothing by default; else a day by kind and calendar, an event when it went by, and a next step."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from clocks import TWO_DAYS, entries
from command_line import cli
from plans import arrived, planned, ways
from support import (
    AGENT,
    COMPLETE,
    DAY,
    EXPLANATION,
    HOLDER,
    HOUR,
    INSTANT,
    REASONS,
    STRANGER,
    SUPERVISOR,
    SYSTEM,
    World,
    active,
    locked,
    machine_of,
    new_document,
    suspended,
)

from lifecycle import Actor
from lifecycle.calendar import BusinessDays, WorkCalendar
from lifecycle.errors import BadParameters
from lifecycle.machine import AccountMachine
from lifecycle.model import State
from lifecycle.parameters_file import parameters_of, parameters_text
from lifecycle.policy import policy
from lifecycle.policy.clock_terms import SupportDue
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import silent
from lifecycle.prose import policy_page
from lifecycle.replay import SimulatedClock, simulated

BRIEF = (EXPLANATION, new_document())
WRITTEN = {"case_channel": "email"}


def written(world: World, kind: str = "account") -> World:
    """The same account with a support case in writing, which waits for a person at once."""
    return world.do("open_case", HOLDER, {**WRITTEN, "case_kind": kind})


def left_alone(world: World) -> World:
    """The same account once nobody answered its case in time."""
    return written(world).tick(2 * DAY)


def test_by_default_there_is_no_such_clock() -> None:
    """Under the guides' policy a case has no day, no timer, and neither trigger, guard nor notice speaks of silence."""
    world = written(locked())
    assert world.account.support_case is not None
    assert world.account.support_case.due is None
    assert world.account.timer("support_overdue") is None
    made = world.machine.policy
    assert "support_overdue" not in {*made.triggers, *made.timers}
    assert not {"support_silent", "support_late"} & made.notices.keys()
    assert not [row for row in made.rows if row.trigger == "escalate" and State.SECURITY_LOCKED in row.source]
    assert "## Silence" not in policy_page(made)


@pytest.mark.parametrize(
    ("kind", "entry", "due", "calendar"),
    [
        ("account", "any", dt.datetime(2026, 2, 4, 9, tzinfo=dt.UTC), None),
        ("access", "access", dt.datetime(2026, 2, 3, 9, tzinfo=dt.UTC), "mon-fri Europe/Berlin"),
    ],
)
def test_the_day_follows_from_the_kind_and_its_calendar(kind: str, entry: str, due: dt.datetime, calendar: Any) -> None:
    """Each kind has its own time, the rest the one of any; the event says which entry and which calendar applied."""
    world = written(locked(support_due=TWO_DAYS), kind)
    assert world.account.support_case.due == due  # type: ignore[union-attr]
    armed = next(dict(c.values) for c in world.events[-1].changes if c.name == "support_overdue")
    assert (armed["due"], armed["entry"], armed.get("calendar")) == (due.isoformat(), entry, calendar)
    assert armed["period"] == "support_due"


def test_a_kind_without_an_entry_has_no_day() -> None:
    """Where there is no entry for any other kind, a case of that kind has none."""
    world = written(locked(support_due=entries(SupportDue("payment", DAY))))
    assert world.account.support_case.due is None  # type: ignore[union-attr]
    assert world.account.timer("support_overdue") is None


def test_the_clock_begins_when_the_bot_is_passed() -> None:
    """As long as the bot asks the holder is waited for; what comes later does not begin it anew."""
    world = locked(support_due=TWO_DAYS).do("open_case", HOLDER)
    assert world.account.timer("support_overdue") is None
    world.wait(HOUR).do("queue_case", SYSTEM, {"human_asked": True})
    due = world.account.timer("support_overdue")
    assert due is not None
    assert due.due == world.now + 2 * DAY
    world.wait(HOUR).do("connect_agent", SYSTEM)
    assert world.account.timer("support_overdue") == due
    assert world.account.support_case.due == due.due  # type: ignore[union-attr]


def test_a_case_before_a_sale_has_its_day_too() -> None:
    """An urgent case is told to the staff at once, and has the day of its kind like any other."""
    world = locked(support_due=TWO_DAYS)
    world.do("open_case", HOLDER, {**WRITTEN, "sale_at": world.now + HOUR})
    assert world.account.support_case is not None
    assert (world.account.support_case.urgent, world.account.support_case.due) == (True, world.now + 2 * DAY)


def test_an_answer_voids_the_timer() -> None:
    """A case that is resolved, declined, or settled by an unlock has nothing left to wait for."""
    for trigger, world in (
        ("resolve_case", locked(support_due=TWO_DAYS)),
        ("decline_case", suspended(support_due=TWO_DAYS)),
        ("unlock", locked(support_due=TWO_DAYS)),
    ):
        written(world).do("connect_agent", SYSTEM)
        world.do(trigger, AGENT, {"packet_fields": 4, "cause_remedied": True})
        assert world.account.timer("support_overdue") is None
        assert [c.do for c in world.events[-1].changes if c.name == "support_overdue"] == ["stop"]


def test_silence_is_noted_once_and_at_its_moment() -> None:
    """One microsecond early it is refused with the time; at the moment it is noted and told; a second time is refused."""
    world = written(locked(support_due=TWO_DAYS))
    end = world.now + 2 * DAY
    [early] = world.ask("support_overdue", SYSTEM, at=end - INSTANT).refusals
    assert (early.code, early.earliest) == ("support_had_its_time", end)
    world.tick(2 * DAY)
    event = world.events[-1]
    assert (event.trigger, event.at, event.notices) == ("support_overdue", end, ("support_late", "support_silent"))
    assert silent(world.account)
    assert world.codes("support_overdue", SYSTEM) == ["silence_is_not_noted"]
    assert world.codes("support_overdue", AGENT) == ["role_may_never"]


def test_silence_opens_the_appeal_against_a_lock() -> None:
    """Before, the code has to have failed; once support was silent the appeal may be sent, by the holder alone."""
    world = locked(support_due=TWO_DAYS)
    assert world.codes("appeal", HOLDER, None, COMPLETE) == ["self_service_failed"]
    left_alone(world)
    assert world.codes("appeal", STRANGER, None, COMPLETE) == ["not_the_holder"]
    assert world.do("appeal", HOLDER, None, COMPLETE).state is State.UNDER_APPEAL


def test_silence_opens_the_way_to_a_supervisor_from_a_lock() -> None:
    """A supervisor looks at a lock that nobody in support looked at, and may lift it."""
    world = locked(support_due=TWO_DAYS)
    assert world.codes("escalate", HOLDER, None, BRIEF) == ["refusal_is_on_record"]
    left_alone(world).do("escalate", HOLDER, None, BRIEF)
    assert world.account.appeal is not None
    assert (world.account.appeal.against, world.account.appeal.escalated) == ("lock", True)
    assert world.account.support_case.status == "escalated"  # type: ignore[union-attr]
    assert world.do("grant", SUPERVISOR).state is State.ACTIVE


def test_there_is_one_escalation_after_silence() -> None:
    """What a supervisor has rejected does not go to a supervisor again."""
    world = left_alone(locked(support_due=TWO_DAYS)).do("escalate", HOLDER, None, BRIEF)
    world.do("reject", SUPERVISOR, None, [REASONS])
    assert world.state is State.SECURITY_LOCKED
    again = [EXPLANATION, new_document("another")]
    assert "not_escalated_before" in world.codes("escalate", HOLDER, None, again)


def test_silence_opens_the_way_to_a_supervisor_from_a_suspension() -> None:
    """No appeal was rejected and no case declined; the silence stands for a refusal."""
    world = suspended(support_due=TWO_DAYS)
    assert world.codes("escalate", HOLDER, None, BRIEF) == ["refusal_is_on_record"]
    assert left_alone(world).do("escalate", HOLDER, None, BRIEF).state is State.UNDER_APPEAL


@pytest.mark.parametrize("final", [True, False])
def test_silence_counts_whether_or_not_an_agents_word_is_final(final: bool) -> None:
    """Where a declined case cannot go to a supervisor, one that nobody answered still can: nobody has decided it."""
    world = left_alone(suspended(support_due=TWO_DAYS, final_for_agent_level=final))
    assert world.codes("escalate", HOLDER, None, BRIEF) == []
    guard = next(g for g in world.machine.policy.guards if g.name == "refusal_is_on_record")
    assert ("declined" in guard.sentence) is not final


def test_silence_opens_the_appeal_where_support_was_the_only_way() -> None:
    """A ground that support alone settles may be appealed once support is silent; who was offered no appeal has none."""
    reading: dict[str, Any] = {"support_due": TWO_DAYS, "remedy_tracks": ("support",)}
    world = arrived(State.SUSPENDED, reading=reading, ground="unpaid_orders", author="reviewer:1")
    assert world.codes("appeal", HOLDER, None, COMPLETE) == ["appeal_was_offered"]
    assert left_alone(world).codes("appeal", HOLDER, None, COMPLETE) == []
    shut = arrived(State.SUSPENDED, reading=reading, ground="unpaid_orders", author="reviewer:1", offers_appeal=False)
    assert left_alone(shut).codes("appeal", HOLDER, None, COMPLETE) == ["appeal_was_offered"]


def test_a_late_answer_ends_the_silence() -> None:
    """Once the case is answered nothing stays open for the silence before; that it was late stays on record."""
    world = left_alone(locked(support_due=TWO_DAYS)).do("connect_agent", SYSTEM)
    assert silent(world.account)
    world.do("resolve_case", AGENT)
    assert not silent(world.account)
    assert world.account.support_case.overdue  # type: ignore[union-attr]
    assert world.codes("appeal", HOLDER, None, COMPLETE) == ["self_service_failed"]


def test_a_new_case_has_a_new_day() -> None:
    """After a case that was answered late another one begins with its own day and without the mark."""
    world = left_alone(locked(support_due=TWO_DAYS)).do("connect_agent", SYSTEM).do("resolve_case", AGENT)
    written(world)
    assert world.account.support_case.due == world.now + 2 * DAY  # type: ignore[union-attr]
    assert not world.account.support_case.overdue  # type: ignore[union-attr]


def test_support_may_be_late_in_every_state() -> None:
    """A case about an open account has its day too; nothing follows but the notices."""
    world = left_alone(active(support_due=TWO_DAYS))
    assert world.state is State.ACTIVE
    assert world.events[-1].notices == ("support_late", "support_silent")


def test_a_policy_without_the_clock_any_more_voids_the_timer() -> None:
    """An account from the time before keeps its record; the next step voids the timer that nobody knows."""
    world = written(locked(support_due=TWO_DAYS))
    now = World()
    now.account, now.now = world.account, world.now
    now.do("connect_agent", SYSTEM)
    assert now.account.timer("support_overdue") is None


def test_the_plan_says_that_silence_counts() -> None:
    """A plan for an account that support left alone tells it, and offers the supervisor."""
    world = suspended(support_due=TWO_DAYS)
    written(world)
    assert "silence_counts" not in {hint.name for hint in planned(world).hints}
    assert not [way for way in ways(world) if way.startswith("escalate")]
    world.tick(2 * DAY)
    assert "silence_counts" in {hint.name for hint in planned(world).hints}
    assert "escalate grant" in ways(world)


def test_the_entries_are_held_to_what_they_may_be() -> None:
    """A kind nobody asks about, no time at all, and a calendar that is none are refused at once, each named."""
    text = """
    [clocks.support_due]
    acess = { after = "1 day" }
    payment = { after = "at once" }
    order = { after = "1 day", timezone = "Europe/Atlantis" }
    access = { after = "1 day", weekend = ["caturday"] }
    question = { afer = "1 day" }
    """
    with pytest.raises(BadParameters) as caught:
        parameters_of(text, "shop.toml")
    said = "\n".join(caught.value.mistakes)
    assert "afer" in said
    text = text.replace("afer", "after")
    with pytest.raises(BadParameters) as caught:
        parameters_of(text, "shop.toml")
    said = "\n".join(caught.value.mistakes)
    for part in ("entry payment: after must be some time", 'no time zone is called "Europe/Atlantis"', "caturday"):
        assert part in said
    with pytest.raises(BadParameters, match=r'entry acess: support is asked about nothing .* Did you mean "access"'):
        parameters_of('[clocks.support_due]\nacess = { after = "1 day" }', "shop.toml")


def test_an_entry_may_have_a_calendar_of_its_own() -> None:
    """Zone, country and days of rest are those of the review teams unless the entry names its own."""
    rest: Any = ("friday",)
    usual = WorkCalendar("Asia/Shanghai", weekend=rest)
    assert SupportDue("any", DAY).calendar(usual) is usual
    assert SupportDue("any", DAY, weekend=("sunday",)).calendar(usual) == WorkCalendar(
        "Asia/Shanghai", None, ("sunday",)
    )
    german = SupportDue("any", BusinessDays(1), timezone="Europe/Berlin", country="DE").calendar(usual)
    assert (german.timezone, german.country) == ("Europe/Berlin", "DE")


def test_the_printed_file_gives_the_same_table() -> None:
    """The table is written entry by entry and reads back; the policy page says the sentences of the chapter."""
    made = Parameters(support_due=TWO_DAYS)
    assert parameters_of(parameters_text(made)) == made
    page = policy_page(policy(made))
    assert "## Silence" in page
    assert "note that support has not answered in time" in page
    assert "any: 48 hours; access: 1 working day in Europe/Berlin" in page


def test_the_command_line_tells_the_day_and_that_it_went_by(tmp_path: Path) -> None:
    """`lifecycle may` says by when support has to answer, and once it has not, that this counts as a refusal."""
    terms = tmp_path / "shop.toml"
    terms.write_text('[clocks.support_due.any]\nafter = "2 days"\n', encoding="utf-8")
    path = tmp_path / "accounts.db"
    start = dt.datetime(2020, 3, 2, 10, 0, tzinfo=dt.UTC)
    with simulated(policy(parameters_of(terms.read_text(encoding="utf-8"))), url=f"sqlite:///{path}") as accounts:
        assert isinstance(accounts.clock, SimulatedClock)
        accounts.clock.now = start
        accounts.import_account(
            "eve", state="suspended", given={"ground": "harassment", "author": "reviewer:r1"}, at=start
        )
        accounts.submit("open_case", account="eve", by=Actor.holder("eve"), facts=WRITTEN)
    shown: Any = ("may", "eve", "--database", path, "--policy", terms, "--at")
    assert "· support has to answer it by 04 Mar 2020 10:00" in cli(*shown, "2020-03-03T10:00Z").words
    late = cli(*shown, "2020-03-05T10:00Z")
    assert "04 Mar 2020 10:00, which went by: that counts as a refusal" in late.words
    document = json.loads(cli(*shown, "2020-03-05T10:00Z", "--json").out)
    assert (document["support"]["case"]["due"], document["support"]["case"]["overdue"]) == (
        "2020-03-04T10:00:00Z",
        True,
    )


def test_the_machine_is_sound_with_every_choice() -> None:
    """The clock goes together with both readings of an agent's word and with support as a condition of leaving."""
    for more in ({}, {"final_for_agent_level": True}, {"support_optional": False}, {"remedy_tracks": ("support",)}):
        AccountMachine(machine_of(support_due=TWO_DAYS, **more).policy)


def test_the_sentence_speaks_of_the_day() -> None:
    """The rows that start the clock say so in words."""
    page = policy_page(machine_of(support_due=TWO_DAYS).policy)
    said = "set the timer “support overdue” for the day by which support has to answer, if the kind of case has one"
    assert page.count(said) == 4
