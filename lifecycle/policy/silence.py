"""Chapter: the silence of support. A case that nobody answered in time counts as a step that failed.

Only where the policy says by when support answers, which by default it does not: the guides tell usual times alone. The
clock itself stands in the chapter about support. What silence opens is the next step: an appeal where support or the code
came first, and a supervisor, from a lock as well as from a suspension.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.appeals import (
    appeal_was_offered,
    self_service_failed,
)
from lifecycle.policy.documents import restriction_of
from lifecycle.policy.escalation import escalation, refusal_is_on_record
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import LIVING, OPEN, silent
from lifecycle.rows import Guard, Notice, Notify, Set, TimerRule, Transition, guard, not_before


@guard(
    "A support case with a day to answer it is open, and its silence is not noted yet.",
    otherwise="Leave it: the case is answered, or its silence is noted already.",
    sees=lambda account, command, p: {
        "support_case": account.support_case.status if account.support_case else "none",
        "overdue": bool(account.support_case and account.support_case.overdue),
    },
    limit="open and not overdue",
    cites=("support-due",),
)
def silence_is_not_noted(account: Account, command: Command, p: Parameters) -> bool:
    case = account.support_case
    return case is not None and case.status in OPEN and case.due is not None and not case.overdue


@not_before(
    "The time that support has to answer is over.",
    otherwise="Wait; support still has time to answer.",
    cites=("support-due", "G3-83", "X-40"),
)
def support_had_its_time(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return account.support_case.due if account.support_case else None


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (silence_is_not_noted, support_had_its_time) if p.support_due else ()


# --- what silence counts for --------------------------------------------------------------------------------------


def _or(plain: Guard, sentence: str, opens: Callable[[Account], bool]) -> Guard:
    def test(account: Account, command: Command, p: Any) -> bool:
        return opens(account) or plain.test(account, command, p)

    return attrs.evolve(plain, sentence=sentence, test=test, cites=(*plain.cites, "support-due"))


def _left_without_support(account: Account) -> bool:
    """Whether support alone was named as the way out, and it is silent; who was offered no appeal at all has none."""
    restriction = restriction_of(account)
    return restriction is not None and restriction.offers_appeal and silent(account)


@functools.cache
def _instead(final_for_agent_level: bool) -> Mapping[str, Guard]:
    refused = "An appeal was rejected, or support was silent."
    if not final_for_agent_level:
        refused = "An appeal was rejected, support declined the case, or support was silent."
    return MappingProxyType(
        {
            each.name: each
            for each in (
                _or(
                    self_service_failed,
                    "Unlocking by oneself was tried and failed, no code can open this lock, or support was silent.",
                    silent,
                ),
                _or(
                    appeal_was_offered,
                    "The way to appeal was shown, or support was the way and is silent.",
                    _left_without_support,
                ),
                _or(refusal_is_on_record, refused, silent),
            )
        }
    )


def counted(guards: tuple[Guard, ...], p: Parameters) -> tuple[Guard, ...]:
    """Return *guards* with silence counted as a failed step wherever one is asked for."""
    if not p.support_due:
        return guards
    instead = _instead(p.final_for_agent_level)
    return tuple(instead.get(each.name, each) for each in guards)


# --- rows ---------------------------------------------------------------------------------------------------------


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter under *p*."""
    if not p.support_due:
        return ()
    return (
        TimerRule(
            name="support_overdue",
            trigger="support_overdue",
            lives_in=LIVING,
            waits_for=lambda read: read("support_case") is not None and read("support_case").status in OPEN,
            says="A support case that nobody answered in time is noted as silent; the next step is open then.",
        ),
    )


def notices(p: Parameters) -> tuple[Notice, ...]:
    """The notices of this chapter under *p*."""
    if not p.support_due:
        return ()
    return (
        Notice("support_silent", "Support has not answered in time; here is what you can do next."),
        Notice("support_late", "A support case was not answered in time.", to="staff"),
    )


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    if not p.support_due:
        return ()
    return (
        Transition(
            title="Note that support has not answered in time",
            actors=(Role.SYSTEM,),
            trigger="support_overdue",
            source=LIVING,
            guards=(silence_is_not_noted, support_had_its_time),
            effects=(Set("support_case", fixed={"overdue": True}), Notify("support_late"), Notify("support_silent")),
            cites=("support-due", "G3-83"),
        ),
        escalation(
            p,
            "Take the silence over a lock to a supervisor",
            State.SECURITY_LOCKED,
            "lock",
            cites=("support-due", "G3-51", "T-11"),
        ),
    )
