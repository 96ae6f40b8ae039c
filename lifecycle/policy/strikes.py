"""Strikes: conduct that weighs against reinstatement. Data, and the one sentence that is made of it.

Knows each kind of conduct and what it weighs. Does not know any row, nor who notes a strike.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.model import Account, State
from lifecycle.policy.parameters import Parameters


@frozen
class Strike:
    """One kind of conduct. ``grave`` conduct alone makes a lasting reinstatement nearly impossible.

    ``weight`` names the parameter that says how much other conduct weighs; without one it weighs 1.
    """

    name: str
    says: str
    cites: tuple[str, ...]
    grave: bool = False
    weight: str | None = None


_ALL = (
    Strike("legal_threat", "legal action was threatened", ("G3-98",), grave=True),
    Strike("angry_review", "angry reviews were written about the suspension", ("G3-98",), grave=True),
    Strike("many_new_accounts", "many new accounts were opened at once", ("G3-98",), grave=True),
    Strike(
        "social_pressure",
        "support was put under pressure in public",
        ("G3-115",),
        weight="social_pressure_weight",
    ),
    Strike("multi_account_during_appeal", "another account was opened while an appeal was pending", ("G3-116",)),
    Strike(
        "multi_account_while_blocked", "another account was opened before this one was tried to get back", ("G3-05",)
    ),
)

STRIKES: Mapping[str, Strike] = MappingProxyType({strike.name: strike for strike in _ALL})
"""The guides' strikes by name."""

OUTLOOKS: Mapping[str, str] = MappingProxyType(
    {
        "ordinary": "nothing weighs against reinstatement",
        "harder": "reinstatement has become harder, possibly for good",
        "nearly_impossible": "a lasting reinstatement is nearly impossible",
    }
)
"""How the way back looks, in words (G3-98, G3-116)."""


def further_account(account: Account) -> str:
    """Return the strike for opening another account while this one is restricted (G3-05, G3-116)."""
    return "multi_account_during_appeal" if account.state is State.UNDER_APPEAL else "multi_account_while_blocked"


def grave_strikes(account: Account) -> list[str]:
    """Return the strikes of *account* that alone make reinstatement nearly impossible (G3-98)."""
    return [name for name in account.strikes if name in STRIKES and STRIKES[name].grave]


def outlook(account: Account, p: Parameters) -> str:
    """Return how the way back looks for *account*: a name of `OUTLOOKS`.

    A strike nobody knows, of an older policy or an import, weighs like one that does.
    """
    if grave_strikes(account):
        return "nearly_impossible"
    known = [STRIKES.get(name) for name in account.strikes]
    weight = sum(int(getattr(p, strike.weight)) if strike and strike.weight else 1 for strike in known)
    return "harder" if weight else "ordinary"
