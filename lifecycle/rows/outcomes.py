"""Destinations and effects: where a row leads, and what follows.

Knows what may be said. How an effect becomes changes is worked out in `lifecycle.effects`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.lengths import Due
from lifecycle.model import Account, Command
from lifecycle.rows.conditions import Reading


class Dest(enum.Enum):
    """Destinations worked out from the account's records once the row's own changes are made."""

    RELEASE = "release"
    """Active, or security locked while a lock stands (D-02)."""
    RESTRICTION = "restriction"
    """The restriction that stands: suspended, or security locked (D-04)."""


@frozen
class Notify:
    """Send the holder, or the staff, a notice of this name. ``tells`` is what it says beside, as for ``fixed`` of `Open`."""

    notice: str
    tells: Mapping[str, Any] = field(factory=dict, hash=False)


@frozen
class StartTimer:
    """Arm a timer, replacing a standing one of its name.

    ``after`` names a period of the parameters; one that a table of them holds is named by its path, such as
    ``windows.appeal.lasts``. Otherwise ``at`` reads the due time from account and command, alone or as a `Due` that says
    how it was found; where that gives None no timer is armed.

    Where it is ``ahead_of`` another timer, it is due the period before that one is, if that moment is still to come.
    ``only_if`` is asked with a function that reads a field of the account as the effects before left it. ``says`` ends the
    sentence where ``at`` is asked: for which moment the timer is set.
    """

    timer: str
    after: str | None = None
    at: Callable[[Account, Command, Any], dt.datetime | Due | None] | None = None
    ahead_of: str | None = None
    only_if: Callable[[Callable[[str], Any], Any], bool] | None = None
    says: str = "where there is an end to wait for"


@frozen
class TimerDue:
    """Stands for the moment at which a timer is due, as the effects before have armed it; for None if it does not stand.

    It may be a value of a record, or of what a notice tells.
    """

    timer: str


@frozen
class StopTimer:
    """Void a timer."""

    timer: str


@frozen
class SendCode:
    """Draw a new code or link for a purpose, void the old one, and have it sent.

    ``record`` is the challenge's record; ``lives`` names the period it is accepted for; ``form`` is ``digits`` or
    ``link``, ``channels`` says where it goes. Both may be read from the command. ``digits`` names the parameter with the
    number of digits, six if there is none.
    """

    record: str
    lives: str
    notice: str
    form: str | Reading = "digits"
    channels: Reading = lambda account, command, p: list(account.contacts)
    digits: str | None = None


@frozen
class Open:
    """Open a record. ``take`` copies facts of the same name; ``fixed`` sets the rest.

    Number, time and author come by themselves. A function or a selector in ``fixed`` is asked for its value.
    """

    record: str
    take: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(factory=dict)


@frozen
class Set:
    """Change fields of a record that stands; does nothing if it does not stand. ``account`` is the account itself."""

    record: str
    take: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(factory=dict)


@frozen
class Count:
    """Add one to a field of a record that stands."""

    record: str
    field: str


@frozen
class Close:
    """Remove a record, if it stands."""

    record: str


@frozen
class Add:
    """Add the value of a fact to a list of the account: ``strikes`` or ``holds``."""

    to: str
    take: str


@frozen
class Remove:
    """Remove the value of a fact from a list of the account."""

    of: str
    take: str


@frozen
class Put:
    """Add a dated entry to a list of the account. Number and time come by themselves; the rest as for `Open`.

    Where ``only_if`` is given and says no, nothing is added.
    """

    to: str
    take: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(factory=dict)
    only_if: Reading | None = None


@frozen
class Drop:
    """Remove the entries of a list whose numbers ``which`` reads from account and command."""

    of: str
    which: Reading


@frozen
class Then:
    """Let the system try another trigger, of any machine, at the same instant; if it is refused, nothing follows."""

    trigger: str


Effect = Notify | StartTimer | StopTimer | SendCode | Open | Set | Count | Close | Add | Remove | Put | Drop | Then
