"""The names of the log lines, and the words that must never be in one.

Knows what is said of a decision and of a worker's work: account, trigger, outcome, state, version, codes of refusals,
notices by name and id. Never evidence texts, codes, identifiers or facts. One line per decision, none per guard. The
library configures no logging: where the host has configured structlog its set-up is used, otherwise lines go to the
standard logger ``lifecycle``, silent by default.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

from lifecycle.model import Account, Actor, Decision, Event
from lifecycle.store.delivery import Outcome, Result

TAKEN = "transition_taken"
REFUSED = "transition_refused"
SETTLED = "timers_settled"
CONFLICT = "conflict_retried"
WORKER_STARTED = "worker_started"
WORKER_STOPPED = "worker_stopped"
WORKER_TROUBLE = "worker_waits_for_the_database"
WORKER_STUCK = "worker_stuck"
TIMER_TROUBLE = "timers_not_settled"
HTTP_FAULT = "http_fault"
TEXT_READ = "text_read"
NOTICES = {outcome: f"notice_{outcome.value}" for outcome in Outcome}
"""``notice_sent``, ``notice_failed``, ``notice_dead``, ``notice_void``, ``notice_dropped`` and ``notice_retried``."""

NAMES = frozenset(
    {TAKEN, REFUSED, SETTLED, CONFLICT, WORKER_STARTED, WORKER_STOPPED, WORKER_TROUBLE, WORKER_STUCK, TIMER_TROUBLE}
    | {HTTP_FAULT, TEXT_READ}
    | set(NOTICES.values())
)
"""The name of every line there is. They stay as they are: dashboards and alarms rest on them."""

NEVER = frozenset(
    {
        "code",
        "secret",
        "token",
        "password",
        "text",
        "texts",
        "email",
        "phone",
        "name",
        "identifiers",
        "evidence",
        "facts",
    }
)
"""Keys that `scrub` removes from every line. A host adds the processor to its own set-up as well."""


def scrub(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove forbidden keys from a log line: a structlog processor."""
    for key in NEVER & set(line):
        del line[key]
    return line


_STANDARD = logging.getLogger("lifecycle")
_QUIET: Any = structlog.wrap_logger(
    _STANDARD,
    wrapper_class=structlog.stdlib.BoundLogger,
    processors=[structlog.stdlib.filter_by_level, scrub, structlog.processors.KeyValueRenderer(key_order=["event"])],
).bind()
_HOSTS: Any = structlog.get_logger("lifecycle")
"""Made once; it takes the host's set-up on when it is used, and keeps it if the host says so."""


def logger() -> Any:
    """Return the logger of the library."""
    return _HOSTS if structlog.is_configured() else _QUIET


def heard(level: int = logging.INFO) -> bool:
    """Whether anybody listens to lines of this level."""
    return structlog.is_configured() or _STANDARD.isEnabledFor(level)


def tell(decision: Decision) -> None:
    """Write the line of one decision that was stored, if anybody listens."""
    if not heard():
        return
    line: dict[str, Any] = {
        "account": decision.command.account_id,
        "trigger": decision.command.trigger,
        "role": decision.command.by.role.value,
        "version": decision.account.version,
        "state": decision.account.state.value,
    }
    if decision.settled:
        line["settled"] = [event.trigger for event in decision.settled]
    if decision.allowed:
        logger().info(TAKEN, **line)
    else:
        logger().info(REFUSED, refusals=[refusal.code for refusal in decision.refusals], **line)


def told_of_timers(account: Account, events: tuple[Event, ...]) -> None:
    """Write the line of due timers that were stored on their own."""
    logger().info(
        SETTLED,
        account=account.id,
        version=account.version,
        state=account.state.value,
        settled=[event.trigger for event in events],
    )


def told_of_delivery(result: Result) -> None:
    """Write the line of one try to deliver a notice: a failure as a warning, a dead one as an error."""
    level = _LEVELS.get(result.outcome, logging.INFO)
    if not heard(level):
        return
    claimed = result.claimed
    line: dict[str, Any] = {
        "account": claimed.account_id,
        "notice": claimed.notice,
        "id": claimed.id,
        "attempt": claimed.attempt,
    }
    if result.why is not None:
        line["why"] = result.why
    if result.next_try is not None:
        line["next_try"] = result.next_try.isoformat(timespec="seconds")
    logger().log(level, NOTICES[result.outcome], **line)


_LEVELS = {Outcome.FAILED: logging.WARNING, Outcome.DEAD: logging.ERROR}


def told_of_trouble(account_id: str, error: str) -> None:
    """Write the line of an account whose due timers could not be settled. *error* is its kind, never its words."""
    logger().warning(TIMER_TROUBLE, account=account_id, error=error)


def told_of_fault(error: str, problem: str) -> None:
    """Write the line of a request that could not be answered. *error* is its kind, never its words."""
    logger().error(HTTP_FAULT, error=error, problem=problem)


def told_of_reading(account_id: str, ref: str, by: Actor) -> None:
    """Write the line of a private text that somebody has read: its reference, never its words."""
    logger().info(TEXT_READ, account=account_id, ref=ref, role=by.role.value, who=by.id)


def told(event: str, **line: Any) -> None:
    """Write another line of a worker, *event* being one of our names."""
    logger().info(event, **line)
