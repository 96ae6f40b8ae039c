"""What tests of clocks share: tables of a policy that can be looked up again, and the policies made of them."""

from __future__ import annotations

from typing import Any

from support import DAY

from lifecycle.calendar import BusinessDays
from lifecycle.policy.clock_terms import SupportDue, Window


class Entries(dict[str, Any]):
    """A table of entries that has a hash, so that a machine made of it is made once."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(sorted(self.items())))


def entries(*held: Any) -> Entries:
    """A table of these entries by their names."""
    return Entries({each.name: each for each in held})


TWO_DAYS = entries(SupportDue("any", 2 * DAY), SupportDue("access", BusinessDays(1), timezone="Europe/Berlin"))
"""Support answers within two days, questions about access by the end of one working day in Berlin."""


def appeals(**more: Any) -> Entries:
    """A window of two weeks for an appeal, with a reminder three days before its end."""
    return entries(Window("appeal", **{"lasts": 14 * DAY, "reminder_before": 3 * DAY, **more}))


def documents(**more: Any) -> Entries:
    """A window of a working week for documents that are asked for."""
    return entries(Window("evidence", **{"lasts": BusinessDays(5), **more}))
