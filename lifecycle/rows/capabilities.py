"""What an account may do, as data: an entry for each capability, with a cell for each state, permanence and ground.

Knows how a cell is written and which one is read for an account. Does not know any capability, and gives no reasons.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from lifecycle.calendar import BusinessDays, Period, read_period, spoken
from lifecycle.errors import closest
from lifecycle.model import Account, Lock, State, Suspension

YES, NO, AFTER = "yes", "no", "after "

PERMANENT = "permanent"

RESTRICTED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)
"""The states in which a restriction shows, so that its ground and its permanence count."""

_BESIDE = (PERMANENT, *(state.value for state in RESTRICTED))
"""What may stand behind the name of a ground."""


CELLS = 'must be "yes", "no" or a time after the decision such as "after 180 days"'


@functools.cache
def cell_of(said: str) -> bool | Period:
    """Return what a cell says: yes, no, or how long after the decision it turns from no to yes.

    Raises:
        ValueError: it is none of these.
    """
    if said in (YES, NO):
        return said == YES
    if not said.startswith(AFTER):
        raise ValueError(CELLS)
    try:
        period = read_period(said.removeprefix(AFTER))
    except ValueError:
        raise ValueError(CELLS) from None
    if period in (dt.timedelta(0), BusinessDays(0)):
        raise ValueError(CELLS)
    return period


def _empty() -> Mapping[str, str]:
    return MappingProxyType({})


@frozen
class Capability:
    """Something an account may do. For each state a cell: ``yes``, ``no``, or ``after 180 days``.

    While a restriction shows, narrower cells come first: ``permanent`` is read while the suspension is permanent, and
    ``grounds`` maps a ground, alone or as ``ground/permanent`` or ``ground/under_appeal``, to the cell read for it. The
    time of a cell counts from the decision: the restriction, or the one that made it permanent; in any other state from
    when the account came there. ``says`` is what one may do, as it follows after the word may.
    """

    name: str
    says: str
    active: str = NO
    security_locked: str = NO
    suspended: str = NO
    under_appeal: str = NO
    deactivated: str = NO
    pending_deletion: str = NO
    deleted: str = NO
    permanent: str = ""
    grounds: Mapping[str, str] = field(factory=_empty)
    cites: tuple[str, ...] = ()

    def open_in(self, state: State) -> bool:
        """Whether the state alone allows it, at once."""
        return self.said_in(state) == YES

    def said_in(self, state: State) -> str:
        """The cell of a state."""
        said: str = getattr(self, state._value_)
        return said

    def sure_in(self, state: State) -> bool | None:
        """Whether it is allowed, where the state alone tells; None where the restriction or the time tells too."""
        if (state in RESTRICTED and (self.permanent or self.grounds)) or self.said_in(state) not in (YES, NO):
            return None
        return self.open_in(state)

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with its cells."""
        if not self.says.strip():
            yield "says is empty: what may an account do that has it?"
        cells = {state.value: self.said_in(state) for state in State}
        cells |= {PERMANENT: self.permanent} if self.permanent else {}
        for name, said in (*cells.items(), *((f"grounds, {key},", said) for key, said in self.grounds.items())):
            try:
                cell_of(said)
            except ValueError as mistake:
                yield f'{name} {mistake}: "{said}" is none.{closest(said, (YES, NO))}'
        for key in self.grounds:
            _, slash, beside = key.partition("/")
            if slash and beside not in _BESIDE:
                near = closest(beside, _BESIDE) or f" Known: {', '.join(_BESIDE)}."
                yield f'grounds, {key}, says "{beside}", which is no state with a restriction.{near}'

    def named_grounds(self) -> tuple[str, ...]:
        """The grounds that have cells of their own."""
        return tuple(dict.fromkeys(key.partition("/")[0] for key in self.grounds))


@frozen
class Found:
    """The cell that is read for an account: what it ``says``, and ``by`` what it was chosen: state, permanent, ground."""

    says: bool | Period
    by: str
    since: dt.datetime | None


def found_for(capability: Capability, account: Account) -> Found:
    """Return the cell of *capability* that counts for *account* as it stands."""
    state = account.state
    restriction = shown_restriction(account)
    if restriction is None:
        return Found(cell_of(capability.said_in(state)), "state", account.since)
    permanent, since = False, restriction.since
    if isinstance(restriction, Suspension) and restriction.permanent:
        permanent, since = True, restriction.permanent_at or restriction.since
    for beside in ((f"/{PERMANENT}",) if permanent else ()) + (f"/{state._value_}", ""):
        said = capability.grounds.get(f"{restriction.ground}{beside}")
        if said is not None:
            return Found(cell_of(said), "ground", since)
    if permanent and capability.permanent:
        return Found(cell_of(capability.permanent), PERMANENT, since)
    return Found(cell_of(capability.said_in(state)), "state", since)


def shown_restriction(account: Account) -> Suspension | Lock | None:
    """The restriction that shows, in a state in which one does: the suspension if one stands, else the lock."""
    return (account.suspension or account.lock) if account.state in RESTRICTED else None


def told(says: bool | Period) -> str:
    """Return a cell in words: ``yes``, ``no``, ``after 180 days``."""
    if isinstance(says, bool):
        return YES if says else NO
    return f"{AFTER}{spoken(says)}"


def capabilities_of(given: Mapping[str, Capability | Mapping[State, bool]]) -> Mapping[str, Capability]:
    """Return capabilities by name; one given as the states in which it is open is made of these."""
    return MappingProxyType({name: _capability(name, each) for name, each in given.items()})


def _capability(name: str, given: Capability | Mapping[State, bool]) -> Capability:
    if isinstance(given, Capability):
        return given
    cells: dict[str, Any] = {state.value: YES if may else NO for state, may in given.items()}
    return Capability(name, name.replace("_", " "), **cells)
