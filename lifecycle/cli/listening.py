"""Serving an ASGI application until somebody ends it.

Knows the server, signals and ports. Does not know what is served, nor what is said when it begins.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from lifecycle.cli.places import Unusable
from lifecycle.errors import LifecycleError


class _ExtraMissing(LifecycleError):
    """Serving needs libraries that are not installed."""


def need_extra() -> None:
    """Say so where the libraries for serving are missing."""
    try:
        import litestar  # noqa: F401, PLC0415 - the extra may be missing
        import uvicorn  # noqa: F401, PLC0415 - as above
    except ModuleNotFoundError:
        raise _ExtraMissing("serving needs the extra [http]: pip install 'account-lifecycle[http]'") from None


def run(
    app: Any,
    *,
    host: str,
    port: int,
    listening: socket.socket | None = None,
    proxy: str | None = None,
    begun: Callable[[], object] = lambda: None,
    told_to_end: Callable[[], object] = lambda: None,
) -> None:
    """Serve an ASGI application until SIGTERM or SIGINT.

    Args:
        listening: a socket that listens already; else one is made at *host* and *port*.
        proxy: headers about the client are believed from this address only.
        begun: called once it answers.
        told_to_end: called when a signal comes.

    Raises:
        Unusable: nobody can listen there.
    """
    import uvicorn  # noqa: PLC0415 - needs the extra

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                begun()
                sys.stdout.flush()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            told_to_end()
            super().handle_exit(sig, frame)

    # Once it has ended well, uvicorn sends itself the signal that ended it again: that is not to be our end.
    before = {number: signal.signal(number, _stay) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            forwarded_allow_ips=proxy,
            log_level="warning",
            proxy_headers=proxy is not None,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        server = Server(config)
        server.run(sockets=None if listening is None else [listening])
        if not server.started:
            raise SystemExit
    except SystemExit:
        raise Unusable(f"nobody can listen at {host}, port {port}: it is in use, or not of this machine.") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stay(number: int, frame: FrameType | None) -> None:
    """Hear a signal and go on."""
