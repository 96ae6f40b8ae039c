"""Who is asking: people and services, as a provider tells them from a request; tokens and trusted headers are shipped.

Knows subjects, the roles they may act in, and which accounts they may know of. Does not know what anybody may do to an
account: that is the policy's. Tokens are kept as hashes only. For OIDC see `lifecycle.http.oidc`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from attrs import field, frozen
from litestar.connection import ASGIConnection

from lifecycle.errors import BadRequest
from lifecycle.facts import CODE
from lifecycle.model import Actor, Role, checked_id

STAFF = frozenset({Role.AGENT, Role.REVIEWER, Role.SUPERVISOR, Role.SYSTEM})
"""Who may know of accounts that are not their own."""

PEOPLE = frozenset({Role.AGENT, Role.REVIEWER, Role.SUPERVISOR})
"""Staff who decide on what they saw: they say which version that was."""

PREFIX = "lct_"
"""How every token made here begins, so that one that got lost is recognised."""

Connection = ASGIConnection[Any, Any, Any, Any]


def _roles(values: Iterable[Role | str]) -> frozenset[Role]:
    names = {role.value: role for role in Role}
    found = [value.value if isinstance(value, Role) else value for value in values]
    if unknown := sorted(str(each) for each in found if each not in names):
        raise BadRequest(f"no role is called {', '.join(unknown)}. Known: {', '.join(names)}.")
    return frozenset(names[each] for each in found)


@frozen
class Principal:
    """Somebody who asks: a person, or a service of the host's.

    ``subject`` is an opaque id; it is the id of the actor, so that four eyes are two subjects. A holder's subject is the
    id of their account. ``for_holders`` is for a service that has made sure itself that the holder asks, such as the
    shop's own backend: it may act as the holder of any account. ``until`` is when what they showed runs out.

    Raises:
        BadRequest: a subject that is no opaque id, or an unknown role.
    """

    subject: str
    roles: frozenset[Role] = field(converter=_roles)
    for_holders: bool = False
    until: dt.datetime | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.subject, "a subject")

    @property
    def is_staff(self) -> bool:
        """Whether they may know of accounts that are not their own."""
        return bool(self.roles & STAFF)

    def may_know(self, account: str) -> bool:
        """Whether they may know anything of *account*, even that it exists. Nothing is looked up to tell."""
        return self.is_staff or (Role.HOLDER in self.roles and self.subject == account)

    def actors(self, account: str) -> tuple[Actor, ...]:
        """Return everybody they may act as on *account*, in the order of `Role`."""
        found = [Actor(role, self.subject) for role in Role if role in self.roles]
        if self.for_holders and Role.HOLDER not in self.roles:
            found.insert(0, Actor.holder(account))
        return tuple(found)


class Principals(Protocol):
    """Tells who is asking. The host may write its own; an ``ambient`` one reads what a browser sends by itself."""

    def principal(self, request: Connection) -> Awaitable[Principal | None] | Principal | None:
        """Return who makes *request*; None if it does not say, or if what it shows is worth nothing."""


def bearer(request: Connection) -> str | None:
    """Return the token of the ``Authorization`` header, or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def new_token() -> str:
    """Return a new random token of 256 bits. Show it once; keep `hash_of` it."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is kept of a token: its SHA-256. A token is 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@frozen
class Token:
    """What is known of a token: its hash, and whose it is."""

    sha256: str = field(repr=False)
    principal: Principal

    def __attrs_post_init__(self) -> None:
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise BadRequest("sha256 of a token must be 64 hexadecimal digits in lower case")


class StaticTokens:
    """Tokens that were handed out: ``Authorization: Bearer …``. See `lifecycle.http.token_file` for a file of them."""

    ambient: ClassVar[bool] = False

    def __init__(self, tokens: Iterable[Token], *, clock: Any = None) -> None:
        self._tokens = tuple(tokens)
        self._clock = clock or (lambda: dt.datetime.now(dt.UTC))

    def principal(self, request: Connection) -> Principal | None:
        """Return whose token the request carries. Takes as long for a wrong one as for a right one."""
        said = bearer(request)
        return None if said is None else self.of(said)

    def of(self, token: str) -> Principal | None:
        """Return whose *token* it is, or None."""
        heard, found = hash_of(token), None
        for each in self._tokens:
            if hmac.compare_digest(heard, each.sha256):
                found = each.principal
        if found is None or (found.until is not None and found.until <= self._clock()):
            return None
        return found


class TrustedHeader:
    """Whoever a proxy of the host's says it is, in headers that are believed from that proxy's address only.

    Args:
        addresses: of the proxies, such as ``127.0.0.1`` or ``10.0.0.0/24``. From anywhere else the headers count for
            nothing.
        subject: the header with the subject.
        roles: the header with the roles, between commas or spaces.
        for_holders: what the proxy calls the roles whose principals act for holders as well, such as the shop's own
            backend; beside a role of ours, such as ``system``.
        mapped: what the proxy calls a role, and which of ours it is; what is not named there has to be one of ours.

    Raises:
        BadRequest: no address, or one that is none.
    """

    ambient: ClassVar[bool] = True

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        subject: str = "X-Lifecycle-Subject",
        roles: str = "X-Lifecycle-Roles",
        mapped: Mapping[str, Role | str] | None = None,
        for_holders: Collection[str] = (),
    ) -> None:
        if not addresses or isinstance(addresses, str):
            raise BadRequest("addresses= names the proxies whose headers are believed, at least one")
        try:
            self._networks = tuple(ipaddress.ip_network(each) for each in addresses)
        except ValueError as error:
            raise BadRequest(f"addresses= must be IP addresses or networks: {error}") from None
        self._subject, self._header = subject, roles
        self._mapped, self._for_holders = dict(mapped or {}), frozenset(for_holders)

    def principal(self, request: Connection) -> Principal | None:
        """Return whom the proxy named; None if somebody else did, or if what it says names nobody."""
        subjects, said = request.headers.getall(self._subject, []), request.headers.getall(self._header, [])
        if not self._believed(request) or len(subjects) != 1 or len(said) > 1 or not CODE.match(subjects[0]):
            return None
        listed = " ".join(said).replace(",", " ").split()
        for_holders = not self._for_holders.isdisjoint(listed)
        return Principal(subjects[0], known_roles(listed, self._mapped), for_holders=for_holders)

    def _believed(self, request: Connection) -> bool:
        try:
            address = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def known_roles(said: Iterable[Any], mapped: Mapping[str, Role | str]) -> frozenset[Role]:
    """Return the roles among what somebody else calls roles; what is none of ours is left out."""
    names = {role.value for role in Role}
    found = (mapped.get(each, each) for each in said if isinstance(each, str))
    return _roles(each for each in found if isinstance(each, Role) or each in names)


class AnyOf:
    """Several providers: the first that knows who is asking."""

    def __init__(self, *providers: Principals) -> None:
        self.providers = providers

    @property
    def ambient(self) -> bool:
        """Whether one of them reads what a browser sends by itself."""
        return any(getattr(each, "ambient", True) for each in self.providers)

    async def principal(self, request: Connection) -> Principal | None:
        """Return the first answer that is not None."""
        for provider in self.providers:
            if (found := await asked(provider, request)) is not None:
                return found
        return None


async def asked(provider: Principals, request: Connection) -> Principal | None:
    """Return what *provider* says, whether it is awaited or not."""
    found = provider.principal(request)
    return found if found is None or isinstance(found, Principal) else await found
