"""A wire between a client and PostgreSQL that can be cut at the worst moment: after the server did it, before it is told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Wire:
    """Carries bytes both ways. Once armed, it swallows the server's word that something was committed, and hangs up."""

    def __init__(self, socket_path: str) -> None:
        self._target = socket_path
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.armed = threading.Event()
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                for carry in (self._to_server, self._to_client):
                    threading.Thread(target=carry, args=(client, server), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        _hang_up(client, server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self.armed.is_set() and b"COMMIT\0" in data:
                    self.armed.clear()
                    self.cut += 1
                    break
                client.sendall(data)
        _hang_up(client, server)

    def close(self) -> None:
        """Take no more clients."""
        self._listening.close()


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
