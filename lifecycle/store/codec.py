"""Events and accounts as JSON text, and the hash that chains one event to the next.

Knows which text stands for which value, exactly: what is read back equals what was written. Does not know where
the text is kept. The text is canonical (sorted names, no spaces, ASCII only, times in UTC with microseconds), so
that a hash of it means something.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import compress
from operator import is_not, itemgetter
from typing import Any, NamedTuple, cast

from attrs import fields

from lifecycle.errors import AccountTooLarge, BadRequest, LifecycleError, LogDamaged, StoreError
from lifecycle.model import (
    FIXED,
    LEVELS,
    LISTS,
    MACHINES,
    RECORDS,
    STANDING,
    Account,
    Actor,
    Change,
    Event,
    Evidence,
    State,
    Timer,
)
from lifecycle.store import Standing

# A member's `_value_` is its `value`, which older Pythons look up in a dozen steps.

GENESIS = ""
"""What stands in for the hash before an account's first event."""


UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, LifecycleError)
"""What reading a text may raise that we did not write."""


@functools.lru_cache(maxsize=256)
def instant(value: dt.datetime) -> str:
    """Return an aware date-time as text of one fixed width, so that texts sort as times do.

    One decision writes the same few moments a dozen times, so the last ones are kept.
    """
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _mapping(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__}")


def _encoder(default: Callable[[Any], Any]) -> Callable[[Any], str]:
    """Return what makes canonical text. *default* makes JSON data of what is none.

    It is `json.JSONEncoder.encode`, but for the part in C, which that one makes anew for every text.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=default).encode
    in_c = make(None, default, json.encoder.encode_basestring_ascii, None, ":", ",", True, False, False)
    return lambda data: "".join(in_c(data, 0))


canonical = _encoder(_mapping)
"""Returns JSON data as canonical text; raises TypeError, ValueError or RecursionError for anything else."""


def encode_json(data: Any, what: str) -> str:
    """Return *data* as canonical text; *what* names it in the error.

    Raises:
        StoreError: it is not JSON data. The value itself is not repeated.
    """
    try:
        return canonical(data)
    except (TypeError, ValueError, RecursionError):
        raise StoreError(f"{what} holds something other than JSON data, so it cannot be stored") from None


def place(said: str) -> int:
    """Return the number that a place in a log says; 0 for the beginning.

    Raises:
        BadRequest: it is no number.
    """
    if said and not (said.isascii() and said.isdigit() and len(said) < 20):
        raise BadRequest("after= must be a place in the log, as it came with an event")
    return int(said or 0)


LAST = 2**63 - 1
"""A place after every other."""


def place_before(said: str) -> int:
    """Return the number that a place says; one after every other if nothing is said.

    Raises:
        BadRequest: it is no number.
    """
    return place(said) if said else LAST


def chain(previous: str, body: str) -> str:
    """Return the hash of an event's text after the *previous* hash: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256((previous + body).encode("ascii")).hexdigest()


def encode_event(event: Event) -> str:
    """Return the whole event as canonical text.

    Raises:
        StoreError: its facts, evidence or changes hold something other than JSON data.
    """
    body = {
        "account_id": event.account_id,
        "version": event.version,
        "trigger": event.trigger,
        "source": None if event.source is None else event.source._value_,
        "dest": event.dest._value_,
        "by": {"role": event.by.role._value_, "id": event.by.id},
        "at": instant(event.at),
        "facts": event.facts,
        "evidence": event.evidence,
        "changes": [vars(change) for change in event.changes],
        "row": event.row,
        "policy": event.policy,
        "machine": event.machine,
        "recorded_at": None if event.recorded_at is None else instant(event.recorded_at),
    }
    return encode_json(body, f'event {event.version} of account "{event.account_id}"')


def decode_event(body: str, account_id: str, version: int) -> Event:
    """Return the event that *body* says. *account_id* and *version* say where it was found.

    Raises:
        LogDamaged: the text is no event.
    """
    try:
        said = json.loads(body)
        states = MACHINES[said["machine"]]
        said["source"] = None if said["source"] is None else states(said["source"])
        said["dest"] = states(said["dest"])
        said["by"] = Actor(**said["by"])
        said["evidence"] = tuple(said["evidence"])
        said["changes"] = tuple(Change(**change) for change in said["changes"])
        return Event(**said)
    except UNREADABLE:
        # whatever a stranger's hand made of the text: its content stays out of the message
        raise LogDamaged(account_id, version, "its text cannot be read as an event") from None


def _plain(value: Any) -> Any:
    """Return what an account holds, other than text, numbers and lists of them, as JSON data."""
    if type(value) in _STATES:
        return value._value_
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, Evidence):
        if value.text is not None:
            raise StoreError("a private text was about to reach the account row; it is kept encrypted only")
        return value.recorded()
    return vars(value)


_STATES = frozenset(MACHINES.values())

_canonical_account = _encoder(_plain)


def encode_account(account: Account, limit: int | None = None) -> str:
    """Return the folded account as canonical text of at most *limit* bytes.

    Raises:
        AccountTooLarge: it is longer than that.
        StoreError: a piece of evidence still carries its private text.
    """
    values = _values_of(vars(account))
    known = _kept.get(account.id)
    if known is None:
        parts = [f"{name}{_canonical_account(value)}" for name, value in zip(_NAMES, values, strict=True)]
    else:
        # What a step leaves alone is the very same object, and was written before.
        parts = known.parts.copy()
        for place in compress(_PLACES, map(is_not, values, known.values)):
            parts[place] = f"{_NAMES[place]}{_text(values[place])}"
    text = f"{{{','.join(parts)}}}"
    if limit is not None and len(text) > limit:
        raise AccountTooLarge(
            f'account "{account.id}" would take {len(text)} bytes folded; at most {limit} are stored. Nothing was '
            "written. Something adds to its evidence, strikes or holds without end: find that, or raise the limit."
        )
    _keep(_Kept(text, account, values, parts))
    return text


def _text(value: Any) -> str:
    """Return the text of a field; what changes most often is written without asking how."""
    kind = type(value)
    if kind is dt.datetime:
        return f'"{instant(value)}"'
    if value is None:
        return "null"
    return str(value) if kind is int else "[]" if value == () else _canonical_account(value)


_FIELDS = sorted(field.name for field in fields(Account))
_NAMES = [f'"{name}":' for name in _FIELDS]
_PLACES = range(len(_FIELDS))
_values_of = itemgetter(*_FIELDS)


class _Kept(NamedTuple):
    """An account, the text made of it, and both in parts, field by field."""

    text: str
    account: Account
    values: tuple[Any, ...]
    parts: list[str]


_MOST_KEPT = 1024
_LONGEST_KEPT = 16384
_kept: dict[str, _Kept] = {}
"""The accounts last written, by id: what was written is often read next, and most of it is written again.

Never more than 32 MiB of text. An account is taken from here only if the very text was read that it was written as.
"""


def _keep(kept: _Kept) -> None:
    id = kept.account.id
    if len(_kept) >= _MOST_KEPT and id not in _kept:
        with suppress(KeyError, RuntimeError, StopIteration):
            # another thread may have made room at the same moment
            del _kept[next(iter(_kept))]
    if len(kept.text) <= _LONGEST_KEPT:
        _kept[id] = kept
    else:
        _kept.pop(id, None)


_RECORDS = tuple(RECORDS.items())
_ENTRIES = tuple({**LISTS, "evidence": Evidence, "timers": Timer}.items())
_CONVERTED = {
    **{field.name: cast("Callable[[Any], Any]", field.converter) for field in fields(Account) if field.converter},
    **{STANDING[machine]: {s.value: s for s in states}.__getitem__ for machine, states in FIXED.items()},
    STANDING["level"]: LEVELS.__getitem__,
}.items()
_BLANK = vars(Account(""))


def decode_account(text: str, account_id: str) -> Account:
    """Return the account that *text* says. *account_id* says whose row it was found in.

    Raises:
        StoreError: the text is no account.
    """
    known = _kept.get(account_id)
    if known is not None and known.text == text:
        return known.account
    try:
        said = json.loads(text)
        # Past the constructor, which would take longer to sort out so many names than all else here together.
        account = object.__new__(Account)
        found = account.__dict__
        found.update(_BLANK, id=said["id"], evidence=said["evidence"], timers=said["timers"])
        found.update(said)
        if len(found) > len(_BLANK):
            raise TypeError("it has fields that no account has")
        for name, record in _RECORDS:
            if (value := found[name]) is not None:
                found[name] = record(**value)
        for name, entry in _ENTRIES:
            found[name] = tuple([entry(**value) for value in found[name]])
        for name, convert in _CONVERTED:
            found[name] = convert(found[name])
    except UNREADABLE:
        raise _unreadable(account_id) from None
    return account


def decode_standing(
    account_id: str, state: str, at: str | None, due: str | None, version: int, snapshot: str
) -> Standing:
    """Return how an account stands, from the columns of its row and its next timer.

    Raises:
        StoreError: they hold something else.
    """
    try:
        return Standing(State(state), at, due, version, functools.partial(decode_account, snapshot, account_id))
    except UNREADABLE:
        raise _unreadable(account_id) from None


def _unreadable(account_id: str) -> StoreError:
    return StoreError(
        f'the row of account "{account_id}" cannot be read. Run "lifecycle verify" to see what is wrong, and '
        '"lifecycle refold" to make the row again from the log.'
    )
