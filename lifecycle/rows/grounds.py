"""Why an account is restricted, what is counted about it, and what may be handed in: data, an entry for each.

Knows the shape of an entry, and what can be wrong with one alone. Does not know any entry, nor what reads it. A period
or a limit is named by its parameter, or said itself: ``"48 hours"``, ``5``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import field, frozen

from lifecycle.calendar import Period, read_period

DECIDERS: Mapping[str, tuple[str, ...]] = {"lock": ("system", "agent"), "suspension": ("system", "reviewer")}
"""Who decides a restriction where its ground does not say."""

WAYS: Mapping[str, tuple[str, ...]] = {"lock": ("code", "support", "appeal"), "suspension": ("appeal",)}
"""What lifts a restriction where its ground does not say."""


@frozen
class Ground:
    """Why an account is restricted: everything that sets one ground apart from another.

    ``restricts`` is ``lock`` or ``suspension``; ``decided_by`` names the roles that may decide it, by default the system
    and agents a lock, the system and reviewers a suspension. ``signals`` maps a signal to its limit.

    Where ``warned``, a warning comes first: it leaves the time ``lead`` before a person may act, and after ``runs_out``
    what it announced follows by itself; by default as for every other ground. Where ``later_deadline``, a single warning
    may set a later deadline of its own. ``grace`` is what is waited after what the ground speaks of.

    ``lifted_by`` names the ways out: ``code``, ``support`` and ``appeal``; by default all three for a lock, an appeal for
    a suspension. A ground that leaves ``appeal`` out cannot be appealed. ``ends_after`` is the period after which it ends
    by itself. None of it makes a restriction permanent: that is a decision of its own.

    ``remedy`` says what must be put right, ``remedy_evidence`` what must have been handed in to lift it, ``excused_by``
    what shows an honest cause: any one of them will do. ``appeal_evidence`` is what an appeal needs beside proof of
    identity and an explanation; ``appeal_sets`` replaces all of it by sets of one's own, of which any one will do.
    ``answered_with`` is the document that best answers a rejection, where that is not a further proof of identity.

    ``release`` names the choice between opening by itself and by verification, where the policy has one for this lock;
    ``other_means`` says that another means of payment is asked for once it opened by itself. ``travel_explains`` says that
    a journey told of beforehand explains it, ``difficulty`` how hard the way back usually is.
    """

    name: str
    says: str
    restricts: Literal["lock", "suspension"]
    cites: tuple[str, ...] = ("own-ground",)
    decided_by: tuple[Literal["agent", "reviewer", "supervisor", "system"], ...] | None = None
    warned: bool = False
    lead: str | None = None
    runs_out: str | None = None
    later_deadline: bool = False
    lifted_by: tuple[Literal["code", "support", "appeal"], ...] | None = None
    signals: Mapping[str, str | int] = field(factory=dict)
    ends_after: str | None = None
    remedy: str | None = None
    remedy_evidence: tuple[str, ...] = ()
    appeal_evidence: tuple[str, ...] = ()
    appeal_sets: tuple[tuple[str, ...], ...] = ()
    excused_by: tuple[str, ...] = ()
    answered_with: str | None = None
    grace: str | None = None
    release: str | None = None
    other_means: bool = False
    travel_explains: bool = False
    difficulty: str = ""

    @property
    def deciders(self) -> tuple[str, ...]:
        """The roles that may decide it."""
        return DECIDERS.get(self.restricts, ()) if self.decided_by is None else self.decided_by

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways out of it that somebody has to take; whether it also ends by itself is told by ``ends_after``."""
        return WAYS.get(self.restricts, ()) if self.lifted_by is None else self.lifted_by

    @property
    def evidence(self) -> tuple[str, ...]:
        """Every kind of evidence it speaks of."""
        sets = (kind for kinds in self.appeal_sets for kind in kinds)
        answer = (self.answered_with,) if self.answered_with is not None else ()
        return (*self.remedy_evidence, *self.appeal_evidence, *sets, *self.excused_by, *answer)

    @property
    def periods(self) -> Mapping[str, str]:
        """The periods it names, by the field that names each."""
        names = ("lead", "runs_out", "ends_after", "grace")
        return {name: said for name in names if (said := getattr(self, name)) is not None}

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if not self.deciders:
            yield "decided_by names nobody: who may decide it?"
        if self.restricts == "suspension" and "code" in self.ways:
            yield "lifted_by a code: a code opens locks alone"
        if not self.ways and self.ends_after is None:
            yield "is lifted by nothing and never ends: only a person makes a restriction permanent, with reasons"
        if self.appeal_sets and self.appeal_evidence:
            yield "appeal_sets and appeal_evidence: the sets replace it, so keep one of them"
        if "appeal" not in self.ways and (self.appeal_sets or self.appeal_evidence):
            yield "asks for evidence of an appeal, but no appeal lifts it"
        if any(not kinds for kinds in self.appeal_sets):
            yield "appeal_sets holds an empty set: leave appeal_sets out where nothing special is asked for"
        yield from self._of_a_warning()
        if self.signals and not self.warned and "system" not in self.deciders:
            yield "signals are counted by the system, which may neither warn about it nor decide it"
        yield from (f"signals.{name} must be at least 1, not {at}" for name, at in self.signals.items() if _few(at))
        yield from self._of_a_lock()

    def _of_a_warning(self) -> Iterator[str]:
        if not self.warned:
            given = [name for name in ("lead", "runs_out", "later_deadline") if getattr(self, name)]
            yield from (f"{name} is given, but it is not warned" for name in given)
        elif self.restricts == "lock" and "system" not in self.deciders:
            yield "warned, and a lock follows a warning by itself: the system must be among those who decide it"

    def _of_a_lock(self) -> Iterator[str]:
        if self.restricts != "lock":
            for name in ("release", "other_means", "excused_by"):
                if getattr(self, name):
                    yield f"{name} is told of locks alone"
        elif (self.release or self.other_means) and self.ends_after is None:
            yield "release and other_means say how it ends by itself, but ends_after is missing"


def _few(limit: str | int) -> bool:
    return type(limit) is bool or (isinstance(limit, int) and limit < 1)


@frozen
class Signal:
    """Something that is counted about an account, as data. Its limit is the one its ``ground`` names for it.

    ``counts`` says how: different ``things`` in the window, ``times`` in it, things ``open`` at once, different
    ``accounts`` at one thing, the ``share`` in per cent of one signal in another, or the ``sum`` of several.
    ``window`` names the period, ``age`` how old an open thing must be to count, ``sample`` the least number a share
    is of. ``of`` names the signals that a share or a sum is worked out from. ``weights`` maps what became of a thing
    to how often it counts. Where ``beyond``, the limit itself is still allowed. ``tells`` is the fact in which the
    thing itself is told, as an opaque code.
    """

    name: str
    says: str
    counts: Literal["things", "times", "open", "accounts", "share", "sum"]
    cites: tuple[str, ...] = ("own-ground",)
    ground: str | None = None
    window: str | None = None
    age: str | None = None
    sample: str | int | None = None
    of: tuple[str, ...] = ()
    weights: Mapping[str, str | int] = field(factory=dict)
    beyond: bool = False
    tells: str | None = None

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if bool(self.of) != (self.counts in ("share", "sum")) or (self.counts == "share" and len(self.of) != 2):
            yield "must be worked out from others if it is a sum, and from two if it is a share"

    @property
    def periods(self) -> Mapping[str, str]:
        """The periods it names, by the field that names each."""
        return {name: said for name in ("window", "age") if (said := getattr(self, name)) is not None}


@frozen
class EvidenceKind:
    """A kind of document or text that may be handed in, or that whoever decides writes.

    ``form`` is ``photo``, of which every corner must show, ``document``, or ``text``: that may be written, and is kept
    encrypted. ``source`` is ``holder``, ``staff`` or ``shop``. Any one kind that proves ``identity`` shows who somebody is.
    ``matches`` names what in it must equal what the account has, such as ``name``; ``never_shows`` what it must not show,
    such as the number of a card. A kind that is no ``news`` alone is no reason to read another appeal.
    """

    name: str
    says: str
    cites: tuple[str, ...] = ("own-ground",)
    form: Literal["photo", "document", "text"] = "document"
    source: Literal["holder", "staff", "shop"] = "holder"
    identity: bool = False
    matches: tuple[str, ...] = ()
    never_shows: tuple[str, ...] = ()
    news: bool = True

    @property
    def told(self) -> str:
        """What it is, with what must be covered: ``a bank statement, with the card number covered``."""
        covered = " and ".join(f"the {what.replace('_', ' ')}" for what in self.never_shows)
        return f"{self.says}, with {covered} covered" if covered else self.says

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with this entry."""
        if both := sorted({*self.matches} & {*self.never_shows}):
            yield f"matches and never_shows both name {', '.join(both)}: what is hidden cannot be compared"
        if self.source != "holder" and (self.identity or self.never_shows):
            yield f"identity and never_shows are asked of what a holder hands in, not of the {self.source}'s"


# --- what an entry names -----------------------------------------------------------------------------------------


def length_of(p: Any, said: str) -> Period:
    """Return the period that an entry *said*: the value of that parameter, or the period in words.

    Raises:
        ValueError: no parameter is called so, and it says no period.
    """
    found: Period = getattr(p, said) if hasattr(p, said) else read_period(said)
    return found


def amount_of(p: Any, said: str | int) -> int:
    """Return the number that an entry *said*: the value of that parameter, or the number itself.

    Raises:
        AttributeError: no parameter is called so.
    """
    return said if isinstance(said, int) else int(getattr(p, said))
