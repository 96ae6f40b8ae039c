"""Going through every account of a store: verifying each log, folding each again, and forgetting in small steps.

Knows the order, what is counted and what ends a walk. Does not know SQL: a store tells which account comes next and
what stands of it. One account is one short transaction, so that decisions are not kept waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen

from lifecycle.errors import LogDamaged
from lifecycle.model import Account
from lifecycle.store.codec import encode_account, instant
from lifecycle.store.inspect import AccountRow, EventRow, Inspection, TimerRow, timer_rows, trusted
from lifecycle.store.soundness import DAMAGE_LIMIT, Damage, Fold, Malformed, Progress, Refolded, Verified

STEP = 500
"""How many rows are read, or forgotten, at once."""


@frozen
class Stored:
    """All that stands of one account. The log is read as it is walked, and can be walked once."""

    row: AccountRow | None
    timers: list[TimerRow]
    log: Iterable[EventRow]


class Walked(Protocol):
    """A store's accounts, one after another."""

    def following(self, account_id: str) -> str | None:
        """Return the first id after this one of which anything is stored.

        Raises:
            Malformed: what is stored cannot be read.
        """

    def shown(self, account_id: str) -> AbstractContextManager[Stored]:
        """Show what stands of an account, at one moment."""

    def held(self, account_id: str) -> AbstractContextManager[tuple[Stored, Callable[[Account, str], object]]]:
        """Hold an account, and give what stands of it and what writes it anew, with its last hash."""


def verify(walked: Walked, account_id: str | None, progress: Progress | None) -> Verified:
    """Do what `Store.verify` promises."""
    accounts = events = 0
    damage: list[Damage] = []
    for owner in _everyone(walked, damage) if account_id is None else [account_id]:
        inspection = Inspection(owner)
        try:
            _inspect(walked, inspection, damage)
        except Malformed as error:
            damage.append(inspection.broken(str(error)))
        except (TypeError, ValueError):
            damage.append(inspection.broken("something stored is of another kind than written"))
        accounts, events = accounts + inspection.seen, events + inspection.events
        if progress is not None:
            progress(accounts)
        if len(damage) >= DAMAGE_LIMIT:
            break
    return Verified(accounts, events, tuple(damage[:DAMAGE_LIMIT]))


def _everyone(walked: Walked, damage: list[Damage] | None = None) -> Iterator[str]:
    """Return the id of every account of which anything is stored. Unreadable pages go to *damage* and end it."""
    account_id = ""
    while True:
        try:
            found = walked.following(account_id)
        except Malformed as error:
            if damage is None:
                raise
            damage.append(Damage(account_id, 0, str(error)))
            return
        if found is None:
            return
        account_id = found
        yield account_id


def _inspect(walked: Walked, inspection: Inspection, damage: list[Damage]) -> None:
    with walked.shown(inspection.account_id) as stored:
        damage.extend(inspection.log(stored.log))
        if inspection.events or stored.row is not None or stored.timers:
            damage.extend(inspection.row(stored.row, stored.timers))


def refold(walked: Walked, fold: Fold, progress: Progress | None) -> Refolded:
    """Do what `Store.refold` promises."""
    accounts = 0
    changed: list[str] = []
    for account_id in _everyone(walked):
        if _refold_one(walked, account_id, fold):
            changed.append(account_id)
        accounts += 1
        if progress is not None:
            progress(accounts)
    return Refolded(accounts, tuple(changed))


def _refold_one(walked: Walked, account_id: str, fold: Fold) -> bool:
    with walked.held(account_id) as (stored, put):
        log, row = list(stored.log), stored.row
        if not log:
            raise LogDamaged(account_id, 1, "there are no events, though something of the account is stored")
        events, head = trusted(account_id, log, row)
        account = fold(events)
        before = row and (row.state, row.at, row.snapshot, sorted(stored.timers))
        put(account, head)
        at = None if account.at is None else instant(account.at)
        return before != (account.state.value, at, encode_account(account), timer_rows(account))


def forgotten(forget: Callable[[int], int]) -> int:
    """Let *forget* drop at most so many rows at a time until none is left, and return how many there were."""
    gone = 0
    while True:
        step = forget(STEP)
        gone += step
        if step < STEP:
            return gone
