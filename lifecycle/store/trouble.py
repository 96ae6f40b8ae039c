"""What went wrong in SQLite, said so that somebody can act on it.

Knows SQLite's result codes and the sentence for each: what is wrong, with which file, what to do. Does not know
what was being written, and repeats no value of it.
"""

from __future__ import annotations

import pathlib
import sqlite3
from typing import NoReturn

from lifecycle.errors import ForeignDatabase, StoreError, StoreUnavailable
from lifecycle.store.soundness import Malformed

_OVERTAKEN = 517  # SQLITE_BUSY_SNAPSHOT
_CORRUPT = 11
_CANNOT_OPEN = 14
_NOT_A_DATABASE = 26

_SENTENCES = {
    3: "may not be opened. Give this process the right to read and write it",
    5: "stayed locked by another connection. Nothing was written; ask again. If it is your own connection that holds "
    "it, hand it in with connection=. For several writing processes use PostgreSQL",
    6: "stayed locked by another connection of this process. Nothing was written; ask again",
    8: "may only be read. Nothing was written. Open it without mode=ro, and give this process the right to write the "
    "file and its folder",
    10: "could not be read or written: the disk reports an error. Nothing was written. Check the disk",
    13: "is full: the disk has no room left, or the file reached its size limit. Nothing was written. Make room",
    23: "may not be opened. Give this process the right to read and write it",
}


def explain(error: sqlite3.Error, path: str) -> StoreError:
    """Return what *error* means for the database at *path*, in words."""
    full = getattr(error, "sqlite_errorcode", None)
    if full is None:
        return _without_code(error, path)
    code = full & 0xFF
    if full == _OVERTAKEN:
        return StoreUnavailable(
            f"the database {path} was written by another connection after your transaction began to read it, so "
            "nothing can be written in it any more. Roll back, and begin with BEGIN IMMEDIATE."
        )
    if code == _NOT_A_DATABASE:
        return ForeignDatabase(
            f"the file {path} is not a SQLite database. Nothing was changed. Give the path of another file."
        )
    if code == _CORRUPT:
        return Malformed(f"the database {path} is malformed: its pages do not fit together. Restore it from a backup.")
    if code == _CANNOT_OPEN:
        return StoreUnavailable(f"the database {path} cannot be opened: {_why_not(path)}.")
    if code in _SENTENCES:
        return StoreUnavailable(f"the database {path} {_SENTENCES[code]}.")
    return StoreUnavailable(f"the database {path} cannot be used: {error} ({error.sqlite_errorname}).")


def _without_code(error: sqlite3.Error, path: str) -> StoreError:
    """Return what an error means that Python raised by itself."""
    if str(error).startswith("Could not decode"):
        # its sentence repeats the text that could not be read
        return Malformed(f"the database {path} holds text that is not UTF-8. Restore it from a backup.")
    return StoreUnavailable(f"the database {path} cannot be used: {error}.")


class explained:  # noqa: N801 - it reads as a verb: with explained(path)
    """Turn every SQLite error inside into one of ours.

    Raises:
        StoreError: in place of the SQLite error, which stays its cause unless it could repeat what is stored.
    """

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise_explained(error, self._path)


def raise_explained(error: sqlite3.Error, path: str) -> NoReturn:
    """Raise what *error* means for the database at *path*.

    Raises:
        StoreError: always; the SQLite error stays its cause unless it could repeat what is stored.
    """
    ours = explain(error, path)
    raise ours from (None if isinstance(ours, Malformed) else error)


def _why_not(path: str) -> str:
    """Say why a file cannot be opened, from what the file system shows."""
    file = pathlib.Path(path.removeprefix("file:").partition("?")[0] if path.startswith("file:") else path)
    if file.is_dir():
        return "it is a folder, not a file. Give the path of a file"
    if not file.absolute().parent.is_dir():
        return "its folder does not exist. Create the folder first"
    if not file.exists():
        return "there is no such file, or this process may not create it. Check the path and the rights on its folder"
    return "this process may not read or write it. Check the rights on the file and on its folder"
