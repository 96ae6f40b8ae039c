"""Every number, period and choice of the policy, by name, a file for each group.

Knows the values, their unit, the rule each comes from and whether the figure is a guide's or ours.
Does not know which row uses it. A changed parameter makes a changed policy; nothing else needs to change.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from lifecycle.calendar import WorkCalendar
from lifecycle.policy.capabilities import CAPABILITIES
from lifecycle.policy.evidence import EVIDENCE, serves
from lifecycle.policy.grounds import GROUNDS, as_rules_need
from lifecycle.policy.parameters.clocks import Clocks
from lifecycle.policy.parameters.joining import Joining
from lifecycle.policy.parameters.leaving import Leaving
from lifecycle.policy.parameters.membership import Memberships
from lifecycle.policy.parameters.naming import named, table
from lifecycle.policy.parameters.own import held_together, mistakes_in
from lifecycle.policy.parameters.programme import Programme
from lifecycle.policy.parameters.recovering import Recovering
from lifecycle.policy.parameters.together import disagreements, strangers
from lifecycle.policy.parameters.watching import Watching
from lifecycle.policy.signals import SIGNALS
from lifecycle.rows import Capability, EvidenceKind, Ground, Signal

__all__ = ["Parameters", "mistakes_in"]


@frozen(kw_only=True, slots=False)
class Parameters(Programme, Memberships, Leaving, Recovering, Clocks, Watching, Joining):
    """The guides' policy by default; pass another value by name to make another policy.

    Raises:
        BadParameters: values of the wrong type, out of bounds, not among the choices, or that do not fit each other; all
            of them at once.
    """

    calendar: WorkCalendar = named(WorkCalendar(), "the calendar of the review teams", "D-22", "X-40", "G3-82", "A-36")
    grounds: Mapping[str, Ground] = table(
        GROUNDS, Ground, "why an account is locked or suspended", "G3-01", "G3-10", "A-44", check=as_rules_need
    )
    signals: Mapping[str, Signal] = table(
        SIGNALS, Signal, "what is counted about an account, and in which time", "G3-12", "G3-21", "G3-67"
    )
    evidence: Mapping[str, EvidenceKind] = table(
        EVIDENCE, EvidenceKind, "what may be handed in, and what whoever decides writes", "G3-33", "G3-54", check=serves
    )
    capabilities: Mapping[str, Capability] = table(
        CAPABILITIES, Capability, "what an account may do in each state, or from when on", "D-12"
    )

    def __attrs_post_init__(self) -> None:
        held_together(self)

    disagreements = staticmethod(disagreements)
    strangers = staticmethod(strangers)
