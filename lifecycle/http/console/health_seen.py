"""How the service stands, as its page shows it: what is late, what could not be sent, how long accounts are where they are.

Knows how much is looked at while somebody waits, and says so where that is not all. Changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import islice

from attrs import frozen

from lifecycle.health import Health, health
from lifecycle.http.console.timeline import ANSWERS, sentences_of
from lifecycle.model import State
from lifecycle.prose.words import capital, gap, plain
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import WAITING, Posted

MOST_ACCOUNTS = 20_000
MOST_DENIALS = 10_000
MOST_SHOWN = 25
MOST_REASONS = 12


@frozen
class Standing:
    """The accounts in one state, and for how long they have been there."""

    state: State
    accounts: int
    usual: str
    longest: str
    longest_account: str
    share: int


@frozen
class Late:
    """A timer that is due and stands."""

    account: str
    name: str
    due: dt.datetime
    late: str


@frozen
class Refusals:
    """How often a guard, or another answer, refused something."""

    code: str
    sentence: str
    times: int
    share: int


@frozen
class Notice:
    """A notice that waits or is dead."""

    posted: Posted
    says: str
    waited: str


@frozen
class HealthSeen:
    """Everything on the page. ``counted`` is how many accounts were looked at, ``all_accounts`` whether that is every one."""

    health: Health
    lag: str
    waited: str
    late: tuple[Late, ...]
    dead: tuple[Notice, ...]
    waiting: tuple[Notice, ...]
    standing: tuple[Standing, ...]
    counted: int
    all_accounts: bool
    refusals: tuple[Refusals, ...]
    refused: int
    all_refusals: bool

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for everything that somebody should look at, without the commands of a terminal."""
        return tuple(said.partition(" See lifecycle ")[0].removesuffix(".") for said in self.health.problems)

    @property
    def questions(self) -> tuple[str, ...]:
        """Those of the problems that ask something; the figures tell the others."""
        return tuple(said for said in self.problems if said.endswith("?"))


def seen(accounts: Lifecycle) -> HealthSeen:
    """Return how the service stands now.

    Raises:
        StoreError: the database cannot be asked.
    """
    found = health(accounts)
    standing, counted, every = _standing(accounts, found.at)
    refusals, refused, all_of_them = _refusals(accounts)
    late = islice(accounts.store.timers(due_by=found.at), MOST_SHOWN)
    return HealthSeen(
        found,
        _gap(found.lag),
        _gap(found.waited),
        tuple(Late(t.account_id, plain(t.name), t.due, gap(found.at - t.due)) for t in late),
        _notices(accounts, "dead", found.at),
        _notices(accounts, WAITING, found.at),
        standing,
        counted,
        every,
        refusals,
        refused,
        all_of_them,
    )


def _gap(length: dt.timedelta) -> str:
    return gap(length) if length > dt.timedelta(0) else "a moment"


def _notices(accounts: Lifecycle, stands: str, now: dt.datetime) -> tuple[Notice, ...]:
    says = accounts.policy.notices
    posted = islice(accounts.store.posted(stands=stands), MOST_SHOWN)
    return tuple(
        Notice(each, says[each.notice].says if each.notice in says else "", gap(max(now - each.at, dt.timedelta(0))))
        for each in posted
    )


def _standing(accounts: Lifecycle, now: dt.datetime) -> tuple[tuple[Standing, ...], int, bool]:
    since: dict[State, list[tuple[dt.timedelta, str]]] = {}
    counted = 0
    for account in islice(accounts.accounts(), MOST_ACCOUNTS + 1):
        if counted == MOST_ACCOUNTS:
            return _told(since, counted), counted, False
        counted += 1
        length = max(now - account.since, dt.timedelta(0)) if account.since else dt.timedelta(0)
        since.setdefault(account.state, []).append((length, account.id))
    return _told(since, counted), counted, True


def _told(since: dict[State, list[tuple[dt.timedelta, str]]], counted: int) -> tuple[Standing, ...]:
    found = []
    for state in State:
        lengths = sorted(since.get(state, []))
        if lengths:
            usual, (longest, whose) = lengths[len(lengths) // 2][0], lengths[-1]
            share = round(100 * len(lengths) / counted)
            found.append(Standing(state, len(lengths), gap(usual), gap(longest), whose, share))
    return tuple(found)


def _refusals(accounts: Lifecycle) -> tuple[tuple[Refusals, ...], int, bool]:
    sentences = sentences_of(accounts.policy)
    times: Counter[str] = Counter()
    refused = 0
    denials = accounts.store.denials_back()
    for _, denial in islice(denials, MOST_DENIALS):
        refused += 1 + denial.more
        for code in denial.codes:
            times[code] += 1 + denial.more
    most = max(times.values(), default=1)
    told = (
        Refusals(code, sentences.get(code) or ANSWERS.get(code, capital(plain(code)) + "."), n, round(100 * n / most))
        for code, n in times.most_common(MOST_REASONS)
    )
    return tuple(told), refused, next(denials, None) is None
