"""The nouns: states, people, evidence, the account and its records, commands, events, refusals, decisions.

Knows what these are made of. Does not know any rule, and does nothing.
Every time is an aware ``datetime`` in UTC. Every value in an event is plain data that JSON can carry.
"""

from lifecycle.model.allowances import Allowance
from lifecycle.model.clocks import EvidenceRequest, FixedPeriod
from lifecycle.model.decisions import (
    Change,
    Command,
    Decision,
    Event,
    Refusal,
    Verdict,
)
from lifecycle.model.judged import Judgement
from lifecycle.model.kept import Erasure, Forfeits, MailPreference
from lifecycle.model.leaving import Deletion, Ending, Interruption, Occurrence, Removal
from lifecycle.model.levels import LevelCount, Orders, Points
from lifecycle.model.linked import (
    GivenUp,
    Linkage,
)
from lifecycle.model.memberships import (
    ChargeDispute,
    Membership,
    TerminationNotice,
)
from lifecycle.model.people import (
    Actor,
    Evidence,
    Role,
    checked_id,
    listed,
    moment,
)
from lifecycle.model.records import (
    LISTS,
    RECORDS,
    Account,
    Appeal,
    Challenge,
    Lock,
    Pause,
    SupportCase,
    Suspension,
    Timer,
    Warned,
)
from lifecycle.model.states import (
    ACCOUNT,
    FIXED,
    LEVELS,
    MACHINES,
    NO_LEVEL,
    STANDING,
    TAKEN,
    AnyState,
    Level,
    MembershipState,
    State,
    machine_of,
)
from lifecycle.model.watched import Declined, Failures, SharedDevice, Travel

__all__ = [
    "ACCOUNT",
    "FIXED",
    "LEVELS",
    "LISTS",
    "MACHINES",
    "NO_LEVEL",
    "RECORDS",
    "STANDING",
    "TAKEN",
    "Account",
    "Actor",
    "Allowance",
    "AnyState",
    "Appeal",
    "Challenge",
    "Change",
    "ChargeDispute",
    "Command",
    "Decision",
    "Declined",
    "Deletion",
    "Ending",
    "Erasure",
    "Event",
    "Evidence",
    "EvidenceRequest",
    "Failures",
    "FixedPeriod",
    "Forfeits",
    "GivenUp",
    "Interruption",
    "Judgement",
    "Level",
    "LevelCount",
    "Linkage",
    "Lock",
    "MailPreference",
    "Membership",
    "MembershipState",
    "Occurrence",
    "Orders",
    "Pause",
    "Points",
    "Refusal",
    "Removal",
    "Role",
    "SharedDevice",
    "State",
    "SupportCase",
    "Suspension",
    "TerminationNotice",
    "Timer",
    "Travel",
    "Verdict",
    "Warned",
    "checked_id",
    "listed",
    "machine_of",
    "moment",
]
