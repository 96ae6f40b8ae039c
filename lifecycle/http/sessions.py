"""A browser's session: a signed cookie that says who signed in, and the token that proves a form is ours.

Knows cookies, how long they hold, and forged ones. Does not know passwords: somebody signs in with what a provider
takes, such as a token. Nothing is kept on the server but which sessions were ended before their time.

For pages: `principal_of`, `require`, `csrf_token`, `sign_in`, `end_session`. A form carries
``<input type="hidden" name="csrf_token" value="…">``, a script the header ``X-CSRF-Token``; both are checked before any
handler is called.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen
from litestar import Request

from lifecycle.errors import BadRequest
from lifecycle.http.headers import COOKIES
from lifecycle.http.principals import Principal
from lifecycle.http.problems import not_signed_in

FIELD, HEADER = "csrf_token", "x-csrf-token"
"""Where a form and a script carry the token."""

LASTS = dt.timedelta(minutes=30)
"""For how long a session holds after it was last used."""

LONGEST = dt.timedelta(hours=8)
"""For how long a session holds at most; then one signs in again."""

_MOST_ENDED = 10_000
_LONGEST_COOKIE = 4096


@frozen
class Session:
    """What a cookie says. ``principal`` is None before anybody signed in: a form to sign in with needs a token too."""

    id: str
    principal: Principal | None
    began: dt.datetime
    until: dt.datetime


class Sessions:
    """Makes and reads the cookies of one service.

    Args:
        secret: one, or several, newest first; at least 16 bytes each. By default a random one of this process: sessions
            then end when it does, and no other process knows them.
        lasts: after how long without use a session ends.
        longest: after how long it ends anyway.
        secure: whether the cookie is for https only. False is for plain http on the same machine.

    Raises:
        BadRequest: a secret that is too short.
    """

    def __init__(
        self,
        secret: bytes | str | Sequence[bytes | str] | None = None,
        *,
        lasts: dt.timedelta = LASTS,
        longest: dt.timedelta = LONGEST,
        secure: bool = True,
        clock: Callable[[], dt.datetime] | None = None,
    ) -> None:
        given = secrets.token_bytes(32) if secret is None else secret
        several = [given] if isinstance(given, bytes | str) else list(given)
        raw = [each.encode() if isinstance(each, str) else each for each in several]
        if not raw or not all(len(each) >= 16 for each in raw):
            raise BadRequest("a secret for sessions is bytes or text of at least 16 bytes; 32 random ones are best")
        self._keys = [hmac.new(each, b"lifecycle http sessions", hashlib.sha256).digest() for each in raw]
        self.lasts, self.longest, self.secure = lasts, longest, secure
        self._clock = clock or (lambda: dt.datetime.now(dt.UTC))
        self._ended: OrderedDict[str, None] = OrderedDict()

    def __repr__(self) -> str:
        return f"Sessions(lasts={self.lasts}, secure={self.secure})"

    @property
    def cookie(self) -> str:
        """The cookie's name. ``__Host-`` makes browsers refuse one that another host or plain http set."""
        return "__Host-lifecycle" if self.secure else "lifecycle_session"

    def begin(self, principal: Principal | None) -> Session:
        """Return a new session, under an id that was never used."""
        now = self._now()
        session = Session(secrets.token_urlsafe(18), principal, now, now)
        return self.renewed(session)

    def renewed(self, session: Session) -> Session:
        """Return *session* as it holds from now on."""
        ends = [self._now() + self.lasts, session.began + self.longest]
        if session.principal is not None and session.principal.until is not None:
            ends.append(session.principal.until)
        return evolve(session, until=min(ends).replace(microsecond=0))

    def is_old(self, session: Session) -> bool:
        """Whether half of its time has gone by, so that it is worth renewing."""
        return session.principal is not None and session.until - self._now() < self.lasts / 2

    def end(self, session: Session) -> None:
        """Let nobody use *session* any more, not even who kept a copy of its cookie."""
        self._ended[session.id] = None
        while len(self._ended) > _MOST_ENDED:
            self._ended.popitem(last=False)

    def written(self, session: Session) -> str:
        """Return the text of the cookie."""
        who = session.principal
        data: dict[str, Any] = {"id": session.id, "began": _number(session.began), "until": _number(session.until)}
        if who is not None:
            data |= {"sub": who.subject, "roles": sorted(role.value for role in who.roles), "for": who.for_holders}
            data["valid"] = None if who.until is None else _number(who.until)
        body = base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode()).rstrip(b"=")
        return f"{body.decode('ascii')}.{_signed(self._keys[0], body)}"

    def read(self, text: str | None) -> Session | None:
        """Return the session a cookie names; None if it is forged, altered, run out or ended."""
        if not text or len(text) > _LONGEST_COOKIE or not text.isascii():
            return None
        body, _, signature = text.partition(".")
        if not _any([hmac.compare_digest(signature, _signed(key, body.encode())) for key in self._keys]):
            return None
        data = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        who = None
        if "sub" in data:
            who = Principal(data["sub"], data["roles"], data["for"], _moment(data["valid"]))
        began, until = (dt.datetime.fromtimestamp(data[name], dt.UTC) for name in ("began", "until"))
        if until <= self._now() or data["id"] in self._ended:
            return None
        return Session(data["id"], who, began, until)

    def token(self, session: Session) -> str:
        """Return what a form of this session carries."""
        return _signed(self._keys[0], b"form " + session.id.encode())

    def is_token(self, session: Session, said: object) -> bool:
        """Whether *said* is what a form of this session carries, under any of the secrets."""
        heard = said.encode("utf-8", "replace") if isinstance(said, str) else b""
        about = b"form " + session.id.encode()
        return _any([hmac.compare_digest(heard, _signed(key, about).encode()) for key in self._keys])

    def header(self, session: Session | None) -> str:
        """Return the ``Set-Cookie`` header that sets the session, or takes it away."""
        value, age = ("", 0) if session is None else (self.written(session), (session.until - self._now()).seconds)
        secure = "; Secure" if self.secure else ""
        return f"{self.cookie}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"

    def _now(self) -> dt.datetime:
        return self._clock().astimezone(dt.UTC)


def _any(found: list[bool]) -> bool:
    """Whether one is right; all were looked at, so that the time tells nothing of which."""
    return any(found)


def _signed(key: bytes, body: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.new(key, body, hashlib.sha256).digest()).rstrip(b"=").decode("ascii")


def _number(at: dt.datetime) -> int:
    return int(at.timestamp())


def _moment(at: int | None) -> dt.datetime | None:
    return None if at is None else dt.datetime.fromtimestamp(at, dt.UTC)


# --- for pages ---------------------------------------------------------------------------------------------------


def principal_of(request: Request[Any, Any, Any]) -> Principal | None:
    """Return who is asking, on a page that is open to everybody."""
    found: Principal | None = request.scope.get("user")
    return found


def require(request: Request[Any, Any, Any]) -> Principal:
    """Return who is asking.

    Raises:
        Problem: ``not-signed-in``. It cannot happen on a route that is not marked as open.
    """
    found = principal_of(request)
    if found is None:
        raise not_signed_in(shown=False)
    return found


def set_session(request: Request[Any, Any, Any], sessions: Sessions, session: Session | None) -> None:
    """Let the answer to *request* set the session's cookie, or take it away."""
    request.scope["auth"] = session
    request.scope["state"].setdefault(COOKIES, {})[sessions.cookie] = sessions.header(session)
