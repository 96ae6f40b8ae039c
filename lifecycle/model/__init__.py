"""The nouns: states, people, evidence, the account and its records, commands, events, refusals, decisions.

Knows what these are made of. Does not know any rule, and does nothing.
Every time is an aware ``datetime`` in UTC. Every value in an event is plain data that JSON can carry.
"""

from lifecycle.model.decisions import (
    Change,
    Command,
    Decision,
    Event,
    Refusal,
    Verdict,
)
from lifecycle.model.kept import Erasure, Forfeits, MailPreference
from lifecycle.model.levels import Orders, Points
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
    Deletion,
    Lock,
    Pause,
    SupportCase,
    Suspension,
    Timer,
    Warned,
)
from lifecycle.model.states import (
    ACCOUNT,
    MACHINES,
    NAMED,
    STANDING,
    AnyState,
    Level,
    MembershipState,
    State,
    machine_of,
)
from lifecycle.model.watched import Declined, SharedDevice, Travel

__all__ = [
    "ACCOUNT",
    "LISTS",
    "MACHINES",
    "NAMED",
    "RECORDS",
    "STANDING",
    "Account",
    "Actor",
    "AnyState",
    "Appeal",
    "Challenge",
    "Change",
    "ChargeDispute",
    "Command",
    "Decision",
    "Declined",
    "Deletion",
    "Erasure",
    "Event",
    "Evidence",
    "Forfeits",
    "GivenUp",
    "Level",
    "Linkage",
    "Lock",
    "MailPreference",
    "Membership",
    "MembershipState",
    "Orders",
    "Pause",
    "Points",
    "Refusal",
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
