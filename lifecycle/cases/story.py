"""The nouns of a case file: a case, and its steps.

Knows what a step may claim. Does not know TOML, nor whether a claim is true.
Every time is an aware ``datetime`` in UTC, worked out when the file is read: nothing here is relative any more.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from lifecycle.model import Actor, AnyState, Evidence, Role, State
from lifecycle.rows import Policy

ACTOR_IDS: Mapping[Role, str] = {Role.AGENT: "a1", Role.REVIEWER: "r1", Role.SUPERVISOR: "s1", Role.SYSTEM: "rules"}
"""Who acts when a step names only a role. The ids differ, so that two roles are never the same person."""

CODES = ("right_code", "wrong_code", "old_code")
"""Words in ``with``: the code or link last sent, one that was never sent, and the one sent before the last."""


@frozen
class Step:
    """One step of a case: something done, a wait, or something that happens outside the machine.

    ``at`` is when, for a wait its end. What is None was not said and is not checked; ``then`` are the states passed
    through, in order. ``facts`` are given with what is done; they are also what the shop answers if asked during
    the step, and from a ``meanwhile`` step on. ``account`` names the further account it is about, None the case's
    own; ``identifiers`` are made-up names of what it is known by.

    ``refused`` are all reasons, and ``earliest`` all the moments they name: one, or one for each reason that names any.
    ``sends`` is everything that is sent, ``not_sent`` names what is not. ``due`` are all timers that stand afterwards,
    ``overdue`` those whose time has come and that nobody has applied yet. ``unchanged`` names what is as it was before.
    """

    number: int
    at: dt.datetime
    does: str | None = None
    role: Role | None = None
    actor_id: str | None = None
    evidence: tuple[Evidence, ...] = ()
    code: str | None = None
    facts: Mapping[str, Any] = field(factory=dict)
    waits: bool = False
    then: tuple[AnyState, ...] = ()
    refused: frozenset[str] | None = None
    earliest: dt.datetime | Mapping[str, dt.datetime] | None = None
    sends: tuple[str, ...] | None = None
    not_sent: tuple[str, ...] = ()
    fires: tuple[str, ...] | None = None
    due: Mapping[str, dt.datetime] | None = None
    overdue: tuple[str, ...] | None = None
    unchanged: tuple[str, ...] = ()
    expect: Mapping[str, Any] = field(factory=dict)
    may: Mapping[str, bool | str | dt.datetime] = field(factory=dict)
    meanwhile: str = ""
    note: str = ""
    line: int | None = None
    account: str | None = None
    identifiers: Mapping[str, str] = field(factory=dict)

    def actor(self, account_id: str) -> Actor:
        """Return who acts, in a replay with this account.

        Raises:
            ValueError: nobody acts in this step.
        """
        if self.role is None:
            raise ValueError(f"nobody acts in step {self.number}")
        if self.actor_id is not None:
            return Actor(self.role, self.actor_id)
        return Actor(self.role, account_id if self.role is Role.HOLDER else ACTOR_IDS[self.role])

    @property
    def words(self) -> str:
        """The step as the beginning of a sentence: ``step 3, the holder does appeal at 2026-02-14 09:00``."""
        when = spoken_time(self.at)
        where = f" for {self.account}" if self.account else ""
        if self.does is not None and self.role is not None:
            who = "the holder" if self.role is Role.HOLDER else self.role.words
            return f"step {self.number}, {who} does {self.does}{where} at {when}"
        if self.waits:
            return f"step {self.number}, the clock moves{where} to {when}"
        return f"step {self.number}, meanwhile at {when}"


@frozen
class Other:
    """A further account of a case. ``name`` is how its steps call it; the rest is as for the case's own account.

    ``begins`` is when it is taken over, where that was before the case begins.
    """

    name: str
    starts: State | None = State.ACTIVE
    given: Mapping[str, Any] = field(factory=dict)
    facts: Mapping[str, Any] = field(factory=dict)
    identifiers: Mapping[str, str] = field(factory=dict)
    begins: dt.datetime | None = None


@frozen
class PolicyChange:
    """A change of policy in the course of a case: from ``at`` on, these ``parameters`` have another value."""

    at: dt.datetime
    parameters: Mapping[str, Any]


@frozen
class Case:
    """One story of one account, and of the others in ``also``. ``starts`` is None for one that begins by registering.

    ``begins`` is when the account is imported with what ``given`` says; ``facts`` is what the shop answers when it
    is asked, ``chosen`` lists what nobody told and this case had to choose. ``policy`` is the one that the file names;
    ``parameters`` are those that have another value in this case, ``changes`` what changes in its course. Without a
    ``worker`` nothing happens by itself: a timer that is due is applied once somebody asks for something.
    """

    path: Path
    number: int
    title: str
    cites: tuple[str, ...]
    begins: dt.datetime
    steps: tuple[Step, ...]
    starts: State | None = State.ACTIVE
    given: Mapping[str, Any] = field(factory=dict)
    facts: Mapping[str, Any] = field(factory=dict)
    about: str = ""
    chosen: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(factory=dict)
    identifiers: Mapping[str, str] = field(factory=dict)
    also: tuple[Other, ...] = ()
    line: int | None = None
    policy: Policy | None = field(default=None, eq=False, repr=False)
    changes: tuple[PolicyChange, ...] = ()
    worker: bool = True
    guide: str | None = None
    """The guide whose story this is, as the name of its file says: ``G3`` for ``g3-locked.case.toml``."""
    told: tuple[str, ...] = ()
    """The paths and real cases that it cites."""

    @property
    def slug(self) -> str:
        """The title as one word: ``three-appeals-in-24-hours``."""
        return slug(self.title)

    @property
    def account_id(self) -> str:
        """The id of the account in a replay, unless another is asked for: the file's name and the case's number."""
        return f"{slug(self.path.name.split('.', 1)[0])[:58]}.{self.number}"

    @property
    def label(self) -> str:
        """What the case is called: a story by its guide, else the real case or path cited first, else its title."""
        if self.guide is not None:
            return f"story-{self.guide}"
        return self.told[0] if self.told else self.slug[:58]

    @property
    def words(self) -> str:
        """How messages name the case."""
        return f'case {self.number} "{self.title}"'


def other_ids(case: Case, account_id: str) -> dict[str, str]:
    """Return the ids of a case's further accounts in a replay in which its own has *account_id*, by their names."""
    return {other.name: f"{account_id[:58].rstrip('.')}.and-{n}" for n, other in enumerate(case.also, start=2)}


def slug(text: str) -> str:
    """Return *text* as lower-case words joined by dashes; ``case`` if nothing is left of it."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "case"


def spoken_time(at: dt.datetime) -> str:
    """Return a moment as it is said in a sentence, in UTC, no finer than it has to be: ``2026-02-14 09:00``."""
    at = at.astimezone(dt.UTC)
    if at.microsecond:
        return f"{at:%Y-%m-%d %H:%M:%S.%f}"
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"
