"""`Lifecycle`: the only door. Loads an account, settles its due timers, gathers facts, decides, appends.

Knows the order of these steps and what is written together. Does not know any rule, nor how anything is stored.
Gathering happens outside any transaction; the write is one transaction and fails as a whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

import attrs

from lifecycle import log
from lifecycle.answers import answer_of, decision_of
from lifecycle.decide import decide
from lifecycle.errors import AlreadyRegistered, BadEvidence, BadRequest, Conflict, MissingFacts
from lifecycle.facts import Facts
from lifecycle.fold import evolve
from lifecycle.gathering import Gather, Gathering
from lifecycle.imports import imported
from lifecycle.model import Account, Actor, Command, Decision, Event, Evidence, State, checked_id
from lifecycle.policy import policy as guides_policy
from lifecycle.reading import Reader, aware, known_state
from lifecycle.request import Request, checked, given_facts, sealed_texts
from lifecycle.rows import Policy
from lifecycle.store import Batch, Denial, Identifier, Stale, Store
from lifecycle.store.opening import open_store
from lifecycle.vault import Vault

RETRIES = 10
"""How often a decision is taken anew because somebody else moved the account meanwhile."""

LONGEST_IDENTIFIER = 320
"""How many characters an identifier may have: the longest e-mail address."""

REGISTER = "register"

_T = TypeVar("_T")


def utc_now() -> dt.datetime:
    """The clock of the machine, in UTC."""
    return dt.datetime.now(dt.UTC)


class Lifecycle(Reader):
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
    ) -> Lifecycle:
        """Open the accounts at *url*, ``sqlite:///path`` or ``memory:``; the tables are made if they are missing.

        Args:
            policy: the rules; by default the guides'.
            secret: at least 16 bytes kept outside the database, or several, newest first. Codes, links, identifiers
                and private texts need one.
            gather: the host's function that looks facts up; see `lifecycle.gathering.Gather`.
            clock: returns the time now, aware.
            synchronous: for SQLite, ``FULL`` or ``NORMAL``; the latter may lose the last decisions at a power cut.

        Raises:
            PolicyError: the policy contradicts itself.
            StoreError: the database cannot be used; the kind says why.
            BadRequest: a secret that is too short.
        """
        store = open_store(url, synchronous=synchronous) if isinstance(url, str) else url
        vault = Vault(secret) if secret is not None else None
        return cls(store, policy if policy is not None else guides_policy(), vault, gather, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # --- deciding and recording ------------------------------------------------------------------------------------

    def submit(
        self,
        trigger: str,
        *,
        account: str,
        by: Actor,
        key: str | None = None,
        evidence: Iterable[Evidence] = (),
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        code: str | None = None,
        at: dt.datetime | None = None,
        connection: Any = None,
        dry_run: bool = False,
    ) -> Decision:
        """Decide *trigger*, and record what comes of it. A denial is an answer, not an error.

        Args:
            account: the account's id.
            by: who asks. Whether they are who they say is the host's to know.
            key: an idempotency key. The same request under it gets the same answer again, and nothing happens twice.
            evidence: documents by reference and written texts; texts are kept encrypted.
            facts: what the caller knows, such as the ground. The rest is gathered.
            gather: used instead of the one given to `open`.
            code: what the person typed, where a code or link is asked for.
            at: the time it happened, aware; by default the clock, never before the account's last event.
            connection: the host's own open connection; the decision then commits or rolls back with the host's rows.
            dry_run: decide and explain, write nothing.

        Raises:
            BadRequest: the request makes no sense; see the tree in `lifecycle.errors`.
            GatherFailed: the host's function failed; nothing was decided.
            Conflict: the account was moved by others again and again; nothing was written.
            StoreError: the database failed; nothing was written.
        """
        request = checked(self.policy, trigger, account, by, key=key, evidence=evidence, facts=facts, code=code, at=at)
        self.machine.rows(trigger)
        if trigger == REGISTER:
            raise BadRequest("an account is opened with Lifecycle.register(account, …), which takes its identifiers")
        gathering = Gathering(self.policy.facts, gather or self._gather)
        return self._retried(account, lambda: self._submit(request, gathering, connection, dry_run))

    def _submit(self, request: Request, gathering: Gathering, connection: Any, dry_run: bool) -> Decision:
        if repeated := self._remembered(request, connection):
            return repeated
        account = self._load(request.account_id, connection)
        at = self._time(request.account_id, account, request.at)
        settled = self._settled(account, at, gathering)
        command = self._command(request, settled.account, at, gathering)
        try:
            made = decide(self.machine, settled.account, command)
        except MissingFacts as missing:
            hint = "Pass what the person typed as code=." if missing.names == ("code_right",) else ""
            raise MissingFacts(missing.trigger, missing.names, hint) from None
        decision = Decision(
            command, made.account, made.events, made.refusals, settled.events, request.key, dry_run=dry_run
        )
        stranger = any(refusal.code == "not_the_holder" for refusal in decision.refusals)
        if not dry_run and not stranger:
            self._append(request, account, decision, connection)
        return decision

    def _append(
        self,
        request: Request,
        before: Account,
        decision: Decision,
        connection: Any,
        identifiers: tuple[Identifier, ...] = (),
        named: tuple[Evidence, ...] = (),
    ) -> None:
        taken = (*(decision.command.evidence if decision.allowed else ()), *named)
        account_key = self._account_key(before, taken, connection)
        batch = Batch(
            account_id=before.id,
            expected=before.version,
            account=decision.account,
            events=decision.settled + decision.events,
            key=request.key,
            fingerprint=request.fingerprint(self._vault) if request.key else None,
            answer=answer_of(decision) if request.key else None,
            denial=_denial(decision),
            sealed=sealed_texts(self._vault, account_key, before.id, taken),
            account_key=account_key,
            identifiers=identifiers,
            before=before,
        )
        self.store.append(batch, recorded_at=self.clock(), connection=connection)
        log.tell(decision)

    def _account_key(self, account: Account, evidence: Iterable[Evidence], connection: Any) -> bytes | None:
        if all(e.text is None for e in evidence):
            return None
        if account.erased:
            raise BadEvidence("the data of this account are erased for good; no text can be kept with it")
        vault = self._secrets("keeping a private text")
        return self.store.account_key(account.id, connection=connection) or vault.new_key()

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

        Values are kept encrypted, beside keyed hashes by which they are found again; events keep the kinds only.

        Raises:
            AlreadyRegistered: the id has a log already.
            BadRequest, SecretMissing, Conflict, StoreError: as for `submit`.
        """
        named = dict(identifiers or {})
        given = given_facts(self.policy, facts)
        if "contacts" not in given:
            given = given.plus({"contacts": [kind for kind in ("email", "phone") if kind in named]})
        by = Actor.holder(checked_id(account, "an account's id"))
        request = checked(self.policy, REGISTER, account, by, key=key, facts=given, at=at)
        return self._retried(account, lambda: self._register(request, named, connection, dry_run))

    def _register(self, request: Request, named: Mapping[str, str], connection: Any, dry_run: bool) -> Decision:
        if repeated := self._remembered(request, connection):
            return repeated
        if self.store.load(request.account_id, connection=connection) is not None:
            raise AlreadyRegistered(request.account_id)
        values = {kind: _normal(kind, value) for kind, value in named.items()}
        taken = "email" in values and self._is_taken("email", values["email"], connection)
        nobody = Account(request.account_id)
        facts = request.facts.plus({"email_is_reserved": taken})
        command = Command(REGISTER, nobody.id, request.by, self._time(nobody.id, nobody, request.at), facts)
        decision = attrs.evolve(decide(self.machine, nobody, command), key=request.key, dry_run=dry_run)
        if decision.allowed and not dry_run:
            texts = tuple(Evidence("identifier", kind, text=value) for kind, value in values.items())
            hashes = tuple(Identifier(kind, self._hashed(kind, value)) for kind, value in values.items())
            self._append(request, nobody, decision, connection, hashes, texts)
        return decision

    def import_account(
        self,
        account: str,
        *,
        state: State | str,
        given: Mapping[str, Any] | None = None,
        at: dt.datetime | None = None,
        by: Actor | None = None,
        connection: Any = None,
    ) -> Account:
        """Take over an account that exists elsewhere, in the state it is in; see `lifecycle.imports` for *given*.

        Raises:
            AlreadyRegistered: the id has a log already.
            BadRequest: an unknown state or name, or something the state needs is not given.
        """
        nobody = Account(checked_id(account, "an account's id"))
        by = by or Actor.system("import")
        request = checked(self.policy, "import", account, by, at=at)
        at = self._time(account, nobody, request.at)
        event = imported(self.policy, account, known_state(state), given or {}, at, by)
        batch = Batch(account_id=account, expected=0, account=evolve(nobody, event), events=(event,))
        try:
            self.store.append(batch, recorded_at=self.clock(), connection=connection)
        except Stale:
            raise AlreadyRegistered(account) from None
        return batch.account

    def settle(
        self, account: str, *, at: dt.datetime | None = None, gather: Gather | None = None, connection: Any = None
    ) -> tuple[Event, ...]:
        """Apply and record the timers of *account* that are due, and return their events.

        `submit` does this by itself; call it to have due timers written without waiting for the next submission.

        Raises:
            UnknownAccount, TimeBeforeLastEvent, GatherFailed, Conflict, StoreError: as for `submit`.
        """
        gathering = Gathering(self.policy.facts, gather or self._gather)

        def once() -> tuple[Event, ...]:
            before = self._load(account, connection)
            settled = self._settled(before, self._time(account, before, aware(at)), gathering)
            if settled.events:
                batch = Batch(
                    account_id=account, expected=before.version, account=settled.account, events=settled.events
                )
                self.store.append(batch, recorded_at=self.clock(), connection=connection)
                log.told_of_timers(settled.account, settled.events)
            return settled.events

        return self._retried(account, once)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _retried(self, account: str, once: Callable[[], _T]) -> _T:
        for _ in range(RETRIES):
            try:
                return once()
            except Stale:
                log.logger().info(log.CONFLICT, account=account)
        raise Conflict(account, RETRIES)

    def _remembered(self, request: Request, connection: Any) -> Decision | None:
        if request.key is None:
            return None
        earlier = self.store.remembered(request.account_id, request.key, connection=connection)
        if earlier is None:
            return None
        request.check_same(earlier, self._vault)
        answer = earlier.answer
        versions = [*answer["settled"], *answer["events"]]
        after = min(versions) - 1 if versions else 0
        events = self.store.events(request.account_id, after=after, connection=connection) if versions else ()
        return decision_of(request, answer, self._load(request.account_id, connection), events)

    def _is_taken(self, kind: str, value: str, connection: Any) -> bool:
        """Whether a living account holds the identifier, or one that was closed while suspended keeps it reserved."""
        hashes = self._secrets("keeping an identifier").hashes(kind, value)
        owner = self.store.identifier_owner(kind, hashes, connection=connection)
        if owner is None:
            return False
        account_id, reserved = owner
        return reserved or self._load(account_id, connection).state is not State.DELETED

    def _hashed(self, kind: str, value: str) -> str:
        return self._secrets("keeping an identifier").hashed(kind, value)


def _denial(decision: Decision) -> Denial | None:
    if decision.allowed:
        return None
    command = decision.command
    codes = tuple(refusal.code for refusal in decision.refusals)
    return Denial(command.account_id, command.trigger, command.by, command.at, codes)


def _normal(kind: str, value: str) -> str:
    """Return an identifier as it is compared: trimmed, and an e-mail in lower case.

    Raises:
        BadRequest: it is no text, or empty; the value is not repeated.
    """
    checked_id(kind, "the kind of an identifier")
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_IDENTIFIER:
        raise BadRequest(f'the identifier "{kind}" must be text of 1 to {LONGEST_IDENTIFIER} characters')
    return value.strip().casefold() if kind == "email" else value.strip()
