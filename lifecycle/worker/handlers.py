"""The host's functions that deliver notices: one for each notice, or one for all.

Knows which notices need one and what may not be one. Does not call any.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

from lifecycle.errors import BadRequest, closest
from lifecycle.store.delivery import Outcome
from lifecycle.worker.deliveries import Delivery, Undeliverable, Void

Handler: TypeAlias = Callable[[Delivery], None]
"""Delivers one notice. Returns None once it is delivered, and raises if it could not be."""

Handlers: TypeAlias = Handler | Mapping[str, Handler | None]
"""A function for every notice, or one by name; ``"*"`` stands for the rest, None for what the host does not send."""

REST = "*"


class Desk:
    """The handlers of one worker, checked."""

    def __init__(self, handlers: Handlers, notices: Collection[str]) -> None:
        """Take *handlers* for the *notices* of a policy.

        Raises:
            BadRequest: a name that is no notice, a notice without a handler, or something that cannot be one; all
                mistakes at once.
        """
        given: Mapping[str, Handler | None] = {REST: handlers} if callable(handlers) else handlers
        if not isinstance(given, Mapping):
            raise BadRequest(
                "handlers= must be a function that takes a delivery, or a mapping of notices to such functions"
            )
        if mistakes := [*_mistakes(given, notices)]:
            raise BadRequest("\n  ".join(["the handlers cannot be used:", *mistakes]))
        self._handlers = dict(given)

    def deliver(self, delivery: Delivery) -> tuple[Outcome, str | None]:
        """Call the handler, and return what became of it and why. Never raises, whatever the handler does.

        Of an error only its kind is told: its words may hold an address.
        """
        handler = self._handlers.get(delivery.notice, self._handlers.get(REST, _nobody))
        if handler is None:
            return Outcome.DROPPED, "not_sent_here"
        try:
            answer: Any = handler(delivery)
        except Void as void:
            return Outcome.VOID, void.why
        except Undeliverable as hopeless:
            return Outcome.DEAD, hopeless.why
        except BaseException as error:  # noqa: BLE001 - a handler may even try to leave the process
            return Outcome.FAILED, type(error).__name__
        if answer is None:
            return Outcome.SENT, None
        if inspect.iscoroutine(answer):
            answer.close()
        return Outcome.FAILED, f"answered_{type(answer).__name__}"


class NoHandlerError(LookupError):
    """Nobody delivers a notice of this name: it is of another policy than the worker's."""


def _nobody(delivery: Delivery) -> None:
    raise NoHandlerError(delivery.notice)


def _mistakes(given: Mapping[str, Handler | None], notices: Collection[str]) -> Iterable[str]:
    for name, handler in given.items():
        if name != REST and name not in notices:
            yield f'the policy sends no notice "{name}".{closest(str(name), notices)}'
        if handler is not None and not callable(handler):
            yield f'what delivers "{name}" is of the type {type(handler).__name__}, and no function'
        elif inspect.iscoroutinefunction(_inmost(handler)):
            yield f'what delivers "{name}" is an async function; give one that returns when it is done'
    if REST not in given and (missing := sorted(set(notices) - set(given))):
        yield (
            f'nobody delivers: {", ".join(missing)}. Name a function for each, "*" for the rest, or None for what '
            "you do not send."
        )


def _inmost(handler: Any) -> Any:
    while isinstance(handler, functools.partial):
        handler = handler.func
    return handler if inspect.isroutine(handler) else getattr(handler, "__call__", handler)  # noqa: B004


def printing(delivery: Delivery) -> None:
    """Write one line for a notice in the place of sending it: for trying out. Fetches neither codes nor texts."""
    to = delivery.values.get("to", "somebody")
    sys.stdout.write(f"{delivery.at.isoformat(timespec='seconds')} {delivery.id} to {to}: {delivery.notice}\n")
    sys.stdout.flush()
