"""Callers over HTTP: a process with kept connections, each of which asks again as soon as it was answered.

Knows HTTP/1.1 as far as it asks and is answered here, and how long each answer took. Does not know what is asked. It
is written on sockets, since the usual clients take longer to ask than the server takes to answer.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from attrs import define, field

PATIENCE = 30.0
"""How many seconds an answer may take."""

Address = tuple[str, int]
Requests = Iterator[bytes]
"""Without end: each request whole, with its headers."""


@define
class Line:
    """One kept connection, with one request under way at most."""

    connection: socket.socket
    requests: Requests
    _heard: bytearray = field(factory=bytearray, init=False)
    _asked: int = field(default=0, init=False)

    @classmethod
    def open(cls, address: Address, requests: Requests) -> Line:
        """Connect."""
        connection = socket.create_connection(address, PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connection, requests)

    def ask(self) -> None:
        """Send the next request."""
        request = next(self.requests)
        self._asked = time.perf_counter_ns()
        self.connection.sendall(request)

    def hear(self) -> float | None:
        """Read what is there; once the answer is whole, return how many microseconds it took.

        Raises:
            RuntimeError: it is not the answer 200, or there is none.
        """
        said = self.connection.recv(65536)
        if not said:
            raise RuntimeError(f"the server hung up: {bytes(self._heard)!r}")
        self._heard += said
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found or len(body) < _length(bytes(head)):
            return None
        taken = (time.perf_counter_ns() - self._asked) / 1000
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"refused: {bytes(self._heard).decode()}")
        self._heard.clear()
        return taken


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])


def calling(address: Address, requests: list[Requests], steps: int) -> Callable[[], list[float]]:
    """Return what connects once for each of *requests*, asks *steps* in all and returns how long each took."""

    def call() -> list[float]:
        # A server lets go of a connection that was quiet for a while, as they are between two rounds.
        with ExitStack() as opened, selectors.DefaultSelector() as selector:
            lines = [Line.open(address, each) for each in requests]
            for line in lines:
                opened.enter_context(line.connection)
                selector.register(line.connection, selectors.EVENT_READ, line)
            return _asked(lines, selector, steps)

    return call


def _asked(lines: list[Line], selector: selectors.BaseSelector, steps: int) -> list[float]:
    waits: list[float] = []
    for line in lines:
        line.ask()
    left = steps - len(lines)
    while len(waits) < steps:
        ready = selector.select(PATIENCE)
        if not ready:
            raise RuntimeError(f"no answer came within {PATIENCE:.0f} seconds")
        for key, _ in ready:
            taken = key.data.hear()
            if taken is None:
                continue
            waits.append(taken)
            if left > 0:
                left -= 1
                key.data.ask()
    return waits
