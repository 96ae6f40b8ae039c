"""The names of the log lines, and the words that must never be in one.

Knows what is said of a decision: account, trigger, outcome, state, version, codes of refusals. Never evidence texts,
codes, identifiers or facts. One line per decision, none per guard. The library configures no logging: where the host
has configured structlog its set-up is used, otherwise lines go to the standard logger ``lifecycle``, silent by default.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

from lifecycle.model import Account, Decision, Event

TAKEN = "transition_taken"
REFUSED = "transition_refused"
SETTLED = "timers_settled"
CONFLICT = "conflict_retried"

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


def logger() -> Any:
    """Return the logger of the library."""
    return structlog.get_logger("lifecycle") if structlog.is_configured() else _QUIET


def tell(decision: Decision) -> None:
    """Write the line of one decision that was stored, if anybody listens."""
    if not (structlog.is_configured() or _STANDARD.isEnabledFor(logging.INFO)):
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
