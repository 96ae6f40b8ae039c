"""A small world for tests: one machine, one account, one clock, and the usual situations an account gets into."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from lifecycle.decide import decide
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Decision, Event, Evidence, State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.settle import settle

START = dt.datetime(2026, 2, 2, 9, 0, tzinfo=dt.UTC)
"""A Monday morning."""
INSTANT = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)

HOLDER = Actor.holder("acc")
STRANGER = Actor.holder("somebody-else")
AGENT = Actor.agent("1")
REVIEWER = Actor.reviewer("1")
COLLEAGUE = Actor.reviewer("2")
SUPERVISOR = Actor.supervisor("9")
SYSTEM = Actor.system()

PASSPORT = Evidence("passport", "doc-passport")
EXPLANATION = Evidence("explanation", "doc-explanation", words=80)
STATEMENT = Evidence("statement_of_reasons", "doc-statement")
REASONS = Evidence("reasons", "doc-reasons")
COMPLETE = (PASSPORT, EXPLANATION)

CLEAR: Mapping[str, Any] = {
    "open_orders": 0,
    "orders_in_transit": 0,
    "refunds_in_flight": 0,
    "refunds_not_asked": 0,
    "open_disputes": 0,
    "wallet_balance": 0,
    "outstanding_charges": 0,
    "active_subscriptions": 0,
}
SIGN_UP: Mapping[str, Any] = {"registration_fields": 4, "verified_by": "link", "email_is_reserved": False}
CLOSING: Mapping[str, Any] = {**CLEAR, "signed_in": True, "consequences_read": True, "identity_proven": True}


@functools.cache
def machine_of(**parameters: Any) -> AccountMachine:
    """The shipped policy under these parameters as a machine, built once."""
    return AccountMachine(policy(Parameters(**parameters)))


class World:
    """One account, the machine that judges it, and what time it is."""

    def __init__(self, **parameters: Any) -> None:
        self.machine = machine_of(**parameters)
        self.account = Account("acc")
        self.now = START
        self.events: tuple[Event, ...] = ()

    @property
    def state(self) -> State:
        """The state of the account."""
        return self.account.state

    def command(
        self,
        trigger: str,
        by: Actor,
        facts: Mapping[str, Any] | None = None,
        evidence: Iterable[Evidence] = (),
        at: dt.datetime | None = None,
    ) -> Command:
        """A command against the account, now unless *at* says otherwise."""
        given = self.machine.policy.facts(facts)
        return Command(trigger, "acc", by, at or self.now, given, tuple(evidence))

    def ask(self, trigger: str, by: Actor, *args: Any, **more: Any) -> Decision:
        """What would come of it; the world stays as it is."""
        return decide(self.machine, self.account, self.command(trigger, by, *args, **more))

    def codes(self, trigger: str, by: Actor, *args: Any, **more: Any) -> list[str]:
        """The codes of all refusals, in order; none if it would be allowed."""
        return [refusal.code for refusal in self.ask(trigger, by, *args, **more).refusals]

    def do(self, trigger: str, by: Actor, *args: Any, **more: Any) -> World:
        """Do it, which must be allowed, and return the world."""
        decision = self.ask(trigger, by, *args, **more).raise_for_denial()
        self.account, self.now = decision.account, decision.command.at
        self.events += decision.events
        return self

    def wait(self, period: dt.timedelta) -> World:
        """Let time pass; no timer is looked at."""
        self.now += period
        return self

    def tick(self, period: dt.timedelta, facts: Mapping[str, Any] | None = None) -> World:
        """Let time pass and apply every timer that is due by then."""
        settled = settle(self.machine, self.account, self.wait(period).now, facts)
        self.account = settled.account
        self.events += settled.events
        return self


def active(*, kind: str = "buyer", contacts: tuple[str, ...] = ("email", "phone"), **parameters: Any) -> World:
    """An account just registered."""
    return World(**parameters).do("register", HOLDER, {**SIGN_UP, "kind": kind, "contacts": contacts})


def locked(ground: str = "new_device", world: World | None = None, **more: Any) -> World:
    """An account under a security lock."""
    offered = more.pop("offers_appeal", True)
    return (world or active(**more)).do("lock", AGENT, {"ground": ground, "offers_appeal": offered})


def code_sent(**more: Any) -> World:
    """A locked account whose holder was sent an unlock code."""
    return locked(**more).do("send_unlock_code", HOLDER)


def suspended(ground: str = "harassment", world: World | None = None, **more: Any) -> World:
    """An account suspended by reviewer 1, on a ground that needs no warning."""
    facts = {name: more.pop(name) for name in ("ends_at", "offers_appeal") if name in more}
    return (world or active(**more)).do("suspend", REVIEWER, {"ground": ground, **facts}, [STATEMENT])


def permanent(**more: Any) -> World:
    """An account suspended for good."""
    return suspended(**more).do("make_permanent", REVIEWER, {"knowing_breach": True}, [REASONS])


def appealed(world: World | None = None, **more: Any) -> World:
    """A suspended account with a complete appeal open."""
    return (world or suspended(**more)).do("appeal", HOLDER, None, COMPLETE)


def lock_appealed(**more: Any) -> World:
    """A locked account whose holder could not unlock it and appealed."""
    return code_sent(**more).wait(HOUR).do("appeal", HOLDER, None, COMPLETE)


def rejected(**more: Any) -> World:
    """A suspended account whose appeal a colleague rejected."""
    return appealed(**more).do("reject", COLLEAGUE, None, [REASONS])


def new_document(ref: str = "doc-new") -> Evidence:
    """A document never seen before."""
    return Evidence("order_screenshots", ref)


def escalated(**more: Any) -> World:
    """A rejected appeal taken to a supervisor."""
    return rejected(**more).do("escalate", HOLDER, None, [Evidence("explanation", "doc-why"), new_document()])


def with_case(world: World) -> World:
    """The same account with a support case that reached an agent."""
    return world.do("open_case", HOLDER).do("connect_agent", SYSTEM, {"human_asked": True})


def deactivated(**more: Any) -> World:
    """An account its holder deactivated."""
    return active(**more).do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True})


def warned_of_deletion(**more: Any) -> World:
    """A deactivated account whose holder saw the warning before deletion."""
    return deactivated(**more).do("show_warning", SYSTEM)


def deleting(**more: Any) -> World:
    """A direct deletion under way, its code just sent."""
    return warned_of_deletion(**more).do("press_delete", HOLDER, {**CLEAR, "signed_in": True})


def closing(**more: Any) -> World:
    """A closure asked for, its mail just sent."""
    return active(**more).do("request_closure", HOLDER, CLOSING)


def confirmed(**more: Any) -> World:
    """A closure that the holder confirmed."""
    return closing(**more).do("confirm_closure", HOLDER, {"code_right": True})


def deleted(**more: Any) -> World:
    """An account that was deleted with a code."""
    return deleting(**more).do("confirm_deletion", HOLDER, {**CLEAR, "code_right": True})
