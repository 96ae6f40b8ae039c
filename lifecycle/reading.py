"""The questions a host may ask without anything being written: how an account stands, what it may do, and why not.

Knows how an account is loaded, how its due timers are applied in memory, and how facts are gathered for an answer.
Does not write. `lifecycle.service.Lifecycle` adds what does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from lifecycle.decide import Explanation, Option, explain, facts_needed, options
from lifecycle.errors import (
    BadRequest,
    MissingFacts,
    NaiveTime,
    SecretMissing,
    TimeBeforeLastEvent,
    UnknownAccount,
    closest,
)
from lifecycle.facts import FactMissing, Facts
from lifecycle.fold import replay
from lifecycle.gathering import Gather, Gathering
from lifecycle.loyalty import LevelCard, facts_of_benefits, level_card
from lifecycle.machine import shared
from lifecycle.model import RECORDS, Account, Actor, Allowance, Challenge, Command, Event, Evidence, State, checked_id
from lifecycle.request import Request, checked, given_facts
from lifecycle.rows import Policy
from lifecycle.rows.allowing import facts_asked, reasons
from lifecycle.settle import Settled, settle
from lifecycle.store import Appealed, Denial, Loaded, OutboxRow, Progress, Refolded, Standing, Store, Verified
from lifecycle.vault import Vault


class Reader:
    """Accounts under one policy in one database, to be asked about."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        vault: Vault | None,
        gather: Gather | None,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self.store = store
        self.policy = policy
        self.machine = shared(policy)
        self.clock = clock
        self._sure = policy.sure
        self._vault = vault
        self._gather = gather

    def account(self, account: str, *, at: dt.datetime | None = None, connection: Any = None) -> Account:
        """Return the account as it stands at *at*, by default now.

        Due timers that need no facts are applied in memory, unwritten, so the answer never depends on a worker.

        Raises:
            UnknownAccount: nobody of this id was ever registered.
            NaiveTime, TimeBeforeLastEvent: *at* has no offset, or lies before the account's last event.
        """
        stored = self._load(account, connection)
        return settle(self.machine, stored, self._time(account, stored, aware(at))).account

    def accounts(self, *, state: State | str | None = None) -> Iterator[Account]:
        """Return all stored accounts by id, those in *state* only if one is given. Due timers are not applied.

        Raises:
            BadRequest: no state is called so.
        """
        return self.store.accounts(state=None if state is None else known_state(state))

    def appeals(self, *, open: bool | None = None) -> Iterator[Appealed]:
        """Return the appeals, oldest first: all of them, the open ones, or the others."""
        return self.store.appeals(open=open)

    def events(self, account: str) -> Iterator[Event]:
        """Return the log of an account, from its first event on.

        Raises:
            UnknownAccount: nobody of this id was ever registered.
        """
        self._load(account, None)
        return self.store.events(account)

    def denials(self, account: str) -> Iterator[Denial]:
        """Return the refused attempts on an account that were recorded.

        Raises:
            UnknownAccount: nobody of this id was ever registered.
        """
        self._load(account, None)
        return self.store.denials(account)

    def outbox(self, account: str | None = None) -> Iterator[OutboxRow]:
        """Return the notices to send, of one account or of all, in the order in which they were written."""
        return self.store.outbox(account)

    def allows(
        self,
        account: str,
        capability: str,
        *,
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        at: dt.datetime | None = None,
    ) -> Allowance:
        """Return whether the account may now do what *capability* names, such as ``"buy"``; see the policy's table.

        The answer is true where it may. Otherwise it says why not, what to do about it, and when it could first be. It
        also says for how long it holds, so that it may be kept: until the account has another version, or until a time. A
        few capabilities hold under further conditions, for which *facts* are given or gathered.

        Raises:
            UnknownAccount: nobody of this id was ever registered.
            BadRequest: the policy knows no such capability; `MissingFacts`: a condition needs a fact nobody gave.
            GatherFailed: the host's function failed.
        """
        sure = self._sure.get(capability)
        if sure is None:
            hint = closest(capability, self._sure) or f" Known: {', '.join(sorted(self._sure))}."
            raise BadRequest(f'no capability is called "{capability}".{hint}')
        stands = self.store.standing(checked_id(account, "an account's id"))
        if stands is None:
            raise UnknownAccount(account)
        now, due, told = self._time(account, stands, aware(at)), stands.due, sure.get(stands.state)
        if told is not None and (due is None or now < due):
            why = () if told else (lambda: reasons(self.policy, capability, stands.read(), now),)
            return Allowance(capability, told, stands.version, due, *why)
        standing = settle(self.machine, stands.read(), now).account
        command = Command(capability, account, Actor.holder(account), now, given_facts(self.policy, facts))
        gathering = Gathering(self.policy.facts, gather or self._gather)
        known = gathering.ask(account, facts_asked(self.policy, capability, standing, command))
        try:
            answer = self.policy.allows(capability, standing, attrs.evolve(command, facts=command.facts.plus(known)))
        except FactMissing as missing:
            raise MissingFacts(capability, frozenset({str(missing.args[0])})) from None
        return attrs.evolve(answer, version=stands.version)

    def level(
        self,
        account: str,
        *,
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        at: dt.datetime | None = None,
    ) -> LevelCard:
        """Return how the account stands in the loyalty programme: level, points, and what stands open to it.

        A benefit whose facts nobody knows neither stands open nor does not.

        Raises:
            BadRequest, UnknownAccount, GatherFailed: as for `Lifecycle.submit`; also if the policy has no levels.
        """
        request = checked(self.policy, "", account, Actor.holder(account), facts=facts, at=at)
        standing = self.account(account, at=request.at)
        command = Command("", account, request.by, self._time(account, standing, request.at), request.facts)
        known = Gathering(self.policy.facts, gather or self._gather).ask(
            account, facts_of_benefits(self.policy, command)
        )
        return level_card(self.policy, standing, attrs.evolve(command, facts=request.facts.plus(known)))

    def options(
        self,
        account: str,
        *,
        by: Actor,
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        at: dt.datetime | None = None,
    ) -> tuple[Option, ...]:
        """Return everything *by* could do from here, each with its guards; facts are gathered once, for all.

        An option whose facts are not known is neither allowed nor refused, and says what it needs.

        Raises:
            BadRequest, UnknownAccount, GatherFailed: as for `Lifecycle.submit`.
        """
        request = checked(self.policy, "", account, by, facts=facts, at=at)
        standing = self.account(account, at=request.at)
        command = Command("", account, by, self._time(account, standing, request.at), request.facts)
        needed = frozenset[str]().union(
            *(
                facts_needed(self.machine, standing, attrs.evolve(command, trigger=trigger))
                for trigger in self.policy.triggers
            )
        )
        known = Gathering(self.policy.facts, gather or self._gather).ask(account, needed)
        return options(self.machine, standing, attrs.evolve(command, facts=request.facts.plus(known)))

    def explain(
        self,
        trigger: str,
        *,
        account: str,
        by: Actor,
        evidence: Iterable[Evidence] = (),
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        code: str | None = None,
        at: dt.datetime | None = None,
    ) -> Explanation:
        """Return every guard that *trigger* would meet now: met, unmet, or not known for want of a fact.

        Raises:
            BadRequest, UnknownAccount, GatherFailed: as for `Lifecycle.submit`.
        """
        request = checked(self.policy, trigger, account, by, evidence=evidence, facts=facts, code=code, at=at)
        standing = self.account(account, at=request.at)
        gathering = Gathering(self.policy.facts, gather or self._gather)
        command = self._command(request, standing, self._time(account, standing, request.at), gathering)
        return explain(self.machine, standing, command)

    def code_for(self, account: str, challenge: str, *, at: dt.datetime | None = None) -> str:
        """Return the code or link that was last sent for *challenge*, for whoever delivers it. Never log it.

        Raises:
            BadRequest: there is no such challenge, or nothing was sent.
            SecretMissing: the service has no secret.
        """
        names = [name for name, kind in RECORDS.items() if kind is Challenge]
        if challenge not in names:
            raise BadRequest(f'no challenge is called "{challenge}".{closest(challenge, names)}')
        sent: Challenge | None = getattr(self.account(account, at=at), challenge)
        if sent is None:
            raise BadRequest(f'no {challenge.replace("_", " ")} of account "{account}" is waiting to be used')
        return self._secrets("deriving a code").code(account, challenge, sent.number, sent.form, sent.digits)

    def text(self, account: str, ref: str) -> str:
        """Return a private text, such as a statement of reasons, by the reference an event gives.

        Raises:
            BadRequest: there is no such text, or it was erased with the account's key.
            SecretMissing, StoreError: it cannot be read without the right secret.
        """
        self._load(account, None)
        sealed, key = self.store.sealed(account, ref), self.store.account_key(account)
        if sealed is None or key is None:
            raise BadRequest(f'account "{account}" has no text "{checked_id(ref, "a reference")}", or it was erased')
        vault = self._secrets("reading a private text")
        return vault.open(key, account, sealed.ref, sealed.purpose, sealed.ciphertext)

    # --- keeping the log sound -------------------------------------------------------------------------------------

    def verify(self, account: str | None = None, *, progress: Progress | None = None) -> Verified:
        """Walk the log and return what does not fit; see `lifecycle.store.Store.verify` for what cannot be found."""
        if account is not None:
            self._load(account, None)
        return self.store.verify(account, progress=progress)

    def refold(self, *, progress: Progress | None = None) -> Refolded:
        """Rewrite every account row from its log.

        Raises:
            LogDamaged: a log does not hold.
        """
        return self.store.refold(_fold, progress=progress)

    # --- shared with what writes -----------------------------------------------------------------------------------

    def _load(self, account: str, connection: Any) -> Account:
        return self._there(account, self.store.load(checked_id(account, "an account's id"), connection=connection))

    def _there(self, account: str, loaded: Loaded | None) -> Account:
        if loaded is None:
            raise UnknownAccount(account)
        return loaded.account

    def _time(self, account_id: str, last: Account | Standing, given: dt.datetime | None) -> dt.datetime:
        """The time of a command: the given one, else the clock, held back by the account's last event (D-17)."""
        if given is None:
            now = self.clock().astimezone(dt.UTC)
            return max(now, last.at) if last.at else now
        if last.at is not None and given < last.at:
            raise TimeBeforeLastEvent(account_id, given.isoformat(), last.at.isoformat())
        return given

    def _settled(self, account: Account, at: dt.datetime, gathering: Gathering) -> Settled:
        """Apply due timers, asking the host for what they need; what it does not know stays undecided."""
        if not any(timer.due <= at for timer in account.timers):
            return Settled(account)
        settled = settle(self.machine, account, at)
        known: dict[str, Any] = {}
        while new := gathering.ask(account.id, settled.needs.difference(known)):
            known |= new
            settled = settle(self.machine, account, at, known)
        return settled

    def _command(self, request: Request, account: Account, at: dt.datetime, gathering: Gathering) -> Command:
        facts = request.facts
        rows = self.machine.rows_for(request.trigger, account.state, request.by.role)
        challenge = next((row.challenge for row in rows if row.challenge), None)
        if challenge is not None and request.code is not None:
            facts = facts.plus({"code_right": self._is_right(account, challenge, request.code)})
        command = Command(request.trigger, account.id, request.by, at, facts, request.evidence_for(account.version + 1))
        if not gathering.possible:
            return command
        gathered = gathering.ask(account.id, facts_needed(self.machine, account, command))
        return attrs.evolve(command, facts=facts.plus(gathered)) if gathered else command

    def _is_right(self, account: Account, challenge: str, typed: str) -> bool:
        sent: Challenge | None = getattr(account, challenge)
        if sent is None:
            return False
        return self._secrets("checking a code").matches(
            typed, account.id, challenge, sent.number, sent.form, sent.digits
        )

    def _secrets(self, purpose: str) -> Vault:
        if self._vault is None:
            raise SecretMissing(purpose)
        return self._vault


def known_state(state: State | str) -> State:
    """Return the state of this name.

    Raises:
        BadRequest: there is none.
    """
    names = {s.value: s for s in State}
    wanted = state.value if isinstance(state, State) else state
    if wanted not in names:
        raise BadRequest(f'no state is called "{wanted}".{closest(str(wanted), names)}')
    return names[wanted]


def aware(at: dt.datetime | None) -> dt.datetime | None:
    """Return *at* in UTC.

    Raises:
        NaiveTime: it has no offset.
    """
    if at is not None and at.tzinfo is None:
        raise NaiveTime("at=")
    return at.astimezone(dt.UTC) if at else None


def _fold(events: Iterable[Event]) -> Account:
    log = list(events)
    return replay(log[0].account_id, log)
