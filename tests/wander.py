"""Random walks through the policy: steps made of seeds, so that a failing walk shrinks to its shortest form."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from support import COMPLETE, DAY, HOUR, MINUTE, REASONS, SIGN_UP, STATEMENT, World

from lifecycle.decide import explain
from lifecycle.model import Account, Actor, Command, Decision, Evidence, MembershipState, Role, State
from lifecycle.rows import TimerRule

WAITS = (
    dt.timedelta(0),
    dt.timedelta(0),
    dt.timedelta(0),
    dt.timedelta(seconds=59),
    MINUTE,
    10 * MINUTE,
    HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    9 * DAY,
)
PEOPLE = ("1", "2", "3")
FEW = (0,) * 9 + (1,)
MOSTLY = (True,) * 8 + (False,)
SELDOM = (False,) * 8 + (True,)

OFTEN = (*("account",) * 6, *("membership",) * 2, "level")
"""How often something of each machine is tried."""

PARTS = ("contract", "termination", "signature", "name", "reference", "stop_renewal", "confirmation", "stop_billing")
PAPERS = (
    *("consent_record", "notice_copy", "proof_of_sending", "proof_of_delivery", "termination_confirmation"),
    *("agreement_clauses", "correspondence"),
)
"""What the steps of a membership ask for, together."""

POOLS: dict[str, tuple[Any, ...]] = {
    "signal": (None, "distinct_addresses", "accounts_on_device", "failed_payments", "open_disputes", "unpaid_orders"),
    "ends_at": (None, None, DAY, 5 * DAY, -DAY),
    "lifts": ("lock", "suspension", "both", "everything"),
    "reason": (None, "break", "privacy"),
    "entry": (None, None, "web:edit_profile", "web:account_security", "web:nowhere"),
    "identifier": ("email", "email", "member_id", "pigeon"),
    "strike": ("legal_threat", "social_pressure", "threat"),
    "hold": ("audit", "court_case"),
    "channel": ("sms", "email_link", "pigeon"),
    "offers_appeal": MOSTLY,
    "registration_fields": (4,),
    "verified_by": ("link",),
    "signal_count": (1, 3, 6, 40),
    "device_recognised": SELDOM,
    "packet_fields": (3, 4, 4),
    "knowing_breach": SELDOM,
    "prompts_answered": (1, 3, 5),
    "human_asked": SELDOM,
    "retention_duty": SELDOM,
    "kept_by_law": ((), ("tax",), ("photographs",)),
    "payment_flagged": SELDOM,
    "sale_at": (None, None, HOUR, DAY, -HOUR),
    "case_channel": ("chat", "chat", "email", "pigeon"),
    "device_class": ("mobile", "desktop"),
    "message_channel": ("email", "app", "letter"),
    "email_is_reserved": (False,),
    "cookies_cleared": SELDOM,
    "phone_is_borrowed": SELDOM,
    "sign_in_provider": (None, "apple"),
    "identifier_kinds": (("payment",), ("phone", "device"), ("email",)),
    "banned_links": ((), (), (), ("device",), ("payment",)),
    "restricted_links": ((), (), ("device",), ("phone",)),
    "living_links": ((), ("device",)),
    "reserved_links": ((), (), ("email",)),
    "signed_in_at": (dt.timedelta(0), -MINUTE, -HOUR, None),
    "last_order_at": (None, -DAY, dt.timedelta(days=-30)),
    "last_payout_at": (None, -DAY, dt.timedelta(days=-30)),
    "password_changed_at": (None, -DAY, dt.timedelta(days=-30)),
    "shared_links": ((), ("device",), ("phone",)),
    "caused_at": (None, dt.timedelta(0), dt.timedelta(hours=-1)),
    "countries": ((), ("FR",)),
    "travels_from": (dt.timedelta(days=-1), dt.timedelta(days=1)),
    "travels_to": (dt.timedelta(days=2), dt.timedelta(days=20)),
    "signal_sample": (None, 4, 12),
    "country": (None, "FR", "BR"),
    "proof": ("password", "unlock_code", "tarot"),
    "device": (None, "phone-7", "tablet-9"),
    "contacts": (("email", "phone"),),
    "kind": ("buyer",),
    "case_kind": ("account",),
    "code_right": (True, False),
    "points_source": ("purchase", "review", "visit", "club", "categories", "promotion"),
    "order": tuple(f"o-{n}" for n in range(9)),
    "order_total": (199, 200, 5000),
    "categories_bought": (1, 2),
    "sale": (None, "christmas"),
    "legacy_level": ("A0", "A4", "B1"),
    "account_region": ("us",),
    "agreement": ("agr-1", "agr-2"),
    "agreement_region": ("us", "us", "us", "ca"),
    "membership_channel": ("shop",),
    "new_terms_from": (5 * DAY, 40 * DAY),
    "notice_channel": (*("registered_post",) * 4, "certified_email", "spoken"),
    "notice_parts": (*(PARTS,) * 4, (*PARTS, "closure", "erasure"), PARTS[1:]),
    "named_end": (None, -DAY, -DAY, DAY, DAY, 400 * DAY),
    "jurisdiction": (*("us",) * 5, "ca", "gb"),
    "legal_basis": ((), (), ("us:state_law",)),
    "recipient": ("default", "default", "default", "agreement"),
    "addresses_known": ((), (), (), ("agreement",)),
    "sender": ("member", "member", "service"),
    "sender_offers": (("registered_post", "return_receipt"), ()),
    "memberships_found": (1, 1, 1, 2),
    "delivered_at": (None, None, -DAY, DAY),
    "charge_reason": ("duplicate_charge", "later_charge", "after_notice", "changed_habits"),
    "charged_at": (-HOUR, -DAY, DAY),
    "issuer_accepts": (True, False),
    "agency": ("ftc", "newspaper"),
    "chargeback_on": ("order", "membership"),
    "chosen_days": (None, None, 2, 90),
    "evidence_wanted": (("bank_statement",), ("bank_statement", "order_screenshots"), ()),
    "rests_on": ((), (), (), ("report-1",), ("report-1", "report-2")),
    "act_by": (None, None, 5 * DAY, HOUR),
    "matched": ((), ("bank_statement.payment_method",)),
    "shown": ((), (), ("bank_statement.card_number",)),
    "notice": (None, "account_suspended", "appeal_rejected"),
    "notice_ref": (None, "2:1"),
    "noticed_at": (None, dt.timedelta(0), -DAY),
    "delivery_outcome": (None, "sent", "dead", "void"),
    "delivery_attempt": (None, 1, 2),
    "delivery_why": (None, "no_answer"),
}
"""What each fact may be. A count is mostly zero and anything else mostly true, so that walks get far."""


def facts(world: World, dice: Random) -> dict[str, Any]:
    """A value for every fact the policy declares."""
    found: dict[str, Any] = {"ground": dice.choice((*world.machine.policy.grounds, "witchcraft"))}
    for name, kind in world.machine.policy.facts.declared().items():
        if name not in found:
            found[name] = dice.choice(POOLS.get(name, FEW if kind is int else MOSTLY))
    return {name: world.now + value if isinstance(value, dt.timedelta) else value for name, value in found.items()}


def evidence(world: World, dice: Random, machine: str) -> tuple[Evidence, ...]:
    """Mostly what most steps ask for, sometimes with something new, something blurred, or nothing."""
    if machine == "membership" and dice.random() < 0.8:
        return tuple(Evidence(kind, f"doc-{kind}") for kind in PAPERS)
    fresh = f"doc-{world.account.version}-{dice.randrange(3)}"
    kinds = tuple(world.machine.policy.evidence)
    extra = Evidence(dice.choice(kinds), fresh, readable=dice.random() < 0.8, words=dice.choice((None, 20, 250)))
    return dice.choice(((), COMPLETE, (*COMPLETE, extra), (STATEMENT, REASONS), (extra,), (extra, REASONS, *COMPLETE)))


def actor(role: Role, dice: Random) -> Actor:
    """Somebody in this role; a holder is now and then somebody else."""
    if role is Role.HOLDER:
        return Actor.holder("acc" if dice.random() < 0.95 else "somebody-else")
    return Actor(role, dice.choice(PEOPLE))


def command(world: World, dice: Random) -> Command:
    """Mostly something that would be allowed, sometimes anything."""
    tried = _any_command(world, dice)
    for _ in range(8 if dice.random() < 0.8 else 0):
        if explain(world.machine, world.account, tried).allowed:
            break
        tried = _any_command(world, dice)
    return tried


def _any_command(world: World, dice: Random) -> Command:
    """Mostly something that a row has from here, sometimes anything by anybody."""
    rows = world.machine.policy.of(dice.choice(OFTEN))
    if dice.random() < 0.85:
        rows = tuple(row for row in rows if world.account.standing(row.machine) in row.source) or rows
    row = dice.choice(rows)
    role = dice.choice(row.actors if dice.random() < 0.95 else tuple(Role))
    return world.command(row.trigger, actor(role, dice), facts(world, dice), evidence(world, dice, row.machine))


def begin(**parameters: Any) -> World:
    """A registered account, from which a walk starts."""
    sign_up = {**SIGN_UP, "contacts": ("email", "phone")}
    return World(**parameters).do("register", Actor.holder("acc"), sign_up)


def step(world: World, seed: int) -> tuple[Command, Decision]:
    """Let some time pass with its timers, then try something; return what was tried and what came of it."""
    dice = Random(seed)
    world.tick(dice.choice(WAITS), facts(world, dice) if dice.random() < 0.8 else None)
    tried = command(world, dice)
    decision = world.ask(tried.trigger, tried.by, tried.facts.given(), tried.evidence)
    if decision.allowed:
        world.account = decision.account
        world.events += decision.events
    return tried, decision


RUNNING = (
    *(MembershipState.TRIAL, MembershipState.PAID, MembershipState.RENEW_OFF),
    *(MembershipState.NOTICE_SENT, MembershipState.NOTICE_DELIVERED),
)
"""Where a membership runs and nothing about it is in dispute."""


def lives(rule: TimerRule, account: Account) -> bool:
    """Whether a timer of this rule may stand where the account stands in the rule's machine."""
    return account.standing(rule.machine) in rule.lives_in


def disagreements(world: World, account: Any) -> list[str]:
    """What of an account's state and records does not agree; empty if all is well."""
    state, track = account.state, account.deletion.track if account.deletion else None
    appeal, suspension, lock = account.appeal, account.suspension, account.lock
    on_lock = appeal is not None and appeal.against == "lock"
    restricted = lock is not None or suspension is not None
    wants = {
        "locked: a lock and no suspension": state is not State.SECURITY_LOCKED or (lock and not suspension),
        "suspended: a suspension": state is not State.SUSPENDED or suspension,
        "appealed: what it is against": state is not State.UNDER_APPEAL or (
            (lock and not suspension) if on_lock else suspension
        ),
        "an appeal is open exactly under appeal": (state is State.UNDER_APPEAL) == (
            appeal is not None and appeal.status == "open"
        ),
        "free: no restriction": state not in (State.ACTIVE, State.DEACTIVATED) or not restricted,
        "deactivated: a pause": state is not State.DEACTIVATED or account.pause,
        "a deletion exactly while pending": (state is State.PENDING_DELETION) == (track is not None),
        "pending: restricted only if closed while suspended": state is not State.PENDING_DELETION or (
            (suspension and suspension.permanent) if track == "suspended" else not restricted
        ),
        "a deletion code only on its track": not account.deletion_code or track == "direct",
        "a closing link only on its track": not account.closure_link or track == "request",
        "an unlock code only under a lock": not account.unlock_code or lock,
        "permanent has no end": not suspension or not suspension.permanent or suspension.ends_at is None,
        "reserved and erased are of the deleted": state is State.DELETED or not (account.reserved or account.erased),
        "deleted while suspended is reserved": state is not State.DELETED or account.reserved == bool(suspension),
        "timers live here": all(lives(world.machine.policy.timers[t.name], account) for t in account.timers),
        "a dispute is open exactly while disputed": (account.membership_state is MembershipState.DISPUTED)
        == bool(account.charge_dispute and account.charge_dispute.status == "open"),
        "a member has a membership": (account.membership_state is MembershipState.NO_MEMBERSHIP)
        == (account.membership is None),
        "terminated has an end": account.membership_state is not MembershipState.TERMINATED
        or bool(account.membership and account.membership.ended_at),
        "what runs has an end to wait for": account.membership_state not in RUNNING
        or len([t for t in account.timers if t.name in ("trial_ends", "period_ends")]) == 1,
        "a fee needs consent": not account.membership or not account.membership.charged_at
        or account.membership.consented_at is not None or account.membership.charged_at == account.membership.since,
        "timers are armed by events": all(1 <= t.number <= account.version for t in account.timers),
        "one timer of a name": len({t.name for t in account.timers}) == len(account.timers),
        "an end has a timer": state not in (State.SUSPENDED, State.UNDER_APPEAL)
        or bool(suspension and suspension.ends_at) == (account.timer("suspension_ends") is not None),
        "a state begins before its last event": account.since <= account.at,
    }  # fmt: skip
    return [f"{says} (version {account.version}, {state.value})" for says, holds in wants.items() if not holds]
