"""What a policy is made of: guards, selectors, effects, rows, timers, grounds, and the policy itself.

Knows the shape of a rule. Does not know any rule, and does not judge: `lifecycle.machine` refuses a policy that
contradicts itself, `lifecycle.decide` applies one.

    who may do what while where, if what; then where, and then what; says who

is the order of a `Transition`'s keywords and of the sentence made from it.
"""

from lifecycle.rows.conditions import (
    Earliest,
    Guard,
    Parameters,
    Reading,
    Selector,
    Test,
    When,
    guard,
    not_before,
)
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
)
from lifecycle.rows.tables import (
    Alternative,
    Benefit,
    Ground,
    Notice,
    Policy,
    Reason,
    Signal,
    TimerRule,
    Transition,
)

__all__ = [
    "Add",
    "Alternative",
    "Benefit",
    "Close",
    "Count",
    "Dest",
    "Drop",
    "Earliest",
    "Effect",
    "Ground",
    "Guard",
    "Notice",
    "Notify",
    "Open",
    "Parameters",
    "Policy",
    "Put",
    "Reading",
    "Reason",
    "Remove",
    "Selector",
    "SendCode",
    "Set",
    "Signal",
    "StartTimer",
    "StopTimer",
    "Test",
    "Then",
    "TimerRule",
    "Transition",
    "When",
    "guard",
    "not_before",
]
