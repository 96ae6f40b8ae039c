"""What the tests of the stores share: a store in a file, and a host with a table of its own in the same file."""

from __future__ import annotations

import pathlib
import sqlite3
from collections.abc import Iterator

import pytest
from story import Story

from lifecycle.store.sqlite import SqliteStore

pytest.register_assert_rewrite(
    *("contract", "contract_delivery", "contract_log", "contract_requests", "contract_sightings", "contract_taking"),
    "contract_turns",
)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where the store's file is."""
    return tmp_path / "shop.sqlite3"


@pytest.fixture
def store(path: pathlib.Path) -> Iterator[SqliteStore]:
    """Open an empty store."""
    store = SqliteStore(path)
    yield store
    store.close()


@pytest.fixture
def story(store: SqliteStore) -> Story:
    """Begin the log of one account."""
    return Story(store)


@pytest.fixture
def host(path: pathlib.Path, store: SqliteStore) -> Iterator[sqlite3.Connection]:
    """The host's own connection to the same file, with a table of the host's."""
    connection = sqlite3.connect(path, timeout=0.1, isolation_level=None)
    connection.execute("CREATE TABLE orders (id TEXT)")
    yield connection
    connection.close()
