"""The policy in words: every row becomes a sentence somebody can read aloud."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from typing import Any

import attrs
import pytest

from lifecycle.calendar import BusinessDays, WorkCalendar
from lifecycle.model import Role, State
from lifecycle.policy import policy
from lifecycle.prose import policy_page, sentence
from lifecycle.prose.words import clause, listed, value
from lifecycle.rows import (
    Add,
    Close,
    Count,
    Dest,
    Guard,
    Notice,
    Notify,
    Open,
    Policy,
    Remove,
    Selector,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Then,
    TimerRule,
    Transition,
)

REAL = policy()


@attrs.frozen
class Waits:
    """Parameters of a policy made up for these tests."""

    silence: Any = attrs.field(factory=lambda: BusinessDays(7))
    code_life: Any = dt.timedelta(seconds=45)
    no_wait: Any = dt.timedelta(0)
    house: str = "two_stage"


MADE_UP: Policy = attrs.evolve(
    REAL,
    name="made up",
    parameters=Waits(),
    rows=(),
    guards=(),
    timers={"nudge": TimerRule("nudge", "nudge", (State.ACTIVE,), "It nudges.", instead="shout", retry="silence")},
    notices={"hello": Notice("hello", "Hello."), "alarm": Notice("alarm", "Look.", to="staff")},
    grounds={},
)
TRACK = Selector(
    "track", "Which track?", {"a": "it goes by road", "b": "it goes by sea"}, lambda account, command, p: "a"
)
LEVEL = Selector("level", "Which level?", {"low": "it is low"}, lambda account, command, p: "low")


def made(**changes: Any) -> Transition:
    """Return a row that is complete but for *changes*."""
    row: dict[str, Any] = {
        "title": "Paint the door",
        "actors": (Role.HOLDER,),
        "trigger": "paint",
        "source": (State.ACTIVE,),
        "cites": ("Z-1", "Z-2"),
    }
    return Transition(**{**row, **changes})


def condition(says: str, name: str = "door_is_dry") -> Guard:
    """Return a guard that says *says*."""
    return Guard(name, says, "Wait for the paint.", lambda account, command, p: True)


def said(**changes: Any) -> str:
    """Return the sentence of a made-up row."""
    return sentence(made(**changes), MADE_UP)


@pytest.mark.parametrize("row", REAL.rows, ids=lambda row: row.name)
def test_a_row_names_who_what_and_what_it_rests_on(row: Transition) -> None:
    """Every sentence opens with who may do what, and ends with the row's citations."""
    words = sentence(row, REAL)
    assert words.startswith(row.actors[0].words[:1].upper() + row.actors[0].words[1:])
    assert f"(`{row.trigger}`)" in words
    assert words.endswith(f"*({', '.join(row.cites)})*")


@pytest.mark.parametrize("row", REAL.rows, ids=lambda row: row.name)
def test_a_row_tells_every_condition_and_every_notice(row: Transition) -> None:
    """No guard, notice, timer or state of a row is left out of its sentence."""
    words = sentence(row, REAL)
    for guard in row.guards:
        assert guard.sentence in words or clause(guard.sentence) in words
    for effect in row.effects:
        if isinstance(effect, Notify | SendCode):
            assert f"“{effect.notice.replace('_', ' ')}”" in words
        if isinstance(effect, StartTimer | StopTimer):
            assert f"“{effect.timer.replace('_', ' ')}”" in words
    assert all(state.words in words for state in row.dests)


def test_no_sentence_lets_an_underscore_or_a_python_value_through() -> None:
    """Outside of `code`, the page holds words: no underscores, no functions, no None."""
    prose = re.sub(r"`[^`]*`", "", policy_page(REAL))
    assert not re.findall(r"\w_\w|<function|\bNone\b|\bTrue\b|\bFalse\b|State\.|Role\.", prose)


def test_two_short_conditions_stay_inside_the_sentence() -> None:
    """One or two plain conditions are part of the sentence, without capitals."""
    words = said(guards=(condition("The door is dry."), condition("No wind blows.")), dest=State.SUSPENDED)
    assert words == (
        "The account holder may **paint the door** (`paint`) while the account is active, "
        "if the door is dry and no wind blows. The account is then suspended. *(Z-1, Z-2)*"
    )


@pytest.mark.parametrize(
    "sentences", [("A.", "B.", "C."), ("It is dry, or it is warm.", "No wind blows."), ("One or two.", "Three.")]
)
def test_conditions_that_would_stumble_stand_in_a_list(sentences: tuple[str, ...]) -> None:
    """More than two conditions, or an "or" beside another one, become a list with code and advice."""
    words = said(guards=tuple(condition(s, f"guard_{n}") for n, s in enumerate(sentences)))
    for number, one in enumerate(sentences):
        assert f"\n- {one} Otherwise: Wait for the paint. <sub>`guard_{number}`</sub>" in words
    assert ", if all of this holds:\n\n- " in words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ((), "where there is no account yet"),
        ((State.ACTIVE, State.DEACTIVATED), "while the account is active or deactivated"),
        (tuple(State)[:-1], "in any state but deleted"),
        (tuple(State), "in any state"),
    ],
)
def test_states_are_named_the_short_way(source: tuple[State, ...], words: str) -> None:
    """A row from nearly everywhere says so instead of listing states."""
    assert f"(`paint`) {words}. " in said(source=source)


def test_what_chooses_a_row_is_said() -> None:
    """Answers of one selector are joined by "or", several selectors by "and"."""
    assert ", when it goes by road and it is low." in said(when=(TRACK.is_("a"), LEVEL.is_("low")))
    assert ", when it goes by road or it goes by sea, and it is low." in said(
        when=(TRACK.is_("a", "b"), LEVEL.is_("low"))
    )
    assert ", when other way." in said(when=(TRACK.is_("other_way"),))


@pytest.mark.parametrize(
    ("dest", "words"),
    [
        (None, "The account stays as it is."),
        (State.DELETED, "The account is then deleted."),
        (Dest.RELEASE, "The account is then active, or security locked while a lock stands."),
        (Dest.RESTRICTION, "suspended, or security locked if only a lock stands."),
    ],
)
def test_where_it_leads_is_said(dest: Any, words: str) -> None:
    """A destination worked out from the records names both outcomes."""
    assert words in said(dest=dest)


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Notify("hello"), "We send the holder the notice “hello”."),
        (Notify("alarm"), "We send the staff the notice “alarm”."),
        (StartTimer("nudge", after="silence"), "We set the timer “nudge” to go off 7 working days later."),
        (StartTimer("nudge", after="no_wait"), "We set the timer “nudge” to go off at once."),
        (StartTimer("nudge", at=lambda a, c, p: None), "We set the timer “nudge” where there is an end to wait for."),
        (StopTimer("nudge"), "We stop the timer “nudge”."),
        (SendCode("x", "code_life", "hello"), "We send a code with the notice “hello”, good for 45 seconds."),
        (SendCode("x", "code_life", "hello", form="link"), "We send a link with the notice “hello”,"),
        (SendCode("x", "code_life", "hello", form=lambda a, c, p: "link"), "We send a code or link with"),
        (Open("support_case"), "We open a support case."),
        (Open("lock"), "We record the lock."),
        (Close("lock"), "We lift the lock."),
        (Close("pause"), "We end the pause."),
        (Close("unlock_code"), "We void the unlock code."),
        (Set("pause", fixed={"warned": True}), "We mark the pause as warned."),
        (Set("pause", fixed={"warned": False}), "We mark the pause as not warned."),
        (Set("suspension", fixed={"permanent": True, "ends_at": None}), "We mark the suspension as permanent."),
        (Set("support_case", fixed={"status": "resolved"}), "We mark any support case as “resolved”."),
        (Set("deletion", fixed={"confirmed_at": lambda a, c, p: None}), "We mark the deletion as confirmed."),
        (Set("account", take=("kind", "contacts")), "We note the account's kind and contacts."),
        (Set("account", fixed={"reserved": lambda a, c, p: True}), "We note whether its identifiers stay reserved."),
        (Count("unlock_code", "tries"), "We count the try."),
        (Count("unlock_code", "odd_things"), "We count the odd things."),
        (Add("holds", "hold"), "We add the hold to the account's holds."),
        (Remove("holds", "hold"), "We take the hold off the account's holds."),
        (Then("nudge"), "The account stays as it is. At once the system tries “nudge”."),
    ],
)
def test_an_effect_is_said_in_words(effect: Any, words: str) -> None:
    """Each kind of effect has its words."""
    assert words in said(effects=(effect,))


def test_a_decision_names_its_outcome_not_who_took_it() -> None:
    """Who decided and when come by themselves and are not told; what was decided is."""
    fixed = {"status": "granted", "decided_by": lambda a, c, p: "", "decided_at": lambda a, c, p: None}
    assert "We mark the appeal as “granted”. " in said(effects=(Set("appeal", fixed=fixed),))


def test_what_ends_together_is_said_together() -> None:
    """Several records that end make one phrase, and a code goes without saying."""
    ending = (Close("pause"), Close("deletion"), Close("deletion_code"))
    assert "We end any pause or deletion that stands. " in said(effects=ending)
    assert "We lift the lock. " in said(effects=(Close("lock"), Close("unlock_code")))
    assert "The account is then deleted. *(" in said(effects=ending, dest=State.DELETED)


def test_records_come_before_timers_and_notices() -> None:
    """Effects are told in one order, whatever the order in the row."""
    words = said(effects=(Notify("hello"), StartTimer("nudge", after="silence"), Open("lock")))
    assert words.index("record") < words.index("set the timer") < words.index("send the holder")


def test_the_page_holds_every_row_under_its_chapter() -> None:
    """The page tells all rows, in their order, each chapter under a heading."""
    page = policy_page(REAL)
    places = [page.index(sentence(row, REAL)) for row in REAL.rows]
    assert places == sorted(places)
    for chapter in dict.fromkeys(row.chapter for row in REAL.rows):
        assert f"\n## {chapter.replace('_', ' ').capitalize()}\n" in page


def test_the_page_tells_everything_a_policy_names() -> None:
    """States, conditions, timers, grounds, evidence, notices and parameters all have their place."""
    page = policy_page(REAL)
    for state in State:
        assert f"| {state.words} |" in page
    for guard in REAL.guards:
        assert f"| `{guard.name}` |" in page
    for name in (*REAL.timers, *REAL.grounds, *REAL.evidence, *REAL.notices):
        assert f"\n| {name.replace('_', ' ')} | " in page
    for parameter in attrs.fields(type(REAL.parameters)):
        assert f"\n| `{parameter.name}` | " in page


def test_a_row_without_a_chapter_still_has_a_heading() -> None:
    """A host's policy need not have chapters or documented parameters."""
    page = policy_page(attrs.evolve(MADE_UP, rows=(made(),)))
    assert "\n## Rules\n\nThe account holder may **paint the door**" in page
    assert "| `house` | `two_stage` |  |  |" in page
    assert "“shout” is tried; else it is tried again after 7 working days" in page


def test_parameters_need_not_be_an_attrs_class() -> None:
    """A policy whose parameters are no attrs class gets a page without that table's rows."""

    class Bare:
        silence = BusinessDays(2)

    page = policy_page(attrs.evolve(MADE_UP, parameters=Bare()))
    assert "tried again after 2 working days" in page
    assert page.endswith("| parameter | value | what it is | kind | rests on |\n| --- | --- | --- | --- | --- |\n")


def test_a_table_cell_survives_a_bar_and_a_line_end() -> None:
    """Words with a bar or a line end do not break their table."""
    page = policy_page(attrs.evolve(MADE_UP, evidence={"odd": "a | b\nc"}))
    assert "| odd | a \\| b c | no |" in page


def test_a_parameter_changes_the_words() -> None:
    """A period is spoken from the parameters, so that another value makes another sentence."""
    row = made(effects=(StartTimer("nudge", after="silence"),))
    assert "7 working days later" in sentence(row, MADE_UP)
    assert "2 working days later" in sentence(row, attrs.evolve(MADE_UP, parameters=Waits(silence=BusinessDays(2))))


def test_small_words() -> None:
    """Lists, values and clauses read as English."""
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"], "or")] == ["", "a", "a, b or c"]
    assert [value(True), value(False), value(3), value("x"), value(("a", "b"))] == [
        "yes",
        "no",
        "3",
        "`x`",
        "`a` and `b`",
    ]
    assert [value(dt.timedelta(days=4)), value(WorkCalendar()), value({})] == ["4 days", "mon-fri UTC", "none"]
    assert value({"black_friday": "11-23 to 12-02"}) == "black friday 11-23 to 12-02"
    assert [clause("VIP members stay."), clause("The end is near.")] == ["VIP members stay", "the end is near"]


def test_the_page_is_the_same_in_every_process() -> None:
    """A fresh process with another hash seed writes the same page."""
    code = "from lifecycle.policy import policy; from lifecycle.prose import policy_page; print(policy_page(policy()))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert ran.stdout == policy_page(REAL) + "\n"
