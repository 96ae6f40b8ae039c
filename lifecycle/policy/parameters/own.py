"""Parameters of a policy from nothing, and how the values of any class of parameters are held against each other.

Knows that a set of parameters is checked as a whole. Does not know any parameter but the calendar.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.errors import BadParameters
from lifecycle.policy.parameters.naming import mistakes_of, named, named_in


@frozen(kw_only=True, slots=False)
class OwnParameters:
    """What a policy of one's own can be changed in: a frozen attrs class, each field made with `named` or `table`.

        @frozen(kw_only=True, slots=False)
        class ForumParameters(OwnParameters):
            cooling_off: Period = named(days(3), "how long nobody carries a deletion out", "F-12")

    Raises:
        BadParameters: values of the wrong type, out of bounds, not among the choices, or that do not fit each other; all
            of them at once.
    """

    calendar: WorkCalendar = named(WorkCalendar(), "the calendar that working days are counted in", ours=True)

    def __attrs_post_init__(self) -> None:
        held_together(self)

    @classmethod
    def disagreements(cls, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:  # noqa: ARG003 - one's own reads them
        """Return for *values* that do not fit each other a name, and what is wrong; a class of one's own says which."""
        return ()


def held_together(parameters: Any) -> None:
    """Refuse *parameters*, an instance of a class of parameters, if anything is wrong with its values.

    Raises:
        BadParameters: as above.
    """
    kind = type(parameters)
    values = {each.name: getattr(parameters, each.name) for each in named_in(kind)}
    if mistakes := [f"{name} {what}" for name, what in mistakes_in(kind, values)]:
        raise BadParameters("the parameters", mistakes)


@functools.cache
def _wrong_defaults(cls: Any) -> tuple[tuple[str, Any, str], ...]:
    return tuple((each.name, each.default, what) for each in named_in(cls) for what in mistakes_of(each, each.default))


@functools.cache
def _strange_defaults(cls: Any) -> tuple[tuple[str, str], ...]:
    return tuple(cls.strangers({each.name: each.default for each in named_in(cls) if each.entry}))


def mistakes_in(cls: Any, values: Mapping[str, Any], unread: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return what is wrong with *values* as parameters of *cls*: the name of each and what is wrong with it.

    What is left out has its default, but for the *unread*, whose value nobody knows. Values are held against each
    other only where each is right by itself; the names that entries of a table take from another one always are.
    """
    declared = named_in(cls)
    # Most values are the defaults themselves, which are looked at once for all.
    given = [each for each in declared if each.name in values and values[each.name] is not each.default]
    wrong = [(each.name, what) for each in given for what in mistakes_of(each, values[each.name])]
    wrong += [(name, what) for name, default, what in _wrong_defaults(cls) if values.get(name) is default]
    bad = {*unread, *(name for name, _ in wrong)}
    right = {each.name: values.get(each.name, each.default) for each in declared if each.name not in bad}
    together, strangers = getattr(cls, "disagreements", None), getattr(cls, "strangers", None)
    found = [*wrong, *(together(right) if together is not None else ())]
    tables = {
        each.name: values.get(each.name, each.default) for each in declared if each.entry and each.name not in unread
    }
    if strangers is None:
        return found
    if all(tables.get(each.name) is each.default for each in declared if each.entry):
        return found + list(_strange_defaults(cls))
    return found + list(strangers(tables))
