"""What a `Batch` leaves behind, as one statement and its values.

Knows which parts a batch has, and gives their values in the order in which `shapes` writes them. Does not know the text
of the statement, nor transactions.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from lifecycle.errors import StoreError
from lifecycle.model import Account, Appeal
from lifecycle.store import Batch, Denial
from lifecycle.store.codec import chain, encode_account, encode_event, encode_json, instant
from lifecycle.store.postgres.line import Asked, Value
from lifecycle.store.postgres.shapes import Shape, text
from lifecycle.store.postgres.waking import SOON
from lifecycle.store.writing import Limits

MOST_VALUES = 65_535
"""How many values a statement of PostgreSQL's may have."""


def batch_statement(
    batch: Batch, head: str, recorded_at: dt.datetime, limits: Limits, schema: str, *, hosted: bool = False
) -> Asked:
    """Return what writes *batch* after the event whose hash is *head*; *hosted* in a host's transaction.

    Raises:
        StoreError: something in it is no JSON data, or it is too much at once.
        AccountTooLarge: the folded account passed its size limit.
    """
    values: list[Value] = [batch.account_id, instant(recorded_at)]
    shape: dict[str, Any] = {"hosted": hosted}
    account = batch.account
    if batch.events:
        for event in batch.stamped(recorded_at):
            body = encode_event(event)
            head = chain(head, body)
            kept = recorded_at if event.recorded_at is None else event.recorded_at
            said = str(event.version), event.machine, event.trigger, instant(event.at), instant(kept)
            values += (*said, event.policy, body, head)
        shape["events"] = len(batch.events)
        shape["account"] = "old" if batch.expected else "new"
        values += _row(account, head, limits)
        if batch.expected:
            values.append(str(batch.expected))
        shape["notices"] = _notices(values, batch)
        if batch.before is None and batch.expected:
            _all_beside(values, shape, account)
        else:
            _what_changed(values, shape, account, batch.before or Account(account.id))
        soon = recorded_at + dt.timedelta(seconds=SOON)
        shape["tells"] = bool(shape["notices"]) or any(timer.due <= soon for timer in account.timers)
    if batch.key is not None:
        shape["key"] = True
        values += (batch.key, batch.fingerprint, encode_json(batch.answer or {}, "the answer to a request"))
    if batch.denial is not None:
        shape["denial"] = True
        values += _denial(batch.denial, limits.denials)
    _private(values, shape, batch)
    if len(values) > MOST_VALUES:
        raise StoreError(
            f'what is to be written of account "{batch.account_id}" is too much for one statement: {len(batch.events)} events '
            "at once. Nothing was written. Settle its timers in smaller steps."
        )
    return _text(schema, tuple(shape.items())), values


@functools.lru_cache(maxsize=4096)
def _text(schema: str, shape: tuple[tuple[str, Any], ...]) -> str:
    """Return the statement of the shape that has these parts; most decisions have one of a few shapes."""
    return text(Shape(**dict(shape)), schema)


def account_statement(account: Account, head: str, limits: Limits, schema: str) -> Asked:
    """Return what puts the row of *account* and all that equals the fold in the place of whatever is stored.

    Raises:
        AccountTooLarge: the folded account passed its size limit.
    """
    values: list[Value] = [account.id, None, *_row(account, head, limits)]
    shape: dict[str, Any] = {"account": "any"}
    _all_beside(values, shape, account)
    return text(Shape(**shape), schema), values


def _row(account: Account, head: str, limits: Limits) -> tuple[Value, ...]:
    at = None if account.at is None else instant(account.at)
    return str(account.version), account.state._value_, at, head, encode_account(account, limits.account)


def _notices(values: list[Value], batch: Batch) -> int:
    count = 0
    for event in batch.events:
        for n, change in enumerate(event.told, start=1):
            said = encode_json(change.values, f'the notice "{change.name}"')
            values += (str(event.version), str(n), change.name, said, instant(event.at))
            count += 1
    return count


def _what_changed(values: list[Value], shape: dict[str, Any], account: Account, before: Account) -> None:
    """Write what differs from *before*, which is what is stored."""
    if before.timers != account.timers:
        had, wanted = _timers(before), _timers(account)
        gone = had.keys() - wanted.keys()
        for timer in sorted(gone):
            values += timer
        armed = {timer: due for timer, due in wanted.items() if had.get(timer) != due}
        _arm(values, armed)
        shape["stopped"], shape["timers"] = len(gone), len(armed)
    if before.appeal != account.appeal:
        shape["appeal"] = _appeal(values, account.appeal)


def _all_beside(values: list[Value], shape: dict[str, Any], account: Account) -> None:
    """Write all that stands beside the account, whatever is stored."""
    wanted = _timers(account)
    _arm(values, wanted)
    shape["all_timers"], shape["timers"] = True, len(wanted)
    shape["appeal"] = _appeal(values, account.appeal)


_Timers = dict[tuple[str, str], tuple[str, str]]


def _timers(account: Account) -> _Timers:
    """Return the timers by machine and name, each with its due time and generation."""
    return {(t.machine, t.name): (instant(t.due), str(t.number)) for t in account.timers}


def _arm(values: list[Value], timers: _Timers) -> None:
    for timer, due in sorted(timers.items()):
        values += (*timer, *due)


def _appeal(values: list[Value], latest: Appeal | None) -> str:
    if latest is None:
        return "none"
    decided = None if latest.decided_at is None else instant(latest.decided_at)
    escalated = "t" if latest.escalated else "f"
    values += (str(latest.number), instant(latest.since), latest.status, escalated)
    values += (latest.outcome, decided)
    return "latest"


def _denial(denial: Denial, most: int) -> tuple[Value, ...]:
    at = instant(denial.at)
    codes = encode_json(denial.codes, "a denial")
    by = denial.by
    return denial.trigger, by.role._value_, by.id, at, codes, f"{at[:10]}T00:00:00+00:00", str(most)


def _private(values: list[Value], shape: dict[str, Any], batch: Batch) -> None:
    account = batch.account
    # what goes with the account's data is not stored first
    if not account.erased or account.reserved:
        shape["identifiers"] = len(batch.identifiers)
        for identifier in batch.identifiers:
            values += (identifier.kind, identifier.hashed)
    if account.erased:
        shape["erased"] = "but_identifiers" if account.reserved else "all"
        return
    if batch.account_key is not None:
        shape["account_key"] = True
        values.append(batch.account_key)
    texts = {(sealed.ref, sealed.purpose): sealed.ciphertext for sealed in batch.sealed}
    shape["texts"] = len(texts)
    for name, ciphertext in texts.items():
        values += (*name, ciphertext)
