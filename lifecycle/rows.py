"""What a policy is made of: guards, selectors, effects, rows, timers, grounds, and the policy itself.

Knows the shape of a rule. Does not know any rule, and does not judge: `lifecycle.machine` refuses a policy that
contradicts itself, `lifecycle.decide` applies one.

    who may do what while where, if what; then where, and then what; says who

is the order of a `Transition`'s keywords and of the sentence made from it.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.facts import Facts
from lifecycle.model import Account, Command, Role, State, Verdict


class Parameters(Protocol):
    """What the core asks of a policy's parameters: a calendar, and a field for each named value and period."""

    @property
    def calendar(self) -> WorkCalendar:
        """The calendar that working days are counted in."""


Test = Callable[[Account, Command, Any], bool]
Reading = Callable[[Account, Command, Any], Any]
Earliest = Callable[[Account, Command, Any], dt.datetime | None]


def _nothing(account: Account, command: Command, p: Any) -> Any:
    return None


def _always(account: Account, command: Command, p: Any) -> bool:
    return True


@frozen
class Guard:
    """One positive sentence, one boolean expression. Its name is the refusal code and the diagram label.

    ``needs`` names the facts it reads. ``sees`` and ``limit`` give what a refusal shows as found and as needed.
    ``earliest`` is when it could first hold, where time is what is missing. Where ``applies`` is false the guard
    counts as met. ``always_in`` lists states in which it cannot fail: a row from there may not use it.
    """

    name: str
    sentence: str
    otherwise: str
    test: Test
    needs: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    sees: Reading = _nothing
    limit: Reading = _nothing
    earliest: Earliest = _nothing
    applies: Test = _always
    always_in: tuple[State, ...] = ()
    met: Verdict = field(init=False, repr=False, eq=False)
    """What it says wherever it holds: always the same, so it is made once."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "met", Verdict(self.name, self.sentence, self.otherwise, True))

    @property
    def label(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")


def guard(
    sentence: str,
    *,
    otherwise: str,
    cites: tuple[str, ...],
    needs: tuple[str, ...] = (),
    sees: Reading | None = None,
    limit: Any = None,
    applies: Test = _always,
    always_in: tuple[State, ...] = (),
) -> Callable[[Test], Guard]:
    """Make a `Guard` of a function ``(account, command, p) -> bool``.

    With one needed fact, ``sees`` is that fact unless said otherwise. ``limit`` is a value, or a function of
    ``(account, command, p)``.
    """

    def make(test: Test) -> Guard:
        shown = sees or (_fact_reader(needs[0]) if len(needs) == 1 else _nothing)
        bound = limit if callable(limit) else (lambda account, command, p: limit)
        return Guard(
            name=test.__name__,
            sentence=sentence,
            otherwise=otherwise,
            test=test,
            needs=needs,
            cites=cites,
            sees=shown,
            limit=bound,
            applies=applies,
            always_in=always_in,
        )

    return make


def not_before(
    sentence: str,
    *,
    otherwise: str,
    cites: tuple[str, ...],
    needs: tuple[str, ...] = (),
    applies: Test = _always,
) -> Callable[[Earliest], Guard]:
    """Make a `Guard` of a function that returns the first moment it holds, or None if it never waits.

    Exactly at that moment it holds; one microsecond earlier it does not.
    """

    def make(earliest: Earliest) -> Guard:
        def test(account: Account, command: Command, p: Any) -> bool:
            first = earliest(account, command, p)
            return first is None or command.at >= first

        return Guard(
            name=earliest.__name__,
            sentence=sentence,
            otherwise=otherwise,
            test=test,
            needs=needs,
            cites=cites,
            earliest=earliest,
            applies=applies,
        )

    return make


def _fact_reader(name: str) -> Reading:
    return lambda account, command, p: {name: getattr(command.facts, name)}


@frozen
class Selector:
    """Chooses between rows: a question with a fixed set of answers, so that rows are provably exclusive."""

    name: str
    sentence: str
    answers: Mapping[str, str]
    read: Callable[[Account, Command, Any], str]
    needs: tuple[str, ...] = ()

    def is_(self, *answers: str) -> When:
        """Return the condition that this selector gives one of *answers*."""
        return When(self, answers)


@frozen
class When:
    """A selector and the answers under which a row applies."""

    selector: Selector
    answers: tuple[str, ...]

    @property
    def words(self) -> str:
        """The condition in words."""
        return " or ".join(self.selector.answers.get(a, a) for a in self.answers)

    def excludes(self, other: When) -> bool:
        """Whether the two can never hold together."""
        return self.selector.name == other.selector.name and not set(self.answers) & set(other.answers)


class Dest(enum.Enum):
    """Destinations worked out from the account's records once the row's own changes are made."""

    RELEASE = "release"
    """Active, or security locked while a lock stands (D-02)."""
    RESTRICTION = "restriction"
    """The restriction that stands: suspended, or security locked (D-04)."""


@frozen
class Notify:
    """Send the holder, or the staff, a notice of this name."""

    notice: str


@frozen
class StartTimer:
    """Arm a timer, replacing a standing one of its name.

    ``after`` names a period of the parameters. Otherwise ``at`` reads the due time from account and command;
    where that gives None no timer is armed.
    """

    timer: str
    after: str | None = None
    at: Earliest | None = None


@frozen
class StopTimer:
    """Void a timer."""

    timer: str


@frozen
class SendCode:
    """Draw a new code or link for a purpose, void the old one, and have it sent.

    ``record`` is the challenge's record; ``lives`` names the period it is accepted for; ``form`` is ``digits`` or
    ``link``, ``channels`` says where it goes. Both may be read from the command.
    """

    record: str
    lives: str
    notice: str
    form: str | Reading = "digits"
    channels: Reading = lambda account, command, p: list(account.contacts)


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
class Then:
    """Let the system try another trigger at the same instant; if it is refused, nothing follows."""

    trigger: str


Effect = Notify | StartTimer | StopTimer | SendCode | Open | Set | Count | Close | Add | Remove | Then


def _states(value: Any) -> tuple[State, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


@frozen(eq=False)
class Transition:
    """A row: who may do what while where, if what; then where, and then what; says who.

    No ``source`` means that no account exists yet; no ``dest`` means that the account stays where it is.
    ``title`` is the row in the words of a person, ``chapter`` the file it stands in. ``challenge`` names the record
    of the code or link that is brought along, where one is.
    """

    title: str
    actors: tuple[Role, ...]
    trigger: str
    source: tuple[State, ...] = field(default=None, converter=_states)
    when: tuple[When, ...] = ()
    guards: tuple[Guard, ...] = ()
    dest: State | Dest | None = None
    effects: tuple[Effect, ...] = ()
    cites: tuple[str, ...] = ()
    chapter: str = ""
    challenge: str | None = None

    @functools.cached_property
    def name(self) -> str:
        """How errors, events and diagrams name this row; unique within a policy."""
        where = "+".join(s.value for s in self.source) or "none"
        which = "".join(f"[{w.selector.name}={'|'.join(w.answers)}]" for w in self.when)
        return f"{self.trigger}:{where}:{'+'.join(a.value for a in self.actors)}{which}"

    @property
    def dests(self) -> tuple[State, ...]:
        """Every state this row can lead to, apart from staying."""
        if self.dest is Dest.RELEASE:
            return (State.ACTIVE, State.SECURITY_LOCKED)
        if self.dest is Dest.RESTRICTION:
            return (State.SUSPENDED, State.SECURITY_LOCKED)
        return (self.dest,) if isinstance(self.dest, State) else ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts its guards, selectors and effects read, sorted."""
        return self.needs_with(self.guards)

    def needs_with(self, guards: tuple[Guard, ...]) -> tuple[str, ...]:
        """The facts its selectors, its effects and these *guards* of it read, sorted."""
        takes = [e.take if isinstance(e, Open | Set) else (e.take,) for e in self.effects if hasattr(e, "take")]
        return tuple(sorted(set().union(*takes, *[g.needs for g in guards], *[w.selector.needs for w in self.when])))


@frozen
class TimerRule:
    """A timer: what it triggers, in which states it lives, and what follows when that is refused (D-05).

    Entering a state outside ``lives_in`` voids it. On a refusal ``instead`` is tried; if that is refused too, or
    there is none, the timer is armed again after the period ``retry``, or let go. One that ``yields`` fires only once
    its due time has passed: at that very moment the holder may still act.
    """

    name: str
    trigger: str
    lives_in: tuple[State, ...]
    says: str
    instead: str | None = None
    retry: str | None = None
    yields: bool = False


@frozen
class Notice:
    """A message the host sends. ``to`` is ``holder`` or ``staff``."""

    name: str
    says: str
    to: str = "holder"


@frozen
class Ground:
    """Why an account is restricted, as data. ``restricts`` is ``lock`` or ``suspension``.

    ``signals`` maps a signal to the parameter holding its limit. ``ends_after`` names the period after which a
    lock of this ground opens by itself. ``remedy_evidence`` is what must have been handed in to lift it;
    ``appeal_evidence`` is what an appeal needs beside proof of identity and an explanation.
    """

    name: str
    says: str
    restricts: str
    cites: tuple[str, ...]
    warned: bool = False
    yields_to_code: bool = True
    signals: Mapping[str, str] = field(factory=dict)
    ends_after: str | None = None
    support_settles: bool = False
    remedy: str | None = None
    remedy_evidence: tuple[str, ...] = ()
    appeal_evidence: tuple[str, ...] = ()


@frozen(eq=False)
class Policy:
    """Rows and everything they name. Built once per parameters; never changed."""

    name: str
    version: str
    parameters: Any
    rows: tuple[Transition, ...]
    guards: tuple[Guard, ...]
    timers: Mapping[str, TimerRule]
    notices: Mapping[str, Notice]
    grounds: Mapping[str, Ground]
    evidence: Mapping[str, str]
    texts: frozenset[str]
    capabilities: Mapping[str, Mapping[State, bool]]
    citations: Mapping[str, str]
    facts: type[Facts] = Facts

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the order of the rows."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows))
