"""What is judged once: a measure rests on references, and whoever lifts it has judged them. Shared by several chapters.

Knows when a reference has carried its measure, and how long the system waits after a person lifted one. Does not know any
row: those that restrict or warn take the guards, those that lift take the effects.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lifecycle.calendar import BusinessDays
from lifecycle.model import Account, Actor, Command, Judgement, Role
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Drop, Effect, Guard, Put, guard, not_before

PERSONS = (Role.AGENT, Role.REVIEWER, Role.SUPERVISOR)
"""Who may clear what somebody was suspected of; the holder and the system may not."""

CLEARED, SERVED = "cleared", "served"


def references(command: Command, p: Parameters) -> tuple[str, ...]:
    """What a measure rests on: the references given, and those of the documents brought along; texts of staff are none."""
    if not command.evidence:
        return tuple(dict.fromkeys(command.facts.rests_on)) if command.facts.rests_on else ()
    kinds = p.evidence
    brought = (e.ref for e in command.evidence if e.ref and not (e.kind in kinds and kinds[e.kind].source == "staff"))
    return tuple(dict.fromkeys((*command.facts.rests_on, *brought)))


def _judged(account: Account) -> Mapping[str, Judgement]:
    return {ref: entry for entry in account.judgements for ref in entry.refs}


def _verdicts(account: Account, command: Command, p: Parameters) -> dict[str, dict[str, Any]]:
    known = _judged(account)
    refs = [ref for ref in references(command, p) if ref in known]
    return {ref: {"outcome": known[ref].outcome, "event": known[ref].number} for ref in refs}


@guard(
    "It rests on something that was not judged before.",
    otherwise="Leave it: what is named here was cleared or served already. Name what is new beside it.",
    needs=("rests_on",),
    sees=lambda account, command, p: {"judgements": _verdicts(account, command, p)},
    limit="one reference that was not judged",
    applies=lambda account, command, p: bool(references(command, p)),
    cites=("judged-once",),
)
def rests_on_something_new(account: Account, command: Command, p: Parameters) -> bool:
    return not set(references(command, p)) <= _judged(account).keys()


# --- after a person lifted a measure -------------------------------------------------------------------------------


def lifted_by_a_person(account: Account, ground: str) -> Judgement | None:
    """The latest measure on *ground* that a person lifted, if there is one."""
    entries = (e for e in reversed(account.judgements) if ground in e.grounds and _role(e.author) in PERSONS)
    return next(entries, None)


def _role(author: str) -> Role:
    return Role(author.partition(":")[0])


def _release(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    entry = lifted_by_a_person(account, command.facts.ground)
    return p.calendar.add(entry.at, p.release_grace) if entry else None


@not_before(
    "The grace after a person lifted a measure on this ground is over.",
    otherwise="Wait until it is over; a person may act meanwhile, with reasons.",
    needs=("ground",),
    applies=lambda account, command, p: lifted_by_a_person(account, command.facts.ground) is not None,
    cites=("release-grace",),
)
def release_grace_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return _release(account, command, p)


def _in_the_grace(account: Account, command: Command, p: Parameters) -> bool:
    until = _release(account, command, p)
    return until is not None and command.at < until


@guard(
    "Reasons are given for acting so soon after a person lifted a measure on this ground.",
    otherwise="Write down the reasons and send them along, or wait until the grace is over.",
    needs=("ground",),
    sees=lambda account, command, p: {
        "brought": [e.kind for e in command.evidence],
        "lifted_by_event": getattr(lifted_by_a_person(account, command.facts.ground), "number", 0),
    },
    limit="reasons",
    applies=_in_the_grace,
    cites=("release-grace",),
)
def reasons_are_given_so_soon(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("reasons") or command.brings("statement_of_reasons")


GUARDS: tuple[Guard, ...] = (rests_on_something_new,)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this room under *p*."""
    return (*GUARDS, release_grace_is_over, reasons_are_given_so_soon) if has_grace(p) else GUARDS


def has_grace(p: Parameters) -> bool:
    """Whether the system waits at all after a person lifted a measure."""
    return p.release_grace not in (dt.timedelta(0), BusinessDays(0))


def before_a_measure(role: Role, p: Parameters, *, reasoned: bool = False) -> tuple[Guard, ...]:
    """What any measure asks of this *role*; where it is *reasoned* anyway, no further reasons are asked for."""
    if not has_grace(p) or (reasoned and role is not Role.SYSTEM):
        return GUARDS
    return (*GUARDS, release_grace_is_over if role is Role.SYSTEM else reasons_are_given_so_soon)


# --- what is kept ----------------------------------------------------------------------------------------------------


def rests_on(account: Account, command: Command, p: Parameters) -> tuple[str, ...]:
    """What the record of a measure keeps of its references."""
    return references(command, p)


def lifted_before(account: Account, ground: str | None) -> int | None:
    """The account version that last lifted a measure on *ground*: what a new one on it points back to."""
    return next((entry.number for entry in reversed(account.judgements) if ground in entry.grounds), None)


def earlier(account: Account, command: Command, p: Parameters) -> int | None:
    """What a measure on the ground that the command names points back to."""
    return lifted_before(account, command.facts.ground)


def lifted(*records: str, outcome: str | None = None) -> tuple[Effect, ...]:
    """What wherever these *records* are lifted is kept of it: grounds and references, judged once.

    A person has cleared them, unless an *outcome* is said; time, or the holder's own proof, means that they were served.
    """

    def stood(account: Account) -> list[Any]:
        return [record for name in records if (record := getattr(account, name)) is not None]

    def grounds(account: Account, command: Command, p: Parameters) -> tuple[str, ...]:
        return tuple(dict.fromkeys(record.ground for record in stood(account)))

    def refs(account: Account, command: Command, p: Parameters) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ref for record in stood(account) for ref in record.rests_on))

    def outdated(account: Account, command: Command, p: Parameters) -> tuple[int, ...]:
        again = set(grounds(account, command, p))
        by_person = command.by.role in PERSONS
        bare = [
            entry.number
            for entry in account.judgements
            if not entry.refs and set(entry.grounds) <= again and (by_person or _role(entry.author) not in PERSONS)
        ]
        others = [entry.number for entry in account.judgements if entry.number not in bare]
        return (*bare, *others[: max(0, len(others) + 1 - p.judgements_limit)])

    return (
        Drop("judgements", which=outdated),
        Put(
            "judgements",
            fixed={
                "author": lambda account, command, p: str(command.by),
                "outcome": lambda account, command, p: outcome or _outcome(command.by),
                "grounds": grounds,
                "refs": refs,
            },
        ),
    )


def _outcome(by: Actor) -> str:
    return CLEARED if by.role in PERSONS else SERVED
