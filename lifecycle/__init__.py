"""Decides what may happen to a customer account, records what did happen, and explains both."""

from lifecycle.calendar import BusinessDays, WorkCalendar
from lifecycle.decide import Explanation, Option
from lifecycle.errors import LifecycleError, TransitionDenied
from lifecycle.facts import Facts
from lifecycle.model import Account, Actor, Decision, Event, Evidence, Level, MembershipState, Refusal, Role, State
from lifecycle.observing import Observed
from lifecycle.parameters_file import read_parameters
from lifecycle.plan import Plan
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.service import Lifecycle

__all__ = [
    "Account",
    "Actor",
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
    "Parameters",
    "Plan",
    "Refusal",
    "Role",
    "State",
    "TransitionDenied",
    "WorkCalendar",
    "policy",
    "read_parameters",
]
