"""The headers of answers, for the OpenAPI document: which ones an answer of some status carries, and what they say.

Knows statuses and headers. Does not know any endpoint; that the answers carry them is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from litestar.openapi.spec import OpenAPIHeader, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType


def _header(says: str) -> OpenAPIHeader:
    return OpenAPIHeader(name="", param_in="header", description=says, schema=Schema(type=OpenAPIType.STRING))


_ETAG = {"ETag": _header("Which version was told. That of an account is what If-Match has to say.")}
_LATER = {"Retry-After": _header("After how many seconds to ask again.")}


@dataclass
class Told(Operation):
    """An operation whose answers name their headers."""

    HEADERS: ClassVar[Mapping[str, Mapping[str, OpenAPIHeader]]] = {
        "401": {"WWW-Authenticate": _header("How to say who asks, and whether what was shown is worth nothing.")},
        "405": {"Allow": _header("What can be asked here.")},
        "429": _LATER,
        "503": _LATER,
    }

    def __post_init__(self) -> None:
        for status, answer in (self.responses or {}).items():
            if status in self.HEADERS and isinstance(answer, OpenAPIResponse):
                answer.headers = {**(answer.headers or {}), **self.HEADERS[status]}


@dataclass
class Versioned(Told):
    """One whose good answers carry the version of what they tell."""

    HEADERS: ClassVar[Mapping[str, Mapping[str, OpenAPIHeader]]] = {**Told.HEADERS, "200": _ETAG, "304": _ETAG}
