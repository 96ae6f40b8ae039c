"""From an address to a store.

Knows the addresses: ``memory:``, ``sqlite:///path`` and ``postgresql://…``. Does not know what is kept. What PostgreSQL
needs is imported for its address only, so nobody else has to install it.
"""

from __future__ import annotations

from types import ModuleType

from lifecycle.errors import StoreUnavailable
from lifecycle.store import Store
from lifecycle.store.memory import MemoryStore
from lifecycle.store.sqlite import SqliteStore

POSTGRES = ("postgresql://", "postgres://")
"""How an address of a PostgreSQL database begins."""

_HOW = (
    'Use "sqlite:///path/to/file.db", with four slashes for an absolute path, "postgresql://user@host/database", or '
    '"memory:".'
)


def open_store(url: str, *, synchronous: str = "FULL") -> Store:
    """Return the store at *url*. ``synchronous`` concerns SQLite: FULL, or NORMAL for speed over the last commits.

    Raises:
        StoreUnavailable: no such kind of address, or the database cannot be opened.
        BadRequest: the address of a PostgreSQL database cannot be read.
        ForeignDatabase, NewerDatabase: it is not ours to write.
    """
    if url in ("memory:", "memory://"):
        return MemoryStore()
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return SqliteStore(url.removeprefix("sqlite:///"), synchronous=synchronous)
    if url.startswith(POSTGRES):
        found: Store = _postgres().PostgresStore(url)
        return found
    scheme = url.split(":", 1)[0] if ":" in url else url
    raise StoreUnavailable(f'no database is known for an address that starts with "{scheme[:20]}". {_HOW}')


def postgres_holds_accounts(url: str) -> bool:
    """Whether the PostgreSQL database at *url* holds our tables. Nothing is written.

    Raises:
        StoreUnavailable: it cannot be reached or read.
        BadRequest: the address cannot be read.
        ForeignDatabase: it holds tables of our names that are not ours.
        NewerDatabase: a newer version of this library wrote it.
    """
    return bool(_postgres().holds_accounts(url))


def _postgres() -> ModuleType:
    """Return the store's package.

    Raises:
        StoreUnavailable: what it needs is not installed.
    """
    try:
        from lifecycle.store import postgres  # noqa: PLC0415 - nobody else needs the driver
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("psycopg", "psycopg_pool"):
            raise
        raise StoreUnavailable(
            "PostgreSQL needs a driver that is not installed. Install it: pip install 'account-lifecycle[postgres]'"
        ) from None
    except ImportError as error:
        # the driver is there and finds no library of the server's to work with
        raise StoreUnavailable(
            f"the PostgreSQL driver cannot be used: {error}. Install it with its library: "
            "pip install 'account-lifecycle[postgres]'"
        ) from None
    return postgres
