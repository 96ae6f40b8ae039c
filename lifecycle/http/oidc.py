"""Who is asking, by a token of an OpenID Connect provider: a JWT whose signature, issuer, audience and time are checked.

Knows tokens and the provider's keys, which are fetched when needed and kept for a while. Does not know how anybody signs
in there. Needs the extra ``[oidc]``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

import jwt
from attrs import define, field

from lifecycle.errors import BadRequest, StoreUnavailable
from lifecycle.facts import CODE
from lifecycle.http.principals import Connection, Principal, bearer, known_roles
from lifecycle.model import Role

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""The signatures there may be. None of them can be made with what is public; ``none`` and HMAC are not among them."""

KEPT = 300.0
"""For how many seconds keys are kept."""

SOONEST = 10.0
"""How many seconds pass at least before keys are fetched again because a token names one that is not known."""

_LARGEST = 256 * 1024
_TIMEOUT = 5.0
_LONGEST_TOKEN = 16 * 1024


class KeysUnreachable(StoreUnavailable):
    """The provider's keys cannot be fetched, so nobody can be told apart now."""


@define
class Keys:
    """The public keys at an address."""

    url: str
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, Any] = field(factory=dict, init=False, repr=False)
    _fetched: float | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def key(self, id: str) -> Any:
        """Return the key of this id, or None.

        Raises:
            KeysUnreachable: none could be fetched, and none is kept that could serve.
        """
        with self._lock:
            age = None if self._fetched is None else self.clock() - self._fetched
            if age is None or age >= KEPT or (id not in self._known and age >= SOONEST):
                self._fetch()
            return self._known.get(id)

    def _fetch(self) -> None:
        request = urllib.request.Request(self.url, headers={"Accept": "application/json"})  # noqa: S310 - checked
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                said = json.loads(answer.read(_LARGEST))
            keys = jwt.PyJWKSet.from_dict(said).keys
        except (OSError, ValueError, jwt.PyJWTError):
            # what is kept goes on to serve, and the next try is not at once
            if self._fetched is None:
                raise KeysUnreachable("the keys of the OIDC provider cannot be fetched") from None
            self._fetched = self.clock() - KEPT + SOONEST
            return
        self._known = {key.key_id: key for key in keys if key.key_id}
        self._fetched = self.clock()


class _NoDetour(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: keys come from the address that was named."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse."""


_OPENER = urllib.request.build_opener(_NoDetour)


class OidcTokens:
    """Tokens of an OIDC provider: ``Authorization: Bearer …``.

    Args:
        issuer: what ``iss`` has to be, exactly.
        audience: what ``aud`` has to hold: this service, by the name the provider knows it by.
        jwks_url: where the provider's keys are; https, or plain http on this machine.
        algorithms: the signatures that are taken, of `ALGORITHMS`. What the token itself names never counts.
        roles_claim: the claim that lists roles; a dot goes into an object: ``realm_access.roles``.
        mapped: what the provider calls a role, and which of ours it is; what is not named there has to be one of ours.
        for_holders: what the provider calls the roles whose principals act for holders as well, such as the shop's own
            backend; beside a role of ours, such as ``system``.
        subject: makes the subject of the claims; by default ``sub``, or a hash of issuer and ``sub`` where that is no
            opaque id, such as an e-mail address.
        leeway: how far the clocks may be apart.

    Raises:
        BadRequest: an address that is not safe, or an algorithm that is not among `ALGORITHMS`.
    """

    ambient: ClassVar[bool] = False

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks_url: str,
        algorithms: Sequence[str] = ("RS256", "ES256"),
        roles_claim: str = "roles",
        mapped: Mapping[str, Role | str] | None = None,
        for_holders: Collection[str] = (),
        subject: Callable[[Mapping[str, Any]], str] | None = None,
        leeway: dt.timedelta = dt.timedelta(seconds=30),
    ) -> None:
        if not algorithms or isinstance(algorithms, str) or not set(algorithms) <= set(ALGORITHMS):
            raise BadRequest(f"algorithms= must be a list of some of {', '.join(ALGORITHMS)}")
        address = urlsplit(jwks_url)
        if address.scheme != "https" and (address.scheme, address.hostname) not in _LOOPBACK:
            raise BadRequest("jwks_url= must be an https address; plain http is for this machine only")
        self._keys = Keys(jwks_url)
        self._issuer, self._audience, self._algorithms = issuer, audience, list(algorithms)
        self._claim, self._mapped = roles_claim.split("."), dict(mapped or {})
        self._for_holders = frozenset(for_holders)
        self._subject, self._leeway = subject or self._opaque, leeway

    async def principal(self, request: Connection) -> Principal | None:
        """Return whom the token names; None if it is forged, altered, run out, or for somebody else.

        Raises:
            KeysUnreachable: nobody can be told apart now.
        """
        said = bearer(request)
        if said is None or len(said) > _LONGEST_TOKEN:
            return None
        return await asyncio.to_thread(self.of, said)

    def of(self, token: str) -> Principal | None:
        """Return whom *token* names, or None. Blocks while keys are fetched."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._algorithms or not isinstance(header.get("kid"), str):
                return None
            key = self._keys.key(header["kid"])
            # A key that names an algorithm is good for that one only.
            if key is None or (named := key.algorithm_name) not in (None, header["alg"]):
                return None
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[named or header["alg"]],
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        return self._named(claims)

    def _named(self, claims: Mapping[str, Any]) -> Principal | None:
        said: Any = claims
        for part in self._claim:
            said = said.get(part) if isinstance(said, Mapping) else None
        several = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
        listed = [each for each in several if isinstance(each, str)]
        try:
            until = dt.datetime.fromtimestamp(claims["exp"], dt.UTC)
            for_holders = not self._for_holders.isdisjoint(listed)
            return Principal(
                self._subject(claims), known_roles(listed, self._mapped), for_holders=for_holders, until=until
            )
        except (BadRequest, ValueError, OverflowError):
            return None

    def _opaque(self, claims: Mapping[str, Any]) -> str:
        subject = str(claims["sub"])
        if CODE.match(subject):
            return subject
        return "sub-" + hashlib.sha256(f"{self._issuer}\n{subject}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


_LOOPBACK = {("http", host) for host in ("127.0.0.1", "localhost", "::1")}
