"""What can be wrong with grounds, signals and kinds of evidence, held against each other and against the parameters.

Knows what an entry may name. Does not know any entry, nor any row. What is wrong with an entry alone it says itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from lifecycle.calendar import BusinessDays, Period, read_period
from lifecycle.errors import closest
from lifecycle.model import Role
from lifecycle.rows.grounds import EvidenceKind, Ground, Signal
from lifecycle.rows.outcomes import Open, Set

if TYPE_CHECKING:
    from lifecycle.rows.tables import Policy, Transition

LONGEST_DAYS = 36500
"""No period is longer: added to a moment of today it still is a date."""

RESTRICTS = ("lock", "suspension")
COUNTS = ("things", "times", "open", "accounts", "share", "sum")

Found = Iterator[tuple[str, str]]
"""The name of an entry, and what is wrong with it."""


def wrong_tables(policy: Policy) -> Iterator[str]:
    """Yield everything that is wrong with the grounds, signals and kinds of evidence of *policy*."""
    p = policy.parameters
    values = {each.name: getattr(p, each.name) for each in attrs.fields(type(p))} if attrs.has(type(p)) else {}
    for name, what in (*_alone(policy.grounds), *in_grounds(policy.grounds, values, policy.evidence)):
        yield f'the ground "{name}" {what}'
    for name, what in (*_alone(policy.signals), *in_signals(policy.signals, values)):
        yield f'the signal "{name}" {what}'
    yield from (f'the signal "{name}" {what}' for name, what in _led(policy))
    yield from (f'the kind of evidence "{name}" {what}' for name, what in _alone(policy.kinds))
    tables: Mapping[str, Mapping[str, Any]] = {"ground": policy.grounds, "signal": policy.signals}
    for kind, table in (*tables.items(), ("kind of evidence", policy.kinds)):
        for name, entry in table.items():
            yield from (f'the {kind} "{name}" {what}' for what in _cites(entry.cites, policy.citations))


def _alone(table: Mapping[str, Ground] | Mapping[str, Signal] | Mapping[str, EvidenceKind]) -> Found:
    for name, entry in table.items():
        if isinstance(entry, Ground) and entry.restricts not in RESTRICTS:
            yield name, f'restricts by "{entry.restricts}"; it must be lock or suspension'
        elif isinstance(entry, Signal) and entry.counts not in COUNTS:
            yield name, f'counts "{entry.counts}"; it must be one of: {", ".join(COUNTS)}'
        else:
            yield from ((name, what) for what in entry.mistakes())


def in_grounds(grounds: Mapping[str, Ground], values: Mapping[str, Any], kinds: Container[str]) -> Found:
    """Yield what is wrong with what each of *grounds* names: periods and limits among *values*, and *kinds* of evidence."""
    for name, ground in grounds.items():
        for field, said in ground.periods.items():
            if wrong := no_period(said, values):
                yield name, f"{'warned, but ' if field in ('lead', 'runs_out') else ''}{field} {wrong}"
        if ground.runs_out is not None:
            yield from ((name, what) for what in _in_order(ground.lead or "warning_lead_min", ground.runs_out, values))
        for limit in ground.signals.values():
            if wrong := no_number(limit, values):
                yield name, wrong
        if ground.release is not None and values.get(ground.release) not in ("timer", "verification"):
            yield name, f'release names "{ground.release}", which is no choice between timer and verification'
        for kind in dict.fromkeys(ground.evidence):
            if kind not in kinds:
                near = closest(kind, kinds) if isinstance(kinds, Mapping) else ""
                yield name, f'asks for an unknown kind of evidence "{kind}".{near}'


def _in_order(lead: str, runs_out: str, values: Mapping[str, Any]) -> Iterator[str]:
    first, last = (_period(said, values) for said in (lead, runs_out))
    hours = isinstance(first, dt.timedelta) and isinstance(last, dt.timedelta) and first > last
    days = isinstance(first, BusinessDays) and isinstance(last, BusinessDays) and first.days > last.days
    if hours or days:
        yield f"runs_out {runs_out} comes before the lead {lead} is over"


def _period(said: str, values: Mapping[str, Any]) -> Any:
    return values[said] if said in values else None if no_period(said, values) else read_period(said)


def in_signals(signals: Mapping[str, Signal], values: Mapping[str, Any]) -> Found:
    """Yield what is wrong with what each of *signals* names: periods and numbers among *values*, and other signals."""
    for name, signal in signals.items():
        yield from (
            (name, f"{field} {wrong}") for field, said in signal.periods.items() if (wrong := no_period(said, values))
        )
        numbers = [*signal.weights.values(), *(() if signal.sample is None else (signal.sample,))]
        yield from ((name, wrong) for said in numbers if (wrong := no_number(said, values)))
        for other in signal.of:
            if other not in signals:
                yield name, f'is worked out from an unknown signal "{other}".{closest(other, signals)}'


def _led(policy: Policy) -> Found:
    for name, signal in policy.signals.items():
        if signal.ground is not None and name not in getattr(policy.grounds.get(signal.ground), "signals", ()):
            yield name, f'leads to "{signal.ground}", which is no ground that knows it'
        if signal.tells is not None and signal.tells not in policy.facts.declared():
            yield name, f'tells an unknown fact "{signal.tells}"'


def _cites(cites: tuple[str, ...], known: Container[str]) -> Iterator[str]:
    if not cites:
        yield "cites nothing: name the rule, contradiction, open point or decision it comes from"
    yield from (f'cites "{cite}", which nobody knows' for cite in cites if cite not in known)


def wrong_permanence(row: Transition) -> Iterator[str]:
    """Yield what is wrong with a row that makes a restriction permanent without anybody having decided just that."""
    for effect in row.effects:
        if isinstance(effect, Open) and effect.fixed.get("permanent"):
            yield f"opens a {effect.record} that is permanent at once: permanence is a decision of its own"
        if isinstance(effect, Set) and effect.fixed.get("permanent") and Role.SYSTEM in row.actors:
            yield f"lets the system make a {effect.record} permanent: only a person decides that, with reasons"


def no_period(said: str, values: Mapping[str, Any]) -> str:
    """Return what is wrong with *said* as a period, *values* being the parameters; nothing if it is one."""
    value = values.get(said)
    if value is not None:
        return "" if isinstance(value, Period) else f'names "{said}", which is no plain period'
    try:
        period = read_period(said)
    except ValueError:
        near = closest(said, values)
        return f'names no period: no parameter is called "{said}", and it is no time such as "3 days".{near}'
    return f'is too long: "{said}"; at most {LONGEST_DAYS // 365} years' if period.days > LONGEST_DAYS else ""


def no_number(said: str | int, values: Mapping[str, Any]) -> str:
    """Return what is wrong with *said* as a limit, *values* being the parameters; nothing if it is one."""
    if isinstance(said, int) or type(values.get(said)) is int:
        return ""
    return f'names an unknown parameter "{said}".{closest(said, values)}'
