"""The ways out and on, as a plan tells them: each step, how long it usually takes, what to bring, what weighs against.

A step is named by its trigger. Who may take it, and when, is said by its rows alone; a plan tries every step with the
real decision. What to do and to avoid on the way stands in `lifecycle.policy.advice`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lifecycle.model import Account, State
from lifecycle.policy.advice import ADVICE
from lifecycle.policy.documents import to_match
from lifecycle.policy.papers import appeal_papers, escalation_papers, further_papers
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.strikes import OUTLOOKS, STRIKES, outlook
from lifecycle.policy.usual import (
    by_oneself,
    duplicate,
    escalated,
    in_the_chat,
    judged,
    second_appeal,
    through_support,
    untold,
)
from lifecycle.policy.waiting import sale_on
from lifecycle.rows.ways import JUST_NOW, Step, Takes, Ways

BACK = (State.ACTIVE, State.DEACTIVATED, State.DELETED)
"""Out of a restriction: needed before anything else, also by somebody who wants to leave."""
STAY = (State.ACTIVE, State.DEACTIVATED)
PAUSE = (State.DEACTIVATED, State.DELETED)
LEAVE = (State.DELETED,)


def with_support(p: Parameters) -> tuple[State, ...]:
    """Where support has to be asked on the way: for a pause and for stopping a closure, elsewhere only by choice (X-10)."""
    return STAY if p.support_optional else BACK


def _what_stands(account: Account, p: Parameters) -> str:
    """What a reversal has to lift for the account to be free: the suspension, the lock, or both."""
    if account.suspension is None:
        return "lock"
    return "suspension" if account.lock is None else "both"


# --- the steps ---------------------------------------------------------------------------------------------------

_RIGHT_CODE = MappingProxyType({"code_right": True})

_STEPS = (
    # out of a lock
    Step(
        trigger="send_unlock_code",
        says="Sign in, press the button to unlock, and have a code sent to your phone or a link to your e-mail.",
        towards=BACK,
        cites=("G3-23", "G3-24"),
    ),
    Step(
        trigger="verify",
        door=False,
        says="Type in the code, or follow the link.",
        towards=BACK,
        takes=by_oneself,
        chooses=_RIGHT_CODE,
        cites=("G3-25", "G3-27", "G3-28", "G3-79"),
    ),
    Step(
        trigger="lock_expires",
        says="Wait. The lock opens by itself; then pay by another means.",
        towards=BACK,
        waits=True,
        cites=("G3-68", "G3-69"),
    ),
    Step(
        trigger="unlock",
        says="Ask support to unlock the account, and ask what locked it.",
        towards=BACK,
        takes=through_support,
        cites=("G3-45", "G3-49", "G3-50", "G3-84"),
    ),
    # out of a suspension
    Step(
        trigger="add_evidence",
        door=False,
        says="Hand in the documents that are still missing.",
        towards=BACK,
        brings=further_papers,
        cites=("G3-54", "G3-72"),
    ),
    Step(
        trigger="reinstate",
        says="Put right what the ground asks for, tell support, and have them confirm it.",
        towards=BACK,
        takes=through_support,
        odds=duplicate,
        cites=("G3-16", "G3-32", "G3-84", "X-23"),
    ),
    Step(
        trigger="appeal",
        says="Send one complete appeal with the link you see when you sign in.",
        towards=BACK,
        while_in=(State.SECURITY_LOCKED, State.SUSPENDED),
        brings=appeal_papers,
        odds=second_appeal,
        cites=("G3-29", "G3-31", "G3-33"),
    ),
    Step(
        trigger="escalate",
        says="Ask support for a supervisor or the appeals team, and say why the decision is wrong.",
        towards=BACK,
        brings=escalation_papers,
        cites=("G3-51", "G3-52", "G3-95", "G3-134"),
    ),
    Step(
        trigger="grant",
        says="Wait for the decision; it comes by e-mail.",
        towards=BACK,
        takes=judged,
        odds=escalated,
        cites=("G3-39", "G3-40", "G3-41", "G3-85", "G3-86"),
    ),
    Step(
        trigger="auto_reject",
        says="Wait until the appeals sent at once are all refused; then a single one may follow.",
        towards=BACK,
        waits=True,
        cites=("G3-43", "G3-44"),
    ),
    Step(
        trigger="suspension_ends",
        says="Wait. The suspension ends by itself.",
        towards=BACK,
        waits=True,
        cites=("G3-09", "D-05"),
    ),
    Step(
        trigger="reverse_decision",
        says="A supervisor may take the decision back; nobody has a right to it.",
        towards=BACK,
        takes=untold,
        brings=lambda account, p: ("reasons",),
        chooses=MappingProxyType({"lifts": _what_stands}),
        rare=True,
        cites=("A-41", "A-55"),
    ),
    # support
    Step(
        trigger="open_case",
        says="Open a chat with support.",
        towards=with_support,
        door=False,
        cites=("G3-45", "G3-46", "G2-61"),
    ),
    Step(
        trigger="connect_agent",
        door=False,
        says="Write that you want to talk to a person; the bot then puts you through.",
        towards=with_support,
        takes=in_the_chat,
        chooses=MappingProxyType({"human_asked": True}),
        cites=("G3-47", "G3-48", "G3-89"),
    ),
    # back from leaving
    Step(trigger="reactivate", says="Sign in and press Reactivate.", towards=BACK, cites=("G3-19", "G2-52")),
    Step(
        trigger="abandon_deletion",
        says="Step back from the deletion: leave the page, or do not type in the code.",
        towards=STAY,
        cites=("G1-21", "A-04"),
    ),
    Step(
        trigger="withdraw_closure",
        says="Ask the agent at once to stop the request.",
        towards=STAY,
        takes=lambda account, p: Takes(None, p.support_simple_max, slows=True),
        cites=("G2-62", "G2-63"),
    ),
    Step(
        trigger="closure_lapses",
        says="Do not follow the link in the mail. The request then lapses by itself.",
        towards=STAY,
        waits=True,
        cites=("G2-28", "A-16"),
    ),
    # pausing and leaving
    Step(
        trigger="deactivate",
        says="Press Deactivate in the settings, with your member id or e-mail at hand.",
        towards=PAUSE,
        cites=("G1-15", "G1-16", "G1-45", "G1-49"),
    ),
    Step(
        trigger="pause",
        says="Ask the agent for a pause, and say that you mean to come back.",
        towards=(State.DEACTIVATED,),
        chooses=MappingProxyType({"reason": "break"}),
        cites=("G2-50", "G2-51"),
    ),
    Step(
        trigger="show_warning",
        says="Read the warning that deletion is final.",
        towards=LEAVE,
        door=False,
        cites=("G1-17",),
    ),
    Step(
        trigger="press_delete",
        says="Press Delete. A code of six digits goes to your e-mail and phone.",
        towards=LEAVE,
        takes=lambda account, p: Takes(None, p.deletion_direct_max),
        cites=("G1-03", "G1-18", "G1-19"),
    ),
    Step(
        trigger="send_deletion_code",
        door=False,
        says="Have another deletion code sent; it voids the one before.",
        towards=LEAVE,
        cites=("G1-19", "A-04"),
    ),
    Step(
        trigger="confirm_deletion",
        door=False,
        says="Type in the code at once; it is good for {deletion_code_ttl}.",
        towards=LEAVE,
        chooses=_RIGHT_CODE,
        cites=("G1-20", "G1-21", "G1-23"),
    ),
    Step(
        trigger="cancel_membership",
        door=False,
        says="Cancel the trial of the membership, so that nothing is charged.",
        towards=LEAVE,
        cites=("G4-30", "G4-32", "X-31"),
    ),
    Step(
        trigger="switch_off_renewal",
        door=False,
        says="Switch off the renewal of the membership; it holds up the closing while it may still be charged.",
        towards=LEAVE,
        cites=("G4-32", "X-31"),
    ),
    Step(
        trigger="request_closure",
        says="Ask for the account to be closed, under Account Security in the settings.",
        towards=LEAVE,
        cites=("G2-20", "G2-21", "G2-22", "G2-24"),
    ),
    Step(
        trigger="confirm_closure",
        door=False,
        says="Follow the link in the mail. From then on it cannot be undone.",
        towards=LEAVE,
        chooses=_RIGHT_CODE,
        cites=("G2-27", "G2-28", "G2-63"),
    ),
    Step(
        trigger="complete_deletion",
        says="Wait. The account is deleted by itself, as long as nothing is owed then.",
        towards=LEAVE,
        waits=True,
        cites=("G2-29", "G2-30"),
    ),
    Step(
        trigger="release_hold",
        door=False,
        says="Have the hold on the account released; whoever placed it decides.",
        towards=LEAVE,
        takes=untold,
        chooses=MappingProxyType({"hold": lambda account, p: account.holds[0] if account.holds else "none"}),
        cites=("X-09", "A-20"),
    ),
    Step(
        trigger="close_suspended",
        says="Ask support to close the suspended account. Its e-mail stays blocked for a new one.",
        towards=LEAVE,
        takes=through_support,
        cites=("D-08", "A-11", "A-52"),
    ),
)

# --- everything together ------------------------------------------------------------------------------------------

_HOPED: Mapping[str, Any] = MappingProxyType(
    {
        "packet_fields": lambda account, p: p.support_packet_fields,
        "knowing_breach": False,
        "retention_duty": False,
        "duplicate_deleted": True,
        "matched": to_match,
        "case_channel": lambda account, p: p.support_channels[0],
        "identifier": lambda account, p: p.login_identifiers[0],
        "sign_in_provider": lambda account, p: account.provider,
        "signed_in_at": JUST_NOW,
        "reason": "other",
    }
)
"""What has to turn out otherwise than a count that is 0 or a question that is answered with yes."""

WAYS = Ways(
    steps=MappingProxyType({step.trigger: step for step in _STEPS}),
    targets=(State.ACTIVE, State.DEACTIVATED, State.DELETED),
    hoped=_HOPED,
    advice=ADVICE,
    strikes=STRIKES,
    outlook=outlook,
    outlooks=OUTLOOKS,
    busy=lambda at, p: sale_on(at, p) is not None,
    slowed_by="peak_factor",
)
"""Everything a plan counts on."""

NO_WAY = frozenset({"register", "lock", "suspend", "reject", "check_linkage", "warning_runs_out", "close_by_notice"})
"""Triggers that move an account and that no plan counts on: nobody is advised to use them to get anywhere.

A notice that ends the membership may ask for the account to be closed as well; it is no way to leave by itself.
"""
