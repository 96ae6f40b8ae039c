"""Every number, period and choice of the policy, by name, a file for each group.

Knows the values, their unit, the rule each comes from and whether the figure is a guide's or ours.
Does not know which row uses it. A changed parameter makes a changed policy; nothing else needs to change.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.policy.grounds import GROUNDS
from lifecycle.policy.parameters.joining import Joining
from lifecycle.policy.parameters.leaving import Leaving
from lifecycle.policy.parameters.levels import Levels
from lifecycle.policy.parameters.membership import Memberships
from lifecycle.policy.parameters.naming import named
from lifecycle.policy.parameters.recovering import Recovering
from lifecycle.policy.parameters.watching import Watching
from lifecycle.rows import Ground


@frozen(kw_only=True, slots=False)
class Parameters(Levels, Memberships, Leaving, Recovering, Watching, Joining):
    """The guides' policy by default; pass another value by name to make another policy.

    Raises:
        ValueError: a value of the wrong type, negative, or not among the choices.
    """

    calendar: WorkCalendar = named(WorkCalendar(), "the calendar of the review teams", "D-22", "G3-82", "A-36")
    grounds: Mapping[str, Ground] = field(factory=lambda: GROUNDS, metadata={"says": "why an account is restricted"})
