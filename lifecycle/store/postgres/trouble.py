"""What went wrong in PostgreSQL, said so that somebody can act on it.

Knows the server's codes and the sentence for each: what is wrong, with which database, what to do. Does not know what
was being written, and repeats no value of it: what the server says about values is left out.
"""

from __future__ import annotations

from typing import NoReturn

import psycopg
from psycopg import errors

from lifecycle.errors import StoreBusy, StoreError, StoreUnavailable
from lifecycle.store.postgres.address import Address
from lifecycle.store.soundness import Malformed

_GONE = "Nothing was written. It answers again as soon as the server does; nothing has to be opened anew"

_SENTENCES: dict[str, str] = {
    "25006": "may only be read: it is a standby, or set to read only. Nothing was written. Give the address of the "
    "primary server",
    "25P02": "cannot be asked on this connection: its transaction failed before. Roll it back first",
    "25P03": f"ended our connection, because a decision took too long. {_GONE}",
    "26000": "forgot what was prepared on a connection, as behind a pooler that shares sessions. Connect to the server "
    "itself, or let the pooler keep prepared statements",
    "28000": "refuses the login. Check the user and the rules of pg_hba.conf",
    "28P01": "refuses the login: the user or the password is wrong. Check both",
    "3D000": "does not exist on this server. Create it first, or correct the name",
    "3F000": "has no such schema. Correct schema= in the address",
    "42501": "does not let this user do that. Grant it the rights on the tables that begin with lifecycle_, and on "
    "their schema to whoever makes them",
    "42P01": 'misses tables of ours. Open it once with a user who may make tables, and see "lifecycle verify"',
    "42703": 'misses columns of ours. Open it once with a user who may change tables, and see "lifecycle verify"',
    "53100": "is full: its disk has no room left. Nothing was written. Make room",
    "53200": "ran out of memory. Nothing was written. Ask again",
    "53300": "has no room for another connection. Raise max_connections on the server, or lower pool_size= in the "
    "address",
    "57P01": f"ended our connection on somebody's command. {_GONE}",
    "57P02": f"ended our connection, for the server crashed. {_GONE}",
    "57P03": f"is not ready: the server starts or stops. {_GONE}",
    "57P04": "was dropped while we were connected",
    "57P05": f"ended our connection, because it lay idle for too long. {_GONE}",
    "58030": "could not be read or written: the server's disk reports an error. Check the disk",
}
_BUSY: dict[str, str] = {
    "40001": "was written by another connection after your transaction began to read, so nothing can be written in it "
    "any more. Roll back and begin anew, best with the isolation level READ COMMITTED",
    "40P01": "would have waited for ever: two transactions wait for each other. Nothing was written. Roll back and ask "
    "again; take accounts in the same order everywhere",
    "55P03": "kept us waiting for too long: another transaction holds the account. Nothing was written. Ask again; if "
    "it is your own connection that holds it, hand it in with connection=",
    "57014": "cancelled the request, on somebody's command or because it took too long. Nothing was written. Ask again",
}
_CORRUPT = ("XX001", "XX002")
_VALUES = ("22", "23")
"""Classes of codes whose sentences repeat values."""

# Before a session stands, the driver has a sentence only, without a code.
_AT_THE_DOOR = (
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("too many clients", "53300"),
    ("too many connections", "53300"),
    ("remaining connection slots", "53300"),
    ("the database system is", "57P03"),
    ('role "', "28000"),
    ('database "', "3D000"),
)


class Lost(StoreUnavailable):
    """The connection was lost while an answer was awaited."""


def explain(error: psycopg.Error, address: Address) -> StoreError:
    """Return what *error* means for the database at *address*, in words."""
    code = error.sqlstate
    where = f"the database {address}"
    if code is None:
        return _without_code(error, address)
    if code in _SENTENCES:
        return (Lost if code.startswith("57P") else StoreUnavailable)(f"{where} {_SENTENCES[code]}.")
    if code in _BUSY:
        return StoreBusy(f"{where} {_BUSY[code]}.")
    if code in _CORRUPT:
        return Malformed(f"{where} is malformed: its pages do not fit together. Restore it from a backup.")
    if code.startswith("08"):
        return Lost(f"{where} broke the connection off ({code}). {_GONE}.")
    if code.startswith(_VALUES):
        return StoreUnavailable(f"{where} cannot take what was to be written ({code}).")
    said = address.scrubbed(error.diag.message_primary or type(error).__name__)
    return StoreUnavailable(f"{where} cannot be used: {said} ({code}).")


def _without_code(error: psycopg.Error, address: Address) -> StoreError:
    """Return what an error means that the server did not send."""
    if isinstance(error, psycopg.OperationalError):
        return Lost(f"the database {address} broke the connection off. {_GONE}.")
    return StoreUnavailable(f"the database {address} cannot be used: {address.scrubbed(str(error))}.")


def explain_refusal(error: psycopg.Error, address: Address) -> StoreError:
    """Return what *error* means that came instead of a connection, in words."""
    said = address.scrubbed(str(error))
    where = f"the database {address}"
    if isinstance(error, errors.ConnectionTimeout):
        return StoreUnavailable(f"{where} did not answer in time. Check the host and the port. {_GONE}.")
    for words, code in _AT_THE_DOOR:
        if words in said.rpartition("FATAL:")[2]:
            return StoreUnavailable(f"{where} {_SENTENCES[code]}.")
    return StoreUnavailable(f"{where} cannot be reached: {said.rstrip('.?')}. Check the host and the port. {_GONE}.")


class explained:  # noqa: N801 - it reads as a verb: with explained(address)
    """Turn every error of the driver inside into one of ours.

    Raises:
        StoreError: in place of the driver's error, which stays its cause unless it could repeat what is stored.
    """

    __slots__ = ("_address",)

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, psycopg.Error):
            ours = explain(error, self._address)
            known = error.sqlstate is not None and not error.sqlstate.startswith(_VALUES)
            raise ours from (error if known else None)


class committing(explained):  # noqa: N801 - as above
    """Say what is known of a write whose answer never came: nothing.

    Raises:
        StoreUnavailable: the connection was lost inside.
    """

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            super().__exit__(kind, error, trace)
        except Lost as lost:
            self._untold(lost)
        if isinstance(error, Lost):
            self._untold(error)

    def _untold(self, lost: Lost) -> NoReturn:
        raise StoreUnavailable(
            f"the connection to the database {self._address} broke off before it answered: whether the decision was written "
            "is not known. Ask again under the same key; it happens once."
        ) from lost
