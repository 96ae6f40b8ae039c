"""Folding events: the log makes the account, and whatever does not fit is damage, named by account and version."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
import support as s
from support import AGENT, DAY, HOUR, START, SYSTEM

from lifecycle.decide import lapse
from lifecycle.errors import LogDamaged
from lifecycle.fold import Draft, evolve, replay
from lifecycle.model import RECORDS, Account, Change, Event, State

BASE = {"number": 2, "since": START.isoformat(), "author": "reviewer:1"}


def event(*changes: Change, version: int = 1, dest: State = State.ACTIVE, **more: Any) -> Event:
    """An event of the account of these tests."""
    return Event("acc", version, "x", None, dest, SYSTEM, START, changes=changes, **more)


def test_the_log_makes_the_account() -> None:
    """Replaying every event of a long story gives the account that lived it."""
    world = s.escalated().do("grant", s.SUPERVISOR)
    assert replay("acc", world.events) == world.account
    assert world.account.version == len(world.events) == 6


def test_no_events_make_no_account() -> None:
    """Without events there is an account that does not exist."""
    account = replay("acc", [])
    assert (account, account.exists) == (Account("acc"), False)
    assert evolve(account, event()).exists


def test_since_is_when_the_state_began() -> None:
    """A step that stays keeps the moment at which the state began; a step that moves sets it."""
    world = s.suspended().wait(HOUR).do("strike", AGENT, {"strike": "legal_threat"})
    assert (world.account.since, world.account.at) == (START, START + HOUR)
    world.wait(HOUR).do("appeal", s.HOLDER, None, s.COMPLETE)
    assert world.account.since == world.account.at == START + 2 * HOUR


@pytest.mark.parametrize("version", [0, 1, 2, 4, 9])
def test_a_gap_or_a_double(version: int) -> None:
    """An event that does not follow the last one, earlier or later, is damage."""
    account = s.locked().account
    assert account.version == 2
    with pytest.raises(LogDamaged, match=f'"acc" is damaged at event {version}: it follows event 2') as damage:
        evolve(account, event(version=version))
    assert (damage.value.account_id, damage.value.version) == ("acc", version)


@pytest.mark.parametrize("order", [[0, 2], [1], [0, 0], [1, 0]])
def test_replay_finds_what_is_missing(order: list[int]) -> None:
    """A log with an event missing, doubled or out of order does not fold."""
    events = s.appealed().events
    with pytest.raises(LogDamaged):
        replay("acc", [events[n] for n in order])


def test_another_account() -> None:
    """An event of another account does not fold into this one."""
    with pytest.raises(LogDamaged, match="it belongs to another account"):
        replay("other", s.locked().events)


@pytest.mark.parametrize("change", [
    Change("explode", "lock"),
    Change("open", "mood", dict(BASE)),
    Change("open", "lock", dict(BASE)),
    Change("open", "lock", {**BASE, "ground": "x", "colour": "red"}),
    Change("open", "lock", {**BASE, "ground": "x", "since": "yesterday"}),
    Change("open", "lock", {**BASE, "ground": "x", "since": "2026-02-02T09:00:00"}),
    Change("change", "lock", {"ground": "x"}),
    Change("change", "mood", {}),
    Change("change", "account", {"mood": "good"}),
    Change("change", "account", {"state": "asleep"}),
    Change("count", "unlock_code", {"field": "tries"}),
    Change("count", "unlock_code", {}),
    Change("close", "mood"),
    Change("close", "evidence"),
    Change("add", "evidence", {"kind": ""}),
    Change("add", "evidence", {"kind": "passport"}),
    Change("add", "grudges", {"value": "x"}),
    Change("add", "strikes", {}),
    Change("remove", "grudges", {"value": "x"}),
    Change("timer", "erase", {"due": "soon", "number": 1}),
    Change("timer", "erase", {"number": 1}),
], ids=lambda change: f"{change.do} {change.name}")  # fmt: skip
def test_changes_nobody_knows(change: Change) -> None:
    """A change that cannot be read is damage, never a raw error of the language."""
    with pytest.raises(LogDamaged, match='the log of account "acc" is damaged at event 1'):
        evolve(Account("acc"), event(change))


def after(account: Account, change: Change) -> Account:
    """Return the account after one change, version and state left alone."""
    draft = Draft(account)
    draft.apply(change)
    return attrs.evolve(account, **draft.changed)


def test_opening_and_closing_every_record() -> None:
    """Every record can be opened, counted among the account's, and closed again."""
    anything = {"str": "x", "bool": True, "int": 1, "dt.datetime": START.isoformat(), "tuple[str, ...]": ["x"]}
    for name, kind in RECORDS.items():
        asked = [f for f in attrs.fields(kind) if f.default is attrs.NOTHING and f.name not in BASE]
        values = {f.name: anything[f.type] for f in asked}
        opened = after(Account("acc"), Change("open", name, {**BASE, **values}))
        record = getattr(opened, name)
        assert type(record) is kind
        assert (record.number, record.since, record.author) == (2, START, "reviewer:1")
        assert after(opened, Change("close", name)) == Account("acc")


def test_changing_and_counting() -> None:
    """A field is set, a counter goes up by one, and the account's own fields can be set."""
    world = s.code_sent()
    counted = after(world.account, Change("count", "unlock_code", {"field": "tries"}))
    assert counted.unlock_code.tries == 1
    changed = after(world.account, Change("change", "lock", {"ground": "shared_device"}))
    assert changed.lock == attrs.evolve(world.account.lock, ground="shared_device")
    assert after(world.account, Change("change", "account", {"erased": True})).erased


def test_lists_and_timers() -> None:
    """A value is added once and removed; a timer replaces the one of its name and can be stopped."""
    account = Account("acc")
    for _ in range(2):
        account = after(account, Change("add", "strikes", {"value": "abuse"}))
    assert account.strikes == ("abuse",)
    assert after(account, Change("remove", "strikes", {"value": "abuse"})).strikes == ()
    for number in (1, 2):
        due = {"due": (START + number * DAY).isoformat(), "number": number}
        account = after(account, Change("timer", "erase", due))
    assert [(t.number, t.due) for t in account.timers] == [(2, START + 2 * DAY)]
    assert account.timer("erase") == account.timers[0]
    assert account.timer("tea") is None
    assert after(account, Change("stop", "erase")).timers == ()


def test_a_notice_changes_nothing() -> None:
    """A notice is on the event, not on the account."""
    told = event(Change("notify", "welcome", {"to": "holder"}))
    assert after(Account("acc"), told.changes[0]) == Account("acc")
    assert told.notices == ("welcome",)


def test_a_lapsed_timer_folds() -> None:
    """The event of a timer that was let go folds like any other."""
    world = s.appealed()
    event_ = lapse(world.machine.policy, world.account, world.account.timer("chase_appeal"), START + 9 * DAY)
    assert evolve(world.account, event_).timer("chase_appeal") is None


def test_an_old_event_needs_no_policy() -> None:
    """An event of rows, timers and grounds that no policy knows any more folds all the same."""
    old = event(
        Change("open", "lock", {**BASE, "ground": "witchcraft"}),
        Change("timer", "burn", {"due": START.isoformat(), "number": 1}),
        Change("notify", "pyre"),
        dest=State.SECURITY_LOCKED,
        row="a row of long ago",
        policy="1692.1",
    )
    account = replay("acc", [old])
    assert account.lock is not None
    assert (account.lock.ground, account.timers[0].name) == ("witchcraft", "burn")
    assert account.at == START == dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
