"""How an account stands and what can happen to it next, as its page shows it.

Knows what is asked of the service for that, and in which order it is shown. Does not decide, and does not read a request.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import attrs
from attrs import frozen

from lifecycle.decide import Option, explain
from lifecycle.facts import FactMissing
from lifecycle.http.console.words import Clock, clock, said, seen
from lifecycle.machine import AccountMachine
from lifecycle.model import LISTS, RECORDS, Account, Actor, Command, Evidence, Role, Timer, Verdict
from lifecycle.prose.words import capital, count, plain
from lifecycle.rows import Policy

SIGNS: Mapping[bool | None, tuple[str, str]] = {
    True: ("✓", "holds"),
    False: ("✗", "does not hold"),
    None: ("?", "nobody has said"),
}
"""The sign of a verdict, and the word a screen reader says in its place."""


@frozen
class Judged:
    """One guard: its sentence, how it stands, what was seen and needed, and from when it could be.

    ``asked`` if what somebody says or writes in the form may still make it hold; ``found_out`` if what it reads was found
    out by the service.
    """

    sign: str
    word: str
    met: bool | None
    sentence: str
    seen: str
    remedy: str
    earliest: dt.datetime | None
    latest: dt.datetime | None
    code: str
    asked: bool = False
    found_out: bool = False


@frozen
class Step:
    """One thing that somebody could do. ``allowed`` is None where a fact is missing to tell.

    ``says`` are facts and their values that choose it among others of the same trigger.
    """

    trigger: str
    row: str
    name: str
    title: str
    role: Role
    leads: tuple[str, ...]
    allowed: bool | None
    guards: tuple[Judged, ...]
    needs: tuple[str, ...]
    four_eyes: bool
    says: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        """What the address of its form asks for: the trigger, the role, and the choices that make it this one."""
        return urlencode({"trigger": self.trigger, "by": self.role.value} | {f"fact.{n}": v for n, v in self.says})

    @property
    def stays(self) -> bool:
        """Whether it leaves the account where it is."""
        return not self.leads


def judged(verdict: Verdict, zone: dt.tzinfo) -> Judged:
    """Return a verdict as a page shows it."""
    sign, word = SIGNS[verdict.met]
    return Judged(
        sign,
        word,
        verdict.met,
        verdict.sentence,
        seen(verdict, zone),
        verdict.remedy if verdict.met is not True else "",
        verdict.earliest if verdict.met is not True else None,
        verdict.latest,
        verdict.code,
    )


def step(
    option: Option,
    role: Role,
    zone: dt.tzinfo,
    curable: Callable[[Option, Verdict], bool] | None = None,
    known: Collection[str] = (),
) -> Step:
    """Return an option as a page shows it: the guards that do not hold first.

    *curable* tells of a guard that does not hold whether what somebody says or writes in the form could change that: if
    every one of them is, the step depends on that. *known* are the facts that the service found out.
    """
    unmet = [verdict for verdict in option.verdicts if verdict.met is False]
    cured = {each.code for each in unmet if curable is not None and curable(option, each)}
    open_still = option.allowed is False and len(cured) == len(unmet)
    reads = {guard.name: set(guard.needs) for guard in option.row.guards}
    order = {False: 0, None: 1, True: 2}
    found = (
        attrs.evolve(
            judged(each, zone),
            asked=each.met is None or (open_still and each.code in cured and not reads.get(each.code)),
            found_out=bool(reads.get(each.code)) and reads[each.code] <= set(known),
        )
        for each in option.verdicts
    )
    guards = sorted(found, key=lambda each: order[each.met])
    eyes = {guard.name for guard in option.row.guards if "four-eyes" in guard.cites}
    blocked = any(v.code in eyes and v.met is False for v in option.verdicts)
    return Step(
        trigger=option.trigger,
        row=option.row.name,
        name=capital(plain(option.trigger)),
        title=option.title,
        role=role,
        leads=tuple(state.words for state in option.row.dests),
        allowed=None if open_still else option.allowed,
        guards=tuple(guards),
        needs=tuple("the code that was sent" if name == "code_right" else plain(name) for name in option.needs),
        four_eyes=blocked,
    )


def steps(accounts: Any, account_id: str, actors: tuple[Actor, ...], zone: dt.tzinfo) -> tuple[Step, ...]:
    """Return everything that *actors* could do from here: what may be done, what depends, then what may not."""
    found: dict[str, Step] = {}
    standing, now = accounts.account(account_id), accounts.clock()
    for actor in actors:
        command = Command("", account_id, actor, max(now, standing.at or now), accounts.policy.facts({}))
        for option, says in _told_apart(accounts, standing, command):
            chosen = attrs.evolve(command, facts=accounts.policy.facts(dict(says)))
            cures = functools.partial(curable, accounts.machine, standing, chosen)
            new = attrs.evolve(step(option, actor.role, zone, cures), says=says)
            found.setdefault(new.row, new)
    order = {True: 0, None: 1, False: 2}
    return tuple(sorted(found.values(), key=lambda each: (order[each.allowed], each.stays)))


_Says = tuple[tuple[str, str], ...]


def _told_apart(accounts: Any, account: Account, command: Command) -> Iterator[tuple[Option, _Says]]:
    """Yield what the actor of *command* could do; where one of a few words chooses between rows, each under its own word.

    A row that no such word leads to as the account stands is left out.
    """
    machine: AccountMachine = accounts.machine
    for option in accounts.options(account.id, by=command.by):
        words = machine.policy.facts.WORDS
        names = sorted({name for when in option.row.when for name in when.selector.needs if name in words})
        if not names:
            yield option, ()
            continue
        tried = (tuple(zip(names, values, strict=True)) for values in itertools.product(*(words[n] for n in names)))
        fitting = [says for says in tried if _fits(machine, option, account, command, says)]
        if len(fitting) > 1:
            yield option, ()
        for says in fitting if len(fitting) == 1 else ():
            told = accounts.explain(option.trigger, account=account.id, by=command.by, facts=dict(says))
            yield Option(option.trigger, option.title, told.allowed, told.verdicts, told.needs, option.row), says


def _fits(machine: AccountMachine, option: Option, account: Account, command: Command, says: _Says) -> bool:
    asked = attrs.evolve(command, trigger=option.trigger, facts=machine.policy.facts(dict(says)))
    try:
        return machine.applies(option.row, account, asked)
    except FactMissing:
        return True


def curable(machine: AccountMachine, account: Account, command: Command, option: Option, verdict: Verdict) -> bool:
    """Whether a guard reads a fact that may be said in the form, or holds once a text of the staff is brought."""
    guard = next(guard for guard in option.row.guards if guard.name == verdict.code)
    if set(guard.needs) - machine.policy.facts.RESERVED:
        return True
    asked = attrs.evolve(command, trigger=option.trigger)
    return any(verdict.code not in unmet(machine, account, brought) for brought in with_each_text(machine, asked))


def unmet(machine: AccountMachine, account: Account, command: Command) -> set[str]:
    """Return the codes of the guards that do not hold for *command*."""
    return {each.code for each in explain(machine, account, command).verdicts if each.met is False}


def with_each_text(machine: AccountMachine, command: Command) -> Iterator[Command]:
    """Return *command* with each text that somebody of the staff may write, one after the other."""
    for kind in written_by_staff(machine.policy):
        yield attrs.evolve(command, evidence=(*command.evidence, Evidence(kind, "text", words=1)))


def written_by_staff(policy: Policy) -> list[str]:
    """Return the kinds of texts that are not the holder's; all texts where the policy does not say whose they are."""
    return [k for k in policy.texts if k not in policy.kinds or policy.kinds[k].source != "holder"]


# --- records ---------------------------------------------------------------------------------------------------------


@frozen
class Record:
    """One record of an account: what it is, and its fields in words."""

    name: str
    fields: tuple[tuple[str, str], ...]


_OF_THE_FOLD = ("number", "restriction", "decided_version")


def records(account: Account, zone: dt.tzinfo) -> tuple[Record, ...]:
    """Return what is kept of an account, apart from its log; empty fields are left out."""
    found = [_record(name, held, zone) for name in RECORDS if (held := getattr(account, name)) is not None]
    listed = {name: len(getattr(account, name)) for name in LISTS}
    found += [
        Record(capital(plain(name)), (("Entries", count(number, "entry", "entries")),))
        for name, number in listed.items()
        if number
    ]
    told = {name: getattr(account, name) for name in ("strikes", "holds", "contacts") if getattr(account, name)}
    flags = [plain(name) for name in ("borrowed_phone", "reserved", "erased") if getattr(account, name)]
    more = (*((capital(plain(n)), said(v, zone)) for n, v in told.items()), *((capital(flag), "yes") for flag in flags))
    if account.provider:
        more += (("Provider", plain(account.provider)),)
    head = Record("Account", (("Kind", plain(account.kind)), *more))
    return (head, *found)


def _record(name: str, held: Any, zone: dt.tzinfo) -> Record:
    values = attrs.asdict(held, recurse=False) if attrs.has(type(held)) else {"value": held}
    fields = tuple(
        (capital(plain(key)), said(value, zone))
        for key, value in values.items()
        if key not in _OF_THE_FOLD and value not in (None, False, (), "", 0)
    )
    return Record(capital(plain(name)), fields)


@frozen
class Waiting:
    """A timer that stands."""

    name: str
    says: str
    due: dt.datetime
    late: bool
    calendar: str


def timers(account: Account, policy: Policy, now: dt.datetime) -> tuple[Waiting, ...]:
    """Return the timers that stand, the next one first."""

    def told(timer: Timer) -> Waiting:
        rule = policy.timers.get(timer.name)
        says = rule.says if rule else ""
        return Waiting(capital(plain(timer.name)), says, timer.due, timer.due <= now, timer.calendar or "")

    return tuple(told(timer) for timer in sorted(account.timers, key=lambda timer: timer.due))


def appeal_clock(account: Account, policy: Policy, now: dt.datetime) -> Clock | None:
    """Return the clock of an open appeal, where the policy says by when it should have been answered."""
    appeal = account.appeal
    if appeal is None or appeal.status != "open" or policy.overdue_after is None:
        return None
    return clock_of(appeal.since, policy, now, escalated=appeal.escalated)


def clock_of(since: dt.datetime, policy: Policy, now: dt.datetime, *, escalated: bool) -> Clock | None:
    """Return the clock of an appeal that is open since then; None where the policy names no time."""
    if policy.overdue_after is None:
        return None
    first, second = policy.overdue_after
    period = getattr(policy.parameters, second if escalated else first)
    return clock(since, period, now, policy.parameters.calendar)


def evidence(account: Account) -> Iterator[tuple[str, str, str, bool]]:
    """Return what is on file: kind, reference, a remark, and whether it is a private text."""
    for one in account.evidence:
        remarks = [] if one.readable else ["cannot be read"]
        remarks += ["edited"] if one.edited else []
        remarks += [count(one.words, "word")] if one.words is not None else []
        ref = "" if plain(one.ref) == plain(one.kind) else one.ref
        yield capital(plain(one.kind)), ref, ", ".join(remarks), one.ref.startswith("text-")
