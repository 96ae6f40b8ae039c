"""What a policy is made of: guards, selectors, effects, rows, timers, grounds, and the policy itself.

Knows the shape of a rule. Does not know any rule, and does not judge: `lifecycle.machine` refuses a policy that
contradicts itself, `lifecycle.decide` applies one.

    who may do what while where, if what; then where, and then what; says who

is the order of a `Transition`'s keywords and of the sentence made from it.
"""

from lifecycle.rows.capabilities import Capability
from lifecycle.rows.conditions import (
    Earliest,
    Guard,
    Parameters,
    Reading,
    Selector,
    Test,
    When,
    guard,
    not_after,
    not_before,
)
from lifecycle.rows.doors import RESULTS, Arrival, Doors, Report
from lifecycle.rows.grounds import DECIDERS, EvidenceKind, Ground, Signal, amount_of, length_of
from lifecycle.rows.grounds_check import in_grounds, in_signals, wrong_permanence, wrong_tables
from lifecycle.rows.outcomes import (
    Add,
    Close,
    Count,
    Dest,
    Drop,
    Effect,
    Notify,
    Open,
    Put,
    Remove,
    SendCode,
    Set,
    StartTimer,
    StopTimer,
    Then,
    TimerDue,
)
from lifecycle.rows.periods import due, facts_for, named_period
from lifecycle.rows.periods_check import bounds_of, wrong_periods
from lifecycle.rows.proofs import Proof
from lifecycle.rows.sources import Rule, Sources
from lifecycle.rows.tables import (
    Alternative,
    Benefit,
    Notice,
    Policy,
    Reason,
    TimerRule,
    Transition,
    version_under,
)
from lifecycle.rows.waits_check import wrong_waits

__all__ = [
    "DECIDERS",
    "RESULTS",
    "Add",
    "Alternative",
    "Arrival",
    "Benefit",
    "Capability",
    "Close",
    "Count",
    "Dest",
    "Doors",
    "Drop",
    "Earliest",
    "Effect",
    "EvidenceKind",
    "Ground",
    "Guard",
    "Notice",
    "Notify",
    "Open",
    "Parameters",
    "Policy",
    "Proof",
    "Put",
    "Reading",
    "Reason",
    "Remove",
    "Report",
    "Rule",
    "Selector",
    "SendCode",
    "Set",
    "Signal",
    "Sources",
    "StartTimer",
    "StopTimer",
    "Test",
    "Then",
    "TimerDue",
    "TimerRule",
    "Transition",
    "When",
    "amount_of",
    "bounds_of",
    "due",
    "facts_for",
    "guard",
    "in_grounds",
    "in_signals",
    "length_of",
    "named_period",
    "not_after",
    "not_before",
    "version_under",
    "wrong_periods",
    "wrong_permanence",
    "wrong_tables",
    "wrong_waits",
]
