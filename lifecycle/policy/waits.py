"""Chapter: what must lie some time back before a deletion may be asked for. None by the guides; a table otherwise.

A wait runs from a dated fact of the host's, or from the last time something happened to the account. Of that the account
keeps the last time alone, and only from the day on which the policy waits after it.
"""

from __future__ import annotations

import datetime as dt
import functools

import attrs

from lifecycle.model import Account, Command
from lifecycle.policy.leaving_terms import Wait
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Drop, Guard, Put, Transition, not_before


def before(p: Parameters, road: str) -> tuple[Guard, ...]:
    """The guards of the waits on one way out: ``direct`` or ``request``."""
    return tuple(_guard(wait) for wait in p.waits.values() if road in wait.before)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return tuple(_guard(wait) for wait in p.waits.values())


@functools.cache
def _guard(wait: Wait) -> Guard:
    def earliest(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
        since = getattr(command.facts, wait.fact) if wait.fact is not None else last(account, wait.event)
        return None if since is None else p.calendar.add(since, wait.period)

    needs = (wait.fact,) if wait.fact is not None else ()
    made = not_before(wait.says, otherwise=wait.otherwise, needs=needs, cites=wait.cites)(earliest)
    return attrs.evolve(made, name=wait.guard)


def last(account: Account, trigger: str | None) -> dt.datetime | None:
    """When the event of this trigger last happened to the account, as far as the account keeps it."""
    return next((each.at for each in reversed(account.occurrences) if each.trigger == trigger), None)


def remembering(row: Transition, p: Parameters) -> Transition:
    """Return *row* so that it notes when it was taken, if the policy waits after it."""
    if row.trigger not in {wait.event for wait in p.waits.values()}:
        return row
    noted = (
        Drop("occurrences", which=lambda account, command, q: _earlier(account, command)),
        Put("occurrences", fixed={"trigger": row.trigger}),
    )
    return attrs.evolve(row, effects=(*row.effects, *noted))


def _earlier(account: Account, command: Command) -> list[int]:
    return [each.number for each in account.occurrences if each.trigger == command.trigger]
