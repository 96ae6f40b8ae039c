"""A service that awaits: the same answers, nothing in the event loop, and what becomes of a call that is cancelled."""

from __future__ import annotations

import asyncio
import inspect
import threading
from contextlib import asynccontextmanager

import fastapi
import httpx
import litestar
import litestar.testing
import pytest
import structlog
from litestar.params import FromPath
from shop import SECRET, Shop

from lifecycle import Actor, Lifecycle, State
from lifecycle.awaiting import AsyncLifecycle
from lifecycle.errors import BadRequest, StoreUnavailable, UnknownAccount

SIGN_UP = {"registration_fields": 4, "verified_by": "link"}
AGENT = Actor.agent("a1")
LOCK = {"ground": "new_device"}
SOON = 10
"""Seconds after which a test gives up waiting."""


@pytest.fixture
def service(tmp_path):
    """A service over a file."""
    shop = Shop()
    with Lifecycle.open(f"sqlite:///{tmp_path / 'a.db'}", secret=SECRET, gather=shop.gather, clock=shop.clock) as each:
        each.register("ann", facts=SIGN_UP)
        yield each


def awaited(service, steps):
    """Run *steps*, a coroutine function of an awaited service."""

    async def run():
        async with AsyncLifecycle(service) as accounts:
            return await asyncio.wait_for(steps(accounts), SOON)

    return asyncio.run(run())


def test_every_answer_is_the_same(service):
    """Deciding, reading and listing give what the service itself gives; errors pass."""

    async def steps(accounts):
        decision = await accounts.submit("lock", account="ann", by=AGENT, facts=LOCK, key="k")
        assert decision.allowed
        assert (await accounts.account("ann")).state is State.SECURITY_LOCKED
        assert [event.trigger async for event in accounts.events("ann")] == ["register", "lock"]
        assert not (await accounts.allows("ann", "sign_in"))
        assert (await accounts.submit("lock", account="ann", by=AGENT, facts=LOCK, key="k")).repeated
        with pytest.raises(UnknownAccount):
            await accounts.account("nobody")
        with pytest.raises(BadRequest, match="connection="):
            await accounts.submit("lock", account="ann", by=AGENT, facts=LOCK, connection=object())
        return [account.id async for account in accounts.accounts()]

    assert awaited(service, steps) == ["ann"]


def test_long_lists_come_page_by_page(service):
    """More accounts than fit a page are all listed, each once."""
    for number in range(450):
        service.import_account(f"acc_{number:03}", state="active")

    async def steps(accounts):
        return [account.id async for account in accounts.accounts(state="active")]

    assert awaited(service, steps) == ["acc_" + f"{n:03}" for n in range(450)] + ["ann"]


def test_the_event_loop_goes_on(service):
    """While the host's function takes its time, other tasks of the loop run."""
    release = threading.Event()
    service._gather = lambda account, names: release.wait(SOON) and {"signed_in": True, "identifier_matches": True}

    async def steps(accounts):
        waiting = asyncio.ensure_future(accounts.submit("deactivate", account="ann", by=Actor.holder("ann")))
        ticks = 0
        while ticks < 20:
            await asyncio.sleep(0.001)
            ticks += 1
        assert not waiting.done()
        release.set()
        return (await waiting).allowed

    assert awaited(service, steps)


def test_every_method_of_the_service_can_be_awaited():
    """Whatever the service offers, the awaited one offers too, with the same arguments."""
    own = {"open", "close"}
    offered = {name for name, _ in inspect.getmembers(Lifecycle, inspect.isfunction) if not name.startswith("_")} - own
    assert {name for name in offered if not hasattr(AsyncLifecycle, name)} == set()
    for name in offered:
        assert inspect.signature(getattr(AsyncLifecycle, name)) == inspect.signature(getattr(Lifecycle, name))


def test_log_lines_keep_what_was_bound(service):
    """What the host bound to its log context is there in the thread that decides."""
    lines = []
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, lambda _, __, line: lines.append(dict(line)) or "-"],
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )

    async def steps(accounts):
        with structlog.contextvars.bound_contextvars(request="r-17"):
            await accounts.submit("lock", account="ann", by=AGENT, facts=LOCK)

    try:
        awaited(service, steps)
    finally:
        structlog.reset_defaults()
    assert [line.get("request") for line in lines if line["event"] == "transition_taken"] == ["r-17"]


def test_closing_waits_for_what_runs(service):
    """A call under way is finished before the database is closed; afterwards there is none."""
    release = threading.Event()
    service._gather = lambda account, names: release.wait(SOON) and {"signed_in": True, "identifier_matches": True}

    async def run():
        accounts = AsyncLifecycle(service)
        waiting = asyncio.ensure_future(accounts.submit("deactivate", account="ann", by=Actor.holder("ann")))
        await asyncio.sleep(0.05)
        closing = asyncio.ensure_future(accounts.close())
        release.set()
        await asyncio.wait_for(closing, SOON)
        return await waiting

    assert asyncio.run(run()).allowed
    with pytest.raises(StoreUnavailable):
        service.account("ann")


def cancelled_in_flight(service, key):
    """Cancel a deactivation while the host's facts are being gathered; return once its thread has ended."""
    begun, release, over = threading.Event(), threading.Event(), threading.Event()

    def gather(account, names):
        begun.set()
        release.wait(SOON)
        return {"signed_in": True, "identifier_matches": True}

    async def steps(accounts):
        service._gather = gather
        task = asyncio.ensure_future(accounts.submit("deactivate", account="ann", by=Actor.holder("ann"), key=key))
        await asyncio.to_thread(begun.wait, SOON)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        over.set()

    async def run():
        accounts = AsyncLifecycle(service)
        await asyncio.wait_for(steps(accounts), SOON)
        await asyncio.to_thread(accounts._pool.shutdown, wait=True)

    asyncio.run(run())


def test_a_cancelled_call_is_whole_and_can_be_asked_again(service):
    """Cancelled in mid-flight, a decision is written whole though nobody heard it; its key tells it, once."""
    cancelled_in_flight(service, "k1")
    assert service.account("ann").state is State.DEACTIVATED
    assert service.verify().damage == ()
    again = service.submit("deactivate", account="ann", by=Actor.holder("ann"), key="k1")
    assert again.repeated
    assert again.allowed
    assert [event.trigger for event in service.events("ann")] == ["register", "deactivate"]


def test_a_call_cancelled_before_it_began_never_runs(service):
    """What still waits for a thread when it is cancelled is not begun."""
    release = threading.Event()
    service._gather = lambda account, names: release.wait(SOON) and {"signed_in": True, "identifier_matches": True}

    async def run():
        async with AsyncLifecycle(service, threads=1) as accounts:
            first = asyncio.ensure_future(accounts.submit("deactivate", account="ann", by=Actor.holder("ann")))
            await asyncio.sleep(0.02)
            second = asyncio.ensure_future(accounts.submit("lock", account="ann", by=AGENT, facts=LOCK))
            await asyncio.sleep(0.02)
            second.cancel()
            release.set()
            assert (await first).allowed
            with pytest.raises(asyncio.CancelledError):
                await second
            return [event.trigger async for event in accounts.events("ann")]

    assert asyncio.run(asyncio.wait_for(run(), SOON)) == ["register", "deactivate"]


def test_at_least_one_thread(service):
    """A pool without threads is refused in words."""
    with pytest.raises(BadRequest, match="threads="):
        AsyncLifecycle(service, threads=0)


async def sixteen(client):
    """Ask sixteen times at once, each under its own key, and hang up on every other one."""
    tasks = [asyncio.ensure_future(client.post(f"/lock/k{n}")) for n in range(16)]
    await asyncio.sleep(0.01)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    return [answer.json() for answer in answers if isinstance(answer, httpx.Response)]


def check(service, answers):
    """Exactly one request locked the account; the log is whole, whoever hung up."""
    taken = [answer for answer in answers if answer["allowed"]]
    assert len(taken) <= 1
    assert [event.trigger for event in service.events("ann")] == ["register", "lock"]
    assert service.verify().damage == ()


def test_inside_fastapi(service):
    """Mounted in a FastAPI service, many at once and half of them cut off, one decision is taken."""
    accounts = AsyncLifecycle(service)
    app = fastapi.FastAPI()

    @app.post("/lock/{key}")
    async def lock(key: str) -> dict[str, bool]:
        decision = await accounts.submit("lock", account="ann", by=AGENT, facts=LOCK, key=key)
        return {"allowed": decision.allowed}

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
            answers = await sixteen(client)
        await asyncio.to_thread(accounts._pool.shutdown, wait=True)
        return answers

    check(service, asyncio.run(asyncio.wait_for(run(), SOON)))


def test_inside_litestar(service):
    """The same in a Litestar service, which closes the accounts when it ends."""
    accounts = AsyncLifecycle(service)

    @litestar.post("/lock/{key:str}", status_code=200)
    async def lock(key: FromPath[str]) -> dict[str, bool]:
        decision = await accounts.submit("lock", account="ann", by=AGENT, facts=LOCK, key=key)
        return {"allowed": decision.allowed}

    @asynccontextmanager
    async def lifespan(app):
        yield
        await asyncio.to_thread(accounts._pool.shutdown, wait=True)

    async def run():
        app = litestar.Litestar([lock], lifespan=[lifespan])
        async with litestar.testing.AsyncTestClient(app) as client:
            return await sixteen(client)

    check(service, asyncio.run(asyncio.wait_for(run(), SOON)))
