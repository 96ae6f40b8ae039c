"""Every exception, in one tree.

    LifecycleError
    ├── PolicyError            the policy contradicts itself; lists every mistake, naming the row
    ├── BadParameters          values no policy can be made with; lists every mistake, naming the parameter
    ├── BadRequest             the caller's request makes no sense, whatever the account's state
    │   ├── UnknownTrigger     no row of the policy has this trigger
    │   ├── UnknownAccount     nobody of this id was ever registered
    │   ├── AlreadyRegistered  this id has a log already
    │   ├── NaiveTime          a date-time without an offset
    │   ├── TimeBeforeLastEvent  a given time lies before the account's last event
    │   ├── BadFact            a fact of an unknown name or of the wrong type
    │   ├── MissingFacts       facts a guard needs were neither given nor gathered
    │   ├── BadEvidence        evidence of an unknown kind, or without a reference
    │   ├── TextTooLong        a private text over the size limit
    │   ├── LetterIncomplete   a letter that must not go out, because something it must say is blank
    │   ├── KeyReused          one idempotency key, two different requests
    │   ├── OutOfDate          the account is not at the version the caller decided on
    │   └── SecretMissing      a code or a private text needs the service's secret
    ├── GatherFailed           the host's own gather function raised or answered nonsense
    ├── GuardFault             a guard of the policy raised, or answered something other than a bool
    ├── Conflict               somebody else moved the account first, more often than we retry
    ├── TransitionDenied       raised only by ``Decision.raise_for_denial``
    ├── CaseError              a case file says something that cannot be read
    └── StoreError             the database
        ├── StoreUnavailable   cannot be opened, read, written, or is full
        │   └── StoreBusy      somebody else holds what is needed; asking again helps
        ├── ForeignDatabase    it belongs to another program
        ├── NewerDatabase      it was written by a newer version
        ├── AccountTooLarge    the folded account passed its size limit
        └── LogDamaged         the hash chain does not hold

A denial is not in this tree: it is a value, `lifecycle.model.Decision` with refusals.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "…"?`` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


class LifecycleError(Exception):
    """Anything this library raises on purpose."""


class PolicyError(LifecycleError):
    """The policy contradicts itself. ``mistakes`` holds every one, each naming its row."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        head = f"the policy has {count} mistake{'s' if count != 1 else ''}:"
        super().__init__("\n  ".join([head, *self.mistakes]))


class BadParameters(LifecycleError):
    """Values of parameters that no policy can be made with. ``mistakes`` holds every one, each naming its parameter."""

    def __init__(self, what: str, mistakes: Iterable[str] = ()) -> None:
        self.mistakes = tuple(mistakes) or (what,)
        count = len(self.mistakes)
        head = f"{what}: {count} mistake{'s' if count != 1 else ''}"
        super().__init__("\n  ".join([head, *self.mistakes]) if mistakes else what)


class BadRequest(LifecycleError):
    """The request itself is wrong; asking again unchanged will not help."""


class UnknownTrigger(BadRequest):
    """No row of the policy has this trigger."""

    def __init__(self, trigger: str, known: Iterable[str]) -> None:
        self.trigger = trigger
        known = sorted(known)
        hint = closest(trigger, known) or f" The policy knows: {', '.join(known)}."
        super().__init__(f'no rule of the policy is called "{trigger}".{hint}')


class UnknownAccount(BadRequest):
    """Nobody of this id was ever registered."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        super().__init__(f'there is no account "{account_id}". Register or import it first.')


class AlreadyRegistered(BadRequest):
    """This id has a log already."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        super().__init__(f'account "{account_id}" is registered already. Ids are never used twice.')


class NaiveTime(BadRequest):
    """A date-time without an offset."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} is a date-time without an offset. Give one with a time zone, "
            "for instance datetime.now(timezone.utc)."
        )


class TimeBeforeLastEvent(BadRequest):
    """A given time lies before the account's last event."""

    def __init__(self, account_id: str, given: str, last: str) -> None:
        super().__init__(
            f'the given time {given} lies before the last event of account "{account_id}" ({last}). '
            "Leave at= out to use the clock, or give a later time."
        )


class BadFact(BadRequest):
    """A fact of an unknown name or of the wrong type."""


class MissingFacts(BadRequest):
    """Facts a guard needs were neither given nor gathered; ``names`` lists them."""

    def __init__(self, trigger: str, names: Iterable[str], hint: str = "") -> None:
        self.trigger = trigger
        self.names = tuple(sorted(names))
        listed = ", ".join(self.names)
        super().__init__(
            f'"{trigger}" cannot be decided without: {listed}. '
            + (hint or "Pass them in facts=, or answer them from gather=.")
        )


class BadEvidence(BadRequest):
    """Evidence of an unknown kind, or without a reference."""


class TextTooLong(BadRequest):
    """A private text over the size limit."""

    def __init__(self, kind: str, size: int, limit: int) -> None:
        super().__init__(f'the text of "{kind}" has {size} bytes; at most {limit} are taken. Shorten it.')


class LetterIncomplete(BadRequest):
    """A letter that must not go out, because something it must say is blank; ``missing`` names every such field."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"the letter cannot be written yet: {', '.join(self.missing)}. "
            "Fill in what is blank, and name a channel and a jurisdiction of the policy."
        )


class KeyReused(BadRequest):
    """One idempotency key, two different requests."""

    def __init__(self, account_id: str) -> None:
        super().__init__(
            f'this idempotency key was used for another request on account "{account_id}". '
            "Use a new key for a new request; repeat the old request to get its answer again."
        )


class OutOfDate(BadRequest):
    """The account is not at the version the caller decided on; ``version`` is the one it is at."""

    def __init__(self, account_id: str, expected: int, version: int) -> None:
        self.account_id = account_id
        self.version = version
        super().__init__(
            f'account "{account_id}" is at version {version}, not {expected}: it moved since it was read. '
            "Read it again, and decide on what you see then."
        )


class SecretMissing(BadRequest):
    """A code or a private text needs the service's secret."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose
        super().__init__(
            f"{purpose} needs a secret. Open the service with Lifecycle.open(url, secret=…), "
            "32 random bytes kept outside the database."
        )


class GatherFailed(LifecycleError):
    """The host's own gather function raised or answered nonsense. Nothing was decided or written."""


class GuardFault(LifecycleError):
    """A guard of the policy raised, or answered something other than a bool."""


class Conflict(LifecycleError):
    """Somebody else moved the account first, more often than we retry."""

    def __init__(self, account_id: str, attempts: int) -> None:
        self.account_id = account_id
        super().__init__(
            f'account "{account_id}" was moved by somebody else {attempts} times in a row. '
            "Nothing was written; ask again."
        )


class TransitionDenied(LifecycleError):
    """Raised by ``Decision.raise_for_denial``; ``decision`` is the denial itself."""

    def __init__(self, message: str, decision: object) -> None:
        self.decision = decision
        super().__init__(message)


class CaseError(LifecycleError):
    """A case file says something that cannot be read; the message names file, case and step."""


class StoreError(LifecycleError):
    """Something is wrong with the database."""


class StoreUnavailable(StoreError):
    """The database cannot be opened, read or written, or it is full."""


class StoreBusy(StoreUnavailable):
    """Somebody else holds what is needed. Nothing was written; asking again helps."""


class ForeignDatabase(StoreError):
    """The database belongs to another program."""


class NewerDatabase(StoreError):
    """The database was written by a newer version of this library."""


class AccountTooLarge(StoreError):
    """The folded account passed its size limit."""


class LogDamaged(StoreError):
    """The hash chain of an account does not hold; ``account_id`` and ``version`` say where."""

    def __init__(self, account_id: str, version: int, what: str) -> None:
        self.account_id = account_id
        self.version = version
        super().__init__(f'the log of account "{account_id}" is damaged at event {version}: {what}')
