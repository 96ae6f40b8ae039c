"""Clients in processes of their own, which run when they are told to.

Knows how they are started, told, heard and ended. Does not know what they do. A client that fails says so, and nobody
waits for one that is silent for longer than a minute.
"""

from __future__ import annotations

import multiprocessing
import traceback
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

PATIENCE = 60.0
"""How many seconds a client may take for what it is told."""

_OURS: list[Connection] = []
"""This process's ends of all the lines to clients. A client is forked with them, and closes them."""

Begin = Callable[[], Callable[[], object]]
"""What a client does first, in its own process. It returns what the client does whenever it is told to, and tells of it."""


class Crew:
    """So many clients as there are things to begin with."""

    def __init__(self, *begins: Begin) -> None:
        self._clients: list[tuple[BaseProcess, Connection]] = []
        fork = multiprocessing.get_context("fork")
        try:
            for begin in begins:
                ours, theirs = fork.Pipe()
                _OURS.append(ours)
                client = fork.Process(target=_client, args=(begin, theirs), daemon=True)
                with warnings.catch_warnings():
                    # Newer Pythons warn of a fork beside threads; nothing of theirs is used in the client.
                    warnings.simplefilter("ignore", DeprecationWarning)
                    client.start()
                theirs.close()
                self._clients.append((client, ours))
            self._hear()
        except BaseException:
            self.close()
            raise

    def run(self) -> list[Any]:
        """Let every client do its work once, wait for all, and return what each came back with.

        Raises:
            RuntimeError: one of them failed or fell silent.
        """
        for _, connection in self._clients:
            connection.send(True)
        return self._hear()

    def _hear(self) -> list[Any]:
        found = []
        for _, connection in self._clients:
            if not connection.poll(PATIENCE):
                raise RuntimeError(f"a client said nothing for {PATIENCE:.0f} seconds")
            try:
                problem, value = connection.recv()
            except EOFError:
                problem, value = "it ended without a word", None
            if problem is not None:
                raise RuntimeError(f"a client failed: {problem}")
            found.append(value)
        return found

    def close(self) -> None:
        """End every client."""
        for _, connection in self._clients:
            _OURS.remove(connection)
            connection.close()
        for client, _ in self._clients:
            client.join(PATIENCE / 10)
            if client.is_alive():
                client.kill()
                client.join()


def _client(begin: Begin, told: Connection) -> None:
    # held open here as well, they would never end for whoever is at their other end
    for ours in _OURS:
        ours.close()
    try:
        work = begin()
        told.send((None, None))
        while told.recv():
            told.send((None, work()))
    except EOFError:
        pass
    except BaseException:  # noqa: BLE001 - whatever it was, the one who waits is told
        told.send((traceback.format_exc(), None))
