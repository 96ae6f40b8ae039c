"""Whether what is stored is sound: what a verification and a refolding take and answer.

Knows the shape of the questions and answers. Does not know what must agree with what: see `lifecycle.store.inspect`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from lifecycle.errors import StoreUnavailable
from lifecycle.model import Account, Event

DAMAGE_LIMIT = 1000
"""How many findings one `Store.verify` collects before it stops."""

Progress = Callable[[int], object]
"""Called after each account of a long run, with the number of accounts done."""

Fold = Callable[[Iterable[Event]], Account]
"""Folds one account's events, in order, into the account."""


class Malformed(StoreUnavailable):
    """The database is broken: what it holds cannot have been written by it and us alone."""


@frozen
class Damage:
    """One thing that is wrong with a stored account. ``version`` is the event it concerns, 0 for none."""

    account_id: str
    version: int
    what: str


@frozen
class Verified:
    """What `Store.verify` looked at, and what it found."""

    accounts: int
    events: int
    damage: tuple[Damage, ...] = ()


@frozen
class Refolded:
    """How many accounts `Store.refold` went through, and the ids of those whose row was not as the log says."""

    accounts: int
    changed: tuple[str, ...] = ()
