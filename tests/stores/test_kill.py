"""A process killed in the middle of its writing leaves whole decisions behind, and loses none it acknowledged."""

from __future__ import annotations

import pathlib
import random
import subprocess
import sys
import time
from contextlib import closing

from story import T0, Story, timer

from lifecycle.model import Change
from lifecycle.store import Remembered
from lifecycle.store.sqlite import SqliteStore

ACCOUNTS = ("acc_1", "acc_2", "acc_3")


def write_for_ever(path: str) -> None:
    """Append decisions to each account in turn; say each one's account and version once it is committed."""
    store = SqliteStore(path)
    stories = [Story(store, name) for name in ACCOUNTS]
    for story in stories:
        story.events = story.stored()
    while True:
        for story in stories:
            n = story.version + 1
            notices = [Change("notify", f"notice_{i}") for i in range(n % 3)]
            armed = timer(f"timer_{n % 2}", T0)
            story.step(armed, *notices, key=f"key_{n}", fingerprint=f"print_{n}", answer={"version": n})
            sys.stdout.write(f"{story.id} {n}\n")
            sys.stdout.flush()


def killed_after(path: pathlib.Path, seconds: float) -> dict[str, int]:
    """Let a process write, kill it, and return the last version it acknowledged of each account."""
    process = subprocess.Popen([sys.executable, __file__, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    said, _ = process.communicate()
    # the very last line may have been cut short by the kill
    lines = [line.split() for line in (first + said).splitlines(keepends=True) if line.endswith("\n")]
    return {account: int(version) for account, version in lines}


def test_killed_at_any_moment(tmp_path: pathlib.Path) -> None:
    """After each of twenty kills every acknowledged decision is there, whole, and nothing is there by half."""
    path = tmp_path / "shop.sqlite3"
    moments = random.Random(20260213)
    acknowledged: dict[str, int] = {}
    for _ in range(20):
        acknowledged |= killed_after(path, moments.uniform(0, 0.12))
        with closing(SqliteStore(path)) as store:
            assert store.verify().damage == ()
            for account_id in ACCOUNTS:
                _check_whole(store, account_id, acknowledged.get(account_id, 0))
    assert min(acknowledged.values()) > 20


def _check_whole(store: SqliteStore, account_id: str, acknowledged: int) -> None:
    versions = [event.version for event in store.events(account_id)]
    assert len(versions) >= acknowledged
    assert versions == list(range(1, len(versions) + 1))
    loaded = store.load(account_id)
    assert (0 if loaded is None else loaded.account.version) == len(versions)
    told = [row.id for row in store.outbox(account_id)]
    assert told == [f"{account_id}:{n}:{i}" for n in versions for i in range(1, n % 3 + 1)]
    for n in versions:
        assert store.remembered(account_id, f"key_{n}") == Remembered(f"print_{n}", {"version": n})
    assert store.remembered(account_id, f"key_{len(versions) + 1}") is None
    armed = {timer.name: timer.number for timer in store.timers() if timer.account_id == account_id}
    assert armed == {f"timer_{n % 2}": n for n in versions[-2:]}


if __name__ == "__main__":
    write_for_ever(sys.argv[1])
