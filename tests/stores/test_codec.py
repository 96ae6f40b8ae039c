"""What is read back from text equals what was written, and the text of one value is always the same."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
import types
from typing import Any

import attrs
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import AccountTooLarge, LogDamaged, StoreError
from lifecycle.model import (
    FIXED,
    LISTS,
    MACHINES,
    RECORDS,
    Account,
    Actor,
    Appeal,
    Challenge,
    Change,
    Deletion,
    Event,
    Evidence,
    Level,
    Lock,
    Pause,
    Role,
    State,
    SupportCase,
    Suspension,
    Timer,
    Warned,
)
from lifecycle.store import codec
from lifecycle.store.codec import (
    GENESIS,
    chain,
    decode_account,
    decode_event,
    encode_account,
    encode_event,
    encode_json,
    instant,
)

T0 = dt.datetime(2026, 2, 13, 16, 30, tzinfo=dt.UTC)

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,20}", fullmatch=True)
zones = st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=8)), dt.timezone(-dt.timedelta(hours=3, minutes=30))])
# the bounds are those of any zone, so they have none
times = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9000, 1, 1), timezones=zones)  # noqa: DTZ001
maybe = st.none()
states = st.sampled_from(State)
flags = st.booleans()
numbers = st.integers(0, 2**40)
json_data = st.recursive(
    st.none() | flags | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(st.text(max_size=8), json_data, max_size=4)
actors = st.builds(Actor, st.sampled_from(Role), ids)
changes = st.builds(Change, st.sampled_from(["open", "count", "timer", "notify"]), ids, mappings)
levels = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).map(Level)
events = st.sampled_from(sorted(MACHINES)).flatmap(
    lambda machine: _events(machine, st.sampled_from(FIXED[machine]) if machine in FIXED else levels)
)


def _events(machine: str, states: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        ids,
        st.integers(1, 10**6),
        ids,
        maybe | states,
        states,
        actors,
        times,
        facts=mappings,
        evidence=st.lists(mappings, max_size=2).map(tuple),
        changes=st.lists(changes, max_size=3).map(tuple),
        row=st.text(max_size=20),
        policy=st.text(max_size=20),
        machine=st.just(machine),
        recorded_at=maybe | times,
    )


_head = (numbers, times, ids)
challenges = st.builds(Challenge, *_head, ids, st.lists(ids, max_size=2), times, numbers)
evidence = st.builds(Evidence, ids, ids, flags, flags, st.integers(0, 4), maybe | numbers)
accounts = st.builds(
    Account,
    ids,
    numbers,
    states,
    maybe | times,
    maybe | times,
    ids,
    st.lists(ids, max_size=2),
    lock=maybe | st.builds(Lock, *_head, ids, flags),
    suspension=maybe | st.builds(Suspension, *_head, ids, maybe | times, flags, flags),
    appeal=maybe
    | st.builds(
        Appeal,
        *_head,
        ids,
        numbers,
        flags,
        numbers,
        ids,
        maybe | ids,
        maybe | ids,
        maybe | times,
        flags,
        flags,
        flags,
    ),
    unlock_code=maybe | challenges,
    deletion_code=maybe | challenges,
    closure_link=maybe | challenges,
    support_case=maybe | st.builds(SupportCase, *_head, ids, ids),
    pause=maybe | st.builds(Pause, *_head, maybe | ids, flags),
    deletion=maybe | st.builds(Deletion, *_head, ids, maybe | ids, numbers, maybe | times, flags, flags),
    warning=maybe | st.builds(Warned, *_head, ids),
    strikes=st.lists(ids, max_size=3),
    holds=st.lists(ids, max_size=3),
    evidence=st.lists(evidence, max_size=2).map(tuple),
    timers=st.lists(st.builds(Timer, ids, times, numbers, maybe | ids), max_size=3).map(tuple),
    reserved=flags,
    erased=flags,
)


@given(events)
def test_every_event_is_read_back(event: Event) -> None:
    """Decoding an event's text gives the very event, in the same text again."""
    text = encode_event(event)
    read = decode_event(text, event.account_id, event.version)
    assert read == event
    assert encode_event(read) == text
    assert text.isascii()


@settings(max_examples=60)
@given(accounts)
def test_every_account_is_read_back(account: Account) -> None:
    """Decoding an account's text gives the very account, each field of its kind, in the same text again."""
    text = encode_account(account)
    codec._kept.clear()
    read = decode_account(text, account.id)
    assert read is not account
    assert read == account
    assert {n: type(v) for n, v in vars(read).items()} == {n: type(v) for n, v in vars(account).items()}
    assert encode_account(read) == text


@settings(max_examples=60)
@given(accounts, accounts, st.sets(st.sampled_from(sorted(f.name for f in attrs.fields(Account)))))
def test_what_was_written_before_is_written_alike(account: Account, other: Account, names: set[str]) -> None:
    """What is kept of an account that was just written changes no text, whatever changed since, nor what is read."""
    encode_account(account)
    later = evolve(account, **{name: getattr(other, name) for name in names - {"id"}})
    text = encode_account(later)
    assert decode_account(text, account.id) == later
    assert decode_account(text.replace('"erased":false', '"erased":true'), account.id).erased
    codec._kept.clear()
    assert encode_account(later) == text


def test_only_so_many_accounts_are_kept() -> None:
    """What is kept of accounts for writing has a bound, in number and in size."""
    for number in range(codec._MOST_KEPT + 10):
        encode_account(Account(f"acc_{number}"))
    assert len(codec._kept) == codec._MOST_KEPT
    big = Account("acc_1030", strikes=tuple(f"strike_{n}" for n in range(2000)))
    decode_account(encode_account(big), big.id)
    assert big.id not in codec._kept


@settings(max_examples=60)
@given(accounts)
def test_the_text_of_an_account(account: Account) -> None:
    """The text of an account is the canonical JSON of its fields, evidence without what it does not say."""
    data = attrs.asdict(account, value_serializer=lambda _, __, value: plainly(value))
    data["evidence"] = [{n: v for n, v in e.items() if v is not None} for e in data["evidence"]]
    assert encode_account(account) == json.dumps(data, sort_keys=True, separators=(",", ":"))


@given(events)
def test_the_text_of_every_event(event: Event) -> None:
    """The text of an event is the canonical JSON of its fields."""
    data = attrs.asdict(event, value_serializer=lambda _, __, value: plainly(value))
    assert encode_event(event) == json.dumps(data, sort_keys=True, separators=(",", ":"))


def plainly(value: Any) -> Any:
    """A time or a state as it is written."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.value if isinstance(value, enum.Enum | Level) else value


@given(times, times)
def test_texts_of_times_sort_as_times(one: dt.datetime, other: dt.datetime) -> None:
    """Times as text have one width and the order of the times, whatever zone they were given in."""
    assert len(instant(one)) == len(instant(other)) == 32
    assert (instant(one) < instant(other)) == (one < other)


def _event(**changed: Any) -> Event:
    event = Event("acc_1", 1, "appeal", State.SUSPENDED, State.UNDER_APPEAL, Actor.holder("acc_1"), T0)
    return evolve(event, **changed)


CHANGED: dict[str, Any] = {
    "account_id": "acc_2",
    "version": 2,
    "trigger": "grant",
    "source": None,
    "dest": State.ACTIVE,
    "by": Actor.agent("acc_1"),
    "at": T0 + dt.timedelta(microseconds=1),
    "facts": {"reason": "x"},
    "evidence": ({"kind": "passport"},),
    "changes": (Change("notify", "n"),),
    "row": "r",
    "policy": "p",
    "machine": "level",
    "recorded_at": T0,
}


@pytest.mark.parametrize("field", CHANGED)
def test_the_hash_covers_every_field(field: str) -> None:
    """Whatever field of an event is another, its hash is another."""
    changed = _event(**{field: CHANGED[field]})
    assert chain(GENESIS, encode_event(changed)) != chain(GENESIS, encode_event(_event()))


def test_every_field_is_tried() -> None:
    """The list of changed fields above is complete."""
    assert set(CHANGED) == set(Event.__annotations__)


def test_the_text_of_an_event() -> None:
    """The text is sorted, without spaces, and says what anybody can check with a hash of their own."""
    text = encode_event(_event())
    assert text.startswith('{"account_id":"acc_1","at":"2026-02-13T16:30:00.000000+00:00","by":{"id":"acc_1","role":')
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert chain("ab", text) == hashlib.sha256(b"ab" + text.encode()).hexdigest()


@pytest.mark.parametrize("odd", [{1, 2}, float("nan"), object(), b"bytes", T0])
def test_only_json_data(odd: object) -> None:
    """What JSON cannot carry is refused by an error that says where it is and not what it is."""
    with pytest.raises(StoreError, match=r'^event 1 of account "acc_1" holds something other than JSON data') as caught:
        encode_event(_event(facts={"odd": odd}))
    assert repr(odd) not in str(caught.value)
    assert caught.value.__cause__ is None


def test_mappings_of_any_kind() -> None:
    """A mapping need not be a dict to be written."""
    frozen = types.MappingProxyType({"a": types.MappingProxyType({"b": 1})})
    assert encode_json(frozen, "it") == '{"a":{"b":1}}'
    assert encode_event(_event(facts=frozen)) == encode_event(_event(facts={"a": {"b": 1}}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "{}",
        "[]",
        "null",
        '{"account_id":"hunter2"}',
        encode_event(_event()).replace("appeal", "a\n", 1),
    ],
)
def test_a_text_that_is_no_event(text: str) -> None:
    """Text that is no event is damage, and nothing of it is repeated."""
    with pytest.raises(LogDamaged) as caught:
        decode_event(text, "acc_1", 7)
    assert (caught.value.account_id, caught.value.version) == ("acc_1", 7)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"id":"hunter2"}', '{"evidence":[],"id":"hunter2","shoe_size":44,"timers":[]}']
)
def test_a_text_that_is_no_account(text: str) -> None:
    """Text that is no account asks to be folded again, and nothing of it is repeated."""
    with pytest.raises(StoreError, match='row of account "acc_1" cannot be read') as caught:
        decode_account(text, "acc_1")
    assert "hunter2" not in str(caught.value)


def test_a_private_text_never_reaches_the_row() -> None:
    """Evidence that still carries its text is refused: only the encrypted form is kept, elsewhere."""
    account = Account("acc_1", evidence=(Evidence("explanation", "ref_1", text="hunter2"),))
    with pytest.raises(StoreError, match="kept encrypted only") as caught:
        encode_account(account)
    assert "hunter2" not in str(caught.value)


def test_the_size_limit() -> None:
    """An account of exactly the limit is taken; one byte more is not."""
    account = Account("acc_1")
    size = len(encode_account(account))
    assert encode_account(account, size)
    with pytest.raises(AccountTooLarge, match=f"{size} bytes folded; at most {size - 1}"):
        encode_account(account, size - 1)


@pytest.mark.parametrize("kind", sorted({Timer, *RECORDS.values(), *LISTS.values()}, key=lambda kind: kind.__name__))
def test_every_record_has_a_dict(kind: type) -> None:
    """Whatever an account holds has a ``__dict__``, which is what is written of it."""
    assert not hasattr(kind, "__slots__")
