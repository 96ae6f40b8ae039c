"""Sightings: what was seen of an account and is counted in a window, beside the log, since most of it decides nothing.

Knows the shape of a sighting, and how a store in memory keeps and forgets it. Does not know windows, limits or
signals. What was seen is a keyed hash: nobody reads it back.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs
from attrs import field, frozen

from lifecycle.model import moment

MOST_SIGHTINGS = 1000
"""How many sightings of one account and signal are kept: the newest. No limit of a policy comes near."""


@frozen
class Sighting:
    """One thing seen. ``hashed`` is the keyed hash of what it was, empty where nothing was named.

    ``ended_at`` is when it ended, where it is something that goes on, and ``outcome`` what became of it, a code.
    ``until`` is when it stops counting anywhere, None while that is open. ``number`` is the store's own, set when it
    is read.
    """

    account_id: str
    signal: str
    hashed: str = field(repr=False)
    at: dt.datetime = field(converter=moment)
    ended_at: dt.datetime | None = field(default=None, converter=moment)
    outcome: str | None = None
    until: dt.datetime | None = field(default=None, converter=moment)
    number: int | None = field(default=None, eq=False)


class Shelf:
    """The sightings of every account, in memory. Its owner holds the lock."""

    def __init__(self) -> None:
        self._held: dict[str, list[Sighting]] = {}
        self._numbers = itertools.count(1)

    def record(self, sighting: Sighting) -> None:
        """Keep *sighting* in the place of an earlier one of the same thing; one of nothing named is always another."""
        held = self._held.setdefault(sighting.account_id, [])
        thing = (sighting.signal, sighting.hashed)
        kept = [s for s in held if not sighting.hashed or (s.signal, s.hashed) != thing]
        kept.append(attrs.evolve(sighting, number=next(self._numbers)))
        newest = sorted((s for s in kept if s.signal == sighting.signal), key=age)[-MOST_SIGHTINGS:]
        others = [s for s in kept if s.signal != sighting.signal]
        self._held[sighting.account_id] = [*others, *newest]

    def of_account(self, account_id: str, signals: Sequence[str] | None) -> tuple[Sighting, ...]:
        """Return what was seen of the account, for these signals or for all, oldest first."""
        held = self._held.get(account_id, ())
        return tuple(sorted((s for s in held if signals is None or s.signal in signals), key=age))

    def of_thing(self, signal: str, hashes: Sequence[str]) -> tuple[Sighting, ...]:
        """Return where the thing with one of *hashes* was seen, with whichever account, oldest first."""
        return tuple(sorted((s for s in self._all() if s.signal == signal and s.hashed in hashes), key=age))

    def forget(self, account_id: str, numbers: Iterable[int]) -> None:
        """Drop these sightings of the account."""
        gone = set(numbers)
        self._held[account_id] = [s for s in self._held.get(account_id, ()) if s.number not in gone]

    def clear(self, account_id: str) -> None:
        """Drop everything seen of the account."""
        self._held.pop(account_id, None)

    def prune(self, before: dt.datetime) -> int:
        """Drop what stopped counting before *before*; return how many."""
        old = [s for s in self._all() if s.until is not None and s.until < before]
        for sighting in old:
            self._held[sighting.account_id].remove(sighting)
        return len(old)

    def _all(self) -> Iterator[Sighting]:
        return itertools.chain.from_iterable(self._held.values())


def age(sighting: Sighting) -> tuple[dt.datetime, int]:
    """What sightings are sorted by: when, and in which order they were kept."""
    return (sighting.at, sighting.number or 0)


class Watched:
    """What a store in memory answers about sightings."""

    _seen: Shelf
    _open: Callable[..., AbstractContextManager[None]]

    def sight(self, sighting: Sighting, *, connection: Any = None) -> None:
        """Keep a sighting in the place of an earlier one of the same account, signal and thing."""
        with self._open(connection):
            self._seen.record(sighting)

    def sightings(
        self, account_id: str, signals: Sequence[str] | None = None, *, connection: Any = None
    ) -> tuple[Sighting, ...]:
        """Return what was seen of an account, for these signals or for all, oldest first."""
        with self._open(connection):
            return self._seen.of_account(account_id, signals)

    def sightings_of(self, signal: str, hashes: Sequence[str], *, connection: Any = None) -> tuple[Sighting, ...]:
        """Return where a thing was seen, with whichever account, oldest first."""
        with self._open(connection):
            return self._seen.of_thing(signal, hashes)

    def forget_sightings(self, account_id: str, numbers: Iterable[int], *, connection: Any = None) -> None:
        """Drop sightings of an account by their numbers."""
        with self._open(connection):
            self._seen.forget(account_id, numbers)
