"""Guards and selectors: what must hold for a row, and what chooses between rows.

Knows the shape of a condition. Does not know any particular one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.model import Account, Command, State, Verdict


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
    counts as met. ``latest`` is the last moment at which it holds, where time runs out. ``always_in`` lists states in
    which it cannot fail: a row from there may not use it.
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
    latest: Earliest = _nothing
    met: Verdict = field(init=False, repr=False, eq=False)
    """What it says wherever it holds: always the same, so it is made once."""
    holds: Test = field(init=False, repr=False, eq=False)
    """The test where the guard applies, true elsewhere. Most guards always apply: then it is the test itself."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "met", Verdict(self.name, self.sentence, self.otherwise, True))
        object.__setattr__(self, "holds", self.test if self.applies is _always else self._where_it_applies)

    def _where_it_applies(self, account: Account, command: Command, p: Any) -> bool:
        return self.test(account, command, p) if self.applies(account, command, p) else True

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


def not_after(
    sentence: str,
    *,
    otherwise: str,
    cites: tuple[str, ...],
    applies: Test = _always,
) -> Callable[[Earliest], Guard]:
    """Make a `Guard` of a function that returns the last moment it holds, or None if it holds for ever.

    Exactly at that moment it holds; one microsecond later it does not, and says when it was over.
    """

    def make(latest: Earliest) -> Guard:
        def test(account: Account, command: Command, p: Any) -> bool:
            last = latest(account, command, p)
            return last is None or command.at <= last

        def until(account: Account, command: Command, p: Any) -> dict[str, str] | None:
            last = latest(account, command, p)
            return None if last is None else {"until": f"{last:%Y-%m-%d %H:%M:%S} UTC"}

        return Guard(
            name=latest.__name__,
            sentence=sentence,
            otherwise=otherwise,
            test=test,
            cites=cites,
            sees=until,
            applies=applies,
            latest=latest,
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
