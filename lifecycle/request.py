"""One request to the service, checked before anything is read: who asks what, with which evidence, facts and code.

Knows the limits of a request and its fingerprint. Does not know the account. Texts and codes stay in here: what
leaves for a decision carries their word counts and whether the code was right, nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import field, frozen

from lifecycle.errors import BadEvidence, BadFact, BadRequest, KeyReused, NaiveTime, SecretMissing, TextTooLong
from lifecycle.facts import Facts
from lifecycle.model import Actor, Evidence, checked_id
from lifecycle.rows import Policy
from lifecycle.store import Remembered, Sealed
from lifecycle.store.codec import canonical
from lifecycle.vault import Vault

MOST_EVIDENCE = 20
"""How many documents and texts one request may bring."""

TEXT_LIMIT = 20_000
"""How many bytes one private text may have."""

LONGEST_KEY = 200
"""How many characters an idempotency key may have."""


@frozen(slots=False)
class Request:
    """A checked request. Its repr shows neither texts nor code nor ``named``, the identifiers that are named in it."""

    trigger: str
    account_id: str
    by: Actor
    key: str | None
    facts: Facts
    evidence: tuple[Evidence, ...]
    code: str | None = field(repr=False)
    at: dt.datetime | None = None
    named: Mapping[str, str] = field(factory=dict, repr=False)
    expected: int | None = None

    def body(self) -> bytes:
        """Return what makes this the same request: not the time, nor facts that are gathered (D-13)."""
        texts, refs = [], []
        for e in self.evidence:
            texts.append(e.text)
            refs.append({k: v for k, v in e.recorded().items() if not (k == "ref" and e.text is not None)})
        parts = [self.trigger, self.account_id, str(self.by), refs, texts, self.facts.recorded(), self.code]
        return canonical([*parts, self.named] if self.named else parts).encode()

    def fingerprint(self, vault: Vault | None) -> str:
        """Return the keyed hash of `body`; without a secret there is neither text nor code in it to protect."""
        return vault.fingerprint(self.body()) if vault else hashlib.sha256(self.body()).hexdigest()

    def check_same(self, earlier: Remembered, vault: Vault | None) -> None:
        """Refuse a key that was used for something else.

        Raises:
            KeyReused: the fingerprints differ.
        """
        known = vault.fingerprints(self.body()) if vault else (self.fingerprint(None),)
        if earlier.fingerprint not in known:
            raise KeyReused(self.account_id)

    def evidence_for(self, version: int) -> tuple[Evidence, ...]:
        """Return the evidence with a reference for each text, made of the version that would take it."""
        numbered = enumerate(self.evidence, start=1)
        return tuple(e if e.ref else attrs.evolve(e, ref=f"text-{version}-{n}") for n, e in numbered)


def checked(
    policy: Policy,
    trigger: str,
    account: str,
    by: Actor,
    *,
    key: str | None = None,
    evidence: Iterable[Evidence] = (),
    facts: Mapping[str, Any] | Facts | None = None,
    code: str | None = None,
    named: Mapping[str, str] | None = None,
    expected: int | None = None,
    at: dt.datetime | None = None,
) -> Request:
    """Return the request, if it makes sense.

    Raises:
        BadRequest: an id, key or actor that cannot be.
        NaiveTime: *at* has no offset.
        BadFact: an unknown fact, a wrong type, or a fact that only the service may supply.
        BadEvidence: too many, or something that is no evidence.
        TextTooLong: a text over the limit.
    """
    checked_id(account, "an account's id")
    if not isinstance(by, Actor):
        raise BadRequest("by= must be an Actor, for instance Actor.holder(account)")
    if key is not None and (not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY):
        raise BadRequest(f"an idempotency key is text of 1 to {LONGEST_KEY} characters")
    if code is not None and not isinstance(code, str):
        raise BadRequest("code= must be text, as it was typed")
    if expected is not None and (isinstance(expected, bool) or not isinstance(expected, int) or expected < 0):
        raise BadRequest("expected= must be a version, a whole number")
    if at is not None and not isinstance(at, dt.datetime):
        raise BadRequest("at= must be a date-time")
    if at is not None and at.tzinfo is None:
        raise NaiveTime("at=")
    return Request(
        trigger=trigger,
        account_id=account,
        by=by,
        key=key,
        facts=given_facts(policy, facts),
        evidence=_checked_evidence(evidence),
        code=code,
        at=at.astimezone(dt.UTC) if at else None,
        named=named or {},
        expected=expected,
    )


def given_facts(policy: Policy, facts: Mapping[str, Any] | Facts | None) -> Facts:
    """Return the facts a caller gave.

    Raises:
        BadFact: as above.
    """
    values = facts.given() if isinstance(facts, Facts) else facts
    if values is not None and not isinstance(values, Mapping):
        raise BadFact("facts= must be a mapping of fact names to values")
    for name in policy.facts.RESERVED.intersection(values or ()):
        hint = " Pass what was typed as code=." if name == "code_right" else ""
        raise BadFact(f'the fact "{name}" is worked out by the service and cannot be given.{hint}')
    return policy.facts(values)


def _checked_evidence(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    items = tuple(evidence)
    if len(items) > MOST_EVIDENCE:
        raise BadEvidence(f"{len(items)} pieces of evidence are too many at once; at most {MOST_EVIDENCE} are taken")
    for item in items:
        if not isinstance(item, Evidence):
            raise BadEvidence(f"evidence must be Evidence(kind, ref), not a {type(item).__name__}")
        size = len((item.text or "").encode("utf-8", "surrogatepass"))
        if size > TEXT_LIMIT:
            raise TextTooLong(item.kind, size, TEXT_LIMIT)
    return items


def sealed_texts(
    vault: Vault | None, key: bytes | None, account_id: str, evidence: Iterable[Evidence]
) -> tuple[Sealed, ...]:
    """Return the texts among *evidence*, encrypted under the account's key.

    Raises:
        SecretMissing: there are texts, and no secret was given.
    """
    texts = [e for e in evidence if e.text is not None]
    if texts and (vault is None or key is None):
        raise SecretMissing("keeping a private text")
    return tuple(
        Sealed(e.ref, e.kind, vault.seal(key, account_id, e.ref, e.kind, e.text))
        for e in texts
        if vault is not None and key is not None and e.text is not None
    )
