"""How long things take: the usual waits, the large sales that lengthen them, and that they change no answer."""

from __future__ import annotations

import datetime as dt

import pytest
import support as s
from support import DAY, HOLDER, HOUR, MINUTE, START

from lifecycle.calendar import BusinessDays, days_of_year, falls_within
from lifecycle.errors import BadParameters
from lifecycle.machine import AccountMachine
from lifecycle.model import Account
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.waiting import (
    Wait,
    appeal_time,
    chat_wait,
    odds,
    sale_on,
    support_answers_by,
    support_time,
    unlock_time,
)


def day(month: int, number: int, hour: int = 0) -> dt.datetime:
    """A moment of the year 2026."""
    return dt.datetime(2026, month, number, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "sale"),
    [
        (day(11, 10, 23), None),
        (day(11, 11), "singles_day"),
        (day(11, 17, 23), "singles_day"),
        (day(11, 18), None),
        (day(11, 27), "black_friday"),
        (day(3, 28), "anniversary"),
        (day(2, 12, 20), "spring_festival"),
        (day(2, 21), None),
    ],
)
def test_the_sales_of_the_guides(at: dt.datetime, sale: str | None) -> None:
    """A day falls into the sale the calendar names, first and last day included; the locked buyer's of C-01 too."""
    assert sale_on(at, Parameters()) == sale


def test_days_may_run_past_the_end_of_the_year() -> None:
    """A sale from December into January takes in both ends, in every year, leap days included."""
    words = "12-20 to 01-05"
    assert [falls_within(day(*at), words) for at in [(12, 19), (12, 20), (1, 5), (1, 6)]] == [False, True, True, False]
    assert falls_within(dt.datetime(2028, 2, 29, tzinfo=dt.UTC), "02-01 to 02-29")
    assert days_of_year(words) == (dt.date(2000, 12, 20), dt.date(2000, 1, 5))


def test_a_day_is_counted_in_utc() -> None:
    """A moment given in another zone falls on the day it is in UTC."""
    late = dt.datetime(2026, 11, 10, 20, tzinfo=dt.timezone(-dt.timedelta(hours=5)))
    assert falls_within(late, "11-11 to 11-17")


@pytest.mark.parametrize("words", ["", "11-11", "11-11 to 11-31", "13-01 to 13-02", "11-11 to 11-17 "])
def test_days_that_are_none(words: str) -> None:
    """Words that name no days of the year are refused, alone and as a parameter, with an example."""
    with pytest.raises(ValueError, match="names no days of the year"):
        days_of_year(words)
    with pytest.raises(BadParameters, match=r"peak_calendar names no days: .* names no days of"):
        Parameters(peak_calendar={"sale": words})


def test_a_calendar_of_sales_is_a_table_of_texts() -> None:
    """A number instead of days, or no table at all, is refused; an empty calendar knows no sale."""
    for wrong in ({"sale": 11}, "11-11 to 11-17"):
        with pytest.raises(BadParameters, match="peak_calendar"):
            Parameters(peak_calendar=wrong)
    assert sale_on(day(11, 11), Parameters(peak_calendar={})) is None


def test_the_chat_takes_longer_during_a_sale() -> None:
    """5 to 10 minutes as a rule, 45 or more during a large sale."""
    p = Parameters()
    assert chat_wait(day(6, 1), p) == Wait(5 * MINUTE, 10 * MINUTE)
    assert chat_wait(day(11, 11), p) == Wait(45 * MINUTE)
    assert (str(chat_wait(day(6, 1), p)), str(chat_wait(day(11, 11), p))) == ("5 to 10 minutes", "45 minutes or more")


@pytest.mark.parametrize("value", ["always", "working_days"])
def test_support_calendar(value: str) -> None:
    """Support works around the clock, or rests when the reviewers do; then its days are working days."""
    p = Parameters(support_calendar=value)
    friday = START + 4 * DAY
    world = s.with_case(s.suspended("chargeback", s.active().wait(4 * DAY)))
    always = value == "always"
    assert support_time(world.account, p) == (
        Wait(2 * DAY, 3 * DAY) if always else Wait(BusinessDays(2), BusinessDays(3))
    )
    assert support_answers_by(world.account, p) == friday + (3 * DAY if always else 5 * DAY)
    assert str(support_time(world.account, p)) == ("48 to 72 hours" if always else "2 to 3 working days")


def test_what_support_is_asked_for_says_how_long() -> None:
    """A lock is settled within the day, a suspension in two to three, anything else in one to three."""
    p = Parameters()
    assert support_time(s.locked().account, p) == Wait(dt.timedelta(0), DAY)
    assert str(support_time(s.locked().account, p)) == "up to 24 hours"
    assert support_time(s.active().account, p) == Wait(DAY, 3 * DAY)
    both = s.suspended(world=s.locked())
    assert support_time(both.account, p) == Wait(2 * DAY, 3 * DAY)
    assert str(Wait(HOUR, HOUR)) == "about 1 hour"
    assert str(Wait(MINUTE, HOUR)) == "60 seconds to 1 hour"
    odd = Parameters(support_calendar="working_days", support_simple_max=5 * HOUR)
    assert support_time(s.locked().account, odd).most == 5 * HOUR


def test_an_answer_is_due_only_while_a_case_is_open() -> None:
    """Without a case, or with one that is settled, nothing is to be expected of support."""
    p = Parameters()
    assert support_answers_by(Account("acc"), p) is None
    world = s.with_case(s.locked())
    assert support_answers_by(world.account, p) == START + DAY
    assert support_answers_by(world.do("resolve_case", s.AGENT).account, p) is None


def test_a_sale_changes_no_answer() -> None:
    """Under a policy in which every day is a sale, appeal, case and code get the answers they get otherwise (G3-88)."""
    usual, sale = s.suspended(), s.suspended()
    sale.machine = AccountMachine(policy(Parameters(peak_calendar={"everlasting_sale": "01-01 to 12-31"})))
    for world in (usual, sale):
        world.do("appeal", HOLDER, None, s.COMPLETE)
    assert usual.account == sale.account
    for trigger in ("open_case", "enquire", "appeal"):
        assert usual.codes(trigger, HOLDER) == sale.codes(trigger, HOLDER)


def test_what_is_told_of_an_open_appeal() -> None:
    """A review takes 3 to 5 working days, a supervisor 5 to 10; of second appeals 40 in a hundred are granted."""
    p = Parameters()
    assert str(unlock_time(p)) == "5 to 15 minutes"
    first, second, third = s.appealed(), s.rejected().do("appeal", HOLDER, None, [s.new_document()]), s.escalated()
    assert [str(appeal_time(world.account, p)) for world in (first, second, third)] == [
        "3 to 5 working days",
        "3 to 5 working days",
        "5 to 10 working days",
    ]
    assert [odds(world.account, p) for world in (first, second, third)] == [None, 40, 30]
    assert appeal_time(s.rejected().account, p) is None
    assert odds(s.active().account, p) is None
