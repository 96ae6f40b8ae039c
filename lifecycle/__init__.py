"""Decides what may happen to a customer account, records what did happen, and explains both."""

from lifecycle.calendar import BusinessDays, WorkCalendar
from lifecycle.choosing import policy_named
from lifecycle.composing import composed, extended
from lifecycle.decide import Explanation, Option
from lifecycle.errors import LifecycleError, TransitionDenied
from lifecycle.facts import Facts
from lifecycle.model import (
    Account,
    Actor,
    Allowance,
    Decision,
    Event,
    Evidence,
    Level,
    MembershipState,
    Refusal,
    Role,
    State,
)
from lifecycle.observing import Observed
from lifecycle.parameters_file import read_parameters
from lifecycle.plan import Plan
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.own import OwnParameters
from lifecycle.service import Lifecycle

__all__ = [
    "Account",
    "Actor",
    "Allowance",
    "BusinessDays",
    "Decision",
    "Event",
    "Evidence",
    "Explanation",
    "Facts",
    "Level",
    "Lifecycle",
    "LifecycleError",
    "MembershipState",
    "Observed",
    "Option",
    "OwnParameters",
    "Parameters",
    "Plan",
    "Refusal",
    "Role",
    "State",
    "TransitionDenied",
    "WorkCalendar",
    "composed",
    "extended",
    "policy",
    "policy_named",
    "read_parameters",
]
