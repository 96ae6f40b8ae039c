"""Looking whether a file holds accounts, before anybody opens it: opening makes what is missing.

Knows that a question must leave no trace: neither a new file where the path has a typo, nor our tables in somebody
else's database. Does not read any account.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from lifecycle.store.schema import found_version
from lifecycle.store.trouble import explained


def holds_accounts(path: Path) -> bool:
    """Whether the SQLite file at *path* holds our tables. Nothing is written.

    Raises:
        StoreUnavailable: there is no such file, or it cannot be read.
        ForeignDatabase: it is no SQLite database, or holds tables of our names that are not ours.
        NewerDatabase: a newer version of this library wrote it.
    """
    with explained(str(path)):
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            return found_version(connection, str(path)) > 0
        finally:
            connection.close()
