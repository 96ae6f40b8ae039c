"""Observing: counts what is seen of an account and, once a limit is reached, submits what follows.

For hosts without counters of their own; a host that counts by itself submits the same trigger with the same facts and
gets the same answer. Knows how a sighting is kept and who is asked then. Does not know any limit: signals, grounds and
parameters are the policy's, how each is counted stands in `lifecycle.counting`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import frozen

from lifecycle.answers import answer_of, decision_of
from lifecycle.calendar import Period
from lifecycle.counting import OBSERVED, Tally, counts_until, fed_by, ground_of, latest, rule_of, tally, trigger_of
from lifecycle.errors import BadRequest, closest
from lifecycle.facts import Facts
from lifecycle.gathering import Gather
from lifecycle.model import Account, Actor, Decision, Evidence, Role, State
from lifecycle.reading import aware
from lifecycle.request import Request, checked
from lifecycle.rows import Signal
from lifecycle.store import Batch, Stale
from lifecycle.store.sightings import Sighting
from lifecycle.submitting import Submitter

COUNTER = Actor.system("signals")
"""Who submits what follows from a sighting."""

LONGEST_THING = 200
"""How many characters the token of a thing may have."""


@frozen
class Observed:
    """What came of a sighting, for one signal: the count, and the decision if one was asked for.

    ``also`` are the signals worked out from this one, such as a share or a sum. ``repeated`` says that the sighting
    was known under its key.
    """

    tally: Tally
    decision: Decision | None = None
    also: tuple[Observed, ...] = ()
    repeated: bool = False

    @property
    def count(self) -> int:
        """How often the signal counts now."""
        return self.tally.count

    @property
    def limit(self) -> int | None:
        """How often is too often; None where nothing follows from this signal."""
        return self.tally.limit

    @property
    def window(self) -> Period | None:
        """The time in which it is counted; None where it counts as long as it goes on."""
        return self.tally.window

    @property
    def reached(self) -> bool:
        """Whether the limit is reached."""
        return self.tally.reached


class Observer(Submitter):
    """What counts about one account."""

    def observe(
        self,
        signal: str,
        *,
        account: str,
        about: str | None = None,
        ended: bool = False,
        outcome: str | None = None,
        key: str | None = None,
        evidence: Iterable[Evidence] = (),
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        at: dt.datetime | None = None,
        connection: Any = None,
    ) -> Observed:
        """Keep that *signal* was seen, count it in its window, and submit what follows if its limit is reached.

        A sighting that led to a lock is spent and does not carry a second one, unless it is of other accounts, who are
        still there. Where a measure on the same ground stands already, nothing is submitted. Of a deleted account
        nothing is kept.

        Args:
            about: a token of what was seen: an address, a device, an order, a dispute. Kept as a keyed hash only.
            ended: it is over: the order was paid or cancelled, the dispute closed.
            outcome: what became of it, a code of the signal's weights, such as ``seller_won``.
            key: an idempotency key; the same sighting under it counts once and gets the same answer again.
            evidence: brought along with what follows. A ground that suspends takes a statement of reasons; without one
                the standing text ``standard.<ground>`` is named, which the host keeps.
            facts: what else is known, such as the country of a sign-in.
            at: when it was seen, aware; by default the clock. May lie before the account's last event.

        Raises:
            BadRequest: an unknown signal or outcome, one that is worked out from others, or a missing *about*.
            UnknownAccount, SecretMissing, KeyReused, GatherFailed, Conflict, StoreError: as for `submit`.
        """
        rule = self._signal(signal, about, ended, outcome)
        said = "|".join(map(str, (about, ended, outcome)))
        request = checked(
            self.policy, "observe", account, COUNTER, key=key, evidence=evidence, facts=facts, code=said, at=at
        )
        request = attrs.evolve(request, trigger=f"observe {signal}")
        if (known := self._known(request, rule, connection)) is not None:
            return known
        standing = self._load(account, connection)
        if standing.state is State.DELETED:
            return Observed(Tally(rule, 0))
        now, thing = self._keep(rule, request, about, ended, outcome, connection)
        found = [self._followed(each, request, now, thing, gather, connection) for each in fed_by(self.policy, signal)]
        observed = attrs.evolve(found[0], also=tuple(found[1:]))
        self._remember(request, observed, connection)
        return observed

    def signals(self, account: str, *, at: dt.datetime | None = None, connection: Any = None) -> tuple[Tally, ...]:
        """Return how often each signal of the policy counts for *account* at *at*, by default now.

        Raises:
            UnknownAccount: nobody of this id was ever registered.
            NaiveTime: *at* has no offset.
        """
        self._load(account, connection)
        now = aware(at) or self.clock().astimezone(dt.UTC)
        return tuple(self._tally(rule, account, now, connection) for rule in self.policy.signals.values())

    # --- what is seen ----------------------------------------------------------------------------------------------

    def _signal(self, name: str, about: str | None, ended: bool, outcome: str | None) -> Signal:
        known = self.policy.signals
        if name not in known:
            raise BadRequest(f'no signal is called "{name}".{closest(name, known)}')
        rule = known[name]
        if rule.counts not in OBSERVED:
            raise BadRequest(f'"{name}" is worked out from {" and ".join(rule.of)}; observe those')
        if about is None and rule.counts != "times":
            raise BadRequest(f'"{name}" counts {rule.says}: say with about= what was seen')
        if about is not None and (not isinstance(about, str) or not 0 < len(about) <= LONGEST_THING):
            raise BadRequest(f"about= is a token of 1 to {LONGEST_THING} characters")
        if rule.counts != "open" and ended:
            raise BadRequest(f'"{name}" counts {rule.says}: it does not end')
        outcomes = {code for each in fed_by(self.policy, name) for code in each.weights}
        if outcome is not None and outcome not in outcomes:
            near = closest(outcome, outcomes) if isinstance(outcome, str) else ""
            raise BadRequest(f'"{name}" knows no such outcome.{near or " Known: " + ", ".join(sorted(outcomes))}')
        return rule

    def _keep(
        self, rule: Signal, request: Request, about: str | None, ended: bool, outcome: str | None, connection: Any
    ) -> tuple[dt.datetime, str]:
        """Keep the sighting and let go of what stopped counting.

        Returns the moment to count at, and the hash of what was seen.
        """
        at = request.at or self.clock().astimezone(dt.UTC)
        account_id = request.account_id
        held = self.store.sightings(account_id, (rule.name,), connection=connection)
        hashes = self._hashes(rule, about, request.key)
        own = next((s for s in held if s.hashed and s.hashed in hashes), None)
        new = Sighting(account_id, rule.name, self._hash(rule, hashes, own, account_id, connection), at)
        seen = _went_on(own, new, ended, outcome) if rule.counts == "open" else _again(own, new)
        seen = attrs.evolve(seen, until=counts_until(self.policy, seen))
        now = latest(self.policy, rule, held, at)
        self.store.sight(seen, connection=connection)
        old = [s.number for s in held if s.until is not None and s.until < now and s.number is not None]
        self.store.forget_sightings(account_id, old, connection=connection)
        return now, seen.hashed

    def _hashes(self, rule: Signal, about: str | None, key: str | None) -> tuple[str, ...]:
        """The keyed hashes of what was seen, newest secret first; of the key where nothing else tells two apart."""
        if about is not None:
            return self._secrets("keeping what was seen").hashes(f"signal {rule.name}", about)
        return (hashlib.sha256(f"{rule.name}|{key}".encode()).hexdigest(),) if key else ("",)

    def _hash(
        self, rule: Signal, hashes: tuple[str, ...], own: Sighting | None, account_id: str, connection: Any
    ) -> str:
        """The hash to keep: the one it is known by already, though the secret was changed meanwhile."""
        if own is not None:
            return own.hashed
        known = {device.device for device in self._load(account_id, connection).shared_devices}
        if rule.counts == "accounts":
            known |= {s.hashed for s in self.store.sightings_of(rule.name, hashes, connection=connection)}
        return next((each for each in hashes if each in known), hashes[0])

    def _tally(
        self, rule: Signal, account_id: str, now: dt.datetime, connection: Any, thing: str | None = None
    ) -> Tally:
        """Count *rule*. Accounts are counted at the *thing* just seen; else at the one that has the most."""
        held = self.store.sightings(account_id, (rule.name, *rule.of), connection=connection)
        if rule.counts == "accounts":
            things = (thing,) if thing is not None else tuple({s.hashed for s in held})
            held = self.store.sightings_of(rule.name, things, connection=connection)
        return tally(self.policy, rule, held, now)

    # --- what follows ----------------------------------------------------------------------------------------------

    def _followed(
        self, rule: Signal, request: Request, now: dt.datetime, thing: str, gather: Gather | None, connection: Any
    ) -> Observed:
        """Count *rule*, and submit what follows from it: the measure of its ground, or that a warning is cleared."""
        found = self._tally(rule, request.account_id, now, connection, thing)
        stored = self._load(request.account_id, connection)
        moment = max(now, stored.at or now) if request.at is not None else None
        account = self.account(request.account_id, at=moment, connection=connection)
        trigger = self._trigger(found, account)
        if trigger is None or not self.machine.rows_for(trigger, account.state, Role.SYSTEM):
            return Observed(found)
        ground, doors = ground_of(self.policy, rule), self.policy.doors
        told = {"ground": rule.ground} if trigger != doors.clear else {}
        brought = list(request.evidence) if trigger != doors.clear else []
        if ground is not None and ground.restricts == "suspension" and trigger != doors.clear and doors.statement:
            stated = any(e.kind == doors.statement for e in brought)
            brought += [] if stated else [standard_statement(doors.statement, ground.name)]
        known = self.policy.facts.declared()
        counted = {name: value for name, value in {**told, **found.facts()}.items() if name in known}
        decision = self.submit(
            trigger,
            account=request.account_id,
            by=COUNTER,
            evidence=brought,
            facts={**request.facts.given(), **counted},
            gather=gather,
            at=moment,
            connection=connection,
        )
        if trigger == doors.lock and decision.allowed and rule.counts != "accounts":
            self._spend(rule, request.account_id, connection)
        return Observed(found, decision)

    def _trigger(self, found: Tally, account: Account) -> str | None:
        ground = found.signal.ground
        if found.reached:
            stand = (account.lock, account.suspension, account.warning)
            return None if any(each and each.ground == ground for each in stand) else self._measure(found.signal)
        warning = account.warning
        warned = warning is not None and (warning.ground, warning.signal) == (ground, found.signal.name)
        return self.policy.doors.clear if warned else None

    def _measure(self, rule: Signal) -> str | None:
        return trigger_of(self.policy, rule)

    def _spend(self, rule: Signal, account_id: str, connection: Any) -> None:
        held = self.store.sightings(account_id, (rule.name,), connection=connection)
        spent = [s.number for s in held if s.number is not None]
        self.store.forget_sightings(account_id, spent, connection=connection)

    # --- what a key remembers ----------------------------------------------------------------------------------------

    def _remember(self, request: Request, observed: Observed, connection: Any) -> None:
        if request.key is None:
            return
        account = self._load(request.account_id, connection)
        batch = Batch(
            account_id=account.id,
            expected=account.version,
            account=account,
            key=request.key,
            fingerprint=request.fingerprint(self._vault),
            answer={"seen": [_answer(each) for each in (observed, *observed.also)]},
        )
        # Somebody else may have kept the same sighting under the same key meanwhile; then the answer is there already.
        with contextlib.suppress(Stale):
            self.store.append(batch, recorded_at=self.clock(), connection=connection)

    def _known(self, request: Request, rule: Signal, connection: Any) -> Observed | None:
        if request.key is None:
            return None
        earlier = self.store.remembered(request.account_id, request.key, connection=connection)
        if earlier is None:
            return None
        request.check_same(earlier, self._vault)
        fed = {each.name: each for each in fed_by(self.policy, rule.name)}
        seen = [
            self._observed(each, fed[each["signal"]], request, connection)
            for each in earlier.answer["seen"]
            if each["signal"] in fed
        ]
        return attrs.evolve(seen[0], also=tuple(seen[1:]), repeated=True)

    def _observed(self, answer: Mapping[str, Any], rule: Signal, request: Request, connection: Any) -> Observed:
        found = attrs.evolve(rule_of(self.policy, rule), count=answer["count"], sample=answer["sample"])
        if answer["decision"] is None:
            return Observed(found)
        said = answer["decision"]
        asked = attrs.evolve(request, trigger=said["trigger"], facts=self.policy.facts(said["facts"]), key=None)
        versions = [*said["settled"], *said["events"]]
        after = min(versions) - 1 if versions else 0
        events = self.store.events(request.account_id, after=after, connection=connection)
        return Observed(found, decision_of(asked, said, self._load(request.account_id, connection), events))


def standard_statement(kind: str, ground: str) -> Evidence:
    """Return the statement of reasons the host keeps for automatic measures on *ground*, by its reference."""
    return Evidence(kind, f"standard.{ground}")


def _again(own: Sighting | None, new: Sighting) -> Sighting:
    return new if own is None else attrs.evolve(new, at=max(own.at, new.at))


def _went_on(own: Sighting | None, new: Sighting, ended: bool, outcome: str | None) -> Sighting:
    """The sighting of something that goes on: it counts from when it was first seen, until it is seen to end.

    Word of its beginning that comes after word of its end changes nothing.
    """
    if ended:
        begun = own or new
        return attrs.evolve(new, at=begun.at, ended_at=begun.ended_at or new.at, outcome=outcome or begun.outcome)
    if own is None or (own.ended_at is not None and new.at > own.ended_at):
        return attrs.evolve(new, outcome=outcome)
    return attrs.evolve(own, at=min(own.at, new.at), outcome=outcome or own.outcome)


def _answer(observed: Observed) -> dict[str, Any]:
    decision = observed.decision
    said = None
    if decision is not None:
        command = decision.command
        said = {"trigger": command.trigger, "facts": command.facts.recorded(), **answer_of(decision)}
    found = observed.tally
    return {"signal": found.signal.name, "count": found.count, "sample": found.sample, "decision": said}
