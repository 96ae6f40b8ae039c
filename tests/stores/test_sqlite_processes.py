"""Threads, forks and interrupts; and that what is erased is gone from the file."""

from __future__ import annotations

import gc
import os
import pathlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from story import SECOND, T0, Story

from lifecycle.model import Change
from lifecycle.store import Sealed
from lifecycle.store import links as links_module
from lifecycle.store.sqlite import SqliteStore


class TestThreadsAndProcesses:
    """One connection for each thread, none across a fork."""

    def test_a_threads_connection_ends_with_it(self, store: SqliteStore, story: Story) -> None:
        """Threads that come and go leave no connection open."""
        story.step()
        for _ in range(5):
            thread = threading.Thread(target=store.load, args=("acc_1",))
            thread.start()
            thread.join()
        gc.collect()
        assert len(store._links._all) == 1

    def test_closing_closes_every_threads(self, store: SqliteStore, path: pathlib.Path) -> None:
        """Closing the store closes the connections of threads that still run, so that the log is folded in."""
        opened, done = threading.Event(), threading.Event()

        def stay() -> None:
            store.load("acc_1")
            opened.set()
            done.wait(10)

        thread = threading.Thread(target=stay)
        thread.start()
        opened.wait(10)
        store.close()
        assert not path.with_name(path.name + "-wal").exists()
        done.set()
        thread.join()

    def test_forked(self, store: SqliteStore, story: Story) -> None:
        """A forked child opens a connection of its own, and both go on writing."""
        story.step()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for _ in range(20):
                    Story(store, f"child_{time.monotonic_ns()}").step()
                assert store.load("acc_1") is not None
                assert links_module._INHERITED
                store.close()
                code = 0
            finally:
                os._exit(code)
        for _ in range(20):
            story.step()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        verified = store.verify()
        assert (verified.accounts, verified.events, verified.damage) == (21, 41, ())

    def test_inherited_connections_are_left_alone(self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection made by another process is neither used nor closed, and a lock it held is not waited for."""
        inherited = store._links.own()
        inherited.execute("BEGIN")
        with store._links._turn, monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            Story(store).step()
            assert store._links.own() is not inherited
            store.close()
        assert inherited.in_transaction
        inherited.close()
        assert [link.connection for link in links_module._INHERITED] == [inherited]
        links_module._INHERITED.clear()

    def test_several_processes_write(self, path: pathlib.Path, store: SqliteStore) -> None:
        """Two connections that write different accounts do not disturb each other."""
        with closing(SqliteStore(path)) as second:
            one, two = Story(store, "a"), Story(second, "b")
            for _ in range(20):
                one.step()
                two.step()
        assert store.verify().events == 40


class TestErasure:
    """What is erased is gone from the file, not only from the tables."""

    def test_no_trace_of_the_key(self, path: pathlib.Path) -> None:
        """The bytes of an erased account's key are in no page of the file."""
        with closing(SqliteStore(path)) as store:
            story = Story(store)
            key = bytes(range(40))
            # some builds of SQLite overwrite what is deleted by themselves
            store._links.own().execute("PRAGMA secure_delete = OFF")
            story.step(account_key=key, sealed=(Sealed("ref_1", "p", b"x"),))
            store._links.own().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert key in path.read_bytes()
            story.step(Change("flag", "erased", {"value": True}))
        assert key not in path.read_bytes()

    def test_the_next_step_is_whole(self, store: SqliteStore, story: Story) -> None:
        """An interrupt in the middle of a step undoes the step, and the connection serves the next one."""

        class Interrupting(dict[str, object]):
            def __iter__(self) -> Iterator[str]:
                raise KeyboardInterrupt

            def items(self) -> object:  # type: ignore[override]
                raise KeyboardInterrupt

        interrupted: Callable[[], None] = lambda: story.write(  # noqa: E731
            story.batch(key="k", fingerprint="f", answer=Interrupting(a=1))
        )
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert story.stored() == []
        story.step(at=T0 + SECOND)
        assert store.verify().damage == ()
