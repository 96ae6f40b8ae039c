"""From an address to what a connection is opened with, and to a name of the database that may be shown.

Knows which options are ours and which are the driver's. Does not open anything. A password is handed on and never
said: neither in a name, nor in an error about an address that cannot be read.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from attrs import field, frozen
from psycopg.conninfo import conninfo_to_dict

from lifecycle.errors import BadRequest

_HOW = 'Write it as "postgresql://user@host:5432/database"; percent-encode what is no letter or digit in a password.'
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


_KEPT_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A server that vanished without a word is noticed within a minute: seconds, seconds, times, milliseconds."""


@frozen
class Address:
    """Where a database is. ``options`` are the driver's, ``schema`` is where our tables live; None for the default one.

    ``pool_size`` is how many connections are open at most, ``wait`` how many seconds a lock or a free connection is
    waited for.
    """

    name: str
    options: dict[str, Any] = field(repr=False)
    schema: str | None = None
    pool_size: int = 10
    wait: float = 5.0

    def __str__(self) -> str:
        return self.name

    def scrubbed(self, text: str) -> str:
        """Return *text* on one line, without the password should it be in there."""
        password = self.options.get("password")
        said = " ".join(text.split())
        return said.replace(str(password), "***") if password else said


def read_address(url: str) -> Address:
    """Return what *url* says: ``postgresql://…`` as libpq reads it, and ``schema=``, ``pool_size=``, ``wait=`` of ours.

    Raises:
        BadRequest: it cannot be read, or an option has a value that makes no sense. No part of the address is repeated.
    """
    base, _, query = url.partition("?")
    pieces = [piece for piece in query.split("&") if piece]
    ours = {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name in _OURS}
    others = "&".join(piece for piece in pieces if piece.partition("=")[0] not in _OURS)
    try:
        options = conninfo_to_dict(f"{base}?{others}" if others else base)
        if not re.fullmatch(r"[0-9,]*", str(options.get("port") or "")):
            raise ValueError
    except (psycopg.Error, ValueError):
        # the driver's sentence may repeat the part of the password that it stumbled over
        raise BadRequest(f"this address of a PostgreSQL database cannot be read. {_HOW}") from None
    options.setdefault("fallback_application_name", "lifecycle")
    options.setdefault("client_encoding", "utf8")
    for name, value in _KEPT_ALIVE.items():
        options.setdefault(name, value)
    read = {name: _OURS[name](value) for name, value in ours.items()}
    address = Address(_name(options), options, **read)
    options.setdefault("connect_timeout", max(2, round(address.wait)))
    return address


def _name(options: dict[str, Any]) -> str:
    user = f"{options['user']}@" if options.get("user") else ""
    host = str(options.get("host") or options.get("hostaddr") or "")
    port = f":{options['port']}" if options.get("port") else ""
    return f"postgresql://{user}{host}{port}/{options.get('dbname') or ''}"


def _schema(value: str) -> str:
    if not _SCHEMA.fullmatch(value):
        raise BadRequest("schema= in the address must be a name of small letters, digits and _, at most 63 of them")
    return value


def _pool_size(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or int(value) == 0:
        raise BadRequest("pool_size= in the address must be a whole number from 1 to 9999")
    return int(value)


def _wait(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or float(value) == 0:
        raise BadRequest("wait= in the address must be a number of seconds, such as 5 or 0.5")
    return float(value)


_OURS: dict[str, Any] = {"schema": _schema, "pool_size": _pool_size, "wait": _wait}
