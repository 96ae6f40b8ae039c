"""The register of the console's pages.

Knows which rooms have pages and in which order the navigation names them. Does not know what stands on any.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from attrs import frozen
from litestar.types import ControllerRouterHandler

ROOMS = (
    *("static_files", "signing_in", "appeals", "accounts", "account", "deciding"),
    *("cases", "policy_pages", "audit", "health_page", "beginning", "entering"),
)
"""The rooms with handlers, in the order of the navigation."""


@frozen
class Page:
    """An entry of the navigation: ``name`` marks the page one is on, ``path`` is where it lives below ``/console``."""

    name: str
    title: str
    path: str


def _rooms() -> list[ModuleType]:
    return [importlib.import_module(f"lifecycle.http.console.{name}") for name in ROOMS]


def navigation() -> tuple[Page, ...]:
    """Return the entries of the navigation, in order."""
    return tuple(page for room in _rooms() for page in getattr(room, "PAGES", ()))


def handlers() -> list[ControllerRouterHandler]:
    """Return the handlers of every room."""
    return [handler for room in _rooms() for handler in room.HANDLERS]
