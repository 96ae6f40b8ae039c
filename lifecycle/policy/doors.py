"""What the service submits by itself under the guides' policy, how an account arrives, and which texts it all rests on.

Knows the triggers' names and the guides. Does not know what their rows ask for.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from lifecycle.model import State
from lifecycle.policy import deliveries, windows
from lifecycle.policy.guides import rules
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.strikes import further_account
from lifecycle.rows import Arrival, Doors, Sources, Transition

_DOORS = Doors(
    identify="add_identifier",
    further="note_further_account",
    passed_on=("cookies_cleared", "device_recognised", "unsalvageable_confirmed"),
    strike=further_account,
    warn="warn",
    lock="lock",
    suspend="suspend",
    clear="clear_warning",
    statement="statement_of_reasons",
    borrowed="phone_is_borrowed",
    sign_up={"registration_fields": 4, "verified_by": "link"},
    shared={"identity_is_not_banned": "banned", "email_is_free": "other"},
)


def doors(p: Parameters, rows: Iterable[Transition]) -> Doors:
    """Return what the service submits by itself under *p*, where these are the rows."""
    return attrs.evolve(_DOORS, reports=(*windows.reports(p, rows), *deliveries.reports(p)))


ARRIVALS = (
    Arrival(State.UNDER_APPEAL, (State.SUSPENDED,), "against", "suspension"),
    Arrival(State.UNDER_APPEAL, (State.SECURITY_LOCKED,), "against", "lock"),
    Arrival(State.PENDING_DELETION, (), "track", "request"),
    Arrival(State.PENDING_DELETION, (State.DEACTIVATED,), "track", "direct"),
    Arrival(State.PENDING_DELETION, (State.SUSPENDED,), "track", "suspended"),
    Arrival(State.DELETED, (State.DEACTIVATED, State.PENDING_DELETION)),
)

PATHS = 149
CASES = 12
"""How many paths and real cases the catalogue of the guides holds; a case may cite any of them."""

_REAL = frozenset(f"C-{n:02d}" for n in range(1, CASES + 1))

SOURCES = Sources(
    guides={
        "G1": "deleting an account directly",
        "G2": "closing an account by request",
        "G3": "recovering a disabled account",
        "G4": "ending a VIP membership",
        "G5": "member levels",
    },
    rules=rules(),
    stories=frozenset(f"P-{n:02d}" for n in range(1, PATHS + 1)) | _REAL,
    real=_REAL,
    called="the guides",
    shipped=True,
)
