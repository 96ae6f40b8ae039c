"""Asking for something and recording what comes of it: settle, gather, decide, append, and begin anew after a conflict.

Knows the order of these steps and what is written together. Does not know any rule, nor how anything is stored.
Gathering happens outside any transaction; the write is one transaction and fails as a whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs

from lifecycle import log
from lifecycle.advising import Adviser
from lifecycle.answers import answer_of, decision_of
from lifecycle.decide import decide
from lifecycle.errors import BadEvidence, BadRequest, Conflict, MissingFacts, OutOfDate
from lifecycle.facts import Facts
from lifecycle.gathering import Gather, Gathering, NotAskedYet
from lifecycle.linking import Named, named
from lifecycle.model import Account, Actor, Decision, Event, Evidence, checked_id
from lifecycle.reading import aware
from lifecycle.request import Request, checked, sealed_texts
from lifecycle.settle import Settled, settle
from lifecycle.store import Batch, Denial, Remembered, Stale, Turn
from lifecycle.store.glance import Glance
from lifecycle.telemetry import Telemetry

RETRIES = 10
"""How often a decision is taken anew because somebody else moved the account meanwhile."""

_REGISTER = "an account is opened with Lifecycle.register(account, …), which takes its identifiers"
_IDENTIFY = "an identifier is added with Lifecycle.identify(account, …), which takes it"

_NOTHING_NAMED = Named()

_T = TypeVar("_T")


class Submitter(Adviser):
    """What writes about one account. Opening, registering and taking over are `lifecycle.service.Lifecycle`'s."""

    telemetry: Telemetry | None = None
    """Spans and metrics, where the service was opened with them."""

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
        expected: int | None = None,
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
            expected: the version of the account that the caller saw and decided on; by default whichever it is at.
            at: the time it happened, aware; by default the clock, never before the account's last event.
            connection: the host's own open connection; the decision then commits or rolls back with the host's rows.
            dry_run: decide and explain, write nothing.

        Raises:
            BadRequest: the request makes no sense; see the tree in `lifecycle.errors`.
            OutOfDate: the account is not at the version *expected*; nothing was decided.
            GatherFailed: the host's function failed; nothing was decided.
            Conflict: the account was moved by others again and again; nothing was written.
            StoreError: the database failed; nothing was written.
        """
        request = checked(
            self.policy,
            trigger,
            account,
            by,
            key=key,
            evidence=evidence,
            facts=facts,
            code=code,
            expected=expected,
            at=at,
        )
        self.machine.rows(trigger)
        if trigger in (self.policy.opening, self.policy.doors.identify):
            raise BadRequest(_REGISTER if trigger == self.policy.opening else _IDENTIFY)
        return self._asked(request, Gathering(self.policy.facts, gather or self._gather), connection, dry_run)

    def _asked(self, request: Request, gathering: Gathering, connection: Any, dry_run: bool) -> Decision:
        return self._traced(request, lambda attempt: self._submit(request, gathering, connection, dry_run, attempt))

    def _submit(
        self, request: Request, gathering: Gathering, connection: Any, dry_run: bool, attempt: int = 0
    ) -> Decision:
        # Whoever is asked takes as long as they like: the account is not held meanwhile. After a conflict it is, and
        # what was gathered serves again (D-18).
        held = not dry_run and not request.named and (attempt % 2 == 1 or not gathering.possible)
        if not held:
            glance = Glance(self.store, request.account_id, request.key, connection)
            decision = self._decided(request, gathering, glance, dry_run)
        else:
            with self.store.turn(request.account_id, key=request.key, connection=connection) as turn:
                decision = self._decided(request, gathering.closed(), turn, dry_run)
        _tell(decision)
        return decision

    def _decided(self, request: Request, gathering: Gathering, turn: Turn, dry_run: bool) -> Decision:
        if turn.remembered is not None:
            return self._repeated(request, turn.remembered, turn.connection)
        account = self._there(request.account_id, turn.loaded)
        at = self._time(request.account_id, account, request.at)
        settled = self._settled(account, at, gathering)
        if request.expected is not None and settled.account.version != request.expected:
            raise OutOfDate(account.id, request.expected, settled.account.version)
        found = self._named(request, at, turn.connection)
        told = attrs.evolve(request, facts=request.facts.supplied(found.facts())) if found.kinds else request
        command = self._command(told, settled.account, at, gathering)
        try:
            made = decide(self.machine, settled.account, command)
        except MissingFacts as missing:
            hint = "Pass what the person typed as code=." if missing.names == ("code_right",) else ""
            raise MissingFacts(missing.trigger, missing.names, hint) from None
        decision = Decision(
            command, made.account, made.events, made.refusals, settled.events, request.key, dry_run=dry_run
        )
        if not dry_run and not _of_a_stranger(decision):
            self._append(request, account, decision, turn, found)
        return decision

    def _append(self, request: Request, before: Account, decision: Decision, turn: Turn, found: Named) -> None:
        taken = (*decision.command.evidence, *found.texts) if decision.allowed else ()
        account_key = self._account_key(before, taken, turn.connection) if taken else None
        batch = Batch(
            account_id=before.id,
            expected=before.version,
            account=decision.account,
            events=decision.settled + decision.events,
            key=request.key,
            fingerprint=request.fingerprint(self._vault) if request.key else None,
            answer=answer_of(decision) if request.key else None,
            denial=_denial(decision),
            sealed=sealed_texts(self._vault, account_key, before.id, taken) if taken else (),
            account_key=account_key,
            identifiers=found.identifiers if decision.allowed else (),
            before=before,
        )
        turn.append(batch, recorded_at=self.clock())
        if self.telemetry is not None:
            self.telemetry.stored(before, decision)

    def _account_key(self, account: Account, evidence: Iterable[Evidence], connection: Any) -> bytes | None:
        if all(e.text is None for e in evidence):
            return None
        if account.erased:
            raise BadEvidence("the data of this account are erased for good; no text can be kept with it")
        vault = self._secrets("keeping a private text")
        return self.store.account_key(account.id, connection=connection) or vault.new_key()

    def settle(
        self, account: str, *, at: dt.datetime | None = None, gather: Gather | None = None, connection: Any = None
    ) -> tuple[Event, ...]:
        """Apply and record the timers of *account* that are due, and return their events.

        `submit` does this by itself; call it to have due timers written without waiting for the next submission.

        Raises:
            UnknownAccount, TimeBeforeLastEvent, GatherFailed, Conflict, StoreError: as for `submit`.
        """
        gathering = Gathering(self.policy.facts, gather or self._gather)

        def once(attempt: int) -> tuple[Event, ...]:
            if gathering.possible and attempt % 2 == 0:
                settled = self._settle(account, at, gathering, Glance(self.store, account, connection=connection))
            else:
                with self.store.turn(account, connection=connection) as turn:
                    settled = self._settle(account, at, gathering.closed(), turn)
            if settled.events:
                log.told_of_timers(settled.account, settled.events)
            return settled.events

        return self._retried(checked_id(account, "an account's id"), once)

    def _settle(self, account: str, at: dt.datetime | None, gathering: Gathering, turn: Turn) -> Settled:
        before = self._there(account, turn.loaded)
        settled = self._settled(before, self._time(account, before, aware(at)), gathering)
        if settled.events:
            batch = Batch(
                account_id=account,
                expected=before.version,
                account=settled.account,
                events=settled.events,
                before=before,
            )
            turn.append(batch, recorded_at=self.clock())
            if self.telemetry is not None:
                self.telemetry.settled(before, settled.events)
        return settled

    # --- steps ------------------------------------------------------------------------------------------------------

    def _retried(self, account: str, once: Callable[[int], _T]) -> _T:
        for attempt in range(RETRIES):
            try:
                return once(attempt)
            except (Stale, NotAskedYet):
                log.logger().info(log.CONFLICT, account=account)
        raise Conflict(account, RETRIES)

    def _traced(self, request: Request, once: Callable[[int], Decision]) -> Decision:
        if self.telemetry is None:
            return self._retried(request.account_id, once)
        return self.telemetry.traced(
            request.trigger, request.by.role.value, lambda: self._retried(request.account_id, once)
        )

    def _repeated(self, request: Request, earlier: Remembered, connection: Any) -> Decision:
        request.check_same(earlier, self._vault)
        answer = earlier.answer
        versions = [*answer["settled"], *answer["events"]]
        after = min(versions) - 1 if versions else 0
        events = self.store.events(request.account_id, after=after, connection=connection) if versions else ()
        return decision_of(request, answer, self._load(request.account_id, connection), events)

    # --- what accounts share ---------------------------------------------------------------------------------------

    def _named(self, request: Request, at: dt.datetime, connection: Any) -> Named:
        """Return the identifiers of *request*, and the accounts that have the same as they stand at that moment."""
        if not request.named:
            return _NOTHING_NAMED

        def load(account_id: str) -> Account:
            stored = self._load(account_id, connection)
            return settle(self.machine, stored, max(at, stored.at or at)).account

        vault = self._secrets("keeping an identifier")
        says = self.policy.doors.borrowed
        borrowed = says is not None and bool(getattr(request.facts, says))
        return named(vault, self.store, request.account_id, request.named, borrowed, load, connection)

    def _tell_others(self, request: Request, decision: Decision, connection: Any) -> None:
        """Tell the restricted accounts that share what a new account was registered with (G3-109, G3-116).

        Each is told in a transaction of its own after the registration, under a key made of the new account's id:
        whoever repeats the registration under its own key has the rest done as well, and nothing twice.
        """
        doors = self.policy.doors
        if not decision.allowed or decision.dry_run or doors.further is None:
            return
        at = decision.command.at
        given = {name: getattr(request.facts, name) for name in doors.passed_on}
        key = f"further:{decision.account.id}"
        for other in self._named(request, at, connection).to_be_told(at):
            account = other.account
            if self.store.remembered(account.id, key, connection=connection) is not None:
                continue
            strike = {"strike": doors.strike(account)} if doors.strike is not None else {}
            facts = {**given, "shared_links": other.kinds, **strike}
            told = Request(
                trigger=doors.further,
                account_id=account.id,
                by=Actor.system("linkage"),
                key=key,
                facts=self.policy.facts(facts),
                evidence=(),
                code=None,
                at=max(at, account.at or at),
            )
            self._tell(told, connection)

    def _tell(self, told: Request, connection: Any) -> None:
        """Submit *told* if the policy does anything with it: that nothing follows is no refusal to be recorded."""
        nothing = Gathering(self.policy.facts, None)
        if self._submit(told, nothing, connection, dry_run=True).allowed:
            self._retried(told.account_id, lambda attempt: self._submit(told, nothing, connection, False, attempt))


def _of_a_stranger(decision: Decision) -> bool:
    """Whether somebody asked for an account that is not theirs; nothing of it is written (D-15)."""
    return bool(decision.refusals) and any(refusal.code == "not_the_holder" for refusal in decision.refusals)


def _tell(decision: Decision) -> None:
    """Write the line of a decision, once it is written."""
    if not (decision.dry_run or decision.repeated or _of_a_stranger(decision)):
        log.tell(decision)


def _denial(decision: Decision) -> Denial | None:
    if decision.allowed:
        return None
    command = decision.command
    codes = tuple(refusal.code for refusal in decision.refusals)
    return Denial(command.account_id, command.trigger, command.by, command.at, codes)
