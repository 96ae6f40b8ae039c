"""From an address to a store.

Knows the addresses: ``memory:`` and ``sqlite:///path``. Does not know what is kept.
"""

from __future__ import annotations

from lifecycle.errors import StoreUnavailable
from lifecycle.store import Store
from lifecycle.store.memory import MemoryStore
from lifecycle.store.sqlite import SqliteStore

_HOW = 'Use "sqlite:///path/to/file.db", with four slashes for an absolute path, or "memory:".'


def open_store(url: str, *, synchronous: str = "FULL") -> Store:
    """Return the store at *url*. ``synchronous`` concerns SQLite: FULL, or NORMAL for speed over the last commits.

    Raises:
        StoreUnavailable: no such kind of address, or the database cannot be opened.
        ForeignDatabase, NewerDatabase: it is not ours to write.
    """
    if url in ("memory:", "memory://"):
        return MemoryStore()
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return SqliteStore(url.removeprefix("sqlite:///"), synchronous=synchronous)
    scheme = url.split(":", 1)[0] if ":" in url else url
    raise StoreUnavailable(f'no database is known for an address that starts with "{scheme[:20]}". {_HOW}')
