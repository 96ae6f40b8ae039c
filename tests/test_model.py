"""The nouns: what they accept, what they refuse, and what they never repeat or show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
import support as s
from support import START

from lifecycle.errors import BadEvidence, BadRequest, NaiveTime
from lifecycle.model import (
    RECORDS,
    Account,
    Actor,
    Command,
    Decision,
    Evidence,
    Lock,
    Refusal,
    Role,
    State,
    Timer,
    Verdict,
    checked_id,
    moment,
)

SECRET = "jane@example.org"
BERLIN = dt.timezone(dt.timedelta(hours=1))


def test_the_seven_states() -> None:
    """There are seven states, and each can be said in a sentence."""
    assert [state.words for state in State] == [
        "active",
        "security locked",
        "suspended",
        "under appeal",
        "deactivated",
        "pending deletion",
        "deleted",
    ]


def test_roles_can_be_said() -> None:
    """Each role has words of its own."""
    assert [role.words for role in Role] == [
        "the account holder",
        "a support agent",
        "a reviewer",
        "a supervisor",
        "the system",
    ]


@pytest.mark.parametrize("value", [START, START.astimezone(BERLIN), START.isoformat(), "2026-02-02T10:00:00+01:00"])
def test_moments_are_utc(value: Any) -> None:
    """A date-time of any zone, or its text, becomes the same moment in UTC."""
    assert moment(value) == START
    assert moment(value).tzinfo is dt.UTC  # type: ignore[union-attr]


def test_no_moment() -> None:
    """Nothing stays nothing."""
    assert moment(None) is None


@pytest.mark.parametrize("value", [dt.datetime.fromisoformat("2026-02-02"), "2026-02-02T09:00:00"])
def test_naive_moments(value: Any) -> None:
    """A time without an offset is refused, with what to do about it."""
    with pytest.raises(NaiveTime, match="Give one with a time zone"):
        moment(value)
    with pytest.raises(NaiveTime):
        Command("appeal", "acc", s.HOLDER, value)


@pytest.mark.parametrize("value", [dt.date(2026, 2, 2), 1770000000, SECRET, ""])
def test_what_is_no_moment(value: Any) -> None:
    """A date, a number or any other text is no time, and is not repeated."""
    with pytest.raises(BadRequest, match="a time must be a date-time") as refused:
        moment(value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("value", [SECRET, "", "a b", "x" * 65, "-x", "x\n", None, 7])
def test_ids_may_not_name_a_person(value: Any) -> None:
    """An id is opaque: what may hold a name or an address is refused, and not repeated."""
    with pytest.raises(BadRequest, match="an account's id must be an opaque id") as refused:
        checked_id(value, "an account's id")
    assert SECRET not in str(refused.value)
    with pytest.raises(BadRequest, match="an actor's id must be an opaque id"):
        Actor(Role.AGENT, value)


def test_actors() -> None:
    """Each role has its maker, and an actor is said as role and id."""
    made = [
        Actor.holder("a"),
        Actor.agent("b"),
        Actor.reviewer("c"),
        Actor.supervisor("d"),
        Actor.system(),
        Actor.system("t"),
    ]
    assert [str(actor) for actor in made] == [
        "holder:a",
        "agent:b",
        "reviewer:c",
        "supervisor:d",
        "system:rules",
        "system:t",
    ]
    assert Actor("agent", "b") == Actor.agent("b")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'boss' is not a valid Role"):
        Actor("boss", "b")  # type: ignore[arg-type]


def test_a_text_is_never_shown() -> None:
    """A text is counted, and then appears neither in the repr nor in what an event keeps."""
    evidence = Evidence("explanation", text="It was me, Jane")
    assert evidence.words == 4
    assert "Jane" not in repr(evidence)
    assert "Jane" not in str(evidence.recorded())
    assert evidence.recorded() == {
        "kind": "explanation", "ref": "", "readable": True, "edited": False, "corners": 4, "words": 4,
    }  # fmt: skip


def test_a_text_is_counted_whatever_its_sender_says() -> None:
    """The words of a text are counted; of a document they are what they are said to be."""
    assert Evidence("explanation", text="one two three", words=1).words == 3
    assert Evidence("explanation", "doc", words=80).words == 80
    assert Evidence("passport", "doc").words is None
    assert Evidence("explanation", text="").words == 0
    assert attrs.evolve(Evidence("explanation", text="one two"), ref="text-1").words == 2


@pytest.mark.parametrize(("values", "says"), [
    ({"kind": ""}, "needs a kind"),
    ({"kind": "passport", "ref": ""}, 'of kind "passport" needs a ref='),
    ({"kind": "my passport"}, "the kind of evidence must be a code"),
    ({"kind": 7}, "the kind of evidence must be a code"),
    ({"ref": SECRET}, "the ref of evidence must be a code"),
    ({"ref": "scans/jane doe.png"}, "the ref of evidence must be a code"),
    ({"ref": 7}, "the ref of evidence must be a code"),
    ({"readable": "no"}, "readable or edited is true or false"),
    ({"edited": None}, "readable or edited is true or false"),
    ({"corners": "4"}, "corners are a whole number"),
    ({"words": -1}, "a whole number, zero or more"),
    ({"words": True}, "a whole number, zero or more"),
    ({"words": "few"}, "a whole number, zero or more"),
])  # fmt: skip
def test_bad_evidence(values: dict[str, Any], says: str) -> None:
    """Evidence that makes no sense is refused in words, without repeating what may name a person."""
    with pytest.raises(BadEvidence, match=says) as refused:
        Evidence(**{"kind": "passport", "ref": "doc", **values})
    assert "jane" not in str(refused.value)


def test_records_start_alike() -> None:
    """Every record starts with its number, its time and its author, in this order."""
    for kind in RECORDS.values():
        assert [f.name for f in attrs.fields(kind)][:3] == ["number", "since", "author"]
    assert set(RECORDS) <= {f.name for f in attrs.fields(Account)}


def test_records_read_times_and_lists() -> None:
    """A record made of plain data has real times, states and tuples."""
    lock = Lock(2, START.isoformat(), "agent:1", "new_device")
    assert lock.since == START
    assert lock.offers_appeal
    account = Account("acc", state="suspended", contacts=["email"])  # type: ignore[arg-type]
    assert (account.state, account.contacts) == (State.SUSPENDED, ("email",))
    with pytest.raises(ValueError, match="'asleep' is not a valid State"):
        Account("acc", state="asleep")  # type: ignore[arg-type]


def test_nouns_are_frozen() -> None:
    """Nothing that was decided on can be changed afterwards."""
    for noun in (Account("acc"), s.HOLDER, s.PASSPORT, Timer("erase", START, 1), s.World().command("x", s.HOLDER)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            noun.id = "other"  # type: ignore[misc,union-attr]


def test_a_command_knows_what_it_brings() -> None:
    """A command can be asked for a kind of evidence."""
    command = s.World().command("appeal", s.HOLDER, None, [s.PASSPORT])
    assert command.brings("passport")
    assert not command.brings("reasons")


@pytest.mark.parametrize(("value", "limit", "seen"), [
    (None, None, ""),
    (3, 4, "  3 (needs 4)"),
    (0, None, "  0"),
    ({"words": 250}, "fewer than 200", "  words = 250 (needs fewer than 200)"),
    ({"permanent": True}, False, "  permanent = yes (needs no)"),
    ({"kinds": []}, ["link", "apple"], "  kinds = none (needs link, apple)"),
    ({"verified_by": None}, None, "  verified_by = none"),
    ((), (), "  none (needs none)"),
])  # fmt: skip
def test_a_refusal_is_printed(value: Any, limit: Any, seen: str) -> None:
    """A refusal is a sentence, what was seen, what is needed, and the remedy with its code."""
    refusal = Refusal("some_guard", "It holds.", "Make it hold.", value, limit)
    assert str(refusal) == f"  not yet: It holds.{seen}\n           Make it hold.  [some_guard]"


def test_a_verdict_becomes_a_refusal() -> None:
    """A verdict hands on all it knows."""
    verdict = Verdict("g", "It holds.", "Make it.", False, 1, 2, START.isoformat())
    assert verdict.refusal() == Refusal("g", "It holds.", "Make it.", 1, 2, START)


def test_an_event_of_settled_timers_has_two_times() -> None:
    """A decision starts without settled events, key or repetition."""
    decision = Decision(s.World().command("x", s.HOLDER), Account("acc"), refusals=(Refusal("g", "S.", "R."),))
    assert (decision.settled, decision.key, decision.repeated, decision.dry_run) == ((), None, False, False)
    assert not decision.allowed
