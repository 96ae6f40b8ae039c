"""Who did what over all accounts, the last first; who was refused what; and who read which private text.

Knows how a page of it is picked out, and how a line of the file for spreadsheets is written. Does not read a request.
Whoever filters for something rare waits for no walk through a whole log: after a while the page says how far it looked.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlencode

from attrs import asdict, evolve, frozen

from lifecycle.http.console.timeline import ANSWERS, sentences_of
from lifecycle.model import Event
from lifecycle.prose.words import plain
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle
from lifecycle.store import Denial
from lifecycle.store.taking import TextRead

PAGE = 50
"""How many lines stand on one page."""

LOOKED_AT = 20_000
"""How many lines of the log are looked at for one page."""

DONE, REFUSED, READ = "done", "refused", "read"

COLUMNS = (
    "account",
    "version",
    "at",
    "recorded_at",
    "trigger",
    "role",
    "actor",
    "from",
    "to",
    "row",
    "policy",
    "sends",
)
REFUSED_COLUMNS = ("account", "at", "trigger", "role", "actor", "reasons", "more")
READ_COLUMNS = ("account", "at", "role", "actor", "reference")


@frozen
class Asked:
    """What somebody looks for; what is empty picks nothing out. Days are read in the reader's zone."""

    show: str = DONE
    actor: str = ""
    role: str = ""
    trigger: str = ""
    then: str = ""
    account: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @property
    def filtered(self) -> bool:
        """Whether anything is picked out."""
        return any((self.actor, self.role, self.trigger, self.then, self.account, self.since, self.until))

    def query(self, **changes: str) -> str:
        """Return it as the query of an address, with *changes*."""
        said = {**asdict(self), **changes}
        return urlencode({key: value for key, value in said.items() if value and (key, value) != ("show", DONE)})


@frozen
class Done:
    """One thing that was done, refused or read. ``reasons`` are sentences with their codes, ``ref`` that of a text."""

    place: str
    account: str
    version: int | None
    at: dt.datetime
    trigger: str
    what: str
    role: str
    actor: str
    source: str
    dest: str
    stays: bool
    title: str
    sends: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    more: int = 0
    recorded_at: dt.datetime | None = None
    row: str = ""
    policy: str = ""
    ref: str = ""


@frozen
class Found:
    """A page of lines. ``older`` is where the next one begins; None where there is nothing further back."""

    lines: tuple[Done, ...]
    older: str | None
    looked_at: int
    short: bool
    mistakes: tuple[str, ...] = ()


def found(accounts: Lifecycle, asked: Asked, zone: dt.tzinfo, *, most: int = PAGE) -> Found:
    """Return the lines that fit *asked*, the last first.

    Raises:
        BadRequest: ``before`` is no place in the log.
    """
    since, until, mistakes = bounds(asked, zone)
    if mistakes:
        return Found((), None, 0, short=False, mistakes=tuple(mistakes))
    lines: list[Done] = []
    looked, last = 0, ""
    for line in _lines(accounts, asked):
        if len(lines) == most or looked == LOOKED_AT:
            return Found(tuple(lines), last, looked, short=len(lines) < most)
        looked += 1
        last = line.place
        if _fits(line, asked, since, until):
            lines.append(line)
    return Found(tuple(lines), None, looked, short=False)


def bounds(asked: Asked, zone: dt.tzinfo) -> tuple[dt.datetime | None, dt.datetime | None, list[str]]:
    """Return the moments between which lines lie, the second one not included, and what is wrong with what was said."""
    mistakes: list[str] = []
    moments = []
    for said, what in ((asked.since, "From"), (asked.until, "To")):
        day: dt.date | None = None
        if said:
            try:
                day = dt.date.fromisoformat(said)
            except ValueError:
                mistakes.append(f"{what} must be a day such as 2026-03-02.")
        moments.append(None if day is None else dt.datetime.combine(day, dt.time(), zone))
    since, until = moments
    until = None if until is None else until + dt.timedelta(days=1)
    if since is not None and until is not None and until <= since:
        mistakes.append("From lies after To, so nothing lies between them.")
    return since, until, mistakes


def _lines(accounts: Lifecycle, asked: Asked) -> Iterator[Done]:
    """Yield lines, the last first: of one account its own log, which is short, else the log of all."""
    policy = accounts.policy
    titles = {row.name: row.title for row in policy.rows}
    sentences = sentences_of(policy)
    if asked.show == REFUSED:
        for place, denial in accounts.store.denials_back(before=asked.before):
            yield of_denial(place, denial, sentences)
    elif asked.show == READ:
        for place, read in accounts.store.read_back(account_id=asked.account or None, before=asked.before):
            yield of_reading(place, read)
    elif asked.account:
        loaded = accounts.store.load(asked.account)
        events = [*accounts.store.events(asked.account)] if loaded is not None else []
        end = int(asked.before) if asked.before.isdecimal() and len(asked.before) < 16 else None
        for event in reversed(events):
            if end is None or event.version < end:
                yield of_event(str(event.version), event, titles)
    else:
        for place, event in accounts.store.log_back(before=asked.before):
            yield of_event(place, event, titles)


def of_event(place: str, event: Event, titles: dict[str, str]) -> Done:
    """Return an event as a line."""
    return Done(
        place,
        event.account_id,
        event.version,
        event.at,
        event.trigger,
        plain(event.trigger),
        event.by.role.value,
        event.by.id,
        "" if event.source is None else event.source.words,
        event.dest.words,
        event.source is event.dest,
        titles.get(event.row, ""),
        event.notices,
        recorded_at=event.recorded_at,
        row=event.row,
        policy=event.policy,
    )


def of_denial(place: str, denial: Denial, sentences: Mapping[str, str]) -> Done:
    """Return a refused attempt as a line."""
    reasons = tuple((sentences.get(code) or ANSWERS.get(code, plain(code)), code) for code in denial.codes)
    role, actor = denial.by.role.value, denial.by.id
    what = plain(denial.trigger)
    return Done(
        place,
        denial.account_id,
        None,
        denial.at,
        denial.trigger,
        what,
        role,
        actor,
        "",
        "",
        True,
        "",
        (),
        reasons,
        denial.more,
    )


def of_reading(place: str, read: TextRead) -> Done:
    """Return a text that somebody read as a line."""
    role, actor = read.by.role.value, read.by.id
    what = "read a private text"
    return Done(place, read.account_id, None, read.at, "", what, role, actor, "", "", True, "", (), ref=read.ref)


def _fits(line: Done, asked: Asked, since: dt.datetime | None, until: dt.datetime | None) -> bool:
    return (
        (not asked.account or line.account == asked.account)
        and (not asked.actor or line.actor == asked.actor)
        and (not asked.role or line.role == asked.role)
        and (not asked.trigger or asked.show == READ or line.trigger == asked.trigger)
        and (not asked.then or asked.show != DONE or line.dest == asked.then)
        and (since is None or line.at >= since)
        and (until is None or line.at < until)
    )


def states(policy: Policy) -> tuple[str, ...]:
    """Return every state of every machine in words."""
    return tuple(dict.fromkeys(state.words for several in policy.states.values() for state in several))


# --- files -------------------------------------------------------------------------------------------------------


def spreadsheet(accounts: Lifecycle, asked: Asked, zone: dt.tzinfo) -> Iterator[str]:
    """Yield the lines that fit *asked* as CSV, the last first, however many there are."""
    since, until, _ = bounds(asked, zone)
    columns, cells = {DONE: (COLUMNS, _done), REFUSED: (REFUSED_COLUMNS, _refused), READ: (READ_COLUMNS, _read)}[
        asked.show
    ]
    yield _written(columns)
    for line in _lines(accounts, evolve(asked, before="")):
        if _fits(line, asked, since, until):
            yield _written(cells(line))


def _done(line: Done) -> tuple[str, ...]:
    who = (line.trigger, line.role, line.actor)
    where = (line.source, line.dest, line.row, line.policy, " ".join(line.sends))
    return (line.account, str(line.version), _iso(line.at), _iso(line.recorded_at), *who, *where)


def _refused(line: Done) -> tuple[str, ...]:
    codes = " ".join(code for _, code in line.reasons)
    return (line.account, _iso(line.at), line.trigger, line.role, line.actor, codes, str(line.more))


def _read(line: Done) -> tuple[str, ...]:
    return (line.account, _iso(line.at), line.role, line.actor, line.ref)


def _iso(at: dt.datetime | None) -> str:
    return "" if at is None else at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _written(cells: Iterable[str]) -> str:
    out = io.StringIO()
    # A cell that begins like a formula would be run by the spreadsheet that opens it.
    csv.writer(out, lineterminator="\r\n").writerow(f"'{c}" if c[:1] in "=+-@\t\r" and c else c for c in cells)
    return out.getvalue()
