"""Chapter: deliveries. What became of a notice, written into the account's own log where the policy wants that.

Off by default: each try stands in a log of its own beside it. The step changes nothing and sends nothing, so nothing is
ever reported of it.
"""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import RESULTS, Guard, Report, TimerRule, Transition, guard


@guard(
    "It is said which notice it was, and what became of it.",
    otherwise="Say which notice was delivered, and whether it was sent, is dead or is void.",
    needs=("notice", "delivery_outcome"),
    sees=lambda account, command, p: {
        "notice": command.facts.notice or "none",
        "outcome": command.facts.delivery_outcome or "none",
    },
    limit=RESULTS,
    cites=("deliveries",),
)
def result_is_told(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.notice is not None and command.facts.delivery_outcome in RESULTS


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return (result_is_told,) if p.deliveries_in_log else ()


def timers(p: Parameters) -> tuple[TimerRule, ...]:
    """The timers of this chapter: there are none."""
    return ()


def reports(p: Parameters) -> tuple[Report, ...]:
    """What the worker reports under *p*: every result of every notice."""
    return (Report("note_delivery", RESULTS),) if p.deliveries_in_log else ()


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    if not p.deliveries_in_log:
        return ()
    return (
        Transition(
            title="Note what became of a notice",
            actors=(Role.SYSTEM,),
            trigger="note_delivery",
            source=tuple(State),
            guards=(result_is_told,),
            cites=("deliveries",),
        ),
    )
