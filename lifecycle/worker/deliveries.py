"""What a handler is given, and what it may raise.

Knows how a code, a link or a private text is fetched at the moment of delivery, and when it is too late for that.
Does not know threads, tries or handlers. Nothing fetched here is kept: the notice at rest names a challenge or a
reference, never a code or a text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.errors import BadRequest, LifecycleError
from lifecycle.facts import CODE
from lifecycle.model import Event
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import Claimed


class Void(LifecycleError):
    """What the notice was to carry is no more; it is then not sent, and not tried again. ``why`` is a code."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the notice has nothing to carry any more: {why}")


class Undeliverable(LifecycleError):
    """Raised by a handler that knows that no further try will help; the notice is dead at once.

    Raises:
        BadRequest: *why* is no code, such as ``address_unknown``. It is kept, so it may hold nothing of a person.
    """

    def __init__(self, why: str) -> None:
        if not isinstance(why, str) or not CODE.match(why):
            raise BadRequest('Undeliverable takes a code of lower case letters, such as "address_unknown"')
        self.why = why
        super().__init__(f"it cannot be delivered: {why}")


@frozen(slots=False, eq=False)
class Delivery:
    """One notice, to be delivered now. Whoever receives it twice tells by the ``id``, the same at each ``attempt``.

    ``values`` are those of the notice: ``to`` is ``holder`` or ``staff``; one that carries a code has ``challenge``,
    ``form`` and ``channels`` as well. ``at`` is when it was decided, aware; ``attempt`` counts from 1.
    """

    id: str
    account: str
    version: int
    notice: str
    values: Mapping[str, Any]
    at: dt.datetime
    attempt: int
    _accounts: Lifecycle = field(repr=False)

    @classmethod
    def of(cls, claimed: Claimed, accounts: Lifecycle) -> Delivery:
        """Return the delivery of a notice that was handed out."""
        told = claimed.notice, claimed.values, claimed.at, claimed.attempt
        return cls(claimed.id, claimed.account_id, claimed.version, *told, accounts)

    def code(self) -> str:
        """Return the code or link this notice is to carry, made anew each time. Send it; never keep or log it.

        Raises:
            BadRequest: the notice carries none.
            Void: it was used, was replaced by a newer one, or ran out. Let this pass: the notice is then not sent.
            SecretMissing: the service has no secret.
        """
        challenge, number = self.values.get("challenge"), self.values.get("number")
        if challenge is None:
            raise BadRequest(f'the notice "{self.notice}" carries no code')
        sent = getattr(self._accounts.account(self.account), challenge, None)
        if sent is None or sent.number != number or sent.expires_at <= self._accounts.clock():
            raise Void("code_void")
        return self._accounts.code_for(self.account, challenge)

    def text(self, ref: str) -> str:
        """Return a private text: ``email`` or ``phone``, or what an event refers to, such as a statement of reasons.

        Raises:
            Void: the account's data were erased. Let this pass: the notice is then not sent.
            BadRequest: there is no such text.
            SecretMissing, StoreError: it cannot be read without the right secret.
        """
        try:
            return self._accounts.text(self.account, ref)
        except BadRequest:
            if self._accounts.account(self.account).erased:
                raise Void("erased") from None
            raise

    def event(self) -> Event:
        """Return the event that sends this notice, with its ground, evidence and references."""
        return next(self._accounts.store.events(self.account, after=self.version - 1))
