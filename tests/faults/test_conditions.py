"""What else may go wrong: an answer that never comes, a full disk, a clock that jumps, many at once, a bad handler."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from postgres import Server
from proxy import Wire
from raising import SECRET, TIMES, due, opened

from lifecycle import Actor, Lifecycle, State
from lifecycle.errors import StoreError
from lifecycle.worker import Backoff, Worker

pytestmark = pytest.mark.faults

AGENT = Actor.agent("a1")
STRIKE = {"strike": "legal_threat"}
URLS = ["memory", "sqlite", "postgres"]


@pytest.fixture
def url(request, tmp_path):
    """The address of an empty database of the kind that a test asks for."""
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return request.getfixturevalue("postgres_url")


def locked(accounts, name="ann"):
    """An account that takes strikes without end."""
    accounts.import_account(name, state="security_locked", given={"ground": "new_device"})


def test_an_answer_lost_after_the_commit(server, database, tell):
    """The connection drops between commit and answer: the request fails, and under its key it tells the decision taken."""
    wire = Wire(f"{server.folder}/.s.PGSQL.{server.port}")
    with opened(
        f"postgresql://postgres@127.0.0.1:{wire.port}/{database}?sslmode=disable&gssencmode=disable"
    ) as accounts:
        locked(accounts)
        for turn in range(TIMES):
            wire.armed.set()
            with pytest.raises(StoreError):
                accounts.submit("strike", account="ann", by=AGENT, facts=STRIKE, key=f"k{turn}")
            again = accounts.submit("strike", account="ann", by=AGENT, facts=STRIKE, key=f"k{turn}")
            assert again.repeated
            assert [event.version for event in again.events] == [turn + 2]
        assert wire.cut == TIMES
        assert len(list(accounts.events("ann"))) == TIMES + 1
        assert accounts.verify().damage == ()
    wire.close()
    tell(f"{TIMES} answers lost after the commit: each decision told again under its key, 0 lost, 0 doubled")


def test_a_full_disk_under_postgres(tell):
    """No file of the server may grow: the write fails in words and leaves nothing; once there is room, all goes on."""
    server = Server(largest_file=FULL)
    try:
        with server.database() as name, opened(server.url(name)) as accounts:
            locked(accounts)
            wrote, why = until_refused(accounts)
            assert "could not extend file" in why
            assert len(list(accounts.events("ann"))) == wrote + 1
            assert accounts.verify().damage == ()
            server.stop()
            server.largest_file = None
            server.start()
            assert accounts.submit("strike", account="ann", by=AGENT, facts=STRIKE, key=f"k{wrote}").allowed
            assert accounts.verify().damage == ()
    finally:
        server.close()
    tell(f"a full disk under PostgreSQL: {wrote} written before, the next refused whole, 0 lost, 0 doubled")


FULL = 3 * 1024 * 1024
"""To how many bytes a file may grow: somewhat more than the largest that the server makes for itself."""


def until_refused(accounts):
    """Write until it is refused; return how often it was written, and why it was not."""
    for turn in range(100_000):
        try:
            assert accounts.submit("strike", account="ann", by=AGENT, facts=STRIKE, key=f"k{turn}").allowed
        except StoreError as error:
            return turn, str(error)
    raise AssertionError("the disk never filled")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_full_disk_under_sqlite(url, tell):
    """The file may not grow: the write fails in words and leaves nothing; once there is room, all goes on."""
    with opened(url) as accounts:
        locked(accounts)
        accounts._gather = None
        connection = accounts.store._links.own()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 6}")
        wrote, why = until_refused(accounts)
        assert "is full" in why
        assert len(list(accounts.events("ann"))) == wrote + 1
        assert accounts.verify().damage == ()
        connection.execute("PRAGMA max_page_count = 1000000")
        assert accounts.submit("strike", account="ann", by=AGENT, facts=STRIKE, key=f"k{wrote}").allowed
        assert accounts.verify().damage == ()
    tell(f"a full disk under SQLite: {wrote} written before, the next refused whole, 0 lost, 0 doubled")


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_a_clock_that_jumps(url, tell):
    """A clock that runs backwards and forwards moves no event before an earlier one, and fires each timer once."""
    chance = random.Random(20260215)
    now = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    with Lifecycle.open(url, secret=SECRET, clock=lambda: now) as accounts:
        names = [f"acc_{n}" for n in range(5)]
        for name in names:
            locked(accounts, name)
        due(accounts, ["timed"])
        for turn in range(20 * TIMES):
            now += dt.timedelta(hours=chance.uniform(-30, 31))
            accounts.submit("strike", account=names[turn % 5], by=AGENT, facts=STRIKE)
            Worker(accounts, lambda delivery: None).run_once()
        for name in [*names, "timed"]:
            times = [event.at for event in accounts.events(name)]
            assert times == sorted(times)
        fired = Counter(event.trigger for event in accounts.events("timed"))
        assert fired["lock_expires"] == 1
        assert sum(len(list(accounts.events(name))) for name in names) == 5 + 20 * TIMES
        assert accounts.verify().damage == ()
    tell(f"{20 * TIMES} jumps of the clock on {url.split(':')[0]}: no event before an earlier one, no timer twice")


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_eight_threads_on_one_account(url, tell):
    """Of eight at once each step has one winner: versions without a gap, a notice for each win and none else."""
    with opened(url) as accounts:
        accounts.import_account("ann", state="active")
        wins: list[int] = []
        steps = (("warn", Actor.reviewer("r1"), {"ground": "platform_rules"}), ("clear_warning", AGENT, {}))

        def compete(number):
            for turn in range(10 * max(1, TIMES // 10)):
                trigger, by, facts = steps[(turn + number) % 2]
                decision = accounts.submit(trigger, account="ann", by=by, facts=facts)
                wins.extend(event.version for event in decision.events)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(compete, range(8)))
        versions = [event.version for event in accounts.events("ann")]
        assert sorted(wins) == versions[1:] == list(range(2, len(versions) + 1))
        assert len(list(accounts.outbox("ann"))) == len(wins)
        assert accounts.verify().damage == ()
    tell(f"8 threads on one account on {url.split(':')[0]}: {len(wins)} wins, each its own version and notice")


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_a_poisoned_handler(url, tell):
    """A notice whose handler always fails is dead in the end; everybody else's is sent, and nothing is lost."""
    now = [dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)]
    with Lifecycle.open(url, secret=SECRET, clock=lambda: now[0]) as accounts:
        names = [f"acc_{n}" for n in range(30)]
        due(accounts, [*names, "poisoned"])
        sent = []

        def handler(delivery):
            if delivery.account == "poisoned":
                raise RuntimeError("planted: somebody@example.org cannot be reached")
            sent.append(delivery.id)

        worker = Worker(accounts, handler, tries=4, backoff=Backoff())
        for _ in range(40):
            worker.run_once()
            now[0] += dt.timedelta(hours=2)
        assert sorted(sent) == sorted(row.id for name in names for row in accounts.outbox(name))
        (dead,) = accounts.store.posted("poisoned")
        assert (dead.stands, dead.attempts) == ("dead", 4)
        assert "example.org" not in repr(list(accounts.store.tries("poisoned")))
        assert accounts.account("poisoned").state is State.ACTIVE
        assert accounts.verify().damage == ()
    tell(f"a poisoned handler on {url.split(':')[0]}: 1 dead after 4 tries, {len(sent)} sent, 0 lost")


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_a_slow_reader_misses_nothing(url, tell):
    """Whoever follows the log while others write, now and then asleep, sees every event once and in its account's order."""
    count = 5 * TIMES
    with opened(url) as accounts:
        for number in range(4):
            locked(accounts, f"acc_{number}")
        done = threading.Event()
        seen: list[tuple[str, int]] = []

        def read():
            chance, after = random.Random(20260216), ""
            while True:
                last = done.is_set()
                for place, event in accounts.store.log(after=after):
                    after = place
                    seen.append((event.account_id, event.version))
                    if chance.random() < 0.01:
                        done.wait(0.02)
                if last:
                    return
                done.wait(0.001)

        def write(number):
            for _ in range(count):
                accounts.submit("strike", account=f"acc_{number}", by=AGENT, facts=STRIKE)

        reader = threading.Thread(target=read)
        reader.start()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        done.set()
        reader.join(60)
        assert len(seen) == len(set(seen)) == 4 * (count + 1)
        for number in range(4):
            assert [v for name, v in seen if name == f"acc_{number}"] == list(range(1, count + 2))
    tell(f"a slow reader beside 4 writers on {url.split(':')[0]}: {len(seen)} events seen, 0 missed, 0 twice")
