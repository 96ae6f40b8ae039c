"""Paid memberships for tests: the facts that let one begin, a notice with nothing missing, and the usual situations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import support as s
from support import AGENT, DAY, HOLDER, START, SYSTEM, World

from lifecycle.fold import evolve
from lifecycle.imports import imported
from lifecycle.model import Evidence, Membership, MembershipState, State, TerminationNotice

PERIOD_END = START + 365 * DAY
"""When the first paid period of a membership started at the beginning is over."""
TRIAL_END = START + 30 * DAY

JOIN: Mapping[str, Any] = {
    "signed_in": True,
    "invited": True,
    "history_fits": True,
    "country_covered": True,
    "account_region": "us",
    "agreement": "agr-2026-us",
    "agreement_region": "us",
    "membership_channel": "invitation",
    "payment_on_file": True,
}
CONSENT = Evidence("consent_record", "doc-consent")
TOOLS: Mapping[str, Any] = {"signed_in": True, "controls_visible": True}

PARTS = ("contract", "termination", "signature", "name", "reference", "stop_renewal", "confirmation", "stop_billing")
NOTICE: Mapping[str, Any] = {
    "notice_channel": "registered_post",
    "notice_parts": PARTS,
    "named_end": START + 40 * DAY,
    "jurisdiction": "us",
    "legal_basis": ("us:negative_option",),
    "recipient": "agreement",
    "addresses_known": ("agreement", "statement"),
    "memberships_found": 1,
}
"""A notice by registered post that nothing is missing from."""
EMAIL: Mapping[str, Any] = {**NOTICE, "notice_channel": "certified_email"}
POSTED = (Evidence("notice_copy", "doc-copy"), Evidence("proof_of_sending", "doc-posted"))
RECEIPT = Evidence("proof_of_delivery", "doc-receipt")
CONFIRMATION = Evidence("termination_confirmation", "doc-confirmed")
CLAUSES = Evidence("agreement_clauses", "doc-clauses")
LETTERS = Evidence("correspondence", "doc-letters")
PACKET = (CLAUSES, LETTERS, RECEIPT)
DUPLICATE: Mapping[str, Any] = {"charge_reason": "duplicate_charge", "charged_at": START}


def trial(*, consent: Iterable[Evidence] = (CONSENT,), **more: Any) -> World:
    """An account in the trial of a membership."""
    return s.active(**more).do("start_trial", HOLDER, JOIN, consent)


def paid(*, consent: Iterable[Evidence] = (CONSENT,), **more: Any) -> World:
    """An account with a paid membership that renews."""
    return s.active(**more).do("start_membership", HOLDER, JOIN, consent)


def renew_off(**more: Any) -> World:
    """An account whose membership ends with its period."""
    return paid(**more).do("switch_off_renewal", HOLDER, TOOLS)


def noticed(world: World | None = None, *, parts: Iterable[str] = (), **more: Any) -> World:
    """A membership whose notice is in the post; *parts* are what else the letter asks."""
    facts = {name: more.pop(name) for name in (*NOTICE, "sender", "sender_offers") if name in more}
    asked = {**NOTICE, "notice_parts": (*PARTS, *parts), **facts}
    return (world or paid(**more)).do("send_notice", HOLDER, asked, POSTED)


def delivered(world: World | None = None, **more: Any) -> World:
    """A membership whose notice arrived five days after it was posted."""
    return (world or noticed(**more)).wait(5 * DAY).do("record_delivery", SYSTEM, None, [RECEIPT])


def disputed(world: World | None = None, **facts: Any) -> World:
    """A membership with a charge in dispute."""
    return (world or paid()).do("dispute_charge", HOLDER, {**DUPLICATE, **facts}, PACKET)


def refunded(world: World | None = None, **facts: Any) -> World:
    """A membership whose disputed charge the merchant paid back."""
    return disputed(world, **facts).do("refund_charge", AGENT)


def lost(world: World | None = None, **facts: Any) -> World:
    """A membership whose disputed charge the card issuer let stand."""
    return disputed(world, **facts).do("decide_dispute", SYSTEM, {"issuer_accepts": False})


def renewed_before_delivery(**more: Any) -> World:
    """A notice posted two days before the renewal, which then went through, and delivered three days after it."""
    world = paid(**more).wait(363 * DAY)
    noticed(world, named_end=PERIOD_END).tick(2 * DAY).wait(3 * DAY)
    return world.do("record_delivery", SYSTEM, None, [RECEIPT])


def proved_late(**more: Any) -> World:
    """A notice delivered the day before the renewal, whose receipt came back only after it."""
    world = paid(**more).wait(360 * DAY)
    noticed(world, named_end=PERIOD_END).tick(5 * DAY).wait(2 * DAY)
    return world.do("record_delivery", SYSTEM, {"delivered_at": PERIOD_END - DAY}, [RECEIPT])


def taken_over(state: State, **more: Any) -> World:
    """An account in *state* that came from elsewhere with a paid membership."""
    world = World(**more)
    record = {
        "agreement": "agr-2026-us",
        "region": "us",
        "membership_channel": "invitation",
        "trial": False,
        "auto_renew": True,
        "period_from": START,
        "period_to": PERIOD_END,
        "charged_at": START,
        "consented_at": START,
    }
    given = {"membership_state": "paid", "membership": record, "timers": {"period_ends": PERIOD_END}}
    event = imported(world.machine.policy, "acc", state, given, START, SYSTEM)
    world.account = evolve(world.account, event)
    return world


def standing(world: World) -> MembershipState:
    """Where the membership stands."""
    return world.account.membership_state


def membership(world: World) -> Membership:
    """The record of the membership, which must stand."""
    assert world.account.membership is not None
    return world.account.membership


def notice(world: World) -> TerminationNotice:
    """The record of the notice, which must stand."""
    assert world.account.termination_notice is not None
    return world.account.termination_notice


def after(at: dt.datetime, days: int) -> dt.datetime:
    """So many days after a moment."""
    return at + days * DAY
