"""Workers on PostgreSQL: woken instead of polling, in processes of their own, killed, and cut off from the server."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import psycopg
import pytest
from command_line import cli
from shop import SECRET, Shop

from lifecycle import Actor, Lifecycle
from lifecycle.errors import StoreUnavailable
from lifecycle.store.postgres.waking import CHANNEL
from lifecycle.worker import Worker

FACTS = {"registration_fields": 4, "verified_by": "link", "contacts": ["email"]}
LONG = dt.timedelta(seconds=60)


@pytest.fixture
def accounts(postgres_url):
    """A service in PostgreSQL, by the machine's clock."""
    with Lifecycle.open(postgres_url, secret=SECRET) as service:
        yield service


@contextmanager
def running(worker):
    """Run a worker in a thread of its own."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield thread
    finally:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


def until(what, seconds=30.0):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def idle(accounts):
    """Whether a worker holds the lock of those that sleep."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1818846566 AND mode = 'ExclusiveLock' AND granted"
    return accounts.store._links.read(query, ())[0][0] > 0


def test_an_idle_worker_is_woken(accounts):
    """A worker that would sleep for a minute sends a notice as soon as the decision is committed."""
    got = []
    with running(Worker(accounts, lambda delivery: got.append(time.monotonic()), poll=LONG)):
        until(lambda: idle(accounts))
        for n in range(3):
            time.sleep(0.2)
            until(lambda: idle(accounts))
            began = time.monotonic()
            accounts.register(f"acc-{n}", facts=FACTS)
            until(lambda n=n: len(got) == n + 1)
            assert got[-1] - began < 10


def test_a_busy_database_tells_nobody(accounts, postgres_url):
    """While no worker sleeps, decisions send no notification, so commits do not queue for it."""
    with closing(psycopg.connect(postgres_url, autocommit=True)) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        accounts.register("quiet", facts=FACTS)
        assert list(ear.notifies(timeout=0.3, stop_after=1)) == []
        with running(Worker(accounts, None, poll=LONG)):
            until(lambda: idle(accounts))
            accounts.register("told", facts=FACTS)
            assert len(list(ear.notifies(timeout=10, stop_after=1))) == 1


def test_a_decision_that_leaves_nothing_to_do_tells_nobody(accounts, postgres_url):
    """A refusal wakes no worker."""
    accounts.register("ann", facts=FACTS)
    with (
        running(Worker(accounts, None, poll=LONG)),
        closing(psycopg.connect(postgres_url, autocommit=True)) as ear,
    ):
        until(lambda: idle(accounts))
        ear.execute(f"LISTEN {CHANNEL}")
        assert not accounts.submit("reactivate", account="ann", by=Actor.holder("ann")).allowed
        assert list(ear.notifies(timeout=0.3, stop_after=1)) == []


def test_a_notice_that_is_asked_for_again_wakes(accounts):
    """A person's word wakes a sleeping worker too."""
    accounts.register("ann", facts=FACTS)
    got = []
    with running(Worker(accounts, lambda delivery: got.append(delivery.attempt), poll=LONG)):
        until(lambda: got == [1] and idle(accounts))
        assert accounts.store.retry_notice("ann", 1, 1, at=accounts.clock())
        until(lambda: got == [1, 1])


def test_several_workers_sleep_at_once(accounts):
    """Only one of them holds the lock; notices are sent all the same, each once, and all of them stop."""
    got = []
    workers = [
        Worker(accounts, lambda delivery: got.append(delivery.id), poll=dt.timedelta(seconds=2)) for _ in range(3)
    ]
    with running(workers[0]), running(workers[1]), running(workers[2]):
        until(lambda: idle(accounts))
        for n in range(5):
            accounts.register(f"acc-{n}", facts=FACTS)
        until(lambda: len(got) >= 5)
    assert sorted(got) == [f"acc-{n}:1:1" for n in range(5)]


def test_what_is_rolled_back_is_not_sent(accounts, postgres_url):
    """A notice of the host's transaction goes out when the host commits, and never if it does not."""
    got = []
    with running(Worker(accounts, lambda delivery: got.append(delivery.account), poll=dt.timedelta(seconds=0.2))):
        with closing(psycopg.connect(postgres_url)) as host:
            accounts.register("gone", facts=FACTS, connection=host)
            time.sleep(0.5)
            host.rollback()
            accounts.register("kept", facts=FACTS, connection=host)
            time.sleep(0.5)
            assert got == []
            host.commit()
        until(lambda: got == ["kept"])


def test_the_commands_take_an_address(accounts, postgres_url):
    """Worker, outbox and health work on PostgreSQL as they do on a file."""
    accounts.register("ann", facts=FACTS)
    ran = cli("worker", "--print", "--once", "--database", postgres_url)
    assert ran.code == 0, ran.err
    assert "ann:1:1 to holder: welcome" in ran.out
    listed = cli("outbox", "list", "--stands", "sent", "--json", "--database", postgres_url).document
    assert [each["id"] for each in listed["notices"]] == ["ann:1:1"]
    assert cli("health", "--database", postgres_url).code == 0


@pytest.mark.parametrize("command", [("worker", "--print"), ("health",), ("outbox", "list")])
def test_a_server_that_is_down_at_the_start(command):
    """It ends with 2 and a sentence, and nothing is tried again behind anybody's back."""
    ran = cli(*command, "--database", "postgresql://nobody@127.0.0.1:1/none")
    assert ran.code == 2
    assert "127.0.0.1" in ran.err
    assert "Traceback" not in ran.err


HOST = """
import os, sys, time
from lifecycle import Lifecycle
from lifecycle.worker import Worker
import datetime as dt

url, path, kill_after = sys.argv[1], sys.argv[2], int(sys.argv[3])
file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
sent = 0

def send(delivery):
    global sent
    os.write(file, f"{delivery.id}\\n".encode())
    sent += 1
    if sent == kill_after:
        os.kill(os.getpid(), 9)

accounts = Lifecycle.open(url, secret="thirty-two bytes of test secret.")
later = dt.timedelta(days=int(sys.argv[4]), seconds=int(sys.argv[5]))
accounts.clock = lambda: dt.datetime.now(dt.UTC) + later
worker = Worker(accounts, send, threads=2, batch=7)
worker.run_once()
"""


def hosts(url, path, *, kill_after, days=0, seconds=0, number=2):
    """Run worker processes on a database, and return how they ended."""
    started = [
        subprocess.Popen([sys.executable, "-c", HOST, url, str(path), str(kill_after), str(days), str(seconds)])
        for _ in range(number)
    ]
    return [process.wait(120) for process in started]


def test_workers_are_killed_and_nothing_is_lost_or_fired_twice(accounts, postgres_url, tmp_path):
    """Processes killed amid deliveries: every notice arrives, in order, and each due timer has one event."""
    names = [f"acc-{n:02}" for n in range(24)]
    for name in names:
        accounts.register(name, facts=FACTS)
        accounts.submit("request_closure", account=name, by=Actor.holder(name), gather=Shop().gather)
    sent = tmp_path / "sent"
    for turn in range(3):
        ended = hosts(postgres_url, sent, kill_after=5, days=4, seconds=turn * 120)
        assert set(ended) <= {0, -signal.SIGKILL}
    while any(True for _ in accounts.store.posted(stands="waiting")):
        turn += 1
        assert turn < 30
        assert set(hosts(postgres_url, sent, kill_after=0, days=4, seconds=turn * 120)) == {0}
    got = sent.read_text().split()
    wanted = [row.id for name in names for row in accounts.outbox(name)]
    assert set(got) == set(wanted)
    for name in names:
        assert [event.trigger for event in accounts.events(name)].count("closure_lapses") == 1
        first = list(dict.fromkeys(id for id in got if id.startswith(f"{name}:")))
        assert first == [row.id for row in accounts.outbox(name)]
    # a kill costs at most what was under way or not yet written down by that process
    assert len(got) - len(wanted) <= 6 * 7
    assert not accounts.verify().damage


class TestServerGoesAway:
    """The server is stopped and started while a worker runs."""

    @pytest.fixture
    def own(self):
        """A server of the test's own, which may be stopped."""
        from postgres import Server

        server = Server()
        yield server
        server.close()

    def test_a_worker_outlives_its_server(self, own):
        """It waits while the server is away, and goes on when it is back; the host's decisions as well."""
        got = []
        with own.database() as name, Lifecycle.open(own.url(name), secret=SECRET) as accounts:
            worker = Worker(accounts, lambda delivery: got.append(delivery.id), poll=dt.timedelta(seconds=0.2))
            with running(worker) as thread:
                accounts.register("before", facts=FACTS)
                until(lambda: got == ["before:1:1"])
                own.stop(signal.SIGKILL)
                time.sleep(1)
                assert thread.is_alive()
                own.start()
                until(lambda: registered(accounts, "after"))
                until(lambda: "after:1:1" in got, 60)


def registered(accounts, name):
    """Whether an account could be registered."""
    try:
        return accounts.register(name, facts=FACTS, key=name).allowed
    except StoreUnavailable:
        return False
