"""Finding out with whom an account shares what it is known by. Answers with kinds and standings, never with a value.

Knows how identifiers are looked up and what is told of those who have the same. Does not know what follows from it:
that is the policy's, which reads the facts made here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.identity import CONTACTS, EMAIL, KINDS, PERSONAL, PHONE, same_form
from lifecycle.model import Account, Evidence, State
from lifecycle.store import Identifier, Store
from lifecycle.vault import Vault

MOST = 1000
"""How many accounts that share one identifier are looked at, those that took it last: a bound, not a rule."""

BANNED, RESTRICTED, RESERVED, LIVING, GONE = "banned", "restricted", "reserved", "living", "gone"

GOOD_STANDING = ("direct", "request")
"""How an account ends that its holder left, with nothing held against it."""


def standing(account: Account) -> str:
    """Return how an account that shares something stands: banned, restricted, reserved, living or gone.

    Banned is one that is suspended for good, or that was deleted while its identifiers stay taken; reserved is one of
    these of which is recorded that it ended in good standing.
    """
    if account.state is State.DELETED:
        in_good_standing = account.ending is not None and account.ending.way in GOOD_STANDING
        return (RESERVED if in_good_standing else BANNED) if account.reserved else GONE
    if account.suspension is not None and account.suspension.permanent:
        return BANNED
    blocked = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)
    return RESTRICTED if account.state in blocked else LIVING


@frozen
class Shared:
    """Another account, and the kinds of identifiers it shares."""

    account: Account
    kinds: tuple[str, ...]


@frozen
class Named:
    """The identifiers of one request, ready to be kept, and the accounts that have the same."""

    kinds: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = field(default=(), repr=False)
    texts: tuple[Evidence, ...] = field(default=(), repr=False)
    others: tuple[Shared, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what a policy is told of them: kinds and counts. Nothing where no identifier was named."""
        if not self.kinds:
            return {}
        living = [o for o in self.others if standing(o.account) in (LIVING, RESTRICTED)]
        reserved = self._kinds_with(RESERVED)
        return {
            **({"reserved_links": reserved} if reserved else {}),
            "identifier_kinds": self.kinds,
            "email_is_reserved": any(EMAIL in other.kinds for other in living),
            "banned_links": self._kinds_with(BANNED),
            "restricted_links": self._kinds_with(RESTRICTED),
            "living_links": self._kinds_with(LIVING),
            "person_accounts": sum(bool(set(other.kinds) & set(PERSONAL)) for other in living),
        }

    def _kinds_with(self, wanted: str) -> tuple[str, ...]:
        found = {kind for other in self.others if standing(other.account) == wanted for kind in other.kinds}
        return tuple(kind for kind in KINDS if kind in found)

    def to_be_told(self, at: dt.datetime) -> tuple[Shared, ...]:
        """Return the accounts that were restricted or banned at that moment and are not deleted."""
        return tuple(
            other
            for other in self.others
            if standing(other.account) in (BANNED, RESTRICTED)
            and other.account.state is not State.DELETED
            and (other.account.since is None or other.account.since <= at)
        )


def named(
    vault: Vault,
    store: Store,
    account_id: str,
    values: Mapping[str, str],
    borrowed: bool,
    load: Callable[[str], Account],
    connection: Any,
) -> Named:
    """Return the identifiers *values* and whoever else has them; *load* returns an account as it stands.

    A *borrowed* phone number is somebody else's: of it no hash is kept, and it links to nobody but an account suspended
    for good (G3-103).
    """
    forms = {kind: same_form(kind, value) for kind, value in values.items()}
    lent = {PHONE} if borrowed else set()
    found: dict[str, list[str]] = {}
    identifiers: list[Identifier] = []
    for kind, form in forms.items():
        owners = store.identifier_owners(kind, vault.hashes(kind, form), connection=connection)
        if kind not in lent:
            identifiers.append(Identifier(kind, vault.hashed(kind, form), owners))
        for owner in owners[:MOST]:
            if owner != account_id:
                found.setdefault(owner, []).append(kind)
    return Named(
        kinds=tuple(kind for kind in KINDS if kind in forms),
        identifiers=tuple(identifiers),
        texts=texts(values),
        others=tuple(_others(found, load, lent)),
    )


def _others(found: Mapping[str, Iterable[str]], load: Callable[[str], Account], lent: set[str]) -> Iterable[Shared]:
    for owner, kinds in found.items():
        account = load(owner)
        counted = tuple(kind for kind in kinds if kind not in lent or standing(account) == BANNED)
        if counted:
            yield Shared(account, counted)


def hashed(vault: Vault, values: Mapping[str, str]) -> tuple[Identifier, ...]:
    """Return *values* as the keyed hashes that are kept of them."""
    return tuple(Identifier(kind, vault.hashed(kind, same_form(kind, value))) for kind, value in values.items())


def owners(vault: Vault, store: Store, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the accounts known by all of *values*, at most `MOST`, those that took one last first."""
    each = [
        store.identifier_owners(kind, vault.hashes(kind, same_form(kind, value)))[:MOST]
        for kind, value in values.items()
    ]
    return tuple(account for account in each[0] if all(account in others for others in each[1:]))


def texts(values: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Return those of *values* that messages are sent to, as texts to be encrypted; each under its kind."""
    return tuple(Evidence("identifier", kind, text=value) for kind, value in values.items() if kind in CONTACTS)
