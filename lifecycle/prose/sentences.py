"""One row as English that can be read aloud.

Knows the order of the sentence: who may do what, while where, if what; then where, and then what; says who.
Does not know any rule.
"""

from __future__ import annotations

from typing import Any

from lifecycle.calendar import spoken
from lifecycle.lengths import ByFacts, Chosen, told
from lifecycle.model import ACCOUNT, AnyState, MembershipState, State, machine_of
from lifecycle.prose.words import capital, clause, listed, plain, quoted
from lifecycle.rows import (
    Add,
    Close,
    Count,
    Dest,
    Drop,
    Effect,
    Guard,
    Notify,
    Open,
    Policy,
    Put,
    Remove,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Then,
    Transition,
    When,
    named_period,
)

_CHALLENGES = ("unlock_code", "deletion_code", "closure_link")
_RESTRICTIONS = ("lock", "suspension")
_ORDER = (Open, Close, Set, Count, Add, Remove, Put, Drop, StopTimer, StartTimer, SendCode, Notify, Then)
"""Records first, then timers, then what is sent: the order in which one tells it."""

_COUNTED = {"tries": "count the try", "sent": "count the appeal", "attempts": "count the request"}


def sentence(row: Transition, policy: Policy) -> str:
    """Return *row* in words, as Markdown that ends with what the row cites.

    It is one paragraph; where more than two conditions, or one with a comma in it, would make the sentence stumble,
    they stand in a list inside it.
    """
    after = " ".join(filter(None, [_dest(row), _effects(row, policy), _tries(row)]))
    cites = f"*({', '.join(row.cites)})*"
    if _stumbles(row.guards):
        conditions = "\n".join(_item(guard) for guard in row.guards)
        return f"{_opening(row, policy)}, if all of this holds:\n\n{conditions}\n\n{after} {cites}"
    condition = f", if {listed(clause(g.sentence) for g in row.guards)}" if row.guards else ""
    return f"{_opening(row, policy)}{condition}. {after} {cites}"


def _opening(row: Transition, policy: Policy) -> str:
    who = capital(listed((role.words for role in row.actors), "or"))
    return f"{who} may **{clause(row.title)}** (`{row.trigger}`) {_where(row.source, policy)}{_chosen(row.when)}"


def _chosen(when: tuple[When, ...]) -> str:
    answers = [[one.selector.answers.get(a, plain(a)) for a in one.answers] for one in when]
    several = any(len(words) > 1 for words in answers)
    said = (", and " if several else " and ").join(listed(words, "or") for words in answers)
    return f", when {said}" if said else ""


_SUBJECTS = {ACCOUNT: "the account is", "membership": "the membership stands at", "level": "the level is"}
"""How a sentence begins that says where each machine stands."""

_THEN = {ACCOUNT: "The account is then", "membership": "The membership then stands at", "level": "The level is then"}
"""How a sentence begins that says where each machine then stands."""


def _called(state: AnyState) -> str:
    return "none" if state is MembershipState.NO_MEMBERSHIP else state.words


def _where(source: tuple[AnyState, ...], policy: Policy) -> str:
    if not source:
        return "where there is no account yet"
    left_out = [state for state in policy.states[machine_of(source[0])] if state not in source]
    if not left_out:
        return "in any state"
    if len(left_out) == 1 and len(source) > 1:
        return f"in any state but {left_out[0].words}"
    return f"while {_SUBJECTS[machine_of(source[0])]} {listed(map(_called, source), 'or')}"


def _stumbles(guards: tuple[Guard, ...]) -> bool:
    if len(guards) > 2:
        return True
    return len(guards) == 2 and any("," in g.sentence or " or " in g.sentence or " and " in g.sentence for g in guards)


def _item(guard: Guard) -> str:
    return f"- {guard.sentence} Otherwise: {guard.otherwise} <sub>`{guard.name}`</sub>"


def _dest(row: Transition) -> str:
    if row.dest is None and row.machine != ACCOUNT:
        return f"The {row.machine} stays as it is."
    if row.dest is None:
        return "The account stays as it is." if len(row.source) == 1 else "The account stays in the state it is in."
    if row.dest is Dest.RELEASE:
        return "The account is then active, or security locked while a lock stands."
    if row.dest is Dest.RESTRICTION:
        return (
            "The account goes back to the restriction that stands: suspended, or security locked if only a lock stands."
        )
    return f"{_THEN[row.machine]} {row.dests[0].words}."


def _effects(row: Transition, policy: Policy) -> str:
    in_order = sorted(row.effects, key=lambda effect: _ORDER.index(type(effect)))
    said = [_lifted(row), _ended(row), *(_effect(effect, row, policy) for effect in in_order)]
    known = list(dict.fromkeys(filter(None, said)))
    return f"We {listed(known)}." if known else ""


def _tries(row: Transition) -> str:
    then = [quoted(effect.trigger) for effect in row.effects if isinstance(effect, Then)]
    return f"At once the system tries {listed(then)}." if then else ""


def _effect(effect: Effect, row: Transition, policy: Policy) -> str:
    match effect:
        case Notify(notice):
            return f"send the {policy.notices[notice].to} the notice {quoted(notice)}"
        case StartTimer(timer):
            return f"set the timer {quoted(timer)} {_due(effect, policy.parameters)}"
        case StopTimer(timer):
            return f"stop the timer {quoted(timer)}"
        case SendCode():
            return _sent(effect, policy)
        case Open(record):
            return f"open a {plain(record)}" if record == "support_case" else f"record the {plain(record)}"
        case Set():
            return _set(effect)
        case Count(_, field):
            return _COUNTED.get(field, f"count the {plain(field)}")
        case Add(to, take):
            return f"add the {plain(take)} to the account's {plain(to)}"
        case Put(to):
            return f"enter it on the account's list of {plain(to)}"
        case Drop(of):
            # An entry that is put back joined with another one is no loss.
            joined = any(isinstance(other, Put) and other.to == of for other in row.effects)
            return "" if joined else f"strike entries off the account's list of {plain(of)}"
        case Remove(of, take):
            return f"take the {plain(take)} off the account's {plain(of)}"
    return ""  # Close and Then are said for the whole row at once


def _due(effect: StartTimer, parameters: Any) -> str:
    if effect.after is None:
        return effect.says
    length = named_period(parameters, effect.after)
    if effect.ahead_of is not None:
        return f"to go off {told(length)} before {quoted(effect.ahead_of)}"
    if isinstance(length, Chosen | ByFacts):
        return f"to go off after {told(length)}"
    period = spoken(length)
    return f"to go off {period}" if period == "at once" else f"to go off {period} later"


def _sent(effect: SendCode, policy: Policy) -> str:
    form = {"digits": "a code", "link": "a link"}.get(str(effect.form), "a code or link")
    lives = told(getattr(policy.parameters, effect.lives))
    return f"send {form} with the notice {quoted(effect.notice)}, good for {lives}"


def _lifted(row: Transition) -> str:
    lifted = [f"the {e.record}" for e in row.effects if isinstance(e, Close) and e.record in _RESTRICTIONS]
    return f"lift {listed(lifted)}" if lifted else ""


def _ended(row: Transition) -> str:
    """Say which records end. Nothing needs saying of a deleted account, nor of a code whose purpose ends with it."""
    closed = [e.record for e in row.effects if isinstance(e, Close) and e.record not in _RESTRICTIONS]
    larger = [record for record in closed if record not in _CHALLENGES]
    if row.dest is State.DELETED or not closed:
        return ""
    if len(larger) > 1:
        return f"end any {listed(map(plain, larger), 'or')} that stands"
    if larger:
        return f"end the {plain(larger[0])}"
    purposes = [e for e in row.effects if isinstance(e, Close | Open) and e.record not in _CHALLENGES]
    return "" if purposes else f"void the {listed(map(plain, closed))}"


def _set(effect: Set) -> str:
    marks = []
    for name, held in effect.fixed.items():
        if isinstance(held, bool):
            marks.append(plain(name) if held else f"not {plain(name)}")
        elif isinstance(held, str):
            marks.append(quoted(held))
        elif callable(held) and name.endswith("_at") and "status" not in effect.fixed:
            marks.append(plain(name.removesuffix("_at")))
    asked = [n for n, held in effect.fixed.items() if callable(held) and not n.endswith(("_at", "_by"))]
    notes = [plain(name) for name in (*effect.take, *asked) if name != "reserved"]
    record = plain(effect.record)
    # A support case need not be open for the row to be taken; every other record is what the row is about.
    said = [f"mark {'any' if effect.record == 'support_case' else 'the'} {record} as {listed(marks)}"] if marks else []
    said += [f"note the {record}'s {listed(notes)}"] if notes else []
    said += ["note whether its identifiers stay reserved"] if "reserved" in asked else []
    return listed(said)
