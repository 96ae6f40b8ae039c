"""Reading what a database holds of a folded account and of an idempotency key, whatever the database.

Knows which way of folding is ours. Does not know SQL.
"""

from __future__ import annotations

import json

from lifecycle.errors import StoreError
from lifecycle.model import Account
from lifecycle.store import FOLD_VERSION, Loaded, Remembered
from lifecycle.store.codec import decode_account


def loaded(account_id: str, row: tuple[str, int, str] | None) -> Loaded | None:
    """Return the account of a row of head, way of folding and text; None for no row.

    Raises:
        StoreError: it was folded another way, or cannot be read.
    """
    return None if row is None else Loaded(folded(account_id, row[1], row[2]), row[0])


def folded(account_id: str, fold_version: int, snapshot: str) -> Account:
    """Return the account that the text says.

    Raises:
        StoreError: it was folded another way, or cannot be read.
    """
    check_fold(account_id, fold_version)
    return decode_account(snapshot, account_id)


def check_fold(account_id: str, fold_version: int) -> None:
    """Refuse a row that was folded another way.

    Raises:
        StoreError: it was.
    """
    if fold_version != FOLD_VERSION:
        raise StoreError(
            f'account "{account_id}" was folded by another version of lifecycle. Run "lifecycle refold" once after '
            "changing the version; the log itself is not touched."
        )


def remembered(row: tuple[str, str] | None) -> Remembered | None:
    """Return what the row of an idempotency key says, its fingerprint and answer; None for no row."""
    return None if row is None else Remembered(row[0], json.loads(row[1]))
