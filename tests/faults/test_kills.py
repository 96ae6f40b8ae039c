"""Processes killed while they write and work, on both databases: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import signal
import sys
import time

import pytest
from postgres import Server
from raising import TIMES, Nursery, check_told, check_worked, check_written, drained, due, for_writers, opened

from lifecycle import Parameters, policy

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def durable():
    """A PostgreSQL server that waits for the disk."""
    server = Server("fsync=on")
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        server = request.getfixturevalue("durable")
        with server.database() as name:
            yield server.url(name)


@pytest.fixture
def accounts(url):
    """The service over it, in the test's own process."""
    with opened(url) as service:
        yield service


@pytest.fixture
def nursery(accounts, url, tmp_path):
    """Processes over the same database. The service was opened before, so the tables are there."""
    folder = tmp_path / "nursery"
    folder.mkdir()
    made = Nursery(url, folder)
    yield made
    made.close()
    assert made.errors() == []


def test_writers_killed_under_load(accounts, nursery, tell):
    """Writers are killed in the middle of writing; all that was acknowledged is in the log, once, with its notices."""
    for_writers(accounts, 2)
    moments = random.Random(20260213)
    pids = [nursery.say("writer", number) for number in range(2)]
    raised = [0, 0]
    for turn in range(TIMES):
        which = turn % 2
        others = [sys.maxsize] * 2
        others[which] = raised[which]
        nursery.at_work("written", others)
        time.sleep(moments.uniform(0, 0.03))
        assert nursery.say("kill", pids[which]) == -signal.SIGKILL
        raised[which] = nursery.sizes("written", 2)[which]
        pids[which] = nursery.say("writer", which)
    nursery.all_at_work("written", raised)
    for pid in pids:
        nursery.say("kill", pid)
    told = check_written(accounts, nursery, TIMES + 2)
    tell(f"{TIMES + 2} kills of writers on {accounts.store!r}: {told}")


def killed_at_work(accounts, nursery, word):
    """Two such workers, of which the one that begins on what is due is killed each time; return the accounts' names."""
    moments = random.Random(20260214)
    pids = [nursery.say(word, number) for number in range(2)]
    names: list[str] = []
    for turn in range(TIMES):
        new = [f"a{turn}_{n}" for n in range(6)]
        before = nursery.sizes("delivered", 2)
        due(accounts, new)
        names += new
        which = nursery.at_work("delivered", before)
        time.sleep(moments.uniform(0, 0.01))
        assert nursery.say("kill", pids[which]) == -signal.SIGKILL
        pids[which] = nursery.say(word, which)
    for pid in pids:
        nursery.say("kill", pid)
    drained(accounts, nursery)
    return names


def test_workers_killed_under_load(accounts, nursery, tell):
    """Workers are killed in the middle of their work; each timer fires once, each notice goes out."""
    told = check_worked(accounts, nursery, killed_at_work(accounts, nursery, "worker"))
    tell(f"{TIMES + 2} kills of workers on {accounts.store!r}: {told}")


def test_workers_killed_between_a_delivery_and_its_report(nursery, url, tell):
    """Workers that tell accounts what became of their notices are killed at work; each result is told once."""
    with opened(url, policy(Parameters(deliveries_in_log=True))) as accounts:
        told = check_told(accounts, killed_at_work(accounts, nursery, "reporter"))
        tell(f"{TIMES + 2} kills of workers that report on {accounts.store!r}: {told}")


@pytest.mark.parametrize("workers", [2, 8])
def test_many_workers_on_one_backlog(accounts, nursery, tell, workers):
    """However many workers take on the same backlog, each timer fires once and each notice goes out once."""
    names = [f"b{n}" for n in range(200)]
    due(accounts, names)
    began = time.monotonic()
    pids = [nursery.say("worker", number) for number in range(workers)]
    while accounts.store.backlog(accounts.clock()).due or accounts.store.backlog(accounts.clock()).waiting:
        assert time.monotonic() < began + 100
        time.sleep(0.05)
    took = time.monotonic() - began
    for pid in pids:
        assert nursery.say("stop", pid) == 0
    told = check_worked(accounts, nursery, names)
    assert "(0 of them again)" in told
    tell(f"{workers} workers on {accounts.store!r}, {took:.1f} s: {told}")


def test_the_server_killed_under_load(durable, tmp_path, tell):
    """PostgreSQL itself is killed and started again while writers write and a worker works; both go on by themselves."""
    folder = tmp_path / "nursery"
    folder.mkdir()
    times = max(2, TIMES // 20)
    moments = random.Random(20260216)
    with durable.database() as name, opened(durable.url(name)) as accounts:
        for_writers(accounts, 2)
        names = [f"c{n}" for n in range(40)]
        due(accounts, names[:20])
        nursery = Nursery(durable.url(name), folder)
        pids = [nursery.say("writer", 0), nursery.say("writer", 1), nursery.say("worker", 0)]
        written, delivered = [0, 0], [0]
        for _ in range(times):
            nursery.all_at_work("written", written)
            nursery.all_at_work("delivered", delivered)
            time.sleep(moments.uniform(0, 0.2))
            durable.stop(signal.SIGKILL)
            written, delivered = nursery.sizes("written", 2), nursery.sizes("delivered", 1)
            time.sleep(0.1)
            durable.start()
        due(accounts, names[20:])
        nursery.all_at_work("written", written)
        nursery.all_at_work("delivered", delivered)
        for pid in pids:
            nursery.say("kill", pid)
        drained(accounts, nursery)
        written = check_written(accounts, nursery, 3, beside=names)
        worked = check_worked(accounts, nursery, names)
        nursery.close()
        assert nursery.errors() == []
        tell(f"{times} kills of the server: {written}; {worked}")
