"""Chapter: the support case. Bot, queue, agent, supervisor; declined or resolved.

One case is open at a time. An agent who unlocks, reinstates or stops a deletion resolves it by doing so. The chat
begins with a bot; e-mails and tickets wait for an agent at once. Support may be asked about anything and at any time;
that one tries oneself first and appeals next (G3-06) is advice on this side, and a condition of appealing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifecycle.lengths import Due
from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.clock_terms import ANY
from lifecycle.policy.common import identity_is_shown
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import (
    Effect,
    Guard,
    Notify,
    Open,
    Selector,
    Set,
    StartTimer,
    TimerDue,
    Transition,
    guard,
    not_before,
)

LIVING = tuple(state for state in State if state is not State.DELETED)
BLOCKED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)


def _sale_is_near(account: Account, command: Command, p: Parameters) -> bool:
    sale = command.facts.sale_at
    if sale is None or account.state not in BLOCKED:
        return False
    return command.at < sale <= p.calendar.add(command.at, p.emergency_sale_lead)


urgency = Selector(
    name="urgency",
    sentence="Does the case bear waiting?",
    answers={"urgent": "the account is blocked shortly before a sale", "ordinary": "the case bears waiting"},
    read=lambda account, command, p: "urgent" if _sale_is_near(account, command, p) else "ordinary",
    needs=("sale_at",),
)


def status(account: Account) -> str:
    """Where the latest support case stands; ``none`` if there never was one."""
    return account.support_case.status if account.support_case else "none"


OPEN = ("bot", "queued", "with_agent")
"""Where a case stands that support has not answered yet."""


def silent(account: Account) -> bool:
    """Whether support let the time go by in which it had to answer, and has not answered since."""
    case = account.support_case
    return case is not None and case.overdue and case.status in OPEN


def _status(account: Account, command: Command, p: Parameters) -> dict[str, str]:
    return {"support_case": status(account)}


@guard(
    "No support case is open yet.",
    otherwise="Go on with the case that is open.",
    sees=_status,
    limit="none, declined or resolved",
    cites=("G3-45",),
)
def no_case_is_open(account: Account, command: Command, p: Parameters) -> bool:
    return status(account) in ("none", "declined", "resolved")


@guard(
    "It is something that support is asked about.",
    otherwise="Say what it is about in one of these words, or call it other.",
    needs=("case_kind",),
    limit=lambda account, command, p: list(p.support_case_kinds),
    cites=("G1-50", "G2-41", "G2-47"),
)
def support_knows_the_matter(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.case_kind in p.support_case_kinds


@guard(
    "Support can be reached in this way.",
    otherwise="Use the chat, write an e-mail, or open a ticket.",
    needs=("case_channel",),
    limit=lambda account, command, p: list(p.support_channels),
    cites=("G2-61",),
)
def support_is_reached_so(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.case_channel in p.support_channels


@not_before(
    "If the case is about a deletion that was not carried out, the deletion is late.",
    otherwise="Wait: carrying it out takes some days, and an account that still opens meanwhile shows nothing.",
    needs=("case_kind",),
    applies=lambda account, command, p: (
        command.facts.case_kind == "deletion_stalled" and p.login_test_meaning == "suspect_only_after_stalled"
    ),
    cites=("G2-32", "G2-41", "X-48"),
)
def deletion_is_late(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    deletion = account.deletion
    if deletion is None or deletion.stalled:
        return None
    return p.calendar.add(deletion.confirmed_at or deletion.since, p.stalled_after)


@guard(
    "A support case waits with the chat bot.",
    otherwise="Open a support case in the chat first.",
    sees=_status,
    limit="bot",
    cites=("G3-47",),
)
def case_is_with_the_bot(account: Account, command: Command, p: Parameters) -> bool:
    return status(account) == "bot"


@guard(
    "A support case waits for an agent.",
    otherwise="Open a support case first.",
    sees=_status,
    limit="bot or queued",
    cites=("G3-47", "G2-61"),
)
def case_waits_for_an_agent(account: Account, command: Command, p: Parameters) -> bool:
    return status(account) in ("bot", "queued")


@guard(
    "The bot's questions are answered, or a human was asked for.",
    otherwise="Answer the bot's questions, or write that you want to talk to a person.",
    needs=("prompts_answered", "human_asked"),
    sees=lambda account, command, p: {"prompts_answered": command.facts.prompts_answered},
    limit=lambda account, command, p: f"{p.bot_prompts_min} to {p.bot_prompts_max}, or a person asked for",
    applies=lambda account, command, p: status(account) == "bot",
    cites=("G3-47", "G3-48"),
)
def bot_is_passed(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.human_asked or command.facts.prompts_answered >= p.bot_prompts_min


@guard(
    "A support case is open with an agent.",
    otherwise="Open a support case and get through to an agent first.",
    sees=_status,
    limit="with_agent",
    cites=("G3-45", "G3-51", "G2-50", "G2-62"),
)
def case_is_with_an_agent(account: Account, command: Command, p: Parameters) -> bool:
    return status(account) == "with_agent"


@guard(
    "A support case is open.",
    otherwise="Turn to support first.",
    sees=_status,
    limit="bot, queued or with_agent",
    cites=("G3-45", "G3-131"),
)
def support_is_contacted(account: Account, command: Command, p: Parameters) -> bool:
    return status(account) in OPEN


@guard(
    "A lock stands whose cause the holder was not told.",
    otherwise="Leave it: the cause was told, or it stands in the statement of reasons.",
    sees=lambda account, command, p: {
        "lock": bool(account.lock),
        "cause_told": bool(account.lock and account.lock.cause_told),
    },
    cites=("G3-02", "G3-50", "A-09"),
)
def cause_is_untold(account: Account, command: Command, p: Parameters) -> bool:
    return account.lock is not None and not account.lock.cause_told


GUARDS = (
    no_case_is_open,
    support_knows_the_matter,
    support_is_reached_so,
    deletion_is_late,
    case_is_with_the_bot,
    case_waits_for_an_agent,
    bot_is_passed,
    case_is_with_an_agent,
    support_is_contacted,
    cause_is_untold,
)


def asked_of_support(p: Parameters) -> tuple[Guard, ...]:
    """What leaving asks beside everything else: nothing, or that support was spoken to (X-10)."""
    return () if p.support_optional else (case_is_with_an_agent,)


def resolve_case() -> Effect:
    """The effect of an agent's helpful act on the case that asked for it."""
    return Set("support_case", fixed={"status": "resolved"})


def _first_status(account: Account, command: Command, p: Parameters) -> str:
    """A chat begins with the bot; whatever is written waits for a person at once."""
    return "bot" if command.facts.case_channel == p.support_channels[0] else "queued"


def _due(kind: str, command: Command, p: Parameters) -> Due | None:
    """By when support answers a case of this *kind* that came to a person now; None if the policy does not say."""
    terms = p.support_due.get(kind) or p.support_due.get(ANY)
    if terms is None:
        return None
    calendar, since = terms.calendar(p.calendar), command.at
    due = calendar.add(since, terms.after)
    return Due(due, since, "support_due", terms.after, terms.name, calendar.counts(terms.after))


def _due_if_written(account: Account, command: Command, p: Parameters) -> Due | None:
    if _first_status(account, command, p) == "bot":
        return None
    return _due(command.facts.case_kind, command, p)


def _due_from_here(account: Account, command: Command, p: Parameters) -> Due | None:
    case = account.support_case
    return _due(case.case_kind, command, p) if case is not None and case.due is None else None


def clock(p: Parameters, *, opens: bool = False) -> tuple[Effect, ...]:
    """What starts the clock of a case as soon as it waits for a person: nothing, unless the policy has one.

    As long as the bot asks, it is the holder who is waited for.
    """
    if not p.support_due:
        return ()
    standing = TimerDue("support_overdue")
    return (
        StartTimer(
            "support_overdue",
            at=_due_if_written if opens else _due_from_here,
            says="for the day by which support has to answer, if the kind of case has one",
        ),
        Set(
            "support_case",
            fixed={"due": lambda account, command, q: (not opens and account.support_case.due) or standing},
        ),
    )


def _asking(p: Parameters) -> tuple[Transition, ...]:
    told = ("case_kind", "case_channel")
    asked: dict[str, Any] = {"actors": (Role.HOLDER,), "trigger": "open_case"}
    return (
        Transition(
            title="Ask support for help",
            source=LIVING,
            when=(urgency.is_("ordinary"),),
            guards=(no_case_is_open, support_knows_the_matter, support_is_reached_so, deletion_is_late),
            effects=(Open("support_case", take=told, fixed={"status": _first_status}), *clock(p, opens=True)),
            cites=("G3-45", "G3-46", "G2-41", "G2-47", "G2-61"),
            **asked,
        ),
        Transition(
            title="Ask support for help before a sale is over",
            source=BLOCKED,
            when=(urgency.is_("urgent"),),
            guards=(no_case_is_open, support_knows_the_matter, support_is_reached_so),
            effects=(
                Open("support_case", take=(*told, "sale_at"), fixed={"status": _first_status, "urgent": True}),
                *clock(p, opens=True),
                Notify("urgent_case"),
            ),
            cites=("G3-06", "G3-114"),
            **asked,
        ),
    )


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        *_asking(p),
        Transition(
            title="Put the holder into the queue for an agent",
            actors=(Role.SYSTEM,),
            trigger="queue_case",
            source=LIVING,
            guards=(case_is_with_the_bot, bot_is_passed),
            effects=(Set("support_case", fixed={"status": "queued"}), *clock(p)),
            cites=("G3-47", "G3-48", "G3-89"),
        ),
        Transition(
            title="Put the holder through to an agent",
            actors=(Role.SYSTEM,),
            trigger="connect_agent",
            source=LIVING,
            guards=(case_waits_for_an_agent, bot_is_passed),
            effects=(Set("support_case", fixed={"status": "with_agent"}), *clock(p)),
            cites=("G3-47", "G3-48"),
        ),
        Transition(
            title="Tell the holder what brought a lock",
            actors=(Role.AGENT,),
            trigger="tell_cause",
            source=BLOCKED,
            guards=(case_is_with_an_agent, identity_is_shown, cause_is_untold),
            effects=(Set("lock", fixed={"cause_told": True}),),
            cites=("G3-02", "G3-50", "G3-135", "A-09"),
        ),
        Transition(
            title="Close a support case that is answered",
            actors=(Role.AGENT,),
            trigger="resolve_case",
            source=LIVING,
            guards=(case_is_with_an_agent,),
            effects=(resolve_case(),),
            cites=("G3-83",),
        ),
    )
