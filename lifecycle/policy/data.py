"""Chapter: the data of a deleted account. Erased by themselves or on request, in full, in part, or not yet.

What the log keeps of a person is encrypted under the account's own key, and an erasure destroys that key, also one in
part: the categories that the law asks to be kept are the host's records, and the event names them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.holds import no_hold_stands
from lifecycle.policy.membership_ending import asks_for_erasure, notice_asks_for_erasure, proofs_are_needed_no_longer
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Guard, Notify, Open, Selector, Set, StartTimer, Transition, guard, not_before


def kept(command: Command, p: Parameters) -> list[str]:
    """The categories of this account's data that the law asks to be kept, of those that may be kept at all."""
    return sorted(set(command.facts.kept_by_law) & set(p.legal_retention_categories))


law = Selector(
    name="law",
    sentence="Does the law ask for some of the data to be kept?",
    answers={"nothing": "the law asks for nothing to be kept", "some": "the law asks for some of the data to be kept"},
    read=lambda account, command, p: "some" if kept(command, p) else "nothing",
    needs=("kept_by_law",),
)


@guard(
    "The person asking was the holder.",
    otherwise="Have the person show that the account was theirs.",
    needs=("former_holder_identified",),
    limit=True,
    cites=("G1-40", "G1-41"),
)
def former_holder_is_identified(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.former_holder_identified


@guard(
    "The data are not erased yet.",
    otherwise="Leave it: what could be erased is gone.",
    sees=lambda account, command, p: {"erased": account.erased},
    limit=False,
    cites=("G1-33",),
)
def data_are_not_erased(account: Account, command: Command, p: Parameters) -> bool:
    return not account.erased


@guard(
    "Something is left that may be erased.",
    otherwise="Leave it: nothing is left.",
    sees=lambda account, command, p: {"erasure": _status(account)},
    limit="waiting, refused or partial",
    cites=("G1-33", "G2-59"),
)
def something_is_left(account: Account, command: Command, p: Parameters) -> bool:
    return not account.erased or _status(account) == "partial"


def _status(account: Account) -> str:
    if account.erasure is None:
        return "erased" if account.erased else "waiting"
    return account.erasure.status


@guard(
    "Somebody asked for the data to be erased, where that is needed.",
    otherwise="Wait until the former holder asks support for it.",
    sees=lambda account, command, p: {"asked": bool(account.erasure and account.erasure.asked)},
    limit=True,
    applies=lambda account, command, p: p.erasure_mode == "on_request",
    cites=("X-09", "G1-40"),
)
def erasure_was_asked_for(account: Account, command: Command, p: Parameters) -> bool:
    return account.erasure is not None and account.erasure.asked


@not_before(
    "The time between deletion and erasure is over.",
    otherwise="Wait; the data are erased soon after the deletion.",
    cites=("G1-33",),
)
def erasure_delay_is_over(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    return p.calendar.add(account.since, p.data_erasure_delay) if account.since else None


@guard(
    "The law does not ask for all the data to be kept.",
    otherwise="Wait until the duty to keep them ends.",
    needs=("retention_duty",),
    limit=False,
    cites=("X-09", "A-20", "G1-41"),
)
def no_retention_duty(account: Account, command: Command, p: Parameters) -> bool:
    return not command.facts.retention_duty


@guard(
    "A hold or the law stops the erasure.",
    otherwise="Erase the data: nothing stands in the way.",
    needs=("retention_duty",),
    sees=lambda account, command, p: {
        "holds": list(account.holds),
        "retention_duty": command.facts.retention_duty,
    },
    limit="a hold or a duty",
    cites=("G1-41", "X-09", "A-20"),
)
def something_stops_the_erasure(account: Account, command: Command, p: Parameters) -> bool:
    return bool(account.holds) or command.facts.retention_duty


@guard(
    "The former holder was not told of it yet.",
    otherwise="Leave it: it was said, and is tried again by and by.",
    sees=lambda account, command, p: {"erasure": _status(account)},
    limit="waiting",
    cites=("G1-41", "X-09"),
)
def refusal_is_untold(account: Account, command: Command, p: Parameters) -> bool:
    return _status(account) != "refused"


ALWAYS: tuple[Guard, ...] = (
    data_are_not_erased,
    something_is_left,
    erasure_was_asked_for,
    erasure_delay_is_over,
    no_retention_duty,
    something_stops_the_erasure,
    refusal_is_untold,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (*ALWAYS, *((former_holder_is_identified,) if p.erasure_mode != "automatic" else ()))


def erasing(p: Parameters) -> tuple[Effect, ...]:
    """What a deletion begins: the data wait for their erasure, and for somebody to ask if that is needed (X-09)."""
    if p.erasure_mode == "on_request":
        waits = StartTimer("erase", after="data_erasure_delay", only_if=_asked_in_a_notice)
    else:
        waits = StartTimer("erase", after="data_erasure_delay")
    return (Open("erasure", fixed={"asked": lambda account, command, q: asks_for_erasure(account)}), waits)


def _asked_in_a_notice(read: Callable[[str], Any], p: Parameters) -> bool:
    return notice_asks_for_erasure(read("termination_notice"))


def _went(account: Account, command: Command, p: Parameters) -> list[str]:
    return [name for name in p.erased_categories if name not in kept(command, p)]


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (*(_asking() if p.erasure_mode != "automatic" else ()), *_erasing())


def _asking() -> tuple[Transition, ...]:
    return (
        Transition(
            title="Ask for the data of a deleted account to be erased",
            actors=(Role.AGENT,),
            trigger="request_erasure",
            source=(State.DELETED,),
            guards=(former_holder_is_identified, data_are_not_erased),
            effects=(
                Open("erasure", fixed={"asked": True}),
                StartTimer("erase", after="data_erasure_delay"),
                Notify("erasure_requested"),
            ),
            cites=("G1-40", "G1-41", "G4-13", "X-09"),
        ),
    )


def _erasing() -> tuple[Transition, ...]:
    carried_out: dict[str, Any] = {
        "actors": (Role.SYSTEM, Role.AGENT),
        "trigger": "erase",
        "source": (State.DELETED,),
    }
    may_go = (
        erasure_was_asked_for,
        erasure_delay_is_over,
        no_hold_stands,
        no_retention_duty,
        proofs_are_needed_no_longer,
    )
    gone = Set("account", fixed={"erased": True})
    return (
        Transition(
            title="Erase the data",
            when=(law.is_("nothing"),),
            guards=(something_is_left, *may_go),
            effects=(
                gone,
                Set("erasure", fixed={"status": "erased", "erased_data": _went, "kept_data": lambda *_: []}),
                Notify("data_erased"),
            ),
            cites=("G1-33", "G2-59", "G4-15", "D-10"),
            **carried_out,
        ),
        Transition(
            title="Erase the data but for what the law asks to be kept",
            when=(law.is_("some"),),
            guards=(data_are_not_erased, *may_go),
            effects=(
                gone,
                Set(
                    "erasure",
                    fixed={
                        "status": "partial",
                        "erased_data": _went,
                        "kept_data": lambda account, command, q: kept(command, q),
                    },
                ),
                Notify("data_erased_in_part"),
            ),
            cites=("G1-41", "G4-13", "G4-15", "X-09", "A-20"),
            **carried_out,
        ),
        Transition(
            title="Say that the data cannot be erased yet",
            actors=(Role.SYSTEM, Role.AGENT),
            trigger="refuse_erasure",
            source=(State.DELETED,),
            guards=(data_are_not_erased, something_stops_the_erasure, refusal_is_untold),
            effects=(
                Set("erasure", fixed={"status": "refused"}),
                StartTimer("erase", after="erasure_retry"),
                Notify("erasure_refused"),
            ),
            cites=("G1-41", "X-09"),
        ),
    )
