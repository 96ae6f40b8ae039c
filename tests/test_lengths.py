"""Periods that are chosen or told by a table: looked up once, kept with their timer, refused where nothing fixes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import arrived
from support import (
    CLEAR,
    COLLEAGUE,
    COMPLETE,
    DAY,
    HOLDER,
    HOUR,
    REASONS,
    REVIEWER,
    START,
    STATEMENT,
    SYSTEM,
    World,
    active,
    appealed,
    closing,
    machine_of,
    suspended,
)

from lifecycle.calendar import BusinessDays, WorkCalendar, spoken
from lifecycle.decide import explain, facts_needed
from lifecycle.errors import BadParameters, LogDamaged, MissingFacts, PolicyError
from lifecycle.fold import Draft
from lifecycle.lengths import ByFacts, Chosen, Entry, as_table, facts_of, fixed, periods_of, told, wrong_length
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Change, State
from lifecycle.parameters_file import changes, parameters_of, parameters_text
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import named_in
from lifecycle.prose import sentence
from lifecycle.rows import StartTimer, bounds_of, named_period
from lifecycle.rows.periods import as_fixed, open_periods

CHOICE = Chosen("chosen_days", DAY, 3 * DAY, 2 * DAY)
SELLERS = ByFacts((Entry("sellers", {"kind": "seller"}, BusinessDays(2)),), BusinessDays(7))


class Known:
    """Facts as a table reads them."""

    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)


# --- one period ---------------------------------------------------------------------------------------------------


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_choice_never_leaves_its_bounds(count: int) -> None:
    """Whatever number is said, the period lies within the bounds, and only one between them is allowed as it is."""
    found: Any = CHOICE.of(count)
    assert DAY <= found <= 3 * DAY
    assert CHOICE.allows(count) is (found == DAY * min(max(count, 0), 9))


@pytest.mark.parametrize(
    ("chosen", "unit"),
    [
        (Chosen("n", BusinessDays(1), BusinessDays(5), BusinessDays(3)), "working days"),
        (Chosen("n", DAY, 5 * DAY, DAY), "days"),
        (Chosen("n", 12 * HOUR, 5 * DAY, DAY), "hours"),
        (Chosen("n", dt.timedelta(minutes=90), 5 * DAY, DAY), "minutes"),
        (Chosen("n", dt.timedelta(seconds=1), 5 * DAY, DAY), "seconds"),
    ],
)
def test_a_choice_is_counted_in_the_largest_unit_that_fits(chosen: Chosen, unit: str) -> None:
    """The whole number counts working days, or the largest unit of which all three periods are whole numbers."""
    assert chosen.unit == unit
    assert chosen.of(0) == chosen.least


def test_who_chooses_nothing_has_the_usual_period() -> None:
    """Without a number the usual period applies, and the entry says so."""
    assert fixed(CHOICE, Known(chosen_days=None)) == (2 * DAY, "usual")
    assert fixed(CHOICE, Known(chosen_days=3)) == (3 * DAY, "chosen")
    assert fixed(DAY, Known()) == (DAY, None)


TABLE = ByFacts(
    (
        Entry("grave", {"ground": ["harassment", "chargeback"], "signal_count": "3 or more"}, DAY),
        Entry("known", {"signed_in": True}, 2 * DAY),
        Entry("twice", {"signal_count": 2}, 3 * DAY),
        Entry("mail", {"contacts": "email"}, 4 * DAY),
    ),
    5 * DAY,
)


@pytest.mark.parametrize(
    ("facts", "entry", "days"),
    [
        ({"ground": "harassment", "signal_count": 3}, "grave", 1),
        ({"ground": "harassment", "signal_count": 2, "signed_in": True}, "known", 2),
        ({"ground": "new_device", "signal_count": 2}, "twice", 3),
        ({"ground": "new_device", "contacts": ("phone", "email")}, "mail", 4),
        ({"ground": "new_device", "contacts": ("phone",)}, "otherwise", 5),
    ],
)
def test_the_first_entry_that_fits_applies(facts: dict[str, Any], entry: str, days: int) -> None:
    """A table is read from the top: codes, yes or no, numbers, at least so many, one among several."""
    usual = {"signal_count": 0, "signed_in": False, "contacts": ()}
    assert fixed(TABLE, Known(**{**usual, **facts})) == (days * DAY, entry)


def test_true_is_not_one() -> None:
    """An entry that asks for yes does not fit the number 1, and the other way round."""
    table = ByFacts((Entry("a", {"n": 1}, DAY),), 2 * DAY)
    assert fixed(table, Known(n=True)) == (2 * DAY, "otherwise")
    assert fixed(table, Known(n=1)) == (DAY, "a")


def test_what_a_period_may_be_and_reads() -> None:
    """A period tells every length it may have and the facts it reads, each once."""
    assert periods_of(CHOICE) == (DAY, 3 * DAY, 2 * DAY)
    assert periods_of(TABLE) == tuple(n * DAY for n in (1, 2, 3, 4, 5))
    assert periods_of(DAY) == (DAY,)
    assert facts_of(TABLE) == ("ground", "signal_count", "signed_in", "contacts")
    assert facts_of(CHOICE) == ("chosen_days",)
    assert facts_of(DAY) == ()


def test_it_is_said_in_words() -> None:
    """A sentence gives the bounds of a choice, and every line of a table."""
    assert told(CHOICE) == "24 hours to 72 hours as chosen, 48 hours if nobody chooses"
    assert told(SELLERS) == "2 working days where kind is seller, else 7 working days"
    assert told(ByFacts((Entry("a", {"signed_in": False, "n": [1, 2]}, DAY),), DAY)) == (
        "24 hours where signed in is no and n is 1 or 2, else 24 hours"
    )
    assert told(DAY) == spoken(DAY)


@pytest.mark.parametrize(
    ("length", "wrong"),
    [
        (Chosen("n", DAY, BusinessDays(3), DAY), "must be given in working days throughout, or nowhere"),
        (Chosen("n", 3 * DAY, DAY, DAY), "must have its usual length within its bounds"),
        (Chosen("n", DAY, 2 * DAY, 3 * DAY), "must have its usual length within its bounds"),
        (Chosen("n", DAY / 7, 2 * DAY, DAY), "must be of whole seconds"),
        (ByFacts((), DAY), "is a table without an entry"),
        (ByFacts((Entry("a", {}, DAY),), DAY), 'has an entry "a" that does not say when it applies'),
        (ByFacts((Entry("a", {"n": []}, DAY),), DAY), 'has an entry "a" that does not say when it applies'),
        (ByFacts((Entry("a", {"n": 1}, DAY), Entry("a", {"n": 2}, DAY)), DAY), 'has two entries called "a"'),
        (ByFacts((Entry("otherwise", {"n": 1}, DAY),), DAY), 'has two entries called "otherwise"'),
    ],
)
def test_a_period_that_contradicts_itself_is_told(length: Any, wrong: str) -> None:
    """What is wrong with a choice or a table is said in a sentence; one that is right has nothing said of it."""
    assert any(what.startswith(wrong) for what in wrong_length(length))
    assert not [*wrong_length(CHOICE), *wrong_length(TABLE), *wrong_length(DAY)]


def test_working_days_are_counted_backwards_too() -> None:
    """So many working days before a moment is where counting them forwards arrives there again."""
    calendar = WorkCalendar("Europe/Berlin")
    monday = dt.datetime(2026, 3, 9, 9, 0, tzinfo=dt.UTC)
    assert calendar.before(monday, BusinessDays(1)) == dt.datetime(2026, 3, 6, 9, 0, tzinfo=dt.UTC)
    assert calendar.add(calendar.before(monday, BusinessDays(8)), BusinessDays(8)) == monday
    assert calendar.before(monday, 2 * HOUR) == monday - 2 * HOUR


# --- in a decision ------------------------------------------------------------------------------------------------


def test_the_event_says_which_entry_applied() -> None:
    """The arming of the timer records the period, the entry, since when and how long; a plain one records none of it."""
    world = closing(deletion_processing=CHOICE).do("confirm_closure", HOLDER, {"code_right": True, "chosen_days": 1})
    armed = {change.name: dict(change.values) for change in world.events[-1].changes if change.do == "timer"}
    assert armed["complete_deletion"] == {
        "due": (world.now + DAY).isoformat(),
        "number": 3,
        "period": "deletion_processing",
        "since": world.now.isoformat(),
        "entry": "chosen",
        "lasts": "24 hours",
    }
    assert armed["mark_stalled"].keys() == {"due", "number"}


def test_working_days_of_a_table_name_their_calendar() -> None:
    """A line of a table that counts working days records the calendar, as a plain one does."""
    world = appealed(suspended(world=active(kind="seller", appeal_silence=SELLERS)))
    armed = next(change for change in world.events[-1].changes if change.name == "chase_appeal")
    assert armed.values["calendar"] == "mon-fri UTC"
    assert armed.values["entry"] == "sellers"
    assert armed.values["due"] == "2026-02-04T09:00:00+00:00"


@pytest.mark.parametrize(("count", "allowed"), [(0, False), (1, True), (3, True), (4, False), (10**9, False)])
def test_a_choice_out_of_bounds_is_refused_with_what_is_allowed(count: int, allowed: bool) -> None:
    """The guard names the bounds; what lies between them, the bounds included, is accepted."""
    world = closing(deletion_processing=CHOICE)
    decision = world.ask("confirm_closure", HOLDER, {"code_right": True, "chosen_days": count})
    assert decision.allowed is allowed
    for refusal in decision.refusals:
        assert refusal.code == bounds_of("deletion_processing") == "deletion_processing_is_within_bounds"
        assert refusal.limit == "24 hours to 72 hours"
        assert refusal.value == {"chosen_days": count}


@pytest.mark.parametrize("later", [None, 1, 3])
def test_what_is_said_later_changes_nothing(later: int | None) -> None:
    """A guard that waits for the period reads what was fixed when the timer was armed, to the microsecond."""
    world = closing(deletion_processing=CHOICE).do("confirm_closure", HOLDER, {"code_right": True, "chosen_days": 2})
    facts = {**CLEAR, "chosen_days": later}
    end = world.now + 2 * DAY
    [early] = world.ask("complete_deletion", SYSTEM, facts, at=end - dt.timedelta(microseconds=1)).refusals
    assert (early.code, early.earliest) == ("processing_is_over", end)
    assert world.ask("complete_deletion", SYSTEM, facts, at=end).allowed


@pytest.mark.parametrize("other", [{}, {"deletion_processing": Chosen("chosen_days", 2 * DAY, 2 * DAY, 2 * DAY)}])
def test_the_period_outlives_a_change_of_policy(other: dict[str, Any]) -> None:
    """A deletion under way keeps its period, also once the policy has other bounds or a plain period."""
    world = closing(deletion_processing=CHOICE).do("confirm_closure", HOLDER, {"code_right": True, "chosen_days": 1})
    decided = World(**other)
    decided.account, decided.now = world.account, world.now
    assert decided.codes("complete_deletion", SYSTEM, CLEAR, at=world.now + DAY / 2) == ["processing_is_over"]
    assert decided.tick(DAY, CLEAR).state is State.DELETED


def test_a_plain_period_takes_the_place_of_a_fixed_one() -> None:
    """A timer armed under a policy whose period is plain forgets what was fixed under the one before."""
    world = suspended(appeal_silence=SELLERS).do("appeal", HOLDER, {"kind": "seller"}, COMPLETE)
    world.do("reject", COLLEAGUE, None, [REASONS])
    decided = World()
    decided.account, decided.now = world.account, world.now
    decided.do("appeal", HOLDER, None, [attrs.evolve(each, ref=f"{each.ref}-2") for each in COMPLETE])
    assert [(each.name, each.lasts, each.entry) for each in decided.account.periods] == [
        ("appeal_silence", "7 working days", None)
    ]
    [early] = decided.ask("chase_appeal", SYSTEM).refusals
    assert early.earliest == decided.account.timer("chase_appeal").due  # type: ignore[union-attr]


def test_a_new_arming_is_fixed_anew() -> None:
    """Each time a timer is armed the period is looked up again; one entry is kept for each period."""
    world = suspended(appeal_silence=SELLERS).do("appeal", HOLDER, {"kind": "seller"}, COMPLETE)
    assert [(each.name, each.entry) for each in world.account.periods] == [("appeal_silence", "sellers")]
    world.do("reject", COLLEAGUE, None, [REASONS])
    new = [attrs.evolve(each, ref=f"{each.ref}-2") for each in COMPLETE]
    world.do("appeal", HOLDER, None, new)
    assert [(each.name, each.entry) for each in world.account.periods] == [("appeal_silence", "otherwise")]


def test_a_ground_on_file_need_not_be_said_again() -> None:
    """A table over grounds reads the record that is opened, then the facts, then what is on file."""
    table = ByFacts((Entry("grave", {"ground": "harassment"}, 5 * DAY),), 9 * DAY)
    world = active(appeal_silence=table)
    world.do("suspend", REVIEWER, {"ground": "harassment"}, [STATEMENT])
    assert not facts_needed(world.machine, world.account, world.command("appeal", HOLDER, None, COMPLETE)) & {"ground"}
    world.do("appeal", HOLDER, None, COMPLETE)
    assert world.account.timer("chase_appeal").due == world.now + 5 * DAY  # type: ignore[union-attr]


def test_a_fact_nobody_has_said_is_asked_for() -> None:
    """A table over a fact without a default makes the row need it: asked for beforehand, and named where it is missing."""
    table = ByFacts((Entry("many", {"packet_fields": "3 or more"}, DAY),), 2 * DAY)
    world = suspended(appeal_silence=table)
    command = world.command("appeal", HOLDER, None, COMPLETE)
    assert "packet_fields" in facts_needed(world.machine, world.account, command)
    assert "packet_fields" in explain(world.machine, world.account, command).needs
    with pytest.raises(MissingFacts, match="packet_fields"):
        world.ask("appeal", HOLDER, None, COMPLETE)
    world.do("appeal", HOLDER, {"packet_fields": 4}, COMPLETE)
    assert world.account.timer("chase_appeal").due == world.now + DAY  # type: ignore[union-attr]


def test_an_account_from_elsewhere_has_what_the_policy_says_now() -> None:
    """Where nothing was fixed, a guard goes by the facts as far as they are known, else by the usual or other period."""
    world = closing().do("confirm_closure", HOLDER, {"code_right": True})
    other = World(deletion_processing=CHOICE)
    other.account = world.account
    [early] = other.ask("complete_deletion", SYSTEM, CLEAR, at=world.now + DAY).refusals
    assert early.earliest == world.now + 2 * DAY


def test_a_code_lives_as_long_as_the_period_says() -> None:
    """A link whose period is told by a table is accepted as long as its timer runs."""
    table = ByFacts((Entry("a", {"signed_in": True}, 2 * HOUR),), 3 * HOUR)
    world = closing(closure_confirmation_ttl=table)
    assert world.account.closure_link.expires_at == world.now + 2 * HOUR  # type: ignore[union-attr]
    assert world.account.timer("closure_lapses").due == world.now + 2 * HOUR  # type: ignore[union-attr]


def test_by_default_nothing_is_looked_up() -> None:
    """Under the guides' policy every period is plain: nothing is open, and the parameters are read as they are."""
    world = closing()
    made = world.machine.policy
    assert made.open_periods == ()
    assert made.seen(world.account, world.command("confirm_closure", HOLDER)) is made.parameters
    assert not [guard for guard in made.guards if guard.name.endswith("_is_within_bounds")]
    assert world.account.periods == ()


def test_an_entry_that_cannot_be_read_damages_the_log() -> None:
    """A timer whose fixed period lacks its parts is no change that anybody wrote."""
    with pytest.raises(LogDamaged):
        Draft(Account("acc")).apply(
            Change("timer", "erase", {"due": "2026-01-01T00:00:00+00:00", "number": 1, "period": "x"})
        )


# --- in a policy --------------------------------------------------------------------------------------------------

FILE = """
[leaving]
stalled_after = "30 days"
deletion_processing = { fact = "chosen_days", least = "5 days", most = "20 days", usual = "10 days" }
[recovering.appeal_silence]
otherwise = "7 working days"
entries = { many = { when = { kind = "seller", packet_fields = ["3 or more", 1] }, lasts = "2 working days" } }
"""


def test_a_file_gives_it_and_the_printed_file_gives_it_back() -> None:
    """A choice and a table are read from TOML, written so that they read back alike, and listed as what changed."""
    read = parameters_of(FILE)
    assert read.deletion_processing == Chosen("chosen_days", 5 * DAY, 20 * DAY, 10 * DAY)
    assert parameters_of(parameters_text(read)) == read
    told_changes = changes(read)
    assert told_changes["deletion_processing"] == {
        "fact": "chosen_days",
        "least": "5 days",
        "most": "20 days",
        "usual": "10 days",
    }
    assert told_changes["appeal_silence"] == as_table(read.appeal_silence)  # type: ignore[arg-type]
    AccountMachine(policy(read))


def test_every_mistake_in_a_file_is_told_at_once() -> None:
    """A file with periods that are wrong in many ways is refused with each of them, by its path."""
    text = """
    [leaving]
    deletion_processing = { least = "5 days", most = "20 dais", fact = "chosen_days" }
    hold_recheck = { fact = "n", least = "0 days", most = "3 days", usual = "1 day", default = 3 }
    erasure_retry = { otherwise = "1 day", entries = { a = { lasts = 3 }, b = { when = { kind = "seller" }, last = "1 day" } } }
    stalled_after = { fact = "n", least = "90 days", most = "80 days", usual = "85 days" }
    data_erasure_delay = { entries = { a = 3 } }
    """
    with pytest.raises(BadParameters) as caught:
        parameters_of(text, "shop.toml")
    said = "\n".join(caught.value.mistakes)
    for part in (
        "usual is missing",
        '"20 dais" is no length of time',
        '"default" is no key of a length of time that is chosen',
        "when is missing",
        "lasts must be a length of time such as",
        '"last" is no key of an entry',
        "lasts is missing",
        "otherwise is missing",
        "a must be a table",
        "must have its usual length within its bounds",
    ):
        assert part in said


def test_values_are_held_to_their_bounds_and_to_each_other() -> None:
    """Every period of a choice or a table is checked as a plain one is, and the pairs hold for the worst case."""
    with pytest.raises(BadParameters) as caught:
        Parameters(
            deletion_processing=Chosen("chosen_days", DAY, 90 * DAY, DAY),  # type: ignore[arg-type]
            appeal_silence=Chosen("chosen_days", -DAY, 40000 * DAY, DAY),  # type: ignore[arg-type]
            hold_recheck=ByFacts((Entry("a", {"kind": "seller"}, 0 * DAY),), DAY),  # type: ignore[arg-type]
        )
    said = "\n".join(caught.value.mistakes)
    assert "deletion_processing may not be more than stalled_after" in said
    assert "appeal_silence cannot be a negative time" in said
    assert "appeal_silence is too long: at most 100 years" in said
    assert "hold_recheck must be some time" in said


def test_a_policy_is_refused_where_nothing_fixes_a_period() -> None:
    """Where no timer is armed after it, where a retry needs it, or where it reads no fact, the policy says so at once."""
    values: dict[str, Any] = {
        "appeal_enquiry_after": CHOICE,
        "hold_recheck": SELLERS,
        "appeal_silence": ByFacts(
            (
                Entry("a", {"kin": "seller"}, DAY),
                Entry("b", {"kind": "byer"}, DAY),
                Entry("c", {"ground": "harasment"}, DAY),
                Entry("d", {"signal_count": "many"}, DAY),
            ),
            DAY,
        ),
        "deletion_processing": Chosen("kind", DAY, 2 * DAY, DAY),
    }
    with pytest.raises(PolicyError) as caught:
        AccountMachine(policy(Parameters(**values)))
    said = str(caught.value)
    for part in (
        'the period "appeal_enquiry_after" must be a plain one',
        'is tried again after "hold_recheck", which must be a plain period',
        'the period "appeal_silence" is told by an unknown fact "kin". Did you mean "kind"?',
        'has an entry "c": no ground is called "harasment"',
        'has an entry "d"',
        'the period "deletion_processing" is chosen by the fact "kind", which is no whole number',
    ):
        assert part in said


def test_a_row_that_lets_somebody_choose_must_hold_them_to_it() -> None:
    """A policy whose rows arm a chosen period without its guard is refused, and the row named."""
    made = policy(Parameters(deletion_processing=CHOICE))  # type: ignore[arg-type]
    bare = tuple(
        attrs.evolve(row, guards=tuple(g for g in row.guards if not g.name.endswith("_is_within_bounds")))
        for row in made.rows
    )
    with pytest.raises(PolicyError, match=r"lets the period .* be chosen, and no guard holds it to its bounds"):
        AccountMachine(attrs.evolve(made, rows=bare))


def test_a_timer_after_what_is_no_period_is_refused() -> None:
    """A path that leads nowhere, or to something else than a length of time, is no period."""
    made = policy()
    row = next(row for row in made.rows if any(isinstance(e, StartTimer) for e in row.effects))
    for path in ("windows.appeal.lasts", "appeal_words_hard"):
        wrong = attrs.evolve(row, effects=(*row.effects, StartTimer("erase", after=path)))
        with pytest.raises(PolicyError, match="arms a timer after an unknown period"):
            AccountMachine(attrs.evolve(made, rows=(*(r for r in made.rows if r is not row), wrong)))
    with pytest.raises(AttributeError):
        named_period(made.parameters, "windows.appeal.lasts")


OPEN = {
    *(
        "appeal_silence",
        "closure_confirmation_ttl",
        "data_erasure_delay",
        "deletion_abandon_after",
        "deletion_processing",
    ),
    *("direct_deletion_grace", "escalation_silence", "multiple_appeals_window", "stalled_after", "vip_period_days"),
    *("vip_trial_days", "warning_lead_max"),
}
"""The periods after which the guides' policy arms a timer: only these may be chosen, or told by a table."""


def test_any_period_is_either_open_or_refused_by_its_name() -> None:
    """Each period of the guides' policy takes a table if a timer is armed after it; otherwise it is named and refused."""
    plain = [each for each in named_in(Parameters) if isinstance(each.default, dt.timedelta | BusinessDays)]
    said = {each.name: said_of(each.name, each.default) for each in plain}
    assert {name for name, refused in said.items() if not refused} == OPEN
    assert all(name in refused for name, refused in said.items() if refused)


def said_of(name: str, usual: Any) -> str:
    """What is said of a policy in which this period is told by a table; nothing if it can be made."""
    lasts = usual if usual != 0 * DAY else HOUR
    held: Any = {name: ByFacts((Entry("sellers", {"kind": "seller"}, lasts),), lasts)}
    try:
        AccountMachine(policy(Parameters(**held)))
    except (BadParameters, PolicyError) as error:
        return str(error)
    return ""


def test_the_sentence_says_what_a_period_depends_on() -> None:
    """The row in words gives the bounds of the choice, with the guard among its conditions."""
    made = machine_of(deletion_processing=CHOICE).policy
    said = "\n".join(sentence(row, made) for row in made.rows if row.trigger == "confirm_closure")
    assert "to go off after 24 hours to 72 hours as chosen, 48 hours if nobody chooses" in said
    assert "The deletion processing that is chosen lies within its bounds." in said


def test_a_deletion_is_carried_out_when_the_choice_says() -> None:
    """The clock carries the deletion out at the very moment that was chosen."""
    world = closing(deletion_processing=CHOICE).do("confirm_closure", HOLDER, {"code_right": True, "chosen_days": 1})
    world.tick(DAY - dt.timedelta(microseconds=1), CLEAR)
    assert world.state is State.PENDING_DELETION
    assert world.tick(dt.timedelta(microseconds=1), CLEAR).state is State.DELETED


@attrs.frozen
class Own:
    """Parameters of a policy of one's own, without a dict."""

    pause: Any = CHOICE
    calendar: WorkCalendar = attrs.field(factory=WorkCalendar)


def test_parameters_of_any_kind_are_seen_as_fixed() -> None:
    """Those of a host's own policy need no dict: a copy has the plain period, and they themselves stay as they are."""
    own = Own()
    command = World().command("appeal", HOLDER, {"chosen_days": 3})
    seen = as_fixed(own, open_periods(own), Account("acc"), command)
    assert (seen.pause, own.pause, seen.calendar) == (3 * DAY, CHOICE, own.calendar)
    assert open_periods(object()) == ()


def test_an_account_is_taken_over_with_its_periods() -> None:
    """An import may say what was fixed before; the guards go by it."""
    fixed_before = [{"name": "deletion_processing", "lasts": "30 days", "entry": "chosen"}]
    confirmed = {"confirmed_at": START}
    world = arrived(
        State.PENDING_DELETION,
        reading={"deletion_processing": CHOICE},
        deletion=confirmed,
        periods=fixed_before,
        timers={"complete_deletion": START + 30 * DAY},
    )
    [early] = world.ask("complete_deletion", SYSTEM, CLEAR, at=START + 3 * DAY).refusals
    assert early.earliest == START + 30 * DAY
    assert world.tick(30 * DAY, CLEAR).state is State.DELETED


def test_an_entry_is_changed_like_any_value() -> None:
    """Another length for the same facts makes another entry; how its facts were written does not matter."""
    entry = Entry("a", {"kind": "seller"}, DAY)
    assert attrs.evolve(entry, lasts=2 * DAY) == Entry("a", {"kind": ["seller"]}, 2 * DAY)
