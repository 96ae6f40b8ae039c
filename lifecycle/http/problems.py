"""Every error as a problem document (RFC 9457): a stable type, a sentence, and what to do about it.

Knows which error of the library is which problem. Does not know any endpoint. A type is a promise: it never changes its
meaning. Nothing of the inside is shown, no path, no class, no trace; a fault of ours is logged by its kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen
from litestar import Request, Response
from litestar.enums import ParamType
from litestar.exceptions import HTTPException, ValidationException

from lifecycle import errors, log

MEDIA_TYPE = "application/problem+json"
FAMILY = "urn:x-lifecycle:problem:"
"""What every type begins with."""


@frozen
class Kind:
    """One kind of problem: its status, its title, and what to do where nothing more exact is known."""

    status: int
    title: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    "bad-request": Kind(400, "The request cannot be read", "Correct the request."),
    "key-missing": Kind(400, "An idempotency key is missing", "Send Idempotency-Key, new for each new request."),
    "not-signed-in": Kind(401, "Nobody is known to be asking", "Send a token that is valid, or sign in."),
    "forbidden": Kind(403, "This is not yours to see or do", "Ask somebody who may."),
    "forbidden-actor": Kind(403, "Whoever asks may not do this", "Ask somebody who may."),
    "not-yours-to-say": Kind(403, "This is for the service to find out", "Leave it out."),
    "cross-site": Kind(403, "The request did not come from a page of ours", "Open the page anew and try again."),
    "unknown-account": Kind(404, "There is no such account", "Check the id."),
    "not-found": Kind(404, "There is nothing here", "See the OpenAPI document for what there is."),
    "method-not-allowed": Kind(405, "This cannot be done here", "See the OpenAPI document for what can be."),
    "guard-failed": Kind(409, "A condition is not met", "See each refusal for what to do about it."),
    "not-allowed-here": Kind(409, "This cannot be done as the account stands", "See the options for what can be."),
    "already-registered": Kind(409, "There is an account of this id", "Use another id."),
    "conflict": Kind(409, "The account was moved by others again and again", "Ask again."),
    "stale-version": Kind(
        412, "The account moved since it was read", "Read it again, and decide on what you see then."
    ),
    "too-large": Kind(413, "The request is too large", "Send less."),
    "unsupported-media-type": Kind(415, "The body is of another kind than expected", "Send what the header names."),
    "not-understood": Kind(422, "Something in the request makes no sense", "Correct every mistake that is listed."),
    "facts-missing": Kind(422, "Facts are missing to tell", "Send the facts that are named."),
    "key-reused": Kind(422, "The idempotency key was used for another request", "Use a new key for a new request."),
    "precondition-required": Kind(
        428, "Say which version you decide on", 'Send If-Match with the ETag you read, or "*" for whichever it is.'
    ),
    "too-many-requests": Kind(429, "Too many tries", "Wait as long as Retry-After says."),
    "internal": Kind(
        500, "Something went wrong here", "Try again later. If it stays so, tell whoever runs the service."
    ),
    "not-available": Kind(501, "This service was not set up for that", "Ask whoever runs the service."),
    "unavailable": Kind(503, "The service cannot answer now", "Try again later."),
}

_BY_STATUS = {
    400: "bad-request",
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
    503: "unavailable",
}

_EXPECTED = re.compile(r"Expected `(\w+)(?: \| null)?`(?: of length)?(?: ([<>]=) (\d+))?")
"""How Litestar says what is wrong with a value of a query or of a header; said again in our words."""

_WORDS = {"bool": "true or false", "int": "a whole number", "str": "text"}
_BOUNDS = {"<=": "at most", ">=": "at least"}


class Problem(Exception):
    """Raised where a request cannot be answered otherwise; becomes a problem document.

    Args:
        kind: one of `KINDS`.
        detail: a sentence about this very request. It goes to whoever asks.
        headers: of the answer.
        more: further members of the document.
    """

    def __init__(self, kind: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        self.kind, self.detail, self.headers, self.more = kind, detail, dict(headers or {}), more
        super().__init__(detail or KINDS[kind].title)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    @property
    def document(self) -> dict[str, Any]:
        """The problem document."""
        kind = KINDS[self.kind]
        said = {"type": FAMILY + self.kind, "title": kind.title, "status": kind.status}
        return {**said, "detail": self.detail or f"{kind.title}.", "remedy": kind.remedy, **self.more}

    def response(self) -> Response[dict[str, Any]]:
        """The answer to send."""
        return Response(self.document, status_code=self.status, headers=self.headers, media_type=MEDIA_TYPE)


def not_signed_in(shown: bool) -> Problem:
    """Return the problem of a request that shows nothing, or something that is worth nothing."""
    said = 'Bearer realm="lifecycle"' + (', error="invalid_token"' if shown else "")
    detail = "What the request shows of who asks is wrong or has run out." if shown else ""
    return Problem("not-signed-in", detail, headers={"WWW-Authenticate": said})


def too_many(seconds: float) -> Problem:
    """Return the problem of too many tries; there will be another in so many *seconds*."""
    wait = str(max(1, math.ceil(seconds)))
    return Problem("too-many-requests", f"There is another try in {wait} seconds.", headers={"Retry-After": wait})


def problem_of(error: Exception) -> Problem:
    """Return the problem that *error* is."""
    match error:
        case Problem():
            return error
        case errors.UnknownAccount():
            return Problem("unknown-account")
        case errors.AlreadyRegistered():
            return Problem("already-registered", str(error))
        case errors.KeyReused():
            return Problem("key-reused", str(error))
        case errors.OutOfDate():
            return Problem("stale-version", str(error), version=error.version)
        case errors.MissingFacts():
            said = f'"{error.trigger}" cannot be decided without: {", ".join(error.names)}.'
            return Problem("facts-missing", said, needs=list(error.names))
        case errors.SecretMissing():
            return _fault("not-available", error)
        case errors.BadRequest() | errors.CaseError() | errors.BadParameters():
            mistakes, head = mistakes_in(error), str(error).partition("\n")[0]
            return Problem("not-understood", f"{head} {mistakes[0]}" if head.endswith(":") else head, mistakes=mistakes)
        case errors.Conflict():
            return Problem("conflict", str(error), headers={"Retry-After": "1"})
        case errors.StoreUnavailable() | errors.GatherFailed():
            problem = _fault("unavailable", error)
            problem.headers["Retry-After"] = "5"
            return problem
        case ValidationException():
            return _of_values(error)
        case HTTPException():
            return _of_framework(error)
        case _:
            return _fault("internal", error)


def mistakes_in(error: Exception) -> list[str]:
    """Return every mistake that an error lists, or the error itself."""
    head, *rest = str(error).splitlines() or ["It makes no sense."]
    return [line.strip() for line in rest] or [head]


def _of_values(error: ValidationException) -> Problem:
    found = error.extra if isinstance(error.extra, list) else []
    if not found or any(each.get("source") == "body" for each in found):
        return Problem("bad-request", "The body is missing.")
    mistakes = [f"{_name(each)}: {_said(each['message'])}." for each in found]
    return Problem("not-understood", mistakes[0], mistakes=mistakes)


def _name(each: Mapping[str, Any]) -> str:
    name: str = each["key"]
    return name.replace("_", "-").title() if each["source"] == ParamType.HEADER else name


def _said(message: str) -> str:
    found = _EXPECTED.match(message)
    if found is None or found[1] not in _WORDS:
        return "makes no sense"
    if "matching regex" in message:
        return "is not of the form that the OpenAPI document gives"
    bound = f" of {_BOUNDS[found[2]]} {found[3]}" if found[2] else ""
    return f"must be {_WORDS[found[1]]}{bound}{' characters' if bound and found[1] == 'str' else ''}"


def _of_framework(error: HTTPException) -> Problem:
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        return _fault("internal", error) if error.status_code >= 500 else Problem("bad-request")
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return Problem(kind, headers=headers)


def _fault(kind: str, error: Exception) -> Problem:
    log.told_of_fault(type(error).__name__, kind)
    return Problem(kind)


Page = Callable[[Request[Any, Any, Any], Problem], "Response[Any] | None"]
"""Makes a page of a problem for somebody at a browser; None leaves the document."""


def answering(page: Page | None = None) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """Return what answers every error; *page*, where given, is asked first when a browser wants a page."""

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = problem_of(error)
        if page is not None and wants_page(request):
            made = page(request, problem)
            if made is not None:
                made.headers.update(problem.headers)
                return made
        return problem.response()

    return answer


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether it is a browser that asks for a page, not a program."""
    return "text/html" in request.headers.get("accept", "")
