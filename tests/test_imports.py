"""Taking over accounts that exist already: each state arrives with the records and timers it would have here."""

from __future__ import annotations

import datetime as dt

import pytest

from lifecycle import Actor, State, policy
from lifecycle.errors import BadRequest
from lifecycle.fold import replay
from lifecycle.imports import imported
from lifecycle.model import RECORDS

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)

ARRIVALS = [
    (State.ACTIVE, {}, set(), set()),
    (State.SECURITY_LOCKED, {"ground": "new_device"}, {"lock"}, set()),
    (State.SECURITY_LOCKED, {"ground": "declined_payments"}, {"lock"}, {"lock_expires"}),
    (State.SUSPENDED, {"ground": "chargeback"}, {"suspension"}, set()),
    (
        State.SUSPENDED,
        {"ground": "chargeback", "ends": START + dt.timedelta(days=9)},
        {"suspension"},
        {"suspension_ends"},
    ),
    (State.UNDER_APPEAL, {"ground": "chargeback"}, {"suspension", "appeal"}, {"chase_appeal"}),
    (State.UNDER_APPEAL, {"ground": "new_device", "against": "lock"}, {"lock", "appeal"}, {"chase_appeal"}),
    (State.DEACTIVATED, {"reason": "break"}, {"pause"}, set()),
    (State.PENDING_DELETION, {}, {"deletion", "closure_link"}, {"closure_lapses"}),
    (State.PENDING_DELETION, {"track": "direct"}, {"deletion", "deletion_code", "pause"}, {"abandon_deletion"}),
    (
        State.PENDING_DELETION,
        {"track": "suspended", "ground": "harassment", "permanent": True},
        {"deletion", "suspension"},
        {"complete_deletion", "mark_stalled"},
    ),
    (State.DELETED, {}, {"erasure"}, {"erase"}),
]


def arrive(state, given):
    """Return the event of an import and the account it makes."""
    event = imported(policy(), "ann", state, given, START, Actor.system("import"))
    return event, replay("ann", [event])


@pytest.mark.parametrize(("state", "given", "records", "timers"), ARRIVALS)
def test_an_imported_account_has_its_records_and_timers(state, given, records, timers):
    """Every state arrives in one event, sends nothing, and stands as if it had come about here."""
    event, account = arrive(state, given)
    assert (account.state, account.version, event.notices) == (state, 1, ())
    assert {name for name in RECORDS if getattr(account, name) is not None} == records
    assert {timer.name for timer in account.timers} == timers


def test_what_is_given_is_what_is_recorded():
    """Author, permanence, contacts, strikes, holds and fields of records arrive as they were given."""
    given = {
        "ground": "chargeback",
        "author": "reviewer:r7",
        "permanent": True,
        "contacts": ["email"],
        "kind": "seller",
        "offers_appeal": False,
        "strikes": ["legal_threat"],
        "holds": ["court"],
        "appeal": {"status": "rejected", "decided_by": "reviewer:r8", "decided_at": START},
    }
    _, account = arrive(State.SUSPENDED, given)
    assert (account.suspension.author, account.suspension.permanent) == ("reviewer:r7", True)
    assert not account.suspension.offers_appeal
    assert (account.contacts, account.kind) == (("email",), "seller")
    assert (account.strikes, account.holds) == (("legal_threat",), ("court",))
    assert (account.appeal.status, account.appeal.decided_at, account.appeal.restriction) == ("rejected", START, 1)


def test_a_record_of_a_lock_is_against_the_lock():
    """An appeal on record with a locked account is one against its lock."""
    _, account = arrive(State.SECURITY_LOCKED, {"ground": "new_device", "appeal": {"status": "rejected"}})
    assert account.appeal.against == "lock"


def test_a_direct_deletion_goes_to_the_contacts_on_file():
    """Contacts are on file before the code of an imported deletion is drawn."""
    _, account = arrive(State.PENDING_DELETION, {"track": "direct", "contacts": ["email", "phone"]})
    assert account.deletion_code.channels == ("email", "phone")


def test_timers_and_records_may_be_said_outright():
    """A confirmed closure arrives without its link, and with the timers that are given instead of the usual ones."""
    due = START + dt.timedelta(days=2)
    given = {"deletion": {"confirmed_at": START}, "closure_link": False, "timers": {"complete_deletion": due}}
    _, account = arrive(State.PENDING_DELETION, given)
    assert account.closure_link is None
    assert [(timer.name, timer.due) for timer in account.timers] == [("complete_deletion", due)]


def test_a_timer_nobody_knows_cannot_be_imported():
    """A misspelt timer stops the import with the nearest name."""
    with pytest.raises(BadRequest, match='Did you mean "erase"'):
        arrive(State.DELETED, {"timers": {"erases": START}})
