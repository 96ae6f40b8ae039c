"""`Lifecycle`: the only door. Opens a database, registers accounts, takes them over, and hands on what is asked.

Knows how an account comes to be and what identifies it. Does not know any rule, nor how anything is stored. What happens
to an account once it is there stands in `lifecycle.submitting`, what may be asked about it in `lifecycle.reading`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import attrs

from lifecycle import log
from lifecycle.decide import decide
from lifecycle.errors import AlreadyRegistered, BadRequest
from lifecycle.facts import Facts
from lifecycle.fold import evolve
from lifecycle.gathering import Gather, Gathering
from lifecycle.identity import CONTACTS, checked_identifiers
from lifecycle.imports import imported
from lifecycle.linking import hashed, owners, texts
from lifecycle.model import Account, Actor, Command, Decision, State, checked_id
from lifecycle.observing import Observer
from lifecycle.policy import shipped
from lifecycle.reading import aware, known_state
from lifecycle.request import Request, checked, given_facts, sealed_texts
from lifecycle.rows import Policy
from lifecycle.store import Batch, Stale, Store
from lifecycle.store.glance import Glance
from lifecycle.store.opening import open_store
from lifecycle.telemetry import Telemetry
from lifecycle.vault import Vault


def utc_now() -> dt.datetime:
    """The clock of the machine, in UTC."""
    return dt.datetime.now(dt.UTC)


KEPT = dt.timedelta(days=90)
"""How long what only serves for a while is kept, where nobody says otherwise when the rest is forgotten."""

LEAST_KEPT = dt.timedelta(days=1)
"""Nothing younger is forgotten: a request that is repeated by then finds its key."""


class Lifecycle(Observer):
    """Accounts under one policy in one database. Safe to share between threads.

    ``with Lifecycle.open("sqlite:///shop.db", secret=…) as accounts: …``
    """

    @classmethod
    def open(
        cls,
        url: str | Store,
        *,
        policy: Policy | None = None,
        secret: bytes | str | Sequence[bytes | str] | None = None,
        gather: Gather | None = None,
        clock: Callable[[], dt.datetime] = utc_now,
        synchronous: str = "FULL",
        telemetry: Telemetry | None = None,
    ) -> Lifecycle:
        """Open the accounts at *url*: ``sqlite:///path``, ``postgresql://…`` or ``memory:``; missing tables are made.

        Args:
            policy: the rules; by default the guides'.
            secret: at least 16 bytes kept outside the database, or several, newest first. Codes, links, identifiers
                and private texts need one.
            gather: the host's function that looks facts up; see `lifecycle.gathering.Gather`.
            clock: returns the time now, aware.
            synchronous: for SQLite, ``FULL`` or ``NORMAL``; the latter may lose the last decisions at a power cut.
            telemetry: spans and metrics, if somebody watches; see `lifecycle.telemetry.Telemetry`.

        Raises:
            PolicyError: the policy contradicts itself.
            StoreError: the database cannot be used; the kind says why.
            BadRequest: a secret that is too short.
        """
        store = open_store(url, synchronous=synchronous) if isinstance(url, str) else url
        vault = Vault(secret) if secret is not None else None
        made = cls(store, policy if policy is not None else shipped(), vault, gather, clock)
        made.telemetry = telemetry
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # --- how an account comes to be --------------------------------------------------------------------------------

    def register(
        self,
        account: str,
        *,
        identifiers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | Facts | None = None,
        key: str | None = None,
        at: dt.datetime | None = None,
        connection: Any = None,
        dry_run: bool = False,
    ) -> Decision:
        """Open a new account. *identifiers* are kinds and values, such as ``{"email": …, "phone": …}``.

        The kinds are those of `lifecycle.identity.KINDS`; a payment means and a device are named by a token of the
        host's. Of every value a keyed hash is kept, by which it is found again; e-mail and phone are kept encrypted
        too. Events keep the kinds only. Whoever shares an identifier is found out here and told to the policy, which
        may refuse, warn or suspend (G3-100 to G3-110). A restricted account that shares enough is told in a
        transaction after this one (G3-109, G3-116): if that fails, repeat the request under its *key*.

        Raises:
            AlreadyRegistered: the id has a log already.
            BadRequest: an unknown kind of identifier, or a value that cannot be one; otherwise as for `submit`.
            SecretMissing, Conflict, StoreError: as for `submit`.
        """
        values = checked_identifiers(identifiers)
        given = given_facts(self.policy, facts)
        if "contacts" not in given:
            given = given.supplied({"contacts": [kind for kind in CONTACTS if kind in values]})
        by = Actor.holder(checked_id(account, "an account's id"))
        if self.policy.opening is None:
            raise BadRequest(f'under the policy "{self.policy.name}" no account is opened: no row begins without one')
        request = checked(self.policy, self.policy.opening, account, by, key=key, facts=given, named=values, at=at)
        decision = self._traced(request, lambda attempt: self._register(request, connection, dry_run))
        self._tell_others(request, decision, connection)
        return decision

    def _register(self, request: Request, connection: Any, dry_run: bool) -> Decision:
        glance = Glance(self.store, request.account_id, request.key, connection)
        if glance.remembered is not None:
            return self._repeated(request, glance.remembered, connection)
        if glance.loaded is not None:
            raise AlreadyRegistered(request.account_id)
        nobody = Account(request.account_id)
        at = self._time(nobody.id, nobody, request.at)
        found = self._named(request, at, connection)
        facts = request.facts.supplied({"email_is_reserved": False, **found.facts()})
        command = Command(request.trigger, nobody.id, request.by, at, facts)
        decision = attrs.evolve(decide(self.machine, nobody, command), key=request.key, dry_run=dry_run)
        if decision.allowed and not dry_run:
            self._append(request, nobody, decision, glance, found)
            log.tell(decision)
        return decision

    def identify(
        self,
        account: str,
        identifiers: Mapping[str, str],
        *,
        by: Actor | None = None,
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        key: str | None = None,
        expected: int | None = None,
        at: dt.datetime | None = None,
        connection: Any = None,
        dry_run: bool = False,
    ) -> Decision:
        """Add what an account is known by: a payment means, a device, another phone or e-mail. As for `register`.

        Args:
            by: who adds it, by default the account's holder.
            expected: as for `submit`.

        Raises:
            BadRequest: no identifier, an unknown kind or a value that cannot be one; otherwise as for `submit`.
            OutOfDate: as for `submit`.
            SecretMissing, GatherFailed, Conflict, StoreError: as for `submit`.
        """
        values = checked_identifiers(identifiers)
        if not values:
            raise BadRequest('identifiers= names nothing: give a kind and a value, such as {"payment": …}')
        by = by or Actor.holder(checked_id(account, "an account's id"))
        trigger = self.policy.doors.identify
        if trigger is None:
            raise BadRequest(f'under the policy "{self.policy.name}" no identifier is added to an account')
        request = checked(
            self.policy, trigger, account, by, key=key, facts=facts, named=values, expected=expected, at=at
        )
        return self._asked(request, Gathering(self.policy.facts, gather or self._gather), connection, dry_run)

    def known_by(self, identifiers: Mapping[str, str]) -> tuple[Account, ...]:
        """Return the accounts known by all of these *identifiers*, as `register` takes them; those that took one last first.

        Raises:
            BadRequest: no identifier, an unknown kind or a value that cannot be one.
            SecretMissing: the service has no secret.
        """
        values = checked_identifiers(identifiers)
        if not values:
            raise BadRequest('identifiers= names nothing: give a kind and a value, such as {"email": …}')
        found = owners(self._secrets("looking for an identifier"), self.store, values)
        return tuple(self.account(each) for each in found)

    def import_account(
        self,
        account: str,
        *,
        state: State | str,
        given: Mapping[str, Any] | None = None,
        identifiers: Mapping[str, str] | None = None,
        at: dt.datetime | None = None,
        by: Actor | None = None,
        connection: Any = None,
        dry_run: bool = False,
    ) -> Account:
        """Take over an account that exists elsewhere, in the state it is in; see `lifecycle.imports` for *given*.

        *identifiers* are those it is known by elsewhere, as for `register`. With *dry_run* nothing is written, and nobody
        looks whether the account is there already.

        Raises:
            AlreadyRegistered: the id has a log already.
            BadRequest: an unknown state, name or kind of identifier, or something the state needs is not given.
            SecretMissing: identifiers are given, and the service has no secret.
        """
        nobody = Account(checked_id(account, "an account's id"))
        by = by or Actor.system("import")
        values = checked_identifiers(identifiers)
        request = checked(self.policy, "import", account, by, at=at)
        at = self._time(account, nobody, request.at)
        event = imported(self.policy, account, known_state(state), given or {}, at, by)
        known = texts(values)
        account_key = self._account_key(nobody, known, connection)
        batch = Batch(
            account_id=account,
            expected=0,
            account=evolve(nobody, event),
            events=(event,),
            sealed=sealed_texts(self._vault, account_key, account, known),
            account_key=account_key,
            identifiers=hashed(self._secrets("keeping an identifier"), values) if values else (),
        )
        if dry_run:
            return batch.account
        try:
            self.store.append(batch, recorded_at=self.clock(), connection=connection)
        except Stale:
            raise AlreadyRegistered(account) from None
        return batch.account

    # --- what is forgotten -----------------------------------------------------------------------------------------

    def prune(
        self, *, older_than: dt.timedelta = KEPT, before: dt.datetime | None = None, dry_run: bool = False
    ) -> Mapping[str, int]:
        """Forget what only served for a while, and return how many of each: see `lifecycle.store.Store.prune`.

        No event, account, timer or text goes, nor a notice that waits or is dead. Safe while the service works: many
        small transactions.

        Args:
            older_than: how old it is at least, a day or more.
            before: that moment itself instead, aware.
            dry_run: count, and forget nothing.

        Raises:
            BadRequest: it is not a day ago yet: a request that is repeated would find its idempotency key gone.
            NaiveTime: *before* has no offset.
            StoreError: the database failed; what went by then is gone.
        """
        now = self.clock()
        try:
            moment = aware(before) or now - older_than
        except (OverflowError, TypeError):
            raise BadRequest("older_than= must be a timedelta, of at most a few hundred years") from None
        if moment > now - LEAST_KEPT:
            raise BadRequest(
                "what is less than a day old is not forgotten: a request that is repeated would find its idempotency key "
                "gone, and be done twice"
            )
        return self.store.outdated(before=moment) if dry_run else self.store.prune(before=moment)
