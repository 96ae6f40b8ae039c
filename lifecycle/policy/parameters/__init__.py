"""Every number, period and choice of the policy, by name, a file for each group.

Knows the values, their unit, the rule each comes from and whether the figure is a guide's or ours.
Does not know which row uses it. A changed parameter makes a changed policy; nothing else needs to change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.errors import BadParameters
from lifecycle.policy.grounds import GROUNDS
from lifecycle.policy.parameters.joining import Joining
from lifecycle.policy.parameters.leaving import Leaving
from lifecycle.policy.parameters.levels import Levels
from lifecycle.policy.parameters.membership import Memberships
from lifecycle.policy.parameters.naming import mistakes_of, named, named_in, table
from lifecycle.policy.parameters.recovering import Recovering
from lifecycle.policy.parameters.together import disagreements
from lifecycle.policy.parameters.watching import Watching
from lifecycle.rows import Ground


@frozen(kw_only=True, slots=False)
class Parameters(Levels, Memberships, Leaving, Recovering, Watching, Joining):
    """The guides' policy by default; pass another value by name to make another policy.

    Raises:
        BadParameters: values of the wrong type, out of bounds, not among the choices, or that do not fit each other; all
            of them at once.
    """

    calendar: WorkCalendar = named(WorkCalendar(), "the calendar of the review teams", "D-22", "X-40", "G3-82", "A-36")
    grounds: Mapping[str, Ground] = table(
        GROUNDS, Ground, "why an account is locked or suspended", "G3-01", "G3-10", "A-44"
    )

    def __attrs_post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in named_in(type(self))}
        if mistakes := [f"{name} {what}" for name, what in mistakes_in(type(self), values)]:
            raise BadParameters("the parameters", mistakes)


def mistakes_in(cls: type, values: Mapping[str, Any], unread: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return what is wrong with *values* as parameters of *cls*: the name of each and what is wrong with it.

    What is left out has its default, but for the *unread*, whose value nobody knows. Values are held against each
    other only where each is right by itself.
    """
    declared = named_in(cls)
    given = [each for each in declared if each.name in values]
    wrong = [(each.name, what) for each in given for what in mistakes_of(each, values[each.name])]
    bad = {*unread, *(name for name, _ in wrong)}
    right = {each.name: values.get(each.name, each.default) for each in declared if each.name not in bad}
    return [*wrong, *disagreements(right)]
