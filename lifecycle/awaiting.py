"""The same door for a service that awaits: every call runs in a thread of a pool, none in the event loop.

Knows how a call reaches a thread, and what becomes of it when whoever awaits it is cancelled. Does not know what any
call does: there is no second copy of the service.

A call that was cancelled before a thread took it never runs. One that runs already is not torn apart: it ends by itself,
whole or not at all, though nobody hears its answer; the same request under the same key tells it.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Concatenate, ParamSpec, Self, TypeVar

from lifecycle.errors import BadRequest
from lifecycle.service import Lifecycle

THREADS = 8
"""How many calls run at once, unless another number is given. More do not make SQLite faster."""

PAGE = 200
"""How many entries of a list are fetched at a time."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _awaited(
    method: Callable[Concatenate[Lifecycle, _P], _T],
) -> Callable[Concatenate[AsyncLifecycle, _P], Awaitable[_T]]:
    """Make of a method of the service one that is awaited."""

    @functools.wraps(method)
    async def call(self: AsyncLifecycle, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        if kwargs.get("connection") is not None:
            raise BadRequest(
                "connection= takes part in a transaction of the thread that began it. Call Lifecycle itself there, for "
                "instance with asyncio.to_thread around the whole transaction."
            )
        return await self.run(functools.partial(method, self.service, *args, **kwargs))

    return call


def _streamed(
    method: Callable[Concatenate[Lifecycle, _P], Iterator[_T]],
) -> Callable[Concatenate[AsyncLifecycle, _P], AsyncIterator[_T]]:
    """Make of a method that returns many entries one that is iterated with ``async for``, page by page."""

    @functools.wraps(method)
    async def stream(self: AsyncLifecycle, /, *args: _P.args, **kwargs: _P.kwargs) -> AsyncIterator[_T]:
        found = await self.run(functools.partial(method, self.service, *args, **kwargs))
        while page := await self.run(lambda: list(islice(found, PAGE))):
            for each in page:
                yield each

    return stream


class AsyncLifecycle:
    """A `Lifecycle` whose methods are awaited; arguments, answers and errors are the same.

    ``async with AsyncLifecycle(Lifecycle.open(…)) as accounts: decision = await accounts.submit(…)``

    What takes a list is iterated with ``async for``. The host's ``gather`` stays an ordinary function: it runs in the
    same thread as the call.
    """

    def __init__(self, accounts: Lifecycle, *, threads: int = THREADS) -> None:
        """Use *accounts*, with so many *threads*. Closing this closes them."""
        if threads < 1:
            raise BadRequest("threads= must be at least 1")
        self.service = accounts
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="lifecycle")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for the calls under way, drop those that did not begin, and close the database."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        await asyncio.to_thread(self.service.close)

    async def run(self, call: Callable[[], _T]) -> _T:
        """Run *call* in a thread, with the context of whoever awaits it, so that log lines keep what is bound there."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._pool, context.run, call)

    register = _awaited(Lifecycle.register)
    identify = _awaited(Lifecycle.identify)
    known_by = _awaited(Lifecycle.known_by)
    import_account = _awaited(Lifecycle.import_account)
    submit = _awaited(Lifecycle.submit)
    observe = _awaited(Lifecycle.observe)
    settle = _awaited(Lifecycle.settle)
    account = _awaited(Lifecycle.account)
    allows = _awaited(Lifecycle.allows)
    level = _awaited(Lifecycle.level)
    options = _awaited(Lifecycle.options)
    explain = _awaited(Lifecycle.explain)
    plan = _awaited(Lifecycle.plan)
    signals = _awaited(Lifecycle.signals)
    code_for = _awaited(Lifecycle.code_for)
    text = _awaited(Lifecycle.text)
    verify = _awaited(Lifecycle.verify)
    refold = _awaited(Lifecycle.refold)
    prune = _awaited(Lifecycle.prune)
    accounts = _streamed(Lifecycle.accounts)
    appeals = _streamed(Lifecycle.appeals)
    events = _streamed(Lifecycle.events)
    denials = _streamed(Lifecycle.denials)
    outbox = _streamed(Lifecycle.outbox)

    def __repr__(self) -> str:
        return f"AsyncLifecycle({self.service.store!r})"
