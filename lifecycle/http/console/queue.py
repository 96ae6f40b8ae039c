"""The queue of open appeals: whose turn it is, in which order, and who has taken which.

Knows how the queue is ordered and what each view of it holds. Does not decide an appeal, and does not read a request.

Who has taken an appeal is kept beside the log, in a table of its own (`lifecycle.store.taking`), and not as a step of the
account: no rule, timer, notice or plan reads it (D-09), it moves nothing, and it says something about the staff and nothing
about the account. Whoever takes one says who had it when they looked; if that has changed meanwhile, nothing is taken.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import BusinessDays, Period, WorkCalendar
from lifecycle.http.console.judging import InTheWay, in_the_way, may_not_decide
from lifecycle.http.console.standing import clock_of
from lifecycle.http.console.words import Clock
from lifecycle.model import Role
from lifecycle.rows import Policy
from lifecycle.store import Appealed
from lifecycle.store.taking import Taken

PAGE = 25
"""How many appeals stand on a page."""

LOOKED_AT = 500
"""How many appeals are looked into for the view that has to read each account; those that are due first."""

VIEWS: Mapping[str, str] = {
    "all": "All open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "overdue": "Overdue",
    "second": "Needs a second person",
}
"""The views of the queue, by the name they have in an address."""


@frozen
class Row:
    """One open appeal; ``barred`` tells why the reader does not decide it, and who does."""

    account_id: str
    number: int
    since: dt.datetime
    escalated: bool
    clock: Clock | None
    taken: Taken | None
    against: str = ""
    ground: str = ""
    evidence: int = 0
    version: int = 0
    barred: InTheWay | None = None


@frozen
class Queue:
    """A page of a view. ``counts`` are those that can be told without reading every account; ``cut`` if some were not."""

    view: str
    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    page: int
    pages: int
    total: int
    cut: bool

    @property
    def first(self) -> Row | None:
        """The first of the page that the reader could take and nobody has."""
        return next((row for row in self.rows if row.taken is None and not row.barred), None)


def queue(accounts: Any, person: str, roles: tuple[Role, ...], now: dt.datetime, view: str, page: int) -> Queue:
    """Return a page of the queue, what is overdue first, then what is due next."""
    policy: Policy = accounts.policy
    opened, taken = list(accounts.appeals(open=True)), taken_now(accounts)
    due = due_of(policy)
    counts = {
        "all": len(opened),
        "mine": sum(_who(taken, a) == person for a in opened),
        "unassigned": sum(_key(a) not in taken for a in opened),
        "overdue": sum(due(a) <= now for a in opened) if policy.overdue_after else 0,
    }
    chosen = _chosen(opened, view, taken, person, due, now)
    cut = False
    if view == "second":
        looked = heapq.nsmallest(LOOKED_AT, chosen, key=due)
        cut = len(chosen) > len(looked)
        chosen = [a for a in looked if _second(accounts, a, person, roles, taken, now)]
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(1, page), pages)
    shown = heapq.nsmallest(page * PAGE, chosen, key=lambda a: (due(a), a.account_id))[(page - 1) * PAGE :]
    rows = tuple(_row(accounts, a, taken.get(_key(a)), person, roles, now) for a in shown)
    return Queue(view, rows, counts, page, pages, len(chosen), cut)


def taken_now(accounts: Any) -> dict[tuple[str, int], Taken]:
    """Return who has taken which appeal."""
    return {(one.account_id, one.number): one for one in accounts.store.taken()}


def due_of(policy: Policy) -> Callable[[Appealed], dt.datetime]:
    """Return what tells by when an appeal should have been answered; the oldest first where the policy names no time."""
    if policy.overdue_after is None:
        return lambda appeal: appeal.since
    p = policy.parameters
    first, second = (_adding(p.calendar, getattr(p, name)) for name in policy.overdue_after)
    return lambda appeal: second(appeal.since) if appeal.escalated else first(appeal.since)


def _adding(calendar: WorkCalendar, period: Period) -> Callable[[dt.datetime], dt.datetime]:
    """Return what adds *period*; working days are counted once for each day on which something begins."""
    if not isinstance(period, BusinessDays):
        return lambda since: since + period
    known: dict[tuple[dt.date, int], dt.timedelta] = {}

    def add(since: dt.datetime) -> dt.datetime:
        # What is added changes with the day and, where the clocks are changed, with the hour.
        key = (since.date(), since.hour)
        if key not in known:
            known[key] = calendar.add(since, period) - since
        return since + known[key]

    return add


def _chosen(
    opened: Iterable[Appealed],
    view: str,
    taken: Mapping[tuple[str, int], Taken],
    person: str,
    due: Callable[[Appealed], dt.datetime],
    now: dt.datetime,
) -> list[Appealed]:
    if view == "mine":
        return [a for a in opened if _who(taken, a) == person]
    if view == "unassigned":
        return [a for a in opened if _key(a) not in taken]
    if view == "overdue":
        return [a for a in opened if due(a) <= now]
    return list(opened)


def _key(appeal: Appealed) -> tuple[str, int]:
    return appeal.account_id, appeal.number


def _who(taken: Mapping[tuple[str, int], Taken], appeal: Appealed) -> str | None:
    found = taken.get(_key(appeal))
    return found.who if found else None


def _second(
    accounts: Any,
    appeal: Appealed,
    person: str,
    roles: tuple[Role, ...],
    taken: Mapping[tuple[str, int], Taken],
    now: dt.datetime,
) -> bool:
    account = accounts.account(appeal.account_id)
    holder = _who(taken, appeal)
    people = {person, holder} if holder else {person}
    judging = tuple(role for role in (Role.REVIEWER, Role.SUPERVISOR)) if holder else roles
    return any(may_not_decide(accounts.policy, account, each, judging, now) for each in people)


def _row(
    accounts: Any, appeal: Appealed, taken: Taken | None, person: str, roles: tuple[Role, ...], now: dt.datetime
) -> Row:
    policy: Policy = accounts.policy
    told = clock_of(appeal.since, policy, now, escalated=appeal.escalated)
    account = accounts.account(appeal.account_id)
    restriction = account.suspension or account.lock
    against = account.appeal.against if account.appeal else ""
    ground = restriction.ground if restriction else ""
    return Row(
        account_id=appeal.account_id,
        number=appeal.number,
        since=appeal.since,
        escalated=appeal.escalated,
        clock=told,
        taken=taken,
        against=against,
        ground=policy.grounds[ground].says if ground in policy.grounds else ground.replace("_", " "),
        evidence=sum((one.version or 0) > (restriction.number if restriction else 0) for one in account.evidence),
        version=account.version,
        barred=in_the_way(policy, account, person, roles, now),
    )
