"""What a plan is made of: legs, ways, doors that are shut, hints and the outlook.

Knows the shape of the answer. Does not know how a way is found, nor how it is shown.
Every time is an aware ``datetime`` in UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.model import Actor, State, Verdict


@frozen
class Hint:
    """One thing to do, to avoid or to know: ``kind`` is ``do``, ``avoid`` or ``know``."""

    name: str
    kind: str
    says: str
    why: str
    cites: tuple[str, ...]


@frozen
class Leg:
    """One step of a way: who does what, with what, when, and what has to be so first.

    ``least`` and ``most`` are how long it usually takes, None where no time passes or nobody tells; ``told`` is
    false where nobody does. ``earliest`` and ``latest`` are when it is done: the latter is None where no date can be
    given. ``from_`` is set where nothing may be done before it. ``conditions`` are the guards that do not hold yet
    (``met`` is False) or of which nobody has said (None); ``facts`` is what was assumed for them, ``evidence`` the
    kinds to hand in. A leg that ``waits`` happens by itself. ``overdue`` means that the usual time is over already.
    ``until`` is the last moment at which it may be done, where time runs out.
    """

    trigger: str
    row: str
    title: str
    says: str
    by: Actor
    source: State
    dest: State
    waits: bool
    rare: bool
    evidence: tuple[str, ...]
    facts: Mapping[str, Any]
    challenge: str | None
    conditions: tuple[Verdict, ...]
    needs: tuple[str, ...]
    least: Period | None
    most: Period | None
    told: bool
    overdue: bool
    earliest: dt.datetime
    latest: dt.datetime | None
    from_: dt.datetime | None
    odds: float | None
    hints: tuple[Hint, ...]
    cites: tuple[str, ...]
    until: dt.datetime | None = None

    @property
    def role(self) -> str:
        """The role of whoever acts."""
        return self.by.role.value


@frozen
class Way:
    """One way to the wanted state, leg by leg."""

    legs: tuple[Leg, ...]

    @property
    def triggers(self) -> tuple[str, ...]:
        """The triggers in order."""
        return tuple(leg.trigger for leg in self.legs)

    @property
    def earliest(self) -> dt.datetime:
        """When it is done if all goes quickly."""
        return self.legs[-1].earliest

    @property
    def latest(self) -> dt.datetime | None:
        """When it is usually done at the latest; None where nobody tells."""
        return self.legs[-1].latest

    @property
    def odds(self) -> float | None:
        """The share of people for whom it went well; None where nobody told of any step."""
        found = None
        for leg in self.legs:
            if leg.odds is not None:
                found = leg.odds if found is None else found * leg.odds
        return found

    @property
    def rare(self) -> bool:
        """Whether it rests on something nobody has a right to."""
        return any(leg.rare for leg in self.legs)

    @property
    def conditions(self) -> tuple[Verdict, ...]:
        """Every guard that still stands in the way or of which nobody has said, each once."""
        found: dict[str, Verdict] = {}
        for leg in self.legs:
            for verdict in leg.conditions:
                found.setdefault(verdict.code, verdict)
        return tuple(found.values())

    def __str__(self) -> str:
        """Who does what by when, and the conditions."""
        steps = ", ".join(f"{leg.trigger} ({leg.role})" for leg in self.legs)
        done = "nobody tells when" if self.latest is None else f"by {self.latest:%Y-%m-%d %H:%M} UTC"
        return "\n".join([f"{done}: {steps}", *(f"       {v.sentence}  [{v.code}]" for v in self.conditions)])

    def arrives_by(self, moment: dt.datetime) -> bool | None:
        """Whether it is done by *moment*: yes, no, or None where it may be."""
        if self.earliest > moment:
            return False
        return True if self.latest is not None and self.latest <= moment else None


@frozen
class Shut:
    """A step that cannot be taken, whatever is brought: its row, and why not."""

    trigger: str
    row: str
    title: str
    role: str
    refusals: tuple[Verdict, ...]
    cites: tuple[str, ...]


@frozen
class Outlook:
    """How much hope there is, and what it comes from: ``open``, ``closed``, or how the policy calls what is on file.

    ``says`` and ``because`` are parts of a sentence.
    """

    level: str
    says: str
    because: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


@frozen
class Plan:
    """Every way that is open from where an account stands to where somebody wants it to be, cheapest first.

    ``needs`` names the facts that nobody gave and that the conditions depend on.
    """

    account_id: str
    state: State
    to: State
    at: dt.datetime
    ways: tuple[Way, ...]
    shut: tuple[Shut, ...]
    outlook: Outlook
    hints: tuple[Hint, ...]
    needs: frozenset[str]
    sale_at: dt.datetime | None = None
    peak: bool = False

    @property
    def arrived(self) -> bool:
        """Whether there is nothing to do."""
        return self.state is self.to

    def __str__(self) -> str:
        """The ways in short, with what still stands in each and what to avoid."""
        head = f"from {self.state.words} to {self.to.words} for account {self.account_id}"
        if not self.ways:
            return f"{head}: {'nothing to do' if self.arrived else 'no way'}"
        ways = [f"  {n}. {way}" for n, way in enumerate(self.ways, start=1)]
        avoid = [f"  avoid: {hint.says}" for hint in self.hints if hint.kind == "avoid"]
        return "\n".join([f"{head}, the cheapest way first:", *ways, *avoid])

    @property
    def best(self) -> Way | None:
        """The cheapest way, if there is any."""
        return self.ways[0] if self.ways else None
